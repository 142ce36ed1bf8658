from __future__ import annotations

import base64
import datetime
import urllib.parse

import pytest

from sandbox.kubernetes.eks_token import canonical_arn, is_aws_sts, parse_token
from sandbox.kubernetes.identity import Denied

NOW = datetime.datetime(2026, 11, 24, 12, 0, tzinfo=datetime.UTC)
QUERY = {
    "Action": "GetCallerIdentity",
    "Version": "2011-06-15",
    "X-Amz-Algorithm": "AWS4-HMAC-SHA256",
    "X-Amz-Credential": "AKIDEXAMPLE/20261124/eu-west-1/sts/aws4_request",
    "X-Amz-Date": "20261124T115500Z",
    "X-Amz-Expires": "60",
    "X-Amz-SignedHeaders": "host;x-k8s-aws-id",
    "X-Amz-Signature": "0123",
}
STS = "https://sts.eu-west-1.amazonaws.com"


def token(changes: dict[str, str | None] | None = None, base: str = STS, path: str = "/", more: str = "") -> str:
    query = {key: value for key, value in {**QUERY, **(changes or {})}.items() if value is not None}
    return encoded(f"{base}{path}?{urllib.parse.urlencode(query)}{more}")


def encoded(url: str) -> str:
    return "k8s-aws-v1." + base64.urlsafe_b64encode(url.encode()).decode().rstrip("=")


def test_a_good_token_names_host_query_and_key():
    call = parse_token(token(), NOW, is_aws_sts)

    assert (call.host, call.access_key) == ("sts.eu-west-1.amazonaws.com", "AKIDEXAMPLE")
    assert call.query == urllib.parse.urlencode(QUERY)


REFUSED = {
    "no prefix": ("abc", "missing expected"),
    "too long": ("k8s-aws-v1." + "a" * 4096, "too large"),
    "not base64": ("k8s-aws-v1.!!!", "malformed token"),
    "not text": ("k8s-aws-v1." + base64.urlsafe_b64encode(b"\xff\xfe\xfd").decode(), "malformed token"),
    "another host": (token(base="https://sts.example.com"), "unexpected hostname"),
    "a host that only ends well": (token(base="https://evil-sts.amazonaws.com.example.com"), "unexpected hostname"),
    "plain http": (token(base="http://sts.eu-west-1.amazonaws.com"), "unexpected hostname"),
    "another path": (token(path="/other"), "unexpected path"),
    "another action": (token({"Action": "AssumeRole"}), "unexpected action"),
    "an unknown parameter": (token({"Extra": "1"}), "non-whitelisted query parameter 'Extra'"),
    "a parameter twice": (token(more="&x-amz-date=20261124T115500Z"), "multiple values"),
    "cluster not signed": (token({"X-Amz-SignedHeaders": "host"}), "did not sign the x-k8s-aws-id header"),
    "no expiry": (token({"X-Amz-Expires": None}), "invalid X-Amz-Expires"),
    "too long an expiry": (token({"X-Amz-Expires": "901"}), "invalid X-Amz-Expires"),
    "an expiry that is no number": (token({"X-Amz-Expires": "-1"}), "invalid X-Amz-Expires"),
    "no date": (token({"X-Amz-Date": None}), "error parsing X-Amz-Date"),
    "signed 16 minutes ago": (token({"X-Amz-Date": "20261124T114359Z"}), "is expired"),
}


@pytest.mark.parametrize(("text", "message"), REFUSED.values(), ids=REFUSED)
def test_a_bad_token_is_refused(text, message):
    with pytest.raises(Denied, match=message):
        parse_token(text, NOW, is_aws_sts)


def test_a_token_lives_fifteen_minutes_whatever_its_expiry_says():
    assert parse_token(token({"X-Amz-Date": "20261124T114501Z", "X-Amz-Expires": "0"}), NOW, is_aws_sts)


ARNS = {
    "arn:aws:sts::123456789012:assumed-role/Admin/bob@corp": "arn:aws:iam::123456789012:role/Admin",
    "arn:aws:iam::123456789012:user/path/alice": "arn:aws:iam::123456789012:user/path/alice",
    "arn:aws:iam::123456789012:root": "arn:aws:iam::123456789012:root",
    "arn:aws-cn:sts::123456789012:assumed-role/A/s": "arn:aws-cn:iam::123456789012:role/A",
    "arn:aws:sts::123456789012:federated-user/Bob": "arn:aws:sts::123456789012:federated-user/Bob",
}


@pytest.mark.parametrize(("arn", "canonical"), ARNS.items())
def test_the_canonical_arn_is_the_role_of_a_session(arn, canonical):
    assert canonical_arn(arn) == canonical


@pytest.mark.parametrize(
    "arn", ["", "arn:aws:sts::...:user/moto", "arn:aws:sts::123456789012:user/x", "arn:aws:iam::123456789012:group/g"]
)
def test_an_arn_that_is_no_principal_is_refused(arn):
    with pytest.raises(Denied):
        canonical_arn(arn)
