# Copyright: (c) 2026, multitenant.kubeflow contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Which options were given: None is "not given", and UNKNOWN is what an earlier task of a check-mode run could not say."""

from __future__ import annotations

from typing import Any

from ansible_collections.multitenant.kubeflow.plugins.module_utils.plans.plan import UNKNOWN


def is_known(value: Any) -> bool:
    """Whether the value is one that can be asked for or compared."""
    if isinstance(value, (list, tuple)):
        return all(is_known(item) for item in value)
    return value is not None and value != "" and value != UNKNOWN


def known(value: Any) -> Any:
    """The value, or None where it is not known."""
    return value if is_known(value) else None
