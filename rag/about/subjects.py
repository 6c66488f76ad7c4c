"""Subjects of an archive: the names that its headlines have most often, spread over its stories.

The names come from the analyses of opening passages; no list of subjects is kept. A name counts in all its
forms ("Syrian" for Syria, "Trump" for Donald Trump). An article counts half for each further name that its
headline has, so that ten names are not those of one story.
"""

import re
from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from itertools import accumulate

from index.language.kinds import without_title
from index.language.sentence import Name, NameKind
from index.language.words import is_stopword, phrase
from index.store.filters import Filter
from index.store.store import Passage, Store
from rag.about.named import COUNTRY, country_as_written, country_of
from rag.about.questions import is_subject

MOST = 10
READ = 300
"""Opening passages that are read, spread evenly over the articles: with all headlines of 1,242 articles 90 ms
on two busy cores, of 11,000 180 ms."""
_FEWEST = 2
"""Headlines that a subject has at least, each counted as `_AGAIN` says."""
_AGAIN = 0.5
"""What a headline counts for a further name, for each name of it that was chosen before."""
_SAME = 0.5
"""Share of the headlines with one of two names that have both, from which on both are of one story."""
_WORD = re.compile(r"\w+")
_SMALL = re.compile(r"\b[a-zà-ÿ]\w*")
_CAPITALS = re.compile(r"(?<=[a-z,] )[A-Z][a-z]+(?: [A-Z][a-z]+)+")
"""Words with a capital, side by side within a sentence."""


@dataclass(slots=True)
class _Subject:
    """A name in all its forms, with how often each stands in the passages that are read, and in how many."""

    forms: Counter[str] = field(default_factory=Counter)
    called: Counter[str] = field(default_factory=Counter)
    """The forms by which it may be called."""
    passages: set[int] = field(default_factory=set)


def subjects_of(store: Store, where: Filter) -> list[tuple[str, int]]:
    """At most ten subjects of the articles that pass the filter, each with its number of headlines.

    Articles under the same headline count once. None where no name stands in more than one headline.
    """
    articles = store.headlines(where)
    many = min(READ, len(articles))
    spread = [articles[len(articles) * place // many][0] for place in range(many)]
    found = _found(store, store.beginnings(spread))
    headed = _headed(found, {title: source for _, title, source in articles})
    return [(_called(key, found[key]), len(headed[key])) for key in _chosen(found, headed)]


def _found(store: Store, openings: Sequence[Passage]) -> dict[str, _Subject]:
    """The names in opening passages that may be a subject, by what they are of.

    A word that is mostly written small there is no name: "Day" of "Independence Day". "US" is one.
    """
    found: defaultdict[str, _Subject] = defaultdict(_Subject)
    analyses = store.analyses(openings)
    for opening in openings:
        names = [name for one in analyses[opening.id] for name in one.names]
        for key, form, called in (*map(_read, names), *_of_common_words(opening.text)):
            if key and not _is_of_outlet(form, opening.source):
                found[key].forms[form] += 1
                found[key].passages.add(opening.id)
                found[key].called[called] += bool(called)
    small = Counter(word for one in openings for word in _SMALL.findall(one.text))
    for one in found.values():
        one.forms = Counter(
            {form: n for form, n in one.forms.items() if n > small[form.lower()] or form.isupper()}
        )
        del one.called[""]
    return {key: one for key, one in found.items() if one.called and one.forms}


def _headed(found: Mapping[str, _Subject], headlines: Mapping[str, str | None]) -> dict[str, set[int]]:
    """The places of the headlines that have each subject; without subjects that too few have.

    `headlines` have their outlets, by whose names they are not counted.
    """
    by_word: defaultdict[str, list[tuple[str, str]]] = defaultdict(list)
    for key, subject in found.items():
        for form in subject.forms:
            by_word[(_WORD.findall(form) or [""])[0]].append((key, form))
    headed: defaultdict[str, set[int]] = defaultdict(set)
    for place, (title, source) in enumerate(headlines.items()):
        for word in set(_WORD.findall(title)):
            for key, form in by_word.get(word, ()):
                if _stands_in(form, title) and not _is_of_outlet(form, source):
                    headed[key].add(place)
    return {key: places for key, places in headed.items() if len(places) >= _FEWEST}


def _stands_in(form: str, title: str) -> bool:
    """Whether a headline has the form in whole words, as it is written."""
    if form not in title:
        return False
    before, *_ = title.partition(form)
    behind = title[len(before) + len(form) :]
    is_whole = not before[-1:].isalnum() and not behind[:1].isalnum()
    return is_whole or _stands_in(form, behind)


def _read(name: Name) -> tuple[str, str, str]:
    """What a name is of, the name as it stands there, and how its subject may be called by it.

    The last is empty where it says too little, as a surname does.
    """
    if country := country_of(name):
        return country, name.text, name.text
    if name.kind is not NameKind.PERSON:
        return phrase(name.text), name.text, name.text if is_subject(name) else ""
    whole = name.group or " ".join(without_title(name.text.split()))
    return phrase(whole), name.text, whole if " " in whole else ""


def _of_common_words(text: str) -> Iterator[tuple[str, str, str]]:
    """Names of words that are no names elsewhere, "the Ever Given", which the analysis does not have."""
    for found in _CAPITALS.finditer(text):
        if all(map(is_stopword, found[0].split())):
            yield phrase(found[0]), found[0], found[0]


def _is_of_outlet(name: str, source: str | None) -> bool:
    """Whether a name begins with that of its outlet, or of the outlet's site: "CNN Business" of cnn.com."""
    return source is not None and not _names_of(source).isdisjoint(accumulate(phrase(name).split()))


@lru_cache(maxsize=256)
def _names_of(source: str) -> frozenset[str]:
    """An outlet and its site in one word, with and without "the"."""
    names = {"".join(phrase(one).split()) for one in (source, source.partition(".")[0])}
    return frozenset(names | {one.removeprefix("the") for one in names})


def _chosen(found: Mapping[str, _Subject], headed: Mapping[str, set[int]]) -> list[str]:
    """The subjects that most headlines have, where those of stories chosen before count less."""
    left = dict(headed)
    counts: defaultdict[int, float] = defaultdict(lambda: 1.0)
    chosen: list[str] = []

    def worth(key: str) -> float:
        return sum(counts[place] for place in headed[key])

    while left and len(chosen) < MOST:
        best = min(left, key=lambda key: (-worth(key), -len(found[key].passages), key))
        if worth(best) < _FEWEST:
            break
        places = left.pop(best)
        if not any(_is_same(places, headed[other]) for other in chosen):
            chosen.append(best)
            for place in places:
                counts[place] *= _AGAIN
    return chosen


def _is_same(one: set[int], other: set[int]) -> bool:
    """Whether mostly the same headlines have both."""
    return len(one & other) >= _SAME * len(one | other)


def _called(key: str, subject: _Subject) -> str:
    """The name of the subject that is written most; a country's own."""
    is_country = key.startswith(COUNTRY)
    return country_as_written(key, subject.called) if is_country else subject.called.most_common(1)[0][0]
