"""Names of one run become entities: on evidence, and whatever the order."""

from __future__ import annotations

import random
from pathlib import Path

from pipeline.folding import entity_key, fold
from pipeline.frames import read_records, write_records
from pipeline.link.batch import link_run, maker
from pipeline.link.join import join_entities
from pipeline.records import KnownEntity, LinkedEntity, Mention
from pipeline.settings import get_settings


def mention(
    name: str,
    kind: str = "PER",
    surface: str | None = None,
    qid: str | None = None,
    country: str | None = None,
    article: str = "a1",
    key: str | None = None,
) -> Mention:
    shown = surface or name
    place = (51.5, -0.1) if country == "GB" and kind == "LOC" else (None, None)
    return Mention(
        article, 0, len(shown), shown, kind, name, key or entity_key(kind, name), qid, country, *place, 0.9, False
    )


def known(key: str, alias: str, name: str, kind: str = "PER", qid: str | None = None) -> KnownEntity:
    return KnownEntity(key, fold(alias), kind, name, qid, None)


def joined(mentions: list[Mention], entities: list[KnownEntity] | None = None) -> dict[str, LinkedEntity]:
    return {row.local_key: row for row in join_entities(mentions, entities or [])}


def test_the_same_full_name_is_one_entity_with_its_commonest_spelling() -> None:
    rows = joined(
        [mention("António Guterres"), mention("Antonio Guterres"), mention("António Guterres", surface="Guterres")]
    )
    assert list(rows) == ["PER:antonio guterres"]
    row = rows["PER:antonio guterres"]
    assert row.name == "António Guterres"
    assert row.surfaces == ("Antonio Guterres", "António Guterres", "Guterres")


def test_a_surname_alone_stays_its_own() -> None:
    people = [
        known("PER:miriam okafor", "Miriam Okafor", "Miriam Okafor"),
        known("PER:miriam okafor", "Okafor", "Miriam Okafor"),
    ]
    rows = joined([mention("Okafor"), mention("Miriam Okafor")], people)
    assert rows["PER:okafor"].entity_key == "PER:okafor"
    assert rows["PER:miriam okafor"].entity_key == "PER:miriam okafor"


def test_a_known_alias_leads_to_the_known_entity() -> None:
    entities = [
        known("ORG:lake wildlife service", alias, "Lake Wildlife Service", "ORG", "Q900001")
        for alias in ("Lake Wildlife Service", "LWS")
    ]
    row = joined([mention("LWS", "ORG")], entities)["ORG:lws"]
    assert (row.entity_key, row.name, row.qid) == ("ORG:lake wildlife service", "Lake Wildlife Service", "Q900001")


def test_an_alias_of_two_entities_leads_nowhere() -> None:
    entities = [known("ORG:a", "LWS", "A", "ORG"), known("ORG:b", "LWS", "B", "ORG")]
    assert joined([mention("LWS", "ORG")], entities)["ORG:lws"].entity_key == "ORG:lws"


def test_an_alias_joins_only_the_same_kind() -> None:
    entities = [known("LOC:jordan", "Jordan", "Jordan", "LOC")]
    assert joined([mention("Jordan", "PER")], entities)["PER:jordan"].entity_key == "PER:jordan"


def test_one_wikidata_id_is_one_entity() -> None:
    rows = joined([mention("UNO", "ORG", qid="Q1065"), mention("United Nations", "ORG", qid="Q1065")])
    assert {r.entity_key for r in rows.values()} == {"ORG:united nations"}
    assert {r.name for r in rows.values()} == {"United Nations"}
    with_known = joined(
        [mention("Vereinte Nationen", "ORG", qid="Q1065")],
        [known("ORG:united nations", "UN", "United Nations", "ORG", "Q1065")],
    )
    assert with_known["ORG:vereinte nationen"].entity_key == "ORG:united nations"


def test_a_place_keeps_where_most_of_its_mentions_put_it() -> None:
    rows = joined([mention("London", "LOC", country=c) for c in ("GB", "CA", "GB")])
    assert (rows["LOC:london"].country, rows["LOC:london"].latitude) == ("GB", 51.5)


def test_order_changes_nothing() -> None:
    names = ["UNO", "United Nations", "Okafor", "Miriam Okafor", "London", "LWS"]
    mentions = [
        mention(
            n,
            "ORG" if n in ("UNO", "United Nations", "LWS") else "PER",
            qid="Q1065" if n in ("UNO", "United Nations") else None,
            country=c,
        )
        for n in names
        for c in ("GB", None, "CA")
    ]
    entities = [
        known("ORG:lake wildlife service", "LWS", "Lake Wildlife Service", "ORG"),
        known("ORG:x", "UNX", "X", "ORG", "Q1065"),
    ]
    first = join_entities(mentions, entities)
    for seed in range(5):
        shuffled, other = mentions[:], entities[:]
        random.Random(seed).shuffle(shuffled)
        random.Random(seed).shuffle(other)
        assert join_entities(shuffled, other) == first


def test_batches_may_be_cut_anywhere(tmp_path: Path) -> None:
    mentions = [mention(f"Person {n % 7}", article=f"a{n}") for n in range(40)]
    results = []
    for size in (40, 9, 1):
        folder = tmp_path / str(size)
        uris = []
        for start in range(0, 40, size):
            uris.append((folder / f"{start:03}.mention.parquet").as_uri())
            write_records(uris[-1], mentions[start : start + size], Mention)
        out = (folder / "entities.parquet").as_uri()
        counts = link_run(list(reversed(uris)), (tmp_path / "absent.parquet").as_uri(), out)
        assert (counts.rows_in, counts.rows_out, counts.reasons) == (7, 7, {"known": 0, "new": 7})
        results.append(read_records(out, LinkedEntity))
    assert results[0] == results[1] == results[2]


def test_no_mentions_give_an_empty_file(tmp_path: Path) -> None:
    out = (tmp_path / "entities.parquet").as_uri()
    assert link_run([], None, out).rows_out == 0
    assert read_records(out, LinkedEntity) == []


def test_the_maker_is_stable() -> None:
    assert maker(get_settings()) == maker(get_settings())
    assert maker(get_settings()).stage == "link"
