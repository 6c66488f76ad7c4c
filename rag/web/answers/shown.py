"""Template values of an answer: its state in words, its parts, its sources, text to copy, what it carries.

They are drawn from views: the contract's `ask` object, or its sentences and citations while it is written.
"""

import json
import textwrap
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from itertools import groupby
from typing import Any
from urllib.parse import urlencode

from corpus.article import canonical_url
from index.store.store import Archive
from rag.about.figures import View, figures
from rag.abstain import explanation
from rag.answer import ABSTENTIONS, WORD_RULES, Answer
from rag.render import bare, is_same_question, prose
from rag.web.answers.glance import days_told, first_line, table
from rag.web.answers.words import Words, notice_in, words_in, written_day, written_days, written_when
from rag.web.bounds.exposure import EVERYTHING, Viewer
from rag.web.present import NEAREST, answer_view, nearest, segments
from rag.web.templates import render, rooted

Shown = dict[str, Any]

_WIDEST = 320
"""Characters shown of a nearest passage."""
_LINK_LIMIT = 1_500
"""Longest question, in characters, that is put into a link."""
_EMPHASIS = "*_ "
"""Signs of Markdown that an article puts around a notice."""
_SIGNS = {
    **{"answered": "●", "partial": "◐", "not_stated": "○", "not_in_archive": "×", "outside_coverage": "◇"},
    **{"listed": "≡", "help": "?", "withdrawn": "–"},
}
"""Each state has a sign of its own, beside its words."""
ENGLISH = words_in("en")
_NO_FILTERS: Mapping[str, object] = {}


def html_line(template: str, **values: object) -> str:
    """The template on one line: a blank line would end a block of HTML in Markdown."""
    return " ".join(render(template, **values).split())


def answer_values(sentences: Sequence[View], citations: Sequence[View], say: Words) -> Shown:
    """The template values of an answer that is still being written, as far as it has come."""
    cut = [_cut(one) for one in _in_language(sentences, citations, say)]
    return {
        "say": say,
        "is_waiting": False,
        "status": None,
        "abstained": False,
        "filtered": False,
        "first": None,
        "table": [],
        "days": [],
        "columns": [paragraphs(cut)],
        "folded": [one for one in cut if one.get("folded")],
        "left_out": [one for one in cut if one["support"] == "unsupported"],
        "citations": citations,
        "sources": sources(citations, say),
        "nearest": [],
        "articles": [],
        "suggestions": [],
        "notices": [],
        "did_you_mean": None,
        "is_withdrawn": False,
        "searched_instead": [],
        "searched": [],
        "checked_by": None,
        "copy": [],
        "link": None,
        "marked": None,
        "keep": None,
    }


def view_of(answer: Answer, viewer: Viewer = EVERYTHING) -> Shown:
    """The answer's view as far as the viewer may see it, with the nearest passages alone."""
    return answer_view(replace(answer, passages=nearest(answer)), viewer)


def view_shown(view: View, say: Words = ENGLISH, *, keep: str | None = None) -> Shown:
    """The template values of a finished answer, from its view.

    `keep` is the JSON text by which a browser keeps and shares it.
    """
    status, sentences = view["status"], view["sentences"]
    abstained = status in ABSTENTIONS
    if abstained:
        sentences = _without(explanation(status, archive_of(view)), sentences)
    if status == "withdrawn":  # The state says what the sentence would.
        sentences = [one for one in sentences if one["role"] != "withdrawn"]
    says = status_in_words(status, archive_of(view), say)
    if abstained and view.get("withheld"):
        says = say["not_shown"]
    told = figures(view)
    first = first_line(told)
    instead = searched_instead(view)
    values = answer_values(sentences, view["citations"], say)
    [column] = values["columns"]
    if first and len(first["by"]) == 1 and column[0]["lead"]:  # The line above it names the outlet and day.
        column[0]["lead"] = None
    if view.get("intent") == "comparison":
        values["columns"] = side_by_side(column, view["citations"])
    return values | {
        "status": {"name": status, "sign": _SIGNS.get(status, "○"), "says": says},
        "abstained": abstained,
        "filtered": any((view.get("filters") or {}).values()),
        "first": first,
        "table": table(told),
        "days": days_told(view),
        "nearest": _nearest(view) if abstained else [],
        "articles": view.get("articles") or [],
        "suggestions": view.get("suggestions") or [],
        "notices": notices_in(view, say),
        "did_you_mean": view.get("did_you_mean"),
        "is_withdrawn": status == "withdrawn",
        "searched_instead": instead,
        "searched": [*view["searched"]] if not instead and (abstained or len(view["searched"]) > 1) else [],
        "checked_by": _checked_by(view, say),
        "copy": copied(view, say).split("\n") if view["citations"] else [],
        "link": link_to(view),
        "marked": to_mark(view) if view.get("answer") is not None else None,
        "keep": keep,
    }


