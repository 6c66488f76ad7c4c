"""Articles from files and folders, good ones and hostile ones."""

import gzip
import io
import os
import subprocess
import sys
import zlib
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from corpus.article import Article, Failure
from corpus.errors import ReadError
from corpus.read import SUFFIXES, read, read_content, read_file
from corpus.sources import SourceFile
from tests.corpus.documents import docx, pdf

TEXT = "The bridge over the Elm is closed.\n"


def write(root: Path, *names: str) -> Path:
    """A folder that holds an article under each of these names."""
    for name in names:
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).write_text('{"text": "It is closed."}' if name.endswith(("json", "jsonl")) else TEXT)
    return root


def ids(root: Path) -> list[str]:
    """The ids of the articles under `root`, all of which can be read."""
    found = list(read(root))
    assert not [entry for entry in found if isinstance(entry, Failure)]
    return [entry.id for entry in found if isinstance(entry, Article)]


def failures(root: Path) -> dict[str, str]:
    """The reason of each failure under `root`, by the file's name."""
    found = [entry for entry in read(root) if isinstance(entry, Failure)]
    assert all(entry.reason and entry.reason.isprintable() and entry.path.isprintable() for entry in found)
    return {os.path.basename(entry.path): entry.reason for entry in found}


def test_a_folder_is_read_to_its_depths_in_the_order_of_names(tmp_path: Path) -> None:
    root = write(tmp_path / "news", "b.txt", "a.md", "c/z.txt", "c/a/x.json", "d.jsonl", "B.TXT")
    assert ids(root) == [
        "news/B.TXT",
        "news/a.md",
        "news/b.txt",
        "news/c/a/x.json",
        "news/c/z.txt",
        "news/d.jsonl#1",
    ]


def test_a_file_is_named_relative_to_its_folder(tmp_path: Path) -> None:
    assert ids(write(tmp_path, "news/a.txt") / "news" / "a.txt") == ["a.txt"]


