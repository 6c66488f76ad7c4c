"""The catalogue: what the archive says of itself, and the articles about something, in words and as a list.

Articles about something are looked for among those of which a passage, under its headline, has every word of
it, and those that the search finds. The cross-encoder says of the headline and the first passage of each
whether the article is about it or has it in passing. A story is listed once, as published first.
"""

import re
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta
from itertools import pairwise

from corpus.dates import day_of
from index.language.analysis import analyse_question
from index.language.asked_dates import asked as asked_days
from index.language.names import Mentions, missing
from index.language.words import fold, is_stopword, phrase, stem, stems, words
from index.store.filters import Filter, source_key
from index.store.store import Archive, Passage, Store
from rag.about.corrected import MOST_QUOTED, corrected
from rag.about.named import NamedKind, named_in
from rag.about.parts import MOST_PARTS, by_days
from rag.about.subjects import subjects_of
from rag.answer import Listed, RankedPassage
from rag.intents.vocabulary import entries, meant
from rag.question.analysed import AnalysedQuestion, analysed
from rag.question.intent import Match, matched
from rag.question.preferences import outlets_in
from rag.quote.quotes import Quote
from rag.render import written_date
from rag.retrieve.search import Retriever

MOST_LISTED = 20
MOST_OUTLETS = 8
"""Outlets that are named with their number of articles."""
_MOST_PASSAGES = 1_000
"""Passages that are looked through for what is asked for."""
_RELEVANT = 0.5
"""Probability from which the ranking holds a passage for relevant."""
_RANKED = 20
_ABOUT, _SURELY_ABOUT = -4.0, 0.0
"""Logit of headline and first passage from which on an article is about a subject; the second where only the
headline has its words, as in "as long as four football pitches". On 13 subjects over two archives articles
about one have mostly more than -3.5, such as mention it less than -5."""
_MOST_SCORED = 32
"""Articles that are scored for it; of further ones the headline decides."""
_MOST_OF_ALL = 100
"""Articles that are listed where all of them are asked for."""
_NO_PART = frozenset("topic topics subject anything something everything me please".split())
"""Words that are no part of what is asked for."""
_OF_THE_WHOLE = frozenset(
    ("outlets", "most", "authors", "period", "newest", "newest article", "oldest article", "size", "holdings")
)
"""What is asked of all articles, or of those of an outlet or of some days, and of no subject."""
_MOST_ENDS = 5
"""Articles that are listed where the newest or the oldest is asked for."""
_MOST_AUTHORS = 12
_BY_FILTER = (
    *("catalogue: published by an outlet", "catalogue: of filter"),
    *("catalogue: articles from", "catalogue: articles from a paper"),
)
"""What is asked for by these is an outlet's, however the outlet stands there."""
_OF_AN_OUTLET = frozenset("from by in of".split())
_LEFT_OVER = frozenset(
    "the from by in of on at about during and between since until before after to published dated".split()
)
"""Words that lead nowhere once an outlet or a date beside them is taken away."""


