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
from index.language.sentence import Name, Sentence
from index.language.words import fold, is_stopword, stem

_LISTS = read_lists("index.language", "order.txt")
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
_LINKS = PREPOSITIONS | {"than", "like", "unlike", "except"}
_AGENT, _THAN, _BARE, _DAY, _SAID = "by", "than", "", "day", "said"
_FEWER, _PASSIVE, _OF, _OWNER = "less", "passive", "of", ("'s", "’s")
_CUTTING = frozenset("while whereas but that who which though although".split())
"""Words that begin a clause of its own."""
_NAMING = frozenset("called named known dubbed nicknamed".split())
_MEASURES = frozenset(word for line in _LISTS["measures"] for word in line.split())
_ENDS = frozenset(",;:—–()[]")


_SAY = "say"


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


_BORDER, _CUT, _BEING, _PRONOUN = _Item("border"), _Item("border", "cut"), _Item("be"), _Item("pronoun")


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
    deeds: tuple["_Deed", ...]


@dataclass(frozen=True, slots=True)
class _Deed:
    """A verb, the bare words of its subject, and all words in front of it and behind it up to other verbs."""

    verb: str
    subject: frozenset[str]
    closed: frozenset[str]
    opened: frozenset[str]
    around: frozenset[str]
    objects: frozenset[str]
    owned: frozenset[str]
    """The words behind it that stand under no preposition, and those that only stand under "of"."""


def keeps_order(claim: Sentence, source: Sentence) -> bool:
    """Whether the claim's words, as far as the source has them, stand in its order under its prepositions.

    Who speaks may stand apart or not, "of" may join two nouns or part them ("dozens of"), and passives may be
    turned round or not: one reading in which all words agree is enough.
    """
    if len(claim.text) > TOO_LONG or len(source.text) > TOO_LONG:
        return False
    if not _same_speaker(order_of(claim, False), order_of(source, False)):
        return False
    readings = [(speech, of, True) for speech in (True, False) for of in (True, False)]
    return any(
        _same_deeds(
            order_of(claim, reading[0], True, reading[2]), order_of(source, reading[0], True, reading[2])
        )
        and _agree(order_of(claim, *reading), order_of(source, *reading))
        for reading in (*readings, (True, True, False), (False, False, False))
    )


def _same_speaker(said: Order, told: Order) -> bool:
    """Whether who says something in the claim is not told in the source only as whose spokesman says it."""
    for one in said.deeds:
        others = [other for other in told.deeds if other.verb == one.verb == _SAY and other.subject]
        subject = one.subject & told.every
        if others and subject and all(subject.isdisjoint(other.subject | other.objects) for other in others):
            return False
    return True


def _same_deeds(said: Order, told: Order) -> bool:
    """Whether the words around each verb of the claim stand around the same verb at one place of the source.

    Its subject stands in front of it there; what else stands around it may have been moved to its other side.
    """
    for one in said.deeds:
        others = [other for other in told.deeds if other.verb == one.verb]
        subject, around = one.subject & told.every, one.around & told.every
        if others and not any(
            _is_subject(subject, other)
            and len(around - other.around) <= len(around) // 5
            and one.objects.isdisjoint(other.owned)
            for other in others
        ):
            return False
    return True


def _is_subject(words: frozenset[str], deed: _Deed) -> bool:
    """Whether the words may be the subject of what is done, and are not only in a clause closed before it."""
    is_closed = not words.isdisjoint(deed.closed) and words.isdisjoint(deed.opened)
    return not deed.subject or (words <= deed.subject and not is_closed)


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


_PLACES = frozenset(("in", "at", "on", "near", "within", "inside"))