def archive_of(view: View) -> Archive:
    """The extent of the archive when the answer was given."""
    return Archive(*(view["archive"][name] for name in ("articles", "undated", "from", "through")))


def status_in_words(status: str, archive: Archive, say: Words = ENGLISH) -> str:
    """The status in words for readers."""
    if status == "outside_coverage":
        days = written_days(archive.first, archive.last, say)
        return say[status].format(days=days) if days else say["outside_undated"]
    if status == "withdrawn":  # Of an answer shown again nothing is left.
        return say["withdrawn_answer"]
    return say[status if status in _SIGNS else "not_in_archive"]


def _checked_by(view: View, say: Words) -> str | None:
    who = view.get("checked_by")
    return who and say["checked_by"].format(who=say["word_rules"] if who == WORD_RULES else who)


def notices_in(view: View, say: Words) -> list[str]:
    """The notices of an answer, in the language where it is known what they say."""
    notices: Sequence[str] = view.get("notices") or ()
    told = view.get("notices_told") or [None] * len(notices)
    return [notice_in(says, one, say) for says, one in zip(notices, told, strict=False)]


def _in_language(sentences: Sequence[View], citations: Sequence[View], say: Words) -> list[View]:
    """The sentences with what is ours in the language: notices, reasons, and the days of leads.

    A lead comes with what it leads; a notice whose words stand in the state is left out.
    """
    known = {one["n"]: one for one in citations}
    written: list[View] = []
    cites: View | None = None
    for one in reversed(sentences):
        cites = next((known[n] for n in one.get("citations") or () if n in known), cites)
        if one["role"] == "lead" and cites is None:
            continue
        if one["role"] == "lead" and cites and one["text"].endswith(f"{_byline(cites, ENGLISH)}:"):
            one = {**one, "text": _lead(one, cites, say)}
        elif one.get("told"):
            one = {**one, "text": notice_in(one["text"], one["told"], say)}
        if one.get("reason_told"):
            one = {**one, "reason": notice_in(one["reason"], one["reason_told"], say)}
        if one["text"]:
            written.append(one)
    return written[::-1]


def _lead(lead: View, cites: View, say: Words) -> str:
    """A lead in the language; one of a timeline may begin with when it happened."""
    says, told = f"{_byline(cites, say)}:", lead.get("told")
    if told and told["kind"] == "lead":
        return say["notice_lead"].format(when=written_when(told["first"], told["last"], say), where=says)
    return says if lead["text"] == f"{_byline(cites, ENGLISH)}:" else str(lead["text"])


def _byline(citation: View, say: Words) -> str:
    known = (citation["source"] or f"“{citation['title']}”", written_day(citation["published_at"], say))
    return ", ".join(part for part in known if part)


def _cut(sentence: View) -> Shown:
    """The sentence with its text in segments, marked ones among them; without signs of Markdown around it."""
    text, spans = sentence["text"], map(tuple, sentence.get("highlights") or ())
    shown = bare(text)
    begin = text.find(shown)
    cut = segments(shown, ((start - begin, end - begin) for start, end in spans))
    return {**sentence, "segments": cut}


