"""What a question asks about the archive itself, told by the kinds of all its words.

A question whose every word is about outlets, articles, days or the archive can be about nothing else: "when
was the last article of the treaty signed" has "treaty" and "signed" over. Only behind "about" may other
words stand, which are then what articles are asked for.
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Literal

from rag.intents.vocabulary import Token, ends, kinds_of, meant, starts

Asks = Literal[
    "outlets",
    "outlets about",
    "most",
    "authors",
    "size",
    "period",
    "newest",
    "newest article",
    "oldest article",
    "holdings",
    "of filter",
    "articles",
    "corrections",
]
Spans = Sequence[tuple[int, int]]

_KINDS = (
    *("outlets", "articles", "several", "things", "archive", "you", "here", "these", "have", "publish"),
    *("added", "newest", "oldest", "ages", "most", "period", "size", "authors", "topics", "fill"),
    *("corrected", "correcting", "errors"),
)
_YEAR = re.compile(r"(?:18|19|20)\d\d")
_OUTLET, _DATE = "\x00outlet", "\x00date"
_YES_OR_NO = frozenset("did was were has had does is are do have can could".split())
_EXISTS = frozenset("is are was were do does".split())
_ENDS_OF_TIME = frozenset(("first", "last"))
_TOLD_OF = frozenset("mentioned covered included listed represented discussed featured named".split())
_LISTING = frozenset("list show find get give display bring pull search looking need want any all".split())
_SEEKING = frozenset("looking find search show list let".split())
_OPEN = frozenset("anything something everything stuff got any".split())
_KEPT = frozenset("covered included indexed available stored searched represented used".split())
_ASKS_WHAT = frozenset("what which".split())
_COVERING = frozenset("cover covers covered".split())
_MENTIONED = frozenset(("mentioned",))
_HOW_OFTEN = ("how often", "how many times", "how frequently", "where")
"""What may stand before "is the comet mentioned"."""
_MENTIONING = frozenset(
    "mention mentions mentioning reference references discuss cover quote cite name".split()
)
_WHO_MENTIONS = frozenset(
    (
        "do you",
        "did you",
        "do we",
        "does this",
        "does anyone",
        "does anybody",
        "does anything",
        "do any",
        "is there",
    )
) | {f"{be} there {some}" for be in ("is", "are", "was", "were") for some in ("any", "a", "some", "no")}
_WHO_MENTIONS |= {f"{how} do you" for how in ("how often", "how many times", "how frequently")}
"""What of "do you mention the comet" and "is there any mention of the comet" stands before the mentioning."""
_OF_ONE = frozenset("it this that he she they them".split())
"""Words by which a question goes back to something told before."""
_PASSIVE = frozenset("was were been be has have had to later".split())
_ASKS_WHICH = frozenset("there what which any anything something all list show give find how".split())
_LONGEST_SUBJECT = 12
_FEWEST_WORDS = 3
"""Words up to which a question is a label, as "article count" is."""


@dataclass(frozen=True, slots=True)
class AboutArchive:
    """What is asked, and the question's own words for what articles are to be about, if they are asked for.

    `is_from`: these words stand behind "from" or "by", and may name an outlet, an author or a place.
    """

    asks: Asks
    subject: str = ""
    is_from: bool = False


@dataclass(frozen=True, slots=True)
class _Words:
    """The words of a question, or of a part of it, with the kinds of each part of them."""

    words: tuple[str, ...]
    parts: tuple[frozenset[str], ...]
    outlets: int
    dates: int

    def has(self, *kinds: str) -> bool:
        """Whether a word is of one of the kinds."""
        return any(kind in part for part in self.parts for kind in kinds)

    @property
    def first(self) -> str:
        return self.words[0] if self.words else ""

    @property
    def is_own(self) -> bool:
        """Whether something points to the archive: "you", "here", "the archive", "these articles"."""
        return self.has("you", "here") or self._has_archive or self._has_these

    @property
    def is_kept(self) -> bool:
        """Whether something "is covered", "are included", where nothing says by what."""
        is_asked = not {"what", "which"}.isdisjoint(self.words) and "are" in self.words
        return bool(_KEPT & set(self.words)) and (is_asked or self.first in _LISTING or self.is_label)

    @property
    def is_label(self) -> bool:
        """Whether there are so few words as in "article count"."""
        return len(self.words) <= _FEWEST_WORDS

    @property
    def _has_archive(self) -> bool:
        places = [place for place, part in enumerate(self.parts) if "archive" in part]
        return bool(places) and not {"a", "an"} & set(self.words)

    @property
    def _has_these(self) -> bool:
        pairs = zip(self.parts, self.parts[1:], strict=False)
        return any("these" in one and {"articles", "things", "archive"} & other for one, other in pairs)

    def has_several(self, kind: str) -> bool:
        """Whether words of the kind stand in the plural."""
        return any(kind in part and "several" in part for part in self.parts)


def asked_of_archive(text: str, outlets: Spans, dates: Spans) -> AboutArchive | None:
    """What the text asks about the archive; None where it asks for something else.

    `outlets` and `dates` are the places of the archive's outlets and of dates in it. The text is without an
    opening such as "could you please".
    """
    tokens = meant(text)
    whole = _words(tokens, outlets, dates)
    if whole is not None:
        asks = _of_the_whole(whole)
        return AboutArchive(asks) if asks else None
    about = next(_about(text, tokens, outlets, dates), None)
    return about or _corrected_in(text, tokens, outlets, dates) or _is_there(text, tokens)


def _words(tokens: Sequence[Token], outlets: Spans, dates: Spans) -> _Words | None:
    """The kinds of all words; None where one is of no kind and in no outlet and no date."""
    parts: list[frozenset[str]] = []
    marks = {_OUTLET: 0, _DATE: 0}
    run: list[Token] = []
    for token in tokens:
        is_date = _is_in(token, dates) or _YEAR.fullmatch(token[0]) is not None
        mark = _OUTLET if _is_in(token, outlets) else _DATE if is_date else ""
        if not mark:
            run.append(token)
            continue
        marks[mark] += 1
        told = kinds_of(run, _KINDS)
        if told is None:
            return None
        parts, run = [*parts, *told], []
    told = kinds_of(run, _KINDS)
    if told is None:
        return None
    return _Words(tuple(word for word, _, _ in tokens), (*parts, *told), marks[_OUTLET], marks[_DATE])


def _is_in(token: Token, spans: Spans) -> bool:
    return any(start <= token[1] < end for start, end in spans)


# All words are the archive's


def _of_the_whole(told: _Words) -> Asks | None:
    if told.has("corrected", "correcting", "errors"):
        return _corrections(told)
    if told.outlets or told.dates:
        return _limited(told)
    if not told.is_own and "need" in told.words and told.first not in _LISTING:
        return None  # "how many documents do I need"
    for asks in (_whose(told), _end(told), _extent(told), _kept(told)):
        if asks:
            return asks
    return None


def _limited(told: _Words) -> Asks | None:
    """What is asked of an outlet's articles, or of those of some days."""
    if told.first in _YES_OR_NO | {"who", "when", "where", "how"} and not (
        told.is_own or told.has("things", "size") or _is_end(told)
    ):
        return None
    if told.has("ages") and told.is_own and not told.outlets:
        return "period"
    whose = _whose(told)
    if whose in ("most", "authors"):
        return whose
    if _is_end(told) and told.has("articles", "things"):
        return _end(told)
    if told.has("outlets") and not told.outlets and not told.has("articles") and told.first != "what":
        return "outlets"
    is_of_articles = told.is_own or told.has_several("articles") or told.has("publish")
    is_of_outlet = told.outlets > 0 and not told.has("outlets")
    if told.first in _ASKS_WHAT and _asks_for_topics(told, is_theirs=is_of_articles or is_of_outlet):
        return "holdings"
    if told.has("articles", "size") and (is_of_articles or (told.has("size") and told.has("these"))):
        return "of filter"
    if told.first in _LISTING and told.has("things", "have", "publish"):
        return "of filter"
    is_named = told.is_own or told.has("publish", "added")
    is_asked = told.has("things", "have", "articles", "outlets") or bool(told.outlets and told.is_own)
    return "of filter" if (is_named and is_asked) or (told.has("things") and told.first in _OPEN) else None


