"""Two hundred rounds of editing, indexing, removing and killing, against a dictionary as the model.

`make storm`. STORM_SEED=N repeats a run, STORM_ROUNDS=N makes it shorter or longer.
"""

import json
import os
import random
import signal
import subprocess
import sys
import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TypeVar

import pytest

from corpus.errors import StoreMissing
from index.passages.split import split
from index.store.filters import Filter
from index.store.lock import locked
from index.store.store import Store
from index.sync.remove import TRACES
from index.vectors.chroma import ChromaVectors
from index.vectors.exact import ExactVectors
from rag.cite import Citations
from rag.feedback import Cited, Feedback, FeedbackStore
from rag.quote.quotes import Quote, QuotedSentence
from tests.fakes import WordOverlapEmbedding
from tests.index.newsroom import check_agreement, check_whole

Thing = TypeVar("Thing")

ROUNDS = int(os.environ.get("STORM_ROUNDS", "200"))
SEED = int(os.environ.get("STORM_SEED", "20261123"))
NAMES = [
    f"{section}/{number}.{suffix}"
    for section in ("city", "world")
    for number in range(8)
    for suffix in ("txt", "md")
]
FEED, LINES = "wire/feed.jsonl", 12

ACT = """
import json, sys, time
from pathlib import Path
from index.sync.remove import remove, restore
from index.sync.run import sync
from tests.fakes import WordOverlapEmbedding
act, folder, store, given = sys.argv[1], Path(sys.argv[2]), Path(sys.argv[3]), json.loads(sys.argv[4])
print("started", flush=True)
if act == "remove":
    done = remove(store, given).changed
elif act == "restore":
    done = restore(store, given).changed
else:
    embedder = WordOverlapEmbedding(lambda: time.sleep(0.01))
    report = sync([folder], store, embedder, prune=act == "prune", rebuild=act == "rebuild")
    done = [report.failed and report.failed[0].reason or "", report.articles]
print(json.dumps(done), flush=True)
"""


@dataclass
class Model:
    """What ought to be: the files, the texts that each id has and had (oldest first), what was removed."""

    files: dict[str, str] = field(default_factory=dict)
    texts: dict[str, list[str]] = field(default_factory=dict)
    removed: set[str] = field(default_factory=set)

    def entries(self) -> dict[str, str]:
        """The text of each id that the files hold."""
        return {f"articles/{name}" if name in NAMES else name: text for name, text in self.files.items()}

    def store_text(self, article_id: str, text: str) -> None:
        """The id has this text from now on."""
        held = self.texts.setdefault(article_id, [])
        if held[-1:] != [text]:
            held.append(text)

    def run_was_completed(self, *, prune: bool) -> None:
        """All that the files hold is stored, and what they do not hold is deleted if it was pruned."""
        entries = self.entries()
        for article_id in entries.keys() - self.removed:
            self.store_text(article_id, entries[article_id])
        if prune:
            for article_id in self.texts.keys() - entries.keys():
                del self.texts[article_id]

    def run_was_killed(self, live: dict[str, str], *, prune: bool) -> None:
        """Each article is as before the run or as it would be after it; which is looked up in `live`."""
        entries = self.entries()
        for article_id in entries.keys() - self.removed:
            before, after = self.texts.get(article_id, [])[-1:], [entries[article_id]]
            now = [live[article_id]] if article_id in live else []
            assert now in (before, after), f"{article_id} is neither what it was nor what it is to be"
            if now == after:
                self.store_text(article_id, after[0])
        candidates = self.texts.keys() - entries.keys()
        if prune and candidates and not candidates & live.keys():
            for article_id in candidates:
                del self.texts[article_id]


