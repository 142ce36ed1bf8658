"""The emulator and a real kube-apiserver, side by side: every request goes to both and the answers are compared."""

from __future__ import annotations

import json
import os
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any

import pytest

from sandbox.kubernetes.backend import APISERVER, EMULATOR, open_backend
from sandbox.kubernetes.client import KubernetesClient
from sandbox.kubernetes.identity import Denied, UserInfo

USERS = {"token-of-alice": UserInfo("alice", ("dev",)), "token-of-bob": UserInfo("bob")}

Answer = tuple[int, Any]
View = Callable[[int, Any], Any]


def authenticate(token: str) -> UserInfo:
    if token not in USERS:
        raise Denied("unknown token")
    return USERS[token]


def status_only(code: int, body: Any) -> Any:
    """The view most requests are compared by: the status, and the reason of a refusal."""
    return (code, body.get("reason")) if code >= 400 else code


@dataclass
class Pair:
    """Two servers that hold the same objects; `differences` collects what they answered differently."""

    real: dict[str, KubernetesClient]
    emulated: dict[str, KubernetesClient]
    requests: int = 0
    differences: list[str] = field(default_factory=list)

    def send(
        self,
        method: str,
        path: str,
        body: Any = None,
        *,
        user: str = "admin",
        content_type: str = "application/json",
        view: View = status_only,
    ) -> tuple[Answer, Answer]:
        self.requests += 1
        truth = self.real[user].request(method, path, body, content_type)
        answer = self.emulated[user].request(method, path, body, content_type)
        if view(*truth) != view(*answer):
            self.differences.append(
                f"{method} {path} as {user}: {json.dumps(body)[:250]}\n"
                f"  real:     {view(*truth)}\n  emulated: {view(*answer)}\n"
                f"  real said: {str(truth[1].get('message', truth[1]))[:250]}\n"
                f"  emulated said: {str(answer[1].get('message', answer[1]))[:400]}"
            )
        return truth, answer

    def settle(self, holds: Callable[[KubernetesClient], bool], seconds: float = 60) -> None:
        """Waits until the administrator sees `holds` on both servers."""
        for clients in (self.real, self.emulated):
            end = time.monotonic() + seconds
            while not holds(clients["admin"]):
                assert time.monotonic() < end, "a server did not settle"
                time.sleep(0.05)

    def agreed(self, allowed: int = 0) -> None:
        """Fails with the first differences when there are more than `allowed`; then starts counting anew."""
        found, asked = self.differences, self.requests
        self.differences, self.requests = [], 0
        assert len(found) <= allowed, f"{len(found)} of {asked} answers differ:\n" + "\n".join(found[:5])


@pytest.fixture(scope="session")
def pair(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Pair]:
    if not os.environ.get("KUBEBUILDER_ASSETS"):
        pytest.skip("KUBEBUILDER_ASSETS is not set: no real kube-apiserver to compare with")
    apis = [
        open_backend("pair", authenticate, choice, tmp_path_factory.mktemp(choice)) for choice in (APISERVER, EMULATOR)
    ]
    try:
        for api in apis:
            api.start()
        yield Pair(*[_clients(api) for api in apis])
    finally:
        for api in apis:
            api.stop()


def _clients(api: Any) -> dict[str, KubernetesClient]:
    tokens = {"admin": api.admin_token, "alice": "token-of-alice", "bob": "token-of-bob"}
    return {user: KubernetesClient(api.url, api.ca_pem, token) for user, token in tokens.items()}


@pytest.fixture
def namespace(pair: Pair, request: pytest.FixtureRequest) -> str:
    """A namespace of the test's own, on both servers."""
    name = "".join(c if c.isalnum() else "-" for c in request.node.name.lower()).strip("-")[:60].strip("-")
    pair.send("POST", "/api/v1/namespaces", {"metadata": {"name": name}})
    path = f"/api/v1/namespaces/{name}/serviceaccounts/default"
    pair.settle(lambda client: client.request("GET", path)[0] == 200)
    return name
