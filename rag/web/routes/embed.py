"""The embeddable chat with its loader script and theme, and all static files."""

import asyncio
import json
import re
from collections.abc import Awaitable, Callable
from functools import partial
from typing import Annotated, Literal
from urllib.parse import urlencode

from fastapi import APIRouter, Query, Request
from fastapi.responses import HTMLResponse, JSONResponse, Response
from pydantic import BaseModel

from corpus.article import one_line
from corpus.errors import StoreError, UsageError
from index.store.filters import Filter
from index.store.store import Archive
from rag.about.article import questions_about
from rag.question.filters import filters_to_json, merge_filters
from rag.web.answers.words import Words, extent_in, words_in, written_day
from rag.web.archive import LiveArchive, OpenArchive
from rag.web.bounds.visitors import visitor_of
from rag.web.errors import Refusal
from rag.web.present import article_path
from rag.web.settings import WebSettings
from rag.web.templates import Asset, assets, page_response, rooted

MOST_EXAMPLES = 6
LONGEST_EXAMPLE, LONGEST_GREETING, LONGEST_TITLE = 200, 300, 80
"""Characters of what a site gives to its frame; what is longer is cut."""
_SEPARATOR = "|"
_ARTICLES_KEPT = 500
"""Articles whose questions are kept."""

_COLOUR = re.compile(r"#?([0-9A-Fa-f]{3}|[0-9A-Fa-f]{6})")
_ON_DARK = 0.18
"""Below this luminance black ink has less contrast on a paper than white ink."""
_DARKEST_LINK = 0.2135
"""An accent of less luminance has a contrast below 4.5 to 1 on our dark paper."""
_INKS = {
    "ink": ("#1c1b19", "#f2f0eb"),
    "quiet": ("#4a4741", "#c9c5bc"),
    "rule": ("#b9b4a8", "#77746d"),
    "mark": ("#fbe9a6", "#54470f"),
    "mark-ink": ("#1c1b19", "#fbf3d4"),
}
"""Colours on a light and on a dark paper."""
_DARK_ACCENT, _LIGHT_ACCENT = "#8fc4e6", "#0f4f73"


def theme_path(accent: str, paper: str, scheme: str = "auto") -> str | None:
    """Where the style sheet for these colours is; None when neither is a colour.

    `scheme`: "light" or "dark" whatever the system prefers, else "auto".
    """
    asked = {"accent": _hex(accent), "paper": _hex(paper), "theme": scheme if scheme != "auto" else None}
    query = urlencode({name: value for name, value in asked.items() if value})
    return rooted(f"/embed/theme.css?{query}") if asked["accent"] or asked["paper"] else None


def theme_css(accent: str, paper: str, scheme: str = "auto") -> str:
    """The style sheet; values that are no colours are left out.

    With a background of the site's own, the text colours are chosen for contrast with it, whatever the
    colour scheme. An accent alone applies to the dark scheme only where its contrast suffices.
    """
    link, ground = _hex(accent), _hex(paper)
    if ground:
        dark = luminance(ground) < _ON_DARK
        inks = {name: colours[dark] for name, colours in _INKS.items()}
        tokens = {"paper": ground, "accent": link or (_DARK_ACCENT if dark else _LIGHT_ACCENT)} | inks
        return _block(":root:root:root", tokens, "dark" if dark else "light")
    if not link:
        return ""
    block = _block(":root:root:root", {"accent": link})
    if scheme == "light" or luminance(link) >= _DARKEST_LINK:
        return block
    return "" if scheme == "dark" else f"@media not all and (prefers-color-scheme: dark) {{\n{block}}}\n"


def luminance(colour: str) -> float:
    """Relative luminance of `#rrggbb` as WCAG 2 defines it, 0 (black) to 1 (white)."""
    parts = [int(colour[i : i + 2], 16) / 255 for i in (1, 3, 5)]
    red, green, blue = (
        part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts
    )
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def _hex(written: str) -> str | None:
    """`#rrggbb` in lower case, the sign optional and three digits for six; None if it is no such colour."""
    found = _COLOUR.fullmatch(written)
    if found is None:
        return None
    digits = found[1].lower()
    return "#" + (digits if len(digits) == 6 else "".join(2 * digit for digit in digits))


