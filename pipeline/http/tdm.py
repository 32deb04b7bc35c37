"""Publishers who reserve their pages against text and data mining, and the ways they say so.

How far that is honoured is the setting `respect_tdm_opt_out`; each level includes the one before:

- `off`: only robots.txt rules for us by name or for everyone, which are always obeyed;
- `robots`: rules for crawlers that do what this product does, media monitoring, count as ours;
- `tdm`: pages that carry a reservation of the W3C's TDMRep (header or meta element `tdm-reservation: 1`) are not
  kept;
- `all`: rules for crawlers that gather text for AI, and `noai` in X-Robots-Tag or meta robots, count too.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Literal

OptOut = Literal["off", "robots", "tdm", "all"]

TEXT_MINING_AGENTS = frozenset({"magpie-crawler", "omgili", "omgilibot", "webzio", "webzio-extended", "meltwater"})
"""Crawlers that do what this product does: media monitoring. A publisher that shuts them out by name has
reserved its pages against that use, so it is honoured as if it named us."""

AI_AGENTS = frozenset(
    {
        "ai2bot", "anthropic-ai", "applebot-extended", "bytespider", "ccbot", "claudebot", "cohere-ai", "diffbot",
        "google-extended", "gptbot", "meta-externalagent", "perplexitybot",
    }
)  # fmt: skip
"""Crawlers that gather text for AI. Most news sites shut some of them out, and say nothing about monitoring with it."""

_HEAD_BYTES = 65_536  # meta elements stand in the head
_META = re.compile(rb"<meta\b[^>]{0,500}>", re.IGNORECASE)
_NAME = re.compile(rb"""name\s*=\s*["']?\s*([\w-]+)""", re.IGNORECASE)
_CONTENT = re.compile(rb"""content\s*=\s*["']?\s*([^"'>]*)""", re.IGNORECASE)


def reservation(headers: Mapping[str, str], body: bytes, opt_out: OptOut) -> str | None:
    """How this page says that it is reserved, like `header tdm-reservation: 1`; None if it does not, or need not be
    honoured."""
    if opt_out not in ("tdm", "all"):
        return None
    if headers.get("tdm-reservation", "").strip() == "1":
        return "header tdm-reservation: 1"
    if opt_out == "all" and "noai" in _words(headers.get("X-Robots-Tag", "")):
        return "header X-Robots-Tag: noai"
    end = body.find(b"</head", 0, _HEAD_BYTES)
    return _in_head(body[: end if end >= 0 else _HEAD_BYTES], opt_out)


def _in_head(head: bytes, opt_out: OptOut) -> str | None:
    lowered = head.lower()
    if b"tdm-reservation" not in lowered and not (opt_out == "all" and b"noai" in lowered):
        return None
    for element in _META.findall(head):
        name, content = _NAME.search(element), _CONTENT.search(element)
        if name is None or content is None:
            continue
        key, value = name.group(1).lower(), content.group(1).decode("latin-1").strip()
        if key == b"tdm-reservation" and value == "1":
            return "meta tdm-reservation: 1"
        if key == b"robots" and opt_out == "all" and "noai" in _words(value):
            return "meta robots: noai"
    return None


def _words(value: str) -> list[str]:
    return [word.strip().lower() for word in re.split(r"[,:]", value)]
