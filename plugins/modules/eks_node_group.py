#!/usr/bin/python
# Copyright: (c) 2026, multitenant.kubeflow contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)

from __future__ import annotations

DOCUMENTATION = r"""
module: eks_node_group
short_description: Manage managed node groups of Amazon EKS clusters
version_added: 0.1.0
description:
  - Makes a managed node group, waits until its nodes are ready, and keeps its sizes, labels, taints, version and tags.
  - Unlike M(community.aws.eks_nodegroup) it knows every image that EKS has, upgrades nodes, tells of changed labels,
    taints and tags, and leaves the number of nodes to an autoscaler.
  - An option that is not given is not touched.
author:
  - multitenant.kubeflow contributors (@multitenant-kubeflow)
attributes:
  check_mode:
    support: full
    description: Announces what a real run does; what only AWS can tell is shown as C((known after the real run)).
  diff_mode:
    support: full
    description: Shows the node group before and after.
  idempotent:
    support: full
    description: A second run changes nothing.
options:
  state:
    description: Whether the group exists.
    type: str
    choices: [present, absent]
    default: present
  cluster_name:
    description: Name of the cluster.
    type: str
    required: true
  name:
    description: Name of the group.
    type: str
    required: true
  node_role_arn:
    description: Role of the nodes, needed for a new group and fixed then.
    type: str
  subnet_ids:
    description: Subnets of the nodes, needed for a new group and fixed then.
    type: list
    elements: str
  instance_types:
    description: Instance types, fixed when the group is made; several for spot capacity, V(t3.medium) when not given.
    type: list
    elements: str
  ami_type:
    description:
      - Kind of the image, such as V(BOTTLEROCKET_x86_64), V(AL2023_x86_64_STANDARD) or V(AL2023_x86_64_NVIDIA), fixed
        when the group is made.
    type: str
  capacity_type:
    description: How the instances are paid, fixed when the group is made; on demand when not given.
    type: str
    choices: [ON_DEMAND, SPOT, CAPACITY_BLOCK]
  disk_size:
    description: Disk of a node in GiB, fixed when the group is made; 20 when not given.
    type: int
  min_size:
    description: Least number of nodes.
    type: int
  max_size:
    description: Greatest number of nodes.
    type: int
  desired_size:
    description:
      - Number of nodes that a new group begins with, O(min_size) when not given.
      - Later it is what an autoscaler makes of it, within the bounds.
    type: int
  max_unavailable:
    description: How many nodes may be away at once while nodes are replaced; 1 when not given.
    type: int
  labels:
    description: Labels of the nodes, and no others.
    type: dict
  taints:
    description: Taints of the nodes, and no others.
    type: list
    elements: dict
    suboptions:
      key:
        description: Key of the taint.
        type: str
        required: true
      value:
        description: Value of the taint.
        type: str
      effect:
        description: What becomes of pods that do not tolerate it.
        type: str
        required: true
        choices: [NO_SCHEDULE, NO_EXECUTE, PREFER_NO_SCHEDULE]
  version:
    description:
      - Version of Kubernetes, as in V('1.35'), at most that of the cluster; a newer one than the group's replaces its
        nodes, O(max_unavailable) at a time.
      - When it is not given, a new group gets the version of the cluster and is never upgraded.
    type: str
  wait:
    description: Whether to wait until the nodes are ready, or gone. Changes are always waited for.
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
  - module: multitenant.kubeflow.eks_cluster
"""

EXAMPLES = r"""
- name: Ensure nodes for everybody
  multitenant.kubeflow.eks_node_group:
    cluster_name: kubeflow
    name: default
    node_role_arn: arn:aws:iam::123456789012:role/kubeflow-node
    subnet_ids: [subnet-0123456789abcdef0, subnet-0123456789abcdef1]
    instance_types: [m6i.xlarge]
    ami_type: BOTTLEROCKET_x86_64
    min_size: 2
    max_size: 6

- name: Ensure nodes with a GPU, for those who ask for one
  multitenant.kubeflow.eks_node_group:
    cluster_name: kubeflow
    name: gpu
    node_role_arn: arn:aws:iam::123456789012:role/kubeflow-node
    subnet_ids: [subnet-0123456789abcdef0, subnet-0123456789abcdef1]
    instance_types: [g5.xlarge]
    ami_type: AL2023_x86_64_NVIDIA
    min_size: 0
    max_size: 4
    taints:
      - key: nvidia.com/gpu
        effect: NO_SCHEDULE

- name: Remove them
  multitenant.kubeflow.eks_node_group:
    cluster_name: kubeflow
    name: gpu
    state: absent
"""

