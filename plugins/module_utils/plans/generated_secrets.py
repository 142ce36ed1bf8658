# Copyright: (c) 2026, multitenant.kubeflow contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Passwords that are published with the manifests, replaced by ones that only this cluster has.

A value that the cluster has is kept: databases remember the password with which they were made.
"""

from __future__ import annotations

import base64
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

Object = Mapping[str, Any]


@dataclass(frozen=True)
class GeneratedSecret:
    """A Secret of the manifests, and the keys of it whose values are passwords."""

    namespace: str
    name: str
    keys: Sequence[str]


def completed(
    manifests: Sequence[Object],
    generated: Sequence[GeneratedSecret],
    live: Callable[[Object], Object | None],
    fresh: Callable[[], str],
) -> tuple[list[Object], tuple[str, ...]]:
    """The manifests with their passwords, and a warning for each that everybody knows but is in use already."""
    wanted = {(secret.namespace, secret.name): secret for secret in generated}
    done: list[Object] = []
    warnings: list[str] = []
    for manifest in manifests:
        place = (manifest["metadata"].get("namespace"), manifest["metadata"]["name"])
        secret = wanted.get(place) if manifest["kind"] == "Secret" else None
        if secret is None:
            done.append(manifest)
            continue
        published = data_of(manifest)
        there = (live(manifest) or {}).get("data") or {}
        passwords = {key: there[key] if key in there else encoded(fresh()) for key in secret.keys if key in published}
        known = [key for key, value in passwords.items() if value == published[key]]
        if known:
            warnings.append(
                f"Secret {secret.namespace}/{secret.name} still has the published {', '.join(known)}, as it was installed"
                " with it: whoever reaches the service behind it may use it. Change it in the service and in the Secret."
            )
        done.append(
            {
                **{key: value for key, value in manifest.items() if key != "stringData"},
                "data": {**published, **passwords},
            }
        )
    return done, tuple(warnings)


def data_of(secret: Object) -> dict[str, str]:
    """The contents as Kubernetes keeps them."""
    plain = secret.get("stringData") or {}
    return {**(secret.get("data") or {}), **{key: encoded(value) for key, value in plain.items()}}


def encoded(text: str) -> str:
    return base64.b64encode(text.encode()).decode()
