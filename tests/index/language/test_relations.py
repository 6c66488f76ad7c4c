"""Who does what to whom, and how far a negation or a doubt reaches."""

import pytest

from index.language.analysis import analyse_question
from index.language.names import names
from index.language.relations import denials, reached, relations, reversed_roles
from tests.counting import calls_of
from tests.hostile import PREFIXES, UNITS, text_of


def told(text: str) -> list[tuple[str | None, str, str | None]]:
    """Agent, verb and patient of each relation, in words."""
    return [
        (one.agent and text[slice(*one.agent)], one.verb, one.patient and text[slice(*one.patient)])
        for one in relations(text, names(text))
    ]


@pytest.mark.parametrize(
    ("text", "agent", "verb", "patient"),
    [
        ("Poland invaded Germany.", "Poland", "invad", "Germany"),
        ("Germany was invaded by Poland in May.", "Poland", "invad", "Germany"),
        ("Leeds beat Hull 3-1.", "Leeds", "beat", "Hull"),
        ("Leeds lost 3-1 to Hull.", "Hull", "beat", "Leeds"),
        ("Hull were beaten by Leeds.", "Leeds", "beat", "Hull"),
        ("Ana Ruiz accused Paul Voss of fraud.", "Ana Ruiz", "accus", "Paul Voss"),
        ("Ana Ruiz told Paul Voss that it was late.", "Ana Ruiz", "tell", "Paul Voss"),
        ("Poland's attack on Germany began in May.", "Poland", "attack", "Germany"),
        ("An attack by Poland on Germany began.", "Poland", "attack", "Germany"),
        ("Ana Ruiz, the mayor, praised Paul Voss.", "Ana Ruiz", "prais", "Paul Voss"),
        ("Paul Voss, who was sacked by Varda, is well.", "Varda", "sack", "Paul Voss"),
        ("The driver punched the passenger.", "The driver", "punch", "the passenger"),
        ("Poland will invade Germany.", "Poland", "invad", "Germany"),
    ],
)
def test_order_passives_prepositions_and_possessives_tell_who_acts(
    text: str, agent: str, verb: str, patient: str
) -> None:
    assert told(text) == [(agent, verb, patient)]


def test_a_sale_is_a_purchase_from_the_other_side() -> None:
    assert ("Varda", "sell to", "Norsk Marine") in told("Varda sold its tugs to Norsk Marine.")
    assert ("Varda", "sell to", "Norsk Marine") in told("Norsk Marine bought the tugs from Varda.")


@pytest.mark.parametrize(
    "text",
    [
        "Poland wants to invade Germany.",
        "The invaded country is poor.",
        "Poland attacked Germany's allies.",
        "Rain.",
    ],
)
def test_what_is_unsure_tells_nothing(text: str) -> None:
    assert told(text) == []


def test_a_negated_verb_is_told_as_such() -> None:
    [one] = relations("Poland did not invade Germany.", names("Poland did not invade Germany."))
    assert one.is_negated


@pytest.mark.parametrize(
    ("claim", "source", "is_reversed"),
    [
        ("Germany invaded Poland.", "Poland invaded Germany.", True),
        ("Germany was invaded by Poland.", "Poland invaded Germany.", False),
        ("Hull beat Leeds.", "Leeds beat Hull 3-1.", True),
        ("Hull lost to Leeds.", "Leeds beat Hull 3-1.", False),
        ("Ruiz met Voss.", "Voss met Ruiz.", False),
        ("Poland attacked Germany.", "Germany attacked Poland, and Poland attacked Germany.", False),
        ("Poland attacked Germany.", "Germany was rebuilt by Poland.", False),
    ],
)
def test_a_claim_that_exchanges_the_two_sides_is_seen(claim: str, source: str, is_reversed: bool) -> None:
    assert reversed_roles(analyse_question(claim), analyse_question(source)) is is_reversed


@pytest.mark.parametrize(
    ("text", "negated", "doubted"),
    [
        ("The court did not accept the appeal.", {"accept", "appeal"}, {"accept", "appeal"}),
        ("He hasn’t left the harbour.", {"left", "harbour"}, {"left", "harbour"}),
        ("He denied taking bribes, and paid.", {"take", "bribe"}, {"take", "bribe"}),
        ("She failed to win.", {"win"}, {"win"}),
        ("Police might arrest him.", set(), {"arrest"}),
        ("He allegedly stole the boat.", {"stole", "boat"}, {"stole", "boat"}),
        ("It was not only cheap.", set(), set()),
        ("No fewer than twelve boats sank.", set(), set()),
        ("Bus No. 7 stopped in May.", set(), set()),
        ("He left, but stays calm.", set(), set()),
    ],
)
def test_how_far_a_negation_or_a_doubt_reaches(text: str, negated: set[str], doubted: set[str]) -> None:
    assert tuple(map(set, reached(text))) == (negated, doubted)


@pytest.mark.parametrize("prefix", PREFIXES)
@pytest.mark.parametrize("unit", [*UNITS.values(), "not ", "Poland beat Germany by ", "lost to "])
def test_the_steps_for_a_hostile_text_grow_with_its_length(unit: str, prefix: str) -> None:
    shorter, longer = (text_of(unit, size, prefix) for size in (900, 1_800))
    assert calls_of(reached, longer) < 2.2 * calls_of(reached, shorter) + 50
    steps = [calls_of(relations, text, names(text)) for text in (shorter, longer)]
    assert steps[1] < 2.4 * steps[0] + 50


@pytest.mark.parametrize(
    ("text", "word", "run"),
    [
        ("The ferry did not sail in June.", "not", ("sail",)),
        ("The mill has no fire doors at all.", "no", ("fire", "doors")),
        ("It crossed the bay without a crew on board.", "without", ("crew",)),
        ("The ferry isn’t sailing, the mill is.", "isn’t", ("sailing",)),
        ("The council refused to close the mill.", "refused", ("close",)),
    ],
)
def test_a_denial_is_told_with_the_words_that_it_denies(text: str, word: str, run: tuple[str, ...]) -> None:
    [found] = denials(text)
    assert (found.word, found.run, text[found.start :].startswith(word)) == (word, run, True)
    assert found.is_reversal is (word == "refused")


@pytest.mark.parametrize("text", ["Not only the mill burned.", "It is no doubt true.", "The mill burned."])
def test_what_denies_nothing_is_no_denial(text: str) -> None:
    assert denials(text) == []


@pytest.mark.parametrize(
    ("text", "is_contrast"),
    [
        ("It came from the harbour, not from the union.", True),
        ("It was built by Hale and not Byrne.", True),
        ("It did not come from the union.", False),
        ("It came late, not being ready.", False),
        ("It came late, not", False),
    ],
)
def test_a_part_may_be_set_against_the_one_before(text: str, is_contrast: bool) -> None:
    [found] = denials(text)
    assert found.is_contrast is is_contrast
