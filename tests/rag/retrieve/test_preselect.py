"""Worth a pair are sentences with the rare words of the question and the kind of words asked for."""

from index.store.filters import Filter
from rag.question.analysed import analysed
from rag.retrieve.context import candidates
from rag.retrieve.preselect import preselected
from tests.rag.retrieve.conftest import MakeArchive

ARTICLES = {
    "bell": (
        "Harbour Post",
        "2020-03-07",
        "A find. The mayor came to the pier. Divers found the bell in March. People stood about. It rained.",
    ),
    "rain": ("Daily Lantern", "2020-03-12", "Rain. People came to the pier. The mayor stayed at home."),
}


def test_the_sentences_that_share_the_questions_rare_words_are_kept(archive: MakeArchive) -> None:
    store = archive(ARTICLES).store
    passages = store.passages(store.passage_ids(Filter()))
    told = store.analyses(passages)
    groups = [candidates(one, None, told) for one in passages]
    question = analysed("When was the bell found?")
    every = preselected(store, question, groups, 50)
    assert [one.text for one in every] == [one.text for group in groups for one in group]
    (chosen,) = preselected(store, question, groups, 1)
    assert chosen.text == "Divers found the bell in March."


def test_sentences_with_dates_are_kept_where_dates_are_wanted(archive: MakeArchive) -> None:
    store = archive(ARTICLES).store
    passages = store.passages(store.passage_ids(Filter()))
    told = store.analyses(passages)
    groups = [candidates(one, None, told) for one in passages]
    question = analysed("the mayor and the pier")
    kept = [
        [one.text for one in preselected(store, question, groups, 4, dated=dated)] for dated in (False, True)
    ]
    assert ["Divers found the bell in March." in one for one in kept] == [False, True]
