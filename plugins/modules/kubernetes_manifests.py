#!/usr/bin/python
# Copyright: (c) 2026, multitenant.kubeflow contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)

from __future__ import annotations

DOCUMENTATION = r"""
module: kubernetes_manifests
short_description: Apply hundreds of manifests to a cluster, and remove them again
version_added: 0.2.0
description:
  - Applies a file of manifests server-side, in the order in which they need each other.
  - Kubernetes says by a dry run which of them differ from what is there, and only those are applied, so that a second
    run changes nothing and check mode and diff are what a real run does.
  - Fields of webhooks that Istio's and Knative's controllers write once they run are left to them.
  - An inventory of everything that was ever applied is kept in a ConfigMap. It says what V(absent) removes, and
    O(prune) what has left the manifests.
  - An object that was there before, made by somebody else, is changed to what the manifests say, but neither V(absent)
    nor O(prune) removes it; see RV(adopted).
  - What Kubernetes refuses does not stop the rest; it is returned as RV(refused), to be tried again once the webhook
    that refused it runs.
author:
  - multitenant.kubeflow contributors (@multitenant-kubeflow)
attributes:
  check_mode:
    support: full
    description: Announces what a real run does, as Kubernetes foretells it.
  diff_mode:
    support: full
    description: Shows the fields that change, of Secrets only their names.
  idempotent:
    support: full
    description: A second run changes nothing.
options:
  state:
    description:
      - Whether the objects are there.
      - With V(absent), what the inventory lists and was not taken over by another manager is removed, webhooks first.
        What was there before the first run stays as it is then, and stays in the inventory.
    type: str
    choices: [present, absent]
    default: present
  src:
    description: A file of YAML documents on the machine where the module runs, as kustomize writes it.
    type: path
  definitions:
    description: The manifests themselves, in place of O(src).
    type: list
    elements: dict
  wave:
    description:
      - Only a part of the manifests, so that one can wait before the next.
      - V(kinds) are the CustomResourceDefinitions, V(namespaces) the namespaces, V(foundation) the objects of
        Kubernetes' own kinds in the namespaces of O(foundation_namespaces) and in none, V(rest) all others.
      - All are applied in this order when it is not given.
    type: str
    choices: [kinds, namespaces, foundation, rest]
  foundation_namespaces:
    description: Namespaces whose pods must run before anything else is applied, as their webhooks look at everything.
    type: list
    elements: str
    default: []
  inventory:
    description: Name of the ConfigMap that holds the inventory.
    type: str
    required: true
  inventory_namespace:
    description: Namespace of the inventory; one that is not removed with the manifests.
    type: str
    default: kube-system
  field_manager:
    description: The name under which Kubernetes remembers the fields that are ours.
    type: str
    default: multitenant-kubeflow
  generated_secrets:
    description:
      - Secrets of the manifests with passwords that everybody can read there. They are replaced by random ones, once,
        and kept from then on.
      - A published password that a cluster has already is kept too, with a warning.
    type: list
    elements: dict
    default: []
    suboptions:
      namespace:
        description: The namespace of the Secret.
        type: str
        required: true
      name:
        description: Its name.
        type: str
        required: true
      keys:
        description: The keys whose values are passwords. Those that the Secret does not have are passed over.
        type: list
        elements: str
        required: true
  obsolete:
    description: Objects that must not be there, whoever has made them.
    type: list
    elements: dict
    default: []
    suboptions:
      api_version:
        description: The version of the kind, with its group.
        type: str
        required: true
      kind:
        description: The kind.
        type: str
        required: true
      namespace:
        description: The namespace, for kinds that have one.
        type: str
        default: ""
      name:
        description: The name.
        type: str
        required: true
  prune:
    description:
      - Whether objects are removed that were applied once and are in the manifests no more.
      - CustomResourceDefinitions, Namespaces, PersistentVolumeClaims and Profiles stay, for what others have made would
        go with them.
    type: bool
    default: false
  wait_timeout:
    description: Seconds to wait until new kinds are known, and until removed objects are gone.
    type: int
    default: 300
extends_documentation_fragment:
  - kubernetes.core.k8s_auth_options
requirements:
  - kubernetes >= 24.2.0
  - PyYAML >= 3.11
seealso:
  - module: kubernetes.core.k8s
    description: For a handful of objects.
"""

