"""The scheduled run, the dry run and the report."""

from __future__ import annotations

import copy

import pytest
from profile_manager_fakes import START, Always, Container, Once, event, refuse

from profile_manager import maintenance
from profile_manager.errors import AwsError
from profile_manager.maintenance import UnknownEvent
from profile_manager.pool import PoolUser
from profile_manager.scheduled import EmptyPool

ALICE, BOB, CAROL = "alice@example.com", "bob@example.com", "carol@example.com"
KINDS = ("RoleBinding", "AuthorizationPolicy")
DAY = 24 * 3600


def member(email: str, groups: str = "", enabled: bool = True, modified: float = 0.0) -> PoolUser:
    return PoolUser(f"adfs_{email.split('@')[0]}", enabled, modified, {"email": email, "custom:groups": groups})


class Pool:
    def __init__(self) -> None:
        self.users = [member(ALICE, "[team-a, team-b]"), member(BOB, "team-a")]
        self.meanwhile = None

    def __call__(self, user_pool_id, variables, deadline):
        if self.meanwhile:
            self.meanwhile()
        return self.users


@pytest.fixture
def pool(monkeypatch) -> Pool:
    pool = Pool()
    monkeypatch.setattr(maintenance, "list_users", pool)
    return pool


@pytest.fixture
def busy(container, pool) -> Container:
    """Two users have logged in."""
    container.log_in("[team-a, team-b]")
    container.log_in("team-a", BOB, "bob")
    container.lines.clear()
    container.cluster.calls.clear()
    return container


def run(container: Container, seconds: float = 900.0):
    return container.invoke(event("scheduled"), seconds)


def everything(cluster):
    return copy.deepcopy(cluster.objects)


def test_nothing_to_do_changes_nothing(busy, cluster):
    before = everything(cluster)
    assert run(busy) == {"ended": "complete", "users": 0, "changes": 0, "failed": 0}
    assert everything(cluster) == before
    assert not cluster.writes()


def gone(pool):
    del pool.users[0]


def disabled(pool):
    pool.users[0] = member(ALICE, "[team-a, team-b]", enabled=False)


@pytest.mark.parametrize("leave", [gone, disabled])
def test_who_is_gone_loses_all_bindings_but_no_data(busy, cluster, pool, leave):
    leave(pool)
    profiles = {name for kind, _, name in cluster.objects if kind == "Profile"}
    assert run(busy)["changes"] == 4
    for kind in KINDS:
        assert cluster.access(ALICE, kind) == {}
        assert cluster.access(BOB, kind) == {"team-a": "edit"}
    assert {name for kind, _, name in cluster.objects if kind == "Profile"} == profiles


def test_who_comes_back_gets_it_all_again(busy, cluster, pool):
    gone(pool)
    run(busy)
    busy.log_in("[team-a, team-b]")
    assert cluster.access(ALICE) == {"team-a": "edit", "team-b": "edit"}


def test_who_is_gone_gets_no_profile_for_a_receipt(busy, cluster, pool):
    gone(pool)
    del cluster.objects["Profile", "", "profile-alice"]
    run(busy)
    assert cluster.access(ALICE) == {}
    assert ("Profile", "", "profile-alice") not in cluster.objects


def test_a_second_account_that_is_disabled_takes_nothing_away(busy, cluster, pool):
    pool.users.append(member(ALICE, "team-a", enabled=False, modified=9.0))
    run(busy)
    assert cluster.access(ALICE) == {"team-a": "edit", "team-b": "edit"}


def test_of_two_accounts_with_one_address_the_later_one_counts(busy, cluster, pool):
    pool.users.insert(0, member(ALICE, "team-b", modified=9.0))
    run(busy)
    assert cluster.access(ALICE) == {"team-b": "edit"}


@pytest.mark.parametrize(("days", "stays"), [(29, True), (31, False)])
def test_who_has_not_logged_in_for_long_loses_access(busy, cluster, days, stays):
    busy.configure(accessTtlDays=30)
    busy.time += days * DAY
    run(busy)
    assert bool(cluster.access(ALICE)) is stays


