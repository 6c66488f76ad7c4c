"""What doctor says of parts that are elsewhere."""

import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from app import main
from index.models.bge import BgeSmall
from index.models.embedder import Embedder
from index.models.endpoint import EndpointEmbedder
from index.store.schema import FILE_NAME
from index.vectors.address import ChromaAddress
from rag.terminal.doctor import Finding, diagnose
from tests.chroma_process import HOST, free_port
from tests.embeddings import changed, embeddings
from tests.rag.web.conftest import indexed
from tests.scripted import ScriptedModel, error


def finding(part: str, store: Path, embedder: Embedder, chroma: ChromaAddress | None = None) -> Finding:
    """What is found of one part."""
    found = diagnose(store, (), embedder=embedder, chroma=chroma)
    return next(one for one in found if one.part == part)


def test_a_chroma_server_that_does_not_answer_is_a_note_without_its_password(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    store, port = indexed(tmp_path), free_port()
    address = ChromaAddress.parse(f"http://editor:hunter2@{HOST}:{port}")
    found = finding("vector cache", store, BgeSmall(), address)
    assert found.state == "note" and f"http://{HOST}:{port} cannot be used" in found.says
    monkeypatch.setenv("ONRECORD_CHROMA_URL", f"http://editor:hunter2@{HOST}:{port}")
    main(["doctor", "--store", str(store)])
    said = capsys.readouterr()
    assert "Connection refused" in said.out and "hunter2" not in said.out + said.err


def test_an_embeddings_endpoint_is_asked_for_one_vector(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("openai._base_client.time.sleep", lambda _: None)
    with ScriptedModel(embeddings) as server:
        embedder = EndpointEmbedder(server.base_url, "overlap", "hunter2")
        found = finding("embedding model", tmp_path / "none", embedder)
        assert found.state == "ok" and found.says == f"overlap at {server.host} answers, 64 numbers a vector"
        server.script(error(503))
        found = finding("embedding model", tmp_path / "none", embedder)
        assert found.state == "broken" and "fault of its own (503)" in found.says


def test_an_endpoint_whose_vectors_do_not_fit_the_store_is_broken(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "ferry.txt").write_text("The ferry stayed in port on Monday.")
    monkeypatch.setenv("ONRECORD_STORE", str(tmp_path / "store"))
    with ScriptedModel(embeddings) as server:
        monkeypatch.setenv("ONRECORD_EMBED_BASE_URL", server.base_url)
        monkeypatch.setenv("ONRECORD_EMBED_MODEL", "overlap")
        assert main(["index", str(tmp_path / "ferry.txt")]) == 0
        server.script(changed(lambda data: [row.update(embedding=[1.0, 2.0]) for row in data]))
        found = finding("embedding model", tmp_path / "store", EndpointEmbedder(server.base_url, "overlap"))
        assert found.state == "broken" and "2 numbers a vector, and 64 in the store" in found.says
        assert finding("store", tmp_path / "store", BgeSmall()).state == "broken"
        capsys.readouterr()
        assert main(["ask", "Why?"]) == 1
        assert "the query's vector has 2 numbers" in capsys.readouterr().err


def test_a_store_that_everybody_can_read_is_noted(tmp_path: Path) -> None:
    store = indexed(tmp_path)
    assert finding("permissions", store, BgeSmall()).state == "ok"
    (store / "onrecord.sqlite").chmod(0o644)
    store.chmod(0o755)
    found = finding("permissions", store, BgeSmall())
    assert found.state == "note" and "every user of this machine can read onrecord" in found.says
    assert found.says.endswith(f"chmod -R o= {store}")
    assert finding("permissions", tmp_path / "none", BgeSmall()).state == "ok"


def test_missing_analyses_are_noted_with_how_to_make_them(tmp_path: Path) -> None:
    store = indexed(tmp_path)
    found = finding("analyses", store, BgeSmall())
    assert found.state == "ok" and found.says.startswith("stored for all ")
    with closing(sqlite3.connect(store / FILE_NAME)) as connection, connection:
        connection.execute("UPDATE analyses SET version = 0 WHERE passage_id = 1")
    found = finding("analyses", store, BgeSmall())
    assert found.state == "note" and found.says.startswith("missing or of another version for 1 of ")
    assert found.says.endswith("onrecord index PATH")
    assert finding("analyses", tmp_path / "none", BgeSmall()).state == "note"
