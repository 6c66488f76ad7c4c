"""A run as JUnit XML, which every CI system shows: one testcase for each case and repeat."""

import re
import xml.etree.ElementTree as ET
from collections.abc import Sequence
from pathlib import Path

from corpus.errors import ReadError
from rag.evals.record import Record
from rag.evals.report.table import item_text

_NOT_XML = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
"""What XML 1.0 can hold in no form: control characters, halves of characters."""


def to_junit(records: Sequence[Record]) -> str:
    """The document. An item known to fail that does is skipped; an error is an error, not a failure."""
    skipped = [record for record in records if not record.gated and not record.passed]
    errors = [record for record in records if record.gated and record.error is not None]
    failed = [record for record in records if record.gated and not record.passed and record.error is None]
    suites = ET.Element("testsuites")
    counts = {"tests": len(records), "failures": len(failed), "errors": len(errors), "skipped": len(skipped)}
    seconds = sum(record.seconds for record in records)
    suite = ET.SubElement(
        suites, "testsuite", {"name": "onrecord eval", **{key: str(n) for key, n in counts.items()}}
    )
    suite.set("time", f"{seconds:.3f}")
    for record in records:
        _add(suite, record)
    ET.indent(suites)
    return '<?xml version="1.0" encoding="UTF-8"?>\n' + ET.tostring(suites, encoding="unicode") + "\n"


def write_junit(path: Path, records: Sequence[Record]) -> None:
    """Write the document. Raises ReadError when the place cannot be written."""
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(to_junit(records), encoding="utf-8")
    except OSError as error:
        raise ReadError(f"{path} cannot be written: {error.strerror or error}") from error


def _add(suite: ET.Element, record: Record) -> None:
    origin = record.case.origin.rpartition(":")[0] or "cases"
    name = record.case.id if record.repeat == 1 else f"{record.case.id} (repeat {record.repeat})"
    item = ET.SubElement(suite, "testcase", {"classname": _plain(origin), "name": _plain(name)})
    item.set("time", f"{record.seconds:.3f}")
    if record.passed:
        return
    first = _plain(record.why[0])
    if not record.gated:
        ET.SubElement(item, "skipped", {"message": _plain(f"known gap: {record.case.known_gap}")})
        return
    kind = "error" if record.error is not None else "failure"
    told = ET.SubElement(item, kind, {"message": first, "type": kind})
    told.text = _plain(item_text(record))


def _plain(text: str) -> str:
    return _NOT_XML.sub("", text)
