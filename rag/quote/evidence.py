"""How well a sentence answers a question: what ranks sentences and says whether to abstain."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from index.language.asked_dates import asked_years
from index.language.names import Mentions, missing
from index.language.sentence import Name, Sentence, ToldDate
from index.language.words import phrase
from index.models.cross_encoder import PairScorer
from index.store.filters import source_key
from index.store.forms import legible
from index.store.store import Passage
from rag.question.spans import Span, answering_spans, fits, names_of
from rag.retrieve.context import Candidate, following
from rag.retrieve.search import Retrieved, ScoredSentence
from rag.retrieve.wording import as_asked

SECOND_LOOK = 6
"""Sentences read again: without their headline, after the sentence before them, and whether they answer."""

WINDOW_WEIGHT = 0.4
FITS_WEIGHT = 1.0
ANSWERING_WEIGHT = 0.2
SUREST = 8.0
"""Logits of `answering`, either way, beyond which it is no surer."""
_QUOTATION_MARKS = " \"'”’»*_"


@dataclass(frozen=True, slots=True)
class Evidence:
    """A sentence weighed against a question.

    `headed`, `logit` and `window` are the cross-encoder's scores of the sentence under its headline, of the
    sentence with its antecedent and of the sentence after its predecessor; `answering` says how surely it
    answers, with its headline and its neighbours, -8 to 8, which does not rank one of `several` things asked
    for; `spans` are the words that could be asked for, `fits` says whether they stand where they should;
    `absent` are the question's names that the passage, its headline and the sentences before do not mention;
    `dated` is False when the question names a year that neither the passage nor its publication holds.
    """

    candidate: Candidate
    headed: float
    logit: float
    window: float
    answering: float
    several: bool
    spans: tuple[Span, ...]
    fits: bool
    absent: tuple[Name, ...]
    dated: bool

    @property
    def score(self) -> float:
        """The ranking score: weights chosen on the tuning questions, where results are flat around them."""
        return (
            self.headed
            + ANSWERING_WEIGHT * self.answering * (not self.several)
            + WINDOW_WEIGHT * max(self.window, 0.0)
            + FITS_WEIGHT * self.fits
            - 2.0 * len(self.absent)
            - 4.0 * (not self.dated)
        )


def weigh(found: Retrieved, scorer: PairScorer) -> list[Evidence]:
    """The best sentences of a search as evidence, best first; `SECOND_LOOK` of them are read again."""
    first = _shortlist(found)
    texts = (legible(item.candidate.in_context) for item, _, _ in first)
    again = [as_asked(text, found.question, found.variants) for text in texts]
    windows = [item.candidate.window for item, _, _ in first]
    scored = scorer.scores(found.question.text, [*again, *windows])
    logits, in_window = scored[: len(first)], scored[len(first) :]
    surrounded = [
        as_asked(in_surroundings(item.candidate, found), found.question, found.variants)
        for item, _, _ in first
    ]
    answering = scorer.answering(found.question.text, surrounded)
    surroundings: dict[int, tuple[tuple[Name, ...], bool]] = {}
    weighed = []
    for (item, spans, suits), logit, window, sure in zip(first, logits, in_window, answering, strict=True):
        passage = item.candidate.passage
        if passage.id not in surroundings:
            surroundings[passage.id] = _surroundings(item.candidate, found)
        scores = (item.logit, logit, window, max(-SUREST, min(sure, SUREST)), found.question.asks_for_several)
        weighed.append(Evidence(item.candidate, *scores, spans, suits, *surroundings[passage.id]))
    return sorted(weighed, key=lambda evidence: -evidence.score)


def in_surroundings(candidate: Candidate, found: Retrieved) -> str:
    """The headline, if there is one, the sentence before, the sentence, and the next one of its passage."""
    behind = following(candidate, found.analyses)
    told = (candidate.headline, candidate.window, behind.text if behind else "")
    return " ".join(part for part in told if part)


def _surroundings(candidate: Candidate, found: Retrieved) -> tuple[tuple[Name, ...], bool]:
    """The question's names that the candidate's passage does not mention, and whether its years fit."""
    passage, question = candidate.passage, found.question
    lead = candidate.preceding if candidate.start == passage.start else ()
    sentences = [*(one.sentence for one in lead), *found.analyses[passage.id]]
    words = " ".join((passage.title, *(one.text for one in sentences)))
    as_asked = _as_asked(passage, words, found)
    told = Mentions.of(sentences, f"{passage.title}. {passage.source or ''}. {as_asked}")
    absent = missing(question.names, told)
    if not _speaks(passage, found):
        absent += [one for one in question.names if one.text in found.other_speakers and one not in absent]
    return tuple(absent), _is_of_years(question.years, passage, sentences)


def _as_asked(passage: Passage, told: str, found: Retrieved) -> str:
    """Names of the question that stand otherwise in what is told, and outlets that the passage speaks for.

    Of several outlets that are asked for one passage need not speak for all.
    """
    named = [*found.outlets.values(), *found.other_speakers] if _speaks(passage, found) else []
    for name, forms in found.variants.items():
        named.extend(name for form in forms if form in told)
    return " ".join(named)


def speaker(candidate: Candidate, found: Retrieved) -> str | None:
    """Which of the outlets whose words are asked for a sentence gives words of.

    The key of its own outlet, else a name that stands in it; "" where nobody's words are asked for.
    """
    if not found.outlets and not found.other_speakers:
        return ""
    key = source_key(candidate.passage.source or "")
    return key if key in found.outlets else _named(candidate.text, found)


def _speaks(passage: Passage, found: Retrieved) -> bool:
    """Whether a passage is of one of the outlets that are asked, or has the name of who is asked."""
    is_own = source_key(passage.source or "") in found.outlets
    return is_own or _named(f"{passage.title} {passage.text}", found) is not None


def _named(text: str, found: Retrieved) -> str | None:
    """The first of those whose words are asked for that has its whole name in a text, as the question has it.

    The last word is not enough: "the Alder Times" is not the Zell Times.
    """
    told = f" {phrase(text)} "
    asked = (*found.outlets.values(), *found.other_speakers)
    return next((name for name in asked if f" {phrase(name)} " in told), None)


def _is_of_years(asked: frozenset[int], passage: Passage, sentences: Iterable[Sentence]) -> bool:
    """Whether a passage, its headline or its publication speaks for one of the years, if there are any."""
    if not asked:
        return True
    told = asked_years(passage.title).union(*(_years(date) for one in sentences for date in one.dates))
    if passage.published_at:
        told |= {int(passage.published_at[:4])}
    return not asked.isdisjoint(told)


def _years(date: ToldDate) -> frozenset[int]:
    """The years of a told date's days, or of its words where the days are not known."""
    if date.first is None or date.last is None:
        return asked_years(date.text)
    return frozenset(range(int(date.first[:4]), int(date.last[:4]) + 1))


