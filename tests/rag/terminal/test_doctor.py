"""What doctor says of parts that are elsewhere."""

from pathlib import Path

import pytest

from app import main
from index.chroma_address import ChromaAddress
from rag.terminal.doctor import diagnose
from tests.chroma_process import HOST, free_port
from tests.rag.web.conftest import indexed


def test_a_chroma_server_that_does_not_answer_is_a_note_without_its_password(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    store, port = indexed(tmp_path), free_port()
    address = ChromaAddress.parse(f"http://editor:hunter2@{HOST}:{port}")
    finding = next(one for one in diagnose(store, (), None, address) if one.part == "vector cache")
    assert finding.state == "note" and f"http://{HOST}:{port} cannot be used" in finding.says
    monkeypatch.setenv("ONRECORD_CHROMA_URL", f"http://editor:hunter2@{HOST}:{port}")
    main(["doctor", "--store", str(store)])
    said = capsys.readouterr()
    assert "no connection" in said.out and "hunter2" not in said.out + said.err
