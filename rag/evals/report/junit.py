"""A run as JUnit XML, which every CI system shows: one testcase for each case and repeat."""

import re
import xml.etree.ElementTree as ET
from collections.abc import Sequence

from rag.evals.cases.record import Record
from rag.evals.report.table import item_text

_NOT_XML = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
"""Characters that XML 1.0 cannot hold: control characters and lone surrogates."""


def to_junit(records: Sequence[Record]) -> str:
    """The document. A failed item with a known gap is skipped; an error is an error, not a failure."""
    failed = [record for record in records if not record.passed]
    counts = {
        "tests": len(records),
        "failures": sum(record.gated and record.error is None for record in failed),
        "errors": sum(record.gated and record.error is not None for record in failed),
        "skipped": sum(not record.gated for record in failed),
    }
    suites = ET.Element("testsuites")
    suite = ET.SubElement(
        suites, "testsuite", {"name": "onrecord eval"} | {k: str(n) for k, n in counts.items()}
    )
    suite.set("time", f"{sum(record.seconds for record in records):.3f}")
    for record in records:
        _add(suite, record)
    ET.indent(suites)
    return '<?xml version="1.0" encoding="UTF-8"?>\n' + ET.tostring(suites, encoding="unicode") + "\n"


def _add(suite: ET.Element, record: Record) -> None:
    origin = record.case.origin.rpartition(":")[0] or "cases"
    item = ET.SubElement(suite, "testcase", {"classname": _plain(origin), "name": _plain(record.name)})
    item.set("time", f"{record.seconds:.3f}")
    if record.passed:
        return
    if not record.gated:
        ET.SubElement(item, "skipped", {"message": _plain(f"known gap: {record.case.known_gap}")})
        return
    kind = "error" if record.error is not None else "failure"
    told = ET.SubElement(item, kind, {"message": _plain(record.why[0]), "type": kind})
    told.text = _plain(item_text(record))


def _plain(text: str) -> str:
    return _NOT_XML.sub("", text)
