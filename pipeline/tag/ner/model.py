"""A token-classification model in ONNX, with its tokenizer and its labels, from a folder.

The model that ships lies in pipeline/tag/models/names; any other (MM_NER_MODEL) is read the same way. A folder holds
`model.onnx` (or onnx/model.onnx, onnx/model_quantized.onnx), `tokenizer.json` and `config.json` with `id2label`. Ours
takes how words are written as one more input (`shapes`), gives the text's embedding as one more output, and carries
`calibration.json`.
"""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import onnxruntime as ort
from tokenizers import Tokenizer

from pipeline.errors import ConfigError
from pipeline.tag.ner.pieces import tokenizer_of
from pipeline.tag.ner.tags import KINDS

SHIPPED = Path(__file__).resolve().parents[1] / "models" / "names"
"""The model that comes with the project."""

_FILES = ("model.onnx", "onnx/model.onnx", "model_quantized.onnx", "onnx/model_quantized.onnx")
ENCODER_FILES = (*_FILES, "tokenizer.json", "config.json")
"""What decides an embedding."""
_SAME_KIND = {
    "PERSON": "PER", "PERS": "PER", "ORGANIZATION": "ORG", "ORGANISATION": "ORG", "CORPORATION": "ORG", "GPE": "LOC",
    "LOCATION": "LOC", "FAC": "LOC", "FACILITY": "LOC", "WORK_OF_ART": "WORK", "CREATIVE-WORK": "WORK", "EVE": "EVENT",
}  # fmt: skip
"""Other names of our kinds, as CoNLL, OntoNotes, WNUT and their like write them."""
_SAME_PLACE = {"L": "E", "U": "S"}  # BILOU
_LONGEST = 512
Floats = npt.NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Output:
    """What one window gives: log-probabilities, pieces × tags, and the embedding where the model has one."""

    scores: Floats
    embedding: Floats | None


@dataclass(frozen=True, slots=True)
class NameModel:
    """A loaded model. `tags` are ours (B-PER …); what is none of our kinds has become O."""

    name: str
    digest: str  # of the files that decide what it finds
    tokenizer: Tokenizer
    tags: tuple[str, ...]
    calibration: Mapping[str, Sequence[float]]  # kind → slope and offset of the score's logit; empty: as it is
    begin: int
    finish: int
    longest: int  # pieces of a window, its two marks included
    session: Any
    inputs: frozenset[str]

    def run(self, ids: Sequence[npt.NDArray[np.int64]], shapes: Sequence[npt.NDArray[np.int64]]) -> list[Output]:
        """The outputs of windows (without their marks), each as long as its window."""
        width = max(len(row) for row in ids) + 2
        padded = np.zeros((len(ids), width), dtype=np.int64)
        written, mask = np.zeros_like(padded), np.zeros_like(padded)
        for i, (row, shape) in enumerate(zip(ids, shapes, strict=True)):
            padded[i, : len(row) + 2] = [self.begin, *row, self.finish]
            written[i, 1 : len(row) + 1] = shape
            mask[i, : len(row) + 2] = 1
        offered = {
            "input_ids": padded,
            "attention_mask": mask,
            "token_type_ids": np.zeros_like(padded),
            "shapes": written,
        }
        outputs = self.session.run(None, {name: offered[name] for name in self.inputs})
        scores = _log_softmax(np.asarray(outputs[0], dtype=np.float64))
        meanings = np.asarray(outputs[1], dtype=np.float64) if len(outputs) > 1 else None
        return [
            Output(scores[i, 1 : len(row) + 1], None if meanings is None else meanings[i]) for i, row in enumerate(ids)
        ]


def _log_softmax(scores: Floats) -> Floats:
    shifted = scores - scores.max(-1, keepdims=True)
    logs: Floats = shifted - np.log(np.exp(shifted).sum(-1, keepdims=True))
    return logs


