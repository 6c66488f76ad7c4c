"""Who may read what a store's processes make, and what a killed one leaves."""

import os
import stat
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from index.store.files import TEMPORARY, kept_private, make_file, readable_by_others, temporary_files
from index.store.lock import locked
from index.store.store import Store
from index.sync.run import sync
from rag.feedback import Feedback, FeedbackStore
from tests.fakes import WordOverlapEmbedding


@pytest.fixture(autouse=True)
def usual_umask() -> Iterator[None]:
    """Most systems let everybody read new files."""
    before = os.umask(0o022)
    yield
    os.umask(before)


def modes(folder: Path) -> dict[str, int]:
    """The modes of the folder (`.`) and of all that is in it."""
    inside = {str(path.relative_to(folder)): path for path in folder.rglob("*")}
    return {name: stat.S_IMODE(path.stat().st_mode) for name, path in {".": folder, **inside}.items()}


def indexed(folder: Path, *, vector_cache: bool = False) -> Path:
    (folder / "a.txt").write_text("The ferry left at noon on Monday.")
    sync([folder / "a.txt"], folder / "store", WordOverlapEmbedding(), vector_cache=vector_cache)
    return folder / "store"


def test_a_new_store_is_for_its_owner_alone(tmp_path: Path) -> None:
    folder = indexed(tmp_path)
    with locked(folder, "http://127.0.0.1:1"), Store.open(folder, write=True):
        FeedbackStore(folder).add(Feedback("up", "Who left?"))
        found = modes(folder)
    assert found.pop(".") == 0o700 and set(found.values()) == {0o600}
    assert {"onrecord.sqlite", "onrecord.sqlite-wal", "onrecord.sqlite-shm", "owner.lock"} <= set(found)
    assert not readable_by_others(folder)


def test_the_vector_cache_is_too(tmp_path: Path) -> None:
    with kept_private(tmp_path / "store"):
        folder = indexed(tmp_path, vector_cache=True)
    found = modes(folder)
    assert any(name.startswith("chroma/") for name in found)
    assert not [name for name, mode in found.items() if mode & 0o077]


def test_new_files_in_a_folder_that_was_there_are_their_owners_and_old_ones_stay(tmp_path: Path) -> None:
    folder = tmp_path / "store"
    folder.mkdir(mode=0o755)
    make_file(folder / "onrecord.sqlite")
    (folder / "onrecord.sqlite").chmod(0o644)
    indexed(tmp_path)
    found = modes(folder)
    assert found["."] == 0o755 and found["onrecord.sqlite"] == 0o644 and found["owner.lock"] == 0o600
    assert readable_by_others(folder) == ["onrecord.sqlite", "."]


def test_a_folder_that_a_group_shares_goes_on_being_shared(tmp_path: Path) -> None:
    folder = tmp_path / "store"
    folder.mkdir()
    folder.chmod(0o2770)
    os.umask(0o007)
    with kept_private(folder):
        indexed(tmp_path, vector_cache=True)
    found = modes(folder)
    assert not [name for name, mode in found.items() if mode & 0o007 or not mode & 0o060]
    assert not readable_by_others(folder)


def test_the_umask_counts_and_comes_back(tmp_path: Path) -> None:
    os.umask(0o027)
    with kept_private(tmp_path / "none"):
        assert os.umask(0o077) == 0o077
    assert os.umask(0o027) == 0o027


def test_a_file_that_is_a_link_is_left_alone(tmp_path: Path) -> None:
    (tmp_path / "elsewhere").write_text("kept")
    (tmp_path / "link").symlink_to(tmp_path / "elsewhere")
    make_file(tmp_path / "link")
    assert (tmp_path / "elsewhere").read_text() == "kept"


KILLED = """
import sys, tempfile
from pathlib import Path
from index.store.files import temporary_files

with temporary_files(Path(sys.argv[1])):
    folder = tempfile.mkdtemp(prefix="onrecord-")
    Path(folder, "upload.txt").write_text("A secret harbour.")
    spooled = tempfile.SpooledTemporaryFile(max_size=1)
    spooled.write(b"A secret harbour.")
    print("written", flush=True)
    sys.stdin.read()
"""


def test_what_a_killed_server_was_sent_lies_in_the_store_until_the_next_start(tmp_path: Path) -> None:
    folder, system = tmp_path / "store", tmp_path / "system"
    folder.mkdir()
    system.mkdir()
    with subprocess.Popen(
        [sys.executable, "-c", KILLED, str(folder)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        env=os.environ | {"TMPDIR": str(system), "PYTHONPATH": os.getcwd()},
    ) as process:
        assert process.stdout is not None and process.stdout.readline() == b"written\n"
        process.kill()
    assert not list(system.iterdir())
    assert list((folder / TEMPORARY).rglob("upload.txt")) and modes(folder)[TEMPORARY] == 0o700
    before = tempfile.gettempdir()
    with temporary_files(folder) as place:
        assert not list(place.iterdir()) and tempfile.gettempdir() == str(place)
    assert tempfile.gettempdir() == before and not (folder / TEMPORARY).exists()
