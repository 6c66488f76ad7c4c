"""The `articles` command: what is left out of an article's page can be seen."""

import json

import pytest

from index.store.store import Store
from rag.terminal.articles import show_article
from tests.index.newsroom import Newsroom

PAGE = """<html><head><title>Quay</title></head><body><article><h1>Quay</h1>
<p>The quay was built in 1911 and last repaired in 1988, the harbour office said on Monday.</p>
<p>Sign up for our newsletter and get the news in your inbox.</p>
<p>Repairs will cost 14 million crowns and go on until the spring, the mayor Else Brandt said.</p>
</article></body></html>"""
NOTICE = "Sign up for our newsletter and get the news in your inbox."


@pytest.fixture
def newsroom(tmp_path_factory: pytest.TempPathFactory) -> Newsroom:
    made = Newsroom(tmp_path_factory.mktemp("newsroom"))
    (made.folder / "quay.html").write_text(PAGE)
    made.write("ferry.txt", "The ferry stayed in port on Monday because of the gale, the master said.")
    made.sync()
    return made


def test_what_was_left_out_is_listed_with_its_reason(
    newsroom: Newsroom, capsys: pytest.CaptureFixture[str]
) -> None:
    show_article(newsroom.store_path, "articles/quay.html", None, as_json=False, with_dropped=True)
    shown = capsys.readouterr().out
    assert f"- the site speaks to its reader: {NOTICE}" in shown
    show_article(newsroom.store_path, "articles/quay.html", None, as_json=True, with_dropped=True)
    record = json.loads(capsys.readouterr().out)
    assert record["dropped"] == [{"text": NOTICE, "reason": "the site speaks to its reader"}]
    assert NOTICE not in record["text"] and "14 million" in record["text"]


def test_an_article_of_which_nothing_was_left_out_says_so(
    newsroom: Newsroom, capsys: pytest.CaptureFixture[str]
) -> None:
    show_article(newsroom.store_path, "articles/ferry.txt", None, as_json=False, with_dropped=True)
    assert "left out: nothing" in capsys.readouterr().out
    show_article(newsroom.store_path, "articles/ferry.txt", None, as_json=True)
    assert "dropped" not in json.loads(capsys.readouterr().out)


def test_a_store_of_an_earlier_version_knows_it_once_its_files_are_read_again(
    newsroom: Newsroom, capsys: pytest.CaptureFixture[str]
) -> None:
    from index.store.write import writing

    with writing(newsroom.store_path) as writer:
        writer.execute("DELETE FROM dropped")
        writer.execute("UPDATE files SET reader = 3")
    show_article(newsroom.store_path, "articles/quay.html", None, as_json=False, with_dropped=True)
    assert "left out: not known" in capsys.readouterr().out
    newsroom.embedder.embedded.clear()
    assert newsroom.sync().unchanged == 2 and not newsroom.embedder.embedded
    show_article(newsroom.store_path, "articles/quay.html", None, as_json=True, with_dropped=True)
    assert json.loads(capsys.readouterr().out)["dropped"][0]["text"] == NOTICE


def test_a_rebuild_keeps_what_was_left_out(newsroom: Newsroom, capsys: pytest.CaptureFixture[str]) -> None:
    (newsroom.folder / "quay.html").unlink()
    newsroom.sync(rebuild=True)
    show_article(newsroom.store_path, "articles/quay.html", None, as_json=True, with_dropped=True)
    assert json.loads(capsys.readouterr().out)["dropped"][0]["text"] == NOTICE


def test_an_articles_quotations_are_told_in_offsets_of_its_text(
    newsroom: Newsroom, capsys: pytest.CaptureFixture[str]
) -> None:
    text = "“The quay is safe. It is dear,” Else Brandt said. She added that it opens in May."
    newsroom.write("quay.txt", f"{text}\n")
    newsroom.sync()
    newsroom.write("quay.txt", text.replace("Brandt", "Lind") + "\n")
    newsroom.sync()
    for revision in (None, "first"):
        if revision:
            with Store.open(newsroom.store_path) as store:
                stored = store.article("articles/quay.txt")
            assert stored is not None
            revision = stored.revisions[0].revision
        show_article(newsroom.store_path, "articles/quay.txt", revision, as_json=True)
        record = json.loads(capsys.readouterr().out)
        speaker = "Else Brandt" if revision else "Else Lind"
        assert [
            (record["text"][one["start"] : one["end"]], one["speaker"], one["verb"], one["direct"])
            for one in record["quotations"]
        ] == [
            ("The quay is safe. It is dear,", speaker, "said", True),
            ("it opens in May", speaker, "added", False),
        ]
