"""Passages as onrecord ranked them at commit 77ef393: run by the Python of an installation of that commit.

    python earlier_version.py STORE < questions

Reads one JSON string a line; prints, as one line of JSON each, the seconds that the search took and the
passages, best first, as pairs of article and text. Imports only that version's own modules.
"""

import importlib
import json
import sys
import time

DEPTH = 50


def main(path: str) -> None:
    """Search that store for each question."""
    module = importlib.import_module
    store = module("index.store").Store.open(path)
    vectors = module("index.vectors").ExactVectors(store)
    models = module("index.bge").BgeSmall(), module("rag.rerank").CrossEncoder()
    retriever = module("rag.retrieve").Retriever(store, vectors, *models)
    retriever.retrieve("What happened?")
    for line in sys.stdin:
        started = time.perf_counter()
        found = retriever.retrieve(json.loads(line), k=DEPTH).passages
        seconds = time.perf_counter() - started
        print(json.dumps([seconds, [[one.passage.article_id, one.passage.text] for one in found]]))


if __name__ == "__main__":
    main(sys.argv[1])
