"""Drafts a first set of cases from the sentences of the user's own articles, by rules, for review."""

import random
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from pathlib import Path

import yaml

from corpus.dates import day_of, instant_of
from corpus.errors import UsageError
from corpus.words.lists import one_of
from index.language.dates import MONTH
from index.language.names import names
from index.language.words import fold
from index.passages.sentences import sentence_spans
from index.store.store import Store, StoredArticle
from rag.about.examples import candidates, sampled, topics
from rag.about.questions import Made, is_person
from rag.answer import Intent, Status
from rag.evals.cases.case import ANY_ABSTENTION, Case
from rag.evals.cases.record import case_to_json
from rag.evals.cases.schema import KEYS, LISTS

UNANSWERABLE = 4
"""One case in so many asks what the archive cannot know."""
FORMS: tuple[Intent, ...] = ("overview", "catalogue", "timeline", "help", "comparison", "latest")
"""Forms of answers of which a case is drafted each, as far as a quarter of the cases are enough for them."""
_STATUS: Mapping[Intent, Status] = {"catalogue": "listed", "help": "help"}
TAGS = ("draft",)
_ARTICLES_FOR_DATES = 400
_LONGEST_ID = 60

HEADER = """\
# Drafted by onrecord from your own articles. Review every case before you trust it:
# - Is the question one that your readers would ask?
# - Is the answer right, and the only one? Add other ways to say it.
# - Do other articles say the same? Add their words to `evidence`, and take `must_cite` out.
# - Those with `status: abstained` ask about an invented person or about a year outside the archive.
# - Those with `intent` ask for another form of answer. Add what it has to say or to cite.
# Take the tag `draft` off what you have reviewed, and delete the rest. All keys: docs/evaluation.md
"""

_INVENTED = (
    "Tobias Hallgrenn",
    "Merle Osterwyck",
    "Ivo Casterdine",
    "Petra Lundqvall",
    "Anselm Barrowick",
    "Delphine Marchetaux",
    "Rufus Whinnerah",
    "Noor Velasquine",
)
"""Names that are tried in turn; one that the archive mentions is passed over."""
_DONE = one_of(
    """opened closed born killed arrested elected appointed signed launched founded released published
    announced refloated completed built destroyed evacuated captured freed reopened cancelled delayed named
    approved rejected sworn"""
)
_DATE = rf"(?:{MONTH} \d{{1,2}}(?:, \d{{4}})?|\d{{1,2}} {MONTH}(?: \d{{4}})?|{MONTH},? \d{{4}}|\d{{4}})"
_WHEN = re.compile(
    rf"^(?P<subject>(?:The )?[A-Z][^,;:“”\"()]{{2,40}}?) (?P<be>was|were) (?P<done>{_DONE})"
    r"(?P<rest>(?: (?:in|at|by|near|from)(?: the)? [A-Z][\w’'-]+(?: [A-Z][\w’'-]+)?)?)"
    rf" (?:on|in) (?P<date>{_DATE})(?=[ ,.;])"
)
_QUOTED = re.compile(r"[“\"]([^“”\"]{15,200}?)[,.]?[”\"]")
_PERSON_ASKED = re.compile(r"^(?:Who is|What did) (?P<person>.+?)(?=\?| say about)")


