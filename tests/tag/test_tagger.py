"""The parts of tagging together: one reading serves names, topics and the embedding, whoever finds the names."""

from __future__ import annotations

from pathlib import Path

import pytest

from pipeline.tag.interfaces import TagContext, Tags
from pipeline.tag.ner.model import SHIPPED
from pipeline.tag.tagger import model_version, tag_text
from tests.tag.ner.tiny import build

TITLE = "Voters in Lagos choose a parliament"
TEXT = "Amina Yusuf left Lagos before the election. Parties counted votes until the morning."


def tags(language: str | None = "en", **names: Path) -> Tags:
    return tag_text(TEXT, title=TITLE, language=language, context=TagContext(), **names)


def test_a_model_of_the_user_finds_the_names_and_ours_says_what_the_text_means(tmp_path: Path) -> None:
    folder = build(tmp_path, ["O", "B-PER", "I-PER"], {"amina": "B-PER", "yusuf": "I-PER"})
    own, ours = tags(names=folder), tags()
    assert [(m.surface, m.kind) for m in own.mentions if m.kind == "PER"] == [("Amina Yusuf", "PER")]
    assert own.embedding == ours.embedding
    assert own.topics == ours.topics
    assert model_version(folder).split()[0] != model_version(SHIPPED).split()[0]
    assert "meaning-" in model_version(folder)  # what makes embeddings is another model than what finds names


@pytest.mark.parametrize("language", ["en", "de", "ar"])
def test_every_language_has_an_embedding_of_length_one(language: str) -> None:
    embedding = tags(language).embedding
    assert embedding is not None
    assert len(embedding) == 384
    assert sum(number * number for number in embedding) == pytest.approx(1.0, abs=1e-6)


def test_offsets_of_names_are_those_of_the_text_whatever_the_title() -> None:
    found = tags().mentions
    assert found
    assert all(TEXT[m.start : m.end] == m.surface for m in found)
    assert next(m for m in found if m.surface == "Lagos").in_title


def test_nothing_to_read_means_nothing() -> None:
    empty = tag_text("", title=None, language=None, context=TagContext())
    assert (empty.mentions, empty.topics, empty.embedding) == ((), (), None)
