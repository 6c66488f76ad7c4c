"""Importing Gradio without the type stubs that it writes.

At each import Gradio (6.31, `component_meta.create_or_modify_pyi`) parses the source of every component and
writes a `.pyi` file beside it, for editors. That is half of the processor time of the import, and it writes
into the installed package. There is no setting; it is left out for classes of which `inspect` knows no file.
"""

import inspect
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any


@contextmanager
def without_stubs() -> Iterator[None]:
    """While the block runs, `inspect.getfile` knows no file of Gradio's classes; import Gradio in it."""
    getfile = inspect.getfile

    def of_others(object: Any) -> str:
        if isinstance(object, type) and object.__module__.split(".")[0] == "gradio":
            raise OSError(f"no stub is written for {object.__name__}")
        return getfile(object)

    inspect.getfile = of_others
    try:
        yield
    finally:
        inspect.getfile = getfile
