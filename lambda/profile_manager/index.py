"""The entry point that the article names, `index.lambda_handler`: everything it decides is in the package beside it."""

from __future__ import annotations

import os

from profile_manager.handler import handle
from profile_manager.surroundings import Surroundings

# Kept between invocations of one container: connections, the cluster's token, the settings once they were read.
_surroundings: Surroundings | None = None


def lambda_handler(event, context):
    """The event as it came for a login; a dictionary with the outcome for a scheduled run, a report or a hand-over."""
    global _surroundings
    if _surroundings is None:
        _surroundings = Surroundings(os.environ)
    return handle(event, context, _surroundings)
