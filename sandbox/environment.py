"""The variables by which programs reach the sandbox's account, and no other one."""

from __future__ import annotations

from collections.abc import Mapping

from sandbox.state import State


def environment(state: State, inherited: Mapping[str, str], url: str = "") -> dict[str, str]:
    """The inherited variables without any that point to a real account, and with those of this one."""
    kept = {name: value for name, value in inherited.items() if not name.startswith("AWS_")}
    own = {
        "AWS_CONFIG_FILE": str(state.aws_config),
        "AWS_SHARED_CREDENTIALS_FILE": str(state.aws_credentials),
        "AWS_EC2_METADATA_DISABLED": "true",
        # The account throttles: these programs ask again, whatever a service calls "too many requests".
        "AWS_RETRY_MODE": "standard",
        "AWS_MAX_ATTEMPTS": "8",
    }
    if url:
        own["AWS_ENDPOINT_URL"] = url
    for name in ("NO_PROXY", "no_proxy"):
        own[name] = ",".join(filter(None, (inherited.get(name), "127.0.0.1", "localhost")))
    return {**kept, **own}
