"""Quotation marks of every kind are paired, over sentences and paragraphs too; apostrophes are none."""

import pytest

from corpus.words.quotation_marks import quoted_in
from tests.counting import calls_of
from tests.hostile import PREFIXES, UNITS, text_of


def parts(*texts: str) -> list[list[str]]:
    """What stands in quotation marks in each sentence."""
    found = quoted_in(texts)
    return [[text[slice(*one.part(place, text))] for one in found[place]] for place, text in enumerate(texts)]


@pytest.mark.parametrize(
    ("text", "quoted"),
    [
        ("“We sail at noon,” he said.", ["We sail at noon,"]),
        ('"We sail at noon," he said.', ["We sail at noon,"]),
        ("„Wir fahren“, sagte er.", ["Wir fahren"]),
        ("«On part», dit-il.", ["On part"]),
        ("»Wir fahren«, sagte er.", ["Wir fahren"]),
        ("``We sail,'' he said.", ["We sail,"]),
        ("‘We sail at noon,’ he said.", ["We sail at noon,"]),
        ("'We sail at noon,' he said.", ["We sail at noon,"]),
        ('She called it “a sham” and "a shame".', ["a sham", "a shame"]),
        ("“He told me ‘go home’ twice,” she said.", ["He told me ‘go home’ twice,"]),
        ("‘He told me “go home” twice,’ she said.", ["He told me “go home” twice,"]),
        ("‘The residents’ group will fight,’ she said.", ["The residents’ group will fight,"]),
        ("The '90s were the residents' best years, O'Farrell said.", []),
        ("Rock ’n’ roll isn’t dead, they’re sure.", []),
        ('“It ends with a straight mark" he said.', ["It ends with a straight mark"]),
    ],
)
def test_every_kind_of_marks_is_paired(text: str, quoted: list[str]) -> None:
    assert parts(text) == [quoted]


def test_a_quotation_runs_over_sentences_and_repeats_its_mark_at_each_paragraph() -> None:
    told = parts("“We sail at noon.", "Nobody stays.", "“Then we rest,” he said.", "It rained.")
    assert told == [["We sail at noon."], ["Nobody stays."], ["Then we rest,"], []]


def test_a_mark_that_is_never_closed_ends_with_its_sentence() -> None:
    assert parts("He said “it is over.", "She left.", "He said “stay,” too.") == [
        ["it is over."],
        [],
        ["stay,"],
    ]


@pytest.mark.parametrize("prefix", PREFIXES)
@pytest.mark.parametrize("unit", UNITS.values(), ids=[*UNITS])
def test_the_steps_for_a_hostile_text_grow_with_its_length(unit: str, prefix: str) -> None:
    for short, long in (
        ([text_of(unit, 40, prefix)] * 20, [text_of(unit, 40, prefix)] * 40),
        ([text_of(unit, 800, prefix)], [text_of(unit, 1_600, prefix)]),
    ):
        assert calls_of(quoted_in, long) < 2.2 * calls_of(quoted_in, short) + 50
