"""The lock of a store: one process at a time writes, and the system frees the lock when that process ends."""

import errno
import fcntl
import json
import os
import secrets
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from functools import cache
from pathlib import Path
from typing import Self

from corpus.errors import StoreMissing, StoreOwned, StoreUnwritable
from index.store.files import file_mode, make_folder

LOCK_FILE = "owner.lock"
TOKEN_FILE = "owner.token"
_LONGEST_TOKEN = 200
_FLAGS = os.O_RDWR | os.O_CREAT | os.O_CLOEXEC | os.O_NOFOLLOW
_PATIENCE = 0.3
"""Seconds of retrying: `lock_holder` holds the lock for an instant to find out whether it is held."""
_held: set[int] = set()
"""File descriptors that a forked child has to close: with a copy open it would keep the lock."""
_shared: dict[str, "StoreLock"] = {}
"""What this process holds through `locked`, by the store's real path."""
_guard = threading.Lock()


@dataclass(frozen=True, slots=True)
class LockHolder:
    """The process that holds a store's lock; fields are None where it has not written them (yet).

    `address` is where it serves, if it does; `since` is RFC 3339 in UTC.
    """

    pid: int | None = None
    address: str | None = None
    since: str | None = None

    def __str__(self) -> str:
        name = "another process" if self.pid is None else f"process {self.pid}"
        name += f" serving at {self.address}" if self.address else ""
        return name + (f" (since {self.since})" if self.since else "")


@contextmanager
def locked(store_path: Path, address: str | None = None) -> Iterator["StoreLock"]:
    """Hold the store's lock while the block runs; a process may hold it several times, in several threads.

    The folder is made when missing. Threads write within the lock's `writing`, one at a time. Raises
    StoreOwned when another process holds the lock, StoreUnwritable when the folder cannot be written.
    """
    name = os.path.realpath(store_path)
    with _guard:
        lock = _shared.get(name)
        if lock is None:
            with _translated(store_path):
                make_folder(store_path)
            lock = _shared[name] = StoreLock(store_path, address).__enter__()
        lock.holds += 1
    try:
        yield lock
    finally:
        with _guard:
            lock.holds -= 1
            if not lock.holds and _shared.get(name) is lock:
                del _shared[name]
                lock.release()


class StoreLock:
    """Holds the store at a path for writing, from `__enter__` to `__exit__` or the end of the process.

    A file left by a process that was killed is no obstacle, and children do not inherit the lock. `writing`
    lets one thread of the holder write at a time, and `holds` counts the blocks of `locked` that share the
    lock. It does not make the store's folder. Raises StoreOwned when another process (or another lock of
    this one) holds it, StoreMissing when there is no such folder, StoreUnwritable when the lock file cannot
    be made.
    """

    def __init__(self, store_path: Path, address: str | None = None) -> None:
        self.writing = threading.RLock()
        self.holds = 0
        self._store_path = store_path
        self._address = address
        self._since: str | None = None
        self._descriptor: int | None = None
        self._pid = 0

    def __enter__(self) -> Self:
        _close_in_children()
        end = time.monotonic() + _PATIENCE
        while (descriptor := self._try()) is None:
            if time.monotonic() > end:
                raise _refusal(self._store_path, lock_holder(self._store_path) or LockHolder())
            time.sleep(_PATIENCE / 20)
        self._descriptor, self._pid = descriptor, os.getpid()
        self._since = datetime.now(UTC).isoformat(timespec="seconds")
        try:
            self.announce(self._address)
        except BaseException:
            self.release()
            raise
        return self

    def __exit__(self, *exception: object) -> None:
        self.release()

    def announce(self, address: str | None) -> None:
        """Record where the holder serves, once that is known; only while the lock is held."""
        if self._descriptor is None:
            raise ValueError("only the holder of the lock has an address to announce")
        self._address = address
        line = json.dumps(asdict(LockHolder(os.getpid(), address, self._since))).encode() + b"\n"
        with _translated(self._store_path):
            # Written over what is there, then cut: a reader never finds the file empty.
            os.pwrite(self._descriptor, line, 0)
            os.ftruncate(self._descriptor, len(line))

    def release(self) -> None:
        """Release the lock; does nothing when it is not held, or in a child of the holder."""
        descriptor, self._descriptor = self._descriptor, None
        if descriptor is None or self._pid != os.getpid():
            return
        try:
            os.ftruncate(descriptor, 0)
            fcntl.flock(descriptor, fcntl.LOCK_UN)
        finally:
            _forget(descriptor)

    def _try(self) -> int | None:
        """A descriptor that holds the lock, or None while somebody else does."""
        path = self._store_path / LOCK_FILE
        with _translated(self._store_path):
            try:
                descriptor = os.open(path, _FLAGS, file_mode(self._store_path))
            except FileNotFoundError as failure:
                advice = "make one: onrecord index PATH"
                raise StoreMissing(f"there is no store at {self._store_path}; {advice}") from failure
        _held.add(descriptor)
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
            if os.path.samestat(os.fstat(descriptor), os.stat(path)):
                return descriptor
        except (BlockingIOError, FileNotFoundError):
            pass  # Held by somebody; or the file was deleted meanwhile, and a lock on it guards nothing.
        except OSError as failure:
            _forget(descriptor)
            raise _unwritable(self._store_path, failure) from failure
        _forget(descriptor)
        return None


