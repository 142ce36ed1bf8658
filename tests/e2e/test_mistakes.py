"""What a user gets wrong, each answered by one sentence that names the cause and the remedy, before anything is made."""

from __future__ import annotations

import datetime
import re
from pathlib import Path

import pytest

from sandbox import saml
from sandbox.kubernetes.certificates import signing_certificate

from .conftest import Sandbox


@pytest.fixture(scope="module")
def sandbox(tmp_path_factory):
    running = Sandbox(tmp_path_factory.mktemp("sandbox"), "emulator")
    started = running.command("up")
    assert started.code == 0, started.output
    yield running
    running.command("down")


@pytest.fixture(scope="module")
def expired_metadata(tmp_path_factory) -> Path:
    then = datetime.datetime(2020, 1, 1, tzinfo=datetime.UTC)
    certificate, _ = signing_certificate("adfs", not_before=then, not_after=then + datetime.timedelta(days=365))
    path = tmp_path_factory.mktemp("metadata") / "expired.xml"
    path.write_text(saml.metadata("adfs.example.com", certificate))
    return path


def failures(output: str) -> list[str]:
    return re.findall(r'"msg": "(.*?)"}?$', output, flags=re.MULTILINE)


MISTAKES = {
    "a domain without a hosted zone": (
        ["-e", "site_domain=nowhere.example.org"],
        "No public hosted zone in account 123456789012 holds the domain nowhere.example.org",
    ),
    "a required variable is missing": (["-e", "site_region="], "site_region is not set."),
    "the wrong account": (["-e", "site_account_id='210987654321'"], "210987654321"),
    "a domain that is not one": (["-e", "site_domain=Example.com"], "it must be a domain in lower case"),
}


@pytest.mark.parametrize("mistake", MISTAKES)
def test_one_sentence_for(sandbox: Sandbox, mistake: str) -> None:
    options, sentence = MISTAKES[mistake]
    before = sandbox.resources()
    run = sandbox.play("site", *options)
    assert (run.code, run.recap["failed"], run.recap["changed"]) == (2, 1, 0), run.output
    assert [sentence in message for message in failures(run.output)] == [True], run.output
    assert sandbox.resources() == before


def test_expired_metadata_of_the_identity_provider_is_refused(sandbox, expired_metadata) -> None:
    run = sandbox.play("site", "--tags", "cognito_adfs", "-e", f"cognito_adfs_saml_metadata_file={expired_metadata}")
    assert (run.code, run.recap["failed"], run.recap["changed"]) == (2, 1, 0), run.output
    assert ["expired" in message for message in failures(run.output)] == [True], run.output


@pytest.mark.parametrize(
    ("role", "first"),
    [
        ("cognito_adfs", "acm"),
        ("kubeflow", "eks"),
        ("profile_manager", "eks"),
        ("callback", "kubeflow"),
    ],
)
def test_a_role_that_comes_too_early_says_what_comes_first(sandbox: Sandbox, role: str, first: str) -> None:
    run = sandbox.play("site", "--tags", role)
    assert (run.code, run.recap["failed"], run.recap["changed"]) == (2, 1, 0), run.output
    assert [f"--tags {first}" in message for message in failures(run.output)] == [True], run.output


def test_the_sandbox_is_not_running(sandbox: Sandbox, tmp_path: Path) -> None:
    elsewhere = Sandbox(tmp_path, "emulator")
    run = elsewhere.play("site")
    assert run.code == 2, run.output
    sentence = "The sandbox is not running: start it with `make sandbox`."
    assert [sentence in message for message in failures(run.output)] == [True]
