"""Sentence borders in the English of news reports; every example is made up."""

import re

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from index.passages.sentences import paragraph_spans, sentence_spans
from tests.counting import calls_of
from tests.hostile import PREFIXES, UNITS, text_of

# "|" marks the borders that are expected.
NEWS = [
    # Abbreviations
    "The envoy said on Oct. 15 that talks went on.| He left on Sept. 3.",
    "Gen. Amira Sund and Col. Lee B Harrow met Sen. Ortiz.| Rep. Vale (R-Ga.) stayed away.",
    "Mr. and Mrs. Okafor live on St. Mark's Place.| Dr. Lind vs. Prof. Roe was no contest.",
    "The gov't. said so.| Harbour Inc. shares fell.| He runs Acme Co. in Ohio.",
    "He runs Acme Inc.| The firm has 40 workers.",
    "The ruling in Marlow v. Tate stands.",
    "TOLEDO, Ohio, Va. — With the budget due, the council met.",
    "It opens at No. 10.| No. 7 is shut.| She said no.| No one spoke.",
    "See Art. 5 and pp. 10-12, ca. 300 words.",
    # Acronyms and initials
    "U.S. forces left, and the U.S. Senate met.| He is in the U.S.| The envoy is not.",
    "The U.N. Security Council met in Washington, D.C.| It voted at once.",
    "J. K. Marsh and Anna W. Bird wrote it.| Myles B Orr did not.",
    "He finished his Ph.D. in May.| She has an M.B.A.| But nobody asked.",
    # Numbered acronyms and abbreviations
    "The House passed the harbour bill, H.R. 4182, on Monday by 219 votes to 204, the clerk said.",
    "Das Urteil nennt Art. 5 Abs. 2 der Verordnung.| Der Rat sprach von Ziff. 17 der Liste.",
    "Le tribunal cite l'art. 12 de la loi et l’art. 4 du code.| Le maire a dit non.",
    "Under H.R. 4182 ports with fewer than 40 berths get 9 million dollars.| The governor signed S.B. 17.",
    "The envoy Jon Weil cited U.N. Resolution 9 and U.N. 2254 in Kolmar on Tuesday.",
    "U.N. 242 calls for talks.| Under U.N. 242 both sides met.| H.R. 1 passed.| The bill, S. 47, did not.",
    "A.B. 12 ports get money.| H.Res. 5 and H.J.Res. 7 failed.| They backed X.Q. 12 anyway.",
    "He cited 42 U.S.C. 12, 18 U.S.C. § 1001, 17 C.F.R. 240.10b-5 and H.R. #9.",
    "See Nos. 4 and 5, pp. 10-12, Figs. 4-6, Art. IV, Sec. 230 and Hwy. 101.| Flight No. BA-112 left.",
    "The E.U. 2030 target, the U.S. 10-year yield and 611 S. 4th St. are in Lee et al. 2019.",
    "He works in Washington, D.C. |40 people came.| She moved to L.A. |12 friends helped.",
    "He left the U.N. |40 countries did not.| He has a Ph.D. |12 students follow him.",
    "He runs Acme Inc. |40 people work there.| He came to D.C. 12 months ago.",
    "The E.U. 27 agreed on talks.| The F.B.I. 302 form was lost.| The N.A.S.A. 2024 budget fell.",
    "He left the F.B.I. |12 more agents followed.| He joined the U.N. |5 years later he left.",
    "In D.C. 40 Republicans voted.| He works in D.C. |40 Republicans voted.",
    "Under Pub. L. 117-58 and Pub. L. No. 94-142 it was cut.| H. Con. Res. 12 and 86 Fed. Reg. 1234 came.",
    "He lives in Apt. No. 4.| H.R. No. 5 passed.| He left the pub. |Lights went out.",
    # Transcripts
    "BY MR. SMITH: Q. When did it leave?| A. At noon.| Q#2. Who?| A. Weil.| 1 Q. Why?| 2 A. He would.",
    "Q. – When did it leave?| A. – At noon.| F. Wann fuhr er ab?| A. Um zwölf.| (Q.) Who?| (A.) He.",
    "Question 1. When did it leave?| Answer 1. At noon.| He came too.",
    "Q. When did the tug leave Ostrand?| A. It left at noon.| Q. Who steered the tug?| A. Captain Weil did.",
    "Q. Where?| A. In the U.S.| Q. When?| A. At 5 p.m.| Q. With whom?| A. With Jon Lee Jr.| Q. Why?| A. No.",
    "Q. And you --| A. I left.| Q1. When?| A1. At noon.| **Q.** Who?| **A.** He did.",
    "Q: When did it leave?| A: At noon.| Question. Who did?| Answer. He did.",
    "MR. SMITH: We left.| THE COURT: Sustained.| MS. VALE: In the U.S.| DR. LEE: No.",
    "JUDGE K. MARSH: We rise at 5 p.m.| MR. SMITH: Yes.| THE COURT. Sustained.| Mr. SMITH. I yield.",
    "A. The first.| B. The second.| II. The treaty.| He got an A.| The teacher smiled.",
    # The clock
    "They left at 5 p.m. Tuesday.| They came at 6 a.m. EST.| He slept until 9 a.m.| Police came at 7 p.m.",
    "The game starts at 8 p.m. (Channel Five).",
    # Numbers
    "It cost $3.5 million.| In 2019, 1.2 percent.| 40 people came.",
    "1. The first point.| The second point.",
    # Quotations
    "“We are out of the town,” said Orr.| “It is over.”| He left.",
    "“Stop!” he said.| “Why?” the tweet read.| “Why?”| Nobody knew.",
    "“They all do great!” Harrow tweeted.| “Never!”| The crowd left.",
    "“The talks go on …” he said.| “They waved…”| She left.",
    'She said "Go."| He went.| "Stay!" Ms. Vale said.',
    "'It is done.'| She wept.| (He was late.)| It rained.",
    "He asked, “Why now?”| “Because,” she said.",
    "It ended.”| Next came rain.",
    # Other marks
    "What?!| Really?| Yes...| Then it stopped.| He waited . . . and left.",
    "Shares of Yahoo! Japan rose.| Visit example.com.| Write to a.b@example.org.",
    "He left the city.|The mayor stayed.",
    "iPhone sales fell.| iPad sales rose.| eBay did not.",
    "これは文です。|二つ目の文です。",
]


