"""Misspelt words of a question that the archive has spelled otherwise: "Erdogann" where it holds "Erdogan".

A word is looked at only if no passage holds it and no public list knows it: a country, a city, a given name,
a company or an English word that the archive lacks is no misspelling. It meets the archive's words by a
weighted edit distance (Damerau 1964, Levenshtein 1966): a letter doubled or dropped costs less than one
replaced, and sounds spelled otherwise ("oo" for "u") cost least. What is close, clearly the best and fits the
words beside it is searched instead. What might be meant is offered and not searched. A false correction is
worse than none.

What each part earns is from `tests/rag/question/spelling.jsonl`, 60 misspelt and 60 right questions, of which
39 are searched, 12 offered, 57 left alone and none is searched falsely.
"""

import math
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from itertools import pairwise, product

from corpus.words.lists import read_words
from index.language.kinds import lists
from index.language.words import fold, is_stopword, stem, words
from index.models.onnx import model_folder
from index.store.vocabulary import Vocabulary, Written
from rag.answer import Notice
from rag.intents.vocabulary import as_meant
from rag.question.foreign import FUNCTION_WORDS

_SHORTEST, _LONGEST = 4, 30
"""Letters of a word that may be misspelt: a shorter one has too many neighbours, a longer one is no name."""
_SHORTEST_NO_NAME = 7
_SHORTEST_SLIP, _SLIP, _SURE_SLIP = 5, 0.75, 0.5
"""Letters of a shorter word that is no name, what it may cost, and what at most to be searched instead where
a word beside it may be a name, whose part it may be: "olga peple"."""
_BESIDE_A_NAME = 0.25
"""What a word may cost more that stands beside a name: "Osama Rabi", where the archive has Osama Rabie."""
_SHORTEST_PART = 3
"""Letters of each of two words that are typed as one."""
_MOST = 4
"""Words of one question that are looked up; who misspells more writes another language."""
_CANDIDATES, _LOOKED_UP = 6, 12
"""Words of the archive that may be meant by one word, and terms whose writing is looked up for it."""
_ENDING = 3
"""Letters that a stem may lack: a longer ending hides what is misspelt ("goverment" has the stem "gover")."""
_MOST_FOR_COUNT = 0.5
_CLEAR = 0.5
"""By how much the best must be likelier than the next."""
_SEVERAL = 2
"""Passages that have a word which is searched instead, unless the words beside it fit."""
_LONG = 9
"""Letters from which on one replaced letter makes no other name."""

_CAPITALS_OF_NAME, _CAPITALS_OF_WORD = (1, 0.7), (3, 0.8)
"""Capitals within sentences that make a name, and their share: of a word of English more."""

_SOUNDS = (("sch", "sh"), ("tch", "ch"), ("ph", "f"), ("ck", "k"), ("kh", "h"), ("qu", "k"), ("oo", "u"),
           ("ou", "u"), ("ee", "i"), ("ie", "i"), ("ey", "i"), ("y", "i"), ("q", "k"), ("w", "v"), ("z", "s"),
           ("x", "ks"))  # fmt: skip
"""Spellings of like sounds, in the order in which they are replaced. Without them 35 are searched, not 39."""
_VOWELS = frozenset("aeiouy")
_ALIKE = frozenset(
    map(frozenset, ("ck", "cs", "sz", "kq", "gj", "fv", "vw", "dt", "bp", "mn", "jy", "kg", "gq"))
)
"""Pairs of consonants that are taken for one another. They earn 2 offers of 60."""


_NUMERALS = {str(n): one for n, one in enumerate("I II III IV V VI VII VIII IX X XI XII".split(), start=1)}
_WHO_IS = re.compile(r"who (?:is|was) ", re.I)


@dataclass(frozen=True, slots=True)
class Spelling:
    """How a question is spelled for the search, and the question that might be meant instead."""

    question: str
    replaced: tuple[tuple[str, str], ...] = ()
    """Words as typed, each with the archive's that is searched instead."""
    did_you_mean: str | None = None

    @property
    def notices(self) -> list[Notice]:
        """What is said of it with the answer."""
        return [
            Notice(f"Searched for “{written}” instead of “{typed}”.", "instead", written=written, typed=typed)
            for typed, written in self.replaced
        ]