def _may_change(label: str, other: str) -> bool:
    """Whether a word may stand under either of two prepositions, or under none, and mean the same."""
    if label in _DIRECTED or other in _DIRECTED:
        return False
    return not {label, other}.isdisjoint((_BARE, _OF)) or _PLACES.issuperset((label, other))


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
        if label not in labels and not all(_may_change(label, other) for other in labels):
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
    read = _items(sentence, parts_speech, parts_of)
    items = _active(_compared(read)) if turns else _marked(read)
    named = [one for one in items if one.kind == "word"]
    labels = dict.fromkeys(one.label for one in named if one.label)
    return Order(
        tuple(one.lemma for one in named if not one.label),
        tuple((label, tuple(one.lemma for one in named if one.label == label)) for label in labels),
        frozenset(one.lemma for one in named),
        frozenset(one.lemma for one in named if one.is_verb),
        tuple((one.label, one.lemma) for one in named),
        tuple((one.verb, one.words - one.closed) for one in _subjects(items)),
        tuple(_objects(items)),
        tuple(_deeds(items)),
    )


@dataclass(frozen=True, slots=True)
class _Subject:
    """The bare words in front of a verb: those only in a clause that a comma closes, those only before it."""

    verb: str
    words: frozenset[str]
    closed: frozenset[str] = frozenset()
    opened: frozenset[str] = frozenset()


def _subjects(items: Sequence[_Item]) -> Iterator[_Subject]:
    """Each verb with its subject: the bare words between it and the verb before, or nothing.

    Behind a comma they stand in front of what the comma closes: "Hart" in "Hart, who sued Lund, won".
    """
    parts: list[list[str]] = [[]]
    before: list[str] = []
    none: frozenset[str] = frozenset()
    subject = closed = opened = none
    is_behind_stop = has_verb = is_clause = False
    for one in items:
        if one.kind == "border":
            is_clause = has_verb or (is_clause and not parts[-1])
            parts.append([])
            before, is_behind_stop, has_verb = [], True, False
        elif one.kind == "pronoun":
            is_behind_stop = False
        elif one.is_verb:
            told = [frozenset(part) for part in parts if part]
            # "Hart sued Lund and won": both verbs have one subject.
            if not one.is_joined:
                across = none.union(*told) if is_behind_stop and not before else none
                subject = frozenset(before) or across
                last, earlier = (
                    (told[-1], none.union(*told[:-1]))
                    if across and is_clause and len(told) > 1
                    else (none, none)
                )
                closed, opened = last - earlier, earlier - last
            yield _Subject(one.lemma, subject, closed, opened)
            before, is_behind_stop, has_verb = [], False, True
        elif one.kind == "word" and not one.label:
            before.append(one.lemma)
            parts[-1].append(one.lemma)


def _deeds(items: Sequence[_Item]) -> Iterator[_Deed]:
    """Each verb with its subject and what stands around it."""
    verbs = [place for place, one in enumerate(items) if one.is_verb]
    around: frozenset[str] = frozenset()
    for told, first, at, last in zip(
        _subjects(items), [-1, *verbs], verbs, [*verbs[1:], len(items)], strict=False
    ):
        before = [one for one in items[first + 1 : at] if one.kind == "word"]
        cut = next((place for place in range(at, last) if items[place] is _CUT), last)
        behind = [one for one in items[at + 1 : cut] if one.kind == "word"]
        # "Hart sued Lund and won in June": what stands in front of the first verb is told of both.
        around = (around if items[at].is_joined else frozenset(one.lemma for one in before)) | told.words
        owned = frozenset(one.lemma for one in behind if one.label == _OF)
        objects = frozenset(one.lemma for one in behind if not one.label)
        every = around | frozenset(one.lemma for one in behind)
        yield _Deed(told.verb, told.words, told.closed, told.opened, every, objects, owned - objects)


def _objects(items: Sequence[_Item]) -> Iterator[tuple[str, frozenset[str]]]:
    """Each verb with the bare words behind it, up to a border or another verb."""
    for at, one in enumerate(items):
        if one.is_verb:
            end = next((place for place in range(at + 1, len(items)) if items[place].is_verb), len(items))
            behind = items[at + 1 : min(end, _border(items, at))]
            yield (
                one.lemma,
                frozenset(each.lemma for each in behind if each.kind == "word" and not each.label),
            )


