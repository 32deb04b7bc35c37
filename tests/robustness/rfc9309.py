"""RFC 9309 read by the letter, without any of the leniency that real readers have: what robots.txt is compared with."""

from __future__ import annotations

import re
from dataclasses import dataclass, field


@dataclass(slots=True)
class Group:
    """The agents of one group, lower case, and its rules: (is_allow, pattern)."""

    agents: list[str] = field(default_factory=list)
    rules: list[tuple[bool, str]] = field(default_factory=list)


def read(text: str) -> list[Group]:
    """The groups of a file. Lines that are no `name: value` of the standard are not there."""
    groups: list[Group] = []
    for line in re.split(r"\r\n|\n|\r", text):
        name, colon, value = line.partition("#")[0].partition(":")
        name, value = name.strip().lower(), value.strip()
        if not colon:
            continue
        if name == "user-agent":
            if not groups or groups[-1].rules:
                groups.append(Group())
            groups[-1].agents.append(value.lower())
        elif name in ("allow", "disallow") and groups:
            groups[-1].rules.append((name == "allow", value))
    return groups


def allows(groups: list[Group], agent: str, path: str) -> bool:
    """2.2.1: all groups that name us, else all of `*`. 2.2.2: the longest match counts, `allow` among equals."""
    ours = [group for group in groups if agent.lower() in group.agents]
    chosen = ours or [group for group in groups if "*" in group.agents]
    matching = [
        (len(pattern), is_allow)
        for group in chosen
        for is_allow, pattern in group.rules
        if pattern and _matches(pattern, path)
    ]
    return max(matching)[1] if matching else True


def is_simple(text: str) -> bool:
    """True for files that every reader of every age takes for the same.

    There the first match and the longest are one (no `Allow`, no wildcard, no empty rule), each agent stands once,
    and no blank line stands inside a group, which old readers take for its end.
    """
    blocks = [block.strip() for block in re.split(r"\n\s*\n", text.replace("\r\n", "\n")) if block.strip()]
    agents = re.findall(r"^\s*user-agent\s*:\s*(\S+)", text.lower(), re.MULTILINE)
    return len(agents) == len(set(agents)) and all(_SIMPLE_BLOCK.fullmatch(block) for block in blocks)


_SIMPLE_BLOCK = re.compile(r"(user-agent: *[\w*-]+ *\n)+(disallow: */[\w/.-]*( *\n|$))+", re.IGNORECASE)


def _matches(pattern: str, path: str) -> bool:
    if not path.startswith(re.split(r"[*$]", pattern, maxsplit=1)[0]):
        return False
    anchored = pattern.endswith("$")
    parts = [re.escape(part) for part in pattern.removesuffix("$").split("*")]
    return re.match(".*".join(parts) + ("$" if anchored else ""), path) is not None
