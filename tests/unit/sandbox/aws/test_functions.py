"""Lambda: the uploaded zip runs in processes of its own, and what AWS refuses is refused."""

from __future__ import annotations

import base64
import io
import itertools
import json
import os
import signal
import subprocess
import sys
import threading
import time
import zipfile

import pytest

NUMBERS = itertools.count()
POLICY = {
    "Version": "2012-10-17",
    "Statement": [{"Effect": "Allow", "Action": ["logs:CreateLogStream", "logs:PutLogEvents"], "Resource": "*"}],
}
CODE = """
import os, sys, time, urllib.request, urllib.parse

print("loading")

def show(event, context):
    print("event", event)
    return {"event": event, "environment": dict(os.environ), "pid": os.getpid(), "cwd": os.getcwd(),
            "remaining": context.get_remaining_time_in_millis(), "arn": context.invoked_function_arn}

def fail(event, context):
    raise ValueError("no such luck")

def leave(event, context):
    os._exit(3)

def sleep(event, context):
    time.sleep(event["seconds"])
    return os.getpid()

def note(event, context):
    with open(event["file"], "a") as file:
        file.write(event["text"])
"""


def zipped(code: str = CODE) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        archive.writestr("index.py", code)
    return buffer.getvalue()


@pytest.fixture(scope="module")
def functions(world):
    return world.client("lambda")


@pytest.fixture(scope="module")
def role(world):
    arn = world.role("function")
    world.client("iam").put_role_policy(RoleName="function", PolicyName="logs", PolicyDocument=json.dumps(POLICY))
    return arn


@pytest.fixture
def function(world, functions, role):
    """The name of a new and active function; keyword arguments go to CreateFunction."""

    def function(handler="show", **arguments):
        name = f"function-{next(NUMBERS)}"
        settings = {"Runtime": "python3.13", "Role": role, "Handler": f"index.{handler}", "Timeout": 5}
        functions.create_function(FunctionName=name, Code={"ZipFile": zipped()}, **{**settings, **arguments})
        world.skip("function")
        return name

    return function


@pytest.fixture
def invoke(functions):
    def invoke(name, event=None, **arguments):
        answer = functions.invoke(FunctionName=name, Payload=json.dumps(event or {}), **arguments)
        body = answer["Payload"].read()
        return answer, json.loads(body) if body else None

    return invoke


def test_it_runs_with_its_own_role_and_nothing_of_the_host_s_environment(world, function, invoke, monkeypatch):
    monkeypatch.setenv("SECRET_OF_THE_HOST", "leaked")
    name = function(Environment={"Variables": {"clusterName": "kubeflow"}})
    answer, result = invoke(name, {"a": [1]})
    environment = result["environment"]
    assert "FunctionError" not in answer and result["event"] == {"a": [1]}
    assert environment["clusterName"] == "kubeflow" and environment["AWS_ENDPOINT_URL"] == world.cloud.url
    assert "SECRET_OF_THE_HOST" not in environment
    assert 0 < result["remaining"] <= 5000 and result["arn"].endswith(f":function:{name}")
    key = (environment["AWS_ACCESS_KEY_ID"], environment["AWS_SECRET_ACCESS_KEY"], environment["AWS_SESSION_TOKEN"])
    identity = world.client("sts", key=key).get_caller_identity()
    assert identity["Arn"] == f"arn:aws:sts::123456789012:assumed-role/function/{name}"


def test_a_warm_process_serves_again_until_something_changes(world, functions, function, invoke):
    name = function()
    first, second = invoke(name)[1]["pid"], invoke(name)[1]["pid"]
    assert first == second
    functions.update_function_configuration(FunctionName=name, Environment={"Variables": {"new": "1"}})
    world.skip("function_update")
    third = invoke(name)[1]
    assert third["pid"] != first and third["environment"]["new"] == "1"


ERRORS = {
    "an exception": ("index.fail", "ValueError", "no such luck"),
    "an exit": ("index.leave", "Runtime.ExitError", "Runtime exited with error: exit status 3"),
    "no such module": ("other.handler", "Runtime.ImportModuleError", "Unable to import module 'other'"),
    "no such handler": ("index.other", "Runtime.HandlerNotFound", "Handler 'other' missing on module 'index'"),
}


@pytest.mark.parametrize("name", ERRORS)
def test_errors_are_reported_as_unhandled(function, invoke, name):
    handler, kind, message = ERRORS[name]
    answer, result = invoke(function(Handler=handler))
    assert (answer["StatusCode"], answer["FunctionError"]) == (200, "Unhandled")
    assert result["errorType"] == kind and message in result["errorMessage"]


def test_the_timeout_ends_the_process_and_the_next_call_starts_afresh(function, invoke):
    name = function("sleep", Timeout=1)
    answer, result = invoke(name, {"seconds": 30})
    assert answer["FunctionError"] == "Unhandled"
    assert result["errorType"] == "Sandbox.Timedout" and "Task timed out after 1.00 seconds" in result["errorMessage"]
    assert isinstance(invoke(name, {"seconds": 0})[1], int)


