"""What a cold start costs: a new interpreter that imports a stack and makes its first token, in CPU seconds and memory."""

from __future__ import annotations

import os
import statistics
import subprocess
import sys

from benchmarks.function import FOLDER

OURS = f"""
import sys
sys.path.insert(0, {str(FOLDER)!r})
import index
from datetime import UTC, datetime
from profile_manager.sigv4 import Credentials
from profile_manager.token import cluster_token
cluster_token("c", "eu-west-1", Credentials("AKIDEXAMPLE", "secret"), datetime.now(UTC))
"""
THEIRS = """
from kubernetes import client
client.CoreV1Api(), client.CustomObjectsApi(), client.RbacAuthorizationV1Api()
import boto3
session = boto3.session.Session("AKIDEXAMPLE", "secret", region_name="eu-west-1")
session.client("sts").generate_presigned_url("get_caller_identity")
"""


def measure(code: str, times: int = 5) -> dict[str, float]:
    """Medians of the whole process: user and system seconds, and peak memory in MiB."""
    results = []
    for _ in range(times + 1):
        process = subprocess.Popen([sys.executable, "-c", code])
        _, status, usage = os.wait4(process.pid, 0)
        process.returncode = os.waitstatus_to_exitcode(status)
        if process.returncode:
            raise SystemExit("a cold start failed")
        results.append((usage.ru_utime + usage.ru_stime, usage.ru_maxrss / 1024))
    cpu, memory = zip(*results[1:], strict=True)  # the first one compiles
    return {"cpu_seconds": round(statistics.median(cpu), 3), "peak_mib": round(statistics.median(memory), 1)}


def cold_starts() -> list[dict[str, object]]:
    return [
        {"what": "cold start: this function", **measure(OURS)},
        {"what": "cold start: kubernetes client and boto3", **measure(THEIRS)},
    ]
