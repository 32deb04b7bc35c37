"""How the results of one build become a verdict on each mart."""

from __future__ import annotations

from pathlib import Path

import pytest
from ruamel.yaml import YAML

from pipeline.settings import ROOT
from pipeline.warehouse.mart_results import NodeResult, judge

MODELS = sorted((ROOT / "sql" / "models" / "marts").glob("*.sql"))


def _model(status: str, name: str = "article") -> NodeResult:
    return NodeResult(f"model.m.{name}", "model", name, ["core.article"], [], status, 5, 0.1, None, None)


def _test(status: str, *marts: str, message: str | None = None) -> NodeResult:
    on = list(marts) or ["core.article"]
    return NodeResult("test.m.t", "test", "unique(url)", on, list(marts), status, 2, 0.1, message, None)


def test_a_mart_is_trusted_when_it_was_built_and_every_test_on_it_passed() -> None:
    (verdict,) = judge([_test("pass"), _model("success"), _test("pass", "article"), _test("warn", "article")])
    assert (verdict.built, verdict.passed, verdict.row_count, verdict.problem) == (True, True, 5, None)


@pytest.mark.parametrize("status", ["fail", "error", "skipped"])
def test_a_test_that_did_not_pass_takes_the_trust(status: str) -> None:
    (verdict,) = judge([_model("success"), _test(status, "article", message="2 rows")])
    assert (verdict.built, verdict.passed) == (True, False)
    assert verdict.problem == "test unique(url) on article: 2 rows"


def test_a_test_on_another_mart_does_not() -> None:
    verdicts = judge([_model("success"), _model("success", "story"), _test("fail", "story")])
    assert [(v.mart, v.passed) for v in verdicts] == [("article", True), ("story", False)]


def test_a_skipped_mart_names_what_stopped_it() -> None:
    (verdict,) = judge([_test("fail", message="2 rows, such as url=x"), _model("skipped"), _test("skipped", "article")])
    assert (verdict.built, verdict.passed) == (False, False)
    assert verdict.problem == "not rebuilt, because of test unique(url) on core.article: 2 rows, such as url=x"


@pytest.mark.parametrize("path", MODELS, ids=lambda p: p.stem)
def test_a_model_says_what_one_row_is_and_describes_its_columns(path: Path) -> None:
    (model,) = YAML(typ="safe").load(path.with_suffix(".yml"))["models"]
    assert model["name"] == path.stem
    last_sentence = model["description"].strip().rsplit(". ", 1)[-1]
    assert last_sentence.startswith("One row per")
    undescribed = [c["name"] for c in model["columns"] if not c.get("description") or not c.get("data_type")]
    assert undescribed == []
