"""What makes answers worse is caught by a gate, and the failures say what it was: seeded regressions."""

from collections.abc import Callable, Mapping, Sequence
from copy import deepcopy
from html import unescape
from typing import Any

import pytest

from index.models.bge import BgeSmall
from index.models.cross_encoder import CrossEncoder, PairScorer
from index.store.store import Store
from index.vectors.exact import ExactVectors
from rag.assistant import Assistant
from rag.evals.cases.case import Case
from rag.evals.cases.record import Record
from rag.evals.gate import Bound, check
from rag.evals.metrics.scores import aggregate
from rag.evals.report.compare import compare_runs
from rag.evals.report.html import to_html
from rag.evals.report.summary import summarise
from rag.evals.run import graded
from rag.evals.target import LocalTarget, Target
from rag.quote.extract import ExtractiveReader, Reader
from rag.quote.quotes import Quote, QuotedSentence, Reading
from rag.retrieve.search import Budget, Retrieved, Retriever
from tests.answers.bounds import BOUNDS
from tests.answers.cases import FIXED, ask_all, sample_cases
from tests.answers.conftest import Remembered

pytestmark = pytest.mark.cases

Change = Callable[[dict[str, Any]], None]


@pytest.fixture(scope="module")
def cases() -> list[Case]:
    """The fixed subset."""
    known = {case.id: case for case in sample_cases()}
    return [known[name] for name in FIXED]


@pytest.fixture(scope="module")
def before(target: Remembered, cases: list[Case]) -> list[Record]:
    """The subset as the assistant answers it, which is right."""
    records = ask_all(target, cases)
    assert not [record.failures for record in records if not record.passed]
    return records


def assert_caught(before: Sequence[Record], after: Sequence[Record], metric: str, why: str) -> None:
    """CI's gates on `passed` and `metric` hold before and fail after, and the report says `why`."""
    assert {"passed", metric} <= {bound.metric for bound in BOUNDS}
    found = aggregate(before)[metric].value
    assert found is not None
    bounds = [Bound("passed", 1.0), Bound(metric, found)]
    assert [gate.passed for gate in check(bounds, before)] == [True, True]
    gates = check(bounds, after)
    assert [gate.passed for gate in gates] == [False, False], [*map(str, gates)]
    assert all("FAILED; worst: " in str(gate) for gate in gates)
    lost = compare_runs(before, after).lost
    assert {flip.id for flip in lost} == {record.case.id for record in after if not record.passed}
    assert why in unescape(to_html(summarise(after, gates)))
    assert any(why in sentence for flip in lost for sentence in flip.why), [flip.why for flip in lost]


# What is done to an answer on its way out


class Changed:
    """A target whose answers are changed before anyone sees them."""

    def __init__(self, target: Remembered, change: Change) -> None:
        self._target, self._change = target, change

    def ask(self, case: Case) -> Mapping[str, Any]:
        answer = deepcopy(dict(self._target.ask(case)))
        self._change(answer)
        return answer

    def article_text(self, article_id: str, revision: str) -> str | None:
        return self._target.article_text(article_id, revision)

    def settings(self) -> Mapping[str, object]:
        return self._target.settings()


def shuffle_numbers(answer: dict[str, Any]) -> None:
    """Each number goes to the next citation; every mark still leads somewhere."""
    for citation in answer["citations"]:
        citation["n"] = citation["n"] % len(answer["citations"]) + 1


def drop_dates(answer: dict[str, Any]) -> None:
    """Leads name the outlet alone, and citations have no day."""
    for sentence in answer["sentences"]:
        if sentence["role"] == "lead":
            sentence["text"] = sentence["text"].rpartition(",")[0] + ":"
    for citation in answer["citations"]:
        citation["published_at"] = None


def change_a_word_everywhere(answer: dict[str, Any]) -> None:
    """A word of each quote becomes another, in the sentence that quotes it as well."""
    for citation in answer["citations"]:
        old = max(citation["quote"].split(), key=len)
        for held in (citation, *answer["sentences"]):
            key = "quote" if held is citation else "text"
            held[key] = held[key].replace(old, "altogether", 1)


