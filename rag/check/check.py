"""The first check of a sentence against what it cites: quoted words, numbers, names, negations, shared words.

What is asked is what ALCE calls citation recall and precision (Gao et al., "Enabling Large Language Models to
Generate Text with Citations", EMNLP 2023): does the cited text carry the whole sentence, and does each
citation help? ALCE asks an entailment model; this check compares words, exactly where exactness counts, and
would rather leave a true sentence out than let a false one pass.
"""

import re
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import pairwise

from corpus.words.lists import one_of, read_lists
from index.language.analysis import analyse_question
from index.language.names import Mentions, is_person_like
from index.language.quantities import NUMBER_WORDS
from index.language.relations import reversed_roles
from index.language.sentence import Name, Sentence
from index.language.words import MONTHS_AND_DAYS, fold, is_stopword, stem, stems, words
from rag.answer import Support
from rag.check.claim import without_outlet
from rag.prompt.prompt_passages import PromptPassage
from rag.quote.quotes import Quote, QuotedSentence

SHARE = 0.85
"""Of a sentence's content words, names and numbers aside, how many must stand in the span that carries it.

High on purpose: where one word of five may be new, "fought a fire" passes as "caused a fire".
"""
OWN_SHARE = 0.5
"""How many of them must stand in the one sentence that says it, where the one before names its subject."""
MOST_SENTENCES = 4
"""Neighbouring sentences that one citation may span."""
_FEWEST_WORDS = 4
"""Words of a sentence without marks that must stand in a passage as they are for it to be credited."""

_CLAUSES = re.compile(r";\s+|,?\s+(?:while|whereas|but)\s+", re.IGNORECASE)
_PARTS = re.compile(r"(?<=;)\s+")
_POINTS_BACK = re.compile(
    r"^[“\"‘']|\b(?:he|she)\b|^(?:\W*\w+\W+){0,3}(?:his|her|they|their|them|it|its)\b", re.IGNORECASE
)
_LEAD_IN = re.compile(
    r"^(?:(?:based on|according to|as (?:stated|reported|mentioned) in|from|per|in)\s+)"
    r"(?:(?:the|these|this)\s+)?(?:(?:provided|given|cited|numbered|available|above)\s+)*"
    r"(?:passages?|articles?|sources?|context|documents?|archive|information)"
    r"(?:\s+(?:provided|given|above|\d+))*\s*[,:]\s*",
    re.IGNORECASE,
)
_FILLER = re.compile(
    r"^(?:here (?:is|are)|here's|sure|certainly|of course|i hope|let me know|you asked|your question"
    r"|the question|to answer|in answer to|the following|below (?:is|are)|sources?|references?"
    r"|note that the passages)\b",
    re.IGNORECASE,
)
_SAYS_NOT = (
    r"\b(?:do|does|did|can|could|is|are|am|was|were|have|has)(?:\s+not\b|n['’]t\b)|\bcannot\b|\bunable\b"
)
_REFUSAL = re.compile(
    rf"(?:^|\b(?:the|these|this|provided|given|available|any|our|my)\s+(?:\w+\s+)?)"
    rf"(?:passages?|articles?|sources?|archive|context|documents?|excerpts?|information|material|text)\b.{{0,60}}"
    rf"(?:{_SAYS_NOT}|\b(?:no|nothing|neither|lacks?|insufficient)\b)"
    rf"|^(?:sorry|unfortunately|i)\b.{{0,60}}(?:{_SAYS_NOT}|\bno\b)"
    r"|\b(?:not|n['’]t|never|no (?:information|mention|answer|details?))\b.{0,60}"
    r"\b(?:in|by|from) (?:any of )?(?:the|these) (?:\w+ )?"
    r"(?:passages?|articles?|sources?|archive|context|documents?|excerpts?|information|material|text)\b"
    r"|^there is (?:no|not enough) (?:information|mention|answer)\b",
    re.IGNORECASE,
)


QuoteRun = tuple[QuotedSentence, ...]
"""Neighbouring sentences of a passage."""


@dataclass(frozen=True, slots=True)
class CheckedSentence:
    """A sentence of a model, plain text without marks: its support and the quotes that carry it.

    `reason` says in one sentence why an unsupported one is unsupported.
    """

    text: str
    support: Support
    quotes: tuple[Quote, ...] = ()
    reason: str | None = None


@dataclass(frozen=True, slots=True)
class _Match:
    """The run of sentences that carries a text, or what is wrong with the one that comes nearest."""

    quote: Quote | None
    reason: str
    is_verbatim: bool = False


def check(
    text: str, marks: Sequence[int], shown: Sequence[PromptPassage], antecedent: str | None = None
) -> CheckedSentence:
    """Whether the passages with these marks carry the sentence; `shown` are all that the model was given.

    Each citation that carries the whole sentence is kept. Where none does alone, its clauses may rest on one
    citation each. `antecedent` is the person that "he" or "she" in the sentence goes back to.
    """
    if not marks:
        return _uncited(text, shown)
    cited = [one for one in shown if one.n in marks]
    if not cited:
        return CheckedSentence(text, "unsupported", (), "It cites a passage that there is not.")
    found = [_carried(text, one, antecedent) for one in cited]
    if quotes := tuple(one.quote for one in found if one.quote):
        is_verbatim = all(one.is_verbatim for one in found if one.quote)
        return CheckedSentence(text, "verbatim" if is_verbatim else "supported", quotes)
    if len(cited) > 1 and (quotes := _clause_by_clause(text, cited, antecedent)):
        return CheckedSentence(text, "supported", quotes)
    return CheckedSentence(text, "unsupported", (), found[0].reason)


