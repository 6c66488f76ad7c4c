"""A web server on this machine that says what a test tells it to."""

import socketserver
import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler
from typing import Any


@dataclass
class Page:
    """An answer. `raw` is written in the place of everything else; `forever` is repeated without end."""

    body: bytes = b""
    status: int = 200
    headers: Mapping[str, str] = field(default_factory=dict)
    raw: bytes | None = None
    forever: bytes | None = None
    drip: Callable[[], object] | None = None


class Site:
    """Pages by path (with query); `asked` holds path and headers of each request."""

    def __init__(self, address: tuple[str, int]) -> None:
        self.pages: dict[str, Page] = {}
        self.asked: list[tuple[str, dict[str, str]]] = []
        self.url = f"http://127.0.0.1:{address[1]}"
        self.port = address[1]

    def html(self, path: str, body: str, **headers: str) -> str:
        """Put a page there; its address."""
        stated = {"Content-Type": "text/html; charset=utf-8"} | {
            k.replace("_", "-"): v for k, v in headers.items()
        }
        self.pages[path] = Page(body.encode(), headers=stated)
        return self.url + path

    def paths(self) -> list[str]:
        """What was asked for, but for robots.txt."""
        return [path for path, _ in self.asked if path != "/robots.txt"]


@contextmanager
def serving() -> Iterator[Site]:
    """A site that runs while the block does."""

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_GET(self) -> None:
            site.asked.append((self.path, dict(self.headers)))
            page = site.pages.get(self.path) or Page(b"nothing", 404)
            etag = page.headers.get("ETag")
            if etag and self.headers.get("If-None-Match") == etag:
                page = Page(b"", 304)
            with suppress(OSError):
                self.answer(page)

        def answer(self, page: Page) -> None:
            if page.raw is not None:
                self.wfile.write(page.raw)
                self.close_connection = True
                return
            self.send_response(page.status)
            for name, value in page.headers.items():
                self.send_header(name, value)
            if page.forever is None and page.drip is None and "Transfer-Encoding" not in page.headers:
                self.send_header("Content-Length", str(len(page.body)))
            self.end_headers()
            self.wfile.write(page.body)
            while page.forever is not None:
                self.wfile.write(page.forever)
            while page.drip is not None and page.drip():
                self.wfile.write(b"x")
                self.wfile.flush()
            self.close_connection = self.close_connection or page.forever is not None

        def log_message(self, format: str, *arguments: Any) -> None:
            """Quiet."""

    class Server(socketserver.ThreadingTCPServer):
        daemon_threads = True
        allow_reuse_address = True

        def handle_error(self, request: Any, client_address: Any) -> None:
            """A client that leaves is no error."""

    with Server(("127.0.0.1", 0), Handler) as server:
        site = Site(server.server_address)  # type: ignore[arg-type]
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
        thread.start()
        try:
            yield site
        finally:
            server.shutdown()
            thread.join()
