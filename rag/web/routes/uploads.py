"""Content of a request to be indexed: files, addresses or articles as JSON, saved in a temporary folder."""

import asyncio
import hashlib
import json
import shutil
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path, PurePosixPath

from fastapi import Request
from starlette.datastructures import UploadFile
from starlette.formparsers import MultiPartException, MultiPartParser

from corpus.article import Failure, normalise_text
from corpus.read import SUFFIXES
from corpus.sources import UPLOADS, Address, Source, Upload
from index.store.records import SyncReport
from rag.question.filters import without_surrogates
from rag.web.errors import NOT_JSON, Refusal

MOST_FILES = 200
"""Maximum files or addresses per request."""
MOST_ARTICLES = 5_000
"""Maximum JSON articles per request."""
LONGEST_TEXT = 5 << 20
"""Maximum size of a text sent without a file, in bytes."""
_MOST_FIELDS = 20
_LONGEST_NAME = 200
_ON_THE_COMMAND_LINE = "; --allow-private permits it"
_WITHOUT_FILE = ("title", "source", "published_at")
"""Form fields that describe a text sent without a file."""


@dataclass(slots=True)
class Sent:
    """The sources to read, the failures so far, and labels for articles sent without a file."""

    sources: list[Source] = field(default_factory=list)
    failed: list[Failure] = field(default_factory=list)
    names: dict[str, str] = field(default_factory=dict)

    def told(self, report: SyncReport) -> SyncReport:
        """The report with the failures before indexing, each named as its sender knows it."""
        return replace(report, failed=(*self.failed, *map(self._named, report.failed)))

    def _named(self, failure: Failure) -> Failure:
        name = failure.path.removeprefix(UPLOADS)
        called = self.names.get(name, name)
        reason = failure.reason.replace(f"{UPLOADS}{name}", called).replace(_ON_THE_COMMAND_LINE, "")
        return replace(failure, path=called, reason=reason)


async def receive(request: Request, folder: Path) -> Sent:
    """The sources in the body; files and JSON articles are saved in `folder`. Raises Refusal without any."""
    kind = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    sent = Sent()
    if kind == "multipart/form-data":
        await _take_form(request, folder, sent)
    else:
        body = await request.body()
        await asyncio.to_thread(_take_json, body, folder, sent)
    if not sent.sources and sent.failed:
        first = sent.failed[0]
        raise Refusal(415, f"{first.path}: {first.reason}.", param="files", code="format")
    if not sent.sources:
        raise Refusal(422, "The request holds no article, address or file.", code="empty")
    return sent


async def _take_form(request: Request, folder: Path, sent: Sent) -> None:
    try:
        form = await MultiPartParser(
            request.headers,
            request.stream(),
            max_files=MOST_FILES,
            max_fields=_MOST_FIELDS,
            max_part_size=LONGEST_TEXT,
        ).parse()
    except MultiPartException as error:
        if "Too many files" in error.message:
            says = f"At most {MOST_FILES} files at a time; send the others after these."
            raise Refusal(413, says, param="files", code="too_many") from error
        if "exceeded" in error.message:
            says = f"The text is longer than {LONGEST_TEXT >> 20} MB; send it as a file."
            raise Refusal(413, says, param="text", code="too_large") from error
        raise Refusal(400, "The form cannot be read.", code="form") from error
    try:
        for name, value in form.multi_items():
            if isinstance(value, UploadFile):
                if value.filename:
                    await _save(value, folder, sent)
            elif name == "url" and value.strip():
                sent.sources.append(_address(value))
            elif name == "text" and value.strip():
                about = {key: form.get(key) or None for key in _WITHOUT_FILE}
                await asyncio.to_thread(_write, about | {"text": value}, "The text", folder, sent)
    finally:
        await form.close()