def _asks_for_topics(told: _Words, *, is_theirs: bool) -> bool:
    """Whether it asks what articles are about: "what topics does the Courier cover", "what does it cover"."""
    return is_theirs and (told.has("topics") or not _COVERING.isdisjoint(told.words))


def _whose(told: _Words) -> Asks | None:
    """Questions after outlets and authors."""
    is_of_articles = told.is_own or told.has_several("articles")
    asks_who = told.first in ("who", "whose") or (told.first == "where" and told.has("publish"))
    is_used = told.has("outlets") and not {"used", "represented", "featured"}.isdisjoint(told.words)
    if told.has("most") and is_used and told.first in ("which", "what"):
        return "most"
    wrote = told.first == "who" and not {"wrote", "written", "writes", "write"}.isdisjoint(told.words)
    if told.has("most") and (wrote or (is_of_articles and (told.has("outlets", "authors") or asks_who))):
        return "authors" if told.has("authors") or wrote else "most"
    if told.has("authors") and (is_of_articles or told.is_label):
        return "authors"
    if told.has("articles") and asks_who and is_of_articles and not _is_end(told):
        return "authors" if wrote else "outlets"
    return None


def _is_end(told: _Words) -> bool:
    """Whether the newest or the oldest is asked for; "first" and "last" alone say less."""
    pairs = zip(told.parts, [*told.parts[1:], frozenset[str]()], strict=True)
    if not any(one & {"newest", "oldest"} and "period" not in behind for one, behind in pairs):
        return False  # "in the first week of July" asks for no end.
    is_told = told.is_own or told.has("publish", "added") or len(told.words) < _FEWEST_WORDS
    return is_told or not _ENDS_OF_TIME & set(told.words)


