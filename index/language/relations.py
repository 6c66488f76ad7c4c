"""Who does what to whom in a sentence, and which of its words a negation or a doubt reaches.

Order, passives, prepositions and possessives tell it; where they leave it open, nothing is said. `Phrases`
finds the words before and behind a verb that may be its subject or object, for quotations too. Of 21 reversed
claims that nobody tuned on 14 are seen, and none of 19 others is taken for one (`make cases`).
The verbs earn 12 of these 40, prepositions, nouns and turned verbs 2 each; negations earn 7 of 958 items.
"""

import re
from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property

from corpus.words.lists import read_lists, read_words
from index.language.sentence import Name, NameKind, Relation, Sentence
from index.language.words import fold, is_stopword, stem

Span = tuple[int, int]
Token = tuple[str, int, int]

_GRAMMAR = read_words("index.language", "grammar.txt")
CONJUNCTIONS, PREPOSITIONS = _GRAMMAR["conjunctions"], _GRAMMAR["prepositions"]
DETERMINERS, BETWEEN = _GRAMMAR["determiners"], _GRAMMAR["between"]
BE, MODALS = _GRAMMAR["be"], _GRAMMAR["modals"]
PRONOUNS = frozenset("he she it they there we i you".split())
RELATIVE = frozenset("who which that".split())
_FINITE_WORDS = (
    BE - frozenset(("be", "been", "being")) | MODALS - frozenset(("to", "not")) | _GRAMMAR["have and do"]
)
_TOKEN = re.compile(r"[^\s,;:()\[\]\0“”\"]+")
_BREAK = re.compile(r"[,;:—–()\[\]\0“”\"-]+")
_NEAR = 200
"""Characters before a verb within which its subject begins."""
_NEAR_BEHIND = 160
TOO_LONG = 2_000
"""Characters of a sentence that is not looked at: no sentence of a report is so long."""


# Subjects and objects


