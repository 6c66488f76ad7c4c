"""The `serve` command: the page, the widget and the API over one store, until stopped."""

from argparse import ArgumentParser, Namespace
from collections.abc import Callable
from contextlib import ExitStack
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import corpus
from rag.terminal.arguments import add_store_and_json, number
from rag.terminal.console import print_notice, print_text
from rag.terminal.settings import Settings

if TYPE_CHECKING:
    from fastapi import FastAPI

    from index.models.embedder import Embedder
    from rag.web.settings import WebSettings

SAMPLES = Path(corpus.__file__).parent / "samples"
SAMPLES_STORE = Path(".samples-store")
"""The store of the sample articles: in the current folder, never the user's own store."""


def add_serve_arguments(parser: ArgumentParser) -> None:
    """The flags of `serve`."""
    add_store_and_json(parser)
    add = parser.add_argument
    add("--host", default="127.0.0.1", help="address to listen at (default: 127.0.0.1)")
    add("--port", type=number(0, 65_535, "port"), default=7860, help="port to listen at (default: 7860)")
    add("--public-url", metavar="URL", help="where people reach it, if not there")
    add("--open-api", action="store_true", help="/v1 answers without an API key")
    add("--samples", action="store_true", help="serve the sample articles, in a store here")


def serve(
    arguments: Namespace,
    settings: Settings,
    build_embedder: "Callable[[], Embedder]",
    build_application: "Callable[[Settings, WebSettings, ExitStack], tuple[FastAPI, bool]]",
    check_advice: Callable[[Settings], str | None] = lambda settings: None,
) -> int:
    """Serve until stopped; the store is locked for writing meanwhile.

    `build_application` gives the application over the store, whose parts the stack closes, and whether the
    store has articles so far. `check_advice` says what follows for a checking model that is not trusted.
    """
    from index.store.files import kept_private, temporary_files
    from index.store.lock import drop_token, locked, make_token
    from index.store.schema import FILE_NAME, translated
    from index.sync.remove import finish
    from rag.web.listening import bound

    if arguments.samples:
        settings = index_samples(settings, build_embedder())
    web = web_settings(arguments, settings)
    with ExitStack() as held:
        held.enter_context(kept_private(settings.store))
        lock = held.enter_context(locked(settings.store))
        listening = held.enter_context(bound(web))  # Before anything slow is loaded.
        from rag.web.server import run
        from rag.web.writer import leave_behind

        held.callback(leave_behind)  # Before the lock is free: another process could write.
        with translated(settings.store):
            held.enter_context(temporary_files(settings.store))
        web = replace(web, owner_token=make_token(settings.store))
        held.callback(drop_token, settings.store)
        if (settings.store / FILE_NAME).exists() and (left := finish(settings.store, settings.chroma)):
            print_notice(left)
        if advice := check_advice(settings):
            print_notice(advice)
        application, has_articles = build_application(settings, web, held)

        def ready(actual: "WebSettings") -> None:
            lock.announce(actual.local_url)
            empty = "" if has_articles else ", which is empty so far,"
            print_text(f"Serving {settings.store}{empty} at {actual.url}")

        run(application, web, listening, ready)
    return 0


def index_samples(settings: Settings, embedder: "Embedder") -> Settings:
    """Bring the store of the sample articles up to date. Returns settings that use it."""
    from index.store.files import kept_private
    from index.sync.run import sync
    from rag.terminal.index import show_progress

    with show_progress() as progress, kept_private(SAMPLES_STORE):
        report = sync(
            [SAMPLES], SAMPLES_STORE, embedder, prune=True, progress=progress, chroma=settings.chroma
        )
    print_text(f"{report.articles} sample articles, {report.passages} passages in {SAMPLES_STORE}")
    return replace(settings, store=SAMPLES_STORE, name=settings.name or "The onrecord samples")


def web_settings(arguments: Namespace, settings: Settings) -> "WebSettings":
    """The settings of the web server, from the flags of `serve` and the environment."""
    from rag.web import settings as web

    public_url = arguments.public_url or settings.public_url
    return web.WebSettings(
        name=settings.name or "onrecord",
        allowed_origins=web.parse_origins(settings.allowed_origins),
        api_keys=web.parse_keys(settings.api_keys),
        open_api=arguments.open_api,
        exposure=web.parse_exposure(settings.reader),
        public_url=web.parse_public_url(public_url) if public_url else None,
        trusted_proxies=web.parse_proxies(settings.trusted_proxies),
        host=arguments.host,
        port=arguments.port,
        admin_token=web.parse_admin_token(settings.admin_token),
    )
