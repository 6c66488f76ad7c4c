"""The `eval` and `compare` commands: read cases, ask them, print a table, write reports, check gates."""

import asyncio
import json
import sys
import tempfile
from argparse import ArgumentParser, Namespace
from collections.abc import Callable, Mapping, Sequence
from contextlib import ExitStack, closing
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from typing import Any, BinaryIO

from corpus.errors import OnrecordError, ReadError, UsageError
from index.store.store import Store
from rag.answer import SCHEMA
from rag.assistant import Assistant
from rag.evals.cases import from_feedback, starter
from rag.evals.cases.case import Case
from rag.evals.cases.read import load
from rag.evals.cases.record import Record, case_from_json, case_to_json
from rag.evals.cases.schema import schema
from rag.evals.gate import Bound, check, check_bounds, parse_bound
from rag.evals.judge import Agreement, Judge, agreement
from rag.evals.metrics.price import parse_price, priced
from rag.evals.metrics.scores import JUDGED
from rag.evals.report.compare import Comparison, compare_runs
from rag.evals.report.compare import to_text as comparison_text
from rag.evals.report.junit import to_junit
from rag.evals.report.summary import Run, Summary, command_of, summarise, without_credentials, write_report
from rag.evals.report.table import item_text, to_text
from rag.evals.run import graded, read_records, resumed, run
from rag.evals.target import LocalTarget, ServerTarget, Target
from rag.feedback import FeedbackStore
from rag.terminal.arguments import add_json, add_store_and_json, number
from rag.terminal.ask import error_record, lines
from rag.terminal.console import ProgressLine, print_json, print_notice, print_text, width
from rag.terminal.settings import Settings

RECORDS = "records.jsonl"
REPORT = "report.html"


def add_eval_arguments(parser: ArgumentParser) -> None:
    """The flags of `eval`."""
    add_store_and_json(parser)
    add = parser.add_argument
    add(
        "cases",
        nargs="*",
        metavar="CASES",
        help='case files (.yaml, .jsonl, .csv) or folders of them, or "-"',
    )
    add("--url", metavar="URL", help="ask a running server instead of the store")
    add("--report", metavar="DIR", help="write report.html and records.jsonl there; resumes a stopped run")
    add("--junit", metavar="FILE", help="write JUnit XML")
    add("--baseline", metavar="RUN", help="compare with an earlier run's records.jsonl or folder")
    count, at_most = number(1, 999), partial(parse_bound, is_most=True)
    bound: dict[str, Any] = {"action": "append", "metavar": "METRIC=VALUE", "default": []}
    add("--min", type=parse_bound, help="exit 1 below it; METRIC[TAG]=VALUE for one tag", **bound)
    add("--max", type=at_most, help="exit 1 above it, for rates and latencies", **bound)
    at_once = "questions asked at once (default: 1, for true latencies)"
    add("--workers", type=count, default=1, metavar="N", help=at_once)
    add("--repeat", type=count, default=1, metavar="N", help="how often each is asked (default: 1)")
    add("--judge", action="store_true", help="ask the language model about claims and assertions; advisory")
    price = "prices of a million tokens read and written: show the cost"
    add("--price", metavar="IN,OUT", type=parse_price, help=price)
    add("--init", metavar="FILE", help="draft cases from the store's articles into FILE, for review")
    add("--from-feedback", metavar="FILE", help="draft cases from what people marked on the page into FILE")
    add("--schema", action="store_true", help="print the JSON Schema of case files, for editors")
    parser.set_defaults(check=_check_eval)


def _check_eval(arguments: Namespace) -> None:
    drafts = (arguments.init, arguments.from_feedback)
    if sum([bool(arguments.cases), *(file is not None for file in drafts), arguments.schema]) != 1:
        raise UsageError(
            "onrecord eval takes case files, or --init FILE, or --from-feedback FILE, or --schema; "
            "see onrecord eval --help"
        )
    if "-" in arguments.cases:
        others = ("report", "junit", "baseline", "min", "max", "judge", "price")
        if len(arguments.cases) > 1 or any(getattr(arguments, name) for name in others):
            raise UsageError("onrecord eval - grades single cases from stdin; it takes --store or --url only")
    if arguments.url and any(file is not None for file in drafts):
        raise UsageError("cases are drafted from a store; give --store instead of --url")
    if arguments.url and arguments.store:
        raise UsageError("onrecord eval asks the store or a server: give --store or --url")


def add_compare_arguments(parser: ArgumentParser) -> None:
    """The flags of `compare`."""
    parser.add_argument("run_a", metavar="RUN_A", help="a report's folder, or its records.jsonl")
    parser.add_argument("run_b", metavar="RUN_B", help="the run that is held against it")
    add_json(parser)


