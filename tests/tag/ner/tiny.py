"""A model so small that a test builds it: each word has its label by itself, whatever stands around it."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np
import onnx
from onnx import TensorProto, helper, numpy_helper
from tokenizers import Tokenizer
from tokenizers.models import WordLevel
from tokenizers.normalizers import BertNormalizer
from tokenizers.pre_tokenizers import BertPreTokenizer
from tokenizers.processors import TemplateProcessing


def build(folder: Path, labels: Sequence[str], words: Mapping[str, str], *, sure: float = 5.0) -> Path:
    """A folder with model.onnx, tokenizer.json and config.json; `words` (lower case) have their labels, others the first."""
    folder.mkdir(parents=True, exist_ok=True)
    vocabulary = {word: i for i, word in enumerate(["[PAD]", "[CLS]", "[SEP]", "[UNK]", *words])}
    tokenizer = Tokenizer(WordLevel(vocabulary, unk_token="[UNK]"))  # type: ignore[call-arg]
    tokenizer.normalizer = BertNormalizer(lowercase=True)  # type: ignore[assignment]
    tokenizer.pre_tokenizer = BertPreTokenizer()  # type: ignore[assignment]
    tokenizer.post_processor = TemplateProcessing(  # type: ignore[assignment]
        single="[CLS] $A [SEP]", special_tokens=[("[CLS]", 1), ("[SEP]", 2)]
    )
    tokenizer.save(str(folder / "tokenizer.json"))
    scores = np.zeros((len(vocabulary), len(labels)), dtype=np.float32)
    for word, number in vocabulary.items():
        scores[number, labels.index(words.get(word, labels[0]))] = sure
    _write(folder / "model.onnx", scores, len(labels))
    config = {"id2label": {str(i): label for i, label in enumerate(labels)}, "max_position_embeddings": 16}
    (folder / "config.json").write_text(json.dumps(config), encoding="utf-8")
    return folder


def _write(path: Path, scores: np.ndarray, labels: int) -> None:
    whole = TensorProto.INT64
    inputs = [helper.make_tensor_value_info(name, whole, ["w", "p"]) for name in ("input_ids", "attention_mask")]
    output = helper.make_tensor_value_info("logits", TensorProto.FLOAT, ["w", "p", labels])
    nodes = [helper.make_node("Gather", ["scores", "input_ids"], ["logits"])]
    graph = helper.make_graph(nodes, "tiny", inputs, [output], [numpy_helper.from_array(scores, "scores")])
    onnx.save(helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=10), str(path))
