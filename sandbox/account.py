"""Fills the empty account of a new sandbox and writes down how to reach it: AWS files, metadata, sample directory."""

from __future__ import annotations

from typing import Any

from sandbox.aws.account import REGION, Account, prepare
from sandbox.kubernetes.certificates import signing_certificate
from sandbox.login import directory
from sandbox.saml import metadata
from sandbox.state import State, write_text


def fill(url: str, state: State, region: str = REGION) -> Account:
    """The account of the sandbox, prepared, with its files in the state folder."""
    account = prepare(url, region)
    write_text(state.aws_config, f"[default]\nregion = {account.region}\nendpoint_url = {url}\noutput = json\n")
    write_text(
        state.aws_credentials,
        f"[default]\naws_access_key_id = {account.access_key_id}\n"
        f"aws_secret_access_key = {account.secret_access_key}\n",
    )
    host = f"adfs.{account.domain}"
    certificate, key = signing_certificate(f"ADFS Signing - {host}")
    write_text(state.signing_certificate, certificate.decode())
    write_text(state.signing_key, key.decode())
    write_text(state.metadata, metadata(host, certificate))
    directory.save(directory.sample_directory(account.domain), state.directory)
    return account


def addresses(account: Account, url: str, state: State, **service: Any) -> dict[str, Any]:
    """The content of addresses.json; `service` is what the account does not know (pid, backend, factor)."""
    return {
        "aws_endpoint_url": url,
        "region": account.region,
        "domain": account.domain,
        "hosted_zone_id": account.hosted_zone_id,
        "vpc_id": account.vpc_id,
        "subnet_ids": list(account.subnet_ids),
        "saml_metadata_file": str(state.metadata),
        "state_dir": str(state.folder),
        **service,
    }
