"""Words of removed articles: known again without being kept, and erased from readers' feedback."""

import json
from collections.abc import Sequence
from pathlib import Path

import pytest

from index.sync import remove as module
from index.sync.remove import TRACES, finish, remove, restore
from index.sync.removed import FEEDBACK_FILE, Removed
from rag.answer import Turn
from rag.feedback import Cited, Feedback, FeedbackStore, FeedbackWithdrawn
from tests.index.newsroom import COINS, Newsroom

SECRET = (
    "Quokkas were counted on the island by nine wardens before the storm of March came in. "
    "A warden, Ann Lee, blamed the gale. Nobody slept."
)
ID, OTHER = "articles/secret.md", "articles/coins.txt"
SENTENCES = (
    "Quokkas were counted on the island by nine wardens before the storm of March came in.",
    "A warden, Ann Lee, blamed the gale.",
)


@pytest.fixture
def taken(newsroom: Newsroom) -> Newsroom:
    """An archive from which the secret was taken down; another article is left."""
    index(newsroom)
    remove(newsroom.store_path, [ID])
    return newsroom


def index(newsroom: Newsroom) -> None:
    newsroom.write("secret.md", "An earlier text of seven words only.", title="Wardens count the quokkas")
    newsroom.sync()
    newsroom.write("secret.md", SECRET, title="Wardens count the quokkas")
    newsroom.write("coins.txt", COINS)
    newsroom.sync()


def said(newsroom: Newsroom, *texts: str, besides: Sequence[str] = ()) -> bool:
    with newsroom.open() as store:
        return Removed(store).said_in(texts, besides)


@pytest.mark.parametrize(
    "text",
    [
        *SENTENCES,
        "Is it true that quokkas WERE counted on the island, by nine wardens?",
        "it says “wardens before the storm of March came in” and that is wrong",
        "counted on the island by nine wardens before the",
        "A war\u200bden, Ann\u00a0Lee, blamed\nthe ｇale",
        "*Harbour Post:* A warden, Ann Lee, blamed the gale. [1] Nobody slept. [2]",
        "An earlier text of seven words only",
        "wardens count the quokkas",
    ],
)
def test_words_of_a_removed_article_are_known_again(taken: Newsroom, text: str) -> None:
    assert said(taken, text)
    assert not said(taken, text, besides=[text]), "the words of a living quote are its own"


@pytest.mark.parametrize(
    "text",
    ["", "Nobody slept.", "Who counted the quokkas on the island?", COINS, "the storm of March", "🚢 " * 9],
)
def test_other_words_are_not(taken: Newsroom, text: str) -> None:
    assert not said(taken, text)


def test_what_a_copy_says_too_that_stays_is_erased_and_may_be_said_again(newsroom: Newsroom) -> None:
    story = " ".join(f"Paragraph {n} tells of the long night at the quay of Lowtown." for n in range(40))
    newsroom.write("wire.txt", f"{story} The wire adds one sentence of its own here.")
    newsroom.write("copy.txt", story)
    newsroom.sync()
    told = "Paragraph 7 tells of the long night at the quay of Lowtown."
    feedback = FeedbackStore(newsroom.store_path)
    feedback.add(Feedback("up", "Why?", answer=told))
    kept = feedback.add(Feedback("up", "Why?", answer=told, citations=cited("articles/copy.txt", told)))
    remove(newsroom.store_path, ["articles/wire.txt"])
    assert [row.id for row in feedback.rows()] == [kept]
    assert said(newsroom, "The wire adds one sentence of its own here.") and not said(newsroom, told)
    remove(newsroom.store_path, ["articles/copy.txt"])
    assert said(newsroom, told) and not list(feedback.rows())


def test_a_restored_article_may_be_quoted_again(taken: Newsroom) -> None:
    restore(taken.store_path, [ID])
    assert not said(taken, *SENTENCES)


def cited(article_id: str, quote: str) -> tuple[Cited, ...]:
    return (Cited(article_id, "0123456789ab", 0, len(quote), quote),)


AFTER_AN_ANSWER = 7
"""The row of `rows_of`, as numbered below, whose words stand in an earlier answer only: it loses that."""


def rows_of(said: str) -> list[Feedback]:
    """Feedback that has these words in each of its texts, one after the other, without citing anything."""
    return [
        Feedback("up", f"Is it true that “{said}”?"),
        Feedback("up", "Why?", comment=said),
        Feedback("up", "Why?", answer=f"*Post:* {said} [1]"),
        Feedback("up", "Why?", history=(Turn("user", said), Turn("user", "And then?"))),
        Feedback("up", "Why?", history=(Turn("assistant", said),)),
        Feedback("up", "Why?", answer=f"{COINS} {said}", citations=cited(OTHER, COINS)),
    ]


