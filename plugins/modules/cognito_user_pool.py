#!/usr/bin/python
# Copyright: (c) 2026, multitenant.kubeflow contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)

from __future__ import annotations

DOCUMENTATION = r"""
module: cognito_user_pool
version_added: 0.1.0
short_description: Manage an Amazon Cognito user pool
description:
  - Creates, updates and deletes a user pool of Amazon Cognito.
  - An update sends the whole pool as it is, merged with what is asked for, because Cognito resets every setting
    that an update leaves out. Settings that this module has no option for are kept.
  - The schema of a pool only grows. Where an existing attribute, O(username_attributes), O(alias_attributes) or
    O(case_sensitive) differ from what is asked for, the module fails and says so; it never recreates a pool.
options:
  name:
    description:
      - The name of the pool, by which it is found.
      - When O(user_pool_id) is given too, the pool is renamed to it.
    type: str
    aliases: [pool_name]
  user_pool_id:
    description: The id of an existing pool, for pools whose name is not unique or is to be changed.
    type: str
    aliases: [id]
  schema:
    description:
      - Attributes that the pool shall have. Attributes that are not listed stay.
      - What is not given of an existing attribute is not compared. A new one is by default a V(String) that can be
        changed and is not required.
      - An attribute that an identity provider maps must be mutable.
    type: list
    elements: dict
    suboptions:
      name:
        description: A standard attribute such as V(email), or the name of a custom one, with or without V(custom:).
        type: str
        required: true
      attribute_data_type:
        description: The type of its values.
        type: str
        choices: [String, Number, DateTime, Boolean]
      mutable:
        description: Whether the value can be changed after the user was created.
        type: bool
      required:
        description: Whether every user has a value. Custom attributes cannot be required.
        type: bool
      min_length:
        description: The shortest text that is accepted.
        type: int
      max_length:
        description: The longest text that is accepted, at most 2048.
        type: int
      min_value:
        description: The smallest number that is accepted.
        type: int
      max_value:
        description: The largest number that is accepted.
        type: int
  username_attributes:
    description: Attributes that users sign in with instead of a user name. Fixed when the pool is created.
    type: list
    elements: str
    choices: [phone_number, email]
  alias_attributes:
    description: Attributes that users may sign in with beside their user name. Fixed when the pool is created.
    type: list
    elements: str
    choices: [phone_number, email, preferred_username]
  case_sensitive:
    description:
      - Whether user names differ by upper and lower case. Fixed when the pool is created.
      - A new pool is not case sensitive unless this is V(true).
    type: bool
  allow_admin_create_user_only:
    description:
      - Whether only administrators (and identity providers) create users.
      - A new pool is closed for self sign-up unless this is V(false).
    type: bool
  deletion_protection:
    description:
      - Whether the pool is protected against deletion.
      - With O(state=absent), V(INACTIVE) takes the protection away before the pool is deleted.
    type: str
    choices: [ACTIVE, INACTIVE]
  user_pool_tier:
    description: The feature plan of the pool. A new pool gets AWS's default, V(ESSENTIALS).
    type: str
    choices: [LITE, ESSENTIALS, PLUS]
  lambda_config:
    description:
      - Lambda triggers of the pool. Each is the ARN of a function; an empty string detaches the trigger.
      - Triggers that are not given stay as they are.
    type: dict
    suboptions:
      pre_sign_up:
        description: Called before a user is created.
        type: str
      custom_message:
        description: Called before a message is sent.
        type: str
      post_confirmation:
        description: Called after a user was confirmed.
        type: str
      pre_authentication:
        description: Called before a user is authenticated.
        type: str
      post_authentication:
        description: Called after a user was authenticated.
        type: str
      define_auth_challenge:
        description: Decides on the next custom challenge.
        type: str
      create_auth_challenge:
        description: Makes a custom challenge.
        type: str
      verify_auth_challenge_response:
        description: Checks the answer to a custom challenge.
        type: str
      pre_token_generation:
        description:
          - Called before tokens are made.
          - The version of its event stays as it is, V(V1_0) for a new trigger; O(lambda_config.pre_token_generation_config)
            names the version.
        type: str
      user_migration:
        description: Called when an unknown user signs in.
        type: str
      pre_token_generation_config:
        description: The trigger that is called before tokens are made, with the version of its event.
        type: dict
        suboptions: &versioned_trigger
          lambda_arn:
            description: The ARN of the function, an empty string to detach it.
            type: str
            required: true
          lambda_version:
            description: The version of the event. V(V2_0) and V(V3_0) of the token trigger need a tier above V(LITE).
            type: str
            default: V1_0
            choices: [V1_0, V2_0, V3_0]
      custom_sms_sender:
        description: Sends text messages instead of Cognito.
        type: dict
        suboptions: *versioned_trigger
      custom_email_sender:
        description: Sends e-mail instead of Cognito.
        type: dict
        suboptions: *versioned_trigger
      inbound_federation:
        description: Called with what an identity provider says, before the user's attributes are written.
        type: dict
        suboptions: *versioned_trigger
      kms_key_id:
        description: The ARN of the key that protects codes on their way to a custom sender.
        type: str
  required_tags:
    description:
      - Tags by which a pool is known as one of yours. Pools are made with them, and keep them, where O(tags) are given.
      - A pool of this name without them is somebody else's - it is not changed (an error), and not removed (a warning).
    type: dict
  force:
    description: With O(state=absent), delete a pool that has users or is protected against deletion.
    type: bool
    default: false
  state:
    description: Whether the pool shall exist.
    type: str
    choices: [present, absent]
    default: present
attributes:
  check_mode:
    description: Says what would be done, and does nothing.
    support: full
  diff_mode:
    description: Shows the pool before and after.
    support: full
  idempotent:
    description: A second run with the same options changes nothing.
    support: full
notes:
  - A pool with a domain cannot be deleted. Remove the domain with M(multitenant.kubeflow.cognito_user_pool_domain) first.
seealso:
  - module: multitenant.kubeflow.cognito_identity_provider
  - module: multitenant.kubeflow.cognito_user_pool_client
  - module: multitenant.kubeflow.cognito_user_pool_domain
author:
  - multitenant.kubeflow contributors (@multitenant-kubeflow)
extends_documentation_fragment:
  - amazon.aws.common.modules
  - amazon.aws.region.modules
  - amazon.aws.tags
  - amazon.aws.boto3
"""

