"""oauth2-proxy's own pages; what its log would say of an error goes into a header of the sandbox's."""

from __future__ import annotations

from sandbox.login.web import Response, escaped, header_text, page

LOG = "X-Sandbox-Proxy-Log"
TITLES = {403: "Forbidden", 500: "Internal Server Error"}
UNTOLD = "Oops! Something went wrong. For more information contact your server administrator."
STYLE = """
body { font: 16px/1.5 system-ui, sans-serif; background: #f5f5f5; color: #363636; margin: 0; display: grid;
  place-items: center; min-height: 100vh; }
main { background: #fff; border-radius: 6px; box-shadow: 0 .5em 1em -.125em #0a0a0a1a; padding: 2rem 3rem;
  max-width: 36rem; text-align: center; }
.code { font-size: 5rem; line-height: 1; color: #b5b5b5; margin: 0; }
.button { display: inline-block; margin: .5rem; padding: .5rem 1.5rem; border-radius: 4px; border: 1px solid #dbdbdb;
  color: inherit; text-decoration: none; }
.primary { background: #485fc7; border-color: transparent; color: #fff; }
"""


def error_page(status: int, message: str, logged: str) -> Response:
    title = TITLES[status]
    content = (
        f'<main><p class="code">{status}</p><h1>{title}</h1><p>{escaped(message or UNTOLD)}</p>'
        '<a class="button" href="/">Go back</a><a class="button primary" href="/oauth2/sign_in">Sign in</a></main>'
    )
    return page(f"{status} {title}", content, status, STYLE).with_header(LOG, header_text(logged))


def sign_in_page(address: str) -> Response:
    button = f'<a class="button primary" href="{escaped(address)}">Sign in with OpenID Connect</a>'
    return page("Sign In", f"<main>{button}</main>", 403, STYLE)
