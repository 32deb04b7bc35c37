"""The job between nightlies: it polls what is due, and opens nothing when nothing is."""

from __future__ import annotations

from pathlib import Path

import pytest
from sqlalchemy import text

from pipeline.ops import night
from pipeline.settings import get_settings
from pipeline.warehouse import db

SOURCE = """\
key: clippings
name: Clippings
homepage: http://clippings.example/
feeds:
  - kind: drop_folder
    path: {tray}
"""


@pytest.mark.db
def test_a_run_is_opened_only_when_a_feed_is_due(
    warehouse: None, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    tray = tmp_path / "tray"
    tray.mkdir()
    (tray / "quay.txt").write_text("Quay reopens\n\nThe quay reopened on Sunday.")
    sources = tmp_path / "sources"
    sources.mkdir()
    (sources / "clippings.yml").write_text(SOURCE.format(tray=tray))
    monkeypatch.setenv("MM_SOURCES", str(sources))
    get_settings.cache_clear()
    try:
        assert night.poll("first") == {"rows_in": 1, "rows_out": 1, "ok": 1}
        assert night.poll("second") == {"rows_in": 0, "rows_out": 0}
    finally:
        monkeypatch.undo()
        get_settings.cache_clear()
    with db.reading() as connection:
        runs = connection.execute(text("SELECT kind, state, airflow_run_id FROM ops.run")).all()
        assert [tuple(run) for run in runs] == [("discover", "succeeded", "first")]
