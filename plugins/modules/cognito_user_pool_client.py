#!/usr/bin/python
# Copyright: (c) 2026, multitenant.kubeflow contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)

from __future__ import annotations

DOCUMENTATION = r"""
module: cognito_user_pool_client
version_added: 0.1.0
short_description: Manage an app client of an Amazon Cognito user pool
description:
  - Creates, updates and deletes an app client of a user pool of Amazon Cognito. The client is found by its name.
  - An update sends the whole client as it is, merged with what is asked for, because Cognito resets every setting
    that an update leaves out. Settings that this module has no option for are kept.
  - Callback and logout addresses are added to those that are there, unless they are to be purged.
  - The module fails when the client may not write an attribute that one of its identity providers maps, because
    every sign-in would fail, and when users could write such a custom attribute themselves.
options:
  user_pool_id:
    description: The id of the user pool.
    type: str
    required: true
  name:
    description:
      - The name of the client, by which it is found within the pool.
      - When O(client_id) is given too, the client is renamed to it.
    type: str
    aliases: [client_name]
  client_id:
    description: The id of an existing client, for clients whose name is not unique or is to be changed.
    type: str
  generate_secret:
    description: Whether the client has a secret. Fixed when the client is created; a new client has none by default.
    type: bool
  callback_urls:
    description: Addresses that users may be sent back to after they have signed in.
    type: list
    elements: str
  purge_callback_urls:
    description: Whether callback addresses that are not listed are removed.
    type: bool
    default: false
  logout_urls:
    description: Addresses that users may be sent to after they have signed out.
    type: list
    elements: str
  purge_logout_urls:
    description: Whether logout addresses that are not listed are removed.
    type: bool
    default: false
  default_redirect_uri:
    description: The callback address that is used when a request names none. An empty string removes it.
    type: str
  allowed_oauth_flows:
    description: OAuth flows that the client may use.
    type: list
    elements: str
    choices: [code, implicit, client_credentials]
  allowed_oauth_flows_user_pool_client:
    description:
      - Whether the OAuth settings of the client are in force.
      - When it is not given and O(allowed_oauth_flows) is, they are in force if there is a flow.
    type: bool
  allowed_oauth_scopes:
    description: Scopes that the client may ask for. A load balancer needs V(openid).
    type: list
    elements: str
  supported_identity_providers:
    description: Names of the identity providers that users of the client may come from; V(COGNITO) is the pool itself.
    type: list
    elements: str
  read_attributes:
    description: Attributes that the client may read. Cognito's default is all.
    type: list
    elements: str
  write_attributes:
    description:
      - Attributes that the client may write. Cognito's default is the standard attributes.
      - It must hold every attribute that an identity provider of the client maps, V(email_verified) and
        V(phone_number_verified) excepted.
    type: list
    elements: str
  explicit_auth_flows:
    description: Ways of authentication without the hosted pages. V(ALLOW_REFRESH_TOKEN_AUTH) suffices for federated users.
    type: list
    elements: str
  access_token_validity:
    description: How long access tokens are valid, in the unit that O(token_validity_units) says, by default hours.
    type: int
  id_token_validity:
    description: How long ID tokens are valid, in the unit that O(token_validity_units) says, by default hours.
    type: int
  refresh_token_validity:
    description: How long refresh tokens are valid, in the unit that O(token_validity_units) says, by default days.
    type: int
  token_validity_units:
    description: The units of the validities.
    type: dict
    suboptions:
      access_token:
        description: The unit of O(access_token_validity).
        type: str
        choices: [seconds, minutes, hours, days]
      id_token:
        description: The unit of O(id_token_validity).
        type: str
        choices: [seconds, minutes, hours, days]
      refresh_token:
        description: The unit of O(refresh_token_validity).
        type: str
        choices: [seconds, minutes, hours, days]
  auth_session_validity:
    description: Minutes within which a sign-in must be finished.
    type: int
  prevent_user_existence_errors:
    description: Whether errors hide that a user does not exist. A new client hides it by default.
    type: str
    choices: [LEGACY, ENABLED]
  enable_token_revocation:
    description: Whether tokens can be revoked. A new client can by default.
    type: bool
  tolerate_writable_attributes:
    description:
      - Warn instead of failing when users could write a custom attribute that an identity provider maps.
      - They can by the scope V(aws.cognito.signin.user.admin), and in a pool that is open for self sign-up.
        With groups in that attribute, everybody can make himself a member of any group.
    type: bool
    default: false
  return_secret:
    description:
      - Whether the secret of the client is returned as RV(client_secret).
      - Set C(no_log) on a task that asks for it.
    type: bool
    default: false
  state:
    description: Whether the client shall exist.
    type: str
    choices: [present, absent]
    default: present
attributes:
  check_mode:
    description: Says what would be done, and does nothing.
    support: full
  diff_mode:
    description: Shows the client before and after, never its secret.
    support: full
  idempotent:
    description: A second run with the same options changes nothing.
    support: full
seealso:
  - module: multitenant.kubeflow.cognito_user_pool
  - module: multitenant.kubeflow.cognito_identity_provider
author:
  - multitenant.kubeflow contributors (@multitenant-kubeflow)
extends_documentation_fragment:
  - amazon.aws.common.modules
  - amazon.aws.region.modules
  - amazon.aws.boto3
"""