class Phrases:
    """The words of one sentence that may be subject or object of a verb in it.

    `masked` is its text, with NUL for what is not looked at; `verbs` are words that no subject holds.
    """

    def __init__(self, masked: str, named: Sequence[Name], verbs: frozenset[str] = frozenset()) -> None:
        self.masked, self.named = masked, named
        self.end = len(masked.rstrip(" .!?…\n\t"))
        self._verbs = verbs

    @cached_property
    def breaks(self) -> list[Span]:
        """Stops, brackets, dashes and hidden parts, in order."""
        found: list[Span] = []
        for match in _BREAK.finditer(self.masked):
            start, end = match.span()
            mark = match[0]
            if mark[0] in ",;:" and not self.masked[end : end + 1].isspace():
                continue
            if mark in ("-", "–"):
                if not (self.masked[start - 1 : start].isspace() and self.masked[end : end + 1].isspace()):
                    continue
                start, end = start - 1, end + 1
            found.append((start, end))
        return found

    def break_before(self, at: int) -> int:
        """Which break is the last one before a place; -1 if there is none."""
        return bisect_left(self.breaks, (at, 0)) - 1

    def in_name(self, at: int) -> bool:
        """Whether a name runs there."""
        return self.name_at(at) is not None

    def name_at(self, at: int) -> Name | None:
        """The name that runs there."""
        place = bisect_right(self._starts, at) - 1
        return self.named[place] if place >= 0 and at < self.named[place].end else None

    def name_ending(self, at: int) -> Name | None:
        """The name that ends there, or one character before."""
        return self._by_end.get(at) or self._by_end.get(at - 1)

    @cached_property
    def _starts(self) -> list[int]:
        return [name.start for name in self.named]

    @cached_property
    def _by_end(self) -> dict[int, Name]:
        return {name.end: name for name in self.named}

    def tokens(self, start: int, end: int) -> list[Token]:
        """The words between two places, with what is written together."""
        return [(match[0], match.start(), match.end()) for match in _TOKEN.finditer(self.masked, start, end)]

    def before(self, at: int) -> tuple[list[Token], list[str]]:
        """The words of a subject right before a verb, and the auxiliaries and adverbs between them.

        No words: the subject stands elsewhere.
        """
        place = self.break_before(at)
        bound = self.breaks[place][1] if place >= 0 else 0
        tokens = self.tokens(max(bound, at - _NEAR), at)
        aux: list[str] = []
        while tokens and _is_auxiliary(tokens[-1][0]):
            aux.append(tokens.pop()[0])
        for place in range(len(tokens) - 1, -1, -1):
            word, start, _ = tokens[place]
            is_word = word.lower() in CONJUNCTIONS and (start == 0 or not self.in_name(start))
            if is_word and _cuts(word, tokens[:place]):
                tokens = tokens[place + 1 :]
                break
        if len(tokens) > 1 and tokens[-1][0] in RELATIVE:
            return self.last_phrase(tokens[:-1]) or tokens[-3:-1], aux
        if tokens and tokens[0][0] in RELATIVE:
            return tokens[:1], aux
        if tokens and tokens[0][0].lower() in PREPOSITIONS:
            return self.last_phrase(tokens), aux
        return tokens, aux

    def last_phrase(self, tokens: list[Token]) -> list[Token]:
        """The last name of some words if they end with one, else what stands behind their last article."""
        name = self.name_ending(tokens[-1][2])
        if name is not None:
            return [one for one in tokens if one[1] >= name.start]
        for place in range(len(tokens) - 1, -1, -1):
            if tokens[place][0].lower() in DETERMINERS:
                return tokens[place:]
        return tokens[-1:] if tokens[-1][0].lower() in PRONOUNS else []

    def across(self, at: int, depth: int = 0) -> Span | None:
        """The subject before an apposition: "Hart" in "Hart, a lawyer, said" and "a lawyer, Hart, said"."""
        place = self.break_before(at)
        if place < 1 or depth > 2 or self.masked[self.breaks[place][0]] != ",":
            return None
        start, end = self.breaks[place - 1][1], self.breaks[place][0]
        start += len(self.masked[start:end]) - len(self.masked[start:end].lstrip())
        inner = self.name_ending(end)
        if inner is not None and inner.start == start and inner.kind is not NameKind.PLACE:
            return start, end
        tokens, _ = self.before(self.breaks[place - 1][0])
        if not tokens:
            return (start, end) if inner is not None and self.can_act((start, end)) else None
        span = tokens[0][1], tokens[-1][2]
        if tokens[0][0][0].islower() and tokens[0][0] not in DETERMINERS | PRONOUNS:
            return self.across(self.breaks[place - 1][1], depth + 1)
        return span if self.can_act(span) else None

    def behind(self, at: int) -> Span | None:
        """The words behind a place that name somebody: up to a stop, a second phrase or a clause."""
        place = self.break_before(at) + 1
        bound = self.breaks[place][0] if place < len(self.breaks) else len(self.masked)
        taken: list[Token] = []
        has_name = False
        for word, start, end in self.tokens(at, min(bound, at + _NEAR_BEHIND)):
            if not self.in_name(start):
                low = word.lower()
                joins = taken and not has_name and low in ("of", "for", "from", "at", "with")
                if (low in PREPOSITIONS and not joins) or low in RELATIVE or low in BE:
                    if low == "by" and len(taken) > 1 and taken[-1][0].endswith(("ed", "seen", "made")):
                        taken.pop()
                    break
                if low in CONJUNCTIONS and (low != "and" or not taken):
                    break
                if not taken and low in self._verbs:
                    return None
            taken.append((word, start, end))
            has_name = has_name or self.in_name(start)
        if not taken:
            return None
        last, first = min(taken[-1][2], self.end), taken[0][1]
        if self.name_ending(last) is None and self.masked[bound : bound + 1] == ",":
            for name in self.named:  # "the chief engineer, Jane Hart"
                if name.start == bound + 2 and self.masked[name.end : name.end + 1] in ("", ",", "."):
                    return name.start, name.end
        return (first, last) if self.can_act((first, last)) else None

    def can_act(self, span: Span) -> bool:
        """Whether the words can be somebody: no verb, no preposition or possessive at the end."""
        words = self.masked[slice(*span)].split()
        if not words:
            return False
        last = words[-1].lower()
        if last in PREPOSITIONS or not (self._verbs.isdisjoint(words) and _FINITE_WORDS.isdisjoint(words)):
            return False
        return not last.endswith(("’s", "'s", "s’", "s'"))

    def head(self, span: Span) -> Span:
        """Somebody without what a preposition or a relative clause adds: "Hart" of "Hart of the Met"."""
        for word, start, _ in self.tokens(*span):
            adds = word.lower() in PREPOSITIONS or word.lower() in RELATIVE
            if start > span[0] and adds and not self.in_name(start):
                return span[0], len(self.masked[:start].rstrip())
        return span


