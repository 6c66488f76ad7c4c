"""What the page, the widget and the API add to an answer: marked words, context, links, dates.

Offsets count code points, so the server slices the text here and not the browser.
"""

import re
from collections.abc import Iterable
from dataclasses import asdict, dataclass, replace
from urllib.parse import quote, urlencode

from index.passages.sentences import sentence_spans
from rag.abstain import explanation
from rag.answer import Answer, Citation, Copy, RankedPassage, Sentence
from rag.render import noticed, written_date
from rag.web.settings import Exposure
from rag.web.templates import rooted

_FULL_STOP = re.compile(r"[.!?…][”’\"')\]]*$")
LONGEST_HEADING = 120
EXCERPT = 3
WIDEST_CONTEXT = 400
"""Characters of context shown on either side of a quote, at most."""


@dataclass(frozen=True, slots=True)
class Segment:
    """A stretch of a sentence; `marked` when it carries the asked-for words."""

    text: str
    marked: bool


def segments(text: str, spans: Iterable[tuple[int, int]]) -> list[Segment]:
    """`text` cut at the spans (code points, half-open); the pieces add up to it."""
    pieces: list[Segment] = []
    at = 0
    for start, end in sorted(spans):
        start, end = max(start, at), min(end, len(text))
        if start >= end:
            continue
        if start > at:
            pieces.append(Segment(text[at:start], False))
        pieces.append(Segment(text[start:end], True))
        at = end
    if at < len(text) or not pieces:
        pieces.append(Segment(text[at:], False))
    return pieces


def article_path(
    article_id: str, revision: str | None = None, start: int | None = None, end: int | None = None
) -> str:
    """The address of the article page; a span is marked there and scrolled to."""
    asked = {"revision": revision, "start": start, "end": end}
    query = urlencode({name: value for name, value in asked.items() if value is not None})
    fragment = "#quote" if start is not None else ""
    # Clients resolve a segment of dots away, a percent-encoded one too; beside %2F it is no segment.
    dotted = {".", ".."} & set(article_id.split("/"))
    path = quote(article_id, safe="~" if dotted else "/~")
    path = path.replace(".", "%2E") if article_id in (".", "..") else path
    return rooted(f"/articles/{path}{'?' if query else ''}{query}{fragment}")


def sentence_view(sentence: Sentence) -> dict[str, object]:
    """The contract's sentence, and its text in `segments`."""
    cut = [
        {"text": piece.text, "marked": piece.marked} for piece in segments(sentence.text, sentence.highlights)
    ]
    return sentence.to_json() | {"segments": cut}


def citation_view(citation: Citation, exposure: Exposure = "full") -> dict[str, object]:
    """The contract's citation with `href` to the article page, `date` in words, context and corrections."""
    text = citation.article_text if exposure != "link" else ""
    before, after = context(text, citation.start, citation.end)
    corrections = citation.corrections if exposure != "link" else ()
    return citation.to_json() | {
        "href": article_path(citation.article_id, citation.revision, citation.start, citation.end),
        "date": written_date(citation.published_at),
        "before": before,
        "after": after,
        "also_in": [copy_view(one) for one in citation.also_in],
        "corrections": [one.to_json() | {"says": noticed(one)} for one in corrections],
    }


def copy_view(copy: Copy) -> dict[str, object]:
    """A copy with `href` to the article page and `date` in words."""
    href = article_path(copy.article_id, copy.revision)
    return asdict(copy) | {"href": href, "date": written_date(copy.published_at)}


def passage_view(found: RankedPassage, exposure: Exposure = "full") -> dict[str, object]:
    """The passage as far as it may be shown, with `href` to the article page and `date` in words."""
    found = found if exposure == "full" else excerpt(found)
    passage = found.passage
    view = found.to_json() | {
        "href": article_path(passage.article_id, passage.revision, passage.start, passage.end),
        "date": written_date(passage.published_at),
    }
    return view | {"text": ""} if exposure == "link" else view


def excerpt(found: RankedPassage) -> RankedPassage:
    """The passage cut to its first three sentences, for an archive that shows no more than an excerpt."""
    passage = found.passage
    if len(passage.sentences) <= EXCERPT:
        return found
    end = passage.sentences[EXCERPT - 1][1]
    return replace(found, passage=replace(passage, end=end, text=passage.text[: end - passage.start]))


def answer_view(answer: Answer, exposure: Exposure = "full") -> dict[str, object]:
    """The contract's `ask` object with the same additions.

    `status_text` is the abstention in words, with which its first notice sentence begins: a client that shows
    the status in a line of its own leaves it out there. It is empty for answers.
    The draft of a language model is given without its text: only its checked sentences are shown.
    """
    view = answer.to_json() | {
        "status_text": status_text(answer),
        "sentences": [sentence_view(sentence) for sentence in answer.sentences],
        "citations": [citation_view(citation, exposure) for citation in answer.citations],
        "passages": [passage_view(passage, exposure) for passage in answer.passages],
    }
    if answer.draft:
        draft = answer.draft
        view["draft"] = {"model": draft.model, "outcome": draft.outcome, "problem": draft.problem}
    return view


def status_text(answer: Answer) -> str:
    """The explanation that an abstention begins with; empty for answers and for archives without dates."""
    is_said = answer.abstained and answer.archive.first is not None
    return explanation(answer.status, answer.archive) if is_said else ""


def context(text: str, start: int, end: int) -> tuple[str, str]:
    """The sentence before `text[start:end]` and the one after, in one line each; empty where there is none.

    Headings are left out, long sentences shortened at a word.
    """
    window = max(0, start - 4 * WIDEST_CONTEXT)
    earlier, later = text[window:start], text[end : end + 4 * WIDEST_CONTEXT]
    preceding, following = sentence_spans(earlier), sentence_spans(later)
    before = _neighbour(earlier[slice(*preceding[-1])]) if preceding else ""
    after = _neighbour(later[slice(*following[0])]) if following else ""
    if len(before) > WIDEST_CONTEXT:
        before = "… " + before[-WIDEST_CONTEXT:].split(" ", 1)[-1]
    if len(after) > WIDEST_CONTEXT:
        after = after[:WIDEST_CONTEXT].rsplit(" ", 1)[0] + " …"
    return before, after


def _neighbour(sentence: str) -> str:
    """The sentence on one line; empty for a heading, which is no context."""
    line = " ".join(sentence.split())
    is_heading = line.startswith("#") or (len(line) < LONGEST_HEADING and not _FULL_STOP.search(line))
    return "" if is_heading else line
