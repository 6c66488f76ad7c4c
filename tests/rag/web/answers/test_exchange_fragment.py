"""The fragment: its parts as HTML, in the reader's language, and strangers' text in it as text."""

import json
import re
from dataclasses import replace
from html import unescape
from typing import Any

import pytest

from corpus.page.corrections import Correction
from rag.answer import Answer, Citation, Done, Notice, Released, Sentence, Stage
from rag.quote.happened import When
from rag.render import written_when
from rag.web.answers.exchange import Exchange, drawn
from rag.web.answers.export import to_markdown
from rag.web.answers.given import given, is_ours, sealed, unwrapped
from rag.web.answers.words import languages, words_in
from rag.web.present import answer_view
from tests.rag.web.answers.test_exchange import HOSTILE, Seen
from tests.rag.web.answers.test_shown import CITATION, made

KEY = b"k" * 32
LEFT = Sentence(1, "The ferry left at noon.", "claim", (1,), "verbatim", ((18, 22),))
OTHER = replace(CITATION, n=2, article_id="gazette", title="Late again", source="Coast Gazette")
LATER = replace(OTHER, published_at="2024-02-01")


def lead(index: int, citation: Citation, day: str) -> Sentence:
    return Sentence(index, f"{citation.source}, {day}:", "lead")


def told(*sentences: Sentence, citations: tuple[Citation, ...] = (CITATION,), **changes: Any) -> str:
    """The fragment of an answer, with its entities read."""
    lang = str(changes.pop("lang", "en"))
    return unescape(drawn(answer_view(made(sentences=sentences, citations=citations, **changes)), lang, "a1"))


def lines(html: str, css: str) -> list[str]:
    """The texts of the elements with that class."""
    found = re.findall(rf'<(\w+) class="{css}"[^>]*>(.*?)</\1>', html)
    return [" ".join(Seen(inner).text.split()) for _, inner in found]


def test_the_first_line_says_it_and_the_lead_below_does_not_repeat_it() -> None:
    html = told(lead(0, CITATION, "5 January 2024"), LEFT)
    assert lines(html, "first") == ["noon Harbour Post, 5 January 20241"]
    assert 'class="lead"' not in html and html.index('class="first"') < html.index('class="said"')


def test_outlets_that_differ_stand_in_a_table_and_their_quotes_keep_their_leads() -> None:
    forty = Sentence(1, "Forty people waved.", "claim", (1,), "verbatim", ((0, 5),))
    fifty = Sentence(3, "It was 50 who waved.", "claim", (2,), "verbatim", ((7, 9),))
    html = told(
        *(lead(0, CITATION, "5 January 2024"), forty, lead(2, LATER, "1 February 2024"), fifty),
        citations=(CITATION, LATER),
    )
    rows = [re.findall("<t[hd][^>]*>(.*?)</t[hd]>", row) for row in re.findall("<tr[^>]*>(.*?)</tr>", html)]
    assert [[Seen(cell).text for cell in row] for row in rows] == [
        ["Outlet", "Day", "Figure"],
        ["Harbour Post", "5 Jan 2024", "Forty people1"],
        ["Coast Gazette", "1 Feb 2024", "502"],
    ]
    assert 'class="first"' not in html and len(lines(html, "lead")) == 2


def test_other_words_that_differ_are_no_disagreement() -> None:
    dusk = Sentence(3, "The ferry left at dusk.", "claim", (2,), "verbatim", ((18, 22),))
    html = told(
        *(lead(0, CITATION, "5 January 2024"), LEFT, lead(2, LATER, "1 February 2024"), dusk),
        citations=(CITATION, LATER),
    )
    assert "<table" not in html and 'class="first"' not in html


def test_quotes_of_one_article_are_one_block_with_its_headline_once() -> None:
    again = replace(CITATION, n=3, start=30, end=40, quote="It sank.")
    html = told(LEFT, citations=(CITATION, OTHER, again))
    blocks = re.findall("<li>(.*?)</li>", html.split('<ol class="sources">')[1])
    assert [re.findall(r'id="source-a1-(\d)"', block) for block in blocks] == [["1", "3"], ["2"]]
    assert [block.count('class="headline"') for block in blocks] == [1, 1]
    assert [block.count('class="source" href="/articles/') for block in blocks] == [2, 1]


