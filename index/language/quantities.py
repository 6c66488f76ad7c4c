"""The numbers of a text, comparable however they are written: 160,000, 0.16 million, twelve, 12 percent.

Digits are found by one expression and spelled numbers by reading word after word; then each is given its
scale ("million"), its unit and the noun that it counts. text2num 3.1 reads integers faster, but nine of 22
spelled forms wrong ("half a million", "two dozen", "one in five", "two-thirds"), so that it is not used.
Spelled numbers earn 44 of 1,186 items, digits 36, the noun counted 30, scale and unit 22.
"""

import re
from dataclasses import dataclass, replace
from decimal import Decimal

from corpus.words.lists import read_lists
from index.language.sentence import Quantity
from index.language.words import is_stopword, stem

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
_SCALES |= {"lakh": 10**5, "lakhs": 10**5, "crore": 10**7, "crores": 10**7, "mln": 10**6, "millions": 10**6,
            "b": 10**9, "billions": 10**9, "tn": 10**12, "trn": 10**12}  # fmt: skip
_SPOKEN_SCALES = {word: value for word, value in _SCALES.items() if value >= 1_000 and len(word) > 3}
_NOUGHT = {"nil": 0, "nought": 0}
_ORDINALS = {
    word: value
    for value, word in enumerate(
        """first second third fourth fifth sixth seventh eighth ninth tenth eleventh twelfth thirteenth
        fourteenth fifteenth sixteenth seventeenth eighteenth nineteenth""".split(),
        start=1,
    )
}
_ORDINAL_TENS = {f"{word[:-1]}ieth": value for word, value in _TENS.items()}
_ORDINAL_SCALES = {f"{word}th": value for word, value in _SCALES.items() if value >= 100 and len(word) > 3}
_PARTS = {"half": 2, "halves": 2, "quarter": 4, "quarters": 4} | {
    word + ending: value for word, value in _ORDINALS.items() if value > 2 for ending in ("", "s")
}
"""What a whole is divided by, by the name of one or several of its parts."""
_ROUGH = {"dozens": (24, 100), "hundreds": (200, 1_000), "thousands": (2_000, 10**6),
          "millions": (2 * 10**6, 10**9), "billions": (2 * 10**9, 10**12)}  # fmt: skip
_ROUGH_TIMES = {"tens": (20, 100), "hundreds": (200, 1_000), "thousands": (2_000, 10**4)}
_SEVERAL = {"several": (3, 10), "few": (3, 10), "couple": (2, 4)}
"""Rough words, with the lowest value and the first one above that they may mean."""
_FRACTIONS = {"½": "0.5", "¼": "0.25", "¾": "0.75", "⅓": "1/3", "⅔": "2/3", "⅛": "0.125", "⅕": "0.2"}

_LISTS = read_lists("index.language", "units.txt")


def _by_spelling(section: str) -> dict[str, str]:
    return {spelled: line.split()[0] for line in _LISTS[section] for spelled in line.split()[2:]}


FIGURE_UNITS = frozenset(_by_spelling("units").values())
"""Units that make a paragraph one with a figure."""
_UNITS = _by_spelling("further units") | _by_spelling("units")
_ATTACHED = _UNITS | _by_spelling("units written onto the digits")
_SIGNS = _by_spelling("signs before a number")
_PLURALS = frozenset(" ".join(_LISTS["counted without an ending"]).split())

_FULL_WIDTH = {0xFF10 + digit: str(digit) for digit in range(10)} | {
    ord(wide): narrow for wide, narrow in zip("％，．－＄￡￥", "%,.-$£¥", strict=True)
}
_WIDE = re.compile("[\uff04-\uffe5]")
_LONGEST = 40
"""Characters of digits from which on they are no number of a news text."""

