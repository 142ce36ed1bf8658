"""Requests for objects: read, write, patch, delete, and the subresources."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from sandbox.kubernetes.emulator import scale
from sandbox.kubernetes.emulator.deletions import deletion_of
from sandbox.kubernetes.emulator.errors import (
    ApiError,
    bad_request,
    forbidden,
    invalid_value,
    method_not_allowed,
    not_found,
    required,
    unknown_path,
    unprocessable,
)
from sandbox.kubernetes.emulator.listing import chosen_objects, list_of, shown, wants_partial
from sandbox.kubernetes.emulator.patch_requests import APPLY_PATCH, check_patch_type, patched
from sandbox.kubernetes.emulator.rbac import Action, Authorizer
from sandbox.kubernetes.emulator.resources import Resource
from sandbox.kubernetes.emulator.reviews import Reviews
from sandbox.kubernetes.emulator.routing import Target
from sandbox.kubernetes.emulator.selectors import Predicate, selection
from sandbox.kubernetes.emulator.server_side_apply import apply
from sandbox.kubernetes.emulator.service_account_tokens import ServiceAccountTokens
from sandbox.kubernetes.emulator.store import Store
from sandbox.kubernetes.emulator.watch import Watch
from sandbox.kubernetes.emulator.writes import Options, Writer
from sandbox.kubernetes.identity import UserInfo

if TYPE_CHECKING:
    from sandbox.kubernetes.emulator.requests import Request


Answer = tuple[int, Any]


@dataclass(frozen=True)
class Objects:
    store: Store
    writer: Writer
    authorizer: Authorizer
    reviews: Reviews
    tokens: ServiceAccountTokens

    def answer(
        self, verb: str, resource: Resource, target: Target, request: Request, body: Any, user: UserInfo
    ) -> Answer:
        if resource.virtual:
            if verb != "create" or not isinstance(body, dict):
                raise method_not_allowed()
            return 201, self.reviews.answer(resource, target.namespace, body, user)
        call = _Call(self, resource, target, request, body, user)
        if verb == "watch":
            return 200, call.watch()
        with self.store.lock:
            return call.carry_out(verb)


class _Call:
    """One authorised request for one kind."""

    def __init__(
        self, objects: Objects, resource: Resource, target: Target, request: Request, body: Any, user: UserInfo
    ) -> None:
        self._store, self._writer = objects.store, objects.writer
        self._authorizer, self._tokens = objects.authorizer, objects.tokens
        self._resource, self._target, self._request = resource, target, request
        self._namespace, self._name = target.namespace, target.name
        self._body, self._user, self._query = body, user, request.query
        self._partial = wants_partial(request.accept)

    def carry_out(self, verb: str) -> Answer:
        if self._target.subresource:
            return self._subresource(verb)
        return {
            "get": self._get,
            "list": self._list,
            "create": self._create,
            "update": self._update,
            "patch": self._patch,
            "delete": self._delete,
            "deletecollection": self._delete_collection,
        }[verb]()

    def watch(self) -> Watch:
        chosen = self._chosen()
        return Watch(self._store, self._resource, self._namespace, chosen, self._query, self._partial)

    def _chosen(self) -> Predicate:
        fields = self._query.get("fieldSelector", "")
        if self._name:
            fields = f"metadata.name={self._name}"
        return selection(self._resource, self._query.get("labelSelector", ""), fields)

    def _current(self) -> dict:
        return self._writer.get(self._resource, self._namespace, self._name)

    def _shown(self, obj: dict) -> dict:
        return shown(self._resource, obj, self._partial)

    def _get(self) -> Answer:
        return 200, self._shown(self._current())

    def _list(self) -> Answer:
        lists = list_of(self._store, self._resource, self._namespace, self._chosen(), self._query, self._partial)
        return 200, lists

    def _options(self, *, applied: bool = False, subresource: str = "") -> Options:
        dry_run = self._query.get("dryRun", "")
        if dry_run not in ("", "All"):
            raise unprocessable(f'dryRun: Unsupported value: "{dry_run}": supported values: "All"')
        strict = self._query.get("fieldValidation") == "Strict"
        return Options(self._user, self._request.manager, bool(dry_run), subresource, applied, strict)

    def _object(self) -> dict:
        """The body, when it is an object of the kind that the path names."""
        body = self._body
        if not isinstance(body, dict) or not isinstance(body.get("metadata", {}) or {}, dict):
            raise bad_request("the body of the request is no object")
        kind, version = body.get("kind"), body.get("apiVersion")
        expected = (self._resource.kind, self._resource.group_version)
        if (kind or expected[0], version or expected[1]) != expected:
            raise bad_request(
                f"the API version in the data ({version}) or its kind ({kind}) does not match the expected "
                f"{expected[1]}, {expected[0]}"
            )
        return {**body, "metadata": body.get("metadata") or {}}

    def _create(self) -> Answer:
        if self._name or (self._resource.namespaced and not self._namespace):
            raise method_not_allowed()
        obj = self._writer.create(self._resource, self._namespace, self._object(), self._options())
        return 201, self._shown(obj)

    def _update(self) -> Answer:
        if not self._name:
            raise method_not_allowed()
        obj, part = self._object(), self._target.subresource
        if not obj["metadata"].get("name"):
            raise bad_request("name must be provided")
        self._demand_revision(obj)
        options = self._options(subresource=part)
        return 200, self._shown(self._writer.update(self._resource, self._namespace, self._name, obj, options))

    def _demand_revision(self, obj: dict) -> None:
        """Custom resources and roles' kin differ: only the former must say which version they replace."""
        current = self._current()
        if self._resource.custom and not obj["metadata"].get("resourceVersion"):
            kind, name = f"{self._resource.kind}.{self._resource.group}", current["metadata"]["name"]
            why = invalid_value("metadata.resourceVersion", 0, "must be specified for an update")
            raise ApiError(
                422,
                "Invalid",
                f'{self._resource.qualified_name} "{name}" is invalid: {why}',
                name=name,
                group=self._resource.group,
                kind=kind,
            )

    def _patch(self) -> Answer:
        if not self._name:
            raise method_not_allowed()
        kind = self._request.content_type
        if kind == APPLY_PATCH:
            return self._apply()
        check_patch_type(self._resource, kind)
        changed = patched(self._current(), kind, self._body)
        options = self._options(subresource=self._target.subresource)
        return 200, self._shown(self._writer.update(self._resource, self._namespace, self._name, changed, options))

    def _apply(self) -> Answer:
        manager = self._query.get("fieldManager")
        if not manager:
            why = required("fieldManager", "is required for apply patch")
            cause = {"reason": why.reason, "message": why.message, "field": why.field}
            message = f'PatchOptions.meta.k8s.io "" is invalid: {why}'
            raise ApiError(422, "Invalid", message, group="meta.k8s.io", kind="PatchOptions", causes=[cause])
        config, part = self._object(), self._target.subresource
        if config["metadata"].get("managedFields"):
            raise bad_request("metadata.managedFields must be nil")
        live = self._store.get(self._resource.storage, self._namespace, self._name)
        if live is None and (part or config["metadata"].get("uid")):
            raise not_found(self._resource, self._name)
        if live is None:
            self._may_create()
        force = self._query.get("force") in ("true", "1")
        merged = apply(live, config, manager, self._resource, force=force, subresource=part)
        if live is None:
            self._check_name(config)
            merged["metadata"].setdefault("name", self._name)
            created = self._writer.create(self._resource, self._namespace, merged, self._options(applied=True))
            return 201, self._shown(created)
        if not config["metadata"].get("resourceVersion"):
            merged["metadata"].pop("resourceVersion", None)
        options = self._options(applied=True, subresource=part)
        return 200, self._shown(self._writer.update(self._resource, self._namespace, self._name, merged, options))

    def _check_name(self, config: dict) -> None:
        name = config["metadata"].get("name", self._name)
        if name != self._name:
            raise bad_request(f"the name of the object ({name}) does not match the name on the URL ({self._name})")

    def _may_create(self) -> None:
        """An apply that creates needs the right to create, not to patch alone."""
        target = self._target
        action = Action("create", target.group, target.plural, target.namespace, target.name)
        if not self._authorizer.allows(self._user, action):
            scope = f'in the namespace "{target.namespace}"' if target.namespace else "at the cluster scope"
            message = (
                f'{self._resource.qualified_name} "{target.name}" is forbidden: User "{self._user.username}" cannot '
                f'create resource "{target.plural}" in API group "{target.group}" {scope}'
            )
            raise forbidden(message, name=target.name, group=target.group, kind=target.plural)

    def _delete(self) -> Answer:
        before = self._current()
        deletion = deletion_of(self._body, self._query)
        obj = self._writer.delete(self._resource, self._namespace, self._name, deletion, self._user)
        if obj["metadata"].get("deletionTimestamp") or self._resource.is_core("Pod"):
            return 200, self._shown(obj)
        details = {
            "name": self._name,
            "group": self._resource.group,
            "kind": self._resource.plural,
            "uid": before["metadata"]["uid"],
        }
        details = {key: value for key, value in details.items() if value}
        head = {"kind": "Status", "apiVersion": "v1", "metadata": {}, "status": "Success"}
        return 200, {**head, "details": details}

    def _delete_collection(self) -> Answer:
        chosen = chosen_objects(self._store, self._resource, self._namespace, self._chosen())
        deletion = deletion_of(self._body, self._query)
        for obj in chosen:
            namespace, name = obj["metadata"].get("namespace", ""), obj["metadata"]["name"]
            if self._store.get(self._resource.storage, namespace, name) is not None:
                self._writer.delete(self._resource, namespace, name, deletion, self._user)
        items = [self._shown(obj) for obj in chosen]
        metadata = {"resourceVersion": str(self._store.revision)}
        head = {"kind": f"{self._resource.kind}List", "apiVersion": self._resource.group_version}
        return 200, {**head, "metadata": metadata, "items": items}

    def _subresource(self, verb: str) -> Answer:
        part, resource = self._target.subresource, self._resource
        if part == "status" and resource.has_status:
            handlers = {"get": self._get, "update": self._update, "patch": self._patch}
        elif part == "scale" and resource.scale:
            handlers = {"get": self._get_scale, "update": self._set_scale, "patch": self._patch_scale}
        elif part == "finalize" and resource.is_core("Namespace"):
            handlers = {"update": self._update}
        elif part == "token" and resource.is_core("ServiceAccount"):
            handlers = {"create": self._token}
        elif part == "eviction" and resource.is_core("Pod"):
            handlers = {"create": self._evict}
        else:
            raise unknown_path()
        if verb not in handlers:
            raise method_not_allowed()
        return handlers[verb]()

    def _get_scale(self) -> Answer:
        return 200, scale.scale_of(self._resource, self._current())

    def _set_scale(self, wanted: dict | None = None) -> Answer:
        scaled = scale.with_scale(self._resource, self._current(), wanted or self._body)
        obj = self._writer.update(self._resource, self._namespace, self._name, scaled, self._options())
        return 200, scale.scale_of(self._resource, obj)

    def _patch_scale(self) -> Answer:
        current = scale.scale_of(self._resource, self._current())
        return self._set_scale(patched(current, self._request.content_type, self._body))

    def _token(self) -> Answer:
        return 201, self._tokens.request(self._current(), self._body if isinstance(self._body, dict) else {})

    def _evict(self) -> Answer:
        self._writer.delete(
            self._resource, self._namespace, self._name, deletion_of(self._body, self._query), self._user
        )
        return 201, {"kind": "Status", "apiVersion": "v1", "metadata": {}, "status": "Success"}
