"""Who writes a store: one process at a time, told by a lock that the system frees when that process ends."""

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
from types import TracebackType
from typing import Self

from corpus.errors import StoreMissing, StoreOwned, StoreUnwritable

LOCK_FILE = "owner.lock"
TOKEN_FILE = "owner.token"
_LONGEST_TOKEN = 200
_PATIENCE = 0.3
"""Seconds to try again: `owner` holds the lock for an instant to find out whether somebody does."""
_held: set[int] = set()
"""File descriptors that a forked child has to close: with a copy open it would keep the lock."""
_shared: dict[str, "OwnerLock"] = {}
"""What this process holds through `own`, by the store's real path."""
_guard = threading.Lock()


@dataclass(frozen=True, slots=True)
class Owner:
    """The process that holds a store; fields are None where it has not written them (yet).

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
def own(store_path: Path, address: str | None = None) -> Iterator["OwnerLock"]:
    """Own the store while the block runs; a process may do so several times over, in several threads.

    The folder is made when missing. Whoever writes does so within the lock's `turn`. Raises StoreOwned when
    another process owns the store, StoreUnwritable when its folder cannot be written.
    """
    name = os.path.realpath(store_path)
    with _guard:
        lock = _shared.get(name)
        if lock is None:
            try:
                store_path.mkdir(parents=True, exist_ok=True)
            except OSError as failure:
                raise _unwritable(store_path, failure) from failure
            lock = _shared[name] = OwnerLock(store_path, address).__enter__()
        lock.holds += 1
    try:
        yield lock
    finally:
        with _guard:
            lock.holds -= 1
            if not lock.holds and _shared.get(name) is lock:
                del _shared[name]
                lock.release()


class OwnerLock:
    """Holds the store at a path for writing, from `__enter__` to `__exit__` or the end of the process.

    A file left by a process that was killed is no obstacle, and children do not inherit the lock. `turn` lets
    the threads of the holder write one after the other, and `holds` counts the blocks of `own` that share the
    lock. It does not make the store's folder. Raises StoreOwned when another process (or another lock of
    this one) holds it, StoreMissing when there is no such folder, StoreUnwritable when the lock file cannot
    be made.
    """

    def __init__(self, store_path: Path, address: str | None = None) -> None:
        self.turn = threading.RLock()
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
                raise _owned(self._store_path, owner(self._store_path) or Owner())
            time.sleep(_PATIENCE / 20)
        self._descriptor, self._pid = descriptor, os.getpid()
        self._since = datetime.now(UTC).isoformat(timespec="seconds")
        try:
            self.announce(self._address)
        except BaseException:
            self.release()
            raise
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.release()

    def announce(self, address: str | None) -> None:
        """Say where the owner serves, once that is known; only while the lock is held."""
        if self._descriptor is None:
            raise ValueError("only the holder of the lock has an address to announce")
        self._address = address
        line = json.dumps(asdict(Owner(os.getpid(), address, self._since))).encode() + b"\n"
        try:
            # Written over what is there, then cut: a reader never finds the file empty.
            os.pwrite(self._descriptor, line, 0)
            os.ftruncate(self._descriptor, len(line))
        except OSError as failure:
            raise _unwritable(self._store_path, failure) from failure

    def release(self) -> None:
        """Let the next process in; does nothing when not held, or in a child of the holder."""
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
        try:
            descriptor = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC | os.O_NOFOLLOW, 0o644)
        except FileNotFoundError as failure:
            raise StoreMissing(
                f"there is no store at {self._store_path}; make one: onrecord index PATH"
            ) from failure
        except OSError as failure:
            raise _unwritable(self._store_path, failure) from failure
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


def owner(store_path: Path) -> Owner | None:
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
    """A new secret in the store's folder, for this user's eyes only: who can read it may write by its owner.

    Only the store's owner makes one. Raises StoreUnwritable.
    """
    token = secrets.token_urlsafe(32)
    path = store_path / TOKEN_FILE
    try:
        path.unlink(missing_ok=True)
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600)
        with os.fdopen(descriptor, "w") as file:
            file.write(token)
    except OSError as failure:
        raise _unwritable(store_path, failure) from failure
    return token


def read_token(store_path: Path) -> str | None:
    """The owner's secret; None where there is none or this user may not read it."""
    try:
        with open(store_path / TOKEN_FILE, encoding="ascii") as file:
            return file.read(_LONGEST_TOKEN).strip() or None
    except (OSError, ValueError):
        return None


def drop_token(store_path: Path) -> None:
    """Delete the secret; by its owner, at its end."""
    with suppress(OSError):
        (store_path / TOKEN_FILE).unlink(missing_ok=True)


def _read(descriptor: int) -> Owner:
    try:
        stated = json.loads(os.pread(descriptor, 4096, 0).split(b"\n", 1)[0])
        pid, address, since = stated["pid"], stated["address"], stated["since"]
    except (OSError, ValueError, TypeError, KeyError):
        return Owner()
    return Owner(
        pid=pid if isinstance(pid, int) else None,
        address=address if isinstance(address, str) else None,
        since=since if isinstance(since, str) else None,
    )


def _owned(store_path: Path, holder: Owner) -> StoreOwned:
    if holder.address:
        advice = "use that server, or stop it and try again"
    else:
        advice = "wait until it has finished, or stop it, and try again"
    return StoreOwned(f"the store {store_path} is held for writing by {holder}; {advice}")


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
