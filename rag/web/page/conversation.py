"""One tab's conversation: its exchanges and their HTML.

It is kept on the server; the browser only shows it. The oldest exchanges of a long one are dropped.
"""

from collections.abc import Collection, Iterable
from dataclasses import dataclass, field

from index.store.store import Archive
from rag.answer import Citation, Event, Released, Stage, Turn
from rag.web.bounds.exposure import EVERYTHING, Viewer
from rag.web.page.answer import answer_shown, answer_values, html_line
from rag.web.present import citation_view, sentence_view

MOST_EXCHANGES = 24
"""Exchanges that are kept and shown."""
WITHDRAWN = "This answer quoted an article that has been removed from the archive. Ask again."
REMEMBERED = 6
"""Exchanges that a follow-up may refer to."""


@dataclass(slots=True, eq=False)
class Exchange:
    """One question and its result so far: a stage, sentences, then an answer, a problem or a stop.

    `number` makes its anchors unique on the page.
    """

    number: int
    question: str
    stage: str = "Asking"
    shown: dict[str, object] = field(default_factory=lambda: answer_values([], []))
    archive: Archive | None = None
    answered: str | None = None
    problem: str | None = None
    stopped: bool = False
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
        html = html_line(
            "page/exchange.html",
            **self.shown,
            number=self.number,
            question=self.question,
            stage=None if is_over else self.stage,
            problem=self.problem,
            stopped=self.stopped,
        )
        if is_over:
            self._final, self.shown, self._sentences, self._citations = html, {}, [], []
        return html


@dataclass(slots=True, eq=False)
class Conversation:
    """The exchanges of one tab, oldest first."""

    exchanges: list[Exchange] = field(default_factory=list)
    begun: int = 0
    visitor: str = ""
    without: frozenset[str] = frozenset()
    """The ids of the articles that had been taken down when the tab last looked."""

    @property
    def characters(self) -> int:
        """How many characters are kept of it."""
        return sum(exchange.characters for exchange in self.exchanges)

    def begin(self, question: str) -> Exchange:
        """A new exchange; one that was still open is stopped."""
        self.stop()
        self.begun += 1
        exchange = Exchange(self.begun, question)
        self.exchanges = [*self.exchanges, exchange][-MOST_EXCHANGES:]
        return exchange

    def stop(self) -> None:
        """End the exchange that is still open, if there is one."""
        if self.exchanges:
            self.exchanges[-1].stop()

    def withdraw(self, ids: Collection[str]) -> bool:
        """Take back the answers that quote any of these articles; whether there was one."""
        quoting = [exchange for exchange in self.exchanges if not exchange.quotes.isdisjoint(ids)]
        for exchange in quoting:
            exchange.withdraw()
        return bool(quoting)

    def history(self) -> tuple[Turn, ...]:
        """The latest questions and answers, for follow-up questions."""
        answered = [(one.question, one.answered) for one in self.exchanges if one.answered is not None]
        turns: list[Turn] = []
        for question, answer in answered[-REMEMBERED:]:
            turns += [Turn("user", question), Turn("assistant", answer)]
        return tuple(turns)

    def html(self) -> tuple[str, str]:
        """The exchanges before the latest, and the latest; each is one line of HTML without Markdown."""
        if not self.exchanges:
            return "", ""
        *earlier, latest = self.exchanges
        return "".join(exchange.html() for exchange in earlier), latest.html()
