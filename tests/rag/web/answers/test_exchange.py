"""An exchange while its answer is made: HTML in which a stranger's text stays text."""

from dataclasses import replace
from html.parser import HTMLParser
from typing import Any

import pytest

from index.store.store import Store
from rag.answer import Done, Draft, Listed, Released, Sentence, Stage
from rag.web.answers import exchange as exchange_module
from rag.web.answers.exchange import Exchange
from rag.web.answers.shown import html_line
from rag.web.bounds.exposure import Rights, Viewer
from tests.rag.web.answers.test_shown import CITATION, SENTENCES, made

HOSTILE = (
    "</p></div>\n\n<script>alert(1)</script> <img src=x onerror=alert(1)> ![](http://evil.example) $$x$$"
    " **b** `c` [a](javascript:alert(1)) \"'><svg onload=alert(1)> {{ 7 * 7 }}"
)
OURS = {
    "article",
    "div",
    "b",
    "table",
    "thead",
    "tbody",
    "tr",
    "th",
    "td",
    "h2",
    "h3",
    "p",
    "span",
    "mark",
    "sup",
    "a",
    "ol",
    "ul",
    "li",
    "q",
    "s",
    "i",
    "button",
    "details",
    "summary",
}


class Seen(HTMLParser):
    """The elements, the addresses and the text of a page."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.tags: set[str] = set()
        self.links: list[str] = []
        self.handlers: list[str] = []
        self.text = ""
        self.feed(html)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.add(tag)
        self.handlers += [name for name, _ in attrs if name.startswith("on")]
        self.links += [value or "" for name, value in attrs if name in ("href", "src")]

    def handle_data(self, data: str) -> None:
        self.text += data


def test_text_of_strangers_stays_text() -> None:
    hostile = replace(CITATION, title=HOSTILE, source=HOSTILE, quote=HOSTILE, url="javascript:alert(1)")
    said = (
        Sentence(0, HOSTILE, "lead"),
        Sentence(1, HOSTILE, "claim", (1,), "verbatim", ((0, 9),)),
        Sentence(2, HOSTILE, "claim", (), "unsupported", (), HOSTILE),
        Sentence(3, HOSTILE, "notice"),
        Sentence(4, HOSTILE, "claim", (1,), "unconfirmed", (), HOSTILE),
        Sentence(5, HOSTILE, "claim", (1,), "unconfirmed", (), HOSTILE, folded=True),
        Sentence(6, HOSTILE, "gap"),
    )
    exchange = Exchange(1)
    answer = made(sentences=said, citations=(hostile,), notices=(HOSTILE,), searched=(HOSTILE,))
    answer = replace(answer, did_you_mean=HOSTILE, reader=f"llm:{HOSTILE}")
    answer = replace(answer, draft=Draft(HOSTILE, HOSTILE, "complete", checked_by=HOSTILE))
    for event in (Stage("writing", HOSTILE), Released(said[1], (hostile,)), Done(answer)):
        exchange.take(event)
        html = exchange.fragment()
        seen = Seen(html)
        assert seen.tags <= OURS and not seen.handlers
        assert all(link.startswith(("/articles/ferry?", "#source-1-")) for link in seen.links)
        assert "\n" not in html
        assert " ".join(HOSTILE.split()) in " ".join(seen.text.split())


def test_a_problem_is_told_and_offers_to_ask_again() -> None:
    exchange = Exchange(1)
    exchange.problem = HOSTILE
    seen = Seen(exchange.fragment())
    assert seen.tags <= OURS and seen.text.count("alert(1)") == HOSTILE.count("alert(1)")
    assert seen.text.endswith("Ask again ")


def test_an_exchange_shows_its_stage_then_its_sentences_then_its_status() -> None:
    exchange = Exchange(1)
    assert "Asking" in Seen(exchange.fragment()).text
    exchange.take(Stage("searching", "Searching 3 passages"))
    assert "Searching 3 passages" in Seen(exchange.fragment()).text
    exchange.take(Released(SENTENCES[1], (CITATION,)))
    released = Seen(exchange.fragment())
    assert "left at noon" in released.text and "/articles/ferry" in released.links[1]
    exchange.take(Done(made()))
    over = Seen(exchange.fragment()).text
    assert "● Answered." in over and "Searching" not in over and "nothing found says so" in over


def test_an_answer_that_comes_while_the_exchange_is_written_is_shown_next(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    exchange = Exchange(1)

    def written_as_the_answer_comes(*names: Any, **values: Any) -> str:
        html = html_line(*names, **values)
        exchange.take(Done(made()))
        return html

    monkeypatch.setattr(exchange_module, "html_line", written_as_the_answer_comes)
    assert "Asking" in Seen(exchange.fragment()).text
    assert "● Answered." in Seen(exchange.fragment()).text


def test_an_abstention_says_it_once_and_shows_what_was_nearest() -> None:
    says = "The archive covers this subject, but does not say. What was found does not mention “X”."
    answer = made("not_stated", sentences=(Sentence(0, says, "notice"),), citations=())
    exchange = Exchange(1)
    exchange.take(Done(answer))
    text = Seen(exchange.fragment()).text
    assert "○ The archive covers this, but does not say." in text and "covers this subject" not in text
    assert "does not mention “X”" in text and "The closest passages" in text and "Searched for:" in text
    assert "Source" not in text


def no_store() -> Store:
    """What a viewer of links never asks for."""
    raise LookupError


def test_only_links_are_shown_where_only_links_may_be() -> None:
    exchange = Exchange(1)
    exchange.take(Done(made("not_in_archive", citations=())), Viewer(Rights("link", no_store), "somebody"))
    assert 'class="context"' not in exchange.fragment()


def test_a_question_that_may_be_meant_can_be_pressed() -> None:
    offered, plain = Exchange(1), Exchange(2)
    offered.take(Done(made(did_you_mean="Who is <Lee>?")))
    plain.take(Done(made()))
    assert '<button type="button" class="meant" dir="auto">Who is &lt;Lee&gt;?</button>' in offered.fragment()
    assert "Did you mean" not in plain.fragment()


def test_a_list_links_its_articles_and_help_offers_its_questions() -> None:
    listed = Exchange(1)
    article = Listed("ferry", "Ferry <leaves>", "Harbour Post", "2024-01-05", None)
    listed.take(Done(made("listed", sentences=(), citations=(), articles=(article,))))
    assert 'href="/articles/ferry"' in listed.fragment() and "Ferry &lt;leaves&gt;" in listed.fragment()
    assert "closest" not in listed.fragment() and listed.quotes == {"ferry"}
    helped = Exchange(2)
    helped.take(Done(made("help", sentences=(), citations=(), suggestions=("Who is <Lee>?",))))
    assert (
        '<button type="button" class="suggestion" dir="auto">Who is &lt;Lee&gt;?</button>'
        in helped.fragment()
    )