def run_eval(
    arguments: Namespace,
    settings: Settings,
    build_assistant: Callable[[Store], Assistant],
    build_judge: Callable[[], Judge],
) -> int:
    """Ask cases of the store or of a server and grade the answers; 1 if a gate failed or an item errored.

    With --init or --from-feedback, draft cases; with --schema, print the schema of case files.
    """
    if arguments.schema:
        print_text(json.dumps(schema(), indent=2, ensure_ascii=False))
        return 0
    if arguments.init is not None or arguments.from_feedback is not None:
        with Store.open(settings.store) as store:
            if arguments.init is not None:
                return draft(store, arguments.init, as_json=arguments.json)
            return draft_from_feedback(store, arguments.from_feedback, as_json=arguments.json)
    with ExitStack() as held:

        def open_target() -> Target:
            if arguments.url:
                return held.enter_context(ServerTarget(arguments.url))
            store, model = held.enter_context(Store.open(settings.store)), settings.language_model
            about = {"model": model.model, "base_url": model.address} if model else {}
            return LocalTarget(build_assistant(store), store, about)

        if arguments.cases == ["-"]:
            return grade_lines(sys.stdin.buffer, open_target)
        plan = Plan.read(arguments)
        judging = build_judge() if arguments.judge else None
        return evaluate(plan, open_target(), judging, arguments.url or str(settings.store))


@dataclass(frozen=True, slots=True)
class Plan:
    """A run of `eval`: what its flags name, read and checked. `arguments` has the rest of the flags."""

    arguments: Namespace
    cases: Sequence[Case]
    bounds: Sequence[Bound]
    baseline: Sequence[Record] | None

    @classmethod
    def read(cls, arguments: Namespace) -> "Plan":
        """The plan of the flags. Raises UsageError, CaseError and ReadError before any model is loaded."""
        cases = load([Path(path).expanduser() for path in arguments.cases])
        if not cases:
            raise UsageError(f"{', '.join(arguments.cases)}: there are no cases; see onrecord eval --init")
        bounds = [*arguments.min, *arguments.max]
        check_bounds(bounds, cases)
        for bound in bounds:
            if bound.metric in JUDGED and not arguments.judge:
                raise UsageError(f"a gate on {bound.metric} needs --judge")
            if bound.metric == "cost" and arguments.price is None:
                raise UsageError("a gate on cost needs --price")
        return cls(arguments, cases, bounds, records_of(arguments.baseline) if arguments.baseline else None)

    @property
    def report(self) -> Path | None:
        """The folder for the report and the records, if they are kept."""
        return Path(self.arguments.report).expanduser() if self.arguments.report else None


def evaluate(plan: Plan, target: Target, judging: Judge | None = None, asked: str = "") -> int:
    """Run the cases and report. Returns 1 when a gate failed or an item errored.

    `asked` is the store or the server, as the report names it. A judge is tried on the labelled pairs first;
    what it says of the answers fails no item.
    """
    agreed = _agreed(judging, plan.arguments.workers) if judging else None
    with ExitStack() as held:
        folder = plan.report or Path(held.enter_context(tempfile.TemporaryDirectory(prefix="onrecord-eval-")))
        records = _run(plan, target, folder / RECORDS, judging)
    baseline = plan.baseline
    if price := plan.arguments.price:
        records, baseline = priced(records, price), baseline and priced(baseline, price)
    ended = datetime.now(UTC).isoformat(timespec="seconds")
    done = Run(ended, without_credentials(asked), command_of(plan.arguments.written))
    summary = summarise(records, check(plan.bounds, records), agreed, done)
    comparison = compare_runs(baseline, records) if baseline is not None else None
    if plan.arguments.junit:
        write_report(Path(plan.arguments.junit).expanduser(), to_junit(records))
    if plan.report:
        from rag.evals.report.html import to_html

        write_report(plan.report / REPORT, to_html(summary, comparison))
    _show(plan, summary, comparison)
    return summary.exit_code


def grade_lines(stream: BinaryIO, open_target: Callable[[], Target]) -> int:
    """Answer each JSON line of `stream` with one on stdout, for test runners such as `onrecord_pytest`.

    `{"file": PATH}` is answered by `{"cases": [...]}` with the keys of a case file and `origin`, and
    `{"case": {...}}` by `{"passed": bool, "report": text}`. The target is opened at the first case.
    Returns 1 if a line had an error.
    """
    target: Target | None = None
    failed = False
    for line in lines(stream):
        try:
            if line.error:
                raise UsageError(line.error)
            if isinstance(file := line.content.get("file"), str):
                print_json({"schema": SCHEMA, "cases": [case_to_json(case) for case in load([Path(file)])]})
                continue
            case = _case_of(line.content.get("case"))
            target = target or open_target()
            record = graded(case, target)
            print_json({"schema": SCHEMA, "passed": record.passed, "report": item_text(record)})
        except OnrecordError as error:
            failed = True
            print_json(error_record(line, str(error)))
    return int(failed)


