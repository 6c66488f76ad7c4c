"""Who says what: direct and reported quotations of a sentence with speaker and verb.

Quotation marks are paired over the whole article. In each sentence the verbs of saying (`saying.txt`) are
looked up, with the subject before or behind them and the clause that they govern. A quotation has the speaker
of the clause that it stands in, of the nearest verb, or of the sentence beside it. F1 is .87 for span and
speaker together on articles that nobody tuned on (`tests/answers/quotations.py`).
"""

import re
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

from corpus.words.lists import read_words
from corpus.words.quotation_marks import Quoted, quoted_in
from index.language.kinds import sex_of
from index.language.names import is_person_like
from index.language.relations import (
    BE,
    BETWEEN,
    CONJUNCTIONS,
    DETERMINERS,
    MODALS,
    PREPOSITIONS,
    PRONOUNS,
    RELATIVE,
    TOO_LONG,
    Phrases,
    Span,
    Token,
    places,
)
from index.language.sentence import Name, NameKind, Quotation
from index.language.words import fold

_LISTS = read_words("index.language", "saying.txt")
_CLAUSE, _ADDRESSED, _FINDINGS = _LISTS["clause"], _LISTS["addressed"], _LISTS["findings"]
_SAYING = _CLAUSE | _ADDRESSED | _FINDINGS | _LISTS["calls"]
_NOUNS, _OFFICES = _LISTS["nouns"], _LISTS["offices"]
_CLAUSAL = _CLAUSE | _ADDRESSED | _FINDINGS
_SAY = frozenset("say says said".split())
_TOKEN = re.compile(r"[^\s,;:()\[\]\0]+")
_WRITTEN = {form + stop: form for form in _SAYING for stop in ("", ",", ".", ":", "?", ";")}
"""The form for each with the stops that may be written at it."""

_FAR = 3
"""Sentences back to which a pronoun or a quotation without attribution looks for its speaker."""
_HIDDEN = "\0"
"""Stands for each character of a direct quotation where verbs and names are looked for."""


# Verbs of saying in one sentence: who stands before or behind them, and the clause that they govern

_FINITE = re.compile(
    r"\b(?:is|are|was|were|has|have|had|will|would|can|could|may|might|must|should|do|does|did|says?|said)\b"
    r"|n[’']t\b|[’'](?:re|ve|ll|d)\b|\b(?:he|it|that|there|she)[’']s\b"
)
_ACCORDING = re.compile(
    r"[Aa]ccording\s+to\b|(?<=\bas\s)(?:first\s)?(?:reported|stated|noted|announced|told)\s+by\b"
)
_TIME = (
    r"(?:(?:on\s+)?[A-Z][a-z]{2,8}\.?\s\d{1,2}"
    r"|(?:on\s+|late\s+|early\s+)?[A-Z][a-z]{2,5}day(?:\s+(?:morning|afternoon|evening|night))?|yesterday|today"
    r"|(?:earlier\s+)?(?:last|this)\s+(?:week|month|year|spring|summer|autumn|fall|winter)|in\s+\d{4})\b"
)
_WHEN = re.compile(rf"\s+{_TIME}(?=\s+\w)")
# What may stand between a verb and its clause: "in a statement on Tuesday" before "that", a comma or a mark.
_ASIDE = re.compile(
    rf"\s+(?:(?:in|on|at|during|to|via|by|through|after|before|from|of|about|with)\b|{_TIME}"
    r"|[^,;:\0]{1,50}?\bago\b)[^,;:\0]{0,80}?(?=\s+that\b|\s*[,:\0]|\.?$)"
)
_THAT = re.compile(r"\s+that\b,?\s*")
_MARKED = re.compile(r"\s*[:,]?\s*(?=\0)|\s*:\s+")
_NO_CLAUSE = re.compile(r"(?:so|yes|no|goodbye|hello|sorry|thanks?|nothing|it\s+all|not)\b[.,]?")
# Whom something is told: a pronoun, or up to five words before "that", a pronoun or a quotation.
_ADDRESSEE = re.compile(
    r"\s+(?:(?:him|her|them|me|us|reporters|journalists|lawmakers|people|parliament)\b|(?:[\w.&’'-]+\s+){0,4}?"
    r"[\w.&’'-]+(?=\s+(?:that|he|she|it|they|there)\b|,?\s*\0))"
)
# In front of a verb, these begin another clause than the one that is looked at.
_OTHER_CLAUSE = re.compile(r"\b(?:who|which|that|when|where|to|but|and|as|because|while)\b")
# Behind "X said", what goes on with the clause before it ("Rain, he said, is due"): no participle.
_GOES_ON = re.compile(r"(?:\s[^,;:\0]{1,60})?,\s(?!\w+ing\b|who\b|which\b|an?\b|but\b|while\b)")
_OPENING_WORD = re.compile(r"(?:But|And|However|Meanwhile|Still),?\s")
_NEVER_SUBJECTS = _SAYING - _NOUNS - _LISTS["calls"]
_CALLS_ONLY = _LISTS["calls"] - _CLAUSE - _ADDRESSED - _FINDINGS
_SHORT = 3
"""Words that a clause has at least."""
_BESIDE = 30
"""Characters within which a comma in front of a subject parts it from the clause before."""


