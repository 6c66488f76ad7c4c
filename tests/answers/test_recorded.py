"""The recorded answers of a strong model: the set holds together, and a prompt gets its own numbers."""

import json
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import pytest

from index.store.store import Store
from index.sync.run import sync
from rag.write.statements import SENTINEL
from tests.answers.cases import archive
from tests.answers.recorded.record import line
from tests.answers.recorded.recordings import Place, Recordings, key, lines_of, questions
from tests.answers.recorded.replay import PROMPTS, Replay, call_of
from tests.answers.recorded.usefulness import AGAIN, FORMS, SCORES, scores
from tests.fakes import WordOverlapEmbedding
from tests.scripted import Asked, Reply

TEXT = "The ferry sank on Monday. Nobody was hurt. It had been built in 1962."
SANK, HURT, BUILT = (0, 25), (26, 42), (43, 69)
LONGEST_QUOTATION = 7
"""Words in a row that a recording may share with an article that has to stay outside the repository."""


@pytest.fixture(scope="module")
def store(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Store]:
    folder = tmp_path_factory.mktemp("recorded")
    article = {"id": "ferry", "title": "Ferry sinks", "published_at": "2021-05-04", "text": TEXT}
    (folder / "feed.jsonl").write_text(json.dumps(article), encoding="utf-8")
    sync([folder / "feed.jsonl"], folder / "store", WordOverlapEmbedding(), vector_cache=False)
    with Store.open(folder / "store") as opened:
        yield opened


def place(store: Store, span: tuple[int, int], revision: str | None = None) -> dict[str, object]:
    [article] = store.articles()
    return {
        "article_id": article.id,
        "revision": revision or article.revision,
        "start": span[0],
        "end": span[1],
    }


def request(name: str, user: str) -> Asked:
    """A request with a prompt's rules, and `user` as what is filled in."""
    prompt = (Path(__file__).parents[2] / "prompts" / f"{name}.md").read_text(encoding="utf-8")
    system = prompt.removeprefix("# system").partition("# user")[0].strip()
    return Asked(
        "/", {}, {"messages": [{"role": "system", "content": system}, {"role": "user", "content": user}]}
    )


def shown(*numbered: tuple[int, str], headline: str = "Ferry sinks") -> str:
    lines = [f"[{number}] {text}" for number, text in numbered]
    tag = f'<article outlet="Post" written="4 May 2021" headline="{headline}">'
    return "\n".join(["Articles:", "", tag, *lines, "</article>"])


def replay_of(folder: Path, store: Store, **files: object) -> Replay:
    """A replay of question "q" with these lines, one a file."""
    for name, told in files.items():
        (folder / f"{name}.jsonl").write_text(json.dumps({"id": "q"} | dict(told)), encoding="utf-8")  # type: ignore[call-overload]
    replay = Replay(Recordings(folder), store)
    replay.question = "q"
    return replay


def test_an_answer_has_the_numbers_of_the_prompt_that_it_is_given(tmp_path: Path, store: Store) -> None:
    places = [place(store, SANK), place(store, BUILT)]
    text = "A ferry of 1962 sank [1][2].\nThe articles do not say why [0]."
    replay = replay_of(tmp_path, store, answers={"text": text, "places": places})
    prompt = shown((31, TEXT[slice(*BUILT)]), (7, TEXT[slice(*SANK)]))
    assert (
        replay(request("answer", prompt)) == "A ferry of 1962 sank [7][31].\nThe articles do not say why [0]."
    )
    assert not replay.tally.lost


def test_the_same_sentence_of_another_article_is_taken_only_where_the_own_one_is_missing(
    tmp_path: Path, store: Store
) -> None:
    replay = replay_of(tmp_path, store, answers={"text": "Sank [1].", "places": [place(store, SANK)]})
    copy = shown((4, TEXT[slice(*SANK)]), headline="A copy")
    assert replay(request("answer", f"{copy}\n\n{shown((9, TEXT[slice(*SANK)]))}")) == "Sank [9]."
    assert replay(request("answer", copy)) == "Sank [4]."


