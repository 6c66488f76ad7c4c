"""Articles' and readers' text as it may stand in a prompt: no marks, no tags, nothing that speaks to a model.

Articles are untrusted. A sentence that looks like a prompt injection ("ignore the previous instructions") is
left out with the rest of its paragraph and can support nothing; no character of an article can forge the tag
around it, a sentence's number or a role. Quotes are cut from the article itself, not from this text.
"""

import re
from collections.abc import Iterator

from index.passages.sentences import Offsets
from index.store.store import Passage
from rag.prompt.injections import is_injection
from rag.quote.quotes import QuotedSentence

_SANITIZED = str.maketrans(
    {
        "<": "‹",
        ">": "›",
        "＜": "‹",
        "＞": "›",
        "﹤": "‹",
        "﹥": "›",
        "【": "(",
        "】": ")",
        "`": "'",
        "｀": "'",
    }
    | dict.fromkeys(
        # What nobody sees: tags, bidirectional controls, selectors of variants, joiners of no script.
        (*range(0xE0000, 0xE0200), *range(0x202A, 0x202F), *range(0x2060, 0x2070), 0x200B, 0x200E, 0x200F)
    )
)
_MARK_LIKE = re.compile(r"[\[［][\d\s,;–-]*[\]］]")
_FULL_STOP = re.compile(r"[.!?…。！？؟][\"'”’»)\]]{0,3}\Z")
_MOST_LINES = 12
"""Lines without a full stop that are looked at together."""
_LONGEST_NAME = 2_000
"""Characters of a name that are looked at."""


def without_injections(passage: Passage) -> list[tuple[QuotedSentence, ...]]:
    """The passage's sentences without prompt injections, as runs of neighbouring sentences."""
    runs: list[tuple[QuotedSentence, ...]] = []
    run: list[QuotedSentence] = []
    barred_until = -1
    for lines in _lines(passage):
        texts = [passage.text[start - passage.start : end - passage.start] for start, end in lines]
        barred = [is_injection(text) for text in texts]
        if len(lines) > 1 and not any(barred):  # What no line says the lines may say together.
            barred = [is_injection("\n".join(texts))] * len(lines)
        for (start, end), text, is_barred in zip(lines, texts, barred, strict=True):
            if is_barred:
                line_end = passage.text.find("\n", end - passage.start)
                barred_until = passage.end if line_end < 0 else passage.start + line_end
            if start < barred_until:
                runs, run = ([*runs, tuple(run)] if run else runs), []
            else:
                run.append(QuotedSentence(start, end, text))
    return [*runs, tuple(run)] if run else runs


def _lines(passage: Passage) -> Iterator[list[Offsets]]:
    """The passage's sentences; those that a line break ends rather than a full stop, with the next one."""
    lines: list[Offsets] = []
    for start, end in passage.sentences:
        lines.append((start, end))
        if len(lines) == _MOST_LINES or _FULL_STOP.search(
            passage.text, start - passage.start, end - passage.start
        ):
            yield lines
            lines = []
    if lines:
        yield lines


def sanitized(text: str) -> str:
    """`text` on one line, without what could pass for a citation mark or a tag."""
    return " ".join(_MARK_LIKE.sub(" ", without_delimiters(text)).split())


def without_delimiters(text: str) -> str:
    """`text` without what could pass for a tag of the prompt, and without characters that show nothing."""
    return text.translate(_SANITIZED)


def plain_name(text: str | None, longest: int) -> str:
    """A name that an article or an archive brings, on one line, as it may stand between quotation marks.

    At most `longest` characters; empty for one that looks like an injection.
    """
    text = (text or "")[:_LONGEST_NAME]
    return "" if is_injection(text) else sanitized(text).replace('"', "'")[:longest].strip()