@dataclass(slots=True)
class _Said:
    """A verb of saying, or "according to", with spans of who says it and of what is said.

    `is_elided`: its subject is that of the verb before ("and added ...", "..., saying that").
    """

    verb: Span
    form: str
    is_source: bool = False
    subject: Span | None = None
    clause: Span | None = None
    is_elided: bool = False
    is_behind: bool = False
    speaker: str | None = None


class _Frame(Phrases):
    """One sentence with its direct quotations hidden, and the verbs of saying in it."""

    def __init__(self, text: str, quoted: Sequence[Span], named: Sequence[Name]) -> None:
        masked, at = "", 0
        for start, end in quoted:
            masked += text[at : max(start - 1, at)]
            masked += _HIDDEN * (min(end + 1, len(text)) - len(masked))
            at = len(masked)
        super().__init__(masked + text[at:], named, _NEVER_SUBJECTS)
        self.text, self.quoted = text, quoted

    def said(self, forms: frozenset[str]) -> list[_Said]:
        """Its verbs of saying in these forms that have a subject, with their clauses, in order."""
        kept: list[_Said] = []
        for one in self._verbs_of_saying(forms):
            if kept and one.verb[0] < kept[-1].verb[1]:
                continue
            if self._find_subject(one, bool(kept)):
                kept.append(one)
        for place, one in enumerate(kept):
            self._find_clause(one, kept[place + 1] if place + 1 < len(kept) else None)
        return kept

    def _verbs_of_saying(self, forms: frozenset[str]) -> list[_Said]:
        """Every form as a whole word, and "according to", in order."""
        found: list[_Said] = []
        if "ccording" in self.masked or " by " in self.masked:
            found += [_Said(match.span(), match[0], True) for match in _ACCORDING.finditer(self.masked)]
        found += [_Said((start, end), form) for start, end, form in places(forms, self.masked)]
        return sorted(found, key=lambda one: one.verb)

    # Subjects

    def _find_subject(self, one: _Said, has_earlier: bool) -> bool:
        """Set who says it; whether anybody does."""
        start, end = one.verb
        head = self.masked[:start].rstrip(" ,")
        is_participle = one.form.endswith("ing") and not one.is_source
        if one.is_source or (head.endswith(_HIDDEN) and not is_participle):
            one.subject = self.behind(end)
            one.is_behind = one.subject is not None
            if one.is_source or one.is_behind:
                return one.is_behind
        if is_participle:
            is_noun = one.form in _NOUNS and self.masked[start - 2 : start] != ", "
            return not is_noun and self._of_participle(one)
        tokens, aux = self.before(start)
        says_nothing = any(word in BE or word in MODALS or word.endswith(("n’t", "n't")) for word in aux)
        if says_nothing or (one.form in _NOUNS and not _agrees(one.form, tokens)):
            return False
        if tokens:
            one.subject = (tokens[0][1], tokens[-1][2])
            return self.can_act(one.subject)
        one.subject = self.across(start)
        if one.subject is None and head and self.masked[start - 2 : start] == ", ":
            one.subject = self.behind(end)
            one.is_behind = one.subject is not None
        is_second = head.endswith((" and", " but", " then"))
        one.is_elided = one.subject is None and (has_earlier or is_second or start < _EARLIEST)
        return one.subject is not None or one.is_elided

    def _of_participle(self, one: _Said) -> bool:
        """Set who says what "saying" tells: the noun before it, else whoever spoke or acts there."""
        place = self.break_before(one.verb[0])
        tokens = self.tokens(self.breaks[place][1] if place >= 0 else 0, one.verb[0])[-16:]
        last = tokens[-1][0] if tokens else ""
        is_light = last in BETWEEN or last in CONJUNCTIONS or last in PREPOSITIONS or last in BE
        phrase = self.last_phrase(tokens) if last and not is_light else []
        if phrase:
            one.subject = (phrase[0][1], phrase[-1][2])
            return self.can_act(one.subject)
        one.is_elided = True
        return last in ("", "in", "by", "and", "as", "while", "also", "before", "after")

    # Clauses

    def _find_clause(self, one: _Said, following: _Said | None) -> None:
        """Set what is said: the clause behind the verb, else the one before its subject."""
        if one.is_source:
            one.clause = self._clause_of_source(one)
            return
        if one.form in _CALLS_ONLY:
            return
        start = None if one.is_behind else self._clause_start(one)
        if start is not None:
            end = self._clause_end(start, following)
            if self._is_clause(start, end):
                one.clause = (start, end)
                return
        if one.form not in _FINDINGS or one.is_behind or one.form == "found":
            one.clause = self._clause_before(one)

    def _is_clause(self, start: int, end: int) -> bool:
        """Whether there are words enough, or a quotation."""
        words = self.masked[start:end]
        return len(words.split(None, _SHORT - 1)) >= _SHORT or _HIDDEN in words

    def _clause_start(self, one: _Said) -> int | None:
        """Where the clause behind the verb begins; None if none follows."""
        at = one.verb[1]
        if one.form in _ADDRESSED:
            told = _ADDRESSEE.match(self.masked, at)
            names = [name for name in self.named if 0 < name.start - at <= 5]
            at = told.end() if told else names[0].end if names else at
        aside = _ASIDE.match(self.masked, at)
        for after in (at, aside.end() if aside else at):
            if found := _THAT.match(self.masked, after) or _MARKED.match(self.masked, after):
                return found.end()
        if one.subject is not None and self.masked[: one.subject[0]].endswith(("as ", "As ")):
            comma = self.masked.find(", ", at, at + 60)  # "as Reuters reported, prices rose"
            return comma + 2 if comma >= 0 else None
        when = _WHEN.match(self.masked, at)
        at = when.end() if when else at
        first = _TOKEN.match(self.masked, at + 1) if self.masked[at : at + 1] == " " else None
        if first is None or _NO_CLAUSE.match(self.masked, at + 1):
            return None
        return at + 1 if self._opens_clause(one.form, first[0].lower(), at + 1) else None

    def _opens_clause(self, form: str, word: str, at: int) -> bool:
        """Whether a clause begins there without "that", with this word."""
        if word in PRONOUNS:
            return True
        if word in PREPOSITIONS or word in CONJUNCTIONS or form in _FINDINGS or _FINITE.fullmatch(word):
            return False
        if form in _SAY:
            return True
        stop = next((start for start, _ in self.breaks if start >= at), self.end)
        verb = _FINITE.search(self.masked, at, min(stop, at + 120))
        return verb is not None and not _OTHER_CLAUSE.search(self.masked, at, verb.start())

    def _clause_end(self, start: int, following: _Said | None) -> int:
        """Where a clause ends: before a comma behind which somebody says more."""
        if following is None:
            return self.end
        subject = None if following.is_behind else following.subject
        until = subject[0] if subject else following.verb[0]
        for begin, end in self.breaks:
            if start < begin and end <= until <= end + 2 and self.masked[begin] == _HIDDEN:
                return end
        commas = [begin for begin, _ in self.breaks if start < begin < until and self.masked[begin] in ",;"]
        if commas and until - commas[-1] < _BESIDE and self._is_clause(start, commas[-1]):
            return commas[-1]
        return self.end

    def _clause_before(self, one: _Said) -> Span | None:
        """The clause before a subject or an inverted verb, with what goes on: "Rain, he said, is due"."""
        if one.subject is None or not (one.is_behind or self._ends_there(one)):
            return None
        before = self.masked[: one.verb[0] if one.is_behind else one.subject[0]].rstrip(" ")
        if not before.endswith((",", _HIDDEN, "—", "–")):
            return None
        end = len(before.rstrip(" ,—–"))
        start = self._clause_head(end)
        is_phrase = self.masked[start:end].split(" ", 1)[0].lower() in PREPOSITIONS
        if is_phrase and not _FINITE.search(self.masked, start, end) and _HIDDEN not in before[start:]:
            return None
        if not self._is_clause(start, end):
            return None
        goes_on = _GOES_ON.match(self.masked, max(one.verb[1], one.subject[1]))
        return (start, self.end) if goes_on and not before.endswith(_HIDDEN) else (start, end)

    def _ends_there(self, one: _Said) -> bool:
        """Whether no object follows the verb: it ends the sentence, or a stop, a place or a time follows."""
        end = one.verb[1]
        if one.form in _ADDRESSED or end >= self.end or self.masked[end] != " ":
            return True
        following = _TOKEN.match(self.masked, end + 1)
        if following is None or _WHEN.match(self.masked, end) or _ASIDE.match(self.masked, end):
            return True
        word = following[0].rstrip(".")
        is_light = word in PREPOSITIONS or word in CONJUNCTIONS or word in BETWEEN
        return is_light or word.endswith(("ly", "ing", "day"))

    def _clause_of_source(self, one: _Said) -> Span | None:
        """The clause that "according to" belongs to: what stands behind its comma, or before it, or both."""
        assert one.subject is not None
        before = self.masked[: one.verb[0]].rstrip(" ,")
        start = self._clause_head(len(before))
        comma = next((begin for begin, _ in self.breaks if begin >= one.subject[1]), None)
        if not self._is_clause(start, len(before)):
            if comma is None or self.masked[comma] not in ",:":
                return None
            return comma + 2, self.end
        has_verb = _FINITE.search(before, start) is not None
        goes_on = comma is not None and _FINITE.search(self.masked, comma, self.end) is not None
        return (start, self.end) if goes_on and not has_verb else (start, len(before))

    def _clause_head(self, end: int) -> int:
        """Where a clause begins that ends there: behind a colon or semicolon, or an opening "But"."""
        stops = (after for begin, after in self.breaks if after < end and self.masked[begin] in ";:(")
        start = max(stops, default=0)
        start += len(self.masked[start:end]) - len(self.masked[start:end].lstrip())
        opening = _OPENING_WORD.match(self.masked, start)
        return opening.end() if opening else start


