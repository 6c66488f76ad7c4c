"""Fixtures of the index tests."""

from pathlib import Path

import pytest

from tests.index.newsroom import Newsroom


@pytest.fixture
def newsroom(tmp_path: Path) -> Newsroom:
    """An empty folder for articles, and where its store goes."""
    return Newsroom(tmp_path)
