"""Close wording: whether a cited sentence says a claim in nearly its words, nothing added or turned round.

What is close and not turned round is `supported`; a claim is never struck for its wording. What says the
opposite of the sentence that it is closest to is `turned`: words alone can see that, whatever else reads it.
The share of words is that of ALCE's citation recall as words can tell it (Gao et al., EMNLP 2023).
"""

import re
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise

from corpus.words.lists import read_lists
from index.language.analysis import analyse_question
from index.language.names import Mentions, is_person_like
from index.language.order import compared, is_compared, is_exchanged, keeps_order, lemma
from index.language.quantities import NUMBER_WORDS
from index.language.relations import DENYING_VERBS, Denial, denials, reached, reversed_roles
from index.language.sentence import Name, Quotation, Sentence
from index.language.words import fold, is_stopword, stem, words
from rag.answer import Notice
from rag.check.claim import SWEEPING, bare, content_words, folded, quoted_words, share, stands
from rag.check.exact import is_date_told, is_number_told
from rag.check.lookups import ArticleMaterial, Material, lemmas, mentions_name, names_in
from rag.prompt.passages import PromptSentence

SHARE = 0.85
"""Of a sentence's content words, names and numbers aside, how many must stand in the one that carries it.

High on purpose: where one word of five may be new, "fought a fire" passes as "caused a fire".
"""
OWN_SHARE = 0.5
"""How many of them must stand in the one sentence that says it, where the one before names its subject."""
TURNED_SHARE = 0.7
"""From which share on a sentence is about the same, so that a claim can be its opposite."""
_CONTEXT = 3
"""Sentences in front of one that may name whom it goes on about."""

_PRONOUN = re.compile(r"\b(?:he|she|him|his|her)\b", re.I)
_POINTS_BACK = re.compile(
    r"^[“\"‘']|\b(?:he|she)\b|^(?:\W*\w+\W+){0,3}(?:his|her|they|their|them|it|its)\b", re.IGNORECASE
)
_WORD = re.compile(r"[^\W\d_]+")
_AN = re.compile(r"\ban?\b", re.I)
_LINK = re.compile(r"\s+(?:of|for|at|in|and)\s+(?:the\s+)?")
_OF = re.compile(r",?\s+(?:of|from|at|with|for)\s+(?:the\s+)?")
_PARTS = re.compile(r"(?<=;)\s+")
_LISTS = read_lists("rag.check", "claim.txt")
_LIMITING = frozenset(" ".join(_LISTS["limiting"]).split())
_DENIES_NOTHING = re.compile(rf"\b(?:{'|'.join(_LISTS['denies nothing'])})\b", re.I)
_LIMITED = 4
"""Words behind a limiting one that it may take something away from."""
_OPPOSITES = [
    (stem(one), stem(other))
    for sides in (line.split(" / ") for line in _LISTS["opposites"])
    for one in sides[0].split()
    for other in sides[1].split()
]


@dataclass(frozen=True, slots=True)
class Wording:
    """The sentences that carry a claim, in how close words, or why the closest one says something else."""

    carriers: tuple[PromptSentence, ...] = ()
    is_verbatim: bool = False
    turned: str | None = None
    likeness: float = 0.0


class Claim:
    """A claim to be compared with sentences, without the name of the outlet that is cited."""

    def __init__(self, said: Sentence, antecedent: str | None = None) -> None:
        self.said, self.antecedent = said, antecedent
        self.content, self.every_content = (
            tuple(dict.fromkeys(compared(lemma(word.lower())) for word in content_words(said, light=light)))
            for light in (False, True)
        )
        self.folded = folded(said.text)
        self.quoted = [bare(one).strip(" .,;:!?…") for one in quoted_words(said.text)]

    @property
    def speaker(self) -> str | None:
        """Who says what it tells, where one alone does; whom a "he" at its head goes back to."""
        if self.antecedent and _PRONOUN.match(self.said.text.lstrip("“\"‘' ")):
            return self.antecedent
        return _speaker(self.said.quotations)

    def share(self, *held: frozenset[str]) -> float:
        """The share (0 to 1) of its content words that are held; words of telling may be its own."""
        return max(share(self.content, *held), share(self.every_content, *held))

    @property
    def is_scant(self) -> bool:
        """Whether it says so little that another sentence could hold it by chance."""
        told = len(self.content) + len(self.said.names) + len(self.said.quantities)
        return told < 2 or not self.content


