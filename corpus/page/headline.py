"""The headline of a text that comes without one.

A news report saved as plain text often starts with a photo caption, sometimes twice, a section label, a
byline and a deck around its headline. The lines above the first paragraph are scored as headlines; if none
scores above zero, the first sentence is used.
"""

import re
from collections.abc import Iterator
from itertools import takewhile

from corpus.article import one_line

MAX_TITLE_CHARACTERS = 120

_HEAD_CHARACTERS = 8_000
_HEAD_LINES = 10
_YEAR = r"\b(?:19|20)\d{2}\b"
_CREDIT = re.compile(
    r"\b(?:AP|AFP|EPA|Reuters|Getty|Shutterstock|Alamy|Handout)(?: Images?| Photo)?\s?/"
    r"|\b(?:AP|AFP|EPA|Getty)\s(?:Photo|Images?)\b|\((?:Photo|Image|Picture|Credit)\b"
    r"|^(?:FILE|Photo|Image|Picture|Credit|Photograph)s?\b\s?[-–—:]|\b(?:Photo|Image|Picture)s?(?: by\b|:|/)"
    r"|^In this\b.*\b(?:photo|image|picture)\b|©|\bcourtesy of\b"
)
_CAPTION = re.compile(
    rf"{_CREDIT.pattern}|\((?:AP|AFP|Reuters|Getty|left|right|cent(?:er|re)|L|R|C)\b"
    r"|\b(?:is|are) (?:seen|pictured)\b"
    rf"|day,?\s+\w+\.?\s+\d{{1,2}},\s+{_YEAR}|\bon \w+\.? \d{{1,2}}, {_YEAR}\W*$"
)
_BOILERPLATE = re.compile(
    r"(?:https?://|www\.|related\b|read more|see also|advertisement|share\b|subscribe\b|follow us"
    r"|sign up|skip to|(?:first |last )?(?:published|posted|updated|modified)\b|\d+ min(?:ute)?s? read"
    r"|(?:(?:by|words|text)\b:? ){1,2}(?-i:[A-Z])[\w.'’-]+ (?-i:[A-Z]|[a-z]{2,3} [A-Z])[^.?!:]*$"
    r"|editor['’]s note|[\W\d_]*$|.{,60}[—–]$)",
    re.IGNORECASE,
)
_DATE_ONLY = re.compile(rf"[^.?!]{{0,30}}\d{{1,2}}(?:st|nd|rd|th)?,?\s(?:\w+\.?,?\s)?{_YEAR}.{{0,30}}$")
_DATELINE = re.compile(r"[A-Z][A-Z.'’-]+(?: [A-Z.'’-]+)*(?:[,(/ ][^—–.]{0,60}?)?(?:\s?[—–−]|\s--?)\s(?=\S)")
#: OSTRAND, Norway (AP) — ..., March 14 (Reuters) - ..., (AFP) -- ...: place, day and agency of a wire report.
_WIRE = re.compile(
    r"[*•\s]*(?:(?=[^\W\d_]|\d{1,2}\s)(?!In this\b|FILE\b)[^()\n]{2,80}?\s?)?"
    r"\((?!Photo|Image|Picture|Credit|left\b|[LRC]\))(?:[A-Z][\w .,&/’'-]{1,40}|[a-z]{2,4}(?:/[a-z]{2,4})?)\)"
    r"(?:\.?\s?(?:[—–−]|--)\s?|\s?(?::|_)\s|\.?\s?-(?:\s|(?=[A-Z])))(?=\S)"
    r"|(?:[A-Z][\w.’'/-]+(?: [A-Z][\w.’'/-]+){0,3}(?:,\s[\w. ]{2,20})?\s)?"
    r"\((?:CNN|PTI|ANI|IANS|KNA)\)\s?(?=[A-Z“\"])"  # agencies that put no dash behind their name
)
_SENTENCE_END = re.compile(r"(?<![.!?…])[.!?…]+[\"'”’»)\]]*(?=\s+[\"'“‘«(\[]*[A-Z0-9])")
_ABBREVIATION = re.compile(
    r"(?:\b[A-Za-z]|\b(?:[A-Za-z]\.)+[A-Za-z]|\b(?:Jan|Feb|Mar|Apr|Aug|Sept?|Oct|Nov|Dec|Mr|Mrs|Ms|Dr|Prof|Gen"
    r"|Col|Lt|Sgt|Capt|Maj|Adm|Sen|Rep|Gov|St|No|vs|Jr|Sr|Inc|Ltd|Co|Corp|Rev|Hon))$"
)
_CLOSING = "\"'”’»)]"


