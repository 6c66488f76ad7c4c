import pytest

from index.models.bge import BgeSmall
from index.models.cross_encoder import CrossEncoder
from index.store.filters import Filter
from index.store.store import Store
from index.vectors.exact import ExactVectors
from rag.answer import Question, RankedPassage
from rag.assistant import Assistant
from rag.llama import PassageRetriever
from rag.quote.extract import ExtractiveReader
from rag.retrieve.search import Budget, Retriever
from rag.retrieve.wording import query_terms
from tests.rag.conftest import SharedWords


def test_the_pair_budget_is_kept(samples_store: Store) -> None:
    scorer = SharedWords()
    budget = Budget(pairs=10, read=4)
    retriever = Retriever(samples_store, ExactVectors(samples_store), BgeSmall(), scorer, budget)
    found = retriever.retrieve("How many people were displaced by the offensive?")
    assert len(found.sentences) == 10 and scorer.pairs == 10 + 4
    assert len(found.passages) == budget.passages
    assert [passage.rank for passage in found.passages] == list(range(1, budget.passages + 1))


def test_passages_come_best_first_with_scores_between_0_and_1(samples_store: Store) -> None:
    retriever = Retriever(samples_store, ExactVectors(samples_store), BgeSmall(), CrossEncoder())
    scores = [passage.score for passage in retriever.retrieve("Who patrols Manbij?", k=12).passages]
    assert len(scores) == 12 and scores == sorted(scores, reverse=True)
    assert all(0 <= score <= 1 for score in scores)


def test_passages_that_are_not_read_follow_in_fused_order_with_score_0(samples_store: Store) -> None:
    def found(read: int) -> list[RankedPassage]:
        budget = Budget(read=read)
        retriever = Retriever(samples_store, ExactVectors(samples_store), BgeSmall(), SharedWords(), budget)
        return list(retriever.search("Who patrols Manbij?", k=12))

    fused = [one.passage.id for one in found(0)]
    read = found(5)
    assert [one.passage.id for one in read[5:]] == fused[5:]
    assert sorted(one.passage.id for one in read[:5]) == sorted(fused[:5])
    assert all(one.score > 0 for one in read[:5]) and all(one.score == 0 for one in read[5:])


def test_a_search_scores_no_sentence_and_ranks_as_an_answer_does(samples_store: Store) -> None:
    scorer = SharedWords()
    retriever = Retriever(samples_store, ExactVectors(samples_store), BgeSmall(), scorer)
    assistant = Assistant(samples_store, retriever, ExtractiveReader(scorer))
    for question in ("Who patrols Manbij?", "When did the Ever Given come off the bank?"):
        before = scorer.pairs
        found = retriever.search(question, k=10)
        assert scorer.pairs - before == Budget().read
        assert assistant.ask(Question(question)).passages == found
        assert retriever.retrieve(question, k=10).passages == found


def test_a_filter_that_nothing_passes_finds_nothing(samples_store: Store) -> None:
    retriever = Retriever(samples_store, ExactVectors(samples_store), BgeSmall(), SharedWords())
    found = retriever.retrieve("Who patrols Manbij?", Filter(sources=("No Such Outlet",)))
    assert found.passages == () and found.sentences == ()


def test_a_llama_index_query_engine_can_use_the_retriever(samples_store: Store) -> None:
    inner = Retriever(samples_store, ExactVectors(samples_store), BgeSmall(), CrossEncoder())
    nodes = PassageRetriever(inner, k=3).retrieve("When did the Ever Given come off the bank?")
    assert len(nodes) == 3 and "3:05 p.m." in nodes[0].node.get_content()
    metadata = nodes[0].node.metadata
    stored = samples_store.article(metadata["article_id"], metadata["revision"])
    assert stored is not None
    assert stored.article.text[metadata["start"] : metadata["end"]] == nodes[0].node.get_content()


@pytest.mark.parametrize(
    ("query", "terms"),
    [("Who is the envoy?", ["envoy"]), ("Who is he?", ["Who", "is", "he"]), ("M4 M4 road", ["M4", "road"])],
)
def test_terms_are_the_content_words_or_else_all_words(query: str, terms: list[str]) -> None:
    assert query_terms(query) == terms
