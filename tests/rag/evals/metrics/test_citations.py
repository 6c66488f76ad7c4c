import copy
from typing import Any

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from rag.evals.cases.case import Case
from rag.evals.metrics.citations import (
    citation_precision,
    citation_recall,
    claim_overlap,
    dates_told,
    evidence_cited,
    find,
    is_of,
    marks_agree,
    must_cite,
    quote_fidelity,
    unsupported_rate,
    verbatim_held,
)
from tests.rag.evals.answered import (
    FLOODS,
    MILL,
    PAPER,
    QUOTES,
    RAIL,
    TRAINS,
    Quote,
    abstained,
    answered,
    article_text,
)

some_quotes = st.lists(st.sampled_from(QUOTES), min_size=1, unique=True)


@settings(max_examples=50, deadline=None)
@given(some_quotes)
def test_a_faithful_answer_is_right_by_every_measure(quotes: list[Quote]) -> None:
    answer = answered(quotes)
    assert quote_fidelity(answer, article_text) == quote_fidelity(answer) == 1
    assert marks_agree(answer) == verbatim_held(answer) == claim_overlap(answer) == 1
    assert unsupported_rate(answer) == 0


@settings(max_examples=50, deadline=None)
@given(some_quotes, st.randoms())
def test_citation_numbers_that_are_shuffled_cost(quotes: list[Quote], random: Any) -> None:
    answer = answered(quotes)
    numbers = [one["n"] for one in answer["citations"]]
    shuffled = random.sample(numbers, len(numbers))
    moved = sum(was != now for was, now in zip(numbers, shuffled, strict=True))
    assume(moved)
    for one, number in zip(answer["citations"], shuffled, strict=True):
        one["n"] = number
    assert verbatim_held(answer) == pytest.approx(1 - moved / len(numbers))
    assert (claim_overlap(answer) or 0) < 1
    assert marks_agree(answer) == 1


@settings(max_examples=50, deadline=None)
@given(some_quotes, st.data())
def test_one_changed_word_in_a_quote_costs(quotes: list[Quote], data: st.DataObject) -> None:
    answer = answered(quotes)
    changed = data.draw(st.sampled_from(answer["citations"]))
    words = changed["quote"].split(" ")
    at = data.draw(st.integers(0, len(words) - 1))
    changed["quote"] = " ".join([*words[:at], "quite", *words[at + 1 :]])
    expected = 1 - 1 / len(quotes)
    assert quote_fidelity(answer, article_text) == quote_fidelity(answer) == pytest.approx(expected)
    assert verbatim_held(answer) == pytest.approx(expected)


def test_a_quote_from_elsewhere_is_only_compared_where_there_is_text() -> None:
    answer = answered([MILL, RAIL], found=[MILL])
    assert quote_fidelity(answer) == 1
    answer["citations"][1]["start"] += 1
    assert quote_fidelity(answer) == 1
    assert quote_fidelity(answer, article_text) == 0.5
    answer["passages"][0]["text"] = ""
    assert quote_fidelity(answer) is None


def test_an_article_or_revision_that_is_not_there_makes_a_quote_wrong() -> None:
    answer = answered([MILL, RAIL])
    answer["citations"][0]["revision"] = "ffffffffffff"
    assert quote_fidelity(answer, article_text) == 0.5


def test_a_span_that_counts_from_the_end_is_no_span() -> None:
    answer = answered([PAPER])
    answer["citations"][0] |= {"start": -14, "end": -1, "quote": "It made paper"}
    assert quote_fidelity(answer, article_text) == 0


def without_a_listed_citation(answer: dict[str, Any]) -> None:
    del answer["citations"][0]


def without_a_mark(answer: dict[str, Any]) -> None:
    answer["sentences"][0]["citations"] = []


def without_a_mark_in_the_text(answer: dict[str, Any]) -> None:
    answer["answer"] = answer["answer"].replace("[1]", "")


@pytest.mark.parametrize(
    "spoil", [without_a_listed_citation, without_a_mark, without_a_mark_in_the_text], ids=lambda f: f.__name__
)
def test_a_number_known_in_one_place_only_is_counted(spoil: Any) -> None:
    answer = answered([MILL, RAIL])
    spoil(answer)
    assert marks_agree(answer) == 0.5


def test_brackets_of_an_article_are_no_marks() -> None:
    answer = answered([MILL])
    answer["answer"] += r" They said \[7\] and \*so\*."
    assert marks_agree(answer) == 1


def test_unsupported_counts_struck_claims_and_claims_that_cite_nothing_listed() -> None:
    answer = answered([MILL, RAIL, TRAINS, FLOODS])
    answer["sentences"][0] |= {"support": "unsupported", "reason": "a number is not in the passage"}
    answer["sentences"][1]["citations"] = []
    answer["sentences"][2]["citations"] = [9]
    assert unsupported_rate(answer) == 0.75