def _case_of(written: object) -> Case:
    """The case of a line. Raises UsageError."""
    if not isinstance(written, dict):
        raise UsageError("the line must hold a `file` or a `case`")
    try:
        return case_from_json(written)
    except (KeyError, TypeError, ValueError, AttributeError) as error:
        raise UsageError(f"the line holds no case that can be read ({error!r})") from error


def compare(arguments: Namespace) -> int:
    """Compare two runs item by item."""
    comparison = compare_runs(records_of(arguments.run_a), records_of(arguments.run_b))
    if arguments.json:
        print_json({"schema": SCHEMA} | asdict(comparison))
    else:
        print_text(comparison_text(comparison, width()))
    return 0


def draft(store: Store, written: str, *, as_json: bool) -> int:
    """Draft cases from the store's articles into a file, for a person to review."""
    path, cases = Path(written).expanduser(), starter.draft(store)
    starter.write(cases, path)
    return _show_drafted({"cases": len(cases)}, path, as_json=as_json)


def draft_from_feedback(store: Store, written: str, *, as_json: bool) -> int:
    """Draft cases from what people marked on the page into a file, for a person to finish."""
    path, rows = Path(written).expanduser(), FeedbackStore(store.path).rows()
    drafted = from_feedback.drafts(rows, lambda article_id: store.article(article_id) is not None)
    if not drafted.cases:
        raise UsageError(f"no answer of {store.path} has been marked on the page yet; nothing is drafted")
    starter.write(drafted.cases, path, from_feedback.HEADER)
    if drafted.left_out:
        print_notice(f"{drafted.left_out} older ones do not fit into one file and are left out")
    counts = {"cases": len(drafted.cases), "left_out": drafted.left_out}
    return _show_drafted(counts, path, as_json=as_json)


def _show_drafted(counts: Mapping[str, int], path: Path, *, as_json: bool) -> int:
    if as_json:
        print_json({"schema": SCHEMA, **counts, "file": str(path)})
    else:
        print_text(
            f"{counts['cases']} cases are drafted in {path}: go through them, then onrecord eval {path}"
        )
    return 0


def records_of(written: str) -> list[Record]:
    """The records of a run: its file, or the folder of its report. Raises ReadError when there are none."""
    path = Path(written).expanduser()
    records = read_records(path / RECORDS if path.is_dir() else path)
    if not records:
        raise ReadError(f"{path} holds no record of a run; give a report's folder or its {RECORDS}")
    return records


def _agreed(judging: Judge, at_once: int) -> Agreement:
    with closing(ProgressLine()) as line:
        line.show(f"Trying the judge {judging.name}")
        return asyncio.run(agreement(judging, at_once=at_once))


def _run(plan: Plan, target: Target, out: Path, judging: Judge | None) -> list[Record]:
    """The records of the run, in the cases' order."""
    settings = dict(target.settings()) | ({"judge": judging.name} if judging else {})
    repeat, total = plan.arguments.repeat, len(plan.cases) * plan.arguments.repeat
    kept = len(resumed(out, plan.cases, repeat, settings))
    if kept:
        print_notice(f"{kept} of {total} items stand in {out} and are not asked again")
    how = {"workers": plan.arguments.workers, "repeat": repeat, "extra": judging.grade if judging else None}
    came = failed = 0
    try:
        with closing(ProgressLine()) as line:
            line.show(f"Asking: {kept} of {total}")
            for record in run(plan.cases, target, out=out, settings=settings, **how):
                came, failed = came + 1, failed + (not record.passed)
                line.show(f"Asking: {came} of {total}, {failed} failed  {record.case.id}")
    except KeyboardInterrupt as interrupt:
        stands = f"{came} of {total} items are in {out}, the same command goes on from there"
        raise KeyboardInterrupt(
            f"stopped; {stands if plan.report else 'nothing is kept without --report'}"
        ) from interrupt
    return read_records(out)


def _show(plan: Plan, summary: Summary, comparison: Comparison | None) -> None:
    if plan.arguments.json:
        compared = {"comparison": asdict(comparison)} if comparison else {}
        print_json({"schema": SCHEMA} | summary.to_json() | compared)
        return
    print_text(to_text(summary, width()))
    if comparison:
        print_text("\nAgainst the baseline\n\n" + comparison_text(comparison, width()))
    if plan.report:
        print_text(f"\nReport: {plan.report / REPORT}")
