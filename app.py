"""The composition root: settings -> objects -> commands. `rag.terminal.build` builds what they use.

`onrecord COMMAND ...` and `python app.py COMMAND ...` are the same; `python app.py` alone serves the page.
What a command does not use is not imported: `ask` never loads Chroma, `--help` loads next to nothing.
"""

import os
import sys
from collections.abc import Sequence
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from corpus.errors import StoreMissing, UsageError
from rag.terminal.build import (
    build_assistant,
    build_chat,
    build_check,
    build_embedder,
    build_judge,
    build_model_calls,
    build_retriever,
    check_advice,
    check_key,
)
from rag.terminal.settings import Settings

if TYPE_CHECKING:
    from argparse import Namespace
    from contextlib import ExitStack

    from fastapi import FastAPI

    from rag.web.archive import OpenArchive
    from rag.web.settings import WebSettings


def guard_environment() -> None:
    """Keep third-party code off the network; it reads these when it is imported."""
    os.environ.update(GRADIO_ANALYTICS_ENABLED="False", ANONYMIZED_TELEMETRY="False", HF_HUB_OFFLINE="1")
    # From 1.29 on, onnxruntime reports each process and model to its makers and keeps an id and a database in
    # the home folder: https://github.com/microsoft/onnxruntime/pull/27379
    os.environ["ORT_DISABLE_TELEMETRY"] = "1"
    os.environ.pop("NLTK_DATA", None)
    # What goes to this machine goes to no proxy, which could read keys in it. The lower-case name wins.
    spared = os.environ.get("no_proxy") or os.environ.get("NO_PROXY")
    os.environ["no_proxy"] = ",".join(filter(None, ["localhost,127.0.0.1,::1", spared]))


def build_application(settings: Settings, web: "WebSettings", held: "ExitStack") -> "tuple[FastAPI, bool]":
    """The web application, its parts closed by `held`, and whether the store has articles so far."""
    from rag.web.archive import LiveArchive
    from rag.web.server import create_app
    from rag.web.writer import BackgroundWriter

    at_start = open_archive(settings, held)
    live = LiveArchive(
        lambda: at_start or open_archive(settings, held),
        settings=web,
        model_calls=build_model_calls(settings) if settings.language_model else None,
    )
    held.callback(live.close)
    embedder = partial(build_embedder, settings)
    writer = BackgroundWriter(live, settings.store, embedder, chroma=settings.chroma)
    held.callback(writer.close)
    return create_app(live, web, writer), at_start is not None


def open_archive(settings: Settings, held: "ExitStack") -> "OpenArchive | None":
    """The store's objects for the server that owns it, kept open by `held`; None while it has no articles."""
    from contextlib import ExitStack

    from index.store.store import Store
    from index.vectors.chroma import ChromaVectors
    from rag.web.archive import OpenArchive

    with ExitStack() as parts:  # An opening that fails is tried again and again, and must leave nothing open.
        try:
            store = parts.enter_context(Store.open(settings.store))
        except StoreMissing:
            return None
        if not store.archive().articles:
            return None
        vectors = parts.enter_context(ChromaVectors(store, settings.chroma))
        vectors.sync()
        retriever = build_retriever(settings, store, vectors)
        opened = OpenArchive(store, build_assistant(settings, store, retriever), retriever, vectors)
        held.enter_context(parts.pop_all())
        return opened


def run(arguments: "Namespace") -> int:
    """Call the command with the objects it uses, or with functions that build them. Returns the exit code."""
    settings = Settings.read(os.environ, Path.cwd(), store=arguments.store)
    match arguments.command:
        case "index":
            from rag.terminal.index import index

            return index(arguments, settings, build_embedder(settings))
        case "ask":
            from rag.terminal.ask import ask

            return ask(arguments, settings, partial(build_assistant, settings))
        case "search":
            from rag.terminal.ask import search

            return search(arguments, settings, partial(build_retriever, settings))
        case "articles":
            from rag.terminal.articles import articles

            return articles(arguments, settings)
        case "serve":
            from rag.terminal.serve import serve

            return serve(
                arguments, settings, partial(build_embedder, settings), build_application, check_advice
            )
        case "eval":
            from rag.terminal.evals import run_eval

            assistant, judge = partial(build_assistant, settings), partial(build_judge, settings)
            return run_eval(arguments, settings, assistant, judge)
        case "compare":
            from rag.terminal.evals import compare

            return compare(arguments)
        case _:
            from rag.terminal.doctor import doctor

            chat, calls = build_chat(settings), build_model_calls(settings)
            check = build_check(settings)
            checker = (check, check_key(settings)) if check else None
            return doctor(arguments, settings, build_embedder(settings), chat, calls.budget, checker)


def main(argv: Sequence[str] | None = None) -> int:
    """The command line: 0 done, 1 a failure that was reported, 2 wrong usage. A bug keeps its traceback."""
    from rag.terminal.arguments import COMMANDS, parse
    from rag.terminal.console import print_text, run_reporting_errors

    def parse_and_run() -> int:
        arguments = parse(sys.argv[1:] if argv is None else argv)
        if arguments.version:
            from importlib.metadata import version

            print_text(f"onrecord {version('onrecord')}")
            return 0
        if arguments.command is None:
            raise UsageError(f"say what to do: {', '.join(COMMANDS)}; see onrecord --help")
        return run(arguments)

    guard_environment()
    return run_reporting_errors(parse_and_run)


if __name__ == "__main__":
    sys.exit(main() if sys.argv[1:] else main(["serve"]))
