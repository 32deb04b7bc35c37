"""All 2,107 odd feeds through the real path: no crash, no hang, storable entries, and what they claim holds."""

from __future__ import annotations

import zipfile
from collections import Counter
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path

import pytest

from fuzz.targets import _promises
from pipeline.discover.items import ParsedFeed
from pipeline.discover.parse import parse
from pipeline.errors import Reason
from tests.robustness.feed_expectations import Statement, holds, read_statement
from tests.robustness.watchdog import cpu_limit

CPU_S = 2.0  # per file; all 2,107 take 1.5 s

BY_DESIGN = {
    # Broken is what could not be read to its end; a wrong or missing declaration alone does not make a feed that.
    ("encoding/bozo_bogus_encoding.xml", "bozo"): "declares an encoding that does not exist, and is read all the same",
    ("encoding/bozo_http_i18n.xml", "bozo"): "text/xml without a charset would mean ASCII; the bytes are UTF-8",
    ("encoding/bozo_http_text_plain.xml", "bozo"): "served as text/plain, and read all the same",
    ("encoding/bozo_http_text_plain_charset.xml", "bozo"): "served as text/plain, and read all the same",
    ("encoding/bozo_linenoise.xml", "bozo"): "a few stray bytes become U+FFFD; nothing else is lost",
    ("illformed/chardet/big5.xml", "bozo"): "no declaration: read by its letters",
    ("illformed/chardet/eucjp.xml", "bozo"): "no declaration: read by its letters",
    ("illformed/chardet/euckr.xml", "bozo"): "no declaration: read by its letters",
    ("illformed/chardet/gb2312.xml", "bozo"): "no declaration: read by its letters",
    ("illformed/chardet/koi8r.xml", "bozo"): "no declaration: read by its letters",
    ("illformed/chardet/shiftjis.xml", "bozo"): "no declaration: read by its letters",
    ("illformed/chardet/tis620.xml", "bozo"): "no declaration: read by its letters",
    ("illformed/chardet/windows1255.xml", "bozo"): "no declaration: read by its letters",
    ("illformed/rss_empty_document.xml", "bozo"): "only a comment: not a feed, which is said more exactly than broken",
    ("wellformed/atom10/entry_link_rel_license.xml", "link"): "a licence is no article's address",
}  # fmt: skip
"""Where we differ from what the corpus claims, and why."""


@dataclass(frozen=True, slots=True)
class Read:
    """One file of the corpus, read."""

    name: str
    data: bytes
    statement: Statement
    parsed: ParsedFeed


@pytest.fixture(scope="module")
def corpus(shared: Path) -> list[Read]:
    path = shared / "robustness" / "feeds.zip"
    if not path.is_file():
        pytest.skip("../shared/robustness/feeds.zip is absent")
    read: list[Read] = []
    with zipfile.ZipFile(path) as files:
        for name in files.namelist():
            data = files.read(name)
            statement = read_statement(name, data)
            with cpu_limit(CPU_S, name):
                parsed = parse(data, base=statement.base, max_bytes=1_000_000, content_type=statement.content_type)
                _promises.keeps_promises(parsed)
            read.append(Read(name, data, statement, parsed))
    return read


def test_every_file_is_read(corpus: list[Read]) -> None:
    assert len(corpus) == 2_107
    assert {one.parsed.reason for one in corpus} <= {None, Reason.BROKEN_FEED, Reason.NOT_A_FEED}
    assert sum(bool(one.parsed.items) for one in corpus) >= 1_190  # measured: 1,196; others describe the feed only
    assert not [one.name for one in corpus if one.name.startswith("wellformed/") and one.parsed.reason is not None]


def test_what_the_corpus_claims_holds(corpus: list[Read]) -> None:
    checked: Counter[str] = Counter()
    differing = set()
    for one in corpus:
        for claim in one.statement.claims:
            checked[claim.field] += 1
            if not holds(claim, one.parsed, one.data, one.statement):
                differing.add((one.name, claim.field))
    assert differing == set(BY_DESIGN)
    # That so many are checked is part of the test: a reader of claims that finds none would always pass.
    assert checked == {
        "bozo": 1_804, "title": 143, "encoding": 70, "link": 24, "date": 18, "version": 14, "count": 1
    }  # fmt: skip
    assert not [one.name for one in corpus if not one.statement.claims and not one.statement.other_count]


def test_a_false_claim_is_found_out(corpus: list[Read]) -> None:
    """The check can fail: the claims of one file do not hold of the next one that makes the same kind."""
    titled = [one for one in corpus if any(claim.field == "title" for claim in one.statement.claims)]
    wrong = sum(
        not holds(claim, other.parsed, other.data, other.statement)
        for one, other in pairwise(titled)
        for claim in one.statement.claims
        if claim.field == "title" and one.parsed.items[0].title != other.parsed.items[0].title
    )
    assert wrong >= 30