def split_at_bars(marked: str) -> list[str]:
    return [piece.strip() for piece in marked.split("|")]


@pytest.mark.parametrize("marked", NEWS)
def test_sentences_of_news_end_where_a_reader_ends_them(marked: str) -> None:
    text = marked.replace("|", "")
    assert [text[start:end] for start, end in sentence_spans(text)] == split_at_bars(marked)


def test_a_heading_without_a_full_stop_is_a_sentence_of_its_own() -> None:
    text = "Troops leave\n\nThe troops left.\nBy Ann Lee\nThey had come in May."
    sentences = [text[start:end] for start, end in sentence_spans(text)]
    assert sentences == ["Troops leave", "The troops left.", "By Ann Lee", "They had come in May."]


@pytest.mark.parametrize(
    "marked",
    [
        "Q.\nWhen did it leave?|\nA.\nAt noon.| It was late.",
        "THE PRESIDENT:\n\nThank you.| Thank you all.|\n\nMr. Smith:\nWe left.",
        "INGREDIENTS:|\n- 2 eggs|\nQ.|\nA.",
    ],
)
def test_a_speaker_on_a_line_alone_belongs_to_what_is_said_below(marked: str) -> None:
    text = marked.replace("|", "")
    assert [text[start:end] for start, end in sentence_spans(text)] == split_at_bars(marked)


@pytest.mark.parametrize(
    "unit",
    ["U.S. 1 ", "H.R. 12 ports ", "Q. A. ", "A. -- Q. ", "MR. SMITH: ", "JUDGE K. ", "1. ", "a. (", "Q.\n"],
)
def test_the_work_grows_with_the_length_of_the_text(unit: str) -> None:
    shorter, longer = (calls_of(sentence_spans, unit * times) for times in (400, 800))
    assert longer < 2.2 * shorter


@pytest.mark.parametrize("unit", UNITS.values(), ids=UNITS)
@pytest.mark.parametrize("prefix", PREFIXES)
def test_the_steps_for_a_hostile_text_grow_with_its_length(unit: str, prefix: str) -> None:
    shorter, longer = (calls_of(sentence_spans, text_of(unit, size, prefix)) for size in (800, 1_600))
    assert longer < 2.2 * shorter + 50


def test_a_mark_alone_is_no_sentence() -> None:
    text = "... She left. * * * He stayed."
    assert [text[start:end] for start, end in sentence_spans(text)] == ["... She left.", "* * * He stayed."]


odd_text = st.lists(
    st.one_of(
        st.sampled_from(
            [". ", "! ", "?” ", "\n", "\n\n", " \t\n ", "\u00a0", "…", "“", "U.S. ", "Oct. ", "\u2003"]
        ),
        st.text(alphabet=st.characters(exclude_categories=["Cs"]), max_size=12),
        st.sampled_from(["𝕏 ", "👩‍🚀. ", "Zoë", "e\u0301", "。", "\u200b", "a", "The ", "1", "(", ")"]),
    ),
    max_size=40,
).map("".join)


@given(odd_text)
def test_sentences_are_trimmed_in_order_and_leave_out_only_white_space(text: str) -> None:
    spans = sentence_spans(text)
    end_before = 0
    for start, end in spans:
        assert end_before <= start < end <= len(text)
        assert not text[end_before:start].strip()
        assert text[start:end] == text[start:end].strip()
        end_before = end
    assert not text[end_before:].strip()


@given(odd_text)
def test_no_sentence_crosses_a_paragraph(text: str) -> None:
    paragraphs = paragraph_spans(text)
    for start, end in sentence_spans(text):
        assert any(first <= start and end <= last for first, last in paragraphs)


@given(odd_text, odd_text)
def test_a_blank_line_separates_what_is_above_from_what_is_below(above: str, below: str) -> None:
    assume(not re.search(r"[\w.]+[.:]\s*$", above))  # Who speaks may be named above what is said.
    border = len(above) + 1
    for start, end in sentence_spans(f"{above}\n\n{below}"):
        assert end <= border or start >= border
