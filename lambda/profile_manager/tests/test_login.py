"""A login, from the trigger's event to the cluster and back."""

from __future__ import annotations

import copy
import json

import pytest
from profile_manager_fakes import Always, Container, FakeCluster, Once, event, login_event, refuse

from profile_manager.errors import LoginDenied, OutOfTime, Unavailable

ALICE = "alice@example.com"
NAME = "user-alice-example-com-clusterrole-edit"
EVERY_KIND = ("RoleBinding", "AuthorizationPolicy")
HOUR = 3600


def test_the_event_comes_back_as_it_came(container):
    sent = login_event()
    assert container.invoke(sent) is sent
    assert sent == login_event()


def test_a_first_login_makes_an_own_profile_without_anything_in_it(container, cluster):
    container.log_in(None)
    (profile,) = cluster.find("Profile")
    assert profile["metadata"]["name"] == "profile-alice"
    assert profile["spec"] == {
        "owner": {"kind": "User", "name": ALICE},
        "resourceQuotaSpec": {
            "hard": {
                "cpu": "0",
                "memory": "0Gi",
                "nvidia.com/gpu": "0",
                "persistentvolumeclaims": "0",
                "requests.storage": "0Gi",
            }
        },
    }


def test_an_empty_own_profile_has_no_quota(container, cluster):
    container.configure(personalProfile="empty").log_in(None)
    assert cluster.one("Profile", "", "profile-alice")["spec"] == {"owner": {"kind": "User", "name": ALICE}}


def test_no_own_profile_when_none_is_wanted(container, cluster):
    container.configure(personalProfile="none").log_in("team-a")
    assert [profile["metadata"]["name"] for profile in cluster.find("Profile")] == ["team-a"]
    assert cluster.access(ALICE) == {"team-a": "edit"}


def test_a_group_becomes_a_profile_and_the_pair_that_kfam_writes(container, cluster):
    container.log_in("team-a")
    assert cluster.one("Profile", "", "team-a")["spec"] == {
        "owner": {"kind": "User", "name": "kubeflow-profile-manager"}
    }
    binding = cluster.one("RoleBinding", "team-a", NAME)
    annotations = {"user": ALICE, "role": "edit", "multitenant.kubeflow/group": "team-a"}
    assert binding["metadata"]["annotations"] == annotations
    assert binding["metadata"]["labels"]["app.kubernetes.io/managed-by"] == "kubeflow-profile-manager"
    assert binding["roleRef"] == {
        "apiGroup": "rbac.authorization.k8s.io",
        "kind": "ClusterRole",
        "name": "kubeflow-edit",
    }
    assert binding["subjects"] == [{"apiGroup": "rbac.authorization.k8s.io", "kind": "User", "name": ALICE}]
    policy = cluster.one("AuthorizationPolicy", "team-a", NAME)
    assert policy["apiVersion"] == "security.istio.io/v1beta1"
    assert policy["metadata"]["annotations"] == annotations
    assert policy["spec"] == {
        "rules": [
            {
                "from": [
                    {
                        "source": {
                            "principals": [
                                "cluster.local/ns/istio-system/sa/istio-ingressgateway-service-account",
                                "cluster.local/ns/kubeflow/sa/ml-pipeline-ui",
                            ]
                        }
                    }
                ],
                "when": [{"key": "request.headers[kubeflow-userid]", "values": [ALICE]}],
            }
        ]
    }


def test_the_policy_follows_what_kfam_of_the_cluster_is_told(container, cluster):
    container.configure(
        gatewayPrincipal="gateway", pipelinesPrincipal="pipelines", userIdHeader="x-user", userIdPrefix="accounts:"
    ).log_in("team-a")
    (rule,) = cluster.one("AuthorizationPolicy", "team-a", NAME)["spec"]["rules"]
    assert rule == {
        "from": [{"source": {"principals": ["gateway", "pipelines"]}}],
        "when": [{"key": "request.headers[x-user]", "values": ["accounts:" + ALICE]}],
    }


