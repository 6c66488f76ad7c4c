"""Help: what this archive is and how it answers, in two sentences, with questions to try."""

from collections.abc import Sequence

from index.store.store import Archive, Store
from rag.about.examples import candidates, in_turns
from rag.answer import Notice
from rag.render import written_date

MOST_QUESTIONS = 3


def what_this_is(archive: Archive, outlets: Sequence[str], *, is_written: bool) -> Notice:
    """Two sentences; `is_written`: a language model writes the answers."""
    articles = "1 news article" if archive.articles == 1 else f"{archive.articles:,} news articles"
    of = f" of {len(outlets)} outlets" if len(outlets) > 1 else ""
    first, last = written_date(archive.first), written_date(archive.last)
    days = "" if not first else f", from {first} to {last}" if first != last else f", of {first}"
    how = (
        "from its articles, and each sentence names"
        if is_written
        else "in the articles' own words, each with"
    )
    says = f"This is an archive of {articles}{of}{days}. Ask it a question: it answers {how} its source."
    told = {"articles": archive.articles, "day": archive.first, "last": archive.last}
    return Notice(says, "help" if first else "help_undated", **told)


class QuestionsToTry:
    """Questions that an archive answers, for one generation of its store at a time.

    Those that were asked and answered are kept; before there are any, the likeliest are taken unasked.
    """

    def __init__(self) -> None:
        self._kept: tuple[int, tuple[str, ...]] | None = None

    def keep(self, generation: int, questions: Sequence[str]) -> None:
        """Keep questions that were answered at this generation of the store."""
        if questions:
            self._kept = (generation, tuple(questions))

    def of(self, store: Store) -> tuple[str, ...]:
        """At most three, from different articles."""
        generation = store.generation
        if self._kept is None or self._kept[0] != generation:
            by_article: dict[str, str] = {}
            for one in in_turns(candidates(store)):
                by_article.setdefault(one.article_id, one.question)
            self._kept = (generation, tuple(by_article.values()))
        return self._kept[1][:MOST_QUESTIONS]
