"""`python -m sandbox up|down|status|login|visit|access|inventory|serve`: the embedded cloud and the logins into it."""

from __future__ import annotations

import argparse
import json
import os
import sys
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from sandbox import control, service
from sandbox.environment import environment
from sandbox.kubernetes.backend import BackendError, choose
from sandbox.login.directions import direction_lines, user_lines
from sandbox.login.screen import access_lines, address_lines, closing_screen, read_role_times, table
from sandbox.serve import REGION, THROTTLED, Options, serve
from sandbox.state import NotRunning, State, chosen_state

FACTOR = 0.00167
"""Ten minutes of AWS take one second here."""


def main(arguments: Sequence[str] | None = None) -> int:
    given = _parser().parse_args(arguments)
    state = State(Path(given.state_dir)) if given.state_dir else chosen_state(os.environ)
    try:
        return given.command(given, state)
    except BrokenPipeError:
        # Whoever read the output has gone, as `| head` does; what was asked for has been done or goes on.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 1
    except _expected_failures() as failure:
        print(f"sandbox: {failure}", file=sys.stderr)
        return 1


def up(given: argparse.Namespace, state: State) -> int:
    found = service.up(state, _options(given), _tell)
    _tell("The sandbox is ready. What is in it lives in memory and ends with `python -m sandbox down`.")
    for line in address_lines({**_places(found), "log": str(state.log)}):
        _tell(f"  {line}")
    return 0


def run_in_foreground(given: argparse.Namespace, state: State) -> int:
    return serve(state, _options(given))


def down(given: argparse.Namespace, state: State) -> int:
    stopped = service.down(state, _tell)
    _tell("The sandbox is stopped; what was in it is gone." if stopped else f"No sandbox ran in {state.folder}.")
    return 0


def status(given: argparse.Namespace, state: State) -> int:
    """Exit code 1 when none runs."""
    told = control.ask(state.control)
    if told is None:
        raise NotRunning(f"no sandbox runs in {state.folder}: start one with `python -m sandbox up`")
    rows = [
        ("process", f"{told['pid']}, {told['phase']}, up for {told['up_for_seconds']:.0f} s"),
        ("Kubernetes", told["kubernetes"]),
        ("factor", f"{told['factor']:g} of AWS's waiting times"),
    ]
    rows += [("time", f"{phase}: {seconds:.1f} s") for phase, seconds in told["seconds"].items()]
    rows += [
        (f"cluster {cluster['name']}", f"{cluster['url'] or 'starting'} ({cluster['seconds_to_start']:.1f} s to start)")
        for cluster in told["clusters"]
    ]
    rows += [("peak memory", f"{name}: {size / 2**20:.0f} MiB") for name, size in told["peak_memory"].items()]
    print("\n".join(table(rows)))
    return 0


def inventory(given: argparse.Namespace, state: State) -> int:
    """All AWS resources as JSON, in an order that two runs can be compared by."""
    session, found = _session(state)
    from sandbox.aws.inventory import inventory as read_inventory

    if given.region:
        found = {**found, "region": given.region}
    print(json.dumps(read_inventory(session, found), indent=2, sort_keys=True, default=str))
    return 0


def login(given: argparse.Namespace, state: State) -> int:
    session, found = _session(state)
    from sandbox.login.run import Room, log_everybody_in

    room = Room(state, session, found["region"], given.pool, given.cluster)
    directory, access = log_everybody_in(room, _tell)
    names = {user.mail: user.name for user in directory.active}
    endpoint = room.cluster.url
    places = {**_places(found), "Kubernetes": f"{endpoint} ({found['kubernetes']}, cluster {room.cluster_name})"}
    kubeconfig = state.folder / "kubeconfig"
    if kubeconfig.exists():
        places["kubeconfig"] = str(kubeconfig)
    directions = direction_lines(found, as_root=os.geteuid() == 0)
    times = read_role_times(state.role_times)
    print(f"\n{closing_screen(places, access, names, times, directions, user_lines(directory))}")
    return 0


def visit(given: argparse.Namespace, state: State) -> int:
    """Exit code 1 when the login does not end on the dashboard."""
    session, found = _session(state)
    from sandbox.login import directory as directories
    from sandbox.login.visit import Visit

    user = directories.load(state.directory).user(given.name)
    return 1 if Visit(session, found, state).log_in(user, _tell).failed_at else 0


