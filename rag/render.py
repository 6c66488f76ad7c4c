"""An answer as CommonMark and as terminal text, and the environment that HTML templates are rendered in.

Every character of an article is escaped: the marks, the emphasis and the line breaks are ours alone.
"""

import re
import textwrap
from collections.abc import Callable, Iterable, Iterator, Sequence
from datetime import date
from itertools import pairwise
from pathlib import Path
from typing import TYPE_CHECKING

from corpus.dates import day_of
from corpus.page.corrections import Correction
from corpus.words.calendar import MONTH_NAMES
from index.language.dates import told_dates
from index.passages.sentences import paragraph_spans
from index.store.store import Passage
from rag.answer import CLOSEST, IN_THE_MODELS_WORDS, Answer, Citation, Copy, Listed, RankedPassage, Sentence
from rag.quote.happened import When, happened

if TYPE_CHECKING:
    from jinja2 import Environment

_MARKDOWN = re.compile(
    r"[\\`*_\[\]<~]|&(?=#|\w+;)|\$(?=\$)|(?<=\$)\$|:(?=//)|(?<=www)\.(?=\w)|(?<=\w)@(?=\w)", re.IGNORECASE
)
"""What CommonMark, GFM's bare links or a formula renderer would act on; a lone `$` or `&` is left alone."""
_LINE_START = re.compile(r"^(?:(?P<sign>[#+=>-])|(?P<number>\d+)(?P<dot>[.)]))", re.MULTILINE)
_CONTROL = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f\u200e\u200f\u202a-\u202e\u2066-\u2069]")
_LABELLED = re.compile(r"\W*(?:correct|clarif|retract|erratum|editor|update)", re.IGNORECASE)
HEADING = re.compile(r"#{1,6}[ \t]+(?=\S)")
"""Markdown's signs of a heading, at its beginning."""
_AROUND = re.compile(r"\A#{1,6}[ \t]+(?=\S)|\A[*_]{1,3}(?=[^\s*_])|(?<=[^\s*_])[*_]{1,3}\Z")
_LONGEST_HEADING = 120
_ENDS = re.compile(r"[.!?…:][”’\"')\]]*$")
LABELS = {"note": "Note", "clarification": "Clarification", "retraction": "Retraction"}
"""What a notice of a kind is called; every other one is a correction."""
_FEWEST_DAYS = 2
"""Days from which on they are worth a line of their own."""
_WIDEST_OUTLET, _NARROWEST = 22, 20
"""Columns of an outlet's name in a table, and of the words beside it, at least."""
_SUGGESTED = {"help": "Questions to try", "listed": "More articles"}
"""What stands above the questions that are suggested beside an answer of another kind than most."""
_BOLD, _DIM, _RESET = "\x1b[1m", "\x1b[2m", "\x1b[0m"


def escape_markdown(text: str) -> str:
    """`text` so that CommonMark (and GFM's bare links) shows it as it is, on one line."""
    line = " ".join(text.split())
    escaped = _MARKDOWN.sub(lambda match: "\\" + match[0], line)
    return _LINE_START.sub(lambda m: "\\" + m["sign"] if m["sign"] else f"{m['number']}\\{m['dot']}", escaped)


def bare(text: str) -> str:
    """The text without Markdown's signs of a heading or of emphasis at its ends."""
    return _AROUND.sub("", text)


def prose(text: str) -> str:
    """The words of a passage on one line, without the headings between its paragraphs."""
    paragraphs = [text[start:end] for start, end in paragraph_spans(text)]
    told = [one for one, other in pairwise([*paragraphs, ""]) if not _leads(one, other)]
    return " ".join(" ".join(bare(one).split()) for one in told or paragraphs)


def is_heading(line: str) -> bool:
    """Whether the line has Markdown's sign of a heading, or is short and without an end."""
    return line.startswith("#") or (len(line) < _LONGEST_HEADING and not _ENDS.search(line))


def _leads(paragraph: str, following: str) -> bool:
    """Whether a paragraph is the heading of the one that follows; an item of a list is none."""
    is_said = paragraph[0].isalpha() and _ENDS.search(following) is not None
    return is_heading(paragraph) and (paragraph[0] == "#" or is_said)


