"""Prompt passages: what a language model is given to answer from, numbered and within a token budget.

Articles are untrusted. A sentence that looks like a prompt injection ("ignore the previous instructions") is
left out with the rest of its paragraph and can support nothing; no character of an article can forge the tag
around a passage, a citation mark or a role. Quotes are cut from the article itself, not from this text.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass

from index.passages.tokens import count
from index.store.store import Passage
from rag.answer import RankedPassage
from rag.quote.extract import QuotedSentence
from rag.render import written_date

_INJECTION = re.compile(
    r"""
        \b(?:ignore|disregard|forget|override|bypass)\b .{0,40}
          \b(?:previous|prior|above|earlier|preceding|foregoing|all|any|your|the\ system)\b .{0,20}
          \b(?:instructions?|prompts?|rules?|directions?|context|messages?|guidelines)\b
      | \b(?:system|developer)\s+(?:prompt|message|instruction)s?\b
      | \byou\s+are\s+(?:now\s+)?(?:an?|the)\s+(?:\w+\s+){0,3}
          (?:assistant|chatbot|language\ model|AI|LLM|bot)\b
      | \bas\s+an?\s+(?:AI|artificial\ intelligence|large\ language|language|chat)\s*
          (?:model|assistant|bot)\b
      | \b(?:instructions?|notes?|notice|message|attention)\s+(?:to|for)\s+(?:the\s+|any\s+|all\s+)?
          (?:AI|LLMs?|language\ models?|assistants?|chatbots?|bots?|summari[sz]ers?)\b
      | \b(?:if|when)\s+(?:you\s+are\s+)?(?:asked|answering|summari[sz]ing)\b .{0,80}
          \b(?:answer|reply|respond|say|state|write|output)\b
      | \b(?:tell|inform)\s+the\s+(?:user|reader|questioner)s?\s+that\b
      | \b(?:your|these|following|new)\s+(?:new\s+)?instructions\s+(?:are|is|:)
      | ^[\W_]*(?:(?:now|then|instead|please|just|always|only|you\s+must|you\s+should|you\s+will)[\s,]+)*
          (?:answer|reply|respond|output|print|repeat|say|state|claim)\s+
          (?:only|with|that|exactly|as\s+follows|the\s+following|in\s+your|:|["“'‘])
      | ^[\W_]*(?:system|assistant|user|human|ai)\s*:
      | <\|[\w/]{2,20}\|> | </?(?:s|sys|system|user|assistant|human|passage|instructions?)> | \[/?INST\]
      | \#\#\#\s*(?:instruction|system|response|human|assistant)
    """,
    re.IGNORECASE | re.VERBOSE,
)
_SANITIZED = str.maketrans({"<": "‹", ">": "›", "【": "(", "】": ")", "`": "'"})
_MARK_LIKE = re.compile(r"\[[\d\s,;–-]*\]")
_ALSO_FOR_A_PASSAGE = 30
"""Tokens of the tag around a passage."""


@dataclass(frozen=True, slots=True)
class PromptPassage:
    """A passage, its number in the prompt, and those of its sentences that the prompt holds.

    `runs` are runs of neighbouring sentences; where a sentence was left out, a new run begins.
    """

    n: int
    passage: Passage
    runs: tuple[tuple[QuotedSentence, ...], ...]

    @property
    def text(self) -> str:
        """The sentences in the prompt, as they stand in the article."""
        return " ".join(sentence.text for run in self.runs for sentence in run)


def select_passages(passages: Sequence[RankedPassage], budget: int) -> tuple[PromptPassage, ...]:
    """The passages, best first, numbered from 1, as many whole sentences of them as `budget` tokens hold."""
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
            shown.append(PromptPassage(len(shown) + 1, ranked.passage, tuple(runs)))
        if left < 0:
            break
    return tuple(shown)


def without_injections(passage: Passage) -> list[tuple[QuotedSentence, ...]]:
    """The passage's sentences without prompt injections, as runs of neighbouring sentences."""
    runs: list[tuple[QuotedSentence, ...]] = []
    run: list[QuotedSentence] = []
    barred_until = -1
    for start, end in passage.sentences:
        first, last = start - passage.start, end - passage.start
        text = passage.text[first:last]
        if is_injection(text):
            line_end = passage.text.find("\n", last)
            barred_until = passage.end if line_end < 0 else passage.start + line_end
        if start < barred_until:
            runs, run = ([*runs, tuple(run)] if run else runs), []
        else:
            run.append(QuotedSentence(start, end, text))
    return [*runs, tuple(run)] if run else runs


def is_injection(sentence: str) -> bool:
    """Whether a sentence of an article looks like a prompt injection: it addresses a model, not a reader."""
    return _INJECTION.search(sentence) is not None


def sanitized(text: str) -> str:
    """`text` on one line, without what could pass for a citation mark or a tag."""
    return " ".join(_MARK_LIKE.sub(" ", text.translate(_SANITIZED)).split())


def format_passages(shown: Sequence[PromptPassage]) -> str:
    """The passages as they stand in the prompt: each between tags, with outlet and written date."""
    blocks = []
    for one in shown:
        outlet = sanitized(one.passage.source or "not named").replace('"', "'")[:100]
        written = written_date(one.passage.published_at) or "not dated"
        text = " ... ".join(" ".join(sanitized(sentence.text) for sentence in run) for run in one.runs)
        blocks.append(
            f'<passage number="[{one.n}]" outlet="{outlet}" written="{written}">\n{text}\n</passage>'
        )
    return "\n\n".join(blocks)