# Digits with their marks: Indian groups, groups of three by comma, blank, apostrophe or dot, a decimal comma
# before a scale or percent, and the plain form. None inside a word.
_DIGITS = re.compile(
    r"""(?<![^\W_])(?:
      \d{1,2}(?:,\d\d){1,6},\d{3}(?!\d) | \d{1,3}(?:,\d{3}){1,9}(?!\d)(?:\.\d+)?
      | (?<!\d[ .,])[1-9]\d{0,2}(?:[ \u00a0\u202f\u2009]\d{3}){1,9}(?![\d:/-]|[.,]\d{3})(?:[.,]\d+)?
      | \d{1,3}(?:['’]\d{3}){1,9}(?!\d) | \d{1,3}(?:\.\d{3}){2,9}(?!\.?\d)
      | \d+,\d{1,2}(?=\s?(?:%|per\s?cent|[mb]illion|bn\b)) | \d+(?:\.\d+)? | (?=[½¼¾⅓⅔⅛⅕])
    )(?:\s?[½¼¾⅓⅔⅛⅕])?""",
    re.VERBOSE,
)
_HAS_DIGIT = re.compile(r"[\d½¼¾⅓⅔⅛⅕]")
_TAIL = re.compile(r"(?:(?P<ordinal>st|nd|rd|th)|(?P<decade>['’]?s))\b")
_WORD_AFTER = re.compile(r"([\s-]?)([^\W\d_]+|%|°)")
_SIGN_BEFORE = re.compile(rf"(?:{'|'.join(sorted(map(re.escape, _SIGNS), key=len, reverse=True))})\s?$")
_SIGN_LENGTH = 5
_MINUS_BEFORE = re.compile(r"(?:(?:^|(?<=[\s(]))[-\u2212]|\bminus\s)$", re.IGNORECASE)
_NAME_BEFORE = re.compile(r"\b[A-Z][^\W\d_]*-$")
"""Behind a capitalised word and a hyphen the digits belong to a name: Covid-19, F-16."""
_MONTH_BEFORE = re.compile(
    r"(?:January|February|March|April|May|June|July|(?:Sept|Nov|Dec)ember|October|August)\s$"
)

_WORDS = re.compile(r"[A-Za-z]+")
_ORDINAL_WORDS = frozenset((*_ORDINALS, *_ORDINAL_TENS, *_ORDINAL_SCALES))
_STARTERS = _ORDINAL_WORDS.union(_SMALL, _TENS, _NOUGHT, _ROUGH, _SEVERAL, _SPOKEN_SCALES) | {
    "tens", "half", "quarter", "hundred", "dozen"}  # fmt: skip
_RANGE = re.compile(r"\s?(?:-|–|to|and|or)\s?[$€£]?$")
_RATIO = re.compile(r"\s(?:in|out\sof)\s(?:every\s)?", re.IGNORECASE)
_NO_COUNT = re.compile(
    r"(?:\b(?:no|any|every|this|that|which|the|each|another|only|some)\s+)$", re.IGNORECASE
)
_LOOK_BACK = 24
"""Characters before "one" in which "no", "another" and the like are looked for."""
_NO_COUNT_AFTER = re.compile(
    r"\s+(?:of|another|day\b|by\b|way\b|side\b|can\b|who\b|that\b)|-(?:off|sided|way)\b", re.IGNORECASE
)
_METRES_AFTER = re.compile(r"\s+(?:high|tall|long|wide|deep|hurdles|races?|sprints?|runs?|freestyle)\b")
_PEOPLE_AFTER = re.compile(
    r"\s+(?:people|children|men|women|of|[a-z]+(?<![sui])s|a\s(?:day|week|month|year))\b"
)
# "the number of dead rose to 41", "the death toll has reached 41": the noun that counts, before the number.
_TOLD_BEFORE = re.compile(
    r"\b(?:number\s+of\s+(?:the\s+)?(?P<noun>(?:[\w'-]+\s+){1,3}?)|(?P<toll>death)\s+toll\s+)"
    r"(?:has\s+|have\s+|had\s+)?"
    + r"(?:rose|risen|climbed|increased|grew|grown|reached|fell|fallen|dropped|stood|stands|rises|is|was)"
    + r"\s+(?:to\s+|at\s+)?(?:at\s+least\s+|about\s+|nearly\s+|around\s+|over\s+)?$",
    re.IGNORECASE,
)
_TOLD_LENGTH = 90
_PERCENT = re.compile(r"[\s-]?(?:per\s?cent|pct|percentage)\b", re.IGNORECASE)
_NOUN_AFTER = re.compile(r"(?:\s+|-)(?:of\s+(?:the\s+|its\s+|their\s+)?|more\s+|other\s+)?(?=[^\W\d_])")
_NOUN_WORD = re.compile(r"([^\W\d_]{1,40}(?:[-’'][^\W\d_]{1,40}){0,4})(\s?)")
_NOUN_REACH = 4
"""Words behind a number within which its noun stands."""


