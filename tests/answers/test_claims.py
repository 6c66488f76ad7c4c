"""What words alone make of reversed roles and of the labelled sentences, against goals set beforehand."""

import json
from pathlib import Path

import pytest

from rag.check.words import check_words
from tests.answers import bench_claims
from tests.answers.claims import CLOSE, Labelled, has_claims, labelled, shown, word_check

ROLES = [json.loads(line) for line in (Path(__file__).parent / "roles.jsonl").read_text("utf-8").splitlines()]


def test_no_claim_with_its_roles_exchanged_is_supported() -> None:
    found = {row["reversed"]: check_words(row["reversed"], (1,), shown(row["source"]), "") for row in ROLES}
    assert not [text for text, check in found.items() if check.support in ("supported", "verbatim")]


def test_four_in_five_of_the_claims_that_keep_the_roles_are_supported() -> None:
    found = [check_words(row["kept"], (1,), shown(row["source"]), "").support for row in ROLES]
    assert sum(support in ("supported", "verbatim") for support in found) >= 0.8 * len(ROLES) == 48


@pytest.fixture(scope="module")
def claims() -> list[Labelled]:
    if not has_claims():
        pytest.skip("needs the labelled sentences of the shared data")
    return labelled("sentences")


def test_words_alone_meet_their_goals_on_the_labelled_sentences(claims: list[Labelled]) -> None:
    checked = [(one, word_check(one)) for one in claims]
    found = bench_claims.totals(bench_claims.judged_by(bench_claims.alone, checked))
    assert (found["true"], found["false"]) == (137, 54)
    assert found["true_left_out"] <= 0.05 * found["true"]
    assert found["false_supported"] <= 2
    # Of those that keep close, three leave out who said so: words alone do not confirm these.
    close = [check.support for one, check in checked if one.is_true and one.variant == CLOSE]
    assert sum(support in ("supported", "verbatim") for support in close) >= 0.35 * len(close)


def test_with_right_verdicts_true_sentences_are_kept_and_no_false_one_is_shown(
    claims: list[Labelled],
) -> None:
    checked = [(one, word_check(one)) for one in claims]
    found = bench_claims.totals(bench_claims.judged_by(bench_claims.replayed, checked))
    assert found["true_left_out"] <= 0.03 * found["true"]
    assert found["false_supported"] == found["false_unconfirmed"] == 0


def test_whatever_the_verdicts_nothing_that_stands_in_no_article_is_shown(claims: list[Labelled]) -> None:
    checked = [(one, word_check(one)) for one in claims]
    for seed in range(20):
        judged = bench_claims.judged_by(bench_claims.turned_round(seed), checked)
        assert all(support == "unsupported" for _, check, support in judged if check.support == "unsupported")
