"""Bylines: the people that a byline names as authors, in order, without agencies, roles and addresses."""

import re
from collections.abc import Iterator

from corpus.article import one_line
from corpus.words.calendar import MONTH_NAMES
from corpus.words.lists import read_lists

_LISTS = read_lists("corpus.words", "bylines.txt")


def _any_of(section: str) -> str:
    return "|".join(line for line in _LISTS[section])


MAX_CHARACTERS = 2_000
"""Of one byline; what is longer is no byline and is cut."""
_MOST_WORDS = 8
"""Words of a name; a longer part is a sentence."""

_MAIL = r"(?:mailto:)?[\w.+'-]+@[\w-]+(?:\.[\w-]+)+"
_NAME_AFTER_MAIL = re.compile(rf"{_MAIL}\s*\(\s*([^()@]+?)\s*\)")
_MAIL_BESIDE_NAME = re.compile(rf"[<(\[]?\s*{_MAIL}\s*[>)\]]?")
_LINK = re.compile(r"\[\[(?:[^\[\]|]*\|)?([^\[\]|]+)\]\]|\[([^\[\]]+)\]\([^()\s]*\)")
_URL = re.compile(r"(?:https?://|www\.)\S+|\b[\w-]+\.(?:com|org|net)/\S*", re.IGNORECASE)
_HANDLE = re.compile(
    r"\(?(?:(?:on\s+)?(?:twitter|x|instagram|threads|mastodon):?\s+)?(?<![\w@.])@[\w.]+(?:@[\w.-]+)?\)?",
    re.IGNORECASE,
)
_CREDITS_OTHERS = re.compile(rf"(?:{_any_of('credits of others')})(?!\w)", re.IGNORECASE)
_HEAD = re.compile(rf"(?:(?:{_any_of('head')})(?!\w)\s*:?\s*)+(?=\W*\w)", re.IGNORECASE)
_HEAD_ABROAD = re.compile(rf"^(?:{_any_of('head abroad')}):?\s+(?=\w\S*\s+\w)")
_BETWEEN = re.compile(
    r"\s*(?:;|/|\||•|·|,(?!\s*(?:Jr|Sr|II|III|IV|MD|PhD|Ph\.D|Esq|OBE|MBE)\b)"
    rf"|\s&\s|\s(?:{_any_of('conjunctions')})\s)\s*(?:(?:{_any_of('conjunctions')})\s)?",
    re.IGNORECASE,
)
_DASH = re.compile(r"\s[-–—]\s")
_BETWEEN_CLAUSES = re.compile(r"\s*[;|•·]\s*|(?<=[a-z])\.\s+(?=[A-Z][a-z]+(?:ed|ing|al)\b)")
_PLACE = re.compile(
    r"(?:^|\s+)(?:in|on|IN|ON|(?i:for|at|from|of\sthe|reporting|reports|contributed|published|updated|posted))\s.*",
    re.DOTALL,
)
_DATE_AFTER = re.compile(
    rf"\s+(?:\d{{1,2}}\s+)?(?:{'|'.join(name[:3] for name in MONTH_NAMES)})[a-z]*\.?\s+\d.*$", re.I
)
_OTHER_WORK = re.compile(rf"[(\[](?:{_any_of('other work')})[)\]]", re.IGNORECASE)
_OUTLET = re.compile(rf".*\s(?:{_any_of('last word of an outlet')})", re.IGNORECASE)
_DATED_HEAD = re.compile(r"(?:published|posted|updated)\b.*?\bby\s+(?=(?-i:[A-Z]))", re.IGNORECASE)
_GENERATION = re.compile(r"\s(?:Jr|Sr)$")
_PYTHON_LIST = re.compile(r"\[\s*(['\"])(.*)\1\s*\]$", re.DOTALL)
_LINE_END = re.compile(r"(?<!\band)(?<![,&])\s*\n\s*(?!and\b|&)")
_PARENTHESIS = re.compile(r"\s*[(\[{][^()\[\]{}]*[)\]}]\s*$")
_ROLE = re.compile(rf"(?:{_any_of('roles')})", re.IGNORECASE)
_TITLED = re.compile(rf"(?:\w+\s+){{0,3}}(?:{_any_of('roles')})\s+(?=(?-i:[A-Z]\S+\s+[A-Z]))", re.IGNORECASE)
_ROLE_AFTER = re.compile(rf"\s+(?:staff|senior|chief)\s+(?:{_any_of('roles')})$", re.IGNORECASE)
_NOBODY = re.compile(rf"(?:the\s+)?(?:{_any_of('agencies')})(?:\W.*)?", re.IGNORECASE)
_NOBODY_SHORT = re.compile(rf"(?:{_any_of('agencies in capitals')})(?:\W.*)?")
_MODIFIERS = frozenset(" ".join(_LISTS["not a first name"]).split())
_LINE = re.compile(
    r"(?:(?:[Ww]ords|[Tt]ext|[Rr]eporting|[Ww]ritten) )?(?:[Bb]y|BY|Von|Par|Por|Af|Av):?\s(?=[^\W\d_])"
)
_FULL_NAME = re.compile(
    r"(?:(?!\d)[A-Z\u00c0-\u00de]\S*|[a-z]{1,3}(?= ))(?: (?:[A-Z\u00c0-\u00de]\S*|[a-z]{1,3}(?= )))+"
)
_HEAD_CHARACTERS, _HEAD_LINES, _LINE_CHARACTERS = 2_000, 8, 120
_DIGIT = re.compile(r"\d")
_WORD = re.compile(r"[^\W_]")