@dataclass(frozen=True, slots=True)
class _Typed:
    """A word of the question: `text` without a possessive, at `start`, the `place`th of its words."""

    text: str
    start: int
    place: int

    @property
    def end(self) -> int:
        return self.start + len(self.text)


@dataclass(frozen=True, slots=True)
class _Candidate:
    """A word of the archive that may be meant, what it costs, and how many passages have it."""

    folded: str
    written: str
    is_name: bool
    cost: float
    passages: int

    @property
    def unlikelihood(self) -> float:
        """The cost, less for a word that many passages have (Church and Gale 1991, simplified)."""
        return self.cost - min(_MOST_FOR_COUNT, 0.25 * math.log10(max(1, self.passages)))


def spelled(question: str, vocabulary: Vocabulary) -> Spelling:
    """The question with the archive's spelling of its misspelt words, and with what might be meant."""
    typed = _words(question)
    asked = [one for one in typed if _may_be_misspelt(one.text)]
    absent = set(vocabulary.missing([one.text for one in asked]))
    absent |= _otherwise_written([one for one in asked if one.text not in absent], typed, vocabulary)
    if not _is_english(typed):
        return Spelling(question)
    if not absent:
        other = _other_surnames(typed, vocabulary)
        return Spelling(question, did_you_mean=_replaced(question, other) if other else None)
    left = [one for one in asked if one.text in absent]
    suspects = [one for one in left if not is_known(one.text)]
    suspects = suspects or [one for one in left if _is_in_a_name(one, typed)]
    if not 0 < len(suspects) <= _MOST:
        return Spelling(question)
    found = {one: _candidates(one.text, vocabulary, _is_in_a_name(one, typed)) for one in suspects}
    safe = {one: parted for one in suspects if not found[one] and (parted := _parted(one.text, vocabulary))}
    offered: dict[_Typed, str] = {}
    for run in _runs(typed, [one for one in suspects if one not in safe]):
        chosen, is_safe = _choice(run, found, vocabulary)
        (safe if is_safe else offered).update(chosen)
    searched = _replaced(question, safe)
    instead = _replaced(question, safe | offered) if offered else None
    replaced = tuple((one.text, written) for one, written in safe.items())
    return Spelling(searched, replaced, instead)


def with_capitals(question: str, vocabulary: Vocabulary) -> str:
    """A question in small letters with capitals where passages about it have them: "the Lady Anastasia".

    Names are found by their capitals, and people type without: of 90 natural questions about news typed so no
    name was found. A question that has a capital behind its first word is left as it is.
    """
    typed = _words(question)
    if any(one.text != one.text.lower() for one in typed[1:]) or not _is_english(typed):
        return question
    asked = {form for one in typed if not is_stopword(one.text) for form in _bare(fold(one.text))}
    written = vocabulary.written_about(
        [one.text for one in typed if not is_stopword(one.text)], asked.__contains__
    )
    found = {one: _first_known(one.text, written) for one in typed}
    sure = [one for one in typed if _is_capitalised(one, found, ())]
    named = [one for one in typed if _is_capitalised(one, found, sure) and not _is_counted(one, typed)]
    instead = {one: _with_capital(one.text, found[one]) for one in named}
    return with_common_names(_replaced(question, instead), vocabulary)


def with_common_names(question: str, vocabulary: Vocabulary) -> str:
    """A question with capitals for names whose words are all function words: "ever given", the Ever Given.

    Else no word of such a name would be searched.
    """
    instead: dict[_Typed, str] = {}
    for pair in pairwise(_words(question)):
        if all(len(one.text) >= _SHORTEST and one.text.islower() and is_stopword(one.text) for one in pair):
            written = [one.text.capitalize() for one in pair]
            if len(vocabulary.holding(" ".join(one.text for one in pair), " ".join(written))) > 1:
                instead |= dict(zip(pair, written, strict=True))
    return _replaced(question, instead)


def with_apostrophes(question: str) -> str:
    """A question with the apostrophes of its contractions: "whats wrong", what's wrong.

    Without them the second reading is less sure: "whats wrong with the dam" -4.7 instead of -1.0.
    """
    return _contracted().sub(_with_apostrophe, question)


def _with_apostrophe(found: re.Match[str]) -> str:
    typed = found[0]
    place = _contractions()[typed.casefold()]
    return f"{typed[:place]}'{typed[place:]}"


