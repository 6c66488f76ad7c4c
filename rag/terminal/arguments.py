"""The grammar of the command line."""

import argparse
from collections.abc import Sequence
from typing import NoReturn

from corpus.errors import UsageError
from index.store.filters import Filter
from rag.question.filters import FILTERS, MOST_PASSAGES, merge_filters, without_surrogates


class _Parser(argparse.ArgumentParser):
    """An argument parser whose mistakes are one sentence, raised."""

    def error(self, message: str) -> NoReturn:
        raise UsageError(f"{message}; see {self.prog} --help")


def parse(argv: Sequence[str]) -> argparse.Namespace:
    """What the user asked for; `command` names it. Raises `UsageError`, or SystemExit(0) after --help."""
    arguments, unknown = _grammar().parse_known_args(argv)
    command: str = arguments.command
    if unknown:
        flags = [word for word in unknown if word.startswith("-") and word != "-"]
        if command in ("ask", "search") and not flags:
            raise UsageError(f'put the question in quotes: onrecord {command} "..."')
        raise UsageError(
            f"onrecord {command} does not know {(flags or unknown)[0]}; see onrecord {command} --help"
        )
    for name, written in vars(arguments).items():
        if name in ("question", "query", "id", "revision") and written is not None:
            setattr(arguments, name, without_surrogates(written))
        elif name == "ids":
            arguments.ids = [without_surrogates(one) for one in written]
    if command == "eval":
        _check_eval(arguments)
    if command in ("ask", "search"):
        arguments.where = merge_filters(Filter(), {name: getattr(arguments, name) for name in FILTERS})
    return arguments


def _passages(value: str) -> int:
    if value.isdecimal() and len(value) < 5 and 1 <= int(value) <= MOST_PASSAGES:
        return int(value)
    raise argparse.ArgumentTypeError(f"{value} is not a number from 1 to {MOST_PASSAGES}")


def _count(value: str) -> int:
    if value.isdecimal() and len(value) < 4 and int(value) > 0:
        return int(value)
    raise argparse.ArgumentTypeError(f"{value} is not a number from 1 to 999")


def _port(value: str) -> int:
    if value.isdecimal() and len(value) < 6 and int(value) < 65_536:
        return int(value)
    raise argparse.ArgumentTypeError(f"{value} is not a port from 0 to 65535")


def _grammar() -> _Parser:
    parser = _Parser(
        prog="onrecord",
        description="Answers questions from a news archive in the archive's own words, with citations.",
        allow_abbrev=False,
    )
    parser.add_argument("--version", action="store_true", help="print the version and stop")
    parser.set_defaults(command=None)
    commands = parser.add_subparsers(metavar="COMMAND")
    common = _Parser(add_help=False, allow_abbrev=False)
    common.add_argument(
        "--store", metavar="DIR", help="the store to use (default: ONRECORD_STORE, or the user's own)"
    )
    common.add_argument("--json", action="store_true", help="print JSON on stdout and nothing else")
    filters = _Parser(add_help=False, allow_abbrev=False)
    filters.add_argument("--source", action="append", metavar="NAME", help="only this outlet (repeatable)")
    filters.add_argument("--after", metavar="DATE", help="only articles published on this day or later")
    filters.add_argument("--before", metavar="DATE", help="only articles published before this day")
    filters.add_argument("--as-of", metavar="DATETIME", help="as if asked then: nothing later is used")

    def command(name: str, help: str, *parents: _Parser) -> argparse.ArgumentParser:
        added = commands.add_parser(name, help=help, description=help, parents=parents, allow_abbrev=False)
        added.set_defaults(command=name)
        return added

    index = command("index", "Bring the store up to date with files, folders and addresses.", common)
    index.add_argument(
        "paths",
        nargs="+",
        metavar="PATH",
        help="a folder, a file (.txt, .md, .html, .pdf, .docx, .json, .jsonl, .rss, .atom, .xml), "
        "or the URL of an article or a feed",
    )
    index.add_argument("--prune", action="store_true", help="remove articles whose files under PATH are gone")
    index.add_argument("--rebuild", action="store_true", help="cut and embed every stored article anew")
    index.add_argument("--watch", action="store_true", help="go on, and index whatever changes under PATH")
    index.add_argument("--every", metavar="TIME", help="go on, and look again every 15m, 2h or 1d")
    index.add_argument(
        "--allow-private", action="store_true", help="fetch from private networks and this machine too"
    )
    ask = command("ask", "Answer a question with citations.", common, filters)
    ask.add_argument("question", metavar="QUESTION", help='in words, or "-" for JSON lines on stdin')
    search = command("search", "Find passages, best first.", common, filters)
    search.add_argument("query", metavar="QUERY", help='in words, or "-" for JSON lines on stdin')
    search.add_argument("-k", type=_passages, default=10, metavar="N", help="how many passages (default: 10)")
    _add_articles(command("articles", "List, show, remove or restore articles."), common)
    _add_serve(command("serve", "Serve the page, the widget and the API.", common))
    _add_eval(command("eval", "Ask cases, grade the answers, report and gate.", common))
    compare = command("compare", "Compare two runs of eval, item by item.")
    compare.add_argument("run_a", metavar="RUN_A", help="a report's folder, or its records.jsonl")
    compare.add_argument("run_b", metavar="RUN_B", help="the run that is held against it")
    compare.add_argument("--json", action="store_true", help="print JSON on stdout and nothing else")
    compare.set_defaults(store=None)
    command("doctor", "Say what is configured, what works, and what to do.", common)
    return parser


