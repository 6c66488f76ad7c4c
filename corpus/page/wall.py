"""Pages that stand in the place of an article: consent, captcha, login, paywall, error, maintenance.

None is told by one sign, since news is written about captchas and paywalls too. Signs are weighed: what the
title and the sentences say, where the request ended and which address the page names, what its head states,
how long the text is, and what was read from the address before.
"""

import re
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urljoin, urlsplit

from corpus.page.reader import reports, sentences, speaks_to_reader, without_quotations
from corpus.page.stated import Stated
from corpus.words.walls import SENTENCES, TITLES, WALL_HOST, WALL_PATH

ENOUGH = 5
"""Weight of the signs from which on a page is a wall, if two of them are more than a doubt."""
_SHORT = 150
"""Words below which a page is short for an article."""
_LONG = 250
"""Words from which on a page is an article, unless its title or address says otherwise."""
_TEASER = 40
"""Words of news below which what a paywall shows is no article."""
_HEAD = 20
"""Words at the head of a page that say what it is."""
_LOOKED_AT = 20_000
_SENTENCE = 600
_KINDS = ("a paywall", "a login page")
_BETWEEN = re.compile(r"\s+[|–—·»:-]{1,2}\s+|\s*[|»]\s*")
_FRONT = re.compile(
    r"/?(?:(?:index|default|home)(?:\.\w{2,5})?)?/?$|/[a-z]{2}(?:-[a-z]{2})?/?$", re.IGNORECASE
)
_WORD = re.compile(r"[^\W\d_]{5,}")
_ENGLISH = re.compile(
    r"\b(?:the|of|and|to|is|it|was|with|that|by|from|its|will|you|your|we|our|this)\b", re.IGNORECASE
)
_CHALLENGE = re.compile(
    r"recaptcha|hcaptcha|h-captcha|turnstile|cf-challenge|challenge-platform|captcha-delivery|px-captcha"
    r"|geetest|arkoselabs|awswaf",
    re.IGNORECASE,
)
_GATED = re.compile(r"\"isAccessibleForFree\"\s*:\s*\"?false", re.IGNORECASE)
_SCRIPT = 200_000


@dataclass(frozen=True, slots=True)
class Look:
    """What is known of an address beside its page: what was asked for, where the request ended, and the title
    and text that were read from it before."""

    asked: str | None = None
    ended: str | None = None
    title: str = ""
    text: str = ""


@dataclass(frozen=True, slots=True)
class Marks:
    """What a page shows of its kind, but for its text."""

    titles: tuple[str, ...] = ()
    named: str | None = None
    is_hidden: bool = False
    asks_password: bool = False
    challenges: bool = False
    is_gated: bool = False
    is_stated: bool = False
    has_article: bool = False


def marks_of(tree: Any, said: Stated, url: str | None = None) -> Marks:
    """The marks of a page (an lxml tree, at `url`) that states `said`; read before its text is extracted."""
    metas = {
        (meta.get("name") or meta.get("property") or "").lower(): meta.get("content") or ""
        for meta in tree.iter("meta")
    }
    titles = [
        " ".join("".join(one.itertext()).split()) for name in ("title", "h1") for one in tree.iter(name)
    ]
    links = [one for one in tree.iter("link") if "canonical" in (one.get("rel") or "").lower().split()]
    named = next((one.get("href") for one in links if one.get("href")), None) or metas.get("og:url")
    scripts = [script for script in tree.iter("script", "iframe", "div") if _is_machinery(script)]
    return Marks(
        titles=tuple(dict.fromkeys(title[:200] for title in titles[:4] if title)),
        named=urljoin(url, named) if url and named else named,
        is_hidden=any("noindex" in metas.get(name, "").lower() for name in ("robots", "googlebot")),
        asks_password=any((one.get("type") or "").lower() == "password" for one in tree.iter("input")),
        challenges=bool(scripts),
        is_gated=any(_GATED.search((one.text or "")[:_SCRIPT]) for one in tree.iter("script")),
        is_stated=bool(said.published or said.authors or metas.get("og:type", "").lower() == "article"),
        has_article=sum(1 for _ in zip(range(2), tree.iter("article"), strict=False)) == 1,
    )