def _end(told: _Words) -> Asks | None:
    """The newest or the oldest article."""
    is_fact = told.first in _YES_OR_NO | {"who", "why"} and not told.is_own
    if not _is_end(told) or is_fact:
        return None
    is_thing = told.is_own and told.has("have", "things", "added", "publish", "archive", "period", "ages")
    is_thing = is_thing or (told.has("things") and told.has("publish"))
    if not (told.has("articles", "added") or is_thing):
        return None
    if told.has("newest") and told.has("oldest"):
        return "period"
    pairs = zip(told.parts, told.parts[1:], strict=False)
    if any("newest" in one and {"articles", "several"} <= behind for one, behind in pairs):
        return "newest"
    return "newest article" if told.has("newest") else "oldest article"


def _extent(told: _Words) -> Asks | None:
    """How many articles there are, and of which days."""
    is_fact = told.first in ("did", "was", "were", "has", "had", "who") and not told.is_own
    is_of_articles = told.is_own or told.is_kept or told.has_several("articles")
    if is_fact or not (is_of_articles or (told.has("articles") and told.is_label)):
        return None
    if told.has("size") and not told.has("outlets", "ages"):
        return "size"
    if told.has("ages") and told.has("articles", "things", "archive", "you"):
        return "period"
    is_period = told.has("period") and (told.has("articles", "archive", "things", "have") or told.is_own)
    return "period" if is_period and not told.has("outlets") else None


