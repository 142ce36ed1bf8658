# Copyright: (c) 2026, multitenant.kubeflow contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""A file of manifests, as kustomize writes it."""

from __future__ import annotations

from typing import Any

from ansible_collections.multitenant.kubeflow.plugins.module_utils.errors import ServiceError

try:
    import yaml

    # Kubeflow is twelve megabytes: the loader in C needs two seconds for what the other one needs half a minute.
    LOADER: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
except ImportError:  # kubernetes.core needs it too, and says so
    yaml = None


def read_documents(path: str) -> list[Any]:
    """The documents of a YAML file."""
    try:
        with open(path, encoding="utf-8") as file:
            return list(yaml.load_all(file, Loader=LOADER))
    except OSError as error:
        raise ServiceError(
            f"Cannot read {path}: {error.strerror}. Give the path of a file of manifests.", error
        ) from error
    except yaml.YAMLError as error:
        raise ServiceError(f"{path} is not YAML: {error}. Build it again.", error) from error
