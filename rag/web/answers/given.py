"""An answer as it was given: what browsers and shares keep of it, sealed so that nobody can make one up.

The seal is an HMAC-SHA256 (RFC 2104) over the kept keys in canonical JSON, with the key in the store's
folder.
"""

import hashlib
import hmac
import json
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import cast

from rag.answer import Answer
from rag.question.filters import filters_to_json

Given = dict[str, object]
"""The kept keys of an `ask` object (`KEPT`); citations and nearest passages are spans without their words."""

NEAREST = 3
"""Nearest passages of an abstention that are kept, one of each article."""
_SENTENCE = ("index", "text", "role", "citations", "support", "highlights", "reason", "folded", "item")
_SPAN = ("article_id", "revision", "start", "end")
KEPT = (
    *("asked_at", "question", "filters", "intent", "status", "searched", "reader", "checked_by", "archive"),
    *("sentences", "citations", "nearest", "articles", "notices", "did_you_mean", "suggestions"),
)


def sealed(answer: Answer, view: Mapping[str, object], key: bytes) -> dict[str, object]:
    """The answer's view (`rag.web.present.answer_view`) with `asked_at`, `filters`, `nearest` and `seal`."""
    by_article = {found.passage.article_id: found.passage for found in reversed(answer.passages)}
    nearest = sorted(by_article.values(), key=lambda one: [f.passage for f in answer.passages].index(one))
    whole = {
        **view,
        "asked_at": datetime.now(UTC).isoformat(timespec="seconds"),
        "filters": filters_to_json(answer.question.where),
        "nearest": [{name: getattr(one, name) for name in _SPAN} for one in nearest[:NEAREST]]
        if answer.abstained
        else [],
    }
    return whole | {"seal": seal(given(whole), key)}


def given(view: Mapping[str, object]) -> Given:
    """What is kept of a view, in the same form however much else it holds."""
    kept: Given = {name: view.get(name) for name in KEPT}
    sentences = cast("list[Mapping[str, object]]", view.get("sentences") or [])
    citations = cast("list[Mapping[str, object]]", view.get("citations") or [])
    articles = cast("list[Mapping[str, object]]", view.get("articles") or [])
    kept["sentences"] = [{name: one[name] for name in _SENTENCE if name in one} for one in sentences]
    kept["citations"] = [{name: one[name] for name in ("n", *_SPAN) if name in one} for one in citations]
    kept["articles"] = [{"id": one["id"]} for one in articles if "id" in one]
    return kept


def seal(kept: Given, key: bytes) -> str:
    """The seal of what is kept, 64 hexadecimal digits."""
    signed = json.dumps(kept, sort_keys=True, ensure_ascii=True, separators=(",", ":"))
    return hmac.new(key, signed.encode(), hashlib.sha256).hexdigest()


def is_ours(view: Mapping[str, object], key: bytes) -> bool:
    """Whether this archive gave the answer: its seal fits what is kept of it. False for any wrong shape."""
    try:
        expected = seal(given(view), key)
    except (KeyError, TypeError, ValueError, AttributeError):
        return False
    return hmac.compare_digest(expected.encode(), str(view.get("seal")).encode("utf-8", "surrogatepass"))
