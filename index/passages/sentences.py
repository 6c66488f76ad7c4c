"""Paragraph and sentence borders of a news report, as exact offsets.

Rules of our own rather than Punkt: nltk takes half a second to import, its newer releases refuse to read a
model by its path, and on news Punkt cuts "No. 10", "the U.S. Senate" and '"Stop!" he said' in two. Where
the rules are in doubt they join: two sentences in one span can still be cited, half a sentence cannot.
"""

import re
from collections.abc import Iterator
from itertools import pairwise

from corpus.words.lists import read_words

Offsets = tuple[int, int]

_LINE = re.compile(r"[^\n]+")
_LIST_ITEM = re.compile(r"\s*(?:[-*•‣▪#>]|\d{1,3}[.)]\s)")
_ENDS_A_SENTENCE = re.compile(r"[.!?…:][\"'”’)\]]*\s*$")
#: Who speaks in a transcript or in the record of a sitting.
_ASKER = r"(?:[QA](?:[\s.#]?\d{1,4})?|(?:Question|QUESTION|Answer|ANSWER)(?:\s\d{1,4})?)"
_CAPITALS = r"[A-Z][A-Z’'.-]{1,30}(?:,?\s[A-Z][A-Z’'.-]{0,30}){0,4}"
_TITLE = r"(?:M(?:[Rr][Ss]?|[Ss]|ISS|iss)|D[Rr]|S[Ee][Nn]|R[Ee][Pp]|G[Ee][Nn]|P[Rr][Oo][Ff])\.?"
_SPEAKER = rf"(?:{_TITLE}\s{_CAPITALS}|T(?:HE|he)(?:\s[A-Z]{{4,30}}){{1,3}})"
_SPEAKER_LINE = re.compile(rf"{_ASKER}[.:]|(?:{_SPEAKER}|{_TITLE}\s[A-Z][\w’'-]{{1,30}}):")
_LONGEST_LABEL = 80
_NARROWEST, _WIDEST = 40, 120
"""Columns between which text is wrapped by hand or by a mail program."""


def paragraph_spans(text: str) -> list[Offsets]:
    """The paragraphs in order, `text[start:end]` without white space at either end, none of them blank."""
    lines = [(found.start(), found.end()) for found in _LINE.finditer(text) if not found[0].isspace()]
    width = _wrap_width(text, lines)
    spans: list[Offsets] = []
    for start, end in lines:
        line = text[start:end]
        first = start + len(line) - len(line.lstrip())
        last = start + len(line.rstrip())
        joined = spans and (
            _is_said(text, spans[-1], first, last)
            or (width is not None and _continues(text, spans[-1][1], first, last, width))
        )
        if joined:
            spans[-1] = (spans[-1][0], last)
        else:
            spans.append((first, last))
    return spans


def _is_said(text: str, label: Offsets, first: int, last: int) -> bool:
    """Whether the line at `first` is what the speaker says who is named alone on the line before it."""
    return (
        label[1] - label[0] <= _LONGEST_LABEL
        and _SPEAKER_LINE.fullmatch(text, *label) is not None
        and text.count("\n", label[1], first) <= 2
        and not _SPEAKER_LINE.fullmatch(text, first, min(last, first + _LONGEST_LABEL))
        and not _LIST_ITEM.match(text, first, last)
    )


def _wrap_width(text: str, lines: list[Offsets]) -> int | None:
    """The width at which the text's lines are wrapped; None where each line is a paragraph."""
    lengths = [end - start for start, end in lines]
    within = [length for length in lengths if length <= _WIDEST]
    if len(lines) < 2 or len(within) < 0.9 * len(lines):
        return None
    width = max(within)
    if width < _NARROWEST:
        return None
    broken = sum(
        text[first:last].lstrip()[:1].islower() and not _ENDS_A_SENTENCE.search(text[before:end])
        for (before, end), (first, last) in pairwise(lines)
        if _continues(text, end, first, last, width)
    )
    return width if broken else None


def _continues(text: str, end: int, first: int, last: int, width: int) -> bool:
    """Whether the line at `first` goes on from the one before: its first word did not fit there."""
    if text.count("\n", end, first) > 1 or _LIST_ITEM.match(text, first, last):
        return False
    start = text.rfind("\n", 0, end) + 1
    word = text[first:last].split(maxsplit=1)[0]
    return end - start + 1 + len(word) > width


