"""The extractive reader: the few verbatim sentences that carry the answer, or none; no language model."""

from collections.abc import Sequence
from dataclasses import replace
from typing import Protocol

from index.language.order import lemma
from index.language.words import fold, words
from index.models.cross_encoder import PairScorer
from index.store.store import Passage
from rag.abstain import THRESHOLD, verdict_on
from rag.question.analysed import AnalysedQuestion
from rag.question.answer_type import Kind
from rag.question.spans import Span, highlights, likely_spans, tellers
from rag.quote.confidence import confidence
from rag.quote.evidence import Evidence, in_surroundings, speaker, weigh
from rag.quote.forms import read_form
from rag.quote.listed import MOST_MEMBERS, items_below, listing_first
from rag.quote.notices import has_notices, without_notices
from rag.quote.quotes import Quote, QuotedSentence, Reading
from rag.retrieve.context import WIDEST_GAP, Candidate, following
from rag.retrieve.search import FORMS, Retrieved
from rag.retrieve.wording import as_asked

MARGIN = 5.0
"""How far below the best sentence's score another one may lie and still be quoted."""
MOST = 3
"""Answering sentences quoted at most; a neighbour that names who "he" is may come on top."""
CONTINUED, CONTINUES = 2, 0.0
"""Of how many sentences the next one is looked at, and by how much the two may score less than the first."""
ABOUT_AS_WELL = 2.0
"""How far below the best score one may lie that answers about as well, in logits."""
FAR = 4.0
"""How far below it one of another article may lie where the best lacks the kind of words asked for."""
SURER = 0.2
"""By how much more than the threshold one that comes before the best has to be sure, where that has them."""
PRESUMING = 0.9
"""Confidence, at least, of an answer whose passages do not say what the question takes to have happened."""
BESIDE, SURELY = -3.0, 0.8
"""Second reading from which down a sentence is beside the point, where the best is so sure."""
MOST_SPANS = 4
"""Stretches of the best sentence that are tried, each with another pair of the cross-encoder."""
LEAVES, LEAVES_OF_SEVERAL = 0.5, 2.0
"""What the second reading loses at least without the words that are marked, one of several if more."""
_SAME = 0.7
_POINTS_BACK = frozenset("he she they it his her their its this that these those the".split())
"""Words that open a sentence without a name where it goes on about what the sentence before names."""
_SHORTEST_LEAD = 5
"""Words of a first sentence that is none of a headline's parts."""
_FURTHEST_NAME = 3
"""Sentences before among which the name is looked for that "he" goes back to."""


class Reader(Protocol):
    """Anything that reads the passages of a search and answers from them."""

    name: str

    def read(self, found: Retrieved) -> Reading:
        """The answer to the question that was searched."""


