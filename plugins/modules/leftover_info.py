#!/usr/bin/python
# Copyright: (c) 2026, multitenant.kubeflow contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)

from __future__ import annotations

DOCUMENTATION = r"""
module: leftover_info
short_description: Tell what is left of a platform, and why
version_added: 0.2.0
description:
  - Looks for what an account still holds under the tags and names of a platform after it was removed - resources with its
    tags, volumes and load balancers of its cluster, log groups, DNS records - and says for each why it is there.
  - Changes nothing.
author:
  - multitenant.kubeflow contributors (@multitenant-kubeflow)
attributes:
  check_mode:
    support: full
    description: Only reads.
  diff_mode:
    support: none
    description: There is never a difference.
  idempotent:
    support: full
    description: Only reads.
options:
  cluster_name:
    description: The name of the cluster. Volumes and load balancers that were made from inside it carry it in their tags.
    type: str
    required: true
  tags:
    description: The tags that the platform's resources carry. A resource is found when it carries all of them.
    type: dict
    default: {}
  domain:
    description: The domain below which the platform answered.
    type: str
  names:
    description: The host names of the platform whose DNS records are looked for.
    type: list
    elements: str
    default: []
  hosted_zone_id:
    description: The Route 53 zone in which they are looked for.
    type: str
  log_group_prefixes:
    description: How the names of the platform's log groups begin.
    type: list
    elements: str
    default: []
  other_regions:
    description: Further regions in which resources with the tags are looked for, such as that of CloudFront's certificates.
    type: list
    elements: str
    default: [us-east-1]
extends_documentation_fragment:
  - amazon.aws.common.modules
  - amazon.aws.region.modules
  - amazon.aws.boto3
"""

EXAMPLES = r"""
- name: Ask what is left
  multitenant.kubeflow.leftover_info:
    cluster_name: kubeflow
    tags:
      platform: kubeflow
    domain: platform.example.com
    hosted_zone_id: Z0123456789ABCDEFGHIJ
    log_group_prefixes: [/aws/eks/kubeflow/, /aws/lambda/kubeflow-]
  register: left

- name: Show it
  ansible.builtin.debug:
    msg: "{{ left.leftovers }}"
"""

RETURN = r"""
leftovers:
  description: What is left, sorted by name.
  returned: always
  type: list
  elements: dict
  contains:
    what:
      description: Its ARN, or its kind and name.
      type: str
      sample: log group /aws/eks/kubeflow/cluster
    why:
      description: Why it is there, and what to do about it.
      type: str
"""

from functools import partial

from ansible_collections.amazon.aws.plugins.module_utils.modules import AnsibleAWSModule

from ansible_collections.multitenant.kubeflow.plugins.module_utils.clients.leftovers import LeftoverClient
from ansible_collections.multitenant.kubeflow.plugins.module_utils.clients.preflight import told
from ansible_collections.multitenant.kubeflow.plugins.module_utils.plans.leftovers import leftovers, records_of
from ansible_collections.multitenant.kubeflow.plugins.module_utils.plans.plan import Plan
from ansible_collections.multitenant.kubeflow.plugins.module_utils.runner import run

ARGUMENT_SPEC = {
    "cluster_name": {"required": True},
    "tags": {"type": "dict", "default": {}},
    "domain": {},
    "names": {"type": "list", "elements": "str", "default": []},
    "hosted_zone_id": {},
    "log_group_prefixes": {"type": "list", "elements": "str", "default": []},
    "other_regions": {"type": "list", "elements": "str", "default": ["us-east-1"]},
}


def read_account(client, options):
    """What plans/leftovers.py takes as `found`; what may not be looked at is passed over."""
    cluster = options["cluster_name"]
    arns = [
        *(told(client.tagged, {f"kubernetes.io/cluster/{cluster}": "owned"}) or []),
        *(told(client.tagged, {"elbv2.k8s.aws/cluster": cluster}) or []),
    ]
    for region in (None, *options["other_regions"]) if options["tags"] else ():
        arns += told(client.tagged, options["tags"], region) or []
    zone_id = options["hosted_zone_id"]
    records = (told(client.records, zone_id) or []) if zone_id and options["domain"] else []
    return {
        "tagged": [described for arn in dict.fromkeys(arns) if (described := describe(client, arn))],
        "log_groups": [
            group for prefix in options["log_group_prefixes"] for group in told(client.log_groups, prefix) or []
        ],
        "records": records_of(records, options["domain"] or "", options["names"]),
        "zone": told(client.zone, zone_id) if zone_id else None,
    }


def describe(client, arn):
    """A resource with what is known of it; None where AWS tells of one that is gone."""
    if ":acm:" not in arn:
        return {"arn": arn}
    users = client.users_of_certificate(arn)
    return None if users is None else {"arn": arn, "in_use_by": users, "exists": True}


def look(found):
    record = {"leftovers": leftovers(found)}
    return Plan(record, record)


def main():
    module = AnsibleAWSModule(argument_spec=ARGUMENT_SPEC, supports_check_mode=True)
    client = LeftoverClient(lambda service, region: module.client(service, **({"region": region} if region else {})))
    run(module, read=partial(read_account, client, module.params), plan=look, client=client, publish=dict)


if __name__ == "__main__":
    main()
