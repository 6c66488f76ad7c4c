"""What doctor says of parts that are elsewhere."""

import json
import os
import sqlite3
from collections.abc import Mapping
from contextlib import closing
from pathlib import Path

import pytest

from app import main
from index.models.bge import BgeSmall
from index.models.embedder import Embedder
from index.models.endpoint import EndpointEmbedder
from index.store.schema import FILE_NAME
from index.vectors.address import ChromaAddress
from rag.chat import OpenAIChat
from rag.check.model_check import ModelCheck
from rag.check.trial import FILE, is_trusted, pairs
from rag.terminal.build import check_advice
from rag.terminal.doctor import Finding, diagnose
from rag.terminal.settings import Settings
from tests.checking import checker
from tests.chroma_process import HOST, port_of_nobody
from tests.embeddings import changed, embeddings
from tests.rag.web.conftest import indexed
from tests.scripted import Script, ScriptedModel, error


def finding(part: str, store: Path, embedder: Embedder, chroma: ChromaAddress | None = None) -> Finding:
    """What is found of one part."""
    found = diagnose(store, (), embedder=embedder, chroma=chroma)
    return next(one for one in found if one.part == part)


def test_a_chroma_server_that_does_not_answer_is_a_note_without_its_password(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    store = indexed(tmp_path)
    with port_of_nobody() as port:
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


# the check of meaning

RIGHT = {pair.claim: "SUPPORTED" for pair in pairs() if pair.is_true}


def tried(store: Path, reply: Script) -> Finding:
    """What is found of a checking model that gives these replies."""
    with ScriptedModel(reply) as server:
        check = ModelCheck(
            OpenAIChat(server.base_url, "scripted", retries=0), seconds=600.0, is_trusted=False
        )
        found = diagnose(store, (), embedder=BgeSmall(), checker=(check, "key"))
        return next(one for one in found if one.part == "check of meaning")


def test_a_checking_model_that_is_right_on_our_pairs_is_trusted_from_then_on(tmp_path: Path) -> None:
    found = tried(tmp_path, checker(RIGHT))
    assert found.state == "ok" and is_trusted(tmp_path, "key")
    assert found.says == (
        "scripted was right on 20 of 20 true and 20 of 20 false claims, balanced accuracy 100% (10 calls, "
        "which read 110 tokens and wrote 70); a sentence that it confirms counts as supported"
    )
    figures: Mapping[str, object] = found.figures or {}
    assert (figures["right_true"], figures["balanced_accuracy"], figures["calls"]) == (20, 1.0, 10)


def test_a_checking_model_that_always_agrees_is_tried_and_not_trusted(tmp_path: Path) -> None:
    found = tried(tmp_path, checker(lambda claim, sentences: "SUPPORTED"))
    assert found.state == "note" and not is_trusted(tmp_path, "key") and (tmp_path / FILE).exists()
    assert "0 of 20 false claims, balanced accuracy 50%" in found.says
    assert "its yes counts as unconfirmed" in found.says and "ONRECORD_CHECK_MODEL" in found.says


def test_a_checking_model_that_cannot_be_tried_or_kept_is_a_note(tmp_path: Path) -> None:
    for reply, says in ((error(401), "401"), ("ready", "no verdict that could be read")):
        found = tried(tmp_path, reply)
        assert found.state == "note" and says in found.says and not (tmp_path / FILE).exists()
        assert found.says.endswith("Until it can be tried, its yes counts as unconfirmed.")
    found = tried(tmp_path / "none", checker(RIGHT))
    assert found.state == "note" and "cannot be kept" in found.says and "index articles first" in found.says


def test_doctor_prints_the_figures_of_a_trial_as_json_and_serve_then_has_no_advice(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    store = indexed(tmp_path)
    with ScriptedModel("ready", checker(RIGHT)) as server:
        monkeypatch.setenv("ONRECORD_LLM_BASE_URL", server.base_url)
        monkeypatch.setenv("ONRECORD_LLM_MODEL", "scripted")
        settings = Settings.read(os.environ, tmp_path, store=str(store))
        assert "was never tried" in (check_advice(settings) or "")
        main(["doctor", "--store", str(store), "--json"])
    findings = json.loads(capsys.readouterr().out)["findings"]
    of_check = next(one for one in findings if one["part"] == "check of meaning")
    assert of_check["state"] == "ok" and of_check["figures"]["right_false"] == 20
    assert [one["part"] for one in findings if "figures" in one] == ["check of meaning"]
    assert check_advice(settings) is None


def test_without_a_model_word_rules_check(tmp_path: Path) -> None:
    found = finding("check of meaning", tmp_path / "none", BgeSmall())
    assert found.state == "ok" and found.says.startswith("word rules")
