"""The scripted server's part of the strong model: recorded calls, with the numbers of the prompt it gets.

What a recording points at and the prompt no longer holds is left out and counted. A claim without a recorded
verdict is NOT STATED, and a plan, an answer or a repair that is not recorded has a default; each is counted.
"""

import re
from collections import Counter, defaultdict
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from functools import cache
from importlib.resources import files
from typing import Literal

from index.store.store import Store
from rag.prompt.sanitize import plain_name, sanitized
from rag.write.statements import SENTINEL
from tests.answers.recorded.recordings import Place, Recordings, Written, key
from tests.scripted import Asked, Reply, error

Call = Literal["plan", "write", "check", "completeness", "repair"]
PROMPTS: dict[str, Call] = {
    "plan": "plan",
    "answer": "write",
    "check": "check",
    "check_answer": "completeness",
    "repair": "repair",
}
"""Which prompt makes which call."""
_ARTICLE = re.compile(r'<article [^>]*headline="([^"]*)">')
_SENTENCE = re.compile(r"\[(\d+)\] (.+)")
_MARK = re.compile(r"\s*\[(\d+)\]")
_CLAIM = re.compile(r"^Claim (\d+)(?: \([^)]*\))?: (.+)$", re.MULTILINE)
_ANSWER = re.compile(r'<answer number="(\d+)">\n(.*?)\n</answer>', re.DOTALL)
_FAILED = re.compile(r"^Sentence: (.+)$", re.MULTILINE)


Missing = Callable[[str, Call, str, Asked], None]
"""Told of a call for which nothing is recorded: question, kind, what it is about, the request."""


def unnoticed(id: str, call: Call, about: str, asked: Asked) -> None:
    """Tells nobody."""


@dataclass
class Tally:
    """What was replayed and what could not be: calls by kind, defaults taken, marks lost."""

    calls: Counter[str] = field(default_factory=Counter)
    defaults: Counter[str] = field(default_factory=Counter)
    lost: list[tuple[str, Place]] = field(default_factory=list)
    """Question and sentence of marks whose sentence is no longer in the material."""


class Replay:
    """Answers requests with what is recorded for `question`, the id of the question that is being asked."""

    def __init__(self, recordings: Recordings, store: Store, missing: Missing = unnoticed) -> None:
        self.question = ""
        self.tally = Tally()
        self._recordings, self._store, self._missing = recordings, store, missing

    def __call__(self, asked: Asked) -> str | Reply:
        call = call_of(asked)
        self.tally.calls[call] += 1
        return {
            "plan": self._plan,
            "write": self._write,
            "check": self._check,
            "completeness": self._completeness,
            "repair": self._repair,
        }[call](asked)

    def _plan(self, asked: Asked) -> str | Reply:
        if self.question in self._recordings.plans:
            return self._recordings.plans[self.question]
        self._default("plan", "", asked)
        return error(500, "no plan is recorded")

    def _write(self, asked: Asked) -> str | Reply:
        if self.question not in self._recordings.answers:
            self._default("write", "", asked)
            return error(500, "no answer is recorded")
        written = self._recordings.answers[self.question]
        return SENTINEL if written is None else self._numbered(written, asked)

    def _check(self, asked: Asked) -> str:
        lines = []
        for number, claim in _CLAIM.findall(material(asked)):
            verdict = self._recordings.verdicts.get((self.question, key(claim)))
            if verdict is None:
                self._default("check", claim, asked)
                verdict = "NOT STATED - no verdict is recorded"
            lines.append(f"{number}: {verdict}")
        return "\n".join(lines)

    def _completeness(self, asked: Asked) -> str:
        [(number, answer)] = _ANSWER.findall(material(asked))
        verdict = self._recordings.completeness.get((self.question, key(answer)))
        if verdict is None:
            self._default("completeness", answer, asked)
            verdict = "PARTLY"
        return f"{number}: {verdict}"

    def _repair(self, asked: Asked) -> str:
        sentence = _MARK.sub("", _FAILED.findall(material(asked))[-1])
        about = (self.question, key(sentence))
        if about not in self._recordings.repairs:
            self._default("repair", sentence, asked)
            return "DROP"
        written = self._recordings.repairs[about]
        return "DROP" if written is None else self._numbered(written, asked)

    def _default(self, call: Call, about: str, asked: Asked) -> None:
        self.tally.defaults[call] += 1
        self._missing(self.question, call, about, asked)

    def _numbered(self, written: Written, asked: Asked) -> str:
        """The text with the prompt's numbers in the place of its own."""
        held = numbers(asked)
        found = [self._number(place, held) for place in written.places]

        def mark(match: re.Match[str]) -> str:
            place = int(match[1])
            number = found[place - 1] if place else 0
            return "" if number is None else f" [{number}]"

        return re.sub(r"\] \[", "][", _MARK.sub(mark, written.text))

    def _number(self, place: Place, held: dict[str, list[tuple[str, int]]]) -> int | None:
        stored = self._store.article(place.article_id, place.revision)
        if stored is not None:
            text = sanitized(stored.article.text[place.start : place.end])
            # A copy of the article may hold the same sentence: the article's own comes first.
            own = headline(stored.article.title)
            for _, number in sorted(held[text], key=lambda one: one[0] != own):
                return number
        self.tally.lost.append((self.question, place))
        return None


def call_of(asked: Asked) -> Call:
    """Which call a request is: each prompt begins with words of its own. Raises LookupError for another."""
    for name, call in PROMPTS.items():
        if asked.messages[0]["content"].startswith(_beginning(name)):
            return call
    raise LookupError(f"no prompt begins with: {asked.messages[0]['content'][:80]}")


def material(asked: Asked) -> str:
    """The request without the prompt's rules and examples."""
    return asked.messages[-1]["content"]


def numbers(asked: Asked) -> dict[str, list[tuple[str, int]]]:
    """The sentences of the prompt: for each text the headlines that it stands under, with its numbers."""
    held: dict[str, list[tuple[str, int]]] = defaultdict(list)
    for headline, number, text in sentences(asked):
        held[text].append((headline, number))
    return held


def sentences(asked: Asked) -> Iterator[tuple[str, int, str]]:
    """Headline, number and text of each sentence that the prompt numbers."""
    under = ""
    for line in material(asked).splitlines():
        if article := _ARTICLE.match(line):
            under = article[1]
        elif sentence := _SENTENCE.match(line):
            yield under, int(sentence[1]), sentence[2]


def headline(title: str) -> str:
    """An article's headline as prompts have it."""
    return plain_name(title, 200) or "not named"


@cache
def _beginning(name: str) -> str:
    """The words that a prompt begins with, up to its first variable."""
    text = (files("prompts") / f"{name}.md").read_text(encoding="utf-8")
    return text.removeprefix("# system").lstrip().partition("\n\n")[0].partition("$")[0].strip()
