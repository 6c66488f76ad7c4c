"""Answers of an embeddings endpoint for the scripted server: the vectors of shared words."""

import json
from collections.abc import Callable

from tests.fakes import WordOverlapEmbedding
from tests.scripted import Asked, Reply


def embeddings(asked: Asked) -> Reply:
    """The texts' vectors, three times as long as they ought to be and in reverse order, as is allowed."""
    vectors = WordOverlapEmbedding().texts(asked.body["input"]).tolist()
    data = [
        {"object": "embedding", "index": place, "embedding": [3 * number for number in vector]}
        for place, vector in enumerate(vectors)
    ]
    return Reply(body=json.dumps({"object": "list", "data": data[::-1], "model": asked.body["model"]}))


def changed(change: Callable[[list[dict[str, object]]], object]) -> Callable[[Asked], Reply]:
    """As `embeddings`, with a change of the list of vectors."""

    def reply(asked: Asked) -> Reply:
        answer = json.loads(embeddings(asked).body or "")
        change(answer["data"])
        return Reply(body=json.dumps(answer))

    return reply
