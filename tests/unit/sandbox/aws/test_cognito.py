"""Cognito: updates reset what they do not send, and what AWS refuses is refused."""

from __future__ import annotations

import base64
import datetime as dt
import itertools

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec

NUMBERS = itertools.count()
FUNCTION = "arn:aws:lambda:eu-west-1:123456789012:function:profile-manager"
MAPPING = {"email": "http://schemas.xmlsoap.org/ws/2005/05/identity/claims/emailaddress"}


def metadata(days: int = 30) -> str:
    """An identity provider's metadata; its certificate ends in so many days."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "adfs")])
    end = dt.datetime.now(dt.UTC) + dt.timedelta(days=days)
    builder = x509.CertificateBuilder(name, name, key.public_key(), 1, end - dt.timedelta(days=60), end)
    der = builder.sign(key, hashes.SHA256()).public_bytes(serialization.Encoding.DER)
    return (
        '<EntityDescriptor xmlns="urn:oasis:names:tc:SAML:2.0:metadata" entityID="http://adfs.example.com/trust">'
        '<IDPSSODescriptor protocolSupportEnumeration="urn:oasis:names:tc:SAML:2.0:protocol">'
        '<KeyDescriptor use="signing"><KeyInfo xmlns="http://www.w3.org/2000/09/xmldsig#"><X509Data><X509Certificate>'
        f"{base64.b64encode(der).decode()}</X509Certificate></X509Data></KeyInfo></KeyDescriptor>"
        '<SingleSignOnService Binding="urn:oasis:names:tc:SAML:2.0:bindings:HTTP-Redirect" '
        'Location="https://adfs.example.com/adfs/ls/"/></IDPSSODescriptor></EntityDescriptor>'
    )


@pytest.fixture
def cognito(world):
    return world.client("cognito-idp")


@pytest.fixture
def pool(cognito):
    """A pool's id; keyword arguments go to CreateUserPool."""

    def pool(**arguments):
        return cognito.create_user_pool(PoolName=f"pool-{next(NUMBERS)}", **arguments)["UserPool"]["Id"]

    return pool


@pytest.fixture
def described(cognito):
    return lambda pool_id: cognito.describe_user_pool(UserPoolId=pool_id)["UserPool"]


def test_the_standard_attributes_are_always_there(pool, described):
    schema = [
        {"Name": "email", "AttributeDataType": "String", "Required": True, "Mutable": True},
        {"Name": "groups", "AttributeDataType": "String", "Mutable": True},
    ]
    found = {attribute["Name"]: attribute for attribute in described(pool(Schema=schema))["SchemaAttributes"]}
    assert len(found) == 21
    assert found["email"]["Required"] and found["email"]["StringAttributeConstraints"]["MaxLength"] == "2048"
    assert found["custom:groups"]["Mutable"]


def test_the_id_looks_like_aws_s(pool, described):
    pool_id = pool()
    region, _, name = pool_id.partition("_")
    assert (region, len(name)) == ("eu-west-1", 9)
    assert described(pool_id)["Arn"].endswith(f":userpool/{pool_id}")


def test_an_update_resets_what_it_does_not_send_but_keeps_what_is_fixed(cognito, pool, described):
    pool_id = pool(
        UsernameConfiguration={"CaseSensitive": True},
        UsernameAttributes=["email"],
        AdminCreateUserConfig={"AllowAdminCreateUserOnly": True},
        DeletionProtection="ACTIVE",
        UserPoolTags={"owner": "me"},
        Schema=[{"Name": "groups", "AttributeDataType": "String"}],
    )
    cognito.update_user_pool(UserPoolId=pool_id, LambdaConfig={"PreTokenGeneration": FUNCTION})
    after = described(pool_id)
    assert after["AdminCreateUserConfig"]["AllowAdminCreateUserOnly"] is False
    assert (after["DeletionProtection"], after["UserPoolTags"]) == ("INACTIVE", {})
    assert (after["UsernameAttributes"], after["UsernameConfiguration"]) == (["email"], {"CaseSensitive": True})
    assert "custom:groups" in {attribute["Name"] for attribute in after["SchemaAttributes"]}
    assert after["LambdaConfig"]["PreTokenGenerationConfig"] == {"LambdaVersion": "V1_0", "LambdaArn": FUNCTION}


