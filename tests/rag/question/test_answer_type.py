import pytest

from rag.question.answer_type import Kind, answer_type, answering_spans, fits, highlights


@pytest.mark.parametrize(
    ("question", "kind"),
    [
        ("Who is the envoy?", Kind.NAME),
        ("Which newspaper carried it?", Kind.NAME),
        ("Where was he when he spoke?", Kind.PLACE),
        ("In which town did it begin?", Kind.PLACE),
        ("When did it begin?", Kind.DATE),
        ("What year was that?", Kind.DATE),
        ("How many people fled?", Kind.NUMBER),
        ("What was the death toll?", Kind.NUMBER),
        ("What did the council cost the town?", Kind.NUMBER),
        ("What did the envoy say about the border?", Kind.STATEMENT),
        ("How did she describe the deal?", Kind.STATEMENT),
        ("Why did they leave?", Kind.ANY),
        ("What did the Bank of England decide?", Kind.ANY),
    ],
)
def test_the_first_question_word_decides_what_kind_of_answer_is_expected(question: str, kind: Kind) -> None:
    assert answer_type(question).kind is kind


def spans(sentence: str, question: str) -> list[str]:
    return [sentence[a:b] for a, b in answering_spans(sentence, question, answer_type(question))]


def test_a_date_is_no_count_and_a_count_is_no_date() -> None:
    sentence = "On Oct. 15, 2019, some 160,000 people fled 30 villages."
    assert spans(sentence, "How many people fled?") == ["160,000", "30"]
    assert spans(sentence, "When did they flee?") == ["Oct. 15, 2019"]


def test_a_measure_needs_its_unit_beside_the_number() -> None:
    assert spans("He is 45 years old and has 3 sons.", "How old is he?") == ["45"]
    assert spans("It lies 30 kilometres south of 4 towns.", "How far is it?") == ["30"]
    assert spans("The eight-year-old war goes on.", "How old is the war?") == ["eight"]


def test_words_of_the_question_do_not_answer_it() -> None:
    assert spans("Lavrentiev spoke in Abu Dhabi.", "Where did Lavrentiev speak?") == ["Abu Dhabi"]
    assert spans("Lavrentiev spoke.", "Who is Lavrentiev?") == []


def test_a_count_must_stand_near_what_is_counted() -> None:
    asked = answer_type("How many prisoners escaped?")
    far = "As many as 160,000 people were displaced by the long offensive, while guards left the prisoners."
    near = "At least 785 prisoners escaped."
    for sentence, expected in ((far, False), (near, True)):
        found = answering_spans(sentence, "How many prisoners escaped?", asked)
        assert fits(sentence, None, found, asked) is expected


def test_a_statement_must_come_from_whom_was_asked() -> None:
    question = "What did Lavrentiev say about Turkey?"
    asked = answer_type(question)
    assert asked.speaker == "Lavrentiev"
    sentence = "“We never supported the idea,” he said."
    assert fits(sentence, "Alexander Lavrentiev", answering_spans(sentence, question, asked), asked)
    assert not fits(sentence, "Aldar Xelil", answering_spans(sentence, question, asked), asked)


def marked(sentence: str, question: str) -> list[str]:
    return [sentence[start:end] for start, end in highlights(sentence, question, answer_type(question))]


def test_who_somebody_is_marks_no_place_and_no_nationality() -> None:
    sentence = "Russia's envoy for Syria, Pavel Orlov, said in Abu Dhabi that Turkish and Syrian forces met."
    assert marked(sentence, "Who is Russia's envoy for Syria?") == ["Pavel Orlov"]
    assert marked("It was sent to Pavel Orlov.", "Who was the letter sent to?") == ["Pavel Orlov"]


def test_a_number_is_marked_where_it_counts_what_was_asked() -> None:
    sentence = "The agency said 176,000 people were displaced over 40 kilometres of border."
    assert marked(sentence, "How many people were displaced?") == ["176,000"]