EXAMPLES = r"""
- name: Ensure the user pool whose users come from a SAML provider
  multitenant.kubeflow.cognito_user_pool:
    name: kubeflow
    schema:
      - name: email
        required: true
        mutable: true
      - name: groups
        mutable: true
        max_length: 2048
    allow_admin_create_user_only: true
    deletion_protection: ACTIVE
    tags:
      project: kubeflow
  register: pool

- name: Ensure a function is called before tokens are made, other triggers stay
  multitenant.kubeflow.cognito_user_pool:
    user_pool_id: "{{ pool.user_pool_id }}"
    lambda_config:
      pre_token_generation: arn:aws:lambda:eu-west-1:123456789012:function:profile-manager

- name: Ensure no function is called before tokens are made
  multitenant.kubeflow.cognito_user_pool:
    user_pool_id: "{{ pool.user_pool_id }}"
    lambda_config:
      pre_token_generation: ""

- name: Remove the user pool with all its users
  multitenant.kubeflow.cognito_user_pool:
    name: kubeflow
    force: true
    state: absent
"""

RETURN = r"""
user_pool:
  description: The pool as it is, or in check mode as it would be.
  returned: when the pool exists
  type: dict
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
user_pool_id:
  description: The id of the pool.
  returned: when the pool exists
  type: str
  sample: eu-west-1_AbCdEf123
"""

from functools import partial

from ansible_collections.amazon.aws.plugins.module_utils.modules import AnsibleAWSModule
from ansible_collections.amazon.aws.plugins.module_utils.retries import AWSRetry

from ansible_collections.multitenant.kubeflow.plugins.module_utils.clients.cognito import THROTTLED, Cognito
from ansible_collections.multitenant.kubeflow.plugins.module_utils.plans.given import known
from ansible_collections.multitenant.kubeflow.plugins.module_utils.plans.pool_ownership import (
    lacking,
    left_alone,
    refuse_change,
)
from ansible_collections.multitenant.kubeflow.plugins.module_utils.plans.user_pool import (
    plan_absent,
    plan_present,
    the_pool,
    user_pool_record,
)
from ansible_collections.multitenant.kubeflow.plugins.module_utils.plans.user_pool_schema import wanted_attribute
from ansible_collections.multitenant.kubeflow.plugins.module_utils.plans.user_pool_triggers import (
    TRIGGERS,
    wanted_triggers,
)
from ansible_collections.multitenant.kubeflow.plugins.module_utils.runner import run

VERSIONED_TRIGGER = dict(
    type="dict",
    no_log=False,
    options=dict(
        lambda_arn=dict(type="str", required=True),
        lambda_version=dict(type="str", default="V1_0", choices=["V1_0", "V2_0", "V3_0"]),
    ),
)
VERSIONED = ("pre_token_generation_config", "custom_sms_sender", "custom_email_sender", "inbound_federation")

