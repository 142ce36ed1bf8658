"""What a receipt may be believed for: overlapping logins, crashes, drift. None of them may lose a revocation."""

from __future__ import annotations

import json
from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st
from profile_manager_fakes import START, Always, Container, Once

from profile_manager.errors import LoginDenied, Unavailable
from profile_manager.objects import RECEIPT_ANNOTATION
from profile_manager.receipt import Receipt, claimed, finished, is_trusted

ALICE = "alice@example.com"
NAME = "user-alice-example-com-clusterrole-edit"
HOUR = 3600
KINDS = ("RoleBinding", "AuthorizationPolicy")


def receipt_of(cluster) -> Receipt:
    return Receipt.from_text(cluster.one("Profile", "", "profile-alice")["metadata"]["annotations"][RECEIPT_ANNOTATION])


def receipt(**values) -> Receipt:
    fields = {"state": "done", "digest": "d", "run": "r", "login": START, "until": 0.0, "fence": 0.0, "want": ()}
    return Receipt(**{**fields, **values})


TRUST = {
    "done, young, the same wish": ({}, 0, True),
    "just young enough": ({}, 12 * HOUR - 1, True),
    "too old": ({}, 12 * HOUR, False),
    "open": ({"state": "open"}, 0, False),
    "another wish": ({"digest": "other"}, 0, False),
    "of a clock that runs a little ahead": ({}, -4, True),
    "from the future": ({}, -HOUR, False),
}


@pytest.mark.parametrize("case", TRUST)
def test_when_a_receipt_is_believed(case):
    values, later, trusted = TRUST[case]
    assert is_trusted(receipt(**values), "d", START + later, hours=12) is trusted


def test_no_receipt_is_not_believed():
    assert not is_trusted(None, "d", START, hours=12)


NOT_RECEIPTS = {
    "nothing": None,
    "empty": "",
    "no JSON": "{",
    "a list": "[]",
    "a part": '{"state": "done"}',
    "wrong types": receipt().text().replace(str(START), '"soon"'),
    "a wish of another shape": receipt().text().replace('"want":[]', '"want":[1]'),
}


@pytest.mark.parametrize("case", NOT_RECEIPTS)
def test_what_is_no_receipt_is_none(case):
    assert Receipt.from_text(NOT_RECEIPTS[case]) is None


wishes = st.lists(st.tuples(st.text(max_size=10), st.text(max_size=5)), max_size=5).map(tuple)
seconds = st.floats(0, 4e9)


@given(st.builds(Receipt, st.text(), st.text(), st.text(), seconds, seconds, seconds, wishes))
def test_a_receipt_is_read_as_it_was_written(given_receipt):
    assert Receipt.from_text(given_receipt.text()) == given_receipt


def claim(previous, digest="new", now=START, ends=START + 3):
    return claimed(previous, digest, "run", now, ends, now, ())


FENCES = {
    "nobody before": (None, 0.0),
    "one that has finished": (receipt(state="done", until=START + 100), 0.0),
    "the same wish, still running": (receipt(state="open", digest="new", until=START + 4), 0.0),
    "another wish, still running": (receipt(state="open", digest="old", until=START + 4), START + 4),
    "another wish, ended by now": (receipt(state="open", digest="old", until=START - 1), 0.0),
    "the same wish, behind another": (
        receipt(state="open", digest="new", until=START + 4, fence=START + 2),
        START + 2,
    ),
    "another wish, behind a later one": (
        receipt(state="open", digest="old", until=START + 2, fence=START + 4),
        START + 4,
    ),
}


@pytest.mark.parametrize("case", FENCES)
def test_a_claim_remembers_until_when_another_wish_may_still_be_written(case):
    previous, fence = FENCES[case]
    assert claim(previous).fence == fence


def test_a_claim_lasts_as_long_as_any_that_it_covers():
    assert claim(receipt(state="open", until=START + 60)).until == START + 60
    assert claim(receipt(state="open", until=START)).until == START + 3 + 5


def test_a_run_is_done_only_when_no_other_wish_can_be_written_any_more():
    mark = claim(receipt(state="open", digest="old", until=START + 4))
    assert finished(mark, START + 3).state == "open"
    assert finished(mark, START + 4).state == "done"


def test_a_run_without_login_keeps_the_last_login():
    assert claimed(receipt(login=42.0), "d", "run", START, START, None, ()).login == 42.0
    assert claimed(None, "d", "run", START, START, None, ()).login == 0.0


# --- drift


def test_drift_is_repaired_when_the_receipt_is_old(container, cluster):
    container.log_in("[team-a, team-b]")
    del cluster.objects["RoleBinding", "team-a", NAME]
    del cluster.objects["AuthorizationPolicy", "team-b", NAME]
    container.log_in("[team-a, team-b]")
    assert cluster.access(ALICE) == {"team-b": "edit"}
    container.time += 13 * HOUR
    container.log_in("[team-a, team-b]")
    for kind in KINDS:
        assert cluster.access(ALICE, kind) == {"team-a": "edit", "team-b": "edit"}


