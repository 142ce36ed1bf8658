"""The sites behind the front, in the order in which they are asked for a name."""

from __future__ import annotations

from sandbox.login.kubeflow import kubeflow
from sandbox.login.places import Place

PLACES: tuple[Place, ...] = (kubeflow,)
