"""What words alone say of a written sentence: exact parts, close wording, citations that move, reasons."""

from functools import cache

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from rag.check.words import WordCheck, check_words
from rag.prompt.passages import PromptPassages
from tests.answers.claims import shown
from tests.counting import sentences_analysed
from tests.rag.pairs import HELD_OUT, TUNING

BRIDGE = (
    "The Ostrava bridge opened on 3 May 2019, five years late. It cost 160,000 pounds, Mayor Jana Koller "
    "said. “We’re proud of it,” she told the Echo. Engineer Tom Bryce denied that the steel was weak. "
    "Some 1.5 million people crossed it in the first year, 12 percent of them on foot."
)
FERRY = "The ferry Linden stopped sailing in June. Captain Ruth Ames did not retire. Fares rose by 7%."
GOOD = ("supported", "verbatim")


@cache
def both() -> PromptPassages:
    """The two articles as a prompt shows them."""
    return shown(BRIDGE, FERRY)


def checked(text: str, *marks: int, articles: PromptPassages | None = None, question: str = "") -> WordCheck:
    """The check of a sentence that cites all sentences of the first article, unless others are given."""
    return check_words(text, marks or (1, 2, 3, 4, 5), articles or both(), question)


@pytest.mark.parametrize(
    ("claim", "support"),
    [
        ("The Ostrava bridge opened on 3 May 2019.", "supported"),
        ("the Ostrava bridge opened on 3 May 2019, five years late", "verbatim"),
        ("It cost 160,000 pounds, Mayor Jana Koller said.", "verbatim"),
        ("The Ostrava bridge opened 5 years late.", "supported"),
        ("Jana Koller said: “We're proud of it.”", "supported"),
        ("1,500,000 people crossed it in the first year.", "supported"),
        ("Tom Bryce denied that the steel was weak.", "supported"),
        ("The Ostrava bridge cost £160,000.", "supported"),
        ("According to the Example Post, the Ostrava bridge opened on 3 May 2019.", "supported"),
    ],
)
def test_close_wording_is_supported_and_the_very_words_are_verbatim(claim: str, support: str) -> None:
    assert checked(claim).support == support


@pytest.mark.parametrize(
    ("claim", "part"),
    [
        ("It cost 160,001 pounds, Mayor Jana Koller said.", "160,001 pounds"),
        ("The Ostrava bridge cost $160,000.", "$160,000"),
        ("The Ostrava bridge opened six years late.", "six years"),
        ("The Ostrava bridge opened on 3 June 2018.", "3 June 2018"),
        ("The Ostrava bridge opened in 2020.", "2020"),
        ("1.5 billion people crossed it in the first year.", "1.5 billion"),
        ("15 percent of them crossed it on foot.", "15 percent"),
        ("Mayor Anna Koller said it cost 160,000 pounds.", "Mayor Anna Koller"),
        ("The Prague bridge opened on 3 May 2019.", "Prague"),
        ("“We’re ashamed of it,” Jana Koller told the Echo.", "We’re ashamed of it"),
    ],
)
def test_a_part_that_stands_in_no_article_is_unsupported_and_named(claim: str, part: str) -> None:
    result = checked(claim)
    assert result.support == "unsupported"
    assert result.reason == f"“{part}” stands in none of the articles shown."


@pytest.mark.parametrize(
    "claim",
    ["The bridge at Ostrava was finished far behind schedule.", "Jana Koller praised the bridge."],
)
def test_words_alone_strike_no_paraphrase(claim: str) -> None:
    result = checked(claim)
    assert (result.support, result.is_capped, result.reason) == ("unconfirmed", False, None)
    assert [one.n for one in result.cited] == [1, 2, 3, 4, 5]


@pytest.mark.parametrize(
    ("article", "claim", "reason"),
    [
        (
            "Tom Bryce denied that the steel was weak.",
            "The steel was weak.",
            "It leaves out “denied” of the cited sentence.",
        ),
        (
            "The ferry Linden sailed in June.",
            "The ferry Linden never sailed in June.",
            "It says “never”, which the cited sentence does not.",
        ),
        (
            "Fares of the ferry rose by 7 percent.",
            "Fares of the ferry fell by 7 percent.",
            "It says “fell” where the cited sentence says “rose”.",
        ),
        (
            "Tom Hale sued Orla Byrne in March.",
            "Orla Byrne sued Tom Hale in March.",
            "It has the words of the cited sentence in another order.",
        ),
    ],
)
def test_what_is_turned_round_stays_unconfirmed_whatever_reads_it(
    article: str, claim: str, reason: str
) -> None:
    result = checked(claim, 1, articles=shown(article))
    assert (result.support, result.is_capped, result.reason) == ("unconfirmed", True, reason)


