#!/usr/bin/python
# Copyright: (c) 2026, multitenant.kubeflow contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)

from __future__ import annotations

DOCUMENTATION = r"""
module: cognito_user_pool_info
short_description: Read an Amazon Cognito user pool with all that belongs to it
version_added: 0.1.0
description:
  - Tells what there is of a user pool, its app clients, identity providers and login domain, without an intent to
    change it.
  - Secrets of app clients are not told; M(multitenant.kubeflow.cognito_user_pool_client) returns one on request.
author:
  - multitenant.kubeflow contributors (@multitenant-kubeflow)
attributes:
  check_mode:
    support: full
    description: It changes nothing in any mode.
  diff_mode:
    support: none
    description: It changes nothing.
  idempotent:
    support: full
    description: It changes nothing.
options:
  name:
    description: The name of the pool. All pools of this name are told.
    type: str
    aliases: [pool_name]
  user_pool_id:
    description: The id of the pool.
    type: str
    aliases: [id]
extends_documentation_fragment:
  - amazon.aws.common.modules
  - amazon.aws.region.modules
  - amazon.aws.boto3
seealso:
  - module: multitenant.kubeflow.cognito_user_pool
"""

EXAMPLES = r"""
- name: Read the user pool
  multitenant.kubeflow.cognito_user_pool_info:
    name: kubeflow
  register: cognito

- name: Show where logins may return to
  ansible.builtin.debug:
    msg: "{{ cognito.user_pools | map(attribute='clients') | flatten | map(attribute='callback_urls') }}"
"""

RETURN = r"""
user_pools:
  description: The pools that were found, in the order of their ids.
  returned: success
  type: list
  elements: dict
  contains:
    id:
      description: The id of the pool.
      type: str
      sample: eu-west-1_AbCdEf123
    arn:
      description: The ARN of the pool.
      type: str
      sample: arn:aws:cognito-idp:eu-west-1:123456789012:userpool/eu-west-1_AbCdEf123
    name:
      description: The name of the pool.
      type: str
      sample: kubeflow
    schema:
      description: Custom attributes, and the standard ones that are required or cannot be changed.
      type: list
      elements: dict
      sample:
        - name: custom:groups
          attribute_data_type: String
          mutable: true
          required: false
          max_length: 2048
    username_attributes:
      description: Attributes that users sign in with instead of a user name.
      type: list
      elements: str
      sample: []
    alias_attributes:
      description: Attributes that users may sign in with beside their user name.
      type: list
      elements: str
      sample: []
    case_sensitive:
      description: Whether user names differ by upper and lower case.
      type: bool
      sample: false
    allow_admin_create_user_only:
      description: Whether self sign-up is closed.
      type: bool
      sample: true
    deletion_protection:
      description: Whether the pool is protected against deletion.
      type: str
      sample: ACTIVE
    user_pool_tier:
      description: The feature plan of the pool.
      type: str
      sample: ESSENTIALS
    lambda_config:
      description: The triggers, by the names of the option.
      type: dict
      sample:
        pre_token_generation: arn:aws:lambda:eu-west-1:123456789012:function:profile-manager
        pre_token_generation_config:
          lambda_arn: arn:aws:lambda:eu-west-1:123456789012:function:profile-manager
          lambda_version: V1_0
    domain:
      description: The prefix of the pool's domain at Amazon, empty for none.
      type: str
      sample: ""
    custom_domain:
      description: The pool's own domain, empty for none.
      type: str
      sample: auth.example.com
    tags:
      description: The tags of the pool.
      type: dict
      sample:
        project: kubeflow
    clients:
      description: The app clients in the shape that M(multitenant.kubeflow.cognito_user_pool_client) returns, by name.
      type: list
      elements: dict
    identity_providers:
      description: >-
        The identity providers in the shape that M(multitenant.kubeflow.cognito_identity_provider) returns, by name.
      type: list
      elements: dict
    domains:
      description: The login domains in the shape that M(multitenant.kubeflow.cognito_user_pool_domain) returns.
      type: list
      elements: dict
"""

from functools import partial

from ansible_collections.amazon.aws.plugins.module_utils.modules import AnsibleAWSModule
from ansible_collections.amazon.aws.plugins.module_utils.retries import AWSRetry

from ansible_collections.multitenant.kubeflow.plugins.module_utils.clients.cognito import THROTTLED
from ansible_collections.multitenant.kubeflow.plugins.module_utils.clients.cognito_user_pool_client import (
    UserPoolClients,
)
from ansible_collections.multitenant.kubeflow.plugins.module_utils.clients.cognito_user_pool_domain import (
    UserPoolDomains,
)
from ansible_collections.multitenant.kubeflow.plugins.module_utils.plans.identity_provider import provider_record
from ansible_collections.multitenant.kubeflow.plugins.module_utils.plans.user_pool import user_pool_record
from ansible_collections.multitenant.kubeflow.plugins.module_utils.plans.user_pool_client import client_record
from ansible_collections.multitenant.kubeflow.plugins.module_utils.plans.user_pool_domain import domain_record
from ansible_collections.multitenant.kubeflow.plugins.module_utils.runner import inform


def found(clients, domains, params):
    """What the module returns."""
    pools = clients.read_user_pools(params["name"], params["user_pool_id"])
    return {"user_pools": [whole_record(clients, domains, pool) for pool in pools]}


def whole_record(clients, domains, pool):
    """A pool with all that belongs to it."""
    parts = clients.read_all(pool["Id"])
    names = [pool[key] for key in ("Domain", "CustomDomain") if pool.get(key)]
    described = [domain for name in names if (domain := domains.describe_user_pool_domain(name))]
    return {
        **user_pool_record(pool),
        "clients": sorted(map(client_record, parts["clients"]), key=_name),
        "identity_providers": sorted(map(provider_record, parts["providers"]), key=_name),
        "domains": [domain_record(domain) for domain in described],
    }


def _name(record):
    return record["name"]


def main():
    module = AnsibleAWSModule(
        argument_spec=dict(
            name=dict(type="str", aliases=["pool_name"]),
            user_pool_id=dict(type="str", aliases=["id"]),
        ),
        required_one_of=[("name", "user_pool_id")],
        supports_check_mode=True,
    )
    retry = AWSRetry.jittered_backoff(retries=10, catch_extra_error_codes=THROTTLED)
    connection = module.client("cognito-idp", retry_decorator=retry)
    inform(module, partial(found, UserPoolClients(connection), UserPoolDomains(connection), module.params))


if __name__ == "__main__":
    main()
