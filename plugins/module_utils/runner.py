# Copyright: (c) 2026, multitenant.kubeflow contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Read, plan, carry out or not, exit: the course of every module of this collection, written once."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from ansible_collections.multitenant.kubeflow.plugins.module_utils.errors import Failure
from ansible_collections.multitenant.kubeflow.plugins.module_utils.plans.plan import Answer, Plan


@dataclass(frozen=True)
class Outcome:
    """What came of a run: `record` is the resource as it is now, or in check mode as it would be."""

    changed: bool
    record: Mapping[str, Any] | None
    before: Mapping[str, Any] | None
    after: Mapping[str, Any] | None
    warnings: tuple[str, ...] = ()
    calls: tuple[str, ...] = ()


def converge(
    read: Callable[[], Any], plan: Callable[[Any], Plan], client: Any, check_mode: bool, record: Callable[[Any], Any]
) -> Outcome:
    """Bring a resource to its wanted state, unless `check_mode`.

    `read` asks for what is, `plan` decides, each call of the plan is a method of `client`,
    and `record` turns what `read` answers into the shape that the module returns.
    """
    decided = plan(read())
    names = tuple(call.method for call in decided.calls)
    if check_mode or not decided.calls:
        return Outcome(decided.changed, decided.after, decided.before, decided.after, decided.warnings, names)
    answers: dict[str, Any] = {}
    for call in decided.calls:
        answers[call.method] = getattr(client, call.method)(**_resolved(dict(call.arguments), answers))
    now = record(read())
    return Outcome(decided.changed, now, decided.before, now, decided.warnings, names)


def run(
    module: Any,
    *,
    read: Callable[[], Any],
    plan: Callable[[Any], Plan],
    client: Any,
    record: Callable[[Any], Any] = lambda current: current,
    publish: Callable[[Any], dict[str, Any]],
) -> None:
    """Run `converge` for an AnsibleModule and leave by its one exit.

    `publish` names the return values of the module for a record, which is None where the resource does not exist;
    it may ask the service for more, so its failures are told like all others.
    """
    try:
        outcome = converge(read, plan, client, module.check_mode, record)
        published = publish(outcome.record)
    except Failure as failure:
        module.fail_json(msg=str(failure), **_cause(failure))
    for warning in outcome.warnings:
        module.warn(warning)
    module.exit_json(
        changed=outcome.changed,
        diff={"before": dict(outcome.before or {}), "after": dict(outcome.after or {})},
        **published,
    )


def inform(module: Any, read: Callable[[], dict[str, Any]]) -> None:
    """Leave with what `read` answers; for modules that only look."""
    try:
        found = read()
    except Failure as failure:
        module.fail_json(msg=str(failure), **_cause(failure))
    module.exit_json(changed=False, **found)


def _resolved(value: Any, answers: Mapping[str, Any]) -> Any:
    """The value with every `Answer` in it replaced by what the call has answered."""
    if isinstance(value, Answer):
        return answers[value.call][value.key]
    if isinstance(value, Mapping):
        return {key: _resolved(item, answers) for key, item in value.items()}
    if isinstance(value, (list, tuple)):
        return [_resolved(item, answers) for item in value]
    return value


def _cause(failure: Failure) -> dict[str, str]:
    """The words of the service itself, for those who search for them."""
    cause = getattr(failure, "cause", None)
    return {"cause": f"{type(cause).__name__}: {cause}"} if cause else {}
