"""What `serve` prepares before it serves: the store of the sample articles."""

from pathlib import Path

import pytest

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
