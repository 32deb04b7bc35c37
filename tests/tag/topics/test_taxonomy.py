"""The taxonomy is the standard's, and is checked as it is loaded."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from pipeline.errors import ConfigError
from pipeline.tag.topics import taxonomy
from pipeline.tag.topics.taxonomy import load_taxonomy

IPTC = Path(__file__).parents[3] / ".." / "shared" / "topics" / "iptc_mediatopics.tsv"
FIELDS = ("code", "level", "parent", "label", "retired", "wikidata")


def test_the_taxonomy_has_the_17_top_level_topics() -> None:
    top = [t for t in load_taxonomy() if t.level == 1]
    assert [t.code for t in top] == [f"medtop:{n:02}000000" for n in range(1, 18)]
    assert all(t.parent is None and t.label for t in top)


def test_topics_are_all_of_the_standards_two_upper_levels() -> None:
    if not IPTC.exists():
        pytest.skip("the IPTC table is not there")
    rows = [dict(zip(FIELDS, line.split("\t"), strict=False)) for line in IPTC.read_text("utf-8").splitlines()[1:]]
    wanted = {
        (row["code"], row["label"], int(row["level"]), row["parent"] or None, row["wikidata"].split("/")[-1] or None)
        for row in rows
        if row["level"] in ("1", "2") and not row["retired"]
    }
    assert len(wanted) == 138
    assert {(t.code, t.label, t.level, t.parent, t.qid) for t in load_taxonomy()} == wanted


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """A taxonomy of one's own, in place of the shipped one."""
    load_taxonomy.cache_clear()
    monkeypatch.setattr(taxonomy, "TAXONOMY_FOLDER", tmp_path)
    yield tmp_path
    load_taxonomy.cache_clear()


TOP = '- {code: "medtop:15000000", label: sport, level: 1, parent: null, qid: Q349}\n'


def test_a_topic_of_ones_own_needs_no_wikidata_id(folder: Path) -> None:
    own = '- {code: "harbour:ferries", label: ferries, level: 2, parent: "medtop:15000000"}\n'
    (folder / "topics.yml").write_text(TOP + own, "utf-8")
    assert [(t.code, t.parent, t.qid) for t in load_taxonomy()] == [
        ("harbour:ferries", "medtop:15000000", None),
        ("medtop:15000000", None, "Q349"),
    ]


@pytest.mark.parametrize(
    ("line", "message"),
    [
        (TOP, "a code stands twice"),
        ('- {code: "own:x", label: x, level: 2, parent: null}', "level 2 needs a parent"),
        ('- {code: "own:x", label: x, level: 1, parent: "medtop:15000000"}', "level 1 none"),
        ('- {code: "own:x", label: x, level: 2, parent: "own:y"}', "parent own:y is not in the file"),
        ('- {code: "own:x", label: x, level: 1}', "needs code, label, level and parent"),
        ('- "own:x"', "needs code, label, level and parent"),
        ('- {code: "own:x", label: x, level: 1, parent: null, qid: 349}', "349 is no Wikidata id; write it like Q8434"),
        ('- {code: "own:x", label: x, level: 1, parent: null, qid: wiki/Q349}', "is no Wikidata id"),
    ],
)
def test_a_faulty_topic_is_named(folder: Path, line: str, message: str) -> None:
    (folder / "topics.yml").write_text(TOP + line, "utf-8")
    with pytest.raises(ConfigError, match=message):
        load_taxonomy()