def is_refusal(text: str) -> bool:
    """Whether a sentence says that the passages do not tell."""
    return _REFUSAL.search(text) is not None


def is_filler(text: str, question: str) -> bool:
    """Whether a sentence says nothing: an introduction, a "Yes.", or the question over again."""
    if text.endswith((":", "?")) or _FILLER.match(text) or not stems(text):
        return True
    return _folded(text) == _folded(question) or set(stems(text)) <= {"yes", "no", "ye"}


def without_lead_in(text: str) -> str:
    """The sentence without a "Based on the passages," in front."""
    rest = _LEAD_IN.sub("", text, count=1)
    return rest[:1].upper() + rest[1:] if rest != text else text


def _uncited(text: str, shown: Sequence[PromptPassage]) -> CheckedSentence:
    """A sentence without marks is credited to the passage that holds it word for word."""
    if len(words(text)) >= _FEWEST_WORDS:
        for one in shown:
            found = _carried(text, one, None)
            if found.quote and found.is_verbatim:
                return CheckedSentence(text, "verbatim", (found.quote,))
    return CheckedSentence(text, "unsupported", (), "It cites no passage.")


def _clause_by_clause(text: str, cited: Sequence[PromptPassage], antecedent: str | None) -> tuple[Quote, ...]:
    """One quote for each clause that one of the passages carries; none when a clause is left over.

    Each clause needs a name of its own: without one it would say of the first's subject what the passage says
    of another.
    """
    borders = [0, *(match.end() for match in _CLAUSES.finditer(text)), len(text)]
    said = analyse_question(text)
    clauses = [clause for start, end in pairwise(borders) if (clause := said.part(start, end)).stems]
    if len(clauses) < 2 or any(len(clause.stems) < 2 or not clause.names for clause in clauses):
        return ()
    quotes: dict[tuple[str, int, int], Quote] = {}
    for clause in clauses:
        carried = (_carried(clause.text, one, antecedent).quote for one in cited)
        quote = next((quote for quote in carried if quote), None)
        if quote is None:
            return ()
        quotes[(quote.passage.article_id, quote.start, quote.end)] = quote
    return tuple(quotes.values())


def _carried(text: str, one: PromptPassage, antecedent: str | None) -> _Match:
    """The shortest run of the passage's sentences that carries the text, the most alike of equal ones.

    One sentence has to say it; those in front of it may only name whom its pronouns point back to. Words
    gathered from several sentences would carry almost anything.
    """
    claim = Claim(analyse_question(without_outlet(text, one.passage.source)))
    around = Source(one.shown)
    told = set(claim.said.stems)
    content, said = claim.content, _folded(claim.said.text)
    if not said:
        return _Match(None, "It says nothing that could be looked up.")
    nearest, reason = (-1.0, -1), "The cited passage says something else."
    for length in range(1, MOST_SENTENCES + 1):
        best: tuple[float, QuoteRun] | None = None
        for run in _runs(one, length):
            *before, last = (one.analysis_of(sentence) for sentence in run)
            if ";" not in text:
                *front, last = _likest(_clauses(last), content)
                before += front
            if before and not _POINTS_BACK.search(last.text):
                continue
            own = _share(content, last)
            share = _share(content, before[-1], last) if before and own >= OWN_SHARE else own
            wrong = claim.missing_from(last, before, around, antecedent)
            if wrong is None and (
                share < SHARE or (claim.is_bare and f" {said} " not in f" {_folded(last.text)} ")
            ):
                wrong = "The cited passage says something else."
            if wrong is None and (best is None or share > best[0]):
                best = (share, run)
            likeness = share, len(told.intersection(last.stems))
            if wrong is not None and likeness > nearest:
                nearest, reason = likeness, wrong
        if best is not None:
            is_verbatim = f" {said} " in f" {_folded(best[1][-1].text)} "
            return _Match(Quote(one.passage, best[1]), "", is_verbatim)
    return _Match(None, reason)


def _clauses(sentence: Sentence) -> list[Sentence]:
    """The parts of a sentence between its semicolons."""
    borders = [0, *(match.end() for match in _PARTS.finditer(sentence.text)), len(sentence.text)]
    return [sentence.part(start, end) for start, end in pairwise(borders)]


def _likest(parts: Sequence[Sentence], content: Sequence[str]) -> Sequence[Sentence]:
    """The parts of a sentence with semicolons up to the one most like the text: it has to say it all."""
    shares = [_share(content, part) for part in parts]
    return parts[: shares.index(max(shares)) + 1]


def _runs(one: PromptPassage, length: int) -> Iterator[QuoteRun]:
    for run in one.runs:
        for first in range(len(run) - length + 1):
            yield run[first : first + length]


def _share(content: Sequence[str], *sentences: Sentence) -> float:
    held = {stem for one in sentences for stem in one.stems}
    return sum(stem in held for stem in content) / len(content) if content else 1.0


def _folded(text: str) -> str:
    """The words alone: what is left when case, quotation marks and punctuation are put aside."""
    return " ".join(word.casefold().replace("’", "'") for word, _, _ in words(text))


# The exact parts of a claim, which its source must hold

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
