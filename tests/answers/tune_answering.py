"""Tune the cross-encoder to tell what answers: `python -m tests.answers.tune_answering FOLDER OUT.npz`.

answering.jsonl has questions over sentences of `realtimeqa` and `technology`, in articles that no set for
tuning or reporting is about: "yes" are answered by the sentence, "no" by neither it nor its headline and
neighbours. They were written by a strong model, from the texts alone, before any was scored. Only biases and
layer norms are fitted (Ben Zaken et al. 2022, "BitFit"). One article of ten is held out, and printed is how
often a question that is answered scores above one that is not (the area under the ROC curve). FOLDER keeps
the stores between runs. It needs `torch` and `onnx`, which nothing else here does, and an hour.
"""

import importlib
import json
import math
import random
import re
import sys
import zlib
from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from index.models.bge import BgeSmall
from index.models.onnx import model_folder, open_tokenizer
from index.store.filters import Filter
from index.store.store import Store
from index.sync.run import sync
from tests.answers.cases import archive

FILE = Path(__file__).with_name("answering.jsonl")
STAGES = ((1_720, 6, 2.0, 2e-3), (None, 4, 1.5, 1.5e-3))
"""Of each stage: how many lines of the file, the first layer fitted, passes over them, learning rate."""
FORMS = ("all", "all", "all", "before", "alone")
"""What stands beside a sentence, drawn anew for each question: both neighbours, the one before, none."""
TOKENS, BATCH, LAYERS = 224, 32, 12
_ASKS = re.compile(
    r"\b(how (?:many|much|long|old)|how|when|where|who|whom|whose|why|what|which|is|are|was|were|did|does|do"
    r"|has|have|will|can)\b"
)
_PARTS = ("attention.self.query", "attention.self.key", "attention.self.value", "attention.output.dense")
_MATRICES = (*_PARTS, "intermediate.dense", "output.dense")


@dataclass(frozen=True, slots=True)
class Pair:
    """A question and a text, whether the text answers it, and whether it is held out."""

    question: str
    text: str
    answers: bool
    held_out: bool


def windows(folder: Path) -> list[tuple[dict[str, Any], dict[str, str]]]:
    """Each line of the file with its texts: one for each of `FORMS`."""
    lines = [json.loads(line) for line in FILE.read_text(encoding="utf-8").splitlines()]
    found: dict[tuple[str, str, int], dict[str, str]] = {}
    for name in sorted({line["corpus"] for line in lines}):
        sync([archive(name)], folder / name, BgeSmall())
        with Store.open(folder / name) as store:
            for passage in store.passages(store.passage_ids(Filter()).tolist()):
                texts = list(passage.sentence_texts)
                for place, (start, _) in enumerate(passage.sentences):
                    head = passage.title.strip().rstrip(".") + "."
                    before = texts[place - 1][-300:] if place else ""
                    after = texts[place + 1][:300] if place + 1 < len(texts) else ""
                    forms = {
                        "all": (head, before, texts[place], after),
                        "before": (head, before, texts[place]),
                        "alone": (head, texts[place]),
                    }
                    told = {form: " ".join(filter(None, parts)) for form, parts in forms.items()}
                    found[name, passage.article_id, start] = told
    keys = ((line["corpus"], line["article"], line["start"]) for line in lines)
    return [(line, found[key]) for line, key in zip(lines, keys, strict=True) if key in found]


def pairs_of(told: Sequence[tuple[dict[str, Any], dict[str, str]]]) -> Iterator[Pair]:
    """The pairs as written, and each question that is answered with another sentence of its article."""
    draw = random.Random(3)
    siblings = defaultdict(list)
    for line, texts in told:
        siblings[line["article"]].append(texts["all"])
    for line, texts in told:
        held_out = zlib.crc32(line["article"].encode()) % 10 == 0
        for question in (*line["yes"], *line["no"]):
            text = texts["all" if held_out else draw.choice(FORMS)]
            yield Pair(question, text, question in line["yes"], held_out)
        others = [text for text in siblings[line["article"]] if text != texts["all"]]
        for question in line["yes"] if others else ():
            yield Pair(question, draw.choice(others), False, held_out)


def balance(pairs: Sequence[Pair]) -> list[float]:
    """What each pair counts: that "when" is asked oftener of what does not answer must not be learned."""
    asked = [(match := _ASKS.search(pair.question.lower())) and match.group(1) for pair in pairs]
    kinds = Counter((asks, pair.answers) for asks, pair in zip(asked, pairs, strict=True))
    of_kind = [(kinds[asks, True] + kinds[asks, False]) / kinds[asks, pair.answers]
               for asks, pair in zip(asked, pairs, strict=True)]  # fmt: skip
    shares = (0.4 if pair.answers else 0.6 for pair in pairs)
    return [min(3.0, max(0.33, share * of)) for share, of in zip(shares, of_kind, strict=True)]


