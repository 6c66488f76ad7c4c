"""Who says what: direct and reported quotations of a sentence with speaker and verb.

Quotation marks are paired over the whole article; in each sentence the verbs of saying (`saying.txt`) are looked up,
with the subject before or behind them and the clause that they govern. A quotation has the speaker of the clause
that it stands in, of the nearest verb, or of the sentence beside it.
"""

import re
from bisect import bisect_left
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace

from corpus.words.lists import read_words
from index.language.sentence import Name, NameKind, Quotation
from index.language.words import OPENERS, fold

Span = tuple[int, int]

_LISTS = read_words("index.language", "saying.txt")
_CLAUSE, _ADDRESSED, _FINDINGS = _LISTS["clause"], _LISTS["addressed"], _LISTS["findings"]
_SAYING = _CLAUSE | _ADDRESSED | _FINDINGS | _LISTS["calls"]
_NOUNS, _OFFICES = _LISTS["nouns"], _LISTS["offices"]
_SAY = frozenset("say says said".split())
_GRAMMAR = read_words("index.language", "grammar.txt")
_WORD = re.compile(r"[a-z]{3,}")

_LONGEST = 40
"""Sentences that a quotation may run over."""
_FAR = 3
"""Sentences back to which a pronoun or a quotation without attribution looks for its speaker."""
_HIDDEN = "\0"
"""Stands for each character of a direct quotation where verbs and names are looked for."""


# Quotation marks, paired over the article


@dataclass(frozen=True, slots=True)
class _Quoted:
    """What stands between two marks: from `start` in sentence `first` to `end` in sentence `last`."""

    first: int
    start: int
    last: int
    end: int

    def part(self, place: int, text: str) -> Span:
        """What of it is in a sentence; a mark that is repeated at the head of a paragraph is none of it."""
        start = self.start
        if place > self.first:
            start = repeated.end() if (repeated := _AT_HEAD.match(text)) else 0
        return start, self.end if place == self.last else len(text)


_DOUBLE = re.compile(r"[“”„‟«»\"]|''|``")
_AT_HEAD = re.compile(r"\s*[“„‟«»\"‘']{1,2}")
# A single mark opens before a word, unless it stands for a century ("the ’90s"), and closes behind a word or a stop.
_OPENING = re.compile(r"(?<![\w’'])[‘'](?=[^\W\d])")
_CLOSING = re.compile(r"(?<=[\w.,!?…])[’'](?![\w’'])")
_STOPPED = re.compile(r"[.,!?…]$")


def _opens(text: str, mark: re.Match[str], is_open: bool) -> bool:
    """Whether a double mark opens a quotation; what its form and its neighbours leave open, `is_open` tells."""
    before, after = text[mark.start() - 1 : mark.start()], text[mark.end() : mark.end() + 1]
    if mark[0] in "”''":
        return False
    if mark[0] in ("„", "‟", "``"):
        return True
    begins = (not before or before in " \t\n([{—–-/:‘'") and bool(after.strip())
    ends = bool(before.strip()) and not after.isalnum()
    if mark[0] == "“":
        return begins or not ends or not is_open
    return begins if begins != ends else not is_open


def _double_quoted(texts: Sequence[str]) -> Iterator[_Quoted]:
    """Pairs of double marks. One that is never closed ends with its sentence."""
    opened: tuple[int, int] | None = None
    for place, text in enumerate(texts):
        for mark in _DOUBLE.finditer(text):
            if not _opens(text, mark, opened is not None):
                if opened is not None and place - opened[0] < _LONGEST:
                    yield _Quoted(*opened, place, mark.start())
                opened = None
            elif opened is None:
                opened = (place, mark.end())
            elif opened[0] < place and not text[: mark.start()].strip():
                continue  # The same speech goes on in a new paragraph.
            else:
                if opened[0] < place:
                    yield _Quoted(*opened, opened[0], len(texts[opened[0]]))
                opened = (place, mark.end())
    if opened is not None:
        yield _Quoted(*opened, opened[0], len(texts[opened[0]]))


def _single_quoted(texts: Sequence[str], taken: Sequence[Sequence[Span]]) -> Iterator[_Quoted]:
    """Pairs of single marks outside double ones; only a typographic one may close in a later sentence."""
    opened: tuple[int, int] | None = None
    for place, text in enumerate(texts):
        at = 0
        if opened is not None:
            closing = _last_closing(text, 0)
            goes_on = _AT_HEAD.match(text) is not None or place - opened[0] == 1
            if closing is not None:
                yield _Quoted(*opened, place, closing)
                at = closing + 1
            if closing is not None or not goes_on or place - opened[0] > _LONGEST:
                opened = None
        while opened is None and (mark := _OPENING.search(text, at)):
            at = mark.end()
            if any(start <= at <= end for start, end in taken[place]):
                continue
            closing = _last_closing(text, at)
            if closing is not None:
                yield _Quoted(place, at, place, closing)
                at = closing + 1
            elif mark[0] == "‘" and not text[: mark.start()].strip():
                opened = (place, at)


def _last_closing(text: str, at: int) -> int | None:
    """Where the single quotation that runs at `at` ends: before the next one, at a mark behind a stop if any.

    That of "the residents’ group" closes nothing when a later one stands behind a stop.
    """
    ahead = _OPENING.search(text, at)
    first: int | None = None
    for mark in _CLOSING.finditer(text, at, ahead.start() if ahead else len(text)):
        if _STOPPED.match(text, mark.start() - 1):
            return mark.start()
        if first is None:
            first = mark.start()
    return first


