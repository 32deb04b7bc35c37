"""robots.txt (RFC 9309): what one host lets us fetch, and how fast."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import UTC, datetime

from protego import Protego
from yarl import URL

from pipeline.http.tdm import AI_AGENTS, TEXT_MINING_AGENTS, OptOut

MAX_ROBOTS_BYTES = 512_000
"""RFC 9309 asks for at least 500 KiB; what comes after is not read."""

_AGENT_LINE = re.compile(r"\s*user[ -]?agent\s*[:\s]\s*([^#]*)", re.IGNORECASE)
_SOMEONE_ELSE = "User-agent: someone-else"
_EVER = datetime(9999, 1, 1, tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class Robots:
    """The rules of one host, as they concern us."""

    rules: Protego
    agents: tuple[str, ...]  # whose rules count; none means that everything is allowed
    crawl_delay_s: float | None
    until: datetime = _EVER  # then it is read again
    read_at: datetime | None = None
    unavailable: str | None = None  # why it could not be read: nothing is allowed

    def allows(self, url: URL) -> bool:
        """True if this address may be fetched."""
        return self.who_forbids(url) is None

    def who_forbids(self, url: URL) -> str | None:
        """The agent whose rules shut us out of this address; None if it may be fetched."""
        return next((agent for agent in self.agents if not self.rules.can_fetch(str(url), agent)), None)

    def is_in_force(self, now: datetime) -> bool:
        """True until it has to be read again."""
        return now < self.until


def parse(body: bytes, user_agent: str, opt_out: OptOut) -> Robots:
    """Rules from the bytes of a robots.txt; anything unreadable in it is ignored, as the standard asks.

    Rules for other crawlers count as ours as far as `opt_out` says, unless the file names us: who names us has
    decided about us.
    """
    token = product_token(user_agent)
    lines, named = _concerning({token.lower(), *_others(opt_out)}, body[:MAX_ROBOTS_BYTES])
    rules = Protego.parse("\n".join(lines))
    others = _others(opt_out) & named if token.lower() not in named else frozenset[str]()
    delay = rules.crawl_delay(token)
    return Robots(rules, (token, *sorted(others)), float(delay) if delay is not None else None)


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


def _others(opt_out: OptOut) -> frozenset[str]:
    if opt_out == "off":
        return frozenset()
    return TEXT_MINING_AGENTS | AI_AGENTS if opt_out == "all" else TEXT_MINING_AGENTS
