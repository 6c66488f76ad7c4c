"""What kind of thing a name is the name of: person, place, people, organisation.

Three sources, in this order: public lists of whole names (countries, peoples, cities, bodies, companies), the
form of the name ("Court of", "Holdings", a title, a given name in front), and the words around it ("in",
"said he", "shares"). A name that none of them tells stays OTHER. Of 120 names held out the countries earn 36,
the companies 9, the given names 5, titles, legal forms, "Lidl's shares" and relatives 2 each.
"""

import re
from dataclasses import dataclass
from functools import cache, lru_cache

from corpus.words.lists import read_lists
from index.language.sentence import NameKind
from index.language.words import STOPWORDS, fold, phrase, stem

PERSON, PLACE, PEOPLE = NameKind.PERSON, NameKind.PLACE, NameKind.PEOPLE
ORGANISATION, OTHER = NameKind.ORGANISATION, NameKind.OTHER

_LISTS = read_lists("index.language", "names.txt")


def _words_of(heading: str) -> frozenset[str]:
    return frozenset(" ".join(_LISTS[heading]).split())


def _any(heading: str) -> str:
    """A pattern for any entry of a list, each of which may be a pattern."""
    return f"(?:{'|'.join(' '.join(_LISTS[heading]).split())})"


TITLES = _words_of("titles")
TITLE_PARTS = TITLES | _words_of("title modifiers")
ROLES = _words_of("roles")
HEADS = _words_of("heads")
PARTICLES = sorted(_words_of("particles"))
COMPANY_FORMS = _words_of("company forms")
_ORGANISATION_OPENERS = _words_of("organisation openers")
ORGANISATION_HEADS = _words_of("organisation heads")
ORGANISATION_WORDS = _words_of("organisation words") | ORGANISATION_HEADS
PLACE_WORDS = _words_of("place words")
_PLACE_OPENERS = _words_of("place openers")
THING_WORDS = _words_of("thing words")
BUSINESS = _words_of("businesses")
SETTLEMENT = _words_of("settlements")
ROYAL = _words_of("royal")
FEMALE = _words_of("she")
WOMENS_TITLES, MENS_TITLES = _words_of("titles of women"), _words_of("titles of men")
HONORIFIC = re.compile(rf"\b({_any('honorifics')})\.?\s+$")
"""A title right before a name, at the end of what stands before it."""
SUBJECT = re.compile(
    rf"\s+(?:{_any('verbs of subjects')}\b|(?!{_any('adjectives in -ed')}\b)[a-z]{{3,}}ed\b)"
)
"""What follows a subject: "Apple said", "Target will", "Shell posted"; not "Apple pie", "Orange juice"."""


@dataclass(frozen=True, slots=True)
class Lists:
    """The lists of whole names and of words, all folded; `members` are the names of a group.

    Of 240 names in news sentences (tests/index/language/names_kinds.jsonl) 229 get the right kind; 174
    without the countries, 215 without the companies, 220 without the given names. In 60 news articles the
    list of cities and regions tells 6 of 100 names, and that of English words keeps out half of the single
    words that only begin a sentence.
    """

    known: dict[str, tuple[NameKind, str]]
    members: dict[str, tuple[str, ...]]
    women: frozenset[str]
    men: frozenset[str]
    either: frozenset[str]
    english: frozenset[str]

    def is_given(self, word: str) -> bool:
        """Whether a folded word is a given name."""
        return word in self.women or word in self.men or word in self.either


@cache
def lists() -> Lists:
    """The lists, read once and only when a name is met."""
    known: dict[str, tuple[NameKind, str]] = {}
    members: dict[str, tuple[str, ...]] = {}
    known |= dict.fromkeys(_entries("places.txt", "places") | _split(_LISTS["regions"]), (PLACE, ""))
    known |= dict.fromkeys(_entries("companies.txt", "companies"), (ORGANISATION, ""))
    for line in [*read_lists("index.language", "countries.txt")["countries"], *_LISTS["countries"]]:
        code, *fields = line.split(";")
        group, kinds = f"country:{code}", (PLACE, PEOPLE, PLACE, ORGANISATION)
        for kind, field in zip(kinds, fields, strict=False):
            for name in filter(None, field.split(",")):
                if name in known and known[name][1]:
                    continue
                known[name] = (kind, group)
                members[group] = (*members.get(group, ()), name)
    for heading, kind in (("peoples", PEOPLE), ("bodies", ORGANISATION)):
        for line in _LISTS[heading]:
            names = line.split(",")
            group = f"{'people' if kind is PEOPLE else 'body'}:{names[0]}"
            members[group] = tuple(names)
            for name in names:
                known[name] = (known[name][0] if name in known else kind, group)
    given = read_lists("index.language", "given_names.txt")
    women, men, either = (_split(given[whose]) for whose in ("women", "men", "either"))
    return Lists(known, members, women, men, either, _entries("english.txt", "stems"))


