"""What questions about the archive ask for, and questions of fact that sound like them.

`asked.jsonl` has 1,044 questions in five parts, each written before the rules were tried on it, about other
things and in other words than those before. The rules were made by the first part; by each of the others they
were measured, and then mended. Before any mending by it the fourth had 142 of 150 right, with patterns alone
119. The fifth was written with its rules: corrections, mentions, comparisons and first reports.
"""

import json
from collections import Counter
from pathlib import Path

import pytest

from rag.intents.archive import asked_of_archive
from rag.question.analysed import analysed
from rag.question.intent import intent_of, matched
from tests.answers import natural

OUTLETS = ("The Courier", "The Herald", "Brelvik Times", "Reuters", "BBC News", "The Guardian")
ASKED = [json.loads(line) for line in Path(__file__).with_name("asked.jsonl").read_text("utf-8").splitlines()]
FORMS = {
    "overview",
    "timeline",
    "comparison",
    "list",
    "latest",
    "archive",
    "small_talk",
    "language",
    "follow_up",
}
SECTIONS = {
    "outlets": {"outlets"},
    "size": {"size"},
    "span": {"period", "of filter"},
    "newest": {"newest", "newest article"},
    "oldest": {"oldest article"},
    "about": {"articles", "articles from", "outlets about"},
    "outlet": {"of filter", "published by an outlet", "articles", "articles from", "articles from a paper"},
    "most": {"most"},
    "authors": {"authors", "articles", "articles from"},
    "holdings": {"holdings"},
    "corrections": {"corrections"},
}
SECTIONS["day"] = SECTIONS["outlet_day"] = SECTIONS["outlet"]


def test_at_most_one_of_two_hundred_questions_of_fact_is_taken_for_something_else() -> None:
    """The ordinary ones of the tuning sets and the hard ones of the parts, together."""
    lines = (*natural.load(), *natural.load(natural.TUNING))
    facts = {one.case.question for one in lines if one.half == "tune" and one.kind not in FORMS}
    facts |= {one["question"] for one in ASKED if one["intent"] == "question"}
    false = [question for question in facts if _intent(question) != "question"]
    assert 200 * len(false) <= len(facts), false


@pytest.mark.parametrize(("part", "least"), [(1, 306), (2, 333), (3, 193), (4, 150), (5, 45)])
def test_questions_of_each_part_have_the_intent_that_a_reader_gave_them(part: int, least: int) -> None:
    wrong = [one for one in ASKED if one["part"] == part and _intent(one["question"]) != one["intent"]]
    right = Counter(one["part"] for one in ASKED)[part] - len(wrong)
    assert right >= least - 1, [one["question"] for one in wrong]


def test_what_is_asked_about_the_archive_is_told_too() -> None:
    wrong = []
    about = [one for one in ASKED if one["intent"] == "catalogue"]
    for one in about:
        found = matched(analysed(one["question"]), "catalogue", lambda: OUTLETS)
        if found is None or found.section.removeprefix("catalogue: ") not in SECTIONS[one["asks"]]:
            wrong.append(one["question"])
    assert len(wrong) <= len(about) // 25, wrong


def test_one_word_that_is_not_of_the_archive_makes_a_question_of_fact() -> None:
    assert asked_of_archive("when was the last article added", (), ()) is not None
    assert asked_of_archive("when was the last article of the treaty added", (), ()) is None
    assert asked_of_archive("which newspapers do you have", (), ()) is not None
    assert asked_of_archive("which newspapers do you envy", (), ()) is None


def test_articles_are_about_what_stands_behind_about_without_where_they_are() -> None:
    found = asked_of_archive("do you have anything in here about sea otters in your archive", (), ())
    assert found and (found.asks, found.subject) == ("articles", "sea otters")
    found = asked_of_archive("is the old lighthouse mentioned anywhere in your articles", (), ())
    assert found and (found.asks, found.subject) == ("articles", "the old lighthouse")


def test_an_outlet_is_whose_articles_are_asked_for_however_it_stands_there() -> None:
    text = "is the courier one of your sources"
    found = asked_of_archive(text, [(3, 14)], ())
    assert found and (found.asks, found.subject) == ("of filter", "")


def _intent(question: str) -> str:
    return intent_of(analysed(question), lambda: OUTLETS)


def test_articles_about_something_may_be_asked_for_as_corrected() -> None:
    for asked in (
        "which articles about the dam were corrected",
        "were any of the stories about the dam corrected",
    ):
        found = asked_of_archive(asked, (), ())
        assert found is not None and (found.asks, found.subject) == ("corrections", "the dam"), asked
    other = asked_of_archive("list articles about how the lens was corrected", (), ())
    assert other is not None and other.asks == "articles"