class ExtractiveReader:
    """Answers with sentences as they stand in the article."""

    name = "extractive"

    def __init__(self, scorer: PairScorer, *, threshold: float = THRESHOLD) -> None:
        self._scorer = scorer
        self._threshold = threshold

    def read(self, found: Retrieved) -> Reading:
        """Quotes whose calibrated confidence reaches the threshold, or the reason for none.

        A question that asks for no more than what was reported is answered with the leads.
        """
        if found.leads:
            return Reading("answered", tuple(_lead(one, found) for one in found.leads[:MOST]), 1.0)
        reading = self._read(found)
        if not has_notices(reading.quotes, found.question):
            return reading
        reading = self._read(without_notices(found))
        return replace(reading, verdict="not_stated") if reading.verdict == "not_in_archive" else reading

    def _read(self, found: Retrieved) -> Reading:
        if not found.sentences:
            return Reading("not_in_archive")
        if found.question.intent in FORMS and (quotes := read_form(found)):
            return Reading("answered", tuple(quotes), 1.0, in_order=True)
        weighed = weigh(found, self._scorer)
        if found.question.expected.is_naming and not any(one.fits for one in weighed):
            return Reading("not_stated")
        weighed, sure = self._surest_first(weighed, found)
        best = weighed[0]
        missing = _missing_everywhere(weighed)
        logit = max(max(item.logit, item.window, item.headed) for item in weighed)
        verdict = verdict_on(sure, missing, logit, dated=best.dated, threshold=self._threshold)
        if verdict == "not_in_archive" and found.is_covered:
            verdict = "not_stated"
        if verdict != "answered":
            return Reading(verdict, (), sure, missing)
        in_turn = _an_outlet_each(_newest_first(weighed) if found.asks_newest else weighed, found)
        if found.question.asks_for_several:
            in_turn = listing_first(in_turn)
        chosen = self._choose(in_turn, found.question, sure)
        if sure < PRESUMING and not _attests(chosen, found.question.presupposed):
            return Reading("not_stated", (), sure)
        marked = self._marked(chosen[0], found, sure)
        quotes = [_with_neighbour(item, found, marked if item is chosen[0] else None) for item in chosen]
        if found.question.asks_for_several:
            quotes += _items(chosen, found)
        quotes += self._continued(chosen, found)
        return Reading("answered", tuple(_merge(quotes)), sure)

    def _surest_first(self, weighed: list[Evidence], found: Retrieved) -> tuple[list[Evidence], float]:
        """The evidence with the confidence of the first.

        If the best does not answer surely, the next one that scores about as well and does comes first. If it
        lacks the kind of words asked for, that is one that has them, of the same article however far behind:
        "how long was she there" is answered by "her five-year term", not by what tells best that she left.
        """
        best, expected = weighed[0], found.question.expected
        sure = confidence(best, found)
        is_lacking = expected.is_typed and not (best.spans or best.fits)
        # A date stands in so many sentences that it proves nothing.
        if sure >= self._threshold and (not is_lacking or expected.kind is Kind.DATE):
            return weighed, sure
        # One that has the words need not be so near and so sure; of several, each tells one part.
        far = FAR if is_lacking else ABOUT_AS_WELL
        enough = self._threshold + (0.0 if is_lacking or found.question.asks_for_several else SURER)
        for one in weighed[1:]:
            is_of_article = one.candidate.passage.article_id == best.candidate.passage.article_id
            is_near = one.score >= best.score - far or (is_lacking and is_of_article)
            if is_near and one.fits >= is_lacking and one.dated and not one.absent:
                other = confidence(one, found)
                if other >= enough:
                    return [one, *(each for each in weighed if each is not one)], other
        return weighed, sure

    def _continued(self, chosen: Sequence[Evidence], found: Retrieved) -> list[Quote]:
        """The sentences behind the best ones in which these go on to the answer.

        Where a kind of words is asked for, that is so if one has them and the sentence before has none; else
        if the two together answer nearly as well as the first alone.
        """
        question, pairs = found.question, []
        if question.expected.is_speaker:  # Who spoke stands in the sentence or before it.
            return []
        for item in chosen[:CONTINUED]:
            behind = following(item.candidate, found.analyses)
            if behind is None or behind.is_heading or len(behind.sentence.words) < _SHORTEST_LEAD:
                continue
            if speaker(behind, found) != speaker(item.candidate, found):
                continue
            typed = question.expected.kind is not Kind.ANY
            has = bool(likely_spans(item.candidate.sentence, question))
            if not typed or (not has and likely_spans(behind.sentence, question)):
                pairs.append((item, behind))
        scores = self._scorer.scores(question.text, [behind.window for _, behind in pairs]) if pairs else []
        return [
            _quote_of(item, behind)
            for (item, behind), score in zip(pairs, scores, strict=True)
            if score >= item.logit - CONTINUES
        ]

    def _marked(self, best: Evidence, found: Retrieved, sure: float) -> tuple[Span, ...] | None:
        """The one stretch of the best sentence that is asked for: without it, it surely answers less.

        () where that is not sure; None where the answer is not, and nothing at all is to be marked.
        """
        if sure < SURELY:
            return None
        candidate = best.candidate
        spans = highlights(candidate.sentence, found.question)
        told = in_surroundings(candidate, found)
        place = told.find(candidate.text)
        if not 0 < len(spans) <= MOST_SPANS or place < 0:
            return ()
        without = [told[: place + start] + told[place + end :] for start, end in spans]
        texts = [as_asked(text, found.question, found.variants) for text in without]
        scores = self._scorer.answering(found.question.text, texts)
        score, span = min(zip(scores, spans, strict=True))
        enough = LEAVES if len(spans) == 1 else LEAVES_OF_SEVERAL
        return (span,) if best.answering - score >= enough else ()

    def _choose(self, weighed: Sequence[Evidence], question: AnalysedQuestion, sure: float) -> list[Evidence]:
        """The sentences to quote: if the best has words that may be asked for, only such as have some too.

        Beside who said something stands nobody who said something else, and beside what somebody said nothing
        that others say. Beside a sure answer (`sure` is its confidence) stands nothing that surely is none.
        """
        best = weighed[0]
        chosen = [best]
        most = MOST_MEMBERS if question.asks_for_several else MOST
        is_typed = question.expected.is_typed
        for item in weighed[1:]:
            if len(chosen) == most or item.score < best.score - MARGIN:
                break
            is_of_other = question.expected.speaker and question.stems.isdisjoint(
                tellers(item.candidate.sentence)
            )
            unfit = (is_typed or is_of_other) and best.fits and not item.fits
            unfit = unfit or (item.candidate.is_heading and not (is_typed and item.fits))
            if question.expected.is_speaker:
                unfit = unfit or question.stems.isdisjoint(item.candidate.sentence.stems)
            repeats = any(_alike(item.candidate, other.candidate) for other in chosen)
            is_beside = sure >= SURELY and item.answering < BESIDE
            if item.dated and not (item.absent or unfit or repeats or is_beside):
                chosen.append(item)
        return chosen


