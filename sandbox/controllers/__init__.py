"""The controllers of a sandbox cluster, all plain API clients: any backend will do.

They run with the sandbox administrator's token, not with service accounts: what they may do is not what the sandbox
tests.
"""

from __future__ import annotations

from sandbox.controllers.auto_mode import AutoModeLoadBalancers, ensure_kinds
from sandbox.controllers.aws import Aws
from sandbox.controllers.load_balancer_controller import LoadBalancerController, ensure_ingress_class
from sandbox.controllers.profile_controller import ProfileController
from sandbox.controllers.workload_status import DaemonSetStatus, DeploymentStatus, StatefulSetStatus
from sandbox.kubernetes.backend import KubernetesAPI
from sandbox.kubernetes.client import KubernetesClient
from sandbox.kubernetes.control_loop import ControlLoop
from sandbox.pace import Pace


def start_controllers(
    api: KubernetesAPI, cluster_name: str, aws_url: str, region: str, pace: Pace, auto_mode: bool = False
) -> list[ControlLoop]:
    """All controllers of one cluster, running; each waits for the kinds it needs.

    In EKS Auto Mode EKS itself makes the load balancers, and there is no controller with a class of its own.
    """
    client = KubernetesClient(api.url, api.ca_pem, api.admin_token)
    aws = Aws(aws_url, region)
    if auto_mode:
        ensure_kinds(client)
    else:
        ensure_ingress_class(client)
    balancers = AutoModeLoadBalancers if auto_mode else LoadBalancerController
    controllers = [
        ProfileController(client, aws),
        balancers(client, aws, cluster_name),
        DeploymentStatus(client, pace),
        StatefulSetStatus(client, pace),
        DaemonSetStatus(client, pace),
    ]
    for controller in controllers:
        controller.start()
    return controllers


def stop_controllers(controllers: list[ControlLoop]) -> None:
    for controller in controllers:
        controller.stop()