_EARLIEST = 12
"""Characters into a sentence within which a verb without a subject goes on from the sentence before."""


def _agrees(form: str, tokens: Sequence[Token]) -> bool:
    """Whether a form that may be a noun is a verb behind these words: "critics claim", "Reuters reports"."""
    if not tokens or tokens[0][0].lower() in PREPOSITIONS:
        return False
    last = tokens[-1][0]
    if last.lower() in DETERMINERS:
        return False
    if last.lower() in _PLURAL:
        return True
    if form.endswith("s") and not form.endswith("ss"):
        return last[0].isupper() and len(tokens) < 5
    return last.endswith("s") and last[0].islower()


_PLURAL = frozenset("he she it they who which people police some many".split())


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
        people = (name for names in named for name in names if name.kind is NameKind.PERSON)
        self._people = {bare_name(name.text) for name in people}
        for place, names in enumerate(named):
            for name in filter(_is_full, names):
                parts = bare_name(name.text).split()
                if 1 < len(parts) < 5 and all(part[0].isupper() for part in (parts[0], parts[-1])):
                    self._full.setdefault(fold(parts[-1]), []).append((place, " ".join(parts)))

    def spoke(self, place: int, speaker: str) -> None:
        """Take note that somebody spoke in a sentence."""
        self._spoke.append((place, speaker))

    def last(self, place: int, pronoun: str = "") -> str | None:
        """Who spoke last before a sentence, near it; for "he" first whom the sentence before begins with.

        Not a man for "she", as far as titles and given names tell.
        """
        gender = _HIS.get(pronoun)
        if gender and place and (before := self._named[place - 1]) and before[0].start < _EARLY:
            full = self.full(before[0].text, place)
            if self.is_person(full) and self._may_be(full, gender):
                return full
        for when, speaker in self._spoke[-6:][::-1]:
            if place - when > _FAR + (3 if gender else 0):
                break
            if gender is None or (self.is_person(speaker) and self._may_be(speaker, gender)):
                return speaker
        if gender is None:
            return None
        for names in self._named[max(0, place - _FAR) : place][::-1]:
            for name in names:
                full = self.full(name.text, place)
                if self.is_person(full) and self._may_be(full, gender):
                    return full
        return None

    def _may_be(self, full: str, gender: str) -> bool:
        """Whether nothing tells that somebody is of the other gender: a title, a pronoun, a given name."""
        told = self._gender.get(full) or (sex_of(full) if " " in full else "")
        return told in ("", gender)

    def is_person(self, name: str) -> bool:
        """Whether it names a person: by its kind, or as a full name that the article gives."""
        surname = fold(name.split()[-1])
        return name in self._people or any(full == name for _, full in self._full.get(surname, ()))

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
        if pronoun in RELATIVE:
            before = frame.name_ending(len(frame.masked[: span[0]].rstrip(" ,")))
            return self.full(before.text, place) if before else self.last(place + 1)
        head = frame.head(span)
        name = frame.name_ending(head[1])
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


