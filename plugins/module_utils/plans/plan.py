# Copyright: (c) 2026, multitenant.kubeflow contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""What a module is going to do, as a value: the resource before and after, and the calls between them.

Check mode shows it, diff prints it, the runner carries it out.  Plans are computed, never performed, in this room.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True)
class Answer:
    """A value that only an earlier call of the same plan knows, for instance the id of what it created.

    `key` is the name of an item in what that call returned.
    """

    call: str
    key: str


@dataclass(frozen=True)
class Call:
    """One method of the client, by name, and its arguments.

    An argument may be (or contain, in lists and dictionaries) an `Answer`.
    `changes` is false for a call that only waits: it is carried out, but the module has not changed anything by it.
    """

    method: str
    arguments: Mapping[str, Any] = field(default_factory=dict)
    changes: bool = True


@dataclass(frozen=True)
class Plan:
    """`before` and `after` are the resource in the shape that the module returns, or None where it does not exist.

    They are shown to the user as the diff: no secrets in them.
    """

    before: Mapping[str, Any] | None
    after: Mapping[str, Any] | None
    calls: tuple[Call, ...] = ()
    warnings: tuple[str, ...] = ()

    @property
    def changed(self) -> bool:
        """Whether carrying it out changes anything."""
        return any(call.changes for call in self.calls)


UNKNOWN = "(known after the real run)"
"""Stands in `after` for what only the service can tell, such as an id or an ARN."""