def _entries(file: str, heading: str) -> frozenset[str]:
    return _split(read_lists("index.language", file)[heading])


def _split(lines: list[str]) -> frozenset[str]:
    """The entries of lines with commas between them, and perhaps at their ends."""
    return frozenset(",".join(lines).replace(",,", ",").strip(",").split(","))


@lru_cache(maxsize=65_536)
def is_common(word: str) -> bool:
    """Whether a word is one of general English, by its stem: "Officials", "Tugs"; "Toyota" is not."""
    return fold(word) in STOPWORDS or stem(word) in lists().english


@lru_cache(maxsize=65_536)
def known(name: str) -> tuple[NameKind, str] | None:
    """Kind and group of a name that a list has as a whole.

    Up to three letters that are also a word ("WHO", "IS", "Fed") must stand in capitals.
    """
    found = lists().known.get(phrase(name))
    if found and len(name) <= 3 and not name.isupper() and is_common(name):
        return None
    return found


def sex_of(full: str) -> str:
    """ "f" or "m" where lists of given names tell it of a full name's first word, else an empty text."""
    first = fold(full.split()[0])
    return "f" if first in lists().women else "m" if first in lists().men else ""


def without_title(parts: list[str]) -> list[str]:
    """The words of a name behind the title in front of it; all where there is none, or nothing else."""
    end, seen = 0, False
    for place, part in enumerate(parts):
        folded = fold(part.rstrip("."))
        seen = seen or folded in TITLES or folded.removeprefix("vice-") in TITLES
        if folded not in TITLE_PARTS and not (seen and folded in ("of", "the", "for")):
            break
        end = place + 1
    return parts[end:] if seen and end < len(parts) else parts


_HIM = (
    r"(?:said|says|added|thinks?|believes|insisted|claimed|admitted|knew|hoped|told\s\w+)(?:\s+that)?\s+s?he"
)
# "Jordan, 34, said", "Rieck, who", "Ford himself", "Voss, his lawyer", "Voss’s wife", "Ford said he".
_AFTER_PERSON = re.compile(
    r",\s+(?:aged\s+)?\d{1,3}\b(?:,|\s+(?:of|from)\b)|,?\s+who(?:se)?\b|\s+(?:him|her)self\b|,\s+(?:his|her)\s"
    rf"|['’]s\s+{_any('relatives')}\b|\s+{_HIM}\b"
)
# "Mr Ford", "a man named Rieck".
_BEFORE_PERSON = re.compile(r"(?:\b(?:Mr|Mrs|Ms|Miss|Dr|Sir|Dame|Prof)\.?|\b(?:he|she|named|called))\s+$")
# The word in front of a name: "envoy Rieck", "carmaker Zentra", "the town of Arnay".
_LAST_WORD = re.compile(r"([a-z][a-z-]*)(?:\s+of)?\s+(?:the\s+)?$", re.I)
# The phrase beside a name: ", the state copper company," and "is a former minister of".
_APPOSITION = re.compile(
    r"(?:,\s+|\s+(?:is|was|became)\s+)(?:the|an?|its|their|his|one\sof\sthe)\s+((?:[\w’'-]+\s+){0,4}[\w’'-]+)"
)

