"""The bare pages of a load balancer that answers itself; why it does stands only in its access log.

Here the access log's reason goes into a header as well, because the sandbox writes no such log.
"""

from __future__ import annotations

from sandbox.login.web import Headers, Response, header_text

REASON = "X-Sandbox-Access-Log"
PHRASES = {
    401: "Authorization Required",
    404: "Not Found",
    500: "Internal Server Error",
    502: "Bad Gateway",
    503: "Service Temporarily Unavailable",
    504: "Gateway Time-out",
    561: "Authentication Error",
}


class Stopped(Exception):
    """The load balancer answers by itself; `reason` is the code of the access log, and what it is about."""

    def __init__(self, status: int, reason: str) -> None:
        super().__init__(reason)
        self.response = error_page(status, reason)


def error_page(status: int, reason: str) -> Response:
    title = f"{status} {PHRASES[status]}"
    text = (
        f"<html>\r\n<head><title>{title}</title></head>\r\n"
        f"<body>\r\n<center><h1>{title}</h1></center>\r\n</body>\r\n</html>\r\n"
    )
    fields = (("Server", "awselb/2.0"), ("Content-Type", "text/html"), (REASON, header_text(reason)))
    return Response(status, Headers(fields), text.encode())
