# Copyright: (c) 2026, multitenant.kubeflow contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""How long each role of a play took: a callback plugin that writes seconds and task counts to $SANDBOX_ROLE_TIMES."""

from __future__ import annotations

import json
import os
import time
from pathlib import Path

from ansible.plugins.callback import CallbackBase

DOCUMENTATION = r"""
name: role_times
type: aggregate
short_description: Write the time each role took to a file
description:
  - Adds up, for each role, the seconds from the start of one of its tasks to the start of the next task.
  - Writes one JSON object with C(playbook), C(seconds), C(failed) and C(roles) when the playbook ends.
requirements:
  - The environment variable E(SANDBOX_ROLE_TIMES) names the file. Without it nothing is measured.
"""


class CallbackModule(CallbackBase):
    CALLBACK_VERSION = 2.0
    CALLBACK_TYPE = "aggregate"
    CALLBACK_NAME = "role_times"
    CALLBACK_NEEDS_ENABLED = True

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        self._file = os.environ.get("SANDBOX_ROLE_TIMES", "")
        self.disabled = not self._file
        self._playbook = ""
        self._begun = self._task_begun = time.monotonic()
        self._role = ""
        self._roles = {}

    def v2_playbook_on_start(self, playbook):
        self._playbook = Path(playbook._file_name).name

    def v2_playbook_on_task_start(self, task, is_conditional):
        self._end_task()
        self._begin_task(task)

    def v2_playbook_on_handler_task_start(self, task):
        self._end_task()
        self._begin_task(task)

    def v2_playbook_on_cleanup_task_start(self, task):
        self._end_task()
        self._begin_task(task)

    def v2_runner_on_ok(self, result):
        self._count("changed" if result._result.get("changed") else "ok")

    def v2_runner_on_skipped(self, result):
        self._count("skipped")

    def v2_runner_on_failed(self, result, ignore_errors=False):
        self._count("ignored" if ignore_errors else "failed")

    def v2_runner_on_unreachable(self, result):
        self._count("failed")

    def v2_playbook_on_stats(self, stats):
        self._end_task()
        report = {
            "playbook": self._playbook,
            "seconds": round(time.monotonic() - self._begun, 2),
            "failed": any(entry.get("failed") for entry in self._roles.values()),
            "roles": {name: {**entry, "seconds": round(entry["seconds"], 2)} for name, entry in self._roles.items()},
        }
        target = Path(self._file)
        target.parent.mkdir(parents=True, exist_ok=True)
        beside = target.with_name(f".{target.name}.{os.getpid()}")
        beside.write_text(json.dumps(report, indent=2) + "\n", encoding="utf-8")
        beside.replace(target)

    def _begin_task(self, task):
        self._role = role_of(task)
        self._task_begun = time.monotonic()
        if self._role:
            self._entry()["tasks"] += 1

    def _end_task(self):
        if self._role:
            self._entry()["seconds"] += time.monotonic() - self._task_begun
        self._role = ""

    def _count(self, outcome):
        if self._role:
            entry = self._entry()
            entry[outcome] = entry.get(outcome, 0) + 1

    def _entry(self):
        return self._roles.setdefault(self._role, {"seconds": 0.0, "tasks": 0})


def role_of(task):
    """The short name of the role a task belongs to (of the outermost one, when roles call roles); empty outside."""
    role = task._role
    while role is not None and role.get_dep_chain():
        role = role.get_dep_chain()[0]
    return role.get_name().rpartition(".")[2] if role is not None else ""
