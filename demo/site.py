"""What one request gets, as a value: status, headers, body and how to deliver it. No network, no clock."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime, time
from email.utils import format_datetime, parsedate_to_datetime
from urllib.parse import quote, unquote

from demo import feeds, pages
from demo.newsroom import Article, Newsroom
from demo.outlets import BY_SLUG, FeedSpec, Outlet
from demo.trouble import HUGE_BYTES, RETRY_AFTER_ALWAYS_S, RETRY_AFTER_ONCE_S, TROUBLES

HTML = "text/html; charset=utf-8"


@dataclass(frozen=True, slots=True)
class Reply:
    """One response. `delivery`: plain, slow (dripped), huge (generated), or once (the trouble goes away
    after the first request to that path; `then` is what follows)."""

    status: int
    body: bytes
    headers: Mapping[str, str] = field(default_factory=dict)
    delivery: str = "plain"
    then: Reply | None = None


def reply(newsroom: Newsroom, host: str, path: str, headers: Mapping[str, str]) -> Reply:
    """Answer a GET for `path` (percent-encoded, without the query) on `<host>.localhost`."""
    outlet = BY_SLUG.get(host)
    if outlet is None:
        return _missing(f"No outlet {host!r} here.")
    return conditional(_outlet_reply(newsroom, outlet, path), headers)


def _outlet_reply(newsroom: Newsroom, outlet: Outlet, path: str) -> Reply:
    path = quote(unquote(path))
    for feed in outlet.feeds:
        if path == feed.path and feed.kind != "index_page":  # that is the page itself
            return _feed(newsroom, outlet, feed)
    if article := newsroom.by_path.get((outlet.slug, path)):
        return _article(newsroom, article)
    if found := _trouble(newsroom, outlet, path):
        return found
    return _other(newsroom, outlet, path) or _missing("Page not found.")


def _feed(newsroom: Newsroom, outlet: Outlet, feed: FeedSpec) -> Reply:
    if feed.html_on_wednesdays and newsroom.today.weekday() == 2:
        return _dated(pages.front_page(newsroom, outlet).encode(), HTML, _midnight(newsroom))
    body, content_type = feeds.feed_bytes(newsroom, outlet, feed)
    changed = [item.modified_at for item in newsroom.items(outlet, feed)]
    return _dated(body, content_type, max(changed, default=_midnight(newsroom)))


def _article(newsroom: Newsroom, article: Article) -> Reply:
    page = pages.article_page(newsroom, article)
    daily = BY_SLUG[article.outlet].prints_daily_box
    changed = max(article.modified_at, _midnight(newsroom)) if daily else article.modified_at
    whole = _dated(page.encode(), HTML, changed)
    if article.delivery in ("charset_missing", "charset_wrong"):
        return _dated(page.encode("cp1256", "xmlcharrefreplace"), "text/html", changed)
    if article.delivery == "slow":
        return replace(whole, delivery="slow")
    if article.delivery == "too_many_once":
        busy = Reply(429, b"Too many requests\n", {"Retry-After": str(RETRY_AFTER_ONCE_S)}, "once")
        return replace(busy, then=whole)
    if article.delivery == "error_once":
        return Reply(500, b"Internal server error\n", {}, "once", whole)
    return whole


def _trouble(newsroom: Newsroom, outlet: Outlet, path: str) -> Reply | None:
    """The listed URLs without an article. Any week's mark will do: a monitor may come back late."""
    unmarked = re.sub(r"(?<!\d)20\d{6}", "{week}", path).replace("round-b", "round-a")
    found = next((t for t in TROUBLES if t.outlet == outlet.slug and quote(t.path, safe="/{}") == unmarked), None)
    if found is None or found.kind in ("home_page", "section_page"):
        return None
    if found.kind == "not_found":
        return _missing("This page has moved or never existed.")
    if found.kind == "gone":
        return Reply(410, b"<h1>Gone</h1><p>This story has been withdrawn.</p>", {"Content-Type": HTML})
    if found.kind == "redirect_loop":
        twist = path[:-1] + ("b" if path.endswith("a") else "a")
        return Reply(302, b"", {"Location": newsroom.url(outlet.slug, twist)})
    if found.kind == "too_many_always":
        return Reply(429, b"Too many requests\n", {"Retry-After": str(RETRY_AFTER_ALWAYS_S)})
    if found.kind == "error_always":
        return Reply(500, b"Internal server error\n")
    if found.kind == "huge":
        return Reply(200, b"", {"Content-Type": HTML}, "huge")
    return _odd_page(newsroom, outlet, path, found.kind)


def _odd_page(newsroom: Newsroom, outlet: Outlet, path: str, kind: str) -> Reply:
    midnight = _midnight(newsroom)
    if kind == "charset_lost":
        page = pages.article_page(newsroom, replace(_with_lost_letters(newsroom.of(outlet.slug)[0]), path=path))
        return _dated(page.encode(), HTML, midnight)
    if kind == "disallowed":
        return _dated(pages.front_page(newsroom, outlet).encode(), HTML, midnight)
    return _dated(pages.notice_page(newsroom, outlet, kind).encode(), HTML, midnight)