def draft(store: Store, wanted: int = 20, seed: int = 0) -> list[Case]:
    """At most `wanted` cases that the archive's sentences suggest, one in four of them unanswerable.

    As many ask for other forms of answers (`FORMS`).

    Each has the tag "draft" and awaits review: answerable ones the article, its words and, where rules can
    tell it, the answer; the others `status: abstained`. The same store and seed give the same cases; an
    archive in which no sentence suggests any gives none.
    """
    chance = random.Random(seed)
    found = list(_mixed([*_answerable(store), *_dated(store, chance)], chance))
    share = min(wanted // UNANSWERABLE, len(found))
    forms = list(_forms(store))[: min(wanted // UNANSWERABLE, len(found))]
    facts = found[: wanted - share - len(forms)]
    return _with_ids([*facts, *forms, *_unanswerable(store, found, share)])


def write(cases: Sequence[Case], path: Path, header: str = HEADER) -> None:
    """Write the cases as YAML that `load` reads back equal, below `header`, which is comments.

    Raises UsageError if there is a file.
    """
    if not cases:
        raise UsageError(f"there are no cases to write into {path}: the archive's sentences suggest none")
    if path.suffix.lower() not in (".yaml", ".yml"):
        raise UsageError(f"cases are written as YAML; name a file that ends in .yaml, not {path}")
    dumped = yaml.dump(
        [to_mapping(case) for case in cases], Dumper=_Dumper, allow_unicode=True, sort_keys=False, width=100
    )
    try:
        with path.open("x", encoding="utf-8", newline="\n") as stream:
            stream.write(header + "\n" + re.sub(r"\n(?=- id: )", "\n\n", dumped))
    except FileExistsError as error:
        raise UsageError(f"{path} exists already and is not overwritten; name another file") from error
    except OSError as error:
        raise UsageError(f"{path} cannot be written ({error.strerror}); name another file") from error


def to_mapping(case: Case) -> dict[str, object]:
    """The case as a case file has it: no empty keys, and one text instead of a list of one."""
    written = case_to_json(case)
    if case.answer_regex:
        written["answer"] = [*case.answer, {"regex": case.answer_regex}]
    for name in LISTS - {"tags"}:
        if len(written.get(name, ())) == 1:
            (written[name],) = written[name]
    return {name: written[name] for name in KEYS if name in written}


class _Dumper(yaml.SafeDumper):
    """Writes no aliases, which the reader refuses, and quotes what would not be read as it stands."""

    def ignore_aliases(self, data: object) -> bool:
        """True: the same text twice is written twice."""
        return True


def _text(dumper: yaml.SafeDumper, text: str) -> yaml.ScalarNode:
    plain = text.isprintable() and text == text.strip()
    return dumper.represent_scalar("tag:yaml.org,2002:str", text, style=None if plain else '"')


_Dumper.add_representer(str, _text)


# Answerable


def _answerable(store: Store) -> Iterator[tuple[str, Case]]:
    """A kind and a case for each question that a sentence suggests.

    Of copies of a story an answer cites the first one: that is expected, if it has the sentence.
    """
    for made in candidates(store):
        first = _first(store, made.article_id)
        stored = store.article(first)
        if stored and made.sentence in stored.article.text:
            yield made.kind, _case(made.question, first, made.sentence, _answer(made))


def _first(store: Store, article_id: str) -> str:
    """The article of the same story that was published first; mostly it is the only one."""
    copies = [(one.published_at, one.id) for one in store.copies_of(article_id)]
    own = store.article(article_id) if copies else None
    if own is None:
        return article_id
    return min([(own.article.published_at, article_id), *copies], key=lambda one: _order(*one))[1]


def _order(published_at: str | None, article_id: str) -> tuple[bool, float, str]:
    """By publication, the undated last, then by id."""
    return (published_at is None, instant_of(published_at) if published_at else 0.0, article_id)


def _forms(store: Store) -> Iterator[Case]:
    """A case for each other form of answer, about the first name of several headlines that may have one."""
    asked: dict[Intent, str] = {}
    for topic in topics(sampled(store)):
        outlets = list(dict.fromkeys(one.source for one in topic.passages if one.source))
        days = {day_of(one.published_at) for one in topic.passages if one.published_at}
        asked.setdefault("overview", f"What is known about {topic.text}?")
        asked.setdefault("catalogue", f"Which articles are about {topic.text}?")
        if len(days) > 1:
            asked.setdefault("timeline", f"What is the timeline of {topic.text}?")
            asked.setdefault("latest", f"What is the latest on {topic.text}?")
        if len(outlets) > 1:
            asked.setdefault("comparison", f"How do {outlets[0]} and {outlets[1]} differ on {topic.text}?")
    asked["help"] = "What can you do?"
    for intent in FORMS:
        if intent in asked:
            status = (_STATUS.get(intent, "answered"),)
            yield Case("", asked[intent], status=status, intent=(intent,), tags=(*TAGS, intent))


def _case(question: str, article_id: str, sentence: str, answer: tuple[str, ...]) -> Case:
    return Case("", question, answer=answer, must_cite=(article_id,), evidence=(sentence,), tags=TAGS)


def _sentences(stored: StoredArticle) -> list[str]:
    text = stored.article.text
    return [text[start:end] for start, end in sentence_spans(text)]


def _answer(made: Made) -> tuple[str, ...]:
    """What the answer has to hold, where that is certain enough to draft."""
    if made.kind == "said":
        return tuple(quoted[1] for quoted in _QUOTED.finditer(made.sentence))[:1]
    # "an analyst at the Forum": a last word with a capital is no role.
    return (made.answer,) if made.kind != "who" or made.answer.islower() else ()


def _dated(store: Store, chance: random.Random) -> Iterator[tuple[str, Case]]:
    """When something was done, of sentences that begin with it and state the day, month or year."""
    live = [summary.id for summary in store.articles() if summary.state == "live"]
    for article_id in sorted(chance.sample(live, min(len(live), _ARTICLES_FOR_DATES))):
        stored = store.article(article_id)
        for sentence in _sentences(stored) if stored else ():
            match = _WHEN.match(" ".join(sentence.split()))
            if match and (subject := _subject(match["subject"])) and _first(store, article_id) == article_id:
                question = f"When {match['be']} {subject} {match['done']}{match['rest']}?"
                yield "when", _case(question, article_id, sentence, (match["date"],))


def _subject(stated: str) -> str | None:
    """The subject as a question has it in its middle; None for one that points at an earlier sentence."""
    if stated.startswith("The "):
        return f"the {stated[4:]}" if re.search(r"[A-Z]", stated[4:]) else None
    # One capitalised word at the start of a sentence may be no name at all.
    return stated if " " in stated and any(name.text == stated for name in names(stated)) else None


def _mixed(found: Sequence[tuple[str, Case]], chance: random.Random) -> Iterator[Case]:
    """One of each kind in turn, articles that have not been asked about first; no question twice."""
    lines: dict[str, list[Case]] = {}
    for kind, case in {case.question: (kind, case) for kind, case in found}.values():
        lines.setdefault(kind, []).append(case)
    for line in lines.values():
        chance.shuffle(line)
    articles: set[str] = set()
    while lines:
        for kind in [*lines]:
            line = lines[kind]
            place = next((n for n, case in enumerate(line) if case.must_cite[0] not in articles), 0)
            case = line.pop(place)
            articles.add(case.must_cite[0])
            yield case
            if not line:
                del lines[kind]


# Unanswerable


def _unanswerable(store: Store, cases: Sequence[Case], wanted: int) -> list[Case]:
    """Questions of the same form about a person whom no article names, or a year after the last article."""
    strangers = iter(_strangers(store))
    last = store.archive().last
    made: list[Case] = []
    for case in cases:
        if len(made) == wanted:
            break
        question = None
        asked = _PERSON_ASKED.match(case.question)
        if asked and any(one.text == asked["person"] and is_person(one) for one in names(asked["person"])):
            if stranger := next(strangers, None):
                question = case.question.replace(asked["person"], stranger)
        elif case.question.startswith("How many ") and last and not re.search(r"\d{4}", case.question):
            question = f"{case.question[:-1]} in {int(last[:4]) + 7}?"
        if question and all(question != other.question for other in made):
            made.append(Case("", question, status=(ANY_ABSTENTION,), tags=(*TAGS, "unanswerable")))
    return made


def _strangers(store: Store) -> list[str]:
    """The invented names of which the archive holds no part."""
    words = {word for name in _INVENTED for word in name.split()}
    known = store.document_frequency(words)
    return [name for name in _INVENTED if not known.get(name.split()[-1])]


def _with_ids(cases: Sequence[Case]) -> list[Case]:
    """The cases, each named after its question."""
    taken: dict[str, Case] = {}
    for case in cases:
        slug = "-".join(re.findall(r"[^\W_]+", fold(case.question)))[:_LONGEST_ID].rstrip("-")
        unique = slug if slug not in taken else f"{slug}-{len(taken) + 1}"
        taken[unique] = replace(case, id=unique)
    return list(taken.values())
