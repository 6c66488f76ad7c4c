"""What the checks make of labelled sentences, true ones and ones with a planted error: `make bench-claims`.

Words alone; with verdicts of a check of meaning replayed from the labels; and with one verdict in ten turned
round. `make bench-claims CLAIMS=FILE` reads another file of that form. The last line is one JSON object:
words alone on the file, or on `sentences.jsonl`.
"""

import json
import random
import sys
from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path

from rag.answer import Support
from rag.check.combined import combined
from rag.check.meaning import Verdict
from rag.check.words import WordCheck
from tests.answers.claims import SETS, Labelled, labelled, read, word_check

_SEED = 15
_TURNED_ROUND = 0.1
"""Share of the verdicts that are turned round."""
STATES: tuple[Support, ...] = ("verbatim", "supported", "unconfirmed", "unsupported")
Judged = tuple[Labelled, WordCheck, Support]
Judge = Callable[[Labelled, WordCheck], Support]


def alone(_: Labelled, words: WordCheck) -> Support:
    """The support by words alone."""
    return words.support


def replayed(one: Labelled, words: WordCheck) -> Support:
    """The support with the verdict that the label would give, of a check that is trusted."""
    return combined(words, _verdict(one.is_true), is_trusted=True).support


def turned_round(seed: int = _SEED) -> Judge:
    """The same with one verdict in ten turned round."""
    chance = random.Random(seed)

    def judge(one: Labelled, words: WordCheck) -> Support:
        is_wrong = chance.random() < _TURNED_ROUND
        return combined(words, _verdict(one.is_true != is_wrong), is_trusted=True).support

    return judge


def totals(judged: Iterable[Judged]) -> dict[str, int]:
    """How many true and false sentences there are, and in which states."""
    found = Counter({key: 0 for key in _KEYS})
    for one, _, support in judged:
        label = "true" if one.is_true else "false"
        found[label] += 1
        found[f"{label}_left_out"] += support == "unsupported"
        found[f"{label}_supported"] += support in ("supported", "verbatim")
        found[f"{label}_unconfirmed"] += support == "unconfirmed"
    return {key: found[key] for key in _KEYS}


_KEYS = ("true", "true_left_out", "true_supported", "false", "false_supported", "false_unconfirmed")


def judged_by(judge: Judge, checked: Sequence[tuple[Labelled, WordCheck]]) -> list[Judged]:
    """Each sentence with the support that it has."""
    return [(one, words, judge(one, words)) for one, words in checked]


def table(title: str, judged: Sequence[Judged], *, by_variant: bool) -> str:
    """States by label, and by variant where single kinds may be looked at."""
    rows: dict[tuple[str, str], Counter[Support]] = {}
    for one, _, support in judged:
        label = "true" if one.is_true else "false"
        for variant in {"all", one.variant if by_variant else "all"}:
            rows.setdefault((variant, label), Counter())[support] += 1
    lines = [
        f"\n{title}",
        "",
        f"| variant | label | all | {' | '.join(STATES)} |",
        "|---|---|--:|--:|--:|--:|--:|",
    ]
    for (variant, label), states in sorted(rows.items(), key=lambda row: (row[0][0] != "all", row[0])):
        cells = " | ".join(str(states[state]) for state in STATES)
        lines.append(f"| {variant} | {label} | {states.total()} | {cells} |")
    return "\n".join(lines)


def _verdict(is_true: bool) -> Verdict:
    return Verdict("supported") if is_true else Verdict("not_stated", "a part of it")


def _report(name: str, claims: Sequence[Labelled], *, by_variant: bool) -> dict[str, int]:
    """Prints the tables of one set; what words alone make of it."""
    checked = [(one, word_check(one)) for one in claims]
    by_words = judged_by(alone, checked)
    print(table(f"{name}: words alone", by_words, by_variant=by_variant))
    if by_variant:
        for half in (True, False):
            title = f"{name}: words alone, questions {'tuned on' if half else 'for reporting'}"
            print(table(title, [one for one in by_words if one[0].is_tuned_on is half], by_variant=True))
    print(
        table(
            f"{name}: verdicts replayed from the labels", judged_by(replayed, checked), by_variant=by_variant
        )
    )
    turned = judged_by(turned_round(), checked)
    print(table(f"{name}: one verdict in ten turned round (seed {_SEED})", turned, by_variant=by_variant))
    invented = [support for _, words, support in turned if words.support == "unsupported"]
    shown = sum(support != "unsupported" for support in invented)
    print(f"\n{len(invented)} sentences have a part that stands in no article; {shown} of them are shown.")
    return totals(by_words)


def _main(path: str | None) -> None:
    if path:
        found = _report(Path(path).name, read(Path(path)), by_variant=True)
    else:
        found = _report(SETS[0], labelled(SETS[0]), by_variant=True)
        # Nobody tunes on natural.jsonl, nor looks at its single sentences: totals only.
        _report(SETS[1], labelled(SETS[1]), by_variant=False)
    print()
    print(json.dumps(found))


if __name__ == "__main__":
    _main(sys.argv[1] if len(sys.argv) > 1 else None)