def _add_serve(serve: argparse.ArgumentParser) -> None:
    serve.add_argument("--host", default="127.0.0.1", help="address to listen at (default: 127.0.0.1)")
    serve.add_argument("--port", type=_port, default=7860, help="port to listen at (default: 7860)")
    serve.add_argument("--public-url", metavar="URL", help="where people reach it, if not there")
    serve.add_argument("--open-api", action="store_true", help="/v1 answers without an API key")
    serve.add_argument("--samples", action="store_true", help="serve the sample articles, in a store here")


def _add_eval(evaluate: argparse.ArgumentParser) -> None:
    add = evaluate.add_argument
    add("cases", nargs="*", metavar="CASES", help="case files (.yaml, .jsonl, .csv), or folders of them")
    add("--url", metavar="URL", help="ask a running server instead of the store")
    add("--report", metavar="DIR", help="write report.html and records.jsonl there; resumes a stopped run")
    add("--junit", metavar="FILE", help="write JUnit XML")
    add("--baseline", metavar="RUN", help="compare with an earlier run's records.jsonl or folder")
    bound = "METRIC=VALUE"
    add("--min", action="append", metavar=bound, help="exit 1 below it; METRIC[TAG]=VALUE for one tag")
    add("--max", action="append", metavar=bound, help="exit 1 above it, for rates and latencies")
    add(
        "--workers",
        type=_count,
        default=1,
        metavar="N",
        help="questions asked at once (default: 1, for true latencies)",
    )
    add("--repeat", type=_count, default=1, metavar="N", help="how often each is asked (default: 1)")
    add("--judge", action="store_true", help="ask the language model about claims and assertions; advisory")
    add("--price", metavar="IN,OUT", help="prices of a million tokens read and written: show the cost")
    add("--init", metavar="FILE", help="draft cases from the store's articles into FILE, for review")
    add("--from-feedback", metavar="FILE", help="draft cases from what people marked on the page into FILE")
    add("--schema", action="store_true", help="print the JSON Schema of case files, for editors")


def _check_eval(arguments: argparse.Namespace) -> None:
    drafts = (arguments.init, arguments.from_feedback)
    if sum([bool(arguments.cases), *(file is not None for file in drafts), arguments.schema]) != 1:
        raise UsageError(
            "onrecord eval takes case files, or --init FILE, or --from-feedback FILE, or --schema; "
            "see onrecord eval --help"
        )
    if arguments.url and any(file is not None for file in drafts):
        raise UsageError("cases are drafted from a store; give --store instead of --url")
    if arguments.url and arguments.store:
        raise UsageError("onrecord eval asks the store or a server: give --store or --url")


def _add_articles(articles: argparse.ArgumentParser, common: _Parser) -> None:
    actions = articles.add_subparsers(metavar="list|show|remove|restore", dest="action", required=True)

    def action(name: str, help: str) -> argparse.ArgumentParser:
        return actions.add_parser(name, help=help, description=help, parents=[common], allow_abbrev=False)

    action("list", "List every article, removed ones too.")
    show = action("show", "Show one article whole.")
    show.add_argument("id", metavar="ID")
    show.add_argument("--revision", metavar="R", help="an earlier revision (default: the live one)")
    action("remove", "Remove articles; indexing does not bring them back.").add_argument(
        "ids", nargs="+", metavar="ID"
    )
    action("restore", "Let removed articles be indexed again.").add_argument("ids", nargs="+", metavar="ID")
