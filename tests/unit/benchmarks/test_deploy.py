"""What the measured time of a deployment is compared with."""

from __future__ import annotations

import pytest

from benchmarks.deploy import ARTICLE, judged, longest_chain, waits
from benchmarks.plays import Played, durations


def test_the_article_waits_for_one_thing_after_the_other() -> None:
    assert waits(ARTICLE, 1 / 60) == pytest.approx((300 + 900 + 600 + 180 + 180 + 5) / 60)


def test_the_longest_chain_is_that_of_the_login_domain() -> None:
    assert longest_chain(1 / 60) == ("certificate -> user_pool_domain", pytest.approx(20.0))


@pytest.mark.parametrize(("whole", "kept"), [(63.0, True), (63.1, False)])
def test_ansible_s_own_time_is_allowed_beside_the_chain(whole: float, kept: bool) -> None:
    limit, waits_limit, share = judged(whole, waited=23.0, first=40.0, second=30.0, at_best=20.0)
    assert (limit["seconds"], limit["kept"], waits_limit["kept"]) == (63.0, kept, True)
    assert share["share"] == 0.75


def test_a_task_takes_until_the_next_one_begins() -> None:
    lines = [
        (1.0, "TASK [multitenant.kubeflow.acm : Wait until the certificates are issued] ***"),
        (1.5, "ok: [localhost]"),
        (4.0, "TASK [Ensure that it is so] ***"),
        (5.0, "PLAY RECAP ***"),
    ]
    tasks = list(durations(lines, 6.0))
    assert tasks == [("Wait until the certificates are issued", 3.0), ("Ensure that it is so", 1.0)]
    assert Played(0, "", 6.0, 2.0, tasks).waited == 3.0
