"""Web archives: each capture is a revision of its address with its day; a second run changes nothing."""

from pathlib import Path

from corpus.sources import Address
from index.sync.remove import remove
from index.sync.run import sync
from tests.corpus.documents import http_answer, warc_record
from tests.corpus.serving import serving
from tests.index.newsroom import Newsroom, check_whole

URL = "https://ledger.example/gale"
FIRST = "The ferry stayed in port on Monday because of the gale, the harbour master said."
SECOND = "The ferry sailed again on Tuesday, a day after the gale, the harbour master said."
THIRD = "The ferry is to be sold in the spring, a month after the gale, the harbour master said."


def capture(text: str, day: str, url: str = URL) -> bytes:
    body = f"<html><head><title>Gale</title></head><body><article><p>{text}</p></article></body></html>"
    return warc_record("response", url, http_answer(body.encode()), WARC_Date=f"{day}T08:00:00Z")


def put(newsroom: Newsroom, name: str, *records: bytes) -> Path:
    path = newsroom.folder / name
    path.write_bytes(b"".join(records))
    return path


def history(newsroom: Newsroom, url: str = URL) -> list[tuple[str, str]]:
    """The day and the first words of each revision, oldest first; the last one has to be the article's."""
    with newsroom.open() as store:
        check_whole(store)
        stored = store.article(url)
        assert stored is not None and stored.revision == stored.revisions[-1].revision
        found = []
        for revision in stored.revisions:
            read = store.article(url, revision.revision)
            assert read is not None
            found.append((revision.seen_at[:10], " ".join(read.article.text.split()[:4])))
        return found


ALL = [
    ("2024-03-04", "The ferry stayed in"),
    ("2024-03-05", "The ferry sailed again"),
    ("2024-04-02", "The ferry is to"),
]


def test_each_capture_is_a_revision_with_its_day(newsroom: Newsroom) -> None:
    records = [capture(FIRST, "2024-03-04"), capture(SECOND, "2024-03-05"), capture(THIRD, "2024-04-02")]
    put(newsroom, "news.warc", *records, capture(FIRST, "2024-03-04", f"{URL}/other"))
    report = newsroom.sync()
    assert (report.added, report.updated, report.failed) == (2, 2, ())
    assert history(newsroom) == ALL
    assert history(newsroom, f"{URL}/other") == ALL[:1]


def test_captures_of_one_text_are_one_revision(newsroom: Newsroom) -> None:
    put(newsroom, "news.warc", *(capture(FIRST, f"2024-03-0{day}") for day in (4, 5, 6)))
    newsroom.sync()
    assert history(newsroom) == ALL[:1]


def test_the_order_of_captures_and_files_does_not_matter(newsroom: Newsroom) -> None:
    put(newsroom, "a.warc", capture(THIRD, "2024-04-02"), capture(FIRST, "2024-03-04"))
    put(newsroom, "b.warc", capture(SECOND, "2024-03-05"))
    newsroom.sync()
    assert history(newsroom) == ALL


def test_a_text_that_comes_back_is_a_revision_again(newsroom: Newsroom) -> None:
    records = [capture(FIRST, "2024-03-04"), capture(SECOND, "2024-03-05"), capture(FIRST, "2024-03-06")]
    put(newsroom, "news.warc", *records)
    newsroom.sync()
    assert [day for day, _ in history(newsroom)] == ["2024-03-04", "2024-03-05", "2024-03-06"]


def test_a_second_run_changes_and_embeds_nothing(newsroom: Newsroom) -> None:
    put(newsroom, "a.warc", capture(FIRST, "2024-03-04"), capture(SECOND, "2024-03-05"))
    put(newsroom, "b.warc", capture(THIRD, "2024-04-02"), capture(SECOND, "2024-03-05"))
    newsroom.sync()
    before = history(newsroom)
    with newsroom.open() as store:
        generation = store.generation
    newsroom.embedder.embedded.clear()
    for _ in range(2):
        report = newsroom.sync()
        assert (report.added, report.updated, report.removed, report.failed) == (0, 0, 0, ())
    assert history(newsroom) == before == ALL and not newsroom.embedder.embedded
    with newsroom.open() as store:
        assert store.generation == generation


def test_what_was_left_out_of_an_archive_is_a_notice_and_no_failure(newsroom: Newsroom) -> None:
    gone = warc_record("response", f"{URL}/gone", http_answer(b"", "404 Not Found"))
    path = put(newsroom, "news.warc", capture(FIRST, "2024-03-04"), gone)
    report = newsroom.sync()
    assert report.failed == () and report.added == 1
    [notice] = report.notices
    assert notice == f"{path}: captures that are no articles were left out: 1 with the status 404"


def test_a_page_that_was_taken_down_stays_away(newsroom: Newsroom) -> None:
    put(newsroom, "news.warc", capture(FIRST, "2024-03-04"))
    newsroom.sync()
    remove(newsroom.store_path, [URL], vector_cache=False)
    put(newsroom, "later.warc", capture(SECOND, "2024-03-05"))
    newsroom.sync()
    assert newsroom.ids() == []


def test_the_live_page_goes_on_from_its_captures(newsroom: Newsroom) -> None:
    from corpus.web.fetch import Fetcher

    with serving() as site:
        url = site.html("/gale", f"<html><body><article><p>{THIRD}</p></article></body></html>")
        put(newsroom, "news.warc", capture(FIRST, "2024-03-04", url))
        newsroom.sync()
        with Fetcher(allow_private=True) as fetcher:
            report = sync(
                [Address(url)], newsroom.store_path, newsroom.embedder, vector_cache=False, fetcher=fetcher
            )
        assert (report.updated, report.failed) == (1, ())
        put(newsroom, "more.warc", capture(SECOND, "2024-03-05", url))
        assert newsroom.sync().failed == ()
        assert [words for _, words in history(newsroom, url)] == [words for _, words in ALL]


def test_pruning_keeps_what_another_archive_still_holds(newsroom: Newsroom) -> None:
    first = put(newsroom, "a.warc", capture(FIRST, "2024-03-04"))
    put(newsroom, "b.warc", capture(FIRST, "2024-03-04"))
    newsroom.sync()
    first.unlink()
    assert newsroom.sync(prune=True).removed == 0 and newsroom.ids() == [URL]
