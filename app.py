"""The composition root: settings -> objects -> commands. Nothing else builds objects.

`onrecord COMMAND ...` and `python app.py COMMAND ...` are the same; `python app.py` alone tours the samples.
What a command does not use is not imported: `ask` never loads Chroma, `--help` loads next to nothing.
"""

import os
import sys
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from corpus.errors import UsageError

if TYPE_CHECKING:
    from argparse import Namespace

    from index.store import Store
    from index.vectors import VectorIndex
    from rag.assistant import Assistant
    from rag.rerank import PairScorer
    from rag.retrieve import Retriever

SAMPLES_STORE = Path(".samples-store")
"""Where the tour keeps the sample articles: in the current folder, never in the user's own store."""

SETTINGS = ("ONRECORD_STORE",)
OTHER_NAMES = (
    # Of the same family, for parts that this version does not have; doctor says when they are set.
    *("ONRECORD_LLM_BASE_URL", "ONRECORD_LLM_MODEL", "ONRECORD_LLM_API_KEY"),
    *("ONRECORD_EMBED_BASE_URL", "ONRECORD_EMBED_MODEL", "ONRECORD_CHROMA_URL"),
    *("ONRECORD_ADMIN_TOKEN", "ONRECORD_API_KEYS", "ONRECORD_ALLOWED_ORIGINS", "ONRECORD_READER"),
)
NAMES_OF_TESTS = ("ONRECORD_CASES",)


@dataclass(frozen=True, slots=True)
class Settings:
    """What a run is configured with. Values that no part uses, secrets among them, are not even held."""

    store: Path
    unused: tuple[str, ...] = ()

    @classmethod
    def read(cls, environment: Mapping[str, str], folder: Path, *, store: str | None = None) -> "Settings":
        """Settings from the flag, else the environment, else `.env` in `folder`; empty values count as unset.

        Raises `UsageError` on a name that starts with ONRECORD_ and is none of ours.
        """
        values = {name: value for name, value in _dotenv(folder / ".env").items() if value}
        values |= {name: value for name, value in environment.items() if value}
        known = (*SETTINGS, *OTHER_NAMES, *NAMES_OF_TESTS)
        for name in sorted(values):
            if name.startswith("ONRECORD_") and name not in known:
                raise UsageError(f"unknown setting {name}{_nearest(name, known)}; correct it or unset it")
        if store is not None and not store.strip():
            raise UsageError("--store must name a folder")
        chosen = store or values.get("ONRECORD_STORE")
        return cls(
            store=Path(chosen).expanduser() if chosen else _own_store(),
            unused=tuple(name for name in OTHER_NAMES if name in values),
        )


def _dotenv(path: Path) -> Mapping[str, str | None]:
    if not path.is_file():
        return {}
    from dotenv import dotenv_values

    try:
        return dotenv_values(path)
    except (OSError, UnicodeDecodeError) as error:
        raise UsageError(f"{path} cannot be read ({error}); correct it or move it away") from error


def _nearest(name: str, known: Sequence[str]) -> str:
    from difflib import get_close_matches

    endings = [other.removeprefix("ONRECORD_") for other in known]
    near = get_close_matches(name.removeprefix("ONRECORD_"), endings, n=1)
    return "".join(f" (did you mean ONRECORD_{ending}?)" for ending in near)


def _own_store() -> Path:
    from platformdirs import user_data_path

    return user_data_path("onrecord", appauthor=False)


def guard_environment() -> None:
    """Keep third-party code off the network; it reads these when it is imported."""
    for name in ("GRADIO_ANALYTICS_ENABLED", "ANONYMIZED_TELEMETRY"):
        os.environ[name] = "False"
    os.environ["HF_HUB_OFFLINE"] = "1"
    # From 1.29 on, onnxruntime reports each process and model to its makers and keeps an id and a database in
    # the home folder: https://github.com/microsoft/onnxruntime/pull/27379
    os.environ["ORT_DISABLE_TELEMETRY"] = "1"
    os.environ.pop("NLTK_DATA", None)


def build_retriever(
    store: "Store", scorer: "PairScorer", vectors: "VectorIndex | None" = None
) -> "Retriever":
    """Dense, lexical and reranking models over `store`, loaded once.

    Without `vectors` it searches SQLite's own, exactly: no lock, no Chroma. The store's owner gives Chroma's.
    """
    from index.bge import BgeSmall
    from index.vectors import ExactVectors
    from rag.retrieve import Retriever

    store.check_embedder(BgeSmall.embedder_id)
    return Retriever(store, vectors or ExactVectors(store), BgeSmall(), scorer)