def test_a_timeline_has_its_days_and_each_leads_to_its_sentence() -> None:
    aground = Sentence(1, "It ran aground on 2 January.", "claim", (1,), "verbatim")
    freed = Sentence(3, "It was freed.", "claim", (2,), "verbatim")
    html = told(aground, freed, citations=(CITATION, LATER), intent="timeline")
    [strip] = re.findall('<ol class="days".*?</ol>', html)
    assert Seen(strip).links == ["#said-a1-1", "#said-a1-3"]
    assert re.findall(">([^<>]+)</a>", strip) == ["2 Jan 2024", "1 Feb 2024"]
    assert 'id="said-a1-1"' in html and 'id="said-a1-3"' in html


def test_a_comparison_has_each_outlet_in_a_column() -> None:
    one, other, third = (Sentence(n, f"Sentence {n}.", "claim", (n,), "verbatim") for n in (1, 2, 3))
    again = replace(CITATION, n=3, article_id="second")
    html = told(
        *(lead(7, CITATION, "5 January 2024"), one, lead(8, OTHER, "5 January 2024"), other),
        *(lead(9, again, "5 January 2024"), third),
        citations=(CITATION, OTHER, again),
        intent="comparison",
    )
    columns = html.split('<div class="column">')[1:]
    assert [re.findall(r"Sentence \d", column.split("<h3")[0]) for column in columns] == [
        ["Sentence 1", "Sentence 3"],
        ["Sentence 2"],
    ]
    plain = told(one, citations=(CITATION,), intent="comparison")
    assert "column" not in plain


@pytest.mark.parametrize(
    ("status", "sign"),
    [
        ("answered", "●"),
        ("partial", "◐"),
        ("not_stated", "○"),
        ("not_in_archive", "×"),
        ("outside_coverage", "◇"),
        ("listed", "≡"),
        ("help", "?"),
    ],
)
def test_each_state_has_a_sign_and_words_of_its_own(status: Any, sign: str) -> None:
    signs = {lines(told(LEFT, status=status, lang=lang), "sign")[0] for lang in languages()}
    assert signs == {sign}
    says = [lines(told(LEFT, status=status, lang=lang), f"status {status}")[0] for lang in languages()]
    assert says[0] not in says[1:]


@pytest.mark.parametrize("lang", languages())
def test_our_words_and_days_are_in_the_readers_language_and_the_articles_in_their_own(lang: str) -> None:
    say = words_in(lang)
    notice = Correction(0, 5, "*An earlier version was wrong.*", "correction", None)
    corrected = replace(CITATION, corrections=(notice,))
    html = told(
        *(lead(0, CITATION, "5 January 2024"), replace(LEFT, highlights=())),
        citations=(corrected,),
        suggestions=("Who steered it?",),
        did_you_mean="When did she leave?",
        lang=lang,
    )
    for key in ("answered", "copy_cited", "helpful", "did_you_mean", "ask_next", "source", "correction"):
        assert say[key] in html, key
    day = {"en": "5 January 2024", "de": "5. Januar 2024", "fr": "5 janvier 2024", "it": "5 gennaio 2024"}
    assert (
        f"Harbour Post, {day.get(lang, '5 de janeiro de 2024' if lang == 'pt' else '5 de enero de 2024')}:"
        in html
    )
    assert "The ferry left at noon." in html and "version was wrong.*" not in html
    if lang != "en":
        english = ("Answered", "Helpful", "Copy", "Ask next", "Correction:", "January", "Source")
        assert not [word for word in english if word in html.split('<span class="to-')[0]]


def test_a_lead_comes_with_what_it_leads_and_so_in_one_language_only() -> None:
    exchange = Exchange("a1", "fr")
    exchange.take(Released(lead(0, CITATION, "5 January 2024"), ()))
    assert lines(exchange.fragment(), "lead") == []
    exchange.take(Released(LEFT, (CITATION,)))
    assert lines(exchange.fragment(), "lead") == ["Harbour Post, 5 janvier 2024:"]