def wording(claim: Claim, cited: Sequence[PromptSentence], material: Material) -> Wording:
    """The cited sentences that carry the claim; of those that do not, what the closest one turns round."""
    carriers: dict[int, PromptSentence] = {}
    is_verbatim, closest = False, Wording()
    written = frozenset(word.lower() for one in cited for word, _, _ in one.analysis.words)
    for one in cited:
        found = _carried(claim, one, material, written)
        if found.carriers:
            carriers |= {each.n: each for each in found.carriers}
            is_verbatim = is_verbatim or found.is_verbatim
        elif found.likeness > closest.likeness:
            closest = found
    if carriers:
        return Wording(tuple(carriers[n] for n in sorted(carriers)), is_verbatim)
    quoted = quoting(claim, cited, material)
    return quoted if quoted.carriers else closest


_LONG_QUOTE = 5
"""Words in quotation marks from which on the words around them may be told otherwise than in the source."""
_FREE_ORDER = 3
"""Content words around quotations whose order says nothing of its own."""


def quoting(claim: Claim, cited: Sequence[PromptSentence], material: Material) -> Wording:
    """The cited sentences whose words a claim quotes, if what it says around them stands there too.

    Quotations are verbatim; their speaker has to be the one of the sentences that they stand in.
    """
    quotes = [quoted for quoted in claim.quoted if quoted]
    if sum(len(words(quoted)) for quoted in quotes) < _LONG_QUOTE:
        return Wording()
    carriers: dict[int, PromptSentence] = {}
    for quoted in quotes:
        holding = [one for one in cited if stands(quoted, bare(one.text))]
        if not holding:
            return Wording()
        carriers |= {one.n: one for one in holding[:1]}
    found = [carriers[n] for n in sorted(carriers)]
    said = claim.speaker
    for one in found:
        told = _speaker(one.analysis.quotations)
        if (
            said is None
            or told is None
            or not (_is_same(said, names_in(told)) or _is_same(told, names_in(said)))
        ):
            return Wording()
    around = analyse_question(" ".join(_outside(claim.said.text, quotes).split()))
    outside = Claim(around)
    near = [*(before for one in found for before in material.before(one, 1)), *found]
    held = [material.lemmas[one.n - 1] for one in near]
    verbs = {compared(lemma(fold(one.verb))) for one in claim.said.quotations if one.verb}
    wanted = [word for word in outside.content if word not in verbs]
    is_held = share(wanted, *held) >= SHARE and (
        len(wanted) <= _FREE_ORDER or any(keeps_order(around, one.analysis) for one in found)
    )
    if (
        not is_held
        or around.negated
        or not all(
            _is_named(name, claim.said, near, material.article_of(found[0]), material)
            for name in claim.said.names
        )
    ):
        return Wording()
    if around.quantities and not all(_holds_parts(outside, one.analysis, one, material) for one in found):
        return Wording()
    return Wording(tuple(found))


def _outside(text: str, quotes: Sequence[str]) -> str:
    """A text without the words in quotation marks."""
    for quoted in quoted_words(text):
        text = text.replace(quoted, " ")
    return re.sub(r"[“”\"„«»‘]", " ", text)


