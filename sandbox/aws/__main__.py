"""`python -m sandbox.aws [--port N]`: the cloud alone, prepared like the sandbox account, until Ctrl-C.

Prints the variables to export. Clusters answer with a placeholder endpoint, because no Kubernetes is behind them.
"""

from __future__ import annotations

import argparse
import signal
import threading

from sandbox.aws.account import Account, prepare
from sandbox.aws.cloud import Cloud
from sandbox.pace import Pace


def exports(cloud: Cloud, account: Account) -> dict[str, str]:
    return {
        "AWS_ENDPOINT_URL": cloud.url,
        "AWS_REGION": account.region,
        "AWS_DEFAULT_REGION": account.region,
        "AWS_ACCESS_KEY_ID": account.access_key_id,
        "AWS_SECRET_ACCESS_KEY": account.secret_access_key,
    }


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m sandbox.aws", description=__doc__)
    parser.add_argument("--port", type=int, default=0, help="0 takes a free one")
    parser.add_argument("--factor", type=float, default=0.00167, help="1 waits as AWS does")
    parser.add_argument("--throttled", type=float, default=0.0, help="share of calls refused with Throttling")
    arguments = parser.parse_args()
    cloud = Cloud(Pace(arguments.factor), throttled=arguments.throttled)
    cloud.start(arguments.port)
    account = prepare(cloud.url)
    for name, value in exports(cloud, account).items():
        print(f"export {name}={value}")
    print(f"# hosted zone {account.hosted_zone_id} of {account.domain}, VPC {account.vpc_id},", end=" ")
    print(f"subnets {' '.join(account.subnet_ids)}", flush=True)
    stop = threading.Event()
    signal.signal(signal.SIGTERM, lambda *_: stop.set())
    signal.signal(signal.SIGINT, lambda *_: stop.set())
    stop.wait()
    cloud.stop()


if __name__ == "__main__":
    main()