def test_the_scheduled_run_is_no_login(busy, cluster):
    busy.configure(accessTtlDays=30)
    for _ in range(4):
        busy.time += 10 * DAY
        del_binding(cluster)
        run(busy)
    assert cluster.access(ALICE) == {}


def del_binding(cluster, namespace="team-a", email=ALICE):
    for kind in KINDS:
        for (k, where, name), found in list(cluster.objects.items()):
            if k == kind and where == namespace and found["metadata"]["annotations"].get("user") == email:
                del cluster.objects[k, where, name]


def test_drift_is_repaired(busy, cluster):
    del_binding(cluster)
    assert run(busy)["changes"] == 2
    assert cluster.access(ALICE, "AuthorizationPolicy") == {"team-a": "edit", "team-b": "edit"}


def test_groups_that_changed_in_the_pool_are_followed(busy, cluster, pool):
    pool.users[0] = member(ALICE, "team-b")
    run(busy)
    assert cluster.access(ALICE) == {"team-b": "edit"}
    cluster.calls.clear()
    busy.log_in("team-b")
    assert len(cluster.calls) == 1


def test_what_a_login_left_undone_is_finished(container, cluster, pool):
    cluster.controller = False
    container.configure(deadlineSeconds=0.7).log_in("[team-a, team-b]")
    cluster.settle()
    run(container)
    assert cluster.access(ALICE) == {"team-a": "edit", "team-b": "edit"}
    cluster.calls.clear()
    container.log_in("[team-a, team-b]")
    assert len(cluster.calls) == 1


def test_a_login_after_the_pool_was_read_is_left_alone(busy, cluster, pool):
    """The run has old groups in its hands: it must not bring them back."""

    def stale_read():
        busy.log_in("team-b")

    pool.meanwhile = stale_read
    run(busy)
    assert cluster.access(ALICE) == {"team-b": "edit"}


def test_a_login_in_the_middle_of_the_run_is_left_alone(busy, cluster, pool):
    del_binding(cluster)
    other = Container(cluster)
    cluster.hooks.append(Once("annotate", "Profile", lambda _: other.log_in("team-b"), "profile-alice"))
    run(busy)
    assert cluster.access(ALICE) == {"team-b": "edit"}


def test_bindings_of_admins_stay(busy, cluster, pool):
    gone(pool)
    for kind in KINDS:
        metadata = {"annotations": {"user": ALICE, "role": "edit"}}
        cluster.put("x/v1", kind, "team-z", "of-an-admin", metadata=metadata)
    run(busy)
    assert cluster.access(ALICE) == {"team-z": "edit"}


def test_an_empty_pool_takes_nothing_away(busy, cluster, pool):
    pool.users = []
    before = everything(cluster)
    with pytest.raises(EmptyPool):
        run(busy)
    assert everything(cluster) == before


def test_a_pool_that_does_not_answer_takes_nothing_away(busy, cluster, pool):
    def fail():
        raise AwsError("cognito-idp did not answer")

    pool.meanwhile = fail
    before = everything(cluster)
    with pytest.raises(AwsError):
        run(busy)
    assert everything(cluster) == before


def test_it_can_be_switched_off(busy, cluster, pool):
    gone(pool)
    assert run(busy.configure(scheduledRun=False)) == {"ended": "off"}
    assert cluster.access(ALICE)


def test_one_users_trouble_does_not_keep_the_others_waiting(busy, cluster, pool):
    pool.users = [member(CAROL)]
    cluster.hooks.append(Always("delete", "RoleBinding", refuse(403), "user-alice-example-com-clusterrole-edit"))
    summary = run(busy)
    assert summary["failed"] == 1
    assert cluster.access(BOB) == {}
    assert "the cluster answered 403" in [line.get("reason") for line in busy.logged()]