def written_date(published_at: str | None) -> str | None:
    """`2019-10-15` or an instant as `15 October 2019`, `2019-10` as `October 2019`; None stays None."""
    if not published_at:
        return None
    year, *rest = published_at[:10].split("-")
    day = [str(int(rest[1]))] if len(rest) > 1 else []
    return " ".join([*day, *([MONTH_NAMES[int(rest[0]) - 1]] if rest else []), year])


def written_when(when: When) -> str:
    """When something happened: `29 August 2022`, `22–28 August 2022`, `August 2022`, `1990–1999`."""
    first, last = written_date(when.first) or "", written_date(when.last) or ""
    if len(when.first) == len("YYYY-MM-DD") and when.first[:7] == when.last[:7] and first != last:
        return f"{int(when.first[8:])}–{last}"
    if first == last:
        return first
    return f"{first}–{last}" if len(when.first) == len("YYYY") else f"{first} to {last}"


def day_in_timeline(text: str, published_at: str | None) -> str | None:
    """When what a sentence of a timeline tells happened (a day, a month, a year), else its article's day."""
    published = day_of(published_at) if published_at else None
    dates = told_dates(text, date.fromisoformat(published) if published else None)
    when = happened(text, dates, published)
    return when.first if when else published


def byline(source: str | None, published_at: str | None, title: str) -> str:
    """Outlet and date as a lead says them; an article without an outlet goes by its title."""
    known = [part for part in (source or f"“{title}”", written_date(published_at)) if part]
    return ", ".join(known)


def noticed(notice: Correction) -> str:
    """A correction notice on one line that says what it is, by its own label or by one of ours."""
    text = " ".join(notice.text.split())
    return text if is_labelled(notice) else f"{LABELS.get(notice.kind, 'Correction')}: {text}"


def is_labelled(notice: Correction) -> bool:
    """Whether the notice says itself that it is one."""
    return _LABELLED.match(notice.text) is not None


def to_markdown(sentences: Sequence[Sentence]) -> str:
    """The `answer` of the contract: shown sentences with their marks, a paragraph for each lead, lists.

    An unconfirmed one ends with its marks and what it is. More sentences add to the text and change nothing.
    """
    parts: list[str] = []
    before: Sentence | None = None
    for sentence in (one for one in sentences if one.is_in_text):
        text = escape_markdown(sentence.text)
        label = f" *({IN_THE_MODELS_WORDS})*" if sentence.support == "unconfirmed" else ""
        said = f"*{text}*" if sentence.role == "lead" else text + _marks(sentence) + label
        parts += [_between(before, sentence), said]
        before = sentence
    return "".join(parts)


def _between(before: Sentence | None, sentence: Sentence) -> str:
    """What separates a sentence from the one before, with the sign of an item that it begins."""
    sign = "- " if begins_item(before, sentence) else ""
    if before is None:
        return sign
    if sign and before.item:
        return f"\n{sign}"
    opens = sentence.role in ("lead", "notice") or before.item != sentence.item
    return f"\n\n{sign}" if opens else " "


def begins_item(before: Sentence | None, sentence: Sentence) -> bool:
    """Whether it is the first of its list item that is shown; `before` is shown before it."""
    return sentence.item is not None and (before is None or before.item != sentence.item)


def is_same_question(asked: str, searched: Sequence[str]) -> bool:
    """Whether a question was searched as it was typed, but for capitals and apostrophes."""
    return _letters(asked) in map(_letters, searched)


def _letters(text: str) -> str:
    return "".join(filter(str.isalnum, text.casefold()))