def _without(said: str, sentences: Sequence[View]) -> list[View]:
    """The explanation of an abstention without what the status line says already."""
    rest = [{**one, "text": one["text"].removeprefix(said).strip(), "highlights": ()} for one in sentences]
    return [one for one in rest if one["text"]]


def paragraphs(sentences: Iterable[Shown]) -> list[Shown]:
    """Sentences of the answer's text, grouped under their lead; notices and unconfirmed ones stand alone.

    A list has the role `list` and its items in `listed`, each of them paragraphs.
    """
    shown = filter(is_in_text, sentences)
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
        role = sentence["role"] if sentence["role"] in ("lead", "notice", "withdrawn") else "claim"
        role = "unconfirmed" if sentence["support"] == "unconfirmed" else role
        if role == "lead":
            gathered.append(({"lead": sentence["text"], "role": "claim"}, []))
            continue
        if role != "claim" or not gathered or gathered[-1][0]["role"] != "claim":
            gathered.append(({"lead": None, "role": role}, []))
        gathered[-1][1].append(sentence)
    return [head | {"sentences": said} for head, said in gathered]


def side_by_side(column: list[Shown], citations: Sequence[View]) -> list[list[Shown]]:
    """The paragraphs of each outlet in a column of its own, for two or three outlets; else all in one."""
    outlets = {one["n"]: one["source"] for one in citations}
    columns: dict[str, list[Shown]] = {}
    for one in column:
        cited = [n for sentence in one.get("sentences") or () for n in sentence["citations"]]
        if one["role"] != "claim" or not cited or not outlets.get(cited[0]):
            return [column]
        columns.setdefault(outlets[cited[0]], []).append(one)
    return [*columns.values()] if len(columns) in (2, 3) else [column]


def sources(citations: Sequence[View], say: Words = ENGLISH) -> list[Shown]:
    """The citations of one article together in `cited`, the articles in the order of their first number.

    `also_in`, `corrections` and `since` say what else is known of the article; a notice that is quoted is not
    said again. `since` is there where it was corrected after the answer was given: the citation then has its
    notices in `corrected_since`.
    """
    by_article: dict[tuple[str, str], list[View]] = {}
    for one in citations:
        by_article.setdefault((one["article_id"], one["revision"]), []).append(one)
    return [
        {
            "cited": cited,
            "also_in": _also_in(cited[0], say),
            "corrections": [
                _notice(one, say)
                for one in cited[0].get("corrections") or ()
                if not (one["text"] and any(one["text"] in quote["quote"] for quote in cited))
            ],
            "since": _since(cited[0], say),
        }
        for cited in by_article.values()
    ]


def _also_in(citation: View, say: Words) -> str | None:
    copies = [
        ", ".join(
            part for part in (one["source"] or one["title"], written_day(one["published_at"], say)) if part
        )
        for one in citation.get("also_in") or ()
    ]
    return say["also_in"].format(where="; ".join(copies)) if copies else None


def _notice(notice: View, say: Words) -> str:
    """A notice on one line, as the archive says it; in other languages with a label of theirs."""
    text, says = " ".join(notice["text"].split()), notice["says"]
    if say is ENGLISH or says == text:
        return str(says).strip(_EMPHASIS)
    text = text.strip(_EMPHASIS)
    return f"{say.get(notice['kind'], say['correction'])}: {text or say['words_withheld']}"


def _since(citation: View, say: Words) -> str | None:
    notices = citation.get("corrected_since")
    if notices is None:
        return None
    return " ".join([say["corrected_since"], *(_notice(one, say) for one in notices)])


def _nearest(view: View) -> list[Shown]:
    """The nearest passages, one of each article."""
    best: dict[str, View] = {}
    for one in view.get("passages") or ():
        best.setdefault(one["article_id"], one)
    return [{**one, "begins": _begins(one["text"])} for one in [*best.values()][:NEAREST]]


