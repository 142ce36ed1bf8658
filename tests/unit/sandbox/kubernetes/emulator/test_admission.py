"""ValidatingAdmissionPolicies as a cluster carries them out: what they match, what they say, how refusals read."""

from __future__ import annotations

import pytest

ROOT = "/apis/admissionregistration.k8s.io/v1"
POLICIES, BINDINGS = f"{ROOT}/validatingadmissionpolicies", f"{ROOT}/validatingadmissionpolicybindings"
MAPS = "/api/v1/namespaces/default/configmaps"
RULE = {"apiGroups": [""], "apiVersions": ["v1"], "resources": ["configmaps"], "operations": ["*"]}


def policy(*validations: dict | str, name: str = "p", rule: dict | None = None, **spec) -> dict:
    """A policy about ConfigMaps, or about what `rule` says; a text is a validation's expression."""
    listed = [{"expression": each} if isinstance(each, str) else each for each in validations]
    constraints = {"resourceRules": [{**RULE, **(rule or {})}], **spec.pop("matchConstraints", {})}
    return {"metadata": {"name": name}, "spec": {"matchConstraints": constraints, "validations": listed, **spec}}


def binding(policy: str = "p", actions: tuple[str, ...] = ("Deny",), name: str = "b", **spec) -> dict:
    return {"metadata": {"name": name}, "spec": {"policyName": policy, "validationActions": [*actions], **spec}}


@pytest.fixture
def demand(api):
    """Puts a policy with a binding into force."""

    def put(*validations, actions: tuple[str, ...] = ("Deny",), bound: dict | None = None, **spec) -> None:
        code, answer = api.create(POLICIES, policy(*validations, **spec))
        assert code == 201, answer["message"]
        assert api.create(BINDINGS, binding(actions=actions, **(bound or {})))[0] == 201

    return put


def refused(answer: tuple[int, dict]) -> str:
    """What a policy has said, "" for a write that went through."""
    code, body = answer
    return "" if code < 300 else body["message"].partition("denied request: ")[2] or body["message"]


def test_a_refusal_reads_like_a_servers(api, demand, config_map):
    demand({"expression": "object.data.k == '2'", "message": "k must be 2"})
    code, status = api.create(MAPS, config_map("a"))
    why = "ValidatingAdmissionPolicy 'p' with binding 'b' denied request: k must be 2"
    assert (code, status["reason"], status["message"]) == (422, "Invalid", f'configmaps "a" is forbidden: {why}')
    assert status["details"] == {"name": "a", "kind": "configmaps", "causes": [{"message": why}]}
    assert api.create(MAPS, config_map("a", {"k": "2"}))[0] == 201
    assert api.get(f"{MAPS}/a")[0] == 200


REASONS = {"Unauthorized": 401, "Forbidden": 403, "RequestEntityTooLarge": 413, "Invalid": 422}


@pytest.mark.parametrize("reason", REASONS)
def test_the_reason_decides_the_code(api, demand, config_map, reason):
    demand({"expression": "false", "reason": reason})
    code, status = api.create(MAPS, config_map())
    assert (code, status["reason"], refused((code, status))) == (REASONS[reason], reason, "failed expression: false")


MESSAGES = {
    "message": ({"message": " no "}, "no"),
    "expression": ({"messageExpression": "'not ' + object.metadata.name", "message": "no"}, "not a"),
    "expression that fails": ({"messageExpression": "object.nothing", "message": "no"}, "no"),
    "expression of several lines": ({"messageExpression": "'a\\nb'", "message": "no"}, "no"),
    "expression that is no text": ({"messageExpression": "object.data.size()", "message": "no"}, "no"),
    "expression that is empty": ({"messageExpression": "' '"}, "failed expression: 1 == 2"),
    "none": ({}, "failed expression: 1 == 2"),
}


@pytest.mark.parametrize("case", MESSAGES)
def test_the_message(api, demand, config_map, case):
    given, shown = MESSAGES[case]
    demand({"expression": " 1 == 2 ", **given})
    assert refused(api.create(MAPS, config_map())) == shown