@pytest.mark.parametrize(
    ("lang", "when", "says"),
    [
        ("en", ("2023-12-29", "2023-12-29"), "29 December 2023 – Harbour Post, 5 January 2024:"),
        ("fr", ("2023-12-29", "2023-12-29"), "29 décembre 2023 – Harbour Post, 5 janvier 2024:"),
        ("de", ("2023-12-28", "2023-12-29"), "28–29. Dezember 2023 – Harbour Post, 5. Januar 2024:"),
        ("es", ("2023-12", "2023-12"), "diciembre de 2023 – Harbour Post, 5 de enero de 2024:"),
        ("it", ("1990", "1999"), "1990–1999 – Harbour Post, 5 gennaio 2024:"),
    ],
)
def test_the_lead_of_a_timeline_says_when_it_happened_in_the_language(
    lang: str, when: tuple[str, str], says: str
) -> None:
    quoted = f"{written_when(When(*when))} – Harbour Post, 5 January 2024:"
    told = Notice(quoted, "lead", first=when[0], last=when[1])
    exchange = Exchange("a1", lang)
    exchange.take(Released(Sentence(0, told, "lead"), ()))
    exchange.take(Released(LEFT, (CITATION,)))
    assert lines(exchange.fragment(), "lead") == [says]


def test_notices_and_what_was_not_found_are_said_in_the_readers_language() -> None:
    says = "The archive covers this subject, but does not say. What was found does not mention “Ada”."
    absent = Sentence(0, Notice(says, "abstained", status="not_stated", missing=["Ada"]), "notice")
    searched = Notice("Searched for “Hopper” instead of “Hoper”.", "instead", written="Hopper", typed="Hoper")
    answer = made("not_stated", sentences=(absent,), citations=(), notices=(searched, "Of no kind."))
    for view in (answer_view(answer), json.loads(json.dumps(sealed(answer, answer_view(answer), b"k")))):
        html = drawn(view, "fr", "1").split('<div class="row">')[0]
        assert "Ce qui a été trouvé ne mentionne pas « Ada »." in html and "What was found" not in html
        assert "Recherche de « Hopper » au lieu de « Hoper »." in html and "Of no kind." in html
        assert "Searched for" not in html and says not in html
        english = drawn(view, "en", "1")
        assert "What was found does not mention “Ada”." in english and searched in english
    exchange = Exchange("a1", "fr")
    exchange.take(Released(absent, ()))
    assert "archive covers" not in exchange.fragment() and "« Ada »" in exchange.fragment()


def test_reasons_are_said_in_the_readers_language_after_keeping_too() -> None:
    reason = Notice("“nine” stands in none of the articles shown.", "reason_nowhere", words="nine")
    left_out = Sentence(2, "It lost nine.", "claim", (), "unsupported", (), reason)
    answer = made(sentences=(LEFT, left_out))
    view = json.loads(json.dumps(sealed(answer, answer_view(answer), KEY)))
    assert view["sentences"][1]["reason"] == reason and "reason_told" not in view["sentences"][0]
    for one in (view, view | {"sentences": given(view)["sentences"]}):
        assert "« nine » ne figure dans aucun des articles montrés." in unescape(drawn(one, "fr", "1"))
        assert reason in unescape(drawn(one, "en", "1"))


def test_a_stage_is_told_in_the_readers_language_and_a_place_in_the_queue_is_marked() -> None:
    exchange = Exchange("a1", lang="de")
    assert words_in("de")["asking"] in exchange.fragment()
    exchange.take(Stage("waiting", "Waiting: 3 ahead"))
    assert '<p class="stage" data-waiting>In der Warteschlange: noch 3 davor</p>' in exchange.fragment()


def test_a_finished_answer_carries_what_it_is_kept_and_shared_by() -> None:
    exchange = Exchange("a1", key=KEY)
    exchange.take(Done(made()))
    [kept] = re.findall('<span class="to-keep" hidden>(.*?)</span>', exchange.fragment())
    assert is_ours(unwrapped(json.loads(unescape(kept))), KEY)
    without = Exchange("a1")
    without.take(Done(made()))
    assert "to-keep" not in without.fragment() and 'class="share"' not in without.fragment()


def test_an_abstention_within_filters_offers_to_ask_without_them() -> None:
    plain = drawn(answer_view(made("not_stated")), "en", "a1")
    view = answer_view(made("not_stated")) | {"filters": {"source": ["Post"], "after": None}}
    assert "without-filter" not in plain and "without-filter" in drawn(view, "en", "a1")


