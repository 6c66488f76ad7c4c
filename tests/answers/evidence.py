"""Whether the evidence of comparing, listing, why and multi-part questions stands among the first passages.

Each line of evidence.jsonl is a question over the sample articles or the earlier half of `realtimeqa`, with
its evidence, written before anything was run: for each piece the alternatives, an article's id and its words.
A piece is found where a passage of that article among the first has these words. Over stores with vectors, in
a folder that has one for each corpus:

    python -m tests.answers.evidence FOLDER
"""

import json
import sys
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from index.models.bge import BgeSmall
from index.models.cross_encoder import CrossEncoder
from index.store.store import Store
from index.vectors.exact import ExactVectors
from rag.answer import RankedPassage
from rag.question.compound import split_question
from rag.retrieve.fair import merged
from rag.retrieve.search import Retriever

FILE = Path(__file__).with_suffix(".jsonl")
KINDS = ("comparison", "list", "why", "parts")
CORPORA = ("samples", "realtimeqa")
DEPTHS = (10, 24)
"""Passages of an answer's JSON, and those among which all the evidence is asked to stand."""

_PLAIN = str.maketrans("’‘“”\u00a0", "''\"\" ")
Piece = tuple[tuple[str, str], ...]
"""Alternatives: an article's id, and words that stand in it."""


@dataclass(frozen=True, slots=True)
class Asked:
    """A question of the set, of this kind and corpus, with all the evidence that answers it."""

    id: str
    kind: str
    corpus: str
    question: str
    evidence: tuple[Piece, ...]


def load() -> list[Asked]:
    """The set, in its order."""
    lines = [json.loads(line) for line in FILE.read_text(encoding="utf-8").splitlines()]
    return [
        Asked(**{**one, "evidence": tuple(tuple(map(tuple, piece)) for piece in one["evidence"])})
        for one in lines
    ]


def plain(text: str) -> str:
    """The text on one line in small letters, with straight quotation marks."""
    return " ".join(text.translate(_PLAIN).split()).casefold()


def missing(asked: Asked, passages: Sequence[RankedPassage]) -> list[Piece]:
    """The pieces of evidence that none of the passages has."""
    told = [(one.passage.article_id, plain(f"{one.passage.title}\n{one.passage.text}")) for one in passages]
    return [
        piece
        for piece in asked.evidence
        if not any(
            id in article_id and plain(words) in text for id, words in piece for article_id, text in told
        )
    ]


def passages_for(asked: Asked, retriever: Retriever, most: int) -> tuple[RankedPassage, ...]:
    """The passages of the question as an answer has them: of all its parts, merged."""
    found = [retriever.retrieve(part, k=most) for part in split_question(asked.question)]
    return merged([one.passages for one in found], most)


def main(folder: Path) -> None:
    """Print what is missing, and for each kind and depth how many questions have all their evidence."""
    whole: Counter[tuple[str, int]] = Counter()
    for corpus in CORPORA:
        with Store.open(folder / corpus) as store:
            retriever = Retriever(store, ExactVectors(store), BgeSmall(), CrossEncoder())
            for asked in (one for one in load() if one.corpus == corpus):
                passages = passages_for(asked, retriever, max(DEPTHS))
                for depth in DEPTHS:
                    whole[asked.kind, depth] += not missing(asked, passages[:depth])
                for piece in missing(asked, passages):
                    print(f"{asked.id}: {piece[0][1]!r} is missing: {asked.question}")
    kinds = Counter(one.kind for one in load())
    print(
        "| kind | n |"
        + "".join(f" among {depth} |" for depth in DEPTHS)
        + "\n|---|---|"
        + "---|" * len(DEPTHS)
    )
    for kind in KINDS:
        print(f"| {kind} | {kinds[kind]} |" + "".join(f" {whole[kind, depth]} |" for depth in DEPTHS))
    totals = (sum(whole[kind, depth] for kind in KINDS) for depth in DEPTHS)
    print(f"| all | {kinds.total()} |" + "".join(f" {total} |" for total in totals))


if __name__ == "__main__":
    main(Path(sys.argv[1]))
