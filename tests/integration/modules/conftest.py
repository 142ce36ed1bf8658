"""Modules run in this process against the project's own AWS, as a task of a playbook would run them."""

from __future__ import annotations

import contextlib
import functools
import importlib
import io
import json
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import boto3
import botocore.endpoint
import pytest
from ansible.module_utils import basic
from ansible.module_utils.common import warnings as ansible_warnings
from ansible.module_utils.testing import patch_module_args
from ansible_collections.amazon.aws.plugins.module_utils import cloud as amazon_retries
from botocore.config import Config
from botocore.loaders import JSONFileLoader, Loader

from ansible_collections.multitenant.kubeflow.plugins.module_utils.clients import waiting
from ansible_collections.multitenant.kubeflow.plugins.module_utils.plans import function_archive
from ansible_collections.multitenant.kubeflow.plugins.module_utils.plans.plan import UNKNOWN
from sandbox.aws import Cloud
from sandbox.aws.account import Account, prepare
from sandbox.kubernetes.authentication import EksAuthenticator
from sandbox.kubernetes.backend import EMULATOR, KubernetesAPI, admin_kubeconfig, open_backend
from sandbox.pace import Pace

PACE = 0.0001
"""Ten minutes of AWS are 0.06 seconds: long enough to be seen as CREATING, short enough to wait for."""

THROTTLED = 0.05
"""The share of calls that the services refuse because too many came: no module may give up, or do a thing twice."""

TRUST = {
    "Version": "2012-10-17",
    "Statement": [{"Effect": "Allow", "Principal": {"Service": "eks.amazonaws.com"}, "Action": "sts:AssumeRole"}],
}
MODULES = "ansible_collections.multitenant.kubeflow.plugins.modules"

RunModule = Callable[..., dict[str, Any]]


@pytest.fixture(scope="session", autouse=True)
def things_done_once() -> Iterator[None]:
    """The module base makes a session per client, each of which would look for botocore's models and parse them again."""
    read, look = JSONFileLoader.load_file, Loader.list_available_services
    read_once = functools.cache(lambda path: read(JSONFileLoader(), path))
    seen: dict[Any, Any] = {}

    def look_once(loader: Loader, type_name: str) -> Any:
        place = (type_name, *loader.search_paths)
        if place not in seen:
            seen[place] = look(loader, type_name)
        return seen[place]

    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(JSONFileLoader, "load_file", lambda loader, path: read_once(path))
        patched.setattr(Loader, "list_available_services", look_once)
        patched.setattr(function_archive, "deflate", functools.cache(function_archive.deflate))
        yield


@pytest.fixture(scope="module", autouse=True)
def impatience() -> Iterator[None]:
    """What is waited for is asked about soon; a throttled call is tried again after a twentieth of its pause."""
    hasty = SimpleNamespace(**{**vars(time), "sleep": lambda seconds: time.sleep(seconds / 20)})
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(amazon_retries, "time", hasty)
        patched.setattr(botocore.endpoint, "time", hasty)
        patched.setattr(waiting, "FIRST_PAUSE", 0.02)
        yield


@pytest.fixture(scope="module")
def backends() -> dict[str, KubernetesAPI]:
    """The Kubernetes APIs of the account's clusters, by the cluster's name."""
    return {}


@pytest.fixture(scope="module")
def cloud(backends: dict[str, KubernetesAPI], tmp_path_factory: pytest.TempPathFactory) -> Iterator[Cloud]:
    """One AWS account for the tests of a file; its clusters know the administrator's token and access entries."""

    def kubernetes(record: Any) -> KubernetesAPI:
        known = EksAuthenticator(
            record.name,
            cloud.url,
            aws_auth=dict,
            access_entries=lambda: cloud.access_entries(record.name),
            modes=lambda: cloud.mode(record.name),
            creator=lambda: cloud.creator(record.name),
        )
        backends[record.name] = open_backend(record.name, known, EMULATOR, tmp_path_factory.mktemp("kubernetes"))
        return backends[record.name]

    cloud = Cloud(Pace(PACE), kubernetes, throttled=THROTTLED)
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
    return functools.partial(boto3.client, config=Config(retries={"mode": "standard", "max_attempts": 8}))


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
def cluster(
    run_module: RunModule, aws: Callable[..., Any], account: Account, backends: dict[str, KubernetesAPI], tmp_path: Path
) -> Callable[[str, str], dict[str, str]]:
    """`cluster(name, mode)` makes a cluster and answers the options that lead to it."""

    def made(name: str, mode: str) -> dict[str, str]:
        iam = aws("iam")
        try:
            role = iam.get_role(RoleName="cluster")["Role"]["Arn"]
        except iam.exceptions.NoSuchEntityException:
            role = iam.create_role(RoleName="cluster", AssumeRolePolicyDocument=json.dumps(TRUST))["Role"]["Arn"]
            policy = "arn:aws:iam::aws:policy/AmazonEKSClusterPolicy"
            iam.attach_role_policy(RoleName="cluster", PolicyArn=policy)
        result = run_module(
            "eks_cluster", name=name, role_arn=role, subnet_ids=list(account.subnet_ids), authentication_mode=mode
        )
        assert not result.get("failed"), result
        kubeconfig = tmp_path / f"{name}.kubeconfig"
        kubeconfig.write_text(admin_kubeconfig(backends[name]))
        return {"cluster_name": name, "kubeconfig": str(kubeconfig)}

    return made


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
