"""The exact parts of a claim, which its source must hold: quoted words, numbers, names, negations."""

import re
from collections import Counter
from collections.abc import Sequence
from functools import cached_property

from corpus.words.lists import one_of, read_lists
from index.language.names import Mentions, is_person_like
from index.language.quantities import NUMBER_WORDS
from index.language.relations import reversed_roles
from index.language.sentence import Name, Sentence
from index.language.words import MONTHS_AND_DAYS, fold, is_stopword, stem, words

_QUOTED = re.compile(
    r"“([^“”]+)”|\"([^\"]+)\"|„([^“”„]+)[“”]|«([^«»]+)»|(?<!\w)[‘']([^‘’'\n]{2,}(?:['’]\w[^‘’'\n]*)*)[’'](?!\w)"
)
_QUOTE_MARKS = re.compile(r"[“”\"„«»‘]|(?<!\w)['’]|['’](?!\w)")
_PRONOUN = re.compile(r"\b(?:he|she|him|his|her)\b", re.I)
_CONTRACTED = re.compile(r"(?:I|We|You|They|He|She|It|That|There|What|Who)['’](?:re|ve|ll|d|m|s)", re.I)
_LINK = re.compile(r"\s+(?:of|for|at|in|and)\s+(?:the\s+)?")

_CALENDAR = MONTHS_AND_DAYS | {"may"}
_AN = re.compile(r"\ban?\b", re.I)

_LISTS = read_lists("rag.check", "claim.txt")
_SWEEPING = re.compile(rf"\b{one_of(' '.join(_LISTS['sweeping']))}\b", re.I)
_LIGHT = frozenset(" ".join(_LISTS["light"]).split())
_OPPOSITES = [
    (stem(one), stem(other))
    for sides in (line.split(" / ") for line in _LISTS["opposites"])
    for one in sides[0].split()
    for other in sides[1].split()
]


class Source:
    """The sentences that surround what a claim rests on: who is named there, and in which words."""

    def __init__(self, sentences: Sequence[Sentence]) -> None:
        self._sentences = sentences
        self._near: dict[tuple[str, ...], Mentions] = {}

    @cached_property
    def mentions(self) -> Mentions:
        """The names that all of them mention."""
        return Mentions.of(self._sentences)

    @cached_property
    def folded(self) -> list[str]:
        """All their words, folded, in order."""
        return [fold(word) for one in self._sentences for word, _, _ in one.words]

    def near(self, sentences: Sequence[Sentence]) -> Mentions:
        """The names that some of them mention, looked for once."""
        key = tuple(one.text for one in sentences)
        if key not in self._near:
            self._near[key] = Mentions.of(sentences)
        return self._near[key]


