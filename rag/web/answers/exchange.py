"""One question and its answer while it is made: applies the events of an answer, and draws it as HTML."""

from collections.abc import Iterable
from dataclasses import dataclass, field

from index.store.store import Archive
from rag.answer import Citation, Event, Released, Stage
from rag.web.answers.shown import answer_shown, answer_values, html_line
from rag.web.bounds.exposure import EVERYTHING, Viewer
from rag.web.present import citation_view, sentence_view

WITHDRAWN = "This answer quoted an article that has been removed from the archive. Ask again."


@dataclass(slots=True, eq=False)
class Exchange:
    """One question and its result so far: a stage, sentences, then an answer, a problem or a stop.

    `number` makes its anchors unique in a document; `lang` is the language of our own words in it.
    """

    number: int | str
    question: str
    stage: str = "Asking"
    shown: dict[str, object] = field(default_factory=lambda: answer_values([], []))
    archive: Archive | None = None
    answered: str | None = None
    problem: str | None = None
    stopped: bool = False
    lang: str = "en"
    quotes: frozenset[str] = frozenset()
    """The ids of the articles quoted or named in the answer."""
    _sentences: list[dict[str, object]] = field(default_factory=list)
    _citations: list[dict[str, object]] = field(default_factory=list)
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

    def take(self, event: Event, viewer: Viewer = EVERYTHING) -> None:
        """Apply an event; what is shown of articles is what the viewer may see.

        It may run in another thread than `html` and `stop`.
        """
        if self.is_over:  # It was stopped, or an article that it quotes was removed.
            return
        if isinstance(event, Stage):
            self.stage = event.says
        elif isinstance(event, Released):
            self._sentences.append(sentence_view(event.sentence))
            self._citations += [citation_view(one, viewer) for one in event.new_citations]
            self._note(event.new_citations)
            self.shown = answer_values(self._sentences, self._citations)
        else:
            shown = answer_shown(event.answer, viewer)
            if self.is_over:
                return
            self.shown, self.archive = shown, event.answer.archive
            self._note(event.answer.citations)
            self.quotes |= {one.id for one in event.answer.articles or ()}
            if event.answer.abstained:  # The nearest passages are shown.
                self.quotes |= {one.passage.article_id for one in event.answer.passages}
            self.answered = event.answer.text  # last, because then it is over

    def withdraw(self) -> None:
        """Take the answer back: an article that it quotes was removed from the archive."""
        self.shown, self._sentences, self._citations = answer_values([], []), [], []
        self.answered, self._final, self.quotes = None, None, frozenset()
        self.problem = WITHDRAWN

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
            self._final, self.shown, self._sentences, self._citations = html, {}, [], []
        return html

    def fragment(self) -> str:
        """The answer alone, without its question, as far as it has come."""
        return self._drawn("answers/answer.html", self.is_over)

    def _drawn(self, template: str, is_over: bool) -> str:
        return html_line(
            template,
            **self.shown,
            number=self.number,
            question=self.question,
            stage=None if is_over else self.stage,
            problem=self.problem,
            stopped=self.stopped,
        )
