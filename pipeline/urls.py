"""Addresses: one normal form, one key, and the registrable domain.

`url_key` is the natural key of everything that has a URL, so its rule is part of the data: changing it
means a migration. Tests pin it. courlan also normalises URLs, but for crawling: it drops parameters such as
`cid` or `source` that name the article on some sites, which would merge different articles.
"""

from __future__ import annotations

import hashlib
import ipaddress
import re
from functools import lru_cache
from urllib.parse import parse_qsl, quote, unquote, urlencode, urljoin, urlsplit, urlunsplit

import tldextract

from pipeline.errors import Reason, Skip

MAX_URL_CHARS = 2048
"""Longer links are refused: the sitemap protocol's own limit, and CDNs cut near it."""

_TRACKING = re.compile(
    r"^(utm_\w+|fbclid|gclid|dclid|gbraid|wbraid|msclkid|yclid|twclid|igshid|mc_[ce]id|mkt_tok|_ga|_gl"
    r"|at_(medium|campaign|link_\w+|bbc_team|format|ptr_name)|wt_mc|xtor|cmpid|ocid|ito|ns_(campaign|mchannel|source)"
    r"|smid|sr_share|traffic_source|ref_(src|url)|guccounter|guce_\w+|__twitter_impression|amp_js_v|outputtype)$",
    re.IGNORECASE,
)
"""Query parameters that say where a reader came from, never which article is meant."""

_HOST = re.compile(r"[a-z0-9_-]+(?:\.[a-z0-9_-]+)*")
"""What DNS names on the web are made of; an underscore or an outer hyphen is against the rules, but in use."""
_DEFAULT_PORTS = {"http": 80, "https": 443}
_SUFFIXES = tldextract.TLDExtract(suffix_list_urls=(), cache_dir=None)
"""The public suffix list as shipped in the package: no download, the same answer every night."""


def absolute(link: str, base: str) -> str:
    """Give `link` as found on `base` in normal form.

    Raises `Skip(bad_url)` for anything that is no http(s) address of at most 2,048 characters.
    """
    cleaned = "".join(ch for ch in link.strip() if ch >= " " and ch != "\x7f").replace(" ", "%20")
    if not cleaned:
        raise Skip(Reason.BAD_URL, "empty link")
    try:
        return normalize(urljoin(base, cleaned))
    except ValueError as error:
        raise Skip(Reason.BAD_URL, f"{cleaned[:200]!r}: {error}") from error


def normalize(url: str) -> str:
    """Lower-case scheme and host (IDNA), drop fragment, default port, tracking parameters and `/../`.

    The result is still an address one can fetch: scheme, `www.`, the order of parameters and a trailing
    slash stay. Raises `Skip(bad_url)`.
    """
    try:
        result = _normal_form(url.strip())
    except ValueError as error:
        raise Skip(Reason.BAD_URL, f"{url[:200]!r}: {error}") from error
    if len(result) > MAX_URL_CHARS:
        raise Skip(Reason.BAD_URL, f"link of {len(result)} characters; at most {MAX_URL_CHARS} are taken")
    return result


def _normal_form(url: str) -> str:
    """Raises ValueError for what is no address; a UnicodeError, for half a surrogate pair in it, is one too."""
    parts = urlsplit(url)
    scheme = parts.scheme.lower()
    if scheme == "drop":
        return urlunsplit((scheme, parts.netloc, parts.path, "", ""))
    if scheme not in _DEFAULT_PORTS or not parts.hostname:
        raise ValueError("not an http or https address")
    netloc = _ascii_host(parts.hostname)
    if parts.port is not None and parts.port != _DEFAULT_PORTS[scheme]:
        netloc = f"{netloc}:{parts.port}"
    return urlunsplit((scheme, netloc, _path(parts.path), _query(parts.query), ""))


def url_key(url: str) -> str:
    """The natural key of an address: 32 hex digits, equal for http/https and www/bare twins,
    for any order of parameters, and with or without a trailing slash."""
    parts = urlsplit(normalize(url))
    host = parts.netloc.removeprefix("www.")
    path = parts.path.rstrip("/") or "/"
    query = urlencode(sorted(parse_qsl(parts.query, keep_blank_values=True)))
    identity = f"{'drop:' if parts.scheme == 'drop' else ''}{host}{path}{'?' + query if query else ''}"
    return hashlib.blake2b(identity.encode("utf-8", "surrogatepass"), digest_size=16).hexdigest()


def host_of(url: str) -> str:
    """Host and port as they stand in the address, lower case; what politeness is counted by."""
    return urlsplit(url).netloc.lower().rpartition("@")[2]


@lru_cache(maxsize=65_536)
def registrable_domain(host: str) -> str:
    """`news.example.co.uk:8080` → `example.co.uk`; an address or a name without a public suffix keeps its
    last two labels (`lakeside.localhost`), so demo and intranet outlets stay apart."""
    name = host.rpartition("@")[2].split("]")[0].strip("[") if host.startswith("[") else host.split(":")[0]
    try:
        ipaddress.ip_address(name)
    except ValueError:
        found = _SUFFIXES(name)
        return found.top_domain_under_public_suffix or ".".join(name.split(".")[-2:])
    return name


def is_home_or_section(url: str) -> bool:
    """True for `/`, `/news`, `/sport/football/`: short paths of plain words that name a page of links."""
    parts = urlsplit(url)
    segments = [s for s in parts.path.split("/") if s]
    if parts.query:
        return False
    return not segments or (
        len(segments) <= 2 and all(re.fullmatch(r"[a-z]{2,14}(\.html?)?", s) and "." not in s for s in segments)
    )


def _ascii_host(host: str) -> str:
    """Raises ValueError for what cannot be the name of a host: blanks, brackets, empty labels, an address's zone."""
    if ":" in host:
        if "%" in host:
            raise ValueError("an address with a zone is only good on the machine that wrote it")
        return f"[{ipaddress.IPv6Address(host).compressed}]"
    name = host.lower() if host.isascii() else host.lower().encode("idna").decode()
    name = name.rstrip(".")  # here, because IDNA makes a dot of `\u3002` too
    if not _HOST.fullmatch(name):
        raise ValueError("no such host name can exist")
    return name


def _path(path: str) -> str:
    kept: list[str] = []
    for quoted in path.split("/")[1:] if path.startswith("/") else path.split("/"):
        _step(kept, unquote(quoted, errors="surrogateescape"))
    # An empty parameter at the end says nothing; urljoin drops it too, but only of some links.
    while kept and kept[-1].find(";") == len(kept[-1]) - 1 >= 0:
        _step(kept, kept.pop().removesuffix(";"))
    steps = (quote(step.encode("utf-8", "surrogateescape"), safe="!$&'()*+,;=:@~-._") for step in kept)
    return "/" + "/".join(steps).lstrip("/") if kept else "/"


def _step(kept: list[str], segment: str) -> None:
    """Go one segment further: `.` stays, `..` goes back."""
    if segment == "..":
        del kept[-1:]
    elif segment != ".":
        kept.append(segment)


def _query(query: str) -> str:
    if not query:
        return ""
    pairs = [p for p in query.split("&") if p and not _TRACKING.match(p.split("=", 1)[0])]
    return quote("&".join(pairs), safe="!$&'()*+,;=:@~-._/?%")
