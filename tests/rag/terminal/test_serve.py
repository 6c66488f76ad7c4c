"""What `serve` prepares before it serves: the store of the sample articles."""

import os
import tempfile
from argparse import Namespace
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import pytest

from index.store.files import TEMPORARY
from index.store.store import Store
from rag.terminal import serve
from rag.terminal.settings import Settings
from tests.fakes import WordOverlapEmbedding


def test_the_samples_are_indexed_in_the_current_folder_and_brought_up_to_date(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    samples, own_store = tmp_path / "samples", tmp_path / "own"
    samples.mkdir()
    for name in ("ferry", "quake"):
        (samples / f"{name}.md").write_text(f"The {name} was on Monday, the mayor said.")
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(serve, "SAMPLES", samples)
    settings = serve.index_samples(Settings(own_store), WordOverlapEmbedding())
    assert capsys.readouterr().out == "2 sample articles, 2 passages in .samples-store\n"
    assert settings.name == "The onrecord samples" and not own_store.exists()
    (samples / "quake.md").unlink()
    serve.index_samples(Settings(own_store), WordOverlapEmbedding())
    with Store.open(settings.store) as store:
        assert [article.id for article in store.articles()] == ["samples/ferry.md"]


def test_a_server_keeps_temporary_files_in_its_store_and_everything_to_its_owner(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder, umask = tmp_path / "store", os.umask(0o022)
    seen: list[object] = []

    def build(settings: Settings, web: object, held: ExitStack) -> tuple[Any, bool]:
        seen.extend((Path(tempfile.gettempdir()), os.umask(0o077)))
        return None, False

    monkeypatch.setattr("rag.web.server.run", lambda *arguments, **named: None)
    arguments = Namespace(samples=False, public_url=None, open_api=False, host="127.0.0.1", port=0)
    try:
        assert serve.serve(arguments, Settings(folder), WordOverlapEmbedding, build) == 0
    finally:
        os.umask(umask)
    assert seen == [folder / TEMPORARY, 0o077] and not (folder / TEMPORARY).exists()
    assert folder.stat().st_mode & 0o777 == 0o700


def test_what_follows_for_an_untried_checking_model_is_said_at_start(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr("rag.web.server.run", lambda *arguments, **named: None)
    arguments = Namespace(samples=False, public_url=None, open_api=False, host="127.0.0.1", port=0)
    asked = []

    def advice(settings: Settings) -> str | None:
        asked.append(settings.store)
        return "the checking model m was never tried" if len(asked) == 1 else None

    def build(settings: Settings, web: object, held: ExitStack) -> tuple[Any, bool]:
        return None, False

    for _ in range(2):
        assert serve.serve(arguments, Settings(tmp_path), WordOverlapEmbedding, build, advice) == 0
    assert capsys.readouterr().err == "onrecord: the checking model m was never tried\n"
    assert asked == [tmp_path, tmp_path]
