#!/usr/bin/python
# Copyright: (c) 2026, multitenant.kubeflow contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)

from __future__ import annotations

DOCUMENTATION = r"""
module: kubernetes_access_info
short_description: Ask a Kubernetes cluster what somebody may do
version_added: 0.2.0
description:
  - Asks the cluster by SubjectAccessReview whether a user with these groups may do what O(questions) says.
    Nothing is kept in the cluster by that.
author:
  - multitenant.kubeflow contributors (@multitenant-kubeflow)
attributes:
  check_mode:
    support: full
    description: Nothing is changed in any mode.
  diff_mode:
    support: none
    description: There is never a difference.
  idempotent:
    support: full
    description: Nothing is changed.
options:
  username:
    description: The name by which the cluster knows whoever it is about.
    type: str
    required: true
  groups:
    description: The groups that the cluster puts it into.
    type: list
    elements: str
    default: []
  questions:
    description: What is asked, each a C(resourceAttributes) of Kubernetes.
    type: list
    elements: dict
    required: true
    suboptions:
      verb:
        description: What is to be done, for instance V(create).
        type: str
        required: true
      group:
        description: The API group of the resource, empty for the core.
        type: str
        default: ""
      resource:
        description: The resource, in the plural.
        type: str
        required: true
      subresource:
        description: A part of the resource, for instance V(exec).
        type: str
        default: ""
      namespace:
        description: The namespace, empty for all of them.
        type: str
        default: ""
      name:
        description: One object, empty for all of them.
        type: str
        default: ""
extends_documentation_fragment:
  - kubernetes.core.k8s_auth_options
requirements:
  - kubernetes >= 24.2.0
  - PyYAML >= 3.11
"""

EXAMPLES = r"""
- name: Find out whether the profile manager could read secrets
  multitenant.kubeflow.kubernetes_access_info:
    kubeconfig: ~/.kube/kubeflow
    username: kubeflow-profile-manager-function
    groups: [kubeflow-profile-manager]
    questions:
      - {verb: get, resource: secrets}
      - {verb: bind, group: rbac.authorization.k8s.io, resource: clusterroles, name: cluster-admin}
"""

RETURN = r"""
reviews:
  description: The answers, in the order of the questions.
  returned: always
  type: list
  elements: dict
  contains:
    allowed:
      description: Whether it may be done.
      type: bool
    reason:
      description: Why, in the cluster's words.
      type: str
"""

from ansible.module_utils.basic import AnsibleModule
from ansible_collections.kubernetes.core.plugins.module_utils.args_common import AUTH_ARG_SPEC
from ansible_collections.kubernetes.core.plugins.module_utils.k8s.core import AnsibleK8SModule

from ansible_collections.multitenant.kubeflow.plugins.module_utils.clients.kubernetes_objects import (
    KubernetesClient,
    connection,
)
from ansible_collections.multitenant.kubeflow.plugins.module_utils.errors import Failure

QUESTION = {
    "verb": {"required": True},
    "group": {"default": ""},
    "resource": {"required": True},
    "subresource": {"default": ""},
    "namespace": {"default": ""},
    "name": {"default": ""},
}
ARGUMENT_SPEC = {
    **AUTH_ARG_SPEC,
    "username": {"required": True},
    "groups": {"type": "list", "elements": "str", "default": []},
    "questions": {"type": "list", "elements": "dict", "required": True, "options": QUESTION},
}


def main():
    module = AnsibleK8SModule(module_class=AnsibleModule, argument_spec=ARGUMENT_SPEC, supports_check_mode=True)
    client = KubernetesClient(connection(module))
    try:
        reviews = [
            client.review_access(module.params["username"], module.params["groups"], question)
            for question in module.params["questions"]
        ]
    except Failure as failure:
        module.fail_json(msg=str(failure))
    module.exit_json(changed=False, reviews=reviews)


if __name__ == "__main__":
    main()