DRIFTS = {
    "another role": lambda found: found.update(roleRef={**found.get("roleRef", {}), "name": "kubeflow-admin"}),
    "another subject": lambda found: found.update(subjects=[{"kind": "User", "name": "eve@example.com"}]),
    "another rule": lambda found: found.update(spec={"rules": [{}]}),
    "another role in the annotation": lambda found: found["metadata"]["annotations"].update(role="admin"),
    "another group in the annotation": lambda found: found["metadata"]["annotations"].update(
        {"multitenant.kubeflow/group": "x"}
    ),
}


@pytest.mark.parametrize("case", DRIFTS)
def test_a_changed_object_of_ours_is_put_right(container, cluster, case):
    container.log_in("team-a")
    right = {kind: wish_of(cluster.one(kind, "team-a", NAME)) for kind in KINDS}
    for kind in KINDS:
        DRIFTS[case](cluster.one(kind, "team-a", NAME))
    container.time += 13 * HOUR
    container.log_in("team-a")
    assert {kind: wish_of(cluster.one(kind, "team-a", NAME)) for kind in KINDS} == right


def wish_of(found):
    return {key: found.get(key) for key in ("roleRef", "subjects", "spec")} | found["metadata"]["annotations"]


def test_what_others_add_to_our_objects_is_not_drift(container, cluster):
    container.log_in("team-a")
    for kind in KINDS:
        cluster.one(kind, "team-a", NAME)["metadata"]["annotations"]["someone"] = "was here"
        cluster.one(kind, "team-a", NAME)["metadata"]["labels"]["x"] = "y"
    container.time += 13 * HOUR
    cluster.calls.clear()
    container.log_in("team-a")
    assert [call[:2] for call in cluster.writes()] == [("annotate", "Profile")]


def test_a_leftover_of_an_earlier_life_is_revoked_at_the_first_login(container, cluster):
    container.log_in("team-a")
    del cluster.objects["Profile", "", "profile-alice"]
    container.log_in("team-b")
    assert cluster.access(ALICE) == {"team-b": "edit"}


def test_only_a_user_who_never_had_a_receipt_is_judged_by_an_answer_that_may_be_old(container, cluster):
    """What a run wrote a moment ago may be missing in it."""
    container.log_in("[team-a, team-b]")
    cluster.too_new = {(kind, "team-b", NAME) for kind in KINDS}
    container.log_in("[team-a]")
    assert cluster.access(ALICE) == cluster.access(ALICE, "AuthorizationPolicy") == {"team-a": "edit"}


def test_an_own_profile_whose_receipt_was_removed_is_no_new_user(container, cluster):
    container.log_in("[team-a, team-b]")
    del cluster.one("Profile", "", "profile-alice")["metadata"]["annotations"][RECEIPT_ANNOTATION]
    cluster.too_new = {(kind, "team-b", NAME) for kind in KINDS}
    container.log_in("[team-a]")
    assert cluster.access(ALICE) == {"team-a": "edit"}


def test_a_changed_setting_makes_every_receipt_out_of_date(container, cluster):
    container.log_in("team-a")
    container.configure(gatewayPrincipal="another").log_in("team-a")
    assert "another" in json.dumps(cluster.one("AuthorizationPolicy", "team-a", NAME))


# --- crashes


class Crash(BaseException):
    """Lambda ends the process: nothing after this is done."""


STEPS = ["create", "delete", "annotate"]


@pytest.mark.parametrize("number", range(12))
def test_a_crash_at_any_write_is_mended_by_the_next_login(container, cluster, number):
    container.log_in("[team-a, team-b]")
    left = [number]

    def crash(cluster, call):
        if call[0] in STEPS:
            left[0] -= 1
            if left[0] < 0:
                raise Crash

    cluster.hooks.append(crash)
    try:
        container.log_in("[team-b, team-c]")
    except Crash:
        crashed = True
    else:
        crashed = False
    cluster.hooks.clear()
    assert crashed is (number < 7)
    container.log_in("[team-b, team-c]")
    for kind in KINDS:
        assert cluster.access(ALICE, kind) == {"team-b": "edit", "team-c": "edit"}


@pytest.mark.parametrize("number", range(9))
def test_a_crash_while_granting_loses_no_later_revocation(container, cluster, number):
    container.log_in("team-a")
    left = [number]

    def crash(cluster, call):
        if call[0] in STEPS:
            left[0] -= 1
            if left[0] < 0:
                raise Crash

    cluster.hooks.append(crash)
    with suppress(Crash):
        container.log_in("[team-a, team-b]")
    cluster.hooks.clear()
    container.log_in("team-a")
    for kind in KINDS:
        assert cluster.access(ALICE, kind) == {"team-a": "edit"}


def test_a_receipt_that_cannot_be_closed_stays_open_and_the_user_comes_in(container, cluster):
    container.log_in("team-a")

    def silent(cluster):
        if receipt_of(cluster).state == "open":
            raise Unavailable("no answer")

    cluster.hooks.append(Always("annotate", "Profile", silent))
    assert container.log_in("team-b")
    cluster.hooks.clear()
    assert receipt_of(cluster).state == "open"
    container.log_in("team-b")
    assert receipt_of(cluster).state == "done"


