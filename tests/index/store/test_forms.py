"""Forms of a word: what a search finds however text and query spell it."""

import sqlite3
from contextlib import closing

import pytest

from index.store.forms import forms, legible, odd_words
from index.store.schema import FILE_NAME
from index.store.store import Store
from index.sync.remove import remove
from tests.counting import calls_of
from tests.index.newsroom import FERRY, Newsroom

SPELLINGS = [
    ("O’Farrell", "O'Farrell", "O´Farrell", "OFarrell"),
    ("d’Ivoire", "d'Ivoire", "D'Ivoire", "dIvoire"),
    ("L’Oréal", "L'Oreal", "LOréal", "loreal"),
    ("N’Djamena", "N'Djamena", "NDjamena"),
    ("2,300", "2300", "2\u202f300", "2.300", "2’300"),
    ("1.5", "1,5"),
    ("oﬃcer", "officer", "oﬀicer", "ｏｆｆｉｃｅｒ", "off\u00adi\u00adcer", "off\u200bicer"),
    ("ＵＫ", "UK", "U.K."),
    ("naïve", "naive", "nai\u0308ve"),
    ("Straße", "Strasse"),
    ("Søren", "Soren"),
    ("Diyarbakır", "Diyarbakir"),
    ("Łódź", "Lodz"),
    ("Æthelstan", "Aethelstan", "Æthelstan's"),
]


@pytest.fixture(scope="module")
def store(tmp_path_factory: pytest.TempPathFactory) -> Store:
    newsroom = Newsroom(tmp_path_factory.mktemp("forms"))
    for group, spellings in enumerate(SPELLINGS):
        for place, spelling in enumerate(spellings):
            newsroom.write(
                f"{group}-{place}.txt", f"Report {group}\n\nA report of {spelling} came on Monday."
            )
    newsroom.write("other.txt", FERRY)
    newsroom.sync()
    return newsroom.open()


@pytest.mark.parametrize("spellings", SPELLINGS, ids=lambda group: group[0])
def test_every_spelling_finds_every_other(store: Store, spellings: tuple[str, ...]) -> None:
    group = SPELLINGS.index(spellings)
    for spelling in spellings:
        found = store.passages([key for key, _ in store.lexical([spelling], 50)])
        expected = {f"{group}-{place}.txt" for place in range(len(spellings))}
        assert {one.article_id.rsplit("/")[-1] for one in found} == expected, spelling
        assert store.document_frequency([spelling]) == {spelling: len(spellings)}


@pytest.mark.parametrize(
    ("term", "only"),
    [("ferry", "ferry"), ("2019", "2019"), ("Netanyahu", "Netanyahu"), ("Turkey's", "Turkey")],
)
def test_a_plain_word_has_one_form(term: str, only: str) -> None:
    assert forms(term) == [only]


def test_a_store_made_before_finds_them_after_its_next_opening_for_writing(newsroom: Newsroom) -> None:
    newsroom.write("a.txt", "Report\n\nThe oﬃcer Søren left on Monday.")
    newsroom.sync()
    with closing(sqlite3.connect(newsroom.store_path / FILE_NAME)) as old, old:
        old.execute("DROP TABLE forms")
    with newsroom.open() as unchanged:
        assert not unchanged.lexical(["officer"], 5) and unchanged.lexical(["Monday"], 5)
    embedded = len(newsroom.embedder.embedded)
    newsroom.sync()
    with newsroom.open() as upgraded:
        assert upgraded.lexical(["officer"], 5) and upgraded.lexical(["Soren"], 5)
    assert len(newsroom.embedder.embedded) == embedded


def test_no_odd_word_of_a_removed_article_stays(newsroom: Newsroom) -> None:
    path = newsroom.write("a.txt", "Report\n\nThe oﬃcer Søbjørnsen left on Monday.")
    newsroom.write("b.txt", FERRY)
    newsroom.sync()
    with newsroom.open() as store:
        ids = [one.id for one in store.articles() if one.id.endswith(path.name)]
    remove(newsroom.store_path, ids)
    held = b"".join(file.read_bytes() for file in newsroom.store_path.rglob("*") if file.is_file())
    assert not any(word in held for word in ("Søbjørnsen".encode(), b"sobjornsen"))


def test_looking_for_odd_words_is_linear() -> None:
    def looked_at(text: str) -> int:
        return calls_of(lambda: odd_words(text))

    short, long = looked_at("ß" + "a " * 2_000), looked_at("ß" + "a " * 20_000)
    assert long < 12 * short
    assert odd_words("ﬁ" * 100_000 + " " + "a" * 100_000) == {}


def test_models_read_plain_letters() -> None:
    assert (
        legible("The oﬃcer in ＵＫ gov\u00adernment, Søren “said”…")
        == "The officer in UK government, Søren “said”…"
    )
    assert legible("plain") == "plain"