@pytest.mark.parametrize(
    ("article", "claim"),
    [
        ("The search of the mill was thorough.", "The search of the mill left no stone unturned."),
        (
            "The crew left no stone unturned and used the boats of the mill.",
            "The crew used the boats of the mill.",
        ),
        ("The search of the mill was welcome.", "The search of the mill was no small feat."),
        ("The uncrewed barge crossed the bay.", "The barge crossed the bay without a crew."),
        ("The barge crossed the bay without a crew.", "The uncrewed barge crossed the bay."),
        (
            "The report came from the harbour office.",
            "The report came from the harbour office, not the union.",
        ),
        (
            "The money came from the harbour office; the union's fund is empty.",
            "The money came from the harbour office, not from the union.",
        ),
        ("The workers of the mill survived.", "None of the workers of the mill died."),
        ("The mayor and the council refused the offer.", "Neither the mayor nor the council took the offer."),
        ("Fewer than half of the ferries sailed.", "Most of the ferries did not leave the harbour."),
        ("The ferry Linden will stay in service, no doubt.", "The ferry Linden will stay in service."),
    ],
)
def test_a_negation_that_denies_nothing_of_the_source_leaves_it_to_who_reads_it(
    article: str, claim: str
) -> None:
    result = checked(claim, 1, articles=shown(article))
    assert (result.is_capped, result.reason) == (False, None)


@pytest.mark.parametrize(
    ("article", "claim", "word"),
    [
        ("The ferry Linden sailed in June.", "The ferry Linden did not sail in June.", "not"),
        ("The workers of the mill died.", "None of the workers of the mill died.", "None"),
        ("The mill had a licence.", "The mill had no licence.", "no"),
        ("The rules apply to ferries.", "The rules do not apply to ferries.", "not"),
        (
            "Ruth Ames was charged with fraud over the sale of the ferry to a bank.",
            "Ruth Ames was never formally charged with fraud over the sale of the ferry to a bank.",
            "never",
        ),
        ("Ruth Ames left with a licence.", "Ruth Ames left without a licence.", "without"),
        (
            "The mayor accepted the offer of the union.",
            "The mayor didn't accept the offer of the union.",
            "didn't",
        ),
        ("The money came from the union.", "The money did not come from the union.", "not"),
    ],
)
def test_what_the_source_states_and_the_sentence_denies_is_capped(
    article: str, claim: str, word: str
) -> None:
    """And the other way round."""
    anew = checked(claim, 1, articles=shown(article))
    assert (anew.is_capped, anew.reason) == (True, f"It says “{word}”, which the cited sentence does not.")
    left_out = checked(article, 1, articles=shown(claim))
    assert left_out.is_capped
    assert left_out.reason == f"It leaves out “{word}” of the cited sentence."


@pytest.mark.parametrize(
    ("article", "claim", "reason"),
    [
        (
            "Tom Hale said that the bridge was too narrow for buses.",
            "Orla Byrne said that the bridge was too narrow for buses.",
            "It says “Orla Byrne said” where the cited sentence says “Tom Hale said”.",
        ),
        (
            "According to Dr Hale, the bridge was too narrow for buses.",
            "Orla Byrne said that the bridge was too narrow for buses.",
            "It says “Orla Byrne said” where the cited sentence says “According to Dr Hale”.",
        ),
        (
            "A lawyer for Tom Hale said that the bridge was too narrow for buses.",
            "Tom Hale said that the bridge was too narrow for buses.",
            "It says “Tom Hale said” where the cited sentence says “A lawyer for Tom Hale said”.",
        ),
    ],
)
def test_another_ones_words_are_capped_and_both_speakers_named(article: str, claim: str, reason: str) -> None:
    result = checked(claim, 1, articles=shown(article, "Orla Byrne and Tom Hale crossed the bridge."))
    assert (result.support, result.is_capped, result.reason) == ("unconfirmed", True, reason)


