"""Topics by keywords, in six languages."""

from __future__ import annotations

import json
import zipfile
from pathlib import Path

import pytest
import yaml

from pipeline.errors import ConfigError
from pipeline.tag.interfaces import Reading, TagContext
from pipeline.tag.topics import taxonomy
from pipeline.tag.topics.keywords import _WORD, KeywordTopicScorer
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
        assert codes == {t.code for t in load_taxonomy() if t.level == 1}, language


WITHOUT_WORDS = {
    "medtop:20000398": "parents group",
    "medtop:20000410": "social learning",
    "medtop:20000503": "human mishap",
    "medtop:20000755": "scientific standards",
    "medtop:20000808": "values",
}
"""Topics of level 2 that no words tell from their siblings."""


def strong_and_medium(path: Path) -> dict[str, dict[str, list[str]]]:
    """Level-2 code → strength → terms, as they stand in the file."""
    groups = yaml.safe_load(path.read_text("utf-8"))
    return {t.code: groups[t.code] for t in load_taxonomy() if t.level == 2 and t.code in groups}


@pytest.mark.parametrize("path", keyword_files(), ids=lambda p: p.name)
def test_topics_of_level_2_have_words_of_their_own(path: Path) -> None:
    groups = strong_and_medium(path)
    below = {t.code for t in load_taxonomy() if t.level == 2}
    assert not WITHOUT_WORDS.keys() & groups.keys()
    assert groups.keys() == below - WITHOUT_WORDS.keys() or (path.name == "keywords.ur.yml" and len(groups) >= 100)
    parents = {t.code: t.parent for t in load_taxonomy()}
    owner: dict[tuple[str | None, str], str] = {}
    for code, terms in groups.items():
        assert all(terms.values()), f"{code}: an empty group"
        assert len({*terms["strong"], *terms["medium"]}) >= 6, code
        for term in terms["strong"]:
            other = owner.setdefault((parents[code], term.lower().rstrip("*")), code)
            assert other == code, f"{term} is strong for {code} and its sibling {other}"


@pytest.mark.parametrize("path", keyword_files(), ids=lambda p: p.name)
def test_every_keyword_of_level_2_can_be_found_in_a_text(path: Path) -> None:
    """A word with a sign inside that ends words in a text would never match."""
    terms = [t for groups in strong_and_medium(path).values() for terms in groups.values() for t in terms]
    words = [word for term in terms for word in term.lower().rstrip("*").replace("-", " ").split()]
    assert [w for w in words if not _WORD.fullmatch(w)] == []


@pytest.mark.parametrize(
    ("language", "code", "text"),
    [
        ("en", "medtop:20000106", "The jury heard the defendant deny murder before the judge passed sentence."),
        (
            "en",
            "medtop:20000574",
            "Voters go to the polls on Sunday; both candidates ended their campaigns last night.",
        ),
        (
            "en",
            "medtop:20001131",
            "The forecasters issued an amber weather warning for snow and a red warning for wind.",
        ),
        ("de", "medtop:20000524", "Die Gewerkschaft ruft nach der gescheiterten Tarifrunde zum Warnstreik auf."),
        ("de", "medtop:20000148", "Nach dem Erdbeben und dem Hochwasser liegen ganze Dörfer in Trümmern."),
        (
            "fr",
            "medtop:20000070",
            "La junte militaire a pris le pouvoir après un coup d'état ; les putschistes gouvernent.",
        ),
        (
            "fr",
            "medtop:20000531",
            "La réforme des retraites repousse l'âge légal et change les pensions des retraités.",
        ),
        (
            "es",
            "medtop:20000771",
            "Los migrantes llegaron en patera y pidieron asilo; la deportación se decide mañana.",
        ),
        ("es", "medtop:20001148", "El club cierra el fichaje del delantero: un traspaso con cláusula de rescisión."),
        ("ar", "medtop:20000574", "توجه الناخبون إلى صناديق الاقتراع في الانتخابات الرئاسية وبدأ فرز الأصوات."),
        ("ar", "medtop:20000073", "بدأت محادثات السلام بعد وقف إطلاق النار بوساطة دولية."),
        ("ur", "medtop:20000690", "رمضان کا چاند نظر آ گیا، عیدالفطر اور حج کی تیاریاں اور روزہ کے اوقات جاری ہیں۔"),
        ("ur", "medtop:20000385", "سٹاک ایکسچینج میں انڈیکس بڑھا، ڈالر کے مقابلے میں روپے کی قدر اور حصص کی خریداری۔"),
    ],
)
def test_the_obvious_topic_of_level_2_comes_first(language: str, code: str, text: str) -> None:
    found = SCORER.topics(text, title=None, language=language, context=TagContext(), reading=Reading())
    assert next(t.code for t in found if t.level == 2) == code


def test_a_topic_of_level_2_never_scores_above_its_parent() -> None:
    text = (
        "The prime minister lost the vote in parliament. Police arrested protesters after riots, and the court jailed "
        "two. Shares fell, inflation rose, nurses went on strike over pay, and the cup final was called off for snow."
    )
    scores = {
        t.code: t.score for t in SCORER.topics(text, title=None, language="en", context=TagContext(), reading=Reading())
    }
    parents = {t.code: t.parent for t in load_taxonomy()}
    pairs = [(score, scores.get(parents[code] or "", 0.0)) for code, score in scores.items() if parents[code]]
    assert len(pairs) >= 8
    assert all(score <= above for score, above in pairs)


def test_level_2_changes_nothing_at_level_1(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The same scores as with keywords for level 1 alone, also where a phrase of level 2 holds a word of level 1."""
    load_taxonomy()
    text = "A vote of no confidence followed the election; the trade deficit and a drugs test at the world cup came up."
    full = SCORER.topics(text, title=None, language="en", context=TagContext(), reading=Reading())
    groups = yaml.safe_load((taxonomy.TAXONOMY_FOLDER / "keywords.en.yml").read_text("utf-8"))
    top = {code: terms for code, terms in groups.items() if code < "medtop:2"}
    (tmp_path / "keywords.en.yml").write_text(yaml.safe_dump(top, allow_unicode=True), "utf-8")
    monkeypatch.setattr(taxonomy, "TAXONOMY_FOLDER", tmp_path)
    load_keywords.cache_clear()
    try:
        alone = SCORER.topics(text, title=None, language="en", context=TagContext(), reading=Reading())
    finally:
        load_keywords.cache_clear()
    assert {t.level for t in alone} == {1}
    assert [t for t in full if t.level == 1] == list(alone)


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
