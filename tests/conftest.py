"""What every test stands on: no settings of this machine, no files outside the test's own folders.

Stores that many tests read are built once for all workers: see `build_once` and `samples_folder`.
"""

import fcntl
import gc
import os
import pickle
import shutil
import ssl
from collections.abc import Callable, Iterator, Sequence
from functools import cache
from itertools import count
from pathlib import Path
from typing import TYPE_CHECKING, Any

import certifi
import httpx
import pytest
from hypothesis import HealthCheck, settings

from app import guard_environment, main
from index.vectors import chroma

# Before any fixture, whatever its scope, and before third-party code that reads these is imported.
guard_environment()
for name in [name for name in os.environ if name.startswith("ONRECORD_")]:
    if name != "ONRECORD_CASES":  # the folder of the real cases, which tests read themselves
        del os.environ[name]

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from index.store.store import Store

# A property test is judged by its results, not by how fast this machine is just now.
# Derandomized: the same examples in each run, as no test of `make test` may rest on chance.
settings.register_profile(
    "onrecord",
    max_examples=60,
    deadline=None,
    derandomize=True,
    suppress_health_check=[HealthCheck.too_slow],
)
settings.load_profile("onrecord")
# Nor does a busy machine make Chroma fail: tests of its deadlines set their own.
chroma.QUERY_SECONDS = chroma.CONNECT_SECONDS = 60.0
# Nor a client of a test: httpx's 5 seconds are one object, which all its functions have as their default.
for phase in ("connect", "read", "write", "pool"):
    setattr(httpx._config.DEFAULT_TIMEOUT_CONFIG, phase, 300.0)

ROOT = Path(__file__).resolve().parent.parent
SAMPLES = ROOT / "corpus" / "samples"
ARTICLES = {
    "quake.md": """---
title: Quake shakes Veldmark
source: Meridian Wire
published_at: 2021-05-04
---

A magnitude 6.1 earthquake shook the port of Veldmark on Tuesday, the geological service said.

Mayor Ilse Brandt said 14 people were treated for cuts. She opened the sports hall to anyone without a bed.
""",
    "ferry.md": """---
title: Ferry resumes
source: Harbour Courier
published_at: 2021-05-09
---

The ferry between Veldmark and Osmund Island sailed again on Sunday, five days after the earthquake.

Captain Tove Lind said that the crossing now takes 50 minutes, ten more than before.
""",
}


