"""The text models: they fit the code that computes their columns, and folds keep sites apart."""

from __future__ import annotations

from collections import defaultdict
from pathlib import Path

import numpy as np
import pytest
from courlan import extract_domain

from benchmarks import clean as bench
from benchmarks.clean import FOLDS, fold_of
from pipeline.clean.block_features import NAMES_OF_COLUMNS
from pipeline.clean.selector import load_trees

FOLD_MODELS = Path(__file__).resolve().parents[2] / "training" / "clean" / "folds"


@pytest.mark.parametrize("fold", [None, *range(FOLDS)])
def test_a_model_fits_the_columns(fold: int | None) -> None:
    trees = load_trees(None if fold is None else FOLD_MODELS / f"{fold}.json")  # raises if it does not
    assert 0 <= trees.column.min() <= trees.column.max() < len(NAMES_OF_COLUMNS)
    rows = np.random.default_rng(fold).uniform(-5, 400, size=(50, len(NAMES_OF_COLUMNS)))
    assert np.isfinite(trees.scores(rows)).all()


def test_there_is_one_model_for_each_fold_and_none_is_the_shipped_one() -> None:
    assert sorted(path.name for path in FOLD_MODELS.glob("*.json")) == [f"{fold}.json" for fold in range(FOLDS)]
    digests = {load_trees(FOLD_MODELS / f"{fold}.json").digest for fold in range(FOLDS)} | {load_trees().digest}
    assert len(digests) == FOLDS + 1


@pytest.mark.parametrize(
    "urls",
    [
        ("https://www.valleypost.example.com/a", "https://sport.example.com/b?x=1", "http://example.com"),
        ("https://news.bbc.co.uk/1", "https://www.bbc.co.uk/2"),
    ],
)
def test_pages_of_a_site_are_in_one_fold(urls: tuple[str, ...]) -> None:
    assert len({fold_of({"id": str(n), "url": url}) for n, url in enumerate(urls)}) == 1


def test_folds_stay_as_they_are() -> None:
    """The fold models were trained by these numbers: another assignment would test on sites that were trained on."""
    urls = ("https://www.bbc.co.uk/2", "https://www.lemonde.fr/x", "https://www.spiegel.de/y", "https://dawn.com/z")
    assert [fold_of({"id": "4711", "url": url}) for url in urls] == [4, 1, 2, 4]
    assert fold_of({"id": "4711", "url": None}) == fold_of({"id": "4711"})


def test_every_site_of_the_labelled_pages_is_in_one_fold(shared: Path) -> None:
    if not (shared / "pages" / "gold.jsonl").is_file():
        pytest.skip("../shared/pages is not beside this checkout")
    folds: defaultdict[str, set[int]] = defaultdict(set)
    pages = bench.load_gold(1)
    for gold in pages:
        folds[extract_domain(gold.get("url") or "") or gold["id"]].add(fold_of(gold))
    assert {site for site, found in folds.items() if len(found) > 1} == set()
    sizes = np.bincount([fold_of(gold) for gold in pages], minlength=FOLDS)
    assert sizes.min() > len(pages) / FOLDS / 2  # each fold is worth measuring on
