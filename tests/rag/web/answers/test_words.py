"""Our own words in six languages: every text in each, dates and numbers as each language writes them."""

import ast
import json
import re
from functools import partial
from pathlib import Path

import pytest

from index.store.filters import Filter
from index.store.store import Archive
from rag.abstain import earlier, withheld
from rag.answer import Notice, Stage
from rag.check.exact import Part, Placed, Standing
from rag.question.filters import unknown_outlets
from rag.question.spelling import Spelling
from rag.web.answers.words import (
    extent_in,
    languages,
    notice_in,
    stage_in,
    words_in,
    words_json,
    written_day,
    written_days,
)
from rag.write.statements import FRAGMENT, OFF_THE_QUESTION, SPEAKS_TO_A_MODEL

ENGLISH = words_in("en")
FOREIGN = [one for one in languages() if one != "en"]
_SLOT = re.compile(r"\{\w+\}")


def test_there_are_six_languages_and_an_unknown_one_is_told_in_english() -> None:
    assert languages() == ("en", "de", "es", "fr", "pt", "it")
    assert words_in("xx") is ENGLISH


@pytest.mark.parametrize("lang", FOREIGN)
def test_each_language_has_every_text_with_the_same_values_in_it(lang: str) -> None:
    words = words_in(lang)
    assert words.keys() == ENGLISH.keys() and words["lang"] == lang
    for key, text in ENGLISH.items():
        assert (text and words[key].strip()) or key == "thousands", key
        assert sorted(_SLOT.findall(words[key])) == sorted(_SLOT.findall(text)), key


@pytest.mark.parametrize("lang", FOREIGN)
def test_nothing_is_left_in_english(lang: str) -> None:
    words = words_in(lang)
    # What is longer than two words is said otherwise in every other language.
    same = [
        key
        for key, text in ENGLISH.items()
        if words[key] == text and len(re.findall(r"[^\W\d_]{3,}", _SLOT.sub("", text))) > 2
    ]
    assert same == []


@pytest.mark.parametrize("lang", languages())
def test_a_year_has_twelve_months_in_words(lang: str) -> None:
    words = words_in(lang)
    for key in ("months", "short_months"):
        assert len(set(words[key].split())) == 12


@pytest.mark.parametrize(
    ("lang", "long", "short"),
    [
        ("en", "5 March 2024", "5 Mar 2024"),
        ("de", "5. März 2024", "5. März 2024"),
        ("es", "5 de marzo de 2024", "5 mar 2024"),
        ("fr", "5 mars 2024", "5 mars 2024"),
        ("pt", "5 de março de 2024", "5 de mar. de 2024"),
        ("it", "5 marzo 2024", "5 mar 2024"),
    ],
)
def test_a_day_is_written_in_the_language(lang: str, long: str, short: str) -> None:
    words = words_in(lang)
    assert written_day("2024-03-05T10:00:00Z", words) == long
    assert written_day("2024-03-05", words, short=True) == short
    assert written_day(None, words) is None


def test_the_first_of_a_month_and_the_extent_of_an_archive() -> None:
    assert written_day("2024-05-01", words_in("fr")) == "1er mai 2024"
    assert written_day("2024-05", words_in("es"), short=True) == "may 2024"
    assert written_day("2024-05", words_in("pt")) == "maio de 2024" and written_day("2024", ENGLISH) == "2024"
    archive = Archive(8_636, 0, "2023-11-21", "2024-05-01")
    assert extent_in(archive, ENGLISH) == "8,636 articles, 21 Nov 2023 to 1 May 2024"
    assert extent_in(archive, words_in("de")) == "8.636 Artikel, 21. Nov. 2023 bis 1. Mai 2024"
    assert extent_in(Archive(1, 1, None, None), words_in("it")) == "1 articolo, senza data"
    assert written_days("2024-05-01", "2024-05-01", ENGLISH) == "1 May 2024"


def test_a_stage_keeps_its_numbers_in_other_languages() -> None:
    reads = Stage("writing", "reader-9 v2 reads 1,024 sentences from 9 articles")
    assert stage_in(reads, ENGLISH) == reads.says
    assert stage_in(reads, words_in("de")) == "Aus 1.024 Sätzen von 9 Artikeln wird geschrieben"
    assert (
        stage_in(Stage("searching", "Searching 8,636 passages"), words_in("es")) == "Buscando en el archivo"
    )
    assert stage_in(Stage("waiting", "Waiting: 3 ahead"), words_in("fr")) == "En attente : 3 avant vous"


