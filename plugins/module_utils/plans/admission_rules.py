# Copyright: (c) 2026, multitenant.kubeflow contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""What the function may write, as expressions in CEL, for the policy that the cluster asks about each of its writes.

Names of fields and objects are those that the function writes (lambda/profile_manager, objects.py and names.py).
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from typing import Any

from ansible_collections.multitenant.kubeflow.plugins.module_utils.plans import cluster_rbac

NAME = "kubeflow-profile-manager"
MANAGED_BY = "app.kubernetes.io/managed-by"
USER_LABEL = "multitenant.kubeflow/user"
RECEIPT = "multitenant.kubeflow/receipt"
PART_OF = "app.kubernetes.io/part-of"  # the profile controller's label on the namespaces of Profiles
PROFILES = "kubeflow-profile"
BINDINGS = ("rolebindings", "authorizationpolicies", "servicerolebindings")
RESERVED_NAMESPACES = (
    "kube-*",
    "default",
    "istio-system",
    "kubeflow",
    "cert-manager",
    "auth",
    "oauth2-proxy",
    "knative-*",
)
PROFILE_OWNER, PERSONAL_PREFIX = "kubeflow-profile-manager", "profile-"  # the function's own defaults


def variables() -> list[dict[str, str]]:
    """`object` is null on DELETE, `oldObject` on CREATE."""

    def of(written: str, field: str) -> str:
        return f"{written} != null && has({written}.metadata.{field}) ? {written}.metadata.{field} : {{}}"

    expressions = {
        "isProfile": 'request.resource.resource == "profiles"',
        "isBinding": f"request.resource.resource in {json.dumps(BINDINGS)}",
        "isDeleted": 'request.operation == "DELETE"',
        "labels": of("object", "labels"),
        "oldLabels": of("oldObject", "labels"),
        "annotations": of("object", "annotations"),
        "oldAnnotations": of("oldObject", "annotations"),
        "place": 'request.resource.resource != "profiles" ? namespaceObject.metadata.name : '
        "object != null ? object.metadata.name : oldObject.metadata.name",
    }
    return [{"name": name, "expression": expression} for name, expression in expressions.items()]


def validations(settings: Mapping[str, Any]) -> list[tuple[str, str]]:
    """(what must hold, what a refusal says), in the order in which they are tried."""
    return [*_for_all(settings), *_for_bindings(settings), *_for_profiles(settings), *_for_receipts(settings)]


def _for_all(settings: Mapping[str, Any]) -> list[tuple[str, str]]:
    rules = [
        (
            f"(variables.isDeleted || {_is_ours('variables.labels')}) && "
            f'(request.operation == "CREATE" || {_is_ours("variables.oldLabels")})',
            f"the profile manager writes only objects that carry its label {MANAGED_BY}={NAME}",
        ),
        (
            f"!(variables.isBinding || variables.isProfile) || !variables.place.matches({_pattern(RESERVED_NAMESPACES)})",
            "the profile manager stays out of the namespaces of the platform",
        ),
    ]
    further = settings.get("reservedNamespaces")
    if further:
        # Groups' only: what was written before a name was reserved can be revoked, and users keep their own Profiles.
        of_group = f'variables.isBinding || (variables.isProfile && !("{USER_LABEL}" in variables.labels))'
        rules.append(
            (
                f"variables.isDeleted || !({of_group}) || !variables.place.matches({_pattern(further)})",
                "the profile manager stays out of reserved namespaces",
            )
        )
    return rules


def _for_bindings(settings: Mapping[str, Any]) -> list[tuple[str, str]]:
    """Revocations are let through wherever their object is ours: a label that a namespace has lost must not stop them."""
    labels, annotations = "namespaceObject.metadata.labels", "variables.annotations"
    prefix = text(settings.get("personalPrefix") or PERSONAL_PREFIX)
    return [
        (
            f"!variables.isBinding || variables.isDeleted || (has({labels}) && "
            f'"{PART_OF}" in {labels} && {labels}["{PART_OF}"] == "{PROFILES}")',
            f"the profile manager gives access to namespaces of Profiles only, that is with {PART_OF}={PROFILES}",
        ),
        (
            f"!variables.isBinding || variables.isDeleted || !variables.place.startsWith({prefix})",
            "the profile manager lets nobody into a user's own namespace",
        ),
        (
            _where("rolebindings", "has(object.subjects) && size(object.subjects) == 1")
            + ' && object.subjects[0].kind == "User" && object.subjects[0].name.contains("@")'
            + f' && "user" in {annotations} && {annotations}["user"] == object.subjects[0].name)',
            "a role binding of the profile manager has one subject, the user of its annotation, by e-mail address",
        ),
        (
            _where("rolebindings", 'object.roleRef.kind == "ClusterRole"')
            + f" && object.roleRef.name in {json.dumps(_bindable(settings))}"
            + f' && "role" in {annotations} && "kubeflow-" + {annotations}["role"] == object.roleRef.name)',
            f"the profile manager binds no other cluster role than {', '.join(_bindable(settings))}, as annotated",
        ),
        (
            _lets_in_one_user(annotations),
            "an authorization policy of the profile manager lets in its annotation's user",
        ),
    ]