# expression -> whether alice may create a ConfigMap a = {k: 1} in namespace default
EXPRESSIONS = {
    "object.data == {'k': '1'}": True,
    "oldObject == null": True,
    "has(object.metadata.labels)": False,
    "has(object.immutable) && object.immutable": False,
    "has(object.data.k) && [object].all(o, has(o.data.k) && !has(o.data.l))": True,
    "object.metadata.annotations.x == 'y' || true": True,
    "object.metadata.name.matches('^[a-c]$')": True,
    "object.data.all(key, object.data[key] in ['1', '2'])": True,
    "object.data.exists(key, key.startsWith('x'))": False,
    "request.operation == 'CREATE' && request.name == 'a' && request.namespace == 'default'": True,
    "request.resource.resource == 'configmaps' && request.resource.group == '' && request.kind.kind == 'ConfigMap'": True,
    "'dev' in request.userInfo.groups && request.userInfo.username == 'alice'": True,
    "'system:authenticated' in request.userInfo.groups": True,
    "request.userInfo.extra['session'] == ['one'] && request.userInfo.uid == 'uid-of-alice'": True,
    "has(request.subResource)": False,
    "request.dryRun": False,
    "namespaceObject.metadata.name == 'default' && namespaceObject.metadata.labels.team == 'a'": True,
    "object.metadata.name.upperAscii() == 'A' && ' b'.trim() == 'b'": True,
    "'a,b'.split(',') == ['a', 'b'] && ['a', 'b'].join('-') == 'a-b' && 'abc'.substring(1) == 'bc'": True,
    "'a1b2'.find('[0-9]') == '1' && 'a1b2'.findAll('[0-9]') == ['1', '2'] && 'aa'.replace('a', 'b', 1) == 'ba'": True,
    "dyn(object).data.k == '1'": True,
    "object != null && object.data != null && null == null && !(null != oldObject)": True,
    "object.data != 1 && object.data.k != 1 && dyn(1) == 1.0 && [dyn(1), 'a'] == [dyn(1.0), 'a']": True,
    "{'a': null} == {'a': null} && {'a': dyn(null)} != {'a': dyn(1)} && object == object": True,
    "object.nothing == object.nothing": False,
}


@pytest.mark.parametrize("expression", EXPRESSIONS)
def test_what_expressions_see(api, demand, config_map, expression):
    api.merge("/api/v1/namespaces/default", {"metadata": {"labels": {"team": "a"}}})
    api.create("/apis/rbac.authorization.k8s.io/v1/namespaces/default/rolebindings", EDITORS)
    demand(expression)
    code, _ = api.create(MAPS, config_map(), user="alice")
    assert (code == 201) is EXPRESSIONS[expression]


EDITORS = {
    "metadata": {"name": "editors"},
    "roleRef": {"apiGroup": "rbac.authorization.k8s.io", "kind": "ClusterRole", "name": "edit"},
    "subjects": [{"kind": "Group", "name": "dev", "apiGroup": "rbac.authorization.k8s.io"}],
}


def test_create_update_and_delete_differ_in_what_there_is(api, demand, config_map):
    kept = "!has(oldObject.data.kept) || (object != null && has(object.data.kept))"
    demand(f"request.operation == 'CREATE' || ({kept})")
    api.create(MAPS, config_map("a", {"kept": "1"}))
    assert refused(api.merge(f"{MAPS}/a", {"data": {"kept": None, "other": "1"}}))
    assert refused(api.delete(f"{MAPS}/a"))
    assert refused(api.delete(MAPS))
    assert api.get(f"{MAPS}/a")[1]["data"] == {"kept": "1"}
    assert not refused(api.merge(f"{MAPS}/a", {"data": {"kept": "2"}}))
    assert refused(api.apply(f"{MAPS}/a", {**config_map("a", {"x": "1"}), "metadata": {"name": "a"}}, "m")) == ""


