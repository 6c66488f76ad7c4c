"""The `doctor` command: tries every part and says what is configured, what works, and what to do."""

import platform
import sqlite3
from argparse import ArgumentParser, Namespace
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import asdict, dataclass
from importlib.metadata import version
from pathlib import Path
from typing import TYPE_CHECKING, Literal

from corpus.errors import OnrecordError, StoreError, StoreMissing
from index.models.embedder import Embedder
from index.store.files import readable_by_others
from index.store.filters import Filter
from index.store.lock import lock_holder
from index.store.store import Store
from index.vectors.address import ChromaAddress
from rag.answer import SCHEMA
from rag.render import printable
from rag.terminal.arguments import add_store_and_json
from rag.terminal.console import print_json, print_text
from rag.terminal.settings import Settings

if TYPE_CHECKING:
    from rag.budget import TokenBudget
    from rag.chat import ChatModel
    from rag.check.meaning import MeaningCheck

State = Literal["ok", "note", "broken"]
PATIENCE = 20.0
"""Time limit for one word of the language model, in seconds."""
_MOST_NAMED = 4
LIBRARIES = (
    *("onrecord", "llama-index-core", "chromadb", "onnxruntime", "tokenizers", "tiktoken", "numpy"),
    *("gradio", "fastapi", "openai", "httpx"),
)


@dataclass(frozen=True, slots=True)
class Finding:
    """The state of one part of onrecord, and in words what there is and what to do.

    `note`: worth knowing, and everything works; `broken`: onrecord cannot serve without it.
    """

    part: str
    state: State
    says: str
    figures: Mapping[str, object] | None = None
    """The figures in it by name, where a program may want them."""

    def to_json(self) -> dict[str, object]:
        """The finding by its fields, `figures` only where there are some."""
        return {name: value for name, value in asdict(self).items() if value is not None}


def add_doctor_arguments(parser: ArgumentParser) -> None:
    """The flags of `doctor`."""
    add_store_and_json(parser)


def doctor(
    arguments: Namespace,
    settings: Settings,
    embedder: Embedder,
    chat: "ChatModel | None",
    budget: "TokenBudget | None" = None,
    checker: "tuple[MeaningCheck, str] | None" = None,
) -> int:
    """Try every part and say what works; 1 if something essential does not."""
    findings = diagnose(
        settings.store,
        settings.unused,
        embedder=embedder,
        chat=chat,
        chroma=settings.chroma,
        budget=budget,
        keys=settings.keys,
        checker=checker,
    )
    return show_findings(findings, as_json=arguments.json)


def diagnose(
    store_path: Path,
    unused: Sequence[str],
    *,
    embedder: Embedder,
    chat: "ChatModel | None" = None,
    chroma: ChromaAddress | None = None,
    budget: "TokenBudget | None" = None,
    keys: Sequence[str] = (),
    checker: "tuple[MeaningCheck, str] | None" = None,
) -> Iterator[Finding]:
    """Gives a finding for each part; one that fails does not keep the others from being examined.

    `unused` are the names of settings that are set and have no effect. An `embedder` behind an endpoint is
    asked for one vector, `chat`, the language model, for one word. `chroma` is the server for the vectors.
    `budget` limits the language model's tokens of a day; `keys` say where each key goes. `checker` reads our
    labelled pairs, which takes ten calls; the result is kept in the store's folder under the key beside it.
    """
    parts: dict[str, Callable[[], Finding]] = {
        "store": lambda: _store(store_path, embedder),
        "analyses": lambda: _analyses(store_path),
        "owner": lambda: _owner(store_path),
        "permissions": lambda: _permissions(store_path),
        "vector cache": lambda: _vector_cache(store_path, chroma),
        "embedding model": lambda: _embedding_model(store_path, embedder),
        "reranking model": lambda: _model("reranking model", "reranker_en"),
        "token table": _tokens,
        "full-text search": _full_text,
        "reader": lambda: _reader(chat),
        "model tokens": lambda: _model_tokens(budget),
        "check of meaning": lambda: _check_of_meaning(store_path, checker),
        "keys": lambda: _keys(keys),
        "settings": lambda: _settings(unused),
        "versions": _versions,
    }
    for part, examine in parts.items():
        try:
            yield examine()
        except OnrecordError as error:
            yield Finding(part, "broken", str(error))
        except Exception as error:  # a broken library must not keep the rest from being examined
            yield Finding(part, "broken", f"{type(error).__name__}: {error}; reinstall onrecord")


