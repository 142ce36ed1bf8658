"""What `absent` of cognito_adfs removes: what leads to our own pool, and nothing of a platform of the same names before us."""

from __future__ import annotations

import pytest

from .conftest import Role

SITE = {
    "cognito_adfs_domain": "platform.example.com",
    "cognito_adfs_pool_name": "kubeflow",
    "cognito_adfs_hosts": ["adfs"],
}
NAME, PARENT = "cognito.auth.platform.example.com.", "auth.platform.example.com."
OURS = {"id": "eu-west-1_a", "tags": {"multitenant.kubeflow/user-pool": "kubeflow"}}
THEIRS = {"id": "eu-west-1_b", "tags": {}}
DISTRIBUTION = "D111111.cloudfront.net"


def alias(kind: str, distribution: str) -> dict:
    target = {
        "hosted_zone_id": "Z2FDTNDATAQYW2",
        "dns_name": f"{distribution.lower()}.",
        "evaluate_target_health": False,
    }
    return {"name": NAME, "type": kind, "alias_target": target}


PLACEHOLDER = {"name": PARENT, "type": "A", "ttl": 300, "resource_records": [{"value": "198.51.100.1"}]}
LED = [alias("A", DISTRIBUTION), alias("AAAA", DISTRIBUTION)]
LED_ELSEWHERE = [alias("A", "d222222.cloudfront.net")]
CASES = {
    # the pool, its login domain, the records of that name; those that go, whether the address above goes, and the trust
    "a whole platform": (OURS, {"cloudfront_distribution": DISTRIBUTION}, LED, ["A", "AAAA"], True, True),
    "a pool whose login domain was never made": (OURS, {}, LED_ELSEWHERE, [], False, True),
    "a login domain that another one's record hides": (
        OURS, {"cloudfront_distribution": DISTRIBUTION}, LED_ELSEWHERE, [], False, True,
    ),
    "stopped when the domain was gone": (OURS, {}, [], [], True, True),
    "stopped when the pool was gone": (None, None, [], [], True, True),
    "a platform before us, and nothing of ours": (None, None, LED_ELSEWHERE, [], False, True),
    "somebody else's pool of this name": (THEIRS, None, LED, [], False, False),
}  # fmt: skip


@pytest.mark.parametrize("case", CASES)
def test_what_goes(case: str) -> None:
    pool, domain, records, gone, is_address_gone, is_trust_gone = CASES[case]
    role = Role(
        "cognito_adfs",
        SITE,
        {
            "__cognito_adfs_doomed": {"diff": {"before": pool or {}}},
            "__cognito_adfs_doomed_login": {"skipped": True} if domain is None else {"diff": {"before": domain}},
            "__cognito_adfs_records": {"resource_record_sets": [*records, PLACEHOLDER]},
        },
    )
    tasks = role.tasks("absent")
    removed = role.value(tasks["Remove the records that lead to the login domain of the pool"]["loop"])
    assert [record["type"] for record in removed] == gone
    assert role.holds(tasks["Remove the placeholder above the login domain"]["when"]) is is_address_gone
    assert role.holds(tasks["Remove the relying-party trust from ADFS"]["when"]) is is_trust_gone