def _lets_in_one_user(annotations: str) -> str:
    """Without its rule's `from` or `when`, an authorization policy lets in everybody, or whoever forges the header."""
    value = "r.when[0].values[0]"
    rule = (
        "has(r.from) && size(r.from) > 0"
        " && r.from.all(f, has(f.source) && has(f.source.principals) && size(f.source.principals) > 0)"
        ' && has(r.when) && size(r.when) == 1 && r.when[0].key.startsWith("request.headers[") && size(r.when[0].values) == 1'
        f' && {value}.endsWith({annotations}["user"]) && !{value}.contains("*")'
    )
    return (
        _where("authorizationpolicies", '(!has(object.spec.action) || object.spec.action == "ALLOW")')
        + f' && !has(object.spec.selector) && "user" in {annotations} && {annotations}["user"].contains("@")'
        + f" && size(object.spec.rules) == 1 && object.spec.rules.all(r, {rule}))"
    )


def _for_profiles(settings: Mapping[str, Any]) -> list[tuple[str, str]]:
    prefix = settings.get("personalPrefix") or PERSONAL_PREFIX
    owner = text(settings.get("profileOwner") or PROFILE_OWNER)
    created = '!variables.isProfile || request.operation != "CREATE" || '
    changed = '!variables.isProfile || request.operation != "UPDATE" || '
    of_group = (
        f'!("{USER_LABEL}" in variables.labels) && object.spec.owner.name == {owner}'
        f" && !variables.place.startsWith({text(prefix)})"
    )
    # The function writes a run of dashes as one.
    of_user = (
        f'"{USER_LABEL}" in variables.labels && object.spec.owner.name.contains("@")'
        f" && variables.place.startsWith({text(re.sub('-+', '-', prefix))})"
    )
    forms = [f"({of_group})", *([] if settings.get("personalProfile") == "none" else [f"({of_user})"])]
    kept = ("spec", "metadata.labels", "metadata.finalizers", "metadata.ownerReferences")
    return [
        ("!(variables.isProfile && variables.isDeleted)", "the profile manager deletes no Profile"),
        (
            # The profile controller makes the owner an administrator of the namespace.
            created + "object.spec.owner.name != request.userInfo.username",
            "the profile manager makes no Profile that belongs to itself",
        ),
        (
            created + f'(object.spec.owner.kind == "User" && ({" || ".join(forms)}))',
            "a Profile that the profile manager makes is a group's, with the configured owner, or a user's own",
        ),
        (
            created + "!has(object.spec.plugins) || size(object.spec.plugins) == 0",
            "a Profile that the profile manager makes has no plugins: they give rights outside the cluster",
        ),
        (
            changed + f"({' && '.join(_same(field) for field in kept)} && {SAME_NOTES})",
            f"the profile manager changes nothing of a Profile but its annotation {RECEIPT}",
        ),
    ]


def _for_receipts(settings: Mapping[str, Any]) -> list[tuple[str, str]]:
    """Receipts as ConfigMaps, for users without an own Profile; the label is asked for above."""
    namespace = settings.get("receiptNamespace")
    if not namespace:
        return []
    place = f'variables.place == {text(namespace)} && object.metadata.name.startsWith("receipt-")'
    return [
        (
            f'request.resource.resource != "configmaps" || (!variables.isDeleted && {place})',
            f"the profile manager writes no ConfigMap but its receipts in {namespace}",
        )
    ]


SAME_NOTES = (
    f'variables.annotations.all(k, k == "{RECEIPT}" || '
    "(k in variables.oldAnnotations && variables.annotations[k] == variables.oldAnnotations[k])) && "
    f'variables.oldAnnotations.all(k, k == "{RECEIPT}" || k in variables.annotations)'
)


def _where(resource: str, first: str) -> str:
    """The beginning of a condition on what is written of one kind; the caller closes its bracket."""
    return f'request.resource.resource != "{resource}" || variables.isDeleted || ({first}'


def _is_ours(labels: str) -> str:
    return f'("{MANAGED_BY}" in {labels} && {labels}["{MANAGED_BY}"] == "{NAME}")'


def _same(field: str) -> str:
    new, old = f"object.{field}", f"oldObject.{field}"
    return f"has({new}) == has({old}) && (!has({new}) || {new} == {old})"


def _bindable(settings: Mapping[str, Any]) -> list[str]:
    """The cluster roles that RBAC lets it bind."""
    return next(rule["resourceNames"] for rule in cluster_rbac.rules(settings) if rule["verbs"] == ["bind"])


def _pattern(names: Sequence[str]) -> str:
    """Names with `*`, `?` and `[…]`, as the function reads them, as one regular expression (RE2) in quotes."""

    def translated(match: re.Match[str]) -> str:
        part = match.group()
        if len(part) > 1:
            return part.replace("[!", "[^", 1)
        return {"*": ".*", "?": ".", "-": "-"}.get(part) or re.escape(part)

    patterns = (re.sub(r"\[!?[^\]\\]+\]|.", translated, name) for name in names)
    return text(f"^({'|'.join(patterns)})$")


def text(value: str) -> str:
    """A string of CEL; JSON's escapes are all known there."""
    return json.dumps(value, ensure_ascii=False)
