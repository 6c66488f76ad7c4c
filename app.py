"""The composition root: settings -> objects -> commands. Nothing else builds objects.

`onrecord COMMAND ...` and `python app.py COMMAND ...` are the same; `python app.py` alone serves the page.
What a command does not use is not imported: `ask` never loads Chroma, `--help` loads next to nothing.
"""

import os
import sys
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

import corpus
from corpus.errors import StoreMissing, UsageError
from rag.terminal.settings import EmbeddingModel, LanguageModel, Settings

if TYPE_CHECKING:
    from argparse import Namespace
    from contextlib import ExitStack

    from corpus.sources import Source
    from index.models.cross_encoder import PairScorer
    from index.models.embedder import TextEmbedder, TextEmbedding
    from index.store.records import Progress, SyncReport
    from index.store.store import Store
    from index.vectors.exact import VectorIndex
    from rag.assistant import Assistant
    from rag.chat import ChatModel
    from rag.evals.judge import Judge
    from rag.retrieve.search import Retriever
    from rag.web.archive import Opened

SAMPLES = Path(corpus.__file__).parent / "samples"
SAMPLES_STORE = Path(".samples-store")
"""Where the sample articles are kept: in the current folder, never in the user's own store."""


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
    store: "Store", scorer: "PairScorer", embedder: "TextEmbedder", vectors: "VectorIndex | None" = None
) -> "Retriever":
    """Dense, lexical and reranking models over `store`, loaded once.

    Without `vectors` it searches SQLite's own, exactly: no lock, no Chroma. The store's owner gives Chroma's.
    """
    from index.vectors.exact import ExactVectors
    from rag.retrieve.search import Retriever

    store.check_embedder(embedder.embedder_id)
    return Retriever(store, vectors or ExactVectors(store), embedder, scorer)


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
    retriever = build_retriever(store, scorer, build_embedder(settings.embedding_model), vectors)
    generative = None
    if settings.language_model:
        from rag.write.generate import GenerativeReader

        generative = GenerativeReader(build_chat(settings.language_model))
    return retriever, Assistant(store, retriever, ExtractiveReader(scorer), generative=generative)


def build_chat(language_model: LanguageModel) -> "ChatModel":
    """The endpoint behind the settings; nothing is asked yet."""
    from rag.chat import OpenAIChat

    return OpenAIChat(language_model.base_url, language_model.model, language_model.api_key)


def index(arguments: "Namespace", settings: Settings) -> int:
    """Read files and addresses into the store. 1 if any could not be read; the others are in it anyway."""
    from rag.terminal.follow import follow, parse_interval
    from rag.terminal.indexing import Watch, show_report, sources

    every = parse_interval(arguments.every) if arguments.every else None
    wanted = sources(arguments.paths)

    def once() -> int:
        with Watch() as watch:
            report = index_once(arguments, settings, wanted, watch.show)
        return show_report(report, settings.store, as_json=arguments.json)

    if not (arguments.watch or every):
        return once()
    paths = [one for one in wanted if isinstance(one, Path)]
    if arguments.watch and not paths:
        raise UsageError("--watch needs a file or folder; for addresses there is --every 15m")
    follow(once, paths, watch=arguments.watch, every=every)
    return 0


def index_once(
    arguments: "Namespace",
    settings: Settings,
    wanted: "Sequence[Source]",
    progress: "Callable[[Progress], None]",
) -> "SyncReport":
    """One run; by the server that owns the store, where one does."""
    from corpus.errors import StoreOwned
    from corpus.web.fetch import Fetcher
    from index.sync.run import sync
    from rag.terminal.remote import Remote

    how = {"prune": arguments.prune, "rebuild": arguments.rebuild}
    try:
        with Fetcher(allow_private=arguments.allow_private) as fetcher:
            return sync(
                wanted,
                settings.store,
                build_embedding(settings),
                **how,
                progress=progress,
                chroma=settings.chroma,
                fetcher=fetcher,
            )
    except StoreOwned:
        server = Remote.of(settings.store)
        if server is None:
            raise
        return server.index(wanted, **how, allow_private=arguments.allow_private, progress=progress)


