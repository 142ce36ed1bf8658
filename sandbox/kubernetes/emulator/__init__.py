"""A Kubernetes API server without nodes, in memory: what clients, roles and custom resources see of a cluster.

README.md beside this file says what it does not emulate.
"""

from sandbox.kubernetes.emulator.emulator import Emulator
from sandbox.kubernetes.emulator.server import EmulatorServer, serve
from sandbox.kubernetes.identity import Denied, UserInfo

__all__ = ["Denied", "Emulator", "EmulatorServer", "UserInfo", "serve"]