def find_headline(text: str) -> str:
    """A headline found above the first paragraph, else the first sentence, cut to about 120 characters."""
    lines = [line for line in _head(text) if not _BOILERPLATE.match(line) and not _DATE_ONLY.match(line)]
    lines = [line for index, line in enumerate(lines) if not _is_caption(line, lines, index)] or lines
    above = takewhile(lambda line: not _is_paragraph(line), lines[:_HEAD_LINES])
    likely = [line for line in above if _score(line) > 0]
    if likely:  # the first, but for a label of few words above it
        return _cut(next((line for line in likely if len(line.split()) > 3), likely[0]))
    body = next(filter(_is_paragraph, lines), None) or (lines or [one_line(text[:_HEAD_CHARACTERS])])[0]
    return _cut(_first_sentence(body))


def _head(text: str) -> Iterator[str]:
    """The text's first lines, hard-wrapped ones joined, white space collapsed."""
    for block in re.split(r"\n\s*\n", text[:_HEAD_CHARACTERS]):
        lines = [" ".join(line.split()) for line in block.split("\n") if line.strip()]
        if _is_wrapped(lines):
            yield " ".join(lines)
        else:
            yield from lines


def _is_wrapped(lines: list[str]) -> bool:
    full = lines[:-1]
    if not full or max(map(len, full)) > 100:
        return False
    pairs = zip(full, lines[1:], strict=True)
    runs_on = any(line[-1] not in '.!?:"”' and after[0].islower() for line, after in pairs)
    return runs_on or (len(full) > 2 and min(map(len, full)) > 50)


def _is_caption(line: str, lines: list[str], index: int) -> bool:
    """Whether the line describes a photo: it says so, states a full date, or another line begins with it."""
    repeated = any(
        index != other and (lines[other].startswith(line) or line.startswith(lines[other]))
        for other in range(min(len(lines), _HEAD_LINES))
        if len(lines[other]) > 40 and len(line) > 40
    )
    wire = _WIRE.match(line)
    credited = _CREDIT.search(line, wire.end()) if wire else _CAPTION.search(line)
    return len(line) < 400 and bool(repeated or credited)


def _is_paragraph(line: str) -> bool:
    """Whether the line is running text: several sentences or a long one, and not in title case."""
    closed = line.rstrip(_CLOSING).endswith((".", "!", "?", "…"))
    sentence = closed and len(line) > 80 and _capitals(line) < 0.6
    return sentence or len(line) > 200 or bool(_DATELINE.match(line) or _WIRE.match(line))


def _score(line: str) -> float:
    """How much the line looks like a headline; above zero it counts as one."""
    words = line.split()
    titled = _capitals(line) >= 0.6
    if len(words) < 2 or (len(words) < 4 and all(word[:1].isupper() for word in words)):
        return -1.0  # a section, an agency or a name
    end = "…" if line.endswith("...") else line.rstrip(_CLOSING)[-1:]
    score = {".": -2.0, ",": -2.0, ":": -2.0, ";": -2.0, "?": 0.5, "!": 0.0}.get(end, 2.0)
    return score + (2.0 if titled else 0.0) + (1.0 if 3 <= len(words) <= 25 and len(line) <= 150 else -1.0)


def _capitals(line: str) -> float:
    """The share of words of four letters or more that begin with a capital."""
    words = [word.lstrip("\"'“‘(") for word in line.split() if len(word) > 3]
    return sum(word[:1].isupper() for word in words) / max(1, len(words))


def _first_sentence(line: str) -> str:
    dateline = _WIRE.match(line) or _DATELINE.match(line)
    body = line[dateline.end() :] if dateline else line
    for end in _SENTENCE_END.finditer(body):
        if not _ABBREVIATION.search(body[max(0, end.start() - 24) : end.start()]):
            return body[: end.end()]
    return body


def _cut(line: str) -> str:
    """The line, cut at a word's end with an ellipsis if it is too long."""
    line = one_line(line)
    if len(line) <= MAX_TITLE_CHARACTERS:
        return line
    return line[: MAX_TITLE_CHARACTERS + 1].rsplit(" ", 1)[0][:MAX_TITLE_CHARACTERS].rstrip(" ,;:–—-") + "…"
