"""An answer to be kept elsewhere: as Markdown or JSON with the same numbers, and what its page says of it."""

import json
import re
from collections.abc import Iterator, Mapping
from typing import Any

from fastapi.responses import Response

from corpus.article import canonical_url
from index.language.words import fold, words
from rag.render import escape_markdown
from rag.web.answers.shown import (
    archive_of,
    cited,
    link_to,
    notices_in,
    searched_instead,
    sources,
    status_in_words,
)
from rag.web.answers.words import Words, extent_in, words_in, written_day

View = Mapping[str, Any]

_NAMED_BY, _LONGEST_NAME = 8, 60
"""Words of a question that name its file, and characters of that name."""
_DEVICE = re.compile(r"con|prn|aux|nul|(?:com|lpt)[0-9]")
"""Names that Windows keeps for devices, whatever their ending."""


def page_values(view: View, lang: str) -> dict[str, Any]:
    """What the page of a shared answer says around it: the question, when and of what it was given."""
    say = words_in(lang)
    return {
        "say": say,
        "question": view["question"] or say["question_gone"],
        "given_on": _given_on(view, say),
        "filters": filters_in_words(view["filters"], say),
        "again": link_to(view),
    }


def filters_in_words(filters: Mapping[str, Any], say: Words) -> str | None:
    """The filters as a sentence; None without any."""
    days = ((f"filter_{name}", filters.get(name)) for name in ("after", "before", "as_of"))
    told = [
        *(filters.get("source") or ()),
        *(say[name].format(day=_moment(at, say)) for name, at in days if at),
    ]
    return say["filters_set"].format(filters=", ".join(told)) if told else None


def to_markdown(view: View, lang: str = "en", base: str = "") -> str:
    """The answer as CommonMark with the numbers of its sources; `base` stands before links to the archive."""
    say = words_in(lang)
    parts = [f"# {escape_markdown(view['question'] or say['question_gone'])}"]
    about = [_given_on(view, say), filters_in_words(view["filters"], say)]
    parts.append(" ".join(f"*{escape_markdown(one)}*" for one in about if one))
    if not view["status_text"]:  # Else the answer begins with it.
        parts.append(f"**{escape_markdown(status_in_words(view['status'], archive_of(view), say))}**")
    if searched := searched_instead(view):
        parts.append(f"{say['searched_for']} {'; '.join(f'*{escape_markdown(one)}*' for one in searched)}")
    parts += [view["answer"], *(escape_markdown(one) for one in notices_in(view, say))]
    articles = sources(cited(view), say)
    parts += _listed(say["sources"], [line for one in articles for line in _source(one, say, base)])
    parts += _listed(say["articles"], [_reference(one, say, base) for one in view.get("articles") or ()])
    near = [] if view["citations"] else [_reference(one, say, base) for one in view["passages"]]
    parts += _listed(say["closest"], near)
    return "\n\n".join(part for part in parts if part) + "\n"


def file_name(question: str) -> str:
    """The name, without ending, of a file with an answer: the first words of its question.

    It has lower-case ASCII letters, digits and hyphens; `answer` where the question has none of these.
    """
    plain = (re.sub(r"[^a-z0-9-]", "", fold(word)) for word, _, _ in words(question))
    named = "-".join([word for word in plain if word][:_NAMED_BY])
    if len(named) > _LONGEST_NAME:
        named = named[:_LONGEST_NAME].rpartition("-")[0] or named[:_LONGEST_NAME]
    named = named.strip("-")
    return f"answer-{named}" if _DEVICE.fullmatch(named) else named or "answer"


def attachment(view: View, form: str, lang: str, base: str = "") -> Response:
    """The answer as a file to be saved, `markdown` or `json`, under its question's name."""
    if form == "markdown":
        content, kind, suffix = to_markdown(view, lang, base), "text/markdown; charset=utf-8", "md"
    else:
        content, kind, suffix = json.dumps(view, ensure_ascii=False, indent=2), "application/json", "json"
    name = f"{file_name(view['question'])}.{suffix}"
    held = {"Content-Disposition": f'attachment; filename="{name}"'}
    return Response(content.encode("utf-8", "replace"), media_type=kind, headers=held)


def _given_on(view: View, say: Words) -> str:
    extent = extent_in(archive_of(view), say)
    return say["given_on"].format(day=written_day(view["asked_at"], say), extent=extent)


def _moment(at: str, say: Words) -> str:
    """A day written out, with the time where it has one."""
    day = written_day(at, say) or at
    return f"{day}, {at[11:16]}" if "T" in at else day


def _listed(head: str, items: list[str]) -> Iterator[str]:
    if items:
        yield f"## {escape_markdown(head)}"
        yield "\n".join(items)


def _source(article: View, say: Words, base: str) -> Iterator[str]:
    """What is cited of an article, each with its number and words; then its copies and corrections."""
    for one in article["cited"]:
        quote = escape_markdown(one["quote"])
        yield f"- [{one['n']}] {_reference(one, say, base)[2:]}: “{quote}”"
    told = (article["also_in"], *article["corrections"], article["since"])
    yield from (f"  - {escape_markdown(one)}" for one in told if one)


def _reference(found: View, say: Words, base: str) -> str:
    """An article with its links: to its place in the archive, and to where it was published."""
    where = [found["source"], written_day(found["published_at"], say)]
    known = "".join(f", {escape_markdown(one)}" for one in where if one)
    original = canonical_url(found["url"]) if found["url"] else None
    title = escape_markdown(found["title"] or found.get("article_id") or found["id"])
    return f"- [{title}](<{base}{found['href']}>){known}{f' (<{original}>)' if original else ''}"
