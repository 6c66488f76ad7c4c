"""Starter cases: what an archive's sentences suggest, and that what is written is read back."""

import json
from pathlib import Path

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st
from jsonschema import Draft202012Validator  # type: ignore[import-untyped]

from corpus.errors import UsageError
from index.language.words import phrase
from index.store.filters import Filter
from index.store.store import Store
from index.sync.run import sync
from rag.answer import Question, Turn
from rag.assistant import Assistant
from rag.evals.cases.case import STATUSES, Case
from rag.evals.cases.read import load
from rag.evals.cases.schema import schema
from rag.evals.cases.starter import FORMS, HEADER, draft, to_mapping, write
from tests.fakes import WordOverlapEmbedding

ARTICLES = (
    ("Envoy arrives", "Wednesday. Alexander Petrov, the special envoy for the region, arrived on Monday."),
    (
        "Storm",
        "The storm passed at night. At least 1,200 people were evacuated from Harbour Street, police said.",
    ),
    ("Council on the bridge", "“We will mend the bridge by May if the money lasts,” said Joan Clarke."),
    ("The observatory", "Grey Hill Observatory was opened in 1911. It was closed on May 3. The dome leaks."),
)


def store_of(folder: Path, *texts: tuple[str, str]) -> Store:
    """A store of articles with these titles and texts, all of 2021."""
    articles = [
        {"id": f"a{n}", "title": title, "text": text, "published_at": "2021-03-04"}
        for n, (title, text) in enumerate(texts)
    ]
    (folder / "feed.jsonl").write_text("\n".join(map(json.dumps, articles)), encoding="utf-8")
    sync([folder / "feed.jsonl"], folder / "store", WordOverlapEmbedding(), vector_cache=False)
    return Store.open(folder / "store")


def test_cases_are_drafted_with_answer_evidence_and_article(tmp_path: Path) -> None:
    with store_of(tmp_path, *ARTICLES) as store:
        drafted = {case.question: case for case in draft(store) if case.evidence}
    assert {question: case.answer for question, case in drafted.items()} == {
        "Who is Alexander Petrov?": ("envoy",),
        "How many people were evacuated from Harbour Street?": ("1,200",),
        "What did Joan Clarke say about the bridge?": ("We will mend the bridge by May if the money lasts",),
        "When was Grey Hill Observatory opened?": ("1911",),
    }
    texts = {f"a{n}": text for n, (_, text) in enumerate(ARTICLES)}
    for case in drafted.values():
        assert case.tags == ("draft",)
        assert case.evidence[0] in texts[case.must_cite[0]]
        assert all(phrase(answer) in phrase(case.evidence[0]) for answer in case.answer)


def test_some_ask_what_the_archive_cannot_know(tmp_path: Path) -> None:
    with store_of(tmp_path, *ARTICLES) as store:
        unknown = [case for case in draft(store, wanted=8) if case.expects_abstention]
        assert len(unknown) == 2
        everything = draft(store, wanted=100)
    for case in unknown:
        assert case.status == ("abstained",)
        assert case.tags == ("draft", "unanswerable")
        assert not case.answer and not case.evidence and not case.must_cite
    questions = {case.question for case in everything}
    assert "How many people were evacuated from Harbour Street in 2028?" in questions
    assert "Who is Alexander Petrov?" in questions


def test_a_name_that_the_archive_mentions_is_not_invented(tmp_path: Path) -> None:
    known = ("People", "Tobias Hallgrenn, the mayor of the town, met Ivo Casterdine, an author, on Monday.")
    with store_of(tmp_path, *ARTICLES, known) as store:
        for seed in range(5):
            asked = [case.question for case in draft(store, seed=seed) if case.expects_abstention]
            assert asked
            assert not any("Hallgrenn" in question or "Casterdine" in question for question in asked)


def test_the_same_seed_drafts_the_same_cases(samples_store: Store) -> None:
    drafts = [draft(samples_store, seed=seed) for seed in (0, 0, 1, 2)]
    assert drafts[0] == drafts[1]
    assert drafts[0] != drafts[2] or drafts[0] != drafts[3]


def test_the_sample_articles_give_a_starter_set_that_loads(samples_store: Store, tmp_path: Path) -> None:
    drafted = draft(samples_store)
    write(drafted, tmp_path / "cases.yaml")
    assert load([tmp_path / "cases.yaml"]) == drafted
    assert len(drafted) == len({case.question for case in drafted}) == 20
    assert sum(case.expects_abstention for case in drafted) == 5
    for case in drafted:
        stored = samples_store.article(case.must_cite[0]) if case.must_cite else None
        assert not case.evidence or (stored and case.evidence[0] in stored.article.text)
    assert [case.intent for case in drafted if case.intent] == [(intent,) for intent in FORMS[:5]]
    assert len({case.question.split()[0] for case in drafted if case.evidence}) == 4
    assert len(draft(samples_store, wanted=7)) == 7


def test_every_form_of_answer_that_is_drafted_comes_when_it_is_asked_for(
    samples_store: Store, samples_by_words: Assistant
) -> None:
    asked = [case for case in draft(samples_store) if case.intent]
    assert {case.status for case in asked} == {("answered",), ("listed",), ("help",)}
    for case in asked:
        answer = samples_by_words.ask(Question(case.question))
        assert ((answer.status,), (answer.intent,)) == (case.status, case.intent), case.question


