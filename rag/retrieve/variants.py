"""Other forms of a question's names that the archive has too: abbreviations, and other spellings of one name.

An article that writes "the International Organization for Migration (IOM)" defines the abbreviation: asked by
one form, the other is searched beside it (Schwartz and Hearst, PSB 2003, for short forms of initials). A rare
name is transcribed in several ways, "Hmeimim" and "Hemeimeem": one of the same sounds, but for vowels that
one of them leaves out, is searched beside it, unless a passage has both, which tells two names, or a public
list knows the one that is asked for.
`rag.question.spelling` replaces what the archive lacks; this adds to what it has. None of 222 tuning
questions finds more or less by it: names of several spellings are rare, and then decide.
"""

import re
from collections.abc import Iterator, Mapping

from index.language.kinds import known
from index.language.sentence import Name
from index.language.words import fold, is_stopword, phrase
from index.store.vocabulary import Vocabulary
from rag.question.analysed import AnalysedQuestion
from rag.question.spelling import is_known, sound

Variants = Mapping[str, tuple[str, ...]]
"""Names or words as the question has them, each with the archive's other forms."""

_ABBREVIATION = re.compile(r"[A-Z][A-Za-z]{0,4}[A-Z]s?")
_SHORTEST, _LONGEST = 6, 20
"""Letters of a name that may be transcribed in several ways: of a shorter one too many names are near."""
_SAME = 3
"""Consonants that a transcribed name has at least."""
_J = ("dzh", "dj", "zh", "j")
"""One consonant of Cyrillic and Turkic names, as they are transcribed: Dzhanybaev, Djanibaev, Zhanybaev."""
_J_LETTERS = frozenset(one[0] for one in _J)
_NO_VOWELS = str.maketrans("", "", "aeiouyh")
_MOST_NAMES, _MOST = 4, 2
"""Names of one question whose forms are looked up, and other forms searched of each."""
_LONGEST_FORM = 8
"""Words of the full form of an abbreviation."""


def variants(question: AnalysedQuestion, vocabulary: Vocabulary) -> Variants:
    """The other forms of the question's names in this archive, at most two of each."""
    found: dict[str, tuple[str, ...]] = {}
    for name in question.sentence.names[:_MOST_NAMES]:
        if _ABBREVIATION.fullmatch(name.text):
            if not known(name.text):
                found[name.text] = tuple(_full_forms(name.text, vocabulary))
        else:
            if len(name.words) > 1:
                found[name.text] = tuple(_abbreviations(name, vocabulary))
            for word in name.text.split():
                found[word] = tuple(_transcriptions(word, name, vocabulary))
    return {asked: forms[:_MOST] for asked, forms in found.items() if forms}


# Abbreviations


def _full_forms(short: str, vocabulary: Vocabulary) -> Iterator[str]:
    """The full forms behind which the archive writes the abbreviation in brackets."""
    mark = f"({short})"
    told: dict[str, str] = {}
    for text in vocabulary.holding(short, mark):
        before = text[: text.index(mark)].split()[-_LONGEST_FORM:]
        for size in range(2, len(before) + 1):
            form = " ".join(before[-size:]).strip("“”\"'’,")
            if before[-size][:1].isupper() and _initials(form) == short.rstrip("s").casefold():
                told.setdefault(phrase(form), form)
                break
    yield from told.values()


def _abbreviations(name: Name, vocabulary: Vocabulary) -> Iterator[str]:
    """The abbreviations that the archive writes in brackets behind the name."""
    full = name.text.removeprefix("the ").removeprefix("The ")
    told: dict[str, None] = {}
    for text in vocabulary.holding(full, f"{full} ("):
        short = text.split(f"{full} (", 1)[1].split(")", 1)[0]
        if _ABBREVIATION.fullmatch(short) and _initials(full) == short.rstrip("s").casefold():
            told[short] = None
    yield from told


def _initials(form: str) -> str:
    """Initials of the words, without those such as "for"."""
    parts = [part for word in form.split() for part in word.split("-") if part]
    return "".join(part[0] for part in parts if not is_stopword(part)).casefold()


# Transcriptions


def _transcriptions(word: str, name: Name, vocabulary: Vocabulary) -> Iterator[str]:
    """Other spellings of a rare name in the archive, where its neighbours in the name are the same."""
    asked = fold(word)
    if not (
        _SHORTEST <= len(asked) <= _LONGEST and asked.isalpha() and asked.isascii() and word[0].isupper()
    ):
        return
    if len(_plain_consonants(asked)) < _SAME or is_known(asked):
        return
    bare = _plain_consonants(asked)
    begins = _J_LETTERS if _sound(asked)[0] == "j" else frozenset(asked[0])
    terms = [
        term
        for term, _ in vocabulary.beginning_with(begins)
        if _plain_consonants(term)[-1:] == bare[-1:]
        and abs(len(term) - len(asked)) <= _SAME
        and _is_transcribed(asked, term)
    ]
    near = vocabulary.written(terms, lambda folded: _is_transcribed(asked, folded))
    beside = [part for part in name.words if part != asked]
    for folded, written in sorted(near.items()):
        fits = not beside or any(vocabulary.together((part, folded)) for part in beside)
        if written.is_name and fits and not vocabulary.in_one_passage((asked, folded)):
            yield written.usual


def _plain_consonants(word: str) -> str:
    return word.translate(_NO_VOWELS)


def _is_transcribed(one: str, other: str) -> bool:
    """Whether two folded words may spell one name: the same sounds, but for vowels that one leaves out."""
    first, second = sorted((_sound(one), _sound(other)), key=len)
    if (
        one == other
        or first[0] != second[0]
        or first[-1] != second[-1]
        or one + "s" == other
        or other + "s" == one
    ):
        return False
    letters = iter(second)
    is_within = all(letter in letters for letter in first)
    return is_within and first.translate(_NO_VOWELS) == second.translate(_NO_VOWELS)


def _sound(word: str) -> str:
    for spelling in _J[:-1]:
        word = word.replace(spelling, "j")
    return sound(word)
