"""Sentences and marks out of a stream: the same however it is cut, plain text whatever it holds."""

from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from rag.write.stream import CitedSentence, SentenceStream, markdown_to_text


def taken(*pieces: str) -> list[tuple[str, tuple[int, ...]]]:
    """The sentences of a finished stream."""
    sentences = SentenceStream()
    found = [sentence for piece in pieces for sentence in sentences.feed(piece)] + sentences.finish()
    return [(sentence.text, sentence.marks) for sentence in found]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("The bridge opened [1].", [("The bridge opened.", (1,))]),
        ("The bridge opened. [1]", [("The bridge opened.", (1,))]),
        ("The bridge opened.[1] It fell.[2]", [("The bridge opened.", (1,)), ("It fell.", (2,))]),
        ("It opened [1][2]. It fell. [3] [4]", [("It opened.", (1, 2)), ("It fell.", (3, 4))]),
        ("It opened [1, 2]. It fell [2-4].", [("It opened.", (1, 2)), ("It fell.", (2, 3, 4))]),
        ("It opened [1], [2]. It fell [3] and [4].", [("It opened.", (1, 2)), ("It fell.", (3, 4))]),
        ("It opened 【1】. It fell【2†source】.", [("It opened.", (1,)), ("It fell.", (2,))]),
        ("It opened [passage 1]. It fell [Source 2].", [("It opened.", (1,)), ("It fell.", (2,))]),
        ("It opened [1](https://example.org/a). It fell.", [("It opened.", (1,)), ("It fell.", ())]),
        ("[1] It opened. It fell [2].", [("It opened.", (1,)), ("It fell.", (2,))]),
        ("It opened [1] and fell [2] [1].", [("It opened and fell.", (1, 2))]),
        ("He [the mayor] left [sic] [1].", [("He [the mayor] left [sic].", (1,))]),
        ("The U.S. Senate met on Jan. 5. [1] It cost $3.5 million [2].",
         [("The U.S. Senate met on Jan. 5.", (1,)), ("It cost $3.5 million.", (2,))]),
        ("“Stop!” the mayor said [1]. He left.", [("“Stop!” the mayor said.", (1,)), ("He left.", ())]),
        ("- It opened [1]\n- It fell [2]\n", [("It opened", (1,)), ("It fell", (2,))]),
        ("1. It opened [1].\n2) It fell [2].", [("It opened.", (1,)), ("It fell.", (2,))]),
        ("# Summary\n\n**Answer**\nIt **opened** [1].", [("It opened.", (1,))]),
        ("> It opened [1].", [("It opened.", (1,))]),
        ("```\nIt `opened` [1].\n```\n---", [("It opened.", (1,))]),
        ("<think>It fell [3].\nOr?</think>It opened [1].", [("It opened.", (1,))]),
        ("<think>It fell [3].", []),
        ("橋が開通した。[1]費用は五億円。[2]", [("橋が開通した。", (1,)), ("費用は五億円。", (2,))]),
        ("It opened [1].\r\nIt fell [2].", [("It opened.", (1,)), ("It fell.", (2,))]),
        ("It opened [[12]][[3]]. It fell [#2].", [("It opened.", (12, 3)), ("It fell.", (2,))]),
        ("It opened [sentence 12, sentences 3-5].", [("It opened.", (12, 3, 4, 5))]),
        ("It opened [12345].", [("It opened [12345].", ())]),
        ("It opened [1204][3]. It does not say why [0].",
         [("It opened.", (1204, 3)), ("It does not say why.", (0,))]),
        ("[1]", []),
        ("...", []),
        ("", []),
    ],
)  # fmt: skip
def test_sentences_and_their_marks(text: str, expected: list[tuple[str, tuple[int, ...]]]) -> None:
    assert taken(text) == expected
    assert taken(*text) == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("- It opened [1].\n- It fell [2].", [1, 2]),
        ("- It opened [1]. It fell [2].\n- It closed [3].", [1, 1, 2]),
        ("Two cities:\n\n- It opened [1].\n\n- It fell [2].\n\nIt closed [3].", [None, 1, 2, None]),
        ("1. It opened [1].\n   It fell [2].\n2) It closed [3].\nIt is [4].", [1, 1, 2, None]),
        ("* **Bridge:** It opened [1].\n\n    It fell [2].\n\t- It closed [3].", [1, 1, 2]),
        ("- It opened [1].\n## Then\nIt fell [2].\n  It closed [3].", [1, None, None]),
        ("- **Ostrava**\n  - It opened [1].\n- It fell [2].", [2, 3]),
        ("  It opened [1].\n-5 degrees it was [2].\n-\n---\nIt fell [3].", [None, None, None]),
        ("<think>- It is.\n</think>- It opened [1].", [1]),
    ],
)  # fmt: skip
def test_sentences_of_one_list_item_have_its_number(text: str, expected: list[int | None]) -> None:
    for pieces in ((text,), tuple(text)):
        sentences = SentenceStream()
        found = [one for piece in pieces for one in sentences.feed(piece)] + sentences.finish()
        assert [one.item for one in found] == expected


def test_where_a_sentence_stands_is_no_difference_of_two() -> None:
    assert CitedSentence("It opened.", (1,), 3) == CitedSentence("It opened.", (1,))


