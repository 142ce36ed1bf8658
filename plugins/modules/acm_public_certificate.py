#!/usr/bin/python
# Copyright: (c) 2026, multitenant.kubeflow contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)

from __future__ import annotations

DOCUMENTATION = r"""
module: acm_public_certificate
short_description: Request public certificates from AWS Certificate Manager
version_added: 0.1.0
description:
  - Requests a public certificate that is validated by DNS, writes the records that prove the domains, and waits
    until it is issued.
  - A certificate is found again by its set of domains and the tag C(multitenant.kubeflow/certificate) that this
    module gives it.
    It is never requested twice.
  - Certificates that others have requested or imported are neither used nor removed.
author:
  - multitenant.kubeflow contributors (@multitenant-kubeflow)
attributes:
  check_mode:
    support: full
    description: Announces what a real run does; what only AWS can tell is shown as C((known after the real run)).
  diff_mode:
    support: full
    description: Shows the certificate before and after.
  idempotent:
    support: full
    description: A second run changes nothing.
options:
  state:
    description: Whether the certificate exists.
    type: str
    choices: [present, absent]
    default: present
  domain_name:
    description: The first name of the certificate, at most 64 characters. May begin with C(*.).
    type: str
    required: true
  subject_alternative_names:
    description:
      - Further names.
      - The names of a certificate cannot be changed. Other names make another certificate, and the former one stays.
    type: list
    elements: str
    default: []
  certificate_arn:
    description:
      - The ARN of a certificate that somebody else has requested or imported, and that is used instead of one of this
        module's.
      - It is checked - issued, in this region, and holding all names - and never changed, tagged or removed.
      - A warning tells that it ends within 30 days.
    type: str
  hosted_zone_id:
    description:
      - The public Route 53 zone that holds all names. The validation records are written into it when they are
        missing.
      - A record of the same name with another value is never overwritten.
      - Without it the records are only returned, and something else has to write them.
    type: str
  purge_validation_records:
    description:
      - With O(state=absent), also removes the validation records, those only whose value is exactly what this
        certificate asks for, and that no other certificate of the region needs.
      - Certificates of other regions for the same domain share the record, and need it to be renewed.
    type: bool
    default: false
  wait:
    description: Whether to wait until the certificate is issued, or with O(state=absent) until nothing uses it.
    type: bool
    default: true
  wait_timeout:
    description: How many seconds to wait. AWS often takes half an hour, sometimes more.
    type: int
    default: 5400
extends_documentation_fragment:
  - amazon.aws.common.modules
  - amazon.aws.region.modules
  - amazon.aws.tags
  - amazon.aws.boto3
seealso:
  - module: community.aws.acm_certificate
    description: Imports certificates that were made elsewhere.
"""

EXAMPLES = r"""
- name: Ensure the certificate of the load balancer
  multitenant.kubeflow.acm_public_certificate:
    domain_name: kubeflow.platform.example.com
    hosted_zone_id: Z0123456789ABCDEFGHIJ
    tags:
      Project: kubeflow

- name: Ensure the certificate of the login domain, which CloudFront reads in us-east-1
  multitenant.kubeflow.acm_public_certificate:
    region: us-east-1
    domain_name: auth.platform.example.com
    subject_alternative_names:
      - "*.auth.platform.example.com"
    hosted_zone_id: Z0123456789ABCDEFGHIJ

- name: Request a certificate whose records another team writes
  multitenant.kubeflow.acm_public_certificate:
    domain_name: kubeflow.platform.example.com
    wait: false
  register: requested

- name: Show the records to that team
  ansible.builtin.debug:
    var: requested.certificate.validation_records

- name: Check that the certificate of the security department can be used
  multitenant.kubeflow.acm_public_certificate:
    domain_name: kubeflow.platform.example.com
    certificate_arn: arn:aws:acm:eu-west-1:123456789012:certificate/7c5a3c6e-1f2b-4e39-9d9c-0b1a2c3d4e5f

- name: Remove the certificate and what proved it
  multitenant.kubeflow.acm_public_certificate:
    domain_name: kubeflow.platform.example.com
    hosted_zone_id: Z0123456789ABCDEFGHIJ
    purge_validation_records: true
    state: absent
"""

