"""The source files: what is accepted, and what each mistake is told as."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest
from ruamel.yaml.error import YAMLError

from pipeline.errors import ConfigError
from pipeline.quick_yaml import load_quickly
from pipeline.sources import load_sources, read_registry
from pipeline.sources.source_file import mark_verified, round_trip_yaml

CHECKOUT = Path(__file__).resolve().parents[2]

GOOD = """\
key: coast-courier  # an invented outlet
name: The Coast Courier
country: NO
language: no
time_zone: Europe/Oslo
homepage: https://www.coast-courier.example/
feeds:
  # the front page
  - url: https://www.coast-courier.example/feed.xml
    kind: rss
    every_minutes: 15
  - kind: sitemap
    url: "https://www.coast-courier.example/news.xml"
verified: null
notes: Written on 23 November 2026.
"""


def write(folder: Path, name: str, text: str) -> Path:
    path = folder / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding="utf-8")
    return path


def problems(folder: Path) -> list[str]:
    with pytest.raises(ConfigError) as caught:
        load_sources(folder)
    return [line.removeprefix(f"{folder}/") for line in str(caught.value).splitlines()[1:]]


def test_a_good_file_is_read_whole(tmp_path: Path) -> None:
    write(tmp_path, "no/coast-courier.yml", GOOD)
    (source,) = load_sources(tmp_path)
    assert (source.key, source.country, source.language, source.time_zone) == (
        "coast-courier",
        "NO",
        "no",
        "Europe/Oslo",
    )
    assert [(f.kind, f.every_minutes) for f in source.feeds] == [("rss", 15), ("sitemap", 30)]
    assert source.hosts == {"www.coast-courier.example"}
    assert source.verified is None
    assert source.allow_loopback is False


@pytest.mark.parametrize(
    ("old", "new", "line", "said"),
    [
        ("kind: rss", "kind: rs", 10, "feeds[0].kind: 'rs' is unknown (did you mean `rss`?)"),
        ("time_zone:", "timezone:", 5, "timezone: there is no field of this name (did you mean `time_zone`?)"),
        ("every_minutes:", "evry_minutes:", 11, "no field of this name (did you mean `every_minutes`?)"),
        ("every_minutes: 15", "every_minutes: often", 11, "feeds[0].every_minutes: 'often': "),
        ("every_minutes: 15", "every_minutes: 0", 11, "feeds[0].every_minutes: 0: "),
        ("country: NO", "country: Norway", 3, "country: 'Norway' is no ISO 3166 country code"),
        ("language: no", "language: xx", 4, "language: 'xx' is no ISO 639-1 language code"),
        ("Europe/Oslo", "Europe/Olso", 5, "time_zone: 'Europe/Olso' is no IANA time zone"),
        ("name: The Coast Courier\n", "", 1, "name: is missing: add `name:`"),
        ("name: The Coast Courier", "name: 1871", 2, "name: must be text, not 1871: put it in quotes"),
        ("name: The Coast Courier", "name:", 2, "name: is empty"),
        ("https://www.coast-courier.example/feed", "coast/feed", 9, "url: 'coast/feed.xml' is not a web address"),
        ("https://www.coast-courier.example/feed", "http://[::1]/feed", 1, "http://[::1]/feed.xml is on this machine"),
        ("    kind: rss\n", "    kind: drop_folder\n", 9, "feeds[0]: a drop_folder has a path and no url"),
        ("key: coast-courier", "key: Coast Courier", 1, "key: 'Coast Courier' is not a key"),
        ("key: coast-courier", "key: coast", 1, "key: 'coast' differs from the file's name 'coast-courier.yml'"),
        ("/news.xml", "/feed.xml", 13, "feeds[1].url: this feed stands at "),
        ("verified: null", "verified: yesterday", 14, "verified: 'yesterday': "),
        ("notes: Written", "name: Written", 15, "file: a field stands here twice"),
        ("  - kind: sitemap", "  kind: sitemap", 12, "file: is not valid YAML"),
        ("notes: Written", "{{notes}}: Written", 15, "file: the name of a field is a list or has fields itself"),
        ("notes: Written", "notes: " + "[" * 4000 + "Written", 1, "file: is nested too deeply"),
    ],
)  # fmt: skip
def test_a_mistake_is_told_with_line_and_field(tmp_path: Path, old: str, new: str, line: int, said: str) -> None:
    assert old in GOOD
    write(tmp_path, "coast-courier.yml", GOOD.replace(old, new, 1))
    (told,) = problems(tmp_path)
    assert told.startswith(f"coast-courier.yml:{line}: "), told
    assert said in told


def test_a_source_without_feeds(tmp_path: Path) -> None:
    head = GOOD.partition("feeds:")[0]
    for ending, line in (("feeds: []\n", 7), ("feeds:\n", 7), ("", 1)):
        write(tmp_path, "coast-courier.yml", head + ending)
        (told,) = problems(tmp_path)
        assert told.startswith(f"coast-courier.yml:{line}: feeds: "), told


def test_every_problem_of_every_file_at_once(tmp_path: Path) -> None:
    write(tmp_path, "a.yml", GOOD.replace("key: coast-courier", "key: a").replace("country: NO", "country: no"))
    write(
        tmp_path,
        "b.yml",
        GOOD.replace("key: coast-courier", "key: b").replace("kind: rss", "kind: x").replace("name:", "nam:"),
    )
    write(tmp_path, "c.yml", "- just\n- a list\n")
    (tmp_path / "d.yml").write_bytes("key: d\nname: Zeitung für alle\n".encode("latin-1"))
    told = problems(tmp_path)
    assert [line.split(": ")[0:2] for line in told] == [
        ["a.yml:3", "country"], ["b.yml:1", "name"], ["b.yml:2", "nam"], ["b.yml:10", "feeds[0].kind"],
        ["c.yml:1", "file"], ["d.yml:2", "file"],
    ]  # fmt: skip
    assert "not UTF-8" in told[-1]


def test_a_key_and_a_feed_may_be_used_once_over_all_files(tmp_path: Path) -> None:
    write(tmp_path, "a/coast-courier.yml", GOOD)
    write(
        tmp_path,
        "b/coast-courier.yml",
        GOOD.replace("https://www.coast-courier.example/feed", "http://www.coast-courier.example/feed"),
    )
    told = problems(tmp_path)
    assert [line.split(": ")[0:2] for line in told] == [
        ["b/coast-courier.yml:1", "key"],
        ["b/coast-courier.yml:9", "feeds[0].url"],
        ["b/coast-courier.yml:13", "feeds[1].url"],
    ]
    assert f"{tmp_path}/a/coast-courier.yml:1" in told[0]


def test_no_folder_or_no_file_is_an_error_not_an_empty_registry(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="no such folder"):
        load_sources(tmp_path / "missing")
    with pytest.raises(ConfigError, match="no source file"):
        load_sources(tmp_path)


def test_a_drop_folder_is_relative_to_its_file(tmp_path: Path) -> None:
    text = GOOD.partition("feeds:")[0] + "feeds:\n  - {kind: drop_folder, path: in tray}\n"
    write(tmp_path, "coast-courier.yml", text)
    (source,) = load_sources(tmp_path)
    assert source.feeds[0].path == str(tmp_path / "in tray")
    assert source.feeds[0].address == (tmp_path / "in tray").as_uri()


def test_verified_is_written_and_nothing_else_changes(tmp_path: Path) -> None:
    path = write(tmp_path, "coast-courier.yml", GOOD)
    mark_verified(path, date(2026, 11, 23))
    assert path.read_text(encoding="utf-8") == GOOD.replace("verified: null", "verified: 2026-11-23")
    assert read_registry(tmp_path)[0].config.verified == date(2026, 11, 23)


def test_the_starter_set() -> None:
    sources = load_sources(CHECKOUT / "config" / "sources")
    assert len(sources) >= 15
    assert len({s.country for s in sources}) >= 10
    assert len({s.language for s in sources}) >= 6
    assert {f.kind for s in sources for f in s.feeds} >= {"rss", "sitemap"}
    assert not any(s.allow_loopback for s in sources)


def test_verified_can_be_written_into_every_starter_file(tmp_path: Path) -> None:
    for source in read_registry(CHECKOUT / "config" / "sources"):
        before = source.path.read_text(encoding="utf-8")
        copy = write(tmp_path, source.path.name, before)
        mark_verified(copy, date(2026, 11, 23))
        after = copy.read_text(encoding="utf-8")
        assert after == before.replace("verified: null", "verified: 2026-11-23"), source.path.name


@pytest.mark.parametrize(
    "value",
    ["NO", "no", "yes", "on", "012", "0o14", "1_000", "12:30", "0x1f", "1e3", ".inf", "-5", "+5", "2026-11-23",
     "2026-11-23T10:00:00Z", "~", "null", "", "true", "True", "4.50", "4.", "=", "<<", "- x", "'012'", '"NO"', "1871",
     "2026-1-2", "0b11", "007", "1.2.3", "&a x", "!!str 12", "|\n  x\n  y", ">\n  x\n  y"],
)  # fmt: skip
def test_the_quick_reading_never_differs_from_the_slow_one(value: str) -> None:
    """Where libyaml reads a word at all, it reads it as ruamel does."""
    text = f"name: {value}\nnotes: x\n"
    try:
        slow = round_trip_yaml().load(text)
    except YAMLError:
        slow = None
    quick = load_quickly(text)
    assert quick is None or (dict(slow) == quick and type(slow["name"]).__mro__[-2] == type(quick["name"]).__mro__[-2])


def test_quick_reading_is_used_for_the_starter_set() -> None:
    for path in (CHECKOUT / "config" / "sources").rglob("*.yml"):
        assert load_quickly(path.read_text(encoding="utf-8")) is not None, path


@pytest.mark.parametrize(
    ("fields", "said"),
    [
        ("kind: index_page\n    include: '(x'", "feeds[0].include: '(x' is no regular expression"),
        ("kind: index_page\n    within: '//['", "feeds[0].within: '//[' is no XPath expression"),
        ("kind: rss\n    exclude: x", "feeds[0]: only an index_page is narrowed by `exclude`"),
        ("kind: index-page", "feeds[0].kind: 'index-page' is unknown (did you mean `index_page`?)"),
        ('kind: rss\nnotes: "a\\0b"', "notes: holds a control character"),
    ],
)
def test_mistakes_of_index_pages(tmp_path: Path, fields: str, said: str) -> None:
    head = "key: a\nname: A\nhomepage: https://a.example/\nfeeds:\n  - url: https://a.example/news\n    "
    write(tmp_path, "a.yml", head + fields + "\n")
    (told,) = problems(tmp_path)
    assert said in told
