import re
from dataclasses import replace

from hypothesis import given
from hypothesis import strategies as st

from index.store.store import Passage
from rag.answer import Answer, Intent, Listed, Question, RankedPassage, Sentence, Turn
from rag.quote.happened import When
from rag.render import (
    bare,
    byline,
    escape_markdown,
    passages_to_terminal,
    printable,
    prose,
    to_markdown,
    to_terminal,
    written_date,
    written_when,
)
from tests.rag.written import ANSWER, FOLDED, LISTED, SENTENCES, WITH_LIST


def test_article_characters_stay_characters() -> None:
    hostile = "<script>alert(1)</script> **bold** [1] `code` # and https://example.org & <|endoftext|>"
    escaped = escape_markdown(hostile)
    assert not re.search(r"(?<!\\)<", escaped)
    assert "[1]" not in escaped and "**bold**" not in escaped and "https://" not in escaped
    assert re.sub(r"\\(?=[^\w\s])", "", escaped) == hostile


def test_plain_news_text_is_left_as_it_reads() -> None:
    text = "“The U.S. sent 1,000 troops (a third) on Oct. 15 — 7,000 miles away!” he said."
    assert escape_markdown(text) == text


def test_amounts_of_money_keep_their_sign_and_formulas_get_none() -> None:
    assert escape_markdown("It cost $24 million & more.") == "It cost $24 million & more."
    assert "$$" not in escape_markdown("$$x$$") and escape_markdown("&lt;b&gt;") == r"\&lt;b\&gt;"


def test_a_sentence_cannot_begin_a_list_or_a_heading() -> None:
    assert escape_markdown("1. First") == r"1\. First"
    assert escape_markdown("# Title") == r"\# Title"
    assert escape_markdown("- item") == r"\- item"


@given(st.text(max_size=120))
def test_escaping_loses_no_word_and_stays_on_one_line(text: str) -> None:
    escaped = escape_markdown(text)
    assert "\n" not in escaped
    assert re.sub(r"\\(_|[^\w\s])", r"\1", escaped) == " ".join(text.split())


def test_leads_open_paragraphs_marks_follow_claims_and_unsupported_sentences_are_left_out() -> None:
    sentences = [
        Sentence(0, "Example Post, 15 October 2019:", "lead"),
        Sentence(1, "Nine people left.", "claim", (1,), "verbatim"),
        Sentence(2, "Ten people left.", "claim", (1,), "unsupported", reason="no such number"),
        Sentence(3, "Other Wire:", "lead"),
        Sentence(4, "Nobody left.", "claim", (2,), "verbatim"),
    ]
    assert to_markdown(sentences) == (
        "*Example Post, 15 October 2019:* Nine people left. [1]\n\n*Other Wire:* Nobody left. [2]"
    )


def test_an_unconfirmed_sentence_ends_with_its_marks_and_what_it_is_and_a_gap_has_none() -> None:
    assert to_markdown(SENTENCES) == (
        "The ferry left at noon on Monday. [1] Grace Hopper was at the helm. [2] Her crossing began on a "
        "Monday. [1] [2] *(in the model's words)* The articles do not say where it went."
    )


def test_list_items_are_lines_behind_a_dash_and_one_left_out_leaves_none() -> None:
    assert to_markdown(LISTED).split("\n") == [
        "Three things are known of it. [1]",
        "",
        "- The ferry left at noon on Monday. [1] Grace Hopper was at the helm. [2]",
        "- Her crossing began on a Monday. [1] [2] *(in the model's words)*",
        "- The articles do not say where it went.",
        "",
        "All of it was on one Monday. [1]",
    ]


def test_an_item_whose_first_sentence_is_left_out_begins_with_the_second() -> None:
    first, second = (replace(one, item=1) for one in SENTENCES[:2])
    said = [replace(first, support="unsupported"), second, replace(first, item=2, index=2)]
    assert to_markdown(said) == (
        "- Grace Hopper was at the helm. [2]\n- The ferry left at noon on Monday. [1]"
    )


def test_the_text_of_more_sentences_begins_with_that_of_fewer() -> None:
    for count in range(len(LISTED)):
        assert to_markdown(LISTED).startswith(to_markdown(LISTED[:count]))


def test_what_a_list_item_says_makes_no_other_list_and_no_heading() -> None:
    for text in ("- item", "# Title", "1. First", "> quoted", "- - deep"):
        [line] = to_markdown([Sentence(0, text, "claim", item=1)]).split("\n")
        assert re.match(r"- (?:\\[-#>]|1\\\.) ", line)


