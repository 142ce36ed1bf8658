"""A cluster, a clock and a Lambda container in memory; the cluster speaks the same interface as profile_manager.cluster.

The fake keeps the API server's rules that matter here: resource versions, uids, 404 for an absent namespace, 409 for a
second create. Its profile controller makes namespaces at once, or only when told to (`controller = False`, `settle()`).
"""

from __future__ import annotations

import base64
import copy
import itertools
import json
from pathlib import Path
from typing import Any

from profile_manager.errors import Conflict, Refused
from profile_manager.handler import handle
from profile_manager.surroundings import Surroundings

EVENTS = Path(__file__).resolve().parent / "events"
SEEDED_NAMESPACES = ("default", "kube-system", "kubeflow", "istio-system")
START = 1_800_000_000.0


def event(name: str) -> dict[str, Any]:
    return json.loads((EVENTS / f"{name}.json").read_text())


def login_event(groups: str | None = "[team-a, team-b]", email: str = "alice@example.com", user: str = "alice") -> dict:
    found = event("hosted_auth_v1")
    attributes = found["request"]["userAttributes"]
    attributes["email"] = email
    attributes["identities"] = json.dumps([{"userId": f"CORP\\{user}", "providerName": "ADFS", "providerType": "SAML"}])
    attributes.pop("custom:groups")
    if groups is not None:
        attributes["custom:groups"] = groups
    found["userName"] = f"adfs_corp\\{user}"
    return found


class FakeCluster:
    def __init__(self, istio: str = "security.istio.io") -> None:
        self.objects: dict[tuple[str, str, str], dict[str, Any]] = {}
        self.calls: list[tuple[str, str, str, str]] = []
        self.hooks: list[Any] = []
        self.groups = {"kubeflow.org", "rbac.authorization.k8s.io", istio}
        self.controller = True
        self.too_new: set[tuple[str, str, str]] = set()
        self.requests = 0
        self._numbers = itertools.count(1)
        for name in SEEDED_NAMESPACES:
            self.put("v1", "Namespace", "", name)

    # --- what tests say and ask

    def put(self, api_version: str, kind: str, namespace: str, name: str, **body: Any) -> dict[str, Any]:
        """An object that somebody else made."""
        where = {"name": name, **({"namespace": namespace} if namespace else {}), **body.pop("metadata", {})}
        return self._store({"apiVersion": api_version, "kind": kind, "metadata": where, **body})

    def put_namespace(self, name: str, owner: str | None = None) -> dict[str, Any]:
        return self.put("v1", "Namespace", "", name, metadata={"annotations": {"owner": owner} if owner else {}})

    def put_profile(self, name: str, owner: str, **metadata: Any) -> dict[str, Any]:
        spec = {"owner": {"kind": "User", "name": owner}}
        found = self.put("kubeflow.org/v1", "Profile", "", name, metadata=metadata, spec=spec)
        if self.controller:
            self.settle()
        return found

    def settle(self) -> None:
        """What the profile controller does."""
        for (kind, _, name), profile in list(self.objects.items()):
            if kind == "Profile" and ("Namespace", "", name) not in self.objects:
                self.put_namespace(name, profile["spec"]["owner"]["name"])

    def find(self, kind: str, namespace: str = "", name: str = "") -> list[dict[str, Any]]:
        return [
            found
            for (k, where, n), found in sorted(self.objects.items())
            if k == kind and namespace in ("", where) and name in ("", n)
        ]

    def one(self, kind: str, namespace: str, name: str) -> dict[str, Any]:
        return self.objects[kind, namespace, name]

    def access(self, email: str, kind: str = "RoleBinding") -> dict[str, str]:
        """Namespace -> role of the objects that give this user something."""
        return {
            found["metadata"]["namespace"]: found["metadata"]["annotations"]["role"]
            for found in self.find(kind)
            if found["metadata"].get("annotations", {}).get("user") == email
        }

    def writes(self) -> list[tuple[str, str, str, str]]:
        return [call for call in self.calls if call[0] in ("create", "delete", "annotate")]

    # --- the interface of profile_manager.cluster.Cluster

    def get(self, deadline: Any, resource: Any, name: str, namespace: str = "") -> dict[str, Any] | None:
        self._call(deadline, "get", resource.kind, namespace, name)
        return copy.deepcopy(self.objects.get((resource.kind, namespace, name)))

    def list(self, deadline: Any, resource: Any, selector: str, namespace: str = "") -> list[dict[str, Any]]:
        self._call(deadline, "list", resource.kind, namespace, selector)
        wanted = dict(term.split("=") for term in selector.split(","))
        return [
            copy.deepcopy(found)
            for found in self.find(resource.kind, namespace)
            if wanted.items() <= (found["metadata"].get("labels") or {}).items()
        ]

    def list_few(self, deadline: Any, resource: Any, selector: str, may_be_old: bool) -> list[dict[str, Any]]:
        """An answer that may be old lacks what `too_new` names, as (kind, namespace, name)."""
        unknown = self.too_new if may_be_old else set()
        found = self.list(deadline, resource, selector)
        return [
            it for it in found if (resource.kind, it["metadata"]["namespace"], it["metadata"]["name"]) not in unknown
        ]

    def create(self, deadline: Any, resource: Any, wanted: dict[str, Any]) -> tuple[dict[str, Any] | None, str]:
        where = wanted["metadata"]
        namespace = where.get("namespace", "")
        self._call(deadline, "create", resource.kind, namespace, where["name"])
        if namespace and ("Namespace", "", namespace) not in self.objects:
            return None, "nowhere"
        if (resource.kind, namespace, where["name"]) in self.objects:
            return None, "exists"
        found = self._store(copy.deepcopy(wanted))
        if resource.kind == "Profile" and self.controller:
            self.settle()
        return copy.deepcopy(found), "created"

    def delete(self, deadline: Any, resource: Any, found: dict[str, Any]) -> bool:
        where = found["metadata"]
        key = (resource.kind, where.get("namespace", ""), where["name"])
        self._call(deadline, "delete", *key)
        present = self.objects.get(key)
        if present is None or present["metadata"]["uid"] != where["uid"]:
            return False
        del self.objects[key]
        return True

    def annotate(self, deadline: Any, resource: Any, found: dict[str, Any], notes: dict[str, str]) -> dict[str, Any]:
        where = found["metadata"]
        key = (resource.kind, where.get("namespace", ""), where["name"])
        self._call(deadline, "annotate", *key)
        present = self.objects.get(key)
        if present is None or present["metadata"]["resourceVersion"] != where["resourceVersion"]:
            raise Conflict("changed meanwhile", 409)
        present["metadata"].setdefault("annotations", {}).update(notes)
        self.touch(key)
        return copy.deepcopy(present)

    def served_groups(self, deadline: Any) -> set[str]:
        self._call(deadline, "discover", "", "", "")
        return self.groups

    def each(self, work: Any, items: Any) -> list[Any]:
        results, errors = [], []
        for item in items:
            try:
                results.append(work(item))
            except Exception as cause:
                errors.append(cause)
        if errors:
            raise errors[0]
        return results

    # --- inside

    def touch(self, key: tuple[str, str, str]) -> None:
        """Somebody writes the object without changing what we read of it."""
        self.objects[key]["metadata"]["resourceVersion"] = str(next(self._numbers))

    def _call(self, deadline: Any, *call: str) -> None:
        deadline.within(1)
        self.requests += 1
        self.calls.append(call)  # type: ignore[arg-type]
        for hook in list(self.hooks):
            hook(self, call)

    def _store(self, found: dict[str, Any]) -> dict[str, Any]:
        where = found["metadata"]
        where.setdefault("uid", f"uid-{next(self._numbers)}")
        where["resourceVersion"] = str(next(self._numbers))
        where.setdefault("creationTimestamp", "2026-11-24T00:00:00Z")
        self.objects[found["kind"], where.get("namespace", ""), where["name"]] = found
        return found


