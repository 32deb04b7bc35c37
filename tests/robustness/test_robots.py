"""All 4,231 real robots.txt: no crash, no hang, and the decisions that an independent reading of RFC 9309 gives."""

from __future__ import annotations

import zipfile
from dataclasses import dataclass
from pathlib import Path
from urllib.robotparser import RobotFileParser

import pytest
from yarl import URL

from pipeline.http import robots
from tests.robustness import rfc9309
from tests.robustness.watchdog import cpu_limit

CPU_S = 2.0  # per file; all 4,231 take 1.4 s
AGENT = "MediaMonitor"
PATHS = ("/", "/news/2026/11/23/quay-reopens.html", "/search?q=quay", "/a/b/c.php?id=1")

NOT_BY_THE_LETTER = {
    "bitbucket.org": "`*` with only a Crawl-delay, then another agent with `Disallow: /`: by the letter one group, "
    "which would shut everybody out; the delay shows that `*` was meant to be one of its own",
    "www.talbots.com": "`User Agent: *` without the hyphen is obeyed as what it means",
}
"""Where we differ from the letter of the standard, and why."""


@dataclass(frozen=True, slots=True)
class Read:
    """One host's file, read."""

    host: str
    text: str
    rules: robots.Robots
    decisions: tuple[bool, ...]  # one per path of PATHS


@pytest.fixture(scope="module")
def corpus(shared: Path) -> list[Read]:
    path = shared / "robustness" / "robots.zip"
    if not path.is_file():
        pytest.skip("../shared/robustness/robots.zip is absent")
    addresses = [URL(f"https://www.dockside.example{path}") for path in PATHS]
    read: list[Read] = []
    with zipfile.ZipFile(path) as files:
        for name in files.namelist():
            body = files.read(name)
            with cpu_limit(CPU_S, name):
                rules = robots.parse(body, f"{AGENT}/0.1", "tdm")
                decisions = tuple(rules.allows(address) for address in addresses)
            read.append(Read(name.rpartition("/")[2], body.decode("utf-8-sig", "replace"), rules, decisions))
    return read


def test_every_file_is_read(corpus: list[Read]) -> None:
    assert len(corpus) == 4_231
    delays = [one.rules.crawl_delay_s for one in corpus if one.rules.crawl_delay_s is not None]
    assert len(delays) > 200
    assert all(delay >= 0 for delay in delays)


def test_decisions_are_those_of_the_standard(corpus: list[Read]) -> None:
    differing = set()
    for one in corpus:
        groups = rfc9309.read(one.text)
        # An agent that does what we do and is named counts as if we were (respect_tdm_opt_out).
        wanted = tuple(all(rfc9309.allows(groups, agent, path) for agent in one.rules.agents) for path in PATHS)
        if wanted != one.decisions:
            differing.add(one.host)
    assert differing == set(NOT_BY_THE_LETTER)


def test_decisions_are_those_of_the_standard_library_where_every_reader_agrees(corpus: list[Read]) -> None:
    compared = 0
    for one in corpus:
        if not rfc9309.is_simple(one.text):
            continue
        compared += 1
        library = RobotFileParser()
        library.parse(one.text.splitlines())
        wanted = tuple(
            all(library.can_fetch(agent, f"https://www.dockside.example{path}") for agent in one.rules.agents)
            for path in PATHS
        )
        assert wanted == one.decisions, one.host
    assert compared >= 300


def test_the_corpus_tells_readers_apart(corpus: list[Read]) -> None:
    """The comparison can fail: hosts that shut everything, a part, and nothing are all there."""
    assert len({one.decisions for one in corpus}) >= 6
    assert sum(one.decisions == (False,) * len(PATHS) for one in corpus) > 50


def test_many_agents_and_many_rules_take_no_memory() -> None:
    body = b"".join(b"User-agent: a%d\n" % n for n in range(10_000)) + b"Disallow: /a\n" * 20_000
    with cpu_limit(5, "10,000 agents with 20,000 rules"):
        rules = robots.parse(body + b"\nUser-agent: *\nDisallow: /b\n", f"{AGENT}/0.1", "tdm")
    assert rules.allows(URL("https://a.example/a"))
    assert not rules.allows(URL("https://a.example/b"))


@pytest.mark.parametrize("unit", [b"\n", b" ", b"\r", b"User-agent:\n", b"#", b"*", b"Disallow:/*a*b*c$\n", b"%"])
def test_half_a_megabyte_of_one_thing_is_read_in_no_time(unit: bytes) -> None:
    body = b"User-agent: *\nDisallow: /shut\n" + unit * (500_000 // len(unit))
    with cpu_limit(3, repr(unit)):
        rules = robots.parse(body, f"{AGENT}/0.1", "tdm")
        assert not rules.allows(URL("https://a.example/shut?" + "a" * 1_500))