def _kept(told: _Words) -> Asks | None:
    """Which outlets there are, and what is told of."""
    is_label = told.is_label and told.has_several("outlets")
    if told.has("outlets") and (
        told.is_own or told.is_kept or (is_label and told.first in ("which", "what", "list", "all"))
    ):
        return "outlets"
    is_several = told.has_several("articles")
    if told.has("topics") and (is_several or (told.is_own and told.has("things", "articles", "archive"))):
        return "holdings"
    return (
        "holdings" if told.is_own and told.has("have", "archive") and told.has("things", "articles") else None
    )


def _corrections(told: _Words) -> Asks | None:
    """Whether the articles that were corrected are asked for: "what was corrected", "any corrections".

    "Was the report corrected" asks for one that was told of before. "Correct" is a verb only behind "did",
    and of outlets that are named or of the archive's.
    """
    is_theirs = bool(told.outlets) or told.has_several("outlets") or told.is_own
    is_verb = told.has("correcting") and "did" in told.words and is_theirs
    if not (told.has("corrected") or is_verb) or told.first in ("who", "why", "when", "where"):
        return None
    is_any = not _ASKS_WHICH.isdisjoint(told.words) or told.is_label
    is_any = is_any or told.has_several("corrected") or told.has_several("articles") or told.is_own
    is_of_one = not _OF_ONE.isdisjoint(told.words) and not told.has("articles", "outlets", "archive")
    return "corrections" if is_any and not is_of_one else None


# Articles about something


def _about(text: str, tokens: Sequence[Token], outlets: Spans, dates: Spans) -> Iterator[AboutArchive]:
    """Where "about" or "from" parts the words of the archive from a subject."""
    if (count := starts(tokens, "about")) > 1 and _is_mentioning(tokens[:1]):  # "mentions of the comet"
        subject = _subject(text, tokens[count:])
        if subject:
            yield AboutArchive("articles", subject)
    for place in range(1, len(tokens)):
        for kind in ("about", "from"):
            count = starts(tokens, kind, place)
            told = _words(tokens[:place], outlets, dates) if count else None
            if told is None and not _is_coverage_of(tokens, place):
                continue
            told = told or _words(tokens[:place], outlets, dates)
            asks = _of_articles(told, kind) if told else None
            is_asked = told and (" ".join(told.words) in _WHO_MENTIONS or _is_of_outlet(told))
            if is_asked and kind == "about":
                asks = "articles" if _is_mentioning(tokens[place : place + count]) else asks
            behind = tokens[place + max(count, 1) :]
            if asks == "articles" and kind == "about" and (kept := _before_corrected(behind)):
                asks, behind = "corrections", kept
            subject = _subject(text, behind)
            if asks and subject:
                yield AboutArchive(asks, subject, kind == "from")


def _before_corrected(tokens: Sequence[Token]) -> Sequence[Token]:
    """The words before "were corrected" or "have been retracted" at the end; none where that is not said."""
    kept = tokens[: len(tokens) - ends(tokens, "corrected")]
    is_clause = not {"how", "why", "who", "when", "that"}.isdisjoint(word for word, _, _ in tokens)
    if len(kept) == len(tokens) or is_clause:
        return ()
    while kept and kept[-1][0] in _PASSIVE:
        kept = kept[:-1]
    return kept


def _is_of_outlet(told: _Words) -> bool:
    """Whether it begins as "does the Courier mention the comet"; "did" asks for what was said one day."""
    return told.outlets > 0 and told.first == "does" and not told.has("articles", "things", "publish")


def _is_mentioning(tokens: Sequence[Token]) -> bool:
    return not _MENTIONING.isdisjoint(word for word, _, _ in tokens)


def _is_coverage_of(tokens: Sequence[Token], place: int) -> bool:
    before = {word for word, _, _ in tokens[:place]}
    return tokens[place][0] == "of" and "coverage" in before