def build_assistant(store: "Store", vectors: "VectorIndex | None" = None) -> "Assistant":
    """Retriever and extractive reader over `store`, which share one cross-encoder."""
    from rag.assistant import Assistant
    from rag.extract import ExtractiveReader
    from rag.rerank import CrossEncoder

    scorer = CrossEncoder()
    return Assistant(store, build_retriever(store, scorer, vectors), ExtractiveReader(scorer))


def index(arguments: "Namespace", settings: Settings) -> int:
    """Read files into the store. 1 if any could not be read; what could is in the store all the same."""
    from index.embed import BundledEmbedding
    from index.sync import sync
    from rag.terminal.indexing import Watch, local_paths, show_report

    paths, refused = local_paths(arguments.paths)
    with Watch() as watch:
        report = sync(
            paths,
            settings.store,
            BundledEmbedding(),
            prune=arguments.prune,
            rebuild=arguments.rebuild,
            progress=watch.show,
        )
    return show_report(report, refused, settings.store, as_json=arguments.json)


def ask(arguments: "Namespace", settings: Settings) -> int:
    """Answer one question, or with "-" one on each line of stdin. Abstaining is no failure."""
    from index.store import Store
    from rag.answer import Question
    from rag.terminal.batch import question_of, run
    from rag.terminal.show import show_answer

    with Store.open(settings.store) as store:
        assistant = build_assistant(store)

        def respond(question: Question, id: str | int | None = None) -> None:
            show_answer(assistant.ask(question), as_json=arguments.json, id=id)

        if arguments.question != "-":
            respond(Question(arguments.question, where=arguments.where))
            return 0
        read = partial(question_of, where=arguments.where)
        return run(sys.stdin.buffer, read, respond, as_json=arguments.json)


def search(arguments: "Namespace", settings: Settings) -> int:
    """Find passages for one query, or with "-" for one on each line of stdin."""
    from index.store import Store
    from rag.rerank import CrossEncoder
    from rag.terminal.batch import Query, query_of, run
    from rag.terminal.show import search_and_show

    with Store.open(settings.store) as store:
        retriever = build_retriever(store, CrossEncoder())
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

    from index.remove import remove, restore

    if arguments.action == "restore":
        return shelf.show_takedown("restored", restore(settings.store, arguments.ids), as_json=arguments.json)
    return shelf.show_takedown("removed", remove(settings.store, arguments.ids), as_json=arguments.json)


def doctor(arguments: "Namespace", settings: Settings) -> int:
    """Try every part and say what works; 1 if something essential does not."""
    from rag.terminal.doctor import diagnose, show_findings

    return show_findings(diagnose(settings.store, settings.unused), as_json=arguments.json)


def tour() -> int:
    """Index the sample articles into a store of their own, answer a few questions, then take more.

    It owns that store as long as it runs, and so may search with Chroma.
    """
    from index.cache import FOLDER as VECTOR_CACHE
    from index.chroma import ChromaVectors
    from index.embed import BundledEmbedding
    from index.owner import own
    from index.store import Store
    from index.sync import sync
    from rag.terminal.console import say
    from rag.terminal.indexing import Watch
    from rag.terminal.tour import SAMPLES, guide

    with own(SAMPLES_STORE):
        with Watch() as watch:
            report = sync(
                [SAMPLES],
                SAMPLES_STORE,
                BundledEmbedding(),
                prune=True,
                progress=watch.show,
                vector_cache=False,
            )
        say(f"{report.articles} sample articles, {report.passages} passages in {SAMPLES_STORE}")
        with (
            Store.open(SAMPLES_STORE) as store,
            ChromaVectors(store, SAMPLES_STORE / VECTOR_CACHE) as vectors,
        ):
            vectors.sync()
            guide(build_assistant(store, vectors))
    return 0


COMMANDS: "Mapping[str, Callable[[Namespace, Settings], int]]" = {
    "index": index,
    "ask": ask,
    "search": search,
    "articles": articles,
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
            raise UsageError("say what to do: index, ask, search, articles or doctor; see onrecord --help")
        settings = Settings.read(os.environ, Path.cwd(), store=arguments.store)
        return COMMANDS[arguments.command](arguments, settings)

    guard_environment()
    return explained(run)


if __name__ == "__main__":
    if sys.argv[1:]:
        sys.exit(main())
    from rag.terminal.console import explained

    guard_environment()
    sys.exit(explained(tour))
