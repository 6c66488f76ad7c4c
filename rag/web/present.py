"""What the page, the widget and the API add to an answer: marked words, context, links, dates.

Offsets count code points, so the server slices the text here and not the browser.
"""

from collections.abc import Iterable
from dataclasses import asdict, dataclass, replace
from urllib.parse import quote, urlencode

from index.passages.sentences import sentence_spans
from rag.abstain import explanation
from rag.answer import Answer, Citation, Copy, Listed, RankedPassage, Sentence
from rag.question.filters import filters_to_json
from rag.render import LABELS, is_heading, noticed, written_date
from rag.web.bounds.exposure import EVERYTHING, Viewer
from rag.web.templates import rooted

Span = tuple[int, int]

EXCERPT = 3
WIDEST_CONTEXT = 400
"""Characters of context shown on either side of a quote, at most."""
NEAREST = 3
"""Articles whose nearest passage is shown beside an abstention."""
WORDS_WITHHELD = "this archive shows no more words of the article today"
"""What stands in the place of a notice whose words the visitor may not see any more today."""


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
    article_id: str,
    revision: str | None = None,
    start: int | None = None,
    end: int | None = None,
    sig: str | None = None,
) -> str:
    """The address of the article page; a span is marked there and scrolled to. `sig` signs the span."""
    asked = {"revision": revision, "start": start, "end": end, "sig": sig}
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


def citation_path(citation: Citation, viewer: Viewer = EVERYTHING) -> str:
    """The address at which the quote is marked in its article, signed where that is needed."""
    where = (citation.article_id, citation.revision, citation.start, citation.end)
    return article_path(*where, sig=viewer.signature(*where))


def citation_view(citation: Citation, viewer: Viewer = EVERYTHING) -> dict[str, object]:
    """The contract's citation with `href` to the article page, `date` in words, context and corrections.

    Context and corrections are those that the viewer may see.
    """
    corrections = corrections_for(citation, viewer)
    before, after = context_for(citation, viewer)
    return citation.to_json() | {
        "href": citation_path(citation, viewer),
        "date": written_date(citation.published_at),
        "before": before,
        "after": after,
        "also_in": [copy_view(one) for one in citation.also_in],
        "corrections": corrections,
    }


def corrections_for(citation: Citation, viewer: Viewer) -> list[dict[str, object]]:
    """The article's correction notices, each with `says`; without their words where these may not be seen."""
    if viewer.exposure == "link":
        return []
    name, text = (citation.article_id, citation.revision), citation.article_text
    return [
        one.to_json() | {"says": noticed(one)}
        if viewer.take(*name, text, one.start, one.end)
        else one.to_json() | {"text": "", "says": f"{LABELS.get(one.kind, 'Correction')}: {WORDS_WITHHELD}"}
        for one in citation.corrections
    ]


def context_for(citation: Citation, viewer: Viewer) -> tuple[str, str]:
    """The sentences before and after the quote, as far as they leave half of the allowance to quotes."""
    if viewer.exposure == "link":
        return "", ""
    name, text = (citation.article_id, citation.revision), citation.article_text
    shown = []
    for span in neighbours(text, citation.start, citation.end):
        line = _in_context(text, span)
        shown.append(line if line and span and viewer.take(*name, text, *span, spare=True) else "")
    return _ending(shown[0]), _beginning(shown[1])


def copy_view(copy: Copy) -> dict[str, object]:
    """A copy with `href` to the article page and `date` in words."""
    href = article_path(copy.article_id, copy.revision)
    return asdict(copy) | {"href": href, "date": written_date(copy.published_at)}


def passage_view(
    found: RankedPassage, viewer: Viewer = EVERYTHING, *, spare: bool = False
) -> dict[str, object]:
    """The passage as far as it may be shown, with `href` to the article page and `date` in words.

    With `spare` it leaves half of what the viewer may see of the article to quotes.
    """
    found = excerpt(found, viewer, spare=spare)
    passage = found.passage
    where = (passage.article_id, passage.revision, passage.start, passage.end)
    sig = viewer.signature(*where) if passage.text else None
    return found.to_json() | {
        "href": article_path(*where, sig=sig),
        "date": written_date(passage.published_at),
    }


