"""Flags that several commands share, and the type of numbers in flags."""

import argparse
from collections.abc import Callable

from index.store.filters import Filter
from rag.question.filters import FILTERS, merge_filters


def add_store_and_json(parser: argparse.ArgumentParser) -> None:
    """--store and --json."""
    parser.add_argument(
        "--store", metavar="DIR", help="the store to use (default: ONRECORD_STORE, or the user's own)"
    )
    add_json(parser)


def add_json(parser: argparse.ArgumentParser) -> None:
    """--json."""
    parser.add_argument("--json", action="store_true", help="print JSON on stdout and nothing else")


def add_filters(parser: argparse.ArgumentParser) -> None:
    """--source, --after, --before and --as-of, which become one `Filter`, `where`."""
    add = parser.add_argument
    add("--source", action="append", metavar="NAME", help="only this outlet (repeatable)")
    add("--after", metavar="DATE", help="only articles published on this day or later")
    add("--before", metavar="DATE", help="only articles published before this day")
    add("--as-of", metavar="DATETIME", help="as if asked then: nothing later is used")
    parser.set_defaults(check=_set_where)


def _set_where(arguments: argparse.Namespace) -> None:
    arguments.where = merge_filters(Filter(), {name: getattr(arguments, name) for name in FILTERS})


def number(lowest: int, highest: int, what: str = "number") -> Callable[[str], int]:
    """A type for argparse: a whole number from `lowest` to `highest`."""

    def read(value: str) -> int:
        if value.isdecimal() and len(value) <= len(str(highest)) and lowest <= int(value) <= highest:
            return int(value)
        raise argparse.ArgumentTypeError(f"{value} is not a {what} from {lowest} to {highest}")

    return read