@cache
def _contractions() -> dict[str, int]:
    """Where the apostrophe of each contraction stands that is typed without it."""
    told = read_words("rag.question", "spelling.txt")["contractions"]
    return {one.replace("'", ""): one.index("'") for one in told}


@cache
def _contracted() -> re.Pattern[str]:
    return re.compile(rf"(?<![\w'’])(?:{'|'.join(_contractions())})(?![\w'’])", re.I)


def with_numerals(question: str, vocabulary: Vocabulary) -> str:
    """A question with the Roman numerals of the archive's names: "artemis 1", Artemis I.

    A number behind a word is replaced where no passage has it there and some have the numeral.
    """
    instead: dict[_Typed, str] = {}
    for one, other in pairwise(_words(question)):
        numeral = _NUMERALS.get(other.text)
        if numeral is None or is_stopword(one.text):
            continue
        name = one.text[:1].upper() + one.text[1:]
        is_named = vocabulary.holding(f"{one.text} {numeral}", f"{name} {numeral}")
        if is_named and not vocabulary.holding(f"{one.text} {other.text}", other.text):
            instead |= {one: name, other: numeral}
    return _replaced(question, instead)


def _bare(word: str) -> list[str]:
    """The word, and what it is without an "s" that may be a possessive: "connerys"."""
    return [word, word[:-1]] if word.endswith("s") and len(word) > _SHORTEST else [word]


def _first_known(word: str, written: Mapping[str, Written]) -> Written:
    """How the word is written, or, if no passage has it, what is left of it without a possessive."""
    return next((written[form] for form in _bare(fold(word)) if form in written), Written())


def _is_capitalised(one: _Typed, written: Mapping[_Typed, Written], sure: Sequence[_Typed]) -> bool:
    """Whether it has a capital by rule: an English word more clearly, unless it stands beside a name."""
    told = written[one]
    is_word = stem(fold(one.text)) in _lists()[0]
    is_beside = any(abs(one.place - other.place) == 1 for other in sure)
    least, share = _CAPITALS_OF_WORD if is_word and not is_beside else _CAPITALS_OF_NAME
    return told.capitals >= max(least, share * told.inside)


def _is_counted(one: _Typed, typed: Sequence[_Typed]) -> bool:
    """Whether it stands behind "a" or "an", as a name seldom does."""
    return one.place > 0 and typed[one.place - 1].text in ("a", "an")


def _with_capital(word: str, written: Written) -> str:
    """The word as it is written with a capital, its own ending kept."""
    capital = written.capitalised or word
    return capital + word[len(capital) :]


def _words(question: str) -> list[_Typed]:
    found = []
    for place, (word, start, _) in enumerate(words(question)):
        bare = re.sub(r"[’']s?$", "", word)
        found.append(_Typed(bare, start, place))
    return found


def _may_be_misspelt(word: str) -> bool:
    return (
        _SHORTEST <= len(word) <= _LONGEST
        and word.isalpha()
        and fold(word).isascii()
        and not is_stopword(word)
        and as_meant(fold(word)) == fold(word)
    )


def _otherwise_written(asked: Sequence[_Typed], typed: Sequence[_Typed], vocabulary: Vocabulary) -> set[str]:
    """Words beside a name that the archive has as other forms of one stem alone: "Osama Rabi" of Rabie."""
    named = [
        one.text
        for one in asked
        if _is_in_a_name(one, typed) and (one.text[0].isupper() or fold(one.text) not in common_words())
    ]
    return {
        one
        for one in named
        if not vocabulary.written([stem(fold(one))], frozenset(_bare(fold(one))).__contains__)
    }


# Words that are right


@cache
def _lists() -> tuple[frozenset[str], frozenset[str]]:
    """Stems of English words, and names of countries, peoples, places, persons and companies."""
    read = lists()
    parts = (part for name in read.known for part in name.split())
    return read.english, frozenset(parts) | read.women | read.men | read.either


def is_known(word: str) -> bool:
    """Whether a public list has the word: then it is spelled as it is meant."""
    english, names = _lists()
    folded = fold(word)
    stemmed = stem(folded)
    is_english = stemmed in english and len(folded) - len(stemmed) <= _ENDING
    return is_english or folded in names or folded in common_words()


