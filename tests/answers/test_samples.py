"""The cases on the sample articles: true to the articles, and answered as well as they were."""

import re
from collections import Counter
from collections.abc import Callable, Sequence
from functools import cache
from pathlib import Path

import pytest

from index.store.store import Store
from rag.evals.cases.case import ABSTENTIONS, Case
from rag.evals.cases.record import Record
from rag.evals.gate import Bound, check
from rag.evals.metrics.answers import says
from rag.evals.metrics.citations import find
from rag.evals.run import run
from tests.answers.bounds import BOUNDS, BOUNDS_OF_PART
from tests.answers.cases import KINDS, OUTSIDE, file_of, part_of, sample_cases
from tests.answers.conftest import WORKERS, Remembered

CASES = sample_cases()
GATED = [case for case in CASES if case.known_gap is None]
ASKED = {"part": part_of(GATED), "all": GATED}
"""What every run asks, and what `make cases` asks."""
NEAR = 800
"""Characters on either side of the evidence in which an accepted answer stands: the paragraphs around it."""
WORKED_OUT = {"derived", "published"}
"""Answers that no sentence says: a date from a weekday, or the day an article was published."""


@pytest.fixture(scope="session")
def texts(store: Store) -> dict[str, str]:
    """The articles' texts by id."""
    found = {}
    for one in store.articles():
        stored = store.article(one.id, one.revision)
        assert stored is not None
        found[one.id] = stored.article.text
    return found


@pytest.fixture(scope="session")
def graded(target: Remembered, tmp_path_factory: pytest.TempPathFactory) -> Callable[[str], Sequence[Record]]:
    """Gives the cases of `ASKED` answered and graded, which is done once."""

    @cache
    def graded(name: str) -> Sequence[Record]:
        out = tmp_path_factory.mktemp("run") / "records.jsonl"
        return tuple(run(ASKED[name], target, out=out, workers=WORKERS))

    return graded


@pytest.fixture
def records(request: pytest.FixtureRequest, graded: Callable[[str], Sequence[Record]]) -> Sequence[Record]:
    """The cases of `ASKED` that the parameter names, answered and graded."""
    return graded(request.param)


ALL = pytest.param("all", marks=pytest.mark.cases)
part_and_all = pytest.mark.parametrize("records", ["part", ALL], indirect=True)
GATES = [
    *(pytest.param("part", bound, id=f"part-{bound}") for bound in BOUNDS_OF_PART),
    *(pytest.param("all", bound, id=f"all-{bound}", marks=pytest.mark.cases) for bound in BOUNDS),
]


# What the cases are


def test_there_are_cases_of_every_kind() -> None:
    kinds = Counter(tag for case in CASES for tag in case.tags)
    assert len(CASES) >= 120
    assert not {tag: kinds[tag] for tag, least in KINDS.items() if kinds[tag] < least}


def test_the_part_that_every_run_asks_has_every_kind_and_file() -> None:
    part = ASKED["part"]
    assert 8 <= len(part) <= 12
    assert set(KINDS) <= {tag for case in part for tag in case.tags}
    assert set(map(file_of, part)) == set(map(file_of, GATED))


def test_no_two_cases_share_an_id_or_ask_the_same() -> None:
    asked = [(case.question, case.history, case.where) for case in CASES]
    assert len({case.id for case in CASES}) == len(CASES) == len(set(asked))


def test_every_case_expects_something_and_says_of_which_kind_it_is() -> None:
    for case in CASES:
        assert case.expects_abstention or (case.evidence and (case.answer or case.must_say)), case.id
        assert set(case.tags) & set(KINDS), case.id
        assert case.known_gap is None or re.fullmatch(r"[A-Z].*\.", case.known_gap), case.id


def test_what_a_case_expects_stands_in_the_articles(texts: dict[str, str]) -> None:
    wrong = [problem for case in CASES for problem in problems(case, texts)]
    assert not wrong


def problems(case: Case, texts: dict[str, str]) -> list[str]:
    """What a case expects that its articles do not say."""
    if unknown := set(case.must_cite) - set(texts):
        return [f"{case.id}: no article {name}" for name in unknown]
    own = [texts[name] for name in case.must_cite or texts]
    found = [
        f"{case.id}: {words!r} stands nowhere" for words in case.evidence if not any(words in t for t in own)
    ]
    around = [
        text[max(0, text.index(words) - NEAR) : text.index(words) + NEAR]
        for words in case.evidence
        for text in own
        if words in text
    ]
    if case.answer and not WORKED_OUT & set(case.tags):
        near = any(says(part, accepted) for accepted in case.answer for part in around)
        found += [] if near else [f"{case.id}: no accepted answer stands near the evidence"]
    said = [words for words in case.must_say if not any(find(words, text) for text in own)]
    return found + [f"{case.id}: {words!r} stands nowhere" for words in said]


def test_what_the_archive_does_not_hold_is_in_none_of_its_words(texts: dict[str, str]) -> None:
    everything = " ".join(texts.values())
    absent = ("Covid", "euro area", "La Palma", "chess", "sourdough", "Perseverance", "shipyard", "toll")
    assert not [word for word in absent if says(everything, word)]


# What the assistant answers


@pytest.mark.parametrize(("records", "bound"), GATES, indirect=["records"])
def test_answers_stay_as_good_as_they_were(bound: Bound, records: Sequence[Record]) -> None:
    (gate,) = check([bound], records)
    assert gate.passed, str(gate)


@part_and_all
def test_no_question_on_the_samples_is_an_error(
    records: Sequence[Record], request: pytest.FixtureRequest
) -> None:
    assert [record.error for record in records if record.error] == []
    assert len(records) == len(ASKED[request.node.callspec.params["records"]])


@part_and_all
def test_what_lies_outside_the_archive_gets_no_answer(records: Sequence[Record]) -> None:
    outside = [one for one in records if one.case.status in OUTSIDE]
    assert {one.case.status for one in outside} == set(OUTSIDE)
    assert not [one.case.id for one in outside if one.answer and one.answer["status"] not in ABSTENTIONS]


@pytest.mark.cases
@pytest.mark.parametrize("records", ["all"], indirect=True)
def test_known_gaps_are_reported_by_kind(
    target: Remembered, records: Sequence[Record], tmp_path: Path
) -> None:
    gaps = [case for case in CASES if case.known_gap]
    closed = [one for one in run(gaps, target, out=tmp_path / "gaps.jsonl", workers=WORKERS) if one.passed]
    for tag in KINDS:
        own = [one for one in records if tag in one.case.tags]
        known = sum(tag in case.tags for case in gaps)
        print(f"\n  {tag}: {sum(one.passed for one in own)} of {len(own)} pass, {known} known gaps", end="")
    assert not [one.case.id for one in closed], "these pass now: take their known_gap away"
