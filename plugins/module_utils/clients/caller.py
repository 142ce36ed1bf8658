# Copyright: (c) 2026, multitenant.kubeflow contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""STS: in whose account we are."""

from __future__ import annotations

from typing import Any

from ansible_collections.multitenant.kubeflow.plugins.module_utils.clients.aws_call import aws_call


class CallerClient:
    """The identity of the credentials."""

    def __init__(self, sts: Any) -> None:
        self.sts = sts

    @aws_call("find out the account of these credentials")
    def read_account(self) -> dict[str, str]:
        """Account and partition."""
        identity = self.sts.get_caller_identity()
        return {"account": identity["Account"], "partition": identity["Arn"].split(":")[1]}
