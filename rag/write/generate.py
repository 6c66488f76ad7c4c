"""The generative reader: a language model writes from the passages, and every sentence is checked.

A sentence is released when it and its marks are complete and it was checked against the passages it cites;
everything else that the model wrote is kept in the draft only.
"""

import asyncio
import re
import time
from collections.abc import AsyncGenerator, Mapping, Sequence
from contextlib import aclosing
from dataclasses import replace
from datetime import date
from typing import Literal

from index.language.analysis import analyse_question
from index.language.names import Mentions, is_person_like, missing
from index.language.sentence import Sentence
from index.language.words import stems, words
from index.passages.tokens import count, cut
from prompts import load
from rag.answer import Draft, RankedPassage, Turn
from rag.chat import ChatModel, Finish, ModelFailure
from rag.check.check import CheckedSentence, check, is_filler, is_refusal, without_lead_in
from rag.prompt.injections import is_injection
from rag.prompt.prompt_passages import (
    PromptPassage,
    format_passages,
    sanitized,
    select_passages,
    without_delimiters,
)
from rag.question.analysed import analysed
from rag.question.spans import answering_spans
from rag.render import written_date
from rag.usage import Usage
from rag.write.stream import CitedSentence, SentenceStream, markdown_to_text

SENTINEL = "The passages do not answer this question."
"""The line that the model is asked to write where the passages do not tell."""
MAX_TOKENS = 2_000
"""Of one answer, with what a model may think before it."""
REWRITE_SECONDS = 12.0
"""In which a follow-up has to be rewritten; after that the rules do it."""
OFF_THE_QUESTION = "What it cites does not tell of what was asked."
"""Why a scrap of words is not taken."""
_SCRAP = 4
"""Words below which a sentence is a scrap."""
LONGEST_QUESTION = 300
"""Characters of a rewritten question."""
_HISTORY_TOKENS = 1_200
_TURN_TOKENS = 300
_LONGEST_TURN = 4_000
_MARK = re.compile(r"\s*(?:\[[\d\s,;–-]*\]|【[^】]{0,20}】)")
_ASKS = re.compile(
    r"\b(?:who|whom|whose|what|when|where|why|how|which|did|does|do|is|was|are|were|has|have|had|can|could|will"
    r"|would|should|tell|list|describe|explain|name)\b|\?\s*$",
    re.IGNORECASE,
)


class GenerativeReader:
    """Answers with a language model's sentences; `budget` tokens of passages, `deadline` seconds in all."""

    def __init__(
        self,
        chat: ChatModel,
        *,
        budget: int = 6_000,
        deadline: float = 90.0,
        rewrite_seconds: float = REWRITE_SECONDS,
    ) -> None:
        self.chat = chat
        self.name = f"llm:{chat.name}"
        self._budget = budget
        self._deadline = deadline
        self._rewrite_seconds = rewrite_seconds
        self._answer = load("answer", "today", "sentinel", "passages", "question")
        self._rewrite = load("rewrite", "limit", "conversation", "question")

    async def standalone(self, question: str, history: Sequence[Turn]) -> str | None:
        """The question rewritten to stand without the conversation; None when the model could not.

        What comes back is never trusted further than a question that a reader types.
        """
        messages = self._rewrite.messages(
            limit=str(LONGEST_QUESTION),
            conversation=_conversation(history),
            question=sanitized(question),
        )
        pieces: list[str] = []
        finished = False
        try:
            async with (
                asyncio.timeout(self._rewrite_seconds),
                aclosing(self.chat.stream(messages, max_tokens=MAX_TOKENS)) as stream,
            ):
                async for piece in stream:
                    if isinstance(piece, Finish):
                        finished = piece.reason == "stop"
                    else:
                        pieces.append(piece)
        except (ModelFailure, TimeoutError):
            return None
        told = Mentions(f"{_conversation(history)} {question}")
        rewritten = _question("".join(pieces), question) if finished else None
        return None if rewritten is None or missing(analyse_question(rewritten).names, told) else rewritten

    async def read(
        self,
        question: str,
        passages: Sequence[RankedPassage],
        today: date,
        analyses: Mapping[int, Sequence[Sentence]],
    ) -> AsyncGenerator[CheckedSentence | Draft, None]:
        """The model's claims, each as soon as it is complete and checked; then exactly one Draft.

        `analyses` are those of each passage's sentences, by its id.

        An endpoint's failure is never raised: the draft's outcome and problem tell. Closing the generator or
        cancelling its task closes the connection to the model.
        """
        shown = select_passages(passages, self._budget, analyses)
        if not shown:
            yield Draft(model=self.chat.name, text="", outcome="refused")
            return
        messages = self._answer.messages(
            today=written_date(today.isoformat()) or "",
            sentinel=SENTINEL,
            passages=format_passages(shown),
            question=" ".join(without_delimiters(question).split()),
        )
        writing = _Writing(question, shown)
        stream = self.chat.stream(messages, max_tokens=MAX_TOKENS)
        ends_at = time.monotonic() + self._deadline
        finish, problem, was_read = None, None, True
        try:
            while finish is None and not writing.is_over:
                async with asyncio.timeout(ends_at - time.monotonic()):
                    piece = await anext(stream)
                if isinstance(piece, Finish):
                    finish = piece
                    break
                for claim in writing.take(piece):
                    yield claim
        except StopAsyncIteration:
            problem = f"The model “{self.chat.name}” broke off before its answer was complete."
        except ModelFailure as failure:
            problem, was_read = str(failure), failure.was_read
        except TimeoutError:
            problem = f"The model “{self.chat.name}” took longer than {self._deadline:.0f} s and was stopped."
        finally:
            await stream.aclose()
        if problem is None and finish is not None:
            problem = _problem(finish, self.chat.name, writing.text)
            if problem is None:
                for claim in writing.finish():
                    yield claim
        asked, written = (finish.prompt_tokens, finish.completion_tokens) if finish else (None, None)
        if asked is None:
            asked = sum(count(message["content"]) for message in messages) if was_read else 0
        if written is None:
            written = count(writing.text)
        usage = Usage()
        usage.add("write", asked, written)
        yield Draft(self.chat.name, writing.text, writing.outcome(problem), problem, usage)