def test_a_cluster_of_the_first_istio_gets_a_service_role_binding():
    cluster = FakeCluster(istio="rbac.istio.io")
    Container(cluster).log_in("team-a")
    assert cluster.one("ServiceRoleBinding", "team-a", NAME)["spec"] == {
        "subjects": [{"properties": {"request.headers[kubeflow-userid]": ALICE}}],
        "roleRef": {"kind": "ServiceRole", "name": "ns-access-istio"},
    }
    assert not cluster.find("AuthorizationPolicy")


def test_the_writer_can_be_chosen_at_deployment(container, cluster):
    container.configure(bindingWriter="serviceRoleBinding").log_in("team-a")
    assert cluster.find("ServiceRoleBinding")
    assert not [call for call in cluster.calls if call[0] == "discover"]


def test_a_cluster_without_istio_says_what_to_set(container, cluster):
    cluster.groups = {"kubeflow.org"}
    with pytest.raises(LoginDenied):
        container.log_in("team-a")
    assert "set bindingWriter" in container.logged()[0]["reason"]


def test_an_unchanged_login_is_one_request_and_no_write(container, cluster):
    container.log_in()
    cluster.calls.clear()
    container.log_in()
    assert cluster.calls == [("get", "Profile", "", "profile-alice")]


def test_an_unchanged_login_under_the_second_name_is_two_requests(container, cluster):
    cluster.put_profile("profile-alice", "alice@other.com")
    container.log_in()
    cluster.calls.clear()
    container.log_in()
    assert [call[0] for call in cluster.calls] == ["get", "get"]


def test_an_unchanged_login_without_own_profile_is_one_request_with_a_place_for_receipts(container, cluster):
    cluster.put_namespace("receipts")
    container.configure(personalProfile="none", receiptNamespace="receipts").log_in()
    cluster.calls.clear()
    container.log_in()
    assert [call[:3] for call in cluster.calls] == [("get", "ConfigMap", "receipts")]


def test_without_a_place_for_receipts_each_login_looks_by_label(container, cluster):
    container.configure(personalProfile="none").log_in()
    cluster.calls.clear()
    container.log_in()
    assert [call[:2] for call in cluster.calls if call[0] != "discover"] == [
        ("list", "RoleBinding"),
        ("list", "AuthorizationPolicy"),
    ]


CHANGES = {
    "one group fewer": ("[team-a, team-b]", "team-b", {"team-b": "edit"}),
    "one more": ("team-a", "[team-a, team-b]", {"team-a": "edit", "team-b": "edit"}),
    "another": ("team-a", "team-b", {"team-b": "edit"}),
    "the last one gone": ("[team-a, team-b]", "none", {}),
    "the attribute gone": ("team-a", None, {}),
}


@pytest.mark.parametrize("case", CHANGES)
def test_access_follows_the_groups(container, cluster, case):
    before, after, wanted = CHANGES[case]
    container.log_in(before)
    container.log_in(after)
    for kind in EVERY_KIND:
        assert cluster.access(ALICE, kind) == wanted


def test_a_change_of_role_replaces_the_pair(container, cluster):
    container.log_in("team-a")
    container.configure(defaultRole="view").log_in("team-a")
    for kind in EVERY_KIND:
        (found,) = cluster.find(kind)
        assert found["metadata"]["name"].endswith("-view")


def test_revocations_come_before_grants(container, cluster):
    container.log_in("[team-a, team-b]")
    cluster.calls.clear()
    container.log_in("[team-b, team-c, team-d]")
    verbs = [call[0] for call in cluster.writes() if call[0] != "annotate"]
    assert verbs == sorted(verbs, key=["delete", "create"].index)
    assert {"delete", "create"} <= set(verbs)


def test_the_receipt_is_opened_before_the_first_change_and_closed_after_the_last(container, cluster):
    container.log_in("team-a")
    states = []

    def note(cluster, call):
        if call[0] in ("create", "delete"):
            receipt = cluster.one("Profile", "", "profile-alice")["metadata"]["annotations"]
            states.append(json.loads(receipt["multitenant.kubeflow/receipt"])["state"])

    cluster.hooks.append(note)
    container.log_in("team-b")
    assert set(states) == {"open"}
    assert receipt_of(cluster)["state"] == "done"


def receipt_of(cluster, profile: str = "profile-alice") -> dict:
    return json.loads(cluster.one("Profile", "", profile)["metadata"]["annotations"]["multitenant.kubeflow/receipt"])