def _quoted(texts: Sequence[str]) -> list[list[_Quoted]]:
    """The quotations that touch each sentence, in order; one inside another is left out."""
    found: list[list[_Quoted]] = [[] for _ in texts]
    taken: list[list[Span]] = [[] for _ in texts]
    for one in _double_quoted(texts):
        for place in range(one.first, one.last + 1):
            found[place].append(one)
            taken[place].append(one.part(place, texts[place]))
    if any("‘" in text or "'" in text for text in texts):
        for one in _single_quoted(texts, taken):
            inside = {
                other
                for place in range(one.first, one.last + 1)
                for other in found[place]
                if one.first <= other.first and other.last <= one.last
                if (one.first, one.start) < (other.first, other.start) < (one.last, one.end)
            }
            for place in range(one.first, one.last + 1):
                found[place] = [other for other in found[place] if other not in inside]
                found[place].append(one)
                found[place].sort(key=lambda each: (each.first, each.start))
    return found


# Verbs of saying in one sentence: who stands before or behind them, and the clause that they govern

_BREAK = re.compile(r"[,;:](?=\s)|[—()\[\]\0]+|\s[–-]\s|--")
_TOKEN = re.compile(r"[^\s,;:()\[\]\0]+")
_BETWEEN = _GRAMMAR["between"]
_CONJUNCTIONS, _PREPOSITIONS = _GRAMMAR["conjunctions"], _GRAMMAR["prepositions"]
_DETERMINERS, _NOBODY = _GRAMMAR["determiners"], _GRAMMAR["nobody"]
_PASSIVE = frozenset("is are was were be been being".split())
_RELATIVE = frozenset("who which that".split())
_OPENS_CLAUSE = frozenset("he she it they there we i you".split())
_FINITE = re.compile(
    r"\b(?:is|are|was|were|has|have|had|will|would|can|could|may|might|must|should|do|does|did|says?|said)\b"
    r"|n[’']t\b|[’'](?:re|ve|ll|d)\b|\b(?:he|it|that|there|she)[’']s\b"
)
_IS = re.compile(r"\b(?:it|that|there|he|she|what|here)[’']s\b", re.I)
_US = frozenset("i we you there nothing".split())
_POINTING = frozenset("this that these those another some any".split())
_ACCORDING = re.compile(
    r"\b[Aa]ccording\s+to\b|\bas\s+(?:first\s+)?(?:reported|stated|noted|announced|told)\s+by\b"
)
_TIME = (
    r"(?:(?:on\s+)?[A-Z][a-z]{2,8}\.?\s\d{1,2}|(?:on\s+|late\s+|early\s+)?[A-Z][a-z]{2,5}day(?:\s+(?:morning|afternoon|evening|night))?|yesterday|today"
    r"|(?:earlier\s+)?(?:last|this)\s+(?:week|month|year|spring|summer|autumn|fall|winter)|in\s+\d{4})\b"
)
_WHEN = re.compile(rf"\s+{_TIME}(?=\s+\w)")
# What may stand between a verb and its clause: "in a statement on Tuesday" before "that", a comma or a mark.
_ASIDE = re.compile(
    rf"\s+(?:(?:in|on|at|during|to|via|by|through|after|before|from|of|about|with)\b|{_TIME}|[^,;:\0]{{1,50}}?\bago\b)[^,;:\0]{{0,80}}?"
    r"(?=\s+that\b|\s*[,:\0]|\.?$)"
)
_THAT = re.compile(r"\s+that\b,?\s*")
_MARKED = re.compile(r"\s*[:,]?\s*(?=\0)|\s*:\s+")
_NOT_A_CLAUSE = re.compile(r"(?:so|yes|no|goodbye|hello|sorry|thanks?|nothing|it\s+all|not)\b[.,]?")
# Whom something is told: a pronoun, a name or up to four words, before "that" or the clause.
_ADDRESSEE = re.compile(
    r"\s+(?:(?:him|her|them|me|us|reporters|journalists|lawmakers|people|parliament)\b"
    r"|(?:(?:the|a|an|his|her|its|their)\s+)?(?:[\w.&’'-]+\s+){0,3}?[\w.&’'-]+(?=\s+(?:that|he|she|it|they|there)\b|,?\s*\0))"
)
_SHORT = 3
"""Words that a clause has at least."""
_TOO_LONG = 2_000
"""Characters of a sentence in which no verbs of saying are looked for."""


@dataclass(slots=True)
class _Said:
    """A verb of saying (or "according to"), and spans of who says it and of what is said.

    `is_elided`: its subject is that of the verb before ("and added ...", "..., saying that").
    """

    verb: Span
    subject: Span | None = None
    clause: Span | None = None
    is_elided: bool = False
    is_behind: bool = False
    speaker: str | None = None


