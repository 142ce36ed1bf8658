"""Names: what Kubernetes allows, what KFAM would choose, and which name a user's own Profile gets.

KFAM's rule (since Kubeflow 1.3): `getBindingName` in kubeflow/dashboard, components/access-management/kfam/bindings.go.
"""

from __future__ import annotations

import hashlib
import re
from fnmatch import fnmatchcase

NAMESPACE_LENGTH = 63  # a namespace is a DNS-1123 label
OBJECT_NAME_LENGTH = 253  # anything else is a DNS-1123 subdomain
HASH_LENGTH = 8

# Namespaces that belong to the cluster and its platform, whatever a directory calls its groups.
RESERVED_NAMESPACES = (
    "kube-*",
    "default",
    "istio-system",
    "kubeflow",
    "cert-manager",
    "auth",
    "oauth2-proxy",
    "knative-*",
)

_LABEL = re.compile(r"[a-z0-9]([-a-z0-9]*[a-z0-9])?")


def is_namespace_name(text: str) -> bool:
    return len(text) <= NAMESPACE_LENGTH and _LABEL.fullmatch(text) is not None


def namespace_name(text: str) -> str:
    """The text as a DNS-1123 label, "" when nothing of it can be kept; cut with a hash when it is too long."""
    label = re.sub(r"[^a-z0-9]+", "-", text.lower()).strip("-")
    return label if len(label) <= NAMESPACE_LENGTH else _cut(label, text, NAMESPACE_LENGTH)


def is_reserved(namespace: str, further: tuple[str, ...]) -> bool:
    return any(fnmatchcase(namespace, pattern) for pattern in (*RESERVED_NAMESPACES, *further))


def binding_name(email: str, role: str) -> str:
    """KFAM's name for the pair of objects that give one user one role, e.g. user-alice-example-com-clusterrole-edit."""
    user = re.sub(r"[^a-zA-Z0-9]+", "-", email)
    return re.sub(r"[^a-z0-9]+", "-", f"user-{user}-clusterrole-{role}".lower())


def own_profile_names(prefix: str, user: str, email: str) -> tuple[str, str]:
    """The name of the user's own Profile, and the one to take when the first belongs to another e-mail."""
    plain = namespace_name(prefix + (namespace_name(user) or "user"))
    room = NAMESPACE_LENGTH - HASH_LENGTH - 1
    return plain, f"{plain[:room].rstrip('-')}-{short_hash(email)}"


def user_label(email: str) -> str:
    """A label value that stands for the e-mail: labels cannot hold an "@", and should not hold a person."""
    return hashlib.sha256(email.encode()).hexdigest()[:20]


def short_hash(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()[:HASH_LENGTH]


def _cut(label: str, original: str, length: int) -> str:
    return f"{label[: length - HASH_LENGTH - 1].rstrip('-')}-{short_hash(original.lower())}"