def _attests(chosen: Sequence[Evidence], verb: str) -> bool:
    """Whether a verb, where there is one, is said in the headlines or passages of these sentences."""
    told = (f"{one.candidate.passage.title} {one.candidate.passage.text}" for one in chosen)
    return not verb or any(lemma(fold(word)) == verb for text in told for word, _, _ in words(text))


def _newest_first(weighed: Sequence[Evidence]) -> list[Evidence]:
    """The evidence with those in front that answer about as well as the best, the newest of them first."""
    best = weighed[0]
    near = [
        item
        for item in weighed
        if item.score >= best.score - ABOUT_AS_WELL and item.fits == best.fits and not item.absent
    ]
    near.sort(key=lambda item: item.candidate.passage.published_at or "", reverse=True)
    return [*near, *(item for item in weighed if item not in near)]


def _an_outlet_each(weighed: Sequence[Evidence], found: Retrieved) -> list[Evidence]:
    """The evidence, the best first and then the best of each other outlet that is asked.

    What an outlet says is no heading of its article.
    """
    if found.outlets:
        weighed = [item for item in weighed if not item.candidate.is_heading] or weighed
    front = {speaker(weighed[0].candidate, found): 0}
    for place, item in enumerate(weighed):
        if asked := speaker(item.candidate, found):
            front.setdefault(asked, place)
    others = (place for place in range(len(weighed)) if place not in front.values())
    return [weighed[place] for place in (*front.values(), *others)]


def _items(chosen: Sequence[Evidence], found: Retrieved) -> list[Quote]:
    """The items below the first of these sentences that has some."""
    below = (items_below(one.candidate, found) for one in chosen)
    return [quote for quote in below if quote][:1]


def _lead(passage: Passage, found: Retrieved) -> Quote:
    """The first sentence of an article's first passage, without a heading or a place before it."""
    told = found.analyses[passage.id]
    place = next((place for place, one in enumerate(told) if len(one.words) >= _SHORTEST_LEAD), 0)
    start, end = passage.sentences[place]
    return Quote(passage, (QuotedSentence(start, end, told[place].text),))


