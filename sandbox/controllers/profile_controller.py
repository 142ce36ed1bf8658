"""Kubeflow's profile controller: a Profile becomes a namespace with its accounts, rights, policy and quota.

Kept as upstream (kubeflow/dashboard, profile_controller.go), faults included: a namespace of somebody else is left alone
and the Failed condition about it is lost, because it is written past the status subresource.  A change of owner therefore
stops the reconciliation for good, and with it the profile's deletion.
"""

from __future__ import annotations

import json
import logging
from collections.abc import Callable

import yaml

from sandbox.controllers import profile_objects as objects
from sandbox.controllers.aws import Aws
from sandbox.controllers.trust_policy import Policy, with_service_account, without_service_account
from sandbox.kubernetes.client import KubernetesClient, Object
from sandbox.kubernetes.control_loop import ControlLoop

LOG = logging.getLogger(__name__)

PROFILES = "/apis/kubeflow.org/v1/profiles"
CONFIG_MAPS = "/api/v1/namespaces/kubeflow/configmaps"
IAM_PLUGIN = "AwsIamForServiceAccount"
ROLE_ANNOTATION = "eks.amazonaws.com/role-arn"


class ProfileController(ControlLoop):
    collection = PROFILES
    kind = "Profile"
    owned = (
        "/api/v1/namespaces",
        "/api/v1/serviceaccounts",
        f"/apis/{objects.RBAC}/v1/rolebindings",
        f"/apis/{objects.ISTIO}/authorizationpolicies",
    )

    def __init__(self, client: KubernetesClient, aws: Aws) -> None:
        super().__init__(client)
        self._aws = aws

    def reconcile(self, profile: Object) -> float | None:
        """As upstream, a profile that is going is made whole first: one whose namespace is not its own cannot go."""
        if self._is_gone(profile) or not self._has_namespace(profile):
            return None
        self._make_content(profile)
        for role, annotate_only in _iam_plugins(profile):
            self._give_role(profile, role, annotate_only)
        if profile["metadata"].get("deletionTimestamp"):
            self._let_go(profile)
        else:
            self._set_finalizers(profile, add=True)
        return None

    def _is_gone(self, profile: Object) -> bool:
        """Whether a profile that was going has gone meanwhile: its namespace must not be made once more."""
        metadata = profile["metadata"]
        if not metadata.get("deletionTimestamp"):
            return False
        current = self.client.get(f"{PROFILES}/{metadata['name']}")
        return current is None or current["metadata"]["uid"] != metadata["uid"]

    def _has_namespace(self, profile: Object) -> bool:
        """Whether the profile's namespace is there and its own, after making it when it is missing."""
        name = profile["metadata"]["name"]
        labels = self._namespace_labels()
        found = self.client.get(f"/api/v1/namespaces/{name}")
        if found is None:
            self.client.create("/api/v1/namespaces", objects.namespace(profile, labels))
            return True
        if not objects.is_owned(found, profile):
            self._refuse(profile)
            return False
        current = found["metadata"].get("labels") or {}
        wanted = objects.with_labels(current, labels)
        if wanted != current:
            removed = {key: None for key in set(current) - set(wanted)}
            self.client.merge(f"/api/v1/namespaces/{name}", {"metadata": {"labels": {**wanted, **removed}}})
        return True

    def _refuse(self, profile: Object) -> None:
        owner, name = objects.owner_name(profile), profile["metadata"]["name"]
        message = f"namespace already exist, but not owned by profile creator {owner}"
        current = self.client.get(f"{PROFILES}/{name}")
        if current is None:
            return
        LOG.info("Profile %s: %s", name, message)
        conditions = (current.get("status") or {}).get("conditions") or []
        failed = {"type": "Failed", "message": message}
        if failed not in conditions:
            refused = {**current, "status": {"conditions": [*conditions, failed]}}
            self.client.replace(f"{PROFILES}/{name}", refused)

    def _make_content(self, profile: Object) -> None:
        place = profile["metadata"]["name"]
        core, rbac = f"/api/v1/namespaces/{place}", f"/apis/{objects.RBAC}/v1/namespaces/{place}"
        policies = f"/apis/{objects.ISTIO}/namespaces/{place}/authorizationpolicies"
        self._ensure(policies, objects.authorization_policy(profile, self._settings()), "spec")
        for account in objects.service_accounts(profile):
            self._ensure(f"{core}/serviceaccounts", account)
        for binding in objects.role_bindings(profile):
            self._ensure(f"{rbac}/rolebindings", binding, "roleRef", "subjects")
        quota = objects.quota(profile)
        if quota:
            self._ensure(f"{core}/resourcequotas", quota, "spec")
        else:
            self.client.delete(f"{core}/resourcequotas/{objects.QUOTA}")

    def _ensure(self, collection: str, wanted: Object, *fields: str) -> None:
        """Creates the object, or brings the given fields of an existing one to what is wanted."""
        path = f"{collection}/{wanted['metadata']['name']}"
        found = self.client.get(path)
        if found is None:
            self.client.create(collection, wanted)
        elif any(found.get(field) != wanted[field] for field in fields):
            self.client.replace(path, {**found, **{field: wanted[field] for field in fields}})

    def _let_go(self, profile: Object) -> None:
        """Takes back what lies outside the namespace; the namespace itself follows its owner."""
        if objects.FINALIZER not in (profile["metadata"].get("finalizers") or []):
            return
        name = profile["metadata"]["name"]
        for role, annotate_only in _iam_plugins(profile):
            if not annotate_only:
                self._edit_trust(role, lambda policy: without_service_account(policy, name, objects.EDITOR))
        self._set_finalizers(profile, add=False)

    def _give_role(self, profile: Object, role: str, annotate_only: bool) -> None:
        name = profile["metadata"]["name"]
        account = f"/api/v1/namespaces/{name}/serviceaccounts/{objects.EDITOR}"
        self.client.merge(account, {"metadata": {"annotations": {ROLE_ANNOTATION: role}}})
        if not annotate_only:
            self._edit_trust(role, lambda policy: with_service_account(policy, name, objects.EDITOR))

    def _edit_trust(self, role_arn: str, edit: Callable[[Policy], Policy]) -> None:
        role = role_arn.rpartition("/")[2]
        current: Policy = self._aws.iam.get_role(RoleName=role)["Role"]["AssumeRolePolicyDocument"]
        wanted = edit(current)
        if wanted != current:
            self._aws.iam.update_assume_role_policy(RoleName=role, PolicyDocument=json.dumps(wanted))

    def _set_finalizers(self, profile: Object, add: bool) -> None:
        metadata = profile["metadata"]
        current = metadata.get("finalizers") or []
        if add == (objects.FINALIZER in current):
            return
        others = [each for each in current if each != objects.FINALIZER]
        wanted = [*others, objects.FINALIZER] if add else others
        # With the version that was read: another's finalizer must not get lost.
        version = {"resourceVersion": metadata["resourceVersion"]}
        self.client.merge(f"{PROFILES}/{metadata['name']}", {"metadata": {"finalizers": wanted, **version}})

    def _settings(self) -> objects.Settings:
        return objects.Settings.from_config(self._config_map("profiles-config"))

    def _namespace_labels(self) -> dict[str, str]:
        """The labels of ConfigMap profiles-namespace-labels-data, whose one file is YAML of keys and values."""
        for text in self._config_map("profiles-namespace-labels-data").values():
            labels = yaml.safe_load(text) or {}
            return {str(key): "" if value is None else str(value) for key, value in labels.items()}
        return objects.DEFAULT_LABELS

    def _config_map(self, name: str) -> dict[str, str]:
        return (self.client.get(f"{CONFIG_MAPS}/{name}") or {}).get("data") or {}


def _iam_plugins(profile: Object) -> list[tuple[str, bool]]:
    """(role ARN, annotate only) of each plugin that binds an IAM role."""
    specs = [
        plugin.get("spec") or {} for plugin in profile["spec"].get("plugins") or [] if plugin.get("kind") == IAM_PLUGIN
    ]
    return [(spec["awsIamRole"], bool(spec.get("annotateOnly"))) for spec in specs if spec.get("awsIamRole")]
