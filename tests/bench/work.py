"""Indexing in a process of its own, measured: `python -m tests.bench.work SOURCE STORE bundled|perturbed`.

It says "ready" once the model is loaded, waits for a line, and prints what it did as one line of JSON.
"""

import json
import sys
import time
from pathlib import Path

from index.models.bge import BgeSmall
from index.sync.run import Progress, sync
from tests.bench.archive import PerturbedEmbedding


def main(source: str, store: str, embedder: str) -> None:
    """One run of `sync`: its counts, its wall and processor seconds, and when each stage began."""
    model = PerturbedEmbedding() if embedder == "perturbed" else BgeSmall()
    model.texts(["warm up"] * 4)
    print("ready", flush=True)
    sys.stdin.readline()
    stages: dict[str, float] = {}
    started, busy = time.perf_counter(), time.process_time()

    def note(progress: Progress) -> None:
        stages.setdefault(progress.stage, time.perf_counter() - started)

    report = sync([Path(source)], Path(store), model, progress=note)
    took = {"wall": time.perf_counter() - started, "busy": time.process_time() - busy, "stages": stages}
    print(json.dumps(report.to_json() | took), flush=True)


if __name__ == "__main__":
    main(*sys.argv[1:])
