import re
import string
from collections import Counter

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from corpus.errors import UsageError
from rag.evals.cases.case import Case
from rag.evals.metrics import answers
from rag.evals.metrics.answers import (
    answer_contains,
    exact_match,
    must_not_say,
    must_say,
    numeric_match,
    said,
    says,
    sentences_quoted,
    squad_exact,
    squad_f1,
    squad_normalised,
    token_f1,
)
from tests.rag.evals.answered import FLOODS, MILL, RAIL, abstained, answered

WORDS = st.lists(
    st.sampled_from("The the a an mill, Mill paper. rail-line 1,200 U.S. “quoted” it's one One".split())
)


def official(text: str) -> str:
    """SQuAD 1.1's normalize_answer, in its own order of steps."""
    lowered = text.lower()
    bare = "".join(ch for ch in lowered if ch not in set(string.punctuation))
    without_articles = re.sub(r"\b(a|an|the)\b", " ", bare)
    return " ".join(without_articles.split())


def official_f1(predicted: str, gold: str) -> float:
    """SQuAD 1.1's f1_score, by precision and recall."""
    ours, theirs = official(predicted).split(), official(gold).split()
    same = sum((Counter(ours) & Counter(theirs)).values())
    if same == 0:
        return 0.0
    precision, recall = same / len(ours), same / len(theirs)
    return 2 * precision * recall / (precision + recall)


@settings(max_examples=50, deadline=None)
@given(st.text(max_size=60) | WORDS.map(" ".join))
def test_normalisation_is_that_of_squad(text: str) -> None:
    assert squad_normalised(text) == official(text)


@settings(max_examples=50, deadline=None)
@given(WORDS.map(" ".join), WORDS.map(" ".join))
def test_f1_and_exact_match_are_those_of_squad(predicted: str, gold: str) -> None:
    assert squad_exact(predicted, gold) == (official(predicted) == official(gold))
    if official(predicted) or official(gold):
        assert squad_f1(predicted, gold) == pytest.approx(official_f1(predicted, gold))


@settings(max_examples=50, deadline=None)
@given(WORDS.map(" ".join), WORDS.map(" ".join))
def test_f1_is_symmetric_and_never_below_exact_match(one: str, other: str) -> None:
    assert squad_f1(one, other) == squad_f1(other, one)
    assert 0 <= squad_exact(one, other) <= squad_f1(one, other) <= 1


def test_the_best_accepted_string_counts() -> None:
    case = Case("c", "q", answer=("nothing of it", "Line opens 3 June", "The line opens on 3 June!"))
    assert exact_match(case, answered([RAIL])) == 1
    assert token_f1(Case("c", "q", answer=("line opens",)), answered([RAIL])) == pytest.approx(4 / 7)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Its owner said that 1,200 people had worked there.", "1200 People"),
        ("It cost $1.7 million to mend.", "1.7 million"),
        ("Twelve per cent of homes", "twelve percent of homes"),
        ("up by 12% in May", "12 percent"),
        ("Colonel Myles B. Caggins spoke", "Myles B Caggins"),
        ("Lavrentiev’s words", "Lavrentiev"),
        ("the U.S.-led coalition", "US-led"),
        ("said the Manbij Military Council", "The Manbij  Military Council"),
        ("“every ten minutes”, he said", '"every ten minutes"'),
        ("Sere Kaniyê is", "sere kaniyê"),
        ("首都は東京です", "東京"),
        ("He got an A.", "A"),
    ],
)
def test_words_are_found_in_another_spelling(text: str, expected: str) -> None:
    assert says(text, expected)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("in Manbij", "man"),
        ("in 2012", "12"),
        ("11,200 people", "1,200"),
        ("1.75 million", "1.7"),
        ("the mill closed in May", "mill in May"),
        ("anything", "?!"),
        ("anything", " "),
    ],
)
def test_parts_of_words_and_numbers_are_not_found(text: str, expected: str) -> None:
    assert not says(text, expected)


@settings(max_examples=50, deadline=None)
@given(WORDS.map(" ".join), WORDS.map(" ".join), WORDS.map(" ".join))
def test_what_is_said_stays_said_when_more_is(before: str, text: str, after: str) -> None:
    assert says(f"{before} {text} {after}", text) or not text.strip()


