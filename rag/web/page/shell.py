"""The HTML document: our page around Gradio's question box, without its advertising; and a content policy.

Gradio writes inline scripts; each gets the nonce of its response, so that no other script runs.
"""

import re
import secrets

from starlette.datastructures import Headers, MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from rag.assistant import MAX_QUESTION
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
_BOX = "<gradio-app></gradio-app>"
"""Where our page has Gradio's element."""


class PageShell:
    """Middleware that rewrites the document at "/" and leaves everything else alone."""

    def __init__(self, app: ASGIApp, name: str, adds: bool = False) -> None:
        self._app = app
        self._name = name
        self._adds = adds

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass a request on; the page's document is buffered and rewritten."""
        if scope["type"] != "http" or scope["path"] != "/" or scope["method"] not in ("GET", "HEAD"):
            await self._app(scope, receive, send)
            return
        document = _Document(send, self._name, self._adds)
        plain = [pair for pair in scope["headers"] if pair[0] != b"accept-encoding"]
        await self._app({**scope, "headers": plain}, receive, document.send)


class _Document:
    def __init__(self, send: Send, name: str, adds: bool) -> None:
        self._send = send
        self._name = name
        self._adds = adds
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
        self._body = page_document(self._body.decode(), self._name, nonce, adds=self._adds).encode()
        headers = MutableHeaders(raw=list(self._start["headers"]))
        headers["content-length"] = str(len(self._body))
        headers["content-security-policy"] = _POLICY.format(nonce=nonce)
        headers["cache-control"] = "no-store"
        self._start = {**self._start, "headers": headers.raw}


def page_document(html: str, name: str, nonce: str, *, adds: bool = False) -> str:
    """Gradio's document as we serve it: our page around its box; every script in it carries the nonce."""
    ours = _NOT_OURS.sub("", html).replace("<script", f'<script nonce="{nonce}"')
    before, found, after = ours.partition("<gradio-app")
    box, end, rest = after.partition("</gradio-app>")
    if end:
        page = render("page/body.html", archive=name, line="", late="", adds=adds, limit=MAX_QUESTION)
        ours = before + page.replace(_BOX, found + box + end, 1) + rest
    return ours.replace("<head>", f"<head>{render('page/head.html', archive=name, nonce=nonce)}", 1)


def masthead(name: str, line: str = "", late: str = "", *, adds: bool = False) -> str:
    """The masthead: the archive's name, its extent in one line, and what has not been read for long."""
    return render("page/masthead.html", archive=name, line=line, late=late, adds=adds)
