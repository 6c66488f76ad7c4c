"""An answer while it is made: applies its events, and draws it as HTML."""

import json
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

from rag.about.figures import View
from rag.answer import Citation, Event, Released, Stage
from rag.web.answers.given import given, sealed
from rag.web.answers.shown import answer_values, html_line, view_of, view_shown
from rag.web.answers.words import Words, stage_in, words_in
from rag.web.bounds.exposure import EVERYTHING, Viewer
from rag.web.present import citation_view, sentence_view

_NOTHING: View = {"sentences": [], "citations": []}


@dataclass(slots=True, eq=False)
class Exchange:
    """The result of one question so far: a stage, sentences, then an answer, a problem or a stop.

    `number` makes its anchors unique in a document; `lang` is the language of our own words in it; with `key`
    (the store's) the finished answer carries what it is kept and shared by.
    """

    number: int | str
    lang: str = "en"
    key: bytes = b""
    stage: Stage | None = None
    answered: str | None = None
    problem: str | None = None
    stopped: bool = False
    quotes: frozenset[str] = frozenset()
    """The ids of the articles quoted or named in the answer."""
    _view: View = field(default_factory=lambda: _NOTHING)

    @property
    def is_over(self) -> bool:
        """Whether nothing more will come."""
        return self.answered is not None or self.problem is not None or self.stopped

    def stop(self) -> None:
        """End it, if it is not over."""
        self.stopped = self.stopped or not self.is_over

    def take(self, event: Event, viewer: Viewer = EVERYTHING, view: View | None = None) -> None:
        """Apply an event; what is shown of articles is what the viewer may see.

        `view` is that of a finished answer, sealed, where the caller has it. It may run in another thread
        than `fragment` and `stop`.
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
        self.answered, self.quotes = None, frozenset()
        self.problem = words_in(self.lang)["withdrawn_answer"]

    def _note(self, citations: Iterable[Citation]) -> None:
        """Record the cited articles and those named as copies."""
        for one in citations:
            self.quotes |= {one.article_id, *(copy.article_id for copy in one.also_in)}

    def fragment(self) -> str:
        """The answer alone, without its question, as far as it has come."""
        is_over = self.is_over  # read once, because `take` may end it while this is drawn
        say = words_in(self.lang)
        values = _values(self._view, say) | {
            "number": self.number,
            "stage": None,
            "problem": self.problem,
            "stopped": self.stopped,
        }
        if not is_over:
            values["stage"] = stage_in(self.stage, say) if self.stage else say["asking"]
            values["is_waiting"] = self.stage is not None and self.stage.stage == "waiting"
        return html_line("answers/answer.html", **values)


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