# --- what is not ours stays


def binding_of_an_admin(cluster, namespace="team-a", name=NAME, user=ALICE, **more):
    for kind, api in (
        ("RoleBinding", "rbac.authorization.k8s.io/v1"),
        ("AuthorizationPolicy", "security.istio.io/v1beta1"),
    ):
        metadata = {"annotations": {"user": user, "role": "edit"}, **more}
        cluster.put(api, kind, namespace, name, metadata=metadata, spec={}, roleRef={}, subjects=[])


def test_a_binding_that_an_admin_made_stays(container, cluster):
    container.log_in("team-b")
    cluster.put_profile("team-a", "boss@example.com")
    binding_of_an_admin(cluster)
    container.log_in("team-c")
    container.log_in(None)
    assert cluster.access(ALICE) == {"team-a": "edit"}
    assert cluster.access(ALICE, "AuthorizationPolicy") == {"team-a": "edit"}


def test_an_equal_binding_of_an_admin_is_enough_and_stays_his(container, cluster):
    container.log_in("team-a")
    made = copy.deepcopy(cluster.one("RoleBinding", "team-a", NAME))
    del made["metadata"]["labels"]
    del made["metadata"]["annotations"]["multitenant.kubeflow/group"]
    cluster.objects["RoleBinding", "team-a", NAME] = made
    container.time += 13 * HOUR
    container.log_in("team-a")
    assert cluster.one("RoleBinding", "team-a", NAME) == made
    assert receipt_of(cluster)["state"] == "done"


def test_a_name_of_kfams_that_belongs_to_another_address_is_not_touched(container, cluster):
    container.log_in("team-a", email="a-b@example.com", user="a-b")
    before = copy.deepcopy(cluster.find("RoleBinding") + cluster.find("AuthorizationPolicy"))
    container.log_in("team-a", email="a.b@example.com", user="a.b")
    assert cluster.find("RoleBinding") + cluster.find("AuthorizationPolicy") == before
    assert "the RoleBinding of that name is not this user's" in json.dumps(container.logged())
    container.log_in(None, email="a.b@example.com", user="a.b")
    assert cluster.find("RoleBinding") + cluster.find("AuthorizationPolicy") == before


def test_a_binding_with_our_label_for_another_address_is_not_deleted(container, cluster):
    container.log_in("team-a")
    for kind in EVERY_KIND:
        cluster.one(kind, "team-a", NAME)["metadata"]["annotations"]["user"] = "eve@example.com"
    container.log_in("team-b")
    assert cluster.access("eve@example.com") == {"team-a": "edit"}


def test_an_object_that_was_replaced_since_it_was_listed_is_not_deleted(container, cluster):
    container.log_in("team-a")

    def replace(cluster):
        for kind in EVERY_KIND:
            cluster.one(kind, "team-a", NAME)["metadata"]["uid"] = "of-an-admin"

    cluster.hooks.append(Once("delete", "RoleBinding", replace))
    cluster.hooks.append(Once("delete", "AuthorizationPolicy", replace))
    container.log_in("team-b")
    assert "team-a" in cluster.access(ALICE)


# --- own profiles


def test_the_own_profile_is_never_somebody_elses(container, cluster):
    cluster.put_profile("profile-alice", "alice@other.com")
    before = copy.deepcopy(cluster.one("Profile", "", "profile-alice"))
    container.log_in(None)
    assert cluster.one("Profile", "", "profile-alice") == before
    (own,) = [p for p in cluster.find("Profile") if p["spec"]["owner"]["name"] == ALICE]
    assert own["metadata"]["name"].startswith("profile-alice-")
    container.log_in("team-a")
    assert len(cluster.find("Profile")) == 3


def test_the_second_name_is_kept_when_the_first_becomes_free(container, cluster):
    cluster.put_profile("profile-alice", "alice@other.com")
    container.log_in(None)
    del cluster.objects["Profile", "", "profile-alice"]
    container.log_in("team-a")
    assert [p["metadata"]["name"][:14] for p in cluster.find("Profile")] == ["profile-alice-", "team-a"]


