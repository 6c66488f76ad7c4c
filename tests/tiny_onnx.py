"""A tiny pair classifier in a folder, made byte by byte: each word adds its weights to the classes' scores.

The ONNX file is protobuf (https://github.com/onnx/onnx/blob/main/onnx/onnx.proto): a table of weights, looked
up by token (Gather) and summed over the tokens (ReduceSum).
"""

import json
import struct
from collections.abc import Mapping, Sequence
from pathlib import Path

SPECIAL = ("[PAD]", "[UNK]", "[CLS]", "[SEP]")
LABELS = ("contradiction", "entailment", "neutral")
_FLOAT, _INT64 = 1, 7


def write_classifier(
    folder: Path,
    weights: Mapping[str, Sequence[float]],
    labels: Sequence[str] = LABELS,
    *,
    inputs: Sequence[str] = ("input_ids", "attention_mask"),
) -> Path:
    """Write model.onnx, tokenizer.json and config.json; a word that has no weights counts nothing."""
    from tokenizers import Tokenizer
    from tokenizers.models import WordLevel
    from tokenizers.normalizers import Lowercase
    from tokenizers.pre_tokenizers import Whitespace
    from tokenizers.processors import TemplateProcessing

    folder.mkdir(parents=True, exist_ok=True)
    vocabulary = {word: at for at, word in enumerate((*SPECIAL, *weights))}
    tokenizer = Tokenizer(WordLevel(vocabulary, unk_token="[UNK]"))
    tokenizer.normalizer, tokenizer.pre_tokenizer = Lowercase(), Whitespace()
    tokenizer.post_processor = TemplateProcessing(
        single="[CLS] $A [SEP]",
        pair="[CLS] $A [SEP] $B:1 [SEP]:1",
        special_tokens=[("[CLS]", vocabulary["[CLS]"]), ("[SEP]", vocabulary["[SEP]"])],
    )
    tokenizer.save(str(folder / "tokenizer.json"))
    nothing = [0.0] * len(next(iter(weights.values())))
    rows = [nothing] * len(SPECIAL) + [list(row) for row in weights.values()]
    (folder / "model.onnx").write_bytes(_model(rows, inputs))
    named = {str(at): label for at, label in enumerate(labels)}
    (folder / "config.json").write_text(json.dumps({"id2label": named, "max_position_embeddings": 512}))
    return folder


def _model(rows: Sequence[Sequence[float]], inputs: Sequence[str]) -> bytes:
    flat = [number for row in rows for number in row]
    table = _tensor("table", (len(rows), len(rows[0])), _FLOAT, struct.pack(f"<{len(flat)}f", *flat))
    axes = _tensor("axes", (1,), _INT64, struct.pack("<q", 1))
    keep = _field(1, b"keepdims") + _number(3, 0) + _number(20, 2)
    nodes = (
        _field(1, b"table") + _field(1, b"input_ids") + _field(2, b"looked_up") + _field(4, b"Gather"),
        _field(1, b"looked_up")
        + _field(1, b"axes")
        + _field(2, b"logits")
        + _field(4, b"ReduceSum")
        + _field(5, keep),
    )
    graph = b"".join(_field(1, node) for node in nodes) + _field(2, b"tiny")
    graph += _field(5, table) + _field(5, axes)
    graph += b"".join(_field(11, _value(name, _INT64, ("batch", "length"))) for name in inputs)
    graph += _field(12, _value("logits", _FLOAT, ("batch", len(rows[0]))))
    return _number(1, 8) + _field(8, _field(1, b"") + _number(2, 13)) + _field(7, graph)


def _tensor(name: str, shape: Sequence[int], kind: int, raw: bytes) -> bytes:
    dimensions = b"".join(_number(1, size) for size in shape)
    return dimensions + _number(2, kind) + _field(8, name.encode()) + _field(9, raw)


def _value(name: str, kind: int, shape: Sequence[str | int]) -> bytes:
    dimensions = b"".join(
        _field(1, _number(1, one) if isinstance(one, int) else _field(2, one.encode())) for one in shape
    )
    tensor = _number(1, kind) + _field(2, dimensions)
    return _field(1, name.encode()) + _field(2, _field(1, tensor))


def _field(number: int, content: bytes) -> bytes:
    return _varint(number << 3 | 2) + _varint(len(content)) + content


def _number(number: int, value: int) -> bytes:
    return _varint(number << 3) + _varint(value)


def _varint(value: int) -> bytes:
    out = bytearray()
    while value > 0x7F:
        out.append(value & 0x7F | 0x80)
        value >>= 7
    return bytes([*out, value])