_LISTS = read_words("index.passages", "abbreviations.txt")
TITLES, NUMBERED, MAYBE = _LISTS["titles"], _LISTS["numbered"], _LISTS["maybe"]
ALSO_WORDS, STARTERS, EXCLAIMING = _LISTS["also words"], _LISTS["starters"], _LISTS["exclaiming"]
PLACES = _LISTS["places and degrees"]

_LETTER = re.compile(r"[^\W_]")
_END = re.compile(
    r"""(?P<mark>\.(?:[ \xa0]\.)+ | (?<![.!?…‽؟۔।])[.!?…‽؟۔।]+)     # one mark, several, or ". . ."
        (?P<closers>["'”’»)\]*_]*(?:[ \xa0]”)?)       # quotes and brackets stay with their sentence
        (?:\s+|$)
      | (?P<wide>[。！？]+[」』”’）]*)\s*              # scripts that put no space between sentences
    """,
    re.VERBOSE,
)
#: The blank behind a full stop is missing: "left the city.The mayor said".
_GLUED = re.compile(r"(?<=[a-z]{3})(?<![/@.])[.?!][”\"’]?(?=[“\"]?[A-Z][a-z]+[ ,’])")
#: What opens a sentence and is none by itself: a speaker, or the number or letter of a list's entry.
_LABEL = re.compile(
    rf"(?P<speaker>(?:(?:\d{{1,3}}\s{{1,8}})?{_ASKER}|{_SPEAKER})\.(?!\w)"
    rf"|(?:(?:\d{{1,3}}\s{{1,8}})?{_ASKER}|{_SPEAKER}|{_CAPITALS}):(?!\S))"
    r"|(?:\d{1,9}|[^\W\d_]|[ivx]{1,5}|[IVXLC]{1,6})\.(?!\w)"
)
#: A speaker who is interrupted: "Q. And then -- A. Yes."
_CUT_OFF = re.compile(rf"(?:--|[–—])\s+(?={_LABEL.pattern})")
_TOKEN = re.compile(r"[^\s\"“”‘(\[—–/]*$")
_NEXT = re.compile(r"(?P<opening>[\"'“”‘(\[«¿¡*_|―—–-]*\s?)(?P<word>[^\W_]+(?:[’'][^\W_]+)?)(?P<stop>\.?)")
_ACRONYM = re.compile(r"(?:[^\W\d_]\.)+[^\W\d_]$")
_CAMEL = re.compile(r"[a-z]{1,2}[A-Z]")
_ELIDED = re.compile(r"(?:d|l|dell|all|qu)['’](?=art$|n$)")  # "l'art. 12"
_LONGEST_TOKEN = 40
#: What sets the next words apart from an abbreviation without beginning a sentence.
_APART = tuple("(–—―-|")
_AFTER_A_CLOCK = re.compile(
    r"(?:[ECMP][SD]?T|GMT|UTC|BST|CES?T|Eastern|Central|Pacific|Mountain|[MTWFS]\w+days?"
    r"|(?:\d{1,2}(?:st|nd|rd|th)?\s)?(?:Jan|Feb|Mar|Apr|May|Jun|Jul|Aug|Sept?|Oct|Nov|Dec)[a-z]*)\b"
)
_ATTRIBUTION = re.compile(
    r"(?:[A-Z][\w’'.-]*\s+){1,4}(?:said|says|asked|asks|wrote|writes|tweeted|added|adds|told|replied|shouted"
    r"|posted|recalled|joked|chanted|exclaimed|concluded|warned|insisted|declared)\b"
)

