"""How moto itself is set up, before it is used for the first time."""

from __future__ import annotations

import functools
import json
import warnings
from typing import Any

from moto.core.config import default_user_config
from moto.iam import models as iam_models

ACCOUNT = "123456789012"

# moto carries all 1582 of AWS's policies; reading them costs 0.5 s at each start, and a deployment attaches a few of these.
MANAGED_POLICIES = (
    "AmazonEBSCSIDriverPolicy",
    "AmazonEC2ContainerRegistryPullOnly",
    "AmazonEC2ContainerRegistryReadOnly",
    "AmazonEFSCSIDriverPolicy",
    "AmazonEKSBlockStoragePolicy",
    "AmazonEKSClusterPolicy",
    "AmazonEKSComputePolicy",
    "AmazonEKSLoadBalancingPolicy",
    "AmazonEKSNetworkingPolicy",
    "AmazonEKSServicePolicy",
    "AmazonEKSVPCResourceController",
    "AmazonEKSWorkerNodeMinimalPolicy",
    "AmazonEKSWorkerNodePolicy",
    "AmazonEKS_CNI_Policy",
    "AmazonS3ReadOnlyAccess",
    "AmazonSSMManagedInstanceCore",
    "AWSLambdaBasicExecutionRole",
    "AWSLambdaVPCAccessExecutionRole",
    "AWSXRayDaemonWriteAccess",
    "AdministratorAccess",
    "CloudWatchAgentServerPolicy",
    "PowerUserAccess",
    "ReadOnlyAccess",
)


@functools.cache
def policy_documents() -> dict[str, dict[str, Any]]:
    data = json.loads(iam_models.aws_managed_policies_data)
    return {name: data[name] for name in MANAGED_POLICIES if name in data}


def managed_policies(backend: iam_models.IAMBackend) -> list[iam_models.ManagedPolicy]:
    """AWS's own policies that can be attached here, with their real documents."""
    return [
        iam_models.AWSManagedPolicy.from_data(name, backend.account_id, backend.region_name, document)
        for name, document in policy_documents().items()
    ]


def configure() -> None:
    """No Docker for Lambda, AWS's managed policies in IAM."""
    warnings.filterwarnings("ignore", message=r"Exception\(Refused\) with code")
    default_user_config["lambda"]["use_docker"] = False
    iam_models.IAMBackend._init_aws_policies = managed_policies
