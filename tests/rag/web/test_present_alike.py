"""One written answer shows the same sentences, states and numbers wherever it is asked for."""

import json
import re
from collections.abc import Iterator
from dataclasses import replace
from html import unescape
from pathlib import Path
from typing import Any

import httpx
import openai
import pytest

from rag.answer import Done, Released
from rag.evals.cases.case import Case
from rag.evals.cases.record import Record
from rag.evals.metrics.answers import claims
from rag.evals.metrics.scores import scores
from rag.evals.report.html import to_html
from rag.evals.report.summary import summarise
from rag.evals.target import LocalTarget, ServerTarget
from rag.render import to_markdown, to_terminal
from rag.web.answers.exchange import Exchange
from rag.web.archive import LiveArchive
from rag.web.routes.completions import SOURCES
from rag.web.server import create_app
from rag.web.settings import WebSettings
from tests.rag.web.answers.test_exchange import Seen
from tests.rag.web.conftest import running
from tests.rag.written import (
    ANSWER,
    LATE,
    LISTED,
    REASON,
    SENTENCES,
    STAGES,
    WITH_FOLDED,
    WITH_LIST,
    telling,
)

QUESTION = "Who steered the ferry?"
CASE = Case("one", QUESTION)
TEXTS = {one.support or one.role: one.text for one in SENTENCES}
"""Each sentence by its state."""
LABEL = "in the model's words"
SETTINGS = WebSettings(open_api=True)


@pytest.fixture(scope="module")
def url(word_store: Path) -> Iterator[str]:
    """The URL of a server that always gives the answer."""
    with running(
        create_app(LiveArchive(lambda: telling(word_store), settings=SETTINGS), SETTINGS, page=False)
    ) as url:
        yield url


@pytest.fixture(scope="module")
def folding(word_store: Path) -> Iterator[str]:
    """The same with the unconfirmed sentence folded."""
    live = LiveArchive(lambda: telling(word_store, WITH_FOLDED), settings=SETTINGS)
    with running(create_app(live, SETTINGS, page=False)) as url:
        yield url


@pytest.fixture(scope="module")
def listing(word_store: Path) -> Iterator[str]:
    """The same sentences as a list."""
    live = LiveArchive(lambda: telling(word_store, WITH_LIST), settings=SETTINGS)
    with running(create_app(live, SETTINGS, page=False)) as url:
        yield url


def asked(url: str) -> dict[str, Any]:
    return dict(httpx.post(f"{url}/api/ask", json={"question": QUESTION}, trust_env=False).json())


def events(url: str) -> list[tuple[str, dict[str, Any]]]:
    """The events of /api/ask: its name and data."""
    headers = {"Accept": "text/event-stream"}
    told = httpx.post(f"{url}/api/ask", json={"question": QUESTION}, headers=headers, trust_env=False).text
    found = re.findall(r"event: (\w+)\ndata: (.*)\n", told)
    return [(name, json.loads(data)) for name, data in found]


def states(sentences: Any) -> list[tuple[object, ...]]:
    """What each sentence is, whoever shows it."""
    return [(one["text"], one["role"], one["support"], one["citations"], one["reason"]) for one in sentences]


EXPECTED = states(one.to_json() for one in SENTENCES)
USAGE = ANSWER.usage.to_json()


def test_the_api_gives_it_whole_and_as_events(url: str) -> None:
    whole, streamed = asked(url), events(url)
    assert states(whole["sentences"]) == EXPECTED and whole["usage"] == USAGE
    assert whole["checked_by"] == "reader-9" and whole["notices"] == [LATE]
    stages = [data for name, data in streamed if name == "status"]
    assert stages == [{"stage": one.stage, "says": one.says} for one in STAGES]
    assert states(data for name, data in streamed if name == "sentence") == EXPECTED
    (last, done), *_ = streamed[::-1]
    assert last == "done" and done | {"id": None} == whole


