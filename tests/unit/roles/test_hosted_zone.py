"""Which hosted zone holds the domain: the nearest public one, and never one of several by chance."""

from __future__ import annotations

import pytest

from .conftest import Role

SITE = {"preflight_domain": "platform.example.com"}


def zone(name: str, number: int, *, private: bool = False) -> dict:
    return {"name": f"{name}.", "id": f"/hostedzone/Z{number}", "config": {"private_zone": private}}


NEAR, ABOVE, HIDDEN = (
    zone("platform.example.com", 1),
    zone("example.com", 2),
    zone("platform.example.com", 3, private=True),
)
AGAIN = zone("platform.example.com", 4)
CASES = {
    "the nearest": ([ABOVE, NEAR], "", ["Z1"]),
    "one above": ([ABOVE, HIDDEN], "", ["Z2"]),
    "none": ([HIDDEN, zone("another.org", 5)], "", []),
    "two of one name": ([NEAR, ABOVE, AGAIN], "", ["Z1", "Z4"]),
    "two of one name, one of them meant": ([NEAR, ABOVE, AGAIN], "Z4", ["Z4"]),
    "one above is meant": ([NEAR, ABOVE], "Z2", ["Z2"]),
    "a zone of another domain is meant": ([NEAR, zone("another.org", 5)], "Z5", []),
    "an id that ends like the one that is meant": ([zone("platform.example.com", 14), AGAIN], "Z4", ["Z4"]),
}


@pytest.mark.parametrize("case", CASES)
def test_the_zone_of_the_domain(case: str) -> None:
    zones, meant, ids = CASES[case]
    facts = {"__preflight_zones": {"hosted_zones": zones}, "__preflight_caller": {"account": "123456789012"}}
    role = Role("preflight", SITE | {"preflight_hosted_zone_id": meant}, facts)
    assert role.variable("__preflight_zone_ids") == ids
    checks = role.tasks("identify")
    there = checks["Check that a public hosted zone holds the domain"]["ansible.builtin.assert"]
    assert role.holds(there["that"]) is bool(ids)
    one = checks["Check that it is one zone only"]["ansible.builtin.assert"]
    if ids:
        assert role.holds(one["that"]) is (len(ids) == 1)
        assert role.variable("__preflight_zone_id") == ids[0]
    assert "None" not in role.value(there["fail_msg"]) + role.value(one["fail_msg"])
