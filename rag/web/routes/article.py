"""GET /articles/{id}: the article page, with the quoted span marked, its versions and its corrections."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from fastapi import APIRouter, Request
from fastapi.responses import HTMLResponse

from corpus.article import canonical_url
from corpus.errors import StoreError
from index.passages.sentences import paragraph_spans, sentence_spans
from index.store.store import Store, StoredArticle
from rag.render import HEADING, byline
from rag.web.archive import LiveArchive
from rag.web.bounds.exposure import Viewer
from rag.web.bounds.visitors import visitor_of
from rag.web.errors import refusal_of
from rag.web.present import Segment, article_path, segments
from rag.web.settings import WebSettings
from rag.web.templates import error_page, page_response
from rag.web.versions import (
    changes,
    changes_path,
    compare_words,
    notices,
    versions_of,
    written_moment,
)

Span = tuple[int, int]

_OFFSET = re.compile(r"[0-9]{1,9}")
_LANGUAGE = re.compile(r"[A-Za-z]{2,3}(?:-[A-Za-z0-9]{2,8}){0,3}")
CANNOT_MARK = "The passage of this link cannot be found in this version of the article; nothing is marked."
USED_UP = "This archive shows each visitor only a part of an article in a day, and that part is used up."


@dataclass(frozen=True, slots=True)
class Paragraph:
    """A paragraph, or a heading between paragraphs, cut where the mark begins and ends."""

    pieces: Sequence[Segment]
    heading: bool = False


def router(live: LiveArchive, settings: WebSettings) -> APIRouter:
    """GET /articles/{id}: the article, or a page that says why there is none (404, 503)."""
    routes = APIRouter()

    def refused(status: int, headline: str, says: str, instead: str | None = None) -> HTMLResponse:
        return error_page(status, headline, says, archive=settings.name, instead=instead)

    @routes.api_route("/articles/{article_id:path}", methods=["GET", "HEAD"], include_in_schema=False)
    def article(
        request: Request,
        article_id: str,
        revision: str = "",
        start: str | None = None,
        end: str | None = None,
        since: str = "",
        sig: str = "",
    ) -> HTMLResponse:
        opened = live.opened
        if opened is None:
            return refused(503, "The archive cannot be read just now", live.problem)
        store, viewer = opened.store, live.viewer(visitor_of(request))
        # HEAD shows nothing, so that nothing counts as seen.
        link = Link(start, end, sig) if request.method == "GET" else Link()
        try:
            newest = store.article(article_id)
            stored = store.article(article_id, revision) if revision else newest
            if stored is not None:
                earlier = store.article(article_id, since) if since else None
                if not since or (earlier is not None and settings.exposure == "full"):
                    # The quoted words first: what is left may show the notices.
                    values = _text(stored, newest, link, shown=earlier is None, viewer=viewer)
                    values |= _values(store, stored, newest, earlier, settings)
                    values["corrections"] = notices(stored, newest, viewer) if request.method == "GET" else ()
                    caching = "private, no-cache"
                    policy = "frame-ancestors 'self'"
                    return page_response("article.html", policy=policy, caching=caching, **values)
                says = "The two versions cannot be compared here."
                return refused(404, "No such version", says, article_path(article_id))
        except StoreError as error:
            return refused(503, "The archive cannot be read just now", refusal_of(error).detail)
        if newest is not None:
            says = "The article is in the archive, this version of it is not."
            return refused(404, "No such version", says, article_path(article_id))
        says = "No article has this address. It may have been removed from the archive."
        return refused(404, "Not in the archive", says)

    return routes


def _values(
    store: Store,
    stored: StoredArticle,
    newest: StoredArticle | None,
    earlier: StoredArticle | None,
    settings: WebSettings,
) -> dict[str, Any]:
    """What the page says besides the text; with `earlier`, the differences from that revision."""
    article, versions = stored.article, versions_of(store, stored, settings)
    days = {one.revision: one for one in versions}
    whole = settings.exposure == "full"
    return {
        "archive": settings.name,
        "stored": stored,
        "article": article,
        "published": written_moment(article.published_at, beside=article.updated_at),
        "updated": written_moment(article.updated_at, beside=article.published_at),
        "updated_at": article.updated_at if article.updated_at != article.published_at else None,
        "original": canonical_url(article.url) if article.url else None,
        "language": language(article.metadata),
        "shows": settings.exposure,
        "versions": versions,
        "newest": article_path(article.id),
        "newest_changes": changes_path(article.id, stored.revision, versions[0].revision) if whole else None,
        "copies": [
            {"name": byline(one.source, one.published_at, one.title or one.id), "href": article_path(one.id)}
            for one in store.copies_of(article.id)
        ],
        "changes": changes(earlier.article.text, article.text) if earlier else None,
        "title_changes": compare_words(earlier.article.title, article.title) if earlier else (),
        "since": days.get(earlier.revision) if earlier else None,
        "until": days.get(stored.revision),
    }


@dataclass(frozen=True, slots=True)
class Link:
    """What a link asks to be marked, as written, and its signature."""

    start: str | None = None
    end: str | None = None
    sig: str = ""


def _text(
    stored: StoredArticle, newest: StoredArticle | None, link: Link, *, shown: bool, viewer: Viewer
) -> dict[str, Any]:
    """The text's paragraphs, where they are shown, with the span of the link marked."""
    text, cited, shows_text = stored.article.text, bool(link.start or link.end), viewer.exposure != "link"
    span = parse_span(text, link.start, link.end)
    visible = None
    if viewer.exposure == "excerpt":
        visible = visible_span(stored, newest or stored, span, link.sig, viewer)
    notice = CANNOT_MARK if cited and span is None else None
    if span is not None and visible == (0, 0):
        notice = USED_UP
    return {
        "paragraphs": marked_paragraphs(text, span, visible) if shown and shows_text else [],
        "cited": cited,
        "notice": notice if shows_text else None,
    }


