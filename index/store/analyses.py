"""The analysis of a passage's sentences: made from its article's passages, and as the bytes that are stored.

The bytes are JSON of offsets and of words that need not stand in the sentence (stems, units, whom "he" goes
back to), compressed with the passage's own text as dictionary, so that a word of it costs about three bytes.
Over 3,477 passages of 7.5 sentences, with 30 records and 5 stems each (half of them made up, as some finders
were missing), on a busy machine: 300 bytes, encoded in 83 us, decoded in 167 us; with numbers as bytes of
variable length instead of JSON 248 bytes, 61 us and 150 us. Words and stems are not stored: the offsets of
words would add 130 bytes to save 76 us, and are seldom asked for in all sentences.
"""

import json
import zlib
from collections.abc import Iterator
from datetime import date
from decimal import Decimal
from functools import lru_cache
from itertools import islice
from typing import Any

from corpus.dates import day_of
from index.language.analysis import analyse
from index.language.sentence import (
    Name,
    NameKind,
    Quantity,
    Quotation,
    Reference,
    Relation,
    Sentence,
    ToldDate,
)

Offsets = tuple[int, int]
Texts = tuple[tuple[str, ...], ...]
"""Of the sentences of some passages of an article, in order."""
Analysis = tuple[Sentence, ...]
"""Of the sentences of one passage, in order."""

WINDOW = 64
"""Passages of an article that are analysed together (some 10,000 words): a longer one is taken in parts, so
that one of its passages can be analysed without all of it."""
_FORMAT = 1
"""The first byte of what `encode` makes. Formats of before may be decoded as long as they serve."""
_DICTIONARY = b'null,true"]],[[]],[[["$""%""th""group:country:US""told""says""said"'
"""Stands before the text in the dictionary; part of the format."""
_KINDS = tuple(NameKind)
"""Kinds are stored by their place here: new ones come at the end, or the format is another one."""
_FIELDS = 8
"""Of a sentence, its text aside."""
_DECODED, _ANALYSED = 512, 64
"""Passages, and parts of articles, whose analysis is kept in memory (some 20 kB a passage)."""


def analysed(passages: Texts, published_at: str | None) -> Iterator[Analysis]:
    """The analysis of each passage of an article, given all of them in order."""
    for first in range(0, len(passages), WINDOW):
        yield from analysed_window.__wrapped__(passages[first : first + WINDOW], published_at)


@lru_cache(maxsize=_ANALYSED)
def analysed_window(passages: Texts, published_at: str | None) -> list[Analysis]:
    """As `analysed`, of those that are analysed together: up to `WINDOW`, from a multiple of it on."""
    day = None if published_at is None else date.fromisoformat(day_of(published_at))
    sentences = iter(analyse([text for one in passages for text in one], day))
    return [tuple(islice(sentences, len(one))) for one in passages]


def encode(analysis: Analysis, text: str) -> bytes:
    """The analysis of a passage with this text as bytes.

    The text of each name, number, date and reference has to be what its offsets say.
    """
    rows = json.dumps([_row(one) for one in analysis], ensure_ascii=False, separators=(",", ":"))
    packing = zlib.compressobj(level=9, zdict=_DICTIONARY + text.encode())
    return bytes((_FORMAT,)) + packing.compress(rows.encode()) + packing.flush()


@lru_cache(maxsize=_DECODED)
def decode(data: bytes, text: str, sentences: tuple[str, ...]) -> Analysis | None:
    """What `encode` was given, for a passage's text and its sentences' texts.

    None if the bytes are damaged, of another passage or in a format that is not read any more.
    """
    try:
        if data[0] != _FORMAT:
            return None
        packed = zlib.decompressobj(zdict=_DICTIONARY + text.encode())
        rows = json.loads(packed.decompress(data[1:]))
        if not packed.eof:
            return None
        return tuple(_sentence(one, row) for one, row in zip(sentences, rows, strict=True))
    except (zlib.error, ValueError, TypeError, LookupError, ArithmeticError):
        return None


def _row(one: Sentence) -> list[list[Any]]:
    """A sentence without its text: a list for each field, in order, up to the last that is not empty."""
    lists: list[list[Any]] = [
        [_pack_name(name) for name in one.names],
        [[*_place(reference), reference.antecedent] for reference in one.references],
        [_pack_quantity(number) for number in one.quantities],
        [[*_place(told), told.first, told.last] for told in one.dates],
        [[*_place(said), int(said.is_direct), said.speaker, said.verb] for said in one.quotations],
        [_pack_relation(told) for told in one.relations],
        sorted(one.negated),
        sorted(one.doubted),
    ]
    while lists and not lists[-1]:
        lists.pop()
    return lists


def _sentence(text: str, lists: list[list[Any]]) -> Sentence:
    """The sentence with this text of which `_row` made the lists."""
    missing: list[list[Any]] = [[]] * (_FIELDS - len(lists))
    names, references, numbers, dates, quotations, relations, negated, doubted = *lists, *missing
    return Sentence(
        text,
        tuple(_name(text, *row) for row in names),
        tuple(Reference(text[at : at + size], at, at + size, name) for at, size, name in references),
        tuple(_quantity(text, *row) for row in numbers),
        tuple(ToldDate(text[at : at + size], at, at + size, *days) for at, size, *days in dates),
        tuple(Quotation(at, at + size, direct == 1, *who) for at, size, direct, *who in quotations),
        tuple(_relation(*row) for row in relations),
        frozenset(negated),
        frozenset(doubted),
    )


def _pack_name(name: Name) -> list[Any]:
    packed = [*_place(name), _KINDS.index(name.kind), name.group]
    return packed if name.group else packed[:-1]


def _name(text: str, at: int, size: int, kind: int, group: str = "") -> Name:
    return Name(text[at : at + size], at, at + size, _KINDS[kind], group)


def _pack_quantity(number: Quantity) -> list[Any]:
    high = None if number.high == number.low else str(number.high)
    return [*_place(number), str(number.low), high, number.unit, number.counts]


def _quantity(
    text: str, at: int, size: int, low: str, high: str | None, unit: str | None, counts: str
) -> Quantity:
    lowest = Decimal(low)
    highest = lowest if high is None else Decimal(high)
    return Quantity(text[at : at + size], lowest, highest, unit, at, at + size, counts)


def _pack_relation(told: Relation) -> list[Any]:
    return [*_span(told.agent), told.verb, *_span(told.patient), int(told.is_negated)]


def _relation(agent: int, agent_size: int, verb: str, patient: int, size: int, negated: int) -> Relation:
    return Relation(
        None if agent < 0 else (agent, agent + agent_size),
        verb,
        None if patient < 0 else (patient, patient + size),
        negated == 1,
    )


def _place(one: Name | Reference | Quantity | ToldDate | Quotation) -> Offsets:
    """Where it begins, and its length."""
    return one.start, one.end - one.start


def _span(span: Offsets | None) -> Offsets:
    """As `_place`; a beginning of -1 for none."""
    return (-1, 0) if span is None else (span[0], span[1] - span[0])
