# Copyright: (c) 2026, multitenant.kubeflow contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The zip of a function: the same files make the same bytes, whatever the machine, the day and the zlib.

The format is PKWARE's APPNOTE.TXT, 4.3; zipfile cannot take contents that are compressed already.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import struct
from collections.abc import Mapping
from pathlib import PurePosixPath

from ansible_collections.multitenant.kubeflow.plugins.module_utils.errors import Refusal
from ansible_collections.multitenant.kubeflow.plugins.module_utils.plans.deflate import deflate

LEFT_OUT_FOLDERS = ("tests", "__pycache__")
LEFT_OUT_SUFFIXES = (".pyc", ".pyo", ".md")

STORED, DEFLATED = 0, 8
VERSION_NEEDED = 20  # 2.0, the first with deflate
MADE_ON_UNIX = 3 << 8 | VERSION_NEEDED
NAMES_ARE_UTF8 = 1 << 11
MIDNIGHT, NEW_YEAR_1980 = 0, 1 << 5 | 1  # the first moment that a zip can tell
READABLE_FILE = 0o100644 << 16
FILE_HEADER = "<4s5H3I2H"
DIRECTORY_HEADER = "<4s6H3I5H2I"
DIRECTORY_END = "<4s4H2IH"


def is_packed(path: str) -> bool:
    """Whether a file of the source folder belongs into the function: neither tests nor hidden nor written by Python."""
    parts = PurePosixPath(path).parts
    hidden = any(part.startswith(".") for part in parts)
    return not hidden and not set(parts) & set(LEFT_OUT_FOLDERS) and not path.endswith(LEFT_OUT_SUFFIXES)


def archive(files: Mapping[str, bytes], entry_point: str) -> bytes:
    """The zip of those files (path below the folder -> content) that belong into the function."""
    packed = {path: content for path, content in files.items() if is_packed(path)}
    if entry_point not in packed:
        raise Refusal(
            f"The source folder holds no {entry_point}. Give the folder in which the function's entry point is."
        )
    output, directory = b"", b""
    for path in sorted(packed):
        name, facts, content = _entry(path, packed[path])
        place = len(output)
        output += struct.pack(FILE_HEADER, b"PK\3\4", *facts, len(name), 0) + name + content
        directory += struct.pack(
            DIRECTORY_HEADER, b"PK\1\2", MADE_ON_UNIX, *facts, len(name), 0, 0, 0, 0, READABLE_FILE, place
        )
        directory += name
    sizes = (len(packed), len(packed), len(directory), len(output), 0)
    return output + directory + struct.pack(DIRECTORY_END, b"PK\5\6", 0, 0, *sizes)


def _entry(path: str, content: bytes) -> tuple[bytes, tuple[int, ...], bytes]:
    """The name, what both headers tell of the file, and its content, compressed where that makes it smaller."""
    name, written, method = path.encode(), content, STORED
    compressed = deflate(content)
    if len(compressed) < len(content):
        written, method = compressed, DEFLATED
    flags = 0 if path.isascii() else NAMES_ARE_UTF8
    sizes = (binascii.crc32(content), len(written), len(content))
    return name, (VERSION_NEEDED, flags, method, MIDNIGHT, NEW_YEAR_1980, *sizes), written


def code_sha256(content: bytes) -> str:
    """The fingerprint of a zip as Lambda tells it."""
    return base64.b64encode(hashlib.sha256(content).digest()).decode()
