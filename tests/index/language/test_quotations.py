"""Who says what: direct and reported, before, behind and between the words that are said."""

import pytest

from index.language.names import article_names, names
from index.language.quotations import quotations, whole
from index.language.sentence import Quotation
from tests.counting import calls_of
from tests.hostile import PREFIXES, UNITS, text_of


def found(*texts: str) -> list[list[Quotation]]:
    """The quotations of each sentence."""
    return quotations(texts, [names(text) for text in texts])


def told(*texts: str) -> list[tuple[str | None, str | None, str]]:
    """Speaker, verb and words of every quotation, in order."""
    return [
        (one.speaker, one.verb, text[one.start : one.end])
        for text, quoted in zip(texts, found(*texts), strict=True)
        for one in quoted
    ]


SAFE = "The bridge is safe,"
WAS_SAFE = "the bridge was safe"


@pytest.mark.parametrize(
    ("text", "speaker", "verb", "words"),
    [
        ("“The bridge is safe,” Ana Ruiz said.", "Ana Ruiz", "said", SAFE),
        ("“The bridge is safe,” said Ana Ruiz.", "Ana Ruiz", "said", SAFE),
        ("Ana Ruiz added: “The bridge is safe.”", "Ana Ruiz", "added", "The bridge is safe."),
        ("Ana Ruiz told reporters on Monday, “It is safe.”", "Ana Ruiz", "told", "It is safe."),
        ("“The bridge is safe,” said the chief engineer, Ana Ruiz.", "Ana Ruiz", "said", SAFE),
        ("“The bridge is safe,” Ana Ruiz, the mayor, said.", "Ana Ruiz", "said", SAFE),
        ("“The bridge is safe,” Mayor Ana Ruiz conceded.", "Ana Ruiz", "conceded", SAFE),
        ("“The bridge is safe,” a spokesman for the port said.", "a spokesman for the port", "said", SAFE),
        ("The mayor called the plan “a sham”.", "The mayor", "called", "a sham"),
    ],
)
def test_who_says_quoted_words(text: str, speaker: str, verb: str, words: str) -> None:
    assert told(text) == [(speaker, verb, words)]


@pytest.mark.parametrize(
    ("text", "speaker", "verb", "clause"),
    [
        ("Ana Ruiz said that the bridge was safe.", "Ana Ruiz", "said", WAS_SAFE),
        ("Ana Ruiz said on Monday the bridge was safe.", "Ana Ruiz", "said", WAS_SAFE),
        ("The bridge was safe, the port said in a statement.", "the port", "said", WAS_SAFE.capitalize()),
        (
            "Its new bridge, Ana Ruiz said, is safe.",
            "Ana Ruiz",
            "said",
            "Its new bridge, Ana Ruiz said, is safe",
        ),
        ("According to the port, the bridge was safe.", "the port", "According to", WAS_SAFE),
        (
            "It was quite safe, according to a report by the police.",
            "a report",
            "according to",
            "It was quite safe",
        ),
        ("Ana Ruiz told the council that it was safe.", "Ana Ruiz", "told", "it was safe"),
        ("Critics argue it was too dear.", "Critics", "argue", "it was too dear"),
        ("As the Harbour Post reported, the bridge was safe.", "Harbour Post", "reported", WAS_SAFE),
        ("Ana Ruiz, who has led the city, said the bridge was safe.", "Ana Ruiz", "said", WAS_SAFE),
        ("Ana Ruiz resigned, saying that the bridge was safe.", "Ana Ruiz", "saying", WAS_SAFE),
    ],
)
def test_who_says_a_reported_clause(text: str, speaker: str, verb: str, clause: str) -> None:
    assert told(text) == [(speaker, verb, clause)]
    [[one]] = found(text)
    assert not one.is_direct


@pytest.mark.parametrize(
    "text",
    [
        "The film “Night Ferry” opens on Friday.",
        "They built a so-called “smart” bridge.",
        "The report was late.",
        "She refused to say whether it was safe.",
        "The ministry announced a plan for the bridge.",
        "Nothing was said about the bridge.",
        "The Post reports on the bridge and the states of the north.",
    ],
)
def test_titles_scare_quotes_and_nouns_are_no_quotations(text: str) -> None:
    assert told(text) == []


