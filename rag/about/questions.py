"""Questions that one sentence answers, made from its analysis by rules: grammatical English, or none at all.

Four kinds: what somebody said about something (the sentence quotes), how many there were (it counts), who
somebody is (it gives the role), when something was done (it dates).
"""

import re
from collections import Counter
from collections.abc import Container, Iterator, Sequence
from dataclasses import dataclass
from functools import cache
from itertools import takewhile
from typing import Literal

from corpus.words.lists import one_of, read_lists, read_words
from index.language.kinds import ROLES, kind_of, lists
from index.language.names import is_person_like
from index.language.order import is_participle
from index.language.relations import CONJUNCTIONS, DETERMINERS, PREPOSITIONS
from index.language.sentence import Name, NameKind, Sentence
from index.language.words import STOPWORDS, fold, phrase, stems
from index.store.store import Passage
from rag.about.named import country_of

LONGEST = 80
"""Characters of a question."""
_LONGEST_SUBJECT = 60
_LONGEST_ACRONYM = 5
"""Letters of a name in capitals alone; a longer one is the place at the head of a report."""
_MOST_BEHIND = 6
"""Words that may stand behind the verb in a question about a day."""

Kind = Literal["said", "count", "differ", "who", "when", "where"]
"""`differ` asks for a number that two outlets give differently."""

_LINES = {heading: " ".join(lines) for heading, lines in read_lists("rag.about", "questions.txt").items()}
_WORDS = read_words("rag.about", "questions.txt")
_VAGUE, _PLACES, _POINTS_BACK = _WORDS["vague"], _WORDS["places"], _WORDS["points back"]
_OF_COMPANIES = _WORDS["of companies too"]
_PERSON = (
    r"[A-ZÀ-Þ][a-zà-ÿ’'-]+(?: [A-Z]\.)?"
    r"(?: (?:al-|bin |van |von |de |del |da )?[A-ZÀ-Þ][\w’'-]*[a-zà-ÿ]){1,2}"
)
_APPOSED = re.compile(r",(?: \d\d,)? (?:the |an? |its |their )?(?P<role>(?:[\w’'-]+ ){0,9}[\w’'-]+)[,.;]")
"""What somebody is, behind the name: "Ann Lee, 58, a bridge engineer from Hull,"."""
_ARTICLES = frozenset("the The a A an An".split())
_LONGEST_ROLE = 5
"""Words of what somebody is before the name, with the article: "the launch director, Ann Lee"."""
_OFFICE = re.compile(one_of(_LINES["offices"]))
_BEHIND_ROLE = frozenset("of for at in from with to on by who that and".split())
_WHERE = (
    r"(?P<where>(?: (?:in|at|by|on|from|during|near|after)(?: the| an?)?(?: [\w’'-]+){1,3})?)"
    r"(?=[,.;]| since| after| when| and| while)"
)
_COUNT = re.compile(
    r"\b(?P<figure>\d{1,3}(?:,\d{3})+|\d+) "
    rf"(?P<noun>(?:[a-z]+ )?{one_of(_LINES['counted'])}) "
    rf"(?:(?:had been|have been|were|are) (?P<done>{one_of(_LINES['done'])})"
    rf"|(?:had |have )?(?P<did>died|fled)){_WHERE}"
)
_NOUN = re.compile(r"\b[Tt]he (?P<noun>[a-z]{4,})\b")
_THE = re.compile(r"\bthe [“‘'\"]?$", re.IGNORECASE)
_SIGNS = re.compile(r"\W+|^the\s+")
"""What the name of an outlet has beside its letters."""
_VERB = re.compile(r" (?:(?P<be>was|were) )?(?P<verb>[a-z]+)(?P<behind>(?: [\w’'-]+)*)")
_LEADS_TO = re.compile(r"(?: late| early)?(?: on| in| at| near)?(?: the)?$")
"""What belongs to a date or a place, in front of it."""
_IN = re.compile(r" (?:in|at|near)(?: the)? $")


@dataclass(frozen=True, slots=True)
class Made:
    """A question with the article and the sentence it was made from.

    `answer` is a word that the answer holds, `about` the word that the question turns on.
    """

    kind: Kind
    question: str
    article_id: str
    sentence: str
    answer: str
    about: str
    counted: str = ""
    """What a number is asked of: "people displaced"."""


def questions_of(sentence: Sentence, passage: Passage, known: Container[str] = frozenset()) -> Iterator[Made]:
    """The questions that a sentence of the passage answers, none longer than `LONGEST`.

    What somebody said is about something that the headline has, or about a name of those `known` (`key_of`).
    """
    for made in (
        *_said(sentence, passage, known),
        *_count(sentence, passage),
        *_who(sentence, passage),
        *_done(sentence, passage),
    ):
        if len(made.question) <= LONGEST:
            yield made