def to_terminal(answer: Answer, *, width: int = 80, colour: bool = False) -> str:
    """The answer, its marks, and under it the sources with outlet, date and quote, in `width` columns.

    The days of an overview, a timeline or the latest, the outlets of a comparison, and what a follow-up was
    completed to, stand above it. An
    unconfirmed sentence has its source below it; what stands folded elsewhere is listed at the end.
    """
    paint = _painter(colour)
    head = _overview_of(answer, width)
    if answer.question.history and not is_same_question(answer.question.text, answer.searched):
        head += [_wrap(f"Searched for: {printable('; '.join(answer.searched))}", width)]
    blocks = [*(paint(line, _DIM) for line in head), *([""] if head else []), *_lines(answer, width, paint)]
    if answer.citations:
        blocks += ["", paint("Sources", _DIM), *(_source(citation, width) for citation in answer.citations)]
    elif answer.articles:
        blocks += ["", *(_listed(one, width) for one in answer.articles)]
    elif answer.passages and answer.abstained:
        nearest = {found.passage.article_id: found for found in reversed(answer.passages)}
        best = sorted(nearest.values(), key=lambda found: found.rank)[:3]
        blocks += ["", paint(CLOSEST, _DIM), *(_nearest(found, width) for found in best)]
    folded = [_said(sentence, answer, width, paint) for sentence in answer.sentences if sentence.folded]
    if folded:
        blocks += ["", paint("Unconfirmed", _DIM), *folded]
    left_out = [_left_out(one, width) for one in answer.sentences if one.support == "unsupported"]
    if left_out:
        blocks += ["", paint("Left out", _DIM), *left_out]
    if answer.checked_by:
        blocks += ["", paint(_wrap(f"Checked by {printable(answer.checked_by)}", width), _DIM)]
    blocks += [_wrap(printable(notice), width) for notice in answer.notices]
    if answer.did_you_mean:
        blocks.append(_wrap(f"Did you mean: {printable(answer.did_you_mean)}", width))
    if answer.suggestions:
        blocks += ["", paint(_SUGGESTED.get(answer.status, "You could ask next"), _DIM)]
        blocks += [_wrap(f"- {printable(question)}", width) for question in answer.suggestions]
    return "\n".join(blocks)


def _overview_of(answer: Answer, width: int) -> list[str]:
    """What stands above the sentences of several articles: their days in the answer's order, or a table.

    Sentences of a timeline have the days that they tell, others those of their articles.
    """
    quoted = [
        (sentence, one)
        for sentence in answer.sentences
        if sentence.is_in_text and sentence.role == "claim"
        for one in answer.citations
        if one.n in sentence.citations[:1]
    ]
    if answer.intent == "comparison":
        return _table([(one, _told(sentence), one.n) for sentence, one in quoted], width)
    if answer.intent not in ("overview", "timeline", "latest"):
        return []
    days: dict[str, list[int]] = {}
    for sentence, one in quoted:
        is_told = answer.intent == "timeline"
        day = day_in_timeline(sentence.text, one.published_at) if is_told else one.published_at
        if says := written_date(day):
            days.setdefault(says, []).append(one.n)
    if len(days) < _FEWEST_DAYS:
        return []
    marked = (f"{day} {' '.join(f'[{n}]' for n in dict.fromkeys(marks))}" for day, marks in days.items())
    return _strip(list(marked), width)


def _strip(parts: Sequence[str], width: int) -> list[str]:
    """The parts side by side, dots between them, in as many lines as they need; no part is broken."""
    lines: list[str] = []
    for part in parts:
        if lines and len(lines[-1]) + len(part) + 3 <= width:
            lines[-1] += f" · {part}"
        else:
            lines.append(part)
    return lines


def _told(sentence: Sentence) -> str:
    """The words that were asked for, else the sentence."""
    marked = [sentence.text[start:end] for start, end in sentence.highlights]
    return printable(", ".join(marked) if marked else sentence.text)


def _table(rows: Sequence[tuple[Citation, str, int]], width: int) -> list[str]:
    """Outlet, day, mark and words of each quotation, one a line; [] where they do not fit side by side."""
    heads = [
        (printable(one.source or one.title), written_date(one.published_at) or "", f"[{n}]")
        for one, _, n in rows
    ]
    if len({head[0] for head in heads}) < 2:
        return []
    outlet = min(max(len(head[0]) for head in heads), _WIDEST_OUTLET)
    day, mark = (max(len(head[place]) for head in heads) for place in (1, 2))
    left = width - outlet - day - mark - 6
    if left < _NARROWEST:
        return []
    return [
        f"{_short(source, outlet):{outlet}}  {when:{day}}  {n:{mark}}  {_short(words, left)}".rstrip()
        for (source, when, n), (_, words, _) in zip(heads, rows, strict=True)
    ]


def _short(text: str, width: int) -> str:
    return text if len(text) <= width else text[: width - 1].rstrip() + "…"


def _lines(answer: Answer, width: int, paint: Callable[[str, str], str]) -> Iterator[str]:
    """The sentences of the answer's text; those of a list item are indented behind its dash."""
    before: Sentence | None = None
    for sentence in (one for one in answer.sentences if one.is_in_text):
        if sentence.item is None:
            yield _said(sentence, answer, width, paint)
        else:
            said = textwrap.indent(_said(sentence, answer, width - 2, paint), "  ")
            yield f"- {said[2:]}" if begins_item(before, sentence) else said
        before = sentence


