"""The context of a sentence: the antecedent of "he said", and the sentences before it.

The cross-encoder reads one sentence at a time, and news seldom repeats a name. Naming the antecedent in
front of the sentence, for scoring only, lifted the right sentence to the first place for 8 percentage
points more of the tuning questions (72% to 80%); what is quoted stays the article's own words.
"""

import re
from dataclasses import dataclass, field, replace

from index.language.names import is_person_like, names
from index.language.patterns import ROLE, SAYING, one_of
from index.language.sentence import Name
from index.store.store import Passage

_PRONOUN = re.compile(r"\b(?:he|she|his|her|him)\b", re.I)
_OPENING_QUOTE = re.compile(r"^[“\"‘']")
_QUOTATION = re.compile(r"[“\"][^“”\"]*(?:[”\"]|$)")
_SAID_BY = re.compile(rf"[”\"’]\s*{SAYING.pattern}\s+(?:the\s+)?$", re.I)
_PRONOUN_SAYS = re.compile(rf"\b(?:he|she)\s+(?:also\s+|later\s+)?{SAYING.pattern}", re.I)
_LOOK_BACK = 6

OPENS_UNRESOLVED = re.compile(
    r"^[“\"‘']?(?:he|she|they|it|his|her|their|its|this|that|these|those|the "
    + one_of(
        """group company official man woman ship vessel agency minister envoy president spokes\\w+ deal
        agreement operation statement report move decision attack pair team two"""
    )
    + r")\b",
    re.I,
)


@dataclass(frozen=True, slots=True)
class Candidate:
    """A sentence that may answer, `[start:end]` of its article; `preceding` are the up to six before it."""

    passage: Passage
    start: int
    end: int
    text: str
    preceding: tuple["Candidate", ...] = field(default=(), repr=False)

    @property
    def before(self) -> tuple[str, ...]:
        """The texts of the preceding sentences, nearest last."""
        return tuple(sentence.text for sentence in self.preceding)

    @property
    def antecedent(self) -> Name | None:
        """Who "he" or an unattributed quote goes back to: the speaker of the nearest sentence with one."""
        quoted = _OPENING_QUOTE.search(self.text) and not SAYING.search(self.text)
        if not (quoted or _PRONOUN.search(self.text)):
            return None
        for sentence in reversed(self.before):
            if SAYING.search(sentence) or ROLE.search(sentence):
                speaker = _speaker(sentence)
                if speaker:
                    return speaker
        return None

    @property
    def in_context(self) -> str:
        """The sentence with its antecedent named in front, for scoring."""
        name = self.antecedent
        return f"{name.text}: {self.text}" if name else self.text

    @property
    def window(self) -> str:
        """The sentence before and the sentence itself, for scoring."""
        return f"{self.before[-1]} {self.text}" if self.before else self.text


def _speaker(sentence: str) -> Name | None:
    """The name after a quotation's verb ("...,” said Ms Ruiz"), else the first person's, else the first.

    None where the speaker is a pronoun himself ("he wrote in the Journal").
    """
    unquoted = _QUOTATION.sub(lambda match: " " * len(match[0]), sentence)
    found = names(unquoted)
    if _PRONOUN_SAYS.search(unquoted) and not any(is_person_like(name) for name in found):
        return None
    spoken = [name for name in found if _SAID_BY.search(sentence[: name.start])]
    people = [name for name in found if is_person_like(name)]
    return next(iter(spoken or people or found or names(sentence)), None)


def candidates(passage: Passage, previous: Passage | None) -> list[Candidate]:
    """Every sentence of `passage`; `previous` is the passage before it in the same article, if any."""
    preceding = [replace(one, preceding=()) for one in candidates(previous, None)] if previous else []
    own = [
        Candidate(passage, start, end, passage.text[start - passage.start : end - passage.start])
        for start, end in passage.sentences
    ]
    trail = [*preceding, *own]
    return [
        replace(sentence, preceding=tuple(trail[max(0, place - _LOOK_BACK) : place]))
        for place, sentence in enumerate(own, start=len(preceding))
    ]
