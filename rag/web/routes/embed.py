"""The embeddable chat with its loader script and theme, and all static files."""

import re
from urllib.parse import urlencode

from fastapi import APIRouter, Request
from fastapi.responses import HTMLResponse, Response

from corpus.article import one_line
from corpus.errors import StoreError
from index.store.store import Archive
from rag.web.archive import LiveArchive
from rag.web.errors import Refusal
from rag.web.settings import WebSettings
from rag.web.templates import Asset, assets, page_response, rooted

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


def theme_path(accent: str, paper: str) -> str | None:
    """Where the style sheet for these colours is; None when neither is a colour."""
    asked = {"accent": _hex(accent), "paper": _hex(paper)}
    query = urlencode({name: colour for name, colour in asked.items() if colour})
    return rooted(f"/embed/theme.css?{query}") if query else None


def theme_css(accent: str, paper: str) -> str:
    """The style sheet; values that are no colours are left out.

    With a background of the site's own, the text colours are chosen for contrast with it, whatever colour
    scheme the system prefers. An accent alone applies to the dark scheme only where its contrast suffices.
    """
    link, ground = _hex(accent), _hex(paper)
    if ground:
        dark = luminance(ground) < _ON_DARK
        inks = {name: colours[dark] for name, colours in _INKS.items()}
        tokens = {"paper": ground, "accent": link or (_DARK_ACCENT if dark else _LIGHT_ACCENT)} | inks
        return _block(":root:root:root", tokens, "dark" if dark else "light")
    if not link:
        return ""
    if luminance(link) < _DARKEST_LINK:
        return f"@media not all and (prefers-color-scheme: dark) {{\n{_block(':root', {'accent': link})}}}\n"
    return _block(":root:root:root", {"accent": link})


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


LONGEST_TITLE = 80
"""Characters of a heading that a site gives to its frame; what is longer is cut."""
_FOR_EVER = "public, max-age=31536000, immutable"
_ASK_AGAIN = "no-cache"
_AN_HOUR = "public, max-age=3600"
_HASH = re.compile(r"[0-9a-f]{12}")


def router(live: LiveArchive, settings: WebSettings) -> APIRouter:
    """GET /embed with its style sheet, GET /widget.js, GET /static/{name}."""
    routes = APIRouter(include_in_schema=False)
    both = ["GET", "HEAD"]

    @routes.api_route("/embed", methods=both)
    def embed(accent: str = "", paper: str = "", title: str = "") -> HTMLResponse:
        # Framed by ourselves and the allowed sites only.
        framed_by = " ".join(("'self'", *settings.allowed_origins))
        return page_response(
            "embed.html",
            policy=f"connect-src 'self'; frame-ancestors {framed_by}",
            title=one_line(title)[:LONGEST_TITLE] or settings.name,
            theme=theme_path(accent, paper),
            archive=_archive(live),
            problem=live.problem,
        )

    @routes.api_route("/embed/theme.css", methods=both)
    def theme(accent: str = "", paper: str = "") -> Response:
        return Response(theme_css(accent, paper), media_type="text/css", headers={"Cache-Control": _AN_HOUR})

    @routes.api_route("/widget.js", methods=both)
    def widget(request: Request) -> Response:
        # Other sites include it under this one address, so it is revalidated hourly instead of versioned.
        return _file(
            request, assets()["widget.js"], _AN_HOUR, {"Cross-Origin-Resource-Policy": "cross-origin"}
        )

    @routes.api_route("/static/{name}", methods=both)
    def static(request: Request, name: str, v: str = "") -> Response:
        asset = assets().get(name)
        if asset is None:
            raise Refusal(404, "There is no such file.")
        return _file(request, asset, _FOR_EVER if v == asset.version else _ASK_AGAIN)

    return routes


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
