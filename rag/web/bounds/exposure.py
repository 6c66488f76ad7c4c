"""How much of an article one visitor sees in a day, over everything that shows words of it.

Where the archive does not show whole articles, a visitor sees at most a fifth of an article's sentences and
of its characters, and at most ten sentences, in one day (UTC). Of a short article it is a quote and one
sentence either side all the same, but never the whole article. What was shown once costs nothing again.
Sentences are known by their words: a revision or a copy of an article does not show more of it. It is kept in
memory, for this process and this day.
"""

import re
import threading
import time
from bisect import bisect_left, bisect_right
from collections import OrderedDict
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from itertools import islice

from index.passages.sentences import sentence_spans
from index.store.store import Store
from rag.web.bounds.links import is_signed, link_key, signature
from rag.web.settings import Exposure

MOST_SENTENCES = 10
"""Sentences of one article that a visitor sees in a day, at most."""
FEWEST_SENTENCES = 3
"""Sentences that a visitor may see of a short article: a quote and one either side of it, but never all."""
SHARE = 5
"""One part in so many of an article's sentences and characters that a visitor sees in a day, at most."""
LONGEST = 600
"""Characters above which a sentence counts as several, so that a text without full stops has a fifth too."""
MOST_OF_ONE = 100_000
"""Sentences that one visitor is shown in a day: what a newsroom behind one address does not reach."""
MOST_OF_ALL = 500_000
"""Sentences that are remembered of all visitors; beyond, who has been away longest is forgotten."""
_COMMON = 20
"""Characters below which a sentence may stand in any article, and is known only within its own."""
_MEASURED = 100_000
"""Sentences of articles that are kept in memory, 250 bytes each; at least those of one article."""


_WORD = re.compile(r"\w+")


@dataclass(frozen=True, slots=True)
class Sentences:
    """The sentences of one text: spans in code points, and what each is known by.

    `lengths` has the characters of each known sentence. `headline` has the one that everybody sees as the
    headline: an article without one goes by its first sentence, which may be cut.
    """

    spans: tuple[tuple[int, int], ...]
    keys: tuple[int, ...]
    lengths: Mapping[int, int]
    characters: int
    headline: frozenset[int] = frozenset()

    @classmethod
    def of(cls, article_id: str, text: str, title: str = "") -> "Sentences":
        """The sentences of an article's text, long ones cut at 600 characters."""
        spans = tuple(piece for start, end in sentence_spans(text) for piece in _pieces(text, start, end))
        keys = tuple(_key(article_id, text[start:end]) for start, end in spans)
        lengths = {key: end - start for key, (start, end) in zip(keys, spans, strict=True)}
        headline = (
            key for key, span in zip(keys, spans, strict=True) if _is_headline(text[slice(*span)], title)
        )
        return cls(spans, keys, lengths, sum(lengths.values()), frozenset(islice(headline, 1)))

    def within(self, start: int, end: int) -> list[int]:
        """The keys of the sentences that `text[start:end]` touches."""
        first = bisect_right(self.spans, start, key=lambda span: span[1])
        last = bisect_left(self.spans, end, key=lambda span: span[0])
        return list(self.keys[first:last])

    def around(self, start: int) -> tuple[int, int]:
        """The span of three sentences around an offset: the one there, the one before and the one after."""
        at = min(bisect_right(self.spans, start, key=lambda span: span[1]), len(self.spans) - 1)
        shown = self.spans[max(0, at - 1) : at + 2]
        return (shown[0][0], shown[-1][1]) if shown else (0, 0)


def _is_headline(sentence: str, title: str) -> bool:
    """Whether the title is the sentence, or its beginning and an ellipsis."""
    named, words = (" ".join(one.split()).rstrip(" .") for one in (title, sentence))
    return bool(named) and (words == named or (named[-1] == "…" and words.startswith(named.rstrip(" …"))))