def _block(selector: str, tokens: dict[str, str], scheme: str | None = None) -> str:
    lines = [f"  --{name}: {value};\n" for name, value in tokens.items()]
    if scheme:
        lines.insert(0, f"  color-scheme: {scheme};\n")
    return f"{selector} {{\n{''.join(lines)}}}\n"


_FOR_EVER = "public, max-age=31536000, immutable"
_ASK_AGAIN = "no-cache"
_AN_HOUR = "public, max-age=3600"
_FOR_ALL = {"Cross-Origin-Resource-Policy": "cross-origin"}
_HASH = re.compile(r"[0-9a-f]{12}")


class Frame(BaseModel):
    """What a site says of its frame, in the frame's address; what cannot be used is left out.

    `source` and `examples` have several values, separated by "|". `about` is the address of the site's page.
    """

    title: str = ""
    greeting: str = ""
    examples: str = ""
    accent: str = ""
    paper: str = ""
    theme: str = "auto"
    lang: str = "en"
    source: str = ""
    after: str = ""
    before: str = ""
    about: str = ""

    @property
    def scheme(self) -> Literal["auto", "light", "dark"]:
        """The colour scheme: that of the reader's system, or always the same."""
        return "light" if self.theme == "light" else "dark" if self.theme == "dark" else "auto"

    @property
    def questions(self) -> list[str]:
        """The site's own examples."""
        return [one[:LONGEST_EXAMPLE] for one in _several(self.examples)][:MOST_EXAMPLES]

    def where(self) -> Filter:
        """The filter. Raises UsageError naming the attribute of the script that cannot be used."""
        written = {
            "source": _several(self.source),
            "after": self.after.strip(),
            "before": self.before.strip(),
        }
        try:
            return merge_filters(Filter(), {name: value for name, value in written.items() if value})
        except UsageError as error:
            raise UsageError(str(error).replace("--", "data-")) from error


def _several(written: str) -> list[str]:
    return [line for one in written.split(_SEPARATOR) if (line := one_line(one))]


def router(
    live: LiveArchive,
    settings: WebSettings,
    examples: Callable[[OpenArchive], Awaitable[tuple[str, ...]]] | None = None,
) -> APIRouter:
    """GET /embed with its style sheet and questions, GET /widget.js, GET /static/{name}.

    `examples` gives the archive's example questions, if it has some.
    """
    routes = APIRouter(include_in_schema=False)
    both = ["GET", "HEAD"]
    of_articles = _OfArticles(live)

    @routes.api_route("/embed", methods=both)
    def embed(site: Annotated[Frame, Query()]) -> HTMLResponse:
        # Framed by ourselves and the allowed sites only.
        framed_by = " ".join(("'self'", *settings.allowed_origins))
        return page_response(
            "embed.html",
            policy=f"connect-src 'self'; frame-ancestors {framed_by}",
            title=one_line(site.title)[:LONGEST_TITLE] or settings.name,
            theme=theme_path(site.accent, site.paper, site.scheme),
            frame=_frame(site, live),
        )

    @routes.get("/embed/questions")
    async def questions(request: Request, about: str = "") -> JSONResponse:
        """Questions to begin with: the archive's, or those about the article whose address is `about`."""
        opened = await live.archive()
        if about:
            article = await asyncio.to_thread(opened.store.at_address, about)
            found = await of_articles.of(opened, article.id, visitor_of(request)) if article else ()
        else:
            found = await examples(opened) if examples else ()
        return JSONResponse({"questions": found[:MOST_EXAMPLES]})

    @routes.api_route("/embed/theme.css", methods=both)
    def theme(accent: str = "", paper: str = "", theme: str = "auto") -> Response:
        css = theme_css(accent, paper, theme)
        return Response(css, media_type="text/css", headers={"Cache-Control": _AN_HOUR})

    # Other sites include them under these addresses, so they are revalidated hourly instead of versioned.
    @routes.api_route("/widget.js", methods=both)
    def widget(request: Request) -> Response:
        return _file(request, assets()["widget.js"], _AN_HOUR, _FOR_ALL)

    @routes.api_route("/widget-panel.js", methods=both)
    def panel(request: Request) -> Response:
        return _file(request, assets()["widget-panel.js"], _AN_HOUR, _FOR_ALL)

    @routes.api_route("/static/{name}", methods=both)
    def static(request: Request, name: str, v: str = "") -> Response:
        asset = assets().get(name)
        if asset is None:
            raise Refusal(404, "There is no such file.")
        return _file(request, asset, _FOR_EVER if v == asset.version else _ASK_AGAIN)

    return routes