def test_a_sentence_is_given_when_the_next_one_has_begun() -> None:
    sentences = SentenceStream()
    assert sentences.feed("The bridge opened in May.") == []
    assert sentences.feed(" [1] ") == []
    assert sentences.feed("The ") == []
    assert sentences.feed("council met") == [CitedSentence("The bridge opened in May.", (1,))]
    assert sentences.feed(" [2].\n") == [CitedSentence("The council met.", (2,))]


def test_a_mark_that_is_still_being_written_is_waited_for() -> None:
    sentences = SentenceStream()
    assert sentences.feed("The bridge opened. [1, ") == []
    assert sentences.feed("2] It fell. It was ") == [
        CitedSentence("The bridge opened.", (1, 2)),
        CitedSentence("It fell.", ()),
    ]


@pytest.mark.parametrize(
    "sentence",
    [
        "“We will win. We must,” the mayor said.",
        'She wrote: "The bridge is old. It will fall. Nobody cares."',
        "Koller said: “He told me: ‘Go home. Sleep.’ So I went.”",
        "„Wir gewinnen. Wir müssen“, sagte sie.",
        "« Nous gagnerons. Il le faut », dit-elle.",
        "‘We will win. We mustn’t rest,’ she said.",
        "'We will win. We must,' she said.",
        "“Is it safe? Ask the U.S. Senate! I’m sure.” he wrote.",
    ],
)
def test_a_quotation_of_several_sentences_is_not_cut(sentence: str) -> None:
    text = f"It opened [1]. {sentence} [2] It’s the dogs’ turn [3]."
    expected = [("It opened.", (1,)), (sentence, (2,)), ("It’s the dogs’ turn.", (3,))]
    assert taken(text) == taken(*text) == expected


@pytest.mark.parametrize("mark", ["“", '"', "‘", "„", "«"])
def test_a_quotation_mark_that_nothing_closes_is_none(mark: str) -> None:
    text = f"{mark}We will win. We must [1]. It opened [2]."
    expected = [(f"{mark}We will win.", ()), ("We must.", (1,)), ("It opened.", (2,))]
    assert taken(text) == taken(*text) == expected
    long = f"{mark}We will win. {'The bridge fell. ' * 80}It opened [2]."
    assert taken(long) == taken(*long) and len(taken(long)) == 82


@pytest.mark.parametrize("endless", ["word ", "x", "[1] ", "[a ", "<b "])
def test_what_goes_on_for_ever_is_no_sentence(endless: str) -> None:
    text = f"It opened [1].\n{endless * (3_000 // len(endless))}. It fell [2].\nIt closed [3]."
    pieces = (text[start : start + 4] for start in range(0, len(text), 4))
    assert taken(*pieces) == taken(text) == [("It opened.", (1,)), ("It closed.", (3,))]


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("The **bridge** _opened_ in ***May***", "The bridge opened in May"),
        ("snake_case_name and 2 * 3 * 4", "snake_case_name and 2 * 3 * 4"),
        ("![spy](https://evil.example/x.png) seen", "seen"),
        ("See [the report](javascript:alert(1)) now", "See the report) now"),
        ("<img src=x onerror=alert(1)>It opened<script>", "It opened"),
        ("It <!-- hidden --> opened <b onclick='x()'>now</b>", "It opened now"),
        ("Fish &amp; chips &lt;3", "Fish & chips <3"),
        ("It \u202eopened\u0007 \x1b[31mnow", "It opened [31mnow"),
        ("It opened <form action='https://evil.example", "It opened"),
        ("**It opened", "It opened"),
    ],
)
def test_markdown_and_html_become_the_words_that_they_show(text: str, shown: str) -> None:
    assert markdown_to_text(text) == shown


_WORDS = st.sampled_from(
    """The bridge opened May U.S. Mr. Smith 3.5 “Stop!” said “Why?” asked Prime Minister Jane No. 10 a.m.
    **bold** [1] [2] [1, 2] [3][4] 【5】 [[6]] [[ ]] [sic] [the . ... ? ! ” ( ) - # 1. * _x_ <b>
    </b> ` It's e.g. fell.It 。 橋 “We will. We must ‘Go. He’ "No. It " 'Yes. dogs’ „Ja. « » 「」""".split()
)
_TEXTS = st.lists(st.tuples(_WORDS, st.sampled_from([" ", " ", " ", " ", "", ". ", ".", "\n", "\n\n"]))).map(
    lambda parts: "".join(word + gap for word, gap in parts)
)


@settings(max_examples=300, deadline=None)
@given(_TEXTS, st.data())
def test_however_a_stream_is_cut_its_sentences_are_the_same(text: str, data: st.DataObject) -> None:
    cuts = sorted(data.draw(st.sets(st.integers(0, len(text)), max_size=20)))
    borders = [0, *cuts, len(text)]
    pieces = [text[start:end] for start, end in pairwise(borders)]
    assert taken(*pieces) == taken(text)
    assert taken(*text) == taken(text)


@settings(max_examples=200, deadline=None)
@given(st.text(max_size=200), st.integers(1, 7))
def test_no_text_makes_it_fail(text: str, size: int) -> None:
    pieces = [text[start : start + size] for start in range(0, len(text), size)]
    assert taken(*pieces) == taken(text)
