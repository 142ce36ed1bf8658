# Copyright: (c) 2026, multitenant.kubeflow contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""What every call to AWS has in common: busy is tried again, errors become sentences, "already gone" becomes None."""

from __future__ import annotations

import functools
import inspect
from collections.abc import Callable, Collection, Mapping
from typing import Any

try:
    from botocore.exceptions import BotoCoreError, ClientError
except ImportError:  # the module base says it better: "boto3 is required"
    BotoCoreError = ClientError = type("Botocore", (Exception,), {})

from ansible_collections.amazon.aws.plugins.module_utils.retries import AWSRetry

from ansible_collections.multitenant.kubeflow.plugins.module_utils.errors import ServiceError

BUSY = ("ThrottlingException", "RequestThrottled", "RequestThrottledException", "ServiceUnavailableException")
DENIED = ("AccessDenied", "AccessDeniedException", "UnauthorizedOperation")
EXPIRED = ("ExpiredToken", "ExpiredTokenException", "RequestExpired")
LOG_IN_AGAIN = "The credentials have ended meanwhile: log in again and run it again, it goes on where it was stopped."


def aws_call(
    action: str, *, missing: Collection[str] = (), remedies: Mapping[str, str] | None = None
) -> Callable[[Callable[..., Any]], Callable[..., Any]]:
    """A decorator for a method that calls AWS.

    `action` completes "Cannot …" and may name the method's arguments in braces; an error whose code is in `missing`
    makes the answer None; `remedies` says for a code what to do about it.
    """

    def decorate(method: Callable[..., Any]) -> Callable[..., Any]:
        signature = inspect.signature(method)
        retried = AWSRetry.jittered_backoff(retries=8, delay=1, max_delay=20, catch_extra_error_codes=BUSY)(method)

        @functools.wraps(method)
        def called(*args: Any, **kwargs: Any) -> Any:
            try:
                return retried(*args, **kwargs)
            except (ClientError, BotoCoreError) as error:
                if code_of(error) in missing:
                    return None
                bound = signature.bind(*args, **kwargs)
                bound.apply_defaults()
                attempted = action.format(**bound.arguments)
                if code_of(error):
                    raise refused(attempted, error, remedies or {}) from error
                raise ServiceError(
                    f"Cannot {attempted}: {error}. Check region, endpoint and credentials that the task is given.",
                    error,
                ) from error

        return called

    return decorate


def refused(action: str, error: ClientError, remedies: Mapping[str, str]) -> ServiceError:
    """The service's refusal as one sentence with its remedy."""
    code = code_of(error)
    remedy = remedies.get(code, "")
    if not remedy and code in DENIED:
        remedy = "Give the credentials of this task the permission that is named."
    if not remedy and code in EXPIRED:
        remedy = LOG_IN_AGAIN
    return ServiceError(f"Cannot {action}: {code}: {message_of(error).rstrip('. ')}. {remedy}".rstrip(), error, code)


def code_of(error: Exception | None) -> str:
    """The service's own word for the error, "" for anything that is no answer of a service."""
    return getattr(error, "response", {}).get("Error", {}).get("Code", "")


def message_of(error: Exception | None) -> str:
    """The service's own sentence for the error."""
    return getattr(error, "response", {}).get("Error", {}).get("Message", "")