def places(forms: Iterable[str], text: str) -> list[tuple[int, int, str]]:
    """Where these words stand in a text, whole and no part of a compound, in order."""
    found = []
    for form in forms:
        start = text.find(form)
        while start >= 0:
            end = start + len(form)
            beside = text[start - 1 : start] + text[end : end + 1]
            if not any(each.isalnum() or each in "-’'" for each in beside):
                found.append((start, end, form))
            start = text.find(form, end)
    return sorted(found)


def _is_auxiliary(word: str) -> bool:
    """Whether a word may stand between subject and verb: an auxiliary, "not", or an adverb."""
    if word.endswith("ly"):
        return word.islower()
    return word in BETWEEN or word in BE or word in MODALS or word.endswith(("n’t", "n't"))


def _cuts(word: str, before: Sequence[Token]) -> bool:
    """Whether a conjunction begins another clause; "and" may also join two subjects."""
    if word.lower() not in ("and", "or"):
        return True
    return not before or any(
        one[0] in _FINITE_WORDS or (one[0].endswith("ed") and one[0].islower()) for one in before
    )


# What a negation or a doubt reaches

_REACH = 4
"""Content words behind a negation that it is taken to negate, among so many words:"""
_FARTHEST = 20
_LETTERS = re.compile(r"[^\W\d_]+(?:[’'][^\W\d_]+)*|\d[\d.,]*")
_STOPS = frozenset(".,;:!?—–…")


def _forms(phrase: str) -> Iterator[tuple[str, ...]]:
    """A phrase of `negation.txt` as words, in every form of a verb that "~" marks."""
    verb, marked, rest = phrase.partition("~")
    if not marked:
        yield tuple(phrase.split())
        return
    forms = {verb, verb + "s", verb + "ed", verb + "ing", verb + "d"}
    if verb.endswith("e"):
        forms |= {verb[:-1] + "ing", verb[:-1] + "ed"}
    if verb.endswith("y"):
        forms |= {verb[:-1] + "ies", verb[:-1] + "ied"}
    forms |= {verb + "es", verb + verb[-1] + "ed", verb + verb[-1] + "ing", *_IRREGULAR.get(verb, ())}
    for form in forms:
        yield (form, *rest.split())


_IRREGULAR = {"seek": ("sought",), "forbid": ("forbade", "forbidden")}


def _phrases(kind: str) -> dict[str, list[tuple[str, ...]]]:
    """The phrases of a kind by their first word, longest first."""
    found: dict[str, list[tuple[str, ...]]] = {}
    for line in _NEGATION[kind]:
        for phrase in filter(None, map(str.strip, line.split(","))):
            for words in _forms(phrase):
                found.setdefault(words[0], []).append(words)
    return {first: sorted(all_of, key=len, reverse=True) for first, all_of in found.items()}