def _is_machinery(element: Any) -> bool:
    """Whether an element belongs to a captcha."""
    named = " ".join(element.get(name) or "" for name in ("src", "class", "id"))
    return _CHALLENGE.search(named[:_SENTENCE]) is not None


@dataclass
class _Weighed:
    """Signs with their weights. `strong`: how many of them are more than a doubt."""

    weight: int = 0
    strong: int = 0
    told: list[str] = field(default_factory=list)

    def add(self, is_so: bool, weight: int, told: str = "", *, strong: bool = False) -> bool:
        """Count a sign, if it is there."""
        if is_so:
            self.weight += weight
            self.strong += strong
            self.told += [told] if told else []
        return is_so


@dataclass(frozen=True, slots=True)
class _Said:
    """Words of a text: all, of sentences as `kind` has them, of those to the reader, of those that report."""

    kind: str | None
    words: int
    like_it: int
    to_reader: int
    reporting: int


def wall_instead(marks: Marks, text: str, look: Look) -> str | None:
    """What a page is in the place of an article, one sentence with its signs; None for an article."""
    text = _without_titles(text[:_LOOKED_AT], marks.titles)
    titled = _kind_of_title(marks.titles, look.title)
    if titled is None and _is_long(text, look) and not _weigh_addresses(_Weighed(), marks, look).weight:
        return None
    said = _said(text)
    signs = _weigh(marks, text, look, said, titled)
    if signs.weight >= ENOUGH and signs.strong >= 2:
        front = "the site's front page" if _leads_to_front(look) else None
        kind = titled or (said.kind if said.like_it * 4 >= said.words else None) or front
        return _sentence(kind or "another page", signs.told)
    return _behind_a_gate(marks, text, said, look)


def _weigh(marks: Marks, text: str, look: Look, said: _Said, titled: str | None) -> _Weighed:
    signs = _Weighed()
    share = said.like_it / max(1, said.words)
    is_short = signs.add(said.words < _SHORT, 1)
    signs.add(titled is not None, 2, "its title", strong=True)
    signs.add(share > 0, 3 if share >= 0.5 else 2 if share >= 0.25 else 1)
    signs.add(share >= 0.25, 0, "its words", strong=True)
    signs.add(share >= 0.5 and said.words < 80, 0, "its length", strong=True)
    asks = said.to_reader >= 0.6 * max(1, said.words)
    signs.add(asks, 1, "it speaks to its reader", strong=is_short and titled is not None)
    is_report = said.reporting >= 0.3 * max(1, said.words) and share < 0.7
    signs.add(is_report and not (_leads_to_front(look) or _begins_like_one(text, titled)), -3)
    signs.add(_begins_like_one(text, titled), 3, "its first words", strong=True)
    signs.add(marks.is_hidden, 1, "it is hidden from search engines")
    signs.add(marks.challenges, 2, "its captcha")
    signs.add(marks.asks_password and not marks.challenges, 1, "its password field")
    # Many an article's page has one of these; together they count once.
    signs.strong += marks.is_hidden or (is_short and (marks.challenges or marks.asks_password))
    _weigh_addresses(signs, marks, look)
    signs.add(
        is_short and _is_elsewhere(f"{' '.join(marks.titles)} {text}", look),
        1,
        "no word of its address is in it",
        strong=True,
    )
    bare = not marks.is_stated
    # In English another story tells itself from a wall by whom it speaks to.
    may_be = share >= 0.25 or said.to_reader >= 0.3 * max(1, said.words) or not _is_english(text)
    unrelated = is_short and may_be and _is_unrelated(f"{' '.join(marks.titles)} {text}", look)
    signs.add(unrelated, 3, "nothing in it is of what was read before", strong=True)
    signs.add(bare and not marks.has_article, 1, "it states no date or author", strong=unrelated)
    signs.add(marks.is_stated and not unrelated, -2)
    return signs


