"""The `index` command as a person sees it: progress, what was done, what could not be read."""

from collections.abc import Iterable
from pathlib import Path
from types import TracebackType
from typing import Self

from corpus.sources import Address, Source
from index.sync.run import Progress, SyncReport
from rag.answer import SCHEMA
from rag.terminal.console import ProgressLine, complain, emit, say

VERBS = {"waiting": "Waiting", "rebuilding": "Rebuilding", "done": "Checking"}


def sources(written: Iterable[str]) -> list[Source]:
    """What the PATHs as written stand for: addresses on the web, and files or folders."""
    return [
        Address(path) if path.lower().startswith(("http://", "https://")) else Path(path).expanduser()
        for path in written
    ]


class Watch:
    """Shows how far a run is, on a terminal; an interrupt leaves with a word on what is in the store."""

    def __init__(self) -> None:
        self._line = ProgressLine()
        self._last: Progress | None = None

    def show(self, progress: Progress) -> None:
        """The `progress` that a run of `sync` reports."""
        self._last = progress
        verb = VERBS.get(progress.stage, "Indexing")
        failed = f", {progress.failed:,} failed" if progress.failed else ""
        speed = f", {progress.passages / progress.seconds:.0f}/s" if progress.seconds > 1 else ""
        self._line.show(
            f"{verb}: {progress.articles:,} articles, {progress.passages:,} passages{speed}{failed}"
            f"  {Path(progress.current).name}"
        )

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._line.clear()
        if isinstance(error, KeyboardInterrupt):
            stored = self._last.passages if self._last else 0
            raise KeyboardInterrupt(
                f"stopped; {stored:,} new passages are in the store, the same command goes on from there"
            ) from error


def show_report(report: SyncReport, store: Path, *, as_json: bool) -> int:
    """What a run did. Returns the exit code: 1 if anything could not be read."""
    failed = report.failed
    if as_json:
        emit({"schema": SCHEMA} | report.to_json())
        return int(bool(failed))
    for sentence in [*(f"{failure.path}: {failure.reason}" for failure in failed), *report.notices]:
        complain(sentence)
    counts = {
        "added": report.added,
        "updated": report.updated,
        "unchanged": report.unchanged,
        "removed": report.removed,
        "failed": len(failed),
    }
    done = ", ".join(f"{count:,} {verb}" for verb, count in counts.items() if count) or "nothing to do"
    held = f"{report.articles:,} articles, {report.passages:,} passages in {store}"
    say(f"{done} in {report.seconds:.1f} s; {held}")
    return int(bool(failed))