EXAMPLES = r"""
- name: Apply what kustomize has built
  multitenant.kubeflow.kubernetes_manifests:
    kubeconfig: ~/.kube/kubeflow
    src: /tmp/kubeflow.yaml
    inventory: kubeflow-manifests

- name: Apply a newer release, and remove what it has no more
  multitenant.kubeflow.kubernetes_manifests:
    kubeconfig: ~/.kube/kubeflow
    src: /tmp/kubeflow.yaml
    inventory: kubeflow-manifests
    prune: true

- name: Remove everything that was applied
  multitenant.kubeflow.kubernetes_manifests:
    kubeconfig: ~/.kube/kubeflow
    inventory: kubeflow-manifests
    state: absent
"""

RETURN = r"""
objects:
  description: How many objects the manifests hold, in the wave that was asked for.
  returned: always
  type: int
  sample: 653
refused:
  description: What Kubernetes would not take or remove, each with its reason.
  returned: always
  type: list
  elements: str
  sample: ["Certificate istio-system/gateway: 500 failed calling webhook \"webhook.cert-manager.io\": connection refused"]
left_over:
  description:
    - Objects that were applied once, are in the manifests no more and are still there, as O(prune) is not set or they
      hold what others have made.
    - Told in the last wave only.
  returned: always
  type: list
  elements: str
  sample: ["Deployment kubeflow/centraldashboard"]
adopted:
  description:
    - Objects of the manifests that were there already, made by somebody else, when they were first looked at.
    - With O(state=absent), those of them that were left.
  returned: always
  type: list
  elements: str
  sample: ["CustomResourceDefinition certificates.cert-manager.io"]
deployments:
  description: The Deployments of the wave, as C(namespace/name).
  returned: always
  type: list
  elements: str
  sample: ["istio-system/istiod"]
calls:
  description: How many requests were made.
  returned: always
  type: int
  sample: 745
"""

import secrets

from ansible.module_utils.basic import AnsibleModule
from ansible_collections.kubernetes.core.plugins.module_utils.args_common import AUTH_ARG_SPEC

from ansible_collections.multitenant.kubeflow.plugins.module_utils.clients.kubernetes_objects import (
    KubernetesClient,
    connection,
)
from ansible_collections.multitenant.kubeflow.plugins.module_utils.clients.manifest_file import read_documents
from ansible_collections.multitenant.kubeflow.plugins.module_utils.clients.manifests import ManifestsClient
from ansible_collections.multitenant.kubeflow.plugins.module_utils.errors import Failure
from ansible_collections.multitenant.kubeflow.plugins.module_utils.plans import manifests as plans
from ansible_collections.multitenant.kubeflow.plugins.module_utils.plans.controllers_fields import left_to_controllers
from ansible_collections.multitenant.kubeflow.plugins.module_utils.plans.generated_secrets import (
    GeneratedSecret,
    completed,
)
from ansible_collections.multitenant.kubeflow.plugins.module_utils.plans.manifest_order import (
    REST,
    WAVES,
    Ref,
    objects_of,
    of_wave,
)
from ansible_collections.multitenant.kubeflow.plugins.module_utils.runner import run