def test_what_is_no_longer_in_the_material_is_left_out_and_counted(tmp_path: Path, store: Store) -> None:
    places = [place(store, SANK), place(store, HURT), place(store, SANK, revision="another")]
    replay = replay_of(tmp_path, store, answers={"text": "Sank [1]. Unhurt [2]. Sank [3].", "places": places})
    assert replay(request("answer", shown((5, TEXT[slice(*SANK)])))) == "Sank [5]. Unhurt. Sank."
    assert replay.tally.lost == [("q", Place(**one)) for one in places[1:]]  # type: ignore[arg-type]


def test_a_refusal_is_the_line_that_the_prompt_asks_for(tmp_path: Path, store: Store) -> None:
    assert replay_of(tmp_path, store, answers={"text": None})(request("answer", shown())) == SENTINEL


def test_a_claim_without_a_verdict_is_not_stated_and_counted(tmp_path: Path, store: Store) -> None:
    replay = replay_of(tmp_path, store, verdicts={"claim": "A ferry sank.", "verdict": "SUPPORTED"})
    checks = "\n\n".join(
        f'<check number="{number}">\nClaim {number}: {claim}\n</check>'
        for number, claim in ((311, "A “ferry” sank."), (312, "A ferry burned."))
    )
    told = str(replay(request("check", checks))).split("\n")
    assert told[0] == "311: SUPPORTED"
    assert told[1].startswith("312: NOT STATED")
    assert replay.tally.defaults == {"check": 1}


def test_a_claim_about_what_the_articles_do_not_say_has_a_verdict_like_any(
    tmp_path: Path, store: Store
) -> None:
    gap = "The articles do not say why."
    replay = replay_of(tmp_path, store, verdicts={"claim": gap, "verdict": "SUPPORTED"})
    check = f'<check number="311">\nClaim 311 (about what the articles do not say): {gap}\n</check>'
    assert replay(request("check", check)) == "311: SUPPORTED"


def test_an_answer_that_was_not_judged_counts_as_one_in_part(tmp_path: Path, store: Store) -> None:
    judged = {"answer": ["A ferry sank.", "Nobody was hurt."], "verdict": "WHOLLY"}
    replay = replay_of(tmp_path, store, verdicts=judged)
    question = "<question>\nWhat happened?\n</question>\n"
    whole = f'{question}<answer number="7">\nA ferry sank.\nNobody was hurt.\n</answer>'
    assert replay(request("check_answer", whole)) == "7: WHOLLY"
    assert replay(request("check_answer", whole.replace("Nobody was hurt.\n", ""))) == "7: PARTLY"
    assert replay.tally.defaults == {"completeness": 1}


def test_a_sentence_without_a_repair_is_dropped_and_counted(tmp_path: Path, store: Store) -> None:
    repair = {
        "sentence": "A ferry sank in 1962.",
        "text": "A ferry sank [1].",
        "places": [place(store, SANK)],
    }
    replay = replay_of(tmp_path, store, repairs=repair)
    material = shown((12, TEXT[slice(*SANK)]))
    for sentence, reply in (("A ferry sank in 1962.", "A ferry sank [12]."), ("A ferry burned.", "DROP")):
        assert replay(request("repair", f"{material}\n\nSentence: {sentence} [3]\nFault: -")) == reply
    assert replay.tally.defaults == {"repair": 1}


def test_a_plan_and_an_answer_that_are_not_recorded_fail_and_are_counted(
    tmp_path: Path, store: Store
) -> None:
    replay = replay_of(tmp_path, store)
    for name in ("plan", "answer"):
        reply = replay(request(name, shown()))
        assert isinstance(reply, Reply) and reply.status == 500
    assert replay.tally.defaults == {"plan": 1, "write": 1}


@pytest.mark.parametrize("name", PROMPTS)
def test_every_prompt_is_told_from_the_others(name: str) -> None:
    assert call_of(request(name, "")) == PROMPTS[name]