def test_the_two_spellings_of_the_trigger_are_mirrored_and_must_agree(world, cognito, pool, described):
    long = {"LambdaVersion": "V2_0", "LambdaArn": FUNCTION}
    assert (
        described(pool(LambdaConfig={"PreTokenGenerationConfig": long}))["LambdaConfig"]["PreTokenGeneration"]
        == FUNCTION
    )
    both = {"PreTokenGenerationConfig": long, "PreTokenGeneration": FUNCTION + "2"}
    assert world.error_of(lambda: pool(LambdaConfig=both))[0] == "InvalidParameterException"
    code = world.error_of(lambda: pool(LambdaConfig={"PreTokenGenerationConfig": long}, UserPoolTier="LITE"))[0]
    assert code == "FeatureUnavailableInTierException"


def test_custom_attributes_can_be_added_up_to_their_limits(world, cognito, pool):
    pool_id = pool()
    many = [{"Name": f"a{number}", "AttributeDataType": "String"} for number in range(50)]
    for batch in (many[:25], many[25:]):
        cognito.add_custom_attributes(UserPoolId=pool_id, CustomAttributes=batch)
    one_more = {"UserPoolId": pool_id, "CustomAttributes": [{"Name": "z", "AttributeDataType": "String"}]}
    assert world.error_of(cognito.add_custom_attributes, **one_more)[0] == "LimitExceededException"
    long_name = {"UserPoolId": pool(), "CustomAttributes": [{"Name": "x" * 20, "AttributeDataType": "String"}]}
    cognito.add_custom_attributes(**long_name)
    assert world.error_of(cognito.add_custom_attributes, **long_name)[0] == "InvalidParameterException"


def test_alias_and_username_attributes_exclude_each_other(world, pool):
    arguments = {"UsernameAttributes": ["email"], "AliasAttributes": ["email"]}
    assert world.error_of(lambda: pool(**arguments))[0] == "InvalidParameterException"


def test_tags_of_pools_can_be_changed(cognito, pool, described):
    arn = described(pool(UserPoolTags={"a": "1"}))["Arn"]
    cognito.tag_resource(ResourceArn=arn, Tags={"b": "2"})
    cognito.untag_resource(ResourceArn=arn, TagKeys=["a"])
    assert cognito.list_tags_for_resource(ResourceArn=arn)["Tags"] == {"b": "2"}


def test_a_protected_pool_stays(world, cognito, pool):
    pool_id = pool(DeletionProtection="ACTIVE")
    expected = "The user pool cannot be deleted because deletion protection is activated."
    code, message = world.error_of(cognito.delete_user_pool, UserPoolId=pool_id)
    assert code == "InvalidParameterException" and message.startswith(expected)
    cognito.update_user_pool(UserPoolId=pool_id, DeletionProtection="INACTIVE")
    cognito.delete_user_pool(UserPoolId=pool_id)


CLIENT = {
    "ClientName": "balancer",
    "GenerateSecret": True,
    "CallbackURLs": ["https://kubeflow.platform.example.com/oauth2/idpresponse"],
    "AllowedOAuthFlows": ["code"],
    "AllowedOAuthScopes": ["openid", "email"],
    "AllowedOAuthFlowsUserPoolClient": True,
}


def test_an_update_of_a_client_resets_what_it_does_not_send(cognito, pool):
    pool_id = pool()
    made = cognito.create_user_pool_client(UserPoolId=pool_id, RefreshTokenValidity=7, **CLIENT)["UserPoolClient"]
    identity = {"UserPoolId": pool_id, "ClientId": made["ClientId"]}
    cognito.update_user_pool_client(LogoutURLs=["https://example.com/bye"], **identity)
    after = cognito.describe_user_pool_client(**identity)["UserPoolClient"]
    assert after["RefreshTokenValidity"] == 30
    assert "CallbackURLs" not in after and after["AllowedOAuthFlowsUserPoolClient"] is False
    assert (after["ClientSecret"], after["ClientName"]) == (made["ClientSecret"], "balancer")
    assert cognito.list_user_pool_clients(UserPoolId=pool_id)["UserPoolClients"][0]["ClientId"] == made["ClientId"]


