"""The dashboard's pages as markup; nothing is decided here.  No script, so the strictest policy will do."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from sandbox.login.dashboard.kfam import Binding
from sandbox.login.dashboard.notebooks import IMAGES, Notebook
from sandbox.login.web import Response, escaped, page

TOKEN_FIELD = "csrf"
OWNER = "owner"
POLICY = "default-src 'none'; style-src 'unsafe-inline'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
NOTE = (
    "This page is the <strong>sandbox's stand-in</strong> for Kubeflow's dashboard: names and rights are those of the "
    "cluster, nothing computes here."
)
STYLE = """
:root { --blue: #0b57d0; --ink: #1f2328; --soft: #59636e; --line: #d1d9e0; --paper: #f6f8fa; }
* { box-sizing: border-box; }
body { margin: 0; font: 16px/1.5 system-ui, -apple-system, "Segoe UI", sans-serif; color: var(--ink);
  background: var(--paper); }
header { background: var(--blue); color: #fff; display: flex; align-items: center; gap: .75rem; padding: .75rem 2rem; }
header a.home { color: inherit; text-decoration: none; font-size: 1.25rem; font-weight: 600; }
.badge { border: 1px solid #ffffff80; border-radius: 1rem; padding: 0 .6rem; font-size: .8rem; }
.who { margin-left: auto; }
.logout { color: #fff; border: 1px solid #ffffff80; border-radius: 6px; padding: .25rem .9rem; text-decoration: none; }
main { max-width: 62rem; margin: 2rem auto; padding: 0 2rem; }
h1 { font-size: 1.6rem; margin: 0 0 .25rem; }
h2 { font-size: 1.1rem; margin: 0 0 .75rem; }
h2.next { margin-top: 1.75rem; }
.lead { color: var(--soft); margin: 0 0 1.5rem; }
.cards { display: grid; grid-template-columns: repeat(auto-fill, minmax(16rem, 1fr)); gap: 1rem; padding: 0; margin: 0;
  list-style: none; }
.card, .panel { background: #fff; border: 1px solid var(--line); border-radius: 10px; }
.card a { display: block; padding: 1.1rem 1.25rem; color: inherit; text-decoration: none; border-radius: 10px; }
.card a:hover, .card a:focus-visible { outline: 2px solid var(--blue); }
.card strong { display: block; font-size: 1.1rem; }
.role { color: var(--soft); font-size: .9rem; }
.panel { padding: 1.25rem; margin-top: 1.5rem; }
.empty { text-align: center; color: var(--soft); padding: 2.5rem 1.25rem; }
.empty strong { color: var(--ink); font-size: 1.15rem; }
table { width: 100%; border-collapse: collapse; }
th { text-align: left; font-size: .85rem; color: var(--soft); font-weight: 600; }
th, td { padding: .5rem .75rem .5rem 0; border-bottom: 1px solid var(--line); }
tr:last-child td { border-bottom: 0; }
td { white-space: nowrap; }
form.new { display: flex; flex-wrap: wrap; gap: 1rem; align-items: end; }
label { display: grid; gap: .25rem; font-size: .9rem; color: var(--soft); }
input, select { font: inherit; height: 2.5rem; padding: 0 .6rem; border: 1px solid var(--line); border-radius: 6px;
  background: #fff; min-width: 14rem; max-width: 26rem; color: var(--ink); }
button { font: inherit; font-weight: 600; background: var(--blue); color: #fff; border: 0; border-radius: 6px;
  height: 2.5rem; padding: 0 1.25rem; cursor: pointer; }
.error { background: #ffebe9; border: 1px solid #ff818266; border-radius: 6px; padding: .6rem 1rem; margin: 1rem 0 0; }
footer { max-width: 62rem; margin: 2rem auto; padding: 1rem 2rem; color: var(--soft); font-size: .85rem; }
code { font-size: .9em; }
"""


@dataclass(frozen=True)
class Visitor:
    """Whom the gateway says the user is (`told` are its header fields), and how he gets out again."""

    mail: str
    log_out: str
    told: tuple[tuple[str, str], ...] = ()


def overview(visitor: Visitor, bindings: Sequence[Binding]) -> Response:
    """The namespaces that groups have opened, or that there are none; and apart from them the user's own."""
    shared = [each for each in bindings if each.role != OWNER]
    own = [each for each in bindings if each.role == OWNER]
    content = _cards("namespaces", shared) or (
        '<div class="panel empty" id="no-namespaces"><p><strong>You are in no namespace.</strong></p>'
        "<p>None of your directory groups opens one. Whoever manages the groups can let you in; then log in again.</p>"
        "</div>"
    )
    if own:
        content += f'<h2 class="next">Your own profile</h2>{_cards("own", own)}'
    lead = '<h1>Your namespaces</h1><p class="lead">As Kubeflow\'s access management lists them for you.</p>'
    return framed(visitor, "Kubeflow", lead + content + _told(visitor))


def _cards(identifier: str, bindings: Sequence[Binding]) -> str:
    cards = "".join(
        f'<li class="card"><a href="/notebook/{escaped(each.namespace)}/"><strong>{escaped(each.namespace)}</strong>'
        f'<span class="role">{escaped(each.role)}</span></a></li>'
        for each in bindings
    )
    return f'<ul class="cards" id="{identifier}">{cards}</ul>' if cards else ""


def namespace_page(
    visitor: Visitor, namespace: str, notebooks: Iterable[Notebook], token: str, error: str = "", status: int = 200
) -> Response:
    rows = "".join(
        f'<tr><td><a href="/notebook/{escaped(namespace)}/{escaped(each.name)}/">{escaped(each.name)}</a></td>'
        f'<td><code title="{escaped(each.image)}">{escaped(short(each.image))}</code></td><td>{escaped(each.creator)}</td>'
        f"<td>{escaped(each.created.replace('T', ' ').removesuffix('Z'))}</td></tr>"
        for each in notebooks
    )
    table = (
        f'<table id="notebooks"><thead><tr><th>Name</th><th>Image</th><th>Created by</th><th>Created (UTC)</th></tr></thead>'
        f"<tbody>{rows}</tbody></table>"
        if rows
        else '<p class="role" id="no-notebooks">There is no notebook in this namespace yet.</p>'
    )
    options = "".join(f'<option value="{escaped(image)}">{escaped(short(image))}</option>' for image in IMAGES)
    form = (
        f'<form class="new" method="POST" action="/notebook/{escaped(namespace)}/">'
        f'<input type="hidden" name="{TOKEN_FIELD}" value="{escaped(token)}">'
        '<label>Name<input name="name" required maxlength="52" pattern="[a-z0-9]([-a-z0-9]*[a-z0-9])?" '
        'autocomplete="off"></label>'
        f'<label>Image<select name="image">{options}</select></label><button>Create</button></form>'
    )
    told = f'<p class="error" role="alert">{escaped(error)}</p>' if error else ""
    content = (
        f'<h1>{escaped(namespace)}</h1><p class="lead">Notebooks of this namespace · <a href="/">all namespaces</a></p>'
        f'<section class="panel">{table}</section>'
        f'<section class="panel"><h2>New notebook</h2>{form}{told}</section>'
    )
    return framed(visitor, f"{namespace} · Kubeflow", content, status)


def short(image: str) -> str:
    """The image's own name, without registry and folder."""
    return image.rpartition("/")[2]


def notebook_page(visitor: Visitor, namespace: str, notebook: Notebook) -> Response:
    content = (
        f'<h1>{escaped(notebook.name)}</h1><p class="lead">A notebook in '
        f'<a href="/notebook/{escaped(namespace)}/">{escaped(namespace)}</a></p>'
        '<section class="panel empty"><p><strong>The mesh has let you through to this notebook.</strong></p>'
        "<p>In a real cluster Jupyter would open here; the sandbox runs no pods.</p></section>"
    )
    return framed(visitor, f"{notebook.name} · Kubeflow", content)


def refusal(visitor: Visitor, title: str, message: str, status: int) -> Response:
    content = (
        f'<h1>{escaped(title)}</h1><p class="error" role="alert">{escaped(message)}</p><p><a href="/">Back</a></p>'
    )
    return framed(visitor, title, content, status)


def framed(visitor: Visitor, title: str, content: str, status: int = 200) -> Response:
    bar = (
        '<header><a class="home" href="/">Kubeflow</a><span class="badge">sandbox</span>'
        f'<span class="who" id="user">{escaped(visitor.mail)}</span>'
        f'<a class="logout" id="logout" href="{escaped(visitor.log_out)}">Log out</a></header>'
    )
    answer = page(title, f"{bar}<main>{content}</main><footer>{NOTE}</footer>", status, STYLE)
    for name, value in (
        ("Content-Security-Policy", POLICY),
        ("X-Content-Type-Options", "nosniff"),
        ("Referrer-Policy", "same-origin"),
    ):
        answer = answer.with_header(name, value)
    return answer


def _told(visitor: Visitor) -> str:
    """What the gateway has told the dashboard, for whoever wants to know how he was recognised."""
    rows = "".join(
        f"<tr><td><code>{escaped(name)}</code></td><td>{escaped(value)}</td></tr>" for name, value in visitor.told
    )
    return (
        f'<section class="panel"><h2>What the gateway says about you</h2><table id="identity">{rows}</table></section>'
        if rows
        else ""
    )