def test_a_run_that_is_short_of_time_goes_on_in_another_invocation(container, cluster, pool):
    emails = [f"user{number}@example.com" for number in range(6)]
    for email in emails:
        container.log_in("team-a", email, email.split("@")[0])
    pool.users = [member(CAROL)]
    rounds = 0
    payload = event("scheduled")
    while payload:
        rounds += 1
        container.handed_over.clear()
        slow_down(container, seconds_per_delete=0.5)
        container.invoke(payload, 3.2)
        payload = container.handed_over[0] if container.handed_over else None
        assert rounds < 10
    assert rounds > 1
    assert all(cluster.access(email) == {} for email in emails)


def slow_down(container, seconds_per_delete):
    """Moves the deadline instead of sleeping."""
    container.cluster.hooks.clear()
    original = container.surroundings.tools

    def tools(deadline):
        def slow(cluster, call):
            if call[0] == "delete":
                deadline._end -= seconds_per_delete

        container.cluster.hooks.append(slow)
        return original(deadline)

    container.surroundings.tools = tools


def test_receipts_on_config_maps_are_read_too(container, cluster, pool):
    cluster.put_namespace("receipts")
    container.configure(personalProfile="none", receiptNamespace="receipts").log_in("team-a")
    gone(pool)
    run(container)
    assert cluster.access(ALICE) == {}
    container.log_in("team-a")
    assert cluster.access(ALICE) == {"team-a": "edit"}


def test_a_dry_run_tells_what_the_run_would_do_and_does_nothing(busy, cluster, pool):
    gone(pool)
    del_binding(cluster, email=BOB)
    before = everything(cluster)
    answer = busy.invoke({"dryRun": True}, 900.0)
    assert everything(cluster) == before
    assert not cluster.writes()
    by_email = {user["email"]: user for user in answer["users"]}
    assert by_email[ALICE]["why"] == "disabled or gone from the user pool"
    assert {(item["kind"], item["namespace"]) for item in by_email[ALICE]["revoke"]} == {
        (kind, namespace) for kind in KINDS for namespace in ("team-a", "team-b")
    }
    assert by_email[BOB]["grant"] == [{"namespace": "team-a", "role": "edit", "group": "team-a"}]
    assert run(busy)["users"] == len(answer["users"])


def test_the_report_tells_who_has_what_and_why(busy, cluster):
    answer = busy.invoke({"report": True}, 900.0)
    assert [user["email"] for user in answer["users"]] == [ALICE, BOB]
    alice = answer["users"][0]
    assert alice["lastLogin"] == "2027-01-15T08:00:00Z"
    assert alice["unfinished"] is False
    assert alice["access"] == [
        {"namespace": where, "role": "edit", "group": where, "since": "2026-11-24T00:00:00Z", "complete": True}
        for where in ("team-a", "team-b")
    ]
    assert not cluster.writes()


def test_the_report_shows_what_is_incomplete(busy, cluster):
    name = "user-bob-example-com-clusterrole-edit"
    del cluster.objects["AuthorizationPolicy", "team-a", name]
    (entry,) = busy.invoke({"report": True}, 900.0)["users"][1]["access"]
    assert entry["complete"] is False


def test_the_report_needs_no_pool(busy):
    assert busy.configure(userPoolId="").invoke({"report": True}, 900.0)["users"]


def test_a_run_without_pool_names_the_setting(busy):
    with pytest.raises(Exception, match="settings.userPoolId is missing"):
        run(busy.configure(userPoolId=""))


@pytest.mark.parametrize("payload", [{}, {"report": 1}, {"a": "b"}, [], None, {"triggerSource": "PreSignUp_SignUp"}])
def test_an_event_of_nobody_known_is_an_error(container, payload, cluster):
    with pytest.raises(UnknownEvent):
        container.invoke(payload)
    assert not cluster.calls


def test_the_log_of_a_run_tells_no_address(busy, pool):
    gone(pool)
    run(busy)
    text = "".join(busy.lines)
    assert "@" not in text
    assert '"reconciled": 1' in text


def test_the_clock_of_the_tests_is_later_than_the_objects():
    assert START > 1_795_478_400
