"""What the check leaves of a strong model's recorded answers: `make bench-answers`."""

import json
from collections import Counter
from pathlib import Path

import pytest

from rag.answer import Answer, Support
from tests.answers.recorded.asking import replayed
from tests.answers.recorded.recordings import Asked, Recordings, key, lines_of
from tests.answers.recorded.replay import Tally
from tests.answers.recorded.usefulness import FORMS, SCORES, agreement, below_quoted, changed, means

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
    print(f"\n## Recorded by hand, {'checked by the model' if is_checked else 'checked by words alone'}\n")
    print(_table(asked_and_answered, recordings))
    for asked, answer in asked_and_answered:
        for one in answer.sentences:
            if one.support == "unsupported" or (is_checked and one.support == "unconfirmed"):
                print(f"\n- {asked.id}, {one.support}: {one.text} ({one.reason})")
    if is_checked:
        others = changed(lines_of(SCORES), {asked.id: answer for asked, answer in asked_and_answered})
        print(f"\nno longer the answers whose usefulness was judged: {others}")
    lost = [each for tally in tallies.values() for each in tally.lost]
    defaults: Counter[str] = sum((tally.defaults for tally in tallies.values()), Counter())
    calls: Counter[str] = sum((tally.calls for tally in tallies.values()), Counter())
    print(f"\ncalls: {dict(calls)}; not recorded: {dict(defaults)}; no longer in the material: {len(lost)}")
    for id, place in lost:
        print(f"- {id}: {place}")
    print(json.dumps(_figures(asked_and_answered, recordings, defaults, len(lost))))
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


def _planted(asked: Asked, answer: Answer, recordings: Recordings) -> str:
    """What became of the error that was put in: the support it is shown with, "caught", or "" without one."""
    planted = recordings.planted.get(asked.id)
    if planted is None:
        return ""
    kept = {key(one.text): one.support for one in answer.sentences if one.support != "unsupported"}
    return str(kept.get(key(planted.sentence), "caught"))


def _table(told: list[tuple[Asked, Answer]], recordings: Recordings) -> str:
    lines = ["| question | status | " + " | ".join(STATES) + " | gaps | repaired | planted |"]
    lines.append("|---|---|" + "--:|" * (len(STATES) + 2) + "---|")
    for asked, answer in told:
        states = Counter(one.support for one in answer.sentences if one.role != "gap")
        gaps = sum(one.role == "gap" for one in answer.sentences)
        planted = _planted(asked, answer, recordings)
        repaired = answer.draft.repaired if answer.draft else 0
        numbers = " | ".join(str(states[one]) for one in STATES)
        lines.append(f"| {asked.id} | {answer.status} | {numbers} | {gaps} | {repaired} | {planted} |")
    return "\n".join(lines)


def _figures(
    told: list[tuple[Asked, Answer]], recordings: Recordings, defaults: Counter[str], lost: int
) -> dict[str, object]:
    written = [answer for _, answer in told if answer.draft]
    states = Counter(one.support for answer in written for one in answer.sentences if one.role == "claim")
    return {
        "status": Counter(answer.status for _, answer in told),
        "sentences": {state: states[state] for state in STATES},
        "gaps": sum(one.role == "gap" for answer in written for one in answer.sentences),
        "repaired": sum(answer.draft.repaired for answer in written if answer.draft),
        "planted": Counter(planted for one in told if (planted := _planted(*one, recordings))),
        "not_recorded": sum(defaults.values()),
        "lost": lost,
    }
