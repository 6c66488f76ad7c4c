"""Answer quality: `make cases` prints every set; the kept-apart questions on two reports are gated."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from index.models.bge import BgeSmall
from index.models.cross_encoder import CrossEncoder
from index.store.store import Store
from index.sync.run import sync
from index.vectors.exact import ExactVectors
from rag.assistant import Assistant
from rag.evals.target import LocalTarget
from rag.quote.extract import ExtractiveReader
from rag.retrieve.search import Retriever
from tests.answers.cases import TUNING, archive, ask_all, load, score


@contextmanager
def target_over(name: str, folder: Path) -> Iterator[LocalTarget]:
    """The assistant as users get it, over a store of this archive made in `folder`."""
    sync([archive(name)], folder / "store", BgeSmall(), vector_cache=False)
    with Store.open(folder / "store") as store:
        scorer = CrossEncoder()
        retriever = Retriever(store, ExactVectors(store), BgeSmall(), scorer)
        yield LocalTarget(Assistant(store, retriever, ExtractiveReader(scorer)), store)


@pytest.mark.cases
def test_two_reports_of_one_day_are_answered_from_and_abstained_on(tmp_path: Path) -> None:
    with target_over("seeds", tmp_path) as target:
        found = score(ask_all(target, load("seeds", "reporting")))
    assert (found.answerable, found.unanswerable) == (34, 8)
    assert found.right >= 27 and found.abstained >= 6 and found.sentences <= 2.5, found


@pytest.mark.cases
@pytest.mark.parametrize("name", [*TUNING])
def test_every_set_is_reported(name: str, tmp_path: Path) -> None:
    reporting = ("reporting",) if name != "samples" else ()
    with target_over(name, tmp_path) as target:
        for part in (*TUNING[name], *reporting):
            found = score(ask_all(target, load(name, part)))
            print(f"\n  {name} {part}: {found}")
            assert 2 * found.right > found.answerable and found.sentences <= 2.5
