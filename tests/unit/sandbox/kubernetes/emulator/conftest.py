"""An emulator in this process, asked without HTTP."""

from __future__ import annotations

import json
from email.message import Message
from typing import Any
from urllib.parse import parse_qsl, urlsplit

import pytest

from sandbox.kubernetes.emulator import Denied, Emulator, UserInfo
from sandbox.kubernetes.emulator.requests import Request

USERS = {
    "admin": UserInfo("admin", ("system:masters",)),
    "alice": UserInfo("alice", ("dev",), "uid-of-alice", {"session": ["one"]}),
    "bob": UserInfo("bob"),
}
APPLY = "application/apply-patch+yaml"
MERGE = "application/merge-patch+json"


def authenticate(token: str) -> UserInfo:
    if token not in USERS:
        raise Denied("unknown token")
    return USERS[token]


class Api:
    """Requests as one user after the other; answers are (code, body)."""

    def __init__(self) -> None:
        self.emulator = Emulator(authenticate)

    def answer(self, method: str, path: str, body: Any = None, user: str = "admin", **headers: str):
        message = Message()
        if user:
            message["Authorization"] = f"Bearer {user}"
        for name, value in headers.items():
            message[name.replace("_", "-")] = value
        url = urlsplit(path)
        content = body if isinstance(body, bytes) else b"" if body is None else json.dumps(body).encode()
        query = dict(parse_qsl(url.query, keep_blank_values=True))
        return self.emulator.answer(Request(method, url.path, query, message, content))

    def call(self, method: str, path: str, body: Any = None, user: str = "admin", **headers: str):
        response = self.answer(method, path, body, user, **headers)
        return response.code, json.loads(json.dumps(response.body))  # as it would come over the wire

    def get(self, path: str, user: str = "admin"):
        return self.call("GET", path, user=user)

    def create(self, path: str, body: Any, user: str = "admin"):
        return self.call("POST", path, body, user)

    def merge(self, path: str, body: Any, user: str = "admin"):
        return self.call("PATCH", path, body, user, Content_Type=MERGE)

    def apply(self, path: str, body: Any, manager: str, force: bool = False, user: str = "admin"):
        query = f"?fieldManager={manager}" + ("&force=true" if force else "")
        return self.call("PATCH", path + query, body, user, Content_Type=APPLY)

    def delete(self, path: str, options: Any = None, user: str = "admin"):
        return self.call("DELETE", path, options, user)

    def watch(self, path: str) -> list[tuple[str, str]]:
        """What a watch has to tell at once: (type, name) of each event."""
        found = []
        for event in self.answer("GET", path).body.events(ended=lambda: False):
            if event is None:
                break
            found.append((event["type"], event["object"]["metadata"].get("name", "")))
        return found


@pytest.fixture
def api() -> Api:
    return Api()


def config_map(name: str = "a", data: dict | None = None, **metadata: Any) -> dict:
    return {
        "apiVersion": "v1",
        "kind": "ConfigMap",
        "metadata": {"name": name, **metadata},
        "data": {"k": "1"} if data is None else data,
    }


@pytest.fixture(name="config_map")
def config_map_fixture():
    return config_map


def definition(spec: dict | None = None, scope: str = "Cluster", versions: tuple[str, ...] = ("v1", "v1beta1")) -> dict:
    """A CustomResourceDefinition of things.example.com."""
    anything = {"type": "object", "x-kubernetes-preserve-unknown-fields": True}
    schema = {"type": "object", "properties": {"spec": spec or anything, "status": anything}}
    shown = [
        {
            "name": name,
            "served": True,
            "storage": name == versions[0],
            "subresources": {"status": {}},
            "schema": {"openAPIV3Schema": schema},
        }
        for name in versions
    ]
    return {
        "apiVersion": "apiextensions.k8s.io/v1",
        "kind": "CustomResourceDefinition",
        "metadata": {"name": "things.example.com"},
        "spec": {
            "group": "example.com",
            "scope": scope,
            "names": {"kind": "Thing", "plural": "things", "shortNames": ["th"]},
            "versions": shown,
        },
    }


@pytest.fixture(name="definition")
def definition_fixture():
    return definition
