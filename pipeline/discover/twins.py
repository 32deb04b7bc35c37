"""AMP addresses: where the article itself would lie. Pure.

An AMP page is another page of the same article, often on another path or host. `url_key` keeps it apart, since
the pattern may also be part of a real address; whoever uses `without_amp` must know that the plain address exists.
"""

from __future__ import annotations

import re
from urllib.parse import urlsplit, urlunsplit

_HOST = re.compile(r"^amp\.(?=[^.]+\.)", re.IGNORECASE)
_IN_PATH = re.compile(r"/amp/?$|^/amp(?=/)|\.amp(?=(\.html?)?$)", re.IGNORECASE)
_PARAMETER = re.compile(r"^amp(=(1|true|yes)?)?$", re.IGNORECASE)


def without_amp(url: str) -> str | None:
    """The address without its marks of AMP (`amp.` host, `/amp`, `.amp.html`, `?amp`), normal form kept.

    None if it has no such mark, or nothing but a front page would remain.
    """
    if "amp" not in url.lower():
        return None
    parts = urlsplit(url)
    pairs = parts.query.split("&") if parts.query else []
    query = "&".join(pair for pair in pairs if not _PARAMETER.match(pair))
    path = _IN_PATH.sub("", parts.path) or "/"
    host = _HOST.sub("", parts.netloc)
    if (host, path, query) == (parts.netloc, parts.path, parts.query) or (path == "/" and not query):
        return None
    return urlunsplit((parts.scheme, host, path, query, ""))