async def _save(file: UploadFile, folder: Path, sent: Sent) -> None:
    """Save the file under a name of ours; the sender's name is only a label."""
    label = label_of(file.filename or "")
    suffix = PurePosixPath(label).suffix.lower()
    if suffix not in SUFFIXES:
        kind = f"{suffix} files are" if suffix else "a file without a suffix is"
        says = f"{kind} not read; the formats are {', '.join(SUFFIXES)}"
        sent.failed.append(Failure(label or "a file without a name", says))
        return
    if any(isinstance(one, Upload) and one.name == label for one in sent.sources):
        sent.failed.append(Failure(label, "another file of this name was sent along; rename one of them"))
        return
    inner = PurePosixPath(label).with_suffix("").suffix.lower() if suffix == ".gz" else ""
    path = folder / f"{len(sent.sources)}{inner if inner in SUFFIXES else ''}{suffix}"

    def write() -> None:
        with path.open("wb") as written:
            shutil.copyfileobj(file.file, written)

    await asyncio.to_thread(write)
    sent.sources.append(Upload(label, path))


def label_of(name: str) -> str:
    """The label of a file: the last part of the sender's path, on one line, of bounded length."""
    shown = "".join(sign if sign.isprintable() else " " for sign in normalise_text(name))
    parts = [" ".join(part.split()) for part in shown.replace("\\", "/").split("/")]
    last = next((part for part in reversed(parts) if part), "")
    suffix = PurePosixPath(last).suffix
    cut = max(0, _LONGEST_NAME - len(suffix))
    return last if len(last) <= _LONGEST_NAME else (last[:cut] + suffix)[:_LONGEST_NAME].strip()


def _take_json(written: bytes, folder: Path, sent: Sent) -> None:
    try:
        body = json.loads(written, parse_constant=_refuse_constant)
    except (ValueError, RecursionError) as error:
        raise Refusal(400, NOT_JSON, code="not_json") from error
    if isinstance(body, list):
        body = {"articles": body}
    if not isinstance(body, dict):
        raise Refusal(422, "The body must be a JSON object.", code="body")
    urls = _urls(body)
    if urls is not None:
        sent.sources += [_address(url) for url in urls]
        return
    articles = body["articles"] if isinstance(body.get("articles"), list) else [body]
    if len(articles) > MOST_ARTICLES:
        says = f"articles: at most {MOST_ARTICLES:,} at a time; send the others after these."
        raise Refusal(413, says, param="articles", code="too_many")
    for number, one in enumerate(articles, start=1):
        _write(one, f"Article {number}" if len(articles) > 1 else "The article", folder, sent)


def _urls(body: Mapping[str, object]) -> list[str] | None:
    """The addresses in a body without articles; None if it has articles."""
    if {"text", "html", "articles"} & body.keys():
        return None
    urls = body.get("urls")
    if urls is None:
        return [body["url"]] if isinstance(body.get("url"), str) else None  # type: ignore[list-item]
    if not isinstance(urls, list) or not all(isinstance(url, str) for url in urls):
        raise Refusal(422, "urls: must be a list of addresses.", param="urls", code="urls")
    if len(urls) > MOST_FILES:
        says = f"urls: at most {MOST_FILES} at a time; send the others after these."
        raise Refusal(413, says, param="urls", code="too_many")
    return urls


def _write(article: object, called: str, folder: Path, sent: Sent) -> None:
    """Save an article sent without a file, named by a hash of its content so that it can be sent again."""
    name = f"{hashlib.sha256(json.dumps(article, sort_keys=True).encode()).hexdigest()[:12]}.json"
    path = folder / f"{len(sent.sources)}.json"
    path.write_text(json.dumps(article), encoding="utf-8")
    sent.names[name] = called
    sent.sources.append(Upload(name, path))


def _address(written: str) -> Address:
    written = without_surrogates(written).strip()
    if not written.lower().startswith(("http://", "https://")):
        raise Refusal(422, "url: must begin with http:// or https://.", param="url", code="url")
    return Address(written)


def _refuse_constant(name: str) -> object:
    raise ValueError(f"{name} is no JSON")