def test_an_own_profile_that_an_admin_made_is_used_but_not_written_to(container, cluster):
    cluster.put_profile("profile-alice", ALICE)
    before = copy.deepcopy(cluster.one("Profile", "", "profile-alice"))
    container.log_in("team-a")
    container.log_in("team-b")
    assert cluster.one("Profile", "", "profile-alice") == before
    assert cluster.access(ALICE) == {"team-b": "edit"}


def test_both_names_taken_leaves_a_login_without_own_profile(container, cluster):
    container.log_in(None)
    name = cluster.find("Profile")[0]["metadata"]["name"]
    cluster.one("Profile", "", name)["spec"]["owner"]["name"] = "x@y"
    container.log_in(None)
    second = next(p for p in cluster.find("Profile") if p["metadata"]["name"] != name)
    second["spec"]["owner"]["name"] = "x@z"
    container.log_in("team-a")
    assert cluster.access(ALICE) == {"team-a": "edit"}
    assert len(cluster.find("Profile")) == 3


# --- group namespaces


OWNER = "kubeflow-profile-manager"
OURS = {"labels": {"app.kubernetes.io/managed-by": "kubeflow-profile-manager"}}


def stranger_namespace(cluster):
    cluster.put_namespace("team-a")


def namespace_of_another_owner(cluster):
    cluster.put_namespace("team-a", "boss@example.com")


def profile_of_a_stranger(cluster):
    cluster.put_profile("team-a", OWNER)


def profile_of_another_owner(cluster):
    cluster.put_profile("team-a", "boss@example.com", **OURS)


def profile_without_effect(cluster):
    """What upstream's controller leaves when the namespace was there first: a Profile, and somebody else's namespace."""
    cluster.put_namespace("team-a", "boss@example.com")
    cluster.put_profile("team-a", OWNER, **OURS, annotations={"multitenant.kubeflow/group": "team-a"})


def profile_of_mapped_groups(cluster):
    """What the function makes for groups of the mapping table: they may share it, so it names none of them."""
    cluster.put_profile("team-a", OWNER, **OURS)


def profile_of_a_user(cluster):
    labels = {**OURS["labels"], "multitenant.kubeflow/user": "x"}
    cluster.put_profile("team-a", OWNER, labels=labels)


def profile_of_another_group(cluster):
    cluster.put_profile("team-a", OWNER, **OURS, annotations={"multitenant.kubeflow/group": "Team_A"})


REFUSALS = {
    "a namespace without a Profile": (stranger_namespace, "the namespace exists and belongs to no Profile"),
    "a namespace of another owner": (namespace_of_another_owner, "the namespace exists and belongs to no Profile"),
    "a Profile that is not ours": (profile_of_a_stranger, "the Profile is not ours"),
    "a Profile of another owner": (profile_of_another_owner, "the Profile belongs to another owner"),
    "a Profile without effect": (
        profile_without_effect,
        "the namespace belongs to somebody else than its Profile",
    ),
    "a Profile of mapped groups": (profile_of_mapped_groups, "the namespace belongs to groups of the mapping table"),
    "a user's own Profile": (profile_of_a_user, "the Profile is a user's own"),
    "a Profile of a group that reads the same": (
        profile_of_another_group,
        "the namespace belongs to another group whose name reads the same",
    ),
}


@pytest.mark.parametrize("case", REFUSALS)
def test_nobody_is_let_into_a_namespace_that_is_not_the_groups(container, cluster, case):
    prepare, reason = REFUSALS[case]
    prepare(cluster)
    before = copy.deepcopy(cluster.find("Profile", name="team-a") + cluster.find("Namespace"))
    container.log_in("[team-a, team-b]")
    assert cluster.access(ALICE) == {"team-b": "edit"}
    assert cluster.access(ALICE, "AuthorizationPolicy") == {"team-b": "edit"}
    now = cluster.find("Profile", name="team-a") + cluster.find("Namespace")
    assert [found for found in now if found["metadata"]["name"] not in ("team-b", "profile-alice")] == before
    assert reason in [line.get("reason") for line in container.logged()]