def _is_long(text: str, look: Look) -> bool:
    """Whether a text is too long for a wall, and not much shorter than what was read before."""
    words = len(text.split())
    return words >= _LONG and words >= 0.6 * len(look.text[:_LOOKED_AT].split())


def _weigh_addresses(signs: _Weighed, marks: Marks, look: Look) -> _Weighed:
    if look.asked is None:
        return signs
    if _leads_to_front(look):
        signs.add(True, 4, "the request ended at the site's front page", strong=True)
        signs.add(_is_titled_otherwise(marks, look), 1, "its title is not the article's", strong=True)
    elif look.ended and _leads_away(look.asked, look.ended):
        signs.add(True, 3, f"the request ended at {urlsplit(look.ended).path[:60]}", strong=True)
    if marks.named and not _same(marks.named, look.asked):
        away = _leads_away(look.asked, marks.named) or _is_front(marks.named, look.asked)
        signs.add(away, 2, "it names another address as its own", strong=True)
    return signs


def _said(text: str) -> _Said:
    """What the sentences of a text say, by the kind of page that most of them are like."""
    words = to_reader = reporting = 0
    like: dict[str, int] = {}
    matched = 0
    for one in sentences(text):
        sentence = one[:_SENTENCE]
        count = len(sentence.split())
        words += count
        speaks, own = speaks_to_reader(sentence), without_quotations(sentence)
        to_reader += count if speaks else 0
        reporting += count if reports(sentence) and not speaks else 0
        kinds = [kind for kind, form in SENTENCES.items() if form.search(own)]
        if kinds and (speaks or not reports(sentence)):
            matched += count
            like.update((kind, like.get(kind, 0) + count) for kind in kinds)
    return _Said(
        max(like, key=lambda kind: like[kind]) if like else None, words, matched, to_reader, reporting
    )


def _begins_like_one(text: str, titled: str | None) -> bool:
    """Whether the title and most of the first words say the same; teasers of other stories may follow."""
    if titled is None:
        return False
    head = ""
    for one in sentences(text):
        head = f"{head}\n{one}"
        if len(head.split()) >= _HEAD:
            break
    said = _said(head)
    return said.like_it >= 0.7 * max(1, said.words)


def _without_titles(text: str, titles: Iterable[str]) -> str:
    """The text without the lines that repeat the page's title."""
    known = {title.casefold() for title in titles}
    return "\n".join(line for line in text.split("\n") if line.strip().casefold() not in known)


def _kind_of_title(titles: Iterable[str], before: str) -> str | None:
    """The kind of page whose title this is, or a part of it beside the site's name."""
    for title in titles:
        if before and title.casefold() == before.casefold():
            continue
        for part in [title, *_BETWEEN.split(title)]:
            bare = part.strip(" \t.!?…:-–—¿¡*#").replace("’", "'")[:100]
            for kind, form in TITLES.items():
                if bare and form.fullmatch(bare):
                    return kind
    return None


def _is_english(text: str) -> bool:
    return len(_ENGLISH.findall(text[:_SENTENCE])) >= 3


def _is_unrelated(text: str, look: Look) -> bool:
    """Whether next to no word of five letters or more stood in what was read from the address before."""
    before = set(_WORD.findall(f"{look.title} {look.text[:_LOOKED_AT]}".casefold()))
    now = set(_WORD.findall(text.casefold()))
    return len(before) >= 5 and len(now & before) < 0.15 * max(1, len(now))


