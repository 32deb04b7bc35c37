"""The labelled pages: well-formed, none twice, no site in both halves; the demo's part is judged here."""

from __future__ import annotations

from collections import Counter, defaultdict

import pytest

from benchmarks import judgement as bench
from benchmarks.clean import PAGES, load_gold
from pipeline.clean.content import OK, QUARANTINED
from pipeline.errors import Reason
from pipeline.urls import host_of, registrable_domain


def test_labels_are_well_formed() -> None:
    labels = bench.load_labels()
    assert len({label.id for label in labels}) == len(labels) >= 230
    for label in labels:
        assert label.half in bench.HALVES, label
        assert label.verdict == (QUARANTINED if label.reasons else OK), label
        assert {Reason(reason).value for reason in label.reasons} == set(label.reasons), label
        assert label.flags <= set(bench.FLAGS), label


def test_no_site_is_in_both_halves(shared: object) -> None:
    if not PAGES.is_dir():
        pytest.skip("../shared/pages is not beside this checkout")
    urls = {f"{g['set']}/{g['id']}": g.get("url") for g in load_gold(1)}
    halves: defaultdict[str, set[str]] = defaultdict(set)
    for label in bench.load_labels():
        halves[_site(label.id, urls.get(label.id))].add(label.half)
    assert [site for site, found in halves.items() if len(found) > 1] == []


def _site(page: str, url: str | None) -> str:
    if page.startswith("demo/"):
        return page.split("/")[1]
    return registrable_domain(host_of(url)) if url else page


def test_every_page_of_the_demo_newsroom_is_judged_as_labelled() -> None:
    demo = [label for label in bench.load_labels() if label.id.startswith("demo/")]
    judged = bench.judge_all(demo)
    assert bench.wrong(judged) == []
    assert Counter(page.label.verdict for page in judged)[QUARANTINED] > 30
