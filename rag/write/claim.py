"""The exact parts of a claim, which its source must hold: quoted words, numbers, names, negations."""

import re
from collections import Counter
from collections.abc import Iterator

from corpus.words.lists import read_lists
from index.language.names import Mentions, is_person_like, names
from index.language.patterns import BARE_MONTH, one_of
from index.language.quantities import NUMBER_WORDS, quantities
from index.language.sentence import Name
from index.language.words import fold, is_stopword, stem, stems, words

_QUOTED = re.compile(
    r"“([^“”]+)”|\"([^\"]+)\"|„([^“”„]+)[“”]|«([^«»]+)»|(?<!\w)[‘']([^‘’'\n]{2,}(?:['’]\w[^‘’'\n]*)*)[’'](?!\w)"
)
_QUOTE_MARKS = re.compile(r"[“”\"„«»‘]|(?<!\w)['’]|['’](?!\w)")
_PRONOUN = re.compile(r"\b(?:he|she|him|his|her)\b", re.I)
_CONTRACTED = re.compile(r"(?:I|We|You|They|He|She|It|That|There|What|Who)['’](?:re|ve|ll|d|m|s)", re.I)
_LINK = re.compile(r"\s+(?:of|for|at|in|and)\s+(?:the\s+)?")
_WEEKDAY = re.compile(r"\b(?:Mon|Tues|Wednes|Thurs|Fri|Satur|Sun)day\b")
_A_MONTH = re.compile(
    r"(?:\d|\b(?:in|of|since|by|until|last|next|early|late|mid|during|and|to|from))[\s-]*$", re.I
)

_NEGATION = re.compile(
    r"\b(?:not|never|nobody|nothing|none|neither|nor|without|cannot"
    r"|no(?!\.\s?\d)(?!\s+(?:less|fewer|more) than)|\w+n['’]t)\b(?!\s+only\b)",
    re.I,
)
_REVERSAL = re.compile(
    r"\b"
    + one_of(
        """den(?:y|ies|ied|ying) refus(?:e|es|ed|ing) declin(?:e|es|ed|ing)\\sto fail(?:s|ed|ing)?\\sto
        reject(?:s|ed|ing)? rul(?:e|es|ed|ing)\\sout dismiss(?:es|ed|ing)? stop(?:s|ped)?\\sshort
        prevent(?:s|ed)? false(?:ly)? untrue unless if whether alleged(?:ly)? rumou?rs? unconfirmed
        far\\sfrom instead\\sof rather\\sthan yet\\sto"""
    )
    + r"\b",
    re.I,
)
_DOUBT = re.compile(
    r"\b(?:accus\w+|alleg\w+|claim(?:s|ed|ing)?|suspect(?:s|ed)?|threaten(?:s|ed|ing)? to|want(?:s|ed)? to"
    r"|(?:plan|intend|hope|aim|propose|offer|try|tries|seek|refuse)(?:n?ed|e?s|d)? to|tried to|sought to"
    r"|might|could|(?-i:may)|would|should|possibl[ey]|perhaps|likely|expected to|supposed to)\b",
    re.I,
)
_CLAUSE_END = re.compile(
    r"[.;:!?—–]\s|,\s|\b(?:but|although|though|while|because|however|and\s+\w+ed)\b", re.I
)
_LISTS = read_lists("rag.write", "claim.txt")
_SWEEPING = re.compile(rf"\b{one_of(' '.join(_LISTS['sweeping']))}\b", re.I)
_LIGHT = frozenset(" ".join(_LISTS["light"]).split())
_OPPOSITES = [
    (stem(one), stem(other))
    for sides in (line.split(" / ") for line in _LISTS["opposites"])
    for one in sides[0].split()
    for other in sides[1].split()
]
_REACH = 4
"""Content words behind a negation that it is taken to negate."""

# Common nouns that open sentences in news; capitalised there, they are no names.
_COMMON = frozenset(
    """officials police protesters demonstrators residents authorities researchers scientists
    investigators prosecutors voters lawmakers critics supporters experts workers students people
    women men children families thousands hundreds dozens millions prices shares stocks troops
    soldiers forces fighters rebels militants doctors nurses teachers engineers firefighters
    rescuers passengers crew crews witnesses survivors victims analysts economists investors
    customers companies councillors members ministers leaders diplomats refugees civilians
    journalists reporters schools hospitals trains ships shipping traffic tickets repairs work talks
    negotiations negotiators fighting shelling attackers gunmen aid turnout unemployment inflation
    exports imports construction government parliament council ministry court judges lawyers staff
    employees owners drivers pilots astronauts managers fans players visitors volunteers donors
    neighbours neighbors locals plans rules results damage rain snow wind floods flooding storms
    fire smoke water electricity power food opponents opposition campaigners activists organisers
    organizers spokesman spokeswoman president minister mayor chancellor secretary general chairman
    director everyone nobody someone none both half most evacuation evacuations rescue launch
    hydrogen fuel tugs tugboats salvage salvors dredgers cargo containers vessels delays losses
    costs revenue profits sales demand supply production""".split()
)


