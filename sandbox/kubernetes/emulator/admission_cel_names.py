"""Which names an expression uses, and which of them there are not: a server refuses a policy with a wrong name in it."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from typing import Any

from lark import Token, Tree

from sandbox.kubernetes.emulator.values import words

Path = tuple[str, ...]

MACROS = ("all", "exists", "exists_one", "filter", "map")
TYPES = (
    "bool",
    "bytes",
    "double",
    "duration",
    "int",
    "list",
    "map",
    "null_type",
    "string",
    "timestamp",
    "type",
    "uint",
)

# None: anything may follow. The types of `request` and `namespaceObject` are fixed in Kubernetes.
_KIND, _RESOURCE = dict.fromkeys(("group", "version", "kind")), dict.fromkeys(("group", "version", "resource"))
REQUEST = {
    "kind": _KIND,
    "resource": _RESOURCE,
    "requestKind": _KIND,
    "requestResource": _RESOURCE,
    **dict.fromkeys(("subResource", "requestSubResource", "name", "namespace", "operation", "dryRun", "options")),
    "userInfo": dict.fromkeys(("username", "uid", "groups", "extra")),
}
_METADATA = words(
    "name generateName namespace labels annotations UID creationTimestamp deletionGracePeriodSeconds "
    "deletionTimestamp generation resourceVersion finalizers"
)
NAMESPACE = {
    "metadata": dict.fromkeys(_METADATA),
    "spec": {"finalizers": None},
    "status": {"conditions": None, "phase": None},
}
ALWAYS: dict[str, Any] = {
    "object": None,
    "oldObject": None,
    "request": REQUEST,
    "namespaceObject": NAMESPACE,
    "authorizer": None,
    **dict.fromkeys(TYPES),
}


def names_known(variables: Collection[str] | None, has_params: bool) -> dict[str, Any]:
    """The names of an expression that sees these variables, None where it sees no variables at all."""
    known = {**ALWAYS, **({"params": None} if has_params else {})}
    return known if variables is None else {**known, "variables": dict.fromkeys(variables)}


def wrong_name(tree: Tree, known: Mapping[str, Any]) -> str:
    """What Kubernetes says about the first name that there is not, "" when all are known."""
    for path in used_names(tree):
        if path[0] not in known:
            return f"undeclared reference to '{path[0]}' (in container '')"
        fields: Any = known
        for step in path:
            if fields is None:
                break
            if step not in fields:
                return f"undefined field '{step}'"
            fields = fields[step]
    return ""


def used_names(tree: Tree, bound: frozenset[str] = frozenset()) -> Iterator[Path]:
    """`a.b.c` as ("a", "b", "c"), without what macros like all(x, …) bind themselves."""
    path = _path(tree)
    if path:
        if path[0] not in bound:
            yield path
    elif tree.data == "member_dot_arg" and str(tree.children[1]) in MACROS:
        member, _, arguments = tree.children
        yield from used_names(member, bound)
        variable, *bodies = arguments.children
        for body in bodies:
            yield from used_names(body, bound | set(_path(variable)))
    else:
        for child in tree.children:
            if isinstance(child, Tree):
                yield from used_names(child, bound)


def _path(tree: Tree) -> Path:
    """() for what is no dotted name."""
    children = [child for child in tree.children if child is not None]
    if tree.data == "ident":
        return (str(children[0]),)
    if tree.data == "member_dot":
        start = _path(children[0])
        return (*start, str(children[1])) if start else ()
    if len(children) == 1 and isinstance(children[0], Tree) and not isinstance(children[0], Token):
        return () if tree.data in ("ident_arg", "dot_ident_arg", "list_lit", "map_lit") else _path(children[0])
    return ()