class Once:
    """A hook that acts before the first call of a kind, and only then."""

    def __init__(self, verb: str, kind: str, act: Any, name: str = "", namespace: str = "") -> None:
        self._wanted = (verb, kind)
        self._where = (namespace, name)
        self._act = act
        self.happened = False

    def __call__(self, cluster: FakeCluster, call: tuple[str, str, str, str]) -> None:
        namespace, name = self._where
        if self.happened or call[:2] != self._wanted or namespace not in ("", call[2]) or name not in ("", call[3]):
            return
        self.happened = True
        self._act(cluster)


class Always(Once):
    def __call__(self, cluster: FakeCluster, call: tuple[str, str, str, str]) -> None:
        self.happened = False
        super().__call__(cluster, call)


def refuse(status: int) -> Any:
    def act(cluster: FakeCluster) -> None:
        raise Refused(f"the cluster answered {status}", status)

    return act


class Context:
    """What Lambda gives: a request id, and how long there is."""

    aws_request_id = "request-1"

    def __init__(self, seconds: float = 5.0) -> None:
        self._seconds = seconds

    def get_remaining_time_in_millis(self) -> int:
        return int(self._seconds * 1000)


class Container:
    """One warm container of the function over a fake cluster; its self-invocations are kept in `handed_over`."""

    def __init__(self, cluster: Any, **settings: Any) -> None:
        self.cluster = cluster
        self.time = START
        self.lines: list[str] = []
        self.handed_over: list[dict[str, Any]] = []
        self.configure(**settings)

    def configure(self, **settings: Any) -> Container:
        """The same function, deployed with other settings."""
        self.surroundings = Surroundings(
            variables(**settings),
            open_cluster=lambda environment, variables: self.cluster,
            invoke_self=lambda payload, variables, deadline: self.handed_over.append(dict(payload)),
            write=self.lines.append,
            now=lambda: self.time,
            sleep=lambda seconds: None,
        )
        return self

    def invoke(self, payload: dict[str, Any], seconds: float = 5.0) -> Any:
        return handle(payload, Context(seconds), self.surroundings)

    def log_in(
        self, groups: str | None = "[team-a, team-b]", email: str = "alice@example.com", user: str = "alice"
    ) -> Any:
        return self.invoke(login_event(groups, email, user))

    def run_handed_over(self) -> list[Any]:
        """As Lambda does, once."""
        todo, self.handed_over = self.handed_over, []
        return [self.invoke(payload) for payload in todo]

    def logged(self) -> list[dict[str, Any]]:
        return [json.loads(line) for line in self.lines]

    def messages(self) -> list[str]:
        return [line["message"] for line in self.logged() if "message" in line]

    def metrics(self) -> list[dict[str, Any]]:
        return [line for line in self.logged() if "_aws" in line]


def variables(**settings: Any) -> dict[str, str]:
    pem = "-----BEGIN CERTIFICATE-----\n-----END CERTIFICATE-----\n"
    return {
        "clusterName": "kubeflow",
        "cognitoGroupField": "custom:groups",
        "clusterEndpoint": "https://cluster.example.com",
        "clusterCertificateAuthority": base64.b64encode(pem.encode()).decode(),
        "settings": json.dumps({"userPoolId": "eu-west-1_abc", **settings}),
        "AWS_REGION": "eu-west-1",
        "AWS_LAMBDA_FUNCTION_NAME": "kubeflow-profile-manager",
    }