class _Frame:
    """One sentence with its direct quotations hidden, and the verbs of saying in it."""

    def __init__(self, text: str, quoted: Sequence[Span], named: Sequence[Name]) -> None:
        masked, at = "", 0
        for start, end in quoted:
            masked += text[at : max(start - 1, at)]
            masked += _HIDDEN * (min(end + 1, len(text)) - len(masked))
            at = len(masked)
        self.text, self.quoted, self.named = text, quoted, named
        self.masked = masked + text[at:]
        self.end = len(text.rstrip(" .!?…\n\t"))
        self.breaks = [match.span() for match in _BREAK.finditer(self.masked)]

    def said(self) -> list[_Said]:
        """Its verbs of saying that have a subject, with their clauses, in order."""
        found = [match.span() for match in _ACCORDING.finditer(self.masked)]
        found += [match.span() for match in _WORD.finditer(self.masked) if match[0] in _SAYING]
        kept: list[_Said] = []
        for span in sorted(found):
            if kept and span[0] < kept[-1].verb[1]:
                continue
            one = _Said(span)
            if self._is_word(*span) and self._find_subject(one, bool(kept)):
                kept.append(one)
        for place, one in enumerate(kept):
            self._find_clause(one, kept[place + 1] if place + 1 < len(kept) else None)
        return kept

    def _is_word(self, start: int, end: int) -> bool:
        """Whether letters are a whole word, not a part of a compound or a name."""
        before, after = self.masked[start - 1 : start], self.masked[end : end + 1]
        return not (
            before.isalnum() or before in ("-", "’", "'") or after.isalnum() or after in ("-", "’", "'")
        )

    # Subjects

    def _find_subject(self, one: _Said, has_earlier: bool) -> bool:
        """Set who says it; whether anybody does."""
        start, end = one.verb
        form = self.masked[start:end]
        if form[0] in "Aa" and form[1:2] in "cs" and " " in form.replace("\n", " "):
            one.subject, one.is_behind = self._behind(end), True
            return one.subject is not None
        head = self.masked[:start].rstrip(" ,")
        if head.endswith(_HIDDEN) and not form.endswith("ing"):
            one.subject, one.is_behind = self._behind(end), True
            if one.subject is not None:
                return True
            one.is_behind = False
        if form.endswith("ing"):
            is_noun = form in _NOUNS and self.masked[start - 2 : start] != ", "
            return not is_noun and self._of_participle(one)
        tokens = self._tokens_before(start)
        if tokens is None or (form in _NOUNS and not _agrees(form, tokens)):
            return False
        if tokens:
            one.subject = (tokens[0][1], tokens[-1][2])
            return self._may_speak(one.subject)
        one.subject = self._across(start)
        if one.subject is None and head and self.masked[start - 2 : start] == ", ":
            one.subject, one.is_behind = self._behind(end), True
        is_second = head.endswith((" and", " but", " then"))
        one.is_elided = one.subject is None and (has_earlier or is_second or start < 12)
        return one.subject is not None or one.is_elided

    def _tokens_before(self, at: int) -> list[tuple[str, int, int]] | None:
        """The words of the subject right before a verb; none if it stands elsewhere, None if there is none."""
        place = bisect_left(self.breaks, (at, 0))
        bound = self.breaks[place - 1][1] if place else 0
        found = _TOKEN.finditer(self.masked, max(bound, at - 200), at)
        tokens = [(match[0], match.start(), match.end()) for match in found]
        while tokens and (tokens[-1][0] in _BETWEEN or re.fullmatch(r"[a-z]+ly", tokens[-1][0])):
            tokens.pop()
        if tokens and (tokens[-1][0] in _PASSIVE or tokens[-1][0] in _GRAMMAR["no statement"]):
            return None
        if tokens and tokens[-1][0].endswith(("n’t", "n't")):
            return None
        for place in range(len(tokens) - 1, -1, -1):
            word, start, _ = tokens[place]
            if (
                word.lower() in _CONJUNCTIONS
                and (start == 0 or not self._in_name(start))
                and _cuts(word, tokens[:place])
            ):
                tokens = tokens[place + 1 :]
                break
        if len(tokens) > 1 and tokens[-1][0] in _RELATIVE:
            return self._last_phrase(tokens[:-1]) or tokens[-3:-1]
        if tokens and tokens[0][0] in _RELATIVE:
            return tokens[:1]
        if tokens and tokens[0][0].lower() in _PREPOSITIONS:
            return self._last_phrase(tokens)
        return tokens

    def _last_phrase(self, tokens: list[tuple[str, int, int]]) -> list[tuple[str, int, int]]:
        """The last name of some words if they end with one, else what stands behind their last determiner."""
        name = self._name_ending(tokens[-1][2])
        if name is not None:
            return [one for one in tokens if one[1] >= name.start]
        for place in range(len(tokens) - 1, -1, -1):
            if tokens[place][0].lower() in _DETERMINERS:
                return tokens[place:]
        return tokens[-1:] if tokens[-1][0].lower() in ("he", "she", "they", "it") else []

    def _of_participle(self, one: _Said) -> bool:
        """Who says what "saying" tells: the noun right before it, else whoever spoke or acts in the sentence."""
        place = bisect_left(self.breaks, (one.verb[0], 0))
        bound = self.breaks[place - 1][1] if place else 0
        tokens = [(m[0], m.start(), m.end()) for m in _TOKEN.finditer(self.masked, bound, one.verb[0])][-16:]
        if tokens and tokens[-1][0] not in _BETWEEN | _CONJUNCTIONS | _PREPOSITIONS | _PASSIVE:
            phrase = self._last_phrase(tokens)
            if phrase:
                one.subject = (phrase[0][1], phrase[-1][2])
                return self._may_speak(one.subject)
        one.is_elided = True
        return not tokens or tokens[-1][0] in ("in", "by", "and", "as", "while", "also", "before", "after")

    def _across(self, at: int, depth: int = 0) -> Span | None:
        """The subject before an apposition: "Smith" in "Smith, a lawyer, said"; "Smith" in "a lawyer, Smith, said"."""
        place = bisect_left(self.breaks, (at, 0)) - 1
        if place < 1 or depth > 2 or self.masked[self.breaks[place][0]] != ",":
            return None
        start, end = self.breaks[place - 1][1], self.breaks[place][0]
        while start < end and self.masked[start] == " ":
            start += 1
        inner = self._name_ending(end)
        if inner is not None and inner.start == start and inner.kind is not NameKind.PLACE:
            return start, end
        tokens = self._tokens_before(self.breaks[place - 1][0])
        if not tokens:
            return (start, end) if inner is not None and self._may_speak((start, end)) else None
        span = tokens[0][1], tokens[-1][2]
        if tokens[0][0][0].islower() and tokens[0][0] not in _DETERMINERS | _OPENS_CLAUSE:
            return self._across(self.breaks[place - 1][1], depth + 1)
        return span if self._may_speak(span) else None

    def _behind(self, at: int) -> Span | None:
        """The words behind a verb that name who speaks: up to a stop, a second phrase or a relative clause."""
        place = bisect_left(self.breaks, (at, 0))
        bound = self.breaks[place][0] if place < len(self.breaks) else len(self.masked)
        first, last, has_name = None, at, False
        for match in _TOKEN.finditer(self.masked, at, min(bound, at + 160)):
            word, start = match[0], match.start()
            if not self._in_name(start):
                low = word.lower()
                if first is None and low in _NEVER_FIRST:
                    return None
                joins = not has_name and low in ("of", "for", "from", "at", "with")
                if (
                    low == "by"
                    and first is not None
                    and re.search(r"\b(?:[a-z]+ed|seen|made|taken)$", self.masked[first:last])
                ):
                    last = len(self.masked[:last].rpartition(" ")[0])
                if (low in _PREPOSITIONS and not joins) or low in _RELATIVE or low in _PASSIVE:
                    break
                if low in _CONJUNCTIONS and low != "and":
                    break
            first = start if first is None else first
            last = match.start() + len(word.rstrip(".!?…")) if match.end() >= self.end else match.end()
            has_name = has_name or self._in_name(start)
        if first is None:
            return None
        is_named = self._name_ending(last) is not None
        if not is_named and place < len(self.breaks) and self.masked[bound] == ",":
            for name in self.named:  # "said the chief engineer, Frank Saunders"
                if name.start == bound + 2 and self.masked[name.end : name.end + 1] in ("", ",", "."):
                    return name.start, name.end
        return (first, last) if self._may_speak((first, last)) else None

    def _may_speak(self, span: Span) -> bool:
        """Whether the words can be a subject: no "I", no verb in them, and no article at their end."""
        words = self.masked[slice(*span)].split()
        if not words:
            return False
        if (
            words[0].lower() in _NOBODY
            and (len(words) == 1 or words[0].lower() in _US)
            or words[-1].lower() in _DETERMINERS - _POINTING | _PREPOSITIONS
        ):
            return False
        if any(word in _SAYING and word not in _NOUNS and word not in _LISTS["calls"] for word in words):
            return False
        if words[-1].endswith(("’s", "'s", "s’", "s'")):
            return False
        return not _FINITE.search(self.masked, *span) and not _IS.search(self.masked, *span)

    def _in_name(self, at: int) -> bool:
        return any(name.start <= at < name.end for name in self.named)

    def _name_ending(self, at: int) -> Name | None:
        return next((name for name in self.named if name.end == at or name.end + 1 == at), None)

    def head(self, span: Span) -> Span:
        """A subject without what a preposition or a relative clause adds to it: "Hart" of "Hart of the Met"."""
        for match in _TOKEN.finditer(self.masked, *span):
            word = match[0].lower()
            if (
                match.start() > span[0]
                and word in _PREPOSITIONS | _RELATIVE
                and not self._in_name(match.start())
            ):
                return span[0], len(self.masked[: match.start()].rstrip())
        return span

    # Clauses

    def _find_clause(self, one: _Said, following: _Said | None) -> None:
        """Set what is said: the clause behind the verb, else the one before its subject."""
        form = self.masked[slice(*one.verb)]
        according = one.is_behind and " " in form
        if form in _CALLS_ONLY:
            return
        if according:
            one.clause = self._clause_of_source(one)
            return
        start = None if one.is_behind else self._clause_start(one, form)
        if start is not None:
            end = self._clause_end(start, following)
            if _is_long(self.masked[start:end]) or _HIDDEN in self.masked[start:end]:
                one.clause = (start, end)
                return
        if form not in _FINDINGS or one.is_behind or form == "found":
            one.clause = self._clause_before(one)

    def _clause_start(self, one: _Said, form: str) -> int | None:
        """Where the clause behind the verb begins; None if none follows."""
        at = one.verb[1]
        if form in _ADDRESSED:
            told = _ADDRESSEE.match(self.masked, at)
            names = [name for name in self.named if 0 < name.start - at <= 5]
            at = told.end() if told else names[0].end if names else at
        aside = _ASIDE.match(self.masked, at)
        for after in (at, aside.end() if aside else at):
            if found := _THAT.match(self.masked, after) or _MARKED.match(self.masked, after):
                return found.end()
        if self._is_quoted_as(one):
            comma = self.masked.find(", ", at, at + 60)
            return comma + 2 if comma >= 0 else None
        when = _WHEN.match(self.masked, at)
        at = when.end() if when else at
        if self.masked[at : at + 1] != " ":
            return None
        at += 1
        first = _TOKEN.match(self.masked, at)
        if first is None or _NOT_A_CLAUSE.match(self.masked, at):
            return None
        word = first[0].lower()
        if word in _OPENS_CLAUSE:
            return at
        if word in _PREPOSITIONS | _CONJUNCTIONS or form in _FINDINGS or _FINITE.fullmatch(word):
            return None
        if form in _SAY:
            return at
        stop = next((b[0] for b in self.breaks if b[0] >= at), self.end)
        verb = _FINITE.search(self.masked, at, min(stop, at + 120))
        relative = (
            re.search(
                r"\b(?:who|which|that|when|where|to|but|and|as|because|while)\b",
                self.masked[at : verb.start()],
            )
            if verb
            else None
        )
        return at if verb and not relative else None

    def _is_quoted_as(self, one: _Said) -> bool:
        """Whether "as" stands before the subject: "as Reuters reported, prices rose"."""
        return (
            one.subject is not None
            and self.masked[max(0, one.subject[0] - 3) : one.subject[0]].lower() == "as "
        )

    def _clause_end(self, start: int, following: _Said | None) -> int:
        """Where a clause ends: before a comma behind which somebody else, or the same one again, says more."""
        if following is not None:
            until = (
                following.subject[0] if following.subject and not following.is_behind else following.verb[0]
            )
            commas = [b[0] for b in self.breaks if start < b[0] < until and self.masked[b[0]] in ",;"]
            hidden = [
                b[1] for b in self.breaks if start < b[1] <= until < b[1] + 3 and self.masked[b[0]] == _HIDDEN
            ]
            if hidden:
                return hidden[0]
            if commas and until - commas[-1] < 30 and _is_long(self.masked[start : commas[-1]]):
                return commas[-1]
        return self.end

    def _clause_before(self, one: _Said) -> Span | None:
        """The clause in front of a subject or an inverted verb, with what goes on behind: "Rain, he said, is due"."""
        if one.subject is None:
            return None
        at = one.verb[0] if one.is_behind else one.subject[0]
        before = self.masked[:at].rstrip(" ")
        if not before.endswith((",", _HIDDEN, "—", "–")):
            return None
        end = len(before.rstrip(" ,—–"))
        start = self._sentence_start(end)
        if not one.is_behind and not self._ends_there(one):
            return None
        opening = self.masked[start:end].split(" ", 1)[0].lower()
        if (
            opening in _PREPOSITIONS
            and not _FINITE.search(self.masked, start, end)
            and _HIDDEN not in before[start:]
        ):
            return None
        if not (_is_long(self.masked[start:end]) or _HIDDEN in self.masked[start:end]):
            return None
        rest = max(one.verb[1], one.subject[1])
        goes_on = re.match(
            r"(?:\s[^,;:\0]{1,60})?,\s(?!\w+ing\b|who\b|which\b|an?\b|but\b|while\b)", self.masked[rest:]
        )
        return (start, self.end) if goes_on and not before.endswith(_HIDDEN) else (start, end)

    def _ends_there(self, one: _Said) -> bool:
        """Whether no object follows the verb: it ends the sentence, or a stop, a place or a time follows."""
        end = one.verb[1]
        if self.masked[slice(*one.verb)] in _ADDRESSED or end >= self.end or self.masked[end] != " ":
            return True
        following = _TOKEN.match(self.masked, end + 1)
        if following is None or _WHEN.match(self.masked, end) or _ASIDE.match(self.masked, end):
            return True
        word = following[0].rstrip(".")
        return word in _PREPOSITIONS | _CONJUNCTIONS | _BETWEEN or word.endswith(("ly", "ing", "day"))

    def _clause_of_source(self, one: _Said) -> Span | None:
        """The clause that "according to" belongs to: what stands behind its comma, or before it, or both."""
        assert one.subject is not None
        before = self.masked[: one.verb[0]].rstrip(" ,")
        start = self._sentence_start(len(before))
        comma = next((b[0] for b in self.breaks if b[0] >= one.subject[1]), None)
        if not _is_long(before[start:]) and _HIDDEN not in before:
            if comma is None or self.masked[comma] not in ",:":
                return None
            return comma + 2, self.end
        behind = "" if comma is None else self.masked[comma + 1 : self.end]
        if _is_long(behind) and not _FINITE.search(before, start) and _FINITE.search(behind):
            return start, self.end
        return start, len(before)

    def _sentence_start(self, end: int) -> int:
        """Where a clause begins that ends there: behind a colon or semicolon, or an opening "But"."""
        start = max((b[1] for b in self.breaks if b[1] < end and self.masked[b[0]] in ";:("), default=0)
        while start < end and self.masked[start] in " \n":
            start += 1
        opening = re.compile(r"(?:But|And|However|Meanwhile|Still),?\s").match(self.masked, start)
        return opening.end() if opening else start


