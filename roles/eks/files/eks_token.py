# Copyright: (c) 2026, multitenant.kubeflow contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Prints the token that an EKS cluster accepts, as kubectl wants it: eks_token.py <cluster> <region>.

The token is a presigned question to STS, "who am I"; the cluster asks it and so learns who we are.
Credentials come from where botocore finds them; the question always goes to AWS's own STS of the region.
Format: https://github.com/kubernetes-sigs/aws-iam-authenticator#api-authorization-from-outside-a-cluster
"""

from __future__ import annotations

import base64
import datetime
import json
import sys

import botocore.auth
import botocore.awsrequest
import botocore.exceptions
import botocore.session

# EKS takes a token for 15 minutes after it was signed, whatever it says of its own expiry.
LIFETIME = datetime.timedelta(minutes=14)


def token(credentials, cluster: str, region: str) -> str:
    """The bearer token for `cluster`."""
    suffix = "amazonaws.com.cn" if region.startswith("cn-") else "amazonaws.com"
    request = botocore.awsrequest.AWSRequest(
        method="GET",
        url=f"https://sts.{region}.{suffix}/",
        params={"Action": "GetCallerIdentity", "Version": "2011-06-15"},
        headers={"x-k8s-aws-id": cluster},
    )
    botocore.auth.SigV4QueryAuth(credentials, "sts", region, expires=60).add_auth(request)
    return "k8s-aws-v1." + base64.urlsafe_b64encode(request.url.encode()).decode().rstrip("=")


def main() -> None:
    cluster, region = sys.argv[1:]
    try:
        credentials = botocore.session.Session().get_credentials()
        if credentials is None:
            sys.exit("eks_token: no AWS credentials found. Set AWS_PROFILE, or log in.")
        bearer = token(credentials.get_frozen_credentials(), cluster, region)
    except botocore.exceptions.BotoCoreError as problem:
        sys.exit(f"eks_token: {problem}")
    expiry = datetime.datetime.now(datetime.UTC) + LIFETIME
    credential = {
        "apiVersion": "client.authentication.k8s.io/v1beta1",
        "kind": "ExecCredential",
        "status": {"token": bearer, "expirationTimestamp": expiry.strftime("%Y-%m-%dT%H:%M:%SZ")},
    }
    print(json.dumps(credential))


if __name__ == "__main__":
    main()
