from typing import Any

import pytest

from rag.evals.metrics.usefulness import Expected, Verdict, intent_match, verdict
from tests.rag.evals.answered import FLOODS, MILL, PAPER, RAIL, abstained, answered

MILL_ID, RAIL_ID, FLOODS_ID = MILL[0], RAIL[0], FLOODS[0]
WORKERS = Expected(answers=(("1,200",),), evidence=(MILL_ID,))
UNANSWERABLE = Expected(status=("not_stated", "not_in_archive"))


def listed(*places: tuple[str, str, str | None], words: str = "") -> dict[str, Any]:
    """A list of articles: id, title, outlet."""
    articles = [
        {"id": id, "title": title, "source": source, "published_at": "2020-05-01", "url": None}
        for id, title, source in places
    ]
    return abstained("listed") | {"answer": words, "articles": articles}


def test_a_claim_that_holds_the_answer_is_useful() -> None:
    assert verdict(WORKERS, answered([MILL])) == Verdict.USEFUL


def test_a_partial_answer_that_holds_it_is_useful_too() -> None:
    assert verdict(WORKERS, answered([MILL]) | {"status": "partial"}) == Verdict.USEFUL


def test_another_sentence_of_the_right_article_is_no_answer() -> None:
    assert verdict(WORKERS, answered([PAPER])) == Verdict.WITHOUT_ANSWER


def test_the_same_words_in_another_article_are_no_answer() -> None:
    elsewhere = Expected(answers=(("1,200",),), evidence=(RAIL_ID,))
    assert verdict(elsewhere, answered([MILL])) == Verdict.WITHOUT_ANSWER


def test_without_named_evidence_any_article_will_do() -> None:
    assert verdict(Expected(answers=(("1,200",),)), answered([MILL])) == Verdict.USEFUL


def test_the_answer_has_to_stand_in_a_claim_and_not_in_what_was_found() -> None:
    assert verdict(WORKERS, answered([PAPER], found=[MILL])) == Verdict.WITHOUT_ANSWER
    assert verdict(WORKERS, abstained(found=[MILL])) == Verdict.DECLINED_WRONGLY


def test_a_claim_that_failed_its_checks_answers_nothing() -> None:
    answer = answered([MILL])
    answer["sentences"][0]["support"] = "unsupported"
    assert verdict(WORKERS, answer) == Verdict.WITHOUT_ANSWER


def test_one_alternative_of_a_group_is_enough() -> None:
    either = Expected(answers=(("three hundred", "1,200"),))
    assert verdict(either, answered([MILL])) == Verdict.USEFUL


def test_every_group_has_to_be_met() -> None:
    both = Expected(answers=(("1,200",), ("paper",)))
    assert verdict(both, answered([MILL])) == Verdict.WITHOUT_ANSWER
    assert verdict(both, answered([MILL, PAPER])) == Verdict.USEFUL


def test_the_main_point_and_some_groups_are_enough_where_the_case_says_so() -> None:
    one_of_two = Expected(answers=(("1,200",), ("paper",)), least=1)
    assert verdict(one_of_two, answered([MILL])) == Verdict.USEFUL
    assert verdict(one_of_two, answered([PAPER])) == Verdict.WITHOUT_ANSWER
    two_of_three = Expected(answers=(("1,200",), ("paper",), ("coal",)), least=2)
    assert verdict(two_of_three, answered([MILL])) == Verdict.WITHOUT_ANSWER
    assert verdict(two_of_three, answered([MILL, PAPER])) == Verdict.USEFUL


def test_two_strings_may_have_to_stand_in_the_same_claim() -> None:
    together = Expected(answers=(("1,200 & paper", "people & owner"),))
    apart = Expected(answers=(("1,200 & paper",),))
    assert verdict(together, answered([MILL])) == Verdict.USEFUL
    assert verdict(apart, answered([MILL, PAPER])) == Verdict.WITHOUT_ANSWER


