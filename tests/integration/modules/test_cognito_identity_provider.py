"""cognito_identity_provider against the project's own AWS."""

from __future__ import annotations

import datetime

import pytest

from sandbox.kubernetes.certificates import signing_certificate
from sandbox.saml import metadata

MAPPING = {
    "email": "mail",
    "email_verified": "validation",
    "custom:groups": "https://aws.amazon.com/SAML/Attributes/Role",
}
URL = "https://adfs.example.com/FederationMetadata/2007-06/FederationMetadata.xml"


@pytest.fixture
def cognito(aws):
    return aws("cognito-idp")


@pytest.fixture
def pool_id(cognito):
    return cognito.create_user_pool(
        PoolName="providers",
        Schema=[
            {"Name": "email", "AttributeDataType": "String", "Mutable": True, "Required": True},
            {"Name": "groups", "AttributeDataType": "String", "Mutable": True},
            {"Name": "badge", "AttributeDataType": "String", "Mutable": False},
        ],
    )["UserPool"]["Id"]


@pytest.fixture(scope="module")
def certificate():
    return signing_certificate("ADFS Signing")[0]


@pytest.fixture
def metadata_file(tmp_path, certificate):
    path = tmp_path / "adfs.xml"
    path.write_text(metadata("adfs.example.com", certificate))
    return str(path)


def test_a_provider_is_created_changed_and_deleted(converge, pool_id, metadata_file, tmp_path, certificate):
    options = {"user_pool_id": pool_id, "name": "ADFS"}
    created = converge(
        "cognito_identity_provider", **options, metadata_file=metadata_file, attribute_mapping=MAPPING, idp_signout=True
    )
    assert created["identity_provider"]["attribute_mapping"] == MAPPING
    assert created["identity_provider"]["provider_details"]["IDPSignout"] == "true"

    converge("cognito_identity_provider", **options, metadata_file=metadata_file, changed=False)

    other = tmp_path / "other.xml"
    other.write_text(metadata("sts.example.com", certificate))
    moved = converge("cognito_identity_provider", **options, metadata_file=str(other))
    assert "sts.example.com" in moved["identity_provider"]["provider_details"]["MetadataFile"]
    assert moved["identity_provider"]["attribute_mapping"] == MAPPING

    by_url = converge("cognito_identity_provider", **options, metadata_url=URL)
    assert "MetadataFile" not in by_url["identity_provider"]["provider_details"]

    signed = converge(
        "cognito_identity_provider", **options, provider_details={"RequestSigningAlgorithm": "rsa-sha256"}
    )
    assert signed["identity_provider"]["provider_details"]["MetadataURL"] == URL

    named = converge("cognito_identity_provider", **options, idp_identifiers=["example.com"])
    assert named["identity_provider"]["idp_identifiers"] == ["example.com"]

    converge("cognito_identity_provider", **options, state="absent")


def test_a_provider_left_without_mapping_is_completed(converge, cognito, pool_id):
    cognito.create_identity_provider(
        UserPoolId=pool_id, ProviderName="ADFS", ProviderType="SAML", ProviderDetails={"MetadataURL": URL}
    )
    options = {"user_pool_id": pool_id, "name": "ADFS", "metadata_url": URL, "attribute_mapping": MAPPING}
    completed = converge("cognito_identity_provider", **options)
    assert completed["identity_provider"]["attribute_mapping"] == MAPPING


def test_what_aws_adds_by_itself_is_no_drift_and_is_kept(converge, cognito, pool_id):
    cognito.create_identity_provider(
        UserPoolId=pool_id,
        ProviderName="ADFS",
        ProviderType="SAML",
        ProviderDetails={"MetadataURL": URL, "IDPInit": "true"},
        AttributeMapping={**MAPPING, "username": "sub"},
    )
    options = {"user_pool_id": pool_id, "name": "ADFS", "metadata_url": URL, "idp_signout": False}
    converge("cognito_identity_provider", **options, attribute_mapping=MAPPING, changed=False)
    converge("cognito_identity_provider", **options, attribute_mapping={"email": "e-mail"})
    provider = cognito.describe_identity_provider(UserPoolId=pool_id, ProviderName="ADFS")["IdentityProvider"]
    assert provider["AttributeMapping"] == {"email": "e-mail", "username": "sub"}
    assert provider["ProviderDetails"]["IDPInit"] == "true"


