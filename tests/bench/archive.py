"""An archive as large as a bench wants, made from the sample articles."""

import json
import random
import zlib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
from llama_index.core.base.embeddings.base import BaseEmbedding
from pydantic import PrivateAttr

from corpus.article import Article
from corpus.read import read

SAMPLES = Path(__file__).resolve().parents[2] / "corpus" / "samples"
DIMENSIONS = 384


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


def write_jsonl(path: Path, count: int) -> Path:
    """The variations as one JSONL file."""
    with path.open("w", encoding="utf-8") as lines:
        lines.writelines(json.dumps(record) + "\n" for record in variations(count))
    return path


class DrawnEmbedding(BaseEmbedding):
    """Unit vectors drawn from the text's checksum: as costly to keep and search as real ones."""

    _made: int = PrivateAttr(default=0)

    def __init__(self, **settings: Any) -> None:
        defaults: dict[str, Any] = {"model_name": "drawn", "embed_batch_size": 64}
        super().__init__(**defaults | settings)

    def _get_text_embedding(self, text: str) -> list[float]:
        dice = np.random.default_rng(zlib.crc32(text.encode()))
        vector = dice.standard_normal(DIMENSIONS).astype(np.float32)
        made: list[float] = (vector / np.linalg.norm(vector)).tolist()
        return made

    def _get_query_embedding(self, query: str) -> list[float]:
        return self._get_text_embedding(query)

    async def _aget_query_embedding(self, query: str) -> list[float]:
        return self._get_query_embedding(query)