def test_precision_and_recall_count_citations_that_overlap_the_evidence() -> None:
    case = Case("c", "q", evidence=("1,200 people", "every ten minutes"))
    assert citation_precision(case, answered([MILL, PAPER, RAIL])) == pytest.approx(1 / 3)
    assert citation_recall(case, answered([MILL, PAPER])) == 1
    assert citation_recall(case, answered([PAPER])) == 0
    across = Case("c", "q", evidence=("had worked there. It made",))
    whole = ("town/mill.txt", "Its owner said that 1,200 people had worked there. It made paper.")
    assert citation_precision(across, answered([PAPER, RAIL], found=[whole])) == 0.5
    assert evidence_cited(across, answered([PAPER], found=[whole])) == 0


def test_recall_asks_for_each_article_and_any_of_the_evidence() -> None:
    case = Case("c", "q", evidence=("1,200 people",), must_cite=("Floods", "rail.txt", "town/mill.txt"))
    assert citation_recall(case, answered([PAPER, FLOODS])) == 0.5
    assert must_cite(case, answered([PAPER, FLOODS])) == pytest.approx(2 / 3)
    assert citation_recall(case, answered([MILL, TRAINS, FLOODS])) == 1


def test_a_citation_that_no_claim_names_counts_for_nothing() -> None:
    answer = answered([MILL, RAIL])
    answer["sentences"][0]["support"] = "unsupported"
    case = Case("c", "q", evidence=("1,200 people",))
    assert citation_recall(case, answer) == citation_precision(case, answer) == 0


@settings(max_examples=50, deadline=None)
@given(some_quotes, st.sampled_from(QUOTES))
def test_another_citation_never_lowers_recall(quotes: list[Quote], more: Quote) -> None:
    case = Case("c", "q", evidence=("1,200 people",), must_cite=("Floods", "rail.txt"))
    before, after = (citation_recall(case, answered(each)) for each in (quotes, [*quotes, more]))
    assert before is not None and after is not None
    assert 0 <= before <= after <= 1


def test_an_abstention_has_no_citations_to_judge_and_recalls_nothing() -> None:
    case = Case("c", "q", evidence=("1,200 people",), must_cite=("Floods",))
    answer = abstained()
    measures = (quote_fidelity, marks_agree, verbatim_held, claim_overlap, unsupported_rate)
    assert [measure(answer) for measure in measures] == [None] * 5
    assert citation_precision(case, answer) is None
    assert citation_recall(case, answer) == must_cite(case, answer) == evidence_cited(case, answer) == 0


def test_a_date_is_told_when_the_citation_keeps_it_and_the_answer_names_its_day() -> None:
    answer = answered([MILL, RAIL, FLOODS])
    assert dates_told(answer) is None
    for one, date in zip(answer["citations"], ("2019-10-15T20:50:00+03:00", "2020-01-02", None), strict=True):
        one["published_at"] = date
    assert dates_told(answer) == 0
    answer["sentences"].append({"text": "Echo, 15 October 2019:", "role": "lead", "citations": []})
    assert dates_told(answer) == 0.5
    answer["passages"][2]["published_at"] = "2020-01-03"
    assert dates_told(answer) == pytest.approx(1 / 3)
    answer["sentences"].append({"text": "Echo, 2020-01-02:", "role": "lead", "citations": []})
    answer["citations"][2]["published_at"] = "2019-10-15"
    assert dates_told(answer) == 1
    assert dates_told(abstained()) is None


def test_verbatim_words_may_stand_behind_the_name_of_their_outlet_and_in_other_punctuation() -> None:
    answer = answered([TRAINS, PAPER])
    answer["citations"][0]["source"] = "The Valley Echo"
    claim = answer["sentences"][0]
    claim["text"] = 'The Valley Echo reported that trains will run "every ten minutes", the operator said'
    assert verbatim_held(answer) == 1
    claim["text"] = claim["text"].replace("ten", "twenty")
    assert verbatim_held(answer) == 0.5


def test_a_paraphrase_is_weighed_by_the_words_it_shares_with_its_quotes() -> None:
    answer = answered([MILL])
    answer["sentences"][0] |= {"text": "The owner counted 1200 people there.", "support": "supported"}
    assert claim_overlap(answer) == pytest.approx(4 / 5)
    assert verbatim_held(answer) is None


@pytest.mark.parametrize(
    ("article_id", "wanted", "expected"),
    [
        ("samples/a.md", "samples/a.md", True),
        ("samples/a.md", "a.md", True),
        ("samples/aa.md", "a.md", False),
        ("https://x.example/a.md", "a.md", False),
        ("https://x.example/a/", "https://x.example/a", True),
        ("a-17", "the “old” title", True),
        ("a-17", "another title", False),
    ],
)
def test_an_article_goes_by_id_address_end_of_path_or_title(
    article_id: str, wanted: str, expected: bool
) -> None:
    assert is_of({"article_id": article_id, "title": 'The "Old"  Title', "url": None}, wanted) is expected


def test_evidence_is_found_whatever_its_quotation_marks_and_spaces() -> None:
    copied = copy.copy(TRAINS[1]).replace("“", '"').replace("”", '"').replace(" ", "\n ")
    assert find(copied, TRAINS[1]) == (0, len(TRAINS[1]))
    assert find("every twenty minutes", TRAINS[1]) is None
    assert find(" ", TRAINS[1]) is None
