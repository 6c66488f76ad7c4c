"""Chains of follow-ups, and how often what is searched names what is asked about.

`python -m tests.answers.chains tuning` prints each question with what is searched; `reporting` only counts.
The chains of these two have five questions. Those of `pointing` are 69 shorter ones, of which the last
question is judged: half of them point back in words such as "that woman", "what was the reason?" or "the year
before"; the other half only look so and are to stay about what they ask. They were written before the rules
that they test; the words expected of four were settled with these. 38 were right without the rules, 48 with
those for "that woman" and "this city", 60 with those for "what was the reason?" and "how long did it take?",
64 with that for "the year before".
"""

import json
import sys
from pathlib import Path
from typing import Any

from rag.answer import Turn
from rag.question.followup import standalone

HERE = Path(__file__).parent


def completed(part: str) -> list[tuple[str, str, bool]]:
    """Each question of each chain, what is searched, and whether that names what is asked about.

    A turn's `names` have to stand in what is searched (one of `this|that`), what it is `not` about must not.
    A turn without `names` is not judged.
    """
    found = []
    for line in (HERE / f"chains_{part}.jsonl").read_text(encoding="utf-8").splitlines():
        history: list[Turn] = []
        for turn in json.loads(line):
            searched = standalone(turn["question"], history)
            if "names" in turn:
                found.append((turn["question"], searched, _names(searched, turn)))
            history += [Turn("user", turn["question"]), Turn("assistant", turn["answer"])]
    return found


def _names(searched: str, turn: dict[str, Any]) -> bool:
    is_named = all(any(name in searched for name in one.split("|")) for one in turn["names"])
    return is_named and not any(name in searched for name in turn.get("not", ()))


if __name__ == "__main__":
    results = completed(sys.argv[1])
    if sys.argv[1] != "reporting":
        for question, searched, is_named in results:
            print("+" if is_named else "-", question, "=>", searched)
    print(sum(is_named for _, _, is_named in results), "of", len(results))
