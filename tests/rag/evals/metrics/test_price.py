"""What answers cost, and how a price is read."""

import re

import pytest

from corpus.errors import UsageError
from rag.evals.cases.case import Case
from rag.evals.cases.record import Record
from rag.evals.metrics.price import Price, parse_price, priced
from rag.evals.report.summary import summarise
from rag.evals.report.table import to_text


def record(id: str, prompt: float, completion: float) -> Record:
    used = {"prompt_tokens": prompt, "completion_tokens": completion}
    return Record(Case(id, "What?"), answer={"status": "answered"}, scores=used)


def test_tokens_cost_what_a_million_costs() -> None:
    assert Price(0.15, 0.6).of(2_000, 500) == pytest.approx(0.0006)
    records = priced([record("a", 1_000_000, 0), record("b", 0, 1_000_000)], Price(0.15, 0.6))
    assert [one.scores["cost"] for one in records] == [0.15, 0.6]
    assert summarise(records).means["cost"].value == pytest.approx(0.375)


def test_an_item_that_errored_costs_nothing_that_is_known() -> None:
    broken = Record(Case("a", "What?"), error="no answer came")
    assert priced([broken], Price(1, 1)) == [broken]


def test_a_small_cost_is_shown_and_without_a_price_none_is() -> None:
    records = [record("a", 700, 100)]
    assert re.search(r"cost +0\.000165 ", to_text(summarise(priced(records, Price(0.15, 0.6)))))
    shown = to_text(summarise(records))
    assert "prompt_tokens" in shown and "cost " not in shown


def test_a_price_is_two_numbers() -> None:
    assert parse_price("0.15, 0.60") == Price(0.15, 0.6) and parse_price("0,0") == Price(0, 0)


@pytest.mark.parametrize("written", ["", "1", "1,2,3", "1;2", "a,b", "-1,2", "nan,1", "1,inf"])
def test_what_is_no_price_is_one_sentence(written: str) -> None:
    with pytest.raises(UsageError, match=r"--price must be IN,OUT"):
        parse_price(written)
