"""The sentences nearest to some words: rare words count most, neighbours come along, the budget holds."""

from rag.prompt.nearest import nearest, within
from tests.rag.check.shown import shown

FILLER = "The council met on Monday. The council will meet again. The council has met before."
FERRY = (
    "The Linden was old. The ferry Linden stopped sailing in June. A strike was the reason. "
    "It rained. It snowed."
)


def test_sentences_with_the_rarest_shared_words_come_first_with_their_neighbours() -> None:
    material = shown(FILLER, FERRY)
    found = nearest(["Why did the council's ferry stop sailing?"], material, 20)
    assert [one.text for one in found] == [
        "The Linden was old.",
        "The ferry Linden stopped sailing in June.",
        "A strike was the reason.",
    ]


def test_with_a_larger_budget_less_near_ones_follow_in_the_order_of_the_prompt() -> None:
    material = shown(FILLER, FERRY)
    found = nearest(["The council", "the ferry"], material, 1_000)
    assert [one.n for one in found] == [1, 2, 3, 4, 5, 6]


def test_without_a_shared_word_the_first_sentences_are_taken() -> None:
    assert [one.n for one in nearest(["Quantum"], shown(FILLER), 12)] == [1, 2]
    assert nearest(["Quantum"], shown(), 12) == ()


def test_a_budget_holds_whole_sentences_once_each_and_at_least_one() -> None:
    sentences = shown(FILLER).sentences
    assert [one.n for one in within(12, [sentences[2], sentences[2], sentences[0], sentences[1]])] == [1, 3]
    assert [one.n for one in within(1, [sentences[1], sentences[0]])] == [2]