@cache
def common_words() -> frozenset[str]:
    """The whole words in the vocabulary of the bundled model (BERT, uncased): 22,500 words and names.

    Of 40 pairs of surnames such as Smith and Smyth, 11 are searched for one another without it, 8 with it.
    """
    lines = (model_folder("bge_small_en") / "vocab.txt").read_text("utf-8").split("\n")
    return frozenset(line for line in lines if line.isalpha())


def _is_name_like(word: str) -> bool:
    """Whether a word beside a suspect is likely a part of the same name: no word of English.

    Without looking beside a suspect 3 of 60 more are missed and 1 is searched falsely.
    """
    return word.isalpha() and not is_stopword(word) and stem(fold(word)) not in _lists()[0]


def _is_in_a_name(one: _Typed, typed: Sequence[_Typed]) -> bool:
    """Whether the word stands beside one that looks like a name, maybe its own: earns 4 offers of 60."""
    return any(_is_name_like(other.text) for other in typed if abs(other.place - one.place) == 1)


@cache
def _function_words() -> frozenset[str]:
    return frozenset().union(*FUNCTION_WORDS.values())


def _is_english(typed: Sequence[_Typed]) -> bool:
    """Whether the question's function words are English, or it has none. Spares 1 of 60 a wrong offer."""
    english = sum(is_stopword(one.text) for one in typed)
    foreign = sum(
        one.text.casefold() in _function_words() for one in typed if one.place == 0 or one.text.islower()
    )
    return foreign == 0 or english > 2 * foreign


def _parted(word: str, vocabulary: Vocabulary) -> str:
    """A name of two words that is typed as one, as the archive writes it: "evergiven"; "" for others."""
    for place in range(_SHORTEST_PART, len(word) - _SHORTEST_PART + 1):
        parts = [fold(word[:place]), fold(word[place:])]
        name = " ".join(part.capitalize() for part in parts)
        if len(vocabulary.holding(" ".join(parts), name)) >= _SEVERAL:
            return name
    return ""


def _other_surnames(typed: Sequence[_Typed], vocabulary: Vocabulary) -> dict[_Typed, str]:
    """A surname that no passage has behind its given name, with one that is nearly the same and stands there.

    "Karen Olsen", where the archive has a Karen Olson, and an Olsen who is not called so.
    """
    is_who = _WHO_IS.match(" ".join(one.text for one in typed)) is not None
    for given, surname in pairwise(typed):
        may_be_name = _is_name_like(surname.text) or (is_who and given.place == 2)
        if not (lists().is_given(fold(given.text)) and _may_be_misspelt(surname.text) and may_be_name):
            continue
        if surname.place != given.place + 1 or vocabulary.together([given.text, surname.text]):
            continue
        near = _candidates(surname.text, vocabulary, is_beside_name=True)
        fitting = [one for one in near if one.is_name and vocabulary.together([given.text, one.folded])]
        if fitting:
            return {surname: fitting[0].written}
    return {}


# What may be meant


def _candidates(word: str, vocabulary: Vocabulary, is_beside_name: bool) -> list[_Candidate]:
    """The archive's words that are close enough to be meant, the likeliest first.

    A word that is no name is meant only where a list knows it, never by a capitalised one, and by a short one
    only for a slip.
    """
    from rapidfuzz.distance import OSA

    asked = fold(word)
    furthest = 3 if len(asked) > 7 else 2
    near = vocabulary.written(
        _near_terms(asked, furthest, vocabulary),
        lambda folded: OSA.distance(asked, folded, score_cutoff=furthest) <= furthest,
    )
    costs: dict[str, float] = {}
    most = _furthest(asked) + (_BESIDE_A_NAME if is_beside_name and len(asked) < _SHORTEST_SLIP else 0.0)
    for folded, written in near.items():
        if is_stopword(folded) or (written.usual.isupper() and not word.isupper()):
            continue
        cost = cost_of(asked, folded)
        is_slip = len(word) >= (_SHORTEST_SLIP if cost <= _SLIP else _SHORTEST_NO_NAME)
        is_word = word.islower() and is_slip and is_known(folded) and not is_known(word)
        if cost <= most + _offered(asked, folded) and (written.is_name or is_word):
            costs[folded] = cost
    passages = vocabulary.counts(list(costs))
    candidates = [
        _Candidate(folded, near[folded].usual, near[folded].is_name, cost, passages.get(folded, 0))
        for folded, cost in costs.items()
    ]
    return sorted(candidates, key=lambda one: (one.unlikelihood, one.folded))[:_CANDIDATES]