def _begins(text: str | None) -> str:
    return textwrap.shorten(prose(text or ""), _WIDEST, placeholder=" …")


def searched_instead(view: View) -> list[str]:
    """What was searched for in the place of the typed question; [] where the answer says so in words."""
    asked, searched = view["question"], [*(view.get("searched") or ())]
    is_said = any(one and one["kind"] == "instead" for one in view.get("notices_told") or ())
    is_said = (is_said and view.get("standalone") == view["question"]) or view["status"] == "listed"
    return [] if is_same_question(asked, searched) or is_said else searched


def copied(view: View, say: Words = ENGLISH) -> str:
    """The answer as plain text with its sources and their corrections, for the clipboard."""
    lines: list[str] = []
    before: object = None
    for sentence in filter(is_in_text, _in_language(view["sentences"], view["citations"], say)):
        said, item = _copied_sentence(sentence, say), sentence.get("item")
        if item and item == before:
            lines[-1] += f" {said}"
        else:
            lines.append(f"- {said}" if item else said)
        before = item
    below: list[str] = []
    for citation in cited(view):
        told = [*(_notice(one, say) for one in citation.get("corrections") or ()), _since(citation, say)]
        below += [_reference(citation, say), *(f"    {one}" for one in told if one)]
    return "\n".join([*lines, "", *below] if below else lines)


def _copied_sentence(sentence: View, say: Words) -> str:
    label = [f"({say['models_words']})"] if sentence["support"] == "unconfirmed" else []
    return " ".join([*sentence["text"].split(), *(f"[{n}]" for n in sentence.get("citations") or ()), *label])


def is_in_text(sentence: View) -> bool:
    """Whether it is part of the answer's text; what is not stands folded under the answer."""
    return sentence["support"] != "unsupported" and not sentence.get("folded")


def cited(view: View) -> list[View]:
    """The citations that the answer's text has marks of; only folded sentences cite the others."""
    marks = {n for one in filter(is_in_text, view["sentences"]) for n in one.get("citations") or ()}
    return [one for one in view["citations"] if one["n"] in marks]


def _reference(citation: View, say: Words) -> str:
    where = [citation["title"], citation["source"], written_day(citation["published_at"], say, short=True)]
    url = canonical_url(citation["url"]) if citation["url"] else None
    known = ", ".join(part for part in where if part)
    quote = " ".join(citation["quote"].split())
    return f"[{citation['n']}] {known}: “{quote}”{f' {url}' if url else ''}"


def link_to(view: View) -> str | None:
    """The address that asks for this answer again; None where the question alone gives another answer.

    A follow-up is shared as the question that stands alone.
    """
    question = view.get("standalone")
    return share_path(question, view.get("filters") or {}) if question else None


def share_path(question: str, filters: Mapping[str, object] = _NO_FILTERS) -> str | None:
    """The address that asks the question again within the filters; None when the question is too long."""
    if len(question) > _LINK_LIMIT:
        return None
    limits = {name: value for name, value in filters.items() if value}
    return rooted(f"/?{urlencode({'q': question} | limits, doseq=True)}")


def to_mark(view: View) -> str:
    """The body of a verdict on the answer, as JSON without two consecutive spaces.

    It has the citations of the answer's text: only these are expected of a case that is made of it.
    """
    limits = view.get("filters") or {}
    sent = {
        "question": " ".join(view["question"].split()),
        **{name: limits.get(name) for name in ("source", "after", "before", "as_of")},
        "status": view["status"],
        "answer": view["answer"],
        "reader": view["reader"],
        "citations": [
            {name: one[name] for name in ("article_id", "revision", "start", "end")} for one in cited(view)
        ],
    }
    return json.dumps(sent, separators=(",", ":")).replace("  ", " \\u0020")