@pytest.mark.parametrize(
    ("prepare", "adopted"),
    [
        (profile_of_a_stranger, True),
        (profile_of_another_owner, True),
        (profile_of_a_user, False),
        (profile_without_effect, False),
        (stranger_namespace, False),
    ],
)
def test_adoption_admits_profiles_of_others_but_nobodys_own_and_no_bare_namespace(container, cluster, prepare, adopted):
    prepare(cluster)
    container.configure(adopt=["team-*"]).log_in("team-a")
    assert cluster.access(ALICE) == ({"team-a": "edit"} if adopted else {})


def test_a_refused_group_is_tried_again_at_the_next_login(container, cluster):
    cluster.put_namespace("team-a", "boss@example.com")
    container.log_in("team-a")
    del cluster.objects["Namespace", "", "team-a"]
    container.log_in("team-a")
    assert cluster.access(ALICE) == {"team-a": "edit"}


def test_two_mapped_groups_may_share_a_namespace(container, cluster):
    table = [{"group": group, "namespace": "data", "role": "edit"} for group in ("one", "two")]
    container.configure(mapping=table)
    container.log_in("one")
    container.log_in("two", email="bob@example.com", user="bob")
    assert cluster.access("bob@example.com") == {"data": "edit"}


def test_two_users_make_one_group_at_once(container, cluster):
    other = Container(cluster)
    cluster.hooks.append(
        Once("create", "Profile", lambda _: other.log_in("team-a", "bob@example.com", "bob"), "team-a")
    )
    container.log_in("team-a")
    assert cluster.access(ALICE) == cluster.access("bob@example.com") == {"team-a": "edit"}
    assert len(cluster.find("Profile", name="team-a")) == 1


def test_no_login_ever_deletes_a_profile_or_a_namespace(container, cluster):
    container.log_in()
    container.log_in(None)
    assert {call[1] for call in cluster.calls if call[0] == "delete"} == set(EVERY_KIND)


# --- new namespaces appear later


def test_a_new_namespace_is_waited_for(container, cluster):
    cluster.controller = False
    looks = []

    def sleep(seconds):
        looks.append(seconds)
        if len(looks) == 3:
            cluster.settle()

    container.surroundings.sleep = sleep
    container.log_in("team-a")
    assert cluster.access(ALICE) == {"team-a": "edit"}
    assert len(looks) == 3
    assert not container.handed_over


def short_of_time(container):
    """A deadline that leaves no time to wait in."""
    return container.configure(deadlineSeconds=0.7)


def test_what_does_not_come_in_time_is_handed_over_and_finished_without_a_second_login(container, cluster):
    cluster.controller = False
    short_of_time(container).log_in("team-a")
    assert cluster.access(ALICE) == {}
    assert len(container.handed_over) == 1
    assert receipt_of(cluster)["state"] == "open"
    cluster.settle()
    assert container.run_handed_over() == [{"ended": "converged", "changes": 2, "waiting": 0}]
    assert cluster.access(ALICE) == {"team-a": "edit"}
    assert not container.handed_over
    cluster.calls.clear()
    container.log_in("team-a")
    assert len(cluster.calls) == 1


def test_a_handed_over_rest_goes_on_until_the_limit(container, cluster):
    cluster.controller = False
    container.configure(deadlineSeconds=0.7, handOvers=3).log_in("team-a")
    for _ in range(2):
        payload = container.handed_over.pop()
        container.invoke(payload, seconds=1.1)
    last = container.handed_over.pop()
    with pytest.raises(OutOfTime, match="still missing"):
        container.invoke(last, seconds=1.1)
    assert not container.handed_over
    assert "namespaces are still missing after the last hand-over" in container.messages()
    cluster.settle()
    assert container.invoke(last)["ended"] == "converged", "Lambda tries it again after a minute"
    assert cluster.access(ALICE) == {"team-a": "edit"}


def test_a_handed_over_rest_that_fails_midway_goes_on_when_lambda_tries_again(container, cluster):
    cluster.controller = False
    short_of_time(container).log_in("[team-a, team-b]")
    cluster.settle()
    payload = container.handed_over.pop()
    cluster.hooks.append(Always("create", "AuthorizationPolicy", no_answer, namespace="team-b"))
    container.surroundings.invoke_self = no_answer
    with pytest.raises(Unavailable):
        container.invoke(payload)
    cluster.hooks.clear()
    assert container.invoke(payload) == {"ended": "converged", "changes": 1, "waiting": 0}
    assert cluster.access(ALICE, "AuthorizationPolicy") == {"team-a": "edit", "team-b": "edit"}
    assert receipt_of(cluster)["state"] == "done"
    assert container.invoke(payload) == {"ended": "superseded", "changes": 0, "waiting": 0}, "an event that comes twice"


