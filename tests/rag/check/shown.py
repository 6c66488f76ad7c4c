"""Sentences of small articles as a prompt has them."""

from collections.abc import Sequence

from index.language.analysis import analyse
from index.passages.sentences import sentence_spans
from index.store.records import Passage
from rag.answer import RankedPassage
from rag.prompt.passages import PromptPassages, number_sentences


def shown(
    *texts: str,
    outlets: Sequence[str] = (),
    headlines: Sequence[str] = (),
    day: str = "2019-10-15",
    budget: int = 8_000,
) -> PromptPassages:
    """The texts as articles of a prompt, their sentences numbered through all of them."""
    found = []
    for at, text in enumerate(texts):
        spans = tuple(sentence_spans(text))
        headline = headlines[at] if headlines else f"Headline {at + 1}"
        outlet = outlets[at] if outlets else f"Outlet {at + 1}"
        passage = Passage(at + 1, f"a{at + 1}", "r", 0, len(text), text, spans, headline, outlet, day, None)
        found.append(RankedPassage(at + 1, passage, 1 / (at + 1)))
    analyses = {one.passage.id: analyse(one.passage.sentence_texts) for one in found}
    return number_sentences(found, budget, analyses)
