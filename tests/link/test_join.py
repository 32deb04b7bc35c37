"""Names of one run become entities: on evidence, and whatever the order."""

from __future__ import annotations

import random
from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest

from pipeline.decisions import Decided, sealed
from pipeline.folding import entity_key, fold
from pipeline.frames import read_records, write_records
from pipeline.link.batch import LinkFiles, link_run, maker, one_per_span
from pipeline.link.join import join_entities
from pipeline.records import EntityDecision, KnownEntity, LinkedEntity, Mention, MovedMention
from pipeline.settings import get_settings

AT = datetime(2026, 11, 24, tzinfo=UTC)


def mention(
    name: str,
    kind: str = "PER",
    surface: str | None = None,
    qid: str | None = None,
    country: str | None = None,
    article: str = "a1",
    key: str | None = None,
    start: int = 0,
) -> Mention:
    shown = surface or name
    place = (51.5, -0.1) if country == "GB" and kind == "LOC" else (None, None)
    own_key = key or entity_key(kind, name)
    span = (start, start + len(shown), shown)
    return Mention(article, *span, kind, name, own_key, qid, country, *place, 0.9, False, "model", None, None, None)


def known(
    key: str, alias: str, name: str, kind: str = "PER", qid: str | None = None, *, is_acronym: bool = False
) -> KnownEntity:
    return KnownEntity(key, fold(alias), kind, name, qid, None, is_acronym)


def joined(
    mentions: list[Mention], entities: Sequence[KnownEntity] = (), decisions: Sequence[EntityDecision] = ()
) -> dict[str, LinkedEntity]:
    return {row.local_key: row for row in join_entities(mentions, entities, Decided(decisions))[0]}


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
    ]
    rows = joined([mention("Okafor"), mention("Miriam Okafor")], people)
    assert rows["PER:okafor"].entity_key == "PER:okafor"
    assert rows["PER:miriam okafor"].entity_key == "PER:miriam okafor"


SERVICE, SHORT = "Lake Wildlife Service", "LWS"


def service(article: str = "a1", start: int = 40, short: str = SHORT) -> list[Mention]:
    """Mentions of an article that writes "Lake Wildlife Service (LWS)"."""
    full = mention(SERVICE, "ORG", article=article, start=start)
    key = full.entity_key
    return [full, mention(SERVICE, "ORG", surface=short, key=key, article=article, start=full.end + 2)]


def test_an_acronym_in_brackets_joins_articles_that_write_it_alone() -> None:
    rows = joined([*service(), mention(SHORT, "ORG", article="a2")])
    assert rows["ORG:lws"].entity_key == rows["ORG:lws"].named_key == "ORG:lake wildlife service"
    assert rows["ORG:lake wildlife service"].acronyms == ("lws",)
    assert rows["ORG:lake wildlife service"].surfaces == ("LWS", SERVICE)


def test_an_acronym_from_an_earlier_night_joins_too() -> None:
    entities = [known("ORG:lake wildlife service", SERVICE, SERVICE, "ORG", "Q900001"),
                known("ORG:lake wildlife service", SHORT, SERVICE, "ORG", "Q900001", is_acronym=True)]  # fmt: skip
    rows = joined([mention(SHORT, "ORG")], entities)
    assert rows["ORG:lws"].entity_key == "ORG:lake wildlife service"
    row = rows["ORG:lake wildlife service"]
    assert (row.entity_key, row.name, row.qid) == ("ORG:lake wildlife service", SERVICE, "Q900001")


def test_an_acronym_stays_its_own_without_brackets_or_with_two_claims() -> None:
    apart = [
        mention(SERVICE, "ORG", start=0),
        mention(SERVICE, "ORG", surface=SHORT, key="ORG:lake wildlife service", start=90),
    ]
    assert joined([*apart, mention(SHORT, "ORG", article="a2")])["ORG:lws"].entity_key == "ORG:lws"
    club = mention("London Walking Society", "ORG", article="a3")
    other = [club, mention(club.name, "ORG", surface=SHORT, key=club.entity_key, article="a3", start=club.end + 2)]
    rows = joined([*service(), *other, mention(SHORT, "ORG", article="a2")])
    assert rows["ORG:lws"].entity_key == "ORG:lws"


def test_an_acronym_of_an_acronym_ends_at_the_full_name_in_any_order() -> None:
    club = mention("Northern LWS Club", "ORG", key="ORG:lws", article="a3")
    short = mention("LWS", "ORG", surface="NLC", key="ORG:lws", article="a3", start=club.end + 2)
    mentions = [*service(), club, short, mention("NLC", "ORG", article="a4"), mention("LWS", "ORG", article="a2"),
                mention("LWS", "ORG", article="a5")]  # fmt: skip
    for order in (mentions, mentions[::-1]):
        assert {row.named_key for row in joined(order).values()} == {"ORG:lake wildlife service"}