def test_the_object_is_as_it_will_be_stored(api, demand):
    """Defaults are filled in, and what is invalid is refused as such before any policy is asked."""
    rule = {"resources": ["services"]}
    demand("object.spec.ports[0].protocol == 'TCP' && object.metadata.uid != ''", rule=rule)
    services = "/api/v1/namespaces/default/services"
    assert api.create(services, {"metadata": {"name": "s"}, "spec": {"ports": [{"port": 80}]}})[0] == 201
    code, status = api.create(services, {"metadata": {"name": "t"}, "spec": {"ports": [{"port": 0}]}})
    assert (code, "Invalid value: 0" in status["message"]) == (422, True)


def test_a_dry_run_is_tried_too(api, demand, config_map):
    demand("!request.dryRun")
    assert refused(api.create(f"{MAPS}?dryRun=All", config_map()))
    assert not refused(api.create(MAPS, config_map()))


CONDITIONS = {
    "true": (["true"], True),
    "one is false": (["true", "false"], False),
    "one fails": (["object.nothing == 1"], True),
    "one fails, one is false": (["object.nothing == 1", "false"], False),
    "the namespace is not seen": (["namespaceObject == null"], True),
    "by name": (["request.userInfo.username == 'admin'"], True),
    "by another name": (["request.userInfo.username == 'bob'"], False),
}


@pytest.mark.parametrize("case", CONDITIONS)
def test_conditions_decide_whether_a_policy_is_asked(api, demand, config_map, case):
    expressions, asked = CONDITIONS[case]
    conditions = [{"name": f"c{index}", "expression": text} for index, text in enumerate(expressions)]
    demand("false", matchConditions=conditions)
    assert bool(refused(api.create(MAPS, config_map()))) is asked


def test_variables_are_evaluated_when_they_are_used(api, demand, config_map):
    variables = [
        {"name": "broken", "expression": "object.nothing"},
        {"name": "size", "expression": "object.data.size()"},
        {"name": "double", "expression": "variables.size * 2"},
    ]
    demand("variables.double == 2", "variables.size == 1 || variables.broken", variables=variables)
    assert not refused(api.create(MAPS, config_map()))
    message = refused(api.create(MAPS, config_map("b", {"k": "1", "l": "2"})))
    assert message == "failed expression: variables.double == 2"


def test_what_goes_wrong_is_decided_by_the_failure_policy(api, demand, config_map):
    demand("object.nothing == 1", failurePolicy="Fail")
    message = refused(api.create(MAPS, config_map()))
    assert message == "expression 'object.nothing == 1' resulted in error: no such member in mapping: 'nothing'"
    api.merge(f"{POLICIES}/p", {"spec": {"failurePolicy": "Ignore"}})
    assert not refused(api.create(MAPS, config_map()))


FAILURES = {
    "object.a.b": "no such member in mapping: 'a'",
    "object.a && object.b": "no such member in mapping: 'a'",
    "object.a || object.b": "no such member in mapping: 'a'",
    "true && object.b": "no such member in mapping: 'b'",
    "object.data.k && true": "no such overload",
    "has(object.a.b)": "no such member in mapping: 'a'",
    "has(oldObject.data)": "no such overload",
    "['x'].all(x, has(object.a.b))": "no such member in mapping: 'a'",
    "object.data.k > 1": "found no matching overload for",
    "false || object.data.k": "no such overload",
    "authorizer.path('/x').check('get').allowed()": "undeclared reference to 'allowed'",
}


@pytest.mark.parametrize("expression", FAILURES)
def test_an_error_says_what_was_wrong(api, demand, config_map, expression):
    demand(expression)
    assert f"resulted in error: {FAILURES[expression]}" in refused(api.create(MAPS, config_map()))


def test_a_changed_policy_is_compiled_anew(api, demand, config_map):
    demand("false")
    assert refused(api.create(MAPS, config_map()))
    api.merge(f"{POLICIES}/p", {"spec": {"validations": [{"expression": "true"}]}})
    assert not refused(api.create(MAPS, config_map()))
    api.delete(f"{POLICIES}/p")
    api.create(POLICIES, policy("false"))
    assert refused(api.create(MAPS, config_map("b")))


def test_without_a_binding_nothing_is_refused(api, demand, config_map):
    demand("false")
    api.delete(f"{BINDINGS}/b")
    assert not refused(api.create(MAPS, config_map()))


