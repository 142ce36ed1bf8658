#!/usr/bin/python
# Copyright: (c) 2026, multitenant.kubeflow contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)

from __future__ import annotations

DOCUMENTATION = r"""
module: iam_oidc_provider
short_description: Manage OpenID Connect providers of IAM
version_added: 0.1.0
description:
  - Makes IAM trust the tokens of an issuer, such as those that an EKS cluster gives its service accounts, so that they
    can be exchanged for the credentials of roles that name the provider.
  - IAM checks the certificate of the issuer itself, no thumbprint is needed.
  - An option that is not given is not touched.
author:
  - multitenant.kubeflow contributors (@multitenant-kubeflow)
attributes:
  check_mode:
    support: full
    description: Announces what a real run does; what only AWS can tell is shown as C((known after the real run)).
  diff_mode:
    support: full
    description: Shows the provider before and after.
  idempotent:
    support: full
    description: A second run changes nothing.
options:
  state:
    description: Whether the provider exists.
    type: str
    choices: [present, absent]
    default: present
  url:
    description: Address of the issuer, beginning with C(https://).
    type: str
    required: true
  client_ids:
    description: Audiences whose tokens are accepted, for service accounts V(sts.amazonaws.com).
    type: list
    elements: str
  purge_client_ids:
    description: Whether audiences that O(client_ids) does not name are taken away.
    type: bool
    default: false
extends_documentation_fragment:
  - amazon.aws.common.modules
  - amazon.aws.region.modules
  - amazon.aws.tags
  - amazon.aws.boto3
seealso:
  - module: multitenant.kubeflow.eks_cluster
  - module: multitenant.kubeflow.eks_pod_identity_association
"""

EXAMPLES = r"""
- name: Trust the service accounts of a cluster
  multitenant.kubeflow.iam_oidc_provider:
    url: "{{ cluster.oidc_issuer }}"
    client_ids: [sts.amazonaws.com]

- name: Trust them no longer
  multitenant.kubeflow.iam_oidc_provider:
    url: "{{ cluster.oidc_issuer }}"
    state: absent
"""

RETURN = r"""
provider:
  description: The provider, empty when there is none.
  returned: always
  type: dict
  contains:
    arn:
      description: Its ARN.
      type: str
      returned: success
    url:
      description: Address of the issuer.
      type: str
      returned: success
    client_ids:
      description: Accepted audiences, sorted.
      type: list
      elements: str
      returned: success
    tags:
      description: Its tags.
      type: dict
      returned: success
"""

from functools import partial

from ansible_collections.amazon.aws.plugins.module_utils.modules import AnsibleAWSModule

from ansible_collections.multitenant.kubeflow.plugins.module_utils.clients.oidc_provider import OidcProviderClient
from ansible_collections.multitenant.kubeflow.plugins.module_utils.plans import oidc_provider
from ansible_collections.multitenant.kubeflow.plugins.module_utils.plans.given import is_known
from ansible_collections.multitenant.kubeflow.plugins.module_utils.runner import run

ARGUMENT_SPEC = {
    "state": {"choices": ["present", "absent"], "default": "present"},
    "url": {"required": True},
    "client_ids": {"type": "list", "elements": "str"},
    "purge_client_ids": {"type": "bool", "default": False},
    "tags": {"type": "dict", "aliases": ["resource_tags"]},
    "purge_tags": {"type": "bool", "default": True},
}


def wanted_provider(options, announced_only):
    """The provider that the options describe."""
    return oidc_provider.WantedOidcProvider(
        **{option: options[option] for option in ARGUMENT_SPEC if option != "state"},
        announced_only=announced_only,
    )


def main():
    module = AnsibleAWSModule(argument_spec=ARGUMENT_SPEC, supports_check_mode=True)
    wanted = wanted_provider(module.params, module.check_mode)
    client = OidcProviderClient(module.client("iam"))
    run(
        module,
        read=lambda: client.provider(wanted.url) if is_known(wanted.url) else None,
        plan=partial(
            oidc_provider.present if module.params["state"] == "present" else oidc_provider.absent, wanted=wanted
        ),
        client=client,
        publish=lambda record: {"provider": record or {}},
    )


if __name__ == "__main__":
    main()
