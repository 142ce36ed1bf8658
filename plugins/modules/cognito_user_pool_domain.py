#!/usr/bin/python
# Copyright: (c) 2026, multitenant.kubeflow contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)

from __future__ import annotations

DOCUMENTATION = r"""
module: cognito_user_pool_domain
version_added: 0.1.0
short_description: Manage the login domain of an Amazon Cognito user pool
description:
  - Creates, updates and deletes the domain of a user pool of Amazon Cognito, under which its login pages are served.
  - A domain with a dot is a custom one, any other is a prefix of Amazon's own domain.
  - Before a custom domain is created, the module checks what Cognito asks for and answers with obscure errors - the
    certificate is in us-east-1, ISSUED and for this name, and the name above the domain has an A record. That record
    is looked up in the hosted zones of the account, or by the resolver when none of them is in charge.
  - A new certificate is put in place of the old one without interruption. The name of a domain cannot be changed.
options:
  user_pool_id:
    description: The id of the user pool.
    type: str
    required: true
  domain:
    description: The name, in lower case and with 63 characters at most, for example V(auth.example.com).
    type: str
    required: true
    aliases: [name]
  certificate_arn:
    description: The ARN of a certificate in us-east-1, wherever the pool is. A new custom domain needs it.
    type: str
  managed_login_version:
    description:
      - V(1) for the classic login pages, V(2) for managed login.
      - Managed login needs a tier above V(LITE), and a branding style, without which its pages are not available.
    type: int
    choices: [1, 2]
  wait:
    description: Whether to wait until the domain is served, or is gone.
    type: bool
    default: true
  wait_timeout:
    description: How many seconds to wait. AWS says five minutes to one hour.
    type: int
    default: 3600
  state:
    description:
      - Whether the domain shall exist.
      - A domain of another user pool is not removed (a warning).
    type: str
    choices: [present, absent]
    default: present
attributes:
  check_mode:
    description:
      - Says what would be done, and does nothing.
      - A certificate that is not issued yet and a missing A record are warnings, because an earlier task of the
        playbook may be the one that sees to it.
    support: full
  diff_mode:
    description: Shows the domain before and after.
    support: full
  idempotent:
    description: A second run with the same options changes nothing.
    support: full
notes:
  - The caller needs C(cloudfront:UpdateDistribution) for custom domains.
seealso:
  - module: multitenant.kubeflow.acm_public_certificate
  - module: multitenant.kubeflow.cognito_user_pool
author:
  - multitenant.kubeflow contributors (@multitenant-kubeflow)
extends_documentation_fragment:
  - amazon.aws.common.modules
  - amazon.aws.region.modules
  - amazon.aws.boto3
"""

EXAMPLES = r"""
- name: Ensure that users sign in at a domain of our own
  multitenant.kubeflow.cognito_user_pool_domain:
    user_pool_id: eu-west-1_AbCdEf123
    domain: login.auth.example.com
    certificate_arn: arn:aws:acm:us-east-1:123456789012:certificate/6e4a2f0b-1111-2222-3333-444455556666
  register: login

- name: Ensure that the domain leads to CloudFront
  amazon.aws.route53:
    state: present
    zone: example.com
    record: login.auth.example.com
    type: A
    alias: true
    value: "{{ login.domain.cloudfront_distribution }}"
    alias_hosted_zone_id: "{{ login.domain.cloudfront_hosted_zone_id }}"

- name: Ensure that users sign in at a domain of Amazon's
  multitenant.kubeflow.cognito_user_pool_domain:
    user_pool_id: eu-west-1_AbCdEf123
    domain: our-kubeflow

- name: Remove the domain
  multitenant.kubeflow.cognito_user_pool_domain:
    user_pool_id: eu-west-1_AbCdEf123
    domain: login.auth.example.com
    state: absent
"""