def access(given: argparse.Namespace, state: State) -> int:
    """The access table alone; nobody logs in."""
    session, _ = _session(state)
    from sandbox.login import directory as directories
    from sandbox.login.access import read_access
    from sandbox.login.cluster import cluster_client

    directory = directories.load(state.directory)
    _, cluster = cluster_client(session, session.client("eks"), given.cluster)
    found = read_access(cluster, [user.mail for user in directory.active])
    print("\n".join(access_lines(found, {user.mail: user.name for user in directory.users})))
    return 0


def _session(state: State) -> tuple[Any, dict[str, Any]]:
    """(boto3 session as the deployer, addresses); this process forgets whatever real account its variables name."""
    found = state.read_addresses()
    if control.ask(state.control) is None:
        raise NotRunning(f"the sandbox of {state.folder} does not answer: `python -m sandbox up` starts it anew")
    variables = environment(state, os.environ, found["aws_endpoint_url"])
    os.environ.clear()
    os.environ.update(variables)
    import boto3

    return boto3.Session(region_name=found["region"]), found


def _places(found: dict[str, Any]) -> dict[str, Any]:
    return {
        "AWS": f"{found['aws_endpoint_url']} ({found['region']})",
        "state": found["state_dir"],
        "domain": f"{found['domain']} (zone {found['hosted_zone_id']})",
    }


def _options(given: argparse.Namespace) -> Options:
    asked = {"SANDBOX_KUBERNETES": given.kubernetes} if given.kubernetes else {}
    region = given.region or os.environ.get("SANDBOX_REGION") or REGION
    return Options(given.factor, choose({**os.environ, **asked}), given.throttled, region)


def _tell(text: str) -> None:
    print(text, flush=True)


def _expected_failures() -> tuple[type[Exception], ...]:
    """What is told in one sentence; anything else is a fault of the sandbox and shows where it happened."""
    from sandbox.login.claim_rules import RuleError
    from sandbox.login.cluster import ClusterNotReady
    from sandbox.login.directory import DirectoryError
    from sandbox.login.run import LoginFailed
    from sandbox.login.user_pool import PoolNotReady

    return (
        NotRunning,
        BackendError,
        service.ServiceFailed,
        LoginFailed,
        ClusterNotReady,
        DirectoryError,
        PoolNotReady,
        RuleError,
    )


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m sandbox", description=__doc__)
    commands = parser.add_subparsers(required=True, metavar="COMMAND")

    def command(name: str, run: Callable[[argparse.Namespace, State], int], told: str) -> argparse.ArgumentParser:
        added = commands.add_parser(name, help=told, description=told)
        added.set_defaults(command=run)
        added.add_argument("--state-dir", help="the state folder; default: $SANDBOX_DIR, else .sandbox")
        return added

    for name, run, told in (
        ("up", up, "start the sandbox in the background, or use the one that runs"),
        ("serve", run_in_foreground, "run the sandbox in the foreground"),
    ):
        starting = command(name, run, told)
        starting.add_argument("--factor", type=float, default=FACTOR, help="1 waits as long as AWS does")
        starting.add_argument(
            "--throttled", type=float, default=THROTTLED, help="share of AWS calls refused as too many"
        )
        starting.add_argument("--region", help="region of the account; default: $SANDBOX_REGION, else eu-west-1")
        starting.add_argument("--kubernetes", help="emulator, apiserver or context:NAME; default: by the environment")
    command("down", down, "stop the sandbox; what was in it is gone")
    command("status", status, "how the sandbox is: addresses, times, memory")
    listing = command("inventory", inventory, "all AWS resources of the sandbox as JSON")
    listing.add_argument("--region", help="those of another region than the account's own")
    signing_in = command("login", login, "log the sample users in and show who may do what where")
    signing_in.add_argument("--pool", help="name of the user pool, when there are several")
    visiting = command("visit", visit, "open Kubeflow as a browser would, and tell the login's twelve steps")
    visiting.add_argument("name", nargs="?", default="alice", help="who logs in, of directory.yml; default: alice")
    asking = command("access", access, "who may do what where, without a login")
    for with_cluster in (signing_in, asking):
        with_cluster.add_argument("--cluster", help="name of the EKS cluster, when there are several")
    return parser


if __name__ == "__main__":
    sys.exit(main())
