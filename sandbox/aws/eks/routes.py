"""The paths that moto's EKS does not route. moto finds the operation from method and path by botocore's model."""

from __future__ import annotations

from moto.eks import urls
from moto.eks.responses import EKSResponse

CLUSTER = r"{0}/clusters/(?P<name>[^/]+)"
PATHS = (
    r"{0}/cluster-versions$",
    r"{0}/access-policies$",
    CLUSTER + r"/access-entries$",
    CLUSTER + r"/access-entries/(?P<principalArn>.+)/access-policies$",
    CLUSTER + r"/access-entries/(?P<principalArn>.+)/access-policies/(?P<policyArn>.+)$",
    CLUSTER + r"/access-entries/(?P<principalArn>.+)$",
    CLUSTER + r"/updates$",
    CLUSTER + r"/updates/(?P<updateId>[^/]+)$",
    CLUSTER + r"/node-groups/(?P<nodegroupName>[^/]+)/update-version$",
    CLUSTER + r"/addons$",
    CLUSTER + r"/addons/(?P<addonName>[^/]+)$",
    CLUSTER + r"/addons/(?P<addonName>[^/]+)/update$",
    r"{0}/addons/supported-versions$",
    CLUSTER + r"/pod-identity-associations$",
    CLUSTER + r"/pod-identity-associations/(?P<associationId>[^/]+)$",
    CLUSTER + r"/encryption-config/associate$",
)


def add_routes() -> None:
    for path in PATHS:
        urls.url_paths.setdefault(path, EKSResponse.dispatch)
