"""A takedown takes an article's words out of shared answers, in its own transaction; nothing else does."""

import pytest

from index.store.shares import Kept, add_share, find_share
from index.store.write import writing
from index.sync import remove as module
from index.sync.remove import remove
from tests.index.newsroom import COINS, Newsroom
from tests.index.store.test_shares import answer, cited, sentence

SECRET = "The quokkasanctuary opened its gates on Friday to wardens of the whole coast. Entry is free."
ID, OTHER = "articles/secret.md", "articles/coins.txt"


@pytest.fixture
def archive(newsroom: Newsroom) -> Newsroom:
    newsroom.write("coins.txt", COINS)
    newsroom.write("secret.md", SECRET, title="Wardens meet", source="Wombat Herald")
    newsroom.sync()
    return newsroom


def shared(newsroom: Newsroom, kept: Kept, seal: str) -> str:
    with writing(newsroom.store_path) as writer, writer.transaction(articles=False):
        return add_share(writer, kept, seal)


def quoting(**changes: object) -> Kept:
    """An answer that quotes the secret article, and names its outlet and words wherever an answer can."""
    said = [
        sentence(0, "Wombat Herald, 1 May 2020:", "lead"),
        sentence(1, SECRET.split(". ")[0] + ".", "claim", 1),
        sentence(2, "Echo, 2 May 2020:", "lead"),
        sentence(3, COINS.split(". ")[0] + ".", "claim", 2),
        sentence(4, "The quokkasanctuary is not said to be large.", "gap"),
    ]
    named = {
        "question": "When did the quokkasanctuary open?",
        "standalone": "When did the quokkasanctuary open?",
        "searched": ["quokkasanctuary opening"],
        "suggestions": ["Who visited the quokkasanctuary?"],
        "notices": ["Of “Wardens meet” no more is shown."],
        "filters": {"source": ["Wombat Herald"], "after": None, "before": None, "as_of": None},
        "citations": [cited(1, ID), cited(2, OTHER)],
    }
    return answer(**{"sentences": said, **named, **changes})


def left_of(newsroom: Newsroom, id: str) -> Kept:
    with newsroom.open() as store:
        found = find_share(store, id)
        assert found is not None
        return found.answer


def files_with(newsroom: Newsroom, *words: bytes) -> list[str]:
    files = [path for path in newsroom.store_path.rglob("*") if path.is_file()]
    return [path.name for path in files if any(word in path.read_bytes().lower() for word in words)]


def test_no_word_of_a_removed_article_stays_in_a_shared_answer(archive: Newsroom) -> None:
    ids = [shared(archive, quoting(), "1")]
    ids += [shared(archive, quoting(citations=[cited(2, OTHER)], nearest=[cited(1, ID)], sentences=[]), "2")]
    words = (b"quokka", b"wombat", b"wardens meet", b"opened its gates")
    assert files_with(archive, *words)
    assert remove(archive.store_path, [ID]).notice is None
    assert not files_with(archive, *words)
    left = left_of(archive, ids[0])
    roles = [one["role"] for one in left["sentences"]]
    assert roles == ["withdrawn", "lead", "claim", "withdrawn"] and left["status"] == "partial"
    assert left["sentences"][2]["text"].startswith("The museum opens")
    assert left_of(archive, ids[1])["nearest"] == []


def test_other_shares_stay_as_they_are(archive: Newsroom) -> None:
    kept = quoting(
        question="What opens on Friday?",
        standalone="What opens on Friday?",
        sentences=[sentence(0, COINS.split(". ")[0] + ".", "claim", 1)],
        citations=[cited(1, OTHER)],
        searched=["What opens on Friday?"],
        suggestions=["Who has free entry?"],
        notices=[],
        filters={},
    )
    id = shared(archive, kept, "1")
    remove(archive.store_path, [ID])
    assert left_of(archive, id) == kept and shared(archive, kept, "1") == id


def test_words_of_it_go_from_shares_that_do_not_cite_it(archive: Newsroom) -> None:
    kept = quoting(
        question="Is it true that it opened its gates on Friday to wardens of the whole coast?",
        sentences=[sentence(0, COINS.split(". ")[0] + ".", "claim", 1)],
        citations=[cited(1, OTHER)],
    )
    id = shared(archive, kept, "1")
    remove(archive.store_path, [ID])
    left = left_of(archive, id)
    assert left["question"] == "" and left["searched"] == left["suggestions"] == []
    assert left["sentences"] == kept["sentences"] and not files_with(archive, b"quokka")


def test_a_share_that_lost_words_is_not_taken_for_the_answer_it_was(archive: Newsroom) -> None:
    id = shared(archive, quoting(), "1")
    remove(archive.store_path, [ID])
    assert shared(archive, answer(), "1") != id


def test_a_killed_takedown_has_removed_neither_or_both(
    archive: Newsroom, monkeypatch: pytest.MonkeyPatch
) -> None:
    id = shared(archive, quoting(), "1")
    with monkeypatch.context() as patch, pytest.raises(KeyboardInterrupt):
        patch.setattr(module, "erase_shares", interrupt)
        remove(archive.store_path, [ID])
    with archive.open() as store:
        assert store.article(ID) is not None
    assert left_of(archive, id) == quoting()


def interrupt(*given: object) -> None:
    """What a kill does."""
    raise KeyboardInterrupt


def test_pruning_and_correcting_leave_shares_alone(archive: Newsroom) -> None:
    id = shared(archive, quoting(), "1")
    archive.write("secret.md", SECRET.replace("Friday", "Monday"), title="Wardens meet")
    archive.sync()
    assert left_of(archive, id) == quoting()
    (archive.folder / "secret.md").unlink()
    assert archive.sync(prune=True).removed == 1
    assert left_of(archive, id) == quoting()
