#!/usr/bin/python
# Copyright: (c) 2026, multitenant.kubeflow contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)

from __future__ import annotations

DOCUMENTATION = r"""
module: eks_access_entry
short_description: Manage access entries of Amazon EKS clusters
version_added: 0.1.0
description:
  - Lets a role or user of IAM into a cluster, as a member of groups of Kubernetes and with access policies of AWS.
  - An entry whose role was deleted and made again lets nobody in, although it looks right. Such an entry is made
    anew.
  - An option that is not given is not touched.
author:
  - multitenant.kubeflow contributors (@multitenant-kubeflow)
attributes:
  check_mode:
    support: full
    description: Announces what a real run does; what only AWS can tell is shown as C((known after the real run)).
  diff_mode:
    support: full
    description: Shows the entry before and after.
  idempotent:
    support: full
    description: A second run changes nothing.
options:
  state:
    description: Whether the entry exists.
    type: str
    choices: [present, absent]
    default: present
  cluster_name:
    description:
      - Name of the cluster, whose authentication mode must be V(API_AND_CONFIG_MAP) or V(API).
    type: str
    required: true
  principal_arn:
    description: ARN of the role or user, with its path where it has one.
    type: str
    required: true
  kubernetes_groups:
    description:
      - The groups that the principal is a member of, and no others.
      - EKS refuses groups that begin with C(system:).
    type: list
    elements: str
  username:
    description:
      - The name that Kubernetes knows the principal by.
      - When it is not given, EKS uses the ARN, for roles that of the session.
    type: str
  type:
    description: Kind of the entry, V(STANDARD) unless it is for nodes; fixed when the entry is made.
    type: str
    choices: [STANDARD, EC2_LINUX, EC2_WINDOWS, EC2, FARGATE_LINUX, HYBRID_LINUX, HYPERPOD_LINUX]
  access_policies:
    description: Access policies of AWS that are associated with the entry.
    type: list
    elements: dict
    suboptions:
      policy_arn:
        description: ARN of the policy.
        type: str
        required: true
      scope_type:
        description: Where the policy counts.
        type: str
        choices: [cluster, namespace]
        default: cluster
      namespaces:
        description: The namespaces in which it counts, for V(namespace); an asterisk stands for any characters.
        type: list
        elements: str
  purge_access_policies:
    description: Whether policies that O(access_policies) does not name are taken away.
    type: bool
    default: false
extends_documentation_fragment:
  - amazon.aws.common.modules
  - amazon.aws.region.modules
  - amazon.aws.tags
  - amazon.aws.boto3
seealso:
  - module: multitenant.kubeflow.eks_cluster
  - module: multitenant.kubeflow.aws_auth
"""

EXAMPLES = r"""
- name: Let a role in as a member of a group that RBAC knows
  multitenant.kubeflow.eks_access_entry:
    cluster_name: kubeflow
    principal_arn: arn:aws:iam::123456789012:role/kubeflow-profile-manager
    kubernetes_groups: [kubeflow-profile-manager]
    username: kubeflow-profile-manager

- name: Make the platform team administrators
  multitenant.kubeflow.eks_access_entry:
    cluster_name: kubeflow
    principal_arn: arn:aws:iam::123456789012:role/platform-team
    access_policies:
      - policy_arn: arn:aws:eks::aws:cluster-access-policy/AmazonEKSClusterAdminPolicy

- name: Let nobody in by that role any more
  multitenant.kubeflow.eks_access_entry:
    cluster_name: kubeflow
    principal_arn: arn:aws:iam::123456789012:role/platform-team
    state: absent
"""

