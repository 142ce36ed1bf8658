"""The dashboard lists what KFAM lists, asks RBAC before it does anything, and takes only its own forms."""

from __future__ import annotations

import base64
from typing import Any

import pytest

from sandbox.login.browser import Browser
from sandbox.login.container import Container, NotDeployed
from sandbox.login.dashboard.kfam import Binding, KfamError, bindings_of
from sandbox.login.dashboard.site import dashboard, notebooks
from sandbox.login.web import Headers, Request, Response

HOST = "kubeflow.example.com"
ALICE, BOB = "alice@example.com", "bob@example.com"


def binding(namespace: str, user: str, role: str = "kubeflow-edit", subjects: int = 1) -> dict:
    return {
        "metadata": {"namespace": namespace, "annotations": {"user": user, "role": "edit"}},
        "roleRef": {"name": role},
        "subjects": [{"kind": "User", "name": user}] * subjects,
    }


PROFILES = [{"metadata": {"name": name}} for name in ("vision", "speech", "profile-alice")]
LISTS = {
    "an editor": ([binding("vision", ALICE)], (Binding("vision", "contributor"),)),
    "owner and viewer": (
        [binding("vision", ALICE, "kubeflow-view"), binding("profile-alice", ALICE, "kubeflow-admin")],
        (Binding("profile-alice", "owner"), Binding("vision", "viewer")),
    ),
    "somebody else": ([binding("vision", BOB)], ()),
    "no Profile of that name": ([binding("kube-system", ALICE)], ()),
    "without the annotation that names the role": (
        [{**binding("vision", ALICE), "metadata": {"namespace": "vision", "annotations": {"user": ALICE}}}],
        (),
    ),
    "an unknown ClusterRole": ([binding("vision", ALICE, "cluster-admin")], (Binding("vision", ""),)),
}


@pytest.mark.parametrize(("bindings", "listed"), LISTS.values(), ids=LISTS)
def test_the_list(bindings: list[dict], listed: tuple) -> None:
    assert bindings_of(ALICE, PROFILES, bindings) == listed


def test_one_binding_of_another_shape_breaks_the_whole_list() -> None:
    with pytest.raises(KfamError, match="binding subject length not equal to 1, actual length: 2"):
        bindings_of(ALICE, PROFILES, [binding("vision", ALICE), binding("speech", ALICE, subjects=2)])


class Cluster:
    """A cluster of a few objects; `grants` are (user, verb) in every namespace."""

    def __init__(self, *grants: tuple[str, str]) -> None:
        self.grants = set(grants)
        self.notebooks: list[dict] = []
        env = [
            {"name": "USERID_HEADER", "valueFrom": {"configMapKeyRef": {"name": "settings", "key": "header"}}},
            {"name": "LOGOUT_URL", "value": "/out"},
            {"name": "SECRET", "valueFrom": {"secretKeyRef": {"name": "secret", "key": "word"}}},
        ]
        container = {"name": "dashboard", "args": ["--config=/etc/it.cfg"], "env": env}
        container["volumeMounts"] = [{"name": "file", "mountPath": "/etc/it.cfg", "subPath": "it.cfg"}]
        volumes = [{"name": "file", "configMap": {"name": "settings"}}]
        pod = {"containers": [container], "volumes": volumes}
        self.objects: dict[str, Any] = {
            "/apis/apps/v1/namespaces/kubeflow/deployments/dashboard": {"spec": {"template": {"spec": pod}}},
            "/api/v1/namespaces/kubeflow/configmaps/settings": {
                "data": {"header": "kubeflow-userid", "it.cfg": "text"}
            },
            "/api/v1/namespaces/kubeflow/secrets/secret": {"data": {"word": base64.b64encode(b"hidden").decode()}},
        }

    def get(self, path: str) -> Any:
        return self.objects.get(path)

    def items(self, path: str) -> list[dict]:
        if path.endswith("/profiles"):
            return PROFILES
        return [binding("vision", ALICE)] if path.endswith("/rolebindings") else self.notebooks

    def create(self, collection: str, obj: dict) -> dict:
        spec = obj["spec"]
        return {"status": {"allowed": (spec["user"], spec["resourceAttributes"]["verb"]) in self.grants}}

    def request(self, method: str, path: str, body: dict) -> tuple[int, dict]:
        if any(each["metadata"]["name"] == body["metadata"]["name"] for each in self.notebooks):
            return 409, {}
        self.notebooks.append(body)
        return 201, body


EDITOR = ((ALICE, "list"), (ALICE, "create"))


