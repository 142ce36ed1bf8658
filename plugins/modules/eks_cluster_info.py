#!/usr/bin/python
# Copyright: (c) 2026, multitenant.kubeflow contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)

from __future__ import annotations

DOCUMENTATION = r"""
module: eks_cluster_info
short_description: Read clusters of Amazon EKS
version_added: 0.1.0
description:
  - Tells what M(multitenant.kubeflow.eks_cluster) would find, one cluster or all of the region, without an intent to
    change it; on request with the access entries and with the versions that EKS offers.
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
    description: Name of the cluster; without it all clusters of the region are told.
    type: str
  access_entries:
    description: Whether the access entries of each cluster are told too, which takes two calls for each of them.
    type: bool
    default: false
extends_documentation_fragment:
  - amazon.aws.common.modules
  - amazon.aws.region.modules
  - amazon.aws.boto3
seealso:
  - module: multitenant.kubeflow.eks_cluster
  - module: multitenant.kubeflow.eks_access_entry
"""

EXAMPLES = r"""
- name: Find out who gets into the cluster
  multitenant.kubeflow.eks_cluster_info:
    name: kubeflow
    access_entries: true
  register: eks

- name: Show those who are members of groups
  ansible.builtin.debug:
    msg: "{{ item.principal_arn }} {{ item.kubernetes_groups }}"
  loop: "{{ eks.clusters[0].access_entries }}"
"""

RETURN = r"""
clusters:
  description: The clusters in the order of their names; empty when there is none of the name.
  returned: success
  type: list
  elements: dict
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
    tags:
      description: Its tags.
      type: dict
      returned: success
    access_entries:
      description:
        - The access entries in the shape that M(multitenant.kubeflow.eks_access_entry) returns.
        - Empty where the authentication mode of the cluster knows none.
      type: list
      elements: dict
      returned: when O(access_entries) is true
versions:
  description: The versions of Kubernetes that EKS offers, newest first; empty where it does not tell.
  returned: success
  type: list
  elements: dict
  contains:
    version:
      description: The version.
      type: str
      returned: success
      sample: "1.36"
    standard_support:
      description: Whether it is in standard support; extended support costs more.
      type: bool
      returned: success
"""

from functools import partial

from ansible_collections.amazon.aws.plugins.module_utils.modules import AnsibleAWSModule

from ansible_collections.multitenant.kubeflow.plugins.module_utils.clients.access_entry import AccessEntryClient
from ansible_collections.multitenant.kubeflow.plugins.module_utils.clients.eks import EksClusterClient
from ansible_collections.multitenant.kubeflow.plugins.module_utils.runner import inform


def found(clusters, entries, name, with_entries):
    """What the module returns."""
    records = [record for item in ([name] if name else clusters.names()) if (record := clusters.cluster(item))]
    if with_entries:
        records = [{**record, "access_entries": entries_of(entries, record["name"])} for record in records]
    return {"clusters": records, "versions": clusters.versions()}


def entries_of(client, cluster_name):
    """The access entries of a cluster; one that goes while it is read is left out."""
    read = [client.read_entry(cluster_name, arn)["entry"] for arn in client.principals(cluster_name) or ()]
    return [entry for entry in read if entry]


def main():
    module = AnsibleAWSModule(
        argument_spec={"name": {}, "access_entries": {"type": "bool", "default": False}}, supports_check_mode=True
    )
    eks = module.client("eks")
    name, with_entries = module.params["name"], module.params["access_entries"]
    inform(module, partial(found, EksClusterClient(eks), AccessEntryClient(eks), name, with_entries))


if __name__ == "__main__":
    main()
