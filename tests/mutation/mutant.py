"""What a mutant is."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Mutant:
    """`old` stands exactly once in `file`; `new` takes its place; `tests` are those that should notice, all if none."""

    rule: str
    file: str
    old: str
    new: str
    tests: tuple[str, ...] = ()
