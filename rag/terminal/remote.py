"""Writing through the server that owns a store: the command line beside a running `onrecord serve`."""

import json
from collections.abc import Callable, Iterable, Iterator, Sequence
from pathlib import Path
from typing import Any, Self

import httpx

from corpus.errors import OnrecordError, StoreUnreachable
from corpus.sources import Address, Source
from index.store.lock import lock_holder, read_token
from index.store.records import Progress, SyncReport
from index.sync.remove import Takedown

_PATIENCE = httpx.Timeout(60.0, connect=3.0)
"""Seconds between two signs of life; a run in progress sends some every ten seconds."""


class Remote:
    """The server that owns a store, as whoever can read the store's token may use it.

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

    def remove(self, ids: Iterable[str]) -> Takedown:
        """As `index.sync.remove.remove`."""
        return self._taken("remove", ids)

    def restore(self, ids: Iterable[str]) -> Takedown:
        """As `index.sync.remove.restore`."""
        return self._taken("restore", ids)

    def _taken(self, verb: str, ids: Iterable[str]) -> Takedown:
        try:
            answer = httpx.post(
                f"{self._address}/api/owner/{verb}",
                json={"ids": list(ids)},
                headers=self._headers,
                timeout=_PATIENCE,
                trust_env=False,
            )
        except httpx.HTTPError as error:
            raise self._unreachable(error) from error
        self._check(answer)
        stated = answer.json()
        ids_of = {name: tuple(stated[name]) for name in ("changed", "already", "unknown")}
        return Takedown(**ids_of, notice=stated["notice"])

    def _events(self, path: str, body: dict[str, Any]) -> Iterator[tuple[str, Any]]:
        headers = self._headers | {"Accept": "text/event-stream"}
        try:
            with httpx.stream(
                "POST", self._address + path, json=body, headers=headers, timeout=_PATIENCE, trust_env=False
            ) as answer:
                if answer.status_code != 200:
                    answer.read()
                    self._check(answer)
                event = ""
                for line in answer.iter_lines():
                    if line.startswith("event: "):
                        event = line.removeprefix("event: ")
                    elif line.startswith("data: "):
                        yield event, json.loads(line.removeprefix("data: "))
        except httpx.HTTPError as error:
            raise self._unreachable(error) from error

    def _check(self, answer: httpx.Response) -> None:
        if answer.status_code == 200:
            return
        try:
            says = str(answer.json()["error"]["message"]).removesuffix(".")
        except (ValueError, KeyError, TypeError):
            says = f"it answered with status {answer.status_code}"
        if answer.status_code in (401, 404):
            raise StoreUnreachable(
                f"the server at {self._address} holds the store and lets nobody write ({says})"
            )
        raise OnrecordError(f"{says} (said by the server at {self._address}, which holds the store)")

    def _unreachable(self, error: Exception) -> StoreUnreachable:
        return StoreUnreachable(
            f"the server at {self._address} holds the store and does not answer ({type(error).__name__}); "
            "stop it, or try again"
        )
