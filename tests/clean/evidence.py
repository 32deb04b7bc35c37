"""What the verdict sees of an HTML text, without the reading of its body."""

from __future__ import annotations

from trafilatura.utils import load_html

from pipeline.clean.content import PageHints
from pipeline.clean.evidence import Evidence
from pipeline.clean.facts import read_facts


def evidence(html: str, *, lines: list[str], title: str | None = None, url: str | None = None) -> Evidence:
    """The evidence on a page whose text is `lines`."""
    tree = load_html(html)
    assert tree is not None
    return Evidence(lines, read_facts(tree, url), tree, title, url, PageHints())
