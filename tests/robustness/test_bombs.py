"""Small or ordinary bytes made to hurt a parser: bounded time and memory, the right reason, nothing opened."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path

import pytest

from pipeline.clean.page import clean_page
from pipeline.discover import syndication
from pipeline.discover.items import ParsedFeed
from pipeline.discover.parse import parse
from pipeline.discover.syndication import MAX_ATTRIBUTES, MAX_BROKEN_BYTES
from pipeline.errors import Reason
from tests.robustness.watchdog import cpu_limit

LINK = "https://a.example/1"
FRAMES = {
    "rss": ("<rss><channel><item><title>", f"</title><link>{LINK}</link></item></channel></rss>"),
    "atom": (
        '<feed xmlns="http://www.w3.org/2005/Atom"><entry><title>', f'</title><link href="{LINK}"/></entry></feed>'
    ),
    "sitemap": (f"<urlset><url><loc>{LINK}</loc><news><title>", "</title></news></url></urlset>"),
    "sitemap_index": (f"<sitemapindex><sitemap><loc>{LINK}</loc><x>", "</x></sitemap></sitemapindex>"),
}  # fmt: skip
"""A document of each kind, before and after the place where what hurts is put."""

LAUGHS = (
    "<!DOCTYPE x [<!ENTITY a0 'lol'>" + "".join(f"<!ENTITY a{n} '{f'&a{n - 1};' * 10}'>" for n in range(1, 10)) + "]>"
)
QUADRATIC = "<!DOCTYPE x [<!ENTITY a9 '" + "x" * 3_000 + "'>]>"  # fits into the bytes by which a kind is seen
PARAMETERS = (
    "<!DOCTYPE x [<!ENTITY % p '" + "x" * 1_000 + "'><!ENTITY % q '" + "%p;" * 50 + "'><!ENTITY a9 '" + "%q;" * 50
    + "'>%q;%q;]>"
)  # fmt: skip


def read(document: str | bytes, *, cpu_s: float = 8.0, memory_mb: float = 120) -> ParsedFeed:
    """Parse within limits of processor time and of memory beyond what the process has already used."""
    body = document.encode() if isinstance(document, str) else document
    Path("/proc/self/clear_refs").write_text("5")  # the peak counts from now
    before = _peak_mb()
    with cpu_limit(cpu_s, repr(body[:80])):
        parsed = parse(body, base="https://a.example/feed", max_bytes=60_000_000)
    assert _peak_mb() - before < memory_mb + 2 * len(body) / 1e6
    assert all(len(item.title or "") <= 1_000 for item in parsed.items)
    return parsed


def _peak_mb() -> float:
    line = next(line for line in Path("/proc/self/status").read_text().splitlines() if line.startswith("VmHWM"))
    return int(line.split()[1]) / 1_000


@pytest.mark.parametrize("kind", FRAMES)
@pytest.mark.parametrize("bomb", [LAUGHS, QUADRATIC, PARAMETERS], ids=["laughs", "quadratic", "parameters"])
def test_entities(kind: str, bomb: str) -> None:
    before, after = FRAMES[kind]
    parsed = read(bomb + before + "&a9;" * 5_000 + after)
    assert parsed.reason is Reason.BROKEN_FEED
    assert parsed.detail


@pytest.fixture
def canary() -> Iterator[tuple[str, list[str]]]:
    """A server on loopback that must never be asked; its address, and the paths it was asked for."""
    asked: list[str] = []

    class Canary(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            asked.append(self.path)
            self.send_response(200)
            self.end_headers()
            self.wfile.write(b"<!ENTITY leak 'LEAKED'>")

        def log_message(self, *_: object) -> None: ...

    server = HTTPServer(("127.0.0.1", 0), Canary)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{server.server_port}", asked
    server.shutdown()
    server.server_close()


@pytest.mark.parametrize("kind", [*FRAMES, "html"])
def test_nothing_outside_is_opened(kind: str, canary: tuple[str, list[str]], tmp_path: Path) -> None:
    address, asked = canary
    secret = tmp_path / "secret.txt"
    secret.write_text("LEAKED")
    before, after = FRAMES.get(kind, ("<html><body><p>", "</p></body></html>"))
    for place in (secret.as_uri(), str(secret), address + "/entity"):
        for head in (
            f'<!DOCTYPE x [<!ENTITY leak SYSTEM "{place}">]>',
            f'<!DOCTYPE x SYSTEM "{place}">',
            f'<!DOCTYPE x PUBLIC "-//x" "{place}">',
            f'<!DOCTYPE x [<!ENTITY % p SYSTEM "{place}">%p;]>',
            f'<?xml-stylesheet href="{place}"?>',
        ):
            included = f'<xi:include xmlns:xi="http://www.w3.org/2001/XInclude" href="{place}" parse="text"/>'
            body = head + before + "&leak;" + included + after
            found = clean_page(body.encode()) if kind == "html" else read(body)
            assert "LEAKED" not in repr(found)
    assert asked == []


@pytest.mark.slow
@pytest.mark.parametrize("kind", FRAMES)
def test_a_hundred_thousand_elements_in_each_other(kind: str) -> None:
    before, after = FRAMES[kind]
    parsed = read(before + "<b>" * 100_000 + "</b>" * 100_000 + after)
    assert parsed.reason is (Reason.BROKEN_FEED if kind.startswith("sitemap") else None)  # libxml2 stops at 256


@pytest.mark.parametrize("unit", ["<b>", "<item>", "<title>"])
def test_elements_that_are_never_closed(unit: str) -> None:
    assert read(FRAMES["rss"][0] + unit * 20_000).reason is Reason.BROKEN_FEED


def test_deep_html() -> None:
    for tag in ("div", "b", "table><tr><td", "ul><li", "blockquote"):
        with cpu_limit(10, tag):
            content = clean_page(f"<html><body><{tag}>".encode() + f"<{tag}>".encode() * 100_000 + b"<p>text")
        assert content.judgement.verdict != "ok"


@pytest.mark.parametrize(
    "document",
    ["[" * 1_000_000, '{"a":' * 1_000_000, '{"version": "https://jsonfeed.org/version/1", "items": ' + "[" * 100_000],
    ids=["lists", "objects", "items"],
)
def test_deep_json(document: str) -> None:
    assert read(document).reason is Reason.BROKEN_FEED


@pytest.mark.parametrize("number", ["1" * 1_000_000, "-" + "9" * 5_000, "1e999999999", "1." + "0" * 1_000_000, "NaN"])
def test_json_with_monstrous_numbers(number: str) -> None:
    feed = '{"version": "https://jsonfeed.org/version/1", "items": [{"url": "%s", "title": %s, "date_published": %s}]}'
    parsed = read(feed % (LINK, number, number))
    assert parsed.reason in (None, Reason.BROKEN_FEED)
    assert all((item.title, item.published_at) == (None, None) for item in parsed.items)


TEN_MB = "y" * 10_000_000
ONE_TOKEN = {
    "text": TEN_MB,
    "attribute": f"<b x='{TEN_MB}'/>",
    "tag name": f"<{TEN_MB}/>",
    "comment": f"<!--{TEN_MB}-->",
    "cdata": f"<![CDATA[{TEN_MB}]]>",
    "reference": f"&{TEN_MB};",
}


@pytest.mark.slow
@pytest.mark.parametrize("token", ONE_TOKEN)
@pytest.mark.parametrize("kind", ["rss", "sitemap"])
def test_ten_megabytes_of_one_token(kind: str, token: str) -> None:
    before, after = FRAMES[kind]
    parsed = read(before + ONE_TOKEN[token] + after, memory_mb=200)
    assert parsed.reason in (None, Reason.BROKEN_FEED)


@pytest.mark.parametrize("unit", ["yy <", "<b", "<b a=1 ", "</", "<!--", "<![CDATA[", "<?x ", "&", "<b a='>"])
@pytest.mark.parametrize("kind", ["sitemap", "sitemap_index"])
def test_sitemaps_of_markup_that_never_ends(kind: str, unit: str) -> None:
    """Before, 160 kB of the first took 1.8 s, and four times as long for twice as many."""
    before, after = FRAMES[kind]
    assert read(before + unit * (2_000_000 // len(unit)) + after, cpu_s=4).reason is Reason.BROKEN_FEED


@pytest.mark.parametrize("unit", ["yy <", "<b", "<b a='", "</b>", "&", "<"])
def test_broken_feeds_are_read_from_the_beginning_only(unit: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """With the real limit it is 8 s; here a twentieth of it, and of the document."""
    monkeypatch.setattr(syndication, "MAX_BROKEN_BYTES", MAX_BROKEN_BYTES // 20)
    first = f"<rss><channel><item><title>First</title><link>{LINK}</link></item>"
    parsed = read(first + unit * (1_500_000 // len(unit)), cpu_s=3)
    assert parsed.reason is Reason.BROKEN_FEED
    assert parsed.items[0].title == "First"


def test_a_broken_feed_is_cut_between_characters() -> None:
    first = f"<rss><channel><item><title>Brücke</title><link>{LINK}</link></item><x></y>"
    for shift in range(2):
        parsed = read(first + " " * shift + "ü" * MAX_BROKEN_BYTES)
        assert parsed.items[0].title == "Brücke"


@pytest.mark.parametrize("kind", ["rss", "atom"])
def test_attributes_without_end(kind: str) -> None:
    before, after = FRAMES[kind]
    for count in (MAX_ATTRIBUTES + 1, 300_000):
        attributes = " ".join(f"a{n}='1'" for n in range(count))
        parsed = read(f"{before}<b {attributes}/>{after}")
        assert parsed.reason is Reason.BROKEN_FEED
        assert "attributes" in (parsed.detail or "")
    attributes = " ".join(f"a{n}='1'" for n in range(MAX_ATTRIBUTES))
    assert read(f"{before}<b {attributes}/>{after}").reason is None
