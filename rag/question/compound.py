"""Splits a compound question ("Who is X, and when did he speak?") into questions that stand alone.

A part is a clause that asks by its own words: a question word with its verb, or an auxiliary with its
subject, at the head of the question or behind "and". What stands in quotation marks or in a name asks
nothing, and a clause that hangs on another verb ("say who did it and why they did it") is no part.

Of 30 compound questions and 30 others in `tests/rag/question/compound.jsonl`, written before these rules, all
are split rightly; an expression that took any question word behind "and" or "?" split 16 and 24 rightly.
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from corpus.words.lists import read_lists, read_words
from corpus.words.quotation_marks import quoted_in
from index.language.analysis import analyse_question
from index.language.sentence import Sentence
from index.passages.sentences import sentence_spans
from rag.answer import Turn
from rag.question.followup import standalone

MOST_QUESTIONS = 3

_ASKING = frozenset("who whom whose what which when where why how".split())
_ADVERBS = frozenset("when where why how".split())
"""Question words that are no subject: without a verb before the subject they only open a clause."""
_BARE = _ASKING - {"which", "whose"}
"""Question words that ask without a noun: "when and where"."""
_AND = frozenset(("and", "but", "&"))
_FILLERS = frozenset(("also", "then", "so", "exactly", "if", "not"))
_LISTS = read_words("rag.question", "compound.txt")
_AUXILIARIES, _SUBJECTS = _LISTS["auxiliaries"], _LISTS["subjects"]
_PREPOSITIONS, _MEASURES = _LISTS["prepositions"], _LISTS["measures"]
_FRAMES = sorted(
    (tuple(line.split()) for line in read_lists("rag.question", "compound.txt")["frames"]),
    key=len,
    reverse=True,
)
_ENDS = re.compile(r"[?!;]+(?=\s)")
_TO_VERB = 6
"""Words among which the auxiliary of the main clause stands: "in which of the two cities did"."""
_NOUNS = 3
"""Words behind "by how many" or "on what" that leave a part without a verb of its own."""


@dataclass(frozen=True, slots=True)
class _Word:
    """A word of the question in small letters, with its place; `is_bound`: in a long name or a quotation."""

    text: str
    start: int
    end: int
    is_bound: bool
    is_name: bool


def split_question(question: str) -> list[str]:
    """The questions that a compound question asks; at most three.

    A later part's pronouns are filled in from the part before it.
    """
    pieces = list(_pieces(question))
    if not 2 <= len(pieces) <= MOST_QUESTIONS:
        return [question]
    complete: list[str] = []
    whole = ""
    """The latest part that stands alone as it is."""
    for piece in pieces:
        asked = f"{piece}?"
        complete.append(standalone(asked, [Turn("user", whole)] if whole else []))
        if complete[-1] == asked:
            complete[-1] = _of_subject(asked, whole)
            whole = whole if complete[-1] != asked else asked
    return complete


def _of_subject(part: str, before: str) -> str:
    """A part that names nothing, as "who won the match?", with the names of the one before in brackets."""
    told = analyse_question(before).names if before else ()
    if not told or analyse_question(part).names:
        return part
    return f"{part.rstrip('?')} ({', '.join(dict.fromkeys(name.text for name in told))})?"


def _pieces(question: str) -> Iterator[str]:
    """The parts as they stand; none where a sentence tells something, which may belong to all of them."""
    analysis = analyse_question(question)
    bound = _bound(analysis)
    sentences = [(_words(analysis, bound, *span), span[1]) for span in _sentences(question, bound)]
    if all(_is_question(words) for words, _ in sentences):
        for words, end in sentences:
            yield from _clauses(question, words, end)


def _bound(analysis: Sentence) -> list[tuple[int, int]]:
    """Spans of names and of what stands in quotation marks."""
    quoted = [(one.start, one.end) for one in quoted_in([analysis.text])[0]]
    return [*quoted, *((name.start, name.end) for name in analysis.names if " " in name.text)]


def _sentences(text: str, bound: Sequence[tuple[int, int]]) -> Iterator[tuple[int, int]]:
    """Spans of the sentences, and of what semicolons part; a mark inside a name or a quotation ends none."""
    ends = {end for _, end in sentence_spans(text)} | {mark.end() for mark in _ENDS.finditer(text)}
    start = 0
    for end in sorted(ends):
        if text[start:end].strip() and not any(first < end <= last for first, last in bound):
            yield start, end
            start = end


def _words(analysis: Sentence, bound: Sequence[tuple[int, int]], start: int, end: int) -> list[_Word]:
    """The words of one sentence, without "and" and the like at its head, or a frame such as "tell me"."""
    named = [(name.start, name.end) for name in analysis.names]
    words = [
        _Word(
            word.casefold().replace("’", "'"),
            first,
            last,
            any(a <= first < b for a, b in bound),
            any(a <= first < b for a, b in named),
        )
        for word, first, last in analysis.words
        if start <= first < end
    ]
    while words and words[0].text in _AND | _FILLERS:
        del words[0]
    return words


def _framed(words: Sequence[_Word]) -> int:
    """How many words in front only ask to be told: "tell me", "do you know"."""
    texts = tuple(word.text for word in words)
    for frame in _FRAMES:
        if texts[: len(frame)] == frame and _opens(words[len(frame) :], is_framed=True):
            return len(frame)
    return 0


def _is_question(words: Sequence[_Word]) -> bool:
    if not words:
        return False
    return _opens(words) or _is_elliptic(words) or _framed(words) > 0 or _shared(words) is not None


def _asking(words: Sequence[_Word]) -> int | None:
    """The place of the question word at the head: the first word, or the second behind a preposition."""
    for place, word in enumerate(words[:2]):
        if word.is_bound:
            return None
        if word.text in _ASKING:
            return place
        if word.text not in _PREPOSITIONS:
            return None
    return None


def _opens(words: Sequence[_Word], *, is_framed: bool = False) -> bool:
    """Whether the words begin with a clause that asks by itself, or with one that a frame asks for."""
    if len(words) < 2 or words[0].is_bound:
        return False
    if words[0].text in _AUXILIARIES:
        return words[1].text in _SUBJECTS or words[1].is_name
    place = _asking(words)
    if place is None or len(words) < place + 2:
        return False
    if is_framed:
        return True
    if words[place].text in _ADVERBS or place:
        return _verb(words, place) is not None
    return words[place].text in _BARE or len(words) > 2


def _verb(words: Sequence[_Word], place: int) -> int | None:
    """The place of the auxiliary that stands before the subject: "when *did*", "how many ships *were*".

    Behind a question word that asks for a circumstance it stands at once, behind one with a noun a bit later.
    """
    word = words[place].text
    behind = words[place + 1 : place + 1 + _TO_VERB]
    with_noun = word in ("which", "what", "whose") or (
        word == "how" and behind and behind[0].text in _MEASURES
    )
    for step, one in enumerate(behind if with_noun or place else behind[:1]):
        if one.text in _AUXILIARIES:
            return place + 1 + step
    return place + 2 if word == "how" and with_noun and len(behind) > 2 else None


def _is_elliptic(words: Sequence[_Word]) -> bool:
    """Whether they are a question word without a clause: "why", "by how many votes", "on what charges"."""
    place = _asking(words)
    if place is None or any(word.text in _AUXILIARIES for word in words):
        return False
    rest = [word for word in words[place + 1 :] if word.text not in _FILLERS]
    if place:
        return len(rest) <= _NOUNS
    return not rest or (words[0].text == "how" and len(rest) == 1 and rest[0].text in _MEASURES)


def _clauses(question: str, words: list[_Word], end: int) -> Iterator[str]:
    """The parts of one sentence that asks."""
    framed = _framed(words)
    head, words = words[:framed], words[framed:]
    shared = _shared(words)
    if shared is not None:
        first, second, rest = shared
        tail = question[rest.start : end].strip(" ?.!;,")
        yield f"{question[words[0].start : first.end]} {tail}"
        yield f"{question[second.start : second.end]} {tail}"
        return
    cuts = list(_cuts(question, words, is_framed=bool(head)))
    bounds = [0, *(place for _, place in cuts)]
    ends = [*(words[place].start for place, _ in cuts), end]
    parts: list[list[_Word]] = []
    texts: list[str] = []
    for begin, until in zip(bounds, ends, strict=True):
        inside = [word for word in words[begin:] if word.start < until]
        text = question[inside[0].start : until].strip(" ?.!;,")
        if parts and _is_elliptic(inside):
            text = f"{text} {_predicate(question, parts[0], texts[0])}"
        parts.append(inside)
        texts.append(text)
    if head and len(texts) == 1:
        texts[0] = question[head[0].start : end].strip(" ?.!;,")
    yield from texts


def _shared(words: Sequence[_Word]) -> tuple[_Word, _Word, _Word] | None:
    """The two question words of "when and where did it sink", and the word behind them; None otherwise."""
    place = _asking(words)
    if place is None or len(words) < place + 4 or words[place].text not in _BARE:
        return None
    conjunction, second, verb = words[place + 1 : place + 4]
    if conjunction.text in _AND and second.text in _BARE and verb.text in _AUXILIARIES:
        return words[place], second, verb
    return None


def _cuts(question: str, words: Sequence[_Word], *, is_framed: bool) -> Iterator[tuple[int, int]]:
    """Places of the words at which a part ends and the next begins: of "and", and of the word behind it."""
    begin = 0
    for place, word in enumerate(words):
        if place <= begin or word.is_bound:
            continue
        joined = word.text in _AND
        behind = place + 1 if joined else place
        while joined and behind < len(words) and words[behind].text in _FILLERS:
            behind += 1
        if not joined and "," not in question[words[place - 1].end : word.start]:
            continue
        left, right = words[begin:place], words[behind:]
        until = next((i for i, one in enumerate(right) if i and one.text in _AND and not one.is_bound), None)
        clause = right if until is None or _opens(right) else right[:until]
        if not left or not _asks_again(left, clause, is_framed=is_framed, is_listed=not joined):
            continue
        yield place, behind
        begin = behind


def _asks_again(left: Sequence[_Word], right: Sequence[_Word], *, is_framed: bool, is_listed: bool) -> bool:
    """Whether `right` is a question beside the question `left`; `is_listed`: only a comma parts them."""
    if len(left) < 2 or not (is_framed or _opens(left)):
        return False
    if is_listed:
        # In "Who drove it, what did it cost" nothing hangs on "drove"; on "say who drove it" a clause may.
        return (_inverted(left) or not _embeds(left)) and _inverted(right)
    if _is_elliptic(right):
        return not is_framed and not _embeds(left)
    if not _opens(right, is_framed=is_framed):
        return False
    # Behind "say who did it" another clause without an auxiliary of its own hangs on "say" too.
    return is_framed or _inverted(right) or not _embeds(left)


def _inverted(words: Sequence[_Word]) -> bool:
    """Whether the verb stands before the subject, as only a question of its own has it."""
    if not words or words[0].is_bound:
        return False
    if words[0].text in _AUXILIARIES:
        return _opens(words)
    place = _asking(words)
    if place is None:
        return False
    verb = _verb(words, place)
    if verb is None or verb + 1 >= len(words) or words[verb].text not in _AUXILIARIES:
        return False
    return words[place].text in _ADVERBS or words[verb + 1].text in _SUBJECTS or words[verb + 1].is_name


def _embeds(words: Sequence[_Word]) -> bool:
    """Whether a question word stands inside: "say *who*", "between *what* the police said"."""
    place = _asking(words)
    return any(word.text in _ASKING and not word.is_bound for word in words[(place or 0) + 1 :])


def _predicate(question: str, left: Sequence[_Word], text: str) -> str:
    """What a part without a verb takes from the first part: "why" and "*did she resign*"."""
    place = _asking(left)
    if place is None:
        return question[left[0].start :][: len(text)]
    verb = _verb(left, place)
    begin = left[place + 1 if verb is None else verb]
    return text[begin.start - left[0].start :]