def test_an_article_knows_its_origin_however_the_path_is_written(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    write(tmp_path, "news/a.txt")
    monkeypatch.chdir(tmp_path / "news")
    for root in (Path("."), Path("../news"), tmp_path / "news", Path("..") / "news" / "."):
        (found,) = read(root)
        assert isinstance(found, Article)
        assert (found.id, found.origin) == ("news/a.txt", str(tmp_path / "news" / "a.txt"))


def test_hidden_files_and_other_formats_in_a_folder_are_passed_over(tmp_path: Path) -> None:
    write(tmp_path / "news", "a.txt", ".b.txt", ".git/c.txt", "d.png", "e", "f.txt~")
    assert ids(tmp_path / "news") == ["news/a.txt"]


def test_an_empty_folder_holds_no_articles(tmp_path: Path) -> None:
    assert list(read(tmp_path)) == []


@pytest.mark.parametrize("name", ["a.png", "a", "a.png.gz"])
def test_a_file_of_another_format_that_is_named_is_a_failure(tmp_path: Path, name: str) -> None:
    write(tmp_path, name)
    reason = failures(tmp_path / name)[name]
    assert "not read; the formats are .txt, .md" in reason


def test_a_path_that_is_not_there_is_an_error_at_once(tmp_path: Path) -> None:
    with pytest.raises(ReadError, match=r"there is no file or folder .*/news; check the path"):
        read(tmp_path / "news")
    with pytest.raises(ReadError, match="not a path"):
        read(Path("a\0b"))


def test_a_folder_that_cannot_be_listed_is_an_error_at_once(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(_: str) -> list[str]:
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(os, "listdir", refuse)
    with pytest.raises(ReadError, match="cannot be read: permission denied"):
        read(tmp_path)


def test_one_bad_file_of_each_kind_is_a_failure_and_the_good_ones_are_read(tmp_path: Path) -> None:
    root = write(tmp_path / "news", "a-good.txt", "z-good.txt")
    (root / "empty.txt").touch()
    (root / "binary.txt").write_bytes(bytes(range(256)) * 40)
    (root / "latin.txt").write_bytes("Élysée".encode("latin-1"))
    (root / "blank.md").write_text("\n \n")
    (root / "matter.md").write_text("---\ntitle: [\n---\nText.")
    (root / "menu.html").write_text("<html><body><nav>Home</nav></body></html>")
    (root / "list.json").write_text('[\n{"text": "a"},\n}')
    (root / "huge.txt").write_bytes(b"x" * 10_000_001)
    os.mkfifo(root / "pipe.txt")
    (root / "nowhere.txt").symlink_to(root / "gone.txt")
    (root / "circle.txt").symlink_to(root / "circle.txt")
    told = failures(root)
    assert told.pop("menu.html") == "no article is found on the page"
    assert {name: reason.split(":")[0] for name, reason in told.items()} == {
        "binary.txt": "it is not text",
        "blank.md": "the article has no text",
        "circle.txt": "it cannot be opened",
        "empty.txt": "the file is empty",
        "huge.txt": "it has 10,000,001 bytes, more than the limit of 10 MB for such a file; split it",
        "latin.txt": "it is not valid UTF-8",
        "list.json": "line 3",
        "matter.md": "line 2",
        "nowhere.txt": "it cannot be opened",
        "pipe.txt": "it is not a regular file (a pipe, a device or a socket), so it is not opened",
    }
    good = [entry.id for entry in read(root) if isinstance(entry, Article)]
    assert good == ["news/a-good.txt", "news/z-good.txt"]


def test_a_failure_names_the_path_as_the_user_wrote_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    write(tmp_path, "news/x/a.txt")
    (tmp_path / "news/x/a.txt").write_text("")
    monkeypatch.chdir(tmp_path)
    (failure,) = read(Path("news"))
    assert failure == Failure("news/x/a.txt", "the file is empty", str(tmp_path / "news/x/a.txt"))


def test_a_folder_within_that_cannot_be_listed_is_a_failure(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    root = write(tmp_path / "news", "a.txt", "closed/b.txt", "open/c.txt")
    list_folder = os.listdir

    def refuse(path: str) -> list[str]:
        if os.path.basename(path) == "closed":
            raise PermissionError(13, "Permission denied")
        return list_folder(path)

    monkeypatch.setattr(os, "listdir", refuse)
    assert failures(root) == {"closed": "it cannot be opened: permission denied"}


def test_a_disk_that_fails_while_reading_is_a_failure(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    root = write(tmp_path / "news", "a.txt", "b.jsonl")

    def fail(*_: object) -> bytes:
        raise OSError(5, "Input/output error")

    class Failing(io.BytesIO):
        fileno = read = readline = fail  # type: ignore[assignment]

    monkeypatch.setattr(SourceFile, "open", lambda _: Failing())
    assert failures(root) == dict.fromkeys(["a.txt", "b.jsonl"], "it cannot be read: input/output error")


def test_links_in_a_circle_end_and_nothing_is_read_twice(tmp_path: Path) -> None:
    root = write(tmp_path / "news", "a.txt", "x/b.txt")
    (root / "x" / "up").symlink_to(root)
    (root / "self").symlink_to(".")
    (root / "copy.txt").symlink_to("a.txt")
    (root / "also-x").symlink_to("x")
    (root / "above").symlink_to(tmp_path)
    assert ids(root) == ["news/a.txt", "news/x/b.txt"]


def test_links_to_articles_elsewhere_are_followed_once(tmp_path: Path) -> None:
    write(tmp_path, "other/b.txt", "other/deep/c.txt", "single.txt")
    root = write(tmp_path / "news", "a.txt")
    (root / "linked").symlink_to(tmp_path / "other")
    (root / "linked-again").symlink_to(tmp_path / "other")
    (root / "one.txt").symlink_to(tmp_path / "single.txt")
    assert ids(root) == ["news/a.txt", "news/linked/b.txt", "news/linked/deep/c.txt", "news/one.txt"]


def test_a_link_into_a_hidden_folder_is_followed(tmp_path: Path) -> None:
    root = write(tmp_path / "news", ".annex/7f3a")
    (root / "a.txt").symlink_to(root / ".annex" / "7f3a")
    assert ids(root) == ["news/a.txt"]


def test_many_links_between_folders_take_no_time(tmp_path: Path) -> None:
    for number in range(40):
        folder = write(tmp_path / str(number), "a.txt")
        for link in "xyz":
            (folder / link).symlink_to(tmp_path / str((number + 1) % 40))
    assert len(ids(tmp_path / "0")) == 40


def test_a_folder_may_itself_be_a_link(tmp_path: Path) -> None:
    write(tmp_path, "real/a.txt")
    (tmp_path / "news").symlink_to(tmp_path / "real")
    assert ids(tmp_path / "news") == ["news/a.txt"]


def test_folders_nested_deeper_than_the_stack_are_read(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    for _ in range(1100):
        os.mkdir("d")
        os.chdir("d")
    Path("a.txt").write_text(TEXT)
    Path("b.json").write_text('{"id": "deep", "text": "It is closed."}')
    found = list(read(tmp_path / "d"))
    os.remove("a.txt")
    os.remove("b.json")
    for _ in range(1100):  # pytest could not remove so deep a folder
        os.chdir("..")
        os.rmdir("d")
    too_long, deep = found
    assert isinstance(too_long, Failure) and "characters; give it one of at most 512" in too_long.reason
    assert isinstance(deep, Article) and deep.id == "deep"


def test_odd_names_are_ids_as_they_are(tmp_path: Path) -> None:
    names = ["a b.txt", "a#7.txt", "a%2Fb.txt", "*.txt", "-r.txt", "ü.txt", "😀.txt", "'\".txt", "\\.txt"]
    assert ids(write(tmp_path / "news", *names)) == sorted(f"news/{name}" for name in names)


@pytest.mark.parametrize(
    ("name", "shown"),
    [(b"a\nb.txt", r"a\nb.txt"), (b"a\xffb.txt", r"a\udcffb.txt"), (b"\x1b[31m.txt", r"\x1b[31m.txt")],
)
def test_a_name_that_cannot_be_an_id_is_a_failure(tmp_path: Path, name: bytes, shown: str) -> None:
    (tmp_path / os.fsdecode(name)).write_text(TEXT)
    told = failures(tmp_path)
    assert list(told) == [shown]
    assert told[shown].endswith("holds a control or undecodable character; rename it")


def test_a_jsonl_with_an_odd_name_is_read_where_its_lines_have_ids(tmp_path: Path) -> None:
    (tmp_path / "a\nb.jsonl").write_text('{"id": "x1", "text": "It is closed."}\n')
    assert ids(tmp_path) == ["x1"]


@given(st.binary(max_size=200), st.sampled_from(SUFFIXES))
def test_any_bytes_under_any_suffix_are_articles_or_failures(
    tmp_path_factory: pytest.TempPathFactory, data: bytes, suffix: str
) -> None:
    path = tmp_path_factory.getbasetemp() / f"any{suffix}"
    path.write_bytes(data)
    for entry in read(path):
        assert isinstance(entry, Article | Failure)
        if isinstance(entry, Article):
            assert entry.text.encode("utf-8") and entry.title


def test_a_big_feed_streams(tmp_path: Path) -> None:
    path = tmp_path / "feed.jsonl"
    path.write_text('{"text": "It is closed."}\n' * 3)
    entries: Iterator[Article | Failure] = read_file(path, path)
    first = next(entries)
    with path.open("a") as more:
        more.write('{"id": "late", "text": "It is open."}\n')
    assert isinstance(first, Article)
    assert len(list(entries)) == 3


def test_reading_text_imports_nothing_heavy(tmp_path: Path, root: Path) -> None:
    write(tmp_path, "a.txt", "b.md", "c.json", "d.jsonl")
    script = """
import sys
import zlib
from pathlib import Path
from corpus.read import read
assert len(list(read(Path(sys.argv[1])))) == 4
print(*sorted(name for name in sys.modules if "." not in name))
"""
    done = subprocess.run(
        [sys.executable, "-c", script, tmp_path], cwd=root, capture_output=True, text=True, check=True
    )
    assert not set(done.stdout.split()) & {
        "trafilatura",
        "lxml",
        "chromadb",
        "llama_index",
        "numpy",
        "tiktoken",
    }


# Packed files


PACKED: dict[str, bytes] = {
    "a.txt.gz": TEXT.encode(),
    "b.md.gz": b"---\ntitle: Bridge\n---\n" + TEXT.encode(),
    "c.json.gz": b'[{"text": "%b"}]' % TEXT.strip().encode(),
    "d.jsonl.gz": b'{"text": "%b"}\n' % TEXT.strip().encode() * 3,
    "e.pdf.gz": pdf([[TEXT.strip()]]),
    "f.docx.gz": docx("", TEXT.strip()),
    "g.html.gz": b"<html><body><article><p>%b</p></article></body></html>" % (TEXT.strip().encode() * 3),
    "h.xml.gz": b"<rss><channel><item><title>x</title><description>%b</description></item></channel></rss>"
    % TEXT.strip().encode(),
}


def test_packed_files_of_a_folder_are_read_and_keep_their_own_place(tmp_path: Path) -> None:
    for name, data in PACKED.items():
        (tmp_path / name).write_bytes(gzip.compress(data))
    found = list(read(tmp_path))
    articles = [entry for entry in found if isinstance(entry, Article)]
    assert len(articles) == len(found) == len(PACKED) + 2
    assert {Path(article.origin).name for article in articles} == set(PACKED)
    assert all(TEXT.strip() in article.text for article in articles)
    assert [(one.id, one.line) for one in articles if "d.jsonl" in one.id] == [
        (f"{tmp_path.name}/d.jsonl.gz#{line}", line) for line in (1, 2, 3)
    ]


@pytest.mark.parametrize("name", ["a.gz", "a.txt", "a.bin"])
def test_what_is_packed_is_known_by_its_first_bytes_too(tmp_path: Path, name: str) -> None:
    (tmp_path / name).write_bytes(gzip.compress(PACKED["e.pdf.gz"]))
    [entry] = read(tmp_path / name)
    assert isinstance(entry, Article) and TEXT.strip() in entry.text


def test_a_file_that_was_unpacked_on_its_way_and_kept_its_name_is_read(tmp_path: Path) -> None:
    assert ids(write(tmp_path / "news", "a.txt.gz")) == ["news/a.txt.gz"]


def test_packed_data_are_unpacked_member_by_member_whatever_follows(tmp_path: Path) -> None:
    members = gzip.compress(b'{"text": "One."}\n') + gzip.compress(b'{"text": "Two."}\n')
    (tmp_path / "a.jsonl.gz").write_bytes(members + b"\0" * 512)
    assert [entry.text for entry in read(tmp_path) if isinstance(entry, Article)] == ["One.", "Two."]


def test_what_stands_before_damaged_data_is_read(tmp_path: Path) -> None:
    lines = b"".join(b'{"text": "Line %d of the report."}\n' % number for number in range(20_000))
    packed = gzip.compress(lines)
    (tmp_path / "a.jsonl.gz").write_bytes(packed[: len(packed) // 2])
    *articles, failure = read(tmp_path)
    assert len(articles) > 5_000 and all(isinstance(entry, Article) for entry in articles)
    assert isinstance(failure, Failure) and failure.reason == "its gzip data are cut off"


@pytest.fixture(scope="module")
def bomb() -> bytes:
    """Forty million bytes, packed: four times what so small a file may unpack to."""
    packer = zlib.compressobj(9, wbits=31)
    return b"".join(packer.compress(b"\n" * 1_000_000) for _ in range(40)) + packer.flush()


@pytest.mark.parametrize(
    "name", ["a.txt.gz", "a.pdf.gz", "a.docx.gz", "a.json.gz", "a.html.gz", "a.jsonl.gz"]
)
def test_a_bomb_is_refused_without_being_held(tmp_path: Path, name: str, bomb: bytes) -> None:
    (tmp_path / name).write_bytes(bomb)
    [failure] = read(tmp_path)
    assert isinstance(failure, Failure) and "it unpacks to more than" in failure.reason


def test_one_layer_is_unpacked_and_no_more(tmp_path: Path) -> None:
    (tmp_path / "a.txt.gz").write_bytes(gzip.compress(gzip.compress(b"\0" * 9)))
    [failure] = read(tmp_path)
    assert isinstance(failure, Failure)


def test_a_fetched_document_has_the_site_of_its_address_as_its_outlet() -> None:
    text = b"Ferry stays in port\n\nThe gale closed the harbour on Monday, the harbour master said."
    [article] = read_content(text, ".txt", "https://www.ledger.example/ferry.txt")
    assert (article.source, article.host) == ("ledger.example", "ledger.example")
    [stated] = read_content(b'{"text": "The gale.", "source": "Ledger"}', ".json", "https://a.example/x")
    assert (stated.source, stated.host) == ("Ledger", None)