def change_a_word_of_the_sentence(answer: dict[str, Any]) -> None:
    """A sentence says another word than the quote that it rests on."""
    for sentence in answer["sentences"]:
        if sentence["role"] == "claim":
            words = sentence["text"].split()
            words[len(words) // 2] = "reportedly"
            sentence["text"] = " ".join(words)


@pytest.mark.parametrize(
    ("change", "metric", "why"),
    [
        (shuffle_numbers, "verbatim_held", " quotes, got other words"),
        (shuffle_numbers, "claim_overlap", " quotes, got other words"),
        (drop_dates, "answer_contains", "expected “15 October 2019” in the answer, got “Aldermouth Echo: "),
        (change_a_word_everywhere, "quote_fidelity", "expected the article's own words at "),
        (change_a_word_of_the_sentence, "verbatim_held", "reportedly"),
        (change_a_word_of_the_sentence, "claim_overlap", " quotes, got other words"),
    ],
)
def test_a_changed_answer_is_caught(
    change: Change, metric: str, why: str, target: Remembered, cases: list[Case], before: list[Record]
) -> None:
    assert_caught(before, ask_all(Changed(target, change), cases), metric, why)


# What is built otherwise


class Indifferent(PairScorer):
    """A reranker that is switched off: every text is as good as every other."""

    def scores(self, query: str, texts: Sequence[str]) -> list[float]:
        return [0.0] * len(texts)


class AlwaysAnswers:
    """Never says that it does not know: where the reader abstains, the best sentence is the answer."""

    name = "always"

    def __init__(self, reader: Reader) -> None:
        self._reader = reader

    def read(self, found: Retrieved) -> Reading:
        reading = self._reader.read(found)
        if reading.quotes or not found.sentences:
            return reading
        best = found.sentences[0].candidate
        quote = Quote(best.passage, (QuotedSentence(best.start, best.end, best.text),))
        return Reading("answered", (quote,), 1.0)


class NeverAnswers:
    """Always says that it does not know."""

    name = "never"

    def read(self, found: Retrieved) -> Reading:
        return Reading("not_stated")


def built(
    store: Store, scorer: PairScorer, *, reader: Reader | None = None, budget: Budget | None = None
) -> Target:
    """An assistant over the samples that differs in one part."""
    retriever = Retriever(store, ExactVectors(store), BgeSmall(), scorer, budget)
    return LocalTarget(Assistant(store, retriever, reader or ExtractiveReader(scorer)), store)


def test_a_single_passage_is_caught(
    store: Store, scorer: CrossEncoder, cases: list[Case], before: list[Record]
) -> None:
    after = ask_all(built(store, scorer, budget=Budget(passages=1)), cases)
    for metric in ("recall@5", "evidence_cited"):
        assert_caught(before, after, metric, "expected a citation that holds ")


def test_a_missing_reranker_is_caught(store: Store, cases: list[Case], before: list[Record]) -> None:
    after = ask_all(built(store, Indifferent()), cases)
    for metric in ("mrr", "answer_contains", "evidence_cited"):
        assert_caught(before, after, metric, "expected a citation that holds ")


def test_a_reader_that_always_answers_is_caught(
    store: Store, scorer: CrossEncoder, cases: list[Case], before: list[Record]
) -> None:
    unanswerable = [case for case in cases if case.expects_abstention]
    target = built(store, scorer, reader=AlwaysAnswers(ExtractiveReader(scorer)))
    asked = {case.id: graded(case, target) for case in unanswerable}
    after = [asked.get(record.case.id, record) for record in before]
    assert_caught(before, after, "abstention_recall", "expected the status not_stated, got answered")


def test_a_reader_that_never_answers_is_caught(store: Store, cases: list[Case], before: list[Record]) -> None:
    after = ask_all(built(store, Indifferent(), reader=NeverAnswers()), cases)
    for metric in ("abstention_precision", "answer_contains", "citation_recall"):
        assert_caught(before, after, metric, "in the answer, got no claim, status not_stated")
