# Copyright: (c) 2026, multitenant.kubeflow contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""What can go wrong, as the runner tells it to the user.

    Failure
    ├── Refusal         the wanted state cannot be reached, or must not be: raised by plans, before anything is changed
    └── ServiceError    AWS or Kubernetes said no: raised by clients, carries the cause

A message names the resource, the cause and the remedy, in that order; none of them formats Ansible output.
"""

from __future__ import annotations


class Failure(Exception):
    """The base of all errors that end a module with a sentence instead of a traceback."""


class Refusal(Failure):
    """The current state and the wanted one do not go together; nothing was changed."""


class ServiceError(Failure):
    """A service refused a call; `cause` is the exception of its own library, `code` the service's own word for it."""

    def __init__(self, message: str, cause: Exception | None = None, code: str | None = None) -> None:
        super().__init__(message)
        self.cause = cause
        self.code = code