def _of_articles(told: _Words, kind: str) -> Asks | None:
    """What is asked where a subject follows."""
    if told.has("corrected", "correcting", "errors"):
        return _corrections(told)
    if told.has("newest", "oldest", "ages") or told.words[-1] in ("what", "which"):
        return None
    is_any = told.is_own or not {"any", "there"}.isdisjoint(told.words)
    if told.first in _YES_OR_NO and {"any", "anything"} & set(told.words) and told.has("articles"):
        return "articles"  # "does any article mention the comet"
    if told.first == "where" or (told.first in _YES_OR_NO and not is_any and not told.has_several("outlets")):
        return None  # "do the reports mention a second driver"
    asks_which = told.first in ("which", "what") and "outlets" in told.parts[1]
    is_of_one = told.has("outlets") and not told.has_several("outlets") and not asks_which
    if not told.is_own and (told.has("most") or is_of_one):
        return None
    is_listed = told.first in _LISTING or told.has("size")
    if told.has("outlets") and not told.has("articles", "archive") and told.has("publish", "have"):
        is_any = told.has("things") and (told.is_own or told.has_several("outlets"))
        return "outlets about" if told.first in ("which", "what", "who") or is_any else None
    if told.has("articles") and "news" not in told.words:
        return "articles" if told.is_own or told.has_several("articles") or is_listed else None
    is_sought = not _SEEKING.isdisjoint(told.words)
    if "everything" in told.words and not is_sought and not told.is_own:
        return None  # "everything about the flood" wants an overview.
    if told.has("things") and (is_sought or len(told.parts) == 1):
        return "articles"
    is_held = told.is_own and told.has("have", "here", "archive", "things")
    return "articles" if is_held and told.has("things", "articles") else None


def _corrected_in(text: str, tokens: Sequence[Token], outlets: Spans, dates: Spans) -> AboutArchive | None:
    """Corrections "in the comet stories", "to the article about the comet"."""
    for place in range(1, len(tokens)):
        if tokens[place][0] not in ("in", "to", "of"):
            continue
        told, behind = _words(tokens[:place], outlets, dates), tokens[place + 1 :]
        if told is None or not told.has("corrected") or _corrections(told) is None:
            continue
        of_articles = [n for n, one in enumerate(behind) if kinds_of([one], ("articles",))]
        if of_articles and of_articles[-1] == len(behind) - 1:
            behind = behind[behind[0][0] in ("the", "your", "these") : -1]
        elif of_articles and (count := starts(behind, "about", of_articles[0] + 1)):
            behind = behind[of_articles[0] + 1 + count :]
        else:
            continue  # "corrections in the housing market"
        subject = _subject(text, behind)
        return AboutArchive("corrections", subject) if subject else None
    return None


def _is_there(text: str, tokens: Sequence[Token]) -> AboutArchive | None:
    """Whether something is in the archive: "is the comet mentioned in your articles".

    "Mentioned" needs no archive behind it; what is "listed" or "covered" may be so elsewhere.
    """
    words = [word for word, _, _ in tokens]
    asked = next((one for one in _HOW_OFTEN if " ".join(words).startswith(f"{one} ")), "")
    rest = tokens[len(asked.split()) :]
    count = ends(rest, "tails that say where")
    rest = rest[: len(rest) - count]
    if not rest or rest[0][0] not in _EXISTS:
        return None
    rest, told_of = rest[1:], set[str]()
    while rest and rest[-1][0] in _TOLD_OF | {"get", "anywhere", "ever", "here"}:
        told_of.add(rest[-1][0])
        rest = rest[:-1]
    if not (_MENTIONED & told_of or (count and not asked)):
        return None
    subject = _subject(text, rest)
    return AboutArchive("articles", subject) if subject else None


def _subject(text: str, tokens: Sequence[Token]) -> str:
    """The words of a subject, without what says that it is to be in the archive; "" where none is left."""
    while count := ends(tokens, "tail"):
        tokens = tokens[: len(tokens) - count]
    if not tokens or len(tokens) > _LONGEST_SUBJECT or kinds_of(tokens, ("fill", "you", "here", "these")):
        return ""
    return text[tokens[0][1] : tokens[-1][2]]
