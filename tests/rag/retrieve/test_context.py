"""The antecedent of a sentence."""

from dataclasses import replace

from index.language.analysis import analyse
from index.language.sentence import Quotation, Reference, Sentence
from index.store.store import Passage
from rag.retrieve.context import candidates

SENTENCES = (
    "Jane Ruiz, the mayor, spoke in Lima.",
    "“It is over,” said Tom Bell.",
    "He left.",
    "“Nobody won.”",
)


def passage(number: int, texts: tuple[str, ...], begin: int = 0) -> Passage:
    """A passage of these sentences, a blank between them, that begins there in its article."""
    spans, place = [], begin
    for text in texts:
        spans.append((place, place + len(text)))
        place += len(text) + 1
    text = " ".join(texts)
    return Passage(number, "a", "r", begin, begin + len(text), text, tuple(spans), "Head", None, None, None)


def test_a_sentence_knows_those_before_it_in_the_passage_and_in_the_one_before() -> None:
    earlier = passage(1, SENTENCES[:2])
    later = passage(2, SENTENCES[2:], begin=earlier.end + 1)
    told = analyse(SENTENCES)
    analyses = {earlier.id: told[:2], later.id: told[2:]}
    found = candidates(later, earlier, analyses)
    assert [one.text for one in found] == [*SENTENCES[2:]]
    assert [one.text for one in found[1].preceding] == [*SENTENCES[:3]]
    assert found[0].in_context == "Tom Bell: He left."
    assert found[0].window == f"{SENTENCES[1]} He left."
    assert candidates(earlier, None, analyses)[0].preceding == ()


def test_he_goes_back_to_who_is_named_and_a_quotation_to_its_speaker() -> None:
    told = passage(1, ("“Nobody won,” he thought.",))
    sentence = Sentence(told.text, references=(Reference("he", 14, 16, "Tom Bell"),))
    quoted = Sentence(told.text, quotations=(Quotation(1, 12, True, "Jane Ruiz"),))
    both = replace(sentence, quotations=quoted.quotations)
    for analysis, antecedent in (
        (sentence, "Tom Bell"),
        (quoted, "Jane Ruiz"),
        (both, "Tom Bell"),
        (Sentence(told.text), None),
    ):
        assert candidates(told, None, {1: [analysis]})[0].antecedent == antecedent


def test_whom_the_sentence_names_itself_is_no_antecedent() -> None:
    told = passage(1, ("“Nobody won,” Bell said.",))
    sentence = Sentence(told.text, quotations=(Quotation(1, 12, True, "Tom Bell", "said"),))
    assert candidates(told, None, {1: [sentence]})[0].in_context == told.text
