"""One tab's conversation: its exchanges and their HTML.

It is kept on the server; the browser only shows it. The oldest exchanges of a long one are dropped.
"""

from collections.abc import Collection
from dataclasses import dataclass, field

from rag.answer import Turn
from rag.web.answers.exchange import Exchange

MOST_EXCHANGES = 24
"""Exchanges that are kept and shown."""
REMEMBERED = 6
"""Exchanges that a follow-up may refer to."""


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