def test_the_first_refusal_is_told(api, config_map):
    for name in ("q", "p"):
        api.create(POLICIES, policy("true", f"'{name}' == ''", "1 == 3", name=name))
        api.create(BINDINGS, binding(name, name=f"of-{name}"))
    _, status = api.create(MAPS, config_map())
    assert "'p' with binding 'of-p' denied request: failed expression: 'p' == ''" in status["message"]


ACTIONS = {
    ("Deny",): (422, False),
    ("Deny", "Audit"): (422, False),
    ("Audit",): (201, False),
    ("Warn",): (201, True),
    ("Audit", "Warn"): (201, True),
}


@pytest.mark.parametrize("actions", ACTIONS)
def test_actions(api, demand, config_map, actions):
    demand({"expression": "false", "message": 'not "good"'}, actions=actions)
    response = api.answer("POST", MAPS, config_map())
    warning = "299 - \"Validation failed for ValidatingAdmissionPolicy 'p' with binding 'b': not \\\"good\\\"\""
    assert (response.code, response.headers.get("Warning")) == (
        ACTIONS[actions][0],
        warning if ACTIONS[actions][1] else None,
    )


def about(**constraints) -> dict:
    return {"resourceRules": [RULE], **constraints}


# what is matched, and whether the write of ConfigMap a (label tier: x) into namespace default (label team: a) is
MATCHES = {
    "the kind": (about(), True),
    "any kind": (about(resourceRules=[{**RULE, "resources": ["*"]}]), True),
    "anything": (about(resourceRules=[dict.fromkeys(RULE, ["*"])]), True),
    "all subresources": (about(resourceRules=[{**RULE, "resources": ["configmaps/*"]}]), True),
    "a subresource": (about(resourceRules=[{**RULE, "resources": ["configmaps/status"]}]), False),
    "another kind": (about(resourceRules=[{**RULE, "resources": ["secrets"]}]), False),
    "another group": (about(resourceRules=[{**RULE, "apiGroups": ["apps"]}]), False),
    "another version": (about(resourceRules=[{**RULE, "apiVersions": ["v2"]}]), False),
    "another operation": (about(resourceRules=[{**RULE, "operations": ["UPDATE", "DELETE"]}]), False),
    "the operation": (about(resourceRules=[{**RULE, "operations": ["CREATE"]}]), True),
    "the second rule": (about(resourceRules=[{**RULE, "apiGroups": ["apps"]}, RULE]), True),
    "the scope": (about(resourceRules=[{**RULE, "scope": "Namespaced"}]), True),
    "another scope": (about(resourceRules=[{**RULE, "scope": "Cluster"}]), False),
    "the name": (about(resourceRules=[{**RULE, "resourceNames": ["a"]}]), True),
    "another name": (about(resourceRules=[{**RULE, "resourceNames": ["b"]}]), False),
    "excluded": (about(excludeResourceRules=[{**RULE, "resourceNames": ["a"]}]), False),
    "another one excluded": (about(excludeResourceRules=[{**RULE, "resourceNames": ["b"]}]), True),
    "the namespace": (about(namespaceSelector={"matchLabels": {"team": "a"}}), True),
    "another namespace": (about(namespaceSelector={"matchLabels": {"team": "b"}}), False),
    "the object": (about(objectSelector={"matchExpressions": [{"key": "tier", "operator": "Exists"}]}), True),
    "another object": (about(objectSelector={"matchLabels": {"tier": "y"}}), False),
    "selectors of anything": (about(objectSelector={}, namespaceSelector={}), True),
}


@pytest.mark.parametrize("place", ["policy", "binding"])
@pytest.mark.parametrize("case", MATCHES)
def test_what_a_policy_or_its_binding_is_about(api, demand, config_map, case, place):
    constraints, matched = MATCHES[case]
    api.merge("/api/v1/namespaces/default", {"metadata": {"labels": {"team": "a"}}})
    if place == "policy":
        demand("false", matchConstraints=constraints)
    else:
        demand("false", bound={"matchResources": constraints})
    assert bool(refused(api.create(MAPS, config_map(labels={"tier": "x"})))) is matched


