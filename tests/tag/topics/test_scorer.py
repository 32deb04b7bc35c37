"""Topics of an article: text, keywords and what the publisher says, in one probability each."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from pipeline.errors import ConfigError
from pipeline.tag.interfaces import ScoredTopic, TagContext
from pipeline.tag.tagger import tagger_with
from pipeline.tag.topics.head import SHIPPED_HEAD, TopicHead, head_digest, load_head
from pipeline.tag.topics.scorer import SHOWN, ArticleTopics
from pipeline.tag.topics.taxonomy import load_taxonomy

FLOOD = (
    "Rivers burst their banks after two days of rain. Rescue teams in boats took 340 people from roofs, and four bodies "
    "were found in a village downstream. The government declared an emergency in three provinces."
)
MATCH = "The visitors won 3-1 after the striker scored twice in the second half. It was their fourth win of the season."
BOTH = "The council met on Monday. It will meet again next week, a spokesman said, and the plan will be looked at then."


def topics(
    text: str, language: str | None = "en", title: str | None = None, context: TagContext | None = None
) -> list[ScoredTopic]:
    tagger = tagger_with()
    reading = tagger.reader.read(text, title=title, language=language)
    found = tagger.topics.topics(text, title=title, language=language, context=context or TagContext(), reading=reading)
    return list(found)


def score(found: list[ScoredTopic], code: str) -> float:
    return next((t.score for t in found if t.code == code), 0.0)


def test_an_english_article_has_both_levels() -> None:
    found = topics(FLOOD, title="Floods leave four dead")
    assigned = [t.code for t in found if t.is_assigned]
    assert "medtop:03000000" in assigned
    assert "medtop:20000148" in assigned  # disaster, below it
    assert found[0].code == "medtop:03000000"
    assert "text" in found[0].because
    assert found[0].words


def test_scores_are_probabilities_and_no_child_exceeds_its_parent() -> None:
    parents = {t.code: t.parent for t in load_taxonomy()}
    for text in (FLOOD, MATCH, BOTH):
        found = topics(text)
        scores = {t.code: t.score for t in found}
        assert list(scores.values()) == sorted(scores.values(), reverse=True)
        assert all(SHOWN <= t.score <= 1 or t.is_assigned for t in found)
        below = [t for t in found if t.level == 2]
        assert all(t.score <= scores.get(parents[t.code] or "", 0.0) + 1e-4 for t in below)
        assert sum(t.score for t in below) <= 1.0 + 1e-3
        assert all(parents[t.code] in {p.code for p in found if p.is_assigned} for t in below if t.is_assigned)


def test_no_topic_is_possible() -> None:
    found = topics("Lorem ipsum dolor sit amet. Hello there, see you at noon, or a little later.", language="en")
    assert not any(t.is_assigned for t in found)
    assert topics("", language=None) == []


def test_the_publisher_s_word_counts_in_every_form() -> None:
    plain = score(topics(BOTH), "medtop:11000000")
    for context, name in (
        (TagContext(section="Politics"), "section"),
        (TagContext(url="https://a.example/politics/2026/11/19/council-meets"), "address"),
        (TagContext(publisher_tags=("Politics", "Elections")), "tags"),
    ):
        found = topics(BOTH, context=context)
        assert score(found, "medtop:11000000") > plain
        assert name in next(t for t in found if t.code == "medtop:11000000").because
    assert score(topics(BOTH, context=TagContext(section="Sport")), "medtop:11000000") < plain


@pytest.mark.parametrize(
    ("language", "code", "text"),
    [
        ("de", "medtop:15000000", "Der Stürmer traf in der zweiten Halbzeit zweimal, das Tor zum Sieg fiel in der Bundesliga spät."),
        ("fr", "medtop:07000000", "L'hôpital manque de médecins et d'infirmières, les patients attendent des heures aux urgences."),
        ("es", "medtop:11000000", "El presidente y los diputados del parlamento votaron la ley; la oposición pidió elecciones al gobierno."),
        ("ar", "medtop:15000000", "فاز المنتخب في المباراة بهدفين سجلهما المهاجم في الشوط الثاني من كأس البطولة."),
    ],
)  # fmt: skip
def test_other_languages_by_their_keywords(language: str, code: str, text: str) -> None:
    found = topics(text, language=language)
    assert found[0].code == code
    assert found[0].is_assigned
    assert "text" not in found[0].because


def test_without_keywords_only_the_publisher_speaks() -> None:
    text = "Holdet vandt kampen i søndags."
    assert not any(t.is_assigned for t in topics(text, language="da"))
    spoken = topics(text, language="da", context=TagContext(section="Sport", publisher_tags=("Football",)))
    assert spoken
    assert spoken[0].code == "medtop:15000000"


def test_the_same_text_gives_the_same_scores() -> None:
    assert topics(FLOOD) == topics(FLOOD)


def test_a_broken_head_is_told(tmp_path: Path) -> None:
    path = tmp_path / "head.npz"
    path.write_bytes(b"no zip")
    with pytest.raises(ConfigError, match="is not the topic model"):
        load_head(path)
    np.savez(path, top=np.array(["medtop:01000000"]))
    with pytest.raises(ConfigError, match="other_languages"):
        load_head(path)


def test_an_empty_or_cut_off_head_is_told(tmp_path: Path) -> None:
    path = tmp_path / "head.npz"
    whole = SHIPPED_HEAD.read_bytes()
    for content in (b"", whole[: len(whole) // 2]):
        path.write_bytes(content)
        load_head.cache_clear()
        with pytest.raises(ConfigError, match="is not the topic model"):
            load_head(path)
    load_head.cache_clear()
    with pytest.raises(ConfigError, match="cannot be read"):
        head_digest(tmp_path / "none.npz")


def test_printed_apostrophes_are_apostrophes() -> None:
    plain = "La cour d'appel a confirmé la peine ; le chiffre d'affaires n'est pas en cause."
    printed = plain.replace("'", "’")
    assert [(t.code, t.score) for t in topics(plain, "fr")] == [(t.code, t.score) for t in topics(printed, "fr")]
    assert "cour d'appel" in next(t for t in topics(printed, "fr") if t.code == "medtop:02000000").words


def test_the_head_fits_the_taxonomy_and_its_size_is_bounded() -> None:
    head: TopicHead = load_head()
    levels = {t.code: t.level for t in load_taxonomy()}
    assert {levels[c] for c in head.top} == {1}
    assert len(head.top) == 17
    assert {levels[c] for c in head.below} == {2}
    assert len(head.below) >= 80
    assert all(0.15 < t < 0.7 for t in head.thresholds.values())
    assert ArticleTopics().head is load_head()  # loaded once