def test_no_case_expects_a_later_copy_of_an_article(tmp_path: Path) -> None:
    told = " ".join(f"The keeper counted the {word} of the lighthouse again." for word in WORDS)
    articles = [
        {"id": name, "title": "Envoy arrives", "text": f"{ARTICLES[0][1]} {told}", "published_at": day}
        for name, day in (("late", "2021-03-05"), ("early", "2021-03-04"), ("latest", "2021-03-06"))
    ]
    (tmp_path / "feed.jsonl").write_text("\n".join(map(json.dumps, articles)), encoding="utf-8")
    sync([tmp_path / "feed.jsonl"], tmp_path / "store", WordOverlapEmbedding(), vector_cache=False)
    with Store.open(tmp_path / "store") as store:
        assert len(store.copies_of("early")) == 2
        assert {case.must_cite for case in draft(store) if case.evidence} == {("early",)}


def test_an_archive_that_suggests_nothing_gives_none(tmp_path: Path) -> None:
    with store_of(tmp_path, ("A day", "Prices rose in spring. The market opened at nine.")) as store:
        assert draft(store) == []
    with pytest.raises(UsageError, match="no cases to write"):
        write([], tmp_path / "cases.yaml")
    assert not (tmp_path / "cases.yaml").exists()


def test_a_file_that_exists_is_never_overwritten(tmp_path: Path) -> None:
    path = tmp_path / "cases.yaml"
    path.write_text("mine", encoding="utf-8")
    with pytest.raises(UsageError, match="exists already"):
        write([Case("a", "Who?")], path)
    assert path.read_text(encoding="utf-8") == "mine"
    with pytest.raises(UsageError, match="name a file that ends in"):
        write([Case("a", "Who?")], tmp_path / "cases.json")
    with pytest.raises(UsageError, match="cannot be written"):
        write([Case("a", "Who?")], tmp_path / "none" / "cases.yaml")


def test_the_file_says_that_it_wants_a_review(tmp_path: Path) -> None:
    write([Case("a", "Who?"), Case("b", "When?")], tmp_path / "cases.yaml")
    written = (tmp_path / "cases.yaml").read_text(encoding="utf-8")
    assert written == f"{HEADER}\n- id: a\n  question: Who?\n\n- id: b\n  question: When?\n"


WORDS = "stairs lamps windows ropes boats bells charts coats barrels nets doors gulls".split()
TEXT = st.text(st.characters(codec="utf-8"), min_size=1, max_size=40).filter(str.strip)
ODD = st.sampled_from(
    ["no", "~", "null", "2019", "1:30", "- a", "a: b", "# x", "*a", "&a", "!x", "x\n\n y ", "|"]
)
TEXTS = st.lists(TEXT | ODD, max_size=3).map(tuple)
DAY = st.dates().map(lambda day: day.isoformat())
NAME = st.text(st.characters(codec="utf-8", categories=("L", "N", "P", "S")), min_size=1, max_size=20)
CASES = st.builds(
    Case,
    id=NAME,
    question=TEXT | ODD,
    history=st.lists(st.builds(Turn, st.sampled_from(["user", "assistant"]), TEXT), max_size=2).map(tuple),
    answer=TEXTS,
    answer_regex=st.none() | st.sampled_from([r"\d+", "a|b", "(?i)x y", "#", "'\""]),
    must_cite=TEXTS,
    evidence=TEXTS,
    must_say=TEXTS,
    must_not_say=TEXTS,
    status=st.lists(st.sampled_from(STATUSES), max_size=3).map(tuple),
    assertions=TEXTS,
    where=st.builds(Filter, TEXTS, after=st.none() | DAY, before=st.none(), as_of=st.none() | DAY),
    tags=TEXTS,
    known_gap=st.none() | TEXT,
)


def is_consistent(case: Case) -> bool:
    """Whether the reader finds no contradiction in it."""
    claims = case.answer or case.answer_regex or case.must_cite or case.evidence
    return not (case.expects_abstention and claims) and not {*case.must_say} & {*case.must_not_say}


@given(st.lists(CASES.filter(is_consistent), min_size=1, max_size=3, unique_by=lambda case: case.id))
def test_what_is_written_is_read_back_equal_and_fits_the_schema(
    tmp_path_factory: pytest.TempPathFactory, cases: list[Case]
) -> None:
    path = tmp_path_factory.getbasetemp() / "written.yaml"
    path.unlink(missing_ok=True)
    write(cases, path)
    assert load([path]) == cases
    assert Draft202012Validator(schema()).is_valid([to_mapping(case) for case in cases])
    assert yaml.safe_load(path.read_text(encoding="utf-8"))  # what other programs read is YAML too


@pytest.mark.parametrize(
    "sentence",
    [
        "Winners were announced on Nov. 23.",
        "He was elected in 2011.",
        "The gates were opened on Tuesday.",
        "Grey Hill Observatory, a landmark, was opened in 1911.",
        "Grey Hill Observatory was opened for the public.",
    ],
)
def test_a_date_without_a_clear_subject_is_not_asked_for(tmp_path: Path, sentence: str) -> None:
    with store_of(tmp_path, ("A day", f"{sentence} The market opened at nine.")) as store:
        assert draft(store) == []
