"""One JSON line per thing worth knowing, and the metrics of an invocation in CloudWatch's embedded format.

No personal data but the user name; no groups of a person, no e-mail, no event. Format of metrics: "Embedded metric
format" in the CloudWatch user guide.
"""

from __future__ import annotations

import json
import sys
import time
from collections.abc import Callable
from typing import Any

METRICS_NAMESPACE = "multitenant.kubeflow/ProfileManager"
UNITS = {"duration": "Milliseconds"}


class Log:
    def __init__(self, request_id: str, function_name: str, write: Callable[[str], object] = sys.stdout.write) -> None:
        self.request_id = request_id
        self._function_name = function_name
        self._write = write

    def __call__(self, level: str, message: str, **facts: Any) -> None:
        self._line({"level": level, "message": message, "requestId": self.request_id, **facts})

    def metrics(self, **values: float) -> None:
        definitions = [{"Name": name, "Unit": UNITS.get(name, "Count")} for name in values]
        directive = {"Namespace": METRICS_NAMESPACE, "Dimensions": [["functionName"]], "Metrics": definitions}
        self._line(
            {
                "_aws": {"Timestamp": int(time.time() * 1000), "CloudWatchMetrics": [directive]},
                "functionName": self._function_name,
                "requestId": self.request_id,
                **values,
            }
        )

    def _line(self, value: dict[str, Any]) -> None:
        self._write(json.dumps(value, ensure_ascii=False) + "\n")
