"""Prompt passages: what a language model is given to answer from, numbered and within a token budget.

Articles are untrusted. A sentence that looks like a prompt injection ("ignore the previous instructions") is
left out with the rest of its paragraph and can support nothing; no character of an article can forge the tag
around a passage, a citation mark or a role. Quotes are cut from the article itself, not from this text.
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property

from index.language.sentence import Sentence
from index.passages.sentences import Offsets
from index.passages.tokens import count
from index.store.store import Passage
from rag.answer import RankedPassage
from rag.prompt.injections import is_injection
from rag.quote.extract import QuotedSentence
from rag.render import written_date

_SANITIZED = str.maketrans(
    {
        "<": "‹",
        ">": "›",
        "＜": "‹",
        "＞": "›",
        "﹤": "‹",
        "﹥": "›",
        "【": "(",
        "】": ")",
        "`": "'",
        "｀": "'",
    }
    | dict.fromkeys(
        # What nobody sees: tags, bidirectional controls, selectors of variants, joiners of no script.
        (*range(0xE0000, 0xE0200), *range(0x202A, 0x202F), *range(0x2060, 0x2070), 0x200B, 0x200E, 0x200F)
    )
)
_MARK_LIKE = re.compile(r"[\[［][\d\s,;–-]*[\]］]")
_FULL_STOP = re.compile(r"[.!?…。！？؟][\"'”’»)\]]{0,3}\Z")
_MOST_LINES = 12
"""Lines without a full stop that are looked at together."""
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


def without_injections(passage: Passage) -> list[tuple[QuotedSentence, ...]]:
    """The passage's sentences without prompt injections, as runs of neighbouring sentences."""
    runs: list[tuple[QuotedSentence, ...]] = []
    run: list[QuotedSentence] = []
    barred_until = -1
    for lines in _lines(passage):
        texts = [passage.text[start - passage.start : end - passage.start] for start, end in lines]
        barred = [is_injection(text) for text in texts]
        if len(lines) > 1 and not any(barred):  # What no line says the lines may say together.
            barred = [is_injection("\n".join(texts))] * len(lines)
        for (start, end), text, is_barred in zip(lines, texts, barred, strict=True):
            if is_barred:
                line_end = passage.text.find("\n", end - passage.start)
                barred_until = passage.end if line_end < 0 else passage.start + line_end
            if start < barred_until:
                runs, run = ([*runs, tuple(run)] if run else runs), []
            else:
                run.append(QuotedSentence(start, end, text))
    return [*runs, tuple(run)] if run else runs


def _lines(passage: Passage) -> Iterator[list[Offsets]]:
    """The passage's sentences; those that a line break ends rather than a full stop, with the next one."""
    lines: list[Offsets] = []
    for start, end in passage.sentences:
        lines.append((start, end))
        if len(lines) == _MOST_LINES or _FULL_STOP.search(
            passage.text, start - passage.start, end - passage.start
        ):
            yield lines
            lines = []
    if lines:
        yield lines


def sanitized(text: str) -> str:
    """`text` on one line, without what could pass for a citation mark or a tag."""
    return " ".join(_MARK_LIKE.sub(" ", without_delimiters(text)).split())


def without_delimiters(text: str) -> str:
    """`text` without what could pass for a tag of the prompt, and without characters that show nothing."""
    return text.translate(_SANITIZED)


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
