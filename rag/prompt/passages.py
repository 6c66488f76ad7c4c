"""The passages in a prompt: every sentence numbered, grouped by article in the article's own order.

A model ends its sentences with these numbers, so that what it says rests on sentences and not on passages.
Sentences that speak to a model are left out, and nothing of an article can pass for a number or for a tag.
"""

from bisect import bisect_left
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import groupby

from index.language.sentence import Sentence
from index.passages.tokens import count
from index.store.store import Passage
from rag.answer import RankedPassage
from rag.prompt.sanitize import plain_name, sanitized, without_injections
from rag.quote.quotes import Quote, QuotedSentence
from rag.render import written_date

_FOR_AN_ARTICLE = 40
"""Tokens of the tag around an article's sentences with outlet and day, its headline aside."""
_FOR_A_SENTENCE = 5
"""Tokens of a sentence's number and line break, and a share of the dots where sentences are left out."""
_LONGEST_NAME = 100
_LONGEST_HEADLINE = 200
_WIDEST_GAP = 4
"""Characters between two sentences that leave no room for another one."""

_Revision = tuple[str, str]
"""An article's id and one revision of it, in which offsets count."""


@dataclass(frozen=True, slots=True)
class PromptSentence:
    """One sentence of an article in the prompt: its number there, its place in the article, its analysis."""

    n: int
    passage: Passage
    quoted: QuotedSentence
    analysis: Sentence

    @property
    def text(self) -> str:
        """The sentence as it stands in the article."""
        return self.quoted.text

    @property
    def article_id(self) -> str:
        """The article that it stands in."""
        return self.passage.article_id


@dataclass(frozen=True, slots=True)
class PromptArticle:
    """The sentences of one revision of an article that the prompt holds, in the article's order."""

    sentences: tuple[PromptSentence, ...]

    @property
    def passage(self) -> Passage:
        """A passage of it, for headline, outlet and day."""
        return self.sentences[0].passage

    @property
    def outlet(self) -> str:
        """The outlet's name as it stands in the prompt: an article may bring any name."""
        return plain_name(self.passage.source, _LONGEST_NAME) or "not named"

    @property
    def headline(self) -> str:
        """The headline as it stands in the prompt."""
        return _headline(self.passage) or "not named"

    @property
    def written(self) -> str:
        """The day of publication as it stands in the prompt ("15 October 2019")."""
        return written_date(self.passage.published_at) or "not dated"


@dataclass(frozen=True)
class PromptPassages:
    """All articles in one prompt; sentences are numbered from 1 through all of them."""

    articles: tuple[PromptArticle, ...]

    @cached_property
    def sentences(self) -> tuple[PromptSentence, ...]:
        """Every sentence, by number from 1."""
        return tuple(one for article in self.articles for one in article.sentences)

    def cited(self, numbers: Iterable[int]) -> tuple[PromptSentence, ...]:
        """The sentences with these numbers, each once, in the order given; unknown numbers are left out."""
        known = dict.fromkeys(n for n in numbers if 0 < n <= len(self.sentences))
        return tuple(self.sentences[n - 1] for n in known)

    def article_of(self, sentence: PromptSentence) -> PromptArticle:
        """The article that a sentence stands in."""
        return self._by_revision[_revision(sentence.passage)]

    def around(self, sentence: PromptSentence, reach: int = 1) -> tuple[PromptSentence, ...]:
        """The sentence with up to `reach` neighbours on either side that its article has in the prompt."""
        of_it = self.article_of(sentence).sentences
        place = sentence.n - of_it[0].n
        first = last = place
        while first > 0 and place - first < reach and follows(of_it[first - 1], of_it[first]):
            first -= 1
        while last + 1 < len(of_it) and last - place < reach and follows(of_it[last], of_it[last + 1]):
            last += 1
        return of_it[first : last + 1]

    @cached_property
    def _by_revision(self) -> dict[_Revision, PromptArticle]:
        return {_revision(article.passage): article for article in self.articles}

    def __str__(self) -> str:
        """The articles as they stand in the prompt: between tags, a sentence a line, its number in front."""
        return self._text

    @cached_property
    def _text(self) -> str:
        return "\n\n".join(map(_block, self.articles))


def follows(one: PromptSentence, other: PromptSentence) -> bool:
    """Whether `other` is the very next sentence of the same revision of an article."""
    if _revision(one.passage) != _revision(other.passage):
        return False
    spans = one.passage.sentences
    behind = bisect_left(spans, (one.quoted.end, 0))
    if behind < len(spans):  # Its passage goes on.
        return spans[behind][0] == other.quoted.start
    return 0 <= other.quoted.start - one.quoted.end <= _WIDEST_GAP


def quotes_of(cited: Sequence[PromptSentence]) -> tuple[Quote, ...]:
    """The sentences as quotes, neighbours in one quote; quotes in the order of their first sentence given."""
    place = {one.n: number for number, one in reversed(list(enumerate(cited)))}
    runs: list[list[PromptSentence]] = []
    for one in sorted({one.n: one for one in cited}.values(), key=lambda one: one.n):
        if runs and follows(runs[-1][-1], one):
            runs[-1].append(one)
        else:
            runs.append([one])
    runs.sort(key=lambda run: min(place[one.n] for one in run))
    return tuple(Quote(run[0].passage, tuple(one.quoted for one in run)) for run in runs)


def number_sentences(
    passages: Sequence[RankedPassage], budget: int, analyses: Mapping[int, Sequence[Sentence]]
) -> PromptPassages:
    """The passages, best first, as many whole sentences of them as `budget` tokens hold.

    Articles stand in the order of their best passage. `analyses` are those of each passage's sentences, by
    its id. A sentence that two passages share is there once.
    """
    order: dict[_Revision, dict[int, tuple[Passage, QuotedSentence, Sentence]]] = {}
    left = budget
    for passage in (ranked.passage for ranked in passages):
        told = dict(zip((start for start, _ in passage.sentences), analyses[passage.id], strict=True))
        held = order.get(_revision(passage), {})
        if not held:
            left -= _FOR_AN_ARTICLE + count(_headline(passage))
        for quoted in (one for run in without_injections(passage) for one in run if one.start not in held):
            left -= count(sanitized(quoted.text)) + _FOR_A_SENTENCE
            if left < 0:
                break
            held[quoted.start] = (passage, quoted, told[quoted.start])
        if held:
            order[_revision(passage)] = held
        if left < 0:
            break
    chosen = [held[start] for held in order.values() for start in sorted(held)]
    numbered = (PromptSentence(n, *one) for n, one in enumerate(chosen, start=1))
    by_article = groupby(numbered, key=lambda one: _revision(one.passage))
    return PromptPassages(tuple(PromptArticle(tuple(group)) for _, group in by_article))


def _revision(passage: Passage) -> _Revision:
    return passage.article_id, passage.revision


def _headline(passage: Passage) -> str:
    return plain_name(passage.title, _LONGEST_HEADLINE)


def _block(article: PromptArticle) -> str:
    lines = [f'<article outlet="{article.outlet}" written="{article.written}" headline="{article.headline}">']
    for before, one in zip((None, *article.sentences), article.sentences, strict=False):
        if before is not None and not follows(before, one):
            lines.append("...")
        lines.append(f"[{one.n}] {sanitized(one.text)}")
    return "\n".join([*lines, "</article>"])
