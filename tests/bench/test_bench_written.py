"""What `make bench` prints of written answers: seconds from asking a model to the first checked sentence.

The server needs 0.5 s to its first token, writes 50 tokens in a second, and needs 0.7 s for a verdict.
"""

import asyncio
import statistics
import time
from contextlib import aclosing
from datetime import date

import pytest

from index.passages.sentences import sentence_spans
from index.store.records import Passage
from rag.answer import RankedPassage
from rag.chat import OpenAIChat
from rag.prompt.passages import PromptPassages, number_sentences
from rag.usage import Usage
from rag.write.generate import GenerativeReader
from rag.write.written import WrittenSentence
from tests.bench.archive import variations
from tests.bench.test_bench import show
from tests.rag.analyses import analyses_of
from tests.rag.write.fakes import EndpointCheck
from tests.scripted import Asked, Reply, ScriptedModel

pytestmark = pytest.mark.bench

TO_FIRST_TOKEN, PACE, FOR_A_VERDICT = 0.5, 1 / 50, 0.7
_TOKEN = 4
"""Characters of a token of English, about."""
RUNS = 5


def test_the_first_checked_sentence_comes_soon() -> None:
    material = prompt_passages()
    said = [sentence for sentence in material.sentences if 80 < len(sentence.text) < 160][:4]
    # A paraphrase that words alone do not confirm: what the sentence says, as a report of it.
    answer = "".join(
        f"It was reported that {one.text[0].lower()}{one.text[1:-1]} [{one.n}].\n" for one in said
    )

    def reply(asked: Asked) -> Reply:
        if asked.prompt.startswith("CHECK"):
            return Reply("1: yes\n2: yes\n3: yes\n4: yes", thinks=FOR_A_VERDICT)
        pieces = [answer[start : start + _TOKEN] for start in range(0, len(answer), _TOKEN)]
        return Reply(pieces, thinks=TO_FIRST_TOKEN, pace=PACE)

    with ScriptedModel(reply) as server:
        chat = OpenAIChat(server.base_url, "scripted")
        reader = GenerativeReader(chat, check=EndpointCheck(chat, 5.0))
        runs = [asyncio.run(seconds_of(reader, material)) for _ in range(RUNS + 1)][1:]
    first, last, end = (statistics.median(seconds) for seconds in zip(*runs, strict=True))
    tokens = len(answer) / _TOKEN
    show(
        f"written answer over {len(material.sentences)} sentences, {tokens:.0f} tokens long:",
        f"first checked sentence after {first:.2f} s (goal 2.5 s), the last after {last:.2f} s",
        f"the whole is checked after {end:.2f} s",
        f"of that {TO_FIRST_TOKEN} s to the first token, {PACE:.2f} s a token, {FOR_A_VERDICT} s a verdict",
    )
    assert first < 2.5


async def seconds_of(reader: GenerativeReader, material: PromptPassages) -> tuple[float, float, float]:
    """Seconds from asking to the first sentence, to the last and to the draft."""
    started, shown = time.perf_counter(), []
    async with aclosing(
        reader.read("What was reported?", material, date(2026, 1, 1), usage=Usage())
    ) as items:
        async for item in items:
            if isinstance(item, WrittenSentence):
                shown.append(time.perf_counter() - started)
                assert item.support in ("verbatim", "supported"), item
    return shown[0], shown[-1], time.perf_counter() - started


def prompt_passages() -> PromptPassages:
    """As many sentences as a prompt holds."""
    found = []
    for n, record in enumerate(variations(40), start=1):
        text = str(record["text"])
        spans = tuple(sentence_spans(text))
        title, source, day = (record[key] for key in ("title", "source", "published_at"))
        passage = Passage(n, f"a{n}", "r", 0, len(text), text, spans, str(title), str(source), str(day), None)
        found.append(RankedPassage(n, passage, 1 / n))
    return number_sentences(found, 8_000, analyses_of(found))