EXAMPLES = r"""
- name: Ensure the app client of a load balancer
  multitenant.kubeflow.cognito_user_pool_client:
    user_pool_id: eu-west-1_AbCdEf123
    name: kubeflow
    generate_secret: true
    allowed_oauth_flows: [code]
    allowed_oauth_scopes: [openid, email, profile]
    supported_identity_providers: [ADFS]
    write_attributes: [email, custom:groups]
    explicit_auth_flows: [ALLOW_REFRESH_TOKEN_AUTH]
    callback_urls:
      - https://kubeflow.example.com/oauth2/idpresponse
    logout_urls:
      - https://kubeflow.example.com/

- name: Ensure one more callback address, the others stay
  multitenant.kubeflow.cognito_user_pool_client:
    user_pool_id: eu-west-1_AbCdEf123
    name: kubeflow
    callback_urls:
      - https://dashboard.example.com/oauth2/idpresponse

- name: Read the secret of the client
  multitenant.kubeflow.cognito_user_pool_client:
    user_pool_id: eu-west-1_AbCdEf123
    name: kubeflow
    return_secret: true
  register: client
  no_log: true

- name: Remove the client
  multitenant.kubeflow.cognito_user_pool_client:
    user_pool_id: eu-west-1_AbCdEf123
    name: kubeflow
    state: absent
"""

RETURN = r"""
client:
  description: The client as it is, or in check mode as it would be.
  returned: when the client exists
  type: dict
  contains:
    client_id:
      description: The id of the client.
      type: str
      sample: 1h57kf5cpq17m0eml12EXAMPLE
    name:
      description: The name of the client.
      type: str
      sample: kubeflow
    user_pool_id:
      description: The id of the user pool.
      type: str
      sample: eu-west-1_AbCdEf123
    generate_secret:
      description: Whether the client has a secret.
      type: bool
      sample: true
    callback_urls:
      description: Addresses that users may be sent back to after they have signed in.
      type: list
      elements: str
      sample: ["https://kubeflow.example.com/oauth2/idpresponse"]
    logout_urls:
      description: Addresses that users may be sent to after they have signed out.
      type: list
      elements: str
      sample: ["https://kubeflow.example.com/"]
    default_redirect_uri:
      description: The callback address that is used when a request names none.
      type: str
      sample: ""
    allowed_oauth_flows:
      description: OAuth flows that the client may use.
      type: list
      elements: str
      sample: [code]
    allowed_oauth_flows_user_pool_client:
      description: Whether the OAuth settings are in force.
      type: bool
      sample: true
    allowed_oauth_scopes:
      description: Scopes that the client may ask for.
      type: list
      elements: str
      sample: [email, openid, profile]
    supported_identity_providers:
      description: Names of the identity providers that users may come from.
      type: list
      elements: str
      sample: [ADFS]
    read_attributes:
      description: Attributes that the client may read, empty for Cognito's default.
      type: list
      elements: str
      sample: []
    write_attributes:
      description: Attributes that the client may write, empty for Cognito's default.
      type: list
      elements: str
      sample: ["custom:groups", email]
    explicit_auth_flows:
      description: Ways of authentication without the hosted pages.
      type: list
      elements: str
      sample: [ALLOW_REFRESH_TOKEN_AUTH]
    access_token_validity:
      description: How long access tokens are valid.
      type: int
      sample: 60
    id_token_validity:
      description: How long ID tokens are valid.
      type: int
      sample: 60
    refresh_token_validity:
      description: How long refresh tokens are valid.
      type: int
      sample: 30
    token_validity_units:
      description: The units of the validities.
      type: dict
      sample: {access_token: minutes, id_token: minutes, refresh_token: days}
    auth_session_validity:
      description: Minutes within which a sign-in must be finished.
      type: int
      sample: 3
    prevent_user_existence_errors:
      description: Whether errors hide that a user does not exist.
      type: str
      sample: ENABLED
    enable_token_revocation:
      description: Whether tokens can be revoked.
      type: bool
      sample: true
client_id:
  description: The id of the client.
  returned: when the client exists
  type: str
  sample: 1h57kf5cpq17m0eml12EXAMPLE
client_secret:
  description: The secret of the client.
  returned: when O(return_secret=true) and the client exists and has one
  type: str
"""

from functools import partial

from ansible_collections.amazon.aws.plugins.module_utils.modules import AnsibleAWSModule
from ansible_collections.amazon.aws.plugins.module_utils.retries import AWSRetry