def no_answer(*anything):
    raise Unavailable("no answer")


def test_a_handed_over_rest_looks_only_at_what_is_left(container, cluster):
    cluster.controller = False
    cluster.put_profile("team-a", OWNER, **OURS, annotations={"multitenant.kubeflow/group": "team-a"})
    cluster.settle()
    short_of_time(container).log_in("[team-a, team-b]")
    assert cluster.access(ALICE) == {"team-a": "edit"}
    cluster.settle()
    cluster.calls.clear()
    container.run_handed_over()
    assert cluster.access(ALICE) == {"team-a": "edit", "team-b": "edit"}
    assert not [call for call in cluster.calls if call[0] == "list" or "team-a" in call]


def test_a_refused_group_keeps_the_receipt_open_through_the_hand_over(container, cluster):
    cluster.controller = False
    cluster.put_namespace("team-a")
    short_of_time(container).log_in("[team-a, team-b]")
    cluster.settle()
    container.run_handed_over()
    assert cluster.access(ALICE) == {"team-b": "edit"}
    assert receipt_of(cluster)["state"] == "open"


def test_a_handed_over_rest_does_nothing_after_a_newer_login(container, cluster):
    cluster.controller = False
    short_of_time(container).log_in("[team-a, team-b]")
    cluster.controller = True
    cluster.settle()
    container.configure().log_in("team-b")
    assert container.run_handed_over() == [{"ended": "superseded", "changes": 0, "waiting": 0}]
    assert cluster.access(ALICE) == {"team-b": "edit"}


def test_without_a_receipt_nothing_is_handed_over(container, cluster):
    cluster.controller = False
    container.configure(deadlineSeconds=0.7, personalProfile="none").log_in("team-a")
    assert not container.handed_over


def test_a_hand_over_that_fails_is_no_reason_to_refuse_the_login(container, cluster):
    def fail(payload, variables, deadline):
        raise Unavailable("no answer")

    cluster.controller = False
    short_of_time(container)
    container.surroundings.invoke_self = fail
    assert container.log_in("team-a")
    assert "hand-over failed" in container.messages()


# --- trouble


def test_a_refresh_never_touches_the_cluster(container, cluster):
    for name in ("refresh_tokens_v1", "refresh_tokens_v2", "refresh_tokens_v3", "client_credentials_v3"):
        sent = event(name)
        assert container.invoke(sent) is sent
    assert not cluster.calls


def test_a_refresh_passes_even_with_broken_settings(container):
    container.configure(nonsense=1)
    sent = event("refresh_tokens_v1")
    assert container.invoke(sent) is sent


def test_a_configured_claim_is_added_on_refresh_too(container, cluster):
    container.configure(accessTokenClaims=["email"])
    answer = container.invoke(event("refresh_tokens_v2"))
    claims = answer["response"]["claimsAndScopeOverrideDetails"]["accessTokenGeneration"]["claimsToAddOrOverride"]
    assert claims == {"email": "rumesh@example.com"}
    assert not cluster.calls


def test_version_one_ignores_access_token_claims_with_a_word(container):
    container.configure(accessTokenClaims=["email"])
    sent = event("refresh_tokens_v1")
    assert container.invoke(sent) is sent
    assert "V2_0" in container.messages()[0]


@pytest.mark.parametrize("step", [("get", "Profile"), ("list", "RoleBinding"), ("list", "AuthorizationPolicy")])
def test_a_silent_cluster_denies_the_login(container, cluster, step):
    def silent(cluster):
        raise Unavailable("no answer")

    cluster.hooks.append(Always(*step, silent))
    with pytest.raises(LoginDenied) as caught:
        container.configure(supportContact="help@example.com").log_in()
    assert "sign in again" in str(caught.value)
    assert "request-1" in str(caught.value)
    assert "help@example.com" in str(caught.value)
    assert ALICE not in str(caught.value)
    assert container.metrics()[0]["denied"] == 1