_IT = r"(?:said|says|announced|reported|confirmed|added)(?:\s+\w+day|\s+that)*\s+it(?:s|self)?\b"
_NO_VERB = r"(?!(?:is|was|in|of|for|to|with|from|on|at|by|or|and)\b)"
# "Toyota shares", "Zentiva’s profits", "Ford said it", "Lidl then cut its", "Lidl, which owns".
_AFTER_ORGANISATION = re.compile(
    rf"(?:['’]s)?\s+{_any('belongings of bodies')}\b|\s+{_IT}|\s+{_NO_VERB}(?:[a-z]+\s+){{1,3}}its\b"
    r"|,?\s+which\s+(?:owns|makes|operates|sells|employs|runs|produces|publishes|represents)\b"
)
# What companies do: a verb of business, and within the next words a noun of business.
_DEED = re.compile(
    r"\s+(?:(?:will|would|has|had|also|plans?\sto|agreed\sto|is\sto|to|may|could|again)\s+){0,2}"
    rf"{_any('business verbs')}\b[^.,;]{{0,40}}?\b{_any('business nouns')}\b"
)
# "shares in Zentra", "works for Zentra".
_BEFORE_ORGANISATION = re.compile(rf"\b{_any('before bodies')}\s+(?:the\s+)?$")
# "in Vorland", "across the Arnay", "hit Arnay".
_BEFORE_PLACE = re.compile(rf"\b(?:{_any('in places')}\s+(?:the\s+)?|{_any('done to places')}\s+)$")
_INITIAL = re.compile(r"(?:^|[\s.])[A-Z]\.?\s+[A-Z]\w|^(?:[A-Z]\.\s?)+[A-Z]\w")
_PARTICLE = re.compile(
    r"(?:^|\s)(?:van|von|der|ter|bin|ibn|ben|abu)\s|(?:^|\s)(?:al|el|ul|ad|as|ur)[-‐‑]\w", re.I
)
_GENTLE_PARTICLE = re.compile(r"\s(?:de|da|di|del|della|dos|das|du|la|le|e|y)\s|\s[dD][’']", re.I)
_CAMEL = re.compile(
    r"^(?!Mc|Mac|De|Di|La|Le|Van|Von|Fitz|Du|O['’]|[dDlL]['’])\w*[a-z]+[A-Z]|^[A-Z]{2,}[a-z]+[a-z]"
)
_OF = re.compile(r"\s(?:of|for|at)\s")


def kind_of(name: str, before: str = "", after: str = "") -> tuple[NameKind, str]:
    """The kind of a name and its group ("country:TR"), from lists, its form and the words around it.

    `before` and `after` are the text on either side; only a few words of each are looked at.
    """
    if len(name) > _LONGEST:
        return OTHER, ""
    told = known(name)
    if told:
        return (PERSON, "") if " " not in name and _is_person_here(name, told, before, after) else told
    parts = name.split()
    kind = _by_form(name, parts) if len(parts) > 1 else _by_shape(name)
    if kind is PERSON and _is_place_here(name, parts, before):
        kind = PLACE
    return kind or _by_context(name, parts, before, after), ""


_LONGEST = 200
"""Characters of the longest name that is looked at."""


def _is_person_here(name: str, told: tuple[NameKind, str], before: str, after: str) -> bool:
    """Whether a listed name of one word ("Jordan", "Ford", "Chad") is a person's in this place."""
    if told[0] is PEOPLE or name.isupper():
        return False
    return _BEFORE_PERSON.search(before) is not None or _AFTER_PERSON.match(after) is not None


def _is_place_here(name: str, parts: list[str], before: str) -> bool:
    """Whether what looks like a person's name is a place's here: "in Santa Rosa", "fled Ras al-Ain"."""
    if lists().is_given(fold(parts[0])):
        return False
    is_like_place = fold(parts[0]) in _PLACE_OPENERS or "-" in name
    return is_like_place and _BEFORE_PLACE.search(before) is not None


def _by_form(name: str, parts: list[str]) -> NameKind | None:
    """The kind of a name of several words from these words; None where they do not tell."""
    core = _OF.split(name, 1)[0].split()
    folded = [fold(part.strip(".,")) for part in parts]
    first, last, head = folded[0], folded[-1], fold(core[-1].strip(".,"))
    has_of = len(core) < len(parts)
    if last in COMPANY_FORMS or "&" in name:
        return ORGANISATION
    if head in ORGANISATION_WORDS:
        return ORGANISATION
    bare = without_title(parts)
    if len(bare) < len(parts):
        return PERSON
    if all(part in TITLE_PARTS or part in ("of", "the") for part in folded):
        return OTHER
    if _INITIAL.search(name) or _PARTICLE.search(name):
        return PERSON
    if lists().is_given(first) and not has_of and len(parts) <= 5:
        rest = lists().known.get(" ".join(folded[1:]))
        return None if rest and rest[0] is PEOPLE else PERSON
    if first in _ORGANISATION_OPENERS:
        return ORGANISATION
    if has_of:
        return PLACE if first in _PLACE_OPENERS else None
    if first in _PLACE_OPENERS and (
        not is_common(parts[1]) or first in ("mount", "lake", "cape", "port", "fort")
    ):
        return PLACE
    return None


