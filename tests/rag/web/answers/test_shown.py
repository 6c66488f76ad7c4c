"""What the page says of an answer: statuses, sources, nearest passages, the copy to paste."""

import json
from dataclasses import replace
from typing import Any

import pytest

from index.store.filters import Filter
from index.store.store import Archive, Passage
from rag.answer import Answer, Citation, Question, RankedPassage, Sentence, Status, Turn
from rag.assistant import Assistant
from rag.web.answers.shown import (
    ENGLISH,
    answer_values,
    copied,
    link_to,
    paragraphs,
    share_path,
    status_in_words,
    to_mark,
)
from rag.web.present import answer_view, sentence_view
from tests.rag import written

FILTERED = Filter(sources=("Meridian Wire",))
ARCHIVE = Archive(1_397, 0, "2023-11-21", "2024-04-30")
CITATION = Citation(
    *(1, "ferry", "0123456789ab", 0, 22, "The ferry\nleft at noon.", "Ferry leaves", "Harbour Post"),
    *("2024-01-05", "https://harbour.example/ferry"),
)
SENTENCES = (
    Sentence(0, "Harbour Post, 5 January 2024:", "lead"),
    Sentence(1, "The ferry\nleft at noon.", "claim", (1,), "verbatim", ((18, 22),)),
    Sentence(2, "It sank.", "claim", (), "unsupported", (), "nothing found says so"),
    Sentence(3, "“And why?”: the archive does not say.", "notice"),
)


def made(status: Status = "answered", **changes: object) -> Answer:
    """An answer with one lead, one claim, one unsupported claim and one notice."""
    passage = Passage(1, "ferry", "0123456789ab", 0, 22, "x", ((0, 22),), "Ferry leaves", None, None, None)
    answer = Answer(
        question=Question("When did the ferry leave?"),
        searched=("When did the ferry leave?",),
        status=status,
        text="...",
        sentences=SENTENCES,
        citations=(CITATION,),
        passages=(RankedPassage(1, passage, 0.5),),
        reader="extractive",
        archive=ARCHIVE,
        timing_ms={},
    )
    return replace(answer, **changes)  # type: ignore[arg-type]


def copied_of(answer: Answer) -> str:
    return copied(answer_view(answer))


def link_to_of(answer: Answer) -> str | None:
    return link_to(answer_view(answer))


def to_mark_of(answer: Answer) -> str:
    return to_mark(answer_view(answer))


@pytest.mark.parametrize(
    ("status", "says"),
    [
        ("answered", "Answered."),
        ("partial", "Partly answered."),
        ("not_stated", "The archive covers this, but does not say."),
        ("not_in_archive", "Not in the archive."),
        ("outside_coverage", "Outside the archive’s dates (21 Nov 2023 to 30 Apr 2024)."),
        ("listed", "What the archive holds."),
        ("help", "About this archive."),
    ],
)
def test_every_status_is_said_in_words(status: Status, says: str) -> None:
    assert status_in_words(status, ARCHIVE) == says


def test_an_archive_without_dates_has_no_dates_to_be_outside_of() -> None:
    undated = Archive(3, 3, None, None)
    assert status_in_words("outside_coverage", undated).startswith("Outside the archive: none")


def test_sentences_stand_under_their_lead_and_what_is_unsupported_apart() -> None:
    roles = [(one["role"], one["lead"]) for one in paragraphs(map(sentence_view, SENTENCES))]
    assert roles == [("claim", "Harbour Post, 5 January 2024:"), ("notice", None)]
    values = answer_values([*map(sentence_view, SENTENCES)], [], ENGLISH)
    assert [one["text"] for one in values["left_out"]] == ["It sank."]


def test_what_nobody_confirmed_stands_alone_and_a_gap_beside_the_claims() -> None:
    told = paragraphs(map(sentence_view, written.SENTENCES))
    texts = [(one["role"], [each["index"] for each in one["sentences"]]) for one in told]
    assert texts == [("claim", [0, 1]), ("unconfirmed", [3]), ("claim", [4])]
    folded = paragraphs(map(sentence_view, written.FOLDED))
    assert [[each["index"] for each in one["sentences"]] for one in folded] == [[0, 1, 4]]


def test_list_items_stand_in_one_list_with_what_nobody_confirmed_among_them() -> None:
    before, listed, after = paragraphs(map(sentence_view, written.LISTED))
    assert (before["role"], listed["role"], after["role"]) == ("claim", "list", "claim")
    items: Any = listed["listed"]
    assert [[(part["role"], len(part["sentences"])) for part in item] for item in items] == [
        [("claim", 2)],
        [("unconfirmed", 1)],
        [("claim", 1)],
    ]