ARGUMENT_SPEC = {
    **AUTH_ARG_SPEC,
    "state": {"choices": ["present", "absent"], "default": "present"},
    "src": {"type": "path"},
    "definitions": {"type": "list", "elements": "dict"},
    "wave": {"choices": list(WAVES)},
    "foundation_namespaces": {"type": "list", "elements": "str", "default": []},
    "inventory": {"required": True},
    "inventory_namespace": {"default": "kube-system"},
    "field_manager": {"default": "multitenant-kubeflow"},
    "generated_secrets": {
        "type": "list",
        "elements": "dict",
        "default": [],
        "no_log": False,
        "options": {
            "namespace": {"required": True},
            "name": {"required": True},
            "keys": {"type": "list", "elements": "str", "required": True, "no_log": False},
        },
    },
    "obsolete": {
        "type": "list",
        "elements": "dict",
        "default": [],
        "options": {
            "api_version": {"required": True},
            "kind": {"required": True},
            "namespace": {"default": ""},
            "name": {"required": True},
        },
    },
    "prune": {"type": "bool", "default": False},
    "wait_timeout": {"type": "int", "default": 300},
}


def fresh_password():
    """One that nobody can guess, of letters and digits only."""
    return secrets.token_hex(16)


def found_objects(client, manifests, generated, wanted, removing):
    """What is there of the manifests, and of what may have to be removed."""
    inventory, adopted = client.read_inventory() or (None, ())
    live = client.read_live(plans.looked_for(inventory, manifests, wanted, removing))
    filled_in, warnings = completed(
        manifests, generated, lambda secret: live.get(Ref.of(secret).identity), fresh_password
    )
    filled_in = [
        left_to_controllers(manifest, live.get(Ref.of(manifest).identity), wanted.manager) for manifest in filled_in
    ]
    there = [manifest for manifest in filled_in if Ref.of(manifest).identity in live]
    identities = [Ref.of(manifest).identity for manifest in there]
    foretold = dict(zip(identities, client.foretell(there), strict=True))
    return plans.Found(filled_in, live, foretold, inventory, adopted, warnings)


def main():
    module = AnsibleModule(
        argument_spec=ARGUMENT_SPEC,
        mutually_exclusive=[("src", "definitions")],
        supports_check_mode=True,
    )
    options = module.params
    is_present = options["state"] == "present"
    try:
        documents = read_documents(options["src"]) if options["src"] else options["definitions"] or []
    except Failure as failure:
        module.fail_json(msg=str(failure))
    every = objects_of(documents)
    manifests = of_wave(every, options["wave"], options["foundation_namespaces"]) if is_present else []
    wanted = plans.Wanted(
        manager=options["field_manager"],
        wave=options["wave"],
        foundation=options["foundation_namespaces"],
        prune=options["prune"],
        obsolete=[Ref(**ref) for ref in options["obsolete"]] if options["wave"] in (None, REST) else [],
        all_refs=[Ref.of(manifest) for manifest in every],
    )
    client = ManifestsClient(
        KubernetesClient(connection(None, **{name: options[name] for name in AUTH_ARG_SPEC})),
        ref_of=Ref.of,
        ref_from_text=Ref.from_text,
        manager=options["field_manager"],
        inventory=(options["inventory_namespace"], options["inventory"]),
        wait_timeout=options["wait_timeout"],
        progress=module.log,
    )
    generated = [GeneratedSecret(**secret) for secret in options["generated_secrets"]]
    adopted = plans.wanted_adopted if is_present else plans.staying_adopted
    decided = []

    def read():
        # Asked once: what was applied is as Kubernetes has foretold it, or among what it has refused.
        if decided:
            return decided[0]
        return found_objects(client, manifests, generated, wanted, removing=not is_present)

    def plan(found):
        decided.append(found)
        return (plans.present if is_present else plans.absent)(found, wanted)

    run(
        module,
        read=read,
        plan=plan,
        client=client,
        record=lambda found: plan(found).after,
        publish=lambda after: {
            "objects": len(manifests),
            "refused": client.refused,
            "left_over": [ref.label for ref in plans.left_over(decided[0], wanted)] if is_present else [],
            "adopted": [ref.label for ref in adopted(decided[0], wanted)],
            "deployments": [
                f"{ref.namespace}/{ref.name}" for ref in map(Ref.of, manifests) if ref.kind == "Deployment"
            ],
            "calls": client.calls,
        },
    )


if __name__ == "__main__":
    main()
