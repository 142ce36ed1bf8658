#!/usr/bin/python
# Copyright: (c) 2026, multitenant.kubeflow contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)

from __future__ import annotations

DOCUMENTATION = r"""
module: eks_cluster
short_description: Manage Amazon EKS clusters, their access configuration included
version_added: 0.1.0
description:
  - Creates an EKS cluster, waits until it is active, and keeps its authentication mode, endpoint access, logging,
    encryption, Auto Mode, version and tags.
  - Unlike M(community.aws.eks_cluster) it knows the authentication mode, so that access entries can be used.
  - An option that is not given is not touched.
author:
  - multitenant.kubeflow contributors (@multitenant-kubeflow)
attributes:
  check_mode:
    support: full
    description: Announces what a real run does; what only AWS can tell is shown as C((known after the real run)).
  diff_mode:
    support: full
    description: Shows the cluster before and after.
  idempotent:
    support: full
    description: A second run changes nothing.
options:
  state:
    description: Whether the cluster exists.
    type: str
    choices: [present, absent]
    default: present
  name:
    description: Name of the cluster.
    type: str
    required: true
  role_arn:
    description:
      - Role of the control plane, needed to create the cluster.
      - EKS fixes it then; another role for a cluster that exists is an error.
    type: str
  version:
    description:
      - Version of Kubernetes, as in V('1.35').
      - When it is not given, a new cluster gets the newest version in standard support, and is never upgraded.
      - A newer version than that of the cluster upgrades it, by one minor version at a time.
    type: str
  subnet_ids:
    description:
      - Subnets of the control plane, in two availability zones at least, needed to create the cluster.
      - Other subnets for a cluster that exists are an error.
    type: list
    elements: str
  security_group_ids:
    description: Further security groups of the control plane; other ones for a cluster that exists are an error.
    type: list
    elements: str
  authentication_mode:
    description:
      - How the cluster finds out who may do what.
      - EKS goes from V(CONFIG_MAP) over V(API_AND_CONFIG_MAP) to V(API) and never back.
      - When it is not given, a new cluster gets what the API of AWS takes by itself, V(CONFIG_MAP).
    type: str
    choices: [CONFIG_MAP, API_AND_CONFIG_MAP, API]
  endpoint_public_access:
    description: Whether the API of the cluster can be reached from outside of the VPC.
    type: bool
  endpoint_private_access:
    description: Whether the API of the cluster can be reached from within the VPC without leaving it.
    type: bool
  public_access_cidrs:
    description: The networks from which the public endpoint can be reached.
    type: list
    elements: str
  logging_types:
    description:
      - Which logs of the control plane go to CloudWatch; all others are turned off, an empty list turns off all.
    type: list
    elements: str
    choices: [api, audit, authenticator, controllerManager, scheduler]
  bootstrap_creator_admin:
    description:
      - Whether whoever creates the cluster becomes its administrator.
      - It counts at creation only.
    type: bool
  encryption_key_arn:
    description:
      - ARN of a symmetric KMS key of the cluster's region, with which the cluster's secrets are encrypted.
      - EKS keeps the key for good; another one for a cluster that has one is an error.
    type: str
  auto_mode:
    description:
      - EKS Auto Mode, in which EKS itself provides nodes, volumes and load balancers.
      - It needs the authentication mode V(API_AND_CONFIG_MAP) or V(API), and a role with the policies of Auto Mode.
      - An Auto Mode cluster is made without the add-ons that EKS puts into others.
    type: dict
    suboptions:
      enabled:
        description: Whether it is on.
        type: bool
        default: true
      node_pools:
        description: The node pools of EKS's own that the cluster has.
        type: list
        elements: str
        choices: [general-purpose, system]
      node_role_arn:
        description: Role of the nodes in those pools, needed with O(auto_mode.node_pools).
        type: str
  wait:
    description: Whether to wait until the cluster is active, or gone. Updates are always waited for.
    type: bool
    default: true
  wait_timeout:
    description: How many seconds to wait for each step.
    type: int
    default: 1800
extends_documentation_fragment:
  - amazon.aws.common.modules
  - amazon.aws.region.modules
  - amazon.aws.tags
  - amazon.aws.boto3
seealso:
  - module: multitenant.kubeflow.eks_node_group
  - module: multitenant.kubeflow.eks_access_entry
"""

EXAMPLES = r"""
- name: Ensure a cluster that knows access entries
  multitenant.kubeflow.eks_cluster:
    name: kubeflow
    role_arn: arn:aws:iam::123456789012:role/kubeflow-cluster
    subnet_ids: [subnet-0123456789abcdef0, subnet-0123456789abcdef1]
    authentication_mode: API_AND_CONFIG_MAP
    tags:
      Project: kubeflow

- name: Upgrade it by one version, and log who comes in
  multitenant.kubeflow.eks_cluster:
    name: kubeflow
    version: "1.36"
    logging_types: [audit, authenticator]

- name: Remove it
  multitenant.kubeflow.eks_cluster:
    name: kubeflow
    state: absent
"""