def test_a_copy_has_list_items_on_lines_behind_a_dash() -> None:
    assert copied_of(written.WITH_LIST).split("\n")[:5] == [
        "Three things are known of it. [1]",
        "- The ferry left at noon on Monday. [1] Grace Hopper was at the helm. [2]",
        "- Her crossing began on a Monday. [1] [2] (in the model's words)",
        "- The articles do not say where it went.",
        "All of it was on one Monday. [1]",
    ]


def test_a_copy_labels_what_nobody_confirmed_and_has_nothing_that_is_folded() -> None:
    lines = copied_of(written.ANSWER).split("\n")
    assert lines[2] == "Her crossing began on a Monday. [1] [2] (in the model's words)"
    folded = copied_of(replace(written.ANSWER, sentences=(*written.FOLDED[:1], *written.FOLDED[2:])))
    assert "crossing" not in folded and "[2]" not in folded and "[1] Ferry leaves" in folded


def test_a_copy_holds_marks_and_sources_and_nothing_unsupported() -> None:
    assert copied_of(made()).split("\n") == [
        "Harbour Post, 5 January 2024:",
        "The ferry left at noon. [1]",
        "“And why?”: the archive does not say.",
        "",
        "[1] Ferry leaves, Harbour Post, 5 Jan 2024: “The ferry left at noon.” https://harbour.example/ferry",
    ]


def test_a_copy_names_no_address_that_is_none() -> None:
    answer = made(citations=(replace(CITATION, url="javascript:alert(1)"),))
    assert "javascript" not in copied_of(answer)


def test_a_question_too_long_for_a_link_gets_none() -> None:
    assert share_path("Who? & why") == "/?q=Who%3F+%26+why"
    assert share_path("w" * 1_501) is None


def test_a_link_is_given_only_where_it_leads_to_the_same_answer(samples_by_words: Assistant) -> None:
    asked = Question("Who is Russia's envoy for Syria?")
    assert link_to_of(samples_by_words.ask(asked)) == "/?q=Who+is+Russia%27s+envoy+for+Syria%3F"
    filtered = link_to_of(samples_by_words.ask(replace(asked, where=FILTERED)))
    assert filtered == "/?q=Who+is+Russia%27s+envoy+for+Syria%3F&source=Meridian+Wire"
    history = (Turn("user", asked.text), Turn("assistant", "Alexander Lavrentyev. [1]"))
    followed = link_to_of(samples_by_words.ask(Question("Where did he speak?", history)))
    assert followed and "Lavrentyev" in followed


def test_a_written_follow_up_is_shared_as_the_question_that_was_completed() -> None:
    history = (Turn("user", "Who steered the ferry?"), Turn("assistant", "Grace Hopper. [1]"))
    followed = replace(written.ANSWER, question=Question("When did she leave?", history))
    complete = replace(followed, standalone="When did Grace Hopper leave?")
    assert link_to_of(complete) == "/?q=When+did+Grace+Hopper+leave%3F"
    filtered = replace(complete, question=replace(complete.question, where=FILTERED))
    assert link_to_of(filtered) == "/?q=When+did+Grace+Hopper+leave%3F&source=Meridian+Wire"
    # Quotations of what several queries found may be others when it is asked again.
    assert link_to_of(replace(complete, reader="extractive")) is None
    assert "standalone" not in complete.to_json()


def test_a_verdict_is_on_what_the_text_cites() -> None:
    alone = replace(written.ANSWER, sentences=(*written.FOLDED[:1], *written.FOLDED[2:]))
    assert [len(json.loads(to_mark_of(one))["citations"]) for one in (written.ANSWER, alone)] == [2, 1]


def test_what_a_verdict_is_sent_with_survives_on_one_line() -> None:
    asked = Question("Who  left?", where=Filter(("Post",), "2024-01-01"))
    answer = made(question=asked, text="The ferry\n\n   left\u00a0\u2028at  noon </span>.")
    sent = to_mark_of(answer)
    assert " ".join(sent.split()) == sent
    told = json.loads(sent)
    assert (told["question"], told["status"], told["answer"]) == ("Who left?", "answered", answer.text)
    assert (told["source"], told["after"], told["before"], told["as_of"]) == (
        ["Post"],
        "2024-01-01",
        None,
        None,
    )
    assert told["citations"] == [{"article_id": "ferry", "revision": "0123456789ab", "start": 0, "end": 22}]