def ask(arguments: "Namespace", settings: Settings) -> int:
    """Answer one question, or with "-" one on each line of stdin. Abstaining is no failure."""
    from index.store.store import Store
    from rag.answer import Question
    from rag.terminal.batch import question_of, run
    from rag.terminal.show import show_answer

    with Store.open(settings.store) as store:
        _, assistant = build(store, settings)

        def respond(question: Question, id: str | int | None = None) -> None:
            show_answer(assistant.ask(question), as_json=arguments.json, id=id)

        if arguments.question != "-":
            respond(Question(arguments.question, where=arguments.where))
            return 0
        read = partial(question_of, where=arguments.where)
        return run(sys.stdin.buffer, read, respond, as_json=arguments.json)


def search(arguments: "Namespace", settings: Settings) -> int:
    """Find passages for one query, or with "-" for one on each line of stdin."""
    from index.models.cross_encoder import CrossEncoder
    from index.store.store import Store
    from rag.terminal.batch import Query, query_of, run
    from rag.terminal.show import search_and_show

    with Store.open(settings.store) as store:
        retriever = build_retriever(store, CrossEncoder(), build_embedder(settings.embedding_model))
        respond = partial(search_and_show, retriever, as_json=arguments.json)
        if arguments.query != "-":
            respond(Query(arguments.query, arguments.k, arguments.where))
            return 0
        read = partial(query_of, where=arguments.where, k=arguments.k)
        return run(sys.stdin.buffer, read, respond, as_json=arguments.json)


def articles(arguments: "Namespace", settings: Settings) -> int:
    """List, show, remove or restore articles."""
    from rag.terminal import shelf

    if arguments.action == "list":
        return shelf.show_list(settings.store, as_json=arguments.json)
    if arguments.action == "show":
        return shelf.show_article(settings.store, arguments.id, arguments.revision, as_json=arguments.json)

    from corpus.errors import StoreOwned
    from index.sync.remove import remove, restore
    from rag.feedback import FeedbackStore
    from rag.terminal.remote import Remote

    removing = arguments.action == "remove"
    try:
        taken = (remove if removing else restore)(settings.store, arguments.ids, chroma=settings.chroma)
        if removing:
            FeedbackStore(settings.store).forget(arguments.ids)
    except StoreOwned:
        server = Remote.of(settings.store)
        if server is None:
            raise
        taken = (server.remove if removing else server.restore)(arguments.ids)
    return shelf.show_takedown("removed" if removing else "restored", taken, as_json=arguments.json)


def doctor(arguments: "Namespace", settings: Settings) -> int:
    """Try every part and say what works; 1 if something essential does not."""
    from rag.terminal.doctor import diagnose, show_findings

    chat = build_chat(settings.language_model) if settings.language_model else None
    embedder = build_embedder(settings.embedding_model)
    findings = diagnose(settings.store, settings.unused, chat=chat, chroma=settings.chroma, embedder=embedder)
    return show_findings(findings, as_json=arguments.json)


def evaluate(arguments: "Namespace", settings: Settings) -> int:
    """Ask cases of the store or of a server and grade the answers; 1 if a gate failed or an item errored."""
    from contextlib import ExitStack

    from rag.terminal import evals

    if arguments.schema:
        return evals.show_schema()
    if arguments.init is not None or arguments.from_feedback is not None:
        return draft_cases(arguments, settings)
    plan = evals.Plan.read(arguments)
    judge = build_judge(settings.language_model) if arguments.judge else None
    with ExitStack() as held:
        if arguments.url:
            from rag.evals.target import ServerTarget

            return evals.evaluate(plan, held.enter_context(ServerTarget(arguments.url)), judge)

        from index.store.store import Store
        from rag.evals.target import LocalTarget

        store = held.enter_context(Store.open(settings.store))
        model = settings.language_model
        _, assistant = build(store, settings)
        about = {"model": model.model, "base_url": model.base_url} if model else {}
        return evals.evaluate(plan, LocalTarget(assistant, store, about), judge)


def draft_cases(arguments: "Namespace", settings: Settings) -> int:
    """Draft cases from the store's articles, or from what people marked on the page."""
    from index.store.store import Store
    from rag.terminal import evals

    with Store.open(settings.store) as store:
        if arguments.init is not None:
            return evals.draft(store, arguments.init, as_json=arguments.json)
        return evals.draft_from_feedback(store, arguments.from_feedback, as_json=arguments.json)


