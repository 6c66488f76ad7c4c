"""The records of a question and its answer, and the events sent while it is made."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from typing import Literal

from corpus.page.corrections import Correction
from index.store.filters import Filter
from index.store.store import Archive, Passage
from rag.usage import Usage

SCHEMA = 1

Status = Literal["answered", "partial", "outside_coverage", "not_in_archive", "not_stated", "listed", "help"]
"""`listed`: the archive's own catalogue is told; `help`: what this is, and what may be asked."""
Intent = Literal["question", "overview", "timeline", "latest", "comparison", "catalogue", "help"]
"""What a question wants: an answer to itself, one of the other forms of an answer, or help."""
Role = Literal["claim", "lead", "notice", "gap", "withdrawn"]
"""`withdrawn` stands in the place of sentences that quoted a removed article, in answers shown again."""
Support = Literal["verbatim", "supported", "unconfirmed", "unsupported"]
ANSWERED: tuple[Status, ...] = ("answered", "partial")
"""Statuses of answers that claim something."""
ABSTENTIONS: tuple[Status, ...] = ("outside_coverage", "not_in_archive", "not_stated")
"""Statuses of questions that the archive does not answer."""
CLOSEST = "The closest passages"
"""The title over the passages that are shown where nothing answers."""
IN_THE_MODELS_WORDS = "in the model's words"
"""What an unconfirmed sentence is labelled with wherever it is shown."""
WORD_RULES = "word rules"
"""Who checked a written answer whose meaning nothing read."""

_PASSAGE_KEYS = (
    "article_id", "revision", "start", "end", "text", "title", "source", "published_at", "url"
)  # fmt: skip


class Notice(str):
    """A sentence of ours in English, with what tells it in another language: its `kind` and the values in it.

    A value is a text, a number, a list of names of which one is meant, under the keys `day` and `last` a
    date, under `articles` how many there are. `rag/web/answers/words.toml` says each kind in `notice_KIND`.
    """

    told: Mapping[str, object]

    def __new__(cls, says: str, kind: str = "", **values: object) -> "Notice":
        notice = super().__new__(cls, says)
        notice.told = {"kind": kind, **values}
        return notice


def notices_to_json(notices: Sequence[str]) -> dict[str, object]:
    """The contract's `notices`, and in `notices_told` what tells each of them, or None where nothing does."""
    told = [one.told if isinstance(one, Notice) else None for one in notices]
    return {"notices": list(map(str, notices)), "notices_told": told}


@dataclass(frozen=True, slots=True)
class Turn:
    """One message of the conversation so far; it comes from the client and is never trusted."""

    role: Literal["user", "assistant"]
    content: str


@dataclass(frozen=True, slots=True)
class Question:
    """A question as it was asked, with what limits the articles that may answer it."""

    text: str
    history: tuple[Turn, ...] = ()
    where: Filter = field(default_factory=Filter)
    id: str | None = None


@dataclass(frozen=True, slots=True)
class Copy:
    """Another article that has the same words: a wire report in a second paper, or a re-post."""

    article_id: str
    revision: str
    title: str
    source: str | None
    published_at: str | None
    url: str | None


@dataclass(frozen=True, slots=True)
class Citation:
    """Whole sentences of one article: `article.text[start:end] == quote` at this revision (code points)."""

    n: int
    article_id: str
    revision: str
    start: int
    end: int
    quote: str
    title: str
    source: str | None
    published_at: str | None
    url: str | None
    corrections: tuple[Correction, ...] = ()
    """What the article says was wrong with it."""
    also_in: tuple[Copy, ...] = ()
    """Copies of the article that hold the quote too, earliest first."""
    article_text: str = field(default="", repr=False, compare=False)
    """The whole text that the offsets count in, so that what shows an answer need not read it again."""

    def to_json(self) -> dict[str, object]:
        """The contract's object."""
        view = {name: getattr(self, name) for name in self.__slots__ if name != "article_text"}
        copies = [asdict(one) for one in self.also_in]
        return view | {"corrections": [one.to_json() for one in self.corrections], "also_in": copies}


@dataclass(frozen=True, slots=True)
class Sentence:
    """One sentence of an answer, plain text; `highlights` are the spans of `text` that were asked for.

    `reason` says why it is `unsupported`, or why it stays `unconfirmed` whatever reads it. An unconfirmed one
    may be `folded`: then it stands under the answer and is no part of the answer's text. Sentences of one
    list item follow one another and have its number in `item`, counted from 1; those in no list have None.
    """

    index: int
    text: str
    role: Role
    citations: tuple[int, ...] = ()
    support: Support | None = None
    highlights: tuple[tuple[int, int], ...] = ()
    reason: str | None = None
    folded: bool = False
    item: int | None = None

    @property
    def is_in_text(self) -> bool:
        """Whether it is part of the answer's text; what is not stands folded under the answer."""
        return self.support != "unsupported" and not self.folded

    def to_json(self) -> dict[str, object]:
        """The contract's object.

        `folded` is there only where it is true, `item` only in a list, `told` and `reason_told` only where
        the text and the reason are a `Notice`.
        """
        lists = {"citations": list(self.citations), "highlights": [list(span) for span in self.highlights]}
        words = {"text": str(self.text), "reason": None if self.reason is None else str(self.reason)}
        view = {name: getattr(self, name) for name in self.__slots__} | lists | words
        view = {name: value for name, value in view.items() if name not in ("folded", "item") or value}
        told = {"told": self.text, "reason_told": self.reason}
        return view | {name: one.told for name, one in told.items() if isinstance(one, Notice)}


