#!/usr/bin/python
# Copyright: (c) 2026, multitenant.kubeflow contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)

from __future__ import annotations

DOCUMENTATION = r"""
module: profile_manager
short_description: Deploy the function that gives users of Kubeflow their namespaces while they log in
version_added: 0.1.0
description:
  - Deploys the profile manager as a whole. A log group, a role with the least rights, the Lambda function, the
    permission for one user
    pool to call it, its rights in the cluster, its registration there, and the trigger in the user pool.
  - The trigger is attached last and detached first, so that a login never calls something that is not complete.
  - A run that was stopped half-way is completed by the next one.
  - With O(state=absent) and an C(aws-auth) that is malformed and names the function's role, everything else is removed and
    the run then ends with an error that says what to correct. Without the group's bindings the entry grants nothing.
author:
  - multitenant.kubeflow contributors (@multitenant-kubeflow)
attributes:
  check_mode:
    support: full
    description: Announces what a real run does, also where user pool and cluster are only announced themselves.
  diff_mode:
    support: full
    description: Shows each part before and after.
  idempotent:
    support: full
    description: A second run changes nothing. Code is uploaded only when its fingerprint differs.
options:
  state:
    description: Whether the profile manager is deployed.
    type: str
    choices: [present, absent]
    default: present
  function_name:
    description: Name of the Lambda function.
    type: str
    required: true
  source:
    description:
      - Folder that holds the function's C(index.py) and its package, needed to create the function.
      - Tests, hidden files, C(__pycache__) and Markdown are left out. The same files make the same zip, to the byte.
    type: path
  role_name:
    description: Name of the function's role; that of the function when it is not given.
    type: str
  user_pool_id:
    description: The user pool that calls the function; needed for O(state=present).
    type: str
  trigger_version:
    description:
      - Version of the event that the user pool sends. V(V2_0) also lets the access token be changed, in paid tiers
        only.
    type: str
    choices: [V1_0, V2_0, V3_0]
    default: V1_0
  cluster_name:
    description: The EKS cluster; needed for O(state=present).
    type: str
  cluster_endpoint:
    description: Address of the cluster's API; that of the cluster when it is not given.
    type: str
  certificate_authority_data:
    description: Certificate of the cluster's authority, PEM in base64; that of the cluster when it is not given.
    type: str
  authentication_mode:
    description:
      - The cluster's authentication mode, for check mode where there is no cluster yet; otherwise the cluster's own
        one counts.
    type: str
  registration:
    description:
      - How the function's role is made known to the cluster.
      - V(auto) takes an access entry, or C(aws-auth) where the mode of the cluster knows no access entries.
    type: str
    choices: [auto, access_entry, aws_auth]
    default: auto
  kubernetes_group:
    description:
      - The group of the function in the cluster; its user name there is the same with C(-function) at the end. Groups that
        begin with C(system:) are refused.
    type: str
    default: kubeflow-profile-manager
  group_field:
    description: The attribute of the user pool that holds a user's groups.
    type: str
    default: custom:groups
  settings:
    description:
      - Settings of the function, which gets them as JSON. The function's README lists them.
      - What they do not say about header and principals is taken from the ConfigMap C(profiles-config) of the
        namespace C(kubeflow),
        where there is one.
    type: dict
  environment:
    description: Further environment variables of the function. Variables that are not named are kept.
    type: dict
  runtime:
    description: Runtime of the function.
    type: str
    default: python3.13
  architecture:
    description: Processor of the function.
    type: str
    choices: [arm64, x86_64]
    default: arm64
  memory_size:
    description: Memory of the function in MiB, and with it its share of processor time.
    type: int
    default: 512
  timeout:
    description:
      - How many seconds the function may take.
      - Cognito waits five, and a login ends by its own C(deadlineSeconds); a scheduled run should have V(300).
    type: int
    default: 5
  reserved_concurrency:
    description:
      - How many executions of the account are kept for the function, which may then have no more than these.
      - V(-1) takes the reservation away. What is not given is not touched.
    type: int
  tracing:
    description:
      - V(Active) lets the function write traces to X-Ray, for which its role gets the right.
      - What is not given is not touched; a new function has V(PassThrough).
    type: str
    choices: [Active, PassThrough]
  schedule:
    description:
      - When EventBridge runs the function, so that users who are gone lose their access and drift is repaired, for
        instance V(rate(1 day\)) or V(cron(0 3 * * ? *\)).
      - The function's role may list the users of the pool only while there is a schedule.
      - An empty text switches the schedule off. What is not given is not touched.
    type: str
  log_retention_days:
    description: How many days logs are kept, V(0) for ever.
    type: int
    default: 90
  subnet_ids:
    description:
      - Subnets of the function, where the cluster's endpoint is private. An empty list takes the function out of the
        VPC.
    type: list
    elements: str
  security_group_ids:
    description: Security groups of the function, needed along with O(subnet_ids).
    type: list
    elements: str
  permissions_boundary:
    description: ARN of the policy that bounds the role, empty for none.
    type: str
  kubeconfig:
    description:
      - Kubeconfig file (or its content as a dictionary) that leads to the cluster, with the right to manage cluster
        roles.
    type: raw
  context:
    description: Context in the kubeconfig file.
    type: str
extends_documentation_fragment:
  - amazon.aws.common.modules
  - amazon.aws.region.modules
  - amazon.aws.tags
  - amazon.aws.boto3
requirements:
  - kubernetes >= 24.2.0
seealso:
  - module: multitenant.kubeflow.cognito_user_pool
  - module: multitenant.kubeflow.eks_access_entry
  - module: multitenant.kubeflow.aws_auth
"""

