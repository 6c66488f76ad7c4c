"""The numbers of a text, comparable however they are written: 160,000, 0.16 million, twelve, 12 percent."""

import re
from dataclasses import replace
from decimal import Decimal

from corpus.words.lists import read_lists
from index.language.patterns import one_of
from index.language.sentence import Quantity

_SMALL = {
    word: value
    for value, word in enumerate(
        """zero one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen
        sixteen seventeen eighteen nineteen""".split()
    )
}
_TENS = {
    word: 10 * tens
    for tens, word in enumerate("twenty thirty forty fifty sixty seventy eighty ninety".split(), start=2)
}
_SCALES = {"hundred": 100, "thousand": 1_000, "k": 1_000, "million": 10**6, "m": 10**6, "mn": 10**6,
           "billion": 10**9, "bn": 10**9, "trillion": 10**12, "dozen": 12}  # fmt: skip
NUMBER_WORDS = frozenset((*_SMALL, *_TENS, *_SCALES)) - {"m", "k"}
"""Words that are numbers or part of one."""
_ORDINALS = {
    word: value
    for value, word in enumerate(
        "second third fourth fifth sixth seventh eighth ninth tenth eleventh twelfth".split(), start=2
    )
}
_ROUGH = {"dozens": (24, 100), "hundreds": (200, 1_000), "thousands": (2_000, 10**6),
          "millions": (2 * 10**6, 10**9), "billions": (2 * 10**9, 10**12)}  # fmt: skip
_UNITS = {
    spelled: line.split()[0]
    for line in read_lists("index.language", "units.txt")["units"]
    for spelled in line.split()[2:]
}

_TEN, _ONE, _ANY_SMALL = (one_of(" ".join(some)) for some in (_TENS, list(_SMALL)[1:10], _SMALL))
_SPELLED = rf"(?:{_TEN}(?:[\s-]{_ONE})?|{_ANY_SMALL})"
_NUMBER = re.compile(
    rf"""(?P<currency>[$€£])?\s?
      (?:(?P<digits>(?<![\w.])\d{{1,3}}(?:[,\u00a0\u202f]\d{{3}})+(?:\.\d+)?|(?<![\w])\d+(?:\.\d+)?)
           (?P<ordinal>st|nd|rd|th)?(?:s\b)?
        | \b(?P<spelled>{_SPELLED})\b
        | \b(?P<half>half\s)?an?\s(?=dozen|hundred|thousand|million|billion))
      (?:[\s-]?(?P<scale>{one_of(" ".join(_SCALES))})\b(?:\s(?P<more>thousand|million))?)?
      (?:\s?(?P<unit>%)|[\s-](?P<word>per\scent|[^\W\d_]+))?
    """,
    re.IGNORECASE | re.VERBOSE,
)
_ORDINAL = re.compile(rf"\b{one_of(' '.join(_ORDINALS))}\b", re.IGNORECASE)
_ROUGHLY = re.compile(rf"\b{one_of(' '.join(_ROUGH))}\b", re.IGNORECASE)
_RANGE = re.compile(r"\s?(?:-|–|to|and|or)\s?$")
_NO_COUNT = re.compile(r"(?:\b(?:no|any|every|this|that|which|the|each|another|only)\s+)$", re.IGNORECASE)
_LOOK_BACK = 24
"""Characters before "one" in which "no", "another" and the like are looked for."""
_NO_COUNT_AFTER = re.compile(r"\s+(?:of|another|day\b|by\b|way\b|side\b|can\b|who\b|that\b)", re.IGNORECASE)


def quantities(text: str) -> list[Quantity]:
    """Numbers and ordinals of a text, in digits or words, in order; years and days of the month too."""
    found: list[tuple[int, Quantity]] = []
    previous: tuple[int, Quantity] | None = None
    for match in _NUMBER.finditer(text):
        one = _quantity(text, match)
        if one is None:
            continue
        if previous and _RANGE.fullmatch(text[previous[0] : match.start()]) and one.unit:
            found.append((match.start(), replace(previous[1], unit=one.unit)))
        found.append((match.start(), one))
        previous = (_end(match), one)
    for match in _ORDINAL.finditer(text):
        value = Decimal(_ORDINALS[match[0].lower()])
        found.append((match.start(), Quantity(match[0], value, value, "th", *match.span())))
    for match in _ROUGHLY.finditer(text):
        low, high = _ROUGH[match[0].lower()]
        found.append(
            (match.start(), Quantity(match[0], Decimal(low), Decimal(high - 1), None, *match.span()))
        )
    return [quantity for _, quantity in sorted(found, key=lambda item: item[0])]


def _quantity(text: str, match: re.Match[str]) -> Quantity | None:
    if match["digits"]:
        value = Decimal(re.sub(r"[,\u00a0\u202f]", "", match["digits"]))
    elif match["spelled"]:
        parts = re.split(r"[\s-]", match["spelled"].lower())
        value = Decimal(sum(_SMALL.get(part, _TENS.get(part, 0)) for part in parts))
        alone = match["spelled"].lower() == "one" and not match["scale"]
        begin = match.start("spelled")
        if alone and (
            _NO_COUNT.search(text, max(0, begin - _LOOK_BACK), begin)
            or _NO_COUNT_AFTER.match(text, match.end("spelled"))
        ):
            return None
    else:
        value = Decimal("0.5") if match["half"] else Decimal(1)
    for scale in filter(None, (match["scale"], match["more"])):
        value *= _SCALES[scale.lower()]
    unit: str | None = "th" if match["ordinal"] else match["currency"] or match["unit"]
    if unit is None and match["word"]:
        unit = _UNITS.get(match["word"].lower().replace(" ", "-"))
    written = text[match.start() : _end(match)]
    start = match.start() + len(written) - len(written.lstrip())
    return Quantity(written.strip(), value, value, unit, start, start + len(written.strip()))


def _end(match: re.Match[str]) -> int:
    """Where the number itself ends: behind its scale and a percent sign, before a word."""
    return max(match.end(name) for name in ("digits", "spelled", "ordinal", "scale", "more", "unit"))