def test_words_on_both_sides_of_the_verb_are_two_quotations_of_one_speaker() -> None:
    assert told("“It is safe,” Ana Ruiz said, “and dear.”") == [
        ("Ana Ruiz", "said", "It is safe,"),
        ("Ana Ruiz", "said", "and dear."),
    ]


def test_a_reported_clause_that_holds_quoted_words_is_given_beside_them() -> None:
    text = "Ana Ruiz said the new bridge over the harbour was “a sham” in many ways."
    assert told(text) == [
        ("Ana Ruiz", "said", "the new bridge over the harbour was “a sham” in many ways"),
        ("Ana Ruiz", "said", "a sham"),
    ]


def test_a_surname_stands_for_the_full_name_and_a_pronoun_for_who_spoke_last() -> None:
    texts = (
        "Ana Ruiz leads the harbour.",
        "“It is safe,” Ruiz said.",
        "“It is dear.”",
        "She added that it was late.",
        "“It is late,” said Paul Voss.",
        "He warned it would be dear.",
    )
    assert [speaker for speaker, _, _ in told(*texts)] == ["Ana Ruiz"] * 3 + ["Paul Voss"] * 2


def test_of_two_with_one_surname_the_one_named_last_is_meant() -> None:
    texts = ("Ana Ruiz was there.", "“No,” Ruiz said.", "Tom Ruiz came too.", "“Yes,” Ruiz said.")
    assert [speaker for speaker, _, _ in told(*texts)] == ["Ana Ruiz", "Tom Ruiz"]


def test_a_quotation_over_sentences_and_paragraphs_is_one_of_one_speaker() -> None:
    texts = ("“The bridge is safe.", "It is dear.", "“It will open in May,” Ana Ruiz said.", "It rained.")
    per_sentence = found(*texts)
    assert [len(one) for one in per_sentence] == [1, 1, 1, 0]
    starts = [sum(len(text) + 1 for text in texts[:place]) for place in range(len(texts))]
    [one] = whole(zip(starts, texts, per_sentence, strict=True))
    assert one.speaker == "Ana Ruiz" and one.is_direct
    joined = " ".join(texts)
    assert joined[one.start : one.end] == "The bridge is safe. It is dear. “It will open in May,"


def test_two_quotations_in_a_row_stay_two() -> None:
    texts = ("“It is safe,” Ana Ruiz said.", "“It is dear.”")
    starts = (0, len(texts[0]) + 1)
    assert len(whole(zip(starts, texts, found(*texts), strict=True))) == 2


def test_a_transcript_names_who_speaks_before_the_words() -> None:
    texts = (
        "RUIZ: Is the bridge safe?",
        "VOSS: It is.",
        "We tested it.",
        "RUIZ: And dear?",
        "VOSS: Very.",
    )
    assert [(speaker, words) for speaker, _, words in told(*texts)] == [
        ("Ruiz", "Is the bridge safe?"),
        ("Voss", "It is."),
        ("Voss", "We tested it."),
        ("Ruiz", "And dear?"),
        ("Voss", "Very."),
    ]


def test_headings_with_a_colon_make_no_transcript() -> None:
    assert told("READ MORE: The bridge.", "The bridge opened.", "READ MORE: The boat.", "READ MORE: A.") == []


@pytest.mark.parametrize("prefix", PREFIXES)
@pytest.mark.parametrize("unit", UNITS.values(), ids=[*UNITS])
def test_the_steps_for_a_hostile_article_grow_with_its_length(unit: str, prefix: str) -> None:
    for short, long in (
        ([text_of(unit, 60, prefix)] * 20, [text_of(unit, 60, prefix)] * 40),
        ([text_of(unit, 900, prefix)], [text_of(unit, 1_800, prefix)]),
    ):
        named = [names(text) for text in short], [names(text) for text in long]
        assert calls_of(quotations, long, named[1]) < 2.4 * calls_of(quotations, short, named[0]) + 100


def test_he_is_whom_the_sentence_before_is_about_and_no_woman() -> None:
    texts = [
        "“We will not leave,” said Maria Lopez, the union leader.",
        "Peter Hahn, the owner, disagreed.",
        "“They must go by Friday,” he said.",
    ]
    found = quotations(texts, article_names(texts))
    assert [one.speaker for one in found[2]] == ["Peter Hahn"]
