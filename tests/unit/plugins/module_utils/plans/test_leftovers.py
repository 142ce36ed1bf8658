"""What is left, and why."""

from __future__ import annotations

import pytest

from ansible_collections.multitenant.kubeflow.plugins.module_utils.plans.leftovers import (
    kind_of,
    leftovers,
    records_of,
)


def found(**more):
    return {"tagged": [], "log_groups": [], "records": [], "zone": None, **more}


ACM = "arn:aws:acm:us-east-1:123456789012:certificate/1"
VOLUME = "arn:aws:ec2:eu-west-1:123456789012:volume/vol-1"
QUEUE = "arn:aws:sqs:eu-west-1:123456789012:queue"
PROOF = {"name": "_a.kubeflow.example.com.", "type": "CNAME", "values": ["_b.acm-validations.aws."]}
ALIAS = {"name": "kubeflow.example.com.", "type": "A", "values": []}
MAIL = {"name": "example.com.", "type": "MX", "values": ["10 mail."]}

LEFT = {
    "nothing": (found(), []),
    "a certificate in use": (
        found(tagged=[{"arn": ACM, "in_use_by": ["arn:elb"], "exists": True}]),
        [(ACM, "It is in use by arn:elb: remove those first.")],
    ),
    "a certificate that nothing uses": (
        found(tagged=[{"arn": ACM, "in_use_by": [], "exists": True}]),
        [(ACM, "It is in use, or was not removed.")],
    ),
    "data of users": (found(tagged=[{"arn": VOLUME}]), [(VOLUME, "It holds data of users, and outlives the cluster")]),
    "something that no role makes": (
        found(tagged=[{"arn": QUEUE}]),
        [(QUEUE, "It carries the platform's tags, and no role has removed it. It may be an echo")],
    ),
    "the same thing twice": (found(tagged=[{"arn": VOLUME}, {"arn": VOLUME}]), [(VOLUME, "It holds data")]),
    "logs that end": (
        found(log_groups=[{"name": "/aws/eks/k/cluster", "retention": 90}]),
        [("log group /aws/eks/k/cluster", "go by themselves after 90 days. To remove it: aws logs delete-log-group")],
    ),
    "logs that stay": (
        found(log_groups=[{"name": "/aws/eks/k/cluster", "retention": None}]),
        [("log group /aws/eks/k/cluster", "its lines are kept for ever")],
    ),
    "a validation record": (
        found(records=[PROOF]),
        [("DNS record _a.kubeflow.example.com CNAME", "acm_purge_validation_records=true removes it")],
    ),
    "a record of ours": (found(records=[ALIAS]), [("DNS record kubeflow.example.com A", "was not removed")]),
    "the zone": (found(zone={"name": "example.com."}), [("hosted zone example.com", "is yours")]),
}


@pytest.mark.parametrize("case", LEFT)
def test_left(case):
    account, wanted = LEFT[case]
    told = leftovers(account)
    assert [thing["what"] for thing in told] == [what for what, _ in wanted]
    assert [why in thing["why"] for thing, (_, why) in zip(told, wanted, strict=True)] == [True] * len(wanted)


def test_records_of_the_platform_and_no_others():
    theirs = {"name": "_c.example.org.", "type": "CNAME", "values": ["_b.acm-validations.aws."]}
    records = [PROOF, ALIAS, MAIL, theirs, {**ALIAS, "type": "TXT"}]
    assert records_of(records, "example.com", ["Kubeflow.example.com"]) == [PROOF, ALIAS]


KINDS = {
    "arn:aws:s3:::bucket": "s3",
    "arn:aws:elasticloadbalancing:eu-west-1:1:loadbalancer/app/x/1": "elasticloadbalancing:loadbalancer",
    "arn:aws:lambda:eu-west-1:1:function:x": "lambda:function",
    "arn:aws:cognito-idp:eu-west-1:1:userpool/eu-west-1_x": "cognito-idp:userpool",
}


@pytest.mark.parametrize("arn", KINDS)
def test_the_kind_of(arn):
    assert kind_of(arn) == KINDS[arn]