EXAMPLES = r"""
- name: Ensure the profile manager
  multitenant.kubeflow.profile_manager:
    function_name: kubeflow-profile-manager
    source: "{{ playbook_dir }}/../lambda/profile_manager"
    user_pool_id: eu-west-1_AbCdEf123
    cluster_name: kubeflow
    kubeconfig: ~/.kube/kubeflow
    settings:
      groupPrefix: kubeflow-
    tags:
      Project: kubeflow

- name: Ensure that users who have left lose their access each night
  multitenant.kubeflow.profile_manager:
    function_name: kubeflow-profile-manager
    source: "{{ playbook_dir }}/../lambda/profile_manager"
    user_pool_id: eu-west-1_AbCdEf123
    cluster_name: kubeflow
    kubeconfig: ~/.kube/kubeflow
    schedule: cron(0 3 * * ? *)
    timeout: 300

- name: Ensure it in a VPC, for a cluster whose endpoint is private
  multitenant.kubeflow.profile_manager:
    function_name: kubeflow-profile-manager
    source: "{{ playbook_dir }}/../lambda/profile_manager"
    user_pool_id: eu-west-1_AbCdEf123
    cluster_name: kubeflow
    kubeconfig: ~/.kube/kubeflow
    subnet_ids: [subnet-0123456789abcdef0, subnet-0123456789abcdef1]
    security_group_ids: [sg-0123456789abcdef0]

- name: Remove it
  multitenant.kubeflow.profile_manager:
    function_name: kubeflow-profile-manager
    user_pool_id: eu-west-1_AbCdEf123
    cluster_name: kubeflow
    kubeconfig: ~/.kube/kubeflow
    state: absent
"""