def test_calls_at_the_same_time_run_in_processes_of_their_own(function, invoke):
    name, pids = function("sleep", Timeout=20), []
    threads = [threading.Thread(target=lambda: pids.append(invoke(name, {"seconds": 1})[1])) for _ in range(3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(set(pids)) == 3


def test_reserved_concurrency_is_kept(world, functions, function, invoke):
    name = function()
    functions.put_function_concurrency(FunctionName=name, ReservedConcurrentExecutions=0)
    assert functions.get_function(FunctionName=name)["Configuration"]["State"] == "Active"
    assert world.error_of(lambda: invoke(name))[0] == "TooManyRequestsException"
    too_many = {"FunctionName": name, "ReservedConcurrentExecutions": 901}
    assert world.error_of(functions.put_function_concurrency, **too_many)[0] == "InvalidParameterValueException"


def test_the_log_is_in_its_group_and_in_the_answer(world, function, invoke):
    name, logs = function(), world.client("logs")
    logs.create_log_group(logGroupName=f"/aws/lambda/{name}")
    answer, _result = invoke(name, {"k": "v"}, LogType="Tail")
    text = base64.b64decode(answer["LogResult"]).decode()
    assert "loading" in text and "event {'k': 'v'}" in text
    assert "REPORT RequestId:" in text and "Memory Size: 128 MB" in text
    events = logs.filter_log_events(logGroupName=f"/aws/lambda/{name}")["events"]
    assert "event {'k': 'v'}" in [event["message"] for event in events]


def test_without_the_right_to_make_its_group_the_log_is_lost(world, function, invoke):
    name = function()
    invoke(name)
    assert not world.client("logs").describe_log_groups(logGroupNamePrefix=f"/aws/lambda/{name}")["logGroups"]


def test_a_deleted_log_group_takes_its_tags_along(world):
    logs = world.client("logs")
    logs.create_log_group(logGroupName="tagged", tags={"a": "1"})
    arn = logs.describe_log_groups(logGroupNamePrefix="tagged")["logGroups"][0]["logGroupArn"]
    assert logs.list_tags_for_resource(resourceArn=arn)["tags"] == {"a": "1"}
    logs.delete_log_group(logGroupName="tagged")
    logs.create_log_group(logGroupName="tagged")
    assert logs.list_tags_for_resource(resourceArn=arn)["tags"] == {}


def test_an_event_is_answered_before_it_is_run(world, function, invoke, tmp_path):
    file = tmp_path / "note"
    answer, _result = invoke(function("note"), {"file": str(file), "text": "done"}, InvocationType="Event")
    assert answer["StatusCode"] == 202
    world.until(lambda: file.exists() and file.read_text() == "done", minutes=600)


def test_a_new_function_is_pending_and_an_updated_one_in_progress(world, functions, role):
    made = functions.create_function(
        FunctionName="slow", Runtime="python3.13", Role=role, Handler="index.show", Code={"ZipFile": zipped()}
    )
    assert made["State"] == "Pending"
    change = {"FunctionName": "slow", "Description": "new"}
    assert world.error_of(functions.update_function_configuration, **change)[0] == "ResourceConflictException"
    world.skip("function")
    before = functions.get_function_configuration(FunctionName="slow")
    assert (before["State"], before["LastUpdateStatus"]) == ("Active", "Successful")
    assert functions.update_function_configuration(**change)["LastUpdateStatus"] == "InProgress"
    code, message = world.error_of(functions.update_function_code, FunctionName="slow", ZipFile=zipped("x = 1"))
    assert (code, "An update is in progress" in message) == ("ResourceConflictException", True)
    world.skip("function_update")
    functions.update_function_code(FunctionName="slow", ZipFile=zipped("x = 1"))
    world.skip("function_update")
    after = functions.get_function_configuration(FunctionName="slow")
    assert after["RevisionId"] != before["RevisionId"] and after["CodeSha256"] != before["CodeSha256"]
    assert after["Description"] == "new"


def test_settings_that_moto_forgets_are_kept(world, functions, function):
    name = function(LoggingConfig={"LogFormat": "JSON", "LogGroup": "/own/group"}, TracingConfig={"Mode": "Active"})
    functions.update_function_configuration(FunctionName=name, TracingConfig={"Mode": "PassThrough"})
    found = functions.get_function_configuration(FunctionName=name)
    assert found["LoggingConfig"] == {"LogFormat": "JSON", "LogGroup": "/own/group"}
    assert found["TracingConfig"] == {"Mode": "PassThrough"}


REFUSED = {
    "a role that trusts another": (
        lambda world: {"Role": world.role("foreign", "ec2.amazonaws.com")},
        "The role defined for the function cannot be assumed by Lambda.",
    ),
    "a runtime of the past": (
        lambda world: {"Runtime": "python3.9"},
        "The runtime parameter of python3.9 is no longer supported",
    ),
    "a reserved variable": (
        lambda world: {"Environment": {"Variables": {"AWS_REGION": "x"}}},
        "Reserved keys used in this request: AWS_REGION",
    ),
    "too many variables": (lambda world: {"Environment": {"Variables": {"x": "y" * 4096}}}, "exceeded the 4KB limit"),
    "a zip that is none": (lambda world: {"Code": {"ZipFile": b"hello"}}, "Could not unzip uploaded file."),
    "a network without the right to join it": (
        lambda world: {"VpcConfig": {"SubnetIds": list(world.account.subnet_ids), "SecurityGroupIds": ["sg-1"]}},
        "does not have permissions to call CreateNetworkInterface on EC2",
    ),
}


@pytest.mark.parametrize("name", REFUSED)
def test_functions_that_are_refused(world, functions, role, name):
    arguments, message = REFUSED[name]
    request = {
        "FunctionName": "refused",
        "Runtime": "python3.13",
        "Role": role,
        "Handler": "index.show",
        "Code": {"ZipFile": zipped()},
        **arguments(world),
    }
    code, text = world.error_of(functions.create_function, **request)
    assert code == "InvalidParameterValueException" and message in text


def test_a_role_cannot_be_assumed_in_its_first_seconds(world, functions):
    iam = world.client("iam")
    statement = {"Effect": "Allow", "Principal": {"Service": "lambda.amazonaws.com"}, "Action": "sts:AssumeRole"}
    document = json.dumps({"Version": "2012-10-17", "Statement": [statement]})
    arn = iam.create_role(RoleName="young", AssumeRolePolicyDocument=document)["Role"]["Arn"]
    request = {"Runtime": "python3.13", "Role": arn, "Handler": "index.show", "Code": {"ZipFile": zipped()}}
    assert world.error_of(functions.create_function, FunctionName="early", **request) == (
        "InvalidParameterValueException",
        "The role defined for the function cannot be assumed by Lambda.",
    )
    world.skip("iam")
    functions.create_function(FunctionName="early", **request)


POOL = "arn:aws:cognito-idp:eu-west-1:123456789012:userpool/eu-west-1_abcdefghi"


def as_cognito(world, name: str, pool: str) -> int:
    """Invoke as the service that calls triggers; the HTTP status."""
    client = world.client("lambda")

    def add_headers(request, **_):
        request.headers["X-Sandbox-Service-Principal"] = "cognito-idp.amazonaws.com"
        request.headers["X-Sandbox-Source-Arn"] = pool

    client.meta.events.register("before-sign.lambda.Invoke", add_headers)
    try:
        return client.invoke(FunctionName=name, Payload=b"{}")["StatusCode"]
    except client.exceptions.ClientError as error:
        return error.response["ResponseMetadata"]["HTTPStatusCode"]


def test_a_service_needs_a_statement_of_the_function_s_policy(world, functions, function):
    name = function()
    assert as_cognito(world, name, POOL) == 403
    statement = {
        "FunctionName": name,
        "StatementId": "pool",
        "Action": "lambda:InvokeFunction",
        "Principal": "cognito-idp.amazonaws.com",
        "SourceArn": POOL,
        "SourceAccount": "123456789012",
    }
    functions.add_permission(**statement)
    assert as_cognito(world, name, POOL) == 200
    assert as_cognito(world, name, POOL + "x") == 403
    assert world.error_of(functions.add_permission, **statement)[0] == "ResourceConflictException"
    functions.remove_permission(FunctionName=name, StatementId="pool")
    assert as_cognito(world, name, POOL) == 403


def test_an_unknown_function_is_not_found(world, invoke):
    assert world.error_of(lambda: invoke("nobody"))[0] == "ResourceNotFoundException"


def test_a_deleted_function_leaves_no_process(world, functions, function, invoke):
    name = function()
    pid = invoke(name)[1]["pid"]
    functions.delete_function(FunctionName=name)
    assert not os.path.exists(f"/proc/{pid}") or world.until(lambda: not os.path.exists(f"/proc/{pid}"))


PARENT = """
import io, sys, time, zipfile
from pathlib import Path
from sandbox.aws.functions.process import Environment
Path(sys.argv[1], "index.py").write_text("import os\\ndef handler(event, context):\\n    return os.getpid()\\n")
variables = {"_HANDLER": "index.handler", "LAMBDA_TASK_ROOT": sys.argv[1], "AWS_LAMBDA_FUNCTION_NAME": "f",
    "AWS_LAMBDA_FUNCTION_VERSION": "1", "AWS_LAMBDA_FUNCTION_MEMORY_SIZE": "128", "AWS_LAMBDA_LOG_GROUP_NAME": "g",
    "AWS_LAMBDA_LOG_STREAM_NAME": "s"}
environment = Environment(Path(sys.argv[1]), variables, Path(sys.argv[1], "log"), "s")
print(environment.invoke(b"{}", "arn", 10).payload.decode(), flush=True)
time.sleep(60)
"""


def test_processes_die_with_their_parent(tmp_path):
    parent = subprocess.Popen([sys.executable, "-c", PARENT, str(tmp_path)], stdout=subprocess.PIPE, text=True)
    child = int(parent.stdout.readline())
    parent.send_signal(signal.SIGKILL)
    parent.wait()
    deadline = time.monotonic() + 10
    while os.path.exists(f"/proc/{child}") and time.monotonic() < deadline:
        time.sleep(0.05)
    assert not os.path.exists(f"/proc/{child}")