def _pieces(text: str, start: int, end: int) -> Iterable[tuple[int, int]]:
    while end - start > LONGEST:
        blank = text.rfind(" ", start + LONGEST // 2, start + LONGEST)
        cut = blank + 1 if blank > 0 else start + LONGEST
        yield start, cut
        start = cut
    yield start, end


def _key(article_id: str, sentence: str) -> int:
    """A number for a sentence's words, in this process; 64 bits of SipHash."""
    words = " ".join(_WORD.findall(sentence.casefold())) or sentence
    return hash(words) if len(words) >= _COMMON else hash((article_id, words))


class Ledger:
    """Which sentences each visitor was shown today. May be shared between threads."""

    def __init__(
        self, *, clock: Callable[[], float] = time.time, of_one: int = MOST_OF_ONE, of_all: int = MOST_OF_ALL
    ) -> None:
        self._clock = clock
        self._of_one = of_one
        self._of_all = of_all
        self._lock = threading.Lock()
        self._day = ""
        self._seen: OrderedDict[str, set[int]] = OrderedDict()
        self._total = 0

    def take(
        self, visitor: str, keys: Iterable[int], texts: Iterable[Sentences], *, spare: bool = False
    ) -> bool:
        """Whether the visitor may see these sentences, all of them or none; then they count as shown.

        `texts`: the texts of which no more than the bound may be seen, such as the newest revision beside an
        older one. With `spare` half of the allowance is left to others.
        """
        with self._lock:
            seen = self._of(visitor)
            new = set(keys) - seen
            if not new:
                return True
            if len(seen) + len(new) > self._of_one or not all(_fits(one, new, seen, spare) for one in texts):
                return False
            seen |= new
            self._total += len(new)
            while self._total > self._of_all and len(self._seen) > 1:
                self._total -= len(self._seen.popitem(last=False)[1])
            return True

    def _of(self, visitor: str) -> set[int]:
        day = datetime.fromtimestamp(self._clock(), UTC).date().isoformat()
        if day != self._day:
            self._day, self._total = day, 0
            self._seen.clear()
        seen = self._seen.setdefault(visitor, set())
        self._seen.move_to_end(visitor)
        return seen


def _fits(text: Sentences, new: set[int], seen: set[int], spare: bool) -> bool:
    """Whether the new sentences leave what is seen of the text within the bound."""
    fewer, more = sorted((seen, text.lengths.keys()), key=len)
    shown = {key for key in fewer if key in more} - text.headline
    before = [text.lengths[key] for key in shown | text.headline]
    added = [text.lengths[key] for key in new - text.headline if key in text.lengths]
    if not added or (len(added) == 1 and not (shown or spare)):
        return True
    if not spare and len(before) + len(added) <= min(FEWEST_SENTENCES, len(text.lengths) - 1):
        return True
    share = 2 * SHARE if spare else SHARE
    most = min(MOST_SENTENCES * SHARE, len(text.lengths)) // share
    return len(before) + len(added) <= most and share * (sum(before) + sum(added)) <= text.characters


class Rights:
    """What one server shows of its articles: how much (`exposure`), to whom so far, and the links' key.

    `store` gives the store that is open. May be shared between threads.
    """

    def __init__(self, exposure: Exposure, store: Callable[[], Store], ledger: Ledger | None = None) -> None:
        self.exposure = exposure
        self.ledger = ledger or Ledger()
        self._store = store
        self._lock = threading.Lock()
        self._key: bytes | None = None
        self._measured: OrderedDict[tuple[str, str], Sentences] = OrderedDict()

    @property
    def key(self) -> bytes:
        """The key of signed links, read or made when it is first needed."""
        with self._lock:
            if self._key is None:
                self._key = link_key(self._store().path)
            return self._key

    def sentences(self, article_id: str, revision: str, text: str | None = None) -> Sentences:
        """The sentences of a revision; of one that has left the store, those of `text`."""
        name = (article_id, revision)
        with self._lock:
            if name in self._measured:
                self._measured.move_to_end(name)
                return self._measured[name]
        stored = self._store().article(article_id, revision)
        title = stored.article.title if stored else ""
        measured = Sentences.of(article_id, stored.article.text if stored else text or "", title)
        with self._lock:
            self._measured[name] = measured
            kept = sum(len(one.keys) for one in self._measured.values())
            while kept > _MEASURED and len(self._measured) > 1:
                kept -= len(self._measured.popitem(last=False)[1].keys)
        return measured


@dataclass(frozen=True, slots=True)
class Viewer:
    """One visitor, and what this server shows them of its articles.

    `take` decides about words of an article that are to be shown, and counts them as shown. Under "full" it
    allows everything, and links are not signed.
    """

    rights: Rights | None = field(default=None, repr=False)
    visitor: str = ""

    @property
    def exposure(self) -> Exposure:
        """How much of an article is shown at most."""
        return self.rights.exposure if self.rights else "full"

    @property
    def quotable(self) -> "Callable[[str, str, str, int, int], bool] | None":
        """What an assistant asks before it quotes; None where everything may be quoted."""
        return None if self.exposure == "full" else self.take

    def take(
        self, article_id: str, revision: str, text: str | None, start: int, end: int, *, spare: bool = False
    ) -> bool:
        """Whether `text[start:end]` may be shown, in whole sentences; then it counts as shown.

        `text` is the revision's where it is at hand. With `spare` half of the allowance is
        left to quotes.
        """
        if self.rights is None or self.exposure == "full":
            return True
        measured = self.rights.sentences(article_id, revision, text)
        return self._takes(measured, start, end, [measured], spare=spare)

    def takes_of(self, shown: Sentences, newest: Sentences, start: int, end: int) -> bool:
        """As `take`, of a revision beside the newest one: neither is shown beyond its bound."""
        return self._takes(shown, start, end, [shown, newest])

    def signature(self, article_id: str, revision: str, start: int, end: int) -> str | None:
        """The signature that a link to this span has; None where none is needed."""
        if self.rights is None or self.exposure != "excerpt":
            return None
        return signature(self.rights.key, article_id, revision, start, end)

    def is_signed(self, sig: str, article_id: str, revision: str, start: int, end: int) -> bool:
        """Whether the span of a link may be shown as it is."""
        if self.rights is None or self.exposure == "full":
            return True
        return bool(sig) and is_signed(self.rights.key, sig, article_id, revision, start, end)

    def _takes(
        self, shown: Sentences, start: int, end: int, texts: Iterable[Sentences], *, spare: bool = False
    ) -> bool:
        assert self.rights is not None
        return self.rights.ledger.take(self.visitor, shown.within(start, end), texts, spare=spare)


EVERYTHING = Viewer()
"""Whoever may see whole articles."""