from ansible_collections.multitenant.kubeflow.plugins.module_utils.clients.cognito import THROTTLED
from ansible_collections.multitenant.kubeflow.plugins.module_utils.clients.cognito_user_pool_client import (
    UserPoolClients,
)
from ansible_collections.multitenant.kubeflow.plugins.module_utils.plans.given import is_known, known
from ansible_collections.multitenant.kubeflow.plugins.module_utils.plans.user_pool_client import (
    FIELDS,
    UNIT_KEYS,
    client_record,
    plan_absent,
    plan_present,
    the_client,
)
from ansible_collections.multitenant.kubeflow.plugins.module_utils.runner import run

UNIT = dict(type="str", choices=["seconds", "minutes", "hours", "days"], no_log=False)

ARGUMENTS = dict(
    user_pool_id=dict(type="str", required=True),
    name=dict(type="str", aliases=["client_name"]),
    client_id=dict(type="str"),
    generate_secret=dict(type="bool", no_log=False),
    callback_urls=dict(type="list", elements="str"),
    purge_callback_urls=dict(type="bool", default=False),
    logout_urls=dict(type="list", elements="str"),
    purge_logout_urls=dict(type="bool", default=False),
    default_redirect_uri=dict(type="str"),
    allowed_oauth_flows=dict(type="list", elements="str", choices=["code", "implicit", "client_credentials"]),
    allowed_oauth_flows_user_pool_client=dict(type="bool"),
    allowed_oauth_scopes=dict(type="list", elements="str"),
    supported_identity_providers=dict(type="list", elements="str"),
    read_attributes=dict(type="list", elements="str"),
    write_attributes=dict(type="list", elements="str"),
    explicit_auth_flows=dict(type="list", elements="str"),
    access_token_validity=dict(type="int", no_log=False),
    id_token_validity=dict(type="int", no_log=False),
    refresh_token_validity=dict(type="int", no_log=False),
    token_validity_units=dict(
        type="dict", options=dict(access_token=UNIT, id_token=UNIT, refresh_token=UNIT), no_log=False
    ),
    auth_session_validity=dict(type="int"),
    prevent_user_existence_errors=dict(type="str", choices=["LEGACY", "ENABLED"]),
    enable_token_revocation=dict(type="bool", no_log=False),
    tolerate_writable_attributes=dict(type="bool", default=False),
    return_secret=dict(type="bool", default=False, no_log=False),
    state=dict(type="str", choices=["present", "absent"], default="present"),
)


def desired_client(params):
    """The given options in Cognito's names."""
    desired = {"UserPoolId": params["user_pool_id"], "ClientName": params["name"]}
    desired.update({key: params[name] for name, key in FIELDS.items()})
    desired["GenerateSecret"] = params["generate_secret"]
    if params["allowed_oauth_flows"] is not None and params["allowed_oauth_flows_user_pool_client"] is None:
        desired["AllowedOAuthFlowsUserPoolClient"] = bool(params["allowed_oauth_flows"])
    if params["token_validity_units"] is not None:
        units = params["token_validity_units"]
        desired["TokenValidityUnits"] = {key: units[name] for name, key in UNIT_KEYS.items() if units[name]}
    return {key: value for key, value in desired.items() if value is not None}


def wanted_plan(params, clients, check_mode, found):
    """The plan for what was found."""
    if params["state"] == "absent":
        return plan_absent(found, user_pool_id=params["user_pool_id"], name=params["name"])
    purge = {"CallbackURLs"} if params["purge_callback_urls"] else set()
    purge |= {"LogoutURLs"} if params["purge_logout_urls"] else set()
    return plan_present(
        found,
        desired_client(params),
        accepted=clients.updatable_client_keys(),
        purge=purge,
        tolerate_risks=params["tolerate_writable_attributes"],
        client_id=params["client_id"],
        foretelling=check_mode,
    )


def main():
    module = AnsibleAWSModule(
        argument_spec=ARGUMENTS, required_one_of=[("name", "client_id")], supports_check_mode=True
    )
    params = module.params
    retry = AWSRetry.jittered_backoff(retries=10, catch_extra_error_codes=THROTTLED)
    clients = UserPoolClients(module.client("cognito-idp", retry_decorator=retry))
    pool_id = params["user_pool_id"]

    def read():
        if not is_known(pool_id):
            return {"pool": None, "clients": [], "providers": {}}
        return clients.read_user_pool_clients(pool_id, params["name"], known(params["client_id"]))

    def record(found):
        client = the_client(found["clients"], pool_id, params["name"])
        return client_record(client) if client else None

    def publish(client):
        if client is None:
            return {}
        published = {"client": client, "client_id": client["client_id"]}
        if params["return_secret"] and is_known(client["client_id"]) and client["generate_secret"]:
            published["client_secret"] = clients.client_secret(pool_id, client["client_id"])
        return published

    run(
        module,
        read=read,
        plan=partial(wanted_plan, params, clients, module.check_mode),
        client=clients,
        record=record,
        publish=publish,
    )


if __name__ == "__main__":
    main()
