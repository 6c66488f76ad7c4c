"""One run of the ablation: `python -m tests.answers.ablation FOLDER RULE`, RULE as JSON, null for all rules.

FOLDER holds the stores and the scores of pairs. Prints which items are right, as JSON: the labelled claims,
the later half of the marked quotations and reversed claims, the kinds of names that were held out, the asked
dates and the numbers that were written when the rules stood, the reporting questions of `realtimeqa`, and the
natural questions to report.
"""

import json
import sys
from collections.abc import Iterable
from contextlib import nullcontext
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Any

from tests.answers.rules import rule_of, switched_off

if TYPE_CHECKING:
    from index.language.sentence import Sentence
    from index.store.store import Passage


def rights(folder: Path) -> dict[str, bool]:
    """Which items are right."""
    found = _claims() | _quotations() | _reversed() | _kinds() | _dates() | _numbers()
    return found | _answers(folder)


def _claims() -> dict[str, bool]:
    """Of each labelled sentence, whether a true one is kept, or a false one caught."""
    from tests.answers.claims import SETS, labelled, verdict

    return {
        f"claim {name} {place}": (verdict(one) != "unsupported") == one.is_true
        for name in SETS
        for place, one in enumerate(labelled(name))
    }


def _quotations() -> dict[str, bool]:
    """Of each marked quotation whether it is found with its speaker; wrong ones count against them."""
    from corpus.article import Article
    from corpus.read import read
    from tests.answers.cases import archive
    from tests.answers.quotations import found_in, is_right, marked

    expected = marked("reporting")
    found: dict[str, bool] = {}
    for article in read(archive("realtimeqa")):
        if not isinstance(article, Article) or article.id not in expected:
            continue
        given, quotes = found_in(article.text), expected[article.id]
        for quote in quotes:
            found[f"quotation {article.id} {quote.start}"] = any(is_right(one, quote) for one in given)
        # Wrong ones beyond those marked: each takes one right item away, as precision would.
        wrong = sum(not any(is_right(one, quote) for quote in quotes) for one in given)
        found |= {f"quotation {article.id} wrong {n}": n >= wrong for n in range(len(quotes))}
    return found


def _reversed() -> dict[str, bool]:
    """Of each pair whether its claim is seen to be reversed, or not."""
    from index.language.analysis import analyse_question
    from index.language.relations import reversed_roles
    from tests.answers.quotations import HERE

    pairs = map(json.loads, (HERE / "reversed_reporting.jsonl").read_text("utf-8").splitlines())
    return {
        f"reversed {place}": reversed_roles(analyse_question(pair["claim"]), analyse_question(pair["source"]))
        == pair["reversed"]
        for place, pair in enumerate(pairs)
    }


def _kinds() -> dict[str, bool]:
    """Of each name that was held out whether it is found as what it is."""
    from index.language.names import article_names
    from tests.answers.quotations import HERE

    file = HERE.parent / "index" / "language" / "names_kinds.jsonl"
    rows = [row for row in map(json.loads, file.read_text("utf-8").splitlines()) if row["set"] == "held out"]
    return {
        f"kind {place}": any(
            (one.text, one.kind) == (row["name"], row["kind"]) for one in article_names([row["text"]])[0]
        )
        for place, row in enumerate(rows)
    }


def _dates() -> dict[str, bool]:
    """Of each asked date whether its days are right, on three clocks."""
    from index.language.asked_dates import asked
    from tests.index.language.test_asked_dates import ASKED_AFTERWARDS, CLOCKS_AFTERWARDS, days_of

    found = {}
    for clock, today in enumerate(CLOCKS_AFTERWARDS):
        for place, (question, days) in enumerate(ASKED_AFTERWARDS):
            told = asked(question, today)
            is_right = told is not None and (told.first, told.last) == days_of(days, clock)
            found[f"date {place} {clock}"] = is_right
    return found


def _numbers() -> dict[str, bool]:
    """Of each written number whether value, unit and noun are right."""
    from index.language.quantities import quantities
    from tests.index.language.test_quantities import FORMS_AFTERWARDS, told

    return {
        f"number {place}": "; ".join(map(told, quantities(text))) == expected
        for place, (text, expected) in enumerate(FORMS_AFTERWARDS)
    }


def _answers(folder: Path) -> dict[str, bool]:
    from index.models.bge import BgeSmall
    from index.models.cross_encoder import CrossEncoder
    from index.store.store import Store
    from index.vectors.exact import ExactVectors
    from rag.assistant import Assistant
    from rag.evals.target import LocalTarget
    from rag.quote.extract import ExtractiveReader
    from rag.retrieve.search import Retriever
    from tests.answers import cases, natural
    from tests.answers.embedded import RememberedPairs

    embedder, scorer = BgeSmall(), RememberedPairs(CrossEncoder(workers=1), folder)
    found: dict[str, bool] = {}
    Store.analyses = _analysed_now  # type: ignore[method-assign,assignment]
    for corpus in natural.CORPORA:
        with Store.open(folder / corpus) as store:
            retriever = Retriever(store, ExactVectors(store), embedder, scorer)
            target = LocalTarget(Assistant(store, retriever, ExtractiveReader(scorer)), store)
            asked = [one for one in natural.load() if (one.corpus, one.half) == (corpus, natural.HALVES[1])]
            for one in asked:
                outcome = natural.Outcome(one, target.ask(one.case))
                found[f"question {one.case.id}"] = outcome.verdict.is_right
            if corpus == "realtimeqa":
                records = cases.ask_all(target, cases.load("realtimeqa", "reporting"))
                found |= {f"question {record.case.id}": record.passed for record in records}
    return found


_analysed: dict[tuple[Path, int], "list[Sentence]"] = {}


def _analysed_now(store: Any, passages: "Iterable[Passage]") -> "dict[int, list[Sentence]]":
    """What `Store.analyses` gives, without what is stored: with the passage before as the only context."""
    from index.language.analysis import analyse

    wanted = list(passages)
    new = [one for one in wanted if (store.path, one.id) not in _analysed]
    before = store.preceding(new)
    for one in new:
        day = date.fromisoformat(one.published_at[:10].replace("/", "-")) if one.published_at else None
        lead = before[one.id].sentence_texts if one.id in before else ()
        _analysed[store.path, one.id] = analyse([*lead, *one.sentence_texts], day)[len(lead) :]
    return {one.id: _analysed[store.path, one.id] for one in wanted}


def _main(folder: str, written: str) -> None:
    off = json.loads(written)
    with switched_off(rule_of(off)) if off else nullcontext():
        print(json.dumps(rights(Path(folder))))


if __name__ == "__main__":
    _main(*sys.argv[1:])
