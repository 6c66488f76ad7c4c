"""The socket that a server listens at; it is had before anything slow is loaded."""

import contextlib
import socket
from collections.abc import Iterator
from contextlib import contextmanager

from corpus.errors import UsageError
from rag.web.settings import WebSettings


@contextmanager
def bound(settings: WebSettings) -> Iterator[socket.socket]:
    """A socket bound to the host and port, port 0 being any free one.

    Raises UsageError when they cannot be had.
    """
    family = socket.AF_INET6 if ":" in settings.host else socket.AF_INET
    listening = socket.socket(family)
    with contextlib.closing(listening):
        listening.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            listening.bind((settings.host, settings.port))
            listening.listen(2048)
        except OSError as error:
            where = f"port {settings.port} of {settings.host}"
            raise UsageError(
                f"{where} cannot be used ({error.strerror}); stop what uses it, or choose another with --port"
            ) from error
        yield listening