def test_the_terminal_shows_list_items_behind_dashes_and_what_they_rest_on_under_them() -> None:
    shown = to_terminal(WITH_LIST, width=40).splitlines()
    assert shown[: shown.index("Sources") - 1] == [
        "Three things are known of it. [1]",
        "- The ferry left at noon on Monday. [1]",
        "  Grace Hopper was at the helm. [2]",
        "- Her crossing began on a Monday. [1]",
        "  [2] (in the model's words)",
        "      [1] “The ferry left at noon on",
        "      Monday.”",
        "      [2] “Captain Grace Hopper steered",
        "      the ferry.”",
        "- The articles do not say where it went.",
        "All of it was on one Monday. [1]",
    ]
    painted = to_terminal(WITH_LIST, width=40, colour=True)
    assert re.sub(r"\x1b\[\dm", "", painted).splitlines() == shown


def test_what_is_folded_is_no_part_of_the_answer() -> None:
    assert "crossing" not in to_markdown(FOLDED) and "in the model's words" not in to_markdown(FOLDED)


def test_the_terminal_shows_the_source_of_what_nobody_confirmed_and_why_the_rest_was_left_out() -> None:
    assert to_terminal(ANSWER, width=70).splitlines() == [
        "The ferry left at noon on Monday. [1]",
        "Grace Hopper was at the helm. [2]",
        "Her crossing began on a Monday. [1] [2] (in the model's words)",
        "    [1] “The ferry left at noon on Monday.”",
        "    [2] “Captain Grace Hopper steered the ferry.”",
        "The articles do not say where it went.",
        "",
        "Sources",
        "[1] Ferry leaves the harbour (Harbour Post, 15 October 2019)",
        "    “The ferry left at noon on Monday.”",
        "[2] Ferry leaves the harbour (Harbour Post, 15 October 2019)",
        "    “Captain Grace Hopper steered the ferry.”",
        "",
        "Left out",
        "- About 900 people waved.",
        "    “900” stands in none of the articles shown.",
        "",
        "Checked by reader-9",
        "The check was late once: word rules checked instead.",
    ]


def test_the_terminal_lists_what_is_folded_under_the_sources() -> None:
    shown = to_terminal(replace(ANSWER, sentences=FOLDED), width=70).splitlines()
    assert shown.index("Unconfirmed") > shown.index("Sources")
    assert shown[shown.index("Unconfirmed") + 1].endswith("(in the model's words)")


def test_colour_changes_no_word_in_the_terminal() -> None:
    painted = to_terminal(ANSWER, colour=True)
    assert re.sub(r"\x1b\[\dm", "", painted) == to_terminal(ANSWER)


def test_a_byline_says_what_is_known() -> None:
    assert byline("Example Post", "2019-10-15T08:00:00+02:00", "T") == "Example Post, 15 October 2019"
    assert byline(None, None, "A headline") == "“A headline”"
    assert written_date(None) is None


def test_when_something_happened_is_written_as_exactly_as_it_is_told() -> None:
    assert written_when(When("2022-08-29", "2022-08-29")) == "29 August 2022"
    assert written_when(When("2022-08-27", "2022-08-28")) == "27–28 August 2022"
    assert written_when(When("2022-08-31", "2022-09-02")) == "31 August 2022 to 2 September 2022"
    assert written_when(When("2022-08", "2022-08")) == "August 2022"
    assert written_when(When("1990", "1999")) == "1990–1999"


def test_nothing_steers_the_terminal() -> None:
    assert printable("a\x1b[31mred\u202eevil\nline\ttab") == "a\ufffd[31mred\ufffdevil line tab"


def test_a_list_names_headline_outlet_and_day_and_shows_no_passages() -> None:
    listed = (
        Listed("a1", "Ferry leaves", "Harbour Post", "2024-01-05", "https://harbour.example/ferry"),
        Listed("a2", "An \x1b[31mold\nline", None, None, None),
    )
    notice = (Sentence(0, "2 articles tell about the ferry.", "notice"),)
    shown = to_terminal(replace(ANSWER, status="listed", sentences=notice, citations=(), articles=listed))
    assert "- Ferry leaves (Harbour Post, 5 January 2024)\n    https://harbour.example/ferry" in shown
    assert "- An �[31mold line (“a2”)" in shown and "closest" not in shown


def test_help_shows_questions_to_try() -> None:
    answer = replace(ANSWER, status="help", sentences=(), citations=(), suggestions=("Who is Lee?",))
    assert to_terminal(answer).endswith("Questions to try\n- Who is Lee?")


def test_what_could_be_asked_next_stands_at_the_end() -> None:
    answer = replace(ANSWER, suggestions=("Who is Lee?", "When\x1b[31m?"), did_you_mean="Who is Leigh?")
    shown = to_terminal(answer)
    assert shown.endswith("You could ask next\n- Who is Lee?\n- When\ufffd[31m?")
    assert shown.index("Did you mean") < shown.index("You could ask next")


