"""One tab's conversation with the archive: what was asked, what came back so far, and its HTML.

It is kept on the server; the browser only shows it. Long ones lose their oldest exchanges.
"""

from dataclasses import dataclass, field

from index.store import Store
from rag.answer import Answer, Turn
from rag.events import Event, Released, Stage
from rag.web.page_words import Reach, answer_shown, answer_values, citation_shown, html_line
from rag.web.present import sentence_view

MOST_EXCHANGES = 24
"""Exchanges shown; older ones leave the page."""
REMEMBERED = 6
"""Exchanges that a follow-up may refer to."""


@dataclass(slots=True, eq=False)
class Exchange:
    """One question and what came back so far: a stage, sentences, then an answer, a problem or a stop."""

    question: str
    stage: str = ""
    sentences: list[dict[str, object]] = field(default_factory=list)
    citations: list[dict[str, object]] = field(default_factory=list)
    answer: Answer | None = None
    shown: dict[str, object] | None = None
    problem: str | None = None
    stopped: bool = False

    @property
    def is_over(self) -> bool:
        """Whether nothing more will come."""
        return self.answer is not None or self.problem is not None or self.stopped

    def take(self, event: Event, store: Store, reach: Reach) -> None:
        """Note an event. Reads the store for a citation's surroundings: not for the event loop."""
        if isinstance(event, Stage):
            self.stage = event.says
        elif isinstance(event, Released):
            self.sentences.append(sentence_view(event.sentence))
            self.citations += [citation_shown(one, store, reach) for one in event.new_citations]
        else:
            self.answer = event.answer
            self.shown = answer_shown(event.answer, store, reach)

    def html(self, number: int) -> str:
        """Question and answer; `number` keeps its anchors apart from those of other exchanges."""
        values = self.shown or answer_values(self.sentences, self.citations)
        return html_line(
            "page/exchange.html",
            **values,
            number=number,
            question=self.question,
            stage=None if self.is_over else self.stage or "Asking",
            problem=self.problem,
            stopped=self.stopped,
        )


@dataclass(slots=True, eq=False)
class Conversation:
    """The exchanges of one tab, oldest first."""

    exchanges: list[Exchange] = field(default_factory=list)
    begun: int = 0
    _rendered: dict[int, str] = field(default_factory=dict)

    def begin(self, question: str) -> Exchange:
        """A new exchange; one that was still open is stopped."""
        self.stop()
        exchange = Exchange(question)
        self.exchanges = [*self.exchanges, exchange][-MOST_EXCHANGES:]
        self.begun += 1
        return exchange

    def stop(self) -> None:
        """End the exchange that is still open, if there is one."""
        if self.exchanges and not self.exchanges[-1].is_over:
            self.exchanges[-1].stopped = True

    def history(self) -> tuple[Turn, ...]:
        """What was asked and answered, for a follow-up."""
        answered = [(one.question, one.answer) for one in self.exchanges if one.answer is not None]
        turns: list[Turn] = []
        for question, answer in answered[-REMEMBERED:]:
            turns += [Turn("user", question), Turn("assistant", answer.text)]
        return tuple(turns)

    def html(self) -> tuple[str, str]:
        """The finished exchanges before the latest, and the latest; each is one line of HTML."""
        if not self.exchanges:
            return "", ""
        first = self.begun - len(self.exchanges) + 1
        numbered = list(enumerate(self.exchanges, start=first))
        self._rendered = {
            number: self._rendered.get(number) or exchange.html(number) for number, exchange in numbered[:-1]
        }
        number, latest = numbered[-1]
        return "".join(self._rendered.values()), latest.html(number)
