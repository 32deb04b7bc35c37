"""Hostile and broken pages through real workers, with the product's own limits: content or a reason, never a crash.

All of them go through one worker, each followed by an ordinary page that must come out whole.
"""

from __future__ import annotations

import random
import time
from collections.abc import Callable
from dataclasses import dataclass

import pytest

from pipeline.clean.content import PageContent, PageHints
from pipeline.clean.protocol import Ask
from pipeline.clean.workers import PATIENCE, Workers
from pipeline.errors import Reason
from pipeline.settings import Settings
from tests.clean.newspage import clean_lines, page, paragraphs

LIMITS = Settings(_env_file=None)
GIVEN_UP = {Reason.PAGE_TIMEOUT.value, Reason.BROKEN_PAGE.value}
NO_ARTICLE = {Reason.NOT_TEXT.value, Reason.TOO_SHORT.value, Reason.EMPTY.value, Reason.WRONG_CHARSET.value}


def _with(more: str, head: str = "") -> bytes:
    return page(paragraphs() + more, head).encode()


def _ld_json(content: str) -> str:
    return f'<script type="application/ld+json">{content}</script>'


def _laughs() -> bytes:
    levels = "".join(f'<!ENTITY a{n} "{f"&a{n - 1};" * 10}">' for n in range(1, 12))
    return f'<?xml version="1.0"?><!DOCTYPE html [<!ENTITY a0 "lol">{levels}]>'.encode() + _with("<p>&a11;</p>")


def _noise(count: int) -> bytes:
    return random.Random(1).randbytes(count)


