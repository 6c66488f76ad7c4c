"""The large store of the benches of indexing and of search, made once for both."""

import pytest

from tests.bench.archive import write_jsonl
from tests.bench.large import PASSAGES, Large, enough_rewordings, run


@pytest.fixture(scope="session")
def large(tmp_path_factory: pytest.TempPathFactory) -> Large:
    """The large store, made once."""
    folder = tmp_path_factory.mktemp("large")
    source = write_jsonl(folder / "large.jsonl", enough_rewordings(PASSAGES))
    return Large(source, folder / "store", run(source, folder / "store", "perturbed"))