@pytest.mark.parametrize("sentence", SENTENCES)
def test_a_takedown_erases_feedback_that_has_its_words_and_no_other(
    newsroom: Newsroom, sentence: str
) -> None:
    index(newsroom)
    feedback = FeedbackStore(newsroom.store_path)
    honest = Feedback("up", "What opens on Friday?", answer=COINS, citations=cited(OTHER, COINS))
    kept = feedback.add(honest)
    feedback.add(Feedback("down", "Who?", citations=cited(ID, "Nobody slept.")))
    for row in rows_of(sentence):
        feedback.add(row)
    assert remove(newsroom.store_path, [ID]).notice is None
    left = {row.id: row for row in feedback.rows()}
    assert left.keys() == {kept, AFTER_AN_ANSWER} and not left[AFTER_AN_ANSWER].history
    assert not files_with(newsroom.store_path, sentence, "Nobody slept")
    with newsroom.open() as store:
        assert store.meta(TRACES) is None


def files_with(folder: Path, *words: str) -> list[str]:
    files = [path for path in folder.rglob("*") if path.is_file()]
    return [path.name for path in files if any(word.encode() in path.read_bytes() for word in words)]


@pytest.mark.parametrize("number", range(6))
def test_nothing_that_quotes_a_removed_article_is_kept(taken: Newsroom, number: int) -> None:
    feedback = FeedbackStore(taken.store_path)
    with taken.open() as store:
        with pytest.raises(FeedbackWithdrawn):
            feedback.add(rows_of(SENTENCES[0])[number], Removed(store))
        with pytest.raises(FeedbackWithdrawn):
            feedback.add(Feedback("up", "Why?"), Removed(store), {ID})
        assert feedback.add(Feedback("up", "Why?", answer=COINS), Removed(store), {OTHER}) == 1
    assert not files_with(taken.store_path, "Quokkas were", "blamed the gale")


@pytest.mark.parametrize("step", ["erase_feedback", "ChromaVectors"])
def test_a_takedown_that_ends_early_is_finished_in_the_feedback_too(
    newsroom: Newsroom, monkeypatch: pytest.MonkeyPatch, step: str
) -> None:
    index(newsroom)
    feedback = FeedbackStore(newsroom.store_path)
    for row in rows_of(SENTENCES[0]):
        feedback.add(row)

    def interrupted(*_: object) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as patch, pytest.raises(KeyboardInterrupt):
        patch.setattr(module, step, interrupted)
        remove(newsroom.store_path, [ID])
    assert finish(newsroom.store_path) is None
    assert not any(row.history for row in feedback.rows()) and len(list(feedback.rows())) == 1
    assert not files_with(newsroom.store_path, "Quokkas were")


def test_restoring_after_a_killed_takedown_finishes_it_first(
    newsroom: Newsroom, monkeypatch: pytest.MonkeyPatch
) -> None:
    index(newsroom)
    feedback = FeedbackStore(newsroom.store_path)
    feedback.add(Feedback("up", "Why?", answer=SENTENCES[0]))
    feedback.add(Feedback("up", "Why?", citations=cited(ID, SENTENCES[0])))

    def interrupted(*_: object) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as patch, pytest.raises(KeyboardInterrupt):
        patch.setattr(module, "erase_feedback", interrupted)
        remove(newsroom.store_path, [ID])
    assert restore(newsroom.store_path, [ID]).changed == (ID,)
    assert not list(feedback.rows()) and not files_with(newsroom.store_path, "Quokkas were")


def test_feedback_that_cannot_be_searched_does_not_stop_a_takedown_and_is_said(newsroom: Newsroom) -> None:
    index(newsroom)
    path = newsroom.store_path / FEEDBACK_FILE
    path.write_bytes(b"no database, but long enough to be taken for one. " * 100)
    taken = remove(newsroom.store_path, [ID])
    assert taken.changed == (ID,) and taken.notice and "cannot be searched" in taken.notice
    path.unlink()
    assert finish(newsroom.store_path) is None
    with newsroom.open() as store:
        assert store.meta(TRACES) is None


def test_a_row_that_somebody_spoilt_goes(newsroom: Newsroom) -> None:
    index(newsroom)
    feedback = FeedbackStore(newsroom.store_path)
    feedback.add(Feedback("up", "Why?"))
    with feedback._to_write() as connection:
        connection.execute("UPDATE feedback SET rest = ?", (json.dumps({"answer": SECRET}),))
    connection.close()
    remove(newsroom.store_path, [ID])
    assert not list(feedback.rows())


def test_removing_again_what_an_earlier_version_removed_reaches_its_feedback(taken: Newsroom) -> None:
    feedback = FeedbackStore(taken.store_path)
    feedback.add(Feedback("up", "Why?", citations=cited(ID, SENTENCES[0])))
    assert remove(taken.store_path, [ID]).already == (ID,)
    assert not list(feedback.rows())


def test_no_word_is_kept_of_what_is_known(taken: Newsroom) -> None:
    with taken.open() as store:
        assert store.rows("SELECT count(*) FROM removed_words")[0][0] > 5
    assert not files_with(taken.store_path, "uokka", "warden")
