# Copyright: (c) 2026, multitenant.kubeflow contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Whether resources are what the inventory says: judged from what the roles' own tasks answer in check mode."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from typing import Any

from ansible_collections.multitenant.kubeflow.plugins.module_utils.verdicts.verdict import (
    Verdict,
    broken,
    items,
    ok,
    rerun,
    unknown,
    within,
)

AS_IT_SHOULD_BE = "as the inventory says"
LONGEST = 90
"""Characters of a value that are shown."""

PART_OF = {
    "certificate": "certificates",
    "user pool": "pool",
    "application client": "pool",
    "identity provider": "adfs",
    "relying-party trust in ADFS": "adfs",
    "addresses of the trust in ADFS": "adfs",
    "claim rules in ADFS": "adfs",
    "address above the login domain": "login",
    "login domain": "login",
    "records of the login domain": "login",
    "records of the platform": "names",
    "callback and logout addresses": "pool",
    "objects": "kubeflow",
}
MAIN_PART = {
    "acm": "certificates",
    "cognito_adfs": "pool",
    "eks": "cluster",
    "kubeflow": "kubeflow",
    "profile_manager": "function",
    "callback": "names",
}
"""Where a failure of a whole area is shown, and what PART_OF does not name."""

OF_THE_PROFILE_MANAGER = {
    "function": ("function", "", "no login can succeed"),
    "role": ("function", "IAM role", "the function cannot run"),
    "log_group": ("function", "log group", "nobody can read what the function did"),
    "permission": ("function", "permission of Cognito to call it", "every login fails with AccessDeniedException"),
    "trigger": ("function", "trigger of the user pool", "logins give nobody access, and take it from nobody"),
    "schedule": ("function", "schedule", "users who have left keep their access"),
    "access": ("rights", "registration in the cluster", "the cluster does not know the function (401)"),
    "cluster_role": ("rights", "ClusterRole", "the function may do something else than it needs"),
    "cluster_role_binding": ("rights", "ClusterRoleBinding", "the cluster refuses the function (403)"),
    "receipt_access": ("rights", "rights for receipts", "logins cannot be noted"),
    "admission_policy": (
        "rights",
        "ValidatingAdmissionPolicy",
        "nothing limits the function to namespaces of Profiles",
    ),
    "admission_policy_binding": (
        "rights",
        "ValidatingAdmissionPolicyBinding",
        "nothing limits the function to namespaces of Profiles",
    ),
}
"""Part of the picture, what it is called, and what happens without it."""

NO_REASON = "All items completed", "One or more items failed"


def judged_drift(area: str, inspection: Mapping[str, Any]) -> list[Verdict]:
    """The verdicts on an area's resources; `inspection` is what its role has published."""
    found = []
    for name, answer in (inspection.get("answers") or {}).items():
        found += _judged(area, name, answer)
    failure = inspection.get("failure")
    if failure:
        found.append(broken(area, MAIN_PART[area], "state", *_spoken(area, failure_message(failure))))
    elif not found:
        found.append(unknown(area, MAIN_PART[area], "state", "nothing was compared"))
    return found


def failure_message(answer: Mapping[str, Any]) -> str:
    """What a task that has failed said, also where one of its items did."""
    for item in items(answer.get("results")):
        if item.get("failed"):
            return failure_message(item)
    return str(answer.get("msg") or answer.get("message") or "it failed without a message").strip()


def _spoken(area: str, message: str) -> tuple[str, str]:
    """Reason and remedy; our own messages end with their remedy."""
    sentences = message.replace("\n", " ")
    return sentences, rerun(area) if "--tags" not in sentences else "See the reason."


def _judged(area: str, name: str, answer: Mapping[str, Any]) -> Iterator[Verdict]:
    if name == "profile manager":
        yield from _judged_profile_manager(answer)
    elif name == "objects":
        yield from _judged_objects(answer)
    elif answer.get("unreachable"):
        reason = f"its host could not be reached: {failure_message(answer)}"
        yield unknown(area, PART_OF.get(name, MAIN_PART[area]), name, reason)
    elif "results" in answer:
        yield from _judged_items(area, name, answer)
    elif within(answer, "diff") or (answer and not answer.get("skipped") and not answer.get("failed")):
        yield _judged_one(area, name, answer)


def _judged_items(area: str, name: str, answer: Mapping[str, Any]) -> Iterator[Verdict]:
    part = PART_OF.get(name, MAIN_PART[area])
    answered = [item for item in items(answer["results"]) if not item.get("skipped") and not item.get("failed")]
    if not answered and answer.get("skipped"):
        if "ADFS" not in name:  # an ADFS that we do not manage has no state that we could know
            yield ok(area, part, name, AS_IT_SHOULD_BE)
        return
    for item in answered:
        label = item.get("item")
        label = label.get("name", "") if isinstance(label, Mapping) else label
        yield _judged_one(area, name, item, f"{name} {label}")


