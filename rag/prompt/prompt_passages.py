"""Prompt passages: what a language model is given to answer from, numbered and within a token budget."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property

from index.language.sentence import Sentence
from index.passages.tokens import count
from index.store.store import Passage
from rag.answer import RankedPassage
from rag.prompt.injections import is_injection
from rag.prompt.sanitize import sanitized as sanitized
from rag.prompt.sanitize import without_delimiters as without_delimiters
from rag.prompt.sanitize import without_injections as without_injections
from rag.quote.quotes import QuotedSentence
from rag.render import written_date

_ALSO_FOR_A_PASSAGE = 30
"""Tokens of the tag around a passage."""


@dataclass(frozen=True)
class PromptPassage:
    """A passage, its number in the prompt, and those of its sentences that the prompt holds.

    `runs` are runs of neighbouring sentences; where a sentence was left out, a new run begins. `analyses` are
    those of all the passage's sentences, in its order.
    """

    n: int
    passage: Passage
    runs: tuple[tuple[QuotedSentence, ...], ...]
    analyses: tuple[Sentence, ...]

    @property
    def text(self) -> str:
        """The sentences in the prompt, as they stand in the article."""
        return " ".join(sentence.text for run in self.runs for sentence in run)

    @cached_property
    def shown(self) -> tuple[Sentence, ...]:
        """The analyses of the sentences in the prompt."""
        return tuple(self.analysis_of(sentence) for run in self.runs for sentence in run)

    def analysis_of(self, sentence: QuotedSentence) -> Sentence:
        """The analysis of one of the passage's sentences."""
        return self._by_start[sentence.start]

    @cached_property
    def _by_start(self) -> dict[int, Sentence]:
        spans = self.passage.sentences
        return {start: analysis for (start, _), analysis in zip(spans, self.analyses, strict=True)}


def select_passages(
    passages: Sequence[RankedPassage], budget: int, analyses: Mapping[int, Sequence[Sentence]]
) -> tuple[PromptPassage, ...]:
    """The passages, best first, numbered from 1, as many whole sentences of them as `budget` tokens hold.

    `analyses` are those of each passage's sentences, by its id.
    """
    shown: list[PromptPassage] = []
    left = budget
    for ranked in passages:
        left -= _ALSO_FOR_A_PASSAGE
        runs: list[tuple[QuotedSentence, ...]] = []
        for run in without_injections(ranked.passage):
            fitting: list[QuotedSentence] = []
            for sentence in run:
                left -= count(sanitized(sentence.text)) + 1
                if left < 0:
                    break
                fitting.append(sentence)
            if fitting:
                runs.append(tuple(fitting))
            if left < 0:
                break
        if runs:
            analysed = tuple(analyses[ranked.passage.id])
            shown.append(PromptPassage(len(shown) + 1, ranked.passage, tuple(runs), analysed))
        if left < 0:
            break
    return tuple(shown)


def format_passages(shown: Sequence[PromptPassage]) -> str:
    """The passages as they stand in the prompt: each between tags, with outlet and written date."""
    blocks = []
    for one in shown:
        outlet = _outlet(one.passage.source)
        written = written_date(one.passage.published_at) or "not dated"
        text = " ... ".join(" ".join(sanitized(sentence.text) for sentence in run) for run in one.runs)
        blocks.append(
            f'<passage number="[{one.n}]" outlet="{outlet}" written="{written}">\n{text}\n</passage>'
        )
    return "\n\n".join(blocks)


def _outlet(source: str | None) -> str:
    """The outlet's name as it stands in the prompt: an article may bring any name."""
    if not source or is_injection(source):
        return "not named"
    return sanitized(source).replace('"', "'")[:100]