def _carried(claim: Claim, one: PromptSentence, material: Material, written: frozenset[str]) -> Wording:
    """Whether this sentence says it; sentences in front may only name whom it goes on about.

    `written` are the words of all cited sentences, in small letters.
    """
    if ";" in one.text and ";" not in claim.said.text:
        parts = _split(one.analysis)
        shares = [claim.share(frozenset(lemmas(part))) for part in parts]
        source = parts[shares.index(max(shares))]
    else:
        source = one.analysis
    held = frozenset(lemmas(source)) if source is not one.analysis else material.lemmas[one.n - 1]
    own = claim.share(held)
    context = material.before(one, _CONTEXT) if _POINTS_BACK.search(one.text) else ()
    all_of = claim.share(held, material.lemmas[context[-1].n - 1]) if context and own >= OWN_SHARE else own
    if all_of < SHARE or (claim.is_scant and claim.folded not in folded(source.text)):
        turned = _turned(claim.said, source, written) if own >= TURNED_SHARE else None
        return Wording(turned=turned, likeness=own)
    turned = _turned(claim.said, source, written) or _other_speaker(claim, one)
    if turned is not None or _may_be_anothers(claim, one):
        return Wording(turned=turned, likeness=own)
    if any(_denials(claim.said, source)) or not _holds_parts(claim, source, one, material):
        return Wording(likeness=own)
    named = _named_in(claim, one, context, material)
    if named is None or not keeps_order(claim.said, source):
        return Wording(likeness=own)
    is_verbatim = _is_whole(claim.said.text, one.text)
    if not is_verbatim and _is_taken_out(claim.said, source):
        return Wording(likeness=own)
    return Wording((*context[len(context) - named :], one), is_verbatim, None, own)


def _is_whole(text: str, source: str) -> bool:
    """Whether it is the whole sentence, word for word: a part of one may say something else alone."""
    said, told = (bare(one).strip(" .,;:!?…") for one in (text, source))
    return said[1:] == told[1:] and said[:1].casefold() == told[:1].casefold()


def _is_taken_out(claim: Sentence, source: Sentence) -> bool:
    """Whether the claim leaves out what the source puts before it, or who says it there.

    "The story that Hart owns the pier is a hoax", "If the rent rises, Hart will sell": what stands in front
    may turn what follows into a rumour, a condition, a mistake. A phrase of time or place does not, and a
    claim that names its own speaker is compared by that.
    """
    if claim.quotations:
        return False
    told = {fold(word) for word, _, _ in claim.words}
    content = {lemma(word.lower()) for word in content_words(claim, light=True)}
    for one in source.quotations:
        said = {lemma(word.lower()) for word, start, _ in source.words if one.start <= start < one.end}
        if len(content & said) >= TAKEN_SHARE * len(content):
            return True
    dated = [range(one.start, one.end) for one in source.dates]
    front: list[str] = []
    for word, start, _ in source.words:
        if not is_stopword(word) and (fold(word) in told or lemma(word.lower()) in content):
            break
        if not (word.isupper() or word[0].isdigit() or any(start in one for one in dated)):
            front.append(fold(word))
    else:
        return False
    opens = front[0] if front else ""
    is_phrase = opens in _OF_TIME_OR_PLACE and "," in source.text[:start]
    new = [word for word in front if word not in told and not is_stopword(word)]
    # "Engineer Tom Bryce": what somebody is may be left out.
    is_title = _TITLE.fullmatch(source.text[:start]) and not any(map(is_stopword, front[1:]))
    named = is_title and any(name.start == start for name in source.names)
    is_new = any(word not in NUMBER_WORDS for word in new) and not named
    return (opens in _CONDITIONS and opens not in told) or (is_new and not is_phrase)


# One or two words in front of a name, with no stop between them.
_TITLE = re.compile(r"(?:the )?[A-Za-z-]+(?: [a-z-]+)? ", re.I)
# "3-1", "21 to 17": two numbers whose order counts.
_SCORE = re.compile(r"(?<![\w-])\d{1,3}(?:[-–]| to )\d{1,3}(?![\w-])")
TAKEN_SHARE = 0.7
"""Of a claim's words, how many stand in what somebody says in the source, so that it is a part of that."""
_OF_TIME_OR_PLACE = frozenset("on in at after before during since until by near from under".split())
_CONDITIONS = frozenset("if unless whether should had lest unlike".split())


