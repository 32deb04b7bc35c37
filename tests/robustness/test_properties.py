"""Promises of the readers held against made-up input: hypothesis draws it from what such documents are made of."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from xml.sax.saxutils import escape

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from yarl import URL

from fuzz.targets import _promises, charset, title_and_date, url
from pipeline.discover.items import clean_title
from pipeline.discover.parse import parse
from pipeline.errors import Skip
from pipeline.http import robots
from pipeline.http.retry_after import retry_after_s
from pipeline.urls import absolute, url_key
from tests.robustness import rfc9309

some = settings(max_examples=60, deadline=None, suppress_health_check=list(HealthCheck), derandomize=True)
BASE = _promises.BASE

# XML 1.0 allows these; \r is left out because XML makes \n of it.
LETTERS = st.characters(
    exclude_categories=["Cs", "Cc", "Cn", "Co"], exclude_characters="\ufeff\ufffe\uffff\u2028\u2029"
)
TITLES = st.text(LETTERS, min_size=1, max_size=80).filter(lambda title: not _is_twice_encoded(title))
MOMENTS = st.datetimes(datetime(1980, 1, 1), datetime(2100, 1, 1), timezones=st.just(UTC)).map(  # noqa: DTZ001
    lambda moment: moment.replace(microsecond=0)
)
SLUGS = st.text("abcdefghijklmnopqrstuvwxyz0123456789-", min_size=1, max_size=30)
ITEMS = st.lists(st.tuples(SLUGS, TITLES, MOMENTS), max_size=8)


def _is_twice_encoded(title: str) -> bool:
    """`Â¡` for `¡`: feedparser takes such a title for UTF-8 that was once read as Latin-1, and mends it."""
    try:
        return title.encode("latin-1").decode("utf-8") != title
    except UnicodeError:
        return False


def _address(slug: str) -> str:
    return f"https://www.dockside.example/news/{slug}"


@some
@given(ITEMS, st.sampled_from(["utf-8", "utf-16", "utf-16-le", "utf-32"]))
def test_what_a_feed_says_is_what_is_read(items: list[tuple[str, str, datetime]], encoding: str) -> None:
    """RSS, Atom, a news sitemap and JSON Feed with the same items give the same items."""
    rss = "".join(
        f"<item><title>{escape(escape(title))}</title><link>{_address(slug)}</link>"
        f"<pubDate>{format_datetime(at)}</pubDate></item>"
        for slug, title, at in items
    )
    atom = "".join(
        f'<entry><title>{escape(title)}</title><link href="{_address(slug)}"/>'
        f"<published>{at.isoformat()}</published></entry>"
        for slug, title, at in items
    )
    sitemap = "".join(
        f"<url><loc>{_address(slug)}</loc><news><title>{escape(escape(title))}</title>"
        f"<publication_date>{at.isoformat()}</publication_date></news></url>"
        for slug, title, at in items
    )
    feed = [{"url": _address(s), "title": escape(title), "date_published": at.isoformat()} for s, title, at in items]
    wanted = [(_address(slug), clean_title(title, is_markup=False), at) for slug, title, at in items]
    for document in (
        f"<rss><channel><title>x</title>{rss}</channel></rss>",
        f'<feed xmlns="http://www.w3.org/2005/Atom"><title>x</title>{atom}</feed>',
        f"<urlset>{sitemap}</urlset>",
        json.dumps({"version": "https://jsonfeed.org/version/1.1", "items": feed}),
    ):
        body = document.encode("utf-8" if document.startswith("{") else encoding)
        parsed = parse(body, base=BASE, max_bytes=1_000_000)
        _promises.keeps_promises(parsed)
        assert parsed.reason is None, parsed
        assert [(item.url, item.title, item.published_at) for item in parsed.items] == wanted


@some
@given(ITEMS, st.data())
def test_a_cut_feed_never_gives_other_items(items: list[tuple[str, str, datetime]], data: st.DataObject) -> None:
    rss = "".join(
        f"<item><link>{_address(slug)}</link><title>{escape(title)}</title></item>" for slug, title, _ in items
    )
    body = f"<rss><channel>{rss}</channel></rss>".encode()
    cut = data.draw(st.integers(0, len(body)))
    parsed = parse(body[:cut], base=BASE, max_bytes=1_000_000)
    _promises.keeps_promises(parsed)
    whole = [_address(slug) for slug, _, _ in items]
    read = [item.url for item in parsed.items if item.url]
    # The last may be an address that was cut; those before it are as they were.
    assert read[:-1] == whole[: len(read[:-1])]


@some
@given(
    st.binary(max_size=200), st.sampled_from(["", "<rss><channel><item>", "<urlset><url><loc>", "{", "\x1f\x8b\x08"])
)
def test_any_bytes_give_a_result(noise: bytes, start: str) -> None:
    _promises.keeps_promises(parse(start.encode("latin-1") + noise, base=BASE, max_bytes=10_000))


@some
@given(st.text(max_size=60), st.integers(0, 3))
def test_any_link_is_an_address_or_refused(link: str, base: int) -> None:
    url.check(bytes([base]) + link.encode("utf-8", "surrogatepass"))


@some
@given(
    st.sampled_from(["a.example", "www.a.example", "MÜNCHEN.example", "a.example:8080", "[2001:db8::1]"]),
    st.text(LETTERS, max_size=30),
    st.lists(st.tuples(SLUGS, st.text(LETTERS, max_size=10)), max_size=4, unique_by=lambda pair: pair[0]),
)
def test_twins_have_one_key(host: str, path: str, query: list[tuple[str, str]]) -> None:
    pairs = [f"{name}={URL.build(path=value).raw_path if value else ''}" for name, value in query]
    quoted = path.replace("%", "").replace("?", "").replace("#", "").replace("\\", "")
    shuffled = sorted(pairs, key=lambda pair: pair[::-1])
    try:
        one = absolute(f"https://{host}/{quoted}?{'&'.join(pairs)}#a", BASE)
        other = absolute(f"HTTP://{host}/./{quoted}?utm_source=x&{'&'.join(shuffled)}", BASE)
    except Skip:
        return
    assert url_key(one) == url_key(other)


@some
@given(st.text(max_size=120))
def test_titles_and_dates_of_any_text(text: str) -> None:
    title_and_date.check(text.encode("utf-8", "surrogatepass"))


@some
@given(st.sampled_from(["", "text/xml", "text/html; charset=utf-16", "a; charset=hz"]), st.binary(max_size=120))
def test_any_bytes_become_text(header: str, body: bytes) -> None:
    charset.check(header.encode() + b"\n" + body)


@some
@given(st.integers(0, 10**12), st.integers(-(10**6), 10**8))
def test_retry_after_of_what_servers_may_say(seconds: int, ahead: int) -> None:
    now = datetime(2026, 11, 23, 6, 30, tzinfo=UTC)
    said = retry_after_s({"Retry-After": str(seconds)}, now)
    assert said == float(str(seconds)[:9])
    dated = retry_after_s({"Retry-After": format_datetime(now + timedelta(seconds=ahead), usegmt=True)}, now)
    assert dated == max(0, ahead)


@some
@given(st.lists(st.tuples(st.booleans(), st.text("/abc*$", max_size=6)), max_size=8), st.text("/abc", max_size=8))
def test_robots_rules_are_those_of_the_standard(rules: list[tuple[bool, str]], path: str) -> None:
    patterns = [(is_allow, "/" + pattern.replace("$", "") + "$" * pattern.endswith("$")) for is_allow, pattern in rules]
    text = "User-agent: *\n" + "".join(f"{'Allow' if allow else 'Disallow'}: {p}\n" for allow, p in patterns)
    ours = robots.parse(text.encode(), "MediaMonitor/0.1", "tdm")
    address = "/" + path.lstrip("/")
    assert ours.allows(URL(f"https://a.example{address}")) == rfc9309.allows(
        rfc9309.read(text), "mediamonitor", address
    )
