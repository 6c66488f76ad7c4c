"""The bundled embedding model, bge-small-en-v1.5 (int8): 384 dimensions, CLS pooling, unit length.

Source: https://huggingface.co/BAAI/bge-small-en-v1.5 (MIT).
"""

import threading
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor

import numpy as np
from numpy.typing import NDArray

from index.models.embedder import unit
from index.models.onnx import SHA256, OnnxModel, cores

NAME = "bge_small_en"
DIMENSIONS = 384
EMBEDDER_ID = f"bge-small-en-v1.5-int8:{SHA256[NAME][:8]}"
QUERY_PREFIX = "Represent this sentence for searching relevant passages: "


class BgeSmall:
    """Embeds texts on `workers` threads of one core each (default: the cores up to 4), a query on all.

    One text a run: with dynamic int8 a batch would change the numbers, and on two cores it is no faster. The
    model is loaded at first use, once for texts and once for queries. Calls may come from several threads;
    a child made by fork loads its own. Raises ModelError when the files are missing or altered.
    """

    # Measured on two cores over 768 passages of real articles (about 200 tokens), by turns. Processor time a
    # passage: one text a run on a thread of its own 46 ms; batches of 2, 4, 8 and 16 texts sorted by length
    # 46, 48, 51 and 55 ms; batches of 8 as they come 64 ms; one text a run on both cores 88 ms.

    dimensions = DIMENSIONS
    embedder_id = EMBEDDER_ID

    def __init__(self, workers: int | None = None) -> None:
        self.workers = workers or min(4, cores())
        self._lock = threading.Lock()
        self._models: dict[int, OnnxModel] = {}

    def texts(self, texts: Sequence[str]) -> NDArray[np.float32]:
        """One unit vector per text, in order: shape (len(texts), 384)."""
        if not texts:
            return np.zeros((0, DIMENSIONS), dtype=np.float32)
        model = self._model(1)
        vectors = np.empty((len(texts), DIMENSIONS), dtype=np.float32)

        def embed(row: int) -> None:
            vectors[row] = _embed(model, texts[row])

        # The longest first, so that no thread is left with a long one while the others have nothing to do.
        rows = sorted(range(len(texts)), key=lambda row: -len(texts[row]))
        with ThreadPoolExecutor(min(self.workers, len(texts)), thread_name_prefix="embed") as pool:
            list(pool.map(embed, rows))
        return vectors

    def query(self, text: str) -> NDArray[np.float32]:
        """The unit vector of a query: shape (384,)."""
        return _embed(self._model(self.workers), QUERY_PREFIX + text)

    def _model(self, threads: int) -> OnnxModel:
        with self._lock:
            if threads not in self._models:
                self._models[threads] = OnnxModel(NAME, threads=threads)
            return self._models[threads]


def _embed(model: OnnxModel, text: str) -> NDArray[np.float32]:
    return unit(model.run([model.encode(text)])[0, 0])