RETURN = r"""
node_group:
  description: The node group, empty when there is none.
  returned: always
  type: dict
  contains:
    cluster_name:
      description: Name of the cluster.
      type: str
      returned: success
    name:
      description: Name of the group.
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
    node_role_arn:
      description: Role of its nodes.
      type: str
      returned: success
    subnet_ids:
      description: Subnets of its nodes, sorted.
      type: list
      elements: str
      returned: success
    instance_types:
      description: Its instance types.
      type: list
      elements: str
      returned: success
    ami_type:
      description: Kind of its image.
      type: str
      returned: success
    capacity_type:
      description: How its instances are paid.
      type: str
      returned: success
    disk_size:
      description: Disk of a node in GiB.
      type: int
      returned: success
    min_size:
      description: Least number of nodes.
      type: int
      returned: success
    max_size:
      description: Greatest number of nodes.
      type: int
      returned: success
    desired_size:
      description: Number of nodes that is aimed at now.
      type: int
      returned: success
    max_unavailable:
      description: How many nodes may be away at once while nodes are replaced.
      type: int
      returned: success
    labels:
      description: Labels of its nodes.
      type: dict
      returned: success
    taints:
      description: Taints of its nodes, sorted.
      type: list
      elements: dict
      returned: success
    version:
      description: Its version of Kubernetes.
      type: str
      returned: success
    release_version:
      description: Version of its image.
      type: str
      returned: success
    tags:
      description: Its tags.
      type: dict
      returned: success
"""

from functools import partial

from ansible_collections.amazon.aws.plugins.module_utils.modules import AnsibleAWSModule

from ansible_collections.multitenant.kubeflow.plugins.module_utils.clients.eks import EksClusterClient
from ansible_collections.multitenant.kubeflow.plugins.module_utils.clients.node_group import NodeGroupClient
from ansible_collections.multitenant.kubeflow.plugins.module_utils.plans import node_group
from ansible_collections.multitenant.kubeflow.plugins.module_utils.plans.given import is_known, known
from ansible_collections.multitenant.kubeflow.plugins.module_utils.runner import run

ARGUMENT_SPEC = {
    "state": {"choices": ["present", "absent"], "default": "present"},
    "cluster_name": {"required": True},
    "name": {"required": True},
    "node_role_arn": {},
    "subnet_ids": {"type": "list", "elements": "str"},
    "instance_types": {"type": "list", "elements": "str"},
    "ami_type": {},
    "capacity_type": {"choices": ["ON_DEMAND", "SPOT", "CAPACITY_BLOCK"]},
    "disk_size": {"type": "int"},
    "min_size": {"type": "int"},
    "max_size": {"type": "int"},
    "desired_size": {"type": "int"},
    "max_unavailable": {"type": "int"},
    "labels": {"type": "dict"},
    "taints": {
        "type": "list",
        "elements": "dict",
        "options": {
            "key": {"required": True, "no_log": False},
            "value": {},
            "effect": {"required": True, "choices": ["NO_SCHEDULE", "NO_EXECUTE", "PREFER_NO_SCHEDULE"]},
        },
    },
    "version": {},
    "wait": {"type": "bool", "default": True},
    "wait_timeout": {"type": "int", "default": 1800},
    "tags": {"type": "dict", "aliases": ["resource_tags"]},
    "purge_tags": {"type": "bool", "default": True},
}
MAYBE_UNKNOWN = ("node_role_arn", "subnet_ids", "version")
NOT_WANTED = ("state", "wait_timeout", *MAYBE_UNKNOWN)


def wanted_node_group(options, announced_only):
    """The node group that the options describe."""
    return node_group.WantedNodeGroup(
        **{option: options[option] for option in ARGUMENT_SPEC if option not in NOT_WANTED},
        **{option: known(options[option]) for option in MAYBE_UNKNOWN},
        announced_only=announced_only,
    )


def read_current(wanted, clusters, groups):
    """What plans/node_group.py takes as `current`; nothing is asked about names that are only announced."""
    cluster = clusters.cluster(wanted.cluster_name) if is_known(wanted.cluster_name) else None
    if cluster is None:
        return {"cluster_status": None, "node_group": None}
    return {"cluster_status": cluster["status"], "node_group": groups.node_group(wanted.cluster_name, wanted.name)}


def main():
    module = AnsibleAWSModule(argument_spec=ARGUMENT_SPEC, supports_check_mode=True)
    wanted = wanted_node_group(module.params, module.check_mode)
    eks = module.client("eks")
    client = NodeGroupClient(eks, module.params["wait_timeout"], module.log)
    run(
        module,
        read=partial(read_current, wanted, EksClusterClient(eks), client),
        plan=partial(node_group.present if module.params["state"] == "present" else node_group.absent, wanted=wanted),
        client=client,
        record=lambda current: current["node_group"],
        publish=lambda record: {"node_group": record or {}},
    )


if __name__ == "__main__":
    main()
