"""Is a folder of Chroma's fit to be opened? Tried out in a child process, which may hang, crash, fill files.

A folder in which Chroma was killed may fail to load, hang while its index file grows without end, or load
with most of its vectors gone and `count()` still right
(https://github.com/chroma-core/chroma/issues/7678, https://github.com/chroma-core/chroma/issues/7238).
"""

import os
import signal
import subprocess
import sys
from io import BytesIO
from pathlib import Path

import numpy as np

from index.vectors.chroma_collection import ChromaFailed, Collection, in_folder
from index.vectors.chroma_folder import largest_file
from index.vectors.exact import Ids, Matrix

SAMPLES = 64
"""Rows that are looked up. A folder that lost one vector in ten passes one time in a thousand."""
_SECONDS = 30.0
_SECONDS_PER_ROW = 1e-3
_FILE_BYTES = 64 * 1024 * 1024
_MEMORY_BYTES = 8 * 1024**3
_LOST_AT_MOST = 1 / 8
"""Share of the sample that queries may miss: in tight clusters even a sound graph has points that no path
reaches, while a lost segment loses most."""
_CLOSE = 1e-4
"""A vector that comes back further than this from the one that was put is not that vector."""


def check(folder: Path, ids: Ids, sample: Ids, vectors: Matrix, seconds: float | None = None) -> str | None:
    """Open the folder in a child process and look; what is wrong, or None.

    It has to hold exactly `ids`, to return the `vectors` of the `sample`, and to find each by a query. The
    child has 30 seconds (and one for each 1,000 rows); its files and its memory are bounded by several times
    what that many rows need.
    """
    seconds = seconds or _SECONDS + _SECONDS_PER_ROW * len(ids)
    data = len(ids) * max(1, vectors.shape[1]) * vectors.itemsize
    file_bytes = _FILE_BYTES + 4 * max(data, largest_file(folder))
    limits = (file_bytes, _MEMORY_BYTES + 8 * data, int(seconds) + 2)
    known = [os.path.abspath(path) for path in sys.path]
    try:
        child = subprocess.run(
            # -P: the folder that it works in is no place to import from.
            [
                sys.executable,
                "-P",
                "-m",
                "index.vectors.chroma_check",
                str(folder.absolute()),
                *map(str, limits),
            ],
            input=_packed(ids, sample, vectors),
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            env=os.environ | {"PYTHONPATH": os.pathsep.join(known), "ANONYMIZED_TELEMETRY": "False"},
            cwd=folder,
            timeout=seconds,
        )
    except subprocess.TimeoutExpired:
        return f"it did not open within {seconds:.0f} seconds"
    except OSError as error:
        return f"it could not be tried out ({error.strerror or error})"
    if child.returncode < 0:
        return f"opening it ended with signal {-child.returncode}"
    said = child.stdout[:500].decode(errors="replace").strip()
    if child.returncode == 0 and said == "healthy":
        return None
    return said or f"opening it ended with status {child.returncode}"


def main(arguments: list[str]) -> int:
    """The child: print `healthy`, or what is wrong."""
    folder, file_bytes, memory_bytes, seconds = arguments
    _limit(int(file_bytes), int(memory_bytes), int(seconds))
    with np.load(BytesIO(sys.stdin.buffer.read()), allow_pickle=False) as packed:
        ids, sample, vectors = packed["ids"], packed["sample"], packed["vectors"]
    try:
        with in_folder(Path(folder)) as collection:
            wrong = compare(collection, ids, sample, vectors)
    except ChromaFailed as error:
        wrong = str(error)
    print(wrong or "healthy", flush=True)
    return 1 if wrong else 0


def compare(collection: Collection, ids: Ids, sample: Ids, vectors: Matrix) -> str | None:
    """What `check` says of a collection that is open. Raises ChromaFailed."""
    held = collection.ids()
    if not np.array_equal(held, ids):
        missing = len(np.setdiff1d(ids, held, assume_unique=True))
        return f"it lacks {missing} of {len(ids)} passages and holds {len(held) - len(ids) + missing} others"
    if not len(sample):
        return None
    if not np.allclose(collection.vectors(sample), vectors, atol=_CLOSE, rtol=0):
        return "it holds other vectors than the store"
    lost = [
        key
        for key, vector in zip(sample.tolist(), vectors, strict=True)
        if not _finds(collection, key, vector)
    ]
    if len(lost) > _LOST_AT_MOST * len(sample):
        return f"queries do not find {len(lost)} of {len(sample)} passages, {lost[0]} among them"
    return None


def _finds(collection: Collection, passage_id: int, vector: Matrix) -> bool:
    if not vector.any():
        return True  # No direction, so nothing is nearest to it.
    found, nearest = collection.nearest(vector, 1)
    return bool(found[0] == passage_id or np.allclose(nearest[0], vector, atol=_CLOSE, rtol=0))


def _limit(file_bytes: int, memory_bytes: int, seconds: int) -> None:
    """Bound the files, memory and time of this process; the alarm holds if its parent is killed."""
    import resource

    limits = {
        resource.RLIMIT_FSIZE: file_bytes,
        resource.RLIMIT_AS: memory_bytes,
        resource.RLIMIT_CORE: 0,
    }
    for limit, most in limits.items():
        hard = resource.getrlimit(limit)[1]
        try:
            resource.setrlimit(limit, (most if hard == resource.RLIM_INFINITY else min(most, hard), hard))
        except (ValueError, OSError):
            continue  # macOS refuses a limit on memory.
    signal.alarm(seconds)


def _packed(ids: Ids, sample: Ids, vectors: Matrix) -> bytes:
    packed = BytesIO()
    np.savez(packed, ids=ids, sample=sample, vectors=vectors)
    return packed.getvalue()


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
