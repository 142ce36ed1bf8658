#!/usr/bin/python
# Copyright: (c) 2026, multitenant.kubeflow contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)

from __future__ import annotations

DOCUMENTATION = r"""
module: eks_addon
short_description: Manage add-ons of Amazon EKS clusters
version_added: 0.1.0
description:
  - Installs an add-on of EKS into a cluster, with its configuration and the roles of its service accounts, and waits
    until it is well.
  - An add-on whose installation failed is installed anew; what it has put into the cluster so far stays meanwhile.
  - An option that is not given is not touched.
author:
  - multitenant.kubeflow contributors (@multitenant-kubeflow)
attributes:
  check_mode:
    support: full
    description: Announces what a real run does; what only AWS can tell is shown as C((known after the real run)).
  diff_mode:
    support: full
    description: Shows the add-on before and after.
  idempotent:
    support: full
    description: A second run changes nothing.
options:
  state:
    description: Whether the add-on is installed.
    type: str
    choices: [present, absent]
    default: present
  cluster_name:
    description: Name of the cluster.
    type: str
    required: true
  name:
    description: Name of the add-on, such as V(vpc-cni) or V(aws-ebs-csi-driver).
    type: str
    required: true
  version:
    description:
      - Version of the add-on, as in V(v1.21.1-eksbuild.1), or V(default) for the one that EKS takes by default for the
        cluster's version of Kubernetes.
      - When it is not given, a new add-on gets the default version and is never upgraded.
    type: str
  configuration:
    description: Configuration, as C(aws eks describe-addon-configuration) describes it for each version.
    type: dict
  pod_identities:
    description: The roles of the add-on's service accounts, by Pod Identity, and no others.
    type: list
    elements: dict
    suboptions:
      service_account:
        description: Name of the service account.
        type: str
        required: true
      role_arn:
        description: ARN of its role, which C(pods.eks.amazonaws.com) may assume and tag.
        type: str
        required: true
  service_account_role_arn:
    description: ARN of the role of its service account, by the cluster's OIDC provider instead of Pod Identity.
    type: str
  resolve_conflicts:
    description:
      - What becomes of settings that others have changed in the cluster.
      - When it is not given, V(overwrite) for an add-on that is installed, because EKS puts some into each cluster that
        are not add-ons yet, and V(preserve) for one that is changed.
    type: str
    choices: [none, overwrite, preserve]
  preserve:
    description: Whether O(state=absent) leaves the software in the cluster and only stops EKS from managing it.
    type: bool
    default: false
  wait:
    description: Whether to wait until the add-on is well, or gone. Two of them are not well while there are no nodes.
    type: bool
    default: true
  wait_timeout:
    description: How many seconds to wait for each step.
    type: int
    default: 1200
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
- name: Have EKS manage the network plugin, with network policies
  multitenant.kubeflow.eks_addon:
    cluster_name: kubeflow
    name: vpc-cni
    configuration:
      enableNetworkPolicy: "true"

- name: Give the cluster volumes, by a driver with a role of its own
  multitenant.kubeflow.eks_addon:
    cluster_name: kubeflow
    name: aws-ebs-csi-driver
    version: default
    pod_identities:
      - service_account: ebs-csi-controller-sa
        role_arn: arn:aws:iam::123456789012:role/kubeflow-ebs-csi

- name: Manage CoreDNS by other means from now on
  multitenant.kubeflow.eks_addon:
    cluster_name: kubeflow
    name: coredns
    state: absent
    preserve: true
"""

RETURN = r"""
addon:
  description: The add-on, empty when there is none.
  returned: always
  type: dict
  contains:
    cluster_name:
      description: Name of the cluster.
      type: str
      returned: success
    name:
      description: Name of the add-on.
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
    version:
      description: Its version.
      type: str
      returned: success
    configuration:
      description: Its configuration.
      type: dict
      returned: success
    pod_identities:
      description: Roles of its service accounts, by Pod Identity, sorted by service account.
      type: list
      elements: dict
      returned: success
    service_account_role_arn:
      description: Role of its service account, by the cluster's OIDC provider.
      type: str
      returned: success
    tags:
      description: Its tags.
      type: dict
      returned: success
"""

from functools import partial

from ansible_collections.amazon.aws.plugins.module_utils.modules import AnsibleAWSModule

from ansible_collections.multitenant.kubeflow.plugins.module_utils.clients.addon import AddonClient
from ansible_collections.multitenant.kubeflow.plugins.module_utils.clients.eks import EksClusterClient
from ansible_collections.multitenant.kubeflow.plugins.module_utils.plans import addon
from ansible_collections.multitenant.kubeflow.plugins.module_utils.plans.given import is_known, known
from ansible_collections.multitenant.kubeflow.plugins.module_utils.runner import run

ARGUMENT_SPEC = {
    "state": {"choices": ["present", "absent"], "default": "present"},
    "cluster_name": {"required": True},
    "name": {"required": True},
    "version": {},
    "configuration": {"type": "dict"},
    "pod_identities": {
        "type": "list",
        "elements": "dict",
        "options": {"service_account": {"required": True}, "role_arn": {"required": True}},
    },
    "service_account_role_arn": {},
    "resolve_conflicts": {"choices": ["none", "overwrite", "preserve"]},
    "preserve": {"type": "bool", "default": False},
    "wait": {"type": "bool", "default": True},
    "wait_timeout": {"type": "int", "default": 1200},
    "tags": {"type": "dict", "aliases": ["resource_tags"]},
    "purge_tags": {"type": "bool", "default": True},
}
NOT_WANTED = ("state", "wait_timeout", "version")


def wanted_addon(options, announced_only):
    """The add-on that the options describe."""
    return addon.WantedAddon(
        **{option: options[option] for option in ARGUMENT_SPEC if option not in NOT_WANTED},
        version=known(options["version"]),
        announced_only=announced_only,
    )


def read_current(wanted, clusters, addons):
    """What plans/addon.py takes as `current`; nothing is asked about names that are only announced."""
    cluster = clusters.cluster(wanted.cluster_name) if is_known(wanted.cluster_name) else None
    if cluster is None:
        return {"cluster_status": None, "addon": None, "default_version": None}
    asked = wanted.version == addon.DEFAULT
    return {
        "cluster_status": cluster["status"],
        "addon": addons.addon(wanted.cluster_name, wanted.name),
        "default_version": addons.default_version(wanted.name, cluster["version"]) if asked else None,
    }


def main():
    module = AnsibleAWSModule(argument_spec=ARGUMENT_SPEC, supports_check_mode=True)
    wanted = wanted_addon(module.params, module.check_mode)
    eks = module.client("eks")
    client = AddonClient(eks, module.params["wait_timeout"], module.log)
    run(
        module,
        read=partial(read_current, wanted, EksClusterClient(eks), client),
        plan=partial(addon.present if module.params["state"] == "present" else addon.absent, wanted=wanted),
        client=client,
        record=lambda current: current["addon"],
        publish=lambda record: {"addon": record or {}},
    )


if __name__ == "__main__":
    main()
