"""How the sentences of a search are weighed."""

from pathlib import Path

from index.vectors.exact import ExactVectors
from rag.quote.evidence import weigh
from rag.retrieve.search import Retriever
from tests.fakes import WordOverlapEmbedding
from tests.index.newsroom import Newsroom
from tests.index.sync.test_boilerplate import record
from tests.rag.conftest import SharedWords


def test_a_sentence_that_answers_under_its_headline_need_not_name_the_subject_again(tmp_path: Path) -> None:
    newsroom = Newsroom(tmp_path)
    told = "The mill of Kolmar had a fire. Arson was ruled out. The mill of Kolmar will be built again."
    newsroom.write_lines("mill.jsonl", [record(7) | {"text": told, "title": "Fire at the mill of Kolmar"}])
    newsroom.sync()
    with newsroom.open() as store:
        scorer = SharedWords()
        retriever = Retriever(store, ExactVectors(store), WordOverlapEmbedding(), scorer)
        weighed = weigh(retriever.retrieve("Was the fire at the mill of Kolmar arson?"), scorer)
    assert weighed[0].candidate.text == "Arson was ruled out."