def _missing_everywhere(weighed: Sequence[Evidence]) -> tuple[str, ...]:
    """Names of the question that no weighed sentence's surroundings mention."""
    absent = [{name.text for name in item.absent} for item in weighed]
    nowhere = set.intersection(*absent)
    return tuple(name.text for name in weighed[0].absent if name.text in nowhere)


def _alike(one: Candidate, other: Candidate) -> bool:
    """Whether two sentences say the same in nearly the same words (copies of one report)."""
    first, second = set(one.sentence.stems), set(other.sentence.stems)
    return len(first & second) >= _SAME * max(1, min(len(first), len(second)))


def _quote_of(item: Evidence, behind: Candidate) -> Quote:
    """The sentence behind an evidence, with it."""
    both = (QuotedSentence(one.start, one.end, one.text, answers=True) for one in (item.candidate, behind))
    return Quote(item.candidate.passage, tuple(both))


def _with_neighbour(item: Evidence, found: Retrieved, marked: tuple[Span, ...] | None) -> Quote:
    """The sentence, joined with the one before where that says who "he" or what "the group" is.

    `marked` are its words that surely are asked for; None where none may be marked in either.
    """
    candidate, question = item.candidate, found.question
    answer = QuotedSentence(candidate.start, candidate.end, candidate.text, marked or (), answers=True)
    is_before = question.expected.is_speaker and marked == () and not highlights(candidate.sentence, question)
    told = (
        QuotedSentence(one.start, one.end, one.text, _speaker_in(one, candidate) if is_before else ())
        for one in _naming(candidate)
    )
    return Quote(candidate.passage, (*told, answer))


def _speaker_in(before: Candidate, candidate: Candidate) -> tuple[Span, ...]:
    """The name of who is quoted, in a sentence before: “It was dry,” said Ann Lee. “It went up.”"""
    return tuple(
        (name.start, name.end)
        for name in before.sentence.names
        if _is_name_of(name.text, candidate.antecedent)
    )


def _naming(candidate: Candidate) -> Sequence[Candidate]:
    """The sentences before that have to be quoted too, from the one with the name that this goes back to.

    None where the sentence has a name of its own, and at most `_FURTHEST_NAME`.
    """
    if candidate.sentence.names:
        return ()
    opening = next((fold(word) for word, _, _ in candidate.sentence.words), "")
    for back in range(1, min(_FURTHEST_NAME, len(candidate.preceding)) + 1):
        before = candidate.preceding[-back]
        behind = candidate.preceding[-back + 1] if back > 1 else candidate
        if behind.start - before.end > WIDEST_GAP and before.passage.id != behind.passage.id:
            return ()  # Between two passages there may be boilerplate, which is never quoted.
        told = [name.text for name in before.sentence.names]
        is_named = any(_is_name_of(name, candidate.antecedent) for name in told)
        if candidate.antecedent is None:
            is_named = back == 1 and bool(told) and opening in _POINTS_BACK
        if is_named:
            return candidate.preceding[-back:]
    return ()


def _is_name_of(name: str, antecedent: str | None) -> bool:
    """Whether a name is the antecedent, or its last part: "Lee" of "Ann Lee"."""
    return antecedent is not None and (name == antecedent or antecedent.endswith(f" {name}"))


def _merge(quotes: Sequence[Quote]) -> list[Quote]:
    """Quotes of one article that touch or overlap become one, kept at the better one's place."""
    merged: list[Quote] = []
    for quote in quotes:
        for place, other in enumerate(merged):
            if other.passage.article_id == quote.passage.article_id and (
                quote.start <= other.end and other.start <= quote.end
            ):
                sentences = {s.start: s for s in (*quote.sentences, *other.sentences)}
                sentences |= {s.start: s for s in quote.sentences if s.answers and not s.highlights}
                sentences |= {s.start: s for s in (*other.sentences, *quote.sentences) if s.highlights}
                merged[place] = Quote(other.passage, tuple(sentences[start] for start in sorted(sentences)))
                break
        else:
            merged.append(quote)
    return merged