_NEGATION = read_lists("index.language", "negation.txt")
_NEGATIONS, _NONE, _REVERSALS, _DOUBTS = map(_phrases, ("negation", "no negation", "reversal", "doubt"))
_DENYING = [_NEGATIONS, _REVERSALS]
_TRIGGERS = frozenset((*_NEGATIONS, *_REVERSALS, *_DOUBTS))
DENYING_VERBS = frozenset(
    first
    for kind in (_REVERSALS, _DOUBTS)
    for first, phrases in kind.items()
    if first.endswith(("ed", "es", "ing")) and any(len(phrase) == 1 for phrase in phrases)
)
"""Forms of verbs that deny or doubt what follows, such as "accused": in a passive other words follow."""
_WRITTEN = frozenset(
    mark + word + stop for word in _TRIGGERS for mark in ("", "“", '"', "‘") for stop in ("", ",")
)
"""Triggers with the marks that may be written at them."""


def reached(text: str) -> tuple[frozenset[str], frozenset[str]]:
    """The stems that a negation or a denial reaches, and those that one of these or a doubt reaches.

    Doubts are modal verbs, conditions, plans, accusations and what is only said to be so. Each reaches the
    next four content words within its clause, as in NegEx (Chapman et al. 2001).
    """
    if len(text) > TOO_LONG:
        return frozenset(), frozenset()
    lowered = text.lower()
    has_contraction = "n't" in lowered or "n’t" in lowered
    if not has_contraction and _WRITTEN.isdisjoint(lowered.split()):
        return frozenset(), frozenset()
    tokens = [(match[0].lower(), match.start(), match.end()) for match in _LETTERS.finditer(text)]
    words = [token[0] for token in tokens]
    negated: set[str] = set()
    doubted: set[str] = set()
    for place, word in enumerate(words):
        is_contracted = has_contraction and word.endswith(("n't", "n’t"))
        if word not in _TRIGGERS and not is_contracted:
            continue
        denies = place + 1 if is_contracted else _ends_at(place, words, _DENYING)
        doubts = None if denies else _ends_at(place, words, [_DOUBTS])
        if denies is None and doubts is None:
            continue
        if _ends_at(place, words, [_NONE]) or (word == "no" and text[tokens[place][2] :][:1] == "."):
            continue
        if word == "may" and text[tokens[place][1]] == "M":
            continue  # The month.
        stems = list(_reach(text, tokens, denies or doubts or 0))
        doubted.update(stems)
        if denies:
            negated.update(stems)
    return frozenset(negated), frozenset(doubted)


@dataclass(frozen=True, slots=True)
class Denial:
    """A word of denying as written, from `start` on, and what it is said of.

    `run` are the content words behind it up to the next function word, `reached` the stems that it reaches.
    `is_contrast` tells that a part of a sentence is set against one before it: "by the mayor, not by him".
    """

    word: str
    start: int
    is_reversal: bool
    run: tuple[str, ...]
    reached: frozenset[str]
    is_contrast: bool = False


_CONTRASTED = re.compile(r"(?:,|\band|\bbut)\s*$")


def denials(text: str) -> list[Denial]:
    """Each negation and denial of a text, in order, phrases that deny nothing left out."""
    if len(text) > TOO_LONG:
        return []
    tokens = [(match[0].lower(), match.start(), match.end()) for match in _LETTERS.finditer(text)]
    words = [token[0] for token in tokens]
    found: list[Denial] = []
    for place, word in enumerate(words):
        is_contracted = word.endswith(("n't", "n’t"))
        end = place + 1 if is_contracted else _ends_at(place, words, _DENYING)
        if end is None or _ends_at(place, words, [_NONE]):
            continue
        start, stop = tokens[place][1:]
        is_reversal = not is_contracted and _ends_at(place, words, [_NEGATIONS]) is None
        run = tuple(_run(text, tokens, end))
        is_contrast = word == "not" and _is_contrast(text, start, tokens[end : end + 1])
        reached = frozenset(_reach(text, tokens, end))
        found.append(Denial(text[start:stop], start, is_reversal, run, reached, is_contrast))
    return found