PERSON = '{"@type": "NewsArticle", "author": {"@type": "Person", "name": "Nora Quill"}}'
WHOLE: dict[str, Callable[[], bytes]] = {
    "10 MB with 100,000 nested tags": lambda: _with(f'<div class="{"a" * 88}">' * 100_000 + "</div>" * 100_000),
    "100,000 unclosed tags": lambda: _with("<b>" * 100_000 + "x"),
    "nested tables": lambda: _with("<table><tr><td>" * 5_000 + "x" + "</td></tr></table>" * 5_000),
    "nested lists": lambda: _with("<ul><li>" * 20_000 + "x"),
    "an attribute of 1 MB": lambda: _with(f'<div class="{"story teaser " * 80_000}"><p>Some words.</p></div>'),
    "entities in entities": _laughs,
    "a graph of 50,000 objects": lambda: _with("", _ld_json(f'{{"@graph": [{",".join([PERSON] * 50_000)}]}}')),
    "JSON nested 50,000 deep": lambda: _with("", _ld_json('[{"@graph":' * 50_000 + "1" + "}]" * 50_000)),
    "a number of 1 MB": lambda: _with("", _ld_json('{"@type": "NewsArticle", "wordCount": ' + "9" * 1_000_000 + "}")),
    "1 MB of blanks in a byline": lambda: _with(f'<p class="byline">By{" " * 1_000_000}</p>'),
    "400 kB of lines in a byline": lambda: _with(f'<div class="author">By{chr(10) * 400_000}Nora</div>'),
    "1 MB of blanks in a time": lambda: _with(f"<time>{' ' * 1_000_000}23 November 2026</time>"),
    "1 MB of blanks in a date": lambda: _with(f'<div class="date">23{" " * 1_000_000}November 2026</div>'),
    "1 MB of digits in a date": lambda: _with(f'<div class="date">{"2026-11-" * 125_000}</div>'),
    "comments opened 500,000 times": lambda: _with("<!--" * 500_000),
    "scripts opened 200,000 times": lambda: _with("<script>" * 200_000),
    "forms in each other": lambda: _with("<form>" * 50_000),
}
"""The article itself must come out of these, with nothing but a few words more."""
ANYHOW: dict[str, Callable[[], bytes]] = {
    "2 MB in a line": lambda: _with(f"<p>{'The council met again. ' * 90_000}</p>"),
    "2 MB in a word": lambda: b"<html><body><p>" + b"a" * 2_000_000,
    "binary as HTML": lambda: b"<html><body>" + _noise(2_000_000),
    "binary in an article": lambda: _with("").replace(b"</article>", _noise(2_000_000)),
    "binary after 8 kB": lambda: _with("<p>The council met again.</p>" * 400) + _noise(2_000_000),
    "a zero byte after each blank": lambda: _with("").replace(b" ", b" \x00"),
    "3 MB of zero bytes": lambda: _with("") + bytes(3_000_000),
    "100,000 links": lambda: _with(f"<div>{'<a href=/x>Some link</a> ' * 100_000}</div>"),
    "200,000 unclosed paragraphs": lambda: _with("<p>Some words here" * 200_000),
    "30,000 attributes": lambda: _with(f"<div {' '.join(f'data-a{n}=1' for n in range(30_000))}>"),
    "a title of 700 kB": lambda: page(title="Lower Arden will rebuild its bridge " * 20_000).encode(),
    "1 MB of names in a byline": lambda: _with(f'<p class="byline">By {"Nora Quill, " * 80_000}</p>'),
    "20,000 headlines": lambda: _with("<h1>Lower Arden rebuilds</h1>" * 20_000),
    "an attribute never closed": lambda: _with("").replace(b"<main>", b'<main title="' + b"x" * 3_000_000),
    "3 MB of opening brackets": lambda: _with("<" * 3_000_000),
    "4 MB of tags never closed": lambda: _with("<script " * 500_000),
    "no encoding gives letters": lambda: b"<p>" + bytes(range(0x80, 0x100)) * 10_000,
}
"""These may cost more than a page may use, or hold no article: then they have a reason."""
CASES = {**WHOLE, **ANYHOW}


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of a hostile page and of the ordinary page behind it."""

    hostile: PageContent
    next_one: PageContent
    seconds: float


@pytest.fixture(scope="module")
def outcomes() -> dict[str, Outcome]:
    found = {}
    ordinary = Ask(page().encode(), None, PageHints())
    with Workers(1, page_timeout_s=LIMITS.page_timeout_s, page_memory_mb=LIMITS.page_memory_mb) as workers:
        for name, make in CASES.items():
            hostile = Ask(make(), "https://valleypost.example/region/1", PageHints())
            began = time.monotonic()
            (content,) = workers.clean([hostile])
            took = time.monotonic() - began
            (next_one,) = workers.clean([ordinary])
            found[name] = Outcome(content, next_one, took)
    return found


def test_the_limits_are_those_promised() -> None:
    assert (LIMITS.page_timeout_s, LIMITS.page_memory_mb) == (5.0, 300)


@pytest.mark.slow
@pytest.mark.timeout(600)  # the first test waits for all the pages
@pytest.mark.parametrize("name", CASES)
def test_it_ends_with_content_or_a_reason(name: str, outcomes: dict[str, Outcome]) -> None:
    outcome = outcomes[name]
    assert outcome.hostile.judgement.reason in {None, *GIVEN_UP, *NO_ARTICLE}
    assert (outcome.hostile.text != "") or outcome.hostile.judgement.detail
    # Twice, where memory ran out in a used worker, with two starts of a few seconds each.
    assert outcome.seconds < 2 * PATIENCE * LIMITS.page_timeout_s + 20
    assert outcome.next_one.text.split("\n") == clean_lines()


@pytest.mark.slow
@pytest.mark.timeout(600)
@pytest.mark.parametrize("name", WHOLE)
def test_the_article_comes_out_whole(name: str, outcomes: dict[str, Outcome]) -> None:
    hostile = outcomes[name].hostile
    assert hostile.text.split("\n")[: len(clean_lines())] == clean_lines(), hostile.judgement
    assert len(hostile.text.split("\n")) <= len(clean_lines()) + 1