_NAMED: Mapping[str, NamedKind] = {
    **dict.fromkeys(("countries", "country", "nations", "nation", "states"), "countries"),
    **dict.fromkeys(("people", "persons", "person", "who", "politicians"), "people"),
    **dict.fromkeys(
        ("companies", "company", "firms", "organisations", "organizations", "bodies"), "organisations"
    ),
    **dict.fromkeys(("places", "place", "cities", "towns", "city"), "places"),
}
"""What kind of names is asked for by a word."""
_MOST_NAMED = 20
_OR = re.compile(r"\s+or\s+", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Listing:
    """An answer about the archive: in words, with the articles of it, the newest first.

    `searched` is what was searched for, None where nothing was; `found` what the ranking found for it.
    `is_empty`: articles are asked for and there are none.
    """

    says: str
    articles: tuple[Listed, ...] = ()
    searched: str | None = None
    found: tuple[RankedPassage, ...] = ()
    is_empty: bool = False
    quotes: tuple[Quote, ...] = ()
    """Words of the articles that are asked for with them: notices of corrections."""
    parts: tuple[str, ...] = ()
    """Questions for the parts of a list that is too long to be shown."""


@dataclass(frozen=True, slots=True)
class _Wanted:
    """What articles are asked for: those of a filter, about a subject, which may be empty."""

    subject: str
    where: Filter
    terms: tuple[tuple[str, ...], ...]
    """Of each side of "or" the words that an article about it has to have."""


class Catalogue:
    """Answers questions about the archive of one store."""

    def __init__(self, store: Store, retriever: Retriever) -> None:
        self._store = store
        self._retriever = retriever

    def answer(self, question: AnalysedQuestion, where: Filter, today: date) -> Listing:
        """The answer, from the articles that pass the filter; dates in the question count from `today`.

        A question that no pattern of the catalogue fits asks for articles about what it names.
        """
        found = matched(question, "catalogue", self._store.sources)
        found = found or Match("catalogue: articles", question.text)
        asks = found.section.removeprefix("catalogue: ")
        if asks in _OF_THE_WHOLE and not found.subject:
            return self._of_the_whole(asks, question, where, today)
        match asks:
            case "authors":
                return self._authors_of(self._articles(question, found, where, today))
            case "corrections":
                return self._corrections(question, found, where, today)
            case "names":
                return self._names(question, found, where, today)
            case _:
                return self._articles(question, found, where, today)

    # The archive as a whole

    def _of_the_whole(self, asks: str, question: AnalysedQuestion, where: Filter, today: date) -> Listing:
        """What is asked of all articles, or of those of the outlets and days that the question names."""
        limited = self._limited(question.text, where, today, is_theirs=True)[0]
        if asks == "period":  # "anything older than 2015"
            limited = replace(limited, after=where.after, before=where.before)
        if limited != where and not self._store.counts(limited):
            return Listing(self._none_of(limited, where), is_empty=True)
        match asks:
            case "outlets":
                return Listing(self._outlets(limited))
            case "most":
                return Listing(self._most(limited, fewest=_asks_for_fewest(question.text)))
            case "authors":
                return Listing(self._authors(limited))
            case "period":
                return Listing(self._period(limited))
            case "newest article" | "oldest article":
                return self._end(limited, oldest=asks == "oldest article")
            case "newest":
                return self._newest(f"{self._period(limited)} The newest come first.", limited, where, today)
            case "holdings" if limited != where:
                part = self._of_filter(_Wanted("", limited, ()), where, today)
                return replace(part, says=f"{part.says} {self._subjects(limited)}".rstrip())
            case _:
                subjects = self._subjects(limited) if asks == "holdings" else ""
                told = (self._period(limited), subjects, self._outlets(limited), "The newest are listed.")
                says = " ".join(filter(None, told))
                return self._newest(says, limited, where, today)

    def _most(self, where: Filter, *, fewest: bool) -> str:
        """Which outlets have the most articles, or the fewest."""
        counts = [(outlet, n) for outlet, n in self._store.outlet_counts(where) if outlet]
        if len(counts) < 2:
            return self._outlets(where)
        end = (min if fewest else max)(n for _, n in counts)
        first = [outlet for outlet, n in counts if n == end]
        has = "has" if len(first) == 1 else "each have"
        named = " and ".join(first)
        told = f"{named} {has} the {'fewest' if fewest else 'most'}: {_number(end, 'article')}"
        return f"{told} of {self._store.counts(where):,}. {self._outlets(where)}"

    def _authors(self, where: Filter) -> str:
        counts = self._store.author_counts(where)
        if not counts:
            return f"The articles of this archive name no authors. {self._outlets(where)}"
        named = ", ".join(f"{author} ({n:,})" for author, n in counts[:_MOST_AUTHORS])
        more = len(counts) - _MOST_AUTHORS
        return f"{_number(len(counts), 'author')}: {named}{f', and {more:,} more' if more > 0 else ''}."

    def _end(self, where: Filter, *, oldest: bool) -> Listing:
        """The newest or the oldest article that carries a date, and those next to it."""
        extent = self._store.archive(where)
        day = extent.first if oldest else extent.last
        if day is None:
            return Listing(self._period(where), self._leads(where))
        leads = self._store.passages(self._store.leads(where, _MOST_ENDS, oldest=oldest))
        found = [_listed(one) for one in leads if one.published_at]
        of = f" of {found[0].source}" if found[0].source else ""
        which = "oldest" if oldest else "newest"
        says = f"The {which} article is “{found[0].title}”{of}, {written_date(day)}."
        return Listing(f"{says} {self._period(where)}", tuple(found))

    def _outlets(self, where: Filter) -> str:
        counts = self._store.outlet_counts(where)
        named = [(outlet, count) for outlet, count in counts if outlet]
        if not named:
            return "None of the articles names its outlet."
        return f"{_number(len(named), 'outlet')}: {_shares(named)}."

    def _period(self, where: Filter) -> str:
        extent = self._store.archive(where)
        articles = _number(extent.articles, "article")
        if not extent.articles:
            return "No article passes the filters." if not where.is_empty else "The archive is empty."
        if extent.first is None:
            return f"This archive has {articles}, none of which carries a date."
        if not extent.undated:
            return f"This archive has {articles}, {_days(extent)}."
        undated = "one has no date" if extent.undated == 1 else f"{extent.undated:,} have no date"
        others = "the others are" if extent.articles - extent.undated > 1 else "the other is"
        return f"This archive has {articles}; {undated}, {others} from {_days(extent)}."

    def _subjects(self, where: Filter) -> str:
        """What most headlines name, with their numbers; empty where no name stands in several."""
        named = ", ".join(f"{name} ({n:,})" for name, n in subjects_of(self._store, where))
        return f"Most often in the headlines: {named}." if named else ""

    def _leads(self, where: Filter, most: int = MOST_LISTED) -> tuple[Listed, ...]:
        return tuple(map(_listed, self._store.passages(self._store.leads(where, most))))

    def _newest(
        self, says: str, limited: Filter, where: Filter, today: date, most: int = MOST_LISTED
    ) -> Listing:
        """The newest articles of a filter, which may be narrower than the one that was given."""
        outlets = [outlet for outlet, _ in self._store.outlet_counts(limited) if outlet]
        days = dict(self._store.day_counts(limited))
        wanted = _Wanted("", limited, ())
        parts = self._parts("All articles", wanted, where, today, days, outlets, most)
        return Listing(says, self._leads(limited, most), parts=parts)

    def _parts(
        self,
        head: str,
        wanted: _Wanted,
        where: Filter,
        today: date,
        days: Mapping[str, int],
        outlets: Sequence[str],
        most: int = MOST_LISTED,
    ) -> tuple[str, ...]:
        """Questions that divide what is asked for by days, else by outlets; none where all of it is listed.

        `head` begins them, `days` and `outlets` are those of the articles. Each is asked only where it is
        understood as it is meant.
        """
        if sum(days.values()) <= most:
            return ()
        limits = [
            _within(wanted.where, *map(date.fromisoformat, part)) for part in by_days(days, MOST_LISTED)
        ]
        if len(limits) < 2:
            limits = [replace(wanted.where, sources=(source_key(one),)) for one in outlets[:MOST_PARTS]]
        asked: list[str] = []
        for one in limits:
            by = self._by_outlets(one) if one.sources != where.sources else ""
            question = analysed(f"{head}{by}{_limits(one)}")
            found = matched(question, "catalogue", self._store.sources)
            if found and self._wanted(question, found, where, today) == replace(wanted, where=one):
                asked.append(question.text)
        return tuple(asked)

    # Articles about something

    def _articles(self, question: AnalysedQuestion, asked: Match, where: Filter, today: date) -> Listing:
        wanted = self._wanted(question, asked, where, today)
        if not wanted.terms:
            most = _MOST_OF_ALL if _asks_for_all(question.text) else MOST_LISTED
            return self._of_filter(wanted, where, today, most)
        is_from = _is_from(asked, question.text) and not wanted.where.sources
        if is_from and (listing := self._of_author(wanted, where, today)):
            return listing
        ranked = self._retriever.search(wanted.subject, wanted.where, _RANKED)
        is_of_mentions = _is_of_mentions(asked, question.text)
        found = [] if is_of_mentions else self._about(wanted, ranked)
        if is_of_mentions:
            is_of_several = any(len(side) > 1 for side in wanted.terms)
            found = self._stories_once(self._held(wanted, ranked, together=is_of_several))
        if not found and wanted.where != where:  # The date may be a part of the name: "the 1918 flu".
            wanted = replace(wanted, where=where, terms=_alternatives(asked.subject))
            found = self._about(wanted, ())
        if not found and not is_of_mentions and (held := self._held(wanted, ranked)):
            return self._in_passing(wanted, self._stories_once(held), ranked)
        if not found:
            none = "mentions" if is_of_mentions else f"is {'by or ' * is_from}about"
            says = f"No article in this archive {none} {wanted.subject}."
            return Listing(says, (), wanted.subject, ranked, is_empty=True)
        listed = sorted(found[:MOST_LISTED], key=_day, reverse=True)
        says = _in_words(found, wanted.subject, by_outlet=asked.section == "catalogue: outlets about")
        head = f"Articles about {wanted.subject}"
        if is_of_mentions:
            says = says.replace(" tells about ", " mentions ", 1).replace(" tell about ", " mention ", 1)
            head = f"Articles that mention {wanted.subject}"
        if is_from:
            says = f"No article in this archive is by {wanted.subject}. {says}"
        parts = self._parts(head, wanted, where, today, *_days_and_outlets(found))
        return Listing(says, tuple(map(_listed, listed)), wanted.subject, ranked, parts=parts)

    def _names(self, question: AnalysedQuestion, asked: Match, where: Filter, today: date) -> Listing:
        """The countries, people, organisations or places that the articles about a subject name."""
        found = self._articles(question, asked, where, today)
        kind = next((_NAMED[fold(one)] for one, _, _ in words(question.text) if fold(one) in _NAMED), None)
        if found.is_empty or kind is None:
            return found
        held = [passage for one in found.articles for passage in self._store.passages_of(one.id)]
        told = named_in(self._store, held, kind)[:_MOST_NAMED]
        of = f"found for {found.searched}" if found.searched else "that are the newest"
        of = f"{_number(len(found.articles), 'article')} {of}"
        names = ", ".join(f"{name} ({n:,})" for name, n in told)
        says = f"{kind.title()} named in {of}, each with the number of articles: {names}."
        return replace(found, says=says if names else f"No {kind} are named in {of}.")

    def _in_passing(
        self, wanted: _Wanted, held: Sequence[Passage], ranked: tuple[RankedPassage, ...]
    ) -> Listing:
        """The articles that mention the subject, where none is about it."""
        mention = f"mention{'s' * (len(held) == 1)} it{_rest(len(held))}."
        says = (
            f"No article in this archive is about {wanted.subject}; {_number(len(held), 'article')} {mention}"
        )
        listed = sorted(held[:MOST_LISTED], key=_day, reverse=True)
        return Listing(says, tuple(map(_listed, listed)), wanted.subject, ranked)

    def _of_author(self, wanted: _Wanted, where: Filter, today: date) -> Listing | None:
        """The articles by the author whom the subject names; None where it is no author's name."""
        counts = self._store.author_counts(wanted.where)
        name = phrase(wanted.subject)
        author, n = next((one for one in counts if phrase(one[0]) == name), ("", 0))
        if not n:
            return None
        leads = self._store.passages(self._store.by_author(author, wanted.where, n))
        says = f"{_number(n, 'article')} by {author}{_rest(n)}."
        head = f"Articles by {wanted.subject}"
        parts = self._parts(head, wanted, where, today, *_days_and_outlets(leads))
        return Listing(says, tuple(map(_listed, leads[:MOST_LISTED])), parts=parts)

    def _corrections(self, question: AnalysedQuestion, asked: Match, where: Filter, today: date) -> Listing:
        """The articles that carry a correction, the newest first, with the words of the newest ones."""
        wanted = self._wanted(question, asked, where, today)
        about, of = None, "in this archive"
        ranked: tuple[RankedPassage, ...] = ()
        if wanted.terms:
            ranked = self._retriever.search(wanted.subject, wanted.where, _RANKED)
            about, of = (
                {one.article_id for one in self._held(wanted, ranked)},
                f"that mentions {wanted.subject}",
            )
        if wanted.where != where and not self._store.counts(wanted.where):
            return Listing(self._none_of(wanted.where, where), is_empty=True)
        of += self._by_outlets(wanted.where) if wanted.where.sources != where.sources else ""
        if (wanted.where.after, wanted.where.before) != (where.after, where.before):
            of += _limits(wanted.where)
        found = corrected(self._store, wanted.where, about)
        searched = wanted.subject or None
        if not found:
            return Listing(f"No article {of} carries a correction.", (), searched, ranked)
        carry = "carries" if len(found) == 1 else "carry"
        of = of.replace("that mentions ", "that mention ") if len(found) > 1 else of
        says = f"{_number(len(found), 'article')} {of} {carry} a correction{_rest(len(found))}."
        listed = tuple(_listed(one.passage) for one in found[:MOST_LISTED])
        quotes = tuple(one.quote for one in found[:MOST_QUOTED])
        head = "Articles with corrections" + (f" that mention {wanted.subject}" if wanted.terms else "")
        passages = [one.passage for one in found]
        parts = self._parts(head, wanted, where, today, *_days_and_outlets(passages))
        return Listing(says, listed, searched, ranked, quotes=quotes, parts=parts)

    def _of_filter(self, wanted: _Wanted, where: Filter, today: date, most: int = MOST_LISTED) -> Listing:
        """The newest articles of an outlet or of some days."""
        extent = self._store.archive(wanted.where)
        if not extent.articles:
            return Listing(self._none_of(wanted.where, where), is_empty=True)
        counts = [(outlet, n) for outlet, n in self._store.outlet_counts(wanted.where) if outlet]
        days = f", {_days(extent)}" if extent.first else ""
        rest = _rest(extent.articles, most)
        says = f"{_number(extent.articles, 'article')}{days}: {_shares(counts)}{rest}."
        return self._newest(says, wanted.where, where, today, most)

    def _wanted(self, question: AnalysedQuestion, asked: Match, where: Filter, today: date) -> _Wanted:
        """The subject without outlets and dates that limit the articles, and the filter that these make."""
        text = question.text
        begin = text.rfind(asked.subject) if asked.subject else len(text)
        limited, gone = self._limited(text, where, today, is_theirs=asked.section in _BY_FILTER)
        end = begin + len(asked.subject)
        rest = _without(text[:end], begin, [one for one in gone if one[1] <= end])
        rest = "" if rest.isdecimal() else rest  # "all 38 articles"
        return _Wanted(rest, limited, _alternatives(rest))

    def _limited(
        self, text: str, where: Filter, today: date, *, is_theirs: bool
    ) -> tuple[Filter, list[tuple[int, int]]]:
        """The filter with the outlets and days that the text names, and their places in it.

        `is_theirs`: an outlet is whose articles are asked for wherever it stands.
        """
        limited, gone = where, list[tuple[int, int]]()
        if not where.sources:
            outlets = [
                one
                for one in outlets_in(text, self._store.sources(), in_small_letters=True)
                if is_theirs or one.is_cued or _is_source(text[: one.start])
            ]
            gone += [(one.start, one.end) for one in outlets]
            limited = replace(limited, sources=tuple(one.key for one in outlets))
        told = asked_days(text, today, self._store.sources)
        if told is not None:
            gone += [(one.start, one.end) for one in analyse_question(text).dates]
            limited = _within(limited, told.first, told.last)
        return limited, gone

    def _none_of(self, limited: Filter, given: Filter) -> str:
        """That there is no article of these outlets and days, and of what days there are some."""
        by = self._by_outlets(limited)
        days = _limits(limited) if (limited.after, limited.before) != (given.after, given.before) else ""
        others = replace(limited, after=given.after, before=given.before)
        extent = self._store.archive(others)
        if not extent.articles:
            return f"No article in this archive is{by}{days}."
        dated = f", {_days(extent)}" if extent.first else ""
        articles = _number(extent.articles, "article")
        return f"No article in this archive is{by}{days}; it has {articles}{by}{dated}."

    def _by_outlets(self, where: Filter) -> str:
        """By which outlets the articles are: " by the Courier or the Herald", "" where by any."""
        names = {source_key(one): one for one in self._store.sources()}
        outlets = " or ".join(names.get(source_key(one), one) for one in where.sources)
        return f" by {outlets}" if outlets else ""

    def _authors_of(self, found: Listing) -> Listing:
        """The articles that were found, with the names of their authors."""
        stored = (self._store.article(one.id) for one in found.articles)
        named = dict.fromkeys(author for one in stored if one for author in one.article.authors)
        if found.is_empty:
            return found
        told = f"Authors named: {', '.join(named)}." if named else "No author is named."
        return replace(found, says=f"{found.says} {told}")

    def _about(self, wanted: _Wanted, ranked: Sequence[RankedPassage]) -> list[Passage]:
        """The first passage of each article about the subject, the surest first, a story once.

        Where headline and first passage both have all its words, nothing else is asked.
        """
        named = analyse_question(wanted.subject).names
        found = [one.passage for one in ranked if not named or _mentions(one.passage, wanted)]
        known = self._held(wanted, ranked)
        openings = self._store.openings([*known, *found])
        sure = [one for one in openings if _is_of(one.title, wanted) and _is_of(one.text, wanted)]
        others = [one for one in openings if one not in sure]
        scored = others[:_MOST_SCORED]
        texts = [f"{one.title}. {one.text}" for one in scored]
        logits = self._retriever.scorer.scores(wanted.subject, texts) if texts else []
        about = sorted(zip(scored, logits, strict=True), key=lambda one: -one[1])
        kept = [one for one, logit in about if logit >= self._least(one, wanted)]
        rest = [one for one in others[_MOST_SCORED:] if _is_of(one.title, wanted)]
        return self._stories_once([*sure, *kept, *rest])

    def _least(self, opening: Passage, wanted: _Wanted) -> float:
        """The logit that an article about the subject has at least."""
        is_of_headline = _is_of(opening.title, wanted) and not _is_of(opening.text, wanted)
        return _SURELY_ABOUT if is_of_headline else _ABOUT

    def _held(
        self, wanted: _Wanted, ranked: Sequence[RankedPassage], *, together: bool = False
    ) -> list[Passage]:
        """A passage of each article about the subject, those that say most of it first.

        `together`: all words of it stand in one sentence, as "the Black Death" does.
        """
        ids = [self._store.holding_all(one, _MOST_PASSAGES, wanted.where) for one in wanted.terms]
        held = self._store.passages(key for found in ids for key in found)
        if together:
            held = [one for one in held if _holds_together(one, wanted)]
        counts = Counter(one.article_id for one in held)
        by_article = {one.article_id: one for one in reversed(held)}
        for one in ranked:
            if one.score >= _RELEVANT and _mentions(one.passage, wanted):
                counts[one.passage.article_id] += 1
                by_article.setdefault(one.passage.article_id, one.passage)
        sides = [{fold(term) for term in one} for one in wanted.terms]

        def says_most(passage: Passage) -> tuple[bool, int]:
            titled = {fold(word) for word, _, _ in words(passage.title)}
            return any(side <= titled for side in sides), counts[passage.article_id]

        return sorted(by_article.values(), key=says_most, reverse=True)

    def _stories_once(self, passages: Sequence[Passage]) -> list[Passage]:
        """Of articles that are copies of one another the one that was published first."""
        stories = self._store.stories([one.id for one in passages])
        first: dict[object, Passage] = {}
        for passage in passages:
            key = stories[passage.id][0] if passage.id in stories else passage.article_id
            other = first.get(key)
            if other is None or stories[passage.id][1:] < stories[other.id][1:]:
                first[key] = passage
        return list(first.values())


def _alternatives(text: str) -> tuple[tuple[str, ...], ...]:
    return tuple(filter(None, map(_terms, _OR.split(text))))


def _terms(text: str) -> tuple[str, ...]:
    """The words that an article about the text has to have: its content words, and those of its names."""
    named = {part for name in analyse_question(text).names for part in name.words}
    written = [word for word, _, _ in words(text) if fold(word) not in _NO_PART]
    told = [word for word in written if not is_stopword(word) or (fold(word) in named and word[0].isupper())]
    return tuple(dict.fromkeys(told or written))


def _is_of(text: str, wanted: _Wanted) -> bool:
    """Whether a text has all words of one side of the subject."""
    held = set(stems(text))
    return any(held.issuperset(stems(" ".join(side))) for side in wanted.terms)


def _mentions(passage: Passage, wanted: _Wanted) -> bool:
    """Whether a passage mentions every name of the subject, or half of its words where it has no name."""
    told = f"{passage.title}. {passage.text}"
    names = analyse_question(wanted.subject).names
    if names:
        return not missing(names, Mentions(told))
    asked = {stem(term) for one in wanted.terms for term in one}
    return 2 * len(asked & set(stems(told))) >= len(asked)


def _is_source(before: str) -> bool:
    """Whether an outlet behind these words is whose articles are asked for: "articles from the Courier"."""
    last = [fold(word) for word, _, _ in words(before)][-2:]
    return bool(last) and (last[-1] in _OF_AN_OUTLET or (last[-1] == "the" and last[0] in _OF_AN_OUTLET))


def _is_from(asked: Match, text: str) -> bool:
    """Whether articles by somebody or from somewhere are asked for."""
    before = words(text[: max(text.rfind(asked.subject), 0)])[-1:]
    is_led = any(fold(word) in ("by", "from") for word, _, _ in before)
    return is_led or asked.section.startswith("catalogue: articles from")


def _is_of_mentions(asked: Match, text: str) -> bool:
    """Whether the text asks where something is mentioned rather than what is about it."""
    return asked.section != "catalogue: names" and any(
        fold(word).startswith(("mention", "reference")) for word, _, _ in words(text)
    )


def _holds_together(passage: Passage, wanted: _Wanted) -> bool:
    """Whether the headline or one sentence has all words of a side; two that are all of it side by side."""
    held = [stems(one) for one in (passage.title, *passage.sentence_texts)]
    sides = [stems(" ".join(one)) for one in wanted.terms]
    if len(sides) == 1 and len(sides[0]) == 2 and " ".join(wanted.terms[0]) in wanted.subject:
        return any(list(pair) == sides[0] for one in held for pair in pairwise(one))
    return any(set(side) <= set(one) for side in sides for one in held)


def _asks_for_fewest(text: str) -> bool:
    return not entries("fewest").isdisjoint(word for word, _, _ in meant(text))


def _asks_for_all(text: str) -> bool:
    return not {"all", "every"}.isdisjoint(fold(word) for word, _, _ in words(text))


def _limits(where: Filter) -> str:
    """The days of a filter that has both limits: " from 3 to 6 May 2021", " until 3 May 2021"."""
    if not where.after or not where.before:
        return ""
    last = (date.fromisoformat(where.before) - timedelta(days=1)).isoformat()
    if date.fromisoformat(where.after) == date.min:
        return f" until {written_date(last)}"
    return f" from {_from_to(where.after, last)}"


def _within(where: Filter, first: date, last: date) -> Filter:
    after, behind = first.isoformat(), (last + timedelta(days=1)).isoformat()
    return replace(where, after=max(after, where.after or after), before=min(behind, where.before or behind))


def _without(text: str, begin: int, gone: Iterable[tuple[int, int]]) -> str:
    """The text from `begin` on without these spans, and without words that then lead nowhere."""
    for start, end in sorted(gone, reverse=True):
        if end > begin:
            text = f"{text[: max(start, begin)]} {text[end:]}"
    kept = [text[start:end] for _, start, end in words(text) if start >= begin]
    while kept and fold(kept[-1]) in _LEFT_OVER:
        kept.pop()
    while kept and fold(kept[0]) in _LEFT_OVER - {"the"}:
        kept.pop(0)
    if not kept:
        return ""
    tail = text[begin:]
    first, last = tail.find(kept[0]), tail.rfind(kept[-1]) + len(kept[-1])
    return " ".join(tail[first:last].split())


# In words


def _in_words(found: Sequence[Passage], subject: str, *, by_outlet: bool) -> str:
    counts = Counter(one.source for one in found if one.source)
    days = sorted(day_of(one.published_at) for one in found if one.published_at)
    dated = f", {_from_to(days[0], days[-1])}" if days else ""
    shares = f": {_shares(counts.most_common())}" if counts else ""
    articles, outlets = _number(len(found), "article"), _number(len(counts), "outlet")
    if by_outlet and counts:
        has = "has" if len(counts) == 1 else "have"
        return f"{outlets} {has} {articles} about {subject}{dated}{shares}{_rest(len(found))}."
    tell = "tells" if len(found) == 1 else "tell"
    of = f" of {outlets}" if len(counts) > 1 else ""
    return f"{articles}{of} {tell} about {subject}{dated}{shares}{_rest(len(found))}."


def _rest(articles: int, most: int = MOST_LISTED) -> str:
    return f"; {most} are listed" if articles > most else ""


def _days_and_outlets(passages: Sequence[Passage]) -> tuple[Counter[str], list[str]]:
    """The days of the articles of the passages, and their outlets, both with the most articles first."""
    days = Counter(_day(one) for one in passages if one.published_at)
    outlets = Counter(one.source for one in passages if one.source)
    return days, [outlet for outlet, _ in outlets.most_common()]


def _shares(counts: Sequence[tuple[str | None, int]]) -> str:
    named = [f"{outlet} ({count:,})" for outlet, count in counts[:MOST_OUTLETS]]
    more = len(counts) - MOST_OUTLETS
    return ", ".join([*named, *([f"and {more:,} more"] if more > 0 else [])])


def _days(extent: Archive) -> str:
    return _from_to(extent.first or "", extent.last or "")


def _from_to(first: str, last: str) -> str:
    """`2019-10-09` and `2019-10-22` as "9 to 22 October 2019"."""
    begins, ends = (written_date(first) or "").split(), (written_date(last) or "").split()
    if begins == ends:
        return " ".join(ends)
    while len(begins) > 1 and begins[-1] == ends[-1] and begins[1:] == ends[1:]:
        begins = begins[:1]
    begins = begins[:2] if len(begins) > 2 and begins[2] == ends[2] else begins
    return f"{' '.join(begins)} to {' '.join(ends)}"


def _number(count: int, noun: str) -> str:
    return f"1 {noun}" if count == 1 else f"{count:,} {noun}s"


def _day(passage: Passage) -> str:
    return day_of(passage.published_at) if passage.published_at else ""


def _listed(passage: Passage) -> Listed:
    return Listed(passage.article_id, passage.title, passage.source, passage.published_at, passage.url)
