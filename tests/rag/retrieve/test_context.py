"""The antecedent of a sentence."""

from dataclasses import replace

from index.language.analysis import analyse
from index.language.sentence import Quotation, Reference, Sentence
from index.store.store import Passage
from rag.retrieve.context import antecedent_before, antecedent_told, candidates

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
    analyses = {
        one.id: analyse([text for text in texts])
        for one, texts in ((earlier, SENTENCES[:2]), (later, SENTENCES[2:]))
    }
    found = candidates(later, earlier, analyses)
    assert [one.text for one in found] == [*SENTENCES[2:]]
    assert [one.text for one in found[1].preceding] == [*SENTENCES[:3]]
    assert found[0].in_context == "Tom Bell: He left."
    assert found[0].window == f"{SENTENCES[1]} He left."
    assert candidates(earlier, None, analyses)[0].preceding == ()


def test_he_and_a_quotation_without_a_speaker_go_back_to_who_spoke_last() -> None:
    told = analyse(SENTENCES)
    assert antecedent_before(told[2], told[:2]) == "Tom Bell"
    assert antecedent_before(told[3], told[:1]) == "Jane Ruiz"
    assert antecedent_before(told[0], told[1:2]) is None
    assert antecedent_before(told[2], analyse(["He wrote in the Journal that it rained."])) is None


def test_the_analysis_tells_the_antecedent_where_it_has_one() -> None:
    told = Sentence("“Nobody won,” he thought.")
    back = replace(told, references=(Reference("he", 14, 16, "Tom Bell"),))
    assert antecedent_told(told) is None
    assert antecedent_told(back) == "Tom Bell"
    assert antecedent_told(replace(back, quotations=(Quotation(1, 12, True, "Jane Ruiz"),))) == "Jane Ruiz"
    named = Sentence("“Nobody won,” Bell said.", quotations=(Quotation(1, 12, True, "Tom Bell", "said"),))
    assert antecedent_told(named) is None