@pytest.mark.parametrize(
    ("full", "short", "kind"),
    [("Ronald McDonald", "McDonald", "PER"), ("Thomas Müller", "Müller", "PER"), ("Владимир Путин", "Путин", "PER"),
     ("JEAN ÉLYSÉE", "JÉ", "PER"), ("Hamburger McDonald Group", "McDonald", "ORG"), ("Palais Élysée", "Élysée", "LOC"),
     ("Müller Milch", "MÜLLER", "ORG"), ("Lake Wildlife Service", "WWF", "ORG")],
)  # fmt: skip
def test_a_surname_or_a_short_form_is_no_acronym(full: str, short: str, kind: str) -> None:
    whole = mention(full, kind)
    again = mention(full, kind, surface=short, key=whole.entity_key, start=whole.end + 2)
    alone = mention(short, kind, article="a2")
    rows = joined([whole, again, alone])
    assert rows[alone.entity_key].entity_key == alone.entity_key
    assert rows[whole.entity_key].acronyms == ()


def test_a_surname_that_an_earlier_night_took_for_an_acronym_joins_nobody() -> None:
    for full, kind in (("Thomas MÜLLER", "PER"), ("Hamburger McDonald", "ORG")):
        short = full.split()[1]
        entities = [known(entity_key(kind, full), short, full, kind, is_acronym=True)]
        row = joined([mention(short, kind)], entities)[entity_key(kind, short)]
        assert row.entity_key == entity_key(kind, short)


@pytest.mark.parametrize(
    ("full", "short"),
    [("Österreichische Volkspartei", "ÖVP"),
     ("Bundesministerium für Verkehr und Infrastruktur", "BMVi"), ("Organización de Estados", "O.E."),
     ("Служба Охраны Озёр", "СОО")],
)  # fmt: skip
def test_acronyms_of_other_alphabets_and_with_small_letters_join(full: str, short: str) -> None:
    whole = mention(full, "ORG")
    again = mention(full, "ORG", surface=short, key=whole.entity_key, start=whole.end + 2)
    rows = joined([whole, again, mention(short, "ORG", article="a2")])
    assert rows[entity_key("ORG", short)].entity_key == whole.entity_key


def test_an_acronym_that_is_somebody_already_joins_nobody() -> None:
    toys = mention("National Association of Toy Owners", "ORG")
    short = mention(toys.name, "ORG", surface="NATO", key=toys.entity_key, start=toys.end + 2)
    rows = joined([toys, short, mention("NATO", "ORG", qid="Q7184", article="a2")])
    assert rows["ORG:nato"].entity_key == "ORG:nato"
    entities = [known("ORG:nato", "NATO", "NATO", "ORG", "Q7184")]
    assert joined([toys, short, mention("NATO", "ORG", article="a2")], entities)["ORG:nato"].entity_key == "ORG:nato"


def test_how_another_article_wrote_it_is_no_evidence() -> None:
    rows = joined([mention("Lake Service", "ORG"), mention(SERVICE, "ORG", surface="Lake Service", article="a2")])
    assert rows["ORG:lake service"].entity_key == "ORG:lake service"


def decided(action: str, key: str, into: str, surface: str | None = None, *articles: str) -> EntityDecision:
    name = into.partition(":")[2].title()
    return sealed(EntityDecision("", action, key, into, name, surface, articles, "so", "ada", AT))


def test_merges_and_aliases_come_last_and_are_told_apart_from_evidence() -> None:
    decisions = [decided("merge", "ORG:lake wildlife service", "ORG:wildlife authority"),
                 decided("alias", "ORG:the rangers", "ORG:lake wildlife service", "The Rangers")]  # fmt: skip
    rows = joined([*service(), mention(SHORT, "ORG", article="a2"), mention("The Rangers", "ORG")], decisions=decisions)
    assert {row.entity_key for row in rows.values()} == {"ORG:wildlife authority"}
    assert rows["ORG:lws"].named_key == "ORG:lake wildlife service"
    assert rows["ORG:the rangers"].named_key == "ORG:the rangers"
    assert rows["ORG:wildlife authority"].name == "Wildlife Authority", "a row of its own, named by the decision"


def test_an_entity_that_only_a_decision_leads_to_keeps_its_own_data() -> None:
    decisions = [decided("merge", "ORG:lake wild", "ORG:lws")]
    alone = mention(SHORT, "ORG", country="KE", article="a2")
    mentions = [*service(), alone, mention("Lake Wild", "ORG", article="a3")]
    rows = joined([replace(m, qid="Q900001") if m.name == SERVICE else m for m in mentions], decisions=decisions)
    assert rows["ORG:lws"].named_key == "ORG:lake wildlife service", "on evidence"
    assert rows["ORG:lake wild"].entity_key == "ORG:lws", "by decision"
    own = rows["ORG:lws"]
    assert (own.name, own.qid, own.country, own.surfaces, own.acronyms) == (SHORT, None, "KE", (SHORT,), ())
    other = rows["ORG:lake wildlife service"]
    assert (other.name, other.qid, other.country, other.acronyms) == (SERVICE, "Q900001", "KE", ("lws",))