RETURN = r"""
function_arn:
  description: ARN of the function, empty when there is none.
  returned: always
  type: str
role_arn:
  description: ARN of its role, empty when there is none.
  returned: always
  type: str
registration:
  description: How the role is known to the cluster, V(access_entry) or V(aws_auth), empty when it is not.
  returned: always
  type: str
code_sha256:
  description: Fingerprint of the code as Lambda tells it.
  returned: always
  type: str
function:
  description: The function, null when there is none.
  returned: always
  type: dict
  contains:
    name:
      description: Its name.
      type: str
    arn:
      description: Its ARN.
      type: str
    architecture:
      description: Its processor.
      type: str
    runtime:
      description: Its runtime.
      type: str
    handler:
      description: Its entry point.
      type: str
    role:
      description: ARN of its role.
      type: str
    memory_size:
      description: Its memory in MiB.
      type: int
    timeout:
      description: How many seconds it may take.
      type: int
    environment:
      description: Its environment variables.
      type: dict
    network:
      description: Its subnets and security groups.
      type: dict
    tracing:
      description: Whether it writes traces, V(Active) or V(PassThrough).
      type: str
    reserved_concurrency:
      description: How many executions are kept for it, null when it shares the account's.
      type: int
    code_sha256:
      description: Fingerprint of its code.
      type: str
    tags:
      description: Its tags.
      type: dict
role:
  description: The role with its policies, null when there is none.
  returned: always
  type: dict
log_group:
  description: The log group with its retention, null when there is none.
  returned: always
  type: dict
permission:
  description: Who may call the function, null when nobody.
  returned: always
  type: dict
admission_policy:
  description:
    - The ValidatingAdmissionPolicy that keeps the function to namespaces of Profiles and to its own objects, null when
      there is none or the cluster does not know such policies (Kubernetes before 1.30).
  returned: always
  type: dict
admission_policy_binding:
  description: What makes the policy count, null when nothing does.
  returned: always
  type: dict
cluster_role:
  description: What the function may do in the cluster, null when nothing.
  returned: always
  type: dict
cluster_role_binding:
  description: Which group may do so, null when none.
  returned: always
  type: dict
receipt_access:
  description: The Role and RoleBinding for receipts where the settings name a C(receiptNamespace), null when none.
  returned: always
  type: list
  elements: dict
schedule:
  description: The rule of EventBridge and its permission, null when the function is not run by schedule.
  returned: always
  type: dict
  contains:
    name:
      description: Name of the rule.
      type: str
    expression:
      description: When it runs the function.
      type: str
    state:
      description: Whether it does so, V(ENABLED) or V(DISABLED).
      type: str
    description:
      description: What the rule is for.
      type: str
    targets:
      description: What it starts, ARN by id.
      type: dict
    permission:
      description: By which the rule may call the function.
      type: dict
    tags:
      description: Its tags.
      type: dict
access:
  description: The access entry or the entry in aws-auth, null when there is none.
  returned: always
  type: dict
trigger:
  description: The trigger of the user pool, null when it does not call this function.
  returned: always
  type: dict
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import partial

from ansible_collections.amazon.aws.plugins.module_utils.modules import AnsibleAWSModule
from ansible_collections.amazon.aws.plugins.module_utils.retries import AWSRetry

from ansible_collections.multitenant.kubeflow.plugins.module_utils.clients.access_entry import AccessEntryClient
from ansible_collections.multitenant.kubeflow.plugins.module_utils.clients.aws_auth_map import AwsAuthClient
from ansible_collections.multitenant.kubeflow.plugins.module_utils.clients.caller import CallerClient
from ansible_collections.multitenant.kubeflow.plugins.module_utils.clients.cognito import Cognito
from ansible_collections.multitenant.kubeflow.plugins.module_utils.clients.eks import EksClusterClient
from ansible_collections.multitenant.kubeflow.plugins.module_utils.clients.event_rule import EventRuleClient
from ansible_collections.multitenant.kubeflow.plugins.module_utils.clients.function_role import FunctionRoleClient
from ansible_collections.multitenant.kubeflow.plugins.module_utils.clients.kubernetes_objects import (
    KubernetesClient,
    connection,
)
from ansible_collections.multitenant.kubeflow.plugins.module_utils.clients.lambda_function import LambdaFunctionClient
from ansible_collections.multitenant.kubeflow.plugins.module_utils.clients.log_group import LogGroupClient
from ansible_collections.multitenant.kubeflow.plugins.module_utils.clients.profile_manager import ProfileManagerClients
from ansible_collections.multitenant.kubeflow.plugins.module_utils.clients.source_folder import read_folder
from ansible_collections.multitenant.kubeflow.plugins.module_utils.errors import Failure
from ansible_collections.multitenant.kubeflow.plugins.module_utils.plans import (
    admission_policy,
    aws_auth,
    cluster_rbac,
    function_archive,
    function_role,
    profile_manager,
)
from ansible_collections.multitenant.kubeflow.plugins.module_utils.plans.given import known
from ansible_collections.multitenant.kubeflow.plugins.module_utils.plans.profile_manager_options import (
    ENTRY_POINT,
    Place,
    WantedProfileManager,
)
from ansible_collections.multitenant.kubeflow.plugins.module_utils.runner import run

ARGUMENT_SPEC = {
    "state": {"choices": ["present", "absent"], "default": "present"},
    "function_name": {"required": True},
    "source": {"type": "path"},
    "role_name": {},
    "user_pool_id": {},
    "trigger_version": {"choices": ["V1_0", "V2_0", "V3_0"], "default": "V1_0"},
    "cluster_name": {},
    "cluster_endpoint": {},
    "certificate_authority_data": {},
    "authentication_mode": {},
    "registration": {"choices": ["auto", "access_entry", "aws_auth"], "default": "auto"},
    "kubernetes_group": {"default": "kubeflow-profile-manager"},
    "group_field": {"default": "custom:groups"},
    "settings": {"type": "dict"},
    "environment": {"type": "dict"},
    "runtime": {"default": "python3.13"},
    "architecture": {"choices": ["arm64", "x86_64"], "default": "arm64"},
    "memory_size": {"type": "int", "default": 512},
    "timeout": {"type": "int", "default": 5},
    "reserved_concurrency": {"type": "int"},
    "tracing": {"choices": ["Active", "PassThrough"]},
    "schedule": {},
    "log_retention_days": {"type": "int", "default": 90},
    "subnet_ids": {"type": "list", "elements": "str"},
    "security_group_ids": {"type": "list", "elements": "str"},
    "permissions_boundary": {},
    "tags": {"type": "dict", "aliases": ["resource_tags"]},
    "purge_tags": {"type": "bool", "default": True},
    "kubeconfig": {"type": "raw"},
    "context": {},
}
LIKE_THE_OPTION = (
    "function_name",
    "trigger_version",
    "registration",
    "kubernetes_group",
    "group_field",
    "settings",
    "environment",
    "runtime",
    "architecture",
    "memory_size",
    "timeout",
    "reserved_concurrency",
    "tracing",
    "schedule",
    "log_retention_days",
    "subnet_ids",
    "security_group_ids",
    "permissions_boundary",
    "tags",
    "purge_tags",
)
MAYBE_UNKNOWN = (
    "user_pool_id",
    "cluster_name",
    "cluster_endpoint",
    "certificate_authority_data",
    "authentication_mode",
)
NOTHING = {
    "function_arn": "",
    "role_arn": "",
    "registration": "",
    "code_sha256": "",
    **dict.fromkeys(profile_manager.MADE),
}


@dataclass(frozen=True)
class Names:
    """Names that plans have chosen and clients look for."""

    policy: str = function_role.POLICY_NAME
    cluster_role: str = cluster_rbac.NAME
    policy_of_admission: str = admission_policy.NAME
    policy_kind: str = admission_policy.POLICY_KIND
    policy_binding_kind: str = admission_policy.BINDING_KIND
    labels: Mapping[str, str] = field(default_factory=lambda: cluster_rbac.LABELS)


def wanted_profile_manager(options, place, package, announced_only):
    """The profile manager that the options describe."""
    return WantedProfileManager(
        **{option: options[option] for option in LIKE_THE_OPTION},
        **{option: known(options[option]) for option in MAYBE_UNKNOWN},
        role_name=options["role_name"] or options["function_name"],
        package=package,
        place=place,
        announced_only=announced_only,
    )


def connected_clients(module):
    """The clients of all services, of which the cluster is not contacted before it is asked."""
    kubernetes = KubernetesClient(
        connection(None, kubeconfig=module.params["kubeconfig"], context=module.params["context"])
    )
    eks = module.client("eks")
    return ProfileManagerClients(
        logs=LogGroupClient(module.client("logs")),
        roles=FunctionRoleClient(module.client("iam")),
        functions=LambdaFunctionClient(module.client("lambda"), module.log),
        pools=Cognito(module.client("cognito-idp", retry_decorator=AWSRetry.jittered_backoff())),
        clusters=EksClusterClient(eks),
        entries=AccessEntryClient(eks, progress=module.log),
        kubernetes=kubernetes,
        aws_auth=AwsAuthClient(kubernetes, aws_auth.edits),
        rules=EventRuleClient(module.client("events")),
        is_kubeconfig_given=bool(module.params["kubeconfig"] or module.params["context"]),
    )


def main():
    module = AnsibleAWSModule(argument_spec=ARGUMENT_SPEC, supports_check_mode=True)
    options = module.params
    is_present = options["state"] == "present"
    try:
        account = CallerClient(module.client("sts")).read_account()
        package = None
        if is_present and options["source"]:
            package = function_archive.archive(read_folder(options["source"]), ENTRY_POINT)
    except Failure as failure:
        module.fail_json(msg=str(failure))
    place = Place(account["account"], module.region, account["partition"])
    wanted = wanted_profile_manager(options, place, package, module.check_mode)
    clients = connected_clients(module)
    run(
        module,
        read=partial(
            clients.read,
            wanted,
            Names(),
            may_be_unreachable=is_present and module.check_mode,
            may_be_malformed=not is_present,
            uses_aws_auth=partial(profile_manager.uses_aws_auth, options["registration"], is_present),
        ),
        plan=partial(profile_manager.present if is_present else profile_manager.absent, wanted=wanted),
        client=clients.together(),
        record=partial(profile_manager.record_of, wanted=wanted),
        publish=lambda record: record or NOTHING,
    )


if __name__ == "__main__":
    main()