def _near_terms(asked: str, furthest: int, vocabulary: Vocabulary) -> list[str]:
    """The terms of the postings nearest to the word; they are stemmed, so an ending may be missing."""
    from rapidfuzz import process
    from rapidfuzz.distance import OSA

    counts = {term: n for term, n in vocabulary.beginning_with(_first_letters(asked)) if term.isalpha()}
    terms = list(counts)
    near: dict[str, float] = {}
    for form in {asked, stem(asked), stem(_single(asked))}:
        found = process.extract(form, terms, scorer=OSA.distance, score_cutoff=furthest, limit=_LOOKED_UP)
        for term, distance, _ in found:
            near[term] = min(distance, near.get(term, distance))
    return sorted(near, key=lambda term: (near[term], -counts[term], term))[:_LOOKED_UP]


def _first_letters(word: str) -> set[str]:
    """The letters that the word meant may begin with: its own, one of a like sound, or its second letter."""
    return {word[0], word[1], *(letter for pair in _ALIKE if word[0] in pair for letter in pair)}


def _furthest(word: str) -> float:
    """The highest cost at which a word is replaced, by its length in letters."""
    return 0.0 if len(word) < 5 else 1.0 if len(word) < 11 else 1.5


def _offered(typed: str, meant: str) -> float:
    """What a word may cost beyond that, to be offered: of a short one less where it may be another name."""
    return 0.5 if len(typed) > 6 or len(typed) < 5 else -0.25 if _may_be_another(typed, meant) else 0.0


def cost_of(typed: str, meant: str) -> float:
    """The cost of the cheapest edits between two folded words, or of those that their sounds leave."""
    return min(_edits(typed, meant), 0.5 + _edits(sound(typed), sound(meant)))


def sound(word: str) -> str:
    """The word with one spelling for like sounds and without double letters."""
    for spelling, sound in _SOUNDS:
        word = word.replace(spelling, sound)
    return _single(word.removesuffix("h") if word.endswith("ah") else word)


def _single(word: str) -> str:
    """The word with each double letter once."""
    return re.sub(r"(.)\1+", r"\1", word)


def _edits(typed: str, meant: str) -> float:
    """Optimal string alignment with weighted edits, in a table of all beginnings of both words."""
    rows = [[0.0] * (len(meant) + 1) for _ in range(len(typed) + 1)]
    for i in range(len(typed) + 1):
        for j in range(len(meant) + 1):
            ways = []
            if i:
                ways.append(rows[i - 1][j] + _one_letter(typed, i - 1))
            if j:
                ways.append(rows[i][j - 1] + _one_letter(meant, j - 1))
            if i and j:
                ways.append(
                    rows[i - 1][j - 1] + _replacement(typed[i - 1], meant[j - 1], is_first=i == j == 1)
                )
            if i > 1 and j > 1 and typed[i - 2 : i] == meant[j - 2 : j][::-1]:
                ways.append(rows[i - 2][j - 2] + 0.75)
            rows[i][j] = min(ways, default=0.0)
    return rows[-1][-1]


def _one_letter(word: str, place: int) -> float:
    """The cost of a letter that the other word lacks: little for one of a double letter."""
    letter = word[place]
    if place == 0:
        return 1.5
    if letter == word[place - 1]:
        return 0.5
    return 0.75 if letter in _VOWELS or letter == "h" else 1.0


def _replacement(one: str, other: str, *, is_first: bool) -> float:
    if one == other:
        return 0.0
    alike = {one, other} <= _VOWELS or frozenset((one, other)) in _ALIKE
    return (0.75 if alike else 1.0) + 0.5 * is_first


def _may_be_another(typed: str, meant: str) -> bool:
    """Whether both words may be names: a letter replaced or another ending, as Larsen, Larson and Larsson.

    A letter doubled, letters in the wrong order and other spellings of the same sounds make no other name.
    Without this rule 3 of the 60 right questions are searched as others.
    """
    if {typed[-1], meant[-1]} == {"s", "z"}:  # Nunes and Núñez, Gomes and Gómez.
        return True
    if typed[0] != meant[0] and typed[:2] != meant[1::-1]:
        return True
    if sound(typed) == sound(meant) or sorted(typed) == sorted(meant):
        return False
    if len(typed) == len(meant):
        return len(typed) < _LONG
    shorter, longer = sorted((typed, meant), key=len)
    return longer.startswith(shorter) and longer[-1] != shorter[-1]