def _split(sentence: Sentence) -> list[Sentence]:
    """The parts of a sentence between its semicolons."""
    borders = [0, *(match.end() for match in _PARTS.finditer(sentence.text)), len(sentence.text)]
    return [sentence.part(start, end) for start, end in pairwise(borders)]


def _holds_parts(claim: Claim, source: Sentence, one: PromptSentence, material: Material) -> bool:
    """Whether quotations, numbers, dates and sweeping words stand there, numbers with their noun."""
    text = bare(source.text)
    scores = (bare(one[0]) for one in _SCORE.finditer(claim.said.text))
    if not all(stands(one, text) for one in (*filter(None, claim.quoted), *scores)):
        return False
    for quantity in claim.said.quantities:
        if any(told.start <= quantity.start < told.end for told in claim.said.dates):
            continue
        is_an = quantity.low == quantity.high == 1 and quantity.unit is None and _AN.search(source.text)
        if not is_an and not is_number_told(claim.said, quantity, source):
            return False
    if _counts_otherwise(claim.said, source) or _is_limited(claim.said, source):
        return False
    article = material.article_of(one)
    if not all(is_date_told(claim.said, told, one, article) for told in claim.said.dates):
        return False
    sweeping = {match[0].lower() for match in SWEEPING.finditer(source.text)}
    return all(match[0].lower() in sweeping for match in SWEEPING.finditer(claim.said.text))


def _named_in(
    claim: Claim, one: PromptSentence, context: Sequence[PromptSentence], material: Material
) -> int | None:
    """How many sentences in front are needed to tell every name of the claim; None if they do not."""
    article = material.article_of(one)
    if _wrong_person(claim, article):
        return None
    for reach in range(len(context) + 1):
        near = [*context[len(context) - reach :], one]
        if all(_is_named(name, claim.said, near, article, material) for name in claim.said.names):
            return reach
    return None


def _is_named(
    name: Name, said: Sentence, near: Sequence[PromptSentence], article: ArticleMaterial, material: Material
) -> bool:
    opens = name.start == 0 and " " not in name.text
    if opens and any(stem(name.text) in material.stems_of(one) for one in near):
        return True
    if not any(material.mentions_of(one).has(name) for one in near):
        return _is_affiliation(name, said, article, material)
    parts = (word for word, _, _ in words(name.text) if not is_stopword(word))
    return all(mentions_name(article.mentions, part) for part in parts) and not _misnamed(
        name, article.folded
    )


def _is_affiliation(name: Name, said: Sentence, article: ArticleMaterial, material: Material) -> bool:
    """Whether the claim says whose somebody is ("Hart of Acme"), and a sentence of the article names both."""
    owner = next((one for one in said.names if _OF.fullmatch(said.text, one.end, name.start)), None)
    return owner is not None and any(
        material.mentions_of(one).has(owner) and material.mentions_of(one).has(name)
        for one in article.sentences
    )