def several(intent: Intent) -> Answer:
    """An answer that quotes two outlets, each a sentence of its own day."""
    post, wire = (
        replace(ANSWER.citations[0], n=n, source=source, published_at=day)
        for n, source, day in ((1, "Harbour Post", "2024-01-05"), (2, "Other\x1bWire", "2024-01-07"))
    )
    told = "The ferry left at noon on Monday with nine people and their luggage on board."
    said = (
        Sentence(0, told, "claim", (1,), "verbatim"),
        Sentence(1, "Ten people left.", "claim", (2,), "verbatim", ((0, 3),)),
    )
    return replace(
        ANSWER, intent=intent, sentences=said, citations=(post, wire), draft=None, reader="extractive"
    )


def test_a_timeline_has_its_days_above_it_at_any_width() -> None:
    wide, narrow = (to_terminal(several("timeline"), width=width) for width in (80, 24))
    assert wide.startswith("1 January 2024 [1] · 7 January 2024 [2]\n\nThe ferry")
    assert narrow.startswith("1 January 2024 [1]\n7 January 2024 [2]\n\n")
    latest = to_terminal(several("latest"))
    assert latest.startswith("5 January 2024 [1] · 7 January 2024 [2]\n\nThe ferry")
    assert not to_terminal(several("question")).startswith("5 January")


def test_a_comparison_has_a_table_of_outlet_day_and_words_above_it() -> None:
    table = to_terminal(several("comparison"), width=72).partition("\n\n")[0].split("\n")
    assert table == [
        "Harbour Post  5 January 2024  [1]  The ferry left at noon on Monday wit…",
        "Other�Wire    7 January 2024  [2]  Ten",
    ]
    assert to_terminal(several("comparison"), width=40).startswith("The ferry")


def test_what_answers_nothing_is_shown_as_the_closest_passages() -> None:
    passage = Passage(1, "a", "0123456789ab", 0, 4, "Fog.", ((0, 4),), "Fog", None, None, None)
    found = (RankedPassage(1, passage, 0.5),)
    answer = replace(ANSWER, status="not_stated", sentences=(), citations=(), passages=found)
    assert "The closest passages\n- " in to_terminal(answer)


def test_a_passage_is_shown_without_its_headings() -> None:
    text = "## The footnote test\n\nThe council met.\n\nWhat comes next\n\nIt meets again on Monday."
    assert prose(text) == "The council met. It meets again on Monday."
    assert prose("The footnote test\nThe council said:\n“We meet.”") == "The council said: “We meet.”"
    assert (
        prose("Needed:\n- a rope\n- two boats\n\nThat is all.") == "Needed: - a rope - two boats That is all."
    )
    assert prose("## Only a heading") == "Only a heading" and prose("") == ""
    passage = Passage(1, "a", "0123456789ab", 0, len(text), text, (), "News", None, None, None)
    shown = passages_to_terminal([RankedPassage(1, passage, 0.5)])
    assert "footnote" not in shown and "The council met. It meets" in shown


@given(st.text(alphabet="ab .\n#*_-“”", max_size=60))
def test_signs_around_a_text_are_no_words_of_it(text: str) -> None:
    words = [one for one in text if one.isalpha()]
    assert bare(text) in text and [one for one in bare(text) if one.isalpha()] == words
    assert "\n" not in prose(text)


def test_emphasis_around_a_notice_is_left_out_and_a_sign_within_stays() -> None:
    assert bare("*Correction: it was 5 * 3.*") == "Correction: it was 5 * 3."
    assert bare("# A heading") == "A heading" and bare("#1 is here") == "#1 is here"


def test_the_terminal_says_what_a_follow_up_was_completed_to() -> None:
    history = (Turn("user", "Who is Grace Hopper?"),)
    searched = "Where was Grace Hopper born?"
    followed = replace(ANSWER, question=Question("Where was she born?", history), searched=(searched,))
    assert to_terminal(followed).startswith(f"Searched for: {searched}\n\n")
    assert "Searched for" not in to_terminal(replace(followed, question=Question(searched, history)))


def test_the_terminal_leads_to_the_parts_of_a_long_list() -> None:
    notice = (Sentence(0, "40 articles; 20 are listed.", "notice"),)
    part = "All articles from 3 to 6 May 2021"
    listed = replace(ANSWER, status="listed", sentences=notice, citations=(), suggestions=(part,))
    assert to_terminal(listed).endswith("\n\nMore articles\n- All articles from 3 to 6 May 2021")