_NEVER_FIRST = _PREPOSITIONS | _CONJUNCTIONS | _US | (_SAYING - _NOUNS)
_FINITE_WORDS = frozenset(
    "is are was were has have had will would can could may might must should do does did".split()
)
_CALLS_ONLY = _LISTS["calls"] - _CLAUSE - _ADDRESSED - _FINDINGS


def _is_long(words: str) -> bool:
    return len(words.split(None, _SHORT - 1)) >= _SHORT


def _cuts(word: str, before: Sequence[tuple[str, int, int]]) -> bool:
    """Whether a conjunction begins another clause; "and" may also join two subjects."""
    if word.lower() not in ("and", "or"):
        return True
    return not before or any(
        one[0] in _FINITE_WORDS or re.fullmatch(r"[a-z]{2,}ed", one[0]) for one in before
    )


def _agrees(form: str, tokens: Sequence[tuple[str, int, int]]) -> bool:
    """Whether a form that may be a noun is a verb behind these words: "critics claim", "Reuters reports"."""
    if not tokens or tokens[0][0].lower() in _PREPOSITIONS:
        return False
    last = tokens[-1][0]
    if last.lower() in _DETERMINERS:
        return False
    if last.lower() in ("he", "she", "it", "they", "who", "which", "people", "police", "some", "many"):
        return True
    if form.endswith("s") and not form.endswith("ss"):
        return last[0].isupper() and len(tokens) < 5
    return last.endswith("s") and last[0].islower()


