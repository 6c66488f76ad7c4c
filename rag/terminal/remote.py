"""Client for writing through the server that holds a store, beside a running `onrecord serve`."""

import json
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Self
from urllib.parse import urlsplit

import httpx

from corpus.errors import OnrecordError, StoreUnreachable
from corpus.hosts import is_this_machine
from corpus.sources import Address, Source
from index.store.lock import lock_holder, read_token
from index.store.records import Progress, SyncReport
from index.sync.remove import Takedown

_TIMEOUT = httpx.Timeout(60.0, connect=3.0)
"""In seconds, between two reads; the server sends an event or a comment every ten seconds of a run."""


class Remote:
    """Client of the server that holds a store for writing; the token is read from the store's folder.

    The token never leaves this machine: it is sent over plain http, to an address of this machine only.
    Methods raise StoreUnreachable, and OnrecordError with what the server says.
    """

    def __init__(self, address: str, token: str) -> None:
        self._address = address
        self._headers = {"Authorization": f"Bearer {token}"}

    @classmethod
    def of(cls, store_path: Path) -> Self | None:
        """The server that owns this store; None where there is none, or this user may not use it."""
        holder, token = lock_holder(store_path), read_token(store_path)
        return cls(holder.address, token) if holder and holder.address and token else None

    def index(
        self,
        sources: Sequence[Source],
        *,
        prune: bool = False,
        rebuild: bool = False,
        allow_private: bool = False,
        progress: Callable[[Progress], None],
    ) -> SyncReport:
        """As `index.sync.run.sync`; an interrupt here stops the run there."""
        written = [one.url if isinstance(one, Address) else str(Path(str(one)).absolute()) for one in sources]
        body = {"sources": written, "prune": prune, "rebuild": rebuild, "allow_private": allow_private}
        for event, data in self._events("/api/owner/index", body):
            if event == "progress":
                progress(Progress(**data))
            elif event == "error":
                raise OnrecordError(str(data["error"]["message"]).removesuffix("."))
            elif event == "done":
                return SyncReport.from_json(data)
        raise StoreUnreachable("the server that holds the store ended in the middle; what it indexed is kept")

    def take_down(self, action: str, ids: Iterable[str]) -> Takedown:
        """As `remove` and `restore` of `index.sync.remove`; `action` is the name of one of the two."""
        with self._post(f"/api/owner/{action}", {"ids": list(ids)}) as answer:
            stated = json.loads(answer.read())
        ids_of = {name: tuple(stated[name]) for name in ("changed", "already", "unknown")}
        return Takedown(**ids_of, notice=stated["notice"])

    def _events(self, path: str, body: dict[str, Any]) -> Iterator[tuple[str, Any]]:
        """Name and data of each event of a stream."""
        event = ""
        with self._post(path, body, Accept="text/event-stream") as answer:
            for line in answer.iter_lines():
                if line.startswith("event: "):
                    event = line.removeprefix("event: ")
                elif line.startswith("data: "):
                    yield event, json.loads(line.removeprefix("data: "))

    @contextmanager
    def _post(self, path: str, body: dict[str, Any], **headers: str) -> Iterator[httpx.Response]:
        """The answer to a request, if it is no refusal; its body is still to be read."""
        if not is_this_machine(urlsplit(self._address).hostname or ""):
            raise StoreUnreachable(
                f"the server at {self._address} holds the store and is not on this machine; "
                "run the command there, or stop that server"
            )
        url, headers = self._address + path, self._headers | headers
        try:
            with httpx.stream(
                "POST", url, json=body, headers=headers, timeout=_TIMEOUT, trust_env=False
            ) as answer:
                if answer.status_code != 200:
                    answer.read()
                    raise self._refusal(answer)
                yield answer
        except httpx.HTTPError as error:
            raise StoreUnreachable(
                f"the server at {self._address} holds the store and does not answer "
                f"({type(error).__name__}); stop it, or try again"
            ) from error

    def _refusal(self, answer: httpx.Response) -> OnrecordError:
        try:
            says = str(answer.json()["error"]["message"]).removesuffix(".")
        except (ValueError, KeyError, TypeError):
            says = f"it answered with status {answer.status_code}"
        if answer.status_code in (401, 404):
            return StoreUnreachable(
                f"the server at {self._address} holds the store and lets nobody write ({says})"
            )
        return OnrecordError(f"{says} (said by the server at {self._address}, which holds the store)")