#: A number that may be a name: no amount, share or rank ("1,200", "40%", "3rd", "2 million").
_BARE_NUMBER = re.compile(
    r"(?P<digits>\d+)(?:[-–/]\w+)*[A-Z]?(?![\w%]|[.,]\d|\s?(?:per\s?cent|hundred|thousand|\w{1,2}illion)\b)"
)
#: What goes on behind such a number: "S.B. 17 into law", "D.C. 12 months ago."
_GOES_ON = re.compile(
    r"[^\w\s]|\s*$|\s+(?:in|on|into|as|at|by|for|from|near|with|under|through|against|before|after|until|since"
    r"|the|an?|this|was|is|will|would|has|had|which|that|if|when|because"
    r"|\w+\s+(?:ago|later|earlier)(?=[.,;!?]|\s*$|\s(?:and|but|as|after|when|with|to|for|on|in)\b))\b"
)
#: What is counted by a number that begins a sentence: "40 people came".
_COUNTED = re.compile(
    r"\s+(?:of\b|or\b|to\b|more\b|(?:[a-z’'-]+(?<!ed)\s+)?(?:[^\W\d_]+s|people|men|women|children|police)\b)"
)
#: Stands before an acronym that is no number's: "in D.C.", "the B.B.C.", "Ann Lee, M.D.".
_BEFORE_A_NAME = re.compile(
    r"(?:\b(?:the|an?|in|at|from|near|to|his|her|its|their|our|my)|[A-Z][\w’'.-]*,?)\s+$"
)
_ONE_WORD = re.compile(r"\w{1,40},?\s{1,3}")
_SIGNED_NUMBER = re.compile(r"(?P<sign>[§¶#№]+)\s?\d|[$€£¥]\s?\d")
#: A law or a report by its number, behind a short word: "Pub. L. 117", "H. Con. Res. 12", "Fed. Reg. 9".
_CITED = re.compile(r"(?:[A-Z]|Res|Reg|Supp|Ct|Cir|App|Stat)\.\s(?:No\.\s|\dd\s)?\d")
_SHORT = 4
#: "No." before a number, which begins no sentence behind an acronym: "H.R. No. 5".
_NUMBER_SIGN = re.compile(r"Nos?\.\s?\d")
#: Letters that number something: "Art. IV", "No. B-12".
_IDENTIFIER = re.compile(r"(?:[IVXLC]{2,6}|[VXLC]|[A-Z]{1,3}[-/]?\d[\w-]*)(?!\w)|Nos?\.\s?\d")


def sentence_spans(text: str) -> list[Offsets]:
    """The sentences in order, `text[start:end]` without white space at either end.

    They do not overlap, never cross a paragraph's border (`paragraph_spans`), and leave out nothing but white
    space. Headings and list items without a full stop are sentences.
    """
    return [span for start, end in paragraph_spans(text) for span in paragraph_sentences(text, start, end)]


def paragraph_sentences(text: str, start: int, end: int) -> list[Offsets]:
    """The sentences of the paragraph at `text[start:end]`, as offsets into `text`."""
    paragraph = text[start:end]
    spans: list[Offsets] = []
    begin = 0
    for border in _borders(paragraph):
        piece = paragraph[begin:border]
        if body := piece.strip():
            first = begin + len(piece) - len(piece.lstrip())
            spans.append((start + first, start + first + len(body)))
        begin = border
    return spans


def _borders(paragraph: str) -> Iterator[int]:
    """Where each sentence ends, the paragraph's end included."""
    ends = [end for pattern in (_END, _GLUED, _CUT_OFF) for end in pattern.finditer(paragraph)]
    opening = _LETTER.search(paragraph)
    for end in sorted(ends, key=lambda end: end.end()):
        border = end.end()
        if opening and opening.start() < border and _is_border(paragraph, opening.start(), end):
            yield border
            opening = _LETTER.search(paragraph, border)
    yield len(paragraph)


def _is_border(paragraph: str, begin: int, found: re.Match[str]) -> bool:
    """Whether what one of the patterns found ends the sentence whose first letter is at `begin`."""
    if found.re is _GLUED:
        return True
    label = _LABEL.match(paragraph, begin)
    if found.re is _CUT_OFF:
        return label is not None and label["speaker"] is not None
    if label and label["speaker"]:  # "BY MR. SMITH: Q. When did it leave?"
        label = _LABEL.match(paragraph, label.end() + 1) or label
    return _is_end(paragraph, begin, label, found)


