import pytest

from index.language.analysis import analyse
from index.language.antecedents import resolve
from index.language.names import article_names
from index.language.sentence import NameKind
from tests.counting import calls_of


def references(*texts: str) -> list[tuple[str, str]]:
    """The references of an article's last sentence: word and antecedent."""
    _, found = resolve(texts, article_names(texts), [[] for _ in texts])
    return [(one.text, one.antecedent) for one in found[-1]]


def groups(*texts: str) -> list[tuple[str, str, NameKind]]:
    """The names of an article's last sentence with group and kind."""
    named, _ = resolve(texts, article_names(texts), [[] for _ in texts])
    return [(name.text, name.group, name.kind) for name in named[-1]]


def test_a_surname_alone_goes_back_to_the_full_name() -> None:
    assert groups("Vladimir Putin spoke to Alexander Lavrentiev.", "Critics of Putin left.") == [
        ("Putin", "Vladimir Putin", NameKind.PERSON)
    ]
    assert groups("President Vladimir Putin spoke.", "President Putin left.") == [
        ("President Putin", "Vladimir Putin", NameKind.PERSON)
    ]
    assert groups("Ursula von der Leyen spoke.", "Those around von der Leyen left.") == [
        ("von der Leyen", "Ursula von der Leyen", NameKind.PERSON)
    ]


def test_a_surname_that_two_share_stands_for_itself() -> None:
    assert groups("Petra Voss met Georg Voss.", "Critics of Voss left.")[0][:2] == ("Voss", "")


def test_an_acronym_goes_back_to_the_name_that_it_stands_for() -> None:
    assert groups("The Vorlund Farmers Union met.", "The VFU asked for help.") == [
        ("VFU", "Vorlund Farmers Union", NameKind.ORGANISATION)
    ]


def test_a_kind_told_in_one_sentence_holds_in_the_others() -> None:
    assert groups("The carmaker Zentra cut its prices.", "Buyers complained to Zentra.") == [
        ("Zentra", "", NameKind.ORGANISATION)
    ]


@pytest.mark.parametrize(
    ("texts", "found"),
    [
        (("Maria Perez spoke in Rome.", "She left early."), [("She", "Maria Perez")]),
        (("Maria Perez met John Miller.", "He left early."), [("He", "John Miller")]),
        (("Maria Perez met John Miller.", "She left early."), [("She", "Maria Perez")]),
        (("“It is over,” said John Miller, who met Paul Weber.", "He left."), [("He", "John Miller")]),
        (("John Miller spoke.", "It rained.", "The road was wet.", "He left."), [("He", "John Miller")]),
        (("Ms Rieck said no.", "Paul Weber waited.", "She left."), [("She", "Rieck")]),
        (("It rained.", "He left."), []),
    ],
)
def test_a_pronoun_goes_back_to_the_nearest_person_that_it_fits(
    texts: tuple[str, ...], found: list[tuple[str, str]]
) -> None:
    assert references(*texts) == found


def test_a_pronoun_in_a_quotation_is_not_its_speaker() -> None:
    assert references("Paul Weber resigned.", "“He was tired,” John Miller said.") == [("He", "Paul Weber")]


def test_a_role_goes_back_to_whoever_has_it() -> None:
    told = ("The envoy Alexander Lavrentiev met Paul Weber, a farmer.", "Paul Weber laughed.")
    assert references(*told, "Then the envoy left.") == [("the envoy", "Alexander Lavrentiev")]
    assert references("Paul Weber laughed.", "Then the envoy left.") == []
    assert references("Zentra Holdings met farmers.", "Then the company left.") == [
        ("the company", "Zentra Holdings")
    ]


def test_the_offsets_of_references_point_into_their_sentence() -> None:
    texts = ["Maria Perez spoke.", "Then she and her envoy left."]
    _, found = resolve(texts, article_names(texts), [[], []])
    assert (
        [texts[1][one.start : one.end] for one in found[1]]
        == [one.text for one in found[1]]
        == ["she", "her"]
    )


def test_the_work_grows_with_the_length_of_the_article() -> None:
    def work(times: int) -> int:
        texts = ["Maria Perez met John Miller. ", "He said she left."] * times
        return calls_of(lambda: resolve(texts, article_names(texts), [[] for _ in texts]))

    work(5)
    assert work(80) < 9 * work(10)


def test_an_unknown_name_that_speaks_may_be_meant_by_he() -> None:
    sentences = analyse(["Badran Kurd left on Monday.", "Vorlund has signalled that he had no concerns."])
    assert [one.antecedent for one in sentences[1].references] == ["Vorlund"]