# Speakers: by name where the article gives one

_TITLE = re.compile(r"(?:Mr|Mrs|Ms|Miss|Dr|Sir|Dame|Lord|Lady)\.?\s+")
_HIS = {"he": "m", "she": "f"}
_COURTESY = {"mr": "m", "sir": "m", "lord": "m", "mrs": "f", "ms": "f", "miss": "f", "dame": "f", "lady": "f"}


class _Speakers:
    """Who speaks in an article: full names by surname, and who spoke last."""

    def __init__(self, named: Sequence[Sequence[Name]]) -> None:
        self._named = named
        self._full: dict[str, list[tuple[int, str]]] = {}
        self._spoke: list[tuple[int, str]] = []
        self._gender: dict[str, str] = {}
        for place, names in enumerate(named):
            for name in names:
                parts = bare_name(name.text).split()
                if (
                    1 < len(parts) < 5
                    and is_personal(name)
                    and all(part[0].isupper() for part in (parts[0], parts[-1]))
                ):
                    self._full.setdefault(fold(parts[-1]), []).append((place, " ".join(parts)))

    def spoke(self, place: int, speaker: str) -> None:
        """Take note that somebody spoke in a sentence."""
        self._spoke.append((place, speaker))

    def last(self, place: int, pronoun: str = "") -> str | None:
        """Who spoke last before a sentence, near it; for "he" and "she" nobody who is known to be the other."""
        gender = _HIS.get(pronoun)
        for when, speaker in self._spoke[-6:][::-1]:
            if place - when > _FAR + (3 if gender else 0):
                break
            if gender is None or (self.is_person(speaker) and self._gender.get(speaker, gender) == gender):
                return speaker
        if gender is None:
            return None
        for names in self._named[max(0, place - _FAR) : place][::-1]:
            for name in names:
                full = self.full(name.text, place)
                if self.is_person(full) and self._gender.get(full, gender) == gender:
                    return full
        return None

    def is_person(self, name: str) -> bool:
        """Whether it is a full name that the article gives, of a person by its form."""
        surname = fold(name.split()[-1])
        return any(full == name for _, full in self._full.get(surname, ()))

    def full(self, name: str, place: int) -> str:
        """The full name of a surname, as it was last given before a sentence, else as it is first given."""
        bare = bare_name(name)
        if " " in bare:
            return bare
        known = self._full.get(fold(bare), ())
        before = [full for when, full in known if when <= place]
        return before[-1] if before else known[0][1] if known else bare

    def of(self, frame: _Frame, span: Span, place: int) -> str | None:
        """The speaker that the words of a subject name: by full name, else by these words."""
        text = frame.text[slice(*span)]
        pronoun = text.casefold()
        if pronoun in ("he", "she", "it", "they"):
            speaker = self.last(place, pronoun)
            if speaker is not None and pronoun in _HIS:
                self._gender.setdefault(speaker, _HIS[pronoun])
            return speaker or (text if pronoun == "they" else None)
        if pronoun in _RELATIVE:
            before = frame._name_ending(len(frame.masked[: span[0]].rstrip(" ,")))
            return self.full(before.text, place) if before else self.last(place + 1)
        head = frame.head(span)
        name = frame._name_ending(head[1])
        if name is None or name.start < head[0]:
            return text
        if frame.text[name.start - 1 : name.start] == "&":
            return frame.text[slice(*head)]
        joined = re.search(r"(\S+)\s+(?:and|&)\s+(?:the\s+)?$", frame.text[head[0] : name.start])
        if joined and joined[1][0].isupper():
            return frame.text[slice(*head)]
        full = self.full(name.text, place)
        if (title := re.search(r"\b([A-Z][a-z]+)\.?\s$", frame.text[head[0] : name.start])) is not None:
            self._gender.setdefault(full, _COURTESY.get(title[1].lower(), self._gender.get(full, "")) or "")
        return full