class _Writing:
    """An answer while it is written: its text so far, and what became of its sentences."""

    def __init__(self, question: str, shown: Sequence[PromptPassage]) -> None:
        self._question = question
        self._shown = shown
        self._sentences = SentenceStream()
        self._pieces: list[str] = []
        self._claimed = 0
        self._person = _last_person(question)
        self._refused = False

    @property
    def text(self) -> str:
        """The model's own text so far."""
        return "".join(self._pieces)

    @property
    def is_over(self) -> bool:
        """Whether the model refused before it claimed anything: nothing that follows counts."""
        return self._refused and not self._claimed

    def take(self, piece: str) -> list[CheckedSentence]:
        """The claims that a piece of the stream completes."""
        self._pieces.append(piece)
        return self._claims(self._sentences.feed(piece))

    def finish(self) -> list[CheckedSentence]:
        """The claims that were waiting for the end."""
        return self._claims(self._sentences.finish())

    def outcome(self, problem: str | None) -> Literal["complete", "refused", "cut", "failed"]:
        """What became of the whole answer."""
        if self.is_over:
            return "refused"
        if problem is not None:
            return "cut" if self.text.strip() else "failed"
        return "complete" if self._claimed else "failed"

    def _claims(self, sentences: Sequence[CitedSentence]) -> list[CheckedSentence]:
        claims = []
        for sentence in sentences:
            if self.is_over:
                break
            if is_filler(sentence.text, self._question):
                continue
            text = without_lead_in(sentence.text)
            checked = self._told(check(text, sentence.marks, self._shown, self._person))
            if checked.support == "unsupported" and is_refusal(sentence.text):
                self._refused = True
                continue
            self._claimed += 1
            self._person = _last_person(text) or self._person
            claims.append(checked)
        return claims

    def _told(self, checked: CheckedSentence) -> CheckedSentence:
        """The claim; a scrap of words only if it could answer, or its source tells of what was asked.

        A model that obeys an article ("say PWNED") writes such scraps, which stand in the article.
        """
        if checked.support == "unsupported" or len(words(checked.text)) >= _SCRAP:
            return checked
        source = " ".join(one.text for quote in checked.quotes for one in quote.sentences)
        if not set(stems(self._question)).isdisjoint(stems(source)):
            return checked
        if answering_spans(analyse_question(checked.text), analysed(self._question)):
            return checked
        return replace(checked, support="unsupported", quotes=(), reason=OFF_THE_QUESTION)


def _last_person(text: str) -> str | None:
    """The person that a "he" in the next sentence goes back to."""
    people = [name.text for name in analyse_question(text).names if is_person_like(name)]
    return people[-1] if people else None


def _conversation(history: Sequence[Turn]) -> str:
    """The latest turns on a line each, within a budget, without marks, and none that could be another's."""
    lines: list[str] = []
    left = _HISTORY_TOKENS
    for turn in reversed(history):
        content = cut(sanitized(_MARK.sub("", turn.content[:_LONGEST_TURN])), _TURN_TOKENS)
        line = f"{'Reader' if turn.role == 'user' else 'Archive'}: {content}"
        left -= count(line)
        if left < 0:
            break
        lines.append(line)
    return "\n".join(reversed(lines))


def _question(written: str, asked: str) -> str | None:
    """The one question that a model wrote in place of what was asked; None for anything else."""
    thought = re.sub(r"^\s*<think>.*?</think>", "", written, count=1, flags=re.DOTALL)
    lines = [line for line in thought.strip().splitlines() if line.strip()]
    if len(lines) != 1:
        return None
    line = markdown_to_text(_MARK.sub("", lines[0]))
    line = re.sub(r"^(?:(?:the )?(?:rewritten |standalone )?question|reader)\s*:\s*", "", line, flags=re.I)
    line = line.strip().strip("\"“”'").strip()
    if not 2 < len(line) <= LONGEST_QUESTION or is_refusal(line) or is_injection(line):
        return None
    if not line.endswith("?") and (asked.rstrip().endswith("?") or not _ASKS.search(line)):
        return None
    return line


def _problem(finish: Finish, model: str, text: str) -> str | None:
    """Why an answer that came to an end cannot be used as it is."""
    if finish.reason == "length":
        return f"The model “{model}” ran into its length limit before its answer was complete."
    if not text.strip():
        return f"The model “{model}” gave an empty answer."
    if finish.reason != "stop":
        reason = re.sub(r"\W+", " ", finish.reason)[:40].strip() or "no reason given"
        return f"The model “{model}” stopped before its answer was complete ({reason})."
    return None
