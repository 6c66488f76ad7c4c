"""Template values of an answer on the page: status in words, sources, nearest passages, text to copy."""

import json
import re
import textwrap
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from itertools import groupby
from typing import cast
from urllib.parse import urlencode

from corpus.article import canonical_url
from index.store.store import Archive
from rag.abstain import explanation
from rag.answer import ABSTENTIONS, CLOSEST, IN_THE_MODELS_WORDS, Answer, Status
from rag.web.bounds.exposure import EVERYTHING, Viewer
from rag.web.present import answer_view, nearest
from rag.web.templates import render, rooted, short_date

Shown = dict[str, object]
View = Mapping[str, object]
"""An answer as `rag.web.present.answer_view` gives it, live or made again of what was kept of it."""

_WIDEST = 320
"""Characters shown of a nearest passage."""
_LINK_LIMIT = 1_500
"""Longest question, in characters, that is put into a link."""
_HEADING = re.compile(r"^#+ +")

NOT_SHOWN = "In the archive, and not shown today."
_SIGNS = {"answered": "●", "partial": "◐", "listed": "●"}
_SAYS: Mapping[str, str] = {
    "answered": "Answered.",
    "partial": "Partly answered.",
    "not_stated": "The archive covers this, but does not say.",
    "not_in_archive": "Not in the archive.",
    "listed": "What the archive holds.",
    "help": "About this archive.",
}


def html_line(template: str, **values: object) -> str:
    """The template on one line: a blank line would end a block of HTML in Markdown."""
    return " ".join(render(template, **values).split())


def status_in_words(status: Status, archive: Archive) -> str:
    """The status in words for users."""
    if status == "outside_coverage":
        if archive.first is None:
            return "Outside the archive: none of its articles carries a date."
        first, last = short_date(archive.first), short_date(archive.last)
        return f"Outside the archive’s dates ({first}{'' if first == last else f' to {last}'})."
    return _SAYS.get(status, "Not in the archive.")


def answer_values(sentences: Sequence[Shown], citations: Sequence[Shown]) -> Shown:
    """The template values of an answer that is still being written."""
    return {
        "paragraphs": paragraphs(sentences),
        "folded": [one for one in sentences if one.get("folded")],
        "left_out": [one for one in sentences if one["support"] == "unsupported"],
        "label": IN_THE_MODELS_WORDS,
        "checked_by": None,
        "citations": citations,
        "status": None,
        "nearest": [],
        "closest": CLOSEST,
        "articles": [],
        "suggestions": [],
        "notices": [],
        "did_you_mean": None,
        "searched": [],
        "copy": [],
        "abstained": False,
        "link": None,
        "marked": None,
    }


def answer_shown(answer: Answer, viewer: Viewer = EVERYTHING) -> Shown:
    """The template values of a finished answer, with as much of the articles as the viewer may see."""
    return view_shown(answer_view(replace(answer, passages=nearest(answer)), viewer))


def view_shown(view: View) -> Shown:
    """The template values of a finished answer, from its view with the nearest passages alone."""
    status = cast(Status, view["status"])
    sentences, citations = _items(view, "sentences"), _items(view, "citations")
    is_abstention, says = status in ABSTENTIONS, status_in_words(status, archive_of(view))
    if is_abstention:
        sentences = _without_status(sentences, view)
        says = NOT_SHOWN if _is_withheld(view) else says
    asked = " ".join(str(view["question"]).split())
    searched = cast("list[str]", view["searched"])
    return answer_values(sentences, citations) | {
        "status": {"name": status, "sign": _SIGNS.get(status, "○"), "says": says},
        "nearest": [one | {"begins": _begins(str(one["text"]))} for one in _items(view, "passages")]
        if is_abstention
        else [],
        "articles": _items(view, "articles"),
        "suggestions": view["suggestions"],
        "notices": view["notices"],
        "checked_by": view["checked_by"],
        "did_you_mean": view["did_you_mean"],
        "searched": [] if searched == [asked] and not is_abstention else searched,
        "copy": copied(view).split("\n"),
        "abstained": is_abstention,
        "link": link_to(view),
        "marked": to_mark(view),
    }


def archive_of(view: View) -> Archive:
    """The extent of the archive when the answer was given."""
    extent = cast("Mapping[str, object]", view["archive"])
    names = ("articles", "undated", "from", "through")
    return Archive(*(extent[name] for name in names))  # type: ignore[arg-type]


def paragraphs(sentences: Iterable[Shown]) -> list[Shown]:
    """Sentences of the answer's text, grouped under their lead; notices and unconfirmed ones stand alone.

    A list has the role `list` and its items in `listed`, each of them paragraphs.
    """
    shown = (one for one in sentences if one["support"] != "unsupported" and not one.get("folded"))
    gathered: list[Shown] = []
    listed: list[list[Shown]] | None = None
    for item, said in groupby(shown, key=lambda one: one.get("item")):
        if item is None:
            gathered += _grouped(said)
            listed = None
            continue
        if listed is None:
            listed = []
            gathered.append({"lead": None, "role": "list", "listed": listed})
        listed.append(_grouped(said))
    return gathered


