"""Section names and addresses as publishers have them, and the topics they stand for."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from pipeline.errors import ConfigError
from pipeline.tag.topics import sections, taxonomy
from pipeline.tag.topics.sections import load_sections, sections_of_path, topics_of_section
from pipeline.tag.topics.taxonomy import load_taxonomy

DEMO = Path(__file__).parents[3] / "demo" / "stories"


def top(name: str) -> set[str]:
    """The two digits of its level-1 topics."""
    return {code[7:9] for code in topics_of_section(name) if code[7] < "2"}


@pytest.mark.parametrize(
    ("name", "codes"),
    [
        ("Sport", {"15"}),
        ("Sport / Football", {"15"}),
        ("Home > Business", {"04"}),
        ("News » UK Politics", {"11"}),
        ("science-environment", {"13", "06"}),
        ("Science & Environment", {"13", "06"}),
        ("entertainment_arts", {"01"}),
        ("Law and Order", {"02"}),
        ("Wirtschaft & Finanzen", {"04"}),
        ("Medien", {"01"}),
        ("Fußball", {"15"}),
        ("fussball", {"15"}),
        ("Übersicht Bücher", {"01"}),
        ("Santé", {"07"}),
        ("faits-divers", {"02", "03"}),
        ("Économie", {"04"}),
        ("Sucesos", {"02", "03"}),
        ("Educación", {"05"}),
        ("رياضة", {"15"}),
        ("سياسة واقتصاد", {"11", "04"}),
        ("صحة", {"07"}),
        ("کھیل", {"15"}),
        ("معیشت", {"04"}),
        ("Calcio", {"15"}),
        ("Saúde", {"07"}),
        ("economie", {"04"}),
        ("Polityka", {"11"}),
        ("Спорт", {"15"}),
        ("Экономика и бизнес", {"04"}),
        ("SAĞLIK", {"07"}),
        ("İklim", {"06"}),
        ("Religion", {"12"}),
        ("Arbeit", {"09"}),
        ("Weather", {"17"}),
        ("Guerre en Ukraine", {"16"}),
        ("Oddly Enough", {"08"}),
        ("Migration", {"14"}),
        ("Travel", {"10"}),
    ],
)
def test_a_section_stands_for_its_topics(name: str, codes: set[str]) -> None:
    assert top(name) == codes


@pytest.mark.parametrize(
    "name", ["", "News", "World", "UK", "Home", "Opinion", "Local", "Monde", "Ausland", "العالم", "Россия", "2026", "…"]
)
def test_a_section_that_names_no_subject_stands_for_none(name: str) -> None:
    assert topics_of_section(name) == frozenset()


def test_a_narrower_name_gives_the_topic_of_level_2_and_the_one_above() -> None:
    assert topics_of_section("Elections 2026") == {"medtop:20000574", "medtop:11000000"}
    assert topics_of_section("Bundesliga") == {"medtop:20000822", "medtop:15000000"}


def test_the_longest_name_is_meant() -> None:
    assert topics_of_section("Sports betting") == {"medtop:20000538", "medtop:10000000"}
    assert top("Olympic Games") == {"15"}
    assert top("Games") == {"10"}


@pytest.mark.parametrize(
    ("url", "names"),
    [
        ("https://harbour.example/sport/football/2026/nov/20/rovers-win-late", ["sport", "football"]),
        ("https://harbour.example/news/business/article-12889607/Banks-cut-rates.html", ["news", "business"]),
        ("https://harbour.example/2026/11/20/politique/le-vote-du-budget_6123456_823448.html", ["politique"]),
        ("https://harbour.example/sport/football/64012345", ["sport", "football"]),
        ("https://harbour.example/news/science-environment-64012345", ["news", "science-environment"]),
        ("https://harbour.example/news/articles/cx2l5y1p7v3o", ["news", "articles"]),
        ("https://harbour.example/US-News/Real-Estate/prices-fall/index.html", ["us-news", "real-estate"]),
        ("https://harbour.example/%D8%B1%D9%8A%D8%A7%D8%B6%D8%A9/%D8%AE%D8%A8%D8%B1/", ["رياضة"]),
        ("https://harbour.example/the-mayor-opens-a-new-quay/politics/", []),
        ("https://harbour.example/culture/2026-11-20/a-new-play?section=sport", ["culture"]),
        ("https://harbour.example/sport", []),
        ("https://harbour.example/", []),
        ("https://[harbour.example/sport/x", []),
    ],
)
def test_an_address_names_its_sections(url: str, names: list[str]) -> None:
    assert sections_of_path(url) == names


def test_every_topic_of_the_top_level_has_names() -> None:
    named = {code for codes in load_sections().codes.values() for code in codes}
    assert {t.code for t in load_taxonomy() if t.level == 1} <= named
    assert ("sport",) in load_sections().codes
    assert load_sections().longest >= 3


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """A folder for a sections.yml of one's own, beside the shipped topics."""
    load_taxonomy()
    load_sections.cache_clear()
    monkeypatch.setattr(taxonomy, "TAXONOMY_FOLDER", tmp_path)
    yield tmp_path
    load_sections.cache_clear()


def test_a_name_under_two_topics_stands_for_both(folder: Path) -> None:
    (folder / "sections.yml").write_text('"medtop:15000000": [Water Polo]\n"medtop:06000000": [water, water polo]\n')
    assert topics_of_section("water-polo") == {"medtop:15000000", "medtop:06000000"}
    assert topics_of_section("polo") == frozenset()


@pytest.mark.parametrize(
    ("content", "message"),
    [
        ('"medtop:99000000": [x]', "medtop:99000000 is not in topics.yml"),
        ('"medtop:15000000": []', "needs a list of names"),
        ('"medtop:15000000": sport', "needs a list of names"),
        ('"medtop:15000000": [no]', "False is not a name; put it in quotes"),
        ('"medtop:15000000": [" "]', "is not a name"),
        ("[sport]", "must be a list of names by topic"),
        ('"medtop:15000000": [', "sections.yml"),
    ],
)
def test_a_faulty_file_is_named(folder: Path, content: str, message: str) -> None:
    (folder / "sections.yml").write_text(content, "utf-8")
    with pytest.raises(ConfigError, match=message):
        sections.load_sections()


def test_the_demo_newsroom_is_understood() -> None:
    """Its sections stand for the topic of the story, if for any."""
    import yaml

    silent, right, stories = set(), 0, 0
    for path in sorted(DEMO.glob("*.yml")):
        for story in yaml.safe_load(path.read_text("utf-8")):
            found = topics_of_section(story["section"])
            if found:
                stories += 1
                right += story["topic"] in found
            else:
                silent.add(story["section"])
    assert silent <= {"world", "news", "us-news", "ausland", "panorama", "monde", "mundo", "pakistan", "local"}
    assert right / stories > 0.8, f"{right} of {stories}"
