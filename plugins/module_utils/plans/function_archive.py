# Copyright: (c) 2026, multitenant.kubeflow contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The zip of a function: the same files make the same bytes, whatever the machine, the day and the zlib."""

from __future__ import annotations

import base64
import hashlib
import io
import zipfile
from collections.abc import Mapping
from pathlib import PurePosixPath

from ansible_collections.multitenant.kubeflow.plugins.module_utils.errors import Refusal

LEFT_OUT_FOLDERS = ("tests", "__pycache__")
LEFT_OUT_SUFFIXES = (".pyc", ".pyo", ".md")
EPOCH = (1980, 1, 1, 0, 0, 0)
READABLE_FILE = 0o100644 << 16
MADE_ON_UNIX = 3


def is_packed(path: str) -> bool:
    """Whether a file of the source folder belongs into the function: neither tests nor hidden nor written by Python."""
    parts = PurePosixPath(path).parts
    hidden = any(part.startswith(".") for part in parts)
    return not hidden and not set(parts) & set(LEFT_OUT_FOLDERS) and not path.endswith(LEFT_OUT_SUFFIXES)


def archive(files: Mapping[str, bytes], entry_point: str) -> bytes:
    """The zip of the files (path below the folder -> content); stored, as deflate differs between versions of zlib."""
    packed = {path: content for path, content in files.items() if is_packed(path)}
    if entry_point not in packed:
        raise Refusal(
            f"The source folder holds no {entry_point}. Give the folder in which the function's entry point is."
        )
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w", zipfile.ZIP_STORED) as archived:
        for path in sorted(packed):
            entry = zipfile.ZipInfo(path, EPOCH)
            entry.create_system = MADE_ON_UNIX
            entry.external_attr = READABLE_FILE
            archived.writestr(entry, packed[path])
    return stream.getvalue()


def code_sha256(content: bytes) -> str:
    """The fingerprint of a zip as Lambda tells it."""
    return base64.b64encode(hashlib.sha256(content).digest()).decode()