def _misnamed(name: Name, told: Sequence[str]) -> bool:
    """Whether a person's other names never stand before the surname: "Petra Rieck" of a Voss and a Rieck.

    `told` are the folded words of the article.
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


def _wrong_person(claim: Claim, article: ArticleMaterial) -> bool:
    """Whether "he" goes back to somebody whom the article does not name."""
    if claim.antecedent is None or not _PRONOUN.search(claim.said.text):
        return False
    opens = _PRONOUN.match(claim.said.text.lstrip("“\"‘' "))
    if not opens and any(is_person_like(name) for name in claim.said.names):
        return False
    return not mentions_name(article.mentions, claim.antecedent)


def _is_limited(claim: Sentence, source: Sentence) -> bool:
    """Whether a word that takes something away from one of the claim stands right before it in the source."""
    said = {word.lower() for word, _, _ in claim.words}
    told = [word.lower() for word, _, _ in source.words]
    return any(
        word in _LIMITING and word not in said and not said.isdisjoint(told[place + 1 : place + 1 + _LIMITED])
        for place, word in enumerate(told)
    )


def _counts_otherwise(claim: Sentence, source: Sentence) -> bool:
    """Whether a number of the claim counts a noun that the sentence counts with another number."""
    told = set(_counted(source, 4))
    nouns = {noun for _, noun in _counted(source, 1)}
    for quantity in claim.quantities:
        same = [other for other in source.quantities if other.counts and other.counts == quantity.counts]
        if same and not is_number_told(claim, quantity, replace(source, quantities=tuple(same))):
            return True
    return any((number, noun) not in told and noun in nouns for number, noun in _counted(claim, 1))


def _counted(sentence: Sentence, reach: int) -> Iterator[tuple[str, str]]:
    """Which words follow each number, up to `reach` words behind it: what it may count."""
    found, text = sentence.words, sentence.text
    for place, (word, _, end) in enumerate(found):
        if not word[0].isdigit():
            continue
        for other, start, _ in found[place + 1 : place + 1 + reach]:
            if re.search(r"[.;!?]\s", text[end:start]):
                break
            if not is_stopword(other) and not other[0].isdigit():
                yield word, stem(other)


# What is turned round


def _turned(claim: Sentence, source: Sentence, written: frozenset[str]) -> str | None:
    """Which roles, direction or negation differ from what the source says, in a sentence that is true."""
    if reversed_roles(claim, source) or (is_exchanged(claim, source) and not keeps_order(claim, source)):
        return Notice("It has the words of the cited sentence in another order.", "reason_order")
    if reason := _opposed(claim, source):
        return reason
    if (word := _denied_alone(claim, source, written)) and is_negation(word):
        return Notice(f"It says “{word}”, which the cited sentence does not.", "reason_adds", words=word)
    said = frozenset(word.lower() for word, _, _ in claim.words)
    if word := _denied_alone(source, claim, said):
        return Notice(f"It leaves out “{word}” of the cited sentence.", "reason_omits", words=word)
    return None


def _denied_alone(one: Sentence, other: Sentence, held: frozenset[str]) -> str | None:
    """A word of denying of one sentence, none of `held`, by which it denies what the other states.

    The other has to have the very words that are denied, and deny them nowhere. In "leaves no stone
    unturned", or in "by the mayor, not by him" beside "by the mayor", nothing is denied that it states.
    """
    if (around := _negations(one)) and around == _negations(other):
        return None
    shared = _triggers(one) & _triggers(other)
    stated = {compared(lemma(word.lower())) for word, _, _ in other.words if stem(word) not in other.negated}
    for denial in denials(_DENIES_NOTHING.sub(lambda match: "-" * len(match[0]), one.text)):
        if denial.word.lower() in held or stem(denial.word) in shared:
            continue
        if denial.is_reversal:
            is_stated = bool(denial.reached & set(other.every_stem) - other.negated - _open(one))
        elif denial.word.lower() in _OF_SEVERAL:
            is_stated = bool(denial.reached) and denial.reached <= set(other.every_stem) - other.negated
        else:
            is_stated = _is_run_stated(denial, stated) and not _is_set_against(denial, one, stated)
        if is_stated:
            return denial.word
    return None


def _is_run_stated(denial: Denial, stated: set[str]) -> bool:
    """Whether the lemmas stated hold what stands right behind a negation: all of a noun, the first verb."""
    run = [compared(lemma(word)) for word in denial.run]
    if denial.word.lower() in _BEFORE_NOUNS:
        return bool(run) and stated.issuperset(run)
    # "Never formally charged": the verb may stand behind an adverb.
    first = run[: 2 if denial.run and denial.run[0].endswith("ly") else 1]
    return not stated.isdisjoint(first)


_BEFORE_NOUNS = frozenset(("no", "without"))
"""Behind these all words of a noun tell what is denied, behind other negations the first one."""
_OF_SEVERAL = frozenset(("none", "neither", "nor"))
"""Behind these stands whom the denial is told of, and then what is denied."""


def _is_set_against(denial: Denial, one: Sentence, stated: set[str]) -> bool:
    """Whether what is denied is only set against a part before it that the other sentence has too."""
    before = [word for word, _, end in one.words if end <= denial.start and not is_stopword(word)]
    return denial.is_contrast and bool(before) and compared(lemma(before[-1].lower())) in stated


def _denials(claim: Sentence, source: Sentence) -> tuple[bool, bool, bool]:
    """Whether the claim denies what the source states, states what it denies, states what it doubts."""
    (said_not, said_maybe), (told_not, told_maybe) = _reached_otherwise(claim, source)
    if (around := _negations(claim)) and around == _negations(source):
        said_not = told_not = frozenset()
    held, said = set(source.every_stem), set(claim.every_stem)
    is_new = bool(said_not & held and not said_not & told_not) or bool(said_not and not told_not)
    dropped = (told_not & said) - said_not - _open(source)
    overstated = (told_maybe - told_not) & said - said_maybe - _open(source)
    return is_new, bool(dropped), bool(overstated)


def is_negation(word: str) -> bool:
    """Whether a word is "not" or one like it, and no verb such as "denied"."""
    return word.lower() in _NOT or word.lower().endswith(("n't", "n’t"))


_NOT = frozenset("not never no none nobody nothing neither nor cannot without".split())


def _negations(sentence: Sentence) -> set[tuple[str, ...]] | None:
    """Each word of negation with the words beside it; None without one: the same ones deny the same."""
    found = [word.lower() for word, _, _ in sentence.words]
    around = {
        tuple(found[max(0, place - 1) : place + 2]) for place, word in enumerate(found) if is_negation(word)
    }
    return around or None


_Reached = tuple[frozenset[str], frozenset[str]]


def _reached_otherwise(claim: Sentence, source: Sentence) -> tuple[_Reached, _Reached]:
    """What negations and doubts reach in both, but for those verbs that both have: "accused", "dismissed"."""
    shared = _triggers(claim) & _triggers(source)
    if not shared:
        return (claim.negated, claim.doubted), (source.negated, source.doubted)
    said, told = (
        reached(_WORD.sub(lambda word: "did" if stem(word[0]) in shared else word[0], one.text))
        for one in (claim, source)
    )
    return said, told


def _triggers(sentence: Sentence) -> frozenset[str]:
    """The stems of the verbs of denying and doubting in it."""
    return frozenset(stem(word) for word, _, _ in sentence.words if word in DENYING_VERBS)


def _opposed(claim: Sentence, source: Sentence) -> str | None:
    """Whether the claim has a word whose opposite is in the source, and not the word itself."""
    said, told = _by_stem(claim), _by_stem(source)
    for left, right in _OPPOSITES:
        for one, other in ((left, right), (right, left)):
            if one in said and one not in told and other in told and other not in said:
                if is_compared(one, other) and keeps_order(claim, source):
                    continue
                return _otherwise(said[one], told[other])
    return None


def _by_stem(sentence: Sentence) -> dict[str, str]:
    """The words of a sentence by their stems."""
    return {stem(word): word for word, _, _ in sentence.words}


def _open(source: Sentence) -> set[str]:
    """Those of the doubted stems that the source also says without a doubt."""
    counts = Counter(source.every_stem)
    return {one for one in source.doubted if counts[one] > 1}


def _may_be_anothers(claim: Claim, one: PromptSentence) -> bool:
    """Whether the sentence may have another one say what the claim puts into somebody's mouth."""
    said, told = claim.speaker, _speaker(one.analysis.quotations)
    if said is None or told is None or not _names_somebody(said) or not _names_somebody(told):
        return False
    return not _is_speaker(said, told)