def test_a_number_may_be_written_in_any_way_and_a_word_only_as_a_whole() -> None:
    assert verdict(Expected(answers=(("12 %",),)), answered([FLOODS])) == Verdict.USEFUL
    assert verdict(Expected(answers=(("pap",),)), answered([PAPER])) == Verdict.WITHOUT_ANSWER


def test_as_many_articles_as_asked_for_have_to_be_cited() -> None:
    two = Expected(evidence=(MILL_ID, RAIL_ID), articles=2)
    assert verdict(two, answered([MILL, PAPER])) == Verdict.WITHOUT_ANSWER
    assert verdict(two, answered([MILL, FLOODS])) == Verdict.WITHOUT_ANSWER
    assert verdict(two, answered([MILL, RAIL])) == Verdict.USEFUL


def test_as_many_outlets_as_asked_for_have_to_be_cited() -> None:
    two = Expected(evidence=(MILL_ID, RAIL_ID), outlets=2)
    same, other = answered([MILL, RAIL]), answered([MILL, RAIL])
    for answer, second in ((same, "ECHO"), (other, "Post")):
        answer["citations"][0]["source"], answer["citations"][1]["source"] = "Echo", second
    assert verdict(two, same) == Verdict.WITHOUT_ANSWER
    assert verdict(two, other) == Verdict.USEFUL


def test_an_outlet_without_a_stated_name_is_told_by_its_site() -> None:
    two = Expected(evidence=(MILL_ID, FLOODS_ID), outlets=2)
    answer = answered([MILL, FLOODS])
    answer["citations"][0]["url"] = "https://town.example/mill"
    assert verdict(two, answer) == Verdict.USEFUL


def test_a_claim_of_a_false_premise_is_wrong_even_beside_the_answer() -> None:
    premise = Expected(answers=(("1,200",),), must_not=("made paper",))
    assert verdict(premise, answered([MILL])) == Verdict.USEFUL
    assert verdict(premise, answered([MILL, PAPER])) == Verdict.WRONG


@pytest.mark.parametrize("status", ["not_stated", "not_in_archive", "a status of tomorrow"])
def test_declining_what_is_not_told_is_right(status: str) -> None:
    assert verdict(UNANSWERABLE, abstained(status)) == Verdict.DECLINED_RIGHTLY


@pytest.mark.parametrize("status", ["not_stated", "not_in_archive", "outside_coverage", "help", "a new one"])
def test_declining_what_is_told_is_wrong(status: str) -> None:
    assert verdict(WORKERS, abstained(status)) == Verdict.DECLINED_WRONGLY


def test_an_abstention_for_a_reason_that_does_not_hold_is_wrong() -> None:
    assert verdict(UNANSWERABLE, abstained("outside_coverage")) == Verdict.DECLINED_WRONGLY


def test_the_closest_passages_of_an_unanswerable_question_are_right() -> None:
    assert verdict(UNANSWERABLE, abstained("not_stated", found=[MILL])) == Verdict.DECLINED_RIGHTLY


def test_quoting_anything_for_an_unanswerable_question_is_an_answer_without_one() -> None:
    assert verdict(UNANSWERABLE, answered([MILL])) == Verdict.WITHOUT_ANSWER


def test_saying_that_it_is_not_known_may_be_allowed_as_well_as_declining() -> None:
    either = Expected(answers=(("paper",),), status=("answered", "not_stated"))
    assert verdict(either, answered([PAPER])) == Verdict.USEFUL
    assert verdict(either, abstained()) == Verdict.DECLINED_RIGHTLY
    assert verdict(either, answered([MILL])) == Verdict.WITHOUT_ANSWER


