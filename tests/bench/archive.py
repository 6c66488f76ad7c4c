"""An archive as large as a bench wants, made from the sample articles."""

import json
import os
import random
import re
import zlib
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from corpus.article import Article
from corpus.read import read
from index.models.bge import BgeSmall
from index.models.embedder import unit
from index.passages.split import new_passages

ROOT = Path(__file__).resolve().parents[2]
SAMPLES = ROOT / "corpus" / "samples"
REAL = ("realtimeqa/docs.jsonl", "wildgraph/culture/docs.jsonl", "wildgraph/technology/docs.jsonl")
"""Files of real articles, in the folder that ONRECORD_CASES names."""
DIMENSIONS = 384
_NOISE = 0.6
"""Length of what is added to a unit vector: what comes out is at a cosine of 0.86 to it, as a passage is to
another of its subject."""
_WORD = re.compile(r"[A-Za-z]{3,}")
_CHANGED = 4
"""One word in so many is another one, so that no two articles are copies of each other."""


def samples() -> list[Article]:
    """The sample articles."""
    return [entry for entry in read(SAMPLES) if isinstance(entry, Article)]


def variations(count: int, seed: int = 0) -> Iterator[dict[str, object]]:
    """`count` articles of the samples' paragraphs, dealt anew: news prose of real lengths, no two alike."""
    dice = random.Random(seed)
    originals = samples()
    paragraphs = [part for article in originals for part in article.text.split("\n\n") if len(part) > 80]
    for number in range(count):
        original = originals[number % len(originals)]
        body = dice.sample(paragraphs, 9)
        yield {
            "id": f"bench-{number}",
            "title": f"{original.title} ({number})",
            "source": original.source,
            "published_at": original.published_at,
            "text": "\n\n".join([f"Report {number} of the day.", *body]),
        }


def rewordings(count: int, seed: int = 0) -> Iterator[dict[str, object]]:
    """`variations` in which one word in four is another of the samples' words, or one that nobody uses.

    So many as make an archive have few words and few runs of five words in common, as real ones do.
    """
    dice = random.Random(seed)
    vocabulary = _WORD.findall(" ".join(article.text for article in samples()))

    def another(found: re.Match[str]) -> str:
        if dice.randrange(_CHANGED):
            return found[0]
        word = dice.choice(vocabulary)
        return word if dice.randrange(10) else f"{word}{dice.randrange(100_000)}"

    for record in variations(count, seed):
        yield record | {"text": _WORD.sub(another, str(record["text"]))}


def write_jsonl(path: Path, records: Iterable[object]) -> Path:
    """The records as one JSONL file."""
    with path.open("w", encoding="utf-8") as lines:
        lines.writelines(json.dumps(record) + "\n" for record in records)
    return path


def real_articles() -> list[object]:
    """Real articles as their files give them, in one random order; none where the files are not there."""
    folder = Path(os.environ.get("ONRECORD_CASES", ROOT.parent / "shared" / "data"))
    paths = [folder / name for name in REAL]
    if not all(path.exists() for path in paths):
        return []
    records = [json.loads(line) for path in paths for line in path.read_bytes().splitlines()]
    random.Random(0).shuffle(records)
    return records


def earlier_articles(count: int) -> list[dict[str, object]]:
    """So many of the first file of REAL, of its earlier half by date; none where it is not there."""
    path = Path(os.environ.get("ONRECORD_CASES", ROOT.parent / "shared" / "data")) / REAL[0]
    if not path.exists():
        return []
    records = [json.loads(line) for line in path.read_bytes().splitlines()]
    dated = sorted((one for one in records if one["published_at"]), key=lambda one: str(one["published_at"]))
    half = dated[: len(dated) // 2]
    return half[:: max(1, len(half) // count)][:count]


class DrawnEmbedding:
    """Unit vectors drawn from the text's checksum: as costly to keep and search as real ones."""

    embedder_id = "DrawnEmbedding:drawn"

    def texts(self, texts: Sequence[str]) -> NDArray[np.float32]:
        """One vector per text."""
        return np.stack([self.query(text) for text in texts])

    def query(self, text: str) -> NDArray[np.float32]:
        """The vector of one text."""
        dice = np.random.default_rng(zlib.crc32(text.encode()))
        return unit(dice.standard_normal(DIMENSIONS).astype(np.float32))


class PerturbedEmbedding(BgeSmall):
    """A stand-in that costs next to nothing: the samples' own vectors, each with noise that its text draws.

    Unit length; a store takes it for the bundled model, so that the real one searches what it has made.
    """

    def __init__(self) -> None:
        super().__init__()
        self._bases = super().texts([one.embedded for article in samples() for one in new_passages(article)])
        noise = np.random.default_rng(0).standard_normal(1 << 20).astype(np.float32)
        self._noise = noise * np.float32(_NOISE / np.sqrt(DIMENSIONS))

    def texts(self, texts: Sequence[str]) -> NDArray[np.float32]:
        """One vector per text."""
        drawn = np.array([zlib.crc32(text.encode()) for text in texts])
        places = drawn % (len(self._noise) - DIMENSIONS)
        noise = self._noise[places[:, np.newaxis] + np.arange(DIMENSIONS)]
        return unit(self._bases[drawn % len(self._bases)] + noise)