def test_a_silent_cluster_lets_in_when_that_was_decided(container, cluster):
    cluster.hooks.append(Always("get", "Profile", refuse(503)))
    assert container.configure(onError="allow").log_in()
    assert container.logged()[0]["decision"] == "allow"
    assert container.metrics()[0]["denied"] == 0


def test_a_revocation_that_fails_denies_the_login_and_grants_nothing(container, cluster):
    container.log_in("team-a")
    cluster.hooks.append(Always("delete", "RoleBinding", refuse(403)))
    with pytest.raises(LoginDenied):
        container.log_in("team-b")
    assert "team-b" not in cluster.access(ALICE)
    cluster.hooks.clear()
    container.log_in("team-b")
    assert cluster.access(ALICE) == {"team-b": "edit"}


def test_a_grant_that_the_cluster_refuses_does_not_stop_the_others(container, cluster):
    cluster.hooks.append(Always("create", "RoleBinding", refuse(403), namespace="team-a"))
    container.log_in("[team-a, team-b]")
    assert cluster.access(ALICE) == {"team-b": "edit"}
    assert "the cluster answered 403" in [line.get("reason") for line in container.logged()]
    cluster.hooks.clear()
    container.log_in("[team-a, team-b]")
    assert cluster.access(ALICE) == {"team-a": "edit", "team-b": "edit"}


def test_a_cluster_that_goes_silent_between_revoking_and_granting_lets_in_with_less(container, cluster):
    def silent(cluster):
        raise Unavailable("no answer")

    container.log_in("team-a")
    cluster.hooks.append(Always("create", "RoleBinding", silent))
    container.configure(deadlineSeconds=0.7).log_in("team-b")
    assert cluster.access(ALICE) == {}
    assert container.handed_over
    cluster.hooks.clear()
    container.run_handed_over()
    assert cluster.access(ALICE) == {"team-b": "edit"}


def test_nobody_comes_in_without_an_address_whatever_was_decided(container, cluster):
    container.configure(onError="allow")
    for address in ("", "*"):
        with pytest.raises(LoginDenied, match="no usable e-mail"):
            container.log_in(email=address)
    assert not cluster.calls


def test_broken_settings_deny_the_login_and_name_themselves(container):
    with pytest.raises(LoginDenied):
        container.configure(nonsense=1).log_in()
    assert "settings.nonsense is not a setting" in container.logged()[0]["reason"]


def test_an_unforeseen_error_is_a_decision_and_no_traceback(container, cluster):
    def break_down(cluster):
        raise ZeroDivisionError("secret text")

    cluster.hooks.append(Always("get", "Profile", break_down))
    with pytest.raises(LoginDenied) as caught:
        container.log_in()
    assert caught.value.__suppress_context__
    assert container.logged()[0]["reason"] == "ZeroDivisionError"


def test_an_invocation_without_time_is_denied_before_it_does_anything(container, cluster):
    with pytest.raises(LoginDenied):
        container.invoke(login_event(), seconds=0.3)
    assert not cluster.writes()


def test_the_log_tells_no_address_and_no_groups_of_a_user(container):
    container.log_in("[secret-group, other-group]")
    container.log_in("other-group")
    text = "".join(container.lines)
    assert ALICE not in text
    assert "user-alice" not in text
    assert "secret-group" not in text


def test_the_metrics_are_in_the_embedded_format(container):
    container.log_in("team-a")
    (metrics,) = container.metrics()
    (directive,) = metrics["_aws"]["CloudWatchMetrics"]
    assert directive["Dimensions"] == [["functionName"]]
    assert {metric["Name"] for metric in directive["Metrics"]} == {"logins", "changes", "denied", "duration"}
    assert all(isinstance(metrics[metric["Name"]], (int, float)) for metric in directive["Metrics"])
    assert (metrics["logins"], metrics["changes"], metrics["denied"]) == (1, 4, 0)


def test_many_groups_at_once(container, cluster):
    groups = "[" + ", ".join(f"g{number}" for number in range(120)) + "]"
    container.log_in(groups)
    assert len(cluster.access(ALICE)) == len(cluster.access(ALICE, "AuthorizationPolicy")) == 120
    cluster.calls.clear()
    container.log_in(groups)
    assert len(cluster.calls) == 1
