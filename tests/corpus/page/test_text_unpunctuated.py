"""Pages whose article has no full stops: poems, scores, lists, notes, other scripts."""

import pytest

from corpus.errors import ReadError
from corpus.page.text import fields_of_page

VOTED = "The council of Brenholm voted on Thursday to close the old fish market and move it to the north quay"
COSTS = "The quay was built in 1911 and the harbour office expects costs of 14 million crowns this year"
MENU = "<nav><a href='/'>Home</a> <a href='/sport'>Sport</a></nav>"
POEM = "The boats come in<br>with silver in the hold<br>and gulls above the mast<br>that never do grow old"
SCORES = ["Brenholm 3 Astad 1", "Velden 0 Holm 0", "Kolmar 2 Marstad 5", "Ostrand 1 Veldmark 1"]
FOOT = "<footer><p>Contact the editors or read our imprint</p></footer>"


def article(body: str) -> str:
    return f"<article><h1>The quay</h1>{body}</article>"


def text_of(body: str) -> str:
    page = f"<!doctype html><html><head><title>The quay</title></head><body>{MENU}{body}{FOOT}</body></html>"
    return str(fields_of_page(page)["text"])


def paragraphs(*texts: str) -> str:
    return "".join(f"<p>{text}</p>" for text in texts)


READ: dict[str, tuple[str, list[str]]] = {
    "paragraphs that end with footnote marks": (
        article(paragraphs(f"{VOTED}.<sup>[1]</sup>", f"{COSTS}.<sup>2</sup>")),
        [f"{VOTED}.[1]", f"{COSTS}.2"],
    ),
    "paragraphs without stops": (article(paragraphs(VOTED, COSTS)), [VOTED, COSTS]),
    "paragraphs without stops outside of an article": (paragraphs(VOTED, COSTS), [VOTED, COSTS]),
    "paragraphs that end with a link": (
        article(paragraphs(f"{VOTED}. <a href='/a'>Read more</a>", f"{COSTS}; <a href='/b'>details</a>")),
        [f"{VOTED}. Read more", f"{COSTS}; details"],
    ),
    "paragraphs that end with a source": (
        article(paragraphs(f"{VOTED} (Echo)", f"{COSTS} – Wire")),
        [f"{VOTED} (Echo)", f"{COSTS} – Wire"],
    ),
    "a poem": (article(paragraphs(POEM)), POEM.split("<br>")),
    "a poem as it was set": (article(f"<pre>{POEM.replace('<br>', chr(10))}</pre>"), POEM.split("<br>")),
    "scores": (article(paragraphs(*SCORES)), SCORES),
    "scores under a headline in a division": (
        f"<div><header><h1>Results</h1></header>{paragraphs(*SCORES)}</div>",
        SCORES,
    ),
    "a list": (
        article("<ul><li>Two warm blankets</li><li>A torch with batteries</li><li>Papers and cash</li></ul>"),
        ["Two warm blankets", "A torch with batteries", "Papers and cash"],
    ),
    "a table": (
        article("<table><tr><th>Club</th><th>Points</th></tr><tr><td>Brenholm</td><td>42</td></tr>"
                "<tr><td>Astad</td><td>39</td></tr><tr><td>Velden United</td><td>31</td></tr></table>"),
        ["Club\tPoints", "Brenholm\t42", "Astad\t39", "Velden United\t31"],
    ),
    "headings alone": (
        article("<h2>Monday: opening by the mayor</h2><h2>Tuesday: parade of the boats</h2>"),
        ["Monday: opening by the mayor", "Tuesday: parade of the boats"],
    ),
    "notes with the time": (
        article(paragraphs("<b>10:15</b> Mayor arrives", "<b>10:20</b> People wait", "<b>10:31</b> Vote")),
        ["10:15 Mayor arrives", "10:20 People wait", "10:31 Vote"],
    ),
    "a script without stops": (article(paragraphs("สภาเมืองลงมติให้ปิดตลาดปลาเก่า" * 4)), ["สภาเมืองลงมติ"]),
    "cards of other articles beside it": (
        article(paragraphs(*SCORES)) + "<article><a href='/x'>Another story of the day</a></article>" * 2,
        SCORES,
    ),
}  # fmt: skip
NONE = {
    "a menu": "<ul><li><a href='/a'>Politics</a></li><li><a href='/b'>Sport and culture</a></li></ul>" * 5,
    "links to stories": "".join(f"<h3><a href='/{n}'>{VOTED} {n}</a></h3>" for n in range(8)),
    "cards of stories": "".join(f"<article><a href='/{n}'>{VOTED} {n}</a></article>" for n in range(8)),
    "a page that is not there": "<div><h1>Page not found</h1><p>The page you look for is not here</p></div>",
    "a form": article("<form><label>Email<input></label><label>Password<input type=password></label></form>"),
    "a login": article(f"{paragraphs(VOTED[:50], COSTS[:50])}<input type=password>"),
    "a script that draws the page": "<div id=root></div><noscript>Please enable JavaScript</noscript>",
}  # fmt: skip


@pytest.mark.parametrize("name", READ)
def test_a_page_without_full_stops_is_read_whole(name: str) -> None:
    body, wanted = READ[name]
    text = text_of(body)
    assert [line for line in wanted if line not in text] == []
    assert "Sport" not in text and "imprint" not in text and "Another story" not in text


@pytest.mark.parametrize("name", NONE)
def test_what_is_no_article_is_still_refused(name: str) -> None:
    with pytest.raises(ReadError, match=r"no article is found|not like an article"):
        text_of(NONE[name])
