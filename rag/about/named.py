"""Names that articles mention, of one kind: countries, people, organisations or places."""

from collections import Counter, defaultdict
from collections.abc import Iterable
from itertools import takewhile
from typing import Literal

from index.language.kinds import is_common, lists, without_title
from index.language.sentence import Name, NameKind
from index.language.words import phrase
from index.store.store import Passage, Store

NamedKind = Literal["countries", "people", "organisations", "places"]
COUNTRY = "country:"
"""How the groups of names begin that are of a country."""
_OF_KIND: dict[NamedKind, NameKind] = {
    "people": NameKind.PERSON,
    "organisations": NameKind.ORGANISATION,
    "places": NameKind.PLACE,
}


def named_in(store: Store, passages: Iterable[Passage], kind: NamedKind) -> list[tuple[str, int]]:
    """The names of the kind in these passages, and how many articles have each, the most named first.

    Of a country also "Turkish" and "Ankara" count.
    """
    passages = list(passages)
    articles: defaultdict[str, set[str]] = defaultdict(set)
    written: defaultdict[str, Counter[str]] = defaultdict(Counter)
    analyses = store.analyses(passages)
    for passage in passages:
        for name in (name for one in analyses[passage.id] for name in one.names):
            key = country_of(name) if kind == "countries" else _called(name, _OF_KIND[kind])
            if key:
                articles[key].add(passage.article_id)
                written[key][name.text if kind == "countries" else key] += 1
    order = sorted(articles, key=lambda key: (-len(articles[key]), -written[key].total(), key))
    call = country_as_written if kind == "countries" else _as_it_is
    return [(call(key, written[key]), len(articles[key])) for key in order]


def country_of(name: Name) -> str:
    """The group of a country that a name is of; empty for others."""
    return name.group if name.group.startswith(COUNTRY) else ""


def country_as_written(group: str, written: Counter[str]) -> str:
    """The country's own name that is written most, else the one that the list has first."""
    members = lists().members[group]
    own = set(takewhile(lambda one: lists().known[one][0] is NameKind.PLACE, members))
    return next((text for text, _ in written.most_common() if phrase(text) in own), members[0].title())


def _as_it_is(key: str, _: Counter[str]) -> str:
    return key


def _called(name: Name, kind: NameKind) -> str:
    """The whole name of one of the kind; empty for others, for headings, and for a person of one name."""
    if name.kind is not kind or (name.text.isupper() and is_common(name.text)):
        return ""
    if kind is not NameKind.PERSON:
        return name.text
    full = name.group or " ".join(without_title(name.text.split()))
    return full if " " in full else ""