class Claim:
    """The exact parts of one analysed sentence, to be looked up in its source."""

    def __init__(self, said: Sentence) -> None:
        self.said = said
        self._quoted = [next(filter(None, match.groups())) for match in _QUOTED.finditer(said.text)]
        self._calendar = _calendar(said)
        self._names = said.names

    @cached_property
    def content(self) -> list[str]:
        """The stems of its content words, names and numbers aside, each once: they may be paraphrased."""
        named = [(name.start, name.end) for name in self._names]
        free = [
            word
            for word, start, _ in self.said.words
            if not (is_stopword(word) or word[0].isdigit() or any(a <= start < b for a, b in named))
            and fold(word) not in _LIGHT | NUMBER_WORDS
            and not _CONTRACTED.fullmatch(word)
        ]
        return list(dict.fromkeys(stem(word) for word in free))

    @property
    def is_bare(self) -> bool:
        """Whether it says so little that another sentence could hold it by chance."""
        return len(self.content) + len(self._names) + len(self.said.quantities) < 2 or not self.content

    def missing_from(
        self, sentence: Sentence, before: Sequence[Sentence], around: Source, antecedent: str | None = None
    ) -> str | None:
        """What does not stand in the sentence of the source, in one sentence; None when everything does.

        `before` are sentences in front of it, which may give a name that it only points back to; `around` is
        all that surrounds it, which may give a person's first name. `antecedent` is whom "he" goes back to.
        """
        return (
            self._missing_words(sentence)
            or self._missing_number(sentence)
            or self._missing_name((*before, sentence), around)
            or self._overstated(sentence)
            or self._wrong_person(around, antecedent)
            or self._turned(sentence)
        )

    def _missing_words(self, source: Sentence) -> str | None:
        if not self._quoted:
            return None
        bare = _unquoted(source.text)
        for quoted in self._quoted:
            sought = _unquoted(quoted).strip(" .,;:!?…")
            if sought and not _stands(sought, bare):
                return f"The quoted words “{quoted.strip()}” do not stand in the cited passage."
        return None

    def _missing_number(self, source: Sentence) -> str | None:
        for quantity in self.said.quantities:
            one_of_it = quantity.low == quantity.high == 1 and quantity.unit is None
            if not quantity.is_in(source.quantities) and not (one_of_it and _AN.search(source.text)):
                return f"“{quantity.text}” does not stand in the cited passage."
        told = _counted(source)
        for number, noun in _counted(self.said, reach=1):
            if (number, noun) not in told and any(n == noun for _, n in _counted(source, reach=1)):
                return f"“{number}” counts something else in the cited passage."
        days = {fold(word)[:3] for word in _calendar(source)} if self._calendar else set()
        for day in self._calendar:
            if fold(day)[:3] not in days:
                return f"“{day}” does not stand in the cited passage."
        return None

    def _missing_name(self, near: Sequence[Sentence], around: Source) -> str | None:
        mentions = around.near(near)
        held = {stem for one in near for stem in one.stems}
        for name in self._names:
            if name.start == 0 and " " not in name.text and stem(name.text) in held:
                continue
            parts = [Name(word, 0, 0) for word, _, _ in words(name.text) if not is_stopword(word)]
            is_told = mentions.has(name) and all(around.mentions.has(part) for part in parts)
            if not is_told or _misnamed(name, around.folded):
                return f"“{name.text}” does not stand in the cited passage."
        return None

    def _overstated(self, source: Sentence) -> str | None:
        held = {match[0].lower() for match in _SWEEPING.finditer(source.text)}
        for match in _SWEEPING.finditer(self.said.text):
            if match[0].lower() not in held:
                return f"“{match[0]}” does not stand in the cited passage."
        return None

    def _wrong_person(self, around: Source, antecedent: str | None) -> str | None:
        if antecedent is None or not _PRONOUN.search(self.said.text):
            return None
        opens = _PRONOUN.match(self.said.text.lstrip("“\"‘' "))
        if not opens and any(is_person_like(name) for name in self._names):
            return None
        if around.mentions.has(Name(antecedent, 0, len(antecedent))):
            return None
        return f"“{antecedent}”, whom it goes on about, does not stand in the cited passage."

    def _turned(self, source: Sentence) -> str | None:
        """Whether a negation, a denial or a condition was added to what the source says, or left out."""
        if reversed_roles(self.said, source):
            return "It says of one what the cited passage says of the other."
        if _opposed(self.said, source):
            return "It says the opposite of what the cited passage says."
        held, said = set(source.every_stem), set(self.said.every_stem)
        is_new = self.said.negated & held and not self.said.negated & source.negated
        if is_new or (self.said.negated and not source.negated):
            return "It denies what the cited passage does not deny."
        dropped = (source.negated & said) - self.said.negated
        overstated = (source.doubted - source.negated) & said - self.said.doubted
        if (dropped | overstated) - _open(source):
            return "It leaves out that the cited passage denies or doubts this."
        return None


def _counted(sentence: Sentence, *, reach: int = 4) -> set[tuple[str, str]]:
    """Which words follow each number, up to `reach` words behind it: what it may count."""
    found, text = sentence.words, sentence.text
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


def _opposed(claim: Sentence, source: Sentence) -> bool:
    """Whether the claim has a word whose opposite is in the source, and not the word itself."""
    said, told = set(claim.every_stem), set(source.every_stem)
    only_said, only_told = said - told, told - said
    return any(
        (one in only_said and other in only_told) or (other in only_said and one in only_told)
        for one, other in _OPPOSITES
    )


def _misnamed(name: Name, told: Sequence[str]) -> bool:
    """Whether a person's other names never stand before the surname: "Petra Rieck" of a Voss and a Rieck.

    `told` are the folded words of the source.
    """
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


def _calendar(sentence: Sentence) -> list[str]:
    """The months and weekdays of its dates, as written."""
    return [
        word
        for word, start, _ in sentence.words
        if fold(word) in _CALENDAR and any(told.start <= start < told.end for told in sentence.dates)
    ]


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


def _open(source: Sentence) -> set[str]:
    """Those of the doubted stems that the source also says without a doubt."""
    counts = Counter(source.every_stem)
    return {one for one in source.doubted if counts[one] > 1}
