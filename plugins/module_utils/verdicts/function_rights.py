# Copyright: (c) 2026, multitenant.kubeflow contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""What the function must and must not be able to do in the cluster, as questions and as verdicts on their answers."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from ansible_collections.multitenant.kubeflow.plugins.module_utils.plans.cluster_rbac import rules
from ansible_collections.multitenant.kubeflow.plugins.module_utils.verdicts.verdict import (
    Verdict,
    broken,
    items,
    ok,
    unknown,
)

AREA = "profile_manager"
RBAC = "rbac.authorization.k8s.io"
MUST_NOT = (
    ("get", "", "secrets"),
    ("list", "", "secrets"),
    ("create", "", "pods"),
    ("create", "", "pods/exec"),
    ("delete", "", "namespaces"),
    ("create", "", "serviceaccounts/token"),
    ("impersonate", "", "users"),
    ("impersonate", "", "groups"),
    ("delete", "kubeflow.org", "profiles"),
    ("update", "apps", "deployments"),
    ("escalate", RBAC, "clusterroles"),
    ("create", RBAC, "clusterrolebindings"),
    ("update", RBAC, "clusterroles"),
    ("*", "*", "*"),
)
"""Verb, API group, resource; the cluster's own `cluster-admin` may not be bound either."""


def questions(settings: Mapping[str, Any]) -> list[dict[str, Any]]:
    """What the cluster is to be asked about the function; `settings` are the function's own."""
    return [*_musts(settings), *_must_nots()]


def _musts(settings: Mapping[str, Any]) -> Iterator[dict[str, Any]]:
    for rule in rules(settings):
        for verb in rule["verbs"]:
            for name in rule.get("resourceNames", [""]):
                yield _question(verb, rule["apiGroups"][0], rule["resources"][0], name, expected=True)


def _must_nots() -> Iterator[dict[str, Any]]:
    for verb, group, resource in MUST_NOT:
        yield _question(verb, group, resource, "", expected=False)
    yield _question("bind", RBAC, "clusterroles", "cluster-admin", expected=False)


def _question(verb: str, group: str, resource: str, name: str, *, expected: bool) -> dict[str, Any]:
    kind, slash, part = resource.partition("/")
    attributes = {"verb": verb, "group": group, "resource": kind, "subresource": part, "name": name}
    return {"attributes": {key: value for key, value in attributes.items() if value}, "expected": expected}


def judged_rights(answer: Mapping[str, Any], asked: Sequence[Mapping[str, Any]]) -> list[Verdict]:
    """`answer` is what the module kubernetes_access_info answered to the questions."""
    what_it_must, what_it_must_not = "what the function may do", "what the function may not do"
    if answer.get("failed") or "reviews" not in answer:
        reason = f"the cluster was not asked: {answer.get('msg') or 'the function is not registered there'}"
        return [unknown(AREA, "rights", what_it_must, reason), unknown(AREA, "rights", what_it_must_not, reason)]
    allowed = [review.get("allowed") for review in items(answer["reviews"])]
    pairs = list(zip(asked, allowed, strict=False))
    lacking = [_words(question) for question, is_allowed in pairs if question["expected"] and not is_allowed]
    too_much = [_words(question) for question, is_allowed in pairs if not question["expected"] and is_allowed]
    needed = sum(question["expected"] for question in asked)
    if len(lacking) == needed:
        lacking = [f"do anything of what it must, {lacking[0]} among it"]
    return [
        broken(AREA, "rights", what_it_must, f"it cannot {', '.join(lacking)}: logins fail with 403")
        if lacking
        else ok(AREA, "rights", what_it_must, f"all of {needed} rights"),
        broken(AREA, "rights", what_it_must_not, f"it can {', '.join(too_much)}", TAKE_AWAY)
        if too_much
        else ok(AREA, "rights", what_it_must_not, "neither secrets nor pods, no deleting, no roles but Kubeflow's"),
    ]


TAKE_AWAY = (
    "Find the ClusterRoleBinding or RoleBinding that gives the function's user or group more than site.yml does "
    "(`kubectl get clusterrolebindings -o wide`), and remove it."
)


def _words(question: Mapping[str, Any]) -> str:
    attributes = question["attributes"]
    resource = "/".join(filter(None, (attributes["resource"], attributes.get("subresource"))))
    return " ".join(filter(None, (attributes["verb"], resource, attributes.get("name"))))
