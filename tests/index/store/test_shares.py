"""Shared answers: kept within bounds, and without what they said of articles that are gone."""

from copy import deepcopy
from itertools import pairwise
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from index.store import shares
from index.store.schema import FILE_NAME
from index.store.shares import Kept, SharesFull, add_share, drop_share, find_share, without
from index.store.write import writing
from tests.index.newsroom import FERRY, Newsroom


def cited(n: int, article: str) -> Kept:
    return {"n": n, "article_id": article, "revision": "0123456789ab", "start": 0, "end": 9}


def sentence(index: int, text: str, role: str = "claim", *citations: int, **more: object) -> Kept:
    support = "verbatim" if role == "claim" else None
    empty: Kept = {"support": support, "highlights": [], "reason": None}
    return {"index": index, "text": text, "role": role, "citations": list(citations), **empty, **more}


def answer(**changes: object) -> Kept:
    """An answer that quotes the articles "ferry" (twice) and "coins", with a gap and a lead for each."""
    kept: Kept = {
        "question": "What happened?",
        "standalone": "What happened at the quay?",
        "filters": {"source": None, "after": None, "before": None, "as_of": None},
        "status": "answered",
        "searched": ["What happened at the quay?"],
        "sentences": [
            sentence(0, "Post, 1 May 2020:", "lead"),
            sentence(1, "The ferry left.", "claim", 1),
            sentence(2, "It was late.", "claim", 2),
            sentence(3, "Echo, 2 May 2020:", "lead"),
            sentence(4, "Coins are shown.", "claim", 3),
            sentence(5, "Nobody says why.", "gap"),
        ],
        "citations": [cited(1, "ferry"), cited(2, "ferry"), cited(3, "coins")],
        "nearest": [],
        "notices": ["Ferry leaves the harbour is used up."],
        "did_you_mean": None,
        "suggestions": ["Who steered the ferry?"],
    }
    return {**kept, **changes}


def gone(*ids: str) -> Any:
    return lambda one: one.get("article_id", one.get("id")) in ids


def told(kept: Kept) -> list[str]:
    return [f"{one['role']}: {one['text']}".strip() for one in kept["sentences"]]


def test_nothing_changes_where_nothing_is_gone() -> None:
    assert without(answer(), gone()) == answer()


def test_sentences_go_with_what_they_quote_and_their_lead_and_leave_one_notice() -> None:
    left = without(answer(), gone("ferry"))
    assert told(left) == ["withdrawn:", "lead: Echo, 2 May 2020:", "claim: Coins are shown.", "withdrawn:"]
    assert [one["n"] for one in left["citations"]] == [3], "marks keep their numbers"
    assert left["status"] == "partial" and left["question"] == "What happened?"
    assert (left["standalone"], left["searched"], left["notices"], left["suggestions"]) == (None, [], [], [])


def test_an_answer_of_which_nothing_is_left_is_withdrawn() -> None:
    left = without(answer(), gone("ferry", "coins"))
    assert told(left) == ["withdrawn:"] and left["status"] == "withdrawn"
    one_after_the_other = without(without(answer(), gone("ferry")), gone("coins"))
    assert told(one_after_the_other) == ["withdrawn:"] and one_after_the_other["status"] == "withdrawn"


def test_a_lead_stays_with_what_is_left_under_it() -> None:
    kept = answer(citations=[cited(1, "ferry"), cited(2, "quay"), cited(3, "coins")])
    assert told(without(kept, gone("quay")))[:3] == [
        "lead: Post, 1 May 2020:",
        "claim: The ferry left.",
        "withdrawn:",
    ]
    assert told(without(without(kept, gone("quay")), gone("ferry")))[:2] == [
        "withdrawn:",
        "lead: Echo, 2 May 2020:",
    ]


def test_words_of_what_is_gone_go_wherever_they_stand() -> None:
    said = answer(
        question="Is the quokka fed?",
        filters={"source": ["Quokka Times"], "after": "2020-01-01", "before": None, "as_of": None},
        sentences=[
            sentence(0, "A quokka fed.", "claim", 3, support="supported"),
            sentence(1, "Coins, says the quokka.", "claim", 3),
        ],
    )
    left = without(said, gone(), lambda text: "quokka" in text.lower())
    assert told(left) == ["withdrawn:", "claim: Coins, says the quokka."], "a quote is of what stays"
    assert left["question"] == "" and left["filters"] == dict.fromkeys(said["filters"])


