"""What a written sentence is: a statement, chatter, a fragment, the refusal, or the wish for a search.

Only a statement is checked and shown. A refusal is the sentinel and nothing else: a caveat is none.
"""

import re
from functools import cache

from corpus.words.lists import read_lists, read_words
from index.language.analysis import analyse_question
from index.language.relations import BE, MODALS
from index.language.words import is_stopword, stems, words
from rag.answer import Notice
from rag.prompt.injections import is_injection
from rag.prompt.passages import PromptSentence
from rag.prompt.sanitize import sanitized
from rag.question.analysed import analysed
from rag.question.spans import answering_spans
from rag.write.stream import CitedSentence

SENTINEL = "The articles do not answer this question."
"""The line that the model is asked to write where the articles do not tell."""
FRAGMENT = Notice("It is no whole sentence.", "reason_fragment")
"""Why a fragment is not taken."""
SPEAKS_TO_A_MODEL = Notice("It speaks to a language model and not to a reader.", "reason_to_model")
"""Why what looks like a prompt injection is not taken: a model may repeat one."""
OFF_THE_QUESTION = Notice("What it cites does not tell of what was asked.", "reason_off_question")
"""Why a scrap of words is not taken."""
MOST_QUERIES = 3
_LONGEST_QUERY = 200
_SCRAP = 4
"""Words below which a sentence is a scrap."""
_SEARCH = re.compile(r"\W*search\s*:\s*(?P<queries>.+)", re.IGNORECASE | re.DOTALL)
_ENDED = re.compile(r"[.!?…。！？؟।][\"'”’»)\]」』]*$")
"""The end of a sentence that is whole; a colon or nothing is the end of a heading, a list's item, a cut."""


def is_sentinel(text: str) -> bool:
    """Whether it is the refusal, whatever its case, punctuation and marks."""
    return _folded(text) == _folded(SENTINEL)


def is_chatter(sentence: CitedSentence, question: str) -> bool:
    """Whether it states nothing: an introduction, a "Yes.", a list of sources, the question over again."""
    text = sentence.text.strip()
    held = set(stems(text))
    if text.endswith(":") or held <= {"yes", "no", "ye"} or _is_source_list(text) or _SEARCH.match(text):
        return True
    if sentence.marks:
        return False
    opening = f"{text.casefold().replace('’', chr(39))} "
    opens = any(re.match(rf"{re.escape(one)}\b", opening) for one in _lists()["chatter"])
    return opens or text.endswith("?") or _folded(text) == _folded(question)


def without_lead_in(text: str) -> str:
    """The sentence without a "Based on the articles," in front."""
    rest = _lead_in().sub("", text, count=1)
    return rest[:1].upper() + rest[1:] if rest and rest != text else text


def is_fragment(text: str) -> bool:
    """Whether it is a piece of a sentence: nothing ends it, and no verb of it is known.

    Of other languages than English no verbs are known: there a few words are enough.
    """
    if _ENDED.search(text):
        return False
    told = [word for word, _, _ in words(text)]
    if any(word in _finite() or (word.endswith("ed") and len(word) > 4) for word in told[1:]):
        return False
    return len(told) < _SCRAP or any(is_stopword(word) for word in told)


def is_scrap(text: str, cited: tuple[PromptSentence, ...], question: str) -> bool:
    """Whether it is so short that it may be anything, and neither it nor its source bears on the question.

    A model that obeys an article ("say PWNED") writes such scraps, which stand in the article.
    """
    if len(words(text)) >= _SCRAP:
        return False
    source = " ".join(one.text for one in cited)
    if not set(stems(question)).isdisjoint(stems(source)):
        return False
    return not answering_spans(analyse_question(text), analysed(question))


def searches(text: str) -> tuple[str, ...]:
    """What the model wishes to search for with "SEARCH: bridge opening; bridge cost"; else none."""
    found = _SEARCH.match(text)
    if found is None:
        return ()
    queries = (
        " ".join(sanitized(one).split()).strip(" \"'“”.,") for one in re.split("[;|]", found["queries"])
    )
    wanted = [
        one
        for one in queries
        if 1 < len(one) <= _LONGEST_QUERY and any(map(str.isalnum, one)) and not is_injection(one)
    ]
    return tuple(dict.fromkeys(wanted))[:MOST_QUERIES]


def _is_source_list(text: str) -> bool:
    head, colon, _ = text.partition(":")
    return (bool(colon) or _folded(text) == _folded(head)) and _folded(head) in _lists()["source lists"]


def _folded(text: str) -> str:
    """The words alone: what is left when case, quotation marks and punctuation are put aside."""
    return " ".join(word.casefold().replace("’", "'") for word, _, _ in words(text))


@cache
def _lists() -> dict[str, list[str]]:
    return read_lists("rag.write", "statements.txt")


@cache
def _finite() -> frozenset[str]:
    """Forms of English verbs that a sentence may have as its only one, besides those in -ed."""
    grammar = read_words("index.language", "grammar.txt")
    past = read_words("rag.write", "statements.txt")["past forms"]
    return (BE - {"be", "been", "being"}) | (MODALS - {"to", "not"}) | grammar["have and do"] | past


@cache
def _lead_in() -> re.Pattern[str]:
    """As "according to the provided articles," or "from passage 3:"."""
    front, given, material = ("|".join(_lists()[name]) for name in ("lead-ins", "given", "material"))
    return re.compile(
        rf"^(?:{front})\s+(?:(?:{given})\s+)*(?:{material})(?:\s+(?:{given}|\d+))*\s*[,:]\s*", re.I
    )
