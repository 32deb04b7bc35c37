"""config/entities/: what is shipped is sound, and what a user gets wrong is said plainly."""

from __future__ import annotations

from pathlib import Path

import pytest

from pipeline.errors import ConfigError
from pipeline.tag.names.countries import countries
from pipeline.tag.names.curated import FILES, curated_names, read_curated


def test_no_qid_stands_for_two_things() -> None:
    entities = {known for _, known in curated_names()}
    qids = [known.qid for known in entities if known.qid]
    assert len(qids) == len(set(qids)) > 150
    assert set(qids).isdisjoint(known.qid for known in countries().values())


def test_every_kind_is_there() -> None:
    assert {known.what for _, known in curated_names()} == {"organisation", "place", "person", "event"}


@pytest.mark.parametrize(
    ("lines", "message"),
    [
        ("- {name: Acme, qid: 42}", "Acme: qid 42 is not of the form Q42"),
        ("- {name: Acme, qid: Q0}", "qid 'Q0' is not"),
        ("- {name: Acme, site: acme.example}", "Acme: unknown site; known are"),
        ("- {aliases: [A]}", "has no name"),
        ("- Acme", "has no name"),
        ("- {name: Acme, country: XX}", "'XX' is no ISO 3166-1 code"),
        ("- {name: Acme, aliases: [NO]}", "put names like NO or 42 in quotes"),
        ("- {name: Acme, aliases: AC}", "must be a list"),
        (
            "- {name: Acme, aliases: [AC]}\n- {name: Arctic Club, aliases: [AC]}",
            "'AC' is taken by config/entities/organ",
        ),
        ("- {name: Acme, qid: Q1}\n- {name: Arctic Club, qid: Q1}", "'Q1' is taken by"),
        ("Acme: {}", "must be a list of entities"),
    ],
)
def test_a_fault_names_file_and_entity(tmp_path: Path, lines: str, message: str) -> None:
    for file in FILES:
        (tmp_path / file).write_text(lines if file == "organisations.yml" else "[]", "utf-8")
    with pytest.raises(ConfigError, match=r"config/entities/organisations\.yml") as raised:
        read_curated(tmp_path)
    assert message in str(raised.value)


def test_a_line_of_yours_is_read(tmp_path: Path) -> None:
    for file in FILES:
        line = '- {name: Acme, qid: Q42, country: "NO", aliases: [ACME, Acme Corp]}'
        (tmp_path / file).write_text(line if file == "organisations.yml" else "[]", "utf-8")
    pairs = read_curated(tmp_path)
    assert [name for name, _ in pairs] == ["Acme", "ACME", "Acme Corp"]
    assert {(k.kind, k.what, k.qid, k.country) for _, k in pairs} == {("ORG", "organisation", "Q42", "NO")}