def _who(sentence: Sentence, passage: Passage) -> Iterator[Made]:
    """One question at most: who somebody is of whom the sentence gives the full name and the role."""
    for name in sentence.names:
        if " " not in name.text or not is_person(name):
            continue
        role = _role(_behind(sentence, name)) or _role(_in_front(sentence, name))
        parts = name.text.split()
        if role and (role not in _OF_COMPANIES or lists().is_given(fold(parts[0]))):
            question = f"Who is {name.text}?"
            yield Made("who", question, passage.article_id, sentence.text, role, parts[-1])
            return


def _behind(sentence: Sentence, name: Name) -> list[str]:
    match = _APPOSED.match(sentence.text, name.end)
    return match["role"].split() if match else []


def _in_front(sentence: Sentence, name: Name) -> list[str]:
    """The small words before a name, from the last article on."""
    told = sentence.text[: name.start].rstrip(" ,").rsplit(maxsplit=_LONGEST_ROLE)[-_LONGEST_ROLE:]
    place = max((place for place, word in enumerate(told) if word in _ARTICLES), default=len(told))
    role = told[place + 1 :]
    return role if all(map(str.islower, role)) else []


def _role(words: Sequence[str]) -> str | None:
    """What somebody is: the last word before "of", "at" or the like, if it is a word for that."""
    head = list(takewhile(lambda word: word not in _BEHIND_ROLE, words))
    return head[-1] if head and (head[-1] in ROLES or _OFFICE.fullmatch(head[-1])) else None


def _count(sentence: Sentence, passage: Passage) -> Iterator[Made]:
    match = _COUNT.search(sentence.text)
    if not match or any(told.start <= match.start("figure") < told.end for told in sentence.dates):
        return
    if match["did"] and not match["where"]:
        return
    done = f"were {match['done']}" if match["done"] else match["did"]
    question = f"How many {match['noun']} {done}{match['where']}?"
    about = (match["where"] or match["noun"]).split()[-1]
    counted = f"{match['noun']} {match['done'] or 'who ' + match['did']}{match['where']}"
    yield Made("count", question, passage.article_id, sentence.text, match["figure"], about, counted)


# What somebody said


def _said(sentence: Sentence, passage: Passage, known: Container[str]) -> Iterator[Made]:
    """At most one question for each speaker whom the headline does not name."""
    titled = set(stems(passage.title))
    asked: set[str] = set()
    for one in sentence.quotations:
        speaker = _speaker(one.speaker, sentence)
        if speaker is None or speaker in asked or set(stems(speaker)) & titled:
            continue
        for topic in _topics(sentence, (one.start, one.end), titled, known):
            if not set(stems(topic)) & set(stems(speaker)):
                asked.add(speaker)
                question = f"What did {speaker} say about {topic}?"
                yield Made(
                    "said",
                    question,
                    passage.article_id,
                    sentence.text,
                    speaker.split()[-1],
                    topic.split()[-1],
                )
                break


def _speaker(speaker: str | None, sentence: Sentence) -> str | None:
    """Who says it, as a question names them: a person's full name or an organisation's; None for others."""
    if not speaker or len(speaker) > _LONGEST_SUBJECT:
        return None
    if re.fullmatch(_PERSON, speaker) and kind_of(speaker)[0] is NameKind.PERSON:
        return speaker
    named = next((one for one in sentence.names if one.text == speaker), None)
    if named and named.kind is NameKind.ORGANISATION:
        return with_article(sentence, named)
    return None


def _topics(
    sentence: Sentence, said: tuple[int, int], titled: set[str], known: Container[str]
) -> Iterator[str]:
    """What is spoken of: names and nouns in what is said, then other names of the sentence."""
    start, end = said
    names = [one for one in sentence.names if is_subject(one)]
    names = [one for one in names if set(stems(one.text)) <= titled or key_of(one) in known]
    inside = [one for one in names if start <= one.start and one.end <= end]
    yield from (with_article(sentence, one) for one in inside)
    for found in _NOUN.finditer(sentence.text, start, end):
        noun = found["noun"]
        if noun not in _VAGUE and noun not in STOPWORDS and set(stems(noun)) <= titled:
            yield f"the {noun}"
    yield from (with_article(sentence, one) for one in names if one not in inside)


def key_of(name: Name) -> str:
    """What a name means: the group that it belongs to, else its words."""
    return name.group or phrase(name.text)