def lock_holder(store_path: Path) -> LockHolder | None:
    """The process that holds the store now, or None; needs no permission to write."""
    try:
        descriptor = os.open(store_path / LOCK_FILE, os.O_RDONLY | os.O_CLOEXEC | os.O_NONBLOCK)
    except OSError:
        return None
    try:
        fcntl.flock(descriptor, fcntl.LOCK_SH | fcntl.LOCK_NB)
    except BlockingIOError:
        return _read(descriptor)
    except OSError:
        return None
    finally:
        os.close(descriptor)
    return None


def make_token(store_path: Path) -> str:
    """A new secret in the store's folder that only this user can read, for writing through the holder.

    Only the holder of the lock makes one. Raises StoreUnwritable.
    """
    token = secrets.token_urlsafe(32)
    path = store_path / TOKEN_FILE
    with _translated(store_path):
        path.unlink(missing_ok=True)
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600)
        with os.fdopen(descriptor, "w") as file:
            file.write(token)
    return token


def read_token(store_path: Path) -> str | None:
    """The holder's secret; None where there is none or this user may not read it."""
    try:
        with open(store_path / TOKEN_FILE, encoding="ascii") as file:
            return file.read(_LONGEST_TOKEN).strip() or None
    except (OSError, ValueError):
        return None


def drop_token(store_path: Path) -> None:
    """Delete the secret, before the lock is released."""
    with suppress(OSError):
        (store_path / TOKEN_FILE).unlink(missing_ok=True)


def _read(descriptor: int) -> LockHolder:
    try:
        stated = json.loads(os.pread(descriptor, 4096, 0).split(b"\n", 1)[0])
        pid, address, since = stated["pid"], stated["address"], stated["since"]
    except (OSError, ValueError, TypeError, KeyError):
        return LockHolder()
    return LockHolder(
        pid=pid if isinstance(pid, int) else None,
        address=address if isinstance(address, str) else None,
        since=since if isinstance(since, str) else None,
    )


def _refusal(store_path: Path, holder: LockHolder) -> StoreOwned:
    advice = "use that server, or stop it and try again"
    if not holder.address:
        advice = "wait until it has finished, or stop it, and try again"
    return StoreOwned(f"the store {store_path} is held for writing by {holder}; {advice}")


@contextmanager
def _translated(store_path: Path) -> Iterator[None]:
    """Turn errors of the file system into StoreErrors that say what to do."""
    try:
        yield
    except OSError as failure:
        raise _unwritable(store_path, failure) from failure


def _unwritable(store_path: Path, failure: OSError) -> StoreUnwritable:
    reason = failure.strerror or type(failure).__name__
    if failure.errno in (errno.ENOLCK, errno.ENOTSUP, errno.ENOSYS):
        return StoreUnwritable(
            f"the file system of {store_path} has no locks ({reason}); move the store to a local disk"
        )
    return StoreUnwritable(
        f"the store {store_path} cannot be locked for writing ({reason}); "
        "check its permissions and the space left on its disk"
    )


def _forget(descriptor: int) -> None:
    _held.discard(descriptor)
    os.close(descriptor)


@cache
def _close_in_children() -> None:
    def close_all() -> None:
        global _guard
        _guard = threading.Lock()  # Another thread of the parent may have had it.
        _shared.clear()
        while _held:
            os.close(_held.pop())  # Leaves the parent's lock alone; unlocking would not.

    os.register_at_fork(after_in_child=close_all)
