"""Objects from settings: embedder, retriever, assistant, language model, check of meaning, judge.

What a command does not use is not imported.
"""

from functools import cache
from typing import TYPE_CHECKING

from corpus.errors import UsageError
from rag.terminal.settings import ModelEndpoint, Settings

if TYPE_CHECKING:
    from index.models.embedder import Embedder
    from index.store.store import Store
    from index.vectors.exact import VectorIndex
    from rag.assistant import Assistant
    from rag.chat import ChatModel
    from rag.check.meaning import MeaningCheck
    from rag.evals.judge import Judge
    from rag.model_calls import ModelCalls
    from rag.retrieve.search import Retriever


def build_embedder(settings: Settings) -> "Embedder":
    """The endpoint behind the settings, else the bundled model; nothing is asked or loaded yet."""
    if model := settings.embedding_model:
        from index.models.endpoint import EndpointEmbedder

        return EndpointEmbedder(model.base_url, model.model, model.api_key)
    from index.models.bge import BgeSmall

    return BgeSmall()


def build_retriever(settings: Settings, store: "Store", vectors: "VectorIndex | None" = None) -> "Retriever":
    """Dense, lexical and reranking models over `store`, loaded once.

    Without `vectors` it searches SQLite's own, exactly: no lock, no Chroma. The server gives Chroma's.
    """
    from index.models.cross_encoder import CrossEncoder
    from index.vectors.exact import ExactVectors
    from rag.retrieve.search import Retriever

    embedder = build_embedder(settings)
    store.check_embedder(embedder.embedder_id)
    return Retriever(store, vectors or ExactVectors(store), embedder, CrossEncoder())


def build_assistant(settings: Settings, store: "Store", retriever: "Retriever | None" = None) -> "Assistant":
    """The assistant over `store`; the extractive reader shares the retriever's cross-encoder.

    With a language model its answers come first, planned, written and checked within the same bounds of
    calls, and the extractive reader stands in.
    """
    from rag.assistant import Assistant
    from rag.quote.extract import ExtractiveReader

    retriever = retriever or build_retriever(settings, store)
    generative = planner = None
    if chat := build_chat(settings):
        from rag.write.generate import GenerativeReader
        from rag.write.plan import Planner

        generative = GenerativeReader(chat, limits=settings.limits, check=build_check(settings))
        planner = Planner(chat)
    return Assistant(
        store,
        retriever,
        ExtractiveReader(retriever.scorer),
        generative=generative,
        planner=planner,
        unconfirmed=settings.unconfirmed,
    )


def build_chat(settings: Settings) -> "ChatModel | None":
    """The language model behind the settings, within this process's bounds; nothing is asked yet.

    None where no model is set.
    """
    return _bounded(settings, settings.language_model)


def _bounded(settings: Settings, model: ModelEndpoint | None) -> "ChatModel | None":
    if model is None:
        return None
    from rag.chat import OpenAIChat
    from rag.model_calls import BoundedChat

    chat = OpenAIChat(model.base_url, model.model, model.api_key)
    return BoundedChat(chat, build_model_calls(settings))


def build_check(settings: Settings) -> "MeaningCheck | None":
    """What compares written claims with what they cite; None without a model, and where it is switched off.

    Raises UsageError where the folder of a local model holds none.
    """
    if settings.language_model is None or not settings.limits.check:
        return None
    from rag.check.trial import is_trusted

    trusted = is_trusted(settings.store, check_key(settings))
    if settings.check_folder:
        from rag.check.entailment import EntailmentCheck

        return EntailmentCheck(settings.check_folder, trusted)
    chat = _bounded(settings, settings.checking_model or settings.language_model)
    if chat is None:
        return None
    from rag.check.model_check import ModelCheck

    return ModelCheck(chat, seconds=settings.limits.check_seconds, is_trusted=trusted)


def check_key(settings: Settings) -> str:
    """What the trials of what checks are kept under; empty where nothing does."""
    from rag.check.trial import checker_key

    if settings.check_folder:
        from index.models.pair_classifier import digest_of

        return checker_key(settings.check_folder.resolve().name, digest_of(settings.check_folder))
    model = settings.checking_model or settings.language_model
    return checker_key(model.model, model.host) if model else ""


def check_advice(settings: Settings) -> str | None:
    """What is to be known of a check of meaning that is not trusted; None where there is none."""
    from rag.check.trial import advice

    if settings.language_model is None or not settings.limits.check:
        return None
    model = settings.checking_model or settings.language_model
    name = settings.check_folder.resolve().name if settings.check_folder else model.model
    return advice(settings.store, check_key(settings), name)


@cache
def build_model_calls(settings: Settings) -> "ModelCalls":
    """The bounds of calls to language models: one object for everything in this process that makes them."""
    from rag.budget import TokenBudget
    from rag.model_calls import ModelCalls

    limit = settings.daily_model_tokens
    return ModelCalls(settings.model_calls_at_once, TokenBudget(settings.store, limit) if limit else None)


def build_judge(settings: Settings) -> "Judge":
    """The language model as a judge. Raises UsageError when none is set."""
    from rag.evals.judge import Judge

    if chat := build_chat(settings):
        return Judge(chat)
    raise UsageError("--judge needs a language model; set ONRECORD_LLM_MODEL and ONRECORD_LLM_BASE_URL")