def is_subject(name: Name) -> bool:
    """Whether something may be asked about it by its name alone; "Turkish" and a surname say too little."""
    is_surname = name.kind is NameKind.PERSON and " " not in name.text
    is_shouted = name.text.isupper() and len(name.text) > _LONGEST_ACRONYM
    return (
        name.kind is not NameKind.PEOPLE
        and bool(name.words)
        and len(name.text) <= _LONGEST_SUBJECT
        and not is_shouted
        and not is_surname
    )


def is_topic(name: Name, outlet: str | None) -> bool:
    """Whether a whole subject may be asked for by the name: not of a country or an outlet.

    `outlet` is that of the article, as it is stored: "CNN" is the name of cnn.com.
    """
    told, published = (_SIGNS.sub("", text.casefold()) for text in (name.text, (outlet or "").split(".")[0]))
    return is_subject(name) and not country_of(name) and told != published


def is_named(name: Name, title: str) -> bool:
    """Whether a headline has the name, as it is written."""
    return re.search(rf"\b{re.escape(name.text)}\b", title) is not None


def with_article(sentence: Sentence, name: Name) -> str:
    """The name as it stands in the middle of a sentence, with "the" where it has one there."""
    return f"the {name.text}" if _THE.search(sentence.text, 0, name.start) else name.text


def as_written(forms: Counter[str]) -> str:
    """The form of a name that a question has: with "the" where a third of the sentences have it."""
    (form, _), *_ = forms.most_common(1)
    article = f"the {form.removeprefix('the ')}"
    return article if 3 * forms[article] >= forms.total() else form


def is_person(name: Name) -> bool:
    """Whether a name may be a person's."""
    return name.text.split()[0] not in _PLACES and is_person_like(name)


# When and where something was done


def _done(sentence: Sentence, passage: Passage) -> Iterator[Made]:
    """When, else where, a name did or suffered what stands right behind it: one question at most."""
    for name in sentence.names:
        match = _VERB.match(sentence.text, name.end) if is_subject(name) else None
        if not match or not _opens_clause(sentence, name):
            continue
        for kind, start, end in _told(sentence, match.end("verb")):
            asked = _asked(sentence, with_article(sentence, name), match, start)
            if asked:
                answer = sentence.text[start:end].split()[-1]
                yield Made(
                    kind,
                    f"{kind.title()} {asked}?",
                    passage.article_id,
                    sentence.text,
                    answer,
                    name.text.split()[-1],
                )
                return


def _told(sentence: Sentence, at: int) -> Iterator[tuple[Kind, int, int]]:
    """The first date and the first place behind a verb, each with what it answers."""
    date = next((one for one in sentence.dates if one.first and one.start >= at), None)
    if date:
        yield "when", date.start, date.end
    place = next((one for one in sentence.names if one.start >= at), None)
    if place and place.kind is NameKind.PLACE and _IN.search(sentence.text, at, place.start):
        yield "where", place.start, place.end


def _opens_clause(sentence: Sentence, name: Name) -> bool:
    """Whether a name is a subject: no preposition, "and" or quotation mark stands before it."""
    before = sentence.text[: name.start]
    last = (phrase(before).removesuffix(" the").split() or [""])[-1]
    is_open = before.count("“") > before.count("”") or before.count('"') % 2 == 1
    return not is_open and last not in PREPOSITIONS and last not in ("and", "or")


def _asked(sentence: Sentence, subject: str, match: re.Match[str], until: int) -> str | None:
    """The question without its first word; None where what the verb is followed by does not stand alone."""
    behind = _LEADS_TO.sub("", sentence.text[match.end("verb") : until].rstrip())
    told, verb = phrase(behind).split(), match["verb"]
    if len(told) > _MOST_BEHIND or re.search(r"[^\w\s’'-]", behind) or _POINTS_BACK & set(told):
        return None
    is_open = told and told[-1] in PREPOSITIONS | DETERMINERS | CONJUNCTIONS
    if is_open or any(is_participle(word) for word in told):
        return None
    if match["be"]:
        return f"{match['be']} {subject} {verb}{behind}" if is_participle(verb) else None
    base = _bases().get(verb)
    return f"did {subject} {base}{behind}" if base else None


@cache
def _bases() -> dict[str, str]:
    """The base form of each past form that is no base form or noun too."""
    irregular = (line.split() for line in read_lists("index.language", "order.txt")["irregular verbs"])
    found = {forms[2]: forms[0] for forms in irregular if forms[2] != forms[0]}
    lists_of_saying = read_words("index.language", "saying.txt")
    saying = lists_of_saying["clause"] | lists_of_saying["addressed"]
    found = {form: base for form, base in found.items() if form not in saying}
    for line in read_lists("index.language", "acting.txt")["verbs"]:
        for verb in filter(None, line.split(";")):
            base, *forms = verb.split()
            found |= {form: base for form in forms if form.endswith("ed") and form not in saying}
    return found