def _other_speaker(claim: Claim, one: PromptSentence) -> str | None:
    """What both name as speaker, if the sentence has another named one say those very words.

    It is told by the words of both that name speaker and saying, as they stand there.
    """
    said = claim.speaker
    if said is None or not _names_somebody(said):
        return None
    for own in claim.said.quotations:
        words_of_it = lemmas(claim.said.part(own.start, own.end))
        wanted = [word for word in words_of_it if not is_stopword(word)]
        told = [
            quotation
            for quotation in one.analysis.quotations
            if wanted
            and share(wanted, frozenset(lemmas(one.analysis.part(quotation.start, quotation.end))))
            >= TURNED_SHARE
        ]
        if not told or not all(
            each.speaker and _names_somebody(each.speaker) and not _is_speaker(said, each.speaker)
            for each in told
        ):
            continue
        names, others = _naming(claim.said, own, said), _naming(one.analysis, told[0], told[0].speaker or "")
        if names and others and folded(others) not in folded(claim.said.text):
            return _otherwise(names, others)
    return None


def _otherwise(said: str, told: str) -> Notice:
    says = f"It says “{said}” where the cited sentence says “{told}”."
    return Notice(says, "reason_otherwise", said=said, told=told)


def _naming(sentence: Sentence, quotation: Quotation, speaker: str) -> str | None:
    """The words of a sentence that name speaker and saying ("Hart told"); None where they stand apart."""
    text, same = sentence.text, names_in(speaker)
    people = [match.span() for match in re.finditer(rf"(?<!\w){re.escape(speaker)}(?!\w)", text)]
    people += [(name.start, name.end) for name in sentence.names if _is_same(name.text, same)]
    people += [(one.start, one.end) for one in sentence.references if _is_same(one.antecedent, same)]
    if opens := _PRONOUN.match(text):
        people.append(opens.span())
    found: list[tuple[int, int, str]] = []
    for verb in re.finditer(rf"(?<!\w){re.escape(quotation.verb or '')}(?!\w)", text):
        # "Was warned that" names whom somebody warned.
        if quotation.start <= verb.start() < quotation.end or _PASSIVE.search(text, 0, verb.start()):
            continue
        for start, end in people:
            gap = max(start, verb.start()) - min(end, verb.end())
            if 0 < gap <= _BESIDE and not _MARKS.search(text, min(start, verb.start()), max(end, verb.end())):
                named = text[min(start, verb.start()) : max(end, verb.end())]
                found.append((gap, -len(named), named))
    return min(found)[2] if found else None


