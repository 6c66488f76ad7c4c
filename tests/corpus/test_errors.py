"""The tree of errors."""

import errno
import inspect

import numpy as np
import pytest

from corpus import errors
from corpus.errors import OnrecordError, StoreError, exhausted
from corpus.sources import reason


def test_every_error_derives_from_one_and_is_drawn_in_the_tree() -> None:
    ours = [kind for _, kind in inspect.getmembers(errors, inspect.isclass)]
    assert all(issubclass(kind, OnrecordError) for kind in ours)
    assert all(kind.__name__ in (errors.__doc__ or "") for kind in ours)


def test_a_store_error_catches_all_of_the_store() -> None:
    assert {kind.__name__ for kind in StoreError.__subclasses__()} == {
        "StoreMissing", "StoreOwned", "StoreUnwritable", "StoreMismatch", "StoreDamaged",
        "StoreUnreachable",
    }  # fmt: skip


class Fail(Exception):
    """As onnxruntime raises it, from a module of its own."""

    __module__ = "onnxruntime.capi.onnxruntime_pybind11_state"


@pytest.mark.parametrize(
    ("error", "says"),
    [
        (MemoryError(), "too little memory"),
        (MemoryError("std::bad_alloc"), "too little memory"),
        (OSError(errno.ENOMEM, "Cannot allocate memory"), "too little memory"),
        (
            Fail("[ONNXRuntimeError] : 1 : FAIL : Exception during loading: std::bad_alloc"),
            "too little memory",
        ),
        (Fail("Failed to allocate memory for requested buffer of size 1024"), "too little memory"),
        (RuntimeError("pthread_create failed: Cannot allocate memory"), "too little memory"),
        (RuntimeError("can't start new thread"), "too little memory"),
        (ImportError("x.so: failed to map segment from shared object"), "too little memory"),
        (OSError(errno.ENOSPC, "No space left on device", "/secret/file"), "no space is left"),
        (OSError(errno.EDQUOT, "Disk quota exceeded"), "no space is left"),
        (OSError(errno.EFBIG, "File too large"), "no space is left"),
    ],
)
def test_too_little_memory_and_a_full_disk_are_said_in_words(error: Exception, says: str) -> None:
    told = exhausted(error)
    assert told is not None and says in str(told) and "secret" not in str(told)
    assert says in reason(error)


def test_an_array_that_does_not_fit_is_too_little_memory() -> None:
    with pytest.raises(MemoryError) as failed:
        np.zeros(1 << 58)
    assert exhausted(failed.value) is not None


@pytest.mark.parametrize(
    "error",
    [
        ValueError("std::bad_alloc"),
        OSError(errno.EACCES, "Permission denied"),
        RuntimeError("a bug"),
        Fail("[ONNXRuntimeError] : 7 : INVALID_PROTOBUF"),
        ImportError("cannot load module more than once per process"),
        KeyboardInterrupt(),
    ],
)
def test_other_errors_are_not_taken_for_it(error: BaseException) -> None:
    assert exhausted(error) is None
