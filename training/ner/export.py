"""A trained network as the product reads it: ONNX in int8, tokenizer, labels, checked against the network it came from."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import numpy as np
import onnx
import onnxruntime as ort
import torch
from onnxruntime.quantization import QuantType, quantize_dynamic
from onnxruntime.quantization.shape_inference import quant_pre_process

from pipeline.tag.ner.tags import TAGS
from training.ner.fit import SIZE
from training.ner.network import NameTagger

_INPUTS = ("input_ids", "shapes", "attention_mask")


def export(network: NameTagger, tokenizer: Path, folder: Path, name: str) -> float:
    """Write model.onnx (int8), tokenizer.json and config.json; returns the share of words whose tag int8 changes."""
    folder.mkdir(parents=True, exist_ok=True)
    whole = folder / "whole.onnx"
    _to_onnx(network.eval(), whole)
    prepared = folder / "prepared.onnx"
    quant_pre_process(str(whole), str(prepared), skip_symbolic_shape=True)
    quantize_dynamic(
        str(prepared), str(folder / "model.onnx"), weight_type=QuantType.QInt8, per_channel=True, reduce_range=True,
        op_types_to_quantize=["MatMul", "Gather", "Gemm"],
    )  # fmt: skip
    changed = _changed(whole, folder / "model.onnx")
    for path in folder.glob("whole.onnx*"):
        path.unlink()
    for path in folder.glob("prepared.onnx*"):
        path.unlink()
    shutil.copyfile(tokenizer, folder / "tokenizer.json")
    labels = {str(i): tag for i, tag in enumerate(TAGS)}
    config = {"_name": name, "id2label": labels, "window": SIZE, "max_position_embeddings": 512}
    (folder / "config.json").write_text(json.dumps(config, indent=1) + "\n", encoding="utf-8")
    return changed


def _to_onnx(network: NameTagger, path: Path) -> None:
    ids = torch.randint(1000, 20000, (2, 24))
    example = (ids, torch.ones_like(ids), torch.ones_like(ids))
    with torch.no_grad():
        torch.onnx.export(
            network, example, str(path), input_names=list(_INPUTS), output_names=["tags", "embedding"],
            dynamic_axes={n: {0: "windows", 1: "pieces"} for n in (*_INPUTS, "tags")} | {"embedding": {0: "windows"}},
            opset_version=17, dynamo=False,
        )  # fmt: skip
    onnx.checker.check_model(str(path))


def _changed(whole: Path, small: Path) -> float:
    rng = np.random.default_rng(7)
    feeds = {"input_ids": rng.integers(1000, 20000, (8, 64)), "shapes": rng.integers(1, 8, (8, 64)),
             "attention_mask": np.ones((8, 64), dtype=np.int64)}  # fmt: skip
    tags = [
        ort.InferenceSession(str(p), providers=["CPUExecutionProvider"]).run(None, feeds)[0].argmax(-1)
        for p in (whole, small)
    ]
    return float((tags[0] != tags[1]).mean())
