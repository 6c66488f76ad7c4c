"""The key of signed links: one for each store, for its owner's eyes, whoever makes it first."""

import logging
import os
import stat
import threading
from pathlib import Path

import pytest

from rag.web.bounds import links
from rag.web.bounds.links import KEY_BYTES, KEY_FILE, is_signed, link_key, signature

KEY = bytes(range(32))


def test_the_key_is_made_once_and_only_its_owner_can_read_it(tmp_path: Path) -> None:
    key = link_key(tmp_path)
    assert len(key) == KEY_BYTES and link_key(tmp_path) == key
    assert stat.S_IMODE((tmp_path / KEY_FILE).stat().st_mode) == 0o600
    assert [path.name for path in tmp_path.iterdir()] == [KEY_FILE]


@pytest.mark.parametrize("before", [None, b"damaged"])
def test_many_who_make_it_at_once_have_the_same_key(before: bytes | None, tmp_path: Path) -> None:
    if before is not None:
        (tmp_path / KEY_FILE).write_bytes(before)
    together, keys = threading.Barrier(12), []

    def make() -> None:
        together.wait()
        keys.append(link_key(tmp_path))

    threads = [threading.Thread(target=make) for _ in range(12)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(keys) == 12 and set(keys) == {(tmp_path / KEY_FILE).read_bytes()}
    assert [path.name for path in tmp_path.iterdir()] == [KEY_FILE]


def test_a_file_of_another_length_is_replaced(tmp_path: Path) -> None:
    (tmp_path / KEY_FILE).write_bytes(b"short")
    assert len(link_key(tmp_path)) == KEY_BYTES == len((tmp_path / KEY_FILE).read_bytes())


def test_where_no_file_can_be_made_links_hold_for_this_process_and_the_log_says_so(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def refuse(path: Path) -> None:
        raise OSError(30, "Read-only file system")

    monkeypatch.setattr(links, "_make", refuse)
    with caplog.at_level(logging.WARNING):
        assert len(link_key(tmp_path)) == KEY_BYTES
    assert "read-only file system" in caplog.text and "until this server ends" in caplog.text


def test_a_link_in_the_place_of_the_key_is_not_followed(tmp_path: Path) -> None:
    elsewhere = tmp_path / "elsewhere"
    elsewhere.write_bytes(KEY)
    store = tmp_path / "store"
    store.mkdir()
    os.symlink(elsewhere, store / KEY_FILE)
    assert link_key(store) != KEY


@pytest.mark.parametrize(
    "other",
    [("b", "r", 0, 9), ("a", "s", 0, 9), ("a", "r", 1, 9), ("a", "r", 0, 10), ('a", "r', "", 0, 9)],
)
def test_a_signature_is_for_one_span_of_one_revision(other: tuple[str, str, int, int]) -> None:
    sig = signature(KEY, "a", "r", 0, 9)
    assert is_signed(KEY, sig, "a", "r", 0, 9)
    assert not is_signed(KEY, sig, *other) and not is_signed(bytes(32), sig, "a", "r", 0, 9)
    assert not any(
        is_signed(KEY, wrong, "a", "r", 0, 9) for wrong in ("", sig[:-1], sig + "0", "ä🚢", "\ud800")
    )
