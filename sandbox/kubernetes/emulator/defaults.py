"""The values a server fills in for built-in kinds (the SetDefaults functions of k8s.io/kubernetes, the usual part)."""

from __future__ import annotations

import base64
from collections.abc import Callable

from sandbox.kubernetes.emulator.bootstrap_roles import RBAC
from sandbox.kubernetes.emulator.resources import Resource


def fill_in(resource: Resource, obj: dict) -> None:
    """Edits the object it is given."""
    if not resource.custom and (defaults := _DEFAULTS.get(resource.kind)):
        defaults(obj)


def _setdefaults(target: dict, **values: object) -> dict:
    for key, value in values.items():
        target.setdefault(key, value)
    return target


def _pod_spec(spec: dict) -> None:
    _setdefaults(
        spec,
        restartPolicy="Always",
        terminationGracePeriodSeconds=30,
        dnsPolicy="ClusterFirst",
        securityContext={},
        schedulerName="default-scheduler",
    )
    if "serviceAccountName" in spec:
        spec.setdefault("serviceAccount", spec["serviceAccountName"])
    for container in [*spec.get("initContainers", []), *spec.get("containers", [])]:
        _container(container)
    for volume in spec.get("volumes", []):
        for source in ("configMap", "secret", "projected", "downwardAPI"):
            if isinstance(volume.get(source), dict):
                volume[source].setdefault("defaultMode", 420)


def _container(container: dict) -> None:
    image = str(container.get("image") or "")
    latest = ":" not in image.rpartition("/")[2] or image.endswith(":latest")
    _setdefaults(
        container,
        terminationMessagePath="/dev/termination-log",
        terminationMessagePolicy="File",
        imagePullPolicy="Always" if latest and "@" not in image else "IfNotPresent",
        resources={},
    )
    for port in container.get("ports", []):
        port.setdefault("protocol", "TCP")
    for variable in container.get("env", []):
        reference = (variable.get("valueFrom") or {}).get("fieldRef")
        if reference:
            reference.setdefault("apiVersion", "v1")
    for probe in ("livenessProbe", "readinessProbe", "startupProbe"):
        if isinstance(container.get(probe), dict):
            _probe(container[probe])


def _probe(probe: dict) -> None:
    _setdefaults(probe, timeoutSeconds=1, periodSeconds=10, successThreshold=1, failureThreshold=3)
    if isinstance(probe.get("httpGet"), dict):
        _setdefaults(probe["httpGet"], path="/", scheme="HTTP")


def _template(spec: dict) -> None:
    template = spec.setdefault("template", {})
    template.setdefault("metadata", {})
    _pod_spec(template.setdefault("spec", {}))


def _pod(obj: dict) -> None:
    _pod_spec(obj.setdefault("spec", {}))
    obj.setdefault("status", {}).setdefault("phase", "Pending")


def _deployment(obj: dict) -> None:
    spec = _setdefaults(
        obj.setdefault("spec", {}), replicas=1, revisionHistoryLimit=10, progressDeadlineSeconds=600, strategy={}
    )
    strategy = spec["strategy"]
    if strategy.setdefault("type", "RollingUpdate") == "RollingUpdate":
        _setdefaults(strategy.setdefault("rollingUpdate", {}), maxUnavailable="25%", maxSurge="25%")
    _template(spec)


def _stateful_set(obj: dict) -> None:
    spec = _setdefaults(
        obj.setdefault("spec", {}),
        replicas=1,
        revisionHistoryLimit=10,
        podManagementPolicy="OrderedReady",
        updateStrategy={},
    )
    if spec["updateStrategy"].setdefault("type", "RollingUpdate") == "RollingUpdate":
        spec["updateStrategy"].setdefault("rollingUpdate", {}).setdefault("partition", 0)
    for claim in spec.get("volumeClaimTemplates", []):
        _setdefaults(claim, apiVersion="v1", kind="PersistentVolumeClaim")
        claim.setdefault("spec", {}).setdefault("volumeMode", "Filesystem")
        claim.setdefault("status", {}).setdefault("phase", "Pending")
    _template(spec)


def _daemon_set(obj: dict) -> None:
    spec = _setdefaults(obj.setdefault("spec", {}), revisionHistoryLimit=10, updateStrategy={})
    if spec["updateStrategy"].setdefault("type", "RollingUpdate") == "RollingUpdate":
        _setdefaults(spec["updateStrategy"].setdefault("rollingUpdate", {}), maxUnavailable=1, maxSurge=0)
    _template(spec)


def _replica_set(obj: dict) -> None:
    _template(_setdefaults(obj.setdefault("spec", {}), replicas=1))