def test_near_passages_and_listed_articles_go_alone() -> None:
    kept = answer(
        status="listed",
        sentences=[sentence(0, "This archive has 2 articles of the Post.", "notice")],
        citations=[],
        nearest=[cited(1, "ferry")],
        articles=[{"id": "ferry"}, {"id": "coins"}],
    )
    left = without(kept, gone("ferry"))
    assert (left["nearest"], left["articles"], left["status"]) == ([], [{"id": "coins"}], "listed")
    assert told(left) == ["withdrawn:"], "the sentence may name what is gone"
    abstained = without(
        answer(sentences=kept["sentences"], citations=[], nearest=kept["nearest"]), gone("ferry")
    )
    assert told(abstained) == ["notice: This archive has 2 articles of the Post."]


PARTS = st.sampled_from(["lead claim", "lead claim claim", "claim", "gap", "notice"])


@given(st.lists(PARTS, max_size=6).map(" ".join).map(str.split), st.data())
def test_what_is_left_never_cites_what_is_gone_and_taking_away_twice_is_as_once(
    roles: list[str], data: st.DataObject
) -> None:
    marks = [data.draw(st.lists(st.integers(1, 3), max_size=2)) if role == "claim" else [] for role in roles]
    said = [sentence(n, f"{n}.", role, *marks[n]) for n, role in enumerate(roles)]
    kept = answer(sentences=said)
    before = deepcopy(kept)
    left = without(kept, gone("ferry"))
    assert kept == before
    assert not [one for one in left["sentences"] if {1, 2} & set(one["citations"])]
    assert without(left, gone("ferry")) == left
    runs = [one["role"] for one in left["sentences"]]
    assert ("withdrawn", "withdrawn") not in pairwise(runs)


@pytest.fixture
def store(newsroom: Newsroom) -> Newsroom:
    newsroom.write("ferry.txt", FERRY)
    newsroom.sync()
    return newsroom


def shared(newsroom: Newsroom, kept: Kept, seal: str = "s") -> str:
    with writing(newsroom.store_path) as writer, writer.transaction(articles=False):
        return add_share(writer, kept, seal)


def test_a_shared_answer_is_found_by_an_id_that_nobody_guesses(store: Newsroom) -> None:
    id = shared(store, answer())
    assert len(id) == 22 and shared(store, answer()) == id, "the same answer is shared once"
    other = shared(store, answer(), "another seal")
    assert other != id
    with store.open() as reading:
        found = find_share(reading, id)
        assert found is not None and found.answer == answer() and found.shared_at.endswith("Z")
        for wrong in ("", "x", id[:-1], f"{id}%", f"{id}\n", "' OR 1 --" + id):
            assert find_share(reading, wrong) is None


def test_a_share_that_is_dropped_leaves_no_word(store: Newsroom) -> None:
    id = shared(store, answer(question="What of the quokkasanctuary?"))
    with writing(store.store_path) as writer:
        with writer.transaction(articles=False):
            assert drop_share(writer, id) and not drop_share(writer, id)
        writer.checkpoint()
    assert not [one for one in store.store_path.glob("*") if one.is_file() and b"quokka" in one.read_bytes()]
    with store.open() as reading:
        assert find_share(reading, id) is None


def test_shares_are_bounded_in_number_and_size(store: Newsroom, monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(SharesFull, match="too large"):
        shared(store, answer(question="w" * shares.LARGEST))
    monkeypatch.setattr(shares, "MOST", 2)
    first = shared(store, answer(), "1")
    shared(store, answer(), "2")
    with pytest.raises(SharesFull, match="2 answers"):
        shared(store, answer(), "3")
    assert shared(store, answer(), "1") == first
    monkeypatch.setattr(shares, "MOST", 3)
    monkeypatch.setattr(shares, "MOST_BYTES", 2_500)
    with pytest.raises(SharesFull):
        shared(store, answer(), "3")


def test_a_store_that_knows_no_shares_is_read_and_gets_them_from_its_next_writer(store: Newsroom) -> None:
    with writing(store.store_path) as writer:
        writer.execute("DROP TABLE shares")
    with store.open() as reading:
        assert find_share(reading, "a" * 22) is None
    id = shared(store, answer())
    with store.open() as reading:
        assert find_share(reading, id) is not None
    assert (store.store_path / FILE_NAME).exists()