class Model:
    """The cross-encoder in torch, its matrices as the int8 file has them."""

    def __init__(self, torch: Any) -> None:
        self.torch = torch
        self.weights = {name: torch.from_numpy(value.copy()) for name, value in _from_onnx()}
        self.weights |= {"scale": torch.tensor(0.4), "shift": torch.tensor(-1.5)}

    def fitted(self, first: int) -> dict[str, Any]:
        """The weights that are fitted from a layer on, from now on with gradients; the others without."""
        chosen = {}
        for name, value in self.weights.items():
            layer = re.match(r"bert\.encoder\.layer\.(\d+)\.", name)
            is_small = name.endswith(".bias") or "LayerNorm" in name
            is_chosen = int(layer[1]) >= first and is_small if layer else name in _LAST
            self.weights[name] = value.detach().requires_grad_(is_chosen)
            if is_chosen:
                chosen[name] = self.weights[name]
        return chosen

    def logits(self, encodings: Sequence[Any], first: int) -> Any:
        """The logits of some pairs; layers below the first that is fitted keep no gradients."""
        torch, functions, w = self.torch, self.torch.nn.functional, self.weights
        longest = max(len(one.ids) for one in encodings)
        ids, types = (torch.zeros(len(encodings), longest, dtype=torch.long) for _ in range(2))
        mask = torch.full((len(encodings), 1, 1, longest), -1e9)
        for row, one in enumerate(encodings):
            ids[row, : len(one.ids)] = torch.tensor(one.ids)
            types[row, : len(one.ids)] = torch.tensor(one.type_ids)
            mask[row, ..., : len(one.ids)] = 0.0

        def normed(x: Any, name: str) -> Any:
            return functions.layer_norm(x.float(), (384,), w[f"{name}.weight"], w[f"{name}.bias"], 1e-12)

        with torch.autocast("cpu", torch.bfloat16):
            with torch.no_grad():
                at = "bert.embeddings."
                x = w[f"{at}word_embeddings.weight"][ids] + w[f"{at}token_type_embeddings.weight"][types]
                x = normed(x + w[f"{at}position_embeddings.weight"][:longest], f"{at}LayerNorm")
                for number in range(first):
                    x = self._layer(number, x, mask, normed)
            for number in range(first, LAYERS):
                x = self._layer(number, x, mask, normed)
        x = torch.tanh(x[:, 0].float() @ w["bert.pooler.dense.weight"] + w["bert.pooler.dense.bias"])
        return (x @ w["classifier.weight"] + w["classifier.bias"])[:, 0]

    def _layer(self, number: int, x: Any, mask: Any, normed: Any) -> Any:
        functions, at = self.torch.nn.functional, f"bert.encoder.layer.{number}."
        rows, columns, width = x.shape

        def linear(name: str, x: Any) -> Any:
            return functions.linear(
                x, self.weights[f"{at}{name}.weight"].t(), self.weights[f"{at}{name}.bias"]
            )

        heads = [linear(name, x).view(rows, columns, 12, 32).transpose(1, 2) for name in _MATRICES[:3]]
        seen = functions.scaled_dot_product_attention(*heads, attn_mask=mask.to(self.torch.bfloat16))
        seen = linear(_MATRICES[3], seen.transpose(1, 2).reshape(rows, columns, width))
        x = normed(seen + x, f"{at}attention.output.LayerNorm")
        return normed(
            linear(_MATRICES[5], functions.gelu(linear(_MATRICES[4], x))) + x, f"{at}output.LayerNorm"
        )


_LAST = ("classifier.bias", "bert.pooler.dense.bias", "scale", "shift")


