"""`mm sources patterns` and `mm sources forget`, on a real warehouse in which an outlet repeats itself."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from pipeline.errors import ConfigError
from pipeline.sources.cli.patterns import _told
from pipeline.warehouse import db
from pipeline.warehouse.patterns import LearntPattern, learn_patterns
from tests.sources.test_cli import mm
from tests.warehouse.nights import NIGHT, run
from tests.warehouse.test_patterns import FOLDED, PROMO, an_issue

LEARNT = LearntPattern("repeated_line", FOLDED, PROMO, 12, 50, NIGHT, None)


@pytest.fixture
def learnt(warehouse: None, landing_zone: Path) -> None:
    """An outlet with a promotion under its articles, and dates that show their order."""
    run(an_issue(date_order="day_first"))
    db.in_transaction(lambda c: learn_patterns(c, ["tribune"], NIGHT + timedelta(days=1)))


@pytest.mark.db
def test_an_operator_sees_what_was_learnt_and_takes_it_back(learnt: None) -> None:
    code, out = mm("patterns", "tribune")
    assert code == 0
    told = " ".join(out.split())
    assert "dates: the day first (12 of its last articles show the day first, 0 the month first)" in told
    assert f"lines it repeats: “{PROMO}” in 12 of 12 articles, learnt 2026-11-20 02:00 UTC; " in told
    assert "names beside its headlines: none" in told
    assert "`mm sources forget tribune '…'`" in told

    assert f"“{PROMO}” stays in the articles" in " ".join(mm("forget", "tribune", PROMO)[1].split())
    found = json.loads(mm("patterns", "tribune", "--json")[1])
    assert (found["date_order"], found["day_first"]) == ("day_first", 12)
    assert [(p["value"], p["state"], p["article_count"]) for p in found["patterns"]] == [(FOLDED, "refused", 12)]
    (taken_back,) = json.loads(mm("forget", "tribune", FOLDED, "--undo", "--json")[1])
    assert taken_back["refused_at"] is None

    with pytest.raises(
        ConfigError, match="nothing like 'Sign up' was learnt of tribune; `mm sources patterns tribune`"
    ):
        mm("forget", "tribune", "Sign up")
    nothing = " ".join(mm("patterns", "courier")[1].split())
    assert "none of its last articles shows" in nothing
    assert "learnt from 10 articles of its own in 90 days, and there are 0 to look at" in nothing
    for call in (("patterns", "harbour"), ("forget", "harbour", PROMO)):
        with pytest.raises(ConfigError, match="knows no source harbour"):
            mm(*call)


def test_how_a_pattern_stands() -> None:
    until = NIGHT + timedelta(days=90)
    assert _told(LEARNT, until).endswith("taken off what is first seen until 2027-02-18")
    assert _told(LEARNT, until + timedelta(days=1)).endswith("over since 2027-02-18")
    refused = LearntPattern(
        **{**{n: getattr(LEARNT, n) for n in LEARNT.__slots__}, "refused_at": datetime(2026, 12, 1, tzinfo=UTC)}
    )
    assert _told(refused, until).endswith("refused 2026-12-01: not used")
