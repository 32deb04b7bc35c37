"""What a round of discovery makes of the whole demo newsroom: the addresses the truth names, and no others."""

from __future__ import annotations

from datetime import UTC, date, datetime
from pathlib import Path

import pytest
from sqlalchemy import text

from demo.server import start_in_thread
from demo.sources import write_sources
from demo.truth import truth
from pipeline.discover import discover
from pipeline.settings import Settings
from pipeline.sources import load_sources
from pipeline.urls import url_key
from pipeline.warehouse import db
from pipeline.warehouse.sources import sync_sources

pytestmark = [pytest.mark.db, pytest.mark.slow]
DAY = date(2026, 11, 24)
NOW = datetime(2026, 11, 24, 2, 0, tzinfo=UTC)


def test_entries_are_what_the_truth_lists(tmp_path: Path, warehouse: None) -> None:
    with start_in_thread(DAY) as demo:
        write_sources(tmp_path, demo.port)
        sources = load_sources(tmp_path)
        db.in_transaction(lambda c: sync_sources(c, sources, NOW))
        discover(None, sources, NOW, feeds="all", settings=Settings(_env_file=None))
        wanted = {url_key(page.url) for page in truth(DAY, demo.port) if page.outcome != "refused"}
    with db.reading() as connection:
        found = set(connection.scalars(text("SELECT url_key FROM raw.entry")))
        by_kind = dict(
            connection.execute(
                text(
                    "SELECT f.kind, count(DISTINCT s.entry_id) FROM core.feed f "
                    "JOIN raw.entry_sighting s USING (feed_id) GROUP BY f.kind"
                )
            ).all()  # type: ignore[arg-type]
        )
    assert found == wanted
    assert by_kind["index_page"] == 15
    assert set(by_kind) == {"rss", "atom", "json_feed", "sitemap", "index_page"}