def _is_contrast(text: str, start: int, following: Sequence[Token]) -> bool:
    """Whether a "not" at `start` sets a part without a verb against one before: "by her, not by him"."""
    if not following or _CONTRASTED.search(text, max(0, start - 5), start) is None:
        return False
    word, at, _ = following[0]
    return word not in _FINITE_WORDS | BE and (is_stopword(word) or text[at].isupper())


def _run(text: str, tokens: Sequence[Token], place: int) -> Iterator[str]:
    """The first content words from `place` on that stand together, within the clause."""
    has_begun = False
    for number in range(place, min(place + _FARTHEST, len(tokens))):
        word, start, _ = tokens[number]
        if number > place and not _STOPS.isdisjoint(text[tokens[number - 1][2] : start]):
            return
        if is_stopword(word):
            if has_begun:
                return
            continue
        has_begun = True
        yield word


def _ends_at(
    place: int, words: Sequence[str], kinds: Sequence[dict[str, list[tuple[str, ...]]]]
) -> int | None:
    """Behind which word a phrase of these kinds ends that begins at `place`; None if none does."""
    for kind in kinds:
        for phrase in kind.get(words[place], ()):
            if tuple(words[place : place + len(phrase)]) == phrase:
                return place + len(phrase)
    return None


def _reach(text: str, tokens: Sequence[Token], place: int) -> Iterator[str]:
    """The stems of the content words from `place` on, to the end of the clause."""
    left = _REACH
    for number in range(place, min(place + _FARTHEST, len(tokens))):
        word, start, end = tokens[number]
        between = text[tokens[number - 1][2] : start]
        if not _STOPS.isdisjoint(between):
            return
        if word == "and" and number + 1 < len(tokens) and tokens[number + 1][0].endswith("ed"):
            return
        if not is_stopword(word):
            yield stem(text[start:end])
            left -= 1
            if left == 0:
                return


# Who does what to whom

_ACTING = read_lists("index.language", "acting.txt")
_VERBS = {
    form: (forms[0], form in forms[2:-1], form == forms[-1] and form.endswith("ing"))
    for line in _ACTING["verbs"]
    for written in line.split(";")
    if (forms := written.split())
    for form in forms
}
"""Each form of a verb: its base, whether it is a past or a past participle, whether it ends in -ing."""
_TURNED: dict[str, dict[str, tuple[str, bool]]] = {}
"""By verb and preposition: what it says, and whether its sides change places."""
for _line in _ACTING["turned"]:
    _left, _, _right = _line.partition(": ")
    _verb, _preposition = _left.split()
    _TURNED.setdefault(_verb, {})[_preposition] = (_right.lstrip("="), not _right.startswith("="))
_DEEDS: dict[str, dict[str, tuple[str, bool]]] = {}
"""The same by noun and preposition."""
for _line in _ACTING["nouns"]:
    _left, _, _right = _line.partition(": ")
    _noun, _preposition = _left.split()
    _DEEDS.setdefault(_noun, {})[_preposition] = (
        _right.removeprefix("turned "),
        _right.startswith("turned "),
    )


def is_base(word: str) -> bool:
    """Whether a word in small letters is the base form of a verb of doing."""
    return word in _VERBS and _VERBS[word][0] == word


_MUTUAL = frozenset(stem(verb) for verb in " ".join(_ACTING["mutual"]).split())
_DOING = frozenset(_VERBS) | frozenset(_DEEDS)
_NOT = frozenset("not never neither nor".split())