@pytest.mark.parametrize(
    ("article", "claim"),
    [
        (
            "Tom Hale was warned by Orla Byrne that the bridge was too narrow for buses.",
            "Orla Byrne warned that the bridge was too narrow for buses.",
        ),
        (
            "Tom Hale, who was told that the bridge was too narrow for buses, did not reply.",
            "Orla Byrne told him that the bridge was too narrow for buses.",
        ),
        (
            "The bridge was too narrow for buses, as Orla Byrne found, and Tom Hale said he was sorry.",
            "Orla Byrne said that the bridge was too narrow for buses.",
        ),
    ],
)
def test_who_is_told_or_says_something_else_is_no_other_speaker(article: str, claim: str) -> None:
    result = checked(claim, 1, articles=shown(article))
    assert not result.is_capped or result.reason is None or "where the cited" not in result.reason


@pytest.mark.parametrize(
    ("article", "claim"),
    [
        ("Sixty workers got out; two were treated in hospital.", "Sixty workers were treated in hospital."),
        ("Rosset said work would not resume in July.", "Work would resume in July, Rosset said."),
        ("The crews fought a blaze at a paper mill.", "The crews caused a blaze at a paper mill."),
        ("Prosecutors accused Ruth Ames of taking bribes.", "Ruth Ames was taking bribes."),
        ("Ruth Ames allegedly took bribes.", "Ruth Ames took bribes."),
        ("The council might close the library.", "The council close the library."),
        ("If the strike goes ahead, beer runs out.", "The strike goes ahead."),
        ("The ferry has 31 seats, up from 22 in 2018.", "The ferry has 22 seats."),
        ("Two of the five ferries sank.", "All ferries sank."),
        ("A Voss met Jana Koller. Petra Voss left.", "Petra Koller left."),
        ("Smith beat Jones and Jones left.", "Smith left."),
        ("Ana Diaz resigned and Tom Hale was fired on Monday.", "Ana Diaz was fired on Monday."),
        ("Hale, who had sued Diaz, won the election in Porto.", "Diaz won the election in Porto."),
    ],
)
def test_words_that_say_something_else_are_not_supported(article: str, claim: str) -> None:
    articles = shown(article)
    result = checked(claim, *(one.n for one in articles.sentences), articles=articles)
    assert result.support not in GOOD


@pytest.mark.parametrize("pairs", [TUNING, HELD_OUT], ids=["tuning", "held out"])
def test_of_the_written_pairs_no_false_one_is_supported_and_no_true_one_is_struck(
    pairs: dict[str, list[tuple[str, bool]]],
) -> None:
    found = []
    for text, claims in pairs.items():
        articles = shown(text)
        every = [one.n for one in articles.sentences]
        found += [(is_true, checked(claim, *every, articles=articles).support) for claim, is_true in claims]
    assert not [support for is_true, support in found if not is_true and support in GOOD]
    true = [support for is_true, support in found if is_true]
    assert sum(support == "unsupported" for support in true) <= 0.05 * len(true)
    assert sum(support in GOOD for support in true) >= 0.3 * len(true)


def test_a_citation_moves_to_the_sentence_that_has_the_part_and_its_noun() -> None:
    result = checked("The Ostrava bridge, five years late, was crossed by 1.5 million people.", 1)
    assert (result.support, result.is_capped) == ("unconfirmed", False)
    assert [one.n for one in result.cited] == [1, 5]


def test_a_part_that_stands_elsewhere_without_a_word_of_the_claim_caps_it() -> None:
    result = checked("The Ostrava bridge was praised by Ruth Ames.", 1)
    assert (result.support, result.is_capped) == ("unconfirmed", True)
    assert result.reason == "“Ruth Ames” does not stand in the cited sentences."


def test_of_the_sentences_cited_those_are_kept_that_carry_a_supported_claim() -> None:
    result = checked("The Ostrava bridge opened on 3 May 2019.", 1, 6)
    assert [one.n for one in result.cited] == [1]
    assert [one.n for one in checked("Jana Koller said: “We're proud of it.”").cited] == [3]


def test_the_clauses_of_a_sentence_may_rest_on_a_sentence_each() -> None:
    claim = "The Ostrava bridge opened on 3 May 2019, while the ferry Linden stopped sailing."
    result = checked(claim, 1, 6)
    assert (result.support, [one.n for one in result.cited]) == ("supported", [1, 6])
    assert checked("The Ostrava bridge opened, while the ferry Linden sank.", 1, 6).support not in GOOD


