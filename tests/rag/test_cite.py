"""Citations and the quoted sentences of an answer: numbered once, read once, given once."""

import json
from collections import Counter
from pathlib import Path

import pytest

from corpus.errors import Busy
from index.store.filters import Filter
from index.store.records import Passage, StoredArticle
from index.store.store import Store
from index.sync.remove import remove
from index.sync.run import sync
from rag.answer import Question
from rag.cite import Citations, cite
from rag.quote.quotes import Quote, QuotedSentence
from tests.fakes import WordOverlapEmbedding
from tests.rag.conftest import assistant_over_words

FERRY = "The ferry Linden left at noon. Captain Ruth Ames steered the ferry Linden. Forty people waved."
TWO_QUESTIONS = "Who steered the ferry Linden, and what did Captain Ruth Ames steer?"


@pytest.fixture
def store(tmp_path: Path) -> Store:
    """One article, and a copy of it that another outlet printed a day later."""
    articles = [
        {"id": "a", "source": "Harbour Post", "published_at": "2019-10-15", "title": "Ferry", "text": FERRY},
        {"id": "b", "source": "USA Today", "published_at": "2019-10-16", "title": "Ferry", "text": FERRY},
    ]
    (tmp_path / "feed.jsonl").write_text("\n".join(map(json.dumps, articles)), encoding="utf-8")
    sync([tmp_path / "feed.jsonl"], tmp_path / "store", WordOverlapEmbedding(), vector_cache=False)
    return Store.open(tmp_path / "store")


def passages(store: Store) -> dict[str, Passage]:
    return {one.article_id: one for one in store.passages(store.passage_ids(Filter()).tolist())}


def quote(passage: Passage, *places: int, highlights: tuple[tuple[int, int], ...] = ()) -> Quote:
    """The sentences of a passage at these places."""
    spans = [passage.sentences[place] for place in places]
    begins = passage.start
    return Quote(
        passage,
        tuple(QuotedSentence(a, b, passage.text[a - begins : b - begins], highlights) for a, b in spans),
    )


def test_a_sentence_that_two_quotes_hold_is_given_once_with_the_citations_of_both(store: Store) -> None:
    a = passages(store)["a"]
    citations = Citations(store)
    said = cite([quote(a, 0, 1, highlights=((0, 3),)), quote(a, 1, 2, highlights=((4, 9),))], citations)
    assert [(one.role, one.citations) for one in said] == [
        ("lead", ()),
        ("claim", (1,)),
        ("claim", (1, 2)),
        ("claim", (2,)),
    ]
    assert said[2].highlights == ((0, 3), (4, 9))
    assert [one.quote for one in citations.made] == [FERRY[: FERRY.index(" Forty")], FERRY[31:]]


def test_the_same_sentence_of_another_article_is_given_once_and_leads_nothing(store: Store) -> None:
    found = passages(store)
    said = cite([quote(found["a"], 1), quote(found["b"], 1)], Citations(store))
    assert [(one.text, one.citations) for one in said] == [
        ("Harbour Post, 15 October 2019:", ()),
        ("Captain Ruth Ames steered the ferry Linden.", (1, 2)),
    ]


def test_the_parts_of_a_compound_question_quote_a_sentence_once(store: Store, tmp_path: Path) -> None:
    answer = assistant_over_words(tmp_path, store).ask(Question(TWO_QUESTIONS))
    assert answer.status == "answered" and len(answer.searched) == 2
    claims = [one.text for one in answer.sentences if one.role == "claim"]
    assert "Captain Ruth Ames steered the ferry Linden." in claims
    assert len(claims) == len(set(claims))


def test_an_article_is_read_once_however_often_it_is_cited(
    store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    reads: Counter[str] = Counter()
    article = Store.article

    def counted(self: Store, article_id: str, revision: str | None = None) -> StoredArticle | None:
        reads[article_id] += 1
        return article(self, article_id, revision)

    monkeypatch.setattr(Store, "article", counted)
    citations = Citations(store)
    for places in ((0,), (1,), (0, 1)):
        citations.number(quote(passages(store)["a"], *places))
    assert len(citations.made) == 3 and [copy.article_id for copy in citations.made[0].also_in] == ["b"]
    assert reads == {"a": 1, "b": 1}


def test_copies_are_those_that_the_question_may_use(store: Store) -> None:
    citations = Citations(store, Filter(before="2019-10-16"))
    citations.number(quote(passages(store)["a"], 0))
    assert citations.made[0].also_in == ()


def test_a_revision_that_has_left_the_store_is_said_to_have_changed(store: Store) -> None:
    gone = passages(store)["a"]
    remove(store.path, ["a"])
    with pytest.raises(Busy, match="the archive changed while this was being answered"):
        Citations(store).number(quote(gone, 0))


@pytest.mark.parametrize("where", [Filter(), Filter(sources=("USA Today",)), Filter(as_of="2019-10-16")])
def test_an_outlet_called_today_is_no_date(store: Store, tmp_path: Path, where: Filter) -> None:
    question = Question("Who steered the ferry Linden of which USA Today wrote?", where=where)
    answer = assistant_over_words(tmp_path, store).ask(question)
    assert answer.status not in ("outside_coverage", "not_in_archive") and answer.passages
    today = Question("Who steered the ferry Linden today?", where=where)
    dated = assistant_over_words(tmp_path, store).ask(today)
    assert (dated.status == "outside_coverage") is (where.as_of is None)
