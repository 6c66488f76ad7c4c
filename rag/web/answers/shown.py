"""Template values of an answer on the page: status in words, sources, nearest passages, text to copy."""

import json
import re
import textwrap
from collections.abc import Iterable, Mapping, Sequence
from itertools import groupby
from urllib.parse import urlencode

from corpus.article import canonical_url
from index.store.store import Archive
from rag.abstain import explanation
from rag.answer import CLOSEST, IN_THE_MODELS_WORDS, Answer, Citation, Sentence, Status
from rag.question.filters import filters_to_json
from rag.render import begins_item
from rag.web.bounds.exposure import EVERYTHING, Viewer
from rag.web.present import citation_view, corrections_for, listed_view, passage_view, sentence_view
from rag.web.templates import render, rooted, short_date

Shown = dict[str, object]

NEAREST = 3
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
    sentences = [sentence_view(sentence) for sentence in answer.sentences]
    citations = [citation_view(citation, viewer) for citation in answer.citations]
    if answer.abstained:
        sentences = _without_status(sentences, answer)
    says = status_in_words(answer.status, answer.archive)
    if answer.withheld and answer.abstained:
        says = NOT_SHOWN
    return answer_values(sentences, citations) | {
        "status": {"name": answer.status, "sign": _SIGNS.get(answer.status, "○"), "says": says},
        "nearest": _nearest(answer, viewer) if answer.abstained else [],
        "articles": [listed_view(one) for one in answer.articles or ()],
        "suggestions": list(answer.suggestions),
        "notices": list(answer.notices),
        "checked_by": answer.checked_by,
        "did_you_mean": answer.did_you_mean,
        "searched": _searched(answer),
        "copy": copied(answer, viewer).split("\n"),
        "abstained": answer.abstained,
        "link": link_to(answer),
        "marked": to_mark(answer),
    }


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


def copied(answer: Answer, viewer: Viewer = EVERYTHING) -> str:
    """The answer as plain text with its sources and their corrections, for the clipboard."""
    lines: list[str] = []
    before: Sentence | None = None
    for sentence in (one for one in answer.sentences if one.is_in_text):
        said = _copied_sentence(sentence)
        if sentence.item and not begins_item(before, sentence):
            lines[-1] += f" {said}"
        else:
            lines.append(f"- {said}" if sentence.item else said)
        before = sentence
    sources: list[str] = []
    for citation in answer.cited:
        notices = (f"    {one['says']}" for one in corrections_for(citation, viewer))
        sources += [_reference(citation), *notices]
    return "\n".join([*lines, "", *sources] if sources else lines)


def _copied_sentence(sentence: Sentence) -> str:
    label = [f"({IN_THE_MODELS_WORDS})"] if sentence.support == "unconfirmed" else []
    return " ".join([*sentence.text.split(), *(f"[{n}]" for n in sentence.citations), *label])


def link_to(answer: Answer) -> str | None:
    """The address that asks for this answer again; None where the question alone gives another answer.

    A follow-up is shared as the query it was searched with, or, where a model wrote its answer, as the
    question that was completed; filtered and compound questions are not shared.
    """
    question = answer.question
    if not question.where.is_empty:
        return None
    if not question.history:
        return share_path(question.text)
    if answer.is_written and answer.standalone:
        return share_path(answer.standalone)
    return share_path(answer.searched[0]) if len(answer.searched) == 1 else None


def to_mark(answer: Answer) -> str:
    """The body of a verdict on the answer, as JSON without two consecutive spaces.

    It has the citations of the answer's text: only these are expected of a case that is made of it.
    """
    sent = {
        "question": " ".join(answer.question.text.split()),
        **filters_to_json(answer.question.where),
        "status": answer.status,
        "answer": answer.text,
        "reader": answer.reader,
        "citations": [
            {name: getattr(citation, name) for name in ("article_id", "revision", "start", "end")}
            for citation in answer.cited
        ],
    }
    return json.dumps(sent, separators=(",", ":")).replace("  ", " \\u0020")


def share_path(question: str) -> str | None:
    """The address that asks the question again; None when the question is too long."""
    return rooted(f"/?{urlencode({'q': question})}") if len(question) <= _LINK_LIMIT else None


def _reference(citation: Citation) -> str:
    where = [citation.title, citation.source, short_date(citation.published_at)]
    url = canonical_url(citation.url) if citation.url else None
    known = ", ".join(part for part in where if part)
    quote = " ".join(citation.quote.split())
    return f"[{citation.n}] {known}: “{quote}”{f' {url}' if url else ''}"


def _without_status(sentences: Sequence[Shown], answer: Answer) -> list[Shown]:
    """The explanation of an abstention without what the status line says already."""
    said = explanation(answer.status, answer.archive)
    rest = [sentence | {"text": str(sentence["text"]).removeprefix(said).strip()} for sentence in sentences]
    return [
        sentence | {"segments": [{"text": sentence["text"], "marked": False}]}
        for sentence in rest
        if sentence["text"]
    ]


def _searched(answer: Answer) -> list[str]:
    asked = " ".join(answer.question.text.split())
    return [] if answer.searched == (asked,) and not answer.abstained else list(answer.searched)


def _nearest(answer: Answer, viewer: Viewer) -> list[Shown]:
    """The nearest passages, one of each article."""
    by_article = {found.passage.article_id: found for found in reversed(answer.passages)}
    best = sorted(by_article.values(), key=lambda found: found.rank)[:NEAREST]
    shown = [passage_view(found, viewer, spare=True) for found in best]
    return [one | {"begins": _begins(str(one["text"]))} for one in shown]


def _begins(text: str) -> str:
    return textwrap.shorten(_HEADING.sub("", text), _WIDEST, placeholder=" …")