def show_findings(findings: Iterable[Finding], *, as_json: bool) -> int:
    """Print the findings. Returns the exit code: 1 if anything is broken."""
    found = []
    for finding in findings:
        found.append(finding)
        if not as_json:
            print_text(f"{finding.state:<6}  {finding.part:<16}  {printable(finding.says)}")
    works = all(finding.state != "broken" for finding in found)
    if as_json:
        print_json({"schema": SCHEMA, "ok": works, "findings": [finding.to_json() for finding in found]})
    return int(not works)


def _store(path: Path, embedder: Embedder) -> Finding:
    try:
        store = Store.open(path)
    except StoreMissing as error:
        return Finding("store", "note", str(error))
    with store:
        store.check_embedder(embedder.embedder_id)
        archive = store.archive()
        without_vector = store.passage_count() - len(store.vectors(Filter())[0])
        dates = f"{archive.first} to {archive.last}" if archive.first else "no dates"
        held = f"{archive.articles:,} articles ({archive.undated:,} undated), {dates}"
        says = f"{path}: {held}, {store.passage_count():,} passages"
    if without_vector:
        advice = "finish it with: onrecord index PATH --rebuild"
        return Finding("store", "note", f"{says}, {without_vector:,} of them without a vector; {advice}")
    return Finding("store", "ok", says)


def _analyses(path: Path) -> Finding:
    part = "analyses"
    try:
        with Store.open(path) as store:
            older, passages = store.unanalysed(), store.passage_count()
    except StoreError as error:
        return Finding(part, "note", f"not examined: {error}")
    if older:
        says = f"missing or of another version for {older:,} of {passages:,} passages"
        advice = "they are read as they are or made while answering; make them with: onrecord index PATH"
        return Finding(part, "note", f"{says}; {advice}")
    return Finding(part, "ok", f"stored for all {passages:,} passages")


def _owner(path: Path) -> Finding:
    holder = lock_holder(path)
    if holder is None:
        return Finding("owner", "ok", "nobody is writing to the store")
    return Finding("owner", "ok", f"{holder} is writing to the store; asking and searching work meanwhile")


def _permissions(path: Path) -> Finding:
    if not path.is_dir():
        return Finding("permissions", "ok", "the store's folder will be for this user alone")
    if names := readable_by_others(path):
        shown = ", ".join(path.name if name == "." else name for name in names[:_MOST_NAMED])
        more = " and others" if len(names) > _MOST_NAMED else ""
        says = f"every user of this machine can read {shown}{more} in {path}"
        return Finding("permissions", "note", f"{says}; unless that is wanted: chmod -R o= {path}")
    return Finding("permissions", "ok", "only its owner, or a group that shares it, can read the store")


def _vector_cache(path: Path, chroma: ChromaAddress | None) -> Finding:
    from index.vectors.chroma import ChromaVectors

    if chroma is None and lock_holder(path) is not None:
        return Finding("vector cache", "ok", "in use by the owner of the store")
    try:
        with Store.open(path) as store, ChromaVectors(store, chroma) as cache:
            wrong = cache.examine()
    except StoreError as error:
        return Finding("vector cache", "note", f"not examined: {error}")
    if wrong is None:
        return Finding("vector cache", "ok", f"{cache.name} holds the vectors of the store")
    advice = "searches are exact until the next onrecord index or serve that can use it"
    return Finding("vector cache", "note", f"{cache.name} cannot be used ({wrong}); {advice}")


def _embedding_model(path: Path, embedder: Embedder) -> Finding:
    from index.models.endpoint import EndpointEmbedder

    part = "embedding model"
    if not isinstance(embedder, EndpointEmbedder):
        return _model(part, "bge_small_en")
    numbers = len(embedder.query("Words."))
    says = f"{embedder.model} at {embedder.endpoint.host} answers, {numbers} numbers a vector"
    with suppress(StoreError), Store.open(path) as store:
        made_with = store.meta("embedder_id"), store.dimensions
        if made_with[0] == embedder.embedder_id and made_with[1] not in (0, numbers):
            advice = "make its vectors anew with: onrecord index PATH --rebuild"
            return Finding(part, "broken", f"{says}, and {made_with[1]} in the store {path}; {advice}")
    return Finding(part, "ok", says)


