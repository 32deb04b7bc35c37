"""The source files the demo writes."""

from __future__ import annotations

from pathlib import Path

from ruamel.yaml import YAML

from demo.outlets import OUTLETS
from demo.sources import write_sources


def test_one_file_per_outlet_with_the_fields_of_a_source(tmp_path: Path) -> None:
    paths = write_sources(tmp_path / "sources", 8123)
    sources = [YAML(typ="safe").load(path.read_text(encoding="utf-8")) for path in paths]
    assert [s["key"] for s in sources] == [outlet.slug for outlet in OUTLETS]
    for source in sources:
        assert source["allow_loopback"] is True
        assert source["homepage"] == f"http://{source['key']}.localhost:8123/"
        assert {feed["kind"] for feed in source["feeds"]} <= {"rss", "atom", "json_feed", "sitemap", "index_page"}
        assert all(feed["url"].startswith(source["homepage"]) for feed in source["feeds"])


def test_the_drop_folder_is_a_ninth_source_and_is_made(tmp_path: Path) -> None:
    paths = write_sources(tmp_path / "sources", 8123, tmp_path / "clippings")
    source = YAML(typ="safe").load(paths[-1].read_text(encoding="utf-8"))
    assert source["feeds"] == [{"kind": "drop_folder", "path": str(tmp_path / "clippings")}]
    assert (tmp_path / "clippings").is_dir()


def test_right_files_are_left_alone(tmp_path: Path) -> None:
    first = [path.stat().st_mtime_ns for path in write_sources(tmp_path, 8123)]
    assert [path.stat().st_mtime_ns for path in write_sources(tmp_path, 8123)] == first
