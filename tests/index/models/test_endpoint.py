"""An embedding model behind an endpoint: its vectors, and one sentence for each way to fail."""

import threading
from collections.abc import Callable, Iterator
from typing import Any

import numpy as np
import pytest

from corpus.errors import ModelError, StoreMismatch
from index.models.bge import EMBEDDER_ID
from index.models.endpoint import EndpointEmbedder
from index.sync.run import sync
from index.vectors.exact import ExactVectors
from tests.chroma_process import HOST, port_of_nobody
from tests.embeddings import changed, embeddings
from tests.fakes import WordOverlapEmbedding
from tests.index.newsroom import COINS, FERRY, Newsroom, check_whole, long_text
from tests.scripted import Asked, Reply, ScriptedModel, error, page

TEXTS = [f"The ferry number {number} stayed in port." for number in range(50)]


@pytest.fixture
def server() -> Iterator[ScriptedModel]:
    with ScriptedModel(embeddings) as running:
        yield running


@pytest.fixture
def pauses(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    """The seconds that the SDK waits between requests, without waiting and without what it draws by lot."""
    seconds: list[float] = []
    monkeypatch.setattr("openai._base_client.time.sleep", seconds.append)
    monkeypatch.setattr("openai._base_client.random", lambda: 0.0)
    return seconds


@pytest.fixture
def endpoint(server: ScriptedModel, pauses: list[float]) -> EndpointEmbedder:
    return EndpointEmbedder(server.base_url, "overlap", "key-of-ours")


def test_texts_get_unit_vectors_in_their_order_a_few_at_a_time(
    endpoint: EndpointEmbedder, server: ScriptedModel
) -> None:
    expected = WordOverlapEmbedding().texts(TEXTS)
    assert np.allclose(endpoint.texts(TEXTS), expected, atol=1e-6)
    assert sorted(len(asked.body["input"]) for asked in server.requests) == [2, 16, 16, 16]
    (asked, *_) = server.requests
    assert asked.path == "/v1/embeddings" and asked.body["model"] == "overlap"
    assert asked.headers["authorization"] == "Bearer key-of-ours"
    assert asked.body["encoding_format"] == "float"
    assert endpoint.texts([]).shape == (0, 0)


def test_no_more_than_four_requests_are_asked_at_once(server: ScriptedModel) -> None:
    running, most, lock, four = 0, 0, threading.Lock(), threading.Event()

    def counting(asked: Asked) -> Reply:
        nonlocal running, most
        with lock:
            running += 1
            most = max(most, running)
            if running == 4:
                four.set()
        four.wait(300)
        with lock:
            running -= 1
        return embeddings(asked)

    server.script(counting)
    EndpointEmbedder(server.base_url, "overlap").texts(TEXTS * 4)
    assert most == 4 and len(server.requests) == 13
    assert "authorization" not in server.requests[0].headers


def test_a_query_is_a_text(endpoint: EndpointEmbedder) -> None:
    assert endpoint.embedder_id == "openai:overlap"
    assert np.array_equal(endpoint.query(TEXTS[1]), endpoint.texts(TEXTS[:3])[1])


# Failures


@pytest.mark.parametrize("reply", [error(429, retry_after="7"), error(503), error(500, retry_after="900")])
def test_what_passes_is_asked_again(
    endpoint: EndpointEmbedder, server: ScriptedModel, pauses: list[float], reply: Reply
) -> None:
    server.script(reply, reply, embeddings)
    assert endpoint.texts(TEXTS[:1]).shape == (1, 64)
    asked_for = reply.headers.get("retry-after")
    assert pauses == {"7": [7, 7], None: [0.5, 1], "900": [20, 20]}[asked_for]


@pytest.mark.parametrize(
    ("reply", "says", "requests"),
    [
        (error(429), "has too many requests or no quota left (429); try again later", 3),
        (error(500), "has a fault of its own (500); try again later", 3),
        (error(401, "key-of-ours is wrong"), "refused the key (401); check ONRECORD_EMBED_API_KEY", 1),
        (
            error(404),
            "knows no embedding model “overlap” at this address (404); check ONRECORD_EMBED_MODEL",
            1,
        ),
        (error(400), "did not accept the request (400); check that it is an embeddings endpoint", 1),
        (page(), "answered, but not as an embeddings endpoint does; check ONRECORD_EMBED_BASE_URL", 1),
        (Reply(body='{"data": 7}'), "answered, but not as an embeddings endpoint does", 1),
        (Reply(body="[" * 100_000), "answered, but not as an embeddings endpoint does", 1),
        (changed(lambda data: data.pop()), "answered, but not as an embeddings endpoint does", 1),
        (changed(lambda data: data[0].update(index=7)), "answered, but not as an embeddings", 1),
        (changed(lambda data: data[0].update(embedding=[])), "answered, but not as an embeddings", 1),
        (changed(lambda data: data[0].update(embedding="AAAA")), "answered, but not as an embeddings", 1),
        (changed(lambda data: data[0].update(embedding=[float("nan")] * 64)), "answered, but not as", 1),
    ],
)
def test_every_way_to_fail_is_one_sentence_without_the_key(
    endpoint: EndpointEmbedder, server: ScriptedModel, reply: Any, says: str, requests: int
) -> None:
    server.script(reply)
    with pytest.raises(ModelError) as failure:
        endpoint.texts(TEXTS[:2])
    assert str(failure.value).startswith(f"{server.host} {says}")
    assert "key-of-ours" not in str(failure.value) and "\n" not in str(failure.value)
    assert len(server.requests) == requests


def test_an_endpoint_that_is_not_there_is_named(pauses: list[float]) -> None:
    with port_of_nobody() as port, pytest.raises(ModelError) as failure:
        EndpointEmbedder(f"http://editor:hunter2@{HOST}:{port}/v1", "m").texts(TEXTS[:1])
    assert str(failure.value) == (
        f"no connection to the embedding model “m” at {HOST}:{port}; "
        "check that it runs and that ONRECORD_EMBED_BASE_URL is right"
    )
    assert pauses == [0.5, 1]


def test_an_endpoint_that_hangs_is_given_up(server: ScriptedModel, pauses: list[float]) -> None:
    over = threading.Event()

    def hang(asked: Asked) -> Reply:
        over.wait(30)
        return embeddings(asked)

    server.script(hang)
    hanging = EndpointEmbedder(server.base_url, "m", answer=0.2, query_answer=0.2)
    calls: list[Callable[[], object]] = [lambda: hanging.texts(TEXTS[:1]), lambda: hanging.query("Why?")]
    for call in calls:
        with pytest.raises(ModelError, match="did not answer in time; try again later"):
            call()
    assert pauses == [0.5, 1, 0.5]
    over.set()


def test_an_answer_that_does_not_end_or_cannot_be_read_is_asked_for_again(
    endpoint: EndpointEmbedder,
    server: ScriptedModel,
    pauses: list[float],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    server.script(Reply(body="{}", headers={"content-encoding": "gzip"}))
    with pytest.raises(ModelError, match="broke off before its answer was complete; try again later"):
        endpoint.query("Why?")
    monkeypatch.setattr("index.models.endpoint._LARGEST", 100)
    server.script(embeddings)
    with pytest.raises(ModelError, match="did not answer in time; try again later"):
        endpoint.query("Why?")
    assert len(server.requests) == 4 and pauses == [0.5, 0.5]


def test_a_key_that_no_header_can_hold_is_one_sentence(server: ScriptedModel) -> None:
    with pytest.raises(ModelError) as failure:
        EndpointEmbedder(server.base_url, "m", "schlüssel").query("Why?")
    assert str(failure.value) == "ONRECORD_EMBED_API_KEY holds a character that no key may hold; correct it"
    assert not server.requests


def test_the_key_is_not_sent_where_an_endpoint_redirects_to(
    endpoint: EndpointEmbedder, server: ScriptedModel
) -> None:
    with ScriptedModel(embeddings) as other:
        moved = {"location": f"{other.base_url}/embeddings"}
        server.script(Reply(status=307, headers=moved, body=""))
        with pytest.raises(ModelError, match=r"did not accept the request \(307\)"):
            endpoint.query("Why?")
        assert not other.requests


def test_the_sdks_environment_has_no_effect(server: ScriptedModel, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("OPENAI_ORG_ID", "OPENAI_PROJECT_ID", "OPENAI_API_KEY", "OPENAI_ADMIN_KEY"):
        monkeypatch.setenv(name, "of-another-account")
    monkeypatch.setenv("OPENAI_CUSTOM_HEADERS", "X-Secret: of-another-account")
    monkeypatch.setenv("OPENAI_BASE_URL", "http://203.0.113.1/v1")
    EndpointEmbedder(server.base_url, "overlap").query("Why?")
    headers = server.requests[0].headers
    assert "of-another-account" not in " ".join(headers.values()) and "authorization" not in headers


def test_vectors_of_two_lengths_are_refused(endpoint: EndpointEmbedder, server: ScriptedModel) -> None:
    def shorter(asked: Asked) -> Reply:
        if len(asked.body["input"]) == 16:
            return embeddings(asked)
        return changed(lambda data: [row.update(embedding=[1.0, 2.0]) for row in data])(asked)

    server.script(shorter)
    with pytest.raises(ModelError, match="returned vectors of different lengths"):
        endpoint.texts(TEXTS[:20])


# Stores


def test_a_store_made_with_an_endpoint_is_searched_with_it(
    newsroom: Newsroom, endpoint: EndpointEmbedder
) -> None:
    newsroom.write("ferry.txt", FERRY)
    newsroom.write("coins.txt", COINS)
    newsroom.write("wall.md", long_text("wall"), title="Wall")
    report = sync([newsroom.folder], newsroom.store_path, endpoint, vector_cache=False)
    assert report.added == 3
    with newsroom.open() as store:
        check_whole(store)
        assert store.meta("embedder_id") == "openai:overlap" and store.dimensions == 64
        ((best, _),) = ExactVectors(store).search(endpoint.query("medieval coins in the museum"), 1)
        assert store.passages([best])[0].article_id == "articles/coins.txt"
        with pytest.raises(StoreMismatch, match="made with the embedding model openai:overlap, not with bge"):
            store.check_embedder(EMBEDDER_ID)


def test_a_run_that_the_endpoint_ends_keeps_what_it_had_and_goes_on_later(
    newsroom: Newsroom, endpoint: EndpointEmbedder, server: ScriptedModel
) -> None:
    newsroom.write("ferry.txt", FERRY)
    sync([newsroom.folder], newsroom.store_path, endpoint, vector_cache=False)
    newsroom.write("coins.txt", COINS)
    server.script(error(500))
    with pytest.raises(ModelError, match="has a fault of its own"):
        sync([newsroom.folder], newsroom.store_path, endpoint, vector_cache=False)
    assert newsroom.ids() == ["articles/ferry.txt"]
    server.script(embeddings)
    report = sync([newsroom.folder], newsroom.store_path, endpoint, vector_cache=False)
    assert (report.added, report.unchanged) == (1, 1)
    newsroom.write("wall.txt", long_text("wall"))
    server.script(changed(lambda data: [row.update(embedding=[1.0, 2.0]) for row in data]))
    with pytest.raises(ModelError, match="returned a vector of 2 numbers, not 64"):
        sync([newsroom.folder], newsroom.store_path, endpoint, vector_cache=False)