def build_judge(language_model: LanguageModel | None) -> "Judge":
    """The configured language model as a judge. Raises UsageError when there is none."""
    from rag.evals.judge import Judge

    if language_model is None:
        raise UsageError("--judge needs a language model; set ONRECORD_LLM_MODEL and ONRECORD_LLM_BASE_URL")
    return Judge(build_chat(language_model))


def compare(arguments: "Namespace", settings: Settings) -> int:
    """Compare two runs of `eval`, item by item."""
    from rag.terminal import evals

    return evals.compare(arguments)


def serve(arguments: "Namespace", settings: Settings) -> int:
    """Serve the page, the widget and the API until stopped; it owns the store meanwhile."""
    from contextlib import ExitStack

    from index.store.lock import drop_token, make_token, own
    from index.store.schema import FILE_NAME
    from index.sync.remove import finish
    from rag.terminal.console import complain, say
    from rag.terminal.serving import web_settings
    from rag.web.archive import Desk
    from rag.web.server import create_app, run
    from rag.web.settings import WebSettings
    from rag.web.writer import Keeper

    if arguments.samples:
        settings = index_samples(settings)
    web = web_settings(arguments, settings)
    with ExitStack() as held:
        lock = held.enter_context(own(settings.store))
        web = replace(web, owner_token=make_token(settings.store))
        held.callback(drop_token, settings.store)
        if (settings.store / FILE_NAME).exists() and (left := finish(settings.store, settings.chroma)):
            complain(left)
        at_start = open_archive(settings, held)
        desk = Desk(lambda: at_start or open_archive(settings, held), settings=web)
        held.callback(desk.close)
        keeper = Keeper(desk, settings.store, partial(build_embedding, settings), chroma=settings.chroma)
        held.callback(keeper.close)

        def ready(actual: WebSettings) -> None:
            lock.announce(actual.local_url)
            held_is = f"{settings.store}" if at_start else f"{settings.store}, which is empty so far,"
            say(f"Serving {held_is} at {actual.url}")

        run(create_app(desk, web, keeper), web, on_ready=ready)
    return 0


def index_samples(settings: Settings) -> Settings:
    """Bring the store of the sample articles up to date. Returns settings that use it."""
    from index.sync.run import sync
    from rag.terminal.console import say
    from rag.terminal.indexing import Watch

    with Watch() as watch:
        embedding, chroma = build_embedding(settings), settings.chroma
        report = sync([SAMPLES], SAMPLES_STORE, embedding, prune=True, progress=watch.show, chroma=chroma)
    say(f"{report.articles} sample articles, {report.passages} passages in {SAMPLES_STORE}")
    return replace(settings, store=SAMPLES_STORE, name=settings.name or "The onrecord samples")


def open_archive(settings: Settings, held: "ExitStack") -> "Opened | None":
    """The store's objects for the server that owns it, kept open by `held`; None while it has no articles."""
    from index.store.store import Store
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
    vectors = held.enter_context(ChromaVectors(store, settings.chroma))
    vectors.sync()
    retriever, assistant = build(store, settings, vectors)
    return Opened(store, assistant, retriever, vectors)


COMMANDS: "Mapping[str, Callable[[Namespace, Settings], int]]" = {
    "index": index,
    "ask": ask,
    "search": search,
    "articles": articles,
    "serve": serve,
    "eval": evaluate,
    "compare": compare,
    "doctor": doctor,
}


def main(argv: Sequence[str] | None = None) -> int:
    """The command line: 0 done, 1 a failure that was explained, 2 wrong usage. A bug keeps its traceback."""
    from rag.terminal.arguments import parse
    from rag.terminal.console import explained, say

    def run() -> int:
        arguments = parse(sys.argv[1:] if argv is None else argv)
        if arguments.version:
            from importlib.metadata import version

            say(f"onrecord {version('onrecord')}")
            return 0
        if arguments.command is None:
            raise UsageError(f"say what to do: {', '.join(COMMANDS)}; see onrecord --help")
        settings = Settings.read(os.environ, Path.cwd(), store=arguments.store)
        return COMMANDS[arguments.command](arguments, settings)

    guard_environment()
    return explained(run)


if __name__ == "__main__":
    sys.exit(main() if sys.argv[1:] else main(["serve"]))
