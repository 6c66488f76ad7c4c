"""Signed links to the article page: a span that an answer cited is shown with the sentences beside it.

Needed only where the archive does not show whole articles. The key lies in the store's folder, so that links
hold after a restart and every process over the store signs alike.
"""

import fcntl
import hashlib
import hmac
import json
import logging
import os
import secrets
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

_LOG = logging.getLogger("onrecord.web")

KEY_FILE = "links.key"
KEY_BYTES = 32
_SIGNATURE_DIGITS = 32
"""Hex digits of a signature: 128 bits of the HMAC."""


def signature(key: bytes, article_id: str, revision: str, start: int, end: int) -> str:
    """HMAC-SHA256 (RFC 2104) over the article's id, the revision and the span, cut to 32 hex digits."""
    signed = json.dumps([article_id, revision, start, end]).encode()
    return hmac.new(key, signed, hashlib.sha256).hexdigest()[:_SIGNATURE_DIGITS]


def is_signed(key: bytes, sig: str, article_id: str, revision: str, start: int, end: int) -> bool:
    """Whether `sig` is the signature of exactly this span; the time taken does not tell how much agrees."""
    expected = signature(key, article_id, revision, start, end)
    return hmac.compare_digest(expected.encode(), sig.encode("utf-8", "surrogatepass"))


def link_key(folder: Path) -> bytes:
    """The key in the store's folder, made when missing: 32 random bytes that only the owner can read.

    The file appears whole or not at all, and of several processes that make it at once one wins. A file of
    another length is replaced. Where it can be neither read nor made (a read-only folder), the key is one of
    this process: links hold until it ends, and the log says so.
    """
    path = folder / KEY_FILE
    try:
        key = _read(path)
        if key is None:
            with _alone(folder):
                key = _read(path)  # Somebody else may have made it meanwhile.
                if key is None:
                    _make(path)
                    key = _read(path)
        if key is not None:
            return key
        problem = "it does not hold 32 bytes"
    except OSError as error:
        problem = (error.strerror or type(error).__name__).lower()
    _LOG.warning("%s cannot be used (%s): links to quotes hold until this server ends", path, problem)
    return secrets.token_bytes(KEY_BYTES)


def _read(path: Path) -> bytes | None:
    """The key; None where there is no file, or one that holds something else."""
    try:
        descriptor = os.open(path, os.O_RDONLY | os.O_CLOEXEC | os.O_NOFOLLOW | os.O_NONBLOCK)
    except FileNotFoundError:
        return None
    with os.fdopen(descriptor, "rb") as file:
        key = file.read(KEY_BYTES + 1)
    return key if len(key) == KEY_BYTES else None


@contextmanager
def _alone(folder: Path) -> Iterator[None]:
    """Keep other threads and processes out of the block; what a killed one held is free."""
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX)
        yield
    finally:
        os.close(descriptor)


def _make(path: Path) -> None:
    """Write a new key beside it and give it the name, in the place of what is there."""
    beside = path.with_name(f"{path.name}.{secrets.token_hex(8)}")
    descriptor = os.open(beside, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600)
    try:
        with os.fdopen(descriptor, "wb") as file:
            file.write(secrets.token_bytes(KEY_BYTES))
            file.flush()
            os.fsync(file.fileno())
        os.replace(beside, path)
    except BaseException:
        with suppress(FileNotFoundError):
            beside.unlink()
        raise
