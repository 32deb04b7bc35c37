"""Subscription lists: any reader's in, ours out and in again without loss."""

from __future__ import annotations

import json
import time
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pipeline.discover.encoding import to_clean_utf8
from pipeline.errors import ConfigError
from pipeline.sources import SourceConfig, load_sources
from pipeline.sources.grouping import Grouped, group
from pipeline.sources.opml import read_opml, write_opml
from pipeline.sources.source_file import source_text
from tests.discover.outlet_server import Outlet, Page, serve
from tests.sources.test_cli import RSS, mm

CHECKOUT = Path(__file__).resolve().parents[2]
NOW = datetime(2026, 11, 24, 3, 0, tzinfo=UTC)


def opml(*outlines: str) -> bytes:
    return f"<opml version='1.0'><head><title>x</title></head><body>{''.join(outlines)}</body></opml>".encode()


def grouped(*outlines: str) -> Grouped:
    return group(read_opml(opml(*outlines)).feeds, [])


def feed(url: str, **values: str) -> str:
    told = "".join(f" {name}='{value}'" for name, value in values.items())
    return f"<outline type='rss' xmlUrl='{url}'{told}/>"


def test_feeds_of_one_domain_are_one_source() -> None:
    found = grouped(
        "<outline text='News'><outline text='GB'>",
        feed("https://feeds.bbci.co.uk/news/world/rss.xml", text="BBC News - World", htmlUrl="https://www.bbc.co.uk/news/world"),
        feed("https://feeds.bbci.co.uk/news/rss.xml", text="BBC News - Home", htmlUrl="https://www.bbc.co.uk/news", language="en-gb"),
        "</outline></outline>",
        feed("https://www.spiegel.de/schlagzeilen/index.rss", title="DER SPIEGEL"),
        feed("https://feeds.feedburner.com/one", text="One"),
        feed("https://feeds.feedburner.com/two", text="Two"),
        feed("https://one.wordpress.com/feed/", text="A blog"),
        feed("https://two.wordpress.com/feed/"),
    )  # fmt: skip
    assert not found.left_out
    told = [(s.key, s.name, s.country, s.language, s.homepage, len(s.feeds)) for s in found.sources]
    assert told == [
        ("bbc-news", "BBC News", "GB", "en", "https://www.bbc.co.uk/news", 2),
        ("der-spiegel", "DER SPIEGEL", "DE", None, "https://www.spiegel.de/", 1),
        ("one", "One", None, None, "https://www.feedburner.com/", 1),
        ("two", "Two", None, None, "https://www.feedburner.com/", 1),
        ("a-blog", "A blog", None, None, "https://one.wordpress.com/", 1),
        ("wordpress-com", "wordpress.com", None, None, "https://two.wordpress.com/", 1),
    ]


def test_what_is_left_out_and_why() -> None:
    found = grouped(
        feed("https://a.example/feed", text="A"),
        feed("http://a.example/feed/", text="A once more"),
        feed("ftp://a.example/feed"), feed("not an address"), feed("http://[::1/feed"), feed("https://a.example/" + "x" * 3000),
        feed("http://localhost/feed"), feed("http://127.0.0.1:8080/feed"),
        "<outline text='no feed' htmlUrl='https://b.example/'/>",
    )  # fmt: skip
    assert [s.key for s in found.sources] == ["a"]
    assert [left.why for left in found.left_out] == [
        "the list has it twice; it stands in line 1 already",
        *["no web address"] * 4,
        *["an address on this very machine"] * 2,
    ]


def test_odd_lists() -> None:
    upper = b"<OPML><BODY><OUTLINE TEXT='X' XMLURL=' https://a.example/\nfeed '/></BODY></OPML>"
    assert [f.url for f in read_opml(upper).feeds] == ["https://a.example/feed"]
    named = b"<o:opml xmlns:o='x'><o:body><o:outline xmlUrl='https://a.example/f'/></o:body></o:opml>"
    assert len(read_opml(named).feeds) == 1
    for written in (
        "feed://a.example/f",
        "feed:https://a.example/f",
        "FEED://http://a.example/f",
        "feed:http://a.example/f",
    ):
        assert (read_opml(opml(feed(written))).feeds[0].url or "").startswith("http")
        assert len(grouped(feed(written)).sources) == 1
    wide = '<?xml version="1.0" encoding="UTF-16"?><opml><body><outline text="Zürich" xmlUrl="https://a.example/f"/></body></opml>'
    assert read_opml(to_clean_utf8(wide.encode("utf-16"), None)).feeds[0].title == "Zürich"
    latin = '<?xml version="1.0" encoding="iso-8859-1"?><opml><body><outline text="Zürich &amp; mehr" xmlUrl="https://a.example/f"/></body></opml>'
    assert read_opml(to_clean_utf8(latin.encode("latin-1"), None)).feeds[0].title == "Zürich & mehr"
    broken = read_opml(opml(feed("https://a.example/f"), feed("https://b.example/f"))[:-40])
    assert [f.url for f in broken.feeds] == ["https://a.example/f"]
    assert broken.trouble
    for other in (b"", b"{}", b"<html><body><p>no list</p></body></html>", b"<rss/>", b"\x00\x01"):
        with pytest.raises(ConfigError, match="no OPML"):
            read_opml(to_clean_utf8(other, None))


