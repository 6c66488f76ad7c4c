"""Analyses of passages as they are stored, and made where they are not."""

import os
import shutil
import sqlite3
from collections.abc import Iterator, Sequence
from contextlib import closing
from dataclasses import fields, replace
from datetime import date
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from index.language import analysis
from index.language.analysis import VERSION, analyse
from index.language.sentence import Name, Quantity, Quotation, Reference, Relation, Sentence, ToldDate
from index.passages.split import split
from index.store.analyses import decode, encode
from index.store.filters import Filter
from index.store.schema import FILE_NAME
from index.store.store import Passage, Store
from tests.counting import forget_analyses, sentences_analysed
from tests.index.newsroom import FERRY, Newsroom, long_text

NEWS = (
    "The ferry “Aurora” stayed in port on Monday, 14 October 2019, said Ann Lee, 52, of Côte d’Ivoire.",
    "“It cost $2.5 million,” she told the B.B.C., “and half a million people were not there.”",
    "He may have been wrong; twenty-five Turkish soldiers were killed in the two weeks before.",
    "O’Farrell was not blamed by the ministry.",
)
FRAGMENTS = st.one_of(
    st.sampled_from(NEWS), st.sampled_from(["\n\n", " ", "“", "”", "He said ", "12 "]), st.text()
)


def placed(record: Any, text: str, one: int, other: int) -> Any:
    """The record at a place of the text."""
    start, end = sorted((one % (len(text) + 1), other % (len(text) + 1)))
    has_text = any(field.name == "text" for field in fields(record))
    return replace(record, start=start, end=end, **({"text": text[start:end]} if has_text else {}))


def records(kind: type, text: str) -> st.SearchStrategy[Any]:
    """Tuples of these records, all their fields drawn, at places of the text."""
    decimals = st.decimals(allow_nan=False, allow_infinity=False)
    drawn = {field.name: decimals if field.type == "Decimal" else ... for field in fields(kind)}
    for name in ("low", "high"):
        if name in drawn:
            drawn[name] = decimals
    whole = st.integers(0, len(text))
    one = st.builds(kind, **drawn)
    if "start" in drawn:
        one = st.builds(placed, one, st.just(text), whole, whole)
    else:
        span = st.none() | st.tuples(whole, whole).map(lambda both: (min(both), max(both)))
        one = st.builds(kind, **(drawn | {"agent": span, "patient": span}))
    return st.lists(one, max_size=3).map(tuple)


def sentences(text: str) -> st.SearchStrategy[Sentence]:
    """Sentences with this text and whatever an analysis may say of it."""
    kinds = {"names": Name, "references": Reference, "quantities": Quantity, "dates": ToldDate}
    kinds |= {"quotations": Quotation, "relations": Relation}
    drawn: dict[str, st.SearchStrategy[Any]] = {name: records(kind, text) for name, kind in kinds.items()}
    stems = st.frozensets(st.text(), max_size=3)
    return st.builds(Sentence, st.just(text), **drawn, negated=stems, doubted=stems)


SENTENCES = {text: sentences(text) for text in NEWS}


@settings(deadline=None, max_examples=40)
@given(st.lists(st.sampled_from(NEWS).flatmap(SENTENCES.__getitem__), max_size=3))
def test_what_is_encoded_is_decoded(given_ones: list[Sentence]) -> None:
    text = " ".join(one.text for one in given_ones)
    texts = tuple(one.text for one in given_ones)
    assert decode(encode(tuple(given_ones), text), text, texts) == tuple(given_ones)


@settings(deadline=None, max_examples=40)
@given(st.lists(FRAGMENTS, max_size=12).map("".join), st.dates())
def test_the_analysis_of_any_article_is_decoded_as_it_was(text: str, day: date) -> None:
    for span in split(text):
        texts = tuple(text[start:end] for start, end in span.sentences)
        made = tuple(analyse(texts, day))
        passage = text[span.start : span.end]
        assert decode(encode(made, passage), passage, texts) == made


def test_bytes_that_are_damaged_or_of_another_text_or_format_are_none() -> None:
    made, text = tuple(analyse(NEWS, date(2019, 10, 15))), " ".join(NEWS)
    data = encode(made, text)
    assert decode(data, text, NEWS) == made
    assert decode(data, text.upper(), NEWS) is None
    assert decode(data, text, NEWS[1:]) is None
    assert decode(bytes((99,)) + data[1:], text, NEWS) is None
    for wrong in (b"", data[:1], data[:-1], os.urandom(100), data[:20] + b"\0" + data[21:]):
        assert decode(wrong, text, NEWS) is None


def test_a_passage_takes_few_bytes() -> None:
    made, text = tuple(analyse(NEWS, date(2019, 10, 15))), " ".join(NEWS)
    assert len(encode(made, text)) < len(text)


# In a store


def refer_back(texts: Sequence[str], named: Any, spoken: Any) -> tuple[Any, list[list[Reference]]]:
    """A stand-in in which every sentence goes back to the first one of all, with its own number."""
    return named, [[Reference(text[:1], 0, 1, f"{place} {texts[0]}")] for place, text in enumerate(texts)]


