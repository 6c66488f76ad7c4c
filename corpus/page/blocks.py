"""A page that a crawler saved as Markdown, split into blocks without marks, each with its share of links."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal

Kind = Literal["heading", "item", "row", "text"]

_URL = r"\((?:[^()\n]++|\([^()\n]*+\))*+\)"
"""An address in its brackets, which may hold brackets or an image."""
_IMAGE = re.compile(rf"!\[[^\]\n]{{0,2000}}\]{_URL}")
_LINK = re.compile(rf"\[(?P<text>(?:[^\[\]]|\[[^\[\]]{{0,200}}\]){{0,2000}})\](?P<url>{_URL})")
_AUTHOR = re.compile(
    r"/(?:authors?|people|person|staff|contributors?|profiles?|by|bio|journalists?|columnists?|reporters?|users?"
    r"|correspondents?|writers?)[/.]|-staff\b|mailto:",
    re.IGNORECASE,
)
_REFERENCE = re.compile(r"\[\^?\d{1,3}\](?=[\s.,;:\[]|$)")
_BEGINS, _ENDS, _PERSON = "\x02", "\x03", "\x04"  # Control characters, which articles do not hold.
_SENTINELS = re.compile("[\x02-\x04]")
_LEADING = re.compile(rf"\s*{_BEGINS}([^{_ENDS}]*)")
_HEADLINE_WORDS = 5
_BLANK = re.compile(r"\n[ \t]*\n\s*+")
_ATX = re.compile(r"#{1,6}\s+")
_UNDERLINE = re.compile(r"={3,}|-{3,}")
_RULE = re.compile(r"[*\s]{3,}|[_\s]{3,}|=+|[|:\s-]{3,}")
_ITEM = re.compile(r"(?:[*+•·-]|\d{1,3}[.)])\s+(?:\[[ xX]\]\s*)?")
_EMPHASIS = re.compile(
    r"(?<![\w*])\*{1,3}(?=\S)|(?<=\S)\*{1,3}(?![\w*])|(?<!\w)_{1,3}(?=\S)|(?<=\S)_{1,3}(?!\w)"
)
_TIGHT = re.compile(r"\*{2,3}")
_ESCAPED = re.compile(r"\\([\\`*_{}\[\]()#+.!|<>~-])")
_LOOSE = re.compile(r" ([,.;:!?)\]’”])")
_QUOTED = re.compile(r"(?:>\s?)+")


@dataclass(frozen=True, slots=True)
class Block:
    """A paragraph, heading, list item or table row. `linked`: the share of its characters that are links.

    `group` is the number of the stretch between blank lines that it stands in. `names_author`: a link in it
    leads to the page of a person. `leads_away`: it begins with a link of several words, as teasers
    do, and no sentence runs on from there.
    """

    text: str
    kind: Kind
    linked: float
    group: int
    names_author: bool = False
    leads_away: bool = False

    @property
    def words(self) -> int:
        """How many words it has."""
        return len(self.text.split())


def blocks(page: str) -> list[Block]:
    """The page's blocks in their order, without pictures, addresses and marks; none of them is empty."""
    marked = _LINK.sub(_mark, _IMAGE.sub(" ", _SENTINELS.sub("", page)))
    return list(_blocks(_LINK.sub(_mark, marked)))  # Twice: the text of a link may hold another link.


def _mark(link: re.Match[str]) -> str:
    text = link["text"].replace(_BEGINS, "").replace(_ENDS, "").strip()
    if text and _AUTHOR.search(link["url"]):
        text = _PERSON + text
    before = link.string[max(0, link.start() - 3) : link.start()].rstrip("*_")[-1:]
    after = link.string[link.end() : link.end() + 3].lstrip("*_")[:1]
    # Crawlers lose the blanks between the items of a menu, and those around a link in a sentence.
    apart_before = before.isalnum() or before in (")", _ENDS)
    apart_after = after.isalnum() or after == "["
    return " " * apart_before + f"{_BEGINS}{text}{_ENDS}" + " " * apart_after


def _blocks(page: str) -> Iterator[Block]:
    inside = False  # A link may go on over several lines.
    for number, group in enumerate(_BLANK.split(page)):
        lines: list[str] = []
        for line in group.split("\n"):
            if inside:
                line = _BEGINS + line
            inside = line.rfind(_BEGINS) > line.rfind(_ENDS)
            if inside:
                line += _ENDS
            lines.append(line.strip())
        yield from _of_group(lines, number)


def _of_group(lines: list[str], number: int) -> Iterator[Block]:
    running: list[str] = []

    def flush(kind: Kind = "text") -> Iterator[Block]:
        made = _block(" ".join(running), kind, number)
        running.clear()
        if made is not None:
            yield made

    for line in lines:
        if _UNDERLINE.fullmatch(line) and running:
            yield from flush("heading")
        elif _RULE.fullmatch(line):
            yield from flush()
        elif _ATX.match(line) or _ITEM.match(line) or line.count("|") >= 2:
            yield from flush()
            item = _ITEM.match(line)
            heading = _ATX.match(line[item.end() :] if item else line)
            running.append(line[item.end() if item else 0 :][heading.end() if heading else 0 :])
            yield from flush("heading" if heading else "item" if item else "row")
        else:
            running.append(_QUOTED.sub("", line, count=1))
    yield from flush()


def _block(line: str, kind: Kind, group: int) -> Block | None:
    author = _PERSON in line
    line = line.replace(_PERSON, "")
    shown = _without_marks(line.replace(_BEGINS, "").replace(_ENDS, ""))
    if not any(character.isalnum() for character in shown):
        return None
    linked = sum(len(_without_marks(part)) for part in re.findall(f"{_BEGINS}([^{_ENDS}]*)", line))
    leads = _LEADING.match(line)
    after = line[leads.end() :].lstrip(f"{_ENDS} *_") if leads else ""
    runs_on = after[:1].islower() or after[:1] in (",", ";")  # The link is the beginning of a sentence.
    leads_away = leads is not None and len(leads[1].split()) >= _HEADLINE_WORDS and not runs_on
    return Block(shown, kind, min(1.0, linked / len(shown)), group, author, leads_away)


def _without_marks(text: str) -> str:
    """Without emphasis and escapes, white space made single blanks."""
    text = _TIGHT.sub("", _EMPHASIS.sub("", _REFERENCE.sub("", text).replace("`", "")))
    text = " ".join(_ESCAPED.sub(r"\1", text).replace("|", " ").replace("\\", "").split())
    return _LOOSE.sub(r"\1", text)
