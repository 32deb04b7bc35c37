"""A sample of the real pages beside the checkout: no good page condemned, text and titles as good as measured.

Floors lie a little below what benchmarks/clean.py measures on the same sample, so that noise passes and a
regression does not.
"""

from __future__ import annotations

import pytest

from benchmarks import clean as bench
from benchmarks.judgement import load_labels
from pipeline.clean.page import clean_page

STEP = 6
FLOORS = {"aeb": 0.95, "andy": 0.905, "wcxb": 0.86}


@pytest.mark.slow
def test_quality_on_a_sample(shared: object) -> None:
    if not bench.PAGES.is_dir():
        pytest.skip("../shared/pages is not beside this checkout")
    gold = bench.load_gold(STEP)
    pages = [(bench.html_of(g), g.get("url")) for g in gold]
    contents = [clean_page(html, url=url) for html, url in pages]
    labelled_bad = {label.id for label in load_labels() if label.reasons}
    for g, content in zip(gold, contents, strict=True):
        stub = content.is_paywalled and content.word_count < 170
        is_missed = bench.overlap(g.get("text") or "", content.text).recall < 0.1  # the text is in a script
        is_bad = stub or is_missed or f"{g['set']}/{g['id']}" in labelled_bad
        assert content.judgement.verdict == "ok" or is_bad, (g["id"], content.judgement)
    scores = bench.score(gold, [bench.reading_of(content) for content in contents])
    for name, floor in FLOORS.items():
        assert scores[name]["f1_mean"] >= floor, name
        assert not scores[name]["title"] < 0.8, name
