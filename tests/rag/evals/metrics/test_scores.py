import math
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from rag.evals.cases.case import STATUSES, Case
from rag.evals.cases.record import Record
from rag.evals.metrics.scores import aggregate, failures, scores
from tests.rag.evals.answered import FLOODS, MILL, QUOTES, RAIL, abstained, answered, article_text, record

FULL = Case(
    "mill",
    "How many people worked at the mill?",
    answer=("1,200", "twelve hundred"),
    must_cite=("The mill closes",),
    evidence=("1,200 people had worked there",),
    must_say=("owner",),
    must_not_say=("railway",),
    status=("answered",),
)
words = st.lists(st.sampled_from(["mill", "1,200 people", "Floods", "3", "the", ""]), max_size=2).map(tuple)
cases = st.builds(
    Case,
    id=st.just("c"),
    question=st.just("q"),
    answer=words,
    must_cite=words,
    evidence=words,
    must_say=words,
    must_not_say=words,
    status=st.lists(st.sampled_from(STATUSES), max_size=2).map(tuple),
)
answers = st.one_of(
    st.lists(st.sampled_from(QUOTES), max_size=4).map(answered),
    st.builds(abstained, st.sampled_from(STATUSES[2:5]), st.lists(st.sampled_from(QUOTES), max_size=3)),
)
UNBOUNDED = ("sentences_quoted", "latency_", "prompt_tokens", "completion_tokens")


@settings(max_examples=50, deadline=None)
@given(cases, answers)
def test_every_score_is_a_share_or_a_count_or_none_and_never_nan(case: Case, answer: dict[str, Any]) -> None:
    for name, value in scores(case, answer, article_text).items():
        assert value is None or (math.isfinite(value) and value >= 0), name
        assert value is None or value <= 1 + 1e-9 or name.startswith(UNBOUNDED), name


@settings(max_examples=50, deadline=None)
@given(cases, answers)
def test_the_names_are_the_same_for_every_case(case: Case, answer: dict[str, Any]) -> None:
    assert set(scores(case, answer)) == set(scores(FULL, answered([MILL])))


@settings(max_examples=50, deadline=None)
@given(cases, answers)
def test_a_case_fails_exactly_when_a_measure_of_its_expectations_is_not_one(
    case: Case, answer: dict[str, Any]
) -> None:
    found = scores(case, answer)
    asked = ("answer_contains", "must_say", "must_not_say", "must_cite", "evidence_cited", "status_match")
    assert bool(failures(case, answer)) == any(found[name] not in (None, 1) for name in asked)


def test_a_right_answer_meets_everything() -> None:
    assert failures(FULL, answered([MILL]), article_text) == ()
    found = scores(FULL, answered([MILL]), article_text)
    assert [found[name] for name in ("answer_contains", "citation_recall", "quote_fidelity", "mrr")] == [
        1
    ] * 4
    assert (found["latency_total"], found["prompt_tokens"], found["abstained"]) == (31, 7, 0)


def test_each_failure_says_what_was_expected_and_what_came() -> None:
    case = Case(
        "c",
        "q",
        answer=("1,200",),
        answer_regex=r"\d{4}",
        must_cite=("The mill closes",),
        evidence=("1,200 people",),
        must_say=("owner",),
        must_not_say=("June",),
        status=("partial", "not_stated"),
    )
    assert failures(case, answered([RAIL])) == (
        "expected the status partial or not_stated, got answered: “The line opens on 3 June.”",
        "expected “1,200” or /\\d{4}/ in the answer, got “The line opens on 3 June.”",
        "expected a citation that holds “1,200 people”, got “The line opens on 3 June.”",
        "expected a citation of The mill closes, got town/rail.txt",
        "expected the answer to say “owner”, got “The line opens on 3 June.”",
        "expected the answer not to say “June”, got “The line opens on 3 June.”",
    )


def test_a_refusal_of_an_answerable_question_fails_in_words() -> None:
    assert failures(FULL, abstained()) == (
        "expected the status answered, got not_stated: “The archive does not say.”",
        "expected “1,200” or “twelve hundred” in the answer, got no claim, status not_stated",
        "expected a citation that holds “1,200 people had worked there”, got no citation",
        "expected a citation of The mill closes, got none",
        "expected the answer to say “owner”, got “The archive does not say.”",
    )


