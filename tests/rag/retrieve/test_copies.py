"""Of copies the earliest stands for all, at the best place that any of them has."""

from index.store.filters import Filter
from rag.retrieve.copies import without_copies
from tests.rag.retrieve.conftest import MakeArchive

BELL = (
    "Divers found the bell. On Friday divers of the harbour guard found the bell of the Corvo below the old "
    "pier, where it had lain for ninety years. The bell weighs forty kilograms and bears the name of its "
    "maker. It will hang in the town hall, said the mayor, who had come to the pier in the rain."
)


def test_the_earliest_copy_takes_the_best_place_of_all(archive: MakeArchive) -> None:
    store = archive(
        {
            "late": ("Hill Gazette", "2020-03-09", BELL),
            "first": ("Harbour Post", "2020-03-07", BELL),
            "rain": ("Daily Lantern", "2020-03-12", "Rain. It rained on the pier all week."),
            "sun": ("Daily Lantern", "2020-03-13", "Sun. The sun came out on Friday."),
        }
    ).store
    every = store.passages(store.passage_ids(Filter()))
    by_name = {one.article_id.rpartition("/")[2].removesuffix(".md"): one.id for one in every}
    order = [by_name[name] for name in ("late", "rain", "first", "sun")]
    kept = without_copies(store, order, 4)
    assert [one.id for one in kept] == [by_name[name] for name in ("first", "rain", "sun")]
    assert [one.id for one in without_copies(store, order, 2)] == [by_name["first"], by_name["rain"]]
