#!/usr/bin/python
# Copyright: (c) 2026, multitenant.kubeflow contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)

from __future__ import annotations

DOCUMENTATION = r"""
module: cognito_identity_provider
version_added: 0.1.0
short_description: Manage a SAML identity provider of an Amazon Cognito user pool
description:
  - Creates, updates and deletes a SAML 2.0 identity provider, for example AD FS, of a user pool of Amazon Cognito.
  - Metadata from a file are checked before Cognito is asked - a SAML 2.0 identity provider with a sign-on service that
    Cognito can use and with a signing certificate that is valid. A document type (DOCTYPE) is refused.
  - The mapping is checked against the schema of the pool. Every sign-in writes the mapped attributes, so each must exist
    and be mutable, and every required attribute must be mapped.
options:
  user_pool_id:
    description: The id of the user pool.
    type: str
    required: true
  name:
    description:
      - The name of the provider, 3 to 32 characters without underscore and white space. It cannot be changed.
      - Names of its users begin with it.
    type: str
    required: true
    aliases: [provider_name]
  type:
    description: The kind of provider.
    type: str
    choices: [SAML]
    default: SAML
  metadata_url:
    description:
      - The https address of the provider's metadata, which Cognito reads again every few hours, so that it learns of a
        new signing certificate by itself. Cognito must be able to reach it from the Internet.
      - It is exclusive with O(metadata_file), and takes its place in an existing provider.
    type: str
  metadata_file:
    description:
      - The path of a file with the provider's metadata on the host where the module runs, UTF-8 or UTF-16, at most 131072
        bytes.
      - When the provider changes its signing certificate (AD FS does so every year), sign-ins fail until the module
        has run with a new file. It warns when the certificate ends within 30 days.
    type: path
  attribute_mapping:
    description:
      - Attributes of the pool (keys) and the claims of the provider (values) that fill them.
      - It replaces the mapping that is there.
    type: dict
  idp_identifiers:
    description:
      - Other names, such as e-mail domains, by which an application can choose the provider.
      - They replace those that are there.
    type: list
    elements: str
  idp_signout:
    description: Whether users who sign out are signed out at the provider too.
    type: bool
  provider_details:
    description:
      - Further details by Cognito's names, for example C(RequestSigningAlgorithm), C(EncryptedResponses) or C(IDPInit).
      - Details that are not given stay as they are.
    type: dict
  state:
    description: Whether the provider shall exist.
    type: str
    choices: [present, absent]
    default: present
attributes:
  check_mode:
    description: Says what would be done, and does nothing.
    support: full
  diff_mode:
    description: Shows the provider before and after, without details that AWS adds by itself.
    support: full
  idempotent:
    description: A second run with the same options changes nothing.
    support: full
notes:
  - An app client must be allowed to write every attribute that is mapped, see
    O(multitenant.kubeflow.cognito_user_pool_client#module:write_attributes).
  - A claim that is missing from an assertion does not clear the attribute it was mapped to.
    Let the provider always issue a value for groups.
seealso:
  - module: multitenant.kubeflow.cognito_user_pool
  - module: multitenant.kubeflow.cognito_user_pool_client
author:
  - multitenant.kubeflow contributors (@multitenant-kubeflow)
extends_documentation_fragment:
  - amazon.aws.common.modules
  - amazon.aws.region.modules
  - amazon.aws.boto3
"""

EXAMPLES = r"""
- name: Ensure that users come from AD FS
  multitenant.kubeflow.cognito_identity_provider:
    user_pool_id: eu-west-1_AbCdEf123
    name: ADFS
    metadata_url: https://adfs.example.com/FederationMetadata/2007-06/FederationMetadata.xml
    attribute_mapping:
      email: http://schemas.xmlsoap.org/ws/2005/05/identity/claims/emailaddress
      custom:groups: https://aws.amazon.com/SAML/Attributes/Role

- name: Ensure that users come from an AD FS that Cognito cannot reach
  multitenant.kubeflow.cognito_identity_provider:
    user_pool_id: eu-west-1_AbCdEf123
    name: ADFS
    metadata_file: files/FederationMetadata.xml

- name: Remove the provider
  multitenant.kubeflow.cognito_identity_provider:
    user_pool_id: eu-west-1_AbCdEf123
    name: ADFS
    state: absent
"""

RETURN = r"""
identity_provider:
  description: The provider as it is, or in check mode as it would be.
  returned: when the provider exists
  type: dict
  contains:
    user_pool_id:
      description: The id of the user pool.
      type: str
      sample: eu-west-1_AbCdEf123
    name:
      description: The name of the provider.
      type: str
      sample: ADFS
    type:
      description: The kind of provider.
      type: str
      sample: SAML
    provider_details:
      description: The details by Cognito's names, without those that AWS adds by itself.
      type: dict
      sample:
        MetadataURL: https://adfs.example.com/FederationMetadata/2007-06/FederationMetadata.xml
        IDPSignout: "false"
        IDPInit: "false"
        EncryptedResponses: "false"
    attribute_mapping:
      description: Attributes of the pool and the claims that fill them.
      type: dict
      sample:
        email: http://schemas.xmlsoap.org/ws/2005/05/identity/claims/emailaddress
        custom:groups: https://aws.amazon.com/SAML/Attributes/Role
    idp_identifiers:
      description: Other names by which an application can choose the provider.
      type: list
      elements: str
      sample: []
"""

