"""The default RBAC objects a Kubernetes API server creates for itself, as far as access questions need them.

Described at https://kubernetes.io/docs/reference/access-authn-authz/rbac/#default-roles-and-role-bindings.
"""

from __future__ import annotations

RBAC = "rbac.authorization.k8s.io"
READ = ["get", "list", "watch"]
WRITE = ["create", "delete", "deletecollection", "patch", "update"]

WORKLOADS = "daemonsets deployments deployments/scale replicasets replicasets/scale statefulsets statefulsets/scale"
NETWORK = "ingresses networkpolicies"
CORE_WRITABLE = (
    "configmaps endpoints persistentvolumeclaims replicationcontrollers replicationcontrollers/scale "
    "secrets serviceaccounts services services/proxy"
)
POD_CHANNELS = "pods/attach pods/exec pods/portforward pods/proxy"
HEALTH_URLS = ["/healthz", "/livez", "/readyz", "/version", "/version/"]
API_URLS = ["/api", "/api/*", "/apis", "/apis/*", "/openapi", "/openapi/*"]


def rule(verbs: list[str], group: str, resources: str) -> dict:
    return {"verbs": verbs, "apiGroups": [group], "resources": resources.split()}


VIEW_RULES = [
    rule(
        READ,
        "",
        "configmaps endpoints persistentvolumeclaims persistentvolumeclaims/status pods replicationcontrollers "
        "replicationcontrollers/scale serviceaccounts services services/status bindings events limitranges "
        "namespaces/status pods/log pods/status replicationcontrollers/status resourcequotas resourcequotas/status "
        "namespaces",
    ),
    rule(READ, "discovery.k8s.io", "endpointslices"),
    rule(
        READ,
        "apps",
        f"controllerrevisions {WORKLOADS} daemonsets/status deployments/status replicasets/status statefulsets/status",
    ),
    rule(READ, "autoscaling", "horizontalpodautoscalers horizontalpodautoscalers/status"),
    rule(READ, "batch", "cronjobs cronjobs/status jobs jobs/status"),
    rule(
        READ,
        "extensions",
        "daemonsets daemonsets/status deployments deployments/scale deployments/status ingresses ingresses/status "
        "networkpolicies replicasets replicasets/scale replicasets/status replicationcontrollers/scale",
    ),
    rule(READ, "policy", "poddisruptionbudgets poddisruptionbudgets/status"),
    rule(READ, "networking.k8s.io", f"{NETWORK} ingresses/status"),
]

EDIT_RULES = [
    rule(READ, "", f"{POD_CHANNELS} secrets services/proxy"),
    rule(["impersonate"], "", "serviceaccounts"),
    rule(WRITE, "", f"pods {POD_CHANNELS}"),
    rule(["create"], "", "pods/eviction"),
    rule(WRITE, "", f"{CORE_WRITABLE} events"),
    rule(["create"], "", "serviceaccounts/token"),
    rule(WRITE, "apps", f"{WORKLOADS} deployments/rollback"),
    rule(WRITE, "autoscaling", "horizontalpodautoscalers"),
    rule(WRITE, "batch", "cronjobs jobs"),
    rule(
        WRITE,
        "extensions",
        "daemonsets deployments deployments/rollback deployments/scale ingresses networkpolicies replicasets "
        "replicasets/scale replicationcontrollers/scale",
    ),
    rule(WRITE, "policy", "poddisruptionbudgets"),
    rule(WRITE, "networking.k8s.io", NETWORK),
    rule([*WRITE, *READ], "coordination.k8s.io", "leases"),
]

ADMIN_RULES = [
    rule(["create"], "authorization.k8s.io", "localsubjectaccessreviews"),
    rule([*WRITE, *READ], RBAC, "roles rolebindings"),
]