@dataclass(frozen=True, slots=True)
class _Raw:
    """A number as written: where it stands, its value or the bounds of a rough one, its unit and scale."""

    start: int
    end: int
    low: Decimal
    high: Decimal
    unit: str | None = None
    scale: int = 1
    is_digits: bool = False


def quantities(text: str) -> list[Quantity]:
    """Numbers and ordinals of a text, in digits or words, in order; years and days of the month too.

    "The 1990s" has the unit "decade"; a fraction and "one in five" have their value, 0.2. A number that
    shares the unit or scale of the next ("10 to 15 percent") is given both.
    """
    plain = narrowed(text)
    found = _in_digits(plain) if _HAS_DIGIT.search(plain) else []
    if not _STARTERS.isdisjoint(_WORDS.findall(plain.lower())):
        found = sorted((*found, *_in_words(plain)), key=lambda raw: raw.start)
    counted: list[Quantity] = []
    for raw in reversed(_joined(plain, found)):
        one = _counting(plain, raw)
        after = counted[-1] if counted else one
        if one.unit == after.unit and not one.counts and _RANGE.fullmatch(plain[one.end : after.start][:9]):
            one = replace(one, counts=after.counts)  # "between 9 and 12 people"
        counted.append(one if plain is text else replace(one, text=text[one.start : one.end]))
    return counted[::-1]


def number_of(written: str) -> float | None:
    """The value of one number, "a" included; None for none, several and rough ones."""
    if written.lower() in ("a", "an"):
        return 1
    found = quantities(written)
    if len(found) != 1 or found[0].low != found[0].high or not 0 < found[0].low < 4_000_000:
        return None
    return float(found[0].low)


def units_in(text: str) -> frozenset[str]:
    """The units that words or signs of a text name, whether or not a number stands before them."""
    found = {_UNITS[word] for word in _WORDS.findall(text.lower()) if word in _UNITS}
    found |= {unit for sign, unit in _SIGNS.items() if not sign.isalnum() and sign in text}
    return frozenset(found | ({"%"} if "%" in text or _PERCENT.search(text) else set()))


