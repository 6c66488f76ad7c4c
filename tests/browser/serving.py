"""Servers on loopback: the application, and sites of other origins that include its widget."""

import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from functools import partial
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from socket import socket

import uvicorn

from index.models.embedder import Embedder
from index.store.store import Store
from index.sync.run import sync
from index.vectors.exact import ExactVectors
from rag.assistant import Assistant
from rag.quote.extract import ExtractiveReader
from rag.retrieve.search import Retriever
from rag.web.archive import LiveArchive, OpenArchive
from rag.web.listening import bound
from rag.web.server import create_app
from rag.web.settings import WebSettings
from rag.web.writer import BackgroundWriter
from tests.fakes import WordOverlapEmbedding
from tests.rag.conftest import SharedWords


class _Started(uvicorn.Server):
    def __init__(self, config: uvicorn.Config, ready: threading.Event) -> None:
        super().__init__(config)
        self._ready = ready

    async def startup(self, sockets: list[socket] | None = None) -> None:
        await super().startup(sockets)
        self._ready.set()


@contextmanager
def serving(
    open_archive: Callable[[], OpenArchive | None],
    settings: WebSettings,
    *,
    written: Path | None = None,
    embedder: Callable[[], Embedder] = WordOverlapEmbedding,
) -> Iterator[str]:
    """The application in a thread of its own; gives its address, such as `http://127.0.0.1:40123`.

    With `written`, the folder of its store, articles may be added and removed.
    """
    ready = threading.Event()
    with bound(settings) as listening:
        live = LiveArchive(open_archive, settings=settings)
        app = create_app(live, settings, BackgroundWriter(live, written, embedder) if written else None)
        config = uvicorn.Config(
            app, log_config=None, access_log=False, ws="none", timeout_graceful_shutdown=1
        )
        server = _Started(config, ready)
        thread = threading.Thread(target=partial(server.run, [listening]), daemon=True)
        thread.start()
        try:
            assert ready.wait(120), "the server did not start"
            yield f"http://127.0.0.1:{listening.getsockname()[1]}"
        finally:
            server.should_exit = True
            thread.join(10)


def index_articles(source: Path, folder: Path, embedder: Embedder | None = None) -> Callable[[], OpenArchive]:
    """Index the files, and give what opens them with an engine that counts shared words."""
    sync([source], folder, embedder or WordOverlapEmbedding(), vector_cache=False)

    def open_archive() -> OpenArchive:
        store = Store.open(folder)
        scorer = SharedWords()
        retriever = Retriever(store, ExactVectors(store), WordOverlapEmbedding(), scorer)
        return OpenArchive(store, Assistant(store, retriever, ExtractiveReader(scorer)), retriever)

    return open_archive


@contextmanager
def site(pages: Mapping[str, str], headers: Mapping[str, str]) -> Iterator[str]:
    """Another origin, `http://localhost:PORT`; `pages` by path may be filled once the address is known."""

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            page = pages.get(self.path)
            self.send_response(200 if page is not None else 404)
            self.send_header("Content-Type", "text/html; charset=utf-8")
            for name, value in headers.items():
                self.send_header(name, value)
            self.end_headers()
            self.wfile.write((page or "").encode())

        def log_message(self, format: str, *args: object) -> None:
            pass

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        server.daemon_threads = True
        thread = threading.Thread(target=server.serve_forever, daemon=True)
        thread.start()
        try:
            yield f"http://localhost:{server.server_address[1]}"
        finally:
            server.shutdown()
            thread.join(10)