def build_once(tmp_path_factory: pytest.TempPathFactory, name: str, build: Callable[[Path], object]) -> Path:
    """The folder `name`, filled by `build` once for a test run, whichever xdist worker comes first.

    It is shared: tests read it, and copy what they change.
    """
    shared = tmp_path_factory.getbasetemp()
    if "PYTEST_XDIST_WORKER" in os.environ:  # a worker's own folder lies in the one of the whole run
        shared = shared.parent
    folder, built = shared / f"built-{name}", shared / f"{name}.built"
    with (shared / f"{name}.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not built.exists():
            shutil.rmtree(folder, ignore_errors=True)  # of a worker whose `build` failed
            folder.mkdir()
            build(folder)
            built.touch()
    return folder


@pytest.fixture(scope="session")
def samples_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of a store of the sample articles, made with the bundled model; read it, or copy it."""
    from index.models.bge import BgeSmall
    from index.sync.run import sync

    class Recorded(BgeSmall):
        """Keeps what it made of each text."""

        def __init__(self) -> None:
            super().__init__()
            self.made: dict[str, NDArray[np.float32]] = {}

        def texts(self, texts: Sequence[str]) -> "NDArray[np.float32]":
            vectors = super().texts(texts)
            self.made |= dict(zip(texts, vectors, strict=True))
            return vectors

    def build(folder: Path) -> None:
        model = Recorded()
        sync([SAMPLES], folder / "store", model, vector_cache=False)
        (folder / "vectors.pickle").write_bytes(pickle.dumps(model.made))

    return build_once(tmp_path_factory, "samples", build) / "store"


@pytest.fixture
def samples_embedded(samples_folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The bundled model gives the vectors of the sample articles as it made them before, and no others."""
    import numpy as np

    from index.models.bge import BgeSmall

    made = pickle.loads((samples_folder.parent / "vectors.pickle").read_bytes())
    monkeypatch.setattr(BgeSmall, "texts", lambda self, texts: np.stack([made[text] for text in texts]))


@pytest.fixture(scope="session")
def samples_store(samples_folder: Path) -> "Iterator[Store]":
    """The sample articles, open for reading."""
    from index.store.store import Store

    with Store.open(samples_folder) as store:
        yield store


@pytest.fixture(scope="session", autouse=True)
def few_authorities(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """Trust one authority, not certifi's 150, read once for all clients; nothing is asked over TLS."""
    end = "-----END CERTIFICATE-----\n"
    file = tmp_path_factory.mktemp("authorities") / "one.pem"
    file.write_text(Path(certifi.where()).read_text(encoding="utf-8").split(end)[0] + end, encoding="utf-8")
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(certifi, "where", lambda: str(file))
        patch.setattr(ssl, "create_default_context", cache(ssl.create_default_context))
        yield


@pytest.fixture(scope="session", autouse=True)
def models_opened_once() -> Iterator[None]:
    """Open each bundled model once: what tests make of it is their own, its session and tokenizer are not."""
    from index.models import onnx

    with pytest.MonkeyPatch.context() as patch:
        for opening in ("_load_session", "open_tokenizer"):
            patch.setattr(onnx, opening, cache(getattr(onnx, opening)))
        yield


@pytest.fixture(scope="session")
def user_folders(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """New user folders, numbered here: `mktemp` looks through all that it has made, thousands in the end."""
    folder = tmp_path_factory.mktemp("homes")
    return (folder / str(number) for number in count())


@pytest.fixture(autouse=True)
def home_of_nobody(monkeypatch: pytest.MonkeyPatch, user_folders: Iterator[Path]) -> None:
    """Give each test user folders of its own."""
    home = next(user_folders)
    home.mkdir()
    for name, folder in {"HOME": "", "XDG_DATA_HOME": "data", "XDG_CACHE_HOME": "cache"}.items():
        monkeypatch.setenv(name, str(home / folder))


@pytest.fixture(scope="session")
def root() -> Path:
    """The checkout."""
    return ROOT


@pytest.fixture(scope="session")
def prepared(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with `news`, two articles, and `store`, made of them by the command; read it, or copy it."""

    def build(folder: Path) -> None:
        (folder / "news").mkdir()
        for name, text in ARTICLES.items():
            (folder / "news" / name).write_text(text)
        assert main(["index", str(folder / "news"), "--store", str(folder / "store"), "--json"]) == 0

    return build_once(tmp_path_factory, "two-articles", build)


TOGETHER = ("tests/browser", "tests/rag/web", "tests/index")
"""Folders whose files one worker runs: Chromium, Gradio and Chroma are started and imported once for them."""
SLOW_FIRST = ("browser", "web", "index", "answers", "test_processes.py", "test_packaging.py", "terminal")
"""Files, or the folders that they are in, that take longest: with several workers the short ones go last."""


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Begin with the slow files, so that no worker is left alone with one at the end."""
    ranks = {name: rank for rank, name in enumerate(SLOW_FIRST)}
    items.sort(key=lambda item: min(ranks.get(part, len(ranks)) for part in item.path.parts))


@pytest.hookimpl(wrapper=True)
def pytest_collection() -> Iterator[None]:
    """Collect without looking for cycles, and leave what was collected out of every later search for them.

    Thousands of tests and all modules live to the end: going through them took two thirds of the collection.
    """
    gc.disable()
    try:
        return (yield)
    finally:
        gc.freeze()
        gc.enable()


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config: pytest.Config, log: Any) -> Any:
    """A worker takes a file at a time, each folder of `TOGETHER` as one."""
    from xdist.scheduler import LoadFileScheduling

    class Scheduling(LoadFileScheduling):  # type: ignore[misc]
        def _split_scope(self, nodeid: str) -> str:
            file: str = super()._split_scope(nodeid)
            return next((folder for folder in TOGETHER if file.startswith(f"{folder}/")), file)

    return Scheduling(config, log)
