"""What the role kubeflow says of a load balancer that does not come."""

from __future__ import annotations

import pytest

from .conftest import Role


@pytest.mark.parametrize(("scheme", "tag"), [("internet-facing", "role/elb=1"), ("internal", "role/internal-elb=1")])
def test_the_tag_is_named_that_its_subnets_need(scheme, tag):
    there = Role("kubeflow", {"kubeflow_load_balancer_scheme": scheme, "kubeflow_host": "kubeflow.example.com"})
    check = there.tasks("load_balancer")["Check that the load balancer has come up"]["ansible.builtin.assert"]
    assert tag in there.value(check["fail_msg"])
