"""Every error that onrecord raises on purpose. Its message is one sentence: what, which value, what to do.

OnrecordError
├── ReadError            a path, file or article that cannot be read
├── IdentityError        an article id that cannot be used
├── StoreError           the store cannot serve
│   ├── StoreMissing         there is no store at this path
│   ├── StoreOwned           another process holds the store for writing
│   ├── StoreUnwritable      no permission, or no space left
│   ├── StoreMismatch        made with another embedding model, or by a newer onrecord
│   ├── StoreDamaged         its database cannot be read
│   └── StoreUnreachable     the server that holds it does not answer, or lets this user write nothing
├── QuestionError        a question that cannot be asked
├── Busy                 more people are asking than can be served at once
├── UsageError           a wrong flag, filter or setting
└── ModelError           a model that is missing, altered or failing
"""


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
    """The store cannot be written: no permission, or no space left."""


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