class _OfArticles:
    """Questions about articles, made once for each generation of the store; the latest are kept."""

    def __init__(self, live: LiveArchive) -> None:
        self._live = live
        self._made: dict[tuple[int, str], tuple[str, ...]] = {}

    async def of(self, opened: OpenArchive, article_id: str, visitor: str) -> tuple[str, ...]:
        """The questions. Raises Busy where the visitor asks too much at once."""
        key = await asyncio.to_thread(lambda: opened.store.generation), article_id
        if key not in self._made:
            assistant = opened.assistant.without_model()
            ask = partial(questions_about, opened.store, article_id, assistant.ask)
            self._made[key] = await self._live.run(ask, visitor)
        if len(self._made) > _ARTICLES_KEPT:
            self._made.pop(next(iter(self._made)))
        return self._made[key]


def _frame(site: Frame, live: LiveArchive) -> dict[str, object]:
    """The template values of a frame. `problem` is for the site's operator, in the browser's console."""
    say, archive = words_in(site.lang), _archive(live)
    problem, where = None if archive else live.problem, Filter()
    try:
        where = site.where()
    except UsageError as error:
        problem = f"{error}."
    script = {
        "where": {name: value for name, value in filters_to_json(where).items() if value},
        "examples": not site.questions and where.is_empty,  # Those of the archive are about all of it.
        "article": _article(site.about, live) if archive and site.about else None,
    }
    return {
        "say": say,
        "scheme": site.scheme,
        "greeting": one_line(site.greeting)[:LONGEST_GREETING],
        "examples": site.questions,
        "extent": extent_in(archive, say) if archive else None,
        "limits": _in_words(where, say),
        "problem": problem,
        "script": json.dumps(script),
    }


def _article(address: str, live: LiveArchive) -> dict[str, object] | None:
    """The article at the address as the script needs it; None where the archive has none."""
    opened = live.opened
    found = opened.store.at_address(address) if opened else None
    if found is None:
        return None
    return {"title": found.title, "href": rooted(article_path(found.id)), "url": found.url}


def _in_words(where: Filter, say: Words) -> str:
    """The filters of a frame: "Only: The Courier, from 1 Jan 2024"; empty without one."""
    days = (("from_day", where.after), ("before_day", where.before))
    told = [say[key].format(day=written_day(day, say, short=True)) for key, day in days if day]
    limits = ", ".join((*where.sources, *told))
    return say["only"].format(what=limits) if limits else ""


def _archive(live: LiveArchive) -> Archive | None:
    """The archive's extent; None while there is none."""
    try:
        opened = live.opened
        return opened.store.archive() if opened else None
    except StoreError:
        return None


def _file(request: Request, asset: Asset, caching: str, more: dict[str, str] | None = None) -> Response:
    headers = {"ETag": f'"{asset.version}"', "Cache-Control": caching} | (more or {})
    if asset.version in _HASH.findall(request.headers.get("if-none-match", "")):
        return Response(status_code=304, headers=headers)
    return Response(asset.content, media_type=asset.media_type, headers=headers)