def _with_lost_letters(article: Article) -> Article:
    """An article whose letters were lost in an earlier conversion: every one is a replacement character."""

    def lost(text: str) -> str:
        return "".join("\ufffd" if letter.isalpha() else letter for letter in text)

    return replace(
        article,
        headline=lost(article.headline),
        standfirst=lost(article.standfirst),
        paragraphs=tuple(lost(p) for p in article.paragraphs),
        entities=(),
        delivery="plain",
    )


def _other(newsroom: Newsroom, outlet: Outlet, path: str) -> Reply | None:
    if path == "/":
        return _dated(pages.front_page(newsroom, outlet).encode(), HTML, _midnight(newsroom))
    if path == "/robots.txt":
        return _robots(newsroom, outlet)
    if match := re.fullmatch(r"/img/(\d+)\.svg", path):
        return Reply(200, pages.image_svg(int(match[1])).encode(), {"Content-Type": "image/svg+xml"})
    if match := re.fullmatch(r"/sitemap-(\d{4}-\d\d-\d\d)\.xml\.gz", path):
        return _day_sitemap(newsroom, outlet, match[1])
    if match := re.fullmatch(r"/(go|r|print)/(\d+)", path):
        return _side_door(newsroom, outlet, match[1], int(match[2]))
    for section in pages.sections_of(outlet):
        if path == outlet.section_path(section):
            body = pages.front_page(newsroom, outlet, section).encode()
            return _dated(body, HTML, _midnight(newsroom))
    return None


def _side_door(newsroom: Newsroom, outlet: Outlet, door: str, number: int) -> Reply | None:
    """Short links (302, then 301, then the article) and print versions."""
    article = next((a for a in newsroom.served if a.outlet == outlet.slug and a.number == number), None)
    if article is None:
        return None
    if door == "go":
        return Reply(302, b"", {"Location": f"/r/{number}"})
    if door == "r":
        return Reply(301, b"", {"Location": newsroom.url(outlet.slug, article.path)})
    return _dated(pages.print_page(newsroom, article).encode(), HTML, article.modified_at)


def _robots(newsroom: Newsroom, outlet: Outlet) -> Reply | None:
    """Prairie Wire has no robots.txt; Savannah Daily keeps its previews to itself."""
    if outlet.slug == "prairie-wire":
        return None
    closed = "/internal/" if outlet.slug == "savannah-daily" else "/search/"
    maps = [f"Sitemap: {newsroom.url(outlet.slug, f.path)}" for f in outlet.feeds if f.kind == "sitemap"]
    text = "\n".join(["User-agent: *", f"Disallow: {closed}", "", *maps, ""])
    return Reply(200, text.encode(), {"Content-Type": "text/plain; charset=utf-8"})


def _day_sitemap(newsroom: Newsroom, outlet: Outlet, day: str) -> Reply | None:
    if outlet.feeds[0].kind != "sitemap":
        return None
    body = feeds.day_sitemap(newsroom, outlet, date.fromisoformat(day))
    return _dated(body, "application/gzip", _midnight(newsroom)) if body else None


def huge_chunks() -> list[bytes]:
    """A page of 12 MB in pieces of 60 kB: a budget table without end."""
    row = "<tr><td>Titel 0815</td><td>Unterhalt der Uferwege</td><td>12.500 Euro</td></tr>\n"
    piece = (row * 800).encode()
    head = b"<!doctype html><html lang=de><title>Haushaltsplan</title><body><table>\n"
    return [head, *([piece] * (HUGE_BYTES // len(piece) + 1)), b"</table></body></html>"]


def _missing(message: str) -> Reply:
    page = f"<!doctype html><html><title>404</title><body><h1>404</h1><p>{message}</p></body></html>"
    return Reply(404, page.encode(), {"Content-Type": HTML})


def _midnight(newsroom: Newsroom) -> datetime:
    return datetime.combine(newsroom.today, time(0), tzinfo=UTC)


def _dated(body: bytes, content_type: str, changed: datetime) -> Reply:
    return Reply(
        200,
        body,
        {
            "Content-Type": content_type,
            "ETag": f'"{hashlib.blake2b(body, digest_size=10).hexdigest()}"',
            "Last-Modified": format_datetime(changed.astimezone(UTC), usegmt=True),
        },
    )


def conditional(whole: Reply, headers: Mapping[str, str]) -> Reply:
    """304 when the asker's copy is current; If-None-Match goes before If-Modified-Since (RFC 9110, 13.2.2)."""
    if whole.delivery == "once" or "ETag" not in whole.headers:
        return whole
    tag, changed = whole.headers["ETag"], whole.headers["Last-Modified"]
    if asked := headers.get("If-None-Match"):
        current = asked.strip() == "*" or tag in [t.strip().removeprefix("W/") for t in asked.split(",")]
    else:
        current = _not_newer(changed, headers.get("If-Modified-Since"))
    return Reply(304, b"", {"ETag": tag, "Last-Modified": changed}) if current else whole


def _not_newer(changed: str, since: str | None) -> bool:
    try:
        return since is not None and parsedate_to_datetime(changed) <= parsedate_to_datetime(since)
    except (ValueError, TypeError):
        return False
