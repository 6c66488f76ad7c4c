"""What every test stands on: no settings of this machine, no files outside the test's own folders."""

import os
from pathlib import Path

import pytest

from app import guard_environment

# Before any fixture, whatever its scope, and before third-party code that reads these is imported.
guard_environment()
for name in [name for name in os.environ if name.startswith("ONRECORD_")]:
    if name != "ONRECORD_CASES":  # the folder of the real cases, which tests read themselves
        del os.environ[name]

ROOT = Path(__file__).resolve().parent.parent


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
