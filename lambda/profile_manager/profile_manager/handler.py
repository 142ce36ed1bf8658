"""Which work an event asks for: a login, tokens made anew, the rest of an earlier login, or maintenance."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from .claims import first_version, with_claims
from .errors import ProfileManagerError
from .event import is_login, is_token_event
from .log import Log
from .login import HAND_OVER, continue_login, log_in
from .surroundings import Surroundings


def handle(event: Any, context: Any, surroundings: Surroundings) -> Any:
    log = surroundings.log(context)
    if is_token_event(event):
        if is_login(event):
            log_in(event, context, surroundings, log)
        return _answer(event, surroundings, log)
    if isinstance(event, Mapping) and HAND_OVER in event:
        return continue_login(event[HAND_OVER], context, surroundings, log)
    from .maintenance import run_maintenance  # no login pays for it

    return run_maintenance(event, context, surroundings, log)


def _answer(event: Mapping[str, Any], surroundings: Surroundings, log: Log) -> Mapping[str, Any]:
    """The event as it came, with the claims that were asked for."""
    try:
        settings = surroundings.settings
    except ProfileManagerError as cause:
        log("error", "settings cannot be read", reason=str(cause))
        return event
    if settings.access_token_claims and first_version(event):
        log("warning", "accessTokenClaims needs trigger version V2_0 or later; this event is V1_0")
    return with_claims(event, settings.access_token_claims, settings.lower_case_email)