class Claim:
    """The exact parts of one sentence, to be looked up in its source."""

    def __init__(self, text: str) -> None:
        self.text = text
        self._quoted = [next(filter(None, match.groups())) for match in _QUOTED.finditer(text)]
        self._quantities = quantities(text)
        self._calendar = [match[0] for match in _calendar(text)]
        self._names = [name for found in names(text) if (name := _without_common(found))]
        self._negated, self._negations = _reached(text, _NEGATION, _REVERSAL)
        self._doubted, _ = _reached(text, _NEGATION, _REVERSAL, _DOUBT)

    @property
    def content(self) -> list[str]:
        """The stems of its content words, names and numbers aside, each once: they may be paraphrased."""
        named = [(name.start, name.end) for name in self._names]
        free = [
            word
            for word, start, _ in words(self.text)
            if not (is_stopword(word) or word[0].isdigit() or any(a <= start < b for a, b in named))
            and fold(word) not in _LIGHT | NUMBER_WORDS
            and not _CONTRACTED.fullmatch(word)
        ]
        return list(dict.fromkeys(stem(word) for word in free))

    @property
    def is_bare(self) -> bool:
        """Whether it says so little that another sentence could hold it by chance."""
        return len(self.content) + len(self._names) + len(self._quantities) < 2 or not self.content

    def missing_from(
        self, sentence: str, before: str, passage: str, antecedent: str | None = None
    ) -> str | None:
        """What does not stand in the sentence of the source, in one sentence; None when everything does.

        `before` are sentences in front of it, which may give a name that it only points back to; `passage` is
        all that surrounds it, which may give a person's first name. `antecedent` is whom "he" goes back to.
        """
        return (
            self._missing_words(sentence)
            or self._missing_number(sentence)
            or self._missing_name(f"{before} {sentence}" if before else sentence, passage)
            or self._overstated(sentence)
            or self._wrong_person(passage, antecedent)
            or self._turned(sentence)
        )

    def _missing_words(self, span: str) -> str | None:
        bare = _unquoted(span)
        for quoted in self._quoted:
            sought = _unquoted(quoted).strip(" .,;:!?…")
            if sought and not _stands(sought, bare):
                return f"The quoted words “{quoted.strip()}” do not stand in the cited passage."
        return None

    def _missing_number(self, span: str) -> str | None:
        held = quantities(span)
        for quantity in self._quantities:
            one_of_it = quantity.low == quantity.high == 1 and quantity.unit is None
            if not quantity.is_in(held) and not (one_of_it and re.search(r"\ban?\b", span, re.I)):
                return f"“{quantity.text}” does not stand in the cited passage."
        told = _counted(span)
        for number, noun in _counted(self.text, reach=1):
            if (number, noun) not in told and any(n == noun for _, n in _counted(span, reach=1)):
                return f"“{number}” counts something else in the cited passage."
        days = {fold(match[0])[:3] for match in _calendar(span)}
        for day in self._calendar:
            if fold(day)[:3] not in days:
                return f"“{day}” does not stand in the cited passage."
        return None

    def _missing_name(self, span: str, passage: str) -> str | None:
        near, anywhere = Mentions(span), Mentions(passage)
        held = set(stems(span))
        for name in self._names:
            if name.start == 0 and " " not in name.text and stem(name.text) in held:
                continue
            parts = [Name(word, 0, 0) for word, _, _ in words(name.text) if not is_stopword(word)]
            is_told = near.has(name) and all(anywhere.has(part) for part in parts)
            if not is_told or _misnamed(name, passage):
                return f"“{name.text}” does not stand in the cited passage."
        return None

    def _overstated(self, span: str) -> str | None:
        held = {match[0].lower() for match in _SWEEPING.finditer(span)}
        for match in _SWEEPING.finditer(self.text):
            if match[0].lower() not in held:
                return f"“{match[0]}” does not stand in the cited passage."
        return None

    def _wrong_person(self, passage: str, antecedent: str | None) -> str | None:
        if antecedent is None or not _PRONOUN.search(self.text):
            return None
        opens = _PRONOUN.match(self.text.lstrip("“\"‘' "))
        if not opens and any(is_person_like(name) for name in self._names):
            return None
        if Mentions(passage).has(Name(antecedent, 0, len(antecedent))):
            return None
        return f"“{antecedent}”, whom it goes on about, does not stand in the cited passage."

    def _turned(self, span: str) -> str | None:
        """Whether a negation, a denial or a condition was added to what the span says, or left out of it."""
        negated, negations = _reached(span, _NEGATION, _REVERSAL)
        doubted, _ = _reached(span, _NEGATION, _REVERSAL, _DOUBT)
        if _opposed(self.text, span):
            return "It says the opposite of what the cited passage says."
        held, said = _all_stems(span), _all_stems(self.text)
        is_new = self._negated & held and not self._negated & negated
        if is_new or (self._negations and not negations):
            return "It denies what the cited passage does not deny."
        dropped = (negated & said) - self._negated
        overstated = (doubted - negated) & said - self._doubted
        if (dropped | overstated) - _open(span, doubted):
            return "It leaves out that the cited passage denies or doubts this."
        return None


