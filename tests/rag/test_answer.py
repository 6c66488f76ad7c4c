"""The JSON of an answer: sentences in every state, every call's tokens, who checked."""

from dataclasses import replace

from rag.answer import Sentence
from rag.usage import Usage
from tests.rag.written import ANSWER, FOLDED, LISTED, SENTENCES


def test_usage_counts_every_call_and_says_which_by_kind() -> None:
    assert ANSWER.to_json()["usage"] == {
        "prompt_tokens": 930,
        "completion_tokens": 81,
        "calls": {"plan": 1, "write": 1, "check": 2},
        "tokens": {
            "plan": {"prompt": 30, "completion": 9},
            "write": {"prompt": 500, "completion": 60},
            "check": {"prompt": 400, "completion": 12},
        },
    }


def test_an_answer_without_a_model_made_no_calls() -> None:
    quoted = replace(ANSWER, draft=None, usage=Usage(), reader="extractive").to_json()
    assert quoted["usage"] == {"prompt_tokens": 0, "completion_tokens": 0, "calls": {}, "tokens": {}}
    assert quoted["checked_by"] is None


def test_who_checked_is_named_where_something_is_claimed_or_said_to_be_missing() -> None:
    assert ANSWER.draft is not None
    by_words = replace(ANSWER, draft=replace(ANSWER.draft, checked_by=None))
    assert (ANSWER.checked_by, by_words.checked_by) == ("reader-9", "word rules")
    declined = replace(ANSWER, status="not_stated", sentences=(Sentence(0, "Not said.", "notice"),))
    instead = replace(ANSWER, reader="extractive")
    assert declined.checked_by is None and instead.checked_by is None


def test_only_a_sentence_of_a_list_says_which_item_it_stands_in() -> None:
    assert [one.to_json().get("item") for one in LISTED] == [None, 1, 1, 2, 3, 4, None]
    assert all("item" not in one.to_json() for one in SENTENCES)


def test_only_a_folded_sentence_says_that_it_is() -> None:
    assert all("folded" not in one.to_json() for one in SENTENCES)
    folded = [one for one in FOLDED if one.to_json().get("folded")]
    assert [one.support for one in folded] == ["unconfirmed"]
