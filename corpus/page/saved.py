"""Pages that a crawler saved as Markdown: recognising them, their fields, and the article without the page.

Each block of such a page gets a score: running prose a positive one by its words, links and short labels a
negative one. The article is where the sum of the scores is largest (maximum subsequence segmentation:
Pasternack and Roth 2009, doi:10.1145/1526709.1526840). All maximal stretches are kept (Ruzzo and Tompa 1999),
so that an advertisement does not cut an article in two. Blocks between prose are kept too, except boilerplate
such as "Read more", "Sign up", "Share on ...".
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from corpus.article import Dropped, canonical_url, one_line
from corpus.dates import date_or_none, find_dateline
from corpus.page.blocks import Block, blocks
from corpus.page.boilerplate import LEADS, OUTSIDE, REPEATED, Part, listed, reasons
from corpus.page.stated import date_in_url
from corpus.words.notices import BIDS, BYLINE, DATE, OTHER_STORIES

LEAST_LINKS = 5
"""Markdown links from which on a text counts as a saved page; articles as written hold none."""
_HEADER_CHARACTERS = 4_000
_MARKDOWN_LINK = re.compile(r"\]\((?:https?:|/|#|data:|javascript:|mailto:)")
_HEADER = re.compile(
    r"^(?:(?:Title: ?(?P<title>.+)|URL Source: ?(?P<url>\S+)|Published Time: ?(?P<published>.+)"
    r"|Markdown Content:|The Wayback Machine - (?P<archived>\S+)|={3,})[ \t]*)$",
    re.MULTILINE,
)
_SAYS_SO = re.compile(r"^(?:The Wayback Machine - https?://|URL Source: ?https?://)", re.MULTILINE)
_HEADING = re.compile(r"\s*#\s+([^\n]{1,1000})")


LEAST_WORDS = 40
"""Words of running prose below which no article is found: then only marks, menus and notices are removed."""
_PROSE_WORDS = 9
_PROSE_LINKED = 0.55
_MOSTLY_LINKS = 0.6
_MOST_COUNTED = 80
"""Words of one block that count, so that one long notice does not outweigh an article."""
_AGAINST_LINK, _AGAINST_LABEL, _AGAINST_NOTICE = 8.0, 2.5, 10.0
_STRETCH_WORDS = 30.0
"""Least score of a stretch that is kept beside the best one."""
_STRETCH_SHARE = 0.15
"""And its least share of the score of the best one."""
_HEAD = 20
"""Blocks above the article among which its byline and dates are looked for."""

_SENTENCE = re.compile(r"[.!?…。！？।؟][\"'”’»)\]]*(?:\s|$)|:$")


def is_saved_page(text: str) -> bool:
    """Whether a text is a page as crawlers save it: its header says so, or it has links in Markdown."""
    if _SAYS_SO.search(text[:_HEADER_CHARACTERS]):
        return True
    return sum(1 for _ in zip(range(LEAST_LINKS), _MARKDOWN_LINK.finditer(text), strict=False)) == LEAST_LINKS


def fields_of(text: str, known_url: str | None = None) -> Mapping[str, object]:
    """The `text` of the article in a page; `title`, `url`, `published_at` as far as the page states them;
    `dropped`, the blocks that are not in the text.

    With a `known_url` none is looked for. The date is that of the header, in the URL, or of a dateline:
    above a saved article other dates may stand.
    """
    stated = _header(text[:_HEADER_CHARACTERS])
    article, dropped = article_in(_HEADER.sub("", text[:_HEADER_CHARACTERS]) + text[_HEADER_CHARACTERS:])
    heading = _HEADING.match(text)
    url = None if known_url else canonical_url(stated.get("url") or stated.get("archived") or "")
    headed = one_line(" ".join(block.text for block in blocks(heading[1]))) if heading else None
    fields = {
        "text": article,
        "title": stated.get("title") or headed,
        "url": url,
        "published_at": date_or_none(stated.get("published"))
        or date_in_url(known_url or url)
        or find_dateline(article),
        "dropped": dropped or None,
    }
    return {name: value for name, value in fields.items() if value is not None}


def _header(head: str) -> dict[str, str]:
    found: dict[str, str] = {}
    for line in _HEADER.finditer(head):
        for name, value in line.groupdict().items():
            if value:
                found.setdefault(name, value.strip())
    return found


@dataclass(frozen=True, slots=True)
class _Judged:
    block: Block
    is_prose: bool
    is_link: bool
    reason: str | None
    score: float

    @property
    def is_notice(self) -> bool:
        """Whether it is boilerplate, other than a line that leads to another story."""
        return self.reason not in (None, LEADS)


def article_in(page: str) -> tuple[str, tuple[Dropped, ...]]:
    """The article in a page saved as Markdown, its paragraphs set apart by a blank line; and the rest.

    Where there is none, all of the page but menus and notices. Linear time.
    """
    found = blocks(page)
    judged = _judged(found)
    kept = _kept(judged)
    if sum(judged[place].block.words for place in kept if judged[place].is_prose) < LEAST_WORDS:
        kept = [place for place, one in enumerate(judged) if not (one.is_link or one.is_notice)]
    kept = kept or list(range(len(judged)))
    inside = {judged[place].block.text for place in kept}
    left = (one for one in judged if one.block.text not in inside)
    dropped = listed([Dropped(one.block.text, one.reason or OUTSIDE) for one in left])
    return _joined([judged[place].block for place in kept]), dropped


def _judged(found: Sequence[Block]) -> list[_Judged]:
    seen: set[str] = set()
    made = []
    parts = [Part(block.text, block.linked) for block in found]
    for block, boilerplate in zip(found, reasons(parts), strict=True):
        again = block.words >= _PROSE_WORDS and block.text in seen
        seen.add(block.text)
        reason = REPEATED if again else boilerplate
        notice = reason not in (None, LEADS)
        prose = not notice and _is_prose(block)
        link = not prose and (block.leads_away or block.linked >= _MOSTLY_LINKS)
        if prose:
            score = min(block.words, _MOST_COUNTED) * (1 - block.linked)
        elif notice:
            score = -_AGAINST_NOTICE
        elif link:
            score = -_AGAINST_LINK
        else:
            score = -_AGAINST_LABEL
        made.append(_Judged(block, prose, link, reason, score))
    return made


def _is_prose(block: Block) -> bool:
    """Whether it reads as running text: enough words, most of them small, ended as a sentence, few links."""
    if block.kind == "heading" or block.words < _PROSE_WORDS or block.linked > _PROSE_LINKED:
        return False
    if block.leads_away and block.words < LEAST_WORDS:
        return False
    words = [word for word in block.text.split() if word[:1].isalpha()]
    small = sum(1 for word in words if not word[:1].isupper())
    if small < 0.4 * len(words):
        return False
    return bool(_SENTENCE.search(block.text)) or block.words >= 25


def _kept(judged: Sequence[_Judged]) -> list[int]:
    """The places of the blocks that are kept, ascending."""
    stretches = _stretches([one.score for one in judged])
    best = max((value for _, _, value in stretches), default=0.0)
    kept: list[int] = []
    for first, end, value in stretches:
        if value < max(_STRETCH_WORDS, _STRETCH_SHARE * best):
            continue
        if (
            kept
            and value < 0.5 * best
            and any(_begins_rest(judged, place) for place in range(kept[-1] + 1, first))
        ):
            continue
        if value == best or not kept:
            kept += _head(judged, first)
        kept += _within(judged, first, end)
    return sorted(set(kept))


def _stretches(scores: Sequence[float]) -> list[tuple[int, int, float]]:
    """All maximal scoring subsequences (Ruzzo and Tompa 1999): (first, end, sum), in their order."""
    found: list[tuple[int, int, float, float, int]] = []  # the sum before it, up to its end, an earlier one
    total = 0.0
    for place, score in enumerate(scores):
        before, total = total, total + score
        if score <= 0:
            continue
        first, left = place, before
        while True:
            earlier = len(found) - 1
            while earlier >= 0 and found[earlier][2] >= left:
                earlier = found[earlier][4]
            if earlier < 0 or found[earlier][3] >= total:
                found.append((first, place + 1, left, total, earlier))
                break
            first, left = found[earlier][0], found[earlier][2]
            del found[earlier:]
    return [(first, end, right - left) for first, end, left, right, _ in found]


def _head(judged: Sequence[_Judged], first: int) -> Iterator[int]:
    """Byline and dates, which stand above the article among labels; and the heading right above it."""
    for place in range(max(0, first - _HEAD), first):
        one = judged[place]
        short = one.block.words <= 40 and not one.is_notice
        says = one.block.names_author or BYLINE.match(one.block.text) or DATE.search(one.block.text)
        heads = place == first - 1 and one.block.kind == "heading" and not (one.is_link or one.is_notice)
        if heads or (short and says):
            yield place


def _within(judged: Sequence[_Judged], first: int, end: int) -> Iterator[int]:
    """The blocks of a stretch without its links, notices and teasers."""
    rests = False
    for place in range(first, end):
        one = judged[place]
        long = one.is_prose and one.block.words >= LEAST_WORDS and one.block.linked < 0.3
        if long or (one.block.kind == "heading" and not one.is_link):
            rests = False
        if _begins_rest(judged, place):
            rests = True
        if rests or one.reason is not None:
            continue
        if one.is_link and not (one.block.names_author or _is_listed(judged, place)):
            continue
        yield place


def _begins_rest(judged: Sequence[_Judged], place: int) -> bool:
    """Whether the page goes on with something else below this block.

    A label of more than two words that asks for nothing may as well be a heading of the article, unless a
    link or another label follows.
    """
    one = judged[place]
    label = not (one.is_prose or one.is_link) and one.block.words <= 8
    if not label or OTHER_STORIES.fullmatch(one.block.text) is None:
        return False
    if one.block.words <= 2 or BIDS.match(one.block.text):
        return True
    return place + 1 >= len(judged) or not judged[place + 1].is_prose


def _is_listed(judged: Sequence[_Judged], place: int) -> bool:
    """Whether a link is an item of a list that a line with a colon introduces."""
    if judged[place].block.kind == "row":
        return True
    while place > 0 and judged[place].block.kind == "item" and judged[place].is_link:
        place -= 1
    return not judged[place].is_link and judged[place].block.text.endswith(":")


def _joined(chosen: Sequence[Block]) -> str:
    """Blocks separated by a blank line; items and rows of one group by a line end."""
    parts: list[str] = []
    before: Block | None = None
    for block in dict.fromkeys(chosen):
        if before is not None:
            close = before.group == block.group and block.kind in ("item", "row")
            parts.append("\n" if close else "\n\n")
        parts.append(f"- {block.text}" if block.kind == "item" else block.text)
        before = block
    return "".join(parts)