def test_an_object_is_also_matched_by_the_labels_it_had(api, demand, config_map):
    api.create(MAPS, config_map(labels={"tier": "x"}))
    demand("false", matchConstraints=about(objectSelector={"matchLabels": {"tier": "x"}}))
    assert refused(api.merge(f"{MAPS}/a", {"metadata": {"labels": None}}))
    assert refused(api.delete(f"{MAPS}/a"))


def test_a_selector_of_namespaces_says_nothing_about_objects_without_one(api, demand):
    selector = {"matchLabels": {"team": "a"}}
    demand("false", matchConstraints={"resourceRules": [dict.fromkeys(RULE, ["*"])], "namespaceSelector": selector})
    assert refused(api.create("/api/v1/nodes", {"metadata": {"name": "n"}}))
    assert not refused(api.create("/api/v1/namespaces", {"metadata": {"name": "b"}}))
    assert refused(api.create("/api/v1/namespaces", {"metadata": {"name": "a", "labels": {"team": "a"}}}))


@pytest.mark.parametrize("how", ["Equivalent", "Exact"])
def test_another_served_version_is_the_same_thing(api, demand, definition, how):
    api.create("/apis/apiextensions.k8s.io/v1/customresourcedefinitions", definition())
    rule = {"apiGroups": ["example.com"], "apiVersions": ["v1"], "resources": ["things"]}
    seen = "object.apiVersion == 'example.com/v1' && request.requestKind.version == 'v1beta1'"
    demand(f"!({seen} && request.kind.version == 'v1')", rule=rule, matchConstraints={"matchPolicy": how})
    code, _ = api.create("/apis/example.com/v1beta1/things", {"metadata": {"name": "t"}})
    assert code == (422 if how == "Equivalent" else 201)


def test_a_subresource_is_matched_by_its_own_name(api, demand, definition):
    api.create("/apis/apiextensions.k8s.io/v1/customresourcedefinitions", definition())
    things = "/apis/example.com/v1/things"
    demand("false", rule={"apiGroups": ["example.com"], "resources": ["things/status"]})
    assert not refused(api.create(things, {"metadata": {"name": "t"}}))
    assert not refused(api.merge(f"{things}/t", {"spec": {"x": 1}}))
    assert refused(api.merge(f"{things}/t/status", {"status": {"x": 1}}))


PARAMS = {"paramKind": {"apiVersion": "v1", "kind": "ConfigMap"}, "rule": {"resources": ["secrets"]}}
SECRETS = "/api/v1/namespaces/default/secrets"


def test_parameters_by_name(api, demand, config_map):
    reference = {"name": "limits", "namespace": "default", "parameterNotFoundAction": "Deny"}
    demand("object.metadata.name in [params.data.k]", bound={"paramRef": reference}, **PARAMS)
    secret = {"metadata": {"name": "one"}}
    why = "failed to configure binding: no params found for policy binding with `Deny` parameterNotFoundAction"
    assert refused(api.create(SECRETS, secret)) == why
    api.create(MAPS, config_map("limits", {"k": "one"}))
    assert not refused(api.create(SECRETS, secret))
    assert refused(api.create(SECRETS, {"metadata": {"name": "two"}}))


def test_parameters_by_label_and_of_the_objects_namespace(api, demand, config_map):
    reference = {"selector": {"matchLabels": {"limits": "yes"}}, "parameterNotFoundAction": "Allow"}
    demand("object.metadata.name != params.data.k", bound={"paramRef": reference}, **PARAMS)
    assert not refused(api.create(SECRETS, {"metadata": {"name": "free"}}))
    for name in ("one", "two"):
        api.create(MAPS, config_map(name, {"k": name}, labels={"limits": "yes"}))
    answers = [refused(api.create(SECRETS, {"metadata": {"name": name}})) for name in ("one", "two", "three")]
    assert [bool(answer) for answer in answers] == [True, True, False]