def test_the_official_client_gets_the_same(url: str) -> None:
    with openai.OpenAI(base_url=f"{url}/v1", api_key="any", max_retries=0) as client:
        create: Any = client.chat.completions.create
        messages = [{"role": "user", "content": QUESTION}]
        told = create(model="onrecord", messages=messages)
        usage = {"include_usage": True}
        *chunks, last = create(model="onrecord", messages=messages, stream=True, stream_options=usage)
    content, listed = told.choices[0].message.content.split(SOURCES)
    assert content == ANSWER.text and listed.count("\n- [") == 1 and LABEL in content
    assert states(told.choices[0].message.onrecord["sentences"]) == EXPECTED
    deltas = [chunk.choices[0].delta.content or "" for chunk in chunks]
    assert "".join(deltas).split(SOURCES)[0] == content
    assert [one.strip() for one in deltas if TEXTS["unconfirmed"] in one] == [
        f"{TEXTS['unconfirmed']} [1] [2] *({LABEL})*"
    ]
    for used in (told.usage, last.usage):
        assert (used.prompt_tokens, used.completion_tokens, used.total_tokens) == (930, 81, 1011)
    assert last.onrecord["usage"] == USAGE


def test_the_page_shows_the_same_while_it_is_written_and_when_it_is_done() -> None:
    exchange, shown = Exchange(1), []
    for at, sentence in enumerate(SENTENCES):
        exchange.take(Released(sentence, ANSWER.citations if at == 0 else ()))
    exchange.take(STAGES[-1])
    shown.append(exchange.fragment())
    exchange.take(Done(ANSWER))
    shown.append(exchange.fragment())
    for html in shown:
        text = Seen(html).text
        assert all(one.text in text for one in SENTENCES)
        said, folded, *_ = unescape(html).split("<details")
        assert TEXTS["unsupported"] not in said and TEXTS["unsupported"] in folded and REASON in folded
        assert said.count(LABEL) == 1 and f'gap" id="said-1-4">{TEXTS["gap"]}</span> <' in said
        block = said.split('class="unconfirmed"')[1].split("</div>")[0]
        assert TEXTS["unconfirmed"] in block and block.count("<q>") == 2 and "/articles/ferry?" in block
    assert "Checking 3 sentences" in shown[0]
    assert "Checked by reader-9" in shown[1] and LATE in Seen(shown[1]).text


def test_what_is_folded_is_under_the_answer_everywhere(folding: str) -> None:
    whole = asked(folding)
    [one] = [one for one in whole["sentences"] if one.get("folded")]
    assert one["support"] == "unconfirmed" and one["text"] not in whole["answer"]
    assert [data.get("folded") for name, data in events(folding) if name == "sentence"].count(True) == 1
    with openai.OpenAI(base_url=f"{folding}/v1", api_key="any", max_retries=0) as client:
        create: Any = client.chat.completions.create
        told = create(model="onrecord", messages=[{"role": "user", "content": QUESTION}])
    assert one["text"] not in told.choices[0].message.content
    exchange = Exchange(1)
    exchange.take(Done(WITH_FOLDED))
    said, *folded = exchange.fragment().split("<details")
    assert one["text"] not in said and one["text"] in folded[0]


def test_a_list_is_a_list_everywhere(listing: str) -> None:
    items = [one.item for one in LISTED]
    assert [one.get("item") for one in asked(listing)["sentences"]] == items
    assert [data.get("item") for name, data in events(listing) if name == "sentence"] == items
    with openai.OpenAI(base_url=f"{listing}/v1", api_key="any", max_retries=0) as client:
        create: Any = client.chat.completions.create
        messages = [{"role": "user", "content": QUESTION}]
        told = create(model="onrecord", messages=messages).choices[0].message.content
        chunks = list(create(model="onrecord", messages=messages, stream=True))
    deltas = [chunk.choices[0].delta.content or "" for chunk in chunks]
    assert "".join(deltas) == told and told.split(SOURCES)[0] == WITH_LIST.text
    assert f"\n- {TEXTS['gap']}" in deltas and f" {TEXTS['supported']} [2]" in deltas


def test_the_page_shows_the_same_list_while_it_is_written_and_when_it_is_done() -> None:
    exchange, lists = Exchange(1), []
    for at, sentence in enumerate(LISTED):
        exchange.take(Released(sentence, ANSWER.citations if at == 0 else ()))
    lists += re.findall("<ul.*?</ul>", exchange.fragment())
    exchange.take(Done(WITH_LIST))
    lists += re.findall("<ul.*?</ul>", exchange.fragment())
    assert len(lists) == 2
    for html in lists:
        items = [Seen(item).text for item in re.findall("<li dir=.auto.>(.*?)</li>", html)]
        assert len(items) == 3 and TEXTS["verbatim"] in items[0] and TEXTS["supported"] in items[0]
        assert TEXTS["unconfirmed"] in items[1] and LABEL in items[1] and TEXTS["gap"] in items[2]


