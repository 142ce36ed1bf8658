#!/usr/bin/python
# Copyright: (c) 2026, multitenant.kubeflow contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)

from __future__ import annotations

DOCUMENTATION = r"""
module: preflight_info
short_description: Look for what will go wrong before anything is made
version_added: 0.2.0
description:
  - Looks at an account, at public DNS and at the programs of this machine, and tells what would stop a deployment later - a
    Kubernetes version that EKS does not offer, a program that is missing, a hosted zone that nobody asks, a quota that is
    too small.
  - Changes nothing. What surely fails later fails here; everything else is a warning.
  - What may not be looked at, for lack of a permission or of a way to the Internet, is passed over.
author:
  - multitenant.kubeflow contributors (@multitenant-kubeflow)
attributes:
  check_mode:
    support: full
    description: Only reads.
  diff_mode:
    support: none
    description: It changes nothing.
  idempotent:
    support: full
    description: Only reads.
options:
  cluster_name:
    description: The cluster that is going to be made. Quotas are looked at when there is none of this name.
    type: str
  kubernetes_version:
    description: The version that it is going to have.
    type: str
  hosted_zone_id:
    description: The public Route 53 zone whose delegation is looked at, by asking the resolver of this machine.
    type: str
  certificate_names:
    description: How many names the certificate has.
    type: int
    default: 0
  login_domain:
    description: The domain of one's own for Cognito's login pages.
    type: str
  node_groups:
    description:
      - The groups of nodes, each with C(instance_types) and how many nodes it begins with, C(desired_size) or C(min_size).
      - Other keys are passed over.
    type: list
    elements: dict
    default: []
  elastic_ips:
    description: How many Elastic IP addresses are going to be taken, for instance by NAT gateways.
    type: int
    default: 0
  reserved_concurrency:
    description: The executions that are going to be reserved for the function.
    type: int
  tools:
    description:
      - The programs that are needed, each with the least version, or with an empty text for any version.
      - A name such as C(kustomize or kubectl) stands for the first of them that is there.
    type: dict
    default: {}
  tool_folders:
    description: Folders in which programs are looked for after those of the path.
    type: list
    elements: path
    default: []
extends_documentation_fragment:
  - amazon.aws.common.modules
  - amazon.aws.region.modules
  - amazon.aws.boto3
"""

EXAMPLES = r"""
- name: Look before anything is made
  multitenant.kubeflow.preflight_info:
    cluster_name: kubeflow
    kubernetes_version: "1.35"
    hosted_zone_id: Z0123456789ABCDEFGHIJ
    login_domain: cognito.auth.platform.example.com
    node_groups:
      - instance_types: [m6i.xlarge]
        desired_size: 3
    tools:
      kubectl: "1.30"
      helm: ""
"""

RETURN = r"""
kubernetes_versions:
  description: The versions in standard support, newest first, empty where AWS does not tell.
  returned: always
  type: list
  elements: str
  sample: ["1.36", "1.35"]
tools:
  description: The version of each program that was asked for, null where it does not say one.
  returned: always
  type: dict
  sample: {"kubectl": "1.32.4"}
delegated:
  description: Whether the world asks the name servers of the hosted zone, null where that cannot be told from here.
  returned: always
  type: bool
"""

from functools import partial

from ansible_collections.amazon.aws.plugins.module_utils.modules import AnsibleAWSModule

from ansible_collections.multitenant.kubeflow.plugins.module_utils.clients.name_servers import name_servers
from ansible_collections.multitenant.kubeflow.plugins.module_utils.clients.preflight import AccountClient, told
from ansible_collections.multitenant.kubeflow.plugins.module_utils.clients.tools import tool
from ansible_collections.multitenant.kubeflow.plugins.module_utils.plans import preflight
from ansible_collections.multitenant.kubeflow.plugins.module_utils.runner import run

ARGUMENT_SPEC = {
    "cluster_name": {},
    "kubernetes_version": {},
    "hosted_zone_id": {},
    "certificate_names": {"type": "int", "default": 0},
    "login_domain": {},
    "node_groups": {"type": "list", "elements": "dict", "default": []},
    "elastic_ips": {"type": "int", "default": 0},
    "reserved_concurrency": {"type": "int"},
    "tools": {"type": "dict", "default": {}},
    "tool_folders": {"type": "list", "elements": "path", "default": []},
}
NOT_WANTED = ("hosted_zone_id", "tool_folders")


def wanted_platform(options):
    """What the options say is going to be made."""
    return preflight.WantedPlatform(**{name: options[name] for name in ARGUMENT_SPEC if name not in NOT_WANTED})


def read_account(account, wanted, options):
    """What plans/preflight.py takes as `found`; of quotas only those are read that may be too small."""
    zone = told(account.zone, options["hosted_zone_id"]) if options["hosted_zone_id"] else None
    clusters = told(account.clusters) if wanted.cluster_name else None
    makes_nodes = clusters is not None and wanted.cluster_name not in clusters and preflight.instance_types(wanted)
    running = (told(account.running) or []) if makes_nodes else []
    types = sorted({*preflight.instance_types(wanted), *running})
    found = {
        "tools": {name: first_tool(name.split(" or "), options["tool_folders"]) for name in wanted.tools},
        "versions": told(account.versions),
        "clusters": clusters,
        "cpus": told(account.cpus, types) if makes_nodes else None,
        "login_domain_exists": told(account.login_domain_exists, wanted.login_domain) if wanted.login_domain else None,
        "zone": zone,
        "name_servers": name_servers(zone["name"]) if zone else None,
    }
    return {**found, **read_quotas(account, preflight.questions(found, wanted), found, running)}


def first_tool(names, folders):
    """The first of these programs that is there, or else nothing."""
    there = [tool(name, folders) for name in names]
    return next((one for one in there if one["path"]), there[0])


def read_quotas(account, names, found, running):
    """The limits of these names, and how much of them is taken."""
    counted = {
        "clusters": lambda: len(found["clusters"] or []),
        "login_domains": partial(told, account.login_domains),
        "load_balancers": partial(told, account.load_balancers),
        "elastic_ips": partial(told, account.elastic_ips),
    }
    asked = {name: preflight.QUOTAS[name] for name in names}
    return {
        "quotas": {name: told(account.quota, quota.service, quota.code) for name, quota in asked.items() if quota.code},
        "used": {name: counted[name]() for name in names if name in counted}
        | preflight.running_cpus(running, found["cpus"] or {}),
    }


def main():
    module = AnsibleAWSModule(argument_spec=ARGUMENT_SPEC, supports_check_mode=True)
    wanted = wanted_platform(module.params)
    account = AccountClient(module.client)
    run(
        module,
        read=partial(read_account, account, wanted, module.params),
        plan=partial(preflight.judged, wanted=wanted),
        client=account,
        publish=dict,
    )


if __name__ == "__main__":
    main()
