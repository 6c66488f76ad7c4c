"""What every test stands on: no settings of this machine, no files outside the test's own folder."""

import os
from pathlib import Path

import pytest

# Third-party code reads these when it is imported, which a test module may do before any fixture runs.
os.environ |= {"ANONYMIZED_TELEMETRY": "False", "GRADIO_ANALYTICS_ENABLED": "False", "HF_HUB_OFFLINE": "1"}
os.environ.pop("NLTK_DATA", None)

ROOT = Path(__file__).resolve().parent.parent


@pytest.fixture(autouse=True)
def settings_of_nobody(monkeypatch: pytest.MonkeyPatch, tmp_path_factory: pytest.TempPathFactory) -> None:
    """Hide this machine's settings and user folders; ONRECORD_CASES stays, tests read it themselves."""
    for name in list(os.environ):
        if name.startswith("ONRECORD_") and name != "ONRECORD_CASES":
            monkeypatch.delenv(name)
    home = tmp_path_factory.mktemp("home")
    for name, folder in {"HOME": "", "XDG_DATA_HOME": "data", "XDG_CACHE_HOME": "cache"}.items():
        monkeypatch.setenv(name, str(home / folder))


@pytest.fixture(scope="session")
def root() -> Path:
    """The checkout."""
    return ROOT
