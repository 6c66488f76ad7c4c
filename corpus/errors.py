"""Every error that onrecord raises on purpose. Its message is one sentence: what, which value, what to do.

OnrecordError
├── ReadError            a path, file or article that cannot be read
├── IdentityError        an article id that cannot be used
├── StoreError           the store cannot serve
│   ├── StoreMissing         there is no store at this path
│   ├── StoreOwned           another process holds the store for writing
│   ├── StoreUnwritable      no permission, or the disk fails
│   │   └── StoreFull            no space is left
│   ├── StoreMismatch        made with another embedding model, or by a newer onrecord
│   ├── StoreDamaged         its database cannot be read
│   └── StoreUnreachable     the server that holds it does not answer, or lets this user write nothing
├── QuestionError        a question that cannot be asked
├── Busy                 more people are asking than can be served at once
├── UsageError           a wrong flag, filter or setting
├── ModelError           a model that is missing, altered or failing
└── Exhausted            too little memory, or no space left on a disk, for what was to be done
"""

import errno


class OnrecordError(Exception):
    """The root of the tree; the command line prints it as one line and exits with 1.

    `mistakes` are its sentences: one, but for errors that name several places.
    """

    @property
    def mistakes(self) -> tuple[str, ...]:
        """What is printed, a line each."""
        return (str(self),)


class ReadError(OnrecordError):
    """A path, file or article that cannot be read."""


class IdentityError(OnrecordError):
    """An article id that is blank, too long, not a string, or holds a control character."""


class StoreError(OnrecordError):
    """The store cannot serve."""


class StoreMissing(StoreError):
    """There is no store at this path."""


class StoreOwned(StoreError):
    """Another process holds the store for writing."""


class StoreUnwritable(StoreError):
    """The store cannot be written: no permission, or its disk fails or is full."""


class StoreFull(StoreUnwritable):
    """No space is left where the store is."""


class StoreMismatch(StoreError):
    """The store was made with another embedding model, or by a newer onrecord."""


class StoreDamaged(StoreError):
    """The store's database cannot be read."""


class StoreUnreachable(StoreError):
    """The server that holds the store does not answer, or does not let this user write."""


class QuestionError(OnrecordError):
    """A question that is blank, too long, or not text."""


class Busy(OnrecordError):
    """More people are asking than can be served at once; trying again later helps."""


class UsageError(OnrecordError):
    """A wrong flag, filter or setting; the command line exits with 2."""


class ModelError(OnrecordError):
    """A model that is missing, altered or failing."""


class Exhausted(OnrecordError):
    """Too little memory, or no space left on a disk, for what was to be done."""


_NO_MEMORY = (
    *("bad_alloc", "bad allocation", "failed to allocate", "cannot allocate memory"),
    *("can't start new thread", "failed to map segment from shared object"),
)
_NO_SPACE = (errno.ENOSPC, errno.EDQUOT, errno.EFBIG)


def is_no_space(error: BaseException) -> bool:
    """Whether the system refused to write because a disk, a quota or a file is full."""
    return isinstance(error, OSError) and error.errno in _NO_SPACE


def exhausted(error: BaseException) -> Exhausted | None:
    """The error in words if memory or disk was the cause; None otherwise.

    onnxruntime raises errors of its own, of which only the message tells; so does Python.
    """
    telling = isinstance(error, RuntimeError | ImportError) or type(error).__module__.startswith(
        "onnxruntime"
    )
    no_room = telling and any(words in str(error).lower() for words in _NO_MEMORY)
    if isinstance(error, MemoryError) or no_room or getattr(error, "errno", None) == errno.ENOMEM:
        return Exhausted("there is too little memory; free some, or do less at a time, and try again")
    if is_no_space(error):
        return Exhausted("no space is left on the disk; make room and try again: what was stored is kept")
    return None
