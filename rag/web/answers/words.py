"""Our own words in six languages, for answers, page and widget; dates and numbers as each writes them."""

import json
import re
import tomllib
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Any

from index.store.store import Archive
from rag.answer import Stage

Words = Mapping[str, str]
"""Texts of one language by key; `lang` names it. Some hold `{...}` for `str.format`."""

FALLBACK = "en"
_NUMBER = re.compile(r"(?<![\w.,-])\d[\d,]*(?![\w-])")


@cache
def _all() -> Mapping[str, Words]:
    tables = tomllib.loads((Path(__file__).parent / "words.toml").read_text(encoding="utf-8"))
    return {lang: {"lang": lang} | table for lang, table in tables.items()}


def languages() -> tuple[str, ...]:
    """The languages there are, as two letters each, English first."""
    return tuple(_all())


def words_in(lang: str) -> Words:
    """The words of the language; of an unknown one the English."""
    tables = _all()
    return tables.get(lang, tables[FALLBACK])


def words_json(lang: str) -> str:
    """The same as JSON, for scripts: in a `data-words` attribute."""
    return json.dumps(words_in(lang), ensure_ascii=False, separators=(",", ":"))


def written_day(day: str | None, say: Words, *, short: bool = False) -> str | None:
    """`2019-10-15` or an instant as `15 October 2019` or, short, `15 Oct 2019`; None stays None.

    A month (`2019-10`) and a year alone are written as such.
    """
    if not day:
        return None
    year, *rest = (int(part) for part in day[:10].split("-"))
    if not rest:
        return f"{year:04d}"
    month, form = say["short_months" if short else "months"].split()[rest[0] - 1], "short_" if short else ""
    if len(rest) == 1:
        return say[f"{form}month"].format(month=month, year=f"{year:04d}")
    first = say["first_of_month"] if rest[1] == 1 else str(rest[1])
    return say[f"{form}date"].format(day=first, month=month, year=f"{year:04d}")


def written_when(first: str, last: str, say: Words) -> str:
    """When something happened (`rag.quote.happened.When`): a day, month or year, or from one to another."""
    begin, end = written_day(first, say) or "", written_day(last, say) or ""
    if len(first) == len("YYYY-MM-DD") and first[:7] == last[:7] and first != last:
        month = say["months"].split()[int(first[5:7]) - 1]
        days = f"{int(first[8:])}–{int(last[8:])}"
        return say["date"].format(day=days, month=month, year=first[:4])
    if begin == end:
        return begin
    return f"{begin}–{end}" if len(first) == len("YYYY") else say["day_to_day"].format(first=begin, last=end)


def written_days(first: str | None, last: str | None, say: Words) -> str | None:
    """The days from `first` to `last`, short; one where they are the same."""
    begin, end = written_day(first, say, short=True), written_day(last, say, short=True)
    return begin if begin == end else say["day_to_day"].format(first=begin, last=end)


def number_in(number: int, say: Words) -> str:
    """`8636` as `8,636`."""
    return f"{number:,}".replace(",", say["thousands"])


def articles_in(number: int, say: Words) -> str:
    """`1,397 articles`."""
    return say["one_article"] if number == 1 else say["some_articles"].format(n=number_in(number, say))


def extent_in(archive: Archive, say: Words) -> str:
    """Size and dates of the archive: `1,397 articles, 21 Nov 2023 to 30 Apr 2024`."""
    count = articles_in(archive.articles, say)
    return f"{count}, {written_days(archive.first, archive.last, say) or say['without_dates']}"


def notice_in(says: str, told: Mapping[str, Any] | None, say: Words) -> str:
    """A notice in the language, by what tells which one it is (`rag.answer.Notice`); else as it is.

    An abstention is said by the status; beside it a notice says only what was not found.
    """
    pattern = say.get(f"notice_{told['kind']}") if told else None
    if told is None or pattern is None or say["lang"] == FALLBACK:
        return says
    values = {name: _written(name, value, say) for name, value in told.items()}
    values["missing"] = say["missing"].format(names=values["missing"]) if told.get("missing") else ""
    values["status"] = say.get(str(told.get("status")), "")
    return pattern.format(**values).strip()


def _written(name: str, value: object, say: Words) -> str:
    if isinstance(value, list):
        return f" {say['or']} ".join(say["quoted"].format(words=one) for one in value)
    match name, value:
        case "day" | "last", str():
            return written_day(value, say) or ""
        case "articles", int():
            return articles_in(value, say)
        case _:
            return str(value)


def stage_in(stage: Stage, say: Words) -> str:
    """What is being done, in words; in other languages without what a number does not say."""
    if say["lang"] == FALLBACK:
        return stage.says
    pattern = say[f"stage_{stage.stage}"]
    numbers = [found.replace(",", say["thousands"]) for found in _NUMBER.findall(stage.says)]
    wanted = len(re.findall(r"\{\d\}", pattern))
    # The last numbers: a model's name may have one too.
    return pattern.format(*numbers[-wanted:]) if wanted <= len(numbers) else say["stage_searching"]
