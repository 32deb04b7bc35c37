"""What tagged a batch is noted beside it, and load goes by the note."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from pipeline import landing
from pipeline.errors import Retryable
from pipeline.ops.tag_notes import read_notes, write_notes
from pipeline.records import Maker
from pipeline.settings import get_settings
from pipeline.tag import batch as tag_batch
from pipeline.tag.tagger import tagger_with
from pipeline.tag.topics import own_files, taxonomy
from pipeline.tag.topics.taxonomy import load_taxonomy
from tests.foreign_files import write_cc_news
from tests.ops.backfill.steps import captures, rows, run

FERRIES = 'code: "own:ferries"\nlabel: ferries\nkeywords: {en: {strong: [ferr*]}}\n'


def forget_topics() -> None:
    """What was read of topics; a task is a process of its own, and here all are one."""
    own_files._loaded.cache_clear()
    tagger_with.cache_clear()


@pytest.fixture
def own_taxonomy(machine: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """A copy of config/taxonomy that the machine uses and a test may change."""
    folder = machine / "taxonomy"
    shutil.copytree(taxonomy.TAXONOMY_FOLDER, folder)
    monkeypatch.setattr(taxonomy, "TAXONOMY_FOLDER", folder)
    monkeypatch.setattr(tag_batch, "TAXONOMY_FOLDER", folder)
    yield folder
    forget_topics()


@pytest.mark.db
@pytest.mark.slow
def test_articles_name_the_version_that_tagged_them_and_ones_own_topics(
    warehouse: None, machine: Path, own_taxonomy: Path
) -> None:
    """A topic is added while a run is on its way: it holds from the next run on."""
    write_cc_news(machine, captures(range(2)))
    before = tag_batch.maker(get_settings()).digest

    def add_topic() -> None:
        (own_taxonomy / "ferries.yml").write_text(FERRIES, encoding="utf-8")
        forget_topics()

    run("one", machine, after_tag=add_topic)
    after = tag_batch.maker(get_settings()).digest
    makers = "SELECT DISTINCT m.digest FROM core.article a JOIN ops.maker m ON m.maker_id = a.tag_maker_id"
    topics = (
        "SELECT t.code, t.label, t.level, count(a.article_id) AS n FROM core.topic t"
        " LEFT JOIN core.article_topic a USING (topic_id) WHERE t.code LIKE 'own:%' GROUP BY 1, 2, 3"
    )
    assert before != after
    assert rows(makers) == [{"digest": before}]
    assert rows(topics) == []

    write_cc_news(machine, captures(range(2, 4)))
    run("two", machine)
    assert {row["digest"] for row in rows(makers)} == {before, after}
    assert rows(topics) == [{"code": "own:ferries", "label": "ferries", "level": 1, "n": 2}]

    def remove_topic() -> None:
        (own_taxonomy / "ferries.yml").unlink()
        forget_topics()

    write_cc_news(machine, captures(range(4, 6)))
    run("three", machine, after_tag=remove_topic)
    assert rows(topics) == [{"code": "own:ferries", "label": "ferries", "level": 1, "n": 4}]
    assert rows("SELECT count(*) AS n FROM core.topic WHERE code LIKE 'medtop:%'")[0]["n"] == len(load_taxonomy())


@pytest.mark.parametrize("noted", ["embedding", "maker", "taxonomy"])
def test_a_batch_that_an_earlier_release_tagged_is_to_be_tagged_again(machine: Path, noted: str) -> None:
    maker = Maker("tag", "1", "m", "s", "d")
    landing.put_bytes(landing.run_uri("one", "tag", "000.embedding.parquet"), b"")
    write_notes("one", "000", maker, load_taxonomy()[:1])
    assert read_notes("one", "000")[0] == maker
    landing.remove(landing.run_uri("one", "tag", f"000.{noted}.parquet"))
    with pytest.raises(FileNotFoundError, match=r"earlier release .* Clear the task `tag` of run one"):
        read_notes("one", "000")


@pytest.mark.db
@pytest.mark.slow
def test_a_taxonomy_that_changes_while_a_batch_is_tagged_is_no_ones(
    warehouse: None, machine: Path, own_taxonomy: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    write_cc_news(machine, captures(range(1)))
    tagged = tag_batch.tag_batch

    def tag_and_change(*arguments: Any) -> Any:
        counts = tagged(*arguments)
        (own_taxonomy / "ferries.yml").write_text(FERRIES, encoding="utf-8")
        return counts

    monkeypatch.setattr(tag_batch, "tag_batch", tag_and_change)
    with pytest.raises(Retryable, match="changed while in use"):
        run("one", machine)
