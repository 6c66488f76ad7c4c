"""Every reason beside a sentence is literally true of the articles shown: read by a reader of its own.

The reader knows nothing of the rules. It folds letters, marks, dashes and blanks, and looks whether the words
that a reason names stand where the reason says, or do not.
"""

import re
import unicodedata
from collections.abc import Iterable

import pytest

from rag.check.words import WordCheck, check_words
from rag.prompt.passages import PromptPassages, PromptSentence
from tests.answers.claims import has_claims, labelled, shown, word_check
from tests.answers.test_claims import ROLES
from tests.rag.pairs import HELD_OUT, TUNING

_LETTERS = re.compile(r"[^\W_]+|[$€£%]")
_NAMED = re.compile("“(.*)”", re.DOTALL)


def folded(text: str) -> str:
    """Small letters, digits and signs of money, everything else a single blank."""
    plain = unicodedata.normalize("NFKC", text).casefold()
    return f" {' '.join(_LETTERS.findall(plain))} "


def everything(articles: PromptPassages) -> str:
    """All that is shown: sentences, headlines, outlets, days."""
    shown_of_it = [one.text for one in articles.sentences]
    for article in articles.articles:
        shown_of_it += [article.passage.title or "", article.outlet, article.written]
    return " | ".join(map(folded, shown_of_it))


def is_true(check: WordCheck, articles: PromptPassages, question: str) -> bool:
    """Whether the reason is true of what is shown, word by word."""
    reason = check.reason or ""
    named = [folded(one) for one in re.findall("“([^“”]*)”", reason)] or [""]
    whole = folded(match[1]) if (match := _NAMED.search(reason)) else ""
    cited = " | ".join(folded(one.text) for one in check.cited)
    said = folded(check.text)
    if reason.endswith("stands in none of the articles shown."):
        return whole.strip() != "" and whole in said and whole not in everything(articles)
    if reason.endswith("stands neither in the question nor in any of the articles shown."):
        return whole in said and whole not in everything(articles) and whole not in folded(question)
    if reason.endswith("does not stand in the cited sentences."):
        return whole in said and whole not in cited
    if reason.startswith("It says “") and "where the cited sentence says" in reason:
        return named[0] in said and named[1] in cited and named[1] not in said
    if reason.startswith("It says “"):
        return named[0] in said and named[0] not in cited
    if reason.startswith("It leaves out “"):
        return named[0] in cited and named[0] not in said
    if reason == "It has the words of the cited sentence in another order.":
        return is_reordered(said, check.cited)
    if reason in ("It cites no sentence of the articles.", "It cites a sentence that there is not."):
        return not check.cited
    return check.role == "gap"


def is_reordered(said: str, cited: Iterable[PromptSentence]) -> bool:
    """Whether a cited sentence has words of the claim in another order than the claim has them."""
    for one in cited:
        source = folded(one.text).split()
        left = iter(source)
        if not all(word in left for word in said.split() if word in source):
            return True
    return False


def wrong(checks: Iterable[tuple[WordCheck, PromptPassages, str]]) -> list[tuple[str, str | None]]:
    """The sentences whose reason is not true."""
    return [
        (check.text, check.reason)
        for check, articles, question in checks
        if check.reason is not None and not is_true(check, articles, question)
    ]


def test_reasons_beside_reversed_roles_are_true() -> None:
    checks = []
    for row in ROLES:
        articles = shown(row["source"])
        checks += [(check_words(row[key], (1,), articles, ""), articles, "") for key in ("reversed", "kept")]
    assert sum(check.reason is not None for check, _, _ in checks) >= 40
    assert not wrong(checks)


@pytest.mark.parametrize("pairs", [TUNING, HELD_OUT], ids=["tuning", "held out"])
def test_reasons_beside_the_written_pairs_are_true(pairs: dict[str, list[tuple[str, bool]]]) -> None:
    checks = []
    for text, claims in pairs.items():
        articles = shown(text)
        every = [one.n for one in articles.sentences]
        for claim, _ in claims:
            for marks in (every, every[:1], ()):
                checks.append((check_words(claim, marks, articles, ""), articles, ""))
    assert not wrong(checks)


@pytest.mark.parametrize("name", ["sentences", "natural"])
def test_reasons_beside_all_labelled_sentences_are_true(name: str) -> None:
    if not has_claims():
        pytest.skip("needs the labelled sentences of the shared data")
    found = wrong((word_check(one), one.shown, one.question) for one in labelled(name))
    count = len(found) if name == "natural" else found  # Nobody looks at single sentences of natural.jsonl.
    assert not count