def spelled(number: int) -> str:
    """A whole number from 0 to 999,999 in words: 250 as "two hundred and fifty", 21 as "twenty-one"."""
    if number < 20:
        return next(word for word, value in _SMALL.items() if value == number)
    if number < 100:
        tens = next(word for word, value in _TENS.items() if value == number // 10 * 10)
        return f"{tens}-{spelled(number % 10)}" if number % 10 else tens
    scale, name = (1_000, "thousand") if number >= 1_000 else (100, "hundred")
    whole, rest = f"{spelled(number // scale)} {name}", number % scale
    link = " and " if rest < 100 else " "
    return f"{whole}{link}{spelled(rest)}" if rest else whole


def narrowed(text: str) -> str:
    """The text with full-width digits and their marks as plain ones, every character in its place."""
    return text.translate(_FULL_WIDTH) if not text.isascii() and _WIDE.search(text) else text


def _in_digits(text: str) -> list[_Raw]:
    found: list[_Raw] = []
    match = _DIGITS.search(text)
    while match:
        start, end, written = match.start(), match.end(), match[0]
        before = text[max(0, start - 12) : start]
        if " " in written and _MONTH_BEFORE.search(before):  # "On June 12 300 people died"
            end = start + written.index(" ")
            written = text[start:end]
        match = _DIGITS.search(text, max(end, start + 1))
        if not written or len(written) > _LONGEST or _NAME_BEFORE.search(before):
            continue
        value = _value_of(written)
        tail = _TAIL.match(text, end)
        if tail and tail["decade"] and written.isdecimal() and value % 10 == 0 and _is_decade(tail, before):
            found.append(_Raw(start, tail.end(), value, value + 9, "decade"))
            continue
        if tail and tail["ordinal"]:
            found.append(_Raw(start, tail.end(), value, value, "th"))
            continue
        raw = _with_unit(text, _Raw(start, end, value, value, is_digits=True), _sign(text, start))
        raw = _with_dots_read(text, raw, written)
        sign = _SIGN_BEFORE.search(text, max(0, start - _SIGN_LENGTH), start)
        start = sign.start() if sign else start
        if minus := _MINUS_BEFORE.search(text, max(0, start - 6), start):
            raw = replace(raw, low=-raw.high, high=-raw.low)
            start = minus.start()
        found.append(replace(raw, start=start))
    return found


def _is_decade(tail: re.Match[str], before: str) -> bool:
    """1990s, and the 1990's; without an article the latter is a possessive."""
    return len(tail[0]) == 1 or before.lower().endswith("the ")


def _value_of(written: str) -> Decimal:
    """The value of digits with their marks and a fraction sign."""
    fraction = Decimal(0)
    if written[-1] in _FRACTIONS:
        above, _, below = _FRACTIONS[written[-1]].partition("/")
        fraction = Decimal(above) / Decimal(below or 1)
        written = written[:-1].rstrip()
    if re.fullmatch(r"\d+,\d{1,2}", written):
        written = written.replace(",", ".")
    elif written.count(".") > 1:
        written = written.replace(".", "")
    return Decimal(re.sub(r"[,\s'’]", "", written) or 0) + fraction


def _with_dots_read(text: str, raw: _Raw, written: str) -> _Raw:
    """2.300 soldiers are two thousand: a dot before three digits groups them where things are counted."""
    if raw.unit is None and raw.scale == 1 and re.fullmatch(r"[1-9]\d{0,2}\.\d{3}", written):
        noun = _noun(text, raw.end, is_one=False)
        if noun and noun[0].islower():
            return replace(raw, low=raw.low * 1_000, high=raw.high * 1_000)
    return raw


def _sign(text: str, start: int) -> str | None:
    sign = _SIGN_BEFORE.search(text, max(0, start - _SIGN_LENGTH), start)
    return _SIGNS[sign[0].rstrip()] if sign else None


def _with_unit(text: str, raw: _Raw, sign: str | None = None) -> _Raw:
    """The number with the scales ("million") and the unit that follow it."""
    low, high, end, scale = raw.low, raw.high, raw.end, raw.scale
    for _ in range(2):
        after = _WORD_AFTER.match(text, end)
        word = after[2].lower() if after else ""
        if not after or word not in _SCALES or not _is_scale(text, after, word, sign):
            break
        scale, end = scale * _SCALES[word], after.end()
    unit, end = _unit(text, end, sign)
    times = scale // raw.scale
    return replace(raw, low=low * times, high=high * times, end=end, scale=scale, unit=sign or unit)


def _is_scale(text: str, after: re.Match[str], word: str, sign: str | None) -> bool:
    """Whether "m", "k" and "b" are a scale: 5m people and $5m, but the 100m hurdles and 5 m."""
    if len(word) > 1:
        return True
    if sign:
        return True
    if after[1]:
        return False
    if word == "m":
        return not _METRES_AFTER.match(text, after.end()) and bool(_PEOPLE_AFTER.match(text, after.end()))
    return word == "k"


def _unit(text: str, end: int, sign: str | None) -> tuple[str | None, int]:
    """The unit behind a number, and where the number ends: behind a percent sign, before a word."""
    after = _WORD_AFTER.match(text, end)
    if not after or sign:
        return None, end
    word = after[2].lower()
    if word in "%°":
        return word, after.end()
    if word == "of" and after[1]:  # "hundreds of millions of dollars", "a couple of weeks"
        after = _WORD_AFTER.match(text, after.end())
        word = after[2].lower() if after else ""
        return (_UNITS.get(word) if word not in _SCALES else None), end
    known = _UNITS if after[1] else _ATTACHED
    if (more := _WORD_AFTER.match(text, after.end())) and more[1]:
        both = f"{word}-{more[2].lower()}"
        if both in _UNITS:
            return _UNITS[both], end
    return known.get(word), end


def _in_words(text: str) -> list[_Raw]:
    written = [(match[0].lower(), *match.span()) for match in _WORDS.finditer(text)]
    reader = _Spelled(text, written)
    found: list[_Raw] = []
    place = 0
    while place < len(written):
        if written[place][0] in _STARTERS and (one := reader.number(place)):
            raw, place = one
            found.append(raw)
        else:
            place += 1
    return found


class _Spelled:
    """The words of one text, read as spelled numbers."""

    def __init__(self, text: str, written: list[tuple[str, int, int]]) -> None:
        self._text = text
        self._written = written

    def _word(self, place: int, joined: bool = True) -> str:
        """The word at a place; empty where another sign than a blank or hyphen stands before it."""
        if not 0 <= place < len(self._written):
            return ""
        word, start, _ = self._written[place]
        if joined and (
            place == 0 or self._text[self._written[place - 1][2] : start] not in (" ", "-", "\u00a0")
        ):
            return ""
        return word

    def number(self, place: int) -> tuple[_Raw, int] | None:
        """The number that begins with this word, and the place behind it."""
        word = self._written[place][0]
        if word in _ROUGH or word == "tens":
            return self._rough(place)
        if word in _SEVERAL:
            return self._several(place)
        if word in ("half", "quarter"):
            return self._part(place)
        if word in _SCALES:
            if not self._has_article(place) and word != "dozen":
                return None
            value, after = self._integer(place, lead=Decimal(1))
            value, after = self._and_a_half(value, after)
            return self._made(place - self._has_article(place), after, value)
        return self._counted(place)

    def _has_article(self, place: int) -> bool:
        return self._word(place) != "" and self._word(place - 1, joined=False) in ("a", "an")

    def _counted(self, place: int) -> tuple[_Raw, int] | None:
        """A number of small words: an integer, an ordinal, a fraction, a decimal."""
        word = self._written[place][0]
        if word in _NOUGHT:
            is_word = self._text[self._written[place][1]].islower()  # NIL is an acronym.
            return self._made(place, place + 1, Decimal(0)) if is_word else None
        if word in _ORDINAL_WORDS:
            return self._ordinal(place, place, Decimal(0))
        value, after = self._integer(place)
        following = self._word(after)
        if following in _TENS and value in (18, 19, 20):  # A year: nineteen eighty-four.
            year, after = self._below_hundred(after)
            return self._made(place, after, value * 100 + year)
        if following in _PARTS and following != "second" and self._is_part(value, after):
            return self._fraction(place, after, value)
        if following == "point" and self._word(after + 1) in _SMALL:
            value, after = self._decimals(value, after + 1)
            return self._made(place, after, value)
        if value % 10 == 0 and following in _ORDINAL_WORDS and (one := self._ordinal(place, after, value)):
            return one
        value, after = self._and_a_half(value, after)
        if value == 1 and word == "one" and after == place + 1 and self._is_pronoun(place):
            return None
        return self._made(place, after, value)

    def _integer(self, place: int, lead: Decimal | None = None) -> tuple[Decimal, int]:
        """The longest integer from this word on, and its end; "two three" are two."""
        total, below = Decimal(0), Decimal(10**18)
        while True:
            group, after = self._group(place, lead)
            lead = None
            if after == place and total == 0 and self._word(place, joined=False) in _SPOKEN_SCALES:
                group = Decimal(1)
            elif after == place:
                return total, place
            scale = Decimal(1)
            while (word := self._word(after, joined=after > place)) in _SPOKEN_SCALES and scale < 10**9:
                scale, after = scale * _SPOKEN_SCALES[word], after + 1
            if total and scale >= below:
                return total, place - (self._word(place - 1) == "and")
            if total and scale == 1 and group >= below:
                return total, place
            total, below, place = total + group * scale, scale, after
            if scale == 1:
                return total, place
            if self._word(place) == "and" and self._group(place + 1)[1] > place + 1:
                if self._word(place + 1) in ("a", "an"):
                    return total, place
                place += 1
            elif self._group(place)[1] == place or not self._word(place):
                return total, place

    def _group(self, place: int, lead: Decimal | None = None) -> tuple[Decimal, int]:
        """A value below a thousand ("two hundred and fifty", "fifteen hundred", "two dozen") and its end."""
        value, after = (lead, place) if lead is not None else self._below_hundred(place)
        if lead is None and after == place:
            return Decimal(0), place
        word = self._word(after, joined=lead is None)
        if word == "dozen":
            return value * 12, after + 1
        if word != "hundred":
            return value, after
        value, after = value * 100, after + 1
        further = after + (self._word(after) == "and")
        if self._word(further):
            more, end = self._below_hundred(further)
            if end > further and self._word(end) not in ("hundred", "dozen"):
                return value + more, end
        return value, after

    def _below_hundred(self, place: int) -> tuple[Decimal, int]:
        word = self._word(place, joined=False)
        if word in _TENS:
            ones = _SMALL.get(self._word(place + 1), 0)
            return Decimal(_TENS[word] + ones * (ones < 10)), place + 1 + (0 < ones < 10)
        return (Decimal(_SMALL[word]), place + 1) if word in _SMALL else (Decimal(0), place)

    def _decimals(self, value: Decimal, place: int) -> tuple[Decimal, int]:
        digits = ""
        while (one := _SMALL.get(self._word(place), 10)) < 10 and len(digits) < 12:
            digits, place = digits + str(one), place + 1
        value += Decimal(f"0.{digits}")
        return self._scaled(value, place)

    def _scaled(self, value: Decimal, place: int) -> tuple[Decimal, int]:
        """The value times the scales behind it, two at most, and its end."""
        for _ in range(2):
            word = self._word(place)
            if word not in _SPOKEN_SCALES and word not in ("hundred", "dozen"):
                break
            value, place = value * _SCALES[word], place + 1
        return value, place

    def _and_a_half(self, value: Decimal, place: int) -> tuple[Decimal, int]:
        """The value with "and a half" and the like and the scale behind: one and a half million."""
        if self._word(place) != "and":
            return value, place
        article = self._word(place + 1)
        count = 1 if article in ("a", "an", "one") else _SMALL.get(article, 0)
        part = _PARTS.get(self._word(place + 2), 0)
        if not (0 < count < part) or part > 10:
            return value, place
        unit = Decimal(
            _SCALES.get(self._word(place - 1), 1)
        )  # Of "a million and a half" it is half a million.
        value += unit * count / part
        return self._scaled(value, place + 3) if unit == 1 else (value, place + 3)

    def _ordinal(self, first: int, place: int, value: Decimal) -> tuple[_Raw, int] | None:
        """ "twenty-first", "hundredth"; not a thirty-second delay, nor "first" alone, which seldom counts."""
        word = self._word(place, joined=place > first)
        start, end = self._written[first][1], self._written[place][2]
        if word in _ORDINAL_SCALES:
            value = (value or Decimal(1)) * _ORDINAL_SCALES[word]
        else:
            value += _ORDINALS.get(word, 0) + _ORDINAL_TENS.get(word, 0)
        before = self._text[max(0, start - 8) : start]
        if word == "second" and (place > first or before[-1:] == "-"):
            return None
        if word == "first" and place == first:
            return None
        if word in _PARTS and place == first and self._has_article(place) and self._word(place + 1) == "of":
            return self._fraction(place - 1, place, Decimal(1))
        return _Raw(start, end, value, value, "th"), place + 1

    def _is_part(self, value: Decimal, place: int) -> bool:
        """Whether the word behind the number is what a whole is divided in: "two-thirds", "one third"."""
        word = self._word(place)
        part = _PARTS[word]
        return 0 < value < 100 and value % 1 == 0 and (word.endswith("s") or value == 1) and value < 10 * part

    def _fraction(self, first: int, place: int, count: Decimal) -> tuple[_Raw, int]:
        """A fraction, of a scale too: "three-quarters", "a quarter of a million"."""
        value, after = count / _PARTS[self._word(place)], place + 1
        if self._word(after) == "of" and self._word(after + 1) in ("a", "an"):
            scaled, end = self._scaled(value, after + 2)
            if end > after + 2:
                value, after = scaled, end
        return self._made(first, after, value)

    def _part(self, place: int) -> tuple[_Raw, int] | None:
        """ "half a million", "half-dozen", "half of", "a quarter of"."""
        first = place - self._has_article(place)
        follows = self._word(place + 1)
        if self._written[place][0] == "quarter":
            is_part = first < place and follows == "of"
            return self._fraction(first, place, Decimal(1)) if is_part else None
        skipped = place + 1 + (follows in ("a", "an"))
        value, after = self._scaled(Decimal("0.5"), skipped)
        if after > skipped:
            return self._made(first, after, value)
        if follows in ("a", "an") and self._word(skipped) in _UNITS:
            return self._made(first, skipped, value)
        if follows in ("of", "the", "its", "their"):
            return self._made(first, place + 1, value)
        return None

    def _rough(self, place: int) -> tuple[_Raw, int] | None:
        """ "dozens", "tens of thousands"."""
        word = self._written[place][0]
        low, high = _ROUGH_TIMES.get(word, _ROUGH.get(word, (0, 0)))
        if self._word(place + 1) == "of" and self._word(place + 2) in _ROUGH and word in _ROUGH_TIMES:
            scale = _SCALES[self._word(place + 2).removesuffix("s")]
            return self._made(place, place + 3, Decimal(low * scale), Decimal(high * scale - 1))
        if word == "tens":
            return None
        low, high = _ROUGH[word]
        return self._made(place, place + 1, Decimal(low), Decimal(high - 1))

    def _several(self, place: int) -> tuple[_Raw, int] | None:
        """ "several hundred", "a few thousand", "a couple of dozen", "a couple of weeks"."""
        low, high = _SEVERAL[self._written[place][0]]
        after = place + 1 + (self._word(place + 1) == "of")
        scale, end = self._scaled(Decimal(1), after)
        first = place - self._has_article(place)
        if end > after:
            return self._made(first, end, low * scale, high * scale - 1)
        if self._written[place][0] == "couple" and after > place + 1 and first < place:
            return self._made(first, place + 1, Decimal(low), Decimal(high - 1))
        return None

    def _is_pronoun(self, place: int) -> bool:
        """Whether "one" counts nothing: "no one", "one of them"."""
        start, end = self._written[place][1:]
        return bool(
            _NO_COUNT.search(self._text, max(0, start - _LOOK_BACK), start)
            or (_NO_COUNT_AFTER.match(self._text, end) and not _RATIO.match(self._text, end))
        )

    def _made(self, first: int, after: int, low: Decimal, high: Decimal | None = None) -> tuple[_Raw, int]:
        start, end = self._written[first][1], self._written[after - 1][2]
        last = self._written[after - 1][0]
        raw = _Raw(start, end, low, low if high is None else high, scale=_SCALES.get(last, 1))
        if minus := _MINUS_BEFORE.search(self._text, max(0, start - 6), start):
            raw = replace(raw, low=-raw.high, high=-raw.low, start=minus.start())
        return _with_unit(self._text, raw), after


def _joined(text: str, found: list[_Raw]) -> list[_Raw]:
    """The numbers with what two share: the unit and scale of a range, the ratio of "one in five"."""
    joined: list[_Raw] = []
    for raw in found:
        if joined and raw.start < joined[-1].end:
            continue
        before = joined[-1] if joined else None
        between = text[before.end : raw.start] if before and raw.start - before.end < 16 else None
        if before and between is not None:
            if _RATIO.fullmatch(between) and _is_ratio(before, raw):
                value = before.low / raw.low
                joined[-1] = replace(before, end=raw.end, low=value, high=value)
                continue
            if _RANGE.fullmatch(between) and before.unit is None:
                joined[-1] = _sharing(before, raw)
        joined.append(raw)
    return joined


def _is_ratio(one: _Raw, other: _Raw) -> bool:
    if one.unit is not None or other.unit is not None or (other.is_digits and 1500 < other.low < 2100):
        return False
    return 0 < one.low < min(other.low, Decimal(10)) and one.low % 1 == 0


def _sharing(first: _Raw, second: _Raw) -> _Raw:
    """The first number of a range in the second's scale and unit: 9 to 12 million, 10 to 15 percent."""
    if second.scale > 100 and first.scale == 1 and first.low < second.low / second.scale:
        scale = second.scale
        first = replace(first, low=first.low * scale, high=first.high * scale, scale=scale)
    return replace(first, unit=second.unit if second.unit not in ("th", "decade") else None)


def _counting(text: str, raw: _Raw) -> Quantity:
    counts = ""
    if raw.unit not in ("th", "decade", "pp"):
        share = _PERCENT.match(text, raw.end) if raw.unit == "%" else None
        noun = _noun(text, share.end() if share else raw.end, is_one=raw.high == 1)
        counts = stem(noun) if noun and (noun.lower() not in _UNITS or raw.unit is None) else ""
        if not counts and (told := _TOLD_BEFORE.search(text, max(0, raw.start - _TOLD_LENGTH), raw.start)):
            counts = stem((told["noun"] or told["toll"]).split()[-1])
    return Quantity(text[raw.start : raw.end], raw.low, raw.high, raw.unit, raw.start, raw.end, counts)


def _noun(text: str, end: int, *, is_one: bool) -> str:
    """The noun that a number ending here counts, as written; empty where none is plain to see.

    Behind "one" it is the first plain word, else the first plural within `_NOUN_REACH` words.
    """
    gap = _NOUN_AFTER.match(text, end)
    if not gap:
        return ""
    place, last = gap.end(), ""
    for _ in range(_NOUN_REACH):
        match = _NOUN_WORD.match(text, place)
        if not match or is_stopword(match[1]):
            break
        word = match[1].lower()
        if is_one:
            if not match[1][0].isupper():
                return match[1]
        elif word in _PLURALS or _is_plural(word):
            last = match[1]
            if word in _STATES or not match[1][0].isupper():
                return last
        if not match[2]:
            break
        place = match.end()
    return last


_STATES = frozenset("dead wounded injured missing killed hurt".split())


def _is_plural(word: str) -> bool:
    return len(word) > 3 and word.endswith("s") and word[-2] not in "sui'’"
