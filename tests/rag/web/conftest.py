"""Apps over a small archive that needs no model, and real servers on loopback for them."""

import json
import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

import httpx
import pytest
from fastapi import FastAPI

from index.store.store import Store
from index.sync.run import sync
from index.vectors.exact import ExactVectors
from rag.assistant import Assistant
from rag.quote.extract import ExtractiveReader
from rag.retrieve.search import Retriever
from rag.web.archive import LiveArchive, OpenArchive
from rag.web.listening import bound
from rag.web.server import create_app, make_server
from rag.web.settings import WebSettings
from rag.web.writer import BackgroundWriter
from tests.fakes import WordOverlapEmbedding
from tests.rag.conftest import SharedWords

HOSTILE_ID = "feeds/ä ?#%/../x.txt"
ARTICLES: list[dict[str, object]] = [
    {
        "id": "ferry",
        "title": "Ferry leaves the harbour",
        "source": "Harbour Post",
        "authors": ["Ada Byron"],
        "published_at": "2019-10-15",
        "url": "https://harbour.example/ferry",
        "text": "The harbour was quiet. The ferry left at noon on Monday. Captain Grace Hopper steered the "
        "ferry. Forty people stood on the pier and waved.",
    },
    {
        "id": HOSTILE_ID,
        "title": "<script>alert('title')</script> Lighthouse & [friends](javascript:alert(1))",
        "source": "Coast <b>Gazette</b>",
        "published_at": "2020-02-29T10:00:00+02:00",
        "url": "javascript:alert('url')",
        "text": "The lighthouse was painted <img src=x onerror=alert('text')> white in March. "
        "Mary Somerville painted the lighthouse. 🚢 It shines again.",
    },
    {"id": "undated", "title": "A market", "text": "The market sold apples to Alan Turing for nine crowns."},
]
ASKED = "What did the ferry cost?"
"""The fakes do not answer it: the article has no sum of money."""
ANSWERED = "Who steered the ferry?"
"""The fakes answer it, with one sentence of the article `ferry`."""


def indexed(folder: Path, articles: Sequence[dict[str, object]] = ARTICLES) -> Path:
    """A store of these articles, made with the word-overlap embedder. Returns its folder."""
    (folder / "feed.jsonl").write_text("\n".join(map(json.dumps, articles)), encoding="utf-8")
    sync([folder / "feed.jsonl"], folder / "store", WordOverlapEmbedding(), vector_cache=False)
    return folder / "store"


def opener(folder: Path) -> Callable[[], OpenArchive | None]:
    """What opens the store in that folder with fakes that count shared words; None while there is none."""

    def open_archive() -> OpenArchive | None:
        if not folder.exists():
            return None
        store = Store.open(folder)
        if not store.archive().articles:
            store.close()
            return None
        scorer = SharedWords()
        embedder = WordOverlapEmbedding()
        retriever = Retriever(store, ExactVectors(store), embedder, scorer)
        return OpenArchive(store, Assistant(store, retriever, ExtractiveReader(scorer)), retriever)

    return open_archive


def app_over(
    folder: Path,
    settings: WebSettings | None = None,
    *,
    at_once: int = 2,
    waiting: int = 48,
    page: bool = False,
) -> FastAPI:
    """The application over the store in that folder; it closes the archive at its end, so serve it once.

    The chat page, which takes seconds to import and build, is mounted only with `page`.
    """
    settings = settings or WebSettings()
    live = LiveArchive(opener(folder), at_once=at_once, waiting=waiting, settings=settings)
    writer = (
        BackgroundWriter(live, folder, WordOverlapEmbedding)
        if settings.admin_token or settings.owner_token
        else None
    )
    return create_app(live, settings, writer, page=page)


@contextmanager
def running(app: FastAPI) -> Iterator[str]:
    """The app in a real server on a free port of loopback, in a thread; gives its URL without a slash."""
    ready = threading.Event()
    server = make_server(app, ready.set)
    with bound(WebSettings(port=0)) as listening:
        thread = threading.Thread(target=server.run, args=([listening],), daemon=True)
        thread.start()
        try:
            assert ready.wait(60), "the server did not start"
            yield f"http://127.0.0.1:{listening.getsockname()[1]}"
        finally:
            server.should_exit = True
            thread.join(60)
    assert not thread.is_alive(), "the server did not end"


@pytest.fixture(scope="session")
def word_store(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of a store of `ARTICLES`; nobody writes to it."""
    return indexed(tmp_path_factory.mktemp("web"))


@pytest.fixture(scope="session")
def served(word_store: Path) -> Iterator[str]:
    """The URL of a server with the default settings over `ARTICLES`; it has no chat page."""
    with running(app_over(word_store, WebSettings(open_api=True))) as url:
        yield url


@pytest.fixture(scope="session")
def client(served: str) -> Iterator[httpx.Client]:
    """A client of that server."""
    with httpx.Client(base_url=served, trust_env=False) as client:
        yield client


@pytest.fixture(scope="session")
def page_client(word_store: Path) -> Iterator[httpx.Client]:
    """A client of a server like that one with the chat page."""
    with (
        running(app_over(word_store, WebSettings(open_api=True), page=True)) as url,
        httpx.Client(base_url=url, trust_env=False) as client,
    ):
        yield client
