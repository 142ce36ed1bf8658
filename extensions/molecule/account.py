"""Whether anything was changed: `account.py remember` writes down what was called, `account.py compare` tells of writes since.

Of AWS it is the calls that count, so that a change to something that stays under its name is seen too; of Kubernetes it is
the objects, as check mode sends them as dry runs.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

from sandbox.control import ask

STATE = Path(os.environ["SANDBOX_DIR"])
MEMORY = STATE / "account.json"
# What the function does when it is asked for its report is seen in the cluster.
READING = ("Describe", "Get", "List", "Check", "Simulate", "Lookup", "Search", "Test", "Invoke")
KINDS = (
    "namespaces,customresourcedefinitions,clusterroles,clusterrolebindings,rolebindings,deployments,services,ingresses"
)
EACH = '{range .items[*]}{.kind} {.metadata.namespace}/{.metadata.name} {.metadata.generation}{"\\n"}{end}'


def main(wish: str) -> int:
    there = {"calls": aws_calls(), "objects": cluster_objects()}
    if wish == "remember":
        MEMORY.write_text(json.dumps(there))
        return 0
    differences = list(compare(json.loads(MEMORY.read_text()), there))
    print("\n".join(differences) or "Nothing was changed.")
    return len(differences) > 0


def compare(before: dict, after: dict) -> Iterator[str]:
    for call, count in sorted(after["calls"].items()):
        if count > before["calls"].get(call, 0) and not call.partition(":")[2].startswith(READING):
            yield f"AWS was asked for {call}"
    old, new = set(before["objects"]), set(after["objects"])
    yield from (f"new in the cluster: {name}" for name in sorted(new - old))
    yield from (f"gone from the cluster: {name}" for name in sorted(old - new))


def aws_calls() -> dict[str, int]:
    """How often the deployer has called what, e.g. acm:RequestCertificate."""
    told = ask(STATE / "control.json")
    if not told:
        raise SystemExit(f"No sandbox runs in {STATE}.")
    return told["calls"]


def cluster_objects() -> list[str]:
    kubeconfig = STATE / "admin.kubeconfig"
    if not kubeconfig.exists():
        return []
    command = ["kubectl", f"--kubeconfig={kubeconfig}", "get", KINDS, "--all-namespaces", f"--output=jsonpath={EACH}"]
    return subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True).stdout.splitlines()


if __name__ == "__main__":
    sys.exit(main(sys.argv[1]))