def _from_onnx() -> Iterator[tuple[str, np.ndarray[Any, Any]]]:
    """The weights of the model's file by their names, as float32."""
    onnx = importlib.import_module("onnx")
    graph = onnx.load(str(model_folder("reranker_en") / "model.onnx")).graph
    held = {one.name: onnx.numpy_helper.to_array(one) for one in graph.initializer}

    def whole(name: str) -> np.ndarray[Any, Any]:
        levels = held[f"{name}_quantized"].astype(np.float32) - np.float32(held[f"{name}_zero_point"])
        return np.asarray(levels * held[f"{name}_scale"], dtype=np.float32)

    named = [name.removesuffix("_quantized") for name in held if name.endswith("_quantized")]
    # The exporter numbers the matrices of the layers in the order in which they are used.
    numbered = sorted((name for name in named if name.startswith("onnx::")), key=lambda name: int(name[13:]))
    for place, name in enumerate(numbered):
        number, part = divmod(place, len(_MATRICES))
        yield f"bert.encoder.layer.{number}.{_MATRICES[part]}.weight", whole(name)
    yield from ((name, whole(name)) for name in named if name not in numbered)
    yield from ((name, held[name]) for name in held if name.startswith(("bert.", "classifier.")) and
                name.endswith((".bias", "LayerNorm.weight")))  # fmt: skip


def fit(model: Model, pairs: Sequence[Pair], first: int, passes: float, rate: float) -> None:
    """Fit the layers from `first` on, by Adam with a warm-up and a cosine to nearly nothing."""
    torch, draw = model.torch, random.Random(1)
    tokenizer = open_tokenizer(model_folder("reranker_en") / "tokenizer.json", TOKENS)
    encodings = [tokenizer.encode(pair.question, pair.text) for pair in pairs]
    counts = balance(pairs)
    training = [row for row, pair in enumerate(pairs) if not pair.held_out]
    chosen = model.fitted(first)
    last = [chosen.pop("scale"), chosen.pop("shift")]
    rates = (rate, 0.01)
    optimizer = torch.optim.AdamW(
        [{"params": [*chosen.values()], "lr": rate}, {"params": last, "lr": rates[1]}], weight_decay=0.0
    )
    total = int(len(training) / BATCH * passes)
    done = 0
    while done < total:
        for rows in _batches(training, encodings, draw)[: total - done]:
            part = min(1.0, (done + 1) / (0.1 * total)) * max(
                0.02, 0.5 + 0.5 * math.cos(math.pi * done / total)
            )
            for group, full in zip(optimizer.param_groups, rates, strict=True):
                group["lr"] = full * part
            told = model.logits([encodings[row] for row in rows], first)
            told = told * model.weights["scale"] + model.weights["shift"]
            right = torch.tensor([float(pairs[row].answers) for row in rows])
            weight = torch.tensor([counts[row] for row in rows])
            loss = torch.nn.functional.binary_cross_entropy_with_logits(told, right, reduction="none")
            optimizer.zero_grad()
            ((loss * weight).sum() / weight.sum()).backward()
            torch.nn.utils.clip_grad_norm_([*chosen.values(), *last], 1.0)
            optimizer.step()
            done += 1
    held_out = [row for row, pair in enumerate(pairs) if pair.held_out]
    with torch.no_grad():
        scores = [float(model.logits([encodings[row]], 0)) for row in held_out]
    print(
        f"held out: {len(held_out)} pairs, area {_area(scores, [pairs[row].answers for row in held_out]):.3f}"
    )


def _batches(rows: Sequence[int], encodings: Sequence[Any], draw: random.Random) -> list[list[int]]:
    """Batches in random order, each of pairs about equally long."""
    mixed = draw.sample(rows, len(rows))
    near = BATCH * 16
    groups = [sorted(mixed[at : at + near], key=lambda row: len(encodings[row].ids)) for at in
              range(0, len(mixed), near)]  # fmt: skip
    batches = [group[at : at + BATCH] for group in groups for at in range(0, len(group), BATCH)]
    return draw.sample(batches, len(batches))


def _area(scores: Sequence[float], right: Sequence[bool]) -> float:
    """How often one that is right scores above one that is not."""
    ranks = np.argsort(np.argsort(scores)) + 1
    count = sum(right)
    return float((ranks[np.array(right)].sum() - count * (count + 1) / 2) / (count * (len(right) - count)))


def save(model: Model, into: Path) -> None:
    """The weights that differ from the model's file, float16, so that a logit of 0 means one in two."""
    original = dict(_from_onnx())
    told = {name: value.detach().numpy() for name, value in model.weights.items()}
    told["classifier.bias"] = told["classifier.bias"] + told["shift"] / told["scale"]
    changed = {name: told[name].astype(np.float16) for name, value in original.items()
               if not np.array_equal(told[name], value)}  # fmt: skip
    np.savez_compressed(into, **changed)


if __name__ == "__main__":
    kept = windows(Path(sys.argv[1]))
    tuned = Model(importlib.import_module("torch"))
    for lines, layer, rounds, speed in STAGES:
        fit(tuned, list(pairs_of(kept[:lines])), layer, rounds, speed)
    save(tuned, Path(sys.argv[2]))
