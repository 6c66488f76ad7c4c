"""Correction notices: where an article says that it, or an earlier version of it, was wrong.

Precision comes first: a report about a correction, or a market that corrects itself, is no notice.
"""

import re
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from typing import Literal

from corpus.dates import date_or_none

Kind = Literal["correction", "clarification", "update", "retraction", "note"]

LONGEST = 1_500
"""Characters of a notice; a longer paragraph is no notice."""
_PIECE = r"(?:article|story|report|version|post|column|headline|caption|piece|dispatch|item)"
_DAY = (
    r"\s*[(\[,:–—-]*\s*(?P<date>(?:\w{3,9}\.?\s+\d{1,2},?\s+\d{4})|(?:\d{1,2}\s+\w{3,9}\.?,?\s+\d{4})|"
    r"(?:\d{4}-\d{2}-\d{2}))?[^:–—.]{0,30}"
)
#: "Correction: ...", "Correction, Oct. 16, 2019: ..."; the label stands at the paragraph's beginning.
_LABEL = re.compile(
    rf"[\W_]*(?P<kind>corrections?(?:\s+and\s+clarifications?)?|clarifications?|retraction|erratum|"
    rf"editor[’']?s?[’']?s?\s+note){_DAY}\s*[:–—]\s*\S",
    re.IGNORECASE,
)
#: "(CORRECTS number of injured in paragraph 3)", "CORRECTED-..."; as wire services mark it.
_WIRE = re.compile(
    r"[\W_]*(?:\(\s*)?(?:CORRECTS|CORRECTED|CORRECTING|REFILES TO CORRECT|CLARIFIES)\b(?=[\s:–—-]+\w)"
)
#: What notices say in running text.
_SAYS = re.compile(
    rf"(?:an\s+earlier|a\s+previous|an\s+original|the\s+original|the\s+earlier)\s+{_PIECE}(?:\s+of\s+(?:this|the)\s+\w+)?"
    rf"[^.!?]{{0,80}}?\b(?:misstated|misspelled|misspelt|misidentified|misattributed|misquoted|incorrectly|wrongly|"
    rf"erroneously|mistakenly|gave\s+the\s+wrong|inaccurately|omitted|said\s+incorrectly|contained\s+an?\s+(?:error|incorrect))"
    rf"|\bthis\s+{_PIECE}\s+(?:has\s+been|was)\s+(?:corrected|amended|clarified|retracted|withdrawn)\b"
    rf"|\bthis\s+{_PIECE}\s+(?:has\s+been|was)\s+updated\s+to\s+(?:correct|clarify|reflect\s+that|remove)"
    rf"|\bwe\s+(?:regret|apologi[sz]e\s+for)\s+(?:the|this|these|our|any)\s+(?:error|mistake|confusion)s?\b",
    re.IGNORECASE,
)
_MENDS = re.compile(
    r"correct|incorrect|misstat|misspel|misidentif|misattribut|misquot|wrong|error|mistake|clarif|amend|retract|"
    r"withdrawn|inaccura|omitted|earlier version|previous version",
    re.IGNORECASE,
)
_QUOTED = re.compile(r"[\"“«„]")
_TITLED = re.compile(r"[“\"][^“”\"]{1,80}[”\"]")
"""A title or few words in quotation marks, in which a note does not say what it mends."""
_RETRACTS = re.compile(r"\b(?:retract(?:ed|ion)|withdrawn)\b", re.IGNORECASE)
_CLARIFIES = re.compile(r"\bclarif", re.IGNORECASE)
_PARAGRAPH = re.compile(r"[^\n]+")


@dataclass(frozen=True, slots=True)
class Correction:
    """A notice `text[start:end]` of an article; `date` (YYYY-MM-DD) if the notice states one in full."""

    start: int
    end: int
    text: str
    kind: Kind
    date: str | None

    def to_json(self) -> dict[str, object]:
        """The contract's object of a correction."""
        return asdict(self)


def find_corrections(text: str) -> tuple[Correction, ...]:
    """The notices in an article's text, each a whole paragraph, in their order."""
    return tuple(_notices(text))


def _notices(text: str) -> Iterator[Correction]:
    for found in _PARAGRAPH.finditer(text):
        paragraph = found[0].strip()
        if not 20 <= len(paragraph) <= LONGEST:
            continue
        kind, date = _read(paragraph)
        if kind is not None:
            start = found.start() + found[0].index(paragraph)
            yield Correction(start, start + len(paragraph), paragraph, kind, date)


def _read(paragraph: str) -> tuple[Kind | None, str | None]:
    """What kind of notice the paragraph is, or None; and the date that its label states."""
    label = _LABEL.match(paragraph)
    if label:
        named = label["kind"].lower()
        stated = date_or_none(label["date"])
        date = stated[:10] if stated else None
        if named.startswith("editor"):
            return ("correction" if _MENDS.search(_TITLED.sub(" ", paragraph)) else "note"), date
        if named.startswith("clarif"):
            return "clarification", date
        return ("retraction" if named.startswith("retract") else "correction"), date
    if _WIRE.match(paragraph):
        return "correction", None
    says = _SAYS.search(paragraph)
    # Within a quotation, or late in a paragraph that tells of something else, it is news about a correction.
    if says is None or _QUOTED.search(paragraph[: says.start()]) or says.start() > 60:
        return None, None
    if _RETRACTS.search(says[0]):
        return "retraction", None
    return ("clarification" if _CLARIFIES.search(says[0]) else "correction"), None