def _grouped(sentences: Iterable[Shown]) -> list[Shown]:
    """Paragraphs of sentences that stand in no list, or all in one item."""
    gathered: list[tuple[Shown, list[Shown]]] = []
    for sentence in sentences:
        role = sentence["role"] if sentence["role"] in ("lead", "notice") else "claim"
        role = "unconfirmed" if sentence["support"] == "unconfirmed" else role
        if role == "lead":
            gathered.append(({"lead": sentence["text"], "role": "claim"}, []))
            continue
        if role != "claim" or not gathered or gathered[-1][0]["role"] != "claim":
            gathered.append(({"lead": None, "role": role}, []))
        gathered[-1][1].append(sentence)
    return [head | {"sentences": said} for head, said in gathered]


def copied(view: View) -> str:
    """The answer as plain text with its sources and their corrections, for the clipboard."""
    lines: list[str] = []
    before: object = None
    for sentence in filter(is_in_text, _items(view, "sentences")):
        said, item = _copied_sentence(sentence), sentence.get("item")
        if item and item == before:
            lines[-1] += f" {said}"
        else:
            lines.append(f"- {said}" if item else said)
        before = item
    sources: list[str] = []
    for citation in cited(view):
        notices = (f"    {one['says']}" for one in _items(citation, "corrections"))
        sources += [_reference(citation), *notices]
    return "\n".join([*lines, "", *sources] if sources else lines)


def is_in_text(sentence: Shown) -> bool:
    """Whether it is part of the answer's text; what is not stands folded under the answer."""
    return sentence["support"] != "unsupported" and not sentence.get("folded")


def cited(view: View) -> list[Shown]:
    """The citations that the answer's text has marks of."""
    marks = {n for one in filter(is_in_text, _items(view, "sentences")) for n in _marks(one)}
    return [one for one in _items(view, "citations") if one["n"] in marks]


def _copied_sentence(sentence: Shown) -> str:
    label = [f"({IN_THE_MODELS_WORDS})"] if sentence["support"] == "unconfirmed" else []
    return " ".join([*str(sentence["text"]).split(), *(f"[{n}]" for n in _marks(sentence)), *label])


def link_to(view: View) -> str | None:
    """The address that asks for this answer again; None where the question alone gives another answer.

    A follow-up is shared as the question that stands alone; filtered ones are not shared.
    """
    question = view["standalone"]
    filtered = any(cast("Mapping[str, object]", view["filters"]).values())
    return share_path(str(question)) if question and not filtered else None


def to_mark(view: View) -> str:
    """The body of a verdict on the answer, as JSON without two consecutive spaces.

    It has the citations of the answer's text: only these are expected of a case that is made of it.
    """
    sent = {
        "question": " ".join(str(view["question"]).split()),
        **cast("Mapping[str, object]", view["filters"]),
        **{name: view[name] for name in ("status", "answer", "reader")},
        "citations": [
            {name: citation[name] for name in ("article_id", "revision", "start", "end")}
            for citation in cited(view)
        ],
    }
    return json.dumps(sent, separators=(",", ":")).replace("  ", " \\u0020")


def share_path(question: str) -> str | None:
    """The address that asks the question again; None when the question is too long."""
    return rooted(f"/?{urlencode({'q': question})}") if len(question) <= _LINK_LIMIT else None


def _items(view: View, name: str) -> list[Shown]:
    return cast("list[Shown]", view.get(name) or [])


def _marks(sentence: Shown) -> list[int]:
    return cast("list[int]", sentence["citations"])


def _reference(citation: Shown) -> str:
    title, source, day, url = (citation[name] for name in ("title", "source", "published_at", "url"))
    address = canonical_url(str(url)) if url else None
    known = ", ".join(str(part) for part in (title, source, short_date(cast("str | None", day))) if part)
    quote = " ".join(str(citation["quote"]).split())
    return f"[{citation['n']}] {known}: “{quote}”{f' {address}' if address else ''}"


def _is_withheld(view: View) -> bool:
    """Whether the archive has what answers and may not show more of it: it says no status then."""
    return archive_of(view).first is not None and not view["status_text"]


def _without_status(sentences: Sequence[Shown], view: View) -> list[Shown]:
    """The explanation of an abstention without what the status line says already."""
    said = explanation(cast(Status, view["status"]), archive_of(view))
    rest = [sentence | {"text": str(sentence["text"]).removeprefix(said).strip()} for sentence in sentences]
    return [
        sentence | {"segments": [{"text": sentence["text"], "marked": False}]}
        for sentence in rest
        if sentence["text"]
    ]


def _begins(text: str) -> str:
    return textwrap.shorten(_HEADING.sub("", text), _WIDEST, placeholder=" …")