def relations(text: str, named: Sequence[Name]) -> list[Relation]:
    """Who does what to whom as far as the order of words, passives, prepositions and possessives tell.

    Only of verbs and nouns in `acting.txt`. One that says the same with its sides exchanged is turned round:
    "Leeds lost to Hull" is Hull, "beat", Leeds. A side that is not told is None; never both.
    """
    if len(text) > TOO_LONG:
        return []
    words = _DOING.intersection(text.split())
    if not words:
        return []
    phrases = Phrases(text, named)
    found: list[Relation] = []
    for start, end, word in places(words, text):
        if word in _DEEDS:
            found += _of_deed(phrases, word, start, end)
        if word in _VERBS:
            found += _of_verb(phrases, word, start, end)
    return found


def _of_verb(phrases: Phrases, form: str, start: int, end: int) -> Iterator[Relation]:
    """What an active or a passive verb tells."""
    base, is_past, is_going_on = _VERBS[form]
    tokens, aux = phrases.before(start)
    is_passive = is_past and not BE.isdisjoint(aux)
    is_infinitive = "to" in aux and "have" not in aux
    is_bare = not (is_past or is_going_on) and form == base
    if is_infinitive or (is_bare and MODALS.isdisjoint(aux) and _DO.isdisjoint(aux)):
        return
    if is_going_on and BE.isdisjoint(aux):
        return
    is_negated = not _NOT.isdisjoint(aux) or any(
        word.endswith(("n't", "n’t")) or word == "cannot" for word in aux
    )
    subject = (tokens[0][1], tokens[-1][2]) if tokens else phrases.across(start)
    if tokens and tokens[0][0] in RELATIVE:
        named = phrases.name_ending(len(phrases.masked[: tokens[0][1]].rstrip(" ,")))
        subject = (named.start, named.end) if named else None
    if subject is not None and not phrases.can_act(subject):
        subject = None
    following = phrases.tokens(end, min(end + _NEAR, len(phrases.masked)))[:6]
    by = next((token for token in following[:4] if token[0] == "by"), None)
    if is_passive or (is_past and following and following[0][0] == "by"):
        agent = _object(phrases, by[2]) if by else None
        if subject is not None and (by is None or agent is not None):
            yield Relation(agent, stem(base), phrases.head(subject), is_negated)
        return
    if subject is None or (not is_past and not is_going_on and form != base and not _is_singular(tokens)):
        return
    patient = _object(phrases, end)
    subject = phrases.head(subject)
    if patient is not None:
        yield Relation(subject, stem(base), patient, is_negated)
    for word, _, behind in following:
        if (turned := _TURNED.get(base, {}).get(word)) and (other := _object(phrases, behind)):
            yield _told(turned, subject, other, is_negated)
            return


_DO = frozenset("do does did".split())


def _told(turned: tuple[str, bool], subject: Span | None, other: Span, is_negated: bool) -> Relation:
    """The relation that a verb with its preposition stands for."""
    verb, exchanged = turned
    agent, patient = (other, subject) if exchanged else (subject, other)
    return Relation(
        agent,
        " ".join(stem(word) if not place else word for place, word in enumerate(verb.split())),
        patient,
        is_negated,
    )


def _is_singular(tokens: Sequence[Token]) -> bool:
    """Whether a form in -s may agree: "Poland attacks", not "the attacks"."""
    return bool(tokens) and (
        tokens[-1][0][0].isupper() or tokens[-1][0].lower() in ("he", "she", "it", "who", "which")
    )


def _object(phrases: Phrases, at: int) -> Span | None:
    """Whom the verb before `at` is done to: the name or the noun with an article right behind it."""
    place = phrases.break_before(at) + 1
    bound = phrases.breaks[place][0] if place < len(phrases.breaks) else phrases.end
    tokens = phrases.tokens(at, min(bound, phrases.end, at + _NEAR_BEHIND))[:6]
    for place, (word, start, _) in enumerate(tokens):
        name = phrases.name_at(start)
        if name is not None:
            after = phrases.masked[name.end : name.end + 2]
            # "Hart's house" is done something to, not Hart.
            return None if after in ("’s", "'s") else (tokens[0][1], name.end)
        if word.lower() in PREPOSITIONS | CONJUNCTIONS | RELATIVE | BE or word[0].isdigit():
            tokens = tokens[:place]
            break
    if not tokens:
        return None
    first = tokens[0][0].lower()
    is_noun = first in DETERMINERS and 1 < len(tokens) < 5
    is_pronoun = first in ("him", "her", "them", "it") and (len(tokens) == 1 or first != "her")
    if is_pronoun:
        return tokens[0][1:]
    return (tokens[0][1], tokens[-1][2]) if is_noun else None