def visit(cluster: Cluster, user: str = ALICE, origin: str = "") -> Browser:
    """A browser whose requests the gateway has let through as this user's."""

    def send(request: Request) -> Response:
        headers = request.headers.with_("kubeflow-userid", user).with_("Origin", origin)
        asked = Request(**{**vars(request), "headers": headers if user else Headers()})
        app = notebooks if request.path.startswith("/notebook/") else dashboard
        return app(cluster, asked)  # type: ignore[arg-type]

    return Browser(send)


def test_the_dashboard_shows_the_namespaces_and_says_what_it_is() -> None:
    text = visit(Cluster()).open(f"https://{HOST}/").response.text
    assert ('href="/notebook/vision/"' in text, "speech" in text, 'href="/out"' in text) == (True, False, True)
    assert "sandbox's stand-in" in text


def test_who_is_in_no_namespace_is_told_so() -> None:
    assert "You are in no namespace." in visit(Cluster(), BOB).open(f"https://{HOST}/").response.text


@pytest.mark.parametrize("path", ["/", "/notebook/vision/"])
def test_without_an_identity_there_is_no_page(path: str) -> None:
    assert visit(Cluster(*EDITOR), "").open(f"https://{HOST}{path}").response.status == 401


def test_a_notebook_is_created_by_the_pages_own_form() -> None:
    cluster = Cluster(*EDITOR)
    browser = visit(cluster)
    page = browser.open(f"https://{HOST}/notebook/vision/")
    after = browser.submit(page, {"name": "mine"})
    assert [each["metadata"]["name"] for each in cluster.notebooks] == ["mine"]
    assert (">mine</a>" in after.response.text, ALICE in after.response.text) == (True, True)
    assert "let you through" in browser.open(f"https://{HOST}/notebook/vision/mine/").response.text


MISTAKES = {
    "a bad name": ("My Notebook", "lower-case letters"),
    "a name of markup": ("<b>", "lower-case letters"),
    "a name that is taken": ("taken", "There is a notebook taken already."),
}


@pytest.mark.parametrize(("name", "message"), MISTAKES.values(), ids=MISTAKES)
def test_a_mistake_in_the_form_is_told_on_the_page(name: str, message: str) -> None:
    cluster = Cluster(*EDITOR)
    browser = visit(cluster)
    browser.submit(browser.open(f"https://{HOST}/notebook/vision/"), {"name": "taken"})
    after = browser.submit(browser.history[-1], {"name": name})
    assert (after.response.status, message in after.response.text, len(cluster.notebooks)) == (400, True, 1)


def test_what_rbac_does_not_allow_is_neither_shown_nor_done() -> None:
    assert "is not authorized to list" in visit(Cluster()).open(f"https://{HOST}/notebook/vision/").response.text
    viewer = Cluster((ALICE, "list"))
    browser = visit(viewer)
    after = browser.submit(browser.open(f"https://{HOST}/notebook/vision/"), {"name": "mine"})
    told = "User 'alice@example.com' is not authorized to create kubeflow.org/v1/notebooks in namespace 'vision'"
    assert (after.response.status, told.replace("'", "&#x27;") in after.response.text) == (403, True)
    assert viewer.notebooks == []


FORGERIES = {
    "another token": ({"csrf": "x"}, ""),
    "no token": ({"csrf": ""}, ""),
    "a page of another site": ({}, "https://evil.example.com"),
}


@pytest.mark.parametrize(("values", "origin"), FORGERIES.values(), ids=FORGERIES)
def test_a_form_of_somebody_else_does_nothing(values: dict, origin: str) -> None:
    cluster = Cluster(*EDITOR)
    browser = visit(cluster, origin=origin)
    after = browser.submit(browser.open(f"https://{HOST}/notebook/vision/"), {"name": "mine", **values})
    assert (after.response.status, cluster.notebooks) == (403, [])


def test_a_container_gets_what_its_objects_say() -> None:
    container = Container(Cluster(), "kubeflow", "dashboard")  # type: ignore[arg-type]
    assert container.environment() == {"USERID_HEADER": "kubeflow-userid", "LOGOUT_URL": "/out", "SECRET": "hidden"}
    assert container.file("/etc/it.cfg") == "text"


def test_what_a_container_lacks_keeps_it_from_starting() -> None:
    cluster = Cluster()
    del cluster.objects["/api/v1/namespaces/kubeflow/secrets/secret"]
    with pytest.raises(NotDeployed, match='kubeflow/dashboard cannot start: secret "secret" not found'):
        Container(cluster, "kubeflow", "dashboard").environment()  # type: ignore[arg-type]
    with pytest.raises(NotDeployed, match="no Deployment kubeflow/other"):
        Container(cluster, "kubeflow", "other")  # type: ignore[arg-type]