def test_a_split_moves_mentions_by_how_and_where_they_are_written() -> None:
    decisions = [decided("split", "PER:ada lee", "PER:ada lee (chemist)", "Dr Lee", "a2")]
    mentions = [mention("Ada Lee", surface="Dr Lee", article=a) for a in ("a1", "a2")] + [mention("Ada Lee")]
    rows, moved = join_entities(mentions, [], Decided(decisions))
    assert moved == [MovedMention("a2", 0, 6, "PER:ada lee (chemist)")]
    assert [row.local_key for row in rows] == ["PER:ada lee", "PER:ada lee (chemist)"]


def test_of_a_span_the_mention_that_load_keeps_decides_and_is_moved(tmp_path: Path) -> None:
    person = replace(mention("Jordan", "PER", article="a1"), score=0.6)
    place = replace(mention("Jordan", "LOC", article="a1"), score=0.8)
    assert one_per_span([], [person, place]) == one_per_span([], [place, person]) == [place]
    assert one_per_span([replace(person, score=0.1)], [place]) == [replace(person, score=0.1)]
    assert one_per_span([], [person, replace(place, score=0.6)]) == [replace(place, score=0.6)], "first key"
    tagged, made = (tmp_path / "000.mention.parquet").as_uri(), (tmp_path / "decisions.parquet").as_uri()
    write_records(tagged, [person, place], Mention)
    write_records(made, [decided("split", "PER:jordan", "PER:jordan (player)", "Jordan")], EntityDecision)
    link_run(LinkFiles([tagged], (), None, None, made), tmp_path.as_uri())
    assert read_records((tmp_path / "moved.parquet").as_uri(), MovedMention) == []
    (row,) = read_records((tmp_path / "entities.parquet").as_uri(), LinkedEntity)
    assert row.local_key == "LOC:jordan"


def test_an_alias_joins_only_the_same_kind() -> None:
    entities = [known("LOC:jordan", "Jordan", "Jordan", "LOC")]
    assert joined([mention("Jordan", "PER")], entities)["PER:jordan"].entity_key == "PER:jordan"


def test_one_wikidata_id_is_one_entity() -> None:
    rows = joined([mention("UNO", "ORG", qid="Q1065"), mention("United Nations", "ORG", qid="Q1065")])
    assert {r.entity_key for r in rows.values()} == {"ORG:united nations"}
    assert rows["ORG:united nations"].surfaces == ("UNO", "United Nations")
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
        known("ORG:lake wildlife service", "LWS", "Lake Wildlife Service", "ORG", is_acronym=True),
        known("ORG:x", "UNX", "X", "ORG", "Q1065"),
    ]
    mentions += service()
    decisions = Decided([decided("merge", "LOC:london", "LOC:greater london"),
                         decided("split", "PER:okafor", "PER:x okafor", "Okafor", "a1")])  # fmt: skip
    first = join_entities(mentions, entities, decisions)
    assert len(first[1]) == 3
    for seed in range(5):
        shuffled, other = mentions[:], entities[:]
        random.Random(seed).shuffle(shuffled)
        random.Random(seed).shuffle(other)
        assert join_entities(shuffled, other, decisions) == first


def test_batches_may_be_cut_anywhere(tmp_path: Path) -> None:
    mentions = [mention(f"Person {n % 7}", article=f"a{n}") for n in range(40)]
    results = []
    for size in (40, 9, 1):
        folder = tmp_path / str(size)
        uris = []
        for start in range(0, 40, size):
            uris.append((folder / f"{start:03}.mention.parquet").as_uri())
            write_records(uris[-1], mentions[start : start + size], Mention)
        out = (folder / "link").as_uri()
        counts = link_run(LinkFiles(list(reversed(uris)), (), None, (tmp_path / "absent.parquet").as_uri(), None), out)
        assert (counts.rows_in, counts.rows_out, counts.reasons) == (7, 7, {"known": 0, "new": 7})
        results.append(read_records(f"{out}/entities.parquet", LinkedEntity))
    assert results[0] == results[1] == results[2]


def test_no_mentions_give_an_empty_file(tmp_path: Path) -> None:
    out = tmp_path.as_uri()
    assert link_run(LinkFiles((), (), None, None, None), out).rows_out == 0
    assert read_records(f"{out}/entities.parquet", LinkedEntity) == []
    assert read_records(f"{out}/established.mention.parquet", Mention) == []
    assert read_records(f"{out}/moved.parquet", MovedMention) == []


def test_the_maker_is_stable() -> None:
    assert maker(get_settings()) == maker(get_settings())
    assert maker(get_settings()).stage == "link"
