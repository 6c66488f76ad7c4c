"""Targets of an evaluation: what answers the cases, an assistant over a local store or a running server."""

import hashlib
import json
import time
from collections.abc import Callable, Mapping
from dataclasses import asdict
from importlib.metadata import version
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol, Self
from urllib.parse import quote

from corpus.errors import OnrecordError, UsageError
from index.store.store import Store
from rag.answer import Question
from rag.evals.cases.case import Case
from rag.question.filters import filters_to_json

if TYPE_CHECKING:
    import httpx

    from rag.assistant import Assistant

LONGEST_WAIT = 60.0
"""Seconds that one question waits in all for a server that is busy."""
_CODE = ("corpus", "index", "rag", "prompts")


class TargetError(OnrecordError):
    """A server that cannot be reached, or does not answer as the contract says."""


class TextWithheld(OnrecordError):
    """A server that shows no whole articles."""


class Target(Protocol):
    """Answers cases. `ask` and `article_text` may be called from several threads at once."""

    def ask(self, case: Case) -> Mapping[str, Any]:
        """The contract's ask object. Whatever it raises is that item's error."""

    def article_text(self, article_id: str, revision: str) -> str | None:
        """The text that citations count in; None when there is none. Raises TextWithheld."""

    def settings(self) -> Mapping[str, object]:
        """What the answers depend on, as far as it can be told."""


class LocalTarget:
    """The assistant in this process; `about` is what else the answers depend on (a language model's name)."""

    def __init__(
        self, assistant: "Assistant", store: Store, about: Mapping[str, object] | None = None
    ) -> None:
        self._assistant, self._store = assistant, store
        self._about = dict(about or {})

    def ask(self, case: Case) -> Mapping[str, Any]:
        """The answer as JSON holds it. Raises QuestionError and StoreError."""
        answer = self._assistant.ask(Question(case.question, case.history, case.where, case.id))
        made: dict[str, Any] = json.loads(json.dumps(answer.to_json()))
        return made

    def article_text(self, article_id: str, revision: str) -> str | None:
        """The stored text of that revision."""
        stored = self._store.article(article_id, revision)
        return None if stored is None else stored.article.text

    def settings(self) -> Mapping[str, object]:
        """The code, the archive article by article, and `about`."""
        held = hashlib.sha256()
        for article in self._store.articles():
            held.update(json.dumps([article.id, article.revision, article.published_at]).encode())
        return {"code": _code(), "archive": held.hexdigest(), "version": version("onrecord")} | self._about


class ServerTarget:
    """A running server; use it as a context manager. Raises UsageError when the URL is none.

    `timeout` (seconds) is for one request. A 429 or 503 that says when to come back is waited for, 60 seconds
    for each question at most.
    """

    def __init__(
        self,
        url: str,
        *,
        timeout: float = 120.0,
        longest_wait: float = LONGEST_WAIT,
        sleep: Callable[[float], None] = time.sleep,
    ) -> None:
        import httpx

        self.url = url.rstrip("/")
        if not self.url.startswith(("http://", "https://")):
            raise UsageError(f"--url must begin with http:// or https://, not {url!r}")
        self._client = httpx.Client(timeout=httpx.Timeout(timeout, connect=10.0), follow_redirects=True)
        self._longest_wait, self._sleep = longest_wait, sleep
        self._texts: dict[tuple[str, str], str | None] = {}

    def ask(self, case: Case) -> Mapping[str, Any]:
        """What POST /api/ask answers. Raises TargetError."""
        answer = _object(self._answered("POST", "/api/ask", body_of(case)), "/api/ask")
        if not isinstance(answer.get("status"), str):
            raise TargetError(f"{self.url}/api/ask answered without a status; is that an onrecord server?")
        return answer

    def article_text(self, article_id: str, revision: str) -> str | None:
        """The text of that revision, asked for once. Raises TargetError, and TextWithheld if not shown."""
        key = article_id, revision
        if key not in self._texts:
            path = f"/api/articles/{quote(article_id, safe='/')}?revision={quote(revision, safe='')}"
            response = self._answered("GET", path, None, may_be_missing=True)
            if response.status_code == 404:
                self._texts[key] = None
            else:
                text = _object(response, "/api/articles").get("text")
                if not isinstance(text, str):
                    raise TextWithheld(f"{self.url} shows no whole articles")
                self._texts[key] = text
        return self._texts[key]

    def settings(self) -> Mapping[str, object]:
        """The address and what the server says of its archive."""
        return {"url": self.url, "archive": self._answered("GET", "/readyz", None).text}

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *raised: object) -> None:
        self.close()

    def close(self) -> None:
        """Let go of the connections."""
        self._client.close()

    def _answered(
        self, method: str, path: str, body: Mapping[str, object] | None, *, may_be_missing: bool = False
    ) -> "httpx.Response":
        """A response that is a success (or a 404 that may be). Raises TargetError."""
        import httpx

        left = self._longest_wait
        while True:
            try:
                response = self._client.request(method, self.url + path, json=body)
            except httpx.TimeoutException as error:
                raise TargetError(f"{self.url} did not answer in time; see its log, or ask again") from error
            except (httpx.HTTPError, httpx.InvalidURL) as error:
                raise TargetError(
                    f"{self.url} cannot be reached ({error}); check that onrecord serve runs"
                ) from error
            if response.is_success or (may_be_missing and response.status_code == 404):
                return response
            pause = _pause(response)
            if pause is None or pause > left:
                raise TargetError(f"{self.url} refused ({response.status_code}): {_says(response)}")
            left -= pause
            self._sleep(pause)


def body_of(case: Case) -> dict[str, object]:
    """What asks a case: the body of POST /api/ask, and a line of `onrecord ask -`."""
    history = [asdict(turn) for turn in case.history]
    return {"id": case.id, "question": case.question, "history": history} | filters_to_json(case.where)


def _pause(response: "httpx.Response") -> float | None:
    """Seconds after which a busy server wants to be asked again; None when it is not that."""
    written = response.headers.get("Retry-After", "")
    if response.status_code not in (429, 503) or not written.isdecimal():
        return None
    return max(0.1, float(written))


def _says(response: "httpx.Response") -> str:
    try:
        error = response.json()["error"]
        return str(error["message"] if isinstance(error, dict) else error)
    except (ValueError, KeyError, TypeError):
        return "without saying why"


def _object(response: "httpx.Response", path: str) -> dict[str, Any]:
    try:
        found = response.json()
    except ValueError as error:
        raise TargetError(f"{path} did not answer with JSON; is that an onrecord server?") from error
    if not isinstance(found, dict):
        raise TargetError(f"{path} did not answer with an object; is that an onrecord server?")
    return found


def _code() -> str:
    """What our modules and prompts hold, so that a run is not taken up by other code."""
    found = hashlib.sha256()
    root = Path(__file__).resolve().parents[2]
    for package in _CODE:
        for path in sorted((root / package).rglob("*")):
            if path.suffix in (".py", ".md") and "samples" not in path.parts:
                found.update(path.relative_to(root).as_posix().encode() + b"\0" + path.read_bytes())
    return found.hexdigest()
