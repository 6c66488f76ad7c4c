"""A pair classifier from a folder of the user's own: does one text (the premise) entail the other one?

The folder holds `model.onnx` (or `onnx/model.onnx`), `tokenizer.json`, and `config.json` whose `id2label`
names the classes, as models for natural language inference are published.
"""

import hashlib
import json
import math
import re
from collections.abc import Sequence
from pathlib import Path
from typing import Any, Literal

from corpus.errors import Exhausted, ModelError, UsageError
from index.models.onnx import INPUTS, cores, encoded, open_session, open_tokenizer, run

Entailment = Literal["entailment", "contradiction", "other"]
"""What a class says of the pair; "other" is neutral, or not entailed."""

_NEEDS = (
    "ONRECORD_CHECK_DIR needs a folder with model.onnx, tokenizer.json and config.json of a pair classifier"
)
_MOST_TOKENS = 512
_LARGEST_CONFIG = 1_000_000
_NOT_ENTAILED = re.compile(r"n(?:ot|on|o)[ _-]?entail(?:ment|ed|s)?")
_ENTAILED = re.compile(r"entail(?:ment|ed|s)?")
_CONTRADICTED = re.compile(r"contradict(?:ion|ed|ory|s)?")


class PairClassifier:
    """Classifies pairs; calls may come from several threads. `threads`: cores of one run (default: up to 4).

    Raises UsageError, in one sentence, for a folder that holds no such model: it is tried with one pair.
    """

    def __init__(self, folder: Path, *, threads: int | None = None) -> None:
        config = _config(folder)
        self.labels = _labels(folder, config)
        positions = config.get("max_position_embeddings")
        self._max_tokens = (
            min(positions, _MOST_TOKENS) if type(positions) is int and positions > 8 else _MOST_TOKENS
        )
        try:
            self._tokenizer = open_tokenizer(folder / "tokenizer.json", self._max_tokens)
            self._session = open_session(str(_weights(folder)), threads or min(4, cores()))
            unknown = {one.name for one in self._session.get_inputs()} - set(INPUTS)
            width = 0 if unknown else len(self._logits("It rained.", "It was wet."))
        except Exception as error:
            if isinstance(error, Exhausted):
                raise
            problem = f"{folder} holds a model that cannot be used ({type(error).__name__})"
            raise UsageError(f"{problem}; {_NEEDS}") from error
        if unknown:
            raise UsageError(f"the model in {folder} asks for the input {min(unknown)!r}; {_NEEDS}")
        if width != len(self.labels):
            named = f"config.json names {len(self.labels)}"
            raise UsageError(f"the model in {folder} has {width} classes, and {named}; {_NEEDS}")

    def classes(self, pairs: Sequence[tuple[str, str]]) -> list[Entailment | None]:
        """The likeliest class of each pair (premise, hypothesis), run one by one; None without a number.

        A pair that is too long loses the end of its longer text. Raises ModelError.
        """
        try:
            return [self._likeliest(self._logits(*pair)) for pair in pairs]
        except Exhausted:
            raise
        except Exception as error:
            raise ModelError(f"The local model failed ({type(error).__name__}).") from error

    def _logits(self, premise: str, hypothesis: str) -> list[float]:
        output = run(self._session, [encoded(self._tokenizer, self._max_tokens, premise, hypothesis)])
        return [float(number) for number in output.reshape(-1)]

    def _likeliest(self, logits: Sequence[float]) -> Entailment | None:
        if not all(map(math.isfinite, logits)):
            return None
        return self.labels[max(range(len(logits)), key=lambda at: logits[at])]


def digest_of(folder: Path) -> str:
    """The sha256 of the folder's model, tokenizer and labels, which tells one checker from another.

    Raises UsageError where one of them is missing.
    """
    digest = hashlib.sha256()
    try:
        for path in (_weights(folder), folder / "tokenizer.json", folder / "config.json"):
            with path.open("rb") as file:
                digest.update(hashlib.file_digest(file, "sha256").digest())
    except OSError as error:
        raise _unreadable(folder, error) from error
    return digest.hexdigest()


def _weights(folder: Path) -> Path:
    """The model's file; that of the first place where there is none."""
    places = [folder / "model.onnx", folder / "onnx" / "model.onnx"]
    return next((path for path in places if path.is_file()), places[0])


def _unreadable(folder: Path, error: OSError) -> UsageError:
    reason = error.strerror or type(error).__name__
    return UsageError(f"{error.filename or folder} cannot be read ({reason}); {_NEEDS}")


def _config(folder: Path) -> dict[str, Any]:
    try:
        with (folder / "config.json").open(encoding="utf-8") as file:
            config = json.loads(file.read(_LARGEST_CONFIG))
    except OSError as error:
        raise _unreadable(folder, error) from error
    except (ValueError, RecursionError):
        config = None
    if not isinstance(config, dict):
        raise UsageError(f"{folder / 'config.json'} is no JSON object; {_NEEDS}")
    return config


def _labels(folder: Path, config: dict[str, Any]) -> tuple[Entailment, ...]:
    """What each class means, in the model's order. Raises UsageError where that cannot be told."""
    named = config.get("id2label")
    named = named if isinstance(named, dict) else {}
    names = [named.get(str(at)) for at in range(len(named))]
    meanings = [_meaning(name) for name in names if isinstance(name, str)]
    known = [meaning for meaning in meanings if meaning]
    is_told = len(known) == len(named) and known.count("entailment") == 1 and len(known) in (2, 3)
    if not is_told or known.count("contradiction") > 1:
        shown = ", ".join(map(str, names))[:100] or "no classes"
        wanted = "entailment, neutral and contradiction, or entailment and not_entailment, are expected"
        raise UsageError(f"{folder / 'config.json'} names {shown}; {wanted}")
    return tuple(known)


def _meaning(name: str) -> Entailment | None:
    folded = name.strip().casefold()
    if _ENTAILED.fullmatch(folded):
        return "entailment"
    if _CONTRADICTED.fullmatch(folded):
        return "contradiction"
    return "other" if folded == "neutral" or _NOT_ENTAILED.fullmatch(folded) else None
