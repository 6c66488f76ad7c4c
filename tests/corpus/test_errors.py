"""The tree of errors."""

import inspect

from corpus import errors
from corpus.errors import OnrecordError, StoreError


def test_every_error_derives_from_one_and_is_drawn_in_the_tree() -> None:
    ours = [kind for _, kind in inspect.getmembers(errors, inspect.isclass)]
    assert all(issubclass(kind, OnrecordError) for kind in ours)
    assert all(kind.__name__ in (errors.__doc__ or "") for kind in ours)


def test_a_store_error_catches_all_of_the_store() -> None:
    assert {kind.__name__ for kind in StoreError.__subclasses__()} == {
        "StoreMissing", "StoreOwned", "StoreUnwritable", "StoreMismatch", "StoreDamaged",
        "StoreUnreachable",
    }  # fmt: skip
