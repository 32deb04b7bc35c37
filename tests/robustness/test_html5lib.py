"""The html5lib test data as pages: every file, no crash, no hang, a verdict; and the encodings it asserts."""

from __future__ import annotations

import json
import re
import zipfile
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import pytest

from fuzz.targets import page
from pipeline.clean.charset import decode
from pipeline.clean.content import OK, QUARANTINED, SKIPPED, PageHints
from pipeline.clean.protocol import Ask
from pipeline.clean.workers import Workers
from pipeline.errors import Reason
from tests.robustness.watchdog import cpu_limit

CPU_S = 5.0  # per page; the slowest of them takes 0.4 s
PROBES = {
    "windows-1252": "Über das Kölner Straßenfest – «tout va bien» été",
    "iso-8859-2": "Příliš žluťoučký kůň úpěl ďábelské ódy, náměstí",
    "euc-jp": "港の岸壁が今朝ふたたび開かれ、市長は修理がすべて終わったと発表した",
    "utf-8": "Über das Kölner Straßenfest – «tout va bien» été",
}
"""The corpus asserts encodings of pages that are ASCII throughout. What an encoding is worth shows in text that needs
it: a paragraph in the asserted encoding is put to the end of each page, and must come back."""


@pytest.fixture(scope="module")
def files(shared: Path) -> dict[str, bytes]:
    path = shared / "robustness" / "html5lib.zip"
    if not path.is_file():
        pytest.skip("../shared/robustness/html5lib.zip is absent")
    with zipfile.ZipFile(path) as corpus:
        return {name: corpus.read(name) for name in corpus.namelist() if not name.endswith("/")}


def test_asserted_encodings(files: dict[str, bytes]) -> None:
    agreed: Counter[str] = Counter()
    for name, data in files.items():
        if not name.startswith("encoding/"):
            continue
        for test in _sections(data):
            content, _, asserted = test.rpartition(b"\n#encoding\n")
            encoding = asserted.decode().strip().split("\n")[0].lower()
            probe = PROBES[encoding]
            got = decode(content + b"\n<p>" + probe.encode(encoding) + b"</p>", None)
            assert probe in got.text, (name, content[:200], encoding, got.encoding)
            agreed[encoding] += 1
    assert agreed == {"windows-1252": 35, "iso-8859-2": 34, "utf-8": 11, "euc-jp": 3}


@pytest.mark.slow
def test_tree_construction_in_the_guarded_workers(files: dict[str, bytes]) -> None:
    """Of each file every sixth input; all 1,796 passed once, in 40 s on a busy machine."""
    inputs = [data for name in files for data in _documents(name, files)[::6]]
    assert len(inputs) >= 299
    with Workers(2, page_timeout_s=CPU_S, page_memory_mb=1_000) as workers:
        contents = list(workers.clean(Ask(data, "https://www.dockside.example/a", PageHints()) for data in inputs))
    assert len(contents) == len(inputs)
    assert {content.judgement.verdict for content in contents} <= {OK, QUARANTINED, SKIPPED}
    crashed = [
        (data, content.judgement.detail)
        for data, content in zip(inputs, contents, strict=True)
        if content.judgement.reason in (Reason.BROKEN_PAGE, Reason.PAGE_TIMEOUT)
    ]
    assert not crashed


@pytest.mark.slow
def test_every_input_in_a_page_of_many(files: dict[str, bytes]) -> None:
    """Thousands of inputs of a few signs each: twenty documents or fifty tokens to a page."""
    documents = [data for name in files for data in _documents(name, files)]
    tokens = [text.encode("utf-8", "surrogatepass") for name, data in files.items() for text in _tokens(name, data)]
    assert len(documents) == 1_796
    assert len(tokens) >= 7_000
    for data in [*_pages(documents, 20), *_pages(tokens, 50)]:
        with cpu_limit(CPU_S, repr(data[:100])):
            page.check(data)


def _pages(inputs: list[bytes], size: int) -> list[bytes]:
    return [b"\n<p>".join(inputs[number : number + size]) for number in range(0, len(inputs), size)]


def _documents(name: str, files: dict[str, bytes]) -> list[bytes]:
    """Inputs of the tree construction's tests."""
    if not name.startswith("tree-construction/"):
        return []
    return [test.partition(b"\n#errors")[0] for test in _sections(files[name])]


def _sections(data: bytes) -> list[bytes]:
    return re.split(rb"(?:^|\n\n?)#data\n", data)[1:]


def _tokens(name: str, data: bytes) -> Iterator[str]:
    """Inputs of the tokenizer's tests, and what the serializer's tests expect to be written."""
    if name.startswith("tokenizer/"):
        for test in next(iter(json.loads(data).values())):
            yield test["input"]
    elif name.startswith("serializer/"):
        for test in json.loads(data)["tests"]:
            yield from test["expected"]
