"""Hostile texts, articles that hold one in every field, and a harmless article of the same shape."""

from collections.abc import Mapping

MARKUP = (
    "<script>alert(1)</script>",
    "<img src=x onerror=alert(2)>",
    '"><svg/onload=alert(3)>',
    "'><iframe srcdoc='<script>alert(4)</script>'></iframe>",
    "</script><script>alert(5)</script>",
    "</title></head><body onpageshow=alert(6)>",
    '<a href="javascript:alert(7)">read on</a>',
    "[read on](javascript:alert(8))",
    "![x](https://evil.example/x.png)",
    "<math><mtext></form><form><mglyph><style></math><img src onerror=alert(9)>",
    "<!--><img src=x onerror=alert(10)>-->",
    "&lt;img src=x onerror=alert(11)&gt;",
    "{{ 7 * 7 }}${7*7}<%= 7 * 7 %>",
    '" onmouseover="alert(13)" style="position:fixed" x="',
    "<style>@import 'https://evil.example/x.css';</style>",
    "<base href=https://evil.example/><meta http-equiv=refresh content=0;url=https://evil.example/>",
    "\u2028</textarea><button formaction=javascript:alert(16)>",
    "<xmp><p title='</xmp><img src=x onerror=alert(17)>'>",
)
"""Markup, Markdown and templates; in a browser none of them may become an element or an attribute."""

URLS = (
    "javascript:alert(1)",
    "JaVaScRiPt:alert(1)",
    "java\tscript:alert(1)",
    " javascript:alert(1)",
    "data:text/html,<script>alert(1)</script>",
    "vbscript:msgbox(1)",
    "//evil.example/x",
    'https://evil.example/"onclick=alert(1) x="',
    "https://user:password@evil.example/",
    "file:///etc/passwd",
    "\\\\evil.example\\share",
    "https://evil.example/</a><script>alert(1)</script>",
)
PLAIN = "words that harm nobody"


def article(id: str, payload: str, url: str = "https://news.example/plain") -> Mapping[str, object]:
    """An article with the payload in every field."""
    return {
        "id": id,
        "title": f"Harbour news {payload} tonight",
        "source": f"Post {payload}",
        "authors": [f"Ada {payload} Byron"],
        "published_at": "2019-10-15",
        "updated_at": "2019-10-16",
        "url": url,
        "language": payload,
        "section": payload,
        "text": f"Captain Hopper steered the ferry {payload} on Monday.\n\n"
        f"Correction: an earlier version of this article misspelled the name {payload} of the captain.\n\n"
        f"Forty people stood on the pier {payload} and waved.",
    }


def article_of(number: int, payload: str, url: str = "https://news.example/plain") -> Mapping[str, object]:
    """The article of a payload, whose id holds it too."""
    return article(f"hostile-{number}/{payload}".replace("\u2028", ""), payload, url)
