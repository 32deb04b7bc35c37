"""Train the model that chooses a page's blocks: `python -m training.clean.train`.

Writes the shipped model (all pages) and one model per fold (without that fold's sites), which the benchmark uses to
report on pages that the model has not seen. Needs training/clean/requirements.txt and ../shared/pages; takes a
minute on one core, and the same files come out each time.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import lightgbm
import numpy as np

from benchmarks.clean import FOLDS
from pipeline.clean.block_features import NAMES_OF_COLUMNS
from training.clean.dataset import LabelledPage, labelled_pages

CHECKOUT = Path(__file__).resolve().parents[2]
SHIPPED = CHECKOUT / "pipeline" / "clean" / "models" / "text_blocks.json"
FOLD_MODELS = Path(__file__).parent / "folds"
ROUNDS = 160
PARAMETERS = {
    "objective": "binary", "num_leaves": 15, "max_depth": 6, "learning_rate": 0.08, "min_data_in_leaf": 60,
    "feature_fraction": 0.6, "bagging_fraction": 0.8, "bagging_freq": 1, "lambda_l2": 5.0, "seed": 7,
    "num_threads": 1, "deterministic": True, "force_row_wise": True, "verbose": -1,
}  # fmt: skip
"""Few leaves and strong regularisation: 574 pages of 405 sites are few. Values around these differ by noise."""


def fit(pages: list[LabelledPage]) -> dict[str, Any]:
    """A model from these pages; a block weighs by the root of its share of the page's words, as F1 counts words."""
    rows = np.concatenate([page.rows for page in pages])
    labels = np.concatenate([page.is_text for page in pages])
    weights = np.concatenate([_weights(page) for page in pages])
    data = lightgbm.Dataset(rows, label=labels, weight=weights, feature_name=list(NAMES_OF_COLUMNS))
    return _as_arrays(lightgbm.train(PARAMETERS, data, ROUNDS).dump_model())


def _weights(page: LabelledPage) -> Any:
    return np.sqrt(np.minimum(1.0, np.array(page.squeezed) / 5 / max(50, page.gold_words))) + 1e-3


def _as_arrays(dumped: dict[str, Any]) -> dict[str, Any]:
    trees = [_tree(info["tree_structure"]) for info in dumped["tree_info"]]
    return {
        "columns": list(NAMES_OF_COLUMNS),
        "depth": max(depth for _, depth in trees),
        "trees": [t for t, _ in trees],
    }


def _tree(root: dict[str, Any]) -> tuple[dict[str, list[float]], int]:
    """Nodes in arrays, parents first; a leaf leads to itself."""
    tree: dict[str, list[float]] = {"column": [], "threshold": [], "left": [], "right": [], "value": []}

    def add(node: dict[str, Any]) -> tuple[int, int]:
        number = len(tree["column"])
        is_leaf = "leaf_value" in node
        for name, value in (
            ("column", 0 if is_leaf else node["split_feature"]),
            ("threshold", 0.0 if is_leaf else node["threshold"]),
            ("left", number),
            ("right", number),
            ("value", round(node["leaf_value"], 7) if is_leaf else 0.0),
        ):
            tree[name].append(value)
        if is_leaf:
            return number, 0
        left, left_depth = add(node["left_child"])
        right, right_depth = add(node["right_child"])
        tree["left"][number], tree["right"][number] = left, right
        return number, 1 + max(left_depth, right_depth)

    _, depth = add(root)
    return tree, depth


def main() -> None:
    """Train and write all models."""
    pages = list(labelled_pages())
    print(f"{len(pages)} pages, {sum(len(page.rows) for page in pages)} blocks", flush=True)
    FOLD_MODELS.mkdir(exist_ok=True)
    for fold in range(FOLDS):
        _write(FOLD_MODELS / f"{fold}.json", fit([page for page in pages if page.fold != fold]))
    _write(SHIPPED, fit(pages))


def _write(path: Path, model: dict[str, Any]) -> None:
    path.write_text(json.dumps(model, separators=(",", ":")) + "\n", encoding="utf-8")
    print(f"{path.relative_to(CHECKOUT)}: {len(model['trees'])} trees, {path.stat().st_size // 1000} kB", flush=True)


if __name__ == "__main__":
    main()
