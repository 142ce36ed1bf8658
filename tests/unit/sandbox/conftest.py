"""Kubernetes APIs for the tests of the sandbox: the emulator, and the real server when KUBEBUILDER_ASSETS is set."""

from __future__ import annotations

import itertools
import os
import time
from collections.abc import Callable
from types import SimpleNamespace

import pytest

from sandbox.kubernetes.backend import open_backend
from sandbox.kubernetes.client import KubernetesClient
from sandbox.kubernetes.identity import Denied, UserInfo

CHOICES = ["emulator", *(["apiserver"] if os.environ.get("KUBEBUILDER_ASSETS") else [])]
NUMBERS = itertools.count(1)


class Kubernetes(SimpleNamespace):
    """A running API, its administrator's client, and `users`: who holds which token."""

    def client(self, token: str) -> KubernetesClient:
        return KubernetesClient(self.api.url, self.api.ca_pem, token)


def wait_for(holds: Callable[[], object], seconds: float = 20) -> object:
    """The first true answer of `holds`; the time is a limit against hanging, not an expectation."""
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        answer = holds()
        if answer:
            return answer
        time.sleep(0.02)
    raise AssertionError(f"nothing came of it in {seconds} s")


@pytest.fixture(scope="session")
def eventually() -> Callable[..., object]:
    return wait_for


@pytest.fixture(scope="session", params=CHOICES)
def kubernetes(request, tmp_path_factory) -> Kubernetes:
    users: dict[str, UserInfo] = {}

    def authenticate(token: str) -> UserInfo:
        if token not in users:
            raise Denied("unknown token")
        return users[token]

    api = open_backend("test", authenticate, request.param, tmp_path_factory.mktemp(request.param))
    api.start()
    yield Kubernetes(api=api, users=users, admin=KubernetesClient(api.url, api.ca_pem, api.admin_token))
    api.stop()


@pytest.fixture
def unique() -> Callable[[str], str]:
    """Names nobody has used: the APIs are shared by all tests."""
    return lambda stem: f"{stem}-{next(NUMBERS)}"
