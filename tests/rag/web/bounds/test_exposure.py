"""What one visitor sees of an article in a day, over every surface that shows words of it."""

import asyncio
import json
import re
from collections.abc import Callable, Iterable, Iterator
from contextlib import aclosing
from pathlib import Path
from typing import Any

import pytest
from fastapi import FastAPI
from fastapi.testclient import TestClient

from index.passages.sentences import sentence_spans
from index.store.store import Store
from rag.answer import Done, Question
from rag.web.answers.exchange import Exchange
from rag.web.archive import LiveArchive
from rag.web.bounds.exposure import LONGEST, MOST_SENTENCES, Ledger, Rights, Sentences, Viewer
from rag.web.present import article_path
from rag.web.settings import WebSettings
from tests.rag.web.conftest import app_over, indexed, opener

NAMES = (
    "Anning Babbage Curie Darwin Euler Fermat Gauss Hopper Ibsen Joule Kepler Lovelace Mendel Noether Orwell "
    "Pascal Quine Ramanujan Somerville Turing Ulam Verne Wiles Xenakis Young Zuse Abel Bohr Cantor Dirac"
).split()
TEXT = "\n\n".join(
    " ".join(f"Captain {name} steered the {name.lower()}ferry." for name in NAMES[n : n + 5])
    for n in range(0, 30, 5)
)
NOTICE = "Correction: An earlier version of this article misstated the name of the pier."
LONG: dict[str, object] = {"id": "lamps", "title": "Lamps", "source": "Harbour Post", "text": TEXT}
OTHER: dict[str, object] = {
    "id": "tides",
    "title": "Tides",
    "source": "Harbour Post",
    "text": "\n\n".join(f"The tide of {name} rose by {n} feet at the mole." for n, name in enumerate(NAMES)),
}
A_FIFTH = len(NAMES) // 5