def bare_name(name: str) -> str:
    """A name without the offices in front of it: "Chief Executive Jane Hart" is "Jane Hart"."""
    words = name.split()
    for place in range(len(words) - 1, 0, -1):
        office = fold(words[place - 1]).rstrip(".")
        if office in _OFFICES or office.removesuffix("s") in _OFFICES:
            return " ".join(words[place:])
    return name


def is_personal(name: Name) -> bool:
    """Whether it may be the name of a person, as far as its kind is known."""
    return (
        name.kind in (NameKind.PERSON, NameKind.OTHER)
        and name.text.replace(" ", "").replace(".", "").isascii()
        or name.kind is NameKind.PERSON
    )


# The quotations of an article

_LABEL = re.compile(
    r"(?:[A-Z][A-Z.’'-]+(?:\s[A-Z][A-Z.’'-]*){0,4}|[A-Z][\w’'-]+\.?(?:\s[A-Z][\w.’'-]+){1,2}|Q|A):\s"
)
_RAREST_LABEL = 8
"""Sentences of a transcript for each that begins with a speaker, at most."""
_STOPS = (",", ".", "!", "?", "…")
_LONGEST_TITLE = 12
_EARLY = 25
"""Characters into a sentence within which its subject is named."""
_QUOTE_WORDS = 4
"""Words that a quotation without attribution has at least; shorter ones are names, titles or scare quotes."""


