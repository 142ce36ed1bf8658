# Copyright: (c) 2026, multitenant.kubeflow contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The whole request of an update call that resets every field it is not sent.

UpdateUserPool and UpdateUserPoolClient set a field that is left out to its default, triggers and tags included,
so what is sent is always what is, merged with what is wanted.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import Any


def whole_request(current: Mapping[str, Any], changes: Mapping[str, Any], accepted: Collection[str]) -> dict[str, Any]:
    """What the update call must be sent to make `changes` and to keep everything else of `current`.

    `accepted` holds the names that the call takes; a change to None leaves the field out, which resets it.
    """
    merged = {**{key: value for key, value in current.items() if key in accepted}, **changes}
    return {key: value for key, value in merged.items() if value is not None}