_MARKS = re.compile(r"[“”\"]")
_BESIDE = 12
"""Characters between a speaker and the verb of saying."""
_PASSIVE = re.compile(r"\b(?:is|are|was|were|be|been|being|got)\s+(?:\w+ly\s+)?$", re.I)


def _is_speaker(said: str, told: str) -> bool:
    """Whether both name the same speaker, one who speaks for another told apart from that one."""
    if _is_same(said, names_in(told)) or _is_same(told, names_in(said)):
        return _speaks_for(said) or not _speaks_for(told)
    return False


def _speaker(quotations: Sequence[Quotation]) -> str | None:
    """The only speaker of a sentence, if there is one."""
    speakers = {one.speaker for one in quotations if one.speaker}
    return speakers.pop() if len(speakers) == 1 else None


def _names_somebody(speaker: str) -> bool:
    return any(word[0].isupper() for word in speaker.split()[-1:])


def _speaks_for(speaker: str) -> bool:
    """Whether somebody is told by whom he belongs to: "a spokesman for Hart", "Hart's lawyer"."""
    return re.search(r"^(?i:an?|the)?\s*[a-z]+\s+(?:for|of)\s|['’]s?\s+[a-z]", speaker) is not None


def _is_same(name: str, others: Mentions) -> bool:
    return mentions_name(others, name)