NODE_RULES = [
    rule(["create"], "authentication.k8s.io", "tokenreviews"),
    rule(["create"], "authorization.k8s.io", "localsubjectaccessreviews subjectaccessreviews"),
    rule(READ, "", "services configmaps secrets persistentvolumeclaims persistentvolumes endpoints"),
    rule(["create", "get", "list", "watch", "patch", "update"], "", "nodes"),
    rule(["patch", "update"], "", "nodes/status"),
    rule(["create", "delete", "get", "list", "watch"], "", "pods"),
    rule(["patch", "update"], "", "pods/status"),
    rule(["create"], "", "pods/eviction serviceaccounts/token"),
    rule(["create", "patch", "update"], "", "events"),
    rule(["create", "delete", "get", "patch", "update"], "coordination.k8s.io", "leases"),
    rule(READ, "storage.k8s.io", "csidrivers csinodes volumeattachments"),
    rule(READ, "node.k8s.io", "runtimeclasses"),
]

REVIEW_RULES = [
    rule(["create"], "authorization.k8s.io", "selfsubjectaccessreviews selfsubjectrulesreviews"),
    rule(["create"], "authentication.k8s.io", "selfsubjectreviews"),
]

DELEGATOR_RULES = [
    rule(["create"], "authentication.k8s.io", "tokenreviews"),
    rule(["create"], "authorization.k8s.io", "subjectaccessreviews"),
]

EVERYTHING = [
    {"verbs": ["*"], "apiGroups": ["*"], "resources": ["*"]},
    {"verbs": ["*"], "nonResourceURLs": ["*"]},
]


def bootstrap_objects() -> list[dict]:
    return [
        cluster_role("cluster-admin", EVERYTHING),
        aggregated_role("admin"),
        aggregated_role("edit", part_of="admin"),
        aggregated_role("view", part_of="edit"),
        cluster_role("system:aggregate-to-admin", ADMIN_RULES, part_of="admin"),
        cluster_role("system:aggregate-to-edit", EDIT_RULES, part_of="edit"),
        cluster_role("system:aggregate-to-view", VIEW_RULES, part_of="view"),
        cluster_role("system:auth-delegator", DELEGATOR_RULES),
        cluster_role("system:basic-user", REVIEW_RULES),
        cluster_role("system:discovery", [{"verbs": ["get"], "nonResourceURLs": API_URLS + HEALTH_URLS}]),
        cluster_role("system:node", NODE_RULES),
        cluster_role("system:public-info-viewer", [{"verbs": ["get"], "nonResourceURLs": HEALTH_URLS}]),
        cluster_role_binding("cluster-admin", "system:masters"),
        cluster_role_binding("system:basic-user", "system:authenticated"),
        cluster_role_binding("system:discovery", "system:authenticated"),
        cluster_role_binding("system:node"),
        cluster_role_binding("system:public-info-viewer", "system:authenticated", "system:unauthenticated"),
    ]


def _metadata(name: str, part_of: str = "") -> dict:
    aggregation = {f"{RBAC}/aggregate-to-{part_of}": "true"} if part_of else {}
    return {"name": name, "labels": {"kubernetes.io/bootstrapping": "rbac-defaults", **aggregation}}


def cluster_role(name: str, rules: list[dict], part_of: str = "") -> dict:
    return {
        "apiVersion": f"{RBAC}/v1",
        "kind": "ClusterRole",
        "metadata": _metadata(name, part_of),
        "rules": rules,
    }


def aggregated_role(name: str, part_of: str = "") -> dict:
    selector = {"matchLabels": {f"{RBAC}/aggregate-to-{name}": "true"}}
    return {
        **cluster_role(name, [], part_of),
        "aggregationRule": {"clusterRoleSelectors": [selector]},
    }


def cluster_role_binding(name: str, *groups: str) -> dict:
    return {
        "apiVersion": f"{RBAC}/v1",
        "kind": "ClusterRoleBinding",
        "metadata": _metadata(name),
        "roleRef": {"apiGroup": RBAC, "kind": "ClusterRole", "name": name},
        "subjects": [{"apiGroup": RBAC, "kind": "Group", "name": group} for group in groups],
    }