RETURN = r"""
access_entry:
  description: The entry, empty when there is none.
  returned: always
  type: dict
  contains:
    cluster_name:
      description: Name of the cluster.
      type: str
      returned: success
    principal_arn:
      description: ARN of the role or user.
      type: str
      returned: success
    arn:
      description: ARN of the entry.
      type: str
      returned: success
    kubernetes_groups:
      description: Groups of the principal, sorted.
      type: list
      elements: str
      returned: success
    username:
      description: The name that Kubernetes knows the principal by.
      type: str
      returned: success
    type:
      description: Kind of the entry.
      type: str
      returned: success
    access_policies:
      description: Associated access policies with their scope, sorted by ARN.
      type: list
      elements: dict
      returned: success
    tags:
      description: Tags of the entry.
      type: dict
      returned: success
"""

from functools import partial

from ansible_collections.amazon.aws.plugins.module_utils.modules import AnsibleAWSModule

from ansible_collections.multitenant.kubeflow.plugins.module_utils.clients.access_entry import AccessEntryClient
from ansible_collections.multitenant.kubeflow.plugins.module_utils.clients.eks import EksClusterClient
from ansible_collections.multitenant.kubeflow.plugins.module_utils.clients.function_role import FunctionRoleClient
from ansible_collections.multitenant.kubeflow.plugins.module_utils.plans import access_entry
from ansible_collections.multitenant.kubeflow.plugins.module_utils.plans.given import is_known
from ansible_collections.multitenant.kubeflow.plugins.module_utils.plans.principal import role_name
from ansible_collections.multitenant.kubeflow.plugins.module_utils.runner import run

ARGUMENT_SPEC = {
    "state": {"choices": ["present", "absent"], "default": "present"},
    "cluster_name": {"required": True},
    "principal_arn": {"required": True},
    "kubernetes_groups": {"type": "list", "elements": "str"},
    "username": {},
    "type": {
        "choices": [
            "STANDARD",
            "EC2_LINUX",
            "EC2_WINDOWS",
            "EC2",
            "FARGATE_LINUX",
            "HYBRID_LINUX",
            "HYPERPOD_LINUX",
        ]
    },
    "access_policies": {
        "type": "list",
        "elements": "dict",
        "options": {
            "policy_arn": {"required": True},
            "scope_type": {"choices": ["cluster", "namespace"], "default": "cluster"},
            "namespaces": {"type": "list", "elements": "str"},
        },
    },
    "purge_access_policies": {"type": "bool", "default": False},
    "tags": {"type": "dict", "aliases": ["resource_tags"]},
    "purge_tags": {"type": "bool", "default": True},
}


def wanted_access_entry(options, announced_only):
    """The access entry that the options describe."""
    return access_entry.WantedAccessEntry(
        **{option: options[option] for option in ARGUMENT_SPEC if option != "state"},
        announced_only=announced_only,
    )


def read_current(wanted, clusters, entries, roles):
    """What plans/access_entry.py takes as `current`; nothing is asked about names that are only announced."""
    current = {"mode": None, "entry": None, "entry_created_at": None, "role_created_at": None}
    cluster = clusters.cluster(wanted.cluster_name) if is_known(wanted.cluster_name) else None
    if cluster is None:
        return current
    current["mode"] = cluster["authentication_mode"]
    if current["mode"] == "CONFIG_MAP" or not is_known(wanted.principal_arn):
        return current
    current.update(entries.read_entry(wanted.cluster_name, wanted.principal_arn))
    name = role_name(wanted.principal_arn)
    if name and current["entry"]:
        current["role_created_at"] = roles.created_at(name)
    return current


def main():
    module = AnsibleAWSModule(argument_spec=ARGUMENT_SPEC, supports_check_mode=True)
    wanted = wanted_access_entry(module.params, module.check_mode)
    eks = module.client("eks")
    entries = AccessEntryClient(eks, progress=module.log)
    run(
        module,
        read=partial(read_current, wanted, EksClusterClient(eks), entries, FunctionRoleClient(module.client("iam"))),
        plan=partial(
            access_entry.present if module.params["state"] == "present" else access_entry.absent, wanted=wanted
        ),
        client=entries,
        record=lambda current: current["entry"],
        publish=lambda record: {"access_entry": record or {}},
    )


if __name__ == "__main__":
    main()