def _is_full(name: Name) -> bool:
    """Whether it may be the full name of a person, as far as its kind is known: not "US Is Leaving Syria"."""
    if " " not in name.text or name.kind not in (NameKind.PERSON, NameKind.OTHER):
        return False
    return name.kind is NameKind.PERSON or is_person_like(name)


# The quotations of an article

_BLANKS = str.maketrans({"\u00a0": " ", "\u202f": " "})
"""Blanks that do not break a line are blanks to a reader."""

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
        texts = [text.translate(_BLANKS) for text in texts]
        self._texts = texts
        self._named = named
        self._quoted = quoted_in(texts)
        self._speakers = _Speakers(named)
        self._owners: dict[Quoted, tuple[str | None, str | None]] = {}
        self._found: list[list[Quotation]] = [[] for _ in texts]
        self._said: dict[int, list[_Said]] = {}

    def found(self) -> list[list[Quotation]]:
        """The quotations of each sentence, in order of their places."""
        labels = self._labels()
        if labels:
            return self._transcript(labels)
        for place, text in enumerate(self._texts):
            if len(text) > TOO_LONG:
                continue
            forms = _forms_in(text)
            if self._quoted[place] or not forms.isdisjoint(_CLAUSAL) or "ccording" in text:
                self._read(place, text, forms)
        for place, quoted in enumerate(self._quoted):
            for one in quoted:
                self._keep(one, place)
            self._found[place].sort(key=lambda each: (each.start, -each.end))
        return self._found

    def _read(self, place: int, text: str, forms: frozenset[str]) -> None:
        """Find who says what in one sentence: reported clauses, and the owners of what is quoted in it."""
        parts = [(one, one.part(place, text)) for one in self._quoted[place]]
        frame = _Frame(text, [part for _, part in parts], self._named[place])
        said = frame.said(forms)
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
        is_last = not self._texts[place][said[-1].verb[1] :].strip(" :") and said[-1].clause is None
        if is_last and not self._quoted[following] and not _forms_in(self._texts[following]):
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

    def _unattributed(self, quote: Quoted) -> tuple[str | None, str | None]:
        """Who says what has no verb beside it: the name before a colon, or whoever spoke just before."""
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

    def _keep(self, quote: Quoted, place: int) -> None:
        text = self._texts[place]
        start, end = quote.part(place, text)
        speaker, verb = self._owners.get(quote, (None, None))
        whole = self._texts[quote.first][quote.start : quote.end if quote.first == quote.last else None]
        is_loose = speaker is None and len(whole.split()) < _QUOTE_WORDS
        is_words = start < end and any(map(str.isalpha, whole))
        if is_words and not (is_loose or _is_title(whole, verb) or _is_nickname(text, start, end)):
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


def _forms_in(text: str) -> frozenset[str]:
    """The forms of verbs of saying in a sentence."""
    return frozenset([_WRITTEN[word] for word in text.split() if word in _WRITTEN])


def _owner(part: Span, said: Sequence[_Said]) -> _Said | None:
    """Whose a direct quotation is: that of the narrowest clause around it, else of the nearest verb."""
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


def _is_nickname(text: str, start: int, end: int) -> bool:
    """Whether one quoted word stands between the names of a person: Rosa “Red” Hart."""
    before, after = text[max(0, start - 30) : max(0, start - 1)], text[end + 1 : end + 3]
    is_between = re.search(r"\b[A-Z][\w’'.-]*\s$", before) and re.match(r"\s[A-Z]", after)
    return bool(is_between) and " " not in text[start:end]


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
