"""Modules run in this process against the project's own AWS, as a task of a playbook would run them."""

from __future__ import annotations

import contextlib
import importlib
import io
import json
from collections.abc import Callable, Iterator
from typing import Any

import boto3
import pytest
from ansible.module_utils import basic
from ansible.module_utils.common import warnings as ansible_warnings
from ansible.module_utils.testing import patch_module_args

from ansible_collections.multitenant.kubeflow.plugins.module_utils.plans.plan import UNKNOWN
from sandbox.aws import Cloud
from sandbox.aws.account import Account, prepare
from sandbox.pace import Pace

PACE = 0.0001
"""Ten minutes of AWS are 0.06 seconds: long enough to be seen as CREATING, short enough to wait for."""

MODULES = "ansible_collections.multitenant.kubeflow.plugins.modules"

RunModule = Callable[..., dict[str, Any]]


@pytest.fixture(scope="module")
def cloud() -> Iterator[Cloud]:
    """One AWS account for the tests of a file."""
    cloud = Cloud(Pace(PACE))
    cloud.start()
    yield cloud
    cloud.stop()


@pytest.fixture(scope="module")
def account(cloud: Cloud) -> Account:
    """What the account holds before anything is deployed, and the deployer's key."""
    return prepare(cloud.url)


@pytest.fixture
def environment(cloud: Cloud, account: Account, monkeypatch: pytest.MonkeyPatch) -> dict[str, str]:
    """The variables by which a play reaches the account, set for this process."""
    variables = {
        "AWS_ENDPOINT_URL": cloud.url,
        "AWS_REGION": account.region,
        "AWS_DEFAULT_REGION": account.region,
        "AWS_ACCESS_KEY_ID": account.access_key_id,
        "AWS_SECRET_ACCESS_KEY": account.secret_access_key,
        "AWS_CONFIG_FILE": "/dev/null",
        "AWS_SHARED_CREDENTIALS_FILE": "/dev/null",
    }
    for name in ("AWS_PROFILE", "AWS_SESSION_TOKEN", "AWS_URL", "EC2_URL"):
        monkeypatch.delenv(name, raising=False)
    for name, value in variables.items():
        monkeypatch.setenv(name, value)
    return variables


@pytest.fixture
def aws(environment: dict[str, str]) -> Callable[..., Any]:
    """A boto3 client of the deployer, by the name of the service."""
    return boto3.client


@pytest.fixture
def run_module(environment: dict[str, str]) -> RunModule:
    """`run_module(module, check=False, **options)` answers what the module printed; `failed` is in it when it failed."""

    def run(module_name: str, /, check: bool = False, **options: Any) -> dict[str, Any]:
        module = importlib.import_module(f"{MODULES}.{module_name}")
        ansible_warnings._global_warnings.clear()
        printed = io.StringIO()
        arguments = {**options, "_ansible_check_mode": check, "_ansible_diff": True}
        with patch_module_args(arguments), contextlib.redirect_stdout(printed), pytest.raises(SystemExit):
            module.main()
        basic._ANSIBLE_ARGS = None
        return json.loads(printed.getvalue())

    return run


@pytest.fixture
def converge(run_module: RunModule) -> RunModule:
    """`converge(module, **options)`: check mode, the real run, and again; the three must tell the same story.

    `changed` is what is expected of the real run, None for either.
    """

    def converged(module_name: str, /, changed: bool | None = True, **options: Any) -> dict[str, Any]:
        announced = run_module(module_name, check=True, **options)
        done = run_module(module_name, **options)
        again = run_module(module_name, **options)
        assert not [result["msg"] for result in (announced, done, again) if result.get("failed")]
        assert not [warning for warning in done.get("warnings", []) if "no_log" in str(warning)]
        assert announced["changed"] == done["changed"]
        assert changed is None or done["changed"] == changed
        assert done["changed"] == (done["diff"]["before"] != done["diff"]["after"])
        assert announced["diff"]["before"] == done["diff"]["before"]
        assert kept_word(announced["diff"]["after"], done["diff"]["after"])
        assert not again["changed"]
        assert again["diff"]["before"] == again["diff"]["after"] == done["diff"]["after"]
        return done

    return converged


def kept_word(announced: Any, done: Any) -> bool:
    """Whether what was announced is what is there, apart from what only the service could tell."""
    if announced == UNKNOWN:
        return True
    if isinstance(announced, dict) and isinstance(done, dict):
        return announced.keys() == done.keys() and all(kept_word(announced[key], done[key]) for key in done)
    return announced == done