REFUSED_CLIENTS = {
    "an unknown provider": ({"SupportedIdentityProviders": ["ADFS"]}, "InvalidParameterException"),
    "a callback without TLS": ({"CallbackURLs": ["http://example.com/"]}, "InvalidParameterException"),
    "an unknown scope": ({"AllowedOAuthScopes": ["openid", "admin"]}, "ScopeDoesNotExistException"),
    "flows without scopes": ({"AllowedOAuthScopes": []}, "InvalidParameterException"),
    "a writable attribute the pool lacks": ({"WriteAttributes": ["custom:groups"]}, "InvalidParameterException"),
    "a redirect that is no callback": ({"DefaultRedirectURI": "https://example.com/"}, "InvalidParameterException"),
}


@pytest.mark.parametrize("name", REFUSED_CLIENTS)
def test_clients_that_are_refused(world, cognito, pool, name):
    arguments, code = REFUSED_CLIENTS[name]
    request = {"UserPoolId": pool(), **CLIENT, **arguments}
    assert world.error_of(cognito.create_user_pool_client, **request)[0] == code


def provider(pool_id, name="ADFS", **details):
    return {
        "UserPoolId": pool_id,
        "ProviderName": name,
        "ProviderType": "SAML",
        "ProviderDetails": details or {"MetadataFile": metadata()},
        "AttributeMapping": MAPPING,
    }


def test_a_provider_shows_what_its_metadata_says(cognito, pool):
    pool_id = pool()
    made = cognito.create_identity_provider(**provider(pool_id), IdpIdentifiers=["corp"])["IdentityProvider"]
    assert made["ProviderDetails"]["SSORedirectBindingURI"] == "https://adfs.example.com/adfs/ls/"
    cognito.update_identity_provider(UserPoolId=pool_id, ProviderName="ADFS", AttributeMapping={**MAPPING, "name": "n"})
    after = cognito.get_identity_provider_by_identifier(UserPoolId=pool_id, IdpIdentifier="corp")["IdentityProvider"]
    assert after["AttributeMapping"] == {**MAPPING, "name": "n"}
    assert after["ProviderDetails"] == made["ProviderDetails"]
    cognito.create_user_pool_client(UserPoolId=pool_id, SupportedIdentityProviders=["ADFS"], **CLIENT)


REFUSED_PROVIDERS = {
    "a name with an underscore": {"ProviderName": "AD_FS"},
    "a name with a space": {"ProviderName": "AD FS"},
    "no metadata": {"ProviderDetails": {"IDPSignout": "true"}},
    "metadata that is no XML": {"ProviderDetails": {"MetadataFile": "hello"}},
    "metadata of something else": {"ProviderDetails": {"MetadataFile": "<a/>"}},
    "metadata with entities": {"ProviderDetails": {"MetadataFile": "<!DOCTYPE a><a/>"}},
    "an expired certificate": {"ProviderDetails": {"MetadataFile": metadata(days=-1)}},
    "an address without TLS": {"ProviderDetails": {"MetadataURL": "http://adfs.example.com/metadata.xml"}},
    "an attribute the pool lacks": {"AttributeMapping": {"custom:groups": "groups"}},
}


@pytest.mark.parametrize("name", REFUSED_PROVIDERS)
def test_providers_that_are_refused(world, cognito, pool, name):
    request = {**provider(pool()), **REFUSED_PROVIDERS[name]}
    assert world.error_of(cognito.create_identity_provider, **request)[0] == "InvalidParameterException"


def test_a_provider_s_name_is_taken_once(world, cognito, pool):
    request = provider(pool(), MetadataURL="https://adfs.example.com/metadata.xml")
    cognito.create_identity_provider(**request)
    assert world.error_of(cognito.create_identity_provider, **request)[0] == "DuplicateProviderException"


