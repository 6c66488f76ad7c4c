"""The sentences of a prompt that share most with some words: where a fact would stand if it stood there."""

from collections import Counter
from collections.abc import Iterable
from math import log

from index.language.words import stems
from index.passages.tokens import count
from rag.prompt.passages import PromptPassages, PromptSentence


def nearest(texts: Iterable[str], shown: PromptPassages, budget: int) -> tuple[PromptSentence, ...]:
    """The sentences that share most with the texts, each with its neighbours, in the prompt's order.

    A word counts by how rare it is among the sentences (inverse document frequency: Sparck Jones, 1972).
    `budget` is in tokens; where no sentence shares a word, the first ones are taken.
    """
    wanted = {stem for text in texts for stem in stems(text)}
    held = {one.n: wanted & set(one.analysis.stems) for one in shown.sentences}
    spread = Counter(stem for found in held.values() for stem in found)
    weight = {stem: log(1 + len(held) / times) for stem, times in spread.items()}
    shares = {n: sum(weight[stem] for stem in found) for n, found in held.items()}
    order = sorted(shown.sentences, key=lambda one: (-shares[one.n], one.n))
    if any(shares.values()):
        order = [one for one in order if shares[one.n]]
    return within(budget, (near for one in order for near in (one, *shown.around(one))))


def within(budget: int, sentences: Iterable[PromptSentence]) -> tuple[PromptSentence, ...]:
    """The sentences, first ones first, that the budget of tokens holds, each once, in the prompt's order."""
    chosen: dict[int, PromptSentence] = {}
    for one in sentences:
        if one.n in chosen:
            continue
        budget -= count(one.text)
        if budget < 0 and chosen:
            break
        chosen[one.n] = one
    return tuple(chosen[n] for n in sorted(chosen))
