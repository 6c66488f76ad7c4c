"""Asking the recorded questions: the assistant as users get it, with the replayed model or with none."""

from collections.abc import Iterator
from pathlib import Path

from rag.answer import Answer
from rag.assistant import Assistant
from rag.chat import OpenAIChat
from rag.check.model_check import ModelCheck
from rag.quote.extract import ExtractiveReader
from rag.write.generate import GenerativeReader
from rag.write.limits import Limits
from rag.write.plan import Planner
from tests.answers.recorded.archives import ARCHIVES, opened
from tests.answers.recorded.recordings import Asked, Recordings, questions
from tests.answers.recorded.replay import Missing, Replay, Tally, unnoticed
from tests.scripted import ScriptedModel

PATIENT = Limits(plan_seconds=60.0, check_seconds=60.0, repair_seconds=60.0)
"""What is measured is what the calls say, so none of them is too late on a busy machine."""


def replayed(
    recordings: Recordings, into: Path, *, is_checked: bool = True, missing: Missing = unnoticed
) -> Iterator[tuple[Asked, Answer, Tally]]:
    """Each question with its answer, and everything that was replayed so far in its archive.

    The archives are indexed into `into`. Without `is_checked` the word rules check alone.
    """
    for name in ARCHIVES:
        with opened(name, into) as (store, retriever, scorer):
            replay = Replay(recordings, store, missing)
            with ScriptedModel(replay) as server:
                chat = OpenAIChat(server.base_url, "recorded", "key")
                check = ModelCheck(chat, seconds=PATIENT.check_seconds, is_trusted=True)
                reader = GenerativeReader(chat, limits=PATIENT, check=check if is_checked else None)
                assistant = Assistant(store, retriever, ExtractiveReader(scorer), reader, Planner(chat))
                for asked in (one for one in questions() if one.archive == name):
                    replay.question = asked.id
                    yield asked, assistant.ask(asked.question), replay.tally


def without_model(into: Path) -> Iterator[tuple[Asked, Answer]]:
    """Each question with the answer that quotes the articles."""
    for name in ARCHIVES:
        with opened(name, into) as (store, retriever, scorer):
            assistant = Assistant(store, retriever, ExtractiveReader(scorer))
            for asked in (one for one in questions() if one.archive == name):
                yield asked, assistant.ask(asked.question)
