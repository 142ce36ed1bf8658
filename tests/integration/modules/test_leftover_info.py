"""leftover_info against the project's own AWS: it finds what carries the tags in both regions, logs and records."""

from __future__ import annotations


def test_it_tells_what_is_left_and_changes_nothing(converge, run_module, aws, account):
    wanted = {"hosted_zone_id": account.hosted_zone_id, "tags": {"platform": "left"}}
    certificate = run_module(
        "acm_public_certificate", region="us-east-1", domain_name=f"left.{account.domain}", **wanted
    )
    aws("logs").create_log_group(logGroupName="/aws/eks/left/cluster")
    aws("logs").create_log_group(logGroupName="/aws/eks/leftover/cluster")

    told = converge(
        "leftover_info",
        changed=False,
        cluster_name="left",
        domain=account.domain,
        log_group_prefixes=["/aws/eks/left/"],
        **wanted,
    )["leftovers"]

    record = certificate["certificate"]["validation_records"][0]["name"].rstrip(".")
    assert [thing["what"] for thing in told] == [
        f"DNS record {record} CNAME",
        certificate["certificate_arn"],
        f"hosted zone {account.domain}",
        "log group /aws/eks/left/cluster",
    ]


def test_of_an_empty_account_only_the_zone_is_left(run_module, account):
    told = run_module(
        "leftover_info", cluster_name="none", hosted_zone_id=account.hosted_zone_id, tags={"platform": "none"}
    )
    assert [thing["what"] for thing in told["leftovers"]] == [f"hosted zone {account.domain}"]