@dataclass(frozen=True, slots=True)
class RankedPassage:
    """A passage as one search returned it; `score` (0 to 1) compares only within that search."""

    rank: int
    passage: Passage
    score: float

    def to_json(self) -> dict[str, object]:
        """The contract's object."""
        passage = {name: getattr(self.passage, name) for name in _PASSAGE_KEYS}
        return {"rank": self.rank, **passage, "score": round(self.score, 4)}


@dataclass(frozen=True, slots=True)
class Listed:
    """An article in a list of articles."""

    id: str
    title: str
    source: str | None
    published_at: str | None
    url: str | None

    def to_json(self) -> dict[str, object]:
        """The contract's object."""
        return asdict(self)


@dataclass(frozen=True, slots=True)
class Draft:
    """A language model's own text, kept beside the answer that was made of it.

    `complete`: the model finished; `refused`: it said that the passages do not tell; `cut`: it broke off
    after some sentences; `failed`: nothing came that could be used. `problem` says in one sentence what went
    wrong.
    """

    model: str
    text: str
    outcome: Literal["complete", "refused", "cut", "failed"]
    problem: str | None = None
    usage: Usage = field(default_factory=Usage)
    """Of all calls of the answer."""
    answers: Literal["wholly", "partly", "no"] | None = None
    """Whether what is left of it answers the question, as the check says; None where nothing said so."""
    checked_by: str | None = None
    """Who checked the meaning, as shown; None where only the word rules did."""
    repaired: int = 0
    """Sentences that failed their check and were put right."""
    fallbacks: int = 0
    """Calls that failed or were late, so that the next best way was taken."""
    notices: tuple[str, ...] = ()
    """What the reader of the answer has to know of the check, each in one sentence."""
    for_readers: str = ""
    """The problem without a host or a setting, if it names some: those are for whoever runs the model."""
    was_too_long: bool = False
    """Whether the model could not be asked because the request was longer than it can read."""

    def to_json(self) -> dict[str, object]:
        """An object beside the contract's own keys."""
        return {name: getattr(self, name) for name in ("model", "text", "outcome", "problem")}


@dataclass(frozen=True, slots=True)
class Answer:
    """One answer: `sentences` is authoritative, `text` is rendered from it (CommonMark with [1] marks)."""

    question: Question
    searched: tuple[str, ...]
    status: Status
    text: str
    sentences: tuple[Sentence, ...]
    citations: tuple[Citation, ...]
    passages: tuple[RankedPassage, ...]
    reader: str
    archive: Archive
    timing_ms: Mapping[str, float]
    notices: tuple[str, ...] = ()
    draft: Draft | None = None
    withheld: tuple[str, ...] = ()
    """Titles of articles that would have been quoted too, but for how much of them is shown in a day."""
    did_you_mean: str | None = None
    """The question with words of the archive that may be meant by misspelt ones; it was not searched."""
    usage: Usage = field(default_factory=Usage)
    """The tokens of every call to a language model, those of a plan included that no draft followed."""
    standalone: str | None = None
    """The question as it was searched and read, which needs no conversation to be understood."""
    intent: Intent = "question"
    articles: tuple[Listed, ...] | None = None
    """The articles of a list (`listed`), which may be none; None for every other status."""
    suggestions: tuple[str, ...] = ()
    """Questions that this archive answers."""

    @property
    def abstained(self) -> bool:
        """Whether the question was not answered."""
        return self.status in ABSTENTIONS

    @property
    def cited(self) -> tuple[Citation, ...]:
        """The citations that the answer's text has marks of; only folded sentences cite the others."""
        marks = {n for sentence in self.sentences if sentence.is_in_text for n in sentence.citations}
        return tuple(one for one in self.citations if one.n in marks)

    @property
    def is_written(self) -> bool:
        """Whether it is a language model's, not quoted in the place of one that failed."""
        return self.draft is not None and self.reader == f"llm:{self.draft.model}"

    @property
    def checked_by(self) -> str | None:
        """Who checked what a model wrote; None where nothing of the answer is a model's."""
        if self.draft is None or not self.is_written:
            return None
        is_checked = any(one.role in ("claim", "gap") for one in self.sentences)
        return (self.draft.checked_by or WORD_RULES) if is_checked else None

    def to_json(self) -> dict[str, object]:
        """The contract's `ask` object."""
        return {
            "schema": SCHEMA,
            "id": self.question.id,
            "question": self.question.text,
            "searched": list(self.searched),
            "as_of": self.question.where.as_of,
            "intent": self.intent,
            "status": self.status,
            "answer": self.text,
            "sentences": [sentence.to_json() for sentence in self.sentences],
            "citations": [citation.to_json() for citation in self.citations],
            "passages": [passage.to_json() for passage in self.passages],
            "reader": self.reader,
            **notices_to_json(self.notices),
            "did_you_mean": self.did_you_mean,
            "suggestions": list(self.suggestions),
            "archive": {
                "articles": self.archive.articles,
                "undated": self.archive.undated,
                "from": self.archive.first,
                "through": self.archive.last,
            },
            "timing_ms": {stage: round(value, 1) for stage, value in self.timing_ms.items()},
            "usage": self.usage.to_json(),
            "checked_by": self.checked_by,
            **({"draft": self.draft.to_json()} if self.draft else {}),
            **({} if self.articles is None else {"articles": [one.to_json() for one in self.articles]}),
        }


@dataclass(frozen=True, slots=True)
class Stage:
    """What is being done, in words for the person who waits ("Searching 8,636 passages")."""

    stage: Literal["waiting", "planning", "searching", "reading", "writing", "checking"]
    says: str


@dataclass(frozen=True, slots=True)
class Released:
    """One checked sentence, and the citations that nothing before it had; it is never taken back."""

    sentence: Sentence
    new_citations: tuple[Citation, ...]


@dataclass(frozen=True, slots=True)
class Done:
    """The whole answer; always the last event."""

    answer: Answer


Event = Stage | Released | Done