class Storm:
    """One archive, its model, and the dice."""

    def __init__(self, folder: Path, project: Path, seed: int) -> None:
        self.dice = random.Random(seed)
        self.model = Model()
        self.folder, self.store_path = folder / "articles", folder / "store"
        self.temporary = folder / "temporary"
        self.folder.mkdir()
        self.temporary.mkdir()
        self._project = project
        self._word = 0
        self.secrets: set[str] = set()
        self.quoted_again: set[str] = set()
        self.cited: dict[tuple[str, str, int, int], str] = {}
        self.kills = 0
        self.embedder = WordOverlapEmbedding()

    # What newsrooms do

    def edit(self) -> None:
        """Write, change and delete a few files."""
        for _ in range(self.dice.randint(1, 6)):
            name = self.dice.choice([*NAMES, *(f"wire-{number}" for number in range(LINES))])
            if self.dice.random() < 0.25:
                self.model.files.pop(name, None)
            else:
                self.model.files[name] = self.text(name)
        self.write()

    def text(self, name: str) -> str:
        """A text with a word that no other text has, now and then of several passages."""
        self._word += 1
        word = f"zq{self._word:05d}word"
        lines = [f"Report {word} says that the {name} harbour was closed. It names the {word} pier twice."]
        if self.dice.random() < 0.2:
            lines += [
                f"Paragraph {n} of {word} tells what {self.dice.choice(NAMES)} cost in the year {1900 + n}, "
                "and that nobody on the council had expected it to last so long."
                for n in range(self.dice.randint(10, 40))
            ]
        if self._word % 7 == 0 and self.model.files:  # A copy of another report, as wire services make them.
            lines.append(self.dice.choice(list(self.model.files.values())))
        return "\n\n".join(lines)

    def write(self) -> None:
        """Bring the folder to what the model says."""
        for name in NAMES:
            path = self.folder / name
            if name not in self.model.files:
                path.unlink(missing_ok=True)
            elif not path.exists() or path.read_text() != self.model.files[name]:
                path.parent.mkdir(parents=True, exist_ok=True)
                path.write_text(self.model.files[name])
        lines = {name: text for name, text in self.model.files.items() if name not in NAMES}
        feed = self.folder / FEED
        feed.parent.mkdir(exist_ok=True)
        feed.unlink(missing_ok=True)
        if lines:
            feed.write_text(
                "".join(json.dumps({"id": name, "text": text}) + "\n" for name, text in lines.items())
            )

    def mark(self) -> None:
        """Readers mark answers that quote a living article, some without saying which one."""
        feedback = FeedbackStore(self.store_path)
        for article_id, texts in self.some(list(self.model.texts.items()), 2):
            words = texts[-1].split("\n")[0]
            # Of an article that was restored: when it is deleted with its file, marks of it stay.
            self.quoted_again.add(words.split()[1])
            cited = (Cited(article_id, "0123456789ab", 0, len(words), words),)
            feedback.add(Feedback("up", "Why?", answer=words, citations=cited))
            feedback.add(Feedback("down", f"Is it true? {words}", comment=words))

    # What is done to the store

    def act(self, act: str, given: list[str], *, never_killed: bool = False) -> None:
        """Index, prune, rebuild, remove or restore in another process, which may be killed at any moment."""
        kill = not never_killed and self.dice.random() < 0.45
        command = [sys.executable, "-c", ACT, act, str(self.folder), str(self.store_path), json.dumps(given)]
        with subprocess.Popen(
            command,
            cwd=self._project,
            env=os.environ | {"TMPDIR": str(self.temporary)},
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            start_new_session=True,
        ) as child:
            assert child.stdout and child.stderr and child.stdout.readline() == "started\n", (
                child.communicate()
            )
            if kill:
                time.sleep(self.dice.uniform(0, 1.5 if act not in ("remove", "restore") else 0.15))
                if child.poll() is None:
                    os.killpg(child.pid, signal.SIGKILL)
            said, wrong = child.communicate()
        killed = child.returncode == -signal.SIGKILL
        assert killed or child.returncode == 0, wrong
        self.kills += killed
        self.account(act, given, killed, said)

    def account(self, act: str, given: list[str], killed: bool, said: str) -> None:
        """Tell the model what was done; what a killed process came to do is looked up."""
        live, removed = self.held()
        if act == "remove":
            assert removed - self.model.removed in ([set(given), set()] if killed else [set(given)])
            for article_id in removed - self.model.removed:
                words = {text.split()[1] for text in self.model.texts.pop(article_id)}
                self.secrets |= words
                self.quoted_again -= words
        elif act == "restore":
            assert self.model.removed - removed in ([set(given), set()] if killed else [set(given)])
        elif killed:
            self.model.run_was_killed(live, prune=act == "prune")
        else:
            failed, articles = json.loads(said)
            assert not failed, failed
            self.model.run_was_completed(prune=act == "prune")
            assert articles == len(self.model.texts)
        self.model.removed = removed
        assert live == {article_id: texts[-1] for article_id, texts in self.model.texts.items()}
        if not killed:
            self.check_nothing_is_left()

    def held(self) -> tuple[dict[str, str], set[str]]:
        """The store's live articles with their texts, and the ids of those that were removed."""
        try:
            store = Store.open(self.store_path)
        except StoreMissing:
            return {}, set()
        with store:
            states = [(one.id, one.state) for one in store.articles()]
            live = {
                id: stored.article.text
                for id, state in states
                if state == "live" and (stored := store.article(id))
            }
        return live, {id for id, state in states if state == "removed"}

    # What is checked

    def check_nothing_is_left(self) -> None:
        """No file of the store and no temporary one holds a word of a removed text that no living one has."""
        living = "\n".join(text for texts in self.model.texts.values() for text in texts)
        gone = {secret for secret in self.secrets if secret not in living}
        for path in (*self.store_path.rglob("*"), *self.temporary.rglob("*")):
            content = path.read_bytes() if path.is_file() else b""
            absent = gone - self.quoted_again if path.name.startswith("feedback") else gone
            assert not [secret for secret in absent if secret.encode() in content], path

    def check(self) -> None:
        """After a completed run the store agrees with the model: revisions, postings, vectors, citations."""
        with locked(self.store_path), Store.open(self.store_path) as store:
            check_whole(store)
            assert store.meta(TRACES) is None
            for article_id, texts in self.model.texts.items():
                stored = store.article(article_id)
                assert stored is not None
                revisions = [store.article(article_id, one.revision) for one in stored.revisions]
                assert [one.article.text for one in revisions if one] == texts
            self.check_search(store)
            self.check_citations(store)

    def check_search(self, store: Store) -> None:
        """Exact search and Chroma find what the model's texts say, and the postings each text's own word."""
        passages = store.passages(store.passage_ids(Filter()).tolist())
        expected = [
            (article_id, span.start, span.end)
            for article_id, texts in self.model.texts.items()
            for span in split(texts[-1])
        ]
        assert sorted((one.article_id, one.start, one.end) for one in passages) == sorted(expected)
        exact = ExactVectors(store)
        with ChromaVectors(store, fewest=0) as chroma:
            assert chroma.sync().rebuilt_because is None and chroma.problem is None
            assert chroma.is_current or not passages
            for passage in self.some(passages, 8):
                query = self.embedder.query(passage.text)
                found = exact.search(query, 5)
                check_agreement(found, chroma.search(query, 5))
                assert found[0][1] > 0.5
        for texts in self.some(list(self.model.texts.values()), 6):
            word = texts[-1].split()[1]
            holders = {name for name, held in self.model.texts.items() if word in held[-1]}
            ids = [key for key, _ in store.lexical([word], 50)]
            assert {one.article_id for one in store.passages(ids)} == holders

    def some(self, things: Sequence[Thing], most: int) -> list[Thing]:
        """A few of them."""
        return self.dice.sample(things, min(most, len(things)))

    def check_citations(self, store: Store) -> None:
        """What was cited is quoted still for as long as its article is there; then more is cited."""
        for (article_id, revision, start, end), quote in list(self.cited.items()):
            stored = store.article(article_id, revision)
            if article_id not in self.model.texts or stored is None:
                # Gone, or gone and back: then nothing of what it was before is left.
                assert not any(text[start:end] == quote for text in self.model.texts.get(article_id, []))
                del self.cited[article_id, revision, start, end]
            else:
                assert stored.article.text[start:end] == quote

        citations = Citations(store)
        for passage in self.some(store.passages(store.passage_ids(Filter()).tolist()), 4):
            start, end = self.dice.choice(passage.sentences)
            sentence = QuotedSentence(start, end, passage.text[start - passage.start : end - passage.start])
            citations.number(Quote(passage, (sentence,)))
        for one in citations.made:
            self.cited[one.article_id, one.revision, one.start, one.end] = one.quote


@pytest.mark.storm
def test_after_two_hundred_rounds_the_store_agrees_with_a_dictionary(tmp_path: Path, root: Path) -> None:
    run(Storm(tmp_path, root, SEED), ROUNDS)


def run(storm: Storm, rounds: int) -> None:
    """The rounds, each with a check where it was completed; the last one is completed."""
    checked = 0
    for number in range(rounds):
        storm.edit()
        storm.mark()
        live, removed = sorted(storm.model.texts), sorted(storm.model.removed)
        act = storm.dice.choices(
            ["index", "prune", "rebuild", "remove", "restore"],
            [10, 6, 1, 4 if live else 0, 3 if removed else 0],
        )[0]
        given = {"remove": storm.some(live, 3), "restore": storm.some(removed, 2)}.get(act, [])
        kills = storm.kills
        storm.act(act, given)
        if storm.kills == kills and act in ("index", "prune", "rebuild"):
            storm.check()
            checked += 1
        print(f"\r{number + 1} of {rounds}, {storm.kills} killed, {checked} checked", end="", flush=True)
    storm.act("index", [], never_killed=True)
    storm.check()
    print(f"\nseed {SEED}: {len(storm.model.texts)} articles, {len(storm.cited)} citations agree")
