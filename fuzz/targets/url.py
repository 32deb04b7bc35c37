"""Addresses: one normal form that is stable, keys that twins share, nothing but http(s) out of a link."""

from __future__ import annotations

from urllib.parse import urlsplit

from fuzz.targets._promises import is_address
from pipeline.errors import Skip
from pipeline.urls import absolute, host_of, is_home_or_section, registrable_domain, url_key

MAX_LEN = 512
DICTIONARY = (
    "http://", "https://", "//", "drop://", "javascript:", "file:///", "data:", "www.", "..", "/../", "/./", "?", "#",
    "&", "=", ";", "%", "%2F", "%00", "%zz", "@", ":80", ":443", ":99999", "[::1]", "[::ffff:10.0.0.1]", "xn--", "ä",
    "\u3002", "\u00ad", "\u202e", "utm_source=x", "fbclid=", "a.example", ".", "\\", "\t", "\n", " ", "+", "İ", "ß",
)  # fmt: skip
_BASES = (
    "https://www.dockside.example/news/",
    "http://xn--mnchen-3ya.example:8080/a?b=c",
    "https://[2001:db8::1]/x",
    "https://a.example",
)


def check(data: bytes) -> None:
    """The first byte chooses the base, the rest is the link."""
    base = _BASES[data[0] % len(_BASES)] if data else _BASES[0]
    link = _text(data[1:])
    try:
        url = absolute(link, base)
    except Skip:
        return
    if url.startswith("drop:"):  # our own scheme; discovery refuses it in a stranger's feed
        return
    is_address(url)
    assert absolute(url, base) == url
    key = url_key(url)
    for twin in _twins(url):
        assert url_key(twin) == key, (url, twin)
    host = host_of(url)
    assert host == urlsplit(url).netloc
    domain = registrable_domain(host)
    assert domain, host
    assert registrable_domain(domain) == domain or ":" in host, (host, domain)
    is_home_or_section(url)


def _twins(url: str) -> list[str]:
    scheme, _, rest = url.partition("://")
    parts = urlsplit(url)
    twins = [url + "#part", url + ("&" if parts.query else "?") + "utm_source=feed"]
    if parts.port is None:
        twins.append(("http://" if scheme == "https" else "https://") + rest)
    if not parts.query and not parts.path.endswith("/"):
        twins.append(url + "/")
    if not rest.startswith(("www.", "[")):
        twins.append(f"{scheme}://www.{rest}")
    # www. may be what takes the address over the limit
    return [twin for twin in twins if len(twin) <= 2_048]


def _text(data: bytes) -> str:
    try:
        return data.decode("utf-8", "surrogatepass")
    except UnicodeDecodeError:
        return data.decode("latin-1")
