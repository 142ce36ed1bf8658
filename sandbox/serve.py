"""The sandbox as one process: the AWS account, the Kubernetes API of each cluster, controllers, the control door."""

from __future__ import annotations

import logging
import os
import signal
import sys
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import Any

from sandbox import processes
from sandbox.control import Control
from sandbox.kubernetes.backend import EMULATOR, BackendError, open_backend
from sandbox.kubernetes.identity import Denied, UserInfo
from sandbox.state import State, locked, write_json, write_pid, write_text

log = logging.getLogger("sandbox")
REGION = "eu-west-1"
THROTTLED = 0.05
"""As in a busy account: whoever calls has to ask again."""
EXIT_OCCUPIED = 3
"""Another sandbox already runs in the state folder."""
EXIT_BACKEND = 4
"""The chosen Kubernetes cannot be used; the last line of the log says why."""


@dataclass(frozen=True)
class Options:
    """`factor` scales AWS's waiting times; `kubernetes` is a choice of sandbox.kubernetes.backend.

    `throttled` is the share of AWS calls that are refused because too many came.
    """

    factor: float
    kubernetes: str
    throttled: float = THROTTLED
    region: str = REGION


class Service:
    """What runs, and what it says about itself."""

    def __init__(self, state: State, options: Options) -> None:
        self.state = state
        self.options = options
        self.stopping = threading.Event()
        self.phase = "loading"
        self.seconds: dict[str, float] = {}
        self._begun = self._phase_begun = time.monotonic()
        self._clusters: Any = None
        self._calls: Callable[[], dict[str, int]] = dict

    def enter(self, phase: str) -> None:
        now = time.monotonic()
        self.seconds[self.phase] = round(now - self._phase_begun, 2)
        self.phase, self._phase_begun = phase, now
        log.info("%s", phase)

    def run(self) -> None:
        """Until /stop or a signal; raises what went wrong at the start."""
        control = Control(self.describe, self.stopping.set)
        control.start(self.state.control)
        # Imported here: moto alone takes most of a second, and the door should answer before.
        from sandbox import account
        from sandbox.authority import Authority
        from sandbox.aws import Cloud
        from sandbox.clusters import Clusters
        from sandbox.login.places import open_front
        from sandbox.login.sites import PLACES
        from sandbox.pace import Pace

        if self.options.kubernetes != EMULATOR:
            self.enter(f"trying Kubernetes ({self.options.kubernetes})")
            rehearse(self.options.kubernetes, self.state)
        self.enter("starting AWS")
        pace, authority = Pace(self.options.factor), Authority()
        clusters = self._clusters = Clusters(self.options.kubernetes, self.state, pace)
        cloud = Cloud(
            pace,
            kubernetes=lambda record: clusters.open(cloud, record),
            state_dir=self.state.folder,
            map_node_role=clusters.map_node_role,
            throttled=self.options.throttled,
            authority=authority,
        )
        cloud.start()
        front = None
        try:
            self.enter("preparing the account")
            prepared = account.fill(cloud.url, self.state, self.options.region)
            self._calls = partial(cloud.calls_of, prepared.access_key_id)
            write_text(self.state.ca, authority.pem.decode())
            front = open_front(self.state, prepared, cloud.url, authority, PLACES, clusters.admin)
            found = account.addresses(
                prepared,
                cloud.url,
                self.state,
                pid=os.getpid(),
                kubernetes=self.options.kubernetes.partition(":")[0],
                factor=self.options.factor,
                front_port=front.port,
                ca_file=str(self.state.ca),
                ca_fingerprint=authority.fingerprint,
            )
            write_json(self.state.addresses, found)
            self.enter("ready")
            self.stopping.wait()
            log.info("stopping")
        finally:
            self.state.addresses.unlink(missing_ok=True)
            if front:
                front.stop()
            clusters.stop()
            cloud.stop()
            control.close()

    def describe(self) -> dict[str, Any]:
        return {
            "pid": os.getpid(),
            "phase": self.phase,
            "seconds": self.seconds,
            "up_for_seconds": round(time.monotonic() - self._begun, 1),
            "factor": self.options.factor,
            "throttled": self.options.throttled,
            "region": self.options.region,
            "kubernetes": self.options.kubernetes,
            "clusters": self._clusters.describe() if self._clusters else [],
            "calls": self._calls(),
            "peak_memory": {"service": processes.peak_of_this_process(), **processes.peaks_of_children()},
        }


def rehearse(kubernetes: str, state: State) -> None:
    """Start the chosen backend once and stop it: BackendError now, instead of a cluster that fails later."""
    backend = open_backend("rehearsal", refuse, kubernetes, state.folder)
    backend.start()
    backend.stop()


def refuse(token: str) -> UserInfo:
    """The authentication of a backend that nobody uses."""
    raise Denied("this is a rehearsal")


def serve(state: State, options: Options) -> int:
    """Run in the foreground; the exit code."""
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(name)s %(levelname)s %(message)s", stream=sys.stderr)
    os.umask(0o077)
    try:
        with locked(state.pid, wait=False) as descriptor:
            write_pid(descriptor)
            return _run(Service(state, options))
    except BlockingIOError:
        log.error("a sandbox already runs in %s", state.folder)
        return EXIT_OCCUPIED


def _run(service: Service) -> int:
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: service.stopping.set())
    try:
        service.run()
    except BackendError as error:
        log.error("%s", error)
        return EXIT_BACKEND
    except Exception:
        log.exception("the sandbox could not start")
        return 1
    return 0