@pytest.fixture
def store(newsroom: Newsroom, monkeypatch: pytest.MonkeyPatch) -> Iterator[Store]:
    """A store in which what a sentence's analysis says depends on all sentences before it in its article."""
    forget_analyses()
    monkeypatch.setattr(analysis, "resolve", refer_back)
    newsroom.write("wall.md", long_text("wall", 80), title="The wall", published_at="2019-10-15")
    newsroom.write("ferry.txt", FERRY)
    newsroom.sync()
    with newsroom.open() as opened:
        yield opened
    forget_analyses()


def passages_of(store: Store) -> list[Passage]:
    return store.passages(store.passage_ids(Filter()).tolist())


def without(newsroom: Newsroom, statement: str) -> None:
    """Change the analyses behind the store's back."""
    forget_analyses()
    with closing(sqlite3.connect(newsroom.store_path / FILE_NAME)) as connection, connection:
        connection.execute(statement)


def test_what_indexing_stores_is_read_without_analysing_anything(store: Store) -> None:
    passages = passages_of(store)
    assert len(passages) > 5 and store.unanalysed() == 0
    with sentences_analysed() as counted:
        found = store.analyses(passages)
    assert not counted
    for one in passages:
        assert tuple(sentence.text for sentence in found[one.id]) == one.sentence_texts
    antecedents = [found[one.id][-1].references[0].antecedent for one in passages if one.title == "The wall"]
    assert len(set(antecedents)) == len(antecedents) > 4  # Each sentence knows those before it.


@pytest.mark.parametrize("window", [64, 3])
def test_what_is_not_stored_is_analysed_to_the_same_result(
    newsroom: Newsroom, store: Store, window: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    for module in ("analyses", "store"):
        monkeypatch.setattr(f"index.store.{module}.WINDOW", window)
    newsroom.sync(rebuild=True)
    passages = passages_of(store)
    as_stored = store.analyses(passages)
    without(newsroom, "DELETE FROM analyses WHERE passage_id % 2")
    assert store.analyses(passages) == as_stored
    without(newsroom, "DELETE FROM analyses")
    assert store.analyses(passages) == as_stored
    for one in passages:
        forget_analyses()
        assert store.analyses([one]) == {one.id: as_stored[one.id]}


def test_sentences_that_are_not_stored_are_analysed_once(newsroom: Newsroom, store: Store) -> None:
    passages = passages_of(store)
    without(newsroom, "DELETE FROM analyses")
    with sentences_analysed() as counted:
        store.analyses(passages)
        store.analyses(passages[2:4])
    assert set(counted.values()) == {1}
    assert set(counted) == {text for one in passages for text in one.sentence_texts}


def test_a_store_without_the_table_is_read_where_nothing_can_be_written(
    newsroom: Newsroom, store: Store
) -> None:
    as_stored = store.analyses(passages_of(store))
    store.close()
    without(newsroom, "DROP TABLE analyses")
    copy = newsroom.store_path.with_name("copy")
    copy.mkdir()
    shutil.copy(newsroom.store_path / FILE_NAME, copy)
    (copy / FILE_NAME).chmod(0o444)
    copy.chmod(0o555)
    try:
        with Store.open(copy) as read_only:
            passages = passages_of(read_only)
            assert read_only.unanalysed() == len(passages) == read_only.passage_count()
            assert read_only.analyses(passages) == as_stored
    finally:
        copy.chmod(0o755)


def test_an_older_version_serves_while_it_can_be_decoded(newsroom: Newsroom, store: Store) -> None:
    passages = passages_of(store)
    as_stored = store.analyses(passages)
    without(newsroom, f"UPDATE analyses SET version = {VERSION - 1}")
    assert store.unanalysed() == len(passages)
    with sentences_analysed() as counted:
        assert store.analyses(passages) == as_stored
    assert not counted
    without(newsroom, "UPDATE analyses SET data = x'00' || substr(data, 2)")
    assert store.analyses(passages) == as_stored


def test_a_damaged_analysis_is_made_anew(newsroom: Newsroom, store: Store) -> None:
    passages = passages_of(store)
    as_stored = store.analyses(passages)
    damages = ("substr(data, 1, 9)", "'text'", "7", "x''", "(SELECT data FROM analyses LIMIT 1)")
    for damage in damages:
        without(newsroom, f"UPDATE analyses SET data = {damage}")
        assert store.analyses(passages) == as_stored


def test_a_passage_that_was_removed_meanwhile_is_analysed_alone(newsroom: Newsroom, store: Store) -> None:
    passage = passages_of(store)[2]
    without(newsroom, "DELETE FROM articles")
    found = store.analyses([passage])
    assert tuple(one.text for one in found[passage.id]) == passage.sentence_texts


def test_what_a_caller_changes_stays_with_it(store: Store) -> None:
    passage = passages_of(store)[0]
    first = store.analyses([passage])[passage.id]
    first.clear()
    assert store.analyses([passage])[passage.id]


def test_a_passage_of_a_long_article_is_analysed_without_the_rest_of_it(
    newsroom: Newsroom, store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("index.store.store.WINDOW", 2)
    passages = [one for one in passages_of(store) if one.title == "The wall"]
    without(newsroom, "DELETE FROM analyses")
    with sentences_analysed() as counted:
        store.analyses([passages[3]])
    assert set(counted) == {text for one in passages[2:4] for text in one.sentence_texts}
