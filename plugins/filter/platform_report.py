# Copyright: (c) 2026, multitenant.kubeflow contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)

from __future__ import annotations

import datetime

from ansible_collections.multitenant.kubeflow.plugins.module_utils.verdicts import function_rights, report


def platform_report(facts: dict, now: datetime.datetime) -> dict:
    """The report on what the role verify has read, at a moment in UTC."""
    return report.report(facts, now.replace(tzinfo=datetime.UTC))


class FilterModule:
    """What the role verify needs to judge what it has read."""

    def filters(self) -> dict:
        return {"platform_report": platform_report, "function_rights": function_rights.questions}
