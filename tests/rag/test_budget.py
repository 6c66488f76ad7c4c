"""The daily budget: reserved, settled, shared by processes, kept over kills, and closed in doubt."""

import json
import logging
import os
import signal
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from rag.budget import COUNT_FILE, NoTokens, TokenBudget
from tests.conftest import ROOT

NOON = datetime(2026, 11, 28, 12, tzinfo=UTC)


def budget(folder: Path, limit: int = 1_000, now: datetime = NOON) -> TokenBudget:
    """A budget at a moment."""
    return TokenBudget(folder, limit, now=lambda: now)


def test_what_is_reserved_counts_until_it_is_settled(tmp_path: Path) -> None:
    shared = budget(tmp_path)
    reserved = shared.reserve(700)
    assert shared.used() == 700
    with pytest.raises(NoTokens):
        shared.reserve(400)
    shared.settle(reserved, 150)
    assert shared.used() == 150
    shared.settle(shared.reserve(850), 900)  # An answer may be longer than was asked for.
    assert shared.used() == 1_050
    with pytest.raises(NoTokens):
        shared.reserve(1)


def test_a_spent_budget_says_how_much_it_was_and_when_it_starts_again(tmp_path: Path) -> None:
    with pytest.raises(NoTokens) as caught:
        budget(tmp_path, 12_000).reserve(12_001)
    assert str(caught.value) == (
        "The daily budget of 12,000 model tokens is used up (too few are left for an answer); "
        "it starts again on 29 November 2026 at 00:00 UTC."
    )


def test_the_count_starts_again_with_the_day_in_utc(tmp_path: Path) -> None:
    late = datetime(2026, 12, 31, 23, 59, 59, tzinfo=UTC)
    reserved = budget(tmp_path, now=late).reserve(900)
    after = budget(tmp_path, now=late + timedelta(seconds=1))
    assert after.used() == 0
    after.reserve(500)
    after.settle(reserved, 900)  # Begun on the day before, whose count is over.
    assert after.used() == 500


def test_the_count_survives_a_restart_and_is_shared_by_all_who_use_the_store(tmp_path: Path) -> None:
    reserved = budget(tmp_path).reserve(400)
    assert budget(tmp_path).used() == 400
    budget(tmp_path).settle(reserved, 100)
    assert budget(tmp_path).used() == 100


def test_threads_side_by_side_never_exceed_the_budget(tmp_path: Path) -> None:
    def reserve(_: int) -> int:
        try:
            return budget(tmp_path).reserve(70).tokens
        except NoTokens:
            return 0

    with ThreadPoolExecutor(8) as pool:
        assert sum(pool.map(reserve, range(40))) == 980
    assert budget(tmp_path).used() == 980


def test_a_kill_in_the_middle_of_a_call_keeps_what_was_reserved(tmp_path: Path) -> None:
    code = (
        "import sys, os, signal; from pathlib import Path; from rag.budget import TokenBudget;"
        "TokenBudget(Path(sys.argv[1]), 1000).reserve(600); os.kill(os.getpid(), signal.SIGKILL)"
    )
    killed = subprocess.run([sys.executable, "-c", code, str(tmp_path)], cwd=ROOT, timeout=300)
    assert killed.returncode == -signal.SIGKILL
    assert TokenBudget(tmp_path, 1_000).used() == 600


def test_the_file_never_grows_and_only_its_owner_reads_it(tmp_path: Path) -> None:
    shared, path, sizes = budget(tmp_path, 10**12), tmp_path / COUNT_FILE, set()
    for tokens in (1, 10**6, 10**11):
        shared.settle(shared.reserve(tokens), tokens)
        sizes.add(path.stat().st_size)
    assert len(sizes) == 1 and path.stat().st_mode & 0o777 == 0o600
    assert json.loads(path.read_text()) == {"day": "2026-11-28", "tokens": 1 + 10**6 + 10**11}


@pytest.mark.parametrize(
    "content",
    [
        b"{",
        b"\0" * 80,
        b"[]",
        b"null",
        b'"2026-11-28"',
        b'{"day": "2026-11-28"}',
        b'{"day": "2026-11-28", "tokens": -5}',
        b'{"day": "2026-11-28", "tokens": 1.5}',
        b'{"day": "2026-11-28", "tokens": true}',
        b'{"day": "2026-11-28", "tokens": "7"}',
        b'{"day": "2026-11-28", "tokens": NaN}',
        b'{"day": "today", "tokens": 7}',
        b'{"day": 20261128, "tokens": 7}',
        b'{"day": "2026-11-28", "tokens": 1' + b"0" * 5_000 + b"}",
        b"[" * 4_096,
        b"\xff\xfe",
    ],
)
def test_a_damaged_count_closes_the_budget_for_the_day_with_one_sentence_in_the_log(
    tmp_path: Path, caplog: pytest.LogCaptureFixture, content: bytes
) -> None:
    path = tmp_path / COUNT_FILE
    path.write_bytes(content)
    assert budget(tmp_path).used() is None
    for _ in range(3):
        with pytest.raises(NoTokens, match="used up"):
            budget(tmp_path).reserve(10)
    (record,) = [record for record in caplog.records if record.levelno >= logging.ERROR]
    assert "is damaged" in record.getMessage() and str(path) in record.getMessage()
    assert budget(tmp_path).used() == 1_000
    tomorrow = budget(tmp_path, now=NOON + timedelta(days=1))
    assert tomorrow.reserve(10).tokens == 10
    path.unlink()
    assert budget(tmp_path).reserve(10).tokens == 10


def test_a_count_that_is_damaged_during_a_call_stays_closed_after_it(tmp_path: Path) -> None:
    shared = budget(tmp_path)
    reserved = shared.reserve(900)
    (tmp_path / COUNT_FILE).write_bytes(b"{")
    shared.settle(reserved, 10)
    with pytest.raises(NoTokens):
        shared.reserve(1)


def test_an_empty_file_is_a_new_one(tmp_path: Path) -> None:
    (tmp_path / COUNT_FILE).touch()
    assert budget(tmp_path).reserve(1_000).tokens == 1_000


@pytest.mark.parametrize("what", ["folder", "link", "pipe", "missing"])
def test_where_nothing_can_be_counted_nothing_is_given_out(
    tmp_path: Path, caplog: pytest.LogCaptureFixture, what: str
) -> None:
    path = tmp_path / COUNT_FILE
    folder = tmp_path
    match what:
        case "folder":
            path.mkdir()
        case "link":
            path.symlink_to(tmp_path / "elsewhere")
        case "pipe":
            os.mkfifo(path)
        case _:
            folder = tmp_path / "none"
    shared = budget(folder)
    for _ in range(3):
        with pytest.raises(NoTokens) as caught:
            shared.reserve(10)
    assert (
        str(caught.value) == "The daily budget of model tokens cannot be counted; the server's log says why."
    )
    assert len(caplog.records) == 1 and str(folder) in caplog.text
    assert not (tmp_path / "elsewhere").exists()


def test_a_full_disk_is_no_reason_to_fail_after_a_call(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    shared = budget(tmp_path)
    reserved = shared.reserve(500)
    monkeypatch.setattr("os.pwrite", lambda *given: 3)
    shared.settle(reserved, 10)
    with pytest.raises(NoTokens, match="cannot be counted"):
        shared.reserve(10)
    assert len(caplog.records) == 1 and "No space left" in caplog.text
