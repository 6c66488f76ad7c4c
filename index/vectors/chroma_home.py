"""Where the rows of the vector cache live: what is asked of such a place, and Chroma's own files as one.

`index.vectors.chroma_server` is the other.
"""

from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from index.vectors import chroma_folder
from index.vectors.chroma_check import check
from index.vectors.chroma_collection import Collection, in_folder
from index.vectors.exact import Ids, Matrix


class Home(Protocol):
    """A place for collections of one store, of which at most one is in use.

    Each has a numbered folder in `root`, where `index.vectors.chroma_folder` keeps the record of its rows and
    the pointer to the one in use. Methods raise ChromaFailed or OSError.
    """

    @property
    def root(self) -> Path:
        """The folder of the records."""
        ...

    @property
    def name(self) -> str:
        """What messages call it, with an article."""
        ...

    @property
    def advice(self) -> str:
        """What to do when it fails."""
        ...

    def open(self, folder: Path, *, create: bool = False) -> Collection:
        """The collection of that folder, or a new one."""
        ...

    def check(self, folder: Path, ids: Ids, sample: Ids, vectors: Matrix) -> str | None:
        """As `index.vectors.chroma_check.check`: why the collection is not fit to be opened, or None."""
        ...

    def sweep(self, keep: Path | None) -> None:
        """Delete all collections but one, with their folders."""
        ...


@dataclass(frozen=True, slots=True)
class InFolder:
    """Chroma embedded in this process; its files are in the numbered folders."""

    root: Path

    @property
    def name(self) -> str:
        """As `Home.name`."""
        return f"the vector cache {self.root}"

    @property
    def advice(self) -> str:
        """As `Home.advice`."""
        return "check the space left on its disk, or delete the folder: it is made anew"

    def open(self, folder: Path, *, create: bool = False) -> Collection:
        """As `Home.open`; at most one process may have it open."""
        return in_folder(folder, create=create)

    def check(self, folder: Path, ids: Ids, sample: Ids, vectors: Matrix) -> str | None:
        """As `Home.check`, in a child process."""
        return check(folder, ids, sample, vectors)

    def sweep(self, keep: Path | None) -> None:
        """As `Home.sweep`."""
        chroma_folder.remove_leftovers(self.root, keep)


def discard(home: Home) -> None:
    """Delete a cache with all that it keeps of deleted rows. Raises ChromaFailed or OSError.

    It is out of use first: if it fails half way nobody searches it, and the next `sweep` ends it.
    """
    chroma_folder.point_to_none(home.root)
    home.sweep(None)
