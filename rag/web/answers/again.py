"""An answer that was given, shown again: quotes cut from the store, without what was removed since."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any

from corpus.errors import UsageError
from index.passages.sentences import sentence_spans
from index.store.filters import Filter
from index.store.records import StoredArticle
from index.store.shares import without
from index.store.store import Passage, Store
from index.sync.removed import Removed
from rag.answer import SCHEMA, Citation, Listed, Notice, RankedPassage, Sentence
from rag.cite import Citations
from rag.question.filters import merge_filters
from rag.render import to_markdown
from rag.web.answers.given import Given, given, seal
from rag.web.answers.words import Words, words_in
from rag.web.bounds.exposure import EVERYTHING, Viewer
from rag.web.present import citation_view, corrections_for, listed_view, passage_view, sentence_view


@dataclass(frozen=True, slots=True)
class Again:
    """An answer as it is shown again.

    `view` is as `rag.web.present.answer_view` makes it, and each citation has `corrected_since`: None, or the
    notices (possibly none) of an article whose text was changed since. Sentences that quoted a removed
    article are one of the role "withdrawn". `kept` and its seal take the place of what was given.
    """

    view: dict[str, Any]
    kept: Given
    seal: str
    withdrawn: bool
    corrected: bool


def again(
    answer: Mapping[str, object], store: Store, key: bytes, viewer: Viewer = EVERYTHING, lang: str = "en"
) -> Again:
    """The answer with the words that the viewer may see, in a store that changed since it was given.

    `answer` is one that this archive sealed (`rag.web.answers.given.is_ours`) or shared.
    """
    kept = left_of(answer, store)
    say = words_in(lang)
    quoting = Citations(store, _where(kept))
    cited = [one for span in _items(kept, "citations") if (one := quoting.again(**span))]
    visible = {one.n for one in cited if _may_see(one, viewer)}
    sentences = list(_sentences(kept, visible, say))
    citations = [
        citation_view(one, viewer) | {"corrected_since": _corrected_since(store, one, viewer)}
        for one in cited
        if one.n in visible
    ]
    view: dict[str, Any] = kept | {
        "schema": SCHEMA,
        "answer": to_markdown(sentences),
        "sentences": [sentence_view(one) for one in sentences],
        "citations": citations,
        "passages": list(_nearest(store, kept, viewer)),
    }
    if "articles" in kept:
        view["articles"] = [listed_view(one) for one in _listed(store, kept)]
    fits = seal(kept, key)
    if len(visible) == len(cited):  # Else what is kept says more than what is shown.
        view["seal"] = fits
    withdrawn = any(one["role"] == "withdrawn" for one in _items(kept, "sentences"))
    corrected = any(one["corrected_since"] is not None for one in citations)
    return Again(view, kept, fits, withdrawn or not kept["question"], corrected)


def left_of(answer: Mapping[str, object], store: Store) -> Given:
    """What is kept of an answer, without what it says of articles that the store has no longer."""
    return without(given(answer), lambda one: _stored(store, one) is None, _Said(store).has)


class _Said:
    """Whether a text has words of a removed article; each text is looked up once."""

    def __init__(self, store: Store) -> None:
        self._removed = Removed(store)
        self._known: dict[str, bool] = {}

    def has(self, text: str) -> bool:
        if text not in self._known:
            self._known[text] = self._removed.said_in([text])
        return self._known[text]


def _items(answer: Given, name: str) -> list[dict[str, Any]]:
    items: Any = answer.get(name) or []
    return list(items)


def _stored(store: Store, span: Mapping[str, Any]) -> StoredArticle | None:
    """The article of a citation, a nearest passage or a list, in the revision that is named, if one is."""
    return store.article(str(span.get("article_id", span.get("id"))), span.get("revision"))


def _where(kept: Given) -> Filter:
    """The filters that were set; none where a later version of the filters cannot read them."""
    filters: Any = kept["filters"]
    try:
        return merge_filters(Filter(), filters)
    except UsageError:
        return Filter()


def _may_see(one: Citation, viewer: Viewer) -> bool:
    return viewer.take(one.article_id, one.revision, one.article_text, one.start, one.end)


def _sentences(kept: Given, visible: set[int], say: Words) -> Iterator[Sentence]:
    """The sentences; a notice takes the place of a run of them whose words are gone or may not be seen."""
    before = None
    for one in _items(kept, "sentences"):
        role = one["role"]
        if role != "withdrawn" and visible.issuperset(one["citations"]):
            spans = tuple((start, end) for start, end in one["highlights"])
            read: dict[str, Any] = {"citations": tuple(one["citations"]), "highlights": spans}
            for name, told in (("text", "told"), ("reason", "reason_told")):
                if told in one:
                    read[name] = Notice(one[name], **one[told])
            yield Sentence(**{name: one[name] for name in one.keys() - {"told", "reason_told"}} | read)
            before = None
            continue
        says = say["withdrawn" if role == "withdrawn" else "not_shown"]
        if says != before:
            yield Sentence(
                one["index"], says, role if role == "withdrawn" else "notice", item=one.get("item")
            )
        before = says


def _corrected_since(store: Store, citation: Citation, viewer: Viewer) -> list[dict[str, object]] | None:
    """The correction notices that the quoted article has had since; None where its text is the same.

    Where only our reader has improved it is the same.
    """
    stored = store.article(citation.article_id, citation.revision)
    newest = store.article(citation.article_id)
    if stored is None or newest is None or stored.live:
        return None
    seen = [one.revision for one in stored.revisions]
    later = stored.revisions[seen.index(stored.revision) + 1 :]
    if all(one.cause == "reread" for one in later):
        return None
    before = {one.text for one in stored.corrections}
    new = tuple(one for one in newest.corrections if one.text not in before)
    told = replace(citation, revision=newest.revision, article_text=newest.article.text, corrections=new)
    return corrections_for(told, viewer)


def _nearest(store: Store, kept: Given, viewer: Viewer) -> Iterator[dict[str, object]]:
    """The nearest passages of an abstention, with the words that the viewer may see."""
    for rank, span in enumerate(_items(kept, "nearest"), start=1):
        stored = _stored(store, span)
        if stored is None:
            continue
        article, start, end = stored.article, span["start"], span["end"]
        text = article.text[start:end]
        sentences = tuple((start + a, start + b) for a, b in sentence_spans(text))
        passage = Passage(
            *(0, article.id, stored.revision, start, end, text, sentences),
            *(article.title, article.source, article.published_at, article.url),
        )
        yield passage_view(RankedPassage(rank, passage, 0.0), viewer, spare=True)


def _listed(store: Store, kept: Given) -> Iterator[Listed]:
    for one in _items(kept, "articles"):
        if (stored := _stored(store, one)) is not None:
            article = stored.article
            yield Listed(article.id, article.title, article.source, article.published_at, article.url)