def test_a_list_changes_nothing_that_is_measured() -> None:
    with_list, without = (
        replace(WITH_LIST, sentences=said, text=to_markdown(said)).to_json()
        for said in (LISTED, tuple(replace(one, item=None) for one in LISTED))
    )
    assert scores(CASE, with_list) == scores(CASE, without)


def test_the_evaluation_measures_the_same_of_a_server_and_of_a_store(url: str, word_store: Path) -> None:
    opened = telling(word_store)
    with ServerTarget(url) as server, opened.store:
        local = LocalTarget(opened.assistant, opened.store)
        told = [(target.ask(CASE), target.article_text) for target in (server, local)]
        found = [scores(CASE, answer, text) for answer, text in told]
    assert found[0] == found[1]
    # What a judge is asked about: the unconfirmed one is a claim like the others.
    assert [one["text"] for one in claims(told[0][0])] == [
        *(TEXTS["verbatim"], TEXTS["supported"], TEXTS["unconfirmed"])
    ]
    assert {
        name: found[0][name] for name in ("unconfirmed_rate", "left_out_rate", "gaps", "model_calls")
    } == {
        "unconfirmed_rate": pytest.approx(1 / 3),
        "left_out_rate": pytest.approx(1 / 5),
        "gaps": 1,
        "model_calls": 4,
    }
    by_kind = {kind: found[0][f"tokens_{kind}"] for kind in ("plan", "write", "check", "repair")}
    assert by_kind == {"plan": 39, "write": 560, "check": 412, "repair": 0}
    assert found[0]["quote_fidelity"] == found[0]["marks_agree"] == found[0]["verbatim_held"] == 1
    assert found[0]["unsupported_rate"] == pytest.approx(1 / 4) and found[0]["sentences_quoted"] == 1


def test_a_folded_sentence_is_no_part_of_what_is_measured_as_said() -> None:
    answer = WITH_FOLDED.to_json()
    found = scores(Case("two", QUESTION, must_say=(TEXTS["gap"],), must_not_say=("crossing",)), answer)
    assert found["unconfirmed_rate"] == pytest.approx(1 / 3) and found["marks_agree"] == 1
    assert found["must_say"] == found["must_not_say"] == 1


def test_the_report_says_what_became_of_each_sentence() -> None:
    failed = Record(CASE, answer=json.loads(json.dumps(ANSWER.to_json())), failures=("expected more",))
    text = Seen(to_html(summarise([failed]))).text
    for says in (LABEL, f"left out: {REASON}", "not in the articles", "Checked by reader-9"):
        assert says in text


def test_the_terminal_shows_every_sentence_and_state() -> None:
    shown = to_terminal(ANSWER, width=200)
    assert all(one.text in shown for one in SENTENCES)
    assert shown.index("Left out") < shown.index(TEXTS["unsupported"]) < shown.index(REASON)


def test_the_metrics_count_what_became_of_sentences_and_calls(url: str) -> None:
    before, _ = counted(url), asked(url)
    after = counted(url)
    grown = {name: after[name] - before.get(name, 0) for name in after}
    assert {name: value for name, value in grown.items() if value and "tokens" not in name} == {
        'onrecord_questions_total{status="partial"}': 1,
        'onrecord_answer_calls_total{purpose="plan"}': 1,
        'onrecord_answer_calls_total{purpose="write"}': 1,
        'onrecord_answer_calls_total{purpose="check"}': 2,
        'onrecord_sentences_total{state="kept"}': 2,
        'onrecord_sentences_total{state="unconfirmed"}': 1,
        'onrecord_sentences_total{state="left_out"}': 1,
        'onrecord_sentences_total{state="gap"}': 1,
        "onrecord_sentences_repaired_total": 1,
        "onrecord_fallbacks_total": 1,
    }
    assert grown['onrecord_answer_tokens_total{kind="prompt",purpose="check"}'] == 400


def counted(url: str) -> dict[str, float]:
    """The counters of /metrics by name and labels, those of seconds left aside."""
    told = httpx.get(f"{url}/metrics", trust_env=False).text
    lines = (line.rsplit(" ", 1) for line in told.splitlines() if not line.startswith("#"))
    return {name: float(value) for name, value in lines if "_total" in name}