def _model(part: str, name: str) -> Finding:
    from index.models.onnx import SHA256, OnnxModel

    OnnxModel(name)
    return Finding(part, "ok", f"{name}, sha256 {SHA256[name][:12]} as expected")


def _tokens() -> Finding:
    from index.passages import tokens

    tokens.count("Words.")
    return Finding("token table", "ok", f"{tokens.ENCODING}, read from disk")


def _full_text() -> Finding:
    with sqlite3.connect(":memory:") as connection:
        connection.execute("CREATE VIRTUAL TABLE t USING fts5 (x, tokenize = 'porter unicode61')")
    connection.close()
    return Finding("full-text search", "ok", f"FTS5 of SQLite {sqlite3.sqlite_version}")


def _reader(chat: "ChatModel | None") -> Finding:
    if chat is None:
        return Finding("reader", "ok", "extractive; no model is set, and none is needed")
    import asyncio

    from rag.chat import tried

    if problem := asyncio.run(tried(chat, deadline=PATIENCE)):
        return Finding("reader", "note", f"{problem} Until then the extractive reader answers.")
    return Finding("reader", "ok", f"{chat.name} answers; the extractive reader stands in where it fails")


def _model_tokens(budget: "TokenBudget | None") -> Finding:
    part = "model tokens"
    if budget is None:
        return Finding(part, "ok", "not limited; ONRECORD_LLM_DAILY_TOKENS sets a limit for a day")
    used = budget.used()
    if used is None:
        advice = f"check {budget.path}, or delete it to count from zero"
        return Finding(part, "note", f"they cannot be counted, and quotations answer; {advice}")
    says = f"{used:,} of {budget.limit:,} used today (UTC), by all processes that use the store"
    return Finding(part, "ok" if used < budget.limit else "note", says)


def _check_of_meaning(folder: Path, checker: "tuple[MeaningCheck, str] | None") -> Finding:
    part = "check of meaning"
    if checker is None:
        return Finding(part, "ok", "word rules; no model is set that could read what is cited")
    import asyncio

    from rag.check.meaning import CheckFailure
    from rag.check.trial import LEAST, keep, trial

    check, key = checker
    try:
        tried = asyncio.run(trial(check))
    except CheckFailure as failure:
        return Finding(part, "note", f"{failure} Until it can be tried, its yes counts as unconfirmed.")
    says = f"{check.name} was {tried}"
    if tried.calls:
        read, written = f"{tried.prompt_tokens:,}", f"{tried.completion_tokens:,}"
        says += f" ({tried.calls} calls, which read {read} tokens and wrote {written})"
    figures = asdict(tried) | {"balanced_accuracy": tried.balanced_accuracy, "least": LEAST}
    try:
        keep(folder, key, tried)
    except OSError as error:
        reason = error.strerror or type(error).__name__
        advice = (
            "its yes counts as unconfirmed; index articles first, and see that the folder can be written to"
        )
        return Finding(
            part, "note", f"{says}; that cannot be kept in {folder} ({reason}), so {advice}", figures
        )
    if tried.is_passed:
        return Finding(part, "ok", f"{says}; a sentence that it confirms counts as supported", figures)
    follows = "its yes counts as unconfirmed, its no as a reason to look again"
    advice = "choose another model with ONRECORD_CHECK_MODEL"
    return Finding(part, "note", f"{says}; below {LEAST:.0%} {follows}; {advice}", figures)


def _keys(keys: Sequence[str]) -> Finding:
    return Finding("keys", "ok", "; ".join(keys) or "no key is set, and none is sent")


def _settings(unused: Sequence[str]) -> Finding:
    if unused:
        return Finding("settings", "note", f"set, and without effect in this version: {', '.join(unused)}")
    return Finding("settings", "ok", "every setting that is set has an effect")


def _versions() -> Finding:
    installed = [f"{name} {version(name)}" for name in LIBRARIES]
    return Finding("versions", "ok", ", ".join([f"Python {platform.python_version()}", *installed]))