# What is meant


def _runs(typed: Sequence[_Typed], suspects: Sequence[_Typed]) -> list[list[_Typed]]:
    """The suspects, each with the words beside it that look like parts of the same name."""
    runs: list[list[_Typed]] = []
    for one in typed:
        if one not in suspects and not _is_name_like(one.text):
            continue
        if runs and runs[-1][-1].place == one.place - 1:
            runs[-1].append(one)
        else:
            runs.append([one])
    return [run for run in runs if any(one in suspects for one in run)]


def _choice(
    run: Sequence[_Typed], found: Mapping[_Typed, Sequence[_Candidate]], vocabulary: Vocabulary
) -> tuple[dict[_Typed, str], bool]:
    """What the suspects of one run are replaced by, and whether that is safe enough to be searched."""
    suspects = [one for one in run if one in found]
    slip = _SLIP if len(suspects) == len(run) else _SURE_SLIP
    if len(run) == 1:
        return _choice_of_one(suspects[0], found[suspects[0]], slip)
    fitting = [
        chosen
        for chosen in product(*(found[one] for one in suspects))
        if vocabulary.together(_names(run, dict(zip(suspects, chosen, strict=True))))
    ]
    if not fitting:
        return _choice_of_words(suspects, found, slip)
    fitting.sort(key=_unlikelihood)
    best = dict(zip(suspects, fitting[0], strict=True))
    is_clear = len(fitting) == 1 or _unlikelihood(fitting[1]) - _unlikelihood(fitting[0]) >= _CLEAR
    is_sure = not any(is_known(one.text) or len(one.text) <= _SHORTEST for one in suspects)
    return _written(best), is_clear and is_sure


def _choice_of_one(
    suspect: _Typed, found: Sequence[_Candidate], slip: float
) -> tuple[dict[_Typed, str], bool]:
    """As `_choice`, of a suspect that stands alone: nothing but the word itself says what is meant.

    A shorter word that is no name may cost no more than `slip` to be searched.
    """
    if not found:
        return {}, False
    best = found[0]
    typed = fold(suspect.text)
    is_clear = all(
        other.unlikelihood - best.unlikelihood >= _CLEAR or stem(other.folded) == stem(best.folded)
        for other in found[1:]
    )
    is_close = best.cost <= _furthest(typed) and not _may_be_another(typed, best.folded)
    is_short = not best.is_name and len(typed) < _SHORTEST_NO_NAME
    is_safe = is_clear and is_close and best.passages >= _SEVERAL
    is_searched = is_safe and (not is_short or best.cost <= slip)
    return _written({suspect: best} if is_clear or best.is_name else {}), is_searched


def _choice_of_words(
    suspects: Sequence[_Typed], found: Mapping[_Typed, Sequence[_Candidate]], slip: float
) -> tuple[dict[_Typed, str], bool]:
    """As `_choice`, where the suspects are parts of no name: words of English that are written with slips."""
    words = {one: [each for each in found[one] if not each.is_name] for one in suspects}
    chosen = [_choice_of_one(one, candidates, slip) for one, candidates in words.items()]
    told = {one: written for each, _ in chosen for one, written in each.items()}
    return told, all(is_safe for each, is_safe in chosen if each)


def _unlikelihood(chosen: Sequence[_Candidate]) -> float:
    return sum(one.unlikelihood for one in chosen)


def _names(run: Sequence[_Typed], chosen: Mapping[_Typed, _Candidate]) -> list[str]:
    return [chosen[one].folded if one in chosen else one.text for one in run]


def _written(chosen: Mapping[_Typed, _Candidate]) -> dict[_Typed, str]:
    return {suspect: one.written for suspect, one in chosen.items()}


def _replaced(question: str, instead: Mapping[_Typed, str]) -> str:
    for one, written in sorted(instead.items(), key=lambda item: -item[0].start):
        question = question[: one.start] + written + question[one.end :]
    return question