def test_what_was_withdrawn_and_corrected_since_is_said() -> None:
    view = answer_view(made())
    view["citations"] = [{**view["citations"][0], "corrected_since": []}]  # type: ignore[index]
    gone = {"index": 9, "text": "Withdrawn.", "role": "withdrawn", "support": None, "citations": []}
    view["sentences"] = [gone]
    html = drawn(view, "en", "a1")
    assert lines(html, "notice withdrawn") == ["Withdrawn."]
    assert lines(html, "corrected since") == [words_in("en")["corrected_since"]]


def test_what_was_searched_instead_of_the_question_stands_by_the_status() -> None:
    given_on = {"asked_at": "2024-02-01T10:00:00+00:00"}
    view = answer_view(made("not_stated", searched=("Where was Grace Hopper born?",))) | given_on
    html = drawn(view, "en", "a1")
    assert lines(html, "searched instead") == ["Searched for: Where was Grace Hopper born?"]
    assert html.index("searched instead") < html.index("sources nearest") and html.count("Searched for") == 1
    assert "*Where was Grace Hopper born?*" in to_markdown(view)
    listed = answer_view(made("listed", searched=("Grace Hopper",)))  # whose words name what is listed
    assert "Searched for" not in drawn(listed, "en", "a1")
    typed = answer_view(made("not_stated")) | given_on
    capitals = {**typed, "question": str(typed["question"]).lower().replace("'", "")}
    assert "searched instead" not in drawn(capitals, "en", "a1")
    assert "searched instead" not in drawn(typed, "en", "a1") and "Searched for:" in drawn(typed, "en", "a1")
    assert "Searched for" not in to_markdown(typed)


def test_a_withdrawn_answer_can_be_asked_again_and_not_shared() -> None:
    view = answer_view(made()) | {"status": "withdrawn", "sentences": [], "citations": [], "seal": "0" * 64}
    html = drawn(view, "en", "a1")
    assert 'class="ask-again"' in html and 'class="share"' not in html
    shared = {name: value for name, value in view.items() if name != "seal"}
    assert 'class="ask-again"' not in drawn(shared, "en", "a1")


def test_signs_of_markdown_around_a_quotation_are_not_shown() -> None:
    quote = "*Correction: it was Ada.*"
    said = Sentence(1, quote, "claim", (1,), "verbatim", ((20, 23),))
    html = drawn(
        answer_view(made(sentences=(said,), citations=(replace(CITATION, quote=quote),))), "en", "a1"
    )
    shown = html.split('<span class="to-')[0]
    assert "*" not in shown and ">Correction: it was <mark>Ada</mark>." in shown


def hostile() -> Answer:
    """An answer in which every text of a stranger tries to be markup."""
    citation = replace(CITATION, title=HOSTILE, source=HOSTILE, quote=HOSTILE)
    first = Sentence(1, f"one {HOSTILE}", "claim", (1,), "verbatim", ((0, 3),))
    said = (Sentence(0, HOSTILE, "lead"), first)
    other = replace(citation, n=2, article_id="gazette")
    more = Sentence(2, f"two {HOSTILE}", "claim", (2,), "verbatim", ((0, 3),))
    answer = made(sentences=(*said, more), citations=(citation, other), suggestions=(HOSTILE,))
    return replace(answer, searched=(HOSTILE,), did_you_mean=HOSTILE, notices=(HOSTILE,))


@pytest.mark.parametrize("intent", ["question", "timeline", "comparison"])
@pytest.mark.parametrize("lang", ["en", "fr"])
def test_text_of_strangers_stays_text_in_every_form(intent: Any, lang: str) -> None:
    exchange = Exchange("a1", lang=lang, key=KEY)
    exchange.take(Done(replace(hostile(), intent=intent)))
    html = exchange.fragment()
    seen = Seen(html)
    assert not seen.tags & {"script", "img", "svg", "style"} and not seen.handlers
    assert all(link.startswith(("/articles/", "#source-a1-", "#said-a1-")) for link in seen.links)
    assert "\n" not in html and " style=" not in re.sub(r">[^<]*<", "><", html)
    assert "<table" in html or intent != "question"
