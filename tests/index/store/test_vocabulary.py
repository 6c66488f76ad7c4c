"""Vocabulary of an archive: what it holds now, how it is written, and that a removed word is gone."""

from pathlib import Path

from index.store.vocabulary import Vocabulary
from index.sync.remove import remove
from tests.index.newsroom import COINS, Newsroom

PORT = "The envoy Lars Holmqvist stayed in port. Holmqvist’s ferry left. The port is old, said Holmqvist."


def test_words_are_held_in_any_form_and_asked_for_at_once(newsroom: Newsroom) -> None:
    newsroom.write("a.txt", f"Report\n\n{PORT}")
    newsroom.sync()
    with newsroom.open() as store:
        vocabulary = Vocabulary(store)
        assert vocabulary.missing(["holmqvists", "ports", "wall", "HOLMQVIST"]) == ["wall"]
        assert vocabulary.missing([]) == vocabulary.missing(["?"]) == []
        assert vocabulary.counts(["ferry", "wall"]) == {"ferry": 1, "wall": 0}
        assert ("holmqvist", 1) in list(vocabulary.beginning_with("h"))
        assert all(term[0] in "pf" for term, _ in vocabulary.beginning_with("pf"))


def test_a_name_is_told_by_its_capitals_within_sentences(newsroom: Newsroom) -> None:
    newsroom.write("a.txt", f"Report\n\n{PORT}")
    newsroom.sync()
    with newsroom.open() as store:
        written = Vocabulary(store).written(["holmqvist", "port"], lambda word: word in ("holmqvist", "port"))
        assert set(written) == {"holmqvist", "port"}
        assert written["holmqvist"].usual == "Holmqvist" and written["holmqvist"].is_name
        assert written["port"].usual == "port" and not written["port"].is_name


def test_words_are_together_only_within_one_name(newsroom: Newsroom) -> None:
    newsroom.write("a.txt", f"Report\n\n{PORT}")
    newsroom.sync()
    with newsroom.open() as store:
        vocabulary = Vocabulary(store)
        assert vocabulary.together(["lars", "holmqvist"]) and vocabulary.together(["lars"])
        assert not vocabulary.together(["lars", "old"]) and not vocabulary.together(['"', "lars NOT port"])


def test_texts_are_found_by_words_and_what_stands_beside_them(newsroom: Newsroom) -> None:
    newsroom.write("a.txt", "Boats\n\nThe Coastal Rescue League (CRL) has nine boats.")
    newsroom.write("b.txt", "Crews\n\nThe CRL has crews in (Larvik).")
    newsroom.sync()
    with newsroom.open() as store:
        vocabulary = Vocabulary(store)
        [text] = vocabulary.holding("CRL", "(CRL)")
        assert "nine boats" in text
        assert vocabulary.holding("Coastal Rescue League", "League (") == [text]
        assert vocabulary.holding("CRL", "(crl)") == [] == vocabulary.holding("?", "(CRL)")
        assert vocabulary.in_one_passage(["coastal", "boats"])
        assert not vocabulary.in_one_passage(["coastal", "larvik"])


def test_it_changes_with_the_archive_and_nothing_is_written(newsroom: Newsroom) -> None:
    path = newsroom.write("a.txt", f"Report\n\n{PORT}")
    newsroom.write("b.txt", COINS)
    newsroom.sync()
    with newsroom.open() as store:
        vocabulary = Vocabulary(store)
        before = files_of(newsroom.store_path)
        assert vocabulary.missing(["holmqvist"]) == [] and dict(vocabulary.beginning_with("h"))
        assert files_of(newsroom.store_path) == before
        [removed] = [one.id for one in store.articles() if one.id.endswith(path.name)]
        assert remove(newsroom.store_path, [removed]).notice is None  # No view of the postings hinders it.
        assert vocabulary.missing(["holmqvist"]) == ["holmqvist"]
        assert "holmqvist" not in dict(vocabulary.beginning_with("h"))
        assert vocabulary.written(["holmqvist"], lambda word: True) == {}


def files_of(folder: Path) -> dict[str, int]:
    return {str(file): file.stat().st_size for file in folder.rglob("*") if "-shm" not in file.name}