def quotations(texts: Sequence[str], named: Sequence[Sequence[Name]]) -> list[list[Quotation]]:
    """The quotations of each sentence of an article; one that runs over several is in each of them.

    Quoted words that nobody is said to have said are left out where they are short, and titles always. What
    somebody says within a quotation is a part of it.
    """
    return _Finder(texts, named).found()


class _Finder:
    """One article on its way."""

    def __init__(self, texts: Sequence[str], named: Sequence[Sequence[Name]]) -> None:
        self._texts = texts
        self._named = named
        self._quoted = _quoted(texts)
        self._speakers = _Speakers(named)
        self._owners: dict[_Quoted, tuple[str | None, str | None]] = {}
        self._found: list[list[Quotation]] = [[] for _ in texts]
        self._said: dict[int, list[_Said]] = {}

    def found(self) -> list[list[Quotation]]:
        """The quotations of each sentence, in order of their places."""
        labels = self._labels()
        if labels:
            return self._transcript(labels)
        for place, text in enumerate(self._texts):
            if len(text) < _TOO_LONG and (self._quoted[place] or _may_say(text)):
                self._read(place, text)
        for place, quoted in enumerate(self._quoted):
            for one in quoted:
                self._keep(one, place)
            self._found[place].sort(key=lambda each: (each.start, -each.end))
        return self._found

    def _read(self, place: int, text: str) -> None:
        """Find who says what in one sentence: reported clauses, and the owners of what is quoted in it."""
        parts = [(one, one.part(place, text)) for one in self._quoted[place]]
        frame = _Frame(text, [part for _, part in parts], self._named[place])
        said = frame.said()
        for number, one in enumerate(said):
            earlier = said[number - 1].speaker if number else None
            one.speaker = self._speaker(frame, one, place, earlier)
            if one.speaker:
                self._speakers.spoke(place, one.speaker)
        said = [one for one in said if one.speaker]
        for quote, part in parts:
            owner = _owner(part, said)
            if owner is not None and self._owners.get(quote) is None:
                self._owners[quote] = owner.speaker, text[slice(*owner.verb)]
            elif quote.last == place and quote not in self._owners:
                self._owners[quote] = self._unattributed(quote)
        for one in said:
            if one.clause and one.speaker and not _is_quoted(one.clause, frame.quoted):
                verb = text[slice(*one.verb)]
                self._found[place].append(Quotation(*one.clause, False, one.speaker, verb))
        self._said[place] = said
        self._goes_on_below(place, said)

    def _goes_on_below(self, place: int, said: Sequence[_Said]) -> None:
        """What follows "Young said:" without marks, as a block set apart, is what Young said."""
        following = place + 1
        if not said or not self._texts[place].rstrip().endswith(":") or following == len(self._texts):
            return
        is_last = not _WORD.search(self._texts[place], said[-1].verb[1]) and said[-1].clause is None
        if is_last and not self._quoted[following] and not _may_say(self._texts[following]):
            end = len(self._texts[following])
            self._found[following].append(Quotation(0, end, True, said[-1].speaker))

    def _speaker(self, frame: _Frame, one: _Said, place: int, earlier: str | None) -> str | None:
        if one.subject is not None:
            return self._speakers.of(frame, one.subject, place)
        if earlier is not None:
            return earlier
        acting = next((name for name in frame.named if name.start < one.verb[0]), None)
        if acting is not None and acting.start < _EARLY:
            return self._speakers.full(acting.text, place)
        first = re.match(r"(?:He|She|They|It)\b", frame.text)
        return self._speakers.last(place, first[0].lower() if first else "")

    def _unattributed(self, quote: _Quoted) -> tuple[str | None, str | None]:
        """Who says what has no verb beside it: the name before a colon, or whoever spoke in the sentence before."""
        first, text = quote.first, self._texts[quote.first]
        before = text[: max(0, quote.start - 1)].rstrip()
        if before.endswith(":") and (
            names := [name for name in self._named[first] if name.end <= len(before)]
        ):
            return self._speakers.full(names[0].text, first), None
        is_short = quote.first == quote.last and len(text[quote.start : quote.end].split()) < _QUOTE_WORDS
        if before or first == 0 or (is_short and not self._quoted[first - 1]):
            return None, None
        if said := self._said.get(first - 1):
            return said[-1].speaker, None
        owners = [self._owners[one][0] for one in self._quoted[first - 1] if one in self._owners]
        if owners and owners[-1]:
            return owners[-1], None
        people = [self._speakers.full(name.text, first) for name in self._named[first - 1]]
        return next((name for name in people if self._speakers.is_person(name)), None), None

    def _keep(self, quote: _Quoted, place: int) -> None:
        text = self._texts[place]
        start, end = quote.part(place, text)
        speaker, verb = self._owners.get(quote, (None, None))
        whole = self._texts[quote.first][quote.start : quote.end if quote.first == quote.last else None]
        beside = self._texts[place][: max(0, start - 1)][-2:], self._texts[place][end + 1 : end + 3]
        is_nickname = (
            beside[0][:1].islower()
            and beside[0][1:] == " "
            and beside[1][:1] == " "
            and beside[1][1:].isupper()
        )
        if (
            start >= end
            or is_nickname
            or _is_title(whole, verb)
            or not _WORD.search(whole.lower())
            or (speaker is None and len(whole.split()) < _QUOTE_WORDS)
        ):
            return
        self._found[place].append(Quotation(start, end, True, speaker, verb))

    # Transcripts

    def _labels(self) -> dict[int, re.Match[str]]:
        """The sentences that begin with who speaks ("COOPER: ..."), where the article is a transcript."""
        found = {
            place: label
            for place, text in enumerate(self._texts)
            if ":" in text and (label := _LABEL.match(text))
        }
        counts = Counter(label[0] for label in found.values())
        speak_again = sum(count > 1 for count in counts.values())
        return found if speak_again > 1 and len(found) * _RAREST_LABEL >= len(self._texts) else {}

    def _transcript(self, labels: dict[int, re.Match[str]]) -> list[list[Quotation]]:
        """Each sentence as said by whoever was named last in front of one."""
        speaker = None
        for place, text in enumerate(self._texts):
            start = 0
            if label := labels.get(place):
                name = label[0].rstrip(": \n")
                speaker, start = (
                    self._speakers.full(name.title() if name.isupper() else name, place),
                    label.end(),
                )
            if speaker is not None and text[start:].strip():
                self._found[place].append(Quotation(start, len(text), True, speaker))
        return self._found


