"""The reader: one article as a page, its headline, its dates, its text, and the quoted words marked in it."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from fastapi import APIRouter
from fastapi.responses import HTMLResponse

from corpus.article import canonical_url
from corpus.errors import StoreError
from index.passages.sentences import paragraph_spans, sentence_spans
from index.store.store import ArticleSummary, StoredArticle
from rag.render import byline
from rag.web.archive import LiveArchive
from rag.web.difference import words
from rag.web.errors import refusal_of
from rag.web.present import Segment, article_path, segments
from rag.web.settings import WebSettings
from rag.web.templates import render
from rag.web.versions import (
    HEADING,
    Notice,
    Version,
    changes,
    changes_path,
    notices,
    versions_of,
    written_moment,
)

Span = tuple[int, int]

_OFFSET = re.compile(r"[0-9]{1,9}")
_LANGUAGE = re.compile(r"[A-Za-z]{2,3}(?:-[A-Za-z0-9]{2,8}){0,3}")
HEADERS = {
    "Content-Security-Policy": (
        "default-src 'none'; style-src 'self'; script-src 'self'; img-src 'self'; base-uri 'none'; "
        "form-action 'none'; frame-ancestors 'self'"
    ),
    "X-Content-Type-Options": "nosniff",
    # The reader asks where it was opened from, to lead back there; other hosts learn nothing.
    "Referrer-Policy": "same-origin",
    "X-Robots-Tag": "noindex",
    "Cache-Control": "private, no-cache",
}
CANNOT_MARK = "The passage of this link cannot be found in this version of the article; nothing is marked."


@dataclass(frozen=True, slots=True)
class Paragraph:
    """A paragraph, or a heading between paragraphs, cut where the mark begins and ends."""

    pieces: Sequence[Segment]
    heading: bool = False


def router(live: LiveArchive, settings: WebSettings) -> APIRouter:
    """GET /articles/{id}: the article, or a page that says why there is none (404, 503)."""
    routes = APIRouter()

    @routes.api_route("/articles/{article_id:path}", methods=["GET", "HEAD"], include_in_schema=False)
    def article(
        article_id: str,
        revision: str = "",
        start: str | None = None,
        end: str | None = None,
        since: str = "",
    ) -> HTMLResponse:
        opened = live.opened
        if opened is None:
            return _apology(503, "The archive cannot be read just now", live.problem, settings)
        try:
            stored = opened.store.article(article_id, revision or None)
            newest = opened.store.article(article_id) if revision and not (stored and stored.live) else stored
            earlier = opened.store.article(article_id, since) if stored and since else None
            versions = versions_of(opened.store, stored, settings) if stored else []
            copies = opened.store.copies_of(article_id) if stored else []
        except StoreError as error:
            return _apology(503, "The archive cannot be read just now", refusal_of(error).detail, settings)
        if stored is not None and since and (earlier is None or settings.exposure != "full"):
            says = "The two versions cannot be compared here."
            return _apology(404, "No such version", says, settings, instead=article_path(article_id))
        if stored is not None:
            corrections = notices(stored, newest, settings)
            return _page(stored, start, end, settings, versions, earlier, copies, corrections)
        if newest is not None:
            says = "The article is in the archive, this version of it is not."
            return _apology(404, "No such version", says, settings, instead=article_path(article_id))
        says = "No article has this address. It may have been removed from the archive."
        return _apology(404, "Not in the archive", says, settings)

    return routes


def _page(
    stored: StoredArticle,
    start: str | None,
    end: str | None,
    settings: WebSettings,
    versions: Sequence[Version],
    earlier: StoredArticle | None,
    copies: Sequence[ArticleSummary],
    corrections: Sequence[Notice],
) -> HTMLResponse:
    article = stored.article
    days = {one.revision: one for one in versions}
    span = parse_span(article.text, start, end)
    asked = bool(start or end)
    shows_text = earlier is None and settings.exposure != "link"
    html = render(
        "article.html",
        archive=settings.name,
        title=article.title,
        source=article.source,
        authors=article.authors,
        published=written_moment(article.published_at, beside=article.updated_at),
        updated=written_moment(article.updated_at, beside=article.published_at),
        published_at=article.published_at,
        updated_at=article.updated_at if article.updated_at != article.published_at else None,
        original=canonical_url(article.url) if article.url else None,
        language=language(article.metadata),
        paragraphs=marked_paragraphs(article.text, span, whole=settings.exposure == "full")
        if shows_text
        else [],
        shows=settings.exposure,
        cited=asked,
        notice=CANNOT_MARK if asked and span is None and settings.exposure != "link" else None,
        revision=stored.revision,
        live=stored.live,
        versions=versions,
        newest=article_path(article.id),
        newest_changes=changes_path(article.id, stored.revision, versions[0].revision)
        if settings.exposure == "full"
        else None,
        corrections=corrections,
        copies=[
            {"name": byline(one.source, one.published_at, one.title or one.id), "href": article_path(one.id)}
            for one in copies
        ],
        changes=changes(earlier.article.text, article.text) if earlier else None,
        title_changes=words(earlier.article.title, article.title) if earlier else (),
        since=days.get(earlier.revision) if earlier else None,
        until=days.get(stored.revision),
    )
    return HTMLResponse(html, headers=HEADERS)


def parse_span(text: str, start: str | None, end: str | None) -> Span | None:
    """The span of a link (code points, half-open); None unless it holds words of `text`."""
    if not (start and end and _OFFSET.fullmatch(start) and _OFFSET.fullmatch(end)):
        return None
    first, last = int(start), int(end)
    return (first, last) if last <= len(text) and text[first:last].strip() else None


def marked_paragraphs(text: str, span: Span | None, *, whole: bool = True) -> list[Paragraph]:
    """The text's paragraphs and headings, without white space at their ends and Markdown's signs of headings.

    Without `whole` only the span and one sentence either side; nothing without a span.
    """
    begin, finish = (0, len(text)) if whole else surroundings(text, span)
    first, last = span or (0, 0)
    paragraphs = []
    for start, end in paragraph_spans(text):
        heading = HEADING.match(text, start, end)
        start, end = max(heading.end() if heading else start, begin), min(end, finish)
        if start < end:
            marked = (max(first, start) - start, min(last, end) - start)
            pieces = segments(text[start:end], [marked] if marked[0] < marked[1] else [])
            paragraphs.append(Paragraph(pieces, heading is not None))
    return paragraphs


def surroundings(text: str, span: Span | None) -> Span:
    """The span widened by the whole sentence before it and the one after it; empty without a span."""
    if span is None:
        return 0, 0
    start, end = span
    sentences = sentence_spans(text)
    before = [one for one in sentences if one[0] < start]
    after = [one for one in sentences if one[1] > end]
    # A sentence that the span begins or ends within is its neighbour: it is completed.
    return (before[-1][0] if before else start), (after[0][1] if after else end)


def language(metadata: Mapping[str, object]) -> str | None:
    """The article's own language tag, if its metadata give one."""
    given = metadata.get("language") or metadata.get("lang")
    return given if isinstance(given, str) and _LANGUAGE.fullmatch(given) else None


def _apology(
    status: int, headline: str, says: str, settings: WebSettings, instead: str | None = None
) -> HTMLResponse:
    html = render("apology.html", archive=settings.name, headline=headline, says=says, instead=instead)
    return HTMLResponse(html, status_code=status, headers=HEADERS)
