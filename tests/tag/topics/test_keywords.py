"""Topics by keywords, in six languages."""

from __future__ import annotations

import json
import zipfile
from pathlib import Path

import pytest

from pipeline.errors import ConfigError
from pipeline.tag.interfaces import Reading, TagContext
from pipeline.tag.topics import taxonomy
from pipeline.tag.topics.keywords import KeywordTopicScorer
from pipeline.tag.topics.taxonomy import keyword_files, load_keywords, load_taxonomy

SHARED = Path(__file__).parents[3] / ".." / "shared"
SCORER = KeywordTopicScorer()


def best(text: str, language: str, context: TagContext | None = None) -> str | None:
    found = SCORER.topics(text, title=None, language=language, context=context or TagContext(), reading=Reading())
    return found[0].code if found else None


@pytest.mark.parametrize(
    ("language", "code", "text"),
    [
        ("en", "medtop:15000000", "The striker scored twice in the second half as the home side won the cup final."),
        (
            "en",
            "medtop:17000000",
            "Forecasters warned of heavy snow and gusts of 90 km/h; temperatures will fall below zero.",
        ),
        (
            "en",
            "medtop:12000000",
            "The archbishop led prayers in the cathedral as pilgrims and priests arrived for Easter.",
        ),
        (
            "de",
            "medtop:09000000",
            "Die Gewerkschaft rief die Beschäftigten zum Warnstreik auf und fordert höhere Löhne.",
        ),
        (
            "fr",
            "medtop:02000000",
            "Le procureur a requis dix ans de prison devant le tribunal contre l'accusé du meurtre.",
        ),
        ("es", "medtop:07000000", "Los médicos del hospital vacunaron a los pacientes contra la gripe, según sanidad."),
        ("ar", "medtop:15000000", "فاز المنتخب في المباراة وسجل اللاعب هدفين في كأس العالم."),
        (
            "ur",
            "medtop:11000000",
            "وزیراعظم نے پارلیمنٹ میں کہا کہ انتخابات وقت پر ہوں گے اور اپوزیشن سے مذاکرات جاری ہیں۔",
        ),
    ],
)
def test_the_obvious_topic_comes_first(language: str, code: str, text: str) -> None:
    assert best(text, language) == code


def test_arabic_words_match_behind_what_is_written_onto_them() -> None:
    assert best("وبالمستشفى والطبيب", "ar") == "medtop:07000000"


def test_scores_fall_and_lie_between_0_and_1() -> None:
    text = "The minister met striking nurses at the hospital; parliament votes on pay for nurses and doctors today."
    scores = [t.score for t in SCORER.topics(text, title=None, language="en", context=TagContext(), reading=Reading())]
    assert scores == sorted(scores, reverse=True)
    assert all(0 < s <= 1 for s in scores)
    assert len(scores) > 1


def test_no_topic_is_possible() -> None:
    assert best("Hello there, how are you?", "en") is None
    assert best("Фильм вышел в прокат.", "ru") is None  # no keywords for Russian, and no guess
    faint = SCORER.topics(
        "They had a party. " + "Nothing else went on there. " * 40,
        title=None,
        language="en",
        context=TagContext(),
        reading=Reading(),
    )
    assert not any(t.is_assigned for t in faint)


def test_section_and_publisher_tags_count_like_a_title() -> None:
    text = "It will be a long day for everyone who has to be there."
    context = TagContext(section="Football", publisher_tags=("Champions League",))
    assert best(text, "en") != "medtop:15000000"
    assert best(text, "en", context) == "medtop:15000000"


def test_every_language_has_words_for_every_topic() -> None:
    languages = [p.name.split(".")[1] for p in keyword_files()]
    assert {"en", "de", "fr", "es", "ar", "ur"} <= set(languages)
    for language in languages:
        keywords = load_keywords(language)
        assert keywords is not None
        codes = {c.code for clues in [*keywords.exact.values(), *keywords.prefixes.values()] for c in clues}
        assert codes >= {t.code for t in load_taxonomy() if t.level == 1}, language


@pytest.mark.parametrize(
    ("content", "message"),
    [
        ('"medtop:99000000": {strong: [x]}', "not in topics.yml"),
        ('"medtop:15000000": {huge: [x]}', "none of strong"),
        ('"medtop:15000000": {strong: [no]}', "put it in quotes"),
        ('"medtop:15000000": {strong: [', "keywords.xx.yml"),
    ],
)
def test_a_faulty_keyword_file_is_named(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, content: str, message: str
) -> None:
    load_taxonomy()
    (tmp_path / "keywords.xx.yml").write_text(content, "utf-8")
    monkeypatch.setattr(taxonomy, "TAXONOMY_FOLDER", tmp_path)
    with pytest.raises(ConfigError, match=message):
        load_keywords("xx")


@pytest.mark.slow
def test_bbc_news_falls_into_its_sections() -> None:
    path = SHARED / "topics" / "bbc.zip"
    if not path.exists():
        pytest.skip("the BBC set is not there")
    sections = {
        "01": "entertainment",
        "04": "business",
        "09": "business",
        "11": "politics",
        "02": "politics",
        "15": "sport",
        "13": "tech",
    }
    with zipfile.ZipFile(path).open("bbc.jsonl") as lines:
        rows = [json.loads(line) for line in lines][::5]
    right = 0
    for row in rows:
        topics = SCORER.topics(row["text"], title=None, language="en", context=TagContext(), reading=Reading())
        guess = next((sections[t.code[7:9]] for t in topics if t.code[7:9] in sections), None)
        right += guess == row["label"]
    assert right / len(rows) >= 0.92