def _may_say(text: str) -> bool:
    """Whether a sentence has a form of a verb of saying, or "according"."""
    return not _SAYING.isdisjoint(_WORD.findall(text)) or "ccording" in text


def _owner(part: Span, said: Sequence[_Said]) -> _Said | None:
    """Whose a direct quotation is: that of the narrowest clause around it, else of the nearest verb before it."""
    around = [one for one in said if one.clause and one.clause[0] <= part[0] and part[1] <= one.clause[1] + 2]
    if around:
        return min(around, key=lambda one: one.clause[1] - one.clause[0] if one.clause else 0)
    beside = [one for one in said if 0 <= (one.subject or one.verb)[0] - part[1] < 4]
    before = [one for one in said if one.verb[1] <= part[0]]
    return beside[0] if beside else before[-1] if before else None


def _is_quoted(clause: Span, quoted: Sequence[Span]) -> bool:
    """Whether more than half of a clause stands in quotation marks."""
    inside = sum(max(0, min(end, clause[1]) - max(start, clause[0])) for start, end in quoted)
    return 2 * inside > clause[1] - clause[0]


def _is_title(words: str, verb: str | None) -> bool:
    """Whether quoted words are a title: every longer one has a capital, and no stop ends them.

    Where no verb of saying gives them to anybody, a comma may.
    """
    longer = [word for word in words.split() if len(word) > 3]
    is_stopped = words.endswith(_STOPS if verb else _STOPS[1:])
    is_capital = bool(longer) and all(word[0].isupper() for word in longer)
    return is_capital and not is_stopped and 1 < len(words.split()) < _LONGEST_TITLE


def whole(sentences: Iterable[tuple[int, str, Sequence[Quotation]]]) -> list[Quotation]:
    """The quotations of an article in its own offsets and in order, one that runs over sentences as one.

    `sentences`: where each one starts in the article, its text and its quotations.
    """
    joined: list[Quotation] = []
    running: int | None = None
    for begin, text, found in sentences:
        unclosed = None
        for one in found:
            moved = replace(one, start=begin + one.start, end=begin + one.end)
            goes_on = not text[: one.start].strip("“„‟«»\"‘' ")
            if running is not None and one.is_direct and goes_on and joined[running].speaker == one.speaker:
                joined[running] = replace(joined[running], end=moved.end)
                place = running
            else:
                place = len(joined)
                joined.append(moved)
            if one.is_direct and one.end == len(text):
                unclosed = place
        running = unclosed
    return joined