def test_lists_made_to_hurt_end_soon(tmp_path: Path) -> None:
    secret = tmp_path / "secret"
    secret.write_text("https://secret.example/")
    bomb = "<!DOCTYPE opml [<!ENTITY a 'aaaaaaaaaa'>" + "".join(
        f"<!ENTITY {chr(98 + n)} '{f'&{chr(97 + n)};' * 10}'>" for n in range(9)
    )
    began = time.monotonic()
    for hurtful in (
        f"{bomb}]><opml><body><outline text='&j;' xmlUrl='https://a.example/f'/></body></opml>".encode(),
        f"<!DOCTYPE opml [<!ENTITY x SYSTEM '{secret.as_uri()}'>]><opml><body><outline xmlUrl='&x;'/>&x;</body></opml>".encode(),
        b"<opml><body>" + b"<outline text='a'>" * 100_000,
        b"<opml><body><outline text='" + b"a" * 9_000_000 + b"' xmlUrl='https://a.example/f'/></body></opml>",
    ):
        try:
            feeds = read_opml(to_clean_utf8(hurtful, None)).feeds
        except ConfigError:
            continue
        assert all("secret" not in str(f) and len(f.title or "") < 10_000_000 for f in feeds)
    assert time.monotonic() - began < 20


def test_the_starter_set_goes_out_and_in_without_loss(tmp_path: Path) -> None:
    sources = load_sources(CHECKOUT / "config" / "sources")
    listed = read_opml(to_clean_utf8(write_opml(sources, "All", NOW), None))
    found = group(listed.feeds, [])
    assert not found.left_out
    assert sorted(found.sources, key=lambda s: s.key) == sources
    assert {f.folders[0] for f in listed.feeds} == {s.country for s in sources}


_TEXT = st.text(st.characters(exclude_categories=("Cs", "Cc", "Cn"))).map(str.strip).filter(bool)


@settings(max_examples=60, deadline=None)
@given(
    name=_TEXT,
    notes=st.none() | st.text(st.sampled_from("ab \n\t<&\"'>#:é\u202e😀-")).map(str.strip).filter(bool),
    path=_TEXT,
    include=st.none() | st.sampled_from([r"/\d+$", "<a>&", "'\"", " x "]),
    delay=st.none() | st.floats(0, 3600),
    country=st.sampled_from([None, "NO", "GB"]),
    is_folder=st.booleans(),
)
def test_any_source_goes_out_and_in_without_loss(
    name: str, notes: str | None, path: str, include: str | None, delay: float | None, country: str | None, is_folder: bool
) -> None:  # fmt: skip
    feeds = [
        {"kind": "index_page", "url": "https://a.example/", "include": include},
        {"kind": "drop_folder", "path": f"/srv/{path}"} if is_folder else {"kind": "atom", "url": "https://a.example/f?a=1&b=2"},
        {"kind": "sitemap", "url": "https://a.example/s.xml", "every_minutes": 60},
    ]  # fmt: skip
    source = SourceConfig.model_validate(
        {"key": "a", "name": name, "notes": notes, "country": country, "host_delay_s": delay, "verified": "2026-11-23",
         "homepage": "https://a.example/", "allow_loopback": is_folder, "feeds": feeds}
    )  # fmt: skip
    (back,) = group(read_opml(to_clean_utf8(write_opml([source], "All", NOW), None)).feeds, []).sources
    assert back == source
    from pipeline.sources.registry import read_source

    assert read_source(Path("/srv/a.yml"), source_text(source, {"https://a.example/": f"{name}: # x"})) == source


@settings(max_examples=60, deadline=None)
@given(
    st.lists(st.tuples(_TEXT, st.sampled_from(["https://a.example/", "https://b.example/x/", "http://", ""]), _TEXT))
)
def test_any_foreign_list_is_read(rows: list[tuple[str, str, str]]) -> None:
    from xml.sax.saxutils import quoteattr

    outlines = "".join(
        f"<outline text={quoteattr(title)} xmlUrl={quoteattr(start + end)} htmlUrl={quoteattr(start)} language={quoteattr(end)}/>"
        for title, start, end in rows
    )
    found = group(read_opml(to_clean_utf8(opml(outlines), None)).feeds, [])
    assert sum(len(s.feeds) for s in found.sources) + len(found.left_out) == len(read_opml(opml(outlines)).feeds)
    assert len({s.key for s in found.sources}) == len(found.sources)