ARGUMENTS = dict(
    name=dict(type="str", aliases=["pool_name"]),
    user_pool_id=dict(type="str", aliases=["id"]),
    schema=dict(
        type="list",
        elements="dict",
        options=dict(
            name=dict(type="str", required=True),
            attribute_data_type=dict(type="str", choices=["String", "Number", "DateTime", "Boolean"]),
            mutable=dict(type="bool"),
            required=dict(type="bool"),
            min_length=dict(type="int"),
            max_length=dict(type="int"),
            min_value=dict(type="int"),
            max_value=dict(type="int"),
        ),
    ),
    username_attributes=dict(type="list", elements="str", choices=["phone_number", "email"]),
    alias_attributes=dict(type="list", elements="str", choices=["phone_number", "email", "preferred_username"]),
    case_sensitive=dict(type="bool"),
    allow_admin_create_user_only=dict(type="bool"),
    deletion_protection=dict(type="str", choices=["ACTIVE", "INACTIVE"]),
    user_pool_tier=dict(type="str", choices=["LITE", "ESSENTIALS", "PLUS"]),
    lambda_config=dict(
        type="dict",
        options={name: VERSIONED_TRIGGER if name in VERSIONED else dict(type="str", no_log=False) for name in TRIGGERS},
    ),
    tags=dict(type="dict", aliases=["resource_tags"]),
    purge_tags=dict(type="bool", default=True),
    required_tags=dict(type="dict"),
    force=dict(type="bool", default=False),
    state=dict(type="str", choices=["present", "absent"], default="present"),
)


def desired_user_pool(params):
    """The given options in the shape of a description."""
    desired = {
        "Name": params["name"],
        "UsernameAttributes": params["username_attributes"],
        "AliasAttributes": params["alias_attributes"],
        "DeletionProtection": params["deletion_protection"],
        "UserPoolTier": params["user_pool_tier"],
    }
    if params["schema"] is not None:
        desired["SchemaAttributes"] = [wanted_attribute(item) for item in params["schema"]]
    if params["case_sensitive"] is not None:
        desired["UsernameConfiguration"] = {"CaseSensitive": params["case_sensitive"]}
    if params["allow_admin_create_user_only"] is not None:
        desired["AdminCreateUserConfig"] = {"AllowAdminCreateUserOnly": params["allow_admin_create_user_only"]}
    if params["lambda_config"] is not None:
        desired["LambdaConfig"] = wanted_triggers(params["lambda_config"])
    if params["tags"] is not None:
        desired["UserPoolTags"] = {
            key: str(value) for key, value in {**params["tags"], **required_tags(params)}.items()
        }
    return {key: value for key, value in desired.items() if value is not None}


def required_tags(params):
    """The tags by which a pool is ours."""
    return {key: str(value) for key, value in (params["required_tags"] or {}).items()}


def wanted_plan(params, cognito, check_mode, found):
    """The plan for the pools that were found."""
    accepted = cognito.updatable_user_pool_keys()
    pool, required = the_pool(found, params["name"]), required_tags(params)
    if params["state"] == "absent":
        if lacking(pool, required):
            return left_alone(pool, required)
        return plan_absent(
            found,
            name=params["name"],
            force=params["force"],
            accepted=accepted,
            deletion_protection=params["deletion_protection"],
            foretelling=check_mode,
        )
    refuse_change(pool, required)
    return plan_present(
        found,
        desired_user_pool(params),
        accepted=accepted,
        purge_tags=params["purge_tags"],
        user_pool_id=params["user_pool_id"],
    )


def main():
    module = AnsibleAWSModule(
        argument_spec=ARGUMENTS, required_one_of=[("name", "user_pool_id")], supports_check_mode=True
    )
    params = module.params
    retry = AWSRetry.jittered_backoff(retries=10, catch_extra_error_codes=THROTTLED)
    cognito = Cognito(module.client("cognito-idp", retry_decorator=retry))

    def read():
        if not known(params["user_pool_id"]) and not params["name"]:
            return []
        return cognito.read_user_pools(
            params["name"], known(params["user_pool_id"]), look_for_users=params["state"] == "absent"
        )

    def record(found):
        pool = the_pool(found, params["name"])
        return user_pool_record(pool) if pool else None

    run(
        module,
        read=read,
        plan=partial(wanted_plan, params, cognito, module.check_mode),
        client=cognito,
        record=record,
        publish=lambda pool: {"user_pool": pool, "user_pool_id": pool["id"]} if pool else {},
    )


if __name__ == "__main__":
    main()