RETURN = r"""
cluster:
  description: The cluster, empty when there is none.
  returned: always
  type: dict
  contains:
    name:
      description: Its name.
      type: str
      returned: success
    arn:
      description: Its ARN.
      type: str
      returned: success
    status:
      description: Its state in AWS's words.
      type: str
      returned: success
      sample: ACTIVE
    version:
      description: Its version of Kubernetes.
      type: str
      returned: success
      sample: "1.36"
    platform_version:
      description: Its platform version.
      type: str
      returned: success
    endpoint:
      description: The address of its API, empty while it is being created.
      type: str
      returned: success
    certificate_authority_data:
      description: The certificate of its authority, PEM in base64, as kubeconfig files hold it.
      type: str
      returned: success
    oidc_issuer:
      description: The issuer of its service account tokens.
      type: str
      returned: success
    authentication_mode:
      description: How it finds out who may do what.
      type: str
      returned: success
    role_arn:
      description: Role of its control plane.
      type: str
      returned: success
    vpc_id:
      description: Its VPC.
      type: str
      returned: success
    subnet_ids:
      description: Its subnets, sorted.
      type: list
      elements: str
      returned: success
    security_group_ids:
      description: Its further security groups, sorted.
      type: list
      elements: str
      returned: success
    cluster_security_group_id:
      description: The security group that EKS has made for it.
      type: str
      returned: success
    endpoint_public_access:
      description: Whether its API can be reached from outside of the VPC.
      type: bool
      returned: success
    endpoint_private_access:
      description: Whether its API can be reached from within the VPC without leaving it.
      type: bool
      returned: success
    public_access_cidrs:
      description: The networks from which the public endpoint can be reached, sorted.
      type: list
      elements: str
      returned: success
    logging_types:
      description: Logs of the control plane that go to CloudWatch, sorted.
      type: list
      elements: str
      returned: success
    encryption_key_arn:
      description: The key with which its secrets are encrypted, empty when EKS's own does it.
      type: str
      returned: success
    auto_mode:
      description: Whether EKS Auto Mode is on, with its node pools and their role.
      type: dict
      returned: success
      contains:
        enabled:
          description: Whether it is on.
          type: bool
        node_pools:
          description: Its node pools, sorted.
          type: list
          elements: str
        node_role_arn:
          description: Role of the nodes in those pools.
          type: str
    tags:
      description: Its tags.
      type: dict
      returned: success
"""

from functools import partial

from ansible_collections.amazon.aws.plugins.module_utils.modules import AnsibleAWSModule

from ansible_collections.multitenant.kubeflow.plugins.module_utils.clients.eks import EksClusterClient
from ansible_collections.multitenant.kubeflow.plugins.module_utils.plans import cluster
from ansible_collections.multitenant.kubeflow.plugins.module_utils.plans.auto_mode import AutoMode
from ansible_collections.multitenant.kubeflow.plugins.module_utils.plans.given import known
from ansible_collections.multitenant.kubeflow.plugins.module_utils.runner import run

ARGUMENT_SPEC = {
    "state": {"choices": ["present", "absent"], "default": "present"},
    "name": {"required": True},
    "role_arn": {},
    "version": {},
    "subnet_ids": {"type": "list", "elements": "str"},
    "security_group_ids": {"type": "list", "elements": "str"},
    "authentication_mode": {"choices": list(cluster.AUTHENTICATION_MODES)},
    "endpoint_public_access": {"type": "bool"},
    "endpoint_private_access": {"type": "bool"},
    "public_access_cidrs": {"type": "list", "elements": "str"},
    "logging_types": {"type": "list", "elements": "str", "choices": list(cluster.LOG_TYPES)},
    "bootstrap_creator_admin": {"type": "bool"},
    "encryption_key_arn": {"no_log": False},
    "auto_mode": {
        "type": "dict",
        "options": {
            "enabled": {"type": "bool", "default": True},
            "node_pools": {"type": "list", "elements": "str", "choices": ["general-purpose", "system"]},
            "node_role_arn": {},
        },
    },
    "wait": {"type": "bool", "default": True},
    "wait_timeout": {"type": "int", "default": 1800},
    "tags": {"type": "dict", "aliases": ["resource_tags"]},
    "purge_tags": {"type": "bool", "default": True},
}
LIKE_THE_OPTION = (
    "name",
    "authentication_mode",
    "endpoint_public_access",
    "endpoint_private_access",
    "public_access_cidrs",
    "logging_types",
    "bootstrap_creator_admin",
    "tags",
    "purge_tags",
    "wait",
)
MAYBE_UNKNOWN = ("role_arn", "version", "subnet_ids", "security_group_ids", "encryption_key_arn")


def wanted_cluster(options, announced_only):
    """The cluster that the options describe."""
    return cluster.WantedCluster(
        **{option: options[option] for option in LIKE_THE_OPTION},
        **{option: known(options[option]) for option in MAYBE_UNKNOWN},
        auto_mode=AutoMode(**options["auto_mode"]) if options["auto_mode"] else None,
        announced_only=announced_only,
    )


def main():
    module = AnsibleAWSModule(argument_spec=ARGUMENT_SPEC, supports_check_mode=True)
    wanted = wanted_cluster(module.params, module.check_mode)
    client = EksClusterClient(module.client("eks"), module.params["wait_timeout"], module.log)
    is_present = module.params["state"] == "present"
    run(
        module,
        read=partial(
            client.read,
            wanted.name,
            with_versions=is_present and wanted.version is None,
            with_members=not is_present,
        ),
        plan=partial(cluster.present if is_present else cluster.absent, wanted=wanted),
        client=client,
        record=lambda current: current["cluster"],
        publish=lambda record: {"cluster": record or {}},
    )


if __name__ == "__main__":
    main()
