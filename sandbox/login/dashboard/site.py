"""The dashboard and the notebooks page behind the gateway: whom to believe, what to show, what to do.

Both believe the identity header and nothing else, as Kubeflow's do: that nobody but the gateway writes it is the
mesh's affair.
"""

from __future__ import annotations

import re
import secrets

from sandbox.kubernetes.client import KubernetesClient
from sandbox.login.container import Container
from sandbox.login.dashboard.kfam import KfamError, bindings_of
from sandbox.login.dashboard.notebooks import (
    BadNotebook,
    NotAuthorized,
    check_allowed,
    create_notebook,
    notebooks_in,
)
from sandbox.login.dashboard.pages import TOKEN_FIELD, Visitor, namespace_page, notebook_page, overview, refusal
from sandbox.login.web import Cookie, Request, Response, plain, redirect, set_cookie, value_of

PROFILES = "/apis/kubeflow.org/v1/profiles"
ROLE_BINDINGS = "/apis/rbac.authorization.k8s.io/v1/rolebindings"
TOKEN_COOKIE = "__Host-csrf"
DASHBOARD = "kubeflow/dashboard"
GROUPS_HEADER = "kubeflow-groups"


class NoUser(Exception):
    """The request came without an identity header."""


def dashboard(cluster: KubernetesClient, request: Request) -> Response:
    """The app behind the Service kubeflow/dashboard."""
    try:
        visitor = visitor_of(cluster, request)
    except NoUser:
        return plain("No user identity in the request.\n", 401)
    if request.path != "/":
        return refusal(visitor, "Not found", "The sandbox's dashboard has no such page.", 404)
    try:
        found = bindings_of(visitor.mail, cluster.items(PROFILES), cluster.items(ROLE_BINDINGS))
    except KfamError as error:
        return refusal(visitor, "The namespaces cannot be listed", str(error), 500)
    return overview(visitor, found)


def notebooks(cluster: KubernetesClient, request: Request) -> Response:
    """The app behind `/notebook/<namespace>/`."""
    try:
        visitor = visitor_of(cluster, request)
    except NoUser:
        return plain("No user identity in the request.\n", 401)
    found = re.fullmatch(r"/notebook/([^/]+)(?:/([^/]+))?/?", request.path)
    if not found:
        return refusal(visitor, "Not found", "The sandbox's dashboard has no such page.", 404)
    namespace, name = found[1], found[2]
    try:
        check_allowed(cluster, visitor.mail, namespace, "list")
        if request.method == "POST" and not name:
            return _created(cluster, visitor, namespace, request)
        listed = notebooks_in(cluster, namespace)
    except NotAuthorized as error:
        return refusal(visitor, "Not allowed", str(error), 403)
    if not name:
        return _with_form(cluster, visitor, namespace, request)
    one = next((notebook for notebook in listed if notebook.name == name), None)
    if one is None:
        return refusal(visitor, "Not found", f"There is no notebook {name} in {namespace}.", 404)
    return notebook_page(visitor, namespace, one)


def visitor_of(cluster: KubernetesClient, request: Request) -> Visitor:
    """By the header that the dashboard's Deployment names; where to log out stands there too."""
    namespace, _, name = DASHBOARD.partition("/")
    settings = Container(cluster, namespace, name).environment()
    header = settings.get("USERID_HEADER") or "kubeflow-userid"
    prefix = settings.get("USERID_PREFIX", "")
    value = request.headers.get(header)
    if not value or not value.startswith(prefix):
        raise NoUser
    told = tuple((name, request.headers.get(name)) for name in (header, GROUPS_HEADER) if name in request.headers)
    return Visitor(value.removeprefix(prefix), settings.get("LOGOUT_URL") or "/logout", told)


def _with_form(
    cluster: KubernetesClient, visitor: Visitor, namespace: str, request: Request, error: str = "", status: int = 200
) -> Response:
    """The namespace's page; the form holds what the cookie holds, which no page of another site can read."""
    token = request.cookies.get(TOKEN_COOKIE) or secrets.token_urlsafe(24)
    answer = namespace_page(visitor, namespace, notebooks_in(cluster, namespace), token, error, status)
    return set_cookie(answer, Cookie(TOKEN_COOKIE, token, same_site="Strict"))


def _created(cluster: KubernetesClient, visitor: Visitor, namespace: str, request: Request) -> Response:
    if not is_own_form(request):
        message = "The form is not one of this page's: open the page again and send its form."
        return refusal(visitor, "Not sent from here", message, 403)
    check_allowed(cluster, visitor.mail, namespace, "create")
    name, image = value_of(request.form, "name"), value_of(request.form, "image")
    try:
        create_notebook(cluster, visitor.mail, namespace, name, image)
    except BadNotebook as error:
        return _with_form(cluster, visitor, namespace, request, str(error), 400)
    return redirect(f"/notebook/{namespace}/", 303)


def is_own_form(request: Request) -> bool:
    """Whether the form comes from a page of ours: it repeats the cookie, and no other origin is named."""
    origin = request.headers.get("Origin")
    cookie, sent = request.cookies.get(TOKEN_COOKIE, ""), value_of(request.form, TOKEN_FIELD)
    same = bool(cookie) and secrets.compare_digest(cookie.encode(), sent.encode())
    return same and origin in ("", f"https://{request.host}")
