"""Any token-classification model in ONNX: read, run, and refused with a message that says what to do."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from pipeline.errors import ConfigError
from pipeline.tag.ner.hub import folder_of
from pipeline.tag.ner.model import SHIPPED, digest_of, load
from pipeline.tag.ner.spans import ModelSpans
from tests.tag.ner.tiny import build

BIO = ["O", "B-PER", "I-PER", "B-GPE", "B-MISC"]
WORDS = {"amina": "B-PER", "yusuf": "I-PER", "lagos": "B-GPE", "zulu": "B-MISC"}


def found(folder: Path, text: str) -> list[tuple[str, str]]:
    [spans] = ModelSpans(load(folder)).spans([text])
    return [(text[s.start : s.end], s.kind) for s in spans]


def test_a_model_of_other_labels_is_read_in_ours(tmp_path: Path) -> None:
    folder = build(tmp_path, BIO, WORDS)
    assert found(folder, "Amina Yusuf left Lagos, zulu in hand.") == [("Amina Yusuf", "PER"), ("Lagos", "LOC")]


def test_longer_texts_are_read_in_windows_and_offsets_hold(tmp_path: Path) -> None:
    folder = build(tmp_path, BIO, WORDS)  # its windows hold 16 pieces
    text = "Then something happened there. " * 9 + "Amina Yusuf left Lagos. " * 5
    assert found(folder, text) == [("Amina Yusuf", "PER"), ("Lagos", "LOC")] * 5


@pytest.mark.parametrize(
    ("labels", "words", "expected"),
    [
        (["O", "B-PERSON", "L-PERSON", "U-ORG"], {"amina": "B-PERSON", "yusuf": "L-PERSON", "lagos": "U-ORG"}, "PER ORG"),
        (["O", "I-PER", "I-LOC"], {"amina": "I-PER", "yusuf": "I-PER", "lagos": "I-LOC"}, "PER LOC"),
        (["O", "B-PER", "I-PER", "I-LOC"], {"amina": "I-PER", "yusuf": "I-PER", "lagos": "I-LOC"}, "PER LOC"),
        (["O", "person", "location"], {"amina": "person", "yusuf": "person", "lagos": "location"}, "PER LOC"),
    ],
)  # fmt: skip
def test_every_usual_scheme(tmp_path: Path, labels: list[str], words: dict[str, str], expected: str) -> None:
    spans = found(build(tmp_path, labels, words), "Amina Yusuf left Lagos.")
    assert [name for name, _ in spans] == ["Amina Yusuf", "Lagos"]
    assert " ".join(kind for _, kind in spans) == expected


def test_the_score_is_calibrated_where_the_folder_says_how(tmp_path: Path) -> None:
    [plain] = ModelSpans(load(build(tmp_path / "a", BIO, WORDS, sure=3.0))).spans(["Lagos"])
    folder = build(tmp_path / "b", BIO, WORDS, sure=3.0)
    (folder / "calibration.json").write_text(json.dumps({"LOC": [0.5, -1.0]}), encoding="utf-8")
    [humbler] = ModelSpans(load(folder)).spans(["Lagos"])
    assert 0.8 < plain[0].score < 1.0
    assert 0.3 < humbler[0].score < 0.7


@pytest.mark.parametrize(
    ("text", "names"),
    [
        ("", []), ("\n\n", []), ("\x00\x00Lagos\x00", ["Lagos"]), ("\ud800 Lagos \udfff", ["Lagos"]), ("لاغوس 拉各斯 Λάγος", []),
        ("x" * 300_000, []), ("Lagos" * 50_000, []), ("👩‍👩‍👧‍👦" * 5_000 + " Lagos", ["Lagos"]), ("\u202eLagos", ["Lagos"]),
        ("a b " * 40_000 + "Lagos", []), ("in Lagos " * 3_000, ["Lagos"] * 3_000),
    ],
    ids=["empty", "lines", "nul", "surrogates", "scripts", "no spaces", "one word", "emoji", "right to left", "beyond", "long"],
)  # fmt: skip
def test_odd_texts_have_a_defined_result(tmp_path: Path, text: str, names: list[str]) -> None:
    assert [name for name, _ in found(build(tmp_path, BIO, WORDS), text)] == names


def test_what_is_wrong_with_a_folder_is_said(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="holds no model"):
        load(tmp_path)
    good = build(tmp_path / "good", BIO, WORDS)
    (good / "tokenizer.json").rename(good / "elsewhere.json")
    with pytest.raises(ConfigError, match="no tokenizer"):
        load(good)
    numbers = build(tmp_path / "numbers", BIO, WORDS)
    (numbers / "config.json").write_text(json.dumps({"id2label": {"0": "O", "1": "B-PER"}}), encoding="utf-8")
    with pytest.raises(ConfigError, match="scores 5 labels"):
        load(numbers)
    mood = build(tmp_path / "mood", ["positive", "negative"], {"good": "positive"})
    with pytest.raises(ConfigError, match="names none of"):
        load(mood)
    broken = build(tmp_path / "broken", BIO, WORDS)
    (broken / "model.onnx").write_bytes(b"no model at all")
    with pytest.raises(ConfigError, match="cannot be read as an ONNX model"):
        load(broken)


def test_the_digest_changes_with_what_decides(tmp_path: Path) -> None:
    folder = build(tmp_path, BIO, WORDS)
    before = digest_of(folder)
    (folder / "README.md").write_text("a card decides nothing", encoding="utf-8")
    assert digest_of(folder) == before
    (folder / "calibration.json").write_text("{}", encoding="utf-8")
    assert digest_of(folder) != before


def test_where_the_model_is(tmp_path: Path) -> None:
    assert folder_of("", tmp_path) == SHIPPED
    assert folder_of(str(tmp_path), tmp_path) == tmp_path
    with pytest.raises(ConfigError, match="there is no folder"):
        folder_of("/no/such/folder/at/all", tmp_path)


def test_a_hub_that_cannot_be_reached_is_said(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HF_ENDPOINT", "http://127.0.0.1:9")
    monkeypatch.setenv("HF_HUB_OFFLINE", "1")
    with pytest.raises(ConfigError, match=r"could not be fetched from the Hugging Face hub .* copy the model's folder"):
        folder_of("nobody/nothing", tmp_path)
