#!/usr/bin/python
# Copyright: (c) 2026, multitenant.kubeflow contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)

from __future__ import annotations

DOCUMENTATION = r"""
module: eks_pod_identity_association
short_description: Manage which IAM role a service account of an Amazon EKS cluster has
version_added: 0.1.0
description:
  - Gives the pods of a service account the credentials of a role, by EKS Pod Identity.
  - The add-on eks-pod-identity-agent brings them to the pods. The role needs no word about the cluster.
  - The associations of an add-on are those of M(multitenant.kubeflow.eks_addon).
  - An option that is not given is not touched.
author:
  - multitenant.kubeflow contributors (@multitenant-kubeflow)
attributes:
  check_mode:
    support: full
    description: Announces what a real run does; what only AWS can tell is shown as C((known after the real run)).
  diff_mode:
    support: full
    description: Shows the association before and after.
  idempotent:
    support: full
    description: A second run changes nothing.
options:
  state:
    description: Whether the service account has a role.
    type: str
    choices: [present, absent]
    default: present
  cluster_name:
    description: Name of the cluster.
    type: str
    required: true
  namespace:
    description: Namespace of the service account; it need not exist yet.
    type: str
    required: true
  service_account:
    description: Name of the service account; it need not exist yet.
    type: str
    required: true
  role_arn:
    description: ARN of the role, which C(pods.eks.amazonaws.com) may assume and tag. Needed for a new association.
    type: str
  target_role_arn:
    description: ARN of a role, perhaps of another account, that EKS assumes with the first one.
    type: str
  disable_session_tags:
    description: Whether cluster, namespace and service account are kept out of the session's tags.
    type: bool
extends_documentation_fragment:
  - amazon.aws.common.modules
  - amazon.aws.region.modules
  - amazon.aws.tags
  - amazon.aws.boto3
seealso:
  - module: multitenant.kubeflow.eks_addon
  - module: multitenant.kubeflow.iam_oidc_provider
"""

EXAMPLES = r"""
- name: Let the load balancer controller be its role
  multitenant.kubeflow.eks_pod_identity_association:
    cluster_name: kubeflow
    namespace: kube-system
    service_account: aws-load-balancer-controller
    role_arn: arn:aws:iam::123456789012:role/kubeflow-load-balancer-controller

- name: Take the role away again
  multitenant.kubeflow.eks_pod_identity_association:
    cluster_name: kubeflow
    namespace: kube-system
    service_account: aws-load-balancer-controller
    state: absent
"""

RETURN = r"""
association:
  description: The association, empty when there is none.
  returned: always
  type: dict
  contains:
    cluster_name:
      description: Name of the cluster.
      type: str
      returned: success
    namespace:
      description: Namespace of the service account.
      type: str
      returned: success
    service_account:
      description: Name of the service account.
      type: str
      returned: success
    association_id:
      description: Its id.
      type: str
      returned: success
    arn:
      description: Its ARN.
      type: str
      returned: success
    role_arn:
      description: ARN of the role.
      type: str
      returned: success
    target_role_arn:
      description: ARN of the role that is assumed with it.
      type: str
      returned: success
    disable_session_tags:
      description: Whether the session carries no tags of EKS.
      type: bool
      returned: success
    owner_arn:
      description: ARN of the add-on that the association belongs to.
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
from ansible_collections.multitenant.kubeflow.plugins.module_utils.clients.pod_identity import PodIdentityClient
from ansible_collections.multitenant.kubeflow.plugins.module_utils.plans import pod_identity
from ansible_collections.multitenant.kubeflow.plugins.module_utils.plans.given import is_known
from ansible_collections.multitenant.kubeflow.plugins.module_utils.runner import run

ARGUMENT_SPEC = {
    "state": {"choices": ["present", "absent"], "default": "present"},
    "cluster_name": {"required": True},
    "namespace": {"required": True},
    "service_account": {"required": True},
    "role_arn": {},
    "target_role_arn": {},
    "disable_session_tags": {"type": "bool"},
    "tags": {"type": "dict", "aliases": ["resource_tags"]},
    "purge_tags": {"type": "bool", "default": True},
}


def wanted_association(options, announced_only):
    """The association that the options describe."""
    return pod_identity.WantedPodIdentity(
        **{option: options[option] for option in ARGUMENT_SPEC if option != "state"},
        announced_only=announced_only,
    )


def read_current(wanted, clusters, associations):
    """What plans/pod_identity.py takes as `current`; nothing is asked about names that are only announced."""
    cluster = clusters.cluster(wanted.cluster_name) if is_known(wanted.cluster_name) else None
    if cluster is None:
        return {"cluster_status": None, "association": None}
    found = associations.association(wanted.cluster_name, wanted.namespace, wanted.service_account)
    return {"cluster_status": cluster["status"], "association": found}


def main():
    module = AnsibleAWSModule(argument_spec=ARGUMENT_SPEC, supports_check_mode=True)
    wanted = wanted_association(module.params, module.check_mode)
    eks = module.client("eks")
    client = PodIdentityClient(eks, progress=module.log)
    run(
        module,
        read=partial(read_current, wanted, EksClusterClient(eks), client),
        plan=partial(
            pod_identity.present if module.params["state"] == "present" else pod_identity.absent, wanted=wanted
        ),
        client=client,
        record=lambda current: current["association"],
        publish=lambda record: {"association": record or {}},
    )


if __name__ == "__main__":
    main()