Client = Callable[..., TestClient]


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A store of an article of thirty sentences with an earlier revision, a copy of it, and another one."""
    home = tmp_path_factory.mktemp("exposure")
    earlier = LONG | {"text": TEXT.replace("Captain Dirac", "Captain Nobody")}
    indexed(home, [earlier, OTHER])
    copy = LONG | {"id": "copy", "source": "Coast Gazette", "text": f"{TEXT}\n\n{NOTICE}"}
    return indexed(home, [LONG, copy, OTHER])


@pytest.fixture
def visitor(folder: Path) -> Iterator[Client]:
    """Clients of one server that shows excerpts: `visitor("192.0.2.7")`."""
    app = app_over(folder, WebSettings(exposure="excerpt", open_api=True))
    with client_of(app):
        yield lambda address="192.0.2.1": client_of(app, address)


def client_of(app: FastAPI, address: str = "192.0.2.1") -> TestClient:
    """A client at that address; as a context it ends the app."""
    return TestClient(app, base_url="http://127.0.0.1", client=(address, 5000))


def seen(told: Iterable[str], text: str = TEXT) -> list[str]:
    """The sentences of the text that stand in what was told."""
    everything = "\n".join(told)
    return [text[start:end] for start, end in sentence_spans(text) if text[start:end] in everything]


def reader(
    client: TestClient, article: str = "lamps", revision: str | None = None, order: int = 1
) -> list[str]:
    """The reader page, asked for the whole, for each sentence, and for spans that begin anywhere."""
    spans = [(0, len(TEXT)), *sentence_spans(TEXT), *((n, n + 1) for n in range(0, len(TEXT), 300))]
    pages = [client.get(article_path(article, revision, *span)) for span in spans[::order]]
    assert {page.status_code for page in pages} == {200}
    return [re.sub("</?mark[^>]*>", "", page.text) for page in pages]


def older(client: TestClient) -> list[str]:
    """The reader page of every revision, and the differences between them."""
    revisions = [one["revision"] for one in client.get("/api/articles/lamps").json()["revisions"]]
    assert len(revisions) == 2
    told = [*reader(client, revision=revisions[0]), *reader(client, "lamps", revisions[1], -1)]
    return [*told, *(client.get(f"/articles/lamps?revision={revisions[1]}&since={revisions[0]}").text,)]


def copies(client: TestClient) -> list[str]:
    """The reader page of the article and, from its end, of its copy."""
    return [*reader(client), *reader(client, "copy", order=-1)]


def questions() -> list[str]:
    return [f"Who steered the {name.lower()}ferry?" for name in NAMES[::3]]


def answers(client: TestClient) -> list[str]:
    """An answer to a question about each sentence, with its citations, their context and the passages."""
    told = [client.post("/api/ask", json={"question": one}) for one in questions()]
    assert {one.status_code for one in told} == {200}
    return [json.dumps(one.json(), ensure_ascii=False) for one in told]


def streams(client: TestClient) -> list[str]:
    """The same as events."""
    headers = {"Accept": "text/event-stream"}
    return [client.post("/api/ask", json={"question": one}, headers=headers).text for one in questions()]


def searches(client: TestClient) -> list[str]:
    """The passages of a search for each sentence."""
    return [client.post("/api/search", json={"query": one, "k": 50}).text for one in questions()]


def completions(client: TestClient) -> list[str]:
    """The same through /v1, whole and as a stream."""
    bodies = [
        {"messages": [{"role": "user", "content": one}], "stream": stream}
        for one in questions()
        for stream in (False, True)
    ]
    return [client.post("/v1/chat/completions", json=body).text for body in bodies]


def articles(client: TestClient) -> list[str]:
    """The article as JSON, in each revision, and its copy."""
    whole = client.get("/api/articles/lamps")
    revisions = [one["revision"] for one in whole.json()["revisions"]]
    more = [client.get(f"/api/articles/lamps?revision={one}").text for one in revisions]
    return [whole.text, *more, client.get("/api/articles/copy").text]


def links(client: TestClient) -> list[str]:
    """What the links of citations and passages lead to."""
    told = []
    for one in questions():
        answer = client.post("/api/ask", json={"question": one}).json()
        for link in {found["href"] for found in [*answer["citations"], *answer["passages"]]}:
            told += [re.sub("</?mark[^>]*>", "", client.get(link.partition("#")[0]).text)]
    return told


SURFACES = [reader, older, copies, answers, streams, searches, completions, articles, links]


@pytest.mark.parametrize("surface", SURFACES)
def test_no_surface_shows_a_visitor_more_than_a_fifth_of_an_article(
    visitor: Client, surface: Callable[[TestClient], list[str]]
) -> None:
    told = surface(visitor())
    assert len(seen(told)) <= A_FIFTH
    assert surface is articles or seen(told), "something is shown"


def test_all_surfaces_together_show_no_more_and_other_visitors_lose_nothing(visitor: Client) -> None:
    told = [text for surface in SURFACES for text in surface(visitor())]
    shown = seen(told)
    assert 0 < len(shown) <= A_FIFTH and sum(map(len, shown)) <= len(TEXT) / 5
    other = answers(visitor("192.0.2.2"))
    assert json.loads(other[0])["status"] == "answered" and seen(other)


def test_an_answer_that_may_not_quote_says_so_and_quotes_nothing(visitor: Client) -> None:
    reader(visitor())
    [told] = [json.loads(one) for one in answers(visitor())[-1:]]
    assert told["status"] == "not_stated" and not told["citations"] and told["status_text"] == ""
    assert "“Lamps”" in told["answer"] and "tomorrow" in told["answer"]
    assert [one["role"] for one in told["sentences"]] == ["notice"]


def test_marks_and_indexes_agree_where_a_part_is_withheld(visitor: Client) -> None:
    for told in map(json.loads, answers(visitor())):
        marks = {n for sentence in told["sentences"] for n in sentence["citations"]}
        assert marks == {one["n"] for one in told["citations"]}
        assert [one["index"] for one in told["sentences"]] == list(range(len(told["sentences"])))
        for one in told["citations"]:
            assert TEXT[one["start"] : one["end"]] == one["quote"] or one["article_id"] == "tides"


def test_what_was_seen_may_be_seen_again_and_from_a_signed_link(visitor: Client) -> None:
    client = visitor()
    asked = {"question": questions()[0]}
    first = client.post("/api/ask", json=asked).json()
    reader(client)
    again = client.post("/api/ask", json=asked).json()
    assert first["citations"][0]["quote"] == again["citations"][0]["quote"]
    page = client.get(first["citations"][0]["href"].partition("#")[0]).text
    assert f'<mark id="quote">{first["citations"][0]["quote"]}</mark>' in page


def test_a_signed_span_is_shown_whole_and_an_unsigned_one_as_three_sentences(
    visitor: Client, folder: Path
) -> None:
    spans = sentence_spans(TEXT)
    start, end = spans[8][0], spans[10][1]
    with Store.open(folder) as store:
        stored = store.article("lamps")
        assert stored is not None
        sig = Viewer(Rights("excerpt", lambda: store)).signature("lamps", stored.revision, start, end)
    path = article_path("lamps", stored.revision, start, end)
    signed = visitor("192.0.2.3").get(article_path("lamps", stored.revision, start, end, sig)).text
    assert seen([re.sub("</?mark[^>]*>", "", signed)]) == [TEXT[a:b] for a, b in spans[7:12]]
    for wrong in (path, path.replace("#", "&sig=#"), path.replace("#", f"&sig={'0' * 32}#")):
        page = visitor(f"192.0.2.{hash(wrong) % 100 + 100}").get(wrong.partition("#")[0]).text
        assert seen([re.sub("</?mark[^>]*>", "", page)]) == [TEXT[a:b] for a, b in spans[7:10]]


def test_a_correction_counts_too_and_is_told_without_its_words_once_they_may_not_be_shown(
    visitor: Client,
) -> None:
    fresh, other = visitor("192.0.2.4"), visitor("192.0.2.5")
    assert fresh.get("/api/articles/copy").json()["corrections"][0]["text"] == NOTICE
    assert NOTICE in fresh.get("/articles/copy").text
    assert len(seen(reader(other))) == A_FIFTH, "whose words the copy has too"
    assert len(seen(reader(fresh, "copy"))) < A_FIFTH
    [told] = other.get("/api/articles/copy").json()["corrections"]
    page = other.get("/articles/copy").text
    assert told["kind"] == "correction" and told["text"] == ""
    assert "misstated" not in page and "shows no more words of the article today" in page


def test_head_shows_nothing_and_costs_nothing(visitor: Client) -> None:
    client = visitor()
    for start, end in sentence_spans(TEXT):
        client.head(article_path("lamps", None, start, end))
    assert len(seen(reader(client))) == A_FIFTH


def test_whole_articles_are_shown_where_they_may_be(folder: Path) -> None:
    with client_of(app_over(folder)) as client:
        answer = client.post("/api/ask", json={"question": questions()[0]}).json()
        assert "sig=" not in json.dumps(answer)
        assert client.get("/api/articles/lamps").json()["text"] == TEXT
        assert len(seen([client.get("/articles/lamps").text])) == len(NAMES)


def test_the_page_counts_what_it_shows(folder: Path) -> None:
    settings = WebSettings(exposure="excerpt")
    live = LiveArchive(opener(folder), settings=settings)
    viewer = live.viewer("192.0.2.9")

    async def asked(question: str) -> str:
        exchange = Exchange(1)
        async with aclosing(live.stream(Question(question), viewer)) as events:
            async for event in events:
                exchange.take(event, viewer)
                if isinstance(event, Done) and event.answer.withheld and event.answer.abstained:
                    assert "not shown today" in exchange.fragment()
        return exchange.fragment()

    told = [re.sub("</?mark>", "", asyncio.run(asked(one))) for one in questions()]
    live.close()
    assert 0 < len(seen(told)) <= A_FIFTH


def test_only_quotes_count_where_only_links_are_shown(folder: Path) -> None:
    with client_of(app_over(folder, WebSettings(exposure="link"))) as client:
        told = [*answers(client), *searches(client), *reader(client), *articles(client)]
    assert 0 < len(seen(told)) <= A_FIFTH


# The ledger itself


def of(sentences: int, length: int = 50) -> Sentences:
    return Sentences.of("a", "\n\n".join(f"Line {n} " + "x" * (length - 10) + "." for n in range(sentences)))


def taken(ledger: Ledger, text: Sentences, visitor: str = "v", **how: Any) -> int:
    """How many sentences of a text the visitor is shown who asks for one after the other."""
    return sum(ledger.take(visitor, [key], [text], **how) for key in text.keys)


@pytest.mark.parametrize(("sentences", "most"), [(1, 1), (2, 1), (4, 3), (10, 3), (30, 6), (400, 10)])
def test_a_fifth_and_at_most_ten_but_three_of_a_short_text_and_never_all(sentences: int, most: int) -> None:
    assert taken(Ledger(), of(sentences)) == most
    assert MOST_SENTENCES == 10


def test_a_first_sentence_that_everybody_sees_as_the_headline_counts() -> None:
    lines = [f"Line {n} of this report says what happened." for n in range(20)]
    for title, most in ((lines[0], 3), (f"{lines[0][:22]} …", 3), ("Another headline", 4)):
        text = Sentences.of("a", "\n\n".join(lines), title)
        assert sum(Ledger().take("v", text.keys[1 : n + 1], [text]) for n in range(1, 9)) == most
    short = Sentences.of("a", "\n\n".join(lines[:4]), lines[0])
    assert taken(Ledger(), short) == 3, "the headline, and two that may be quoted"


def test_sentences_that_begin_with_a_short_headline_count_each() -> None:
    lines = "\n\n".join(f"Vexland said in line {n} what happened." for n in range(20))
    for title in ("Vexland", "Vexland …"):
        text = Sentences.of("a", lines, title)
        assert len(text.headline) == title.count("…")
        assert taken(Ledger(), text) == 4


def test_a_fifth_of_the_characters_too() -> None:
    short = [f"Line {n} is short." for n in range(20)]
    text = Sentences.of("a", "\n\n".join([*short, "L" * 500 + "."]))
    ledger = Ledger()
    assert ledger.take("v", text.keys[:3], [text]) and not ledger.take("v", text.keys[-1:], [text])
    assert ledger.take("v", text.keys[3:4], [text])


def test_a_text_without_full_stops_has_a_fifth_too() -> None:
    text = Sentences.of("a", " ".join(f"word{n}" for n in range(1_000)))
    assert max(end - start for start, end in text.spans) <= LONGEST
    assert taken(Ledger(), text) == max(3, len(text.spans) // 5) < len(text.spans)


def test_a_sentence_is_known_by_its_words_in_every_article() -> None:
    one = Sentences.of("a", "“We saw  no storm,” the captain of the ferry said.")
    other = Sentences.of("b", '"We saw no storm", the Captain of the ferry said.')
    assert one.keys == other.keys
    assert Sentences.of("a", "He said no.").keys != Sentences.of("b", "He said no.").keys, "it may be anybody"


def test_half_is_left_to_quotes() -> None:
    assert taken(Ledger(), of(30), spare=True) == 3 and taken(Ledger(), of(4), spare=True) == 0


def test_the_day_ends_at_midnight_in_utc() -> None:
    now = [86_399.0]
    ledger = Ledger(clock=lambda: now[0])
    text = of(10)
    assert taken(ledger, text) == 3
    now[0] = 86_400.0
    assert ledger.take("v", text.keys[5:6], [text])


def test_memory_is_bounded_and_who_was_away_longest_is_forgotten() -> None:
    ledger, texts = Ledger(of_one=5, of_all=8), [Sentences.of(str(n), f"Only {n} here.") for n in range(20)]
    assert sum(ledger.take("greedy", text.keys, [text]) for text in texts) == 5
    assert all(ledger.take("other", text.keys, [text]) for text in texts[:4])
    assert not ledger.take("other", texts[6].keys + texts[7].keys, texts[6:8])
    assert ledger.take("greedy", texts[19].keys, [texts[19]]), "forgotten"
