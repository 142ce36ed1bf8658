#!/usr/bin/python
# Copyright: (c) 2026, multitenant.kubeflow contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)

from __future__ import annotations

DOCUMENTATION = r"""
module: https_answer_info
short_description: Ask web servers over HTTPS, and see where they send a browser
version_added: 0.2.0
description:
  - Sends GET requests and follows redirects as long as they lead to hosts that are named. What is answered is told,
    never judged; an answer such as 403 and a name that does not resolve are results, not failures.
  - Certificates are always verified, also where O(addresses) leads elsewhere than the name system does.
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
  requests:
    description: What is asked, one after the other.
    type: list
    elements: dict
    required: true
    suboptions:
      url:
        description: An https address.
        type: str
        required: true
      headers:
        description: Headers for the first host.
        type: dict
        default: {}
  follow_hosts:
    description: Redirects to these hosts are followed.
    type: list
    elements: str
    default: []
  addresses:
    description: Where hosts are that are not to be looked up, as C(address:port) by host.
    type: dict
    default: {}
  ca_file:
    description: File with the authorities that are trusted instead of those of the system.
    type: path
  timeout:
    description: Seconds to wait for each answer.
    type: int
    default: 10
"""

EXAMPLES = r"""
- name: Find out where somebody is sent who is not logged in
  multitenant.kubeflow.https_answer_info:
    requests:
      - url: https://kubeflow.platform.example.com/
      - url: https://kubeflow.platform.example.com/
        headers: {kubeflow-userid: alice@example.com}
    follow_hosts: [kubeflow.platform.example.com, cognito.auth.platform.example.com]
"""

RETURN = r"""
answers:
  description: What came of each request, in their order.
  returned: always
  type: list
  elements: dict
  contains:
    steps:
      description: The answers, the first one and those after redirects.
      type: list
      elements: dict
      contains:
        url:
          description: What was asked.
          type: str
        status:
          description: The HTTP status.
          type: int
        location:
          description: Where it redirects to, empty when nowhere.
          type: str
    problem:
      description: Why there is no further answer, empty when there is.
      type: str
    kind:
      description:
        - V(name) when the name does not resolve, V(tls) when the certificate is not trusted, V(connection) when
          nobody answers.
      type: str
"""

from ansible.module_utils.basic import AnsibleModule

from ansible_collections.multitenant.kubeflow.plugins.module_utils.clients.https_answers import HttpsAnswers, Way

REQUEST = {"url": {"required": True}, "headers": {"type": "dict", "default": {}}}
ARGUMENT_SPEC = {
    "requests": {"type": "list", "elements": "dict", "required": True, "options": REQUEST},
    "follow_hosts": {"type": "list", "elements": "str", "default": []},
    "addresses": {"type": "dict", "default": {}},
    "ca_file": {"type": "path"},
    "timeout": {"type": "int", "default": 10},
}


def main():
    module = AnsibleModule(argument_spec=ARGUMENT_SPEC, supports_check_mode=True)
    params = module.params
    way = Way(params["addresses"], params["ca_file"], params["timeout"])
    try:
        servers = HttpsAnswers(way)
    except OSError as error:
        module.fail_json(msg=f"The authorities in {way.ca_file} cannot be read: {error}. Correct ca_file.")
    answers = [
        servers.chain(request["url"], request["headers"], params["follow_hosts"]) for request in params["requests"]
    ]
    module.exit_json(changed=False, answers=answers)


if __name__ == "__main__":
    main()
