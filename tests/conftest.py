"""What every test stands on: no settings of this machine, no files outside the test's own folders.

Stores that many tests read are built once for all workers: see `build_once` and `samples_folder`.
"""

import fcntl
import os
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from hypothesis import HealthCheck, settings

from app import guard_environment

# Before any fixture, whatever its scope, and before third-party code that reads these is imported.
guard_environment()
for name in [name for name in os.environ if name.startswith("ONRECORD_")]:
    if name != "ONRECORD_CASES":  # the folder of the real cases, which tests read themselves
        del os.environ[name]

if TYPE_CHECKING:
    from index.store.store import Store

# A property test is judged by its results, not by how fast this machine is just now.
settings.register_profile("onrecord", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("onrecord")

ROOT = Path(__file__).resolve().parent.parent
SAMPLES = ROOT / "corpus" / "samples"


def build_once(tmp_path_factory: pytest.TempPathFactory, name: str, build: Callable[[Path], object]) -> Path:
    """The folder `name`, filled by `build` once for a test run, whichever xdist worker comes first.

    It is shared: tests read it, and copy what they change.
    """
    shared = tmp_path_factory.getbasetemp()
    if "PYTEST_XDIST_WORKER" in os.environ:  # a worker's own folder lies in the one of the whole run
        shared = shared.parent
    folder = shared / f"built-{name}"
    with (shared / f"{name}.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not folder.exists():
            unfinished = shared / f"unfinished-{name}"
            shutil.rmtree(unfinished, ignore_errors=True)  # of a worker whose `build` failed
            unfinished.mkdir()
            build(unfinished)
            unfinished.rename(folder)
    return folder


@pytest.fixture(scope="session")
def samples_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of a store of the sample articles, made with the bundled model; read it, or copy it."""
    from index.models.embedder import BundledEmbedding
    from index.sync.run import sync

    def build(folder: Path) -> None:
        sync([SAMPLES], folder / "store", BundledEmbedding(), vector_cache=False)

    return build_once(tmp_path_factory, "samples", build) / "store"


@pytest.fixture(scope="session")
def samples_store(samples_folder: Path) -> "Iterator[Store]":
    """The sample articles, open for reading."""
    from index.store.store import Store

    with Store.open(samples_folder) as store:
        yield store


@pytest.fixture(autouse=True)
def home_of_nobody(monkeypatch: pytest.MonkeyPatch, tmp_path_factory: pytest.TempPathFactory) -> None:
    """Give each test user folders of its own."""
    home = tmp_path_factory.mktemp("home")
    for name, folder in {"HOME": "", "XDG_DATA_HOME": "data", "XDG_CACHE_HOME": "cache"}.items():
        monkeypatch.setenv(name, str(home / folder))


@pytest.fixture(scope="session")
def root() -> Path:
    """The checkout."""
    return ROOT
