import pytest

from index.language.sentence import NameKind
from rag.question.analysed import analysed
from rag.question.answer_type import Kind


@pytest.mark.parametrize(
    ("question", "kind"),
    [
        ("Who is the envoy?", Kind.NAME),
        ("Which newspaper carried it?", Kind.NAME),
        ("list the winners of the race", Kind.NAME),
        ("Could you please list the winners?", Kind.NAME),
        ("Why is he on the list?", Kind.ANY),
        ("Where was he when he spoke?", Kind.PLACE),
        ("In which town did it begin?", Kind.PLACE),
        ("When did it begin?", Kind.DATE),
        ("What year was that?", Kind.DATE),
        ("How many people fled?", Kind.NUMBER),
        ("What was the death toll?", Kind.NUMBER),
        ("On which floor does the editor sit?", Kind.NUMBER),
        ("Which newspaper has floors to let?", Kind.NAME),
        ("What did the council cost the town?", Kind.NUMBER),
        ("What did the envoy say about the border?", Kind.STATEMENT),
        ("How did she describe the deal?", Kind.STATEMENT),
        ("Why did they leave?", Kind.ANY),
        ("What did the Bank of England decide?", Kind.ANY),
        ("What happened in the town?", Kind.ANY),
        ("Which of the towns was flooded?", Kind.PLACE),
        ("What’s the population of the town?", Kind.NUMBER),
    ],
)
def test_the_first_question_word_decides_what_kind_of_answer_is_expected(question: str, kind: Kind) -> None:
    assert analysed(question).expected.kind is kind


@pytest.mark.parametrize(
    ("question", "counted"),
    [
        ("How many prisoners escaped?", ("prison", "escap")),
        ("How many foreign aid workers were held?", ("foreign", "aid", "worker")),
        ("How much did it cost?", ()),
    ],
)
def test_what_is_counted_goes_up_to_the_first_function_word(question: str, counted: tuple[str, ...]) -> None:
    assert analysed(question).expected.heads == counted


@pytest.mark.parametrize(
    ("question", "noun"),
    [
        ("What is the name of the baggage handler who fell asleep?", "handler"),
        ("names of the civilians killed in the raid?", "civilian"),
        ("What is Ann Lee's boat called?", "boat"),
        ("What are the two tugs called that joined on Sunday?", "tug"),
    ],
)
def test_a_name_that_is_asked_for_is_that_of_a_noun(question: str, noun: str) -> None:
    expected = analysed(question).expected
    assert expected.is_naming and expected.heads == (noun,)


@pytest.mark.parametrize(
    "question",
    [
        "What is the name of Ann Lee?",
        "What was the meeting called for?",
        "What was called off?",
        "What is the name of the company that bought it?",
        "What is the village called?",
    ],
)
def test_other_questions_ask_for_no_name_of_a_noun(question: str) -> None:
    assert not analysed(question).expected.is_naming


@pytest.mark.parametrize(
    ("question", "unit"),
    [
        ("How old is the mayor?", "year"),
        ("How far is the town?", "kilometr"),
        ("How long did the talks last?", "hour"),
        ("How long is the bridge?", "metr"),
        ("How far along was the work?", "month"),
        ("What percentage voted?", "%"),
        ("What was the average price of oil?", "dollar"),
        ("How much did the council pay for it?", "€"),
    ],
)
def test_a_measure_has_its_units(question: str, unit: str) -> None:
    assert unit in analysed(question).expected.units


def test_a_bare_count_has_no_unit() -> None:
    assert not analysed("How many people fled?").expected.units
    assert not analysed("How much rain fell?").expected.units


@pytest.mark.parametrize(
    ("question", "kind"),
    [
        ("Who won?", NameKind.PERSON),
        ("Which minister resigned?", NameKind.PERSON),
        ("Which companies were fined?", NameKind.ORGANISATION),
        ("What other country joined?", NameKind.PLACE),
    ],
)
def test_a_noun_tells_what_kind_of_name_is_asked_for(question: str, kind: NameKind) -> None:
    assert kind in analysed(question).expected.names


def test_a_statement_is_asked_of_the_name_before_the_verb() -> None:
    assert analysed("What did Maria Ruiz say about Spain?").expected.speaker == "Maria Ruiz"
    assert analysed("What did the minister say about Spain?").expected.speaker is None