def test_policies_do_not_stand_in_the_way_of_themselves_or_of_the_clusters_own_work(api, demand, config_map):
    api.create("/api/v1/namespaces", {"metadata": {"name": "n"}})
    api.create("/api/v1/namespaces/n/configmaps", config_map())
    demand("request.resource.resource == 'namespaces'", rule=dict.fromkeys(RULE, ["*"]))
    assert refused(api.delete("/api/v1/namespaces/n/configmaps/a"))
    assert api.delete("/api/v1/namespaces/n")[0] == 200
    assert api.get("/api/v1/namespaces/n")[0] == 404
    assert api.delete(f"{BINDINGS}/b")[0] == 200
    assert api.delete(f"{POLICIES}/p")[0] == 200


UNSTORABLE = {
    "syntax": (policy("1 +"), "spec.validations[0].expression", "compilation failed: Syntax error at"),
    "unknown name": (policy("thing.x"), "spec.validations[0].expression", "undeclared reference to 'thing'"),
    "params without a kind": (policy("params.x"), "spec.validations[0].expression", "undeclared reference to 'params'"),
    "unknown field": (policy("request.user == ''"), "spec.validations[0].expression", "undefined field 'user'"),
    "unknown variable": (policy("variables.x"), "spec.validations[0].expression", "undefined field 'x'"),
    "a name bound elsewhere": (
        policy("[1].all(x, x > 0) && x == 1"),
        "spec.validations[0].expression",
        "undeclared reference to 'x'",
    ),
    "variable used too early": (
        policy("true", variables=[{"name": "a", "expression": "variables.b"}, {"name": "b", "expression": "1"}]),
        "spec.variables[0].expression",
        "undefined field 'b'",
    ),
    "variable in a condition": (
        policy("true", matchConditions=[{"name": "c", "expression": "variables.a"}]),
        "spec.matchConditions[0].expression",
        "undeclared reference to 'variables'",
    ),
    "bad name of a variable": (
        policy("true", variables=[{"name": "a-b", "expression": "1"}]),
        "spec.variables[0].name",
        "not a valid CEL identifier",
    ),
    "bad message expression": (
        policy({"expression": "true", "messageExpression": ")"}),
        "spec.validations[0].messageExpression",
        "compilation failed",
    ),
    "message of two lines": (
        policy({"expression": "true", "message": "a\nb"}),
        "spec.validations[0].message",
        "line breaks",
    ),
    "unknown reason": (
        policy({"expression": "true", "reason": "No"}),
        "spec.validations[0].reason",
        "supported values",
    ),
    "no expression": (policy({"message": "x"}), "spec.validations[0].expression", "expression is not specified"),
    "nothing to validate": (policy(), "spec.validations", "at least one item"),
    "unknown failure policy": (policy("true", failurePolicy="No"), "spec.failurePolicy", "supported values"),
    "nothing to match": (
        policy("true", matchConstraints={"resourceRules": []}),
        "spec.matchConstraints.resourceRules",
        "Required value",
    ),
    "half a rule": (
        policy("true", rule={"operations": []}),
        "spec.matchConstraints.resourceRules[0].operations",
        "Required value",
    ),
}


@pytest.mark.parametrize("case", UNSTORABLE)
def test_a_policy_that_no_server_would_store(api, case):
    wanted, field, why = UNSTORABLE[case]
    code, status = api.create(POLICIES, wanted)
    assert code == 422
    assert [cause["field"] for cause in status["details"]["causes"]] == [field]
    assert why in status["details"]["causes"][0]["message"]


UNBINDABLE = {
    "no policy": ({"policyName": ""}, "spec.policyName"),
    "no action": ({"validationActions": []}, "spec.validationActions"),
    "unknown action": ({"validationActions": ["Allow"]}, "spec.validationActions[0]"),
    "deny and warn": ({"validationActions": ["Deny", "Warn"]}, "spec.validationActions"),
}


@pytest.mark.parametrize("case", UNBINDABLE)
def test_a_binding_that_no_server_would_store(api, case):
    spec, field = UNBINDABLE[case]
    code, status = api.create(BINDINGS, {"metadata": {"name": "b"}, "spec": {**binding()["spec"], **spec}})
    assert (code, [cause["field"] for cause in status["details"]["causes"]]) == (422, [field])