def excerpt(found: RankedPassage, viewer: Viewer, *, spare: bool = False) -> RankedPassage:
    """The passage cut to those of its first three sentences that the viewer may see; without text for none.

    Whole where whole articles are shown, and without text where only links are.
    """
    if viewer.exposure == "full":
        return found
    passage, end = found.passage, found.passage.start
    for sentence in passage.sentences[:EXCERPT] if viewer.exposure == "excerpt" else ():
        if not viewer.take(passage.article_id, passage.revision, None, end, sentence[1], spare=spare):
            break
        end = sentence[1]
    text = passage.text[: end - passage.start]
    return replace(found, passage=replace(passage, end=end if text else passage.end, text=text))


def answer_view(answer: Answer, viewer: Viewer = EVERYTHING) -> dict[str, object]:
    """The contract's `ask` object with the same additions.

    `status_text` is the abstention in words, with which its first notice sentence begins: a client that shows
    the status in a line of its own leaves it out there. It is empty for answers.
    The draft of a language model is given without its text: only its checked sentences are shown.
    `standalone` is the question that asks for the same outside of its conversation, or None; `withheld` says
    that something would have been quoted too, but for how much is shown in a day.
    """
    view = answer.to_json() | {
        "standalone": standalone(answer),
        "filters": filters_to_json(answer.question.where),
        "status_text": status_text(answer),
        "withheld": bool(answer.withheld),
        "sentences": [sentence_view(sentence) for sentence in answer.sentences],
        "citations": [citation_view(citation, viewer) for citation in answer.citations],
        "passages": [passage_view(passage, viewer, spare=True) for passage in answer.passages],
    }
    if answer.articles is not None:
        view["articles"] = [listed_view(one) for one in answer.articles]
    if answer.draft:
        draft = answer.draft
        view["draft"] = {
            "model": draft.model,
            "outcome": draft.outcome,
            "problem": draft.for_readers or draft.problem,
        }
    return view


def nearest(answer: Answer) -> tuple[RankedPassage, ...]:
    """The passages shown as the nearest ones, best first and one of each article; none beside an answer."""
    by_article = {found.passage.article_id: found for found in reversed(answer.passages)}
    best = sorted(by_article.values(), key=lambda found: found.rank)[:NEAREST]
    return tuple(best) if answer.abstained else ()


def standalone(answer: Answer) -> str | None:
    """The question that gets this answer without the conversation; None where none would.

    Of a follow-up it is the query it was searched with, or, where a model wrote its answer, the question that
    was completed.
    """
    if not answer.question.history:
        return answer.question.text
    if answer.is_written and answer.standalone:
        return answer.standalone
    return answer.searched[0] if len(answer.searched) == 1 else None


def listed_view(article: Listed) -> dict[str, object]:
    """An article of a list with `href` to the article page and `date` in words."""
    return article.to_json() | {
        "href": article_path(article.id),
        "date": written_date(article.published_at),
    }


def status_text(answer: Answer) -> str:
    """The explanation that an abstention begins with; empty for answers and for archives without dates.

    Empty too where the archive has what answers and may not show more of it.
    """
    is_said = answer.abstained and answer.archive.first is not None and not answer.withheld
    return explanation(answer.status, answer.archive) if is_said else ""


def context(text: str, start: int, end: int) -> tuple[str, str]:
    """The sentence before `text[start:end]` and the one after, in one line each; empty where there is none.

    Headings are left out, long sentences shortened at a word.
    """
    before, after = (_in_context(text, span) for span in neighbours(text, start, end))
    return _ending(before), _beginning(after)


def neighbours(text: str, start: int, end: int) -> tuple[Span | None, Span | None]:
    """The spans of the sentences before and after `text[start:end]`; of long ones the end that is nearer."""
    window = max(0, start - 4 * WIDEST_CONTEXT)
    preceding = sentence_spans(text[window:start])
    following = sentence_spans(text[end : end + 4 * WIDEST_CONTEXT])
    before = (window + preceding[-1][0], window + preceding[-1][1]) if preceding else None
    after = (end + following[0][0], end + following[0][1]) if following else None
    return before, after


def _in_context(text: str, span: Span | None) -> str:
    """The sentence on one line; empty for a heading, which is no context."""
    line = " ".join(text[slice(*span)].split()) if span else ""
    return "" if is_heading(line) else line


def _ending(line: str) -> str:
    return line if len(line) <= WIDEST_CONTEXT else "… " + line[-WIDEST_CONTEXT:].split(" ", 1)[-1]


def _beginning(line: str) -> str:
    return line if len(line) <= WIDEST_CONTEXT else line[:WIDEST_CONTEXT].rsplit(" ", 1)[0] + " …"