@pytest.mark.parametrize("pattern", ["(a|aa)+$", "(.*a){25}$", r"((a?){40}a{40})$"])
def test_a_regex_that_takes_too_long_is_one_sentence_that_names_its_case(
    pattern: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(answers, "REGEX_SECONDS", 0.05)
    case = Case("slow", "q", answer_regex=pattern, origin="cases.yaml:3")
    with pytest.raises(
        UsageError, match=r"the regex of the case 'slow' \(cases\.yaml:3\) took longer than 0"
    ):
        answer_contains(
            case, {"status": "answered", "sentences": [{"role": "claim", "text": "a" * 3_000 + "!"}]}
        )


def test_containment_is_of_any_accepted_string_or_the_pattern() -> None:
    answer = answered([MILL, RAIL])
    assert answer_contains(Case("c", "q", answer=("9,000", "1,200")), answer) == 1
    assert answer_contains(Case("c", "q", answer_regex=r"\b3 June\b"), answer) == 1
    assert answer_contains(Case("c", "q", answer=("9,000",), answer_regex="July"), answer) == 0
    assert answer_contains(Case("c", "q"), answer) is None


@pytest.mark.parametrize("accepted", ["12%", "12 percent", "twelve per cent", "1.2 thousand", "1200"])
def test_a_number_alone_is_accepted_in_any_spelling(accepted: str) -> None:
    assert answer_contains(Case("c", "q", answer=(accepted,)), answered([MILL, FLOODS])) == 1


@pytest.mark.parametrize("accepted", ["12 km", "12 of the homes", "12%  flooded homes", "hundreds", "13%"])
def test_other_words_are_not_accepted_for_their_number(accepted: str) -> None:
    assert answer_contains(Case("c", "q", answer=(accepted,)), answered([MILL, FLOODS])) == 0


def test_struck_claims_and_notices_answer_nothing() -> None:
    answer = answered([MILL])
    answer["sentences"][0] |= {"support": "unsupported"}
    answer["sentences"].append({"index": 1, "text": "Nothing says 1,200.", "role": "notice", "citations": []})
    assert said(answer) == ""
    assert answer_contains(Case("c", "q", answer=("1,200",)), answer) == 0


def test_a_lead_answers_when_asked_for_a_date() -> None:
    answer = answered([MILL])
    answer["sentences"].insert(0, {"index": 0, "text": "Echo, 3 May 2020:", "role": "lead", "citations": []})
    assert answer_contains(Case("c", "q", answer=("3 May 2020",)), answer) == 1
    assert must_say(Case("c", "q", must_say=("3 May 2020", "4 May 2020")), answer) == 0.5


@pytest.mark.parametrize(
    ("accepted", "expected"),
    [
        ("1200", 1),
        ("1.2 thousand people", 1),
        ("12%", 1),
        ("12 percent", 1),
        ("twelve per cent", 1),
        ("1,201", 0),
        ("13%", 0),
        ("12 km", 0),
    ],
)
def test_numbers_are_equal_however_they_are_written(accepted: str, expected: float) -> None:
    assert numeric_match(Case("c", "q", answer=(accepted,)), answered([MILL, FLOODS])) == expected


def test_all_numbers_of_one_accepted_string_are_needed() -> None:
    answer = answered([MILL, FLOODS])
    assert numeric_match(Case("c", "q", answer=("1,200 of 5,000",)), answer) == 0
    assert numeric_match(Case("c", "q", answer=("1,200 of 5,000", "12% and 1,200")), answer) == 1
    assert numeric_match(Case("c", "q", answer=("paper",)), answer) is None


def test_what_must_not_be_said_is_looked_for_in_all_that_the_user_is_told() -> None:
    case = Case("c", "q", must_not_say=("archive", "mill"))
    assert must_not_say(case, answered([RAIL])) == 1
    assert must_not_say(case, abstained()) == 0
    assert must_not_say(case, answered([RAIL]) | {"notices": ["The mill was corrected."]}) == 0
    assert must_not_say(Case("c", "q"), abstained()) is None


def test_an_abstention_answers_nothing_and_quotes_nothing() -> None:
    case = Case("c", "q", answer=("the archive does not say 5",))
    measures = (answer_contains, exact_match, token_f1, numeric_match)
    assert [measure(case, abstained()) for measure in measures] == [0, 0, 0, 0]
    assert sentences_quoted(abstained()) is None
    assert sentences_quoted(answered([MILL, RAIL])) == 2