@lru_cache(maxsize=2)
def load(folder: Path) -> NameModel:
    """The model in a folder, loaded once per process; ConfigError says what is missing or wrong."""
    file = next((folder / name for name in _FILES if (folder / name).is_file()), None)
    if file is None:
        raise ConfigError(f"{folder} holds no model: looked for {', '.join(_FILES)}. Export yours to ONNX first.")
    config = _json(folder / "config.json", "it names the labels (id2label)")
    tags = _tags(config, folder)
    if not (folder / "tokenizer.json").is_file():
        raise ConfigError(f"{folder} has no tokenizer.json: save the fast tokenizer beside the model.")
    tokenizer = tokenizer_of(folder / "tokenizer.json")
    calibration = folder / "calibration.json"
    session = _session(file)
    inputs = frozenset(i.name for i in session.get_inputs())
    if unknown := inputs - {"input_ids", "attention_mask", "token_type_ids", "shapes"}:
        raise ConfigError(
            f"{file} wants inputs that a token-classification model has not: {', '.join(sorted(unknown))}."
        )
    shape = session.get_outputs()[0].shape
    if isinstance(shape[-1], int) and shape[-1] != len(tags):
        raise ConfigError(
            f"{file} scores {shape[-1]} labels, config.json names {len(tags)}: they belong to two models."
        )
    begin, finish = _marks(tokenizer, folder)
    return NameModel(
        name=str(config.get("_name") or folder.name),
        digest=digest_of(folder),
        tokenizer=tokenizer,
        tags=tags,
        calibration=_json(calibration, "") if calibration.is_file() else {},
        begin=begin,
        finish=finish,
        longest=min(
            int(config.get("window", _LONGEST)), int(config.get("max_position_embeddings", _LONGEST)), _LONGEST
        ),
        session=session,
        inputs=inputs,
    )


def digest_of(folder: Path, files: Sequence[str] = (*ENCODER_FILES, "calibration.json")) -> str:
    """A short hash of these files of the folder; by default of all that decide what the model finds."""
    found = hashlib.sha256()
    for name in files:
        path = folder / name
        if path.is_file():
            found.update(f"{name}\x1f".encode() + hashlib.sha256(path.read_bytes()).digest())
    return found.hexdigest()[:16]


@lru_cache(maxsize=1)
def encoder_digest() -> str:
    """Of the shipped encoder: only embeddings of one digest can be compared. Read once per process.

    How names are scored (the calibration) is no part of it: embeddings outlive it.
    """
    return digest_of(SHIPPED, ENCODER_FILES)


def _session(file: Path) -> Any:
    options = ort.SessionOptions()
    # One thread: a night tags in several processes, and sums in one order are the same sums every night.
    options.intra_op_num_threads = options.inter_op_num_threads = 1
    options.enable_cpu_mem_arena = False  # else the longest article of a night decides what a worker keeps
    try:
        return ort.InferenceSession(str(file), options, providers=["CPUExecutionProvider"])
    except Exception as error:  # onnxruntime raises classes of its own that share no public base
        raise ConfigError(f"{file} cannot be read as an ONNX model: {str(error)[:200]}") from error


def _json(path: Path, why: str) -> dict[str, Any]:
    try:
        content = json.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        raise ConfigError(f"{path} is missing: {why}.") from None
    except (ValueError, OSError) as error:
        raise ConfigError(f"{path} cannot be read: {error}") from error
    if not isinstance(content, dict):
        raise ConfigError(f"{path} should hold an object.")
    return content


def _tags(config: dict[str, Any], folder: Path) -> tuple[str, ...]:
    labels = config.get("id2label")
    if not isinstance(labels, dict) or sorted(labels) != sorted(str(i) for i in range(len(labels))):
        raise ConfigError(
            f"{folder / 'config.json'} has no id2label that counts from 0: is it a token-classification model?"
        )
    tags = tuple(_tag(str(labels[str(i)])) for i in range(len(labels)))
    if len(set(tags)) < 2:
        raise ConfigError(f"{folder / 'config.json'} names none of {', '.join(KINDS)}: {', '.join(labels.values())}.")
    return tags


def _tag(label: str) -> str:
    """The label in our words: "L-GPE" is E-LOC, "PERSON" is I-PER, "B-DATE" is O."""
    match = re.fullmatch(r"(?:([BIESLU])[-_])?(.+)", label)
    place, kind = match.groups() if match else (None, label)
    kind = _SAME_KIND.get(kind.upper(), kind.upper())
    if kind not in KINDS:
        return "O"
    return f"{_SAME_PLACE.get(place or 'I', place or 'I')}-{kind}"


def _marks(tokenizer: Tokenizer, folder: Path) -> tuple[int, int]:
    """The pieces that begin and end a window, as the tokenizer sets them."""
    ids = tokenizer.encode("a").ids
    bare = tokenizer.encode("a", add_special_tokens=False).ids
    if len(ids) != len(bare) + 2:
        raise ConfigError(f"{folder / 'tokenizer.json'} puts no mark before and after a text, as such models need.")
    return ids[0], ids[-1]
