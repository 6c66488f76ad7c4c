"""One process writes a store: the lock, its file, and who is told what."""

import json
import os
import signal
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from corpus.errors import StoreMissing, StoreOwned, StoreUnwritable
from index.store.lock import LOCK_FILE, LockHolder, StoreLock, lock_holder, locked

HOLD = """
import sys
from pathlib import Path
from index.store.lock import StoreLock
with StoreLock(Path(sys.argv[1]), address=sys.argv[2] or None):
    print("held", flush=True)
    sys.stdin.read()
"""


@contextmanager
def holder(store: Path, address: str = "") -> Iterator[subprocess.Popen[str]]:
    """Another process that holds the store until its input ends."""
    command = [sys.executable, "-c", HOLD, str(store), address]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as process:
        try:
            assert process.stdout and process.stdout.readline() == "held\n"
            yield process
        finally:
            process.kill()


def test_the_holder_is_named_with_its_address_while_it_holds(tmp_path: Path) -> None:
    with StoreLock(tmp_path, address="http://127.0.0.1:7860"):
        held = lock_holder(tmp_path)
    assert held is not None
    assert (held.pid, held.address) == (os.getpid(), "http://127.0.0.1:7860")
    assert held.since and held.since.endswith("+00:00")
    assert lock_holder(tmp_path) is None


def test_a_second_process_is_told_who_holds_the_store_and_what_to_do(tmp_path: Path) -> None:
    with holder(tmp_path, "http://127.0.0.1:7861") as process:
        with pytest.raises(StoreOwned) as refused, StoreLock(tmp_path):
            pass
        message = str(refused.value)
        assert f"process {process.pid}" in message
        assert "http://127.0.0.1:7861" in message
        assert "use that server" in message
    with StoreLock(tmp_path):
        pass


def test_a_holder_without_an_address_is_to_be_waited_for(tmp_path: Path) -> None:
    with holder(tmp_path), pytest.raises(StoreOwned, match="wait until it has finished"), StoreLock(tmp_path):
        pass


def test_a_second_lock_of_the_same_process_is_refused(tmp_path: Path) -> None:
    with (
        StoreLock(tmp_path),
        pytest.raises(StoreOwned, match=f"process {os.getpid()}"),
        StoreLock(tmp_path),
    ):
        pass


def test_a_killed_holder_frees_the_store_and_its_file_is_no_obstacle(tmp_path: Path) -> None:
    with holder(tmp_path) as process:
        process.send_signal(signal.SIGKILL)
        process.wait()
        assert json.loads((tmp_path / LOCK_FILE).read_text())["pid"] == process.pid
        assert lock_holder(tmp_path) is None
        with StoreLock(tmp_path):
            held = lock_holder(tmp_path)
    assert held is not None and held.pid == os.getpid()


def test_a_longer_line_of_a_dead_holder_leaves_no_trace(tmp_path: Path) -> None:
    (tmp_path / LOCK_FILE).write_text(json.dumps({"pid": 1, "address": "x" * 500, "since": "long ago"}))
    with StoreLock(tmp_path):
        assert json.loads((tmp_path / LOCK_FILE).read_text())["address"] is None


@pytest.mark.parametrize(
    "content", ["", "{", "[]", "7", '{"pid": "x", "address": 1, "since": null}', "\0" * 9]
)
def test_a_lock_file_of_rubbish_still_shows_that_somebody_holds_the_store(
    tmp_path: Path, content: str
) -> None:
    with StoreLock(tmp_path):
        (tmp_path / LOCK_FILE).write_text(content)
        assert lock_holder(tmp_path) == LockHolder()
        with pytest.raises(StoreOwned, match="another process"), StoreLock(tmp_path):
            pass


def test_an_address_can_be_announced_once_it_is_known(tmp_path: Path) -> None:
    lock = StoreLock(tmp_path)
    with pytest.raises(ValueError, match="holder"):
        lock.announce("http://127.0.0.1:1")
    with lock:
        lock.announce("http://127.0.0.1:40001")
        held = lock_holder(tmp_path)
    assert held is not None and held.address == "http://127.0.0.1:40001"