ARCHIVE = Archive(3, 0, "2023-11-21", "2024-05-01")
OUTLETS: list[list[str]] = [[], ["The Sum"], ["Harbour Post", "Coast Gazette"]]
SUN = Filter(sources=("The Sun",))


@pytest.mark.parametrize(
    ("notice", "german"),
    [
        (
            Spelling("", (("erdogann", "Erdogan"),)).notices[0],
            "Gesucht wurde nach „Erdogan“ statt nach „erdogann“.",
        ),
        (
            unknown_outlets(SUN, lambda: ["The Sum"]),
            "Das Archiv hat keinen Artikel von „The Sun“; meinten Sie „The Sum“?",
        ),
        (
            unknown_outlets(SUN, lambda: ["A {b}", "C"]),
            "Das Archiv hat keinen Artikel von „The Sun“; seine Medien sind A {b}, C.",
        ),
        (
            withheld(["A", "B", "C", "D"]),
            "Dieses Archiv zeigt jedem Besucher an einem Tag nur einen Teil eines Artikels, "
            "und von “A”, “B”, “C” … ist dieser Teil aufgebraucht; fragen Sie morgen wieder.",
        ),
        (
            earlier(ARCHIVE),
            "Dieses Archiv endet am 1. Mai 2024, vor der Zeit, nach der gefragt ist: "
            "Die Antwort ist aus früherer Zeit.",
        ),
        (
            Notice("", "abstained", status="not_stated", missing=["Ada", "Bob"]),
            "Im Gefundenen kommt „Ada“ oder „Bob“ nicht vor.",
        ),
        (Notice("", "abstained", status="not_stated", missing=[]), ""),
        (
            Notice("", "part", query="And why?", status="not_stated", missing=[]),
            "„And why?“: Das Archiv behandelt dies, sagt es aber nicht.",
        ),
        (Notice("", "left_out", n=3), "Weggelassen: 3 Sätze des Modells, die das Archiv nicht stützt."),
    ],
)
def test_a_notice_is_said_in_the_language_by_its_kind_and_values(notice: Notice, german: str) -> None:
    told = json.loads(json.dumps(notice.told))
    assert notice_in(notice, told, words_in("de")) == german
    assert notice_in(notice, told, ENGLISH) == notice
    assert notice_in(notice, None, words_in("de")) == notice
    assert notice_in(notice, {"kind": "of a later version"}, words_in("de")) == notice


def test_every_kind_of_notice_has_words_and_every_notice_is_of_some_kind(root: Path) -> None:
    trees = [ast.parse(path.read_text(encoding="utf-8")) for path in (root / "rag").rglob("*.py")]
    calls = (
        node
        for tree in trees
        if any(isinstance(one, ast.ImportFrom) and one.module == "rag.answer" for one in tree.body)
        for node in ast.walk(tree)
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == "Notice"
    )
    kinds = {
        one.value
        for call in calls
        for one in ast.walk(call.args[1] if len(call.args) > 1 else ast.Constant(0))
        if isinstance(one, ast.Constant) and isinstance(one.value, str)
    }
    assert {f"notice_{kind}" for kind in kinds} == {key for key in ENGLISH if key.startswith("notice_")}


def test_the_english_of_each_notice_is_what_the_answer_says() -> None:
    foreign = {**ENGLISH, "lang": "xx", "quoted": "{words}"}
    said = [*Spelling("", (("erdogann", "Erdogan"),)).notices, withheld(["A"]), earlier(ARCHIVE)]
    said += [Placed(Part("nine", "number"), one).reason for one in (Standing.NOWHERE, Standing.ELSEWHERE)]
    said += [FRAGMENT, SPEAKS_TO_A_MODEL, OFF_THE_QUESTION]
    said += [one for known in OUTLETS if (one := unknown_outlets(SUN, partial(list, known)))]
    for notice in said:
        assert notice_in("", notice.told, foreign) == notice


def test_scripts_get_the_words_as_json() -> None:
    assert json.loads(words_json("pt"))["copy_cited"] == "Copiar com citações"
