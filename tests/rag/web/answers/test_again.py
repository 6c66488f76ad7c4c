"""An answer shown again: quotes from the store, without what was removed, with what was corrected since."""

import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from index.store.store import Store
from index.store.write import writing
from index.sync.remove import remove
from rag.answer import Question
from rag.web.answers.again import Again, again
from rag.web.answers.given import given, is_ours, sealed
from rag.web.answers.shown import copied
from rag.web.answers.words import words_in
from rag.web.bounds.exposure import Ledger, Rights, Viewer
from rag.web.present import answer_view
from tests.rag.web.conftest import ANSWERED, ARTICLES, ASKED, indexed, opener

KEY = b"k" * 32
NOTICE = "Correction: The ferry was steered by Ada Byron, not by Captain Grace Hopper."


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return indexed(tmp_path)


@pytest.fixture
def kept(folder: Path) -> Callable[..., dict[str, Any]]:
    """Asks, and gives what a browser keeps of the answer."""

    def ask(question: str = ANSWERED) -> dict[str, Any]:
        opened = opener(folder)()
        assert opened is not None
        with opened.store:
            answer = opened.assistant.ask(Question(question))
            view = sealed(answer, answer_view(answer), KEY)
        return json.loads(json.dumps(given(view) | {"seal": view["seal"]}))  # type: ignore[no-any-return]

    return ask


@pytest.fixture
def store(folder: Path) -> Iterator[Store]:
    with Store.open(folder) as store:
        yield store


def rewrite(folder: Path, **changes: object) -> None:
    """Index the article "ferry" with other fields."""
    indexed(folder.parent, [ARTICLES[0] | changes, *ARTICLES[1:]])


def shown(made: Again) -> list[tuple[str, str]]:
    return [(one["role"], one["text"]) for one in made.view["sentences"]]


def test_an_answer_is_shown_again_as_it_was_given(
    folder: Path, kept: Callable[..., dict[str, Any]], store: Store
) -> None:
    opened = opener(folder)()
    assert opened is not None
    with opened.store:
        for question in (ANSWERED, ASKED, "What articles are there?", "Hello"):
            answer = opened.assistant.ask(Question(question))
            view = json.loads(json.dumps(sealed(answer, answer_view(answer), KEY)))
            made = again(view, store, KEY)
            assert not made.withdrawn and not made.corrected and made.kept == given(view)
            assert given(made.view) == made.kept and made.view["seal"] == made.seal == view["seal"]
            for name in ("answer", "sentences", "question", "status", "searched", "archive", "articles"):
                assert made.view.get(name) == view.get(name), name
            added = [one | {"corrected_since": None} for one in view["citations"]]
            assert json.loads(json.dumps(made.view["citations"])) == added


def test_what_was_removed_is_neither_quoted_nor_named(
    folder: Path, kept: Callable[..., dict[str, Any]], store: Store
) -> None:
    before = kept()
    remove(folder, ["ferry"])
    made = again(before, store, KEY, lang="de")
    assert made.withdrawn and shown(made) == [("withdrawn", words_in("de")["withdrawn"])]
    assert made.view["status"] == "withdrawn" and made.view["citations"] == []
    said = json.dumps([made.kept, {**made.view, "question": "", "standalone": ""}])
    assert not [one for one in ("Hopper", "Harbour Post", "Ferry leaves") if one in said]
    assert is_ours({**made.kept, "seal": made.seal}, KEY), "it is kept in the place of what was given"
    assert again({**made.kept, "seal": made.seal}, store, KEY).kept == made.kept
    assert given(made.view) == made.kept


def test_what_is_about_to_be_removed_is_hidden_already(
    kept: Callable[..., dict[str, Any]], store: Store
) -> None:
    before = kept()
    store.hidden = frozenset({"ferry"})
    assert again(before, store, KEY).withdrawn


def test_a_near_passage_that_was_removed_is_left_out(
    folder: Path, kept: Callable[..., dict[str, Any]], store: Store
) -> None:
    before = kept(ASKED)
    assert again(before, store, KEY).view["passages"][0]["article_id"] == "ferry"
    remove(folder, ["ferry"])
    made = again(before, store, KEY)
    assert "ferry" not in json.dumps(made.view["passages"]) and not made.withdrawn


def test_a_corrected_article_is_quoted_as_it_was_and_says_what_was_corrected(
    folder: Path, kept: Callable[..., dict[str, Any]], store: Store
) -> None:
    before = kept()
    rewrite(
        folder, text=str(ARTICLES[0]["text"]).replace("Captain Grace Hopper", "Ada Byron") + f"\n\n{NOTICE}"
    )
    made = again(before, store, KEY)
    [citation] = made.view["citations"]
    assert citation["quote"] == "Captain Grace Hopper steered the ferry." and made.corrected
    assert [one["says"] for one in citation["corrected_since"]] == [NOTICE] and not made.withdrawn
    assert made.kept == given(before)
    say = words_in("en")
    assert copied(made.view, say).endswith(f"\n    {say['corrected_since']} {NOTICE}")


def test_a_changed_article_without_a_notice_says_so_too(
    folder: Path, kept: Callable[..., dict[str, Any]], store: Store
) -> None:
    before = kept()
    rewrite(folder, text=f"{ARTICLES[0]['text']} It rained.")
    made = again(before, store, KEY)
    assert made.corrected and made.view["citations"][0]["corrected_since"] == []
    rewrite(folder, text=ARTICLES[0]["text"])
    assert not again(before, store, KEY).corrected, "the text is as it was again"


def test_what_only_our_reader_reads_otherwise_is_no_correction(
    folder: Path, kept: Callable[..., dict[str, Any]], store: Store
) -> None:
    before = kept()
    rewrite(folder, text=f"{ARTICLES[0]['text']} It rained.")
    with writing(folder) as writer:
        writer.execute("UPDATE revisions SET cause = 'reread' WHERE cause = 'changed'")
    assert not again(before, store, KEY).corrected


def test_a_visitor_sees_again_what_is_left_to_them(kept: Callable[..., dict[str, Any]], store: Store) -> None:
    before = kept()
    rights = Rights("excerpt", lambda: store)
    assert again(before, store, KEY, Viewer(rights, "visitor")).view["citations"]
    spent = Rights("excerpt", lambda: store, Ledger(of_one=0))
    made = again(before, store, KEY, Viewer(spent, "visitor"))
    assert shown(made)[-1] == ("notice", words_in("en")["not_shown"])
    assert made.view["citations"] == [] and "Hopper" not in json.dumps(made.view["sentences"])
    assert "seal" not in made.view and made.kept == given(before) and not made.withdrawn