def test_import_writes_once_and_changes_nothing(tmp_path: Path) -> None:
    listed = tmp_path / "list.opml"
    listed.write_bytes(
        opml(feed("https://a.example/f", text="A"), feed("https://b.example/f", text="B"), feed("nonsense"))
    )
    folder = tmp_path / "sources"
    code, out = mm("import", listed, "--folder", folder, "--dry-run")
    assert (code, folder.exists()) == (0, False)
    assert "2 feeds of 3 would become 2 sources" in " ".join(out.split())
    code, out = mm("import", listed, "--folder", folder)
    assert code == 0
    assert "no web address" in out
    assert [s.key for s in load_sources(folder)] == ["a", "b"]
    before = {path: path.read_text() for path in folder.rglob("*.yml")}
    assert set(before) == {folder / "xx" / "a.yml", folder / "xx" / "b.yml"}

    listed.write_bytes(
        opml(feed("https://a.example/f"), feed("https://www.b.example/other"), feed("https://c.example/f"))
    )
    code, out = mm("import", listed, "--folder", folder, "--json")
    assert code == 0
    told = json.loads(out)
    assert [s["key"] for s in told["sources"]] == ["c-example"]
    assert [left["why"].split(":")[0] for left in told["left_out"]] == [
        "source a has it already",
        "its outlet is source b",
    ]
    assert {path: path.read_text() for path in before} == before
    assert mm("import", listed, "--folder", folder)[0] == 1  # only b's other feed is open, and needs a hand
    listed.write_bytes(opml(feed("https://c.example/f")))
    assert mm("import", listed, "--folder", folder)[0] == 0


def test_what_is_no_list(tmp_path: Path) -> None:
    (tmp_path / "x.opml").write_text("<html>")
    with pytest.raises(ConfigError, match="no OPML"):
        mm("import", tmp_path / "x.opml", "--folder", tmp_path / "s")
    with pytest.raises(ConfigError, match="cannot be read"):
        mm("import", tmp_path / "missing.opml", "--folder", tmp_path / "s")
    with pytest.raises(ConfigError, match="cannot be written"):
        mm("export", tmp_path / "no" / "x.opml", "--folder", CHECKOUT / "config" / "sources")


def test_export_and_import_by_command(tmp_path: Path) -> None:
    assert mm("export", tmp_path / "all.opml", "--folder", CHECKOUT / "config" / "sources")[0] == 0
    assert mm("import", tmp_path / "all.opml", "--folder", tmp_path / "copy")[0] == 0
    assert load_sources(tmp_path / "copy") == load_sources(CHECKOUT / "config" / "sources")


@pytest.fixture
def outlet() -> Iterator[Outlet]:
    with serve() as running:
        running.pages = {"/feed.xml": Page(RSS), "/html": Page("<!doctype html>")}
        yield running


def test_import_with_check_leaves_out_what_does_not_work(tmp_path: Path, outlet: Outlet) -> None:
    source = SourceConfig.model_validate(
        {"key": "quay", "name": "Quay", "homepage": f"{outlet.base}/", "allow_loopback": True, "host_delay_s": 0,
         "feeds": [{"kind": "rss", "url": f"{outlet.base}{path}"} for path in ("/feed.xml", "/html", "/missing")]}
    )  # fmt: skip
    (tmp_path / "x.opml").write_bytes(write_opml([source], "x", NOW))
    code, out = mm("import", tmp_path / "x.opml", "--folder", tmp_path / "s", "--check", "--json")
    assert code == 0
    assert [left["why"].split(":")[1].strip() for left in json.loads(out)["left_out"]] == ["not_a_feed", "not_found"]
    assert [f.url for f in load_sources(tmp_path / "s")[0].feeds] == [f"{outlet.base}/feed.xml"]


@pytest.mark.slow
def test_a_thousand_feeds_are_fast(tmp_path: Path) -> None:
    outlines = [feed(f"https://www.outlet{n}.example/feed", text=f"Outlet {n}") for n in range(1_000)]
    (tmp_path / "x.opml").write_bytes(opml(*outlines))
    began = time.monotonic()
    assert mm("import", tmp_path / "x.opml", "--folder", tmp_path / "s")[0] == 0
    assert time.monotonic() - began < 60  # about 4 s measured; the bound is for a busy machine
    assert len(load_sources(tmp_path / "s")) == 1_000