def _judged_one(area: str, name: str, answer: Mapping[str, Any], label: str = "") -> Verdict:
    part, resource = PART_OF.get(name, MAIN_PART[area]), label or name
    if not answer.get("changed"):
        return ok(area, part, resource, AS_IT_SHOULD_BE)
    diff = answer.get("diff")
    before, after = within(diff, "before"), within(diff, "after")
    if isinstance(after, Mapping) and isinstance(before, Mapping):
        return broken(area, part, resource, differences(before, after) if before else "is not there")
    return broken(area, part, resource, "is not there, or not what the inventory says")


def _judged_profile_manager(answer: Mapping[str, Any]) -> Iterator[Verdict]:
    area = "profile_manager"
    before, after = within(answer, "diff", "before") or {}, within(answer, "diff", "after") or {}
    for key, (part, words, effect) in OF_THE_PROFILE_MANAGER.items():
        was, should_be = before.get(key), after.get(key)
        resource = words or "function"
        if was == should_be and should_be:
            yield ok(area, part, resource, AS_IT_SHOULD_BE)
        elif was == should_be:
            continue  # neither is there, nor should be
        elif not was:
            yield broken(area, part, resource, f"is not there: {effect}")
        elif not should_be:
            yield broken(area, part, resource, "is there, and should not be")
        else:
            yield broken(area, part, resource, _different(key, was, should_be))


def _different(key: str, was: Any, should_be: Any) -> str:
    if key == "function" and was.get("code_sha256") != should_be.get("code_sha256"):
        rest = {**should_be, "code_sha256": was.get("code_sha256")}
        more = "" if rest == was else f"; {differences(was, rest)}"
        return f"its code is not that of this release (fingerprint {was.get('code_sha256')}){more}"
    if isinstance(was, Mapping) and isinstance(should_be, Mapping):
        return differences(was, should_be)
    return "is not what this release wants"


def _judged_objects(answer: Mapping[str, Any]) -> Iterator[Verdict]:
    """Of the manifests' objects those that are not as they should be; `answer` is what kubernetes_manifests said."""
    area = "kubeflow"
    if not answer or answer.get("skipped") or answer.get("failed"):
        return
    before, after = within(answer, "diff", "before") or {}, within(answer, "diff", "after") or {}
    for label in sorted({*before, *after}):
        was, should_be = before.get(label), after.get(label)
        if was is None:
            yield broken(area, _part_of(label), label, "is not there")
        elif should_be is None:
            yield broken(area, _part_of(label), label, "is there, and should not be")
        else:
            yield broken(area, _part_of(label), label, _told(was, should_be))
    for refused in items(answer.get("refused")):
        yield broken(area, "kubeflow", "what Kubernetes refuses", str(refused))
    if not before and not after and not answer.get("refused"):
        yield ok(area, "kubeflow", f"{answer.get('objects', 0)} objects", "as the manifests say")


def _part_of(label: str) -> str:
    """The part of the picture for an object by its label, such as "Ingress istio-system/istio-ingress"."""
    if label.startswith("Ingress "):
        return "balancer"
    return "gateway" if " istio-system/" in label or " oauth2-proxy/" in label else "kubeflow"


def _told(was: Any, should_be: Any) -> str:
    if isinstance(was, Mapping) and isinstance(should_be, Mapping):
        return differences(was, should_be)
    return "is not what the manifests say"


def differences(before: Mapping[str, Any], after: Mapping[str, Any]) -> str:
    """What differs, each with what it is and what it should be."""
    return "; ".join(_differing("", before, after)) or "differs in what is not shown"


def _differing(name: str, was: Any, should_be: Any) -> Iterator[str]:
    if was == should_be:
        return
    if isinstance(was, Mapping) and isinstance(should_be, Mapping) and (was or not name):
        for key in sorted({*was, *should_be}):
            yield from _differing(f"{name}.{key}" if name else key, was.get(key), should_be.get(key))
    elif _are_names(was) and _are_names(should_be):
        lacking, besides = sorted(set(should_be) - set(was)), sorted(set(was) - set(should_be))
        if lacking:
            yield f"{name} lacks {', '.join(lacking)}"
        if besides:
            yield f"{name} has {', '.join(besides)}, and should not"
    elif all(isinstance(value, (list, tuple)) and len(_text(value)) > LONGEST for value in (was, should_be)):
        yield f"{name} differ"  # the beginnings of two long lists tell nothing
    else:
        yield f"{name} is {shortened(was)} and should be {shortened(should_be)}"


def _are_names(value: Any) -> bool:
    return isinstance(value, (list, tuple)) and all(isinstance(item, str) for item in value)


def shortened(value: Any) -> str:
    """A value in at most LONGEST characters."""
    text = _text(value)
    return text if len(text) <= LONGEST else f"{text[:LONGEST]}…"


def _text(value: Any) -> str:
    text = value if isinstance(value, str) else json.dumps(value, sort_keys=True, default=str)
    return " ".join(text.split()) or '""'
