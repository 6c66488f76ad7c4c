"""Order and direction: whether the words of a claim stand to each other as they do in its source.

Without a parser: a sentence becomes the order of its bare words, passives turned round ("B was hit by A" is
A, hit, B) and "fewer ... than" into "more ... than", and the words under each preposition. A claim keeps the
order if its words, as far as the source has them, stand there in the same order under the same preposition.
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache

from corpus.words.lists import read_lists
from index.language.relations import (
    BE,
    CONJUNCTIONS,
    DETERMINERS,
    MODALS,
    PREPOSITIONS,
    PRONOUNS,
    RELATIVE,
    TOO_LONG,
)
from index.language.sentence import Sentence
from index.language.words import fold, is_stopword, stem

_LISTS = read_lists("rag.check", "order.txt")
_LEMMAS = {form: line.split()[0] for line in _LISTS["irregular verbs"] for form in line.split()}
"""Each form of an irregular verb, and its base form."""
_PAST = frozenset(form for line in _LISTS["irregular verbs"] for form in line.split()[2:])
_PARTICIPLES = frozenset(line.split()[-1] for line in _LISTS["irregular verbs"])
_MORE = {
    less: more
    for more, lesser in (line.split(" / ") for line in _LISTS["comparatives"])
    for less in lesser.split()
}
"""Each word for less, and the word for more that says the same with the sides exchanged."""
_COMPARED = frozenset((*_MORE, *_MORE.values()))
_LINKS = PREPOSITIONS | {"than"}
_AGENT, _THAN, _BARE, _DAY, _SAID = "by", "than", "", "day", "said"
_FEWER, _PASSIVE, _OF, _OWNER = "less", "passive", "of", ("'s", "’s")
_ENDS = frozenset(",;:—–()[]")


@dataclass(frozen=True, slots=True)
class _Item:
    """A content word: its lemma, the preposition it stands under; or a border, or a form of "be"."""

    kind: str
    lemma: str = ""
    label: str = _BARE
    is_participle: bool = False
    is_verb: bool = False
    is_joined: bool = False
    """Whether "and" or "or" stands right in front of it."""


_BORDER, _BEING = _Item("border"), _Item("be")


@dataclass(frozen=True, slots=True)
class Order:
    """The lemmas of a sentence that stand under no preposition, in order, and those under each."""

    bare: tuple[str, ...]
    under: tuple[tuple[str, tuple[str, ...]], ...]
    every: frozenset[str]
    verbs: frozenset[str]
    sequence: tuple[tuple[str, str], ...]
    subjects: tuple[tuple[str, frozenset[str]], ...]
    objects: tuple[tuple[str, frozenset[str]], ...]


def keeps_order(claim: Sentence, source: Sentence) -> bool:
    """Whether the claim's words, as far as the source has them, stand in its order under its prepositions.

    Who speaks may stand apart or not, "of" may join two nouns or part them ("dozens of"), and passives may be
    turned round or not: one reading in which all words agree is enough.
    """
    if len(claim.text) > TOO_LONG or len(source.text) > TOO_LONG:
        return False
    readings = [(speech, of, True) for speech in (True, False) for of in (True, False)]
    return any(
        _same_subjects(order_of(claim, *reading), order_of(source, *reading))
        and _agree(order_of(claim, *reading), order_of(source, *reading))
        for reading in (*readings, (True, True, False), (False, False, False))
    )


def _same_subjects(said: Order, told: Order) -> bool:
    """Whether no verb of the claim has other words in front of it than everywhere in the source."""
    for verb, subject in said.subjects:
        others = [other for one, other in told.subjects if one == verb and other]
        known = subject & told.every
        if known and others and all(known.isdisjoint(other) for other in others):
            return False
    return True


def _agree(said: Order, told: Order) -> bool:
    under = dict(told.under)
    if not all(
        _is_within([one for one in lemmas if one in under.get(label, ())], under.get(label, ()))
        for label, lemmas in said.under
    ):
        return False
    if all(
        one in under.get(label, ()) or one not in told.every for label, lemmas in said.under for one in lemmas
    ) and _is_within([one for one in said.bare if one in told.every], told.bare):
        return True
    return _moves_one_phrase(said, told)


_DIRECTED = frozenset(("from", "to", _AGENT, _THAN, _PASSIVE, _SAID, _FEWER))
"""Prepositions under which a word means something else than under another."""


def _moves_one_phrase(said: Order, told: Order) -> bool:
    """Whether the words stand in the source's order but for one place, where the claim goes back in it.

    Subject and object that changed places make two of them, or one beside the verb.
    """
    at, breaks, is_joined, before = -1, 0, True, ""
    verbs = said.verbs | told.verbs
    for label, one in said.sequence:
        if label == _SAID and one in told.every:
            continue
        places = [place for place, (_, other) in enumerate(told.sequence) if other == one]
        if not places:
            is_joined = False
            continue
        labels = {told.sequence[place][0] for place in places}
        if label not in labels and not _DIRECTED.isdisjoint({label, *labels}):
            return False
        following = next((place for place in places if place > at), None)
        if following is None:
            breaks += 1
            if breaks > 1 or not is_joined or not verbs.isdisjoint((before, one)):
                return False
            following = places[0]
        at, is_joined, before = following, True, one
    return True


def is_compared(one: str, other: str) -> bool:
    """Whether two stems say more and less of a comparison, which may be told from either side."""
    return _LESS.get(one) == other or _LESS.get(other) == one


def is_exchanged(claim: Sentence, source: Sentence) -> bool:
    """Whether words on the two sides of a verb, or of "from" and "to", have changed places."""
    if len(claim.text) > TOO_LONG or len(source.text) > TOO_LONG:
        return False
    said, told = order_of(claim), order_of(source)
    if _crossed(dict(said.under), dict(told.under)):
        return True
    subjects, objects = dict(said.subjects), dict(said.objects)
    others, patients = dict(told.subjects), dict(told.objects)
    return any(
        subjects[verb] & patients[verb] - others[verb] and objects[verb] & others[verb] - patients[verb]
        for verb in subjects.keys() & others.keys()
    )


def _crossed(said: dict[str, tuple[str, ...]], told: dict[str, tuple[str, ...]]) -> bool:
    """Whether what stands under "from" and "to" is the other way round."""
    here, there = set(said.get("from", ())), set(said.get("to", ()))
    from_it, to_it = set(told.get("from", ())), set(told.get("to", ()))
    return bool(here & to_it and there & from_it and not here & from_it and not there & to_it)


def _is_within(some: Sequence[str], all_of: Sequence[str]) -> bool:
    """Whether these stand in the others in the same order."""
    left = iter(all_of)
    return all(one in left for one in some)


@lru_cache(maxsize=2_048)
def order_of(
    sentence: Sentence, parts_speech: bool = True, parts_of: bool = True, turns: bool = True
) -> Order:
    """The order of a sentence's words; `parts_speech`: the words that tell who speaks stand apart.

    `turns`: passives are turned round; otherwise their verbs stand under a label of their own.
    """
    read = list(_items(sentence, parts_speech, parts_of))
    items = _active(_compared(read)) if turns else _marked(read)
    named = [one for one in items if one.kind == "word"]
    labels = dict.fromkeys(one.label for one in named if one.label)
    return Order(
        tuple(one.lemma for one in named if not one.label),
        tuple((label, tuple(one.lemma for one in named if one.label == label)) for label in labels),
        frozenset(one.lemma for one in named),
        frozenset(one.lemma for one in named if one.is_verb),
        tuple((one.label, one.lemma) for one in named),
        tuple(_subjects(items)),
        tuple(_objects(items)),
    )


def _subjects(items: Sequence[_Item]) -> Iterator[tuple[str, frozenset[str]]]:
    """Each verb with its subject: the bare words between it and the verb before, or nothing.

    Behind a comma they stand in front of what the comma closes: "Hart" in "Hart, who sued Lund, won".
    """
    parts: list[list[str]] = [[]]
    before: list[str] = []
    subject: frozenset[str] = frozenset()
    is_behind_stop = False
    for one in items:
        if one.kind == "border":
            parts.append([])
            before, is_behind_stop = [], True
        elif one.is_verb:
            told = [part for part in parts if part]
            across = [word for part in (told[:-1] if len(told) > 1 else told) for word in part]
            # "Hart sued Lund and won": both verbs have one subject.
            if not one.is_joined:
                subject = frozenset(before or (across if is_behind_stop else ()))
            yield one.lemma, subject
            before, is_behind_stop = [], False
        elif one.kind == "word" and not one.label:
            before.append(one.lemma)
            parts[-1].append(one.lemma)


def _objects(items: Sequence[_Item]) -> Iterator[tuple[str, frozenset[str]]]:
    """Each verb with the bare words behind it, up to a border or another verb."""
    for at, one in enumerate(items):
        if one.is_verb:
            end = next((place for place in range(at + 1, len(items)) if items[place].is_verb), len(items))
            behind = items[at + 1 : min(end, _border(items, at))]
            yield one.lemma, frozenset(each.lemma for each in behind if not each.label)


def _items(sentence: Sentence, parts_speech: bool, parts_of: bool) -> Iterator[_Item]:
    """The content words in order, each with its label, and the borders between clauses."""
    text, label, has_word, end, was_name, before = sentence.text, _BARE, False, 0, False, ""
    is_fronted = True
    saying = _saying(sentence) if parts_speech else frozenset()
    for word, start, stop in sentence.words:
        low = word.lower()
        between, end = text[end:start], stop
        if not _ENDS.isdisjoint(between):
            yield _BORDER
            label, has_word, was_name, is_fronted = _BARE, False, False, False
        name = next((one for one in sentence.names if one.start <= start < one.end), None)
        in_name, last = name is not None, name.end if name is not None else stop
        if start in saying:
            if not is_stopword(word):
                yield _Item("word", lemma(low), _SAID)
            continue
        if any(one.start <= start < one.end for one in sentence.dates):
            label, has_word = _BARE, False
            if not is_stopword(word):
                yield _Item("word", fold(word), _DAY)
            continue
        if not in_name:
            if low == "of" and not parts_of:
                label = _BARE if label == _AGENT else label
                continue
            if low in _LINKS:
                label, has_word = low, False
                continue
            if low in BE:
                label, has_word, is_fronted = _BARE, False, False
                yield _BEING
                continue
            if low in CONJUNCTIONS | RELATIVE and low not in ("and", "or", "like", "than"):
                label, has_word = _BARE, False
                yield _BORDER
                continue
            if low in DETERMINERS | PRONOUNS | MODALS and has_word:
                label, has_word = _BARE, False
        is_joined = before in ("and", "or")
        before = low
        if low not in _COMPARED and is_stopword(word) and (word.islower() or not in_name):
            continue
        is_verb = word.islower() and (low in _LEMMAS or low.endswith("ed"))
        if (is_verb and label and has_word) or (is_fronted and was_name and label and word.islower()):
            label = _BARE
        is_owner = parts_of and (text[last : last + 2] in _OWNER or word.endswith(_OWNER))
        yield _Item(
            "word",
            lemma(low),
            _OF if is_owner else label,
            is_verb and not is_joined and (low in _PARTICIPLES or low.endswith(("ed", "en"))),
            is_verb,
            is_joined,
        )
        has_word, was_name, is_fronted = True, in_name, is_fronted and label != _BARE


def _saying(sentence: Sentence) -> frozenset[int]:
    """Where the words that name the speakers stand, and their verbs of saying, outside of what is said."""
    told = {
        fold(word)
        for one in sentence.quotations
        if one.speaker
        for word in (*one.speaker.split(), *(one.verb or "").split())
    }
    return frozenset(
        start
        for word, start, _ in sentence.words
        if told
        and fold(word) in told
        and not any(one.start <= start < one.end for one in sentence.quotations)
    )


_THAT = re.compile(r"\s+and\s+that\s+")
_AND = re.compile(
    r",?\s+and\s+(?:(?:later|then|also|has|had|have|was|were|is|are)\s+){0,2}(?P<verb>[a-z]+)\b"
)


def predicates(text: str) -> list[str]:
    """A sentence that says two things of one subject as two, the subject in front of each; else none."""
    if joint := _THAT.search(text):
        that = text.find(" that ")
        first = that + len(" that ") if 0 <= that < joint.start() else 0
        return [text[: joint.start()], text[:first] + text[joint.end() :]] if first else []
    for joint in _AND.finditer(text):
        if not _is_past(joint["verb"]):
            continue
        verb = next(
            (match for match in _LOWER.finditer(text, 0, joint.start()) if _opens_verb(match[0])), None
        )
        if verb is not None and verb.start() > 0:
            rest = re.sub(r"^,?\s+and\s+", "", text[joint.start() :])
            return [text[: joint.start()], text[: verb.start()] + rest]
    return []


_LOWER = re.compile(r"(?<![\w-])[a-z]+(?![\w-])")


def _is_past(word: str) -> bool:
    return word.endswith("ed") or word in _PAST


def _opens_verb(word: str) -> bool:
    return _is_past(word) or word in BE or word in ("has", "had", "have")


@lru_cache(maxsize=65_536)
def lemma(word: str) -> str:
    """The stem of a word in small letters, of an irregular verb that of its base form."""
    return stem(_LEMMAS.get(word, word))


def compared(word: str) -> str:
    """A lemma, for less the one for more: what is compared may be told from either side."""
    return _LESS.get(word, word)


_MOST_PASSIVES = 8


def _active(items: list[_Item]) -> list[_Item]:
    """Passives turned round: subject, be, participle ..., by agent -> agent, participle, subject ..."""
    for _ in range(_MOST_PASSIVES):
        turned = next(filter(None, (_turned_round(items, at) for at in range(len(items)))), None)
        if turned is None:
            break
        items = turned
    return [one for one in items if one.kind != "be"]


def _turned_round(items: list[_Item], at: int) -> list[_Item] | None:
    """The items with the passive turned round whose "be" stands at a place; None if none does."""
    verb = _participle(items, at)
    if verb is None or any(items[place].is_verb for place in range(at + 1, verb)):
        return None
    end = _border(items, at)
    first = max((place + 1 for place in range(at) if items[place].kind == "border"), default=0)
    # In "Hart resigned and Lund was fired" the second verb's subject is what stands behind the first.
    for place in range(first, at):
        if items[place].is_verb and any(not one.label and not one.is_verb for one in items[place + 1 : at]):
            first = place + 1
    subject = items[first:at]
    by = next((place for place in range(verb + 1, end) if items[place].label == _AGENT), end)
    # "by Hart in Oslo": the agent is in Oslo where the subject is somewhere too, else what happens is.
    of_subject, last = {one.label for one in subject if one.label}, by
    while last < end and (items[last].label in of_subject or _goes_on(items, by, last)):
        last += 1
    named = next((place for place in range(by, last) if items[place].label != _AGENT), last)
    agent = [*(_relabelled(one, _AGENT, _BARE) for one in items[by:named]), *items[named:last]]
    return [*items[:first], *agent, items[verb], *subject, *items[verb + 1 : by], *items[last:]]


def _participle(items: Sequence[_Item], at: int) -> int | None:
    """Where the participle stands that a form of "be" at a place makes a passive."""
    if items[at].kind != "be":
        return None
    places = range(at + 1, min(at + 4, _border(items, at)))
    return next((place for place in places if items[place].is_participle), None)


def _marked(items: list[_Item]) -> list[_Item]:
    """Passives as they stand, their verbs under a label of their own."""
    found = _with_less(items)
    for at in range(len(items)):
        verb = _participle(items, at)
        if verb is not None:
            found[verb] = replace(items[verb], label=_PASSIVE)
    return [one for one in found if one.kind != "be"]


def _goes_on(items: Sequence[_Item], by: int, at: int) -> bool:
    """Whether an agent that begins at `by` goes on: "a truck | driven by Hart"."""
    if items[at].label == _AGENT or (at > by and items[at].is_participle and items[at - 1].label == _AGENT):
        return True
    return at > by and items[at].label != _BARE and items[at - 1].is_participle


def _border(items: Sequence[_Item], at: int) -> int:
    """Where the clause ends that runs at a place."""
    return next((place for place in range(at, len(items)) if items[place].kind == "border"), len(items))


def _compared(items: list[_Item]) -> list[_Item]:
    """ "A has fewer X than B" as "B has more X than A"."""
    less = next((place for place, one in enumerate(items) if one.lemma in _LESS), None)
    if less is None:
        return items
    than = next((place for place in range(less, len(items)) if items[place].label == _THAN), None)
    first = max((place + 1 for place in range(less) if items[place].kind == "border"), default=0)
    verb = next(
        (place for place in range(first, less + 1) if items[place].is_verb or items[place].kind == "be"), None
    )
    if than is None or verb is None:
        return _with_less(items)
    end = _border(items, than)
    subject = [_relabelled(one, _BARE, _THAN) for one in items[first:verb]]
    other = [_relabelled(one, _THAN, _BARE) for one in items[than:end]]
    middle = [_Item("word", _LESS.get(one.lemma, one.lemma), one.label) for one in items[verb:than]]
    return [*items[:first], *other, *middle, *subject, *items[end:]]


_LESS = {lemma(less): lemma(more) for less, more in _MORE.items()}


def _with_less(items: Sequence[_Item]) -> list[_Item]:
    """The items with each word for less as the one for more, under a label of its own."""
    return [
        replace(one, lemma=_LESS[one.lemma], label=_FEWER) if one.lemma in _LESS else one for one in items
    ]


def _relabelled(item: _Item, label: str, other: str) -> _Item:
    if item.label != label or item.kind != "word":
        return item
    return replace(item, label=other)
