"""robots.txt: never raises, decides every address, asks for a sane delay; line ends and marks change nothing."""

from __future__ import annotations

import math

from yarl import URL

from pipeline.http import robots

INSTRUMENT = ("protego",)
MAX_LEN = 2_048
DICTIONARY = (
    "User-agent: *", "User-agent: MediaMonitor", "Disallow: /", "Allow: /", "Crawl-delay: ", "Crawl-delay: nan",
    "Crawl-delay: 1e999", "Request-rate: 1/", "Visit-time: ", "Sitemap: ", "Host: ", "\n", "\r\n", "#", "*", "$", "%2F",
    "%", "User-agent: magpie-crawler", "Clean-param: ", "[", "?", "ä",
)  # fmt: skip
_AGENT = "MediaMonitor/0.1 (+https://media-monitor.example/bot)"
_ADDRESSES = tuple(
    URL(f"https://www.dockside.example{path}")
    for path in ("/", "/news/2026/11/23/quay-reopens.html", "/a?b=c&d=%2F", "/ä/ö", "/%E4")
)


def check(data: bytes) -> None:
    """The file as it is, with a byte order mark, and with the other line ends: the same rules."""
    rules = robots.parse(data, _AGENT, "tdm")
    decided = [rules.allows(address) for address in _ADDRESSES]
    delay = rules.crawl_delay_s
    assert delay is None or (math.isfinite(delay) and delay >= 0), delay
    assert rules.agents
    lenient = robots.parse(data, _AGENT, "off")
    for allowed, address in zip(decided, _ADDRESSES, strict=True):
        assert isinstance(allowed, bool)
        assert lenient.allows(address) or not allowed, "an opt-out allowed what the rules forbid"
    if not data.startswith(b"\xef\xbb\xbf"):
        marked = robots.parse(b"\xef\xbb\xbf" + data, _AGENT, "tdm")
        assert [marked.allows(address) for address in _ADDRESSES] == decided, "a byte order mark changed the rules"
    shut = robots.parse(b"User-agent: *\nDisallow: /\n\n" + data, "Nobody/1.0", "off")
    if b"llow" not in data.lower():
        assert not shut.allows(_ADDRESSES[1]), "text without any rule opened a closed host"
