"""The two calls to AWS: asking Lambda to run the rest, and reading the user pool."""

from __future__ import annotations

import json
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest

from profile_manager import aws_api
from profile_manager.aws_api import Service
from profile_manager.deadline import Deadline
from profile_manager.errors import AwsError, OutOfTime
from profile_manager.invoke import invoke_self
from profile_manager.pool import list_users


class Aws:
    """Answers with the script's next (status, body)."""

    def __init__(self) -> None:
        self.script = []
        self.requests = []
        aws = self

        class Handler(BaseHTTPRequestHandler):
            def log_message(self, *arguments):
                pass

            def do_POST(self):
                body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
                aws.requests.append((self.path, dict(self.headers), body))
                status, value = aws.script.pop(0)
                if status is None:
                    return
                data = json.dumps(value).encode()
                self.send_response(status)
                self.send_header("Content-Length", str(len(data)))
                self.end_headers()
                self.wfile.write(data)

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        threading.Thread(target=self.server.serve_forever, args=(0.05,), daemon=True).start()
        self.variables = {
            "AWS_REGION": "eu-west-1",
            "AWS_ENDPOINT_URL": f"http://127.0.0.1:{self.server.server_address[1]}",
            "AWS_ACCESS_KEY_ID": "AKIDEXAMPLE",
            "AWS_SECRET_ACCESS_KEY": "secret",
            "AWS_SESSION_TOKEN": "session",
            "AWS_LAMBDA_FUNCTION_NAME": "profile-manager",
        }


@pytest.fixture
def aws(monkeypatch):
    monkeypatch.setattr(aws_api.time, "sleep", lambda seconds: None)
    aws = Aws()
    yield aws
    aws.server.shutdown()
    aws.server.server_close()


@pytest.fixture
def deadline():
    return Deadline(5.0)


def test_the_function_invokes_itself_asynchronously(aws, deadline):
    aws.script = [(202, {})]
    invoke_self({"a": 1}, aws.variables, deadline)
    ((path, headers, body),) = aws.requests
    assert path == "/2015-03-31/functions/profile-manager/invocations"
    assert headers["X-Amz-Invocation-Type".lower()] == "Event"
    assert headers["authorization"].startswith("AWS4-HMAC-SHA256 Credential=AKIDEXAMPLE/")
    assert "/eu-west-1/lambda/aws4_request" in headers["authorization"]
    assert headers["x-amz-security-token"] == "session"
    assert body == {"a": 1}


def test_all_pages_of_the_pool_are_read(aws, deadline):
    def record(name, **more):
        attributes = [{"Name": "email", "Value": f"{name}@example.com"}]
        return {"Username": name, "Attributes": attributes, "UserLastModifiedDate": 1.5, **more}

    aws.script = [
        (200, {"Users": [record("a", Enabled=True), record("b", Enabled=False)], "PaginationToken": "next"}),
        (200, {"Users": [record("c")]}),
    ]
    users = list_users("eu-west-1_abc", aws.variables, deadline)
    assert [(user.user_name, user.enabled) for user in users] == [("a", True), ("b", False), ("c", True)]
    assert users[0].attributes == {"email": "a@example.com"}
    assert users[0].modified == 1.5
    assert [body for _, _, body in aws.requests] == [
        {"UserPoolId": "eu-west-1_abc", "Limit": 60},
        {"UserPoolId": "eu-west-1_abc", "Limit": 60, "PaginationToken": "next"},
    ]
    assert aws.requests[0][1]["x-amz-target"] == "AWSCognitoIdentityProviderService.ListUsers"


LATER = {
    "throttled": (429, {"__type": "TooManyRequestsException"}),
    "throttled, the other way": (400, {"__type": "com.amazon#TooManyRequestsException"}),
    "an error": (500, {}),
    "a lost connection": (None, {}),
}


@pytest.mark.parametrize("case", LATER)
def test_what_may_pass_is_tried_again(aws, deadline, case):
    aws.script = [LATER[case], LATER[case], (200, {"Users": []})]
    assert list_users("p", aws.variables, deadline) == []


def test_a_no_is_told_by_its_type(aws, deadline):
    aws.script = [(403, {"__type": "AccessDeniedException", "message": "User: arn:… is not authorized"})]
    with pytest.raises(AwsError, match="lambda answered 403: AccessDeniedException") as caught:
        invoke_self({}, aws.variables, deadline)
    assert caught.value.code == "AccessDeniedException"
    assert len(aws.requests) == 1


def test_tries_are_limited(aws, deadline):
    aws.script = [(503, {})] * 4
    with pytest.raises(AwsError):
        invoke_self({}, aws.variables, deadline)


def test_the_deadline_ends_it(aws):
    aws.script = [(503, {})] * 4
    with pytest.raises(OutOfTime):
        invoke_self({}, aws.variables, Deadline(0.05))


ENDPOINTS = {
    "eu-west-1": "https://lambda.eu-west-1.amazonaws.com",
    "cn-north-1": "https://lambda.cn-north-1.amazonaws.com.cn",
}


@pytest.mark.parametrize(("region", "endpoint"), ENDPOINTS.items())
def test_where_a_service_answers(region, endpoint):
    assert Service.from_variables("lambda", {"AWS_REGION": region}).endpoint == endpoint