import datetime
from dataclasses import replace
from functools import partial

from ansible_collections.amazon.aws.plugins.module_utils.modules import AnsibleAWSModule
from ansible_collections.amazon.aws.plugins.module_utils.retries import AWSRetry

from ansible_collections.multitenant.kubeflow.plugins.module_utils.clients.cognito import THROTTLED
from ansible_collections.multitenant.kubeflow.plugins.module_utils.clients.cognito_identity_provider import (
    IdentityProviders,
)
from ansible_collections.multitenant.kubeflow.plugins.module_utils.errors import Refusal
from ansible_collections.multitenant.kubeflow.plugins.module_utils.plans.given import is_known
from ansible_collections.multitenant.kubeflow.plugins.module_utils.plans.identity_provider import (
    plan_absent,
    plan_present,
    provider_record,
)
from ansible_collections.multitenant.kubeflow.plugins.module_utils.plans.saml_metadata import (
    LARGEST,
    judged_dates,
    read_metadata,
)
from ansible_collections.multitenant.kubeflow.plugins.module_utils.runner import run

ARGUMENTS = dict(
    user_pool_id=dict(type="str", required=True),
    name=dict(type="str", required=True, aliases=["provider_name"]),
    type=dict(type="str", choices=["SAML"], default="SAML"),
    metadata_url=dict(type="str"),
    metadata_file=dict(type="path"),
    attribute_mapping=dict(type="dict"),
    idp_identifiers=dict(type="list", elements="str"),
    idp_signout=dict(type="bool"),
    provider_details=dict(type="dict"),
    state=dict(type="str", choices=["present", "absent"], default="present"),
)
SETTINGS = ("metadata_url", "metadata_file", "attribute_mapping", "idp_identifiers", "idp_signout", "provider_details")


def checked_metadata(path):
    """The text of a metadata file, and warnings about its dates."""
    try:
        with open(path, "rb") as file:
            content = file.read(LARGEST + 1)
    except OSError as error:
        raise Refusal(
            f"The metadata file {path} cannot be read: {error.strerror}. Give the path of a file on the host of the task."
        ) from error
    metadata = read_metadata(content, path)
    return metadata.text, judged_dates(metadata, path, datetime.datetime.now(datetime.UTC))


def text(value):
    """A detail as Cognito writes it."""
    return str(value).lower() if isinstance(value, bool) else str(value)


def desired_provider(params, metadata):
    """The given options in Cognito's names; `metadata` is the text of the metadata file, None for none."""
    desired = {"UserPoolId": params["user_pool_id"], "ProviderName": params["name"], "ProviderType": params["type"]}
    details = {key: text(value) for key, value in (params["provider_details"] or {}).items()}
    if params["idp_signout"] is not None:
        details["IDPSignout"] = text(params["idp_signout"])
    if params["metadata_url"]:
        details["MetadataURL"] = params["metadata_url"]
    if metadata:
        details["MetadataFile"] = metadata
    if details:
        desired["ProviderDetails"] = details
    if params["attribute_mapping"] is not None:
        desired["AttributeMapping"] = {key: str(value) for key, value in params["attribute_mapping"].items()}
    if params["idp_identifiers"] is not None:
        desired["IdpIdentifiers"] = params["idp_identifiers"]
    return desired


def wanted_plan(params, check_mode, found):
    """The plan for what was found."""
    if params["state"] == "absent":
        return plan_absent(found)
    metadata, warnings = checked_metadata(params["metadata_file"]) if params["metadata_file"] else (None, ())
    plan = plan_present(
        found,
        desired_provider(params, metadata),
        foretelling=check_mode,
        asked_only=check_mode and all(params[name] is None for name in SETTINGS),
    )
    return replace(plan, warnings=(*plan.warnings, *warnings))


def main():
    module = AnsibleAWSModule(
        argument_spec=ARGUMENTS, mutually_exclusive=[("metadata_url", "metadata_file")], supports_check_mode=True
    )
    params = module.params
    retry = AWSRetry.jittered_backoff(retries=10, catch_extra_error_codes=THROTTLED)
    providers = IdentityProviders(module.client("cognito-idp", retry_decorator=retry))

    def read():
        if not is_known(params["user_pool_id"]):
            return {"pool": None, "provider": None}
        return providers.read_identity_provider(params["user_pool_id"], params["name"])

    run(
        module,
        read=read,
        plan=partial(wanted_plan, params, module.check_mode),
        client=providers,
        record=lambda found: provider_record(found["provider"]) if found["provider"] else None,
        publish=lambda provider: {"identity_provider": provider} if provider else {},
    )


if __name__ == "__main__":
    main()
