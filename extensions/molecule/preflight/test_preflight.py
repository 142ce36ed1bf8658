"""What preflight says is what AWS says, and it has made nothing (untouched.yml)."""

from __future__ import annotations

import json
import os
from pathlib import Path

RESULT = json.loads((Path(os.environ["SANDBOX_DIR"]) / "preflight_result.json").read_text())


def test_it_names_the_caller(aws) -> None:
    caller = aws("sts").get_caller_identity()
    assert (RESULT["account_id"], RESULT["caller_arn"]) == (caller["Account"], caller["Arn"])


def test_it_has_found_the_public_hosted_zone_of_the_domain(aws, domain) -> None:
    zone = aws("route53").get_hosted_zone(Id=RESULT["hosted_zone_id"])["HostedZone"]
    assert domain == zone["Name"].rstrip(".") or domain.endswith("." + zone["Name"].rstrip("."))
    assert zone["Config"]["PrivateZone"] is False