def test_two_things_said_of_one_subject_may_rest_on_a_sentence_each() -> None:
    articles = shown("Tom Hale resigned on Monday. Tom Hale sold the ferry Linden in June.")
    result = checked(
        "Tom Hale resigned on Monday and sold the ferry Linden in June.", 1, 2, articles=articles
    )
    assert (result.support, [one.n for one in result.cited]) == ("supported", [1, 2])


def test_words_of_two_articles_do_not_make_one_sentence() -> None:
    assert checked("The ferry Linden cost 160,000 pounds.", 2, 6).support == "unconfirmed"


def test_quotations_of_a_speaker_may_be_told_in_other_words_around_them() -> None:
    text = (
        "“The ring road is a scar drawn with a blunt knife,” said Ada Brugger, an analyst. “It heals for as "
        "long as nobody drives on it.” Lena Falk said that she had no plan."
    )
    claim = "Brugger called the ring road “a scar drawn with a blunt knife”."
    result = checked(claim, 1, 2, 3, articles=shown(text))
    assert (result.support, [one.n for one in result.cited]) == ("supported", [1])
    other = claim.replace("Brugger", "Falk")
    assert checked(other, 1, 2, 3, articles=shown(text)).support not in GOOD


def test_a_sentence_without_numbers_is_credited_where_it_stands_word_for_word() -> None:
    result = check_words("The ferry Linden stopped sailing in June.", (), both(), "")
    assert (result.support, [one.n for one in result.cited]) == ("verbatim", [6])


def test_a_sentence_without_numbers_rests_on_what_holds_its_parts_or_on_nothing() -> None:
    result = check_words("Engineer Tom Bryce rejected that the steel of it was weak.", (), both(), "")
    assert (result.support, [one.n for one in result.cited]) == ("unconfirmed", [4])
    for text in ("The harbour was dredged by a Danish company.", "Fares rose by 9%."):
        result = check_words(text, (), both(), "")
        assert (result.support, result.cited) == ("unsupported", ())
        assert result.reason == "It cites no sentence of the articles."


@pytest.mark.parametrize("marks", [(99,), (77, 88)])
def test_an_unknown_number_supports_nothing(marks: tuple[int, ...]) -> None:
    result = check_words("The Ostrava bridge was built of steel.", marks, both(), "")
    assert (result.support, result.reason) == ("unsupported", "It cites a sentence that there is not.")
    assert checked("The Ostrava bridge opened on 3 May 2019.", 99, 1).support == "supported"


def test_he_or_she_has_to_be_somebody_whom_the_article_names() -> None:
    claim = "She told the Echo: “We’re proud of it.”"
    assert check_words(claim, (3,), both(), "", "Jana Koller").support in GOOD
    assert check_words(claim, (3,), both(), "", "Ruth Ames").support not in GOOD


def test_what_the_question_asks_about_may_be_denied_without_standing_in_an_article() -> None:
    claim = "Jana Koller did not mention Prague."
    assert checked(claim, question="Did Jana Koller mention Prague?").support == "unconfirmed"
    assert checked(claim, question="What did Jana Koller say?").support == "unsupported"


def test_a_sentence_is_analysed_once_however_many_sentences_it_cites() -> None:
    with sentences_analysed() as counted:
        checked("The Ostrava bridge opened in May, and the ferry Linden stopped in June.", *range(1, 9))
    assert set(counted.values()) <= {1}


_PIECES = st.sampled_from(
    [*BRIDGE.split(" "), *FERRY.split(" "), "not", "never", "“", "”", "7", "[1]", "é", "?", "and", "..."]
)


@settings(max_examples=200, deadline=None)
@given(st.lists(_PIECES, max_size=14), st.lists(st.integers(0, 9), max_size=3))
def test_whatever_is_cited_is_shown_and_whatever_is_struck_has_a_reason(
    words: list[str], marks: list[int]
) -> None:
    result = check_words(" ".join(words), marks, both(), "")
    assert set(result.cited) <= set(both().sentences)
    assert result.reason is not None or not (result.support == "unsupported" or result.is_capped)
    assert result.cited or result.support not in GOOD


@settings(max_examples=100, deadline=None)
@given(st.text(max_size=120), st.text(max_size=200))
def test_no_text_makes_it_fail(claim: str, article: str) -> None:
    for marks in ((1,), (), (0,)):
        check_words(claim, marks, shown(article), article)
