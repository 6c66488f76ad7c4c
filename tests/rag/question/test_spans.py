"""Which words of a sentence answer a question."""

import pytest

from index.language.analysis import analyse, analyse_question
from index.language.sentence import Name, NameKind, Quotation, Sentence
from rag.question.analysed import analysed
from rag.question.spans import answering_spans, fits, highlights, names_of


def spans(sentence: str, question: str) -> list[str]:
    return [sentence[a:b] for a, b in answering_spans(analyse_question(sentence), analysed(question))]


def test_a_date_is_no_count_and_a_count_is_no_date() -> None:
    sentence = "On Oct. 15, 2019, some 160,000 people fled 30 villages."
    assert spans(sentence, "How many people fled?") == ["160,000", "30"]
    assert spans(sentence, "When did they flee?") == ["Oct. 15, 2019"]


def test_a_measure_needs_its_unit_beside_the_number() -> None:
    assert spans("He is 45 years old and has 3 sons.", "How old is he?") == ["45"]
    assert spans("It lies 30 kilometres south of 4 towns.", "How far is it?") == ["30"]
    assert spans("The eight-year-old war goes on.", "How old is the war?") == ["eight"]


def test_a_share_and_money_count_nothing_but_themselves() -> None:
    told = "The 21% tax on $5 billion was for 3 senators."
    assert spans(told, "How many senators voted?") == ["3"]
    assert spans(told, "How many percent is the tax?") == ["21%", "$5 billion", "3"]


def test_words_of_the_question_do_not_answer_it() -> None:
    assert spans("Lavrentiev spoke in Abu Dhabi.", "Where did Lavrentiev speak?") == ["Abu Dhabi"]
    assert spans("Lavrentiev spoke.", "Who is Lavrentiev?") == []
    assert spans("Defense Secretary Ann Lee is to meet him.", "Who is Ann Lee going to meet?") == []
    assert spans("Of the 500 companies 36 sold.", "How many of the 500 companies sold?") == ["36"]


def test_a_count_must_stand_near_what_is_counted() -> None:
    asked = analysed("How many prisoners escaped?")
    far = "As many as 160,000 people were displaced by the long offensive, while guards left the prisoners."
    near = "At least 785 prisoners escaped."
    for sentence, expected in ((far, False), (near, True)):
        told = analyse_question(sentence)
        assert fits(told, None, answering_spans(told, asked), asked.expected) is expected


def test_a_statement_must_come_from_whom_was_asked() -> None:
    asked = analysed("What did Lavrentiev say about Turkey?")
    told = analyse_question("“We never supported the idea,” he said.")
    spans = answering_spans(told, asked)
    assert fits(told, "Alexander Lavrentiev", spans, asked.expected)
    assert not fits(told, "Aldar Xelil", spans, asked.expected)


def test_whom_somebody_speaks_of_did_not_say_it() -> None:
    asked = analysed("What did Alder Air say about the delay?")
    told = analyse_question("“Alder Air was warned of the delay in May,” said Ann Lee, an engineer.")
    assert not fits(told, None, answering_spans(told, asked), asked.expected)
    told = analyse_question("“The crew was late in May,” Alder Air said.")
    assert fits(told, None, answering_spans(told, asked), asked.expected)


def marked(sentence: str, question: str) -> list[str]:
    return [sentence[start:end] for start, end in highlights(analyse_question(sentence), analysed(question))]


def test_who_somebody_is_marks_no_place_and_no_nationality() -> None:
    sentence = "Russia's envoy for Syria, Pavel Orlov, said in Abu Dhabi that Turkish and Syrian forces met."
    assert marked(sentence, "Who is Russia's envoy for Syria?") == ["Pavel Orlov"]
    assert marked("It was sent to Pavel Orlov.", "Who was the letter sent to?") == ["Pavel Orlov"]


def test_a_number_is_marked_where_it_counts_what_was_asked() -> None:
    sentence = "The agency said 176,000 people were displaced over 40 kilometres of border."
    assert marked(sentence, "How many people were displaced?") == ["176,000"]