def test_asking_back_with_the_right_name_is_as_good_as_an_answer() -> None:
    misspelt = Expected(answers=(("1,200",),), names=("Thornby",))
    asked = abstained() | {"did_you_mean": "how many worked at the Thornby mill"}
    assert verdict(misspelt, asked) == Verdict.ASKED_BACK
    assert verdict(misspelt, abstained() | {"did_you_mean": "how many mills"}) == Verdict.DECLINED_WRONGLY
    assert verdict(misspelt, abstained() | {"did_you_mean": None}) == Verdict.DECLINED_WRONGLY


def test_help_is_right_for_small_talk_and_an_answer_is_not() -> None:
    talk = Expected(status=("help",))
    assert verdict(talk, abstained("help")) == Verdict.USEFUL
    assert verdict(talk, answered([MILL])) == Verdict.WITHOUT_ANSWER
    assert verdict(talk, abstained("not_in_archive")) == Verdict.DECLINED_WRONGLY


def test_help_declines_where_a_question_has_nothing_to_do_with_the_archive() -> None:
    off_topic = Expected(status=("not_in_archive", "help"))
    assert verdict(off_topic, abstained("help")) == Verdict.DECLINED_RIGHTLY


def test_a_list_of_the_right_articles_is_useful() -> None:
    wanted = Expected(status=("listed",), evidence=(MILL_ID, RAIL_ID), articles=2)
    mill, rail = (MILL_ID, "The mill closes", "Echo"), (RAIL_ID, "A line for the valley", "Post")
    assert verdict(wanted, listed(mill, rail)) == Verdict.USEFUL
    assert verdict(wanted, listed(mill, (FLOODS_ID, "Floods", "Post"))) == Verdict.WITHOUT_ANSWER
    assert verdict(wanted, answered([MILL, RAIL])) == Verdict.WITHOUT_ANSWER
    assert verdict(wanted, abstained()) == Verdict.DECLINED_WRONGLY


def test_what_a_list_says_in_words_or_names_as_outlet_counts() -> None:
    outlets = Expected(status=("listed",), answers=(("Echo",), ("Post",)))
    assert verdict(outlets, listed(words="Two outlets: Echo and Post.")) == Verdict.USEFUL
    assert verdict(outlets, listed((MILL_ID, "", "Echo"), (RAIL_ID, "", "Post"))) == Verdict.USEFUL
    assert verdict(outlets, listed((MILL_ID, "", "Echo"))) == Verdict.WITHOUT_ANSWER


def test_a_list_of_articles_answers_no_other_question() -> None:
    assert verdict(WORKERS, listed((MILL_ID, "1,200 people", "Echo"))) == Verdict.WITHOUT_ANSWER


def test_right_are_useful_answers_right_abstentions_and_asking_back() -> None:
    right = {each for each in Verdict if each.is_right}
    assert right == {Verdict.USEFUL, Verdict.DECLINED_RIGHTLY, Verdict.ASKED_BACK}


def test_what_is_expected_is_read_from_a_line_of_a_set() -> None:
    line = {
        "id": "q", "kind": "who", "question": "?", "note": "", "answers": [["a", "b"], ["c"]], "least": 1,
        "evidence": ["x"], "articles": 2, "outlets": 1, "status": ["partial"], "must_not": ["d"],
        "names": ["e"], "intent": "latest",
    }  # fmt: skip
    groups = (("a", "b"), ("c",))
    assert Expected.from_json(line) == Expected(
        groups, 1, ("x",), 2, 1, ("partial",), ("d",), ("e",), "latest"
    )
    assert Expected.from_json({"answers": [["a"]]}) == Expected((("a",),))


def test_an_intent_is_compared_where_both_sides_name_one() -> None:
    latest = Expected(intent="latest")
    assert intent_match(latest, answered([MILL]) | {"intent": "latest"}) is True
    assert intent_match(latest, answered([MILL]) | {"intent": "question"}) is False
    assert intent_match(latest, answered([MILL])) is None
    assert intent_match(Expected(), answered([MILL]) | {"intent": "latest"}) is None
