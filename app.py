"""The composition root: settings -> objects -> commands. Nothing else builds objects.

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
from rag.terminal.settings import EmbeddingModel, LanguageModel, Settings

if TYPE_CHECKING:
    from argparse import Namespace
    from contextlib import ExitStack

    from fastapi import FastAPI

    from index.models.cross_encoder import PairScorer
    from index.models.embedder import TextEmbedder, TextEmbedding
    from index.store.store import Store
    from index.vectors.exact import VectorIndex
    from rag.assistant import Assistant
    from rag.chat import ChatModel
    from rag.evals.judge import Judge
    from rag.retrieve.search import Retriever
    from rag.web.archive import Opened
    from rag.web.settings import WebSettings


def guard_environment() -> None:
    """Keep third-party code off the network; it reads these when it is imported."""
    for name in ("GRADIO_ANALYTICS_ENABLED", "ANONYMIZED_TELEMETRY"):
        os.environ[name] = "False"
    os.environ["HF_HUB_OFFLINE"] = "1"
    # From 1.29 on, onnxruntime reports each process and model to its makers and keeps an id and a database in
    # the home folder: https://github.com/microsoft/onnxruntime/pull/27379
    os.environ["ORT_DISABLE_TELEMETRY"] = "1"
    os.environ.pop("NLTK_DATA", None)


def build_embedder(embedding_model: EmbeddingModel | None) -> "TextEmbedder":
    """The endpoint behind the settings, else the bundled model; nothing is asked or loaded yet."""
    if embedding_model:
        from index.models.endpoint import EndpointEmbedder

        return EndpointEmbedder(embedding_model.base_url, embedding_model.model, embedding_model.api_key)
    from index.models.bge import BgeSmall

    return BgeSmall()


def build_embedding(settings: Settings) -> "TextEmbedding":
    """The same behind llama-index's interface, for indexing; importing that takes a second."""
    from index.models.embedder import TextEmbedding

    return TextEmbedding(build_embedder(settings.embedding_model))


def build_retriever(
    store: "Store",
    settings: Settings,
    vectors: "VectorIndex | None" = None,
    scorer: "PairScorer | None" = None,
) -> "Retriever":
    """Dense, lexical and reranking models over `store`, loaded once.

    Without `vectors` it searches SQLite's own, exactly: no lock, no Chroma. The server gives Chroma's.
    """
    from index.models.cross_encoder import CrossEncoder
    from index.vectors.exact import ExactVectors
    from rag.retrieve.search import Retriever

    embedder = build_embedder(settings.embedding_model)
    store.check_embedder(embedder.embedder_id)
    return Retriever(store, vectors or ExactVectors(store), embedder, scorer or CrossEncoder())


def build(
    store: "Store", settings: Settings, vectors: "VectorIndex | None" = None
) -> "tuple[Retriever, Assistant]":
    """Retriever and assistant over `store`; the extractive reader shares the retriever's cross-encoder.

    With a language model its answers come first, and the extractive reader stands in.
    """
    from index.models.cross_encoder import CrossEncoder
    from rag.assistant import Assistant
    from rag.quote.extract import ExtractiveReader

    scorer = CrossEncoder()
    retriever = build_retriever(store, settings, vectors, scorer)
    generative = None
    if settings.language_model:
        from rag.write.generate import GenerativeReader

        generative = GenerativeReader(build_chat(settings.language_model))
    return retriever, Assistant(store, retriever, ExtractiveReader(scorer), generative=generative)


def build_chat(language_model: LanguageModel) -> "ChatModel":
    """The endpoint behind the settings; nothing is asked yet."""
    from rag.chat import OpenAIChat

    return OpenAIChat(language_model.base_url, language_model.model, language_model.api_key)


def build_judge(language_model: LanguageModel | None) -> "Judge":
    """The configured language model as a judge. Raises UsageError when there is none."""
    from rag.evals.judge import Judge

    if language_model is None:
        raise UsageError("--judge needs a language model; set ONRECORD_LLM_MODEL and ONRECORD_LLM_BASE_URL")
    return Judge(build_chat(language_model))


def build_application(settings: Settings, web: "WebSettings", held: "ExitStack") -> "tuple[FastAPI, bool]":
    """The web application, its parts closed by `held`, and whether the store has articles so far."""
    from rag.web.archive import Desk
    from rag.web.server import create_app
    from rag.web.writer import Keeper

    at_start = open_archive(settings, held)
    desk = Desk(lambda: at_start or open_archive(settings, held), settings=web)
    held.callback(desk.close)
    keeper = Keeper(desk, settings.store, partial(build_embedding, settings), chroma=settings.chroma)
    held.callback(keeper.close)
    return create_app(desk, web, keeper), at_start is not None


def open_archive(settings: Settings, held: "ExitStack") -> "Opened | None":
    """The store's objects for the server that owns it, kept open by `held`; None while it has no articles."""
    from index.store.store import Store
    from index.vectors.cache import home_of
    from index.vectors.chroma import ChromaVectors
    from rag.web.archive import Opened

    try:
        store = Store.open(settings.store)
    except StoreMissing:
        return None
    if not store.archive().articles:
        store.close()
        return None
    held.enter_context(store)
    vectors = held.enter_context(ChromaVectors(store, home_of(settings.store, settings.chroma)))
    vectors.sync()
    retriever, assistant = build(store, settings, vectors)
    return Opened(store, assistant, retriever, vectors)


def run(arguments: "Namespace") -> int:
    """Carry out the command, given what builds its objects. Returns the exit code."""
    settings = Settings.read(os.environ, Path.cwd(), store=arguments.store)
    match arguments.command:
        case "index":
            from rag.terminal.index import index

            return index(arguments, settings, lambda: build_embedding(settings))
        case "ask":
            from rag.terminal.ask import ask

            return ask(arguments, settings, lambda store: build(store, settings)[1])
        case "search":
            from rag.terminal.ask import search

            return search(arguments, settings, lambda store: build_retriever(store, settings))
        case "articles":
            from rag.terminal.articles import articles

            return articles(arguments, settings)
        case "serve":
            from rag.terminal.serve import serve

            return serve(arguments, settings, build_embedding, build_application)
        case "eval":
            from rag.terminal.evals import run_eval

            judge = partial(build_judge, settings.language_model)
            return run_eval(arguments, settings, lambda store: build(store, settings)[1], judge)
        case "compare":
            from rag.terminal.evals import compare

            return compare(arguments)
        case _:
            from rag.terminal.doctor import doctor

            chat = build_chat(settings.language_model) if settings.language_model else None
            return doctor(arguments, settings, build_embedder(settings.embedding_model), chat)


def main(argv: Sequence[str] | None = None) -> int:
    """The command line: 0 done, 1 a failure that was explained, 2 wrong usage. A bug keeps its traceback."""
    from rag.terminal.arguments import COMMANDS, parse
    from rag.terminal.console import explained, say

    def parse_and_run() -> int:
        arguments = parse(sys.argv[1:] if argv is None else argv)
        if arguments.version:
            from importlib.metadata import version

            say(f"onrecord {version('onrecord')}")
            return 0
        if arguments.command is None:
            raise UsageError(f"say what to do: {', '.join(COMMANDS)}; see onrecord --help")
        return run(arguments)

    guard_environment()
    return explained(parse_and_run)


if __name__ == "__main__":
    sys.exit(main() if sys.argv[1:] else main(["serve"]))