@pytest.fixture
def parent(world):
    """A parent domain with an A record, and a certificate for everything under it, issued or not."""

    def parent(name, address=True, region="us-east-1", proven=True):
        domain = f"{name}.platform.example.com"
        acm = world.client("acm", region)
        arn = acm.request_certificate(DomainName=f"*.{domain}", ValidationMethod="DNS")["CertificateArn"]

        def certificate():
            return acm.describe_certificate(CertificateArn=arn)["Certificate"]

        record = world.until(lambda: certificate()["DomainValidationOptions"][0].get("ResourceRecord"))
        changes = [(domain, "A", "192.0.2.1")] if address else []
        changes += [(record["Name"], "CNAME", record["Value"])] if proven else []
        batch = [
            {
                "Action": "UPSERT",
                "ResourceRecordSet": {"Name": name, "Type": kind, "TTL": 60, "ResourceRecords": [{"Value": value}]},
            }
            for name, kind, value in changes
        ]
        zone = world.account.hosted_zone_id
        if batch:
            world.client("route53").change_resource_record_sets(HostedZoneId=zone, ChangeBatch={"Changes": batch})
        if proven:
            world.until(lambda: certificate()["Status"] == "ISSUED")
        return {"Domain": f"login.{domain}", "CustomDomainConfig": {"CertificateArn": arn}}

    return parent


def test_a_custom_domain_from_creation_to_deletion(world, cognito, pool, parent, described):
    pool_id, request = pool(), parent("good")
    target = cognito.create_user_pool_domain(UserPoolId=pool_id, **request)["CloudFrontDomain"]

    def domain():
        return cognito.describe_user_pool_domain(Domain=request["Domain"])["DomainDescription"]

    assert domain()["Status"] == "CREATING"
    assert domain()["CloudFrontDistribution"] == target and target.endswith(".cloudfront.net")
    assert domain()["CustomDomainConfig"] == request["CustomDomainConfig"]
    assert described(pool_id)["CustomDomain"] == request["Domain"] and "Domain" not in described(pool_id)
    identity = {"UserPoolId": pool_id, "Domain": request["Domain"]}
    assert world.error_of(cognito.delete_user_pool_domain, **identity)[0] == "InvalidParameterException"
    world.until(lambda: domain()["Status"] == "ACTIVE")
    expected = "User pool cannot be deleted. It has a domain configured that should be deleted first."
    assert world.error_of(cognito.delete_user_pool, UserPoolId=pool_id)[1] == expected
    acm = world.client("acm", "us-east-1")
    arn = request["CustomDomainConfig"]["CertificateArn"]
    assert world.error_of(acm.delete_certificate, CertificateArn=arn)[0] == "ResourceInUseException"
    cognito.update_user_pool_domain(**identity, CustomDomainConfig=request["CustomDomainConfig"])
    assert domain()["Status"] == "UPDATING"
    world.until(lambda: domain()["Status"] == "ACTIVE")
    cognito.delete_user_pool_domain(**identity)
    world.until(lambda: not domain())
    cognito.delete_user_pool(UserPoolId=pool_id)
    acm.delete_certificate(CertificateArn=arn)


REFUSED_DOMAINS = {
    "no address of the parent": ({"address": False}, "Was not able to resolve a DNS A record for the parent domain"),
    "certificate in another region": ({"region": "eu-west-1"}, "isn't in us-east-1 region"),
    "certificate not issued": ({"proven": False}, "The specified SSL certificate doesn't exist"),
}


@pytest.mark.parametrize("name", REFUSED_DOMAINS)
def test_custom_domains_that_are_refused(world, cognito, pool, parent, name):
    arguments, expected = REFUSED_DOMAINS[name]
    request = parent(name.replace(" ", "-"), **arguments)
    code, message = world.error_of(cognito.create_user_pool_domain, UserPoolId=pool(), **request)
    assert code == "InvalidParameterException" and expected in message


def test_a_domain_belongs_to_one_pool(world, cognito, pool):
    cognito.create_user_pool_domain(UserPoolId=pool(), Domain="one-of-a-kind")
    taken = world.error_of(cognito.create_user_pool_domain, UserPoolId=pool(), Domain="one-of-a-kind")
    assert taken[1] == "Domain already associated with another user pool."
    reserved = world.error_of(cognito.create_user_pool_domain, UserPoolId=pool(), Domain="my-cognito")
    assert reserved[1] == "Domain cannot contain reserved word: cognito"
