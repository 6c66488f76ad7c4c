"""Gradio writes nothing into its own package when the page imports it."""

import inspect

import pytest
from gradio import HTML, component_meta

from rag.web.page.stubs import without_stubs


def test_no_stub_is_made_of_a_component_in_the_block(monkeypatch: pytest.MonkeyPatch) -> None:
    made: list[object] = []

    def create(code: str, events: object) -> str:
        made.append(code)
        return code

    monkeypatch.setattr(component_meta, "create_pyi", create)
    monkeypatch.setattr("pathlib.Path.write_text", lambda path, text: made.append(path))
    with without_stubs():
        component_meta.create_or_modify_pyi(HTML, "HTML", [])
    assert not made
    component_meta.create_or_modify_pyi(HTML, "HTML", [])
    assert made


def test_files_of_other_classes_are_known_in_the_block() -> None:
    with without_stubs():
        assert inspect.getfile(pytest.MonkeyPatch)
        with pytest.raises(OSError, match="no stub is written for HTML"):
            inspect.getfile(HTML)
    assert inspect.getfile(HTML).endswith("html.py")