# --- overlapping logins

# The other login happens in the middle of the first one, before each of its kinds of step in turn.
POINTS = [
    ("get", "Profile", "profile-alice"),
    ("list", "RoleBinding", ""),
    ("list", "AuthorizationPolicy", ""),
    ("annotate", "Profile", "profile-alice"),
    ("delete", "RoleBinding", ""),
    ("delete", "AuthorizationPolicy", ""),
    ("get", "Profile", "team-c"),
    ("get", "Namespace", "team-c"),
    ("create", "Profile", "team-c"),
    ("create", "RoleBinding", ""),
    ("create", "AuthorizationPolicy", ""),
]


@pytest.mark.parametrize("point", POINTS, ids=lambda point: "-".join(filter(None, point)))
@pytest.mark.parametrize("known", [True, False], ids=["known user", "new user"])
def test_after_two_overlapping_logins_the_later_claim_holds(container, cluster, point, known):
    other = Container(cluster)
    if known:
        container.log_in("[team-a, team-b]")
    verb, kind, name = point
    overlap = Once(verb, kind, lambda _: other.log_in("team-b"), name)
    cluster.hooks.append(overlap)
    container.log_in("[team-a, team-c]" if not known else "[team-c, team-d]")
    cluster.hooks.clear()
    container.time = other.time = START + 60
    before = receipt_of(cluster)
    if overlap.happened:
        # Whoever came last, what is there is what the receipt says, or the receipt is not believed.
        wanted = dict(before.want)
        assert cluster.access(ALICE) == wanted or before.state == "open"
    other.log_in("team-b")
    for found in KINDS:
        assert cluster.access(ALICE, found) == {"team-b": "edit"}
    assert receipt_of(cluster).state == "done"


@pytest.mark.parametrize("point", POINTS[3:], ids=lambda point: "-".join(filter(None, point)))
def test_a_run_that_dies_after_being_overtaken_loses_no_revocation(container, cluster, point):
    other = Container(cluster)
    container.log_in("[team-a, team-b]")
    left = [1000]

    def overtake(_):
        other.log_in("team-b")
        left[0] = 3

    def crash(cluster, call):
        left[0] -= call[0] in STEPS
        if left[0] < 0:
            raise Crash

    verb, kind, name = point
    cluster.hooks += [Once(verb, kind, overtake, name), crash]
    with suppress(Crash):
        container.log_in("[team-c, team-d]")
    cluster.hooks.clear()
    container.time = other.time = START + 60
    other.log_in("team-b")
    for found in KINDS:
        assert cluster.access(ALICE, found) == {"team-b": "edit"}


def test_a_run_that_was_overtaken_takes_back_what_it_granted_too_late(container, cluster):
    other = Container(cluster)
    container.log_in("[team-a, team-b]")
    cluster.hooks.append(Once("create", "RoleBinding", lambda _: other.log_in("team-b"), namespace="team-c"))
    container.log_in("[team-c, team-d]")
    for kind in KINDS:
        assert cluster.access(ALICE, kind) == {"team-b": "edit"}


def test_cognitos_three_tries_of_one_login_end_in_one_result(container, cluster):
    second, third = Container(cluster), Container(cluster)
    cluster.hooks.append(Once("create", "RoleBinding", lambda _: second.log_in("[team-a, team-b]")))
    cluster.hooks.append(Once("create", "AuthorizationPolicy", lambda _: third.log_in("[team-a, team-b]")))
    container.log_in("[team-a, team-b]")
    for kind in KINDS:
        assert cluster.access(ALICE, kind) == {"team-a": "edit", "team-b": "edit"}
    assert receipt_of(cluster).state == "done"


def test_what_the_profile_controller_writes_is_no_other_run(container, cluster):
    container.log_in("team-a")
    touch = Always("annotate", "Profile", lambda c: None)
    touches = []

    def controller(cluster, call):
        if call[:2] == ("annotate", "Profile") and len(touches) < 4:
            touches.append(call)
            cluster.touch(("Profile", "", "profile-alice"))

    cluster.hooks += [touch, controller]
    container.log_in("team-b")
    assert receipt_of(cluster).state == "done"
    assert cluster.access(ALICE) == {"team-b": "edit"}


def test_a_receipt_that_keeps_changing_ends_in_a_decision(container, cluster):
    container.log_in("team-a")

    def somebody(cluster):
        annotations = cluster.one("Profile", "", "profile-alice")["metadata"]["annotations"]
        annotations[RECEIPT_ANNOTATION] = receipt(state="open", run=f"r{len(cluster.calls)}").text()
        cluster.touch(("Profile", "", "profile-alice"))

    cluster.hooks.append(Always("annotate", "Profile", somebody))
    with pytest.raises(LoginDenied):
        container.log_in("team-b")
