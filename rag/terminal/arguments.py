"""The parser of the command line, and flags that several commands share.

The flags of one command are declared in the module that carries it out.
"""

import argparse
from collections.abc import Callable, Sequence
from importlib import import_module
from typing import NoReturn

from corpus.errors import UsageError

COMMANDS = {
    "index": ("rag.terminal.index", "Bring the store up to date with files, folders and addresses."),
    "ask": ("rag.terminal.ask", "Answer a question with citations."),
    "search": ("rag.terminal.ask", "Find passages, best first."),
    "articles": ("rag.terminal.articles", "List, show, remove or restore articles."),
    "serve": ("rag.terminal.serve", "Serve the page, the widget and the API."),
    "eval": ("rag.terminal.evals", "Ask cases, grade the answers, report and gate."),
    "compare": ("rag.terminal.evals", "Compare two runs of eval, item by item."),
    "doctor": ("rag.terminal.doctor", "Say what is configured, what works, and what to do."),
}
"""Each command: its module, which declares its flags in `add_NAME_arguments(parser)`, and what it does."""


class _Parser(argparse.ArgumentParser):
    """An argument parser that raises wrong usage as a UsageError of one sentence."""

    def error(self, message: str) -> NoReturn:
        raise UsageError(f"{message}; see {self.prog} --help")


def parse(argv: Sequence[str]) -> argparse.Namespace:
    """What the user asked for: `command` names it, `written` are its words.

    Raises `UsageError`, or SystemExit(0) after --help.
    """
    arguments, unknown = _parser(argv).parse_known_args(argv)
    command: str = arguments.command
    if unknown:
        flags = [word for word in unknown if word.startswith("-") and word != "-"]
        if command in ("ask", "search") and not flags:
            raise UsageError(f'put the question in quotes: onrecord {command} "..."')
        raise UsageError(
            f"onrecord {command} does not know {(flags or unknown)[0]}; see onrecord {command} --help"
        )
    arguments.check(arguments)
    arguments.written = tuple(argv)
    return arguments


def _parser(argv: Sequence[str]) -> _Parser:
    """The parser; of the commands only the one in `argv` gets its flags, so no other is imported."""
    parser = _Parser(
        prog="onrecord",
        description="Answers questions from a news archive in the archive's own words, with citations.",
        allow_abbrev=False,
    )
    parser.add_argument("--version", action="store_true", help="print the version and stop")
    parser.set_defaults(command=None, store=None, check=lambda arguments: None)
    commands = parser.add_subparsers(metavar="COMMAND")
    wanted = next((word for word in argv if not word.startswith("-")), None)
    for name, (module, help) in COMMANDS.items():
        command = commands.add_parser(name, help=help, description=help, allow_abbrev=False)
        command.set_defaults(command=name)
        if name == wanted:
            getattr(import_module(module), f"add_{name}_arguments")(command)
    return parser


# Flags that several commands share


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
    from index.store.filters import Filter
    from rag.question.filters import FILTERS, merge_filters

    arguments.where = merge_filters(Filter(), {name: getattr(arguments, name) for name in FILTERS})


def number(lowest: int, highest: int, what: str = "number") -> Callable[[str], int]:
    """A type for argparse: a whole number from `lowest` to `highest`."""

    def read(value: str) -> int:
        if value.isdecimal() and len(value) <= len(str(highest)) and lowest <= int(value) <= highest:
            return int(value)
        raise argparse.ArgumentTypeError(f"{value} is not a {what} from {lowest} to {highest}")

    return read
