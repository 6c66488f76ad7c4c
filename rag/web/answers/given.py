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
from rag.web.present import nearest

Given = dict[str, object]
"""The kept keys of an `ask` object (`KEPT`); citations and nearest passages are spans without their words."""

_SENTENCE = (
    *("index", "text", "role", "citations", "support", "highlights", "reason"),
    *("folded", "item", "told", "reason_told"),
)
_SPAN = ("article_id", "revision", "start", "end")
_LISTS = {"sentences": _SENTENCE, "citations": ("n", *_SPAN), "nearest": _SPAN, "articles": ("id",)}
KEPT = (
    *("asked_at", "question", "standalone", "filters", "intent", "status", "status_text", "withheld"),
    *("searched", "reader", "checked_by", "archive"),
    *("sentences", "citations", "nearest", "articles", "notices", "notices_told"),
    *("did_you_mean", "suggestions"),
)


def sealed(answer: Answer, view: Mapping[str, object], key: bytes) -> dict[str, object]:
    """The answer's view (`rag.web.present.answer_view`) with `asked_at`, `nearest` and `seal`."""
    whole = {
        **view,
        "asked_at": datetime.now(UTC).isoformat(timespec="seconds"),
        "nearest": [{name: getattr(one.passage, name) for name in _SPAN} for one in nearest(answer)],
    }
    return whole | {"seal": seal(given(whole), key)}


def given(view: Mapping[str, object]) -> Given:
    """What is kept of a view, in the same form however much else it holds."""
    kept = {name: view[name] for name in KEPT if name in view}
    for name, keys in _LISTS.items():
        if name in kept:
            items = cast("list[Mapping[str, object]]", kept[name])
            kept[name] = [{key: one[key] for key in keys if key in one} for one in items]
    for one in cast("list[dict[str, object]]", kept.get("sentences", [])):
        if one.get("role") == "withdrawn":  # It is shown as a notice in the reader's language.
            one["text"] = ""
            one.pop("told", None)
            one.pop("reason_told", None)
    return kept


def unwrapped(sent: Mapping[str, object]) -> Mapping[str, object]:
    """What a client sends, with its seal: an `ask` object, what is kept of it, or `{"given", "seal"}`."""
    inner = sent.get("given")
    return {**inner, "seal": sent.get("seal")} if isinstance(inner, dict) else sent


def seal(kept: Given, key: bytes) -> str:
    """The seal of what is kept, 64 hexadecimal digits."""
    signed = json.dumps(kept, sort_keys=True, ensure_ascii=True, separators=(",", ":"))
    return hmac.new(key, signed.encode(), hashlib.sha256).hexdigest()


def is_ours(view: Mapping[str, object], key: bytes) -> bool:
    """Whether this archive gave the answer: its seal fits what is kept of it. False for any wrong shape."""
    try:
        expected = seal(given(view), key)
    except (TypeError, ValueError, RecursionError):
        return False
    return hmac.compare_digest(expected.encode(), str(view.get("seal")).encode("utf-8", "surrogatepass"))
