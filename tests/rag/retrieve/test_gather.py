"""What several searches for one question found: each keeps its best, and a copy is read once."""

from datetime import date

from index.store.filters import Filter
from rag.assistant import Assistant
from rag.question.analysed import Leaning
from rag.question.asked import AskedQuestion, as_searched
from rag.retrieve.gather import Gathered, Gatherer
from tests.rag.retrieve.conftest import Articles, MakeArchive

STORY = "Ada Byron sold tickets at the kiosk. She wore a green coat in the rain."
ARTICLES: Articles = {
    "ferry": ("Wire", "2020-01-02", "Grace Hopper steered the ferry Linden. The harbour was quiet."),
    "tickets": ("Post", "2020-03-05", STORY),
    "copy": ("Star", "2020-03-04", STORY),
    **{
        f"market{n}": ("News", f"2020-05-{n + 1:02}", f"The market sold {n} apples. A cart came to mill {n}.")
        for n in range(9)
    },
}


def asked(assistant: Assistant, text: str) -> AskedQuestion:
    store = assistant.store
    return as_searched(text, store, Filter(), store.archive(), date(2020, 6, 1))


def names(assistant: Assistant, gathered: Gathered, most: int) -> list[str]:
    """Names of the articles of what is read, in order."""
    read, analyses = gatherer(assistant).to_read(gathered, most)
    assert all(one.passage.id in analyses for one in read)
    assert [one.rank for one in read] == list(range(1, len(read) + 1))
    return [one.passage.article_id.rpartition("/")[2].removesuffix(".md") for one in read]


def gatherer(assistant: Assistant) -> Gatherer:
    return Gatherer(assistant.store, assistant.retriever, 12)


def test_the_question_and_its_queries_take_turns(archive: MakeArchive) -> None:
    assistant = archive(ARTICLES)
    found = gatherer(assistant).search(asked(assistant, "Who steered the ferry Linden?"))
    queries = ["apples sold on the market", "cart at the mill", "who wore a coat in the rain?"]
    gathered = gatherer(assistant).search_beside(found, queries, Leaning())
    assert gathered.searched == ("Who steered the ferry Linden?", *queries)
    own = [one.passage.id for one in found.passages(4)]
    assert {*own} <= {one.passage.id for one in gathered.passages(8)}
    assert names(assistant, gathered, 6)[0] == "ferry"
    assert any(name in ("tickets", "copy") for name in names(assistant, gathered, 6))


def test_a_copy_that_another_search_found_is_read_once(archive: MakeArchive) -> None:
    assistant = archive(ARTICLES)
    found = gatherer(assistant).search(asked(assistant, "Who steered the ferry Linden?"))
    for query in ("Who wore a green coat?", "tickets at the kiosk, in the Post", "tickets in the Star"):
        found = gatherer(assistant).search_beside(found, [query], Leaning(outlets=("post",)))
    told = names(assistant, found, 12)
    assert [name for name in told if name in ("tickets", "copy")] == ["copy"]
    assert len(told) == len(set(told)) == len(ARTICLES) - 1


def test_a_query_in_words_that_were_searched_is_left_out_unless_the_search_leans(
    archive: MakeArchive,
) -> None:
    assistant = archive(ARTICLES)
    found = gatherer(assistant).search(asked(assistant, "Who sold the apples?"))
    same = ["who sold apples", "Apples, sold by who?"]
    assert gatherer(assistant).search_beside(found, same, Leaning()) == found
    leant = gatherer(assistant).search_beside(found, same, Leaning(outlets=("wire",)))
    assert len(leant.beside) == 1 and leant.searched == found.searched
    assert names(assistant, leant, 9).index("ferry") < names(assistant, found, 12).index("ferry")


def test_each_part_of_a_compound_question_is_searched(archive: MakeArchive) -> None:
    assistant = archive(ARTICLES)
    found = gatherer(assistant).search(
        asked(assistant, "Who steered the ferry Linden, and who sold tickets at the kiosk?")
    )
    assert len(found.parts) == 2 and found.searched == found.parts and found.is_relevant
    assert {*names(assistant, found, 2)} <= {"ferry", "tickets", "copy"}


def test_a_query_may_be_relevant_where_the_question_is_not(archive: MakeArchive) -> None:
    assistant = archive(ARTICLES)
    found = gatherer(assistant).search(asked(assistant, "zxqv wvut klmn?"))
    assert not found.is_relevant
    assert gatherer(assistant).search_beside(found, ["ferry Linden harbour"], Leaning()).is_relevant
    assert not gatherer(assistant).search_beside(found, ["qqq zzz"], Leaning()).is_relevant