def _of_deed(phrases: Phrases, noun: str, start: int, end: int) -> Iterator[Relation]:
    """What a noun of doing tells: "France's attack on Spain", "an attack on Spain by France"."""
    owner = next((name for name in phrases.named if name.end in (start - 3, start - 2, start - 1)), None)
    has_owner = owner is not None and phrases.masked[owner.end : start].strip() in ("’s", "'s", "’", "'")
    is_named = (
        owner is not None and phrases.masked[owner.end : start] == " "
    )  # "the Russian invasion of Ukraine"
    following = phrases.tokens(end, min(end + 120, phrases.end))[:9]
    if not following:
        return
    agent = (owner.start, owner.end) if owner is not None and (has_owner or is_named) else None
    by = next((token for token in following if token[0] == "by"), None)
    if agent is None and by is not None:
        agent = _object(phrases, by[2])
    after = following if following[0][0] == "by" and agent is not None and not has_owner else following[:1]
    for word, _, behind in after:
        if (
            (deed := _DEEDS[noun].get(word))
            and (other := _object(phrases, behind))
            and agent not in (None, other)
        ):
            yield _told(deed, agent, other, False)
            return


# Whether two sentences tell it the other way round


def reversed_roles(claim: Sentence, source: Sentence) -> bool:
    """Whether a claim says that A did to B what B did to A by the source, which does not say both."""
    told = list(source.relations)
    for one in claim.relations:
        if one.verb in _MUTUAL:
            continue
        alike = [other for other in told if other.verb == one.verb]
        if any(_fits(one, claim, other, source) for other in alike):
            continue
        if any(_is_turned(one, claim, other, source) for other in alike):
            return True
    return False


def _fits(one: Relation, claim: Sentence, other: Relation, source: Sentence) -> bool:
    """Whether the sides that both tell are the same ones."""
    agents = _same(one.agent, claim, other.agent, source)
    patients = _same(one.patient, claim, other.patient, source)
    return agents is not False and patients is not False


def _is_turned(one: Relation, claim: Sentence, other: Relation, source: Sentence) -> bool:
    """Whether each side that the claim tells is the opposite one in the source, and not also its own."""
    crossed = [
        _same(one.agent, claim, other.patient, source),
        _same(one.patient, claim, other.agent, source),
    ]
    straight = [
        _same(one.agent, claim, other.agent, source),
        _same(one.patient, claim, other.patient, source),
    ]
    return True in crossed and False not in crossed and True not in straight


def _same(span: Span | None, one: Sentence, other_span: Span | None, other: Sentence) -> bool | None:
    """Whether two sides are the same: by name or group, else by a word; None where one is not told."""
    if span is None or other_span is None:
        return None
    groups = {name.group for name in _names_in(one, span) if name.group}
    other_groups = {name.group for name in _names_in(other, other_span) if name.group}
    if groups & other_groups:
        return True
    return bool(_content(one, span) & _content(other, other_span))


def _names_in(sentence: Sentence, span: Span) -> list[Name]:
    return [name for name in sentence.names if span[0] <= name.start and name.end <= span[1]]


def _content(sentence: Sentence, span: Span) -> set[str]:
    """The words that tell who a side is: of its names, else its last noun; of a person the surname."""
    names = [name for name in _names_in(sentence, span) if name.words]
    if names:
        return {fold(names[-1].words[-1]), " ".join(names[-1].words)}
    words = _LETTERS.findall(sentence.text[slice(*span)])
    return {stem(words[-1])} if words else set()
