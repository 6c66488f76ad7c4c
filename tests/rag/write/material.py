"""Passages as a search returns them and as a prompt shows them, made of plain texts."""

from collections.abc import Sequence

from index.passages.sentences import sentence_spans
from index.store.records import Passage
from rag.answer import RankedPassage
from rag.prompt.passages import PromptPassages, number_sentences
from tests.rag.analyses import analyses_of

BRIDGE = "The Ostrava bridge opened on 3 May 2019. It cost 160,000 pounds, Mayor Jana Koller said."
FERRY = "The ferry Linden stopped sailing in June. Fares had risen by 7 percent."


def passages(*texts: str, source: str = "Example Post") -> list[RankedPassage]:
    """The texts as the passages of a search, each of an article of its own."""
    found = []
    for n, text in enumerate(texts, start=1):
        spans = tuple(sentence_spans(text))
        passage = Passage(n, f"a{n}", "r", 0, len(text), text, spans, "Title", source, "2019-10-15", None)
        found.append(RankedPassage(n, passage, 1 / n))
    return found


def numbered(found: Sequence[RankedPassage]) -> PromptPassages:
    """The passages as a prompt shows them."""
    return number_sentences(found, 8_000, analyses_of(found))


def shown(*texts: str) -> PromptPassages:
    """The texts as a prompt shows them: BRIDGE and FERRY have sentences 1, 2 and 3, 4."""
    return numbered(passages(*texts))