def _by_shape(name: str) -> NameKind | None:
    """The kind of a name of one word from its letters: an acronym, "JPMorgan", "iPhone"; None if unknown."""
    bare = name.replace(".", "")
    if bare.isupper() and bare.isalpha():
        return OTHER if len(bare) < 2 or len(bare) > 6 else ORGANISATION
    if "&" in name:
        return ORGANISATION
    if any(character.isdigit() for character in name):
        return ORGANISATION if re.fullmatch(r"G-?\d{1,2}", name) else OTHER
    if name[0].islower():
        return None if "-" in name or "’" in name or "'" in name else OTHER
    if "-" not in name and _CAMEL.match(name):
        return ORGANISATION
    return PERSON if _PARTICLE.search(name) else None


def _by_context(name: str, parts: list[str], before: str, after: str) -> NameKind:
    """The kind of a name that no list and no form tells, from the words in front of it and behind it."""
    role = _LAST_WORD.search(before)
    near = role[1].lower() if role else ""
    if near in ROLES and not before.rstrip().endswith((" of", " the")):
        return PERSON
    if _BEFORE_PERSON.search(before) or _AFTER_PERSON.match(after):
        return PERSON
    if near in BUSINESS or _BEFORE_ORGANISATION.search(before):
        return ORGANISATION
    if near in SETTLEMENT or _BEFORE_PLACE.search(before):
        return PLACE
    if _AFTER_ORGANISATION.match(after):
        return ORGANISATION
    kind = _apposed(after)
    if kind:
        return kind
    if len(parts) == 1:
        return _by_word(name, after)
    return _by_strangeness(parts, before, after)


def _apposed(after: str) -> NameKind | None:
    """The kind by the noun that is set beside a name: ", the state copper company,"."""
    apposed = _APPOSITION.match(after)
    if apposed is None:
        return None
    for word in reversed(apposed[1].split()):
        folded = fold(word)
        for nouns, kind in ((ROLES, PERSON), (BUSINESS, ORGANISATION), (SETTLEMENT, PLACE)):
            if folded in nouns:
                return kind
    return None


def _by_word(name: str, after: str) -> NameKind:
    """The kind of a word that nothing else tells: a people by its ending, a given name, what companies do."""
    folded = fold(name)
    for ending in ("n", "ns", "ans", "ian", "ians"):
        base = lists().known.get(folded.removesuffix(ending)) if folded.endswith(ending) else None
        if base and base[0] is PLACE:
            return PEOPLE
    if _PEOPLE_ENDING.search(folded) and not is_common(name):
        return PEOPLE
    if lists().is_given(folded) and not is_common(name):
        return PERSON
    return ORGANISATION if _DEED.match(after) else OTHER


_PEOPLE_ENDING = re.compile(r"(?:ians|eans|ites)$")


def _by_strangeness(parts: list[str], before: str, after: str) -> NameKind:
    """Two to four words that are no English words are a person's name, unless "the" stands in front.

    A country or a people beside one other word is a body's name: "Saudi Aramco", "Telefonica Brazil".
    """
    if _DEED.match(after) and not _GENTLE_PARTICLE.search(" ".join(parts)):
        return ORGANISATION
    listed = [told for part in parts if (told := known(part))]
    if listed:
        is_body = len(parts) == 2 and listed[0][1].startswith("country:") and len(listed) == 1
        return ORGANISATION if is_body and not all(map(is_common, parts)) else OTHER
    strange = [part for part in parts if part[:1].isupper() and not is_common(part)]
    is_strange = 2 <= len(parts) <= 4 and len(strange) == len(parts)
    is_gentle = _GENTLE_PARTICLE.search(" ".join(parts)) is not None and len(strange) >= 2
    if (is_strange or is_gentle) and not before.rstrip().endswith(("the", "The")):
        return PERSON
    return OTHER