def _said(sentence: Sentence, answer: Answer, width: int, paint: Callable[[str, str], str]) -> str:
    """A sentence with its marks; of an unconfirmed one also what it is, why, and what it rests on."""
    text = printable(bare(sentence.text)) + _marks(sentence)
    if sentence.support != "unconfirmed":
        return paint(_wrap(text, width), {"lead": _DIM, "claim": _BOLD}.get(sentence.role, ""))
    lines = [_wrap(f"{text} ({IN_THE_MODELS_WORDS})", width)]
    if sentence.reason:
        lines.append(_wrap(printable(sentence.reason), width, indent="    "))
    rests_on = (citation for citation in answer.citations if citation.n in sentence.citations)
    lines += (_wrap(f"[{one.n}] “{printable(one.quote)}”", width, indent="    ") for one in rests_on)
    return "\n".join(lines)


def _left_out(sentence: Sentence, width: int) -> str:
    lines = [_wrap(f"- {printable(sentence.text)}", width)]
    if sentence.reason:
        lines.append(_wrap(printable(sentence.reason), width, indent="    "))
    return "\n".join(lines)


def _marks(sentence: Sentence) -> str:
    return "".join(f" [{n}]" for n in sentence.citations)


def passages_to_terminal(passages: Iterable[RankedPassage], *, width: int = 80, colour: bool = False) -> str:
    """A search's passages, best first: outlet, date and headline, then the words."""
    paint = _painter(colour)
    blocks = []
    for found in passages:
        head = _wrap(f"{found.rank}. {_heading(found.passage)}", width)
        words = _wrap(printable(prose(found.passage.text)), width, indent="   ")
        blocks.append(f"{paint(head, _BOLD)}\n{words}")
    return "\n\n".join(blocks)


def printable(text: str) -> str:
    """`text` on one line, without characters that steer a terminal (control, bidirectional override)."""
    return " ".join(_CONTROL.sub("\ufffd", text.replace("\n", " ").replace("\t", " ")).split())


def _source(citation: Citation, width: int) -> str:
    head = f"[{citation.n}] {_heading(citation)}"
    lines = [_wrap(head, width), _wrap(f"“{printable(bare(citation.quote))}”", width, indent="    ")]
    apart = (one for one in citation.corrections if not citation.start <= one.start < citation.end)
    notices = (printable(noticed(one)) for one in apart)
    also = [f"also in {'; '.join(map(_outlet, citation.also_in))}"] if citation.also_in else []
    return "\n".join([*lines, *(_wrap(line, width, indent="    ") for line in (*also, *notices))])


def _outlet(copy: Copy) -> str:
    return printable(byline(copy.source, copy.published_at, copy.title))


def _nearest(found: RankedPassage, width: int) -> str:
    begins = textwrap.shorten(printable(prose(found.passage.text)), 160, placeholder=" ...")
    return _wrap(f"- {_heading(found.passage)}", width) + "\n" + _wrap(begins, width, indent="    ")


def _listed(article: Listed, width: int) -> str:
    """An article of a list: headline, outlet and day, and below them its address or its id."""
    where = byline(article.source, article.published_at, article.id)
    head = _wrap(f"- {printable(article.title)} ({printable(where)})", width)
    return f"{head}\n{_wrap(printable(article.url or article.id), width, indent='    ')}"


def _heading(found: Passage | Citation) -> str:
    """Headline, outlet and date; an article without an outlet goes by its id."""
    outlet = byline(found.source, found.published_at, found.article_id)
    return f"{printable(found.title)} ({printable(outlet)})"


def _wrap(text: str, width: int, indent: str = "") -> str:
    lines = textwrap.wrap(text, max(20, width) - len(indent), break_on_hyphens=False)
    return textwrap.indent("\n".join(lines), indent)


def _painter(colour: bool) -> Callable[[str, str], str]:
    return lambda text, code: f"{code}{text}{_RESET}" if colour and code else text


def escaping_environment(folder: Path) -> "Environment":
    """A Jinja environment over the templates of a folder: values are escaped, unknown names are refused."""
    from jinja2 import Environment, FileSystemLoader, StrictUndefined

    return Environment(
        loader=FileSystemLoader(folder),
        autoescape=True,
        undefined=StrictUndefined,
        auto_reload=False,
        trim_blocks=True,
        lstrip_blocks=True,
    )