def _job(obj: dict) -> None:
    spec = _setdefaults(obj.setdefault("spec", {}), backoffLimit=6, completions=1, parallelism=1, suspend=False)
    _template(spec)


def _cron_job(obj: dict) -> None:
    spec = _setdefaults(
        obj.setdefault("spec", {}),
        concurrencyPolicy="Allow",
        suspend=False,
        successfulJobsHistoryLimit=3,
        failedJobsHistoryLimit=1,
    )
    _template(spec.setdefault("jobTemplate", {}).setdefault("spec", {}))


def _service(obj: dict) -> None:
    spec = _setdefaults(obj.setdefault("spec", {}), sessionAffinity="None", type="ClusterIP")
    if spec["type"] != "ExternalName":
        _setdefaults(spec, internalTrafficPolicy="Cluster")
    if spec["type"] in ("LoadBalancer", "NodePort"):
        _setdefaults(spec, externalTrafficPolicy="Cluster")
    for port in spec.get("ports", []):
        port.setdefault("protocol", "TCP")
        port.setdefault("targetPort", port.get("port"))
    obj.setdefault("status", {"loadBalancer": {}})


def _secret(obj: dict) -> None:
    obj.setdefault("type", "Opaque")
    texts = obj.pop("stringData", None)
    if texts:
        encoded = {key: base64.b64encode(text.encode()).decode() for key, text in texts.items()}
        obj["data"] = {**obj.get("data", {}), **encoded}


def _namespace(obj: dict) -> None:
    obj.setdefault("spec", {}).setdefault("finalizers", ["kubernetes"])
    obj.setdefault("status", {}).setdefault("phase", "Active")
    name = obj["metadata"].get("name")
    if name:
        obj["metadata"].setdefault("labels", {})["kubernetes.io/metadata.name"] = name


def _binding(obj: dict) -> None:
    reference = obj.get("roleRef")
    if isinstance(reference, dict):
        reference.setdefault("apiGroup", RBAC)
    for subject in obj.get("subjects", []):
        if subject.get("kind") in ("User", "Group"):
            subject.setdefault("apiGroup", RBAC)


def _persistent_volume_claim(obj: dict) -> None:
    obj.setdefault("spec", {}).setdefault("volumeMode", "Filesystem")
    obj.setdefault("status", {}).setdefault("phase", "Pending")


def _network_policy(obj: dict) -> None:
    spec = obj.setdefault("spec", {})
    spec.setdefault("policyTypes", ["Ingress"] + (["Egress"] if spec.get("egress") else []))


def _webhooks(obj: dict) -> None:
    for webhook in obj.get("webhooks", []):
        _setdefaults(
            webhook,
            failurePolicy="Fail",
            matchPolicy="Equivalent",
            timeoutSeconds=10,
            namespaceSelector={},
            objectSelector={},
        )
        if obj.get("kind") == "MutatingWebhookConfiguration":
            webhook.setdefault("reinvocationPolicy", "Never")
        for rule in webhook.get("rules", []):
            rule.setdefault("scope", "*")
        service = (webhook.get("clientConfig") or {}).get("service")
        if service:
            service.setdefault("port", 443)


def _ingress(obj: dict) -> None:
    obj.setdefault("status", {"loadBalancer": {}})


def _storage_class(obj: dict) -> None:
    _setdefaults(obj, reclaimPolicy="Delete", volumeBindingMode="Immediate")


def _autoscaler(obj: dict) -> None:
    obj.setdefault("spec", {}).setdefault("minReplicas", 1)


def _custom_resource_definition(obj: dict) -> None:
    spec = obj.setdefault("spec", {})
    spec.setdefault("conversion", {"strategy": "None"})
    names = spec.setdefault("names", {})
    kind = names.get("kind")
    if isinstance(kind, str):
        _setdefaults(names, singular=kind.lower(), listKind=f"{kind}List")


_DEFAULTS: dict[str, Callable[[dict], None]] = {
    "Pod": _pod,
    "Deployment": _deployment,
    "StatefulSet": _stateful_set,
    "DaemonSet": _daemon_set,
    "ReplicaSet": _replica_set,
    "Job": _job,
    "CronJob": _cron_job,
    "Service": _service,
    "Secret": _secret,
    "Namespace": _namespace,
    "RoleBinding": _binding,
    "ClusterRoleBinding": _binding,
    "PersistentVolumeClaim": _persistent_volume_claim,
    "NetworkPolicy": _network_policy,
    "MutatingWebhookConfiguration": _webhooks,
    "ValidatingWebhookConfiguration": _webhooks,
    "Ingress": _ingress,
    "StorageClass": _storage_class,
    "HorizontalPodAutoscaler": _autoscaler,
    "CustomResourceDefinition": _custom_resource_definition,
}
