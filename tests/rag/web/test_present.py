"""What the server adds for people: pieces that add up, context of the same article, links that lead back."""

from dataclasses import replace
from urllib.parse import parse_qs, unquote, urlsplit

import pytest
from hypothesis import given
from hypothesis import strategies as st

from index.store.store import Store
from rag.answer import Draft, Question
from rag.assistant import Assistant
from rag.web.bounds.exposure import EVERYTHING, Rights, Viewer
from rag.web.present import EXCERPT, answer_view, article_path, context, excerpt, segments

spans = st.lists(st.tuples(st.integers(-2, 40), st.integers(-2, 40)), max_size=6)


@given(st.text(max_size=30), spans)
def test_segments_add_up_to_the_text_whatever_the_spans(
    text: str, given_spans: list[tuple[int, int]]
) -> None:
    pieces = segments(text, given_spans)
    assert "".join(piece.text for piece in pieces) == text
    marked = {i for start, end in given_spans for i in range(max(start, 0), min(end, len(text)))}
    flags = [piece.marked for piece in pieces for _ in piece.text]
    assert {i for i, flag in enumerate(flags) if flag} == marked


def test_segments_count_code_points() -> None:
    assert [(p.text, p.marked) for p in segments("😀 12 died", [(2, 4)])] == [
        ("😀 ", False),
        ("12", True),
        (" died", False),
    ]


@given(st.text(min_size=1, max_size=40).filter(lambda text: text.strip() and text.isprintable()))
def test_a_readers_path_holds_the_id_whatever_it_is(article_id: str) -> None:
    url = urlsplit(f"http://example.org{article_path(article_id, 'abc', 3, 9)}")
    assert unquote(url.path.removeprefix("/articles/")) == article_id
    assert parse_qs(url.query) == {"revision": ["abc"], "start": ["3"], "end": ["9"]}
    assert url.fragment == "quote"


@pytest.mark.parametrize("article_id", ["..", "a/../b", ".", "a/./b"])
def test_dots_in_an_id_are_no_steps_up_the_path(article_id: str) -> None:
    assert not {".", ".."} & set(article_path(article_id).split("/"))


def test_context_is_the_sentence_on_either_side() -> None:
    text = "It rained. The dam held.\n\nA bridge fell. Nobody was hurt. Work begins today."
    start = text.index("A bridge")
    assert context(text, start, start + len("A bridge fell.")) == ("The dam held.", "Nobody was hurt.")
    assert context(text, 0, len("It rained."))[0] == ""
    assert context(text, text.index("Work"), len(text))[1] == ""


def test_a_heading_is_no_context() -> None:
    text = "It rained.\n\n## How high, then?\n\nThe river rose. It fell.\n\nAFTERMATH\n\nA bridge is gone."
    start = text.index("The river")
    assert context(text, start, text.index(" It fell")) == ("", "It fell.")
    assert context(text, start, text.index("\n\nAFTERMATH")) == ("", "")


def test_long_context_is_cut_at_a_word() -> None:
    words = "word " * 400
    before, after = context(f"{words}end. Quote. {words}end.", 2005, 2011)
    assert before.startswith("… word ") and before.endswith("end.") and len(before) < 410
    assert after.startswith("word") and after.endswith("word …") and len(after) < 410


def test_an_answers_view_keeps_the_contracts_object(samples: Assistant, samples_store: Store) -> None:
    answer = samples.ask(Question("How many people were displaced by the offensive?"))
    view, plain = answer_view(answer), answer.to_json()
    unset = dict.fromkeys(("source", "after", "before", "as_of"))
    added = {"status_text": "", "withheld": False, "standalone": answer.question.text, "filters": unset}
    assert {name: view[name] for name in added} == added and view.keys() == plain.keys() | added.keys()
    sentences, citations = view["sentences"], view["citations"]
    assert isinstance(sentences, list) and isinstance(citations, list)
    for sentence, original in zip(sentences, answer.sentences, strict=True):
        assert "".join(piece["text"] for piece in sentence["segments"]) == original.text
    assert any(piece["marked"] for sentence in sentences for piece in sentence["segments"])
    for citation in citations:
        stored = samples_store.article(citation["article_id"])
        assert stored is not None
        joined = " ".join(stored.article.text.split())
        assert citation["before"] in joined and citation["after"] in joined and citation["date"]


def test_an_abstentions_view_has_the_words_that_its_notice_begins_with(samples_by_words: Assistant) -> None:
    answer = samples_by_words.ask(Question("Who won the chess championship of Reykjavik?"))
    says = answer_view(answer)["status_text"]
    assert answer.abstained and says and answer.sentences[0].text.startswith(str(says))


def test_an_excerpt_of_a_passage_is_at_most_three_whole_sentences_of_it(samples_by_words: Assistant) -> None:
    long = next(
        found
        for found in samples_by_words.ask(Question("Who left Manbij?")).passages
        if len(found.passage.sentences) > EXCERPT
    )
    viewer = Viewer(Rights("excerpt", lambda: samples_by_words.store), "somebody")
    passage = excerpt(long, viewer).passage
    assert passage.end in [end for _, end in long.passage.sentences[:3]]
    assert long.passage.text.startswith(passage.text)
    assert len(passage.text) == passage.end - passage.start
    assert excerpt(long, viewer).passage == passage, "what was seen may be seen again"
    assert excerpt(long, EVERYTHING) is long


def test_a_models_own_text_stays_on_the_server(samples_by_words: Assistant, samples_store: Store) -> None:
    answer = replace(
        samples_by_words.ask(Question("Who left Manbij?")),
        draft=Draft("m", "Ten died. Really.", "failed", "It broke."),
    )
    view = answer_view(answer)
    assert "Ten died" in str(answer.to_json()) and "Ten died" not in str(view)
    assert view["draft"] == {"model": "m", "outcome": "failed", "problem": "It broke."}
