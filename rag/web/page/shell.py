"""The HTML document around Gradio's page: our head, without Gradio's advertising, and a content policy.

Gradio writes inline scripts; each gets the nonce of its response, so that no other script runs.
"""

import re
import secrets

from starlette.datastructures import Headers, MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from rag.web.templates import render

_POLICY = (
    "default-src 'none'; script-src 'self' 'nonce-{nonce}'; style-src 'self' 'unsafe-inline'; "
    "img-src 'self' data:; font-src 'self'; connect-src 'self'; base-uri 'self'; form-action 'none'; "
    "frame-ancestors 'self'"
)
# Gradio's description of itself for other sites, its install manifest, a helper for frames of its own.
_NOT_OURS = re.compile(
    r'<meta\s+(?:property|name)="(?:og|twitter):[^>]*>|<link rel="manifest"[^>]*>'
    r"|<script>(?:(?!</script>).)*iframeResizer\.contentWindow(?:(?!</script>).)*</script>",
    re.DOTALL,
)
_NO_SCRIPT = "<noscript><p>This page needs JavaScript to ask the archive.</p></noscript>"


class PageShell:
    """Middleware that rewrites the document at "/" and leaves everything else alone."""

    def __init__(self, app: ASGIApp, name: str) -> None:
        self._app = app
        self._name = name

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass a request on; the page's document is buffered and rewritten."""
        if scope["type"] != "http" or scope["path"] != "/" or scope["method"] not in ("GET", "HEAD"):
            await self._app(scope, receive, send)
            return
        document = _Document(send, self._name)
        plain = [pair for pair in scope["headers"] if pair[0] != b"accept-encoding"]
        await self._app({**scope, "headers": plain}, receive, document.send)


class _Document:
    def __init__(self, send: Send, name: str) -> None:
        self._send = send
        self._name = name
        self._start: Message = {}
        self._body = b""

    async def send(self, message: Message) -> None:
        if message["type"] == "http.response.start":
            self._start = message
            return
        self._body += message.get("body", b"")
        if message.get("more_body"):
            return
        headers = Headers(raw=self._start["headers"])
        if headers.get("content-type", "").startswith("text/html"):
            self._rewrite()
        await self._send(self._start)
        await self._send({"type": "http.response.body", "body": self._body})

    def _rewrite(self) -> None:
        nonce = secrets.token_urlsafe(16)
        self._body = page_document(self._body.decode(), self._name, nonce).encode()
        headers = MutableHeaders(raw=list(self._start["headers"]))
        headers["content-length"] = str(len(self._body))
        headers["content-security-policy"] = _POLICY.format(nonce=nonce)
        headers["cache-control"] = "no-store"
        self._start = {**self._start, "headers": headers.raw}


def page_document(html: str, name: str, nonce: str) -> str:
    """Gradio's document as we serve it: `name` is its title, and every script in it carries the nonce."""
    ours = _NOT_OURS.sub("", html).replace("<script", f'<script nonce="{nonce}"')
    ours = ours.replace("<gradio-app", f"{_NO_SCRIPT}<gradio-app", 1)
    return ours.replace("<head>", f"<head>{render('page/head.html', archive=name, nonce=nonce)}", 1)