RETURN = r"""
domain:
  description: The domain as it is, or in check mode as it would be.
  returned: when the domain exists
  type: dict
  contains:
    domain:
      description: The name.
      type: str
      sample: login.auth.example.com
    user_pool_id:
      description: The id of the user pool.
      type: str
      sample: eu-west-1_AbCdEf123
    status:
      description: V(CREATING), V(UPDATING), V(ACTIVE), V(DELETING) or V(FAILED).
      type: str
      sample: ACTIVE
    cloudfront_distribution:
      description: The target of an alias record for the domain.
      type: str
      sample: d111111abcdef8.cloudfront.net
    cloudfront_hosted_zone_id:
      description: The hosted zone of that target, the same for all distributions.
      type: str
      sample: Z2FDTNDATAQYW2
    certificate_arn:
      description: The ARN of the certificate, empty for a prefix.
      type: str
      sample: arn:aws:acm:us-east-1:123456789012:certificate/6e4a2f0b-1111-2222-3333-444455556666
    managed_login_version:
      description: The version of the login pages.
      type: int
      sample: 1
"""

from functools import partial

from ansible_collections.amazon.aws.plugins.module_utils.modules import AnsibleAWSModule
from ansible_collections.amazon.aws.plugins.module_utils.retries import AWSRetry

from ansible_collections.multitenant.kubeflow.plugins.module_utils.clients.cognito import THROTTLED
from ansible_collections.multitenant.kubeflow.plugins.module_utils.clients.cognito_user_pool_domain import (
    Certificates,
    Names,
    UserPoolDomains,
)
from ansible_collections.multitenant.kubeflow.plugins.module_utils.plans.given import known
from ansible_collections.multitenant.kubeflow.plugins.module_utils.plans.user_pool_domain import (
    CERTIFICATE_REGION,
    certificate_to_look_up,
    domain_record,
    parent_to_look_up,
    plan_absent,
    plan_present,
)
from ansible_collections.multitenant.kubeflow.plugins.module_utils.runner import run

ARGUMENTS = dict(
    user_pool_id=dict(type="str", required=True),
    domain=dict(type="str", required=True, aliases=["name"]),
    certificate_arn=dict(type="str"),
    managed_login_version=dict(type="int", choices=[1, 2]),
    wait=dict(type="bool", default=True),
    wait_timeout=dict(type="int", default=3600),
    state=dict(type="str", choices=["present", "absent"], default="present"),
)


def desired_domain(params):
    """The given options in Cognito's names."""
    desired = {"UserPoolId": params["user_pool_id"], "Domain": params["domain"]}
    if params["certificate_arn"]:
        desired["CustomDomainConfig"] = {"CertificateArn": params["certificate_arn"]}
    if params["managed_login_version"] is not None:
        desired["ManagedLoginVersion"] = params["managed_login_version"]
    return desired


def wanted_plan(params, domains, check_mode, found):
    """The plan for what was found."""
    if params["state"] == "absent":
        return plan_absent(found, user_pool_id=params["user_pool_id"], wait=params["wait"])
    return plan_present(
        found,
        desired_domain(params),
        accepted=domains.updatable_domain_keys(),
        wait=params["wait"],
        foretelling=check_mode,
        asked_only=check_mode and params["certificate_arn"] is None and params["managed_login_version"] is None,
    )


def main():
    module = AnsibleAWSModule(argument_spec=ARGUMENTS, supports_check_mode=True)
    params = module.params
    retry = AWSRetry.jittered_backoff(retries=10, catch_extra_error_codes=THROTTLED)
    domains = UserPoolDomains(
        module.client("cognito-idp", retry_decorator=retry), params["wait_timeout"], progress=module.log
    )

    def read():
        found = domains.read_user_pool_domain(known(params["user_pool_id"]), params["domain"])
        if params["state"] == "absent":
            return found
        if certificate := certificate_to_look_up(found["domain"], params["certificate_arn"]):
            acm = module.client("acm", retry_decorator=retry, region=CERTIFICATE_REGION)
            found["certificate"] = Certificates(acm).describe(certificate)
        if parent := parent_to_look_up(found["domain"], params["domain"]):
            found["parent"] = Names(module.client("route53", retry_decorator=retry)).has_address(parent)
        return found

    run(
        module,
        read=read,
        plan=partial(wanted_plan, params, domains, module.check_mode),
        client=domains,
        record=lambda found: domain_record(found["domain"]) if found["domain"] else None,
        publish=lambda domain: {"domain": domain} if domain else {},
    )


if __name__ == "__main__":
    main()
