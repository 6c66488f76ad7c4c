"""How a question writes things: the words it is searched for, and passages written as it writes them.

BM25 matches forms, and to the cross-encoder 2,300 is not 2300, and "IOM" not the International Organization
for Migration. So numbers that a question has in words are searched in digits too, and what the cross-encoder
reads has the question's own writing of its numbers and names. What is found for 222 tuning questions does
not change with the numbers searched in digits; "250 passengers" is found by "two hundred and fifty" by it.
"""

import re

from index.language.names import DIVIDED, figure
from index.language.quantities import spelled
from index.language.words import is_stopword, words
from rag.question.analysed import AnalysedQuestion
from rag.question.spans import ages_told
from rag.retrieve.variants import Variants

_NUMBER = re.compile(
    rf"{DIVIDED.pattern}|(?<![\w.,])(?:\d{{1,3}}(?:[.,]\d{{3}})+\b|\d{{2,3}}\b(?![.,]\d)|\d{{4,}}\b)"
)
"""A whole number of two digits or more, in any writing."""
_LEAST_SPELLED, _MOST_SPELLED = 13, 999_999
"""Numbers that are looked for in words too; smaller ones are too common."""


def query_terms(query: str) -> list[str]:
    """The query's content words as written, once each; all its words when it has no content word."""
    every = [*(word for word, _, _ in words(DIVIDED.sub(" ", query))), *DIVIDED.findall(query)]
    content = [word for word in every if not is_stopword(word)]
    return list(dict.fromkeys(content or every))


def spelled_numbers(question: AnalysedQuestion) -> dict[str, int]:
    """The whole numbers that the question has in words, from thirteen on, by how it writes them."""
    found: dict[str, int] = {}
    for one in question.sentence.quantities:
        if _LEAST_SPELLED <= one.low == one.high <= _MOST_SPELLED and one.low == int(one.low):
            found |= {way: int(one.low) for way in _in_words(int(one.low)) if way in one.text.lower()}
    return found


def as_asked(text: str, question: AnalysedQuestion, others: Variants) -> str:
    """The text with numbers, and names of which `others` has forms, as the question writes them.

    Where an age is asked for, "Ann Lee, 64, said" and "She was 30." say that it is one: else the question
    scores -10.
    """
    for told in reversed(ages_told(text, question)):
        text = f"{text[: told.end(1)]} is {told[2]} years old{text[told.end() :]}"
    for name, forms in others.items():
        for form in forms:
            text = text.replace(form, name)
    asked = {figure(number): number for number in _NUMBER.findall(question.text)}
    asked |= {str(number): way for way, number in spelled_numbers(question).items()}
    if not asked:
        return text
    for number, written in asked.items():
        if number.isdecimal() and len(number) < 7 and int(number) >= _LEAST_SPELLED:
            ways = "|".join(sorted(_in_words(int(number)), key=len, reverse=True)).replace("-", "[- ]")
            text = re.sub(rf"(?<![\w-])(?:{ways})(?![\w-])", written, text, flags=re.IGNORECASE)
    return _NUMBER.sub(lambda match: asked.get(figure(match[0]), match[0]), text)


def _in_words(number: int) -> tuple[str, ...]:
    """How a number is written in words: two hundred and fifty, two hundred fifty."""
    words = spelled(number)
    return words, words.replace(" and ", " ")