def test_a_child_that_outlives_the_holder_does_not_hold_the_store(tmp_path: Path) -> None:
    lock = StoreLock(tmp_path)
    lock.__enter__()
    child = subprocess.Popen(["sleep", "60"], close_fds=False)
    try:
        lock.release()
        with StoreLock(tmp_path):
            pass
    finally:
        child.kill()
        child.wait()


FORK = """
import os, sys
from pathlib import Path
from index.store.lock import StoreLock, lock_holder
store = Path(sys.argv[1])
lock = StoreLock(store)
lock.__enter__()
if os.fork() == 0:
    lock.release()
    os.write(1, b"child\\n")
    sys.stdin.read()
    os._exit(0)
assert lock_holder(store).pid == os.getpid()
os.write(1, b"parent\\n")
os.kill(os.getpid(), 9)
"""


def test_a_forked_child_neither_keeps_nor_frees_the_lock(tmp_path: Path) -> None:
    command = [sys.executable, "-c", FORK, str(tmp_path)]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as parent:
        assert parent.stdout and parent.stdin
        assert sorted([parent.stdout.readline(), parent.stdout.readline()]) == ["child\n", "parent\n"]
        assert parent.wait() == -signal.SIGKILL
        with StoreLock(tmp_path):
            held = lock_holder(tmp_path)
        parent.stdin.close()
    assert held is not None and held.pid == os.getpid()


def test_a_lock_file_deleted_and_made_anew_is_locked_anew(tmp_path: Path) -> None:
    with StoreLock(tmp_path):
        (tmp_path / LOCK_FILE).unlink()
        with StoreLock(tmp_path):
            assert lock_holder(tmp_path) is not None


def test_a_missing_store_and_an_unwritable_one_are_said_so(tmp_path: Path) -> None:
    with pytest.raises(StoreMissing, match="onrecord index"), StoreLock(tmp_path / "none"):
        pass
    (tmp_path / LOCK_FILE).mkdir()
    with pytest.raises(StoreUnwritable, match="permissions"), StoreLock(tmp_path):
        pass
    assert lock_holder(tmp_path / "none") is None


def test_asking_who_holds_the_lock_never_turns_the_next_writer_away(tmp_path: Path) -> None:
    asking = "import sys\nfrom pathlib import Path\nfrom index.store.lock import lock_holder\n"
    asking += "print('asking', flush=True)\nwhile True: lock_holder(Path(sys.argv[1]))"
    (tmp_path / LOCK_FILE).touch()
    command = [sys.executable, "-c", asking, str(tmp_path)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        try:
            assert process.stdout and process.stdout.readline() == "asking\n"
            for _ in range(50):
                with StoreLock(tmp_path):
                    pass
        finally:
            process.kill()


def test_one_process_may_hold_the_lock_several_times_over(tmp_path: Path) -> None:
    store = tmp_path / "new" / "store"
    with locked(store, "http://127.0.0.1:7860") as outer:
        with locked(store) as inner:
            assert inner is outer
        with locked(tmp_path / "new" / ".." / "new" / "store") as again:
            assert again is outer
        held = lock_holder(store)
    assert held is not None and held.address == "http://127.0.0.1:7860"
    assert lock_holder(store) is None
    with holder(store), pytest.raises(StoreOwned), locked(store):
        pass
    with locked(store):
        assert lock_holder(store) is not None


def test_threads_that_share_a_store_write_one_at_a_time(tmp_path: Path) -> None:
    inside: list[int] = []
    most: list[int] = []

    def write() -> None:
        with locked(tmp_path) as lock:
            for _ in range(20):
                with lock.writing:
                    inside.append(1)
                    most.append(len(inside))
                    inside.pop()

    threads = [threading.Thread(target=write) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert set(most) == {1} and len(most) == 80
    assert lock_holder(tmp_path) is None


def test_a_store_that_cannot_be_made_is_said_so(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(StoreUnwritable, match="cannot be locked"), locked(tmp_path / "file" / "store"):
        pass


def test_the_lock_imports_nothing_heavy() -> None:
    code = "import index.store.lock, sys; print(sorted({'numpy', 'chromadb', 'sqlite3'} & set(sys.modules)))"
    assert subprocess.check_output([sys.executable, "-c", code], text=True) == "[]\n"