def _shortlist(found: Retrieved) -> list[tuple[ScoredSentence, tuple[Span, ...], bool]]:
    """The sentences worth a second look, best first, each with its answering spans and their fit.

    Where the words of outlets are asked for, sentences that give words of none of them are no
    evidence, unless there are no others; and sentences that ask something are none where nobody is asked for
    that said it.
    """
    items: Sequence[ScoredSentence] = found.sentences
    if found.outlets or found.other_speakers:
        items = [item for item in items if speaker(item.candidate, found)]
        items = items or [item for item in found.sentences if _speaks(item.candidate.passage, found)]
        items = items or found.sentences
    if not (found.question.expected.speaker or found.question.expected.is_speaker):
        items = [item for item in items if not _asks(item.candidate)] or items
    suited = []
    told = _names_told(found) if found.question.expected.is_naming else None
    for item in items:
        sentence = item.candidate.sentence
        spans = tuple(answering_spans(sentence, found.question))
        if told is not None:
            spans = tuple(span for span in spans if _is_told(sentence, span, told))
        suits = fits(sentence, item.candidate.antecedent, spans, found.question.expected)
        suited.append((item, spans, suits))
    if told:
        suited = [one for one in suited if one[-1]] or suited
    return sorted(suited, key=lambda one: -(one[0].logit + FITS_WEIGHT * one[2]))[:SECOND_LOOK]


def _asks(candidate: Candidate) -> bool:
    """Whether a sentence is a question itself: the answer stands behind it."""
    return candidate.text.rstrip(_QUOTATION_MARKS).endswith("?")


def _names_told(found: Retrieved) -> list[Name]:
    """The names of what the question asks the name of, wherever an article says that they are.

    That Rex is a dog may stand in another sentence than what the dog did.
    """
    heads = found.question.expected.heads
    every = (sentence for told in found.analyses.values() for sentence in told)
    return [name for sentence in every for name in names_of(sentence, heads) if name.words]


def _is_told(sentence: Sentence, span: Span, told: Sequence[Name]) -> bool:
    """Whether the name at a span is one of those told, or the last part of one: "Lee" of "Ann Lee"."""
    [name] = [one for one in sentence.names if (one.start, one.end) == span]
    return any(name.words[-1:] == one.words[-1:] and set(name.words) <= set(one.words) for one in told)
