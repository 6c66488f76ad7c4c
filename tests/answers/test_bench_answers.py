"""What the check leaves of a strong model's recorded answers: `make bench-answers`."""

import json
from collections import Counter
from pathlib import Path

import pytest

from rag.answer import Answer, Support
from tests.answers.recorded.asking import replayed
from tests.answers.recorded.recordings import Asked, Recordings, key, lines_of
from tests.answers.recorded.replay import Tally
from tests.answers.recorded.usefulness import FORMS, SCORES, agreement, below_quoted, means

STATES: tuple[Support, ...] = ("verbatim", "supported", "unconfirmed", "unsupported")


@pytest.mark.bench_answers
@pytest.mark.parametrize("is_checked", [True, False], ids=["checked by the model", "checked by words alone"])
def test_recorded_answers_are_replayed(tmp_path: Path, is_checked: bool) -> None:
    recordings = Recordings()
    tallies: dict[str, Tally] = {}
    asked_and_answered: list[tuple[Asked, Answer]] = []
    for asked, answer, tally in replayed(recordings, tmp_path, is_checked=is_checked):
        tallies[asked.archive] = tally
        asked_and_answered.append((asked, answer))
    shown = {
        asked.id: answer
        for asked, answer in asked_and_answered
        if _has_planted_error(asked, answer, recordings)
    }
    print(f"\n## Recorded by hand, {'checked by the model' if is_checked else 'checked by words alone'}\n")
    print(_table(asked_and_answered, recordings))
    print(f"\nplanted errors: {len(shown)} of {len(recordings.planted)} shown {[*shown]}")
    lost = [each for tally in tallies.values() for each in tally.lost]
    defaults = sum((tally.defaults for tally in tallies.values()), Counter())
    calls = sum((tally.calls for tally in tallies.values()), Counter())
    print(f"calls: {dict(calls)}; not recorded: {dict(defaults)}; no longer in the material: {len(lost)}")
    for id, place in lost:
        print(f"- {id}: {place}")
    print(json.dumps(_figures(asked_and_answered, len(shown), defaults, len(lost))))
    assert len(asked_and_answered) == 40


@pytest.mark.bench_answers
def test_scores_of_usefulness() -> None:
    told = lines_of(SCORES)
    if not told:
        pytest.skip("no answer has been judged yet")
    found = means(told)
    print("\n## Usefulness, 0 to 3, judged by the model that wrote the answers\n")
    print("\n".join(f"| {form} | {found[form]:.2f} |" for form in FORMS))
    same, near, n = agreement(told)
    print(
        f"\nbelow the quotation: {below_quoted(told)}; judged twice: {same} of {n} the same, {near} within 1"
    )


def _has_planted_error(asked: Asked, answer: Answer, recordings: Recordings) -> bool:
    planted = recordings.planted.get(asked.id)
    kept = [one.text for one in answer.sentences if one.support != "unsupported"]
    return planted is not None and key(planted.sentence) in map(key, kept)


def _table(told: list[tuple[Asked, Answer]], recordings: Recordings) -> str:
    lines = ["| question | status | " + " | ".join(STATES) + " | gaps | repaired | planted |"]
    lines.append("|---|---|" + "--:|" * (len(STATES) + 2) + "---|")
    for asked, answer in told:
        states = Counter(one.support for one in answer.sentences if one.role != "gap")
        gaps = sum(one.role == "gap" for one in answer.sentences)
        planted = ""
        if asked.id in recordings.planted:
            planted = "shown" if _has_planted_error(asked, answer, recordings) else "caught"
        repaired = answer.draft.repaired if answer.draft else 0
        numbers = " | ".join(str(states[one]) for one in STATES)
        lines.append(f"| {asked.id} | {answer.status} | {numbers} | {gaps} | {repaired} | {planted} |")
    return "\n".join(lines)


def _figures(
    told: list[tuple[Asked, Answer]], planted_shown: int, defaults: Counter[str], lost: int
) -> dict[str, object]:
    written = [answer for _, answer in told if answer.draft]
    states = Counter(one.support for answer in written for one in answer.sentences if one.role == "claim")
    return {
        "status": Counter(answer.status for _, answer in told),
        "sentences": {state: states[state] for state in STATES},
        "gaps": sum(one.role == "gap" for answer in written for one in answer.sentences),
        "repaired": sum(answer.draft.repaired for answer in written if answer.draft),
        "planted_shown": planted_shown,
        "not_recorded": sum(defaults.values()),
        "lost": lost,
    }