def test_an_age_behind_a_name_is_marked_where_an_age_is_asked_for() -> None:
    sentence = "Mrs Ruiz, 64, said after two years that 12 boats left Velda on 3 May, 2,600 in all."
    assert marked(sentence, "How old is Mrs Ruiz?") == ["64"]
    assert marked("Mrs Ruiz, 64, left.", "How old is the mayor?") == []
    assert marked("Jon Dale, 45, met Mrs Ruiz, 64.", "How old is Mrs Ruiz?") == ["64"]
    assert marked("On May 4, 12, 64 and 80 boats left.", "How old is Mrs Ruiz?") == []
    assert marked(sentence, "How many boats left?") == ["12"]
    assert marked("She was 30.", "How old was Mrs Ruiz?") == ["30"]
    assert marked("She was 30.", "How old was the pilot?") == []
    assert marked("Mrs Ruiz turned 65 and the 12 boats left.", "How old is Mrs Ruiz?") == ["65"]


def test_a_name_of_another_kind_than_asked_for_is_not_marked() -> None:
    text = "Acme and Jane Ruiz met in Lima."
    kinds = {"Acme": NameKind.ORGANISATION, "Jane Ruiz": NameKind.PERSON, "Lima": NameKind.PLACE}
    found = tuple(
        Name(name, text.index(name), text.index(name) + len(name), kind) for name, kind in kinds.items()
    )
    told = Sentence(text, found)
    for question, name in (
        ("Who met?", "Jane Ruiz"),
        ("Which company met?", "Acme"),
        ("Where was it?", "Lima"),
    ):
        assert [text[start:end] for start, end in highlights(told, analysed(question))] == [name]


def test_a_preposition_makes_a_place_of_an_unknown_name_only_across_small_words() -> None:
    def placed(text: str) -> list[str]:
        found = tuple(Name(name, text.index(name), text.index(name) + 5) for name in ("Velda", "Ormin"))
        told = Sentence(text, found)
        return [text[start:end] for start, end in answering_spans(told, analysed("Where did it begin?"))]

    assert placed("It began in the old port of Velda, Ormin said.") == ["Velda"]
    assert placed("It began in May, Velda said with Ormin.") == ["Velda", "Ormin"]


def test_a_month_alone_is_a_date() -> None:
    assert spans("The talks of early March failed.", "When were the talks?")[0].endswith("March")
    assert spans("March was cold.", "When was it cold?") == ["March"]


def test_of_two_statements_the_one_of_whom_was_asked_is_marked() -> None:
    text = "Ruiz said it rained, while Bell called it dry."
    told = Sentence(
        text,
        quotations=(
            Quotation(10, 19, False, "Jane Ruiz", "said"),
            Quotation(42, 45, False, "Bell", "called"),
        ),
    )
    asked = analysed("What did Ruiz say?")
    assert [text[start:end] for start, end in highlights(told, asked)] == ["it rained"]
    assert fits(told, None, answering_spans(told, asked), asked.expected)


def test_who_somebody_is_by_name_alone_marks_no_other_name() -> None:
    assert marked("Myles Caggins said so in Manbij to Otto Brandt.", "Who is Myles Caggins?") == []
    assert marked("Otto Brandt met Grace Hopper, the captain.", "Who was the captain?") != []


@pytest.mark.parametrize(
    ("sentence", "named"),
    [
        ("The handler, Ann Lee, fell asleep in the hold.", ["Ann Lee"]),
        ("Ann Lee, 45, a handler from Kolmar, fell asleep.", ["Ann Lee"]),
        ("Police identified the handlers as Ann Lee and Jon Dale.", ["Ann Lee", "Jon Dale"]),
        ("It was a handler called Ann Lee.", ["Ann Lee"]),
        ("Ann Lee is a handler.", ["Ann Lee"]),
        ("A handler fell asleep, said Ann Lee, a spokeswoman of Alder Air.", []),
        ("The handler of the luggage of the jet, Ann Lee, fell asleep.", ["Ann Lee"]),
        ("The pilot, Ann Lee, heard the handler.", []),
        ("Ann Lee, who found the handler, called the police.", []),
        ("The handler told Ann Lee that he was tired.", []),
    ],
)
def test_a_name_is_that_of_a_noun_beside_it(sentence: str, named: list[str]) -> None:
    [told] = analyse([sentence])
    assert [name.text for name in names_of(told, ["handler"])] == named