def _items(sentence: Sentence, parts_speech: bool, parts_of: bool) -> list[_Item]:
    """The content words in order, each with its label, and the borders between clauses."""
    return _Reader(sentence, parts_speech, parts_of).items()


class _Reader:
    """Reads a sentence word by word: which preposition a word stands under, and where a phrase ends."""

    def __init__(self, sentence: Sentence, parts_speech: bool, parts_of: bool) -> None:
        self._sentence, self._parts_of = sentence, parts_of
        self._saying = _saying(sentence) if parts_speech else frozenset()
        self._found: list[_Item] = []
        self._label, self._has_word = _BARE, False
        self._is_fronted, self._was_name = True, False
        """Whether only words under prepositions were read so far, and whether the last word was a name's."""
        self._before = ""

    def items(self) -> list[_Item]:
        """The items of the whole sentence."""
        end = 0
        for word, start, stop in self._sentence.words:
            between, end = self._sentence.text[end:start], stop
            if not _ENDS.isdisjoint(between):
                self._break(_BORDER)
                self._was_name = self._is_fronted = False
            if start in self._saying:
                if not is_stopword(word):
                    self._found.append(_Item("word", lemma(word.lower()), _SAID))
            elif any(one.start <= start < one.end for one in self._sentence.dates):
                self._label, self._has_word = _BARE, False
                if not is_stopword(word):
                    self._found.append(_Item("word", fold(word), _DAY))
            else:
                name = next((one for one in self._sentence.names if one.start <= start < one.end), None)
                if name is not None or not self._is_function_word(word.lower()):
                    self._read(word, name, stop, is_behind_comma=between.startswith(","))
        return self._found

    def _break(self, item: _Item) -> None:
        self._found.append(item)
        self._label, self._has_word = _BARE, False

    def _is_function_word(self, low: str) -> bool:
        """Whether a word only links others, or begins a clause; what is to follow from that is kept."""
        if low == "of" and (not self._parts_of or self._before in _MEASURES):
            self._label = _BARE if self._label == _AGENT else self._label
        elif low in _LINKS:
            self._label, self._has_word = low, False
        elif low in BE:
            self._break(_BEING)
            self._is_fronted = False
        elif low in CONJUNCTIONS | RELATIVE and low not in ("and", "or"):
            self._break(_CUT if low in _CUTTING else _BORDER)
        else:
            if low in PRONOUNS:
                self._found.append(_PRONOUN)
            if low in DETERMINERS | PRONOUNS | MODALS and self._has_word:
                self._label, self._has_word = _BARE, False
            return False
        return True

    def _read(self, word: str, name: Name | None, stop: int, *, is_behind_comma: bool) -> None:
        """Takes a content word under the preposition that it stands under."""
        low = word.lower()
        is_joined, self._before = self._before in ("and", "or"), low
        is_kept = low in _COMPARED or low in _LEMMAS or not is_stopword(word)
        if not is_kept and (word.islower() or name is None):
            return
        is_verb = word.islower() and (low in _LEMMAS or low.endswith("ed"))
        if low in _NAMING and is_behind_comma:
            is_verb = False  # "the links, called joints, broke"
        opens_phrase = self._is_fronted and self._was_name and word.islower()
        if (is_verb and self._has_word) or opens_phrase:
            self._label = _BARE
        last = stop if name is None else name.end
        is_owner = self._sentence.text[last : last + 2] in _OWNER or word.endswith(_OWNER)
        self._found.append(
            _Item(
                "word",
                lemma(low),
                _OF if is_owner and self._parts_of else self._label,
                is_verb and not is_joined and (low in _PARTICIPLES or low.endswith(("ed", "en"))),
                is_verb,
                is_joined,
            )
        )
        self._has_word, self._was_name = True, name is not None
        self._is_fronted = self._is_fronted and self._label != _BARE


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


def is_participle(word: str) -> bool:
    """Whether a word in small letters makes a passive behind "was"."""
    return word in _PARTICIPLES or (word.endswith("ed") and len(word) > 4)


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