RETURN = r"""
certificate:
  description: The certificate, empty when there is none.
  returned: always
  type: dict
  contains:
    arn:
      description: Its ARN.
      type: str
      returned: success
      sample: arn:aws:acm:eu-west-1:123456789012:certificate/7c5a3c6e-1f2b-4e39-9d9c-0b1a2c3d4e5f
    domain_name:
      description: Its first name.
      type: str
      returned: success
      sample: kubeflow.platform.example.com
    subject_alternative_names:
      description: All its names, sorted, the first one included.
      type: list
      elements: str
      returned: success
    status:
      description: Its state in AWS's words.
      type: str
      returned: success
      sample: ISSUED
    not_after:
      description: When it ends, null until it is issued.
      type: str
      returned: success
    validation_records:
      description: The records that prove the domains, each once.
      type: list
      elements: dict
      returned: success
      contains:
        name:
          description: Name of the record.
          type: str
        type:
          description: Type of the record.
          type: str
        value:
          description: Value of the record.
          type: str
        in_hosted_zone:
          description: Whether the zone of O(hosted_zone_id) holds it, null when no zone was given.
          type: bool
    in_use_by:
      description: ARNs of what uses it.
      type: list
      elements: str
      returned: success
    tags:
      description: Its tags.
      type: dict
      returned: success
certificate_arn:
  description: The ARN again, empty when there is no certificate.
  returned: always
  type: str
"""

import datetime
from functools import partial

from ansible_collections.amazon.aws.plugins.module_utils.modules import AnsibleAWSModule

from ansible_collections.multitenant.kubeflow.plugins.module_utils.clients.acm import AcmClient
from ansible_collections.multitenant.kubeflow.plugins.module_utils.clients.hosted_zone import HostedZoneClient
from ansible_collections.multitenant.kubeflow.plugins.module_utils.plans import certificate, existing_certificate
from ansible_collections.multitenant.kubeflow.plugins.module_utils.plans.given import known
from ansible_collections.multitenant.kubeflow.plugins.module_utils.plans.plan import Plan
from ansible_collections.multitenant.kubeflow.plugins.module_utils.runner import run

ARGUMENT_SPEC = {
    "state": {"choices": ["present", "absent"], "default": "present"},
    "domain_name": {"required": True},
    "subject_alternative_names": {"type": "list", "elements": "str", "default": []},
    "certificate_arn": {},
    "hosted_zone_id": {},
    "purge_validation_records": {"type": "bool", "default": False},
    "wait": {"type": "bool", "default": True},
    "wait_timeout": {"type": "int", "default": 5400},
    "tags": {"type": "dict", "aliases": ["resource_tags"]},
    "purge_tags": {"type": "bool", "default": True},
}


def wanted_certificate(options):
    """The certificate that the options describe."""
    return certificate.WantedCertificate(
        domain_name=options["domain_name"],
        alternatives=tuple(options["subject_alternative_names"]),
        tags=options["tags"],
        purge_tags=options["purge_tags"],
        hosted_zone_id=known(options["hosted_zone_id"]),
        purge_validation_records=options["purge_validation_records"],
        wait=options["wait"],
    )


def published(record):
    """The module's return values."""
    return {"certificate": record or {}, "certificate_arn": (record or {}).get("arn", "")}


def run_for_existing(module, client, wanted):
    """Look at the certificate of others that is named, and leave it as it is."""
    arn = module.params["certificate_arn"]
    run(
        module,
        read=partial(client.existing, arn),
        plan=lambda found: (
            Plan(None, None)
            if module.params["state"] == "absent"
            else existing_certificate.used(
                found, arn, [wanted.domain_name, *wanted.alternatives], datetime.datetime.now(datetime.UTC)
            )
        ),
        client=client,
        publish=published,
    )


def main():
    module = AnsibleAWSModule(argument_spec=ARGUMENT_SPEC, supports_check_mode=True)
    wanted = wanted_certificate(module.params)
    client = AcmClient(
        module.client("acm"),
        HostedZoneClient(module.client("route53")),
        certificate,
        module.params["wait_timeout"] if module.params["wait"] else 0,
        module.log,
    )
    if module.params["certificate_arn"]:
        run_for_existing(module, client, wanted)
    decide = certificate.present if module.params["state"] == "present" else certificate.absent
    run(
        module,
        read=partial(client.read, wanted.domains, wanted.hosted_zone_id),
        plan=partial(decide, wanted=wanted),
        client=client,
        record=partial(certificate.record_of, wanted=wanted),
        publish=published,
    )


if __name__ == "__main__":
    main()