REFUSALS = [
    pytest.param({"name": "AD_FS"}, "is none for an identity provider", id="underscore"),
    pytest.param({"name": "AD FS"}, "is none for an identity provider", id="space"),
    pytest.param({"name": "AD"}, "is none for an identity provider", id="short"),
    pytest.param({"name": "A" * 33}, "is none for an identity provider", id="long"),
    pytest.param({"metadata_url": "http://adfs.example.com/"}, "from https addresses only", id="http"),
    pytest.param({"metadata_url": None}, "has no metadata. Give", id="no metadata"),
    pytest.param(
        {"attribute_mapping": {**MAPPING, "custom:none": "x"}}, "maps custom:none, which is not in", id="schema"
    ),
    pytest.param(
        {"attribute_mapping": {**MAPPING, "custom:badge": "x"}}, "second sign-in of every user", id="immutable"
    ),
    pytest.param({"attribute_mapping": {"custom:groups": "x"}}, "does not map email, which", id="required"),
    pytest.param({"user_pool_id": "eu-west-1_nowhere"}, "There is no user pool eu-west-1_nowhere", id="pool"),
]


@pytest.mark.parametrize(("options", "said"), REFUSALS)
def test_what_would_break_logins_is_refused(run_module, cognito, pool_id, options, said):
    wanted = {"user_pool_id": pool_id, "name": "ADFS", "metadata_url": URL, "attribute_mapping": MAPPING, **options}
    wanted = {name: value for name, value in wanted.items() if value is not None}
    refused = run_module("cognito_identity_provider", **wanted)
    assert refused.get("failed"), refused
    assert said in refused["msg"]
    assert cognito.list_identity_providers(UserPoolId=pool_id)["Providers"] == []


def test_metadata_are_checked_before_aws_is_asked(run_module, pool_id, metadata_file, tmp_path):
    options = {"user_pool_id": pool_id, "name": "ADFS", "attribute_mapping": MAPPING}
    broken = tmp_path / "broken.xml"
    broken.write_text("<html>")
    refused = run_module("cognito_identity_provider", **options, metadata_file=str(broken))
    assert f"The metadata file {broken} is not well-formed XML" in refused["msg"]
    refused = run_module("cognito_identity_provider", **options, metadata_file=str(tmp_path / "none.xml"))
    assert "cannot be read: No such file" in refused["msg"]
    refused = run_module("cognito_identity_provider", **options, metadata_file=metadata_file, metadata_url=URL)
    assert "mutually exclusive" in refused["msg"]


def test_dates_of_the_signing_certificate_are_told(run_module, pool_id, tmp_path):
    now = datetime.datetime.now(datetime.UTC)
    past = now - datetime.timedelta(days=400)
    expired = tmp_path / "expired.xml"
    expired.write_text(metadata("a.example.com", signing_certificate("x", not_before=past, days=365)[0]))
    ending = tmp_path / "ending.xml"
    ending.write_text(metadata("a.example.com", signing_certificate("x", days=20)[0]))
    options = {"user_pool_id": pool_id, "name": "ADFS", "attribute_mapping": MAPPING}
    refused = run_module("cognito_identity_provider", **options, metadata_file=str(expired))
    assert f"expired on {past + datetime.timedelta(days=365):%Y-%m-%d}" in refused["msg"]
    warned = run_module("cognito_identity_provider", **options, metadata_file=str(ending))
    assert warned["changed"]
    assert "no user can sign in after that" in str(warned["warnings"])


def test_a_pool_that_comes_later_is_foretold_in_check_mode(run_module, metadata_file):
    result = run_module(
        "cognito_identity_provider",
        check=True,
        user_pool_id="(known after the real run)",
        name="ADFS",
        metadata_file=metadata_file,
        attribute_mapping=MAPPING,
    )
    assert result["changed"]


def test_asking_for_a_provider_that_is_not_there_is_no_failure(run_module, pool_id):
    result = run_module("cognito_identity_provider", check=True, user_pool_id=pool_id, name="ADFS")
    assert not result["changed"]
    assert result["diff"]["before"] == {}