def visible_span(
    stored: StoredArticle, newest: StoredArticle, span: Span | None, sig: str, viewer: Viewer
) -> Span:
    """What the viewer may see of an excerpt around a span; (0, 0) for nothing.

    A span that an answer cited (`sig` signs it) and one sentence either side, else three sentences around its
    start. The viewer sees whole sentences from the span's first on, as many as are left to them today.
    """
    if span is None or viewer.rights is None:
        return 0, 0
    name = (stored.article.id, stored.revision)
    measured = viewer.rights.sentences(*name, stored.article.text)
    beside = viewer.rights.sentences(newest.article.id, newest.revision, newest.article.text)
    text = stored.article.text
    begin, finish = surroundings(text, span)
    if not viewer.is_signed(sig, *name, *span):
        begin, finish = measured.around(span[0])
    within = [one for one in measured.spans if begin < one[1] and one[0] < finish]
    quoted = [n for n, one in enumerate(within) if span[0] < one[1]] or [len(within) - 1]
    # The sentence at the span's start first, then those after it, then the one before.
    first = last = quoted[0]
    if not within or not viewer.takes_of(measured, beside, *within[first]):
        return 0, 0
    while last + 1 < len(within) and viewer.takes_of(measured, beside, *within[last + 1]):
        last += 1
    while first > 0 and viewer.takes_of(measured, beside, *within[first - 1]):
        first -= 1
    return within[first][0], within[last][1]


def parse_span(text: str, start: str | None, end: str | None) -> Span | None:
    """The span of a link (code points, half-open); None unless it holds words of `text`."""
    if not (start and end and _OFFSET.fullmatch(start) and _OFFSET.fullmatch(end)):
        return None
    first, last = int(start), int(end)
    return (first, last) if last <= len(text) and text[first:last].strip() else None


def marked_paragraphs(text: str, span: Span | None, visible: Span | None = None) -> list[Paragraph]:
    """The text's paragraphs and headings, without white space at their ends and Markdown's signs of headings.

    All of them, or what lies within `visible`; there the span is marked.
    """
    begin, finish = visible or (0, len(text))
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
