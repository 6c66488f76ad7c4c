"""Answers as they were given: their seal fits them alone, however much else is sent with them."""

import json
from typing import Any

import pytest

from rag.web.answers.given import KEPT, given, is_ours, sealed
from rag.web.present import answer_view
from tests.rag.web.answers.test_shown import made

KEY = b"k" * 32


@pytest.fixture
def view() -> dict[str, Any]:
    answer = made()
    view: dict[str, Any] = json.loads(json.dumps(sealed(answer, answer_view(answer), KEY)))
    return view


def test_an_answer_that_was_given_is_ours_whole_or_as_it_is_kept(view: dict[str, Any]) -> None:
    assert is_ours(view, KEY)
    assert is_ours({**given(view), "seal": view["seal"]}, KEY)
    assert "passages" not in KEPT and "quote" not in json.dumps(given(view)["citations"])


@pytest.mark.parametrize(
    "name", ["question", "asked_at", "status", "sentences", "citations", "archive", "seal"]
)
def test_an_answer_that_was_changed_is_not_ours(view: dict[str, Any], name: str) -> None:
    assert not is_ours({**view, name: "changed"}, KEY)
    assert not is_ours({key: value for key, value in view.items() if key != name}, KEY)


def test_an_answer_of_another_archive_is_not_ours(view: dict[str, Any]) -> None:
    assert not is_ours(view, b"o" * 32)


@pytest.mark.parametrize(
    "shape", [{}, {"seal": None}, {"sentences": [3]}, {"citations": {"n": 1}}, {"seal": "\ud800"}]
)
def test_any_other_shape_is_not_ours(shape: dict[str, Any]) -> None:
    assert not is_ours(shape, KEY)
