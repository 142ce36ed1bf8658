#!/usr/bin/python
# Copyright: (c) 2026, multitenant.kubeflow contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)

from __future__ import annotations

DOCUMENTATION = r"""
module: aws_auth
short_description: Change one entry of the ConfigMap aws-auth of an Amazon EKS cluster, and nothing else
version_added: 0.1.0
description:
  - Maps a role or user of IAM to a user name and groups of Kubernetes, for clusters whose authentication mode is
    V(CONFIG_MAP) or
    V(API_AND_CONFIG_MAP).
  - All other entries keep their text, order and comments. What cannot be understood is refused, never overwritten.
  - A change that would take the group C(system:nodes) from any entry less than before is refused, as nodes could
    not join any more.
  - The ConfigMap is written with the version that was read. When others have changed it meanwhile, it is read
    again and the change is
    decided anew.
  - The last five former texts are kept in the annotation C(multitenant.kubeflow/former-texts) of the ConfigMap.
author:
  - multitenant.kubeflow contributors (@multitenant-kubeflow)
attributes:
  check_mode:
    support: full
    description: Announces what a real run does.
  diff_mode:
    support: full
    description: Shows the entry before and after.
  idempotent:
    support: full
    description: A second run changes nothing.
options:
  state:
    description: Whether the ARN has an entry. With V(absent) all its entries are removed.
    type: str
    choices: [present, absent]
    default: present
  arn:
    description:
      - ARN of the role or user. The path of a role is stripped, as the cluster never sees it.
      - A role that stands under C(mapUsers) is moved to C(mapRoles), with what it grants.
    type: str
    required: true
  username:
    description: The name that Kubernetes knows it by.
    type: str
  groups:
    description: Groups of Kubernetes that it is a member of.
    type: list
    elements: str
  purge:
    description: Whether to take away groups that O(groups) does not name, and further entries of the same ARN.
    type: bool
    default: false
extends_documentation_fragment:
  - kubernetes.core.k8s_auth_options
requirements:
  - kubernetes >= 24.2.0
  - PyYAML >= 3.11
seealso:
  - module: multitenant.kubeflow.eks_access_entry
    description: The way that AWS recommends, where the cluster's authentication mode allows it.
"""

EXAMPLES = r"""
- name: Let a role in as a member of a group
  multitenant.kubeflow.aws_auth:
    kubeconfig: ~/.kube/kubeflow
    arn: arn:aws:iam::123456789012:role/kubeflow-profile-manager
    username: kubeflow-profile-manager
    groups: [kubeflow-profile-manager]

- name: Take every other group from it
  multitenant.kubeflow.aws_auth:
    kubeconfig: ~/.kube/kubeflow
    arn: arn:aws:iam::123456789012:role/kubeflow-profile-manager
    groups: [kubeflow-profile-manager]
    purge: true

- name: Let nobody in by that role any more
  multitenant.kubeflow.aws_auth:
    kubeconfig: ~/.kube/kubeflow
    arn: arn:aws:iam::123456789012:role/kubeflow-profile-manager
    state: absent
"""

RETURN = r"""
entry:
  description: The entry that counts for the ARN, empty when there is none.
  returned: always
  type: dict
  contains:
    arn:
      description: The ARN as it stands there.
      type: str
      returned: success
    section:
      description: The list it stands in, C(mapRoles) or C(mapUsers).
      type: str
      returned: success
    username:
      description: The name that Kubernetes knows it by.
      type: str
      returned: success
    groups:
      description: Its groups.
      type: list
      elements: str
      returned: success
    entries:
      description: How many entries the ARN has; the last one of the list counts.
      type: int
      returned: success
"""

from functools import partial

from ansible.module_utils.basic import AnsibleModule
from ansible_collections.kubernetes.core.plugins.module_utils.args_common import AUTH_ARG_SPEC
from ansible_collections.kubernetes.core.plugins.module_utils.k8s.core import AnsibleK8SModule

from ansible_collections.multitenant.kubeflow.plugins.module_utils.clients.aws_auth_map import AwsAuthClient
from ansible_collections.multitenant.kubeflow.plugins.module_utils.clients.kubernetes_objects import (
    KubernetesClient,
    connection,
)
from ansible_collections.multitenant.kubeflow.plugins.module_utils.plans import aws_auth
from ansible_collections.multitenant.kubeflow.plugins.module_utils.runner import run

ARGUMENT_SPEC = {
    **AUTH_ARG_SPEC,
    "state": {"choices": ["present", "absent"], "default": "present"},
    "arn": {"required": True},
    "username": {},
    "groups": {"type": "list", "elements": "str"},
    "purge": {"type": "bool", "default": False},
}


def wanted_mapping(options):
    """The entry that the options describe."""
    return aws_auth.WantedMapping(
        arn=options["arn"],
        username=options["username"],
        groups=options["groups"],
        purge=options["purge"],
        state=options["state"],
    )


def main():
    module = AnsibleK8SModule(module_class=AnsibleModule, argument_spec=ARGUMENT_SPEC, supports_check_mode=True)
    wanted = wanted_mapping(module.params)
    client = AwsAuthClient(KubernetesClient(connection(module)), aws_auth.edits)
    run(
        module,
        read=client.read_aws_auth,
        plan=partial(aws_auth.plan, wanted=wanted),
        client=client,
        record=lambda document: aws_auth.mapping_record(document or {}, wanted.arn),
        publish=lambda record: {"entry": record or {}},
    )


if __name__ == "__main__":
    main()