def test_a_reply_is_kept_with_places_and_replayed_with_numbers(tmp_path: Path, store: Store) -> None:
    numbered = [[17, "Ferry sinks", TEXT[slice(*SANK)]], [18, "Ferry sinks", TEXT[slice(*HURT)]]]
    places = {
        ("Ferry sinks", TEXT[slice(*span)]): Place(**place(store, span))  # type: ignore[arg-type]
        for span in (SANK, HURT)
    }
    told = {"id": "q", "call": "write", "about": "", "sentences": numbered}
    reply = "A ferry sank [17].\n!wrong number! - Two were hurt [18][17]."
    kept = line(told, reply, places)
    assert kept["text"] == "A ferry sank [1].\n- Two were hurt [2][1]."
    assert kept["planted"] == {"sentence": "Two were hurt.", "error": "wrong number"}
    replay = replay_of(tmp_path, store, answers=kept)
    prompt = shown((1, TEXT[slice(*HURT)]), (2, TEXT[slice(*SANK)]))
    assert replay(request("answer", prompt)) == "A ferry sank [2].\n- Two were hurt [1][2]."


def test_forty_questions_are_recorded_half_of_them_of_each_archive() -> None:
    asked = questions()
    assert len({one.id for one in asked}) == len(asked) == 40
    assert Counter(one.archive for one in asked) == {"samples": 20, "realtimeqa": 20}
    assert len({one.kind for one in asked}) >= 9
    recorded = [told["id"] for told in lines_of("answers.jsonl")]
    assert sorted(recorded) == sorted(one.id for one in asked)
    assert set(Recordings().plans) == {*recorded}


def test_eight_answers_have_an_error_put_in_on_purpose() -> None:
    recordings = Recordings()
    assert len(recordings.planted) == 8
    assert Counter(one.error for one in recordings.planted.values()) == dict.fromkeys(
        ("wrong number", "swapped role", "name of another", "invented quote"), 2
    )
    for id, planted in recordings.planted.items():
        answer = recordings.answers[id]
        assert answer is not None and key(planted.sentence) in key(_without_marks(answer.text)), id


def _without_marks(text: str) -> str:
    return "".join(part.partition("]")[2] if "]" in part else part for part in text.split("["))


def test_no_recording_quotes_an_article_that_stays_outside() -> None:
    articles = archive("realtimeqa").read_text(encoding="utf-8").strip().split("\n")
    held = {
        tuple(words[at : at + LONGEST_QUOTATION + 1])
        for article in map(json.loads, articles)
        for words in [key(f"{article['title']}\n{article['text']}").split()]
        for at in range(len(words) - LONGEST_QUOTATION)
    }
    for text in _recorded_texts():
        words = key(_without_marks(text)).split()
        runs = [tuple(words[at : at + LONGEST_QUOTATION + 1]) for at in range(len(words) - LONGEST_QUOTATION)]
        assert not [run for run in runs if run in held], text


def _recorded_texts() -> Iterator[str]:
    ids = {one.id for one in questions() if one.archive == "realtimeqa"}
    for file in ("answers", "plans", "verdicts", "repairs"):
        for told in lines_of(f"{file}.jsonl"):
            if told["id"] in ids:
                for value in ("text", "verdict", "claim", "sentence"):
                    yield from (each for each in (told.get(value) or "").split("\n") if each)


def test_every_form_of_every_answer_was_judged_with_a_reason_and_fifteen_of_them_twice() -> None:
    told = lines_of(SCORES)
    first = {(one["id"], one["form"]) for one in told if one["judging"] == "first"}
    assert first == {(asked.id, form) for asked in questions() for form in FORMS}
    again = {(one["id"], one["form"]) for one in told if one["judging"] == "second"}
    assert len(again) == AGAIN and len(told) == len(first) + len(again)
    assert all(one["score"] in range(4) and len(one["reason"].split()) > 2 for one in told)


def test_scores_are_read_with_their_reasons() -> None:
    assert scores("2 3 Says it all.\n\n1 0 Of another quake.\n") == {
        2: (3, "Says it all."),
        1: (0, "Of another quake."),
    }
