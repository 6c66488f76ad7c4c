"""One question and its answer while it is made: applies the events of an answer, and draws it as HTML."""

import json
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

from rag.answer import Citation, Event, Released, Stage
from rag.web.answers.given import given, sealed
from rag.web.answers.glance import View
from rag.web.answers.shown import answer_values, html_line, view_of, view_shown
from rag.web.answers.words import Words, stage_in, words_in
from rag.web.bounds.exposure import EVERYTHING, Viewer
from rag.web.present import citation_view, sentence_view

_NOTHING: View = {"sentences": [], "citations": []}


@dataclass(slots=True, eq=False)
class Exchange:
    """One question and its result so far: a stage, sentences, then an answer, a problem or a stop.

    `number` makes its anchors unique in a document; `lang` is the language of our own words in it; with `key`
    (the store's) the finished answer carries what it is kept and shared by.
    """

    number: int | str
    question: str
    lang: str = "en"
    key: bytes = b""
    stage: Stage | None = None
    answered: str | None = None
    problem: str | None = None
    stopped: bool = False
    quotes: frozenset[str] = frozenset()
    """The ids of the articles quoted or named in the answer."""
    _view: View = field(default_factory=lambda: _NOTHING)
    _final: str | None = None

    @property
    def is_over(self) -> bool:
        """Whether nothing more will come."""
        return self.answered is not None or self.problem is not None or self.stopped

    @property
    def characters(self) -> int:
        """How many characters are kept of it, once it is over."""
        return sum(len(text or "") for text in (self.question, self.answered, self._final))

    def stop(self) -> None:
        """End it, if it is not over."""
        self.stopped = self.stopped or not self.is_over

    def take(self, event: Event, viewer: Viewer = EVERYTHING, view: View | None = None) -> None:
        """Apply an event; what is shown of articles is what the viewer may see.

        `view` is that of a finished answer, sealed, where the caller has it. It may run in another thread
        than `html` and `stop`.
        """
        if self.is_over:  # It was stopped, or an article that it quotes was removed.
            return
        if isinstance(event, Stage):
            self.stage = event
        elif isinstance(event, Released):
            cited = [citation_view(one, viewer) for one in event.new_citations]
            self._note(event.new_citations)
            self._view = {
                "sentences": [*self._view["sentences"], sentence_view(event.sentence)],
                "citations": [*self._view["citations"], *cited],
            }
        else:
            answer = event.answer
            shown = view or view_of(answer, viewer)
            if self.key and "seal" not in shown:
                shown = sealed(answer, shown, self.key)
            if self.is_over:
                return
            self._view = shown
            self._note(answer.citations)
            self.quotes |= {one.id for one in answer.articles or ()}
            if answer.abstained:  # The nearest passages are shown.
                self.quotes |= {one.passage.article_id for one in answer.passages}
            self.answered = answer.text  # last, because then it is over

    def withdraw(self) -> None:
        """Take the answer back: an article that it quotes was removed from the archive."""
        self._view = _NOTHING
        self.answered, self._final, self.quotes = None, None, frozenset()
        self.problem = words_in(self.lang)["withdrawn_answer"]

    def _note(self, citations: Iterable[Citation]) -> None:
        """Record the cited articles and those named as copies."""
        for one in citations:
            self.quotes |= {one.article_id, *(copy.article_id for copy in one.also_in)}

    def html(self) -> str:
        """Question and answer, in one line. Once the exchange is over only this is kept of it."""
        if self._final is not None:
            return self._final
        is_over = self.is_over  # read once, because `take` may end it while this is written
        html = self._drawn("answers/exchange.html", is_over)
        if is_over:
            self._final, self._view = html, _NOTHING
        return html

    def fragment(self) -> str:
        """The answer alone, without its question, as far as it has come."""
        return self._drawn("answers/answer.html", self.is_over)

    def _drawn(self, template: str, is_over: bool) -> str:
        say = words_in(self.lang)
        values = _values(self._view, say) | {
            "number": self.number,
            "question": self.question,
            "stage": None,
            "problem": self.problem,
            "stopped": self.stopped,
        }
        if not is_over:
            values["stage"] = stage_in(self.stage, say) if self.stage else say["asking"]
            values["is_waiting"] = self.stage is not None and self.stage.stage == "waiting"
        return html_line(template, **values)


class Fragment(str):
    """HTML made by a template of ours, which escapes: other templates write it as it is."""

    __slots__ = ()

    def __html__(self) -> str:
        """The protocol by which templates know it (MarkupSafe)."""
        return str(self)


def drawn(view: View, lang: str, number: int | str) -> Fragment:
    """A finished answer as a fragment, from its view; a sealed one carries what it is kept and shared by."""
    values = _values(view, words_in(lang)) | {"number": number, "stage": None, "problem": None}
    return Fragment(html_line("answers/answer.html", **values, stopped=False))


def _values(view: View, say: Words) -> dict[str, Any]:
    if "status" not in view:
        return answer_values(view["sentences"], view["citations"], say)
    return view_shown(view, say, keep=_kept(view) if "seal" in view else None)


def _kept(view: View) -> str:
    kept = {"given": given(view), "seal": view["seal"]}
    return json.dumps(kept, separators=(",", ":")).replace("  ", " \\u0020")