def _counted(text: str, *, reach: int = 4) -> set[tuple[str, str]]:
    """Which words follow each number, up to `reach` words behind it: what it may count."""
    found = words(text)
    pairs: set[tuple[str, str]] = set()
    for place, (word, _, end) in enumerate(found):
        if not word[0].isdigit():
            continue
        for other, start, _ in found[place + 1 : place + 1 + reach]:
            if re.search(r"[.;!?]\s", text[end:start]):
                break
            if not is_stopword(other) and not other[0].isdigit():
                pairs.add((word, stem(other)))
    return pairs


def _opposed(claim: str, source: str) -> bool:
    """Whether the claim has a word whose opposite is in the source, and not the word itself."""
    said, told = _all_stems(claim), _all_stems(source)
    only_said, only_told = said - told, told - said
    return any(
        (one in only_said and other in only_told) or (other in only_said and one in only_told)
        for one, other in _OPPOSITES
    )


def _all_stems(text: str) -> set[str]:
    """The stems of all its words, function words too."""
    return {stem(word) for word, _, _ in words(text)}


def _misnamed(name: Name, passage: str) -> bool:
    """Whether a person's other names never stand before the surname: "Petra Rieck" of a Voss and a Rieck."""
    told = [fold(word) for word, _, _ in words(passage)]
    for person in _LINK.split(name.text):
        parts = [fold(word) for word, _, _ in words(person) if not is_stopword(word)]
        if len(parts) < 2 or not is_person_like(Name(person, 0, 0)) or parts[-1] not in told:
            continue
        places = [place for place, word in enumerate(told) if word == parts[-1]]
        before = {word for place in places for word in told[max(0, place - 4) : place]}
        if any(part in told and part not in before for part in parts[:-1]):
            return True
    return False


def without_outlet(text: str, source: str | None) -> str:
    """The sentence without the name of the passage's outlet, which need not stand in its own words."""
    if not source:
        return text
    bare = re.sub(r"^the\s+", "", source, flags=re.I)
    # The first letter keeps its case: in a passage of The Sun, "the sun" is no outlet.
    named = (
        r"(?<!\w)(?:(?:according to|as reported by|reported by|in)\s+)?(?:the\s+)?"
        rf"(?-i:{re.escape(bare[:1])}){re.escape(bare[1:])}(?!\w)"
    )
    saying = r"(?:['’]s\b)?\s*(?:,|:|\b(?:reported|reports|wrote|writes|says|said)(?:\s+that)?\b)?"
    return " ".join(re.sub(named + saying, " ", text, flags=re.I).split()) or text


def _calendar(text: str) -> Iterator[re.Match[str]]:
    """Months and weekdays; "May" only where a date is meant."""
    for match in BARE_MONTH.finditer(text):
        beside = re.match(r"\s*\d", text[match.end() :]) or _A_MONTH.search(text, 0, match.start())
        if match[0] not in ("May", "March", "Mar") or beside:
            yield match
    yield from _WEEKDAY.finditer(text)


def _without_common(name: Name) -> Name | None:
    """The name without a common noun that opens its sentence ("Shares of Varda"); None when that is all."""
    if _CONTRACTED.fullmatch(name.text):
        return None
    first = re.match(r"(\S+)\s*(?:of\s+)?", name.text)
    if name.start > 0 or first is None or fold(first[1]) not in _COMMON:
        return name
    rest = name.text[first.end() :]
    return Name(rest, first.end(), name.end) if rest else None


def _unquoted(text: str) -> str:
    """Text on one line without quotation marks, its apostrophes and dashes of one kind."""
    bare = _QUOTE_MARKS.sub("", text).replace("’", "'")
    return " ".join(re.sub(r"[‐‑–—]", "-", bare).split())


def _stands(sought: str, text: str) -> bool:
    """Whether the words stand in the text from border to border; the first letter's case is put aside."""
    first = re.escape(sought[0])
    if sought[0].isalpha():
        first = f"[{sought[0].lower()}{sought[0].upper()}]"
    return re.search(rf"(?<!\w){first}{re.escape(sought[1:])}(?!\w)", text) is not None


def _reached(text: str, *patterns: re.Pattern[str]) -> tuple[set[str], int]:
    """The stems that a negation, a denial or a doubt reaches, and how many of these there are."""
    reached: set[str] = set()
    matches = [match for pattern in patterns for match in pattern.finditer(text)]
    for match in matches:
        ends = _CLAUSE_END.search(text, match.end())
        rest = text[match.end() : ends.start() if ends else len(text)]
        content = [stem(word) for word, _, _ in words(rest) if not is_stopword(word)]
        reached.update(content[:_REACH])
    return reached, len(matches)


def _open(text: str, negated: set[str]) -> set[str]:
    """Those of the negated stems that the text also says without a negation."""
    counts = Counter(stem(word) for word, _, _ in words(text))
    return {one for one in negated if counts[one] > 1}
