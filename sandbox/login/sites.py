"""The sites behind the front, in the order in which they are asked for a name."""

from __future__ import annotations

from sandbox.login.adfs.site import adfs
from sandbox.login.cognito.site import cognito
from sandbox.login.kubeflow import kubeflow
from sandbox.login.places import Place

PLACES: tuple[Place, ...] = (adfs, cognito, kubeflow)