def test_an_accepted_abstention_is_not_asked_for_an_answer() -> None:
    case = Case("c", "q", answer=("1,200",), evidence=("1,200",), status=("answered", "abstained"))
    assert failures(case, abstained()) == ()
    assert scores(case, abstained())["answer_contains"] is None
    assert failures(case, answered([MILL])) == ()
    assert len(failures(case, answered([RAIL]))) == 2


def test_what_no_answer_may_do_fails_a_case_that_asks_nothing() -> None:
    answer = answered([MILL, RAIL])
    answer["citations"][0]["n"], answer["citations"][1]["n"] = 2, 1
    case = Case("c", "q")
    assert failures(case, answer) == (
        f"expected “{MILL[1]}” in what [1] quotes, got other words",
        f"expected “{RAIL[1]}” in what [2] quotes, got other words",
    )
    answer = answered([MILL])
    answer["citations"][0]["quote"] = MILL[1].replace("people", "men")
    assert failures(case, answer, article_text)[0].startswith(
        "expected the article's own words at town/mill.txt"
    )
    answer = answered([MILL])
    answer["sentences"][0] |= {"citations": [], "support": "supported"}
    assert failures(case, answer)[-1] == f"expected a citation for “{MILL[1]}”, got none"
    assert failures(case, answer)[0].startswith("expected mark [1]")


def test_long_words_are_shortened() -> None:
    answer = answered([MILL])
    answer["sentences"][0]["text"] = "word " * 500
    assert max(map(len, failures(FULL, answer))) < 300


def graded(case: Case, answer: dict[str, Any], repeat: int = 1) -> Record:
    return record(case, answer, None, scores(case, answer), failures(case, answer), repeat)


def test_a_run_is_summed_up_with_intervals() -> None:
    other = Case("floods", "q", answer=("12%",), status=("answered",))
    nobody = Case("nobody", "q", status=("abstained",))
    found = aggregate(
        [
            graded(FULL, answered([MILL])),
            graded(other, answered([FLOODS])),
            graded(other, abstained(), repeat=2),
            graded(nobody, abstained()),
            record(Case("down", "q", answer=("x",)), error="the server did not answer"),
        ]
    )
    assert (found["passed"].value, found["passed"].n) == (0.625, 4)
    assert (found["answer_contains"].value, found["answer_contains"].n) == (0.75, 2)
    assert (found["abstention_precision"].value, found["abstention_recall"].value) == (0.5, 1)
    assert found["latency_total_p50"].value == found["latency_total_p95"].value == 31
    assert found["numeric_match"].n == 2
    assert found["aurc"].value == 0
    low, high = found["passed"].low, found["passed"].high
    assert low is not None and high is not None and 0 <= low < 0.625 < high <= 1


def test_a_measure_that_nothing_asks_for_is_there_and_empty() -> None:
    found = aggregate([graded(Case("c", "q"), abstained())])
    assert (found["recall@5"].value, found["recall@5"].n) == (None, 0)


def test_a_run_of_errors_has_passed_nothing() -> None:
    found = aggregate([record(FULL, error="refused"), record(Case("b", "q"), error="refused")])
    assert (found["passed"].value, found["passed"].n) == (0, 2)
    assert aggregate([])["passed"].value is None


def test_a_list_answers_by_what_it_says_and_lists() -> None:
    listed = abstained("listed") | {
        "articles": [{"id": "town/mill.txt", "title": "The mill closes", "source": "Echo"}]
    }
    listed["intent"] = "catalogue"
    right = Case(
        "l",
        "q",
        answer=("The mill closes",),
        must_cite=("town/mill.txt",),
        status=("listed",),
        intent=("catalogue",),
    )
    assert failures(right, listed) == () and scores(right, listed)["abstained"] == 0
    wrong = Case("l", "q", must_cite=("town/rail.txt",), intent=("timeline",))
    assert len(failures(wrong, listed)) == 2


def test_help_is_neither_answer_nor_abstention() -> None:
    helped = abstained("help") | {"intent": "help"}
    assert scores(Case("h", "q"), helped)["abstained"] is None
    assert failures(Case("h", "q", answer=("x",), status=("help",)), helped) == ()
    assert failures(Case("h", "q", answer=("x",)), helped) != ()
