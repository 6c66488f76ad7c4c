"""A target that answers from a few articles by their words, and counts what it is asked."""

import threading
from collections.abc import Callable, Mapping
from typing import Any

from rag.evals.cases.case import Case

ARTICLES = {
    "quake": "Mayor Ilse Brandt said 14 people were treated for cuts. She opened the sports hall.",
    "ferry": "Captain Tove Lind said that the crossing now takes 50 minutes.",
}


class FakeTarget:
    """Answers with the first sentence of the article that shares a long word with the question."""

    def __init__(self, before: Callable[[Case], None] | None = None, about: str = "fake") -> None:
        self.asked: list[str] = []
        self._before, self._about = before, about
        self._lock = threading.Lock()

    def ask(self, case: Case) -> Mapping[str, Any]:
        with self._lock:
            self.asked.append(case.id)
        if self._before:
            self._before(case)
        words = {word.strip("?") for word in case.question.lower().split() if len(word) > 4}
        for name, text in ARTICLES.items():
            if any(word in text.lower() for word in words):
                return answered(case.question, name, text.split(". ")[0].rstrip(".") + ".")
        return abstained(case.question)

    def article_text(self, article_id: str, revision: str) -> str | None:
        return ARTICLES.get(article_id)

    def settings(self) -> Mapping[str, object]:
        return {"target": self._about}


def answered(question: str, name: str, quote: str, **changed: Any) -> dict[str, Any]:
    """The ask object of an answer that is one quote."""
    text = ARTICLES[name]
    start = text.index(quote)
    place = {"article_id": name, "revision": "r1", "title": name.title(), "source": "Wire", "url": None}
    place |= {"published_at": "2021-05-04"}
    citation = place | {"n": 1, "start": start, "end": start + len(quote), "quote": quote}
    passage = place | {"rank": 1, "start": 0, "end": len(text), "text": text, "score": 0.9}
    sentence = {"index": 0, "text": quote, "role": "claim", "citations": [1], "support": "verbatim"}
    sentence |= {"highlights": [], "reason": None}
    return {
        **_common(question),
        "status": "answered",
        "answer": f"{quote} [1]",
        "sentences": [sentence],
        "citations": [citation],
        "passages": [passage],
    } | changed


def abstained(question: str) -> dict[str, Any]:
    """The ask object of an abstention."""
    notice = {"index": 0, "text": "The archive does not say.", "role": "notice", "citations": []}
    notice |= {"support": None, "highlights": [], "reason": None}
    return (
        _common(question)
        | {"status": "not_in_archive", "answer": "The archive does not say."}
        | {
            "sentences": [notice],
            "citations": [],
            "passages": [],
        }
    )


def _common(question: str) -> dict[str, Any]:
    return {
        "schema": 1,
        "id": None,
        "question": question,
        "searched": [question],
        "as_of": None,
        "reader": "extractive",
        "notices": [],
        "archive": {"articles": 2, "undated": 0, "from": "2021-05-04", "through": "2021-05-04"},
        "timing_ms": {"retrieve": 3.0, "read": 4.0, "total": 7.0},
        "usage": {"prompt_tokens": 0, "completion_tokens": 0},
    }


CASES = (
    Case("cuts", "How many people were treated?", answer=("14",), evidence=("14 people",), tags=("number",)),
    Case(
        "crossing",
        "How long is the crossing?",
        answer=("50 minutes",),
        must_cite=("ferry",),
        tags=("number",),
    ),
    Case("mayor", "Who is the mayor of Veldmark?", answer=("Tove Lind",), tags=("name",)),
    Case("weather", "What was the weather?", status=("abstained",), tags=("unanswerable",)),
    Case(
        "cause", "Why was the crossing slower?", status=("not_stated",), known_gap="causes are not told apart"
    ),
)
"""Of these, `mayor` expects what is not there, and `cause` is known to fail; the others pass."""
