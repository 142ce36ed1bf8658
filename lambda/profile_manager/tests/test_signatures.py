"""Signatures are botocore's, to the last letter."""

from __future__ import annotations

import base64
from datetime import UTC, datetime, timedelta
from unittest import mock
from urllib.parse import parse_qsl, urlsplit

import pytest
from botocore import auth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials as BotocoreCredentials
from hypothesis import given
from hypothesis import strategies as st

from profile_manager.errors import SettingsError
from profile_manager.sigv4 import Credentials, Scope, signed_headers
from profile_manager.token import TokenSource, cluster_token

keys = st.text("ABCDEFGHIJKLMNOPQRSTUVWXYZ234567", min_size=16, max_size=20)
secrets = st.text(st.characters(min_codepoint=33, max_codepoint=126), min_size=1, max_size=60)
regions = st.sampled_from(["eu-west-1", "us-east-1", "cn-north-1", "us-gov-west-1", "ap-southeast-4"])
clusters = st.text("abcdefghijklmnopqrstuvwxyzABC0123456789-_", min_size=1, max_size=100)
times = st.datetimes(datetime(2020, 1, 1), datetime(2040, 1, 1)).map(
    lambda when: when.replace(microsecond=0, tzinfo=UTC)
)
credentials = st.builds(Credentials, keys, secrets, st.one_of(st.just(""), secrets))


def botocore_credentials(given_credentials: Credentials) -> BotocoreCredentials:
    return BotocoreCredentials(
        given_credentials.access_key, given_credentials.secret_key, given_credentials.session_token or None
    )


def at(when: datetime):
    """botocore's clock."""
    name = "get_current_datetime" if hasattr(auth, "get_current_datetime") else "datetime"
    if name == "datetime":
        clock = mock.Mock()
        clock.datetime.utcnow.return_value = when.replace(tzinfo=None)
        return mock.patch.object(auth, "datetime", clock)
    return mock.patch.object(auth, name, lambda *arguments, **options: when.replace(tzinfo=None))


@given(clusters, regions, credentials, times)
def test_the_clusters_token_is_what_botocore_would_sign(cluster, region, given_credentials, when):
    domain = "amazonaws.com.cn" if region.startswith("cn-") else "amazonaws.com"
    request = AWSRequest(
        "GET",
        f"https://sts.{region}.{domain}/?Action=GetCallerIdentity&Version=2011-06-15",
        headers={"x-k8s-aws-id": cluster},
    )
    with at(when):
        auth.SigV4QueryAuth(botocore_credentials(given_credentials), "sts", region, expires=60).add_auth(request)
    token = cluster_token(cluster, region, given_credentials, when)
    assert token.startswith("k8s-aws-v1.")
    assert "=" not in token
    text = token.removeprefix("k8s-aws-v1.")
    url = base64.urlsafe_b64decode(text + "=" * (-len(text) % 4)).decode()
    mine, theirs = urlsplit(url), urlsplit(request.url)
    assert (mine.scheme, mine.netloc, mine.path) == (theirs.scheme, theirs.netloc, theirs.path)
    assert sorted(parse_qsl(mine.query)) == sorted(parse_qsl(theirs.query))


paths = st.lists(st.text("abcXYZ019-_~.% $:", min_size=1, max_size=12), min_size=1, max_size=4).map(
    lambda parts: "/" + "/".join(part.replace("%", "%25").replace(" ", "%20").replace(".", "x") for part in parts)
)


@given(paths, st.binary(max_size=200), regions, credentials, times)
def test_a_signed_request_is_what_botocore_would_sign(path, body, region, given_credentials, when):
    headers = {"Content-Type": "application/json", "X-Amz-Invocation-Type": "Event"}
    request = AWSRequest("POST", f"https://lambda.{region}.amazonaws.com{path}", headers=headers, data=body)
    with at(when):
        auth.SigV4Auth(botocore_credentials(given_credentials), "lambda", region).add_auth(request)
    scope = Scope(region, "lambda", when)
    mine = signed_headers("POST", f"lambda.{region}.amazonaws.com", path, headers, body, scope, given_credentials)
    assert mine["authorization"] == request.headers["Authorization"]


ENVIRONMENT = {"AWS_ACCESS_KEY_ID": "AKIDEXAMPLE", "AWS_SECRET_ACCESS_KEY": "secret", "AWS_SESSION_TOKEN": "session"}
NOON = datetime(2026, 11, 24, 12, tzinfo=UTC)


class Clock:
    def __init__(self) -> None:
        self.now = NOON

    def __call__(self) -> datetime:
        return self.now


@pytest.fixture
def clock() -> Clock:
    return Clock()


LATER = {
    "a moment": (timedelta(seconds=1), True),
    "just before it is old": (timedelta(minutes=13, seconds=59), True),
    "fourteen minutes": (timedelta(minutes=14), False),
    "an hour in a warm container": (timedelta(hours=1), False),
    "a clock that was set back": (timedelta(minutes=-1), False),
}


@pytest.mark.parametrize("case", LATER)
def test_a_token_is_used_while_it_lives(clock, case):
    after, same = LATER[case]
    source = TokenSource("c", "eu-west-1", ENVIRONMENT, clock)
    first = source()
    clock.now += after
    assert (source() == first) is same


def test_renewed_credentials_give_a_new_token(clock):
    environment = dict(ENVIRONMENT)
    source = TokenSource("c", "eu-west-1", environment, clock)
    first = source()
    environment["AWS_SESSION_TOKEN"] = "another"
    assert source() != first


def test_a_token_that_was_refused_is_signed_again(clock):
    source = TokenSource("c", "eu-west-1", ENVIRONMENT, clock)
    first = source()
    source.forget()
    clock.now += timedelta(seconds=1)
    assert source() != first


def test_missing_credentials_name_themselves(clock):
    with pytest.raises(SettingsError, match="AWS_SECRET_ACCESS_KEY is missing"):
        TokenSource("c", "eu-west-1", {"AWS_ACCESS_KEY_ID": "x"}, clock)()


def test_secrets_do_not_show_in_a_representation():
    assert "hush" not in repr(Credentials("key", "hush", "hush-token"))


def test_the_longest_token_is_short_enough_for_the_authenticator(clock):
    environment = {**ENVIRONMENT, "AWS_SESSION_TOKEN": "x" * 1400}
    assert len(TokenSource("c" * 100, "ap-southeast-4", environment, clock)()) < 4096
