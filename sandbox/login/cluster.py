"""The cluster as the deployer sees it: endpoint and authority from EKS, an EKS bearer token, EKS's mapping, RBAC."""

from __future__ import annotations

import base64
from typing import Any

from botocore.signers import RequestSigner

from sandbox.kubernetes.client import KubernetesClient
from sandbox.kubernetes.eks_token import CLUSTER_HEADER, PREFIX

TOKEN_SECONDS = 60


class ClusterNotReady(Exception):
    """There is no cluster to ask; the message says what is missing."""


def cluster_client(session: Any, eks: Any, name: str | None = None) -> tuple[str, KubernetesClient]:
    """(name, client) of the named cluster or of the only one; the token lives long enough for one run."""
    name = name or _only_cluster(eks)
    cluster = eks.describe_cluster(name=name)["cluster"]
    if cluster["status"] not in ("ACTIVE", "UPDATING"):
        raise ClusterNotReady(f"the cluster {name} is {cluster['status']}: run site.yml (role eks) first")
    authority = base64.b64decode(cluster["certificateAuthority"]["data"])
    return name, KubernetesClient(cluster["endpoint"], authority, bearer_token(session, name))


def bearer_token(session: Any, cluster_name: str) -> str:
    """`k8s-aws-v1.` and a presigned GetCallerIdentity for the regional STS, as `aws eks get-token` makes it."""
    region = session.region_name
    sts = session.client("sts")
    signer = RequestSigner(
        sts.meta.service_model.service_id, region, "sts", "v4", session.get_credentials(), session.events
    )
    request = {
        "method": "GET",
        "url": f"https://sts.{region}.amazonaws.com/?Action=GetCallerIdentity&Version=2011-06-15",
        "body": {},
        "headers": {CLUSTER_HEADER: cluster_name},
        "context": {},
    }
    url = signer.generate_presigned_url(request, region_name=region, expires_in=TOKEN_SECONDS, operation_name="")
    return PREFIX + base64.urlsafe_b64encode(url.encode()).decode().rstrip("=")


def _only_cluster(eks: Any) -> str:
    names = eks.list_clusters()["clusters"]
    if not names:
        raise ClusterNotReady("there is no EKS cluster: run site.yml (role eks) first")
    if len(names) > 1:
        raise ClusterNotReady(f"there are several EKS clusters, name one with --cluster: {', '.join(names)}")
    return names[0]
