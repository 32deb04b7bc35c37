"""robots.txt (RFC 9309): what one host lets us fetch, and how fast."""

from __future__ import annotations

import re
from dataclasses import dataclass

from protego import Protego
from yarl import URL

MAX_ROBOTS_BYTES = 512_000
"""RFC 9309 asks for at least 500 KiB; what comes after is not read."""

TEXT_MINING_AGENTS = frozenset({"magpie-crawler", "omgili", "omgilibot", "webzio", "webzio-extended", "meltwater"})
"""Crawlers that do what this product does: media monitoring. A publisher that shuts them out by name has
reserved its pages against that use, so it is honoured as if it named us (setting `respect_tdm_opt_out`)."""

_AGENT_LINE = re.compile(r"\s*user[ -]?agent\s*[:\s]\s*([^#]*)", re.IGNORECASE)
_SOMEONE_ELSE = "User-agent: someone-else"


@dataclass(frozen=True, slots=True)
class Robots:
    """The rules of one host, as they concern us."""

    rules: Protego
    agents: tuple[str, ...]  # whose rules count; none means that everything is allowed
    crawl_delay_s: float | None

    def allows(self, url: URL) -> bool:
        """True if this address may be fetched."""
        return not self.agents or all(self.rules.can_fetch(str(url), agent) for agent in self.agents)


def parse(body: bytes, user_agent: str, *, respect_tdm_opt_out: bool) -> Robots:
    """Rules from the bytes of a robots.txt; anything unreadable in it is ignored, as the standard asks."""
    token = product_token(user_agent)
    lines, named = _concerning({token.lower(), *TEXT_MINING_AGENTS}, body[:MAX_ROBOTS_BYTES])
    rules = Protego.parse("\n".join(lines))
    mining = sorted(TEXT_MINING_AGENTS & named) if respect_tdm_opt_out and token.lower() not in named else []
    delay = rules.crawl_delay(token)
    return Robots(rules, (token, *mining), float(delay) if delay is not None else None)


def _concerning(agents: set[str], body: bytes) -> tuple[list[str], set[str]]:
    """The file's lines with every agent that is none of `agents` as one and the same stranger; and who is named.

    Protego keeps each rule once per agent of its group, so 10,000 agents and 20,000 rules, which fit into 500 kB,
    would take gigabytes.
    """
    lines = body.decode("utf-8-sig", "replace").splitlines()
    named: set[str] = set()
    for number, line in enumerate(lines):
        found = _AGENT_LINE.match(line)
        if found is None:
            continue
        name = found[1].strip().lower()
        named.add(name)
        core = name.replace("*", "")  # Protego drops asterisks, and takes a part of a name for the name
        if name not in ("", "*") and not (core and any(core in agent for agent in agents)):
            lines[number] = _SOMEONE_ELSE
    return lines, named


ALLOW_ALL = Robots(Protego.parse(""), (), None)
"""The rules of a host that has no robots.txt."""


def product_token(user_agent: str) -> str:
    """`MediaMonitor/0.1 (+https://…)` → `MediaMonitor`: the name robots.txt would use for us."""
    return user_agent.split("/")[0].split()[0] if user_agent.strip() else "*"