def _is_end(paragraph: str, begin: int, label: re.Match[str] | None, found: re.Match[str]) -> bool:
    if found["wide"] or found.end() >= len(paragraph):
        return True
    if label and found.start() < label.end():
        return False
    start = max(begin, found.start() - _LONGEST_TOKEN)
    before = _TOKEN.search(paragraph, start, found.start())
    written = before[0] if before else ""
    token = written.lower()
    following = _NEXT.match(paragraph, found.end())
    if following is None:
        return paragraph[found.end()] not in ",;:" and not _is_before_a_sign(token, paragraph, found.end())
    word, closers = following["word"], found["closers"]
    if word[0].islower() and not _CAMEL.match(word):
        return False
    if found["mark"] != ".":
        if any(quote in closers for quote in "\"'”’"):
            return _ATTRIBUTION.match(paragraph, found.end()) is None
        return not (found["mark"] == "!" and token in EXCLAIMING)
    if closers:  # "(R-Ga.) Smith": the bracket closes behind an abbreviation.
        return not (closers[0] in ")]" and _is_abbreviation(token)) or word.lower() in STARTERS
    if word[0].isdecimal():
        return not _is_numbered(paragraph, begin, found.start() - len(written), written, following)
    if label and label["speaker"] and (turn := _LABEL.match(paragraph, found.end())) and turn["speaker"]:
        return token not in TITLES
    if written[:1].isupper() and len(written) <= _SHORT and _CITED.match(paragraph, found.end()):
        return False
    return _ends_a_sentence(token, following)


def _last_part(token: str) -> str:
    return _ELIDED.sub("", token.rsplit("-", 1)[-1])


def _is_abbreviation(token: str) -> bool:
    last = _last_part(token)
    return last in TITLES or last in NUMBERED or last in MAYBE or _ACRONYM.match(token) is not None


def _is_initial(token: str) -> bool:
    return len(token) == 1 and token.isalpha()


def _is_before_a_sign(token: str, paragraph: str, at: int) -> bool:
    """Whether a number with a sign goes with the abbreviation before it: "U.S.C. § 12", "approx. $40"."""
    number = _SIGNED_NUMBER.match(paragraph, at)
    if number is None:
        return False
    if number["sign"]:
        return _is_abbreviation(token) or _is_initial(token)
    return token in NUMBERED and token not in ALSO_WORDS


def _is_numbered(paragraph: str, begin: int, start: int, written: str, following: re.Match[str]) -> bool:
    """Whether the figure that follows goes with the token at `start`: "No. 5", "H.R. 4182".

    An acronym that opens its sentence, or that a verb stands before ("signed S.B. 17"), is numbered. One of a
    place or a body is not, where what follows reads as a count of something ("in D.C. 40 people came").
    """
    token, at = written.lower(), following.start("word")
    last = _last_part(token)
    if last in TITLES or last in NUMBERED or token.rsplit(".", 1)[-1] in NUMBERED or token in ("u.s", "u.k"):
        return True
    if token in ("a.m", "p.m"):
        return _AFTER_A_CLOCK.match(paragraph, at) is not None
    number = _BARE_NUMBER.match(paragraph, at)
    digits = len(number["digits"]) if number else 0
    if not (_ACRONYM.match(token) or _is_initial(token)):  # "Lee et al. 2019", "Calif. 94103"
        return (digits == 4 and token == "al") or (digits == 5 and token in MAYBE)
    if following["opening"].strip("(["):
        return False
    opens = start <= begin or _ONE_WORD.fullmatch(paragraph, begin, start)
    if opens or written.islower() or paragraph[start - 2 : start - 1].isdecimal():
        return True
    if number is None:
        return False
    if digits > 3 or _GOES_ON.match(paragraph, number.end()):
        return True
    before = _BEFORE_A_NAME.search(paragraph, max(begin, start - _LONGEST_TOKEN), start)
    return not ((token in PLACES or before) and _COUNTED.match(paragraph, number.end()))


def _ends_a_sentence(token: str, following: re.Match[str]) -> bool:
    """Whether the full stop behind `token` (in lower case) ends a sentence, given what follows it."""
    word, last = following["word"], _last_part(token)
    if last in TITLES:
        return False
    if following["opening"].startswith(_APART) and _is_abbreviation(token):
        return False  # "Calif. — With", "8 p.m. (ESPN)"
    if token in ("a.m", "p.m"):
        return _AFTER_A_CLOCK.match(word) is None
    starts = word.lower() in STARTERS and not (len(word) == 1 and following["stop"])
    starts = starts and not _NUMBER_SIGN.match(following.string, following.start("word"))
    if _is_initial(token) or _ACRONYM.match(token):
        return starts or bool(following["opening"].strip())
    if last in NUMBERED and _IDENTIFIER.match(following.string, following.start("word")):
        return False  # "Art. IV", "Apt. No. 4"
    if last in NUMBERED or last in MAYBE:
        return starts or token in ALSO_WORDS
    return True
