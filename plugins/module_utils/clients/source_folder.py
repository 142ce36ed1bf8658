# Copyright: (c) 2026, multitenant.kubeflow contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The files of a folder, to be packed by a plan."""

from __future__ import annotations

from pathlib import Path

from ansible_collections.multitenant.kubeflow.plugins.module_utils.errors import ServiceError


def read_folder(folder: str) -> dict[str, bytes]:
    """Path below the folder, with slashes -> content."""
    root = Path(folder).expanduser()
    if not root.is_dir():
        raise ServiceError(f"There is no folder {folder}. Give the folder that holds the function's source.")
    try:
        return {path.relative_to(root).as_posix(): path.read_bytes() for path in root.rglob("*") if path.is_file()}
    except OSError as error:
        raise ServiceError(f"Cannot read the folder {folder}: {error}.", error) from error