def authors_in(byline: str) -> Iterator[str]:
    """The people in a byline: `By Ann Lee and Bob Ray, Harbour Correspondents` names two.

    Agencies, staffs, roles, places, addresses, accounts, dates, and the people credited for pictures, editing
    or translation are no authors.
    """
    text = byline[:MAX_CHARACTERS].strip()
    if found := _PYTHON_LIST.match(text):
        text = re.sub(rf"{found[1]}\s*,\s*{found[1]}", "; ", found[2])
    text = one_line(_LINE_END.sub("; ", text))
    text = _LINK.sub(lambda found: found[1] or found[2], text)
    text = _MAIL_BESIDE_NAME.sub(" ", _NAME_AFTER_MAIL.sub(r" \1 ", text))
    text = _HANDLE.sub(" ", _URL.sub(" ", text))
    for clause in _BETWEEN_CLAUSES.split(text):
        bare = clause.strip(" \"'“”,.:-–—|")
        bare = _DATED_HEAD.sub("", bare, count=1) if _DATED_HEAD.match(bare) else bare
        if _CREDITS_OTHERS.match(bare):
            continue
        bare += "." if _GENERATION.search(bare) and f"{bare}." in clause else ""
        bare = _HEAD_ABROAD.sub("", _HEAD.sub("", bare, count=1) if _HEAD.match(bare) else bare, count=1)
        yield from _people(bare)


def byline_in(text: str) -> str | None:
    """The byline that stands as a line of its own among the first of a text: `By Ann Lee, Harbour Editor`."""
    lines = [line.strip() for line in text[:_HEAD_CHARACTERS].split("\n") if line.strip()]
    for line in lines[:_HEAD_LINES]:
        found = _LINE.match(line)
        if found and len(line) <= _LINE_CHARACTERS and not line.endswith((".", "!", "?", ":", ",")):
            people = list(authors_in(line))
            if people and all(_FULL_NAME.fullmatch(name) for name in people):
                return line
    return None


def _people(text: str) -> Iterator[str]:
    marks = [found[0] for found in _BETWEEN.finditer(text)]
    parts = [part.strip() for part in _BETWEEN.split(text)]
    names: list[str] = []
    for mark, part in zip(["", *marks], parts, strict=True):
        name = None if _CREDITS_OTHERS.match(part) or _OTHER_WORK.search(part) else _first_person(part)
        # After a full name and a comma stands a place or an outlet, rather than a person of one name.
        beside = mark.strip() == "," and names and " " in names[0]
        if name and not (beside and (" " not in name or _OUTLET.fullmatch(name))):
            names.append(name)
    is_inverted = len(parts) == 2 == len(names) and "," in text and not any(" " in name for name in names)
    yield from [" ".join(reversed(names))] if is_inverted else names


def _first_person(part: str) -> str | None:
    """The name in one part of a byline, which may stand before or after an outlet or place and a dash."""
    return next(filter(None, map(_person, _DASH.split(part))), None)


def _person(part: str) -> str | None:
    name = _HEAD.sub("", part, count=1) if _HEAD.match(part) else part
    while (bare := _PARENTHESIS.sub("", name)) != name and bare.strip():
        name = bare
    name = _TITLED.sub("", name, count=1)
    if is_nobody(name):
        return None
    name = _ROLE_AFTER.sub("", _DATE_AFTER.sub("", _PLACE.sub("", name))).strip(' "“”,:-–—|*_<>()[]')
    name = name.removesuffix(".") if len(name.rpartition(" ")[2]) > 4 else name
    words = name.split()
    if len(words) >= 4 and _ROLE.fullmatch(words[-1]):
        name = " ".join(words[:2])  # Mette Kvist Harbour Correspondent
    is_name = _WORD.search(name) and not _DIGIT.search(name) and len(words) <= _MOST_WORDS
    return name if is_name and name.lower() != "by" and not is_nobody(name) else None


def is_nobody(name: str) -> bool:
    """Whether the name is that of an agency, a staff or a role, and of no person."""
    words = re.findall(r"[^\W_][\w.'’-]*", name)
    if not words or _NOBODY.fullmatch(name.strip()) or _NOBODY_SHORT.fullmatch(name.strip()):
        return True
    has_role = [bool(_ROLE.fullmatch(word)) for word in words]
    if has_role[-1]:
        return len(words) < 4 or bool(_MODIFIERS & {word.lower() for word in words[:2]})
    return has_role[0] or words[0].lower() in _MODIFIERS
