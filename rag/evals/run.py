"""A run: ask every case, grade the answers and record them; an unfinished run is resumed.

from pathlib import Path
from rag.evals.metrics.scores import aggregate
from rag.evals.cases.read import load
from rag.evals.run import run
from rag.evals.target import ServerTarget

target = ServerTarget("http://127.0.0.1:7860")
records = list(run(load([Path("cases.yaml")]), target, out=Path("records.jsonl")))
print(aggregate(records)["passed"])
"""

import json
import os
import time
from collections.abc import Callable, Generator, Iterator, Mapping, Sequence
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from pathlib import Path
from typing import Any, TypeAlias

from corpus.errors import OnrecordError, ReadError
from rag.evals.cases.case import Case
from rag.evals.cases.record import Record, case_digest, digest
from rag.evals.metrics import scores as metrics
from rag.evals.target import Target, TextWithheld

Extra: TypeAlias = Callable[[Case, Mapping[str, Any]], Mapping[str, float | None]]
"""Further measures of an answer, by name; a judge's."""
Key: TypeAlias = tuple[str, int]
"""A case's digest and the number of the repeat: the identity of an item."""


def run(
    cases: Sequence[Case],
    target: Target,
    *,
    out: Path,
    workers: int = 1,
    repeat: int = 1,
    settings: Mapping[str, object] | None = None,
    extra: Extra | None = None,
) -> Generator[Record, None, None]:
    """Ask each case `repeat` times and yield each record when it is there; resumed ones come first.

    Records are appended to `out` as they come. An unfinished file is resumed: items of the same case,
    repeat and settings (default: the target's own) that did not error are not asked again. A finished one is
    a run of its own and is done anew. At the end `out` holds exactly the items of this run, in the cases'
    order. An item that raises is recorded with its error, and the run goes on. `extra` gives further
    measures, of which `settings` should tell. Raises ReadError when `out` cannot be used.
    """
    settings = settings if settings is not None else target.settings()
    hashed, wanted = digest(settings), _items(cases, repeat)
    done = resumed(out, cases, repeat, settings)
    yield from list(done.values())
    waiting = [(key, case) for key, case in wanted.items() if key not in done]
    try:
        out.parent.mkdir(parents=True, exist_ok=True)
        _rewrite(out, list(done.values()))
        with out.open("a", encoding="utf-8") as lines:
            for key, record in _asked(waiting, target, workers, hashed, extra):
                lines.write(_line(record))
                lines.flush()
                done[key] = record
                yield record
        _rewrite(out, [done[key] for key in wanted])
    except OSError as error:
        raise ReadError(f"{out} cannot be written: {error.strerror or error}") from error


def resumed(
    out: Path, cases: Sequence[Case], repeat: int, settings: Mapping[str, object]
) -> dict[Key, Record]:
    """The records of an unfinished run in `out` that need not be asked again, in the cases' order."""
    if not out.exists():
        return {}
    wanted, hashed = _items(cases, repeat), digest(settings)
    kept: dict[Key, Record] = {}
    for record in read_records(out):
        key = case_digest(record.case), record.repeat
        if key in wanted and record.settings == hashed and record.error is None:
            kept[key] = record
    return {} if len(kept) == len(wanted) else {key: kept[key] for key in wanted if key in kept}


def read_records(path: Path) -> list[Record]:
    """The records of a run's file; a last line that was torn off is passed over.

    Raises ReadError when the file cannot be read, or another line is no record.
    """
    try:
        lines = path.read_bytes().splitlines()
    except OSError as error:
        raise ReadError(f"{path} cannot be read: {error.strerror or error}") from error
    records = []
    for number, line in enumerate(lines, start=1):
        try:
            records.append(Record.from_json(json.loads(line)))
        except (ValueError, KeyError, TypeError, AttributeError, OnrecordError) as error:
            if number < len(lines):
                raise ReadError(
                    f"{path}:{number} is no record of a run; give the records.jsonl of a report"
                ) from error
    return records


def graded(
    case: Case, target: Target, *, repeat: int = 1, settings: str = "", extra: Extra | None = None
) -> Record:
    """Ask one case and grade what comes. Whatever is raised is the record's error."""
    started = time.perf_counter()
    answer: Mapping[str, Any] | None = None
    try:
        answer = target.ask(case)
        seconds = time.perf_counter() - started
        scores, failures = _scored(case, answer, target)
        scores |= extra(case, answer) if extra else {}
    except Exception as error:  # One item must not end a run; it is listed with what it raised.
        says = str(error) if isinstance(error, OnrecordError) else f"{type(error).__name__}: {error}"
        seconds = time.perf_counter() - started
        return Record(case, repeat, answer, error=says, seconds=seconds, settings=settings)
    return Record(case, repeat, answer, None, scores, failures, seconds, settings)


def _items(cases: Sequence[Case], repeat: int) -> dict[Key, Case]:
    return {(case_digest(case), number): case for case in cases for number in range(1, repeat + 1)}


def _scored(
    case: Case, answer: Mapping[str, Any], target: Target
) -> tuple[dict[str, float | None], tuple[str, ...]]:
    try:
        text = target.article_text
        return metrics.scores(case, answer, text), metrics.failures(case, answer, text)
    except TextWithheld:  # Then quotes are compared with the answer's own passages.
        return metrics.scores(case, answer), metrics.failures(case, answer)


def _asked(
    waiting: Sequence[tuple[Key, Case]], target: Target, workers: int, settings: str, extra: Extra | None
) -> Iterator[tuple[Key, Record]]:
    """Each item's record when it is there; no more items are begun than there are workers."""
    rest = iter(waiting)
    running: dict[Future[Record], Key] = {}
    with ThreadPoolExecutor(workers, thread_name_prefix="eval") as pool:
        while True:
            while len(running) < workers and (item := next(rest, None)) is not None:
                key, case = item
                given: dict[str, Any] = {"repeat": key[1], "settings": settings, "extra": extra}
                running[pool.submit(graded, case, target, **given)] = key
            if not running:
                return
            finished, _ = wait(running, return_when=FIRST_COMPLETED)
            for future in sorted(finished, key=lambda one: running[one]):
                yield running.pop(future), future.result()


def _rewrite(out: Path, records: Sequence[Record]) -> None:
    """Put exactly these records into the file, in one step."""
    beside = out.with_name(out.name + ".new")
    beside.write_text("".join(map(_line, records)), encoding="utf-8")
    os.replace(beside, out)


def _line(record: Record) -> str:
    return json.dumps(record.to_json()) + "\n"
