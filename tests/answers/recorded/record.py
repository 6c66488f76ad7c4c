"""Recording the strong model's calls by hand: `python -m tests.answers.recorded.record FOLDER`.

Asks all questions and writes every call for which nothing is recorded into FOLDER, outside the repository:
`<id>.<call>.<n>.txt` is what the product sends, `.json` beside it what the call is about and which sentences
it numbers. Whoever is the model writes `.reply.txt`, in the form that the prompt asks for, and

    python -m tests.answers.recorded.record FOLDER keep

adds the replies to the files here, with places instead of numbers. Then the same again, until no call is
missing: verdicts need answers first, and repairs verdicts. A line of an answer that begins with
`!wrong number!` has an error of that kind put in on purpose.
"""

import json
import re
import sys
import tempfile
from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from contextlib import ExitStack
from dataclasses import asdict
from pathlib import Path
from typing import Any

from index.store.filters import Filter
from index.store.store import Store
from rag.prompt.sanitize import sanitized
from rag.write.statements import SENTINEL
from tests.answers.recorded.archives import ARCHIVES, opened
from tests.answers.recorded.asking import replayed
from tests.answers.recorded.recordings import HERE, Place, Recordings, lines_of, written_out
from tests.answers.recorded.replay import Call, headline, sentences
from tests.scripted import Asked as Request

FILES = {
    "plan": "plans",
    "write": "answers",
    "check": "verdicts",
    "completeness": "verdicts",
    "repair": "repairs",
}
_MARKS = re.compile(r"\[(\d+)\]")
_PLANTED = re.compile(r"^!([^!\n]+)! *", re.MULTILINE)
_VERDICT = re.compile(r"^\s*(?:\d+\s*:\s*)?(\S.*?)\s*$", re.DOTALL)


def dump(into: Path) -> Counter[str]:
    """Ask everything; write the calls that are not recorded into the folder, and count them by kind."""
    written: Counter[str] = Counter()
    of_question: Counter[str] = Counter()

    def missing(id: str, call: Call, about: str, asked: Request) -> None:
        written[call] += 1
        of_question[id] += 1
        name = f"{id}.{call}.{of_question[id]}"
        told = "\n\n".join(f"# {one['role']}\n\n{one['content']}" for one in asked.messages)
        (into / f"{name}.txt").write_text(told + "\n", encoding="utf-8")
        numbered = [[number, headline, text] for headline, number, text in sentences(asked)]
        call_told = {"id": id, "call": call, "about": about, "sentences": numbered}
        (into / f"{name}.json").write_text(json.dumps(call_told, ensure_ascii=False), encoding="utf-8")

    with tempfile.TemporaryDirectory() as stores:
        for asked, answer, _ in replayed(Recordings(), Path(stores), missing=missing):
            print(asked.id, answer.status)
    return written


def keep(replies: Path, stores: Sequence[Store], into: Path = HERE) -> int:
    """Add the folder's replies to the recordings; how many there were."""
    places = _places(stores)
    kept: dict[str, list[dict[str, Any]]] = defaultdict(list)
    for path in sorted(replies.glob("*.reply.txt")):
        told = json.loads(
            path.with_name(path.name.replace(".reply.txt", ".json")).read_text(encoding="utf-8")
        )
        kept[FILES[told["call"]]].append(line(told, path.read_text(encoding="utf-8").strip(), places))
    for name, lines in kept.items():
        file = f"{name}.jsonl"
        (into / file).write_text(written_out([*lines_of(file, into), *lines]), encoding="utf-8")
    return sum(map(len, kept.values()))


Places = Mapping[tuple[str, str], Place]
"""Sentences of an archive by headline and text, as a prompt holds them."""


def line(told: Mapping[str, Any], reply: str, places: Places) -> dict[str, Any]:
    """The line that records a reply to a call."""
    match told["call"]:
        case "plan":
            return {"id": told["id"], "text": reply}
        case "check":
            return {"id": told["id"], "claim": told["about"], "verdict": _verdict(reply)}
        case "completeness":
            return {"id": told["id"], "answer": told["about"].split("\n"), "verdict": _verdict(reply)}
        case "repair":
            return {"id": told["id"], "sentence": told["about"]} | _written(told, reply, places, "DROP")
        case _:
            found = _PLANTED.search(reply)
            kept = {"id": told["id"]} | _written(told, _PLANTED.sub("", reply), places, SENTINEL)
            if found is None:
                return kept
            sentence = _MARKS.sub("", reply[found.end() :].partition("\n")[0])
            return kept | {"planted": {"sentence": _tidy(sentence), "error": found[1]}}


def _verdict(reply: str) -> str:
    return _VERDICT.sub(r"\1", reply)


def _tidy(sentence: str) -> str:
    """A sentence without its item's dash and without the blank that a mark leaves before its full stop."""
    return re.sub(r"\s+(?=[.]$)", "", sentence.strip().removeprefix("- "))


def _written(told: Mapping[str, Any], reply: str, places: Places, nothing: str) -> dict[str, Any]:
    if reply == nothing:
        return {"text": None}
    by_number = {number: places[headline, text] for number, headline, text in told["sentences"]}
    used = [*dict.fromkeys(int(n) for n in _MARKS.findall(reply) if int(n))]

    def own(match: re.Match[str]) -> str:
        return f"[{used.index(int(match[1])) + 1 if int(match[1]) else 0}]"

    return {"text": _MARKS.sub(own, reply), "places": [asdict(by_number[n]) for n in used]}


def _places(stores: Sequence[Store]) -> dict[tuple[str, str], Place]:
    places: dict[tuple[str, str], Place] = {}
    for store in stores:
        for passage in store.passages(store.passage_ids(Filter()).tolist()):
            for start, end in passage.sentences:
                text = sanitized(passage.text[start - passage.start : end - passage.start])
                place = Place(passage.article_id, passage.revision, start, end)
                places.setdefault((headline(passage.title), text), place)
    return places


def _main(arguments: Sequence[str]) -> int:
    match arguments:
        case [folder]:
            print(dict(dump(Path(folder))))
        case [folder, "keep"]:
            with ExitStack() as stack:
                into = Path(stack.enter_context(tempfile.TemporaryDirectory()))
                stores = [stack.enter_context(opened(name, into))[0] for name in ARCHIVES]
                print(keep(Path(folder), stores))
        case _:
            print(__doc__, file=sys.stderr)
            return 2
    return 0


if __name__ == "__main__":
    sys.exit(_main(sys.argv[1:]))