def _is_titled_otherwise(marks: Marks, look: Look) -> bool:
    """Whether no word of the page's titles is in the last part of the address, or in the title before."""
    known = f"{_last_part(look)} {look.title}".casefold()
    words = re.findall(r"[^\W\d_]{4,}", " ".join(marks.titles).casefold())
    return not any(word in known for word in words)


def _is_elsewhere(text: str, look: Look) -> bool:
    """Whether the address that was asked for ends in words, and none of them is in the page."""
    parts = re.split(r"[-_.+]|%20", _last_part(look).casefold())
    words = {word for word in parts if len(word) >= 4 and word.isalpha()}
    return len(words) >= 3 and not any(word in text.casefold() for word in words)


def _last_part(look: Look) -> str:
    """The last part of the path that was asked for."""
    return urlsplit(look.asked or "").path.rstrip("/").rpartition("/")[2]


def _leads_to_front(look: Look) -> bool:
    return bool(look.asked and look.ended and _is_front(look.ended, look.asked))


def _is_front(url: str, asked: str) -> bool:
    """Whether an address is that of the site's front page, and another one was asked for."""
    parts, wanted = urlsplit(url), urlsplit(asked)
    return bool(_FRONT.fullmatch(parts.path) and not parts.query and not _FRONT.fullmatch(wanted.path))


def _leads_away(asked: str, ended: str) -> bool:
    """Whether an address has a part that such pages have, and the one that was asked for has not."""

    def tells(url: str) -> set[str]:
        parts = urlsplit(url)
        steps = [step.rpartition(".")[0] or step for step in parts.path.split("/") if step]
        host = (parts.hostname or "").split(".")
        named = {f"//{host[0]}"} if len(host) > 2 and WALL_HOST.fullmatch(host[0]) else set()
        return named | {step.casefold() for step in steps if WALL_PATH.fullmatch(step)}

    return bool(tells(ended) - tells(asked))


def _same(one: str, other: str) -> bool:
    a, b = (urlsplit(url) for url in (one, other))
    return (a.hostname, a.path.rstrip("/")) == (b.hostname, b.path.rstrip("/"))


def _behind_a_gate(marks: Marks, text: str, said: _Said, look: Look) -> str | None:
    """A page that shows the beginning of an article, and asks for a subscription or a login for the rest."""
    asks = said.kind in _KINDS and said.like_it > 0
    shown = said.words - said.like_it
    before = len(look.text.split())
    if before >= _TEASER and _is_cut(text, look.text):
        return _sentence("a paywall", ["it shows only the beginning of what was read before"])
    told = []
    if asks:
        told.append("its words")
    if marks.is_gated:
        told.append("it says that it is not free to read")
    if not told:
        return None
    if before >= _TEASER and shown < 0.6 * before:
        return _sentence("a paywall", [*told, f"it shows {shown} words where {before} were read before"])
    if shown < _TEASER and (said.like_it >= 0.4 * said.words or (marks.is_gated and asks)):
        return _sentence("a paywall", [*told, f"it shows {shown} words of the article"])
    return None


def _is_cut(text: str, before: str) -> bool:
    """Whether a text is less than half of an earlier one: its first blocks, and words of another kind."""
    known, shown = _lines(before), _lines(text)
    same = [line for line in shown if line in known or (len(line) > 40 and line.rstrip(" .…") in before)]
    others = [line for line in shown if line not in same]
    words = sum(len(line.split()) for line in same)
    begins = bool(same) and known[0].startswith(same[0].rstrip(" .…")[:80])
    is_asked = bool(others) and not any(map(reports, others)) and len(" ".join(others).split()) < 60
    is_half = begins and words < 0.5 * len(before.split())
    return is_half and (is_asked or text.rstrip().endswith(("…", "...")))


def _lines(text: str) -> list[str]:
    return [line.strip() for line in text.split("\n") if line.strip()]


def _sentence(kind: str, signs: Iterable[str]) -> str:
    return f"the page looks like {kind}, not like an article ({', '.join(dict.fromkeys(signs))})"
