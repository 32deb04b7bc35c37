"""What English articles of a night establish, in its articles in other languages."""

from __future__ import annotations

import time
from dataclasses import replace
from pathlib import Path

import pytest

from pipeline.folding import entity_key, fold
from pipeline.frames import read_records, write_records
from pipeline.link.batch import LinkFiles, link_run
from pipeline.link.established import Reading, established_mentions, established_names
from pipeline.link.name_trie import NameTrie
from pipeline.records import CleanedPage, LinkedEntity, Mention, Resolution
from tests.warehouse.nights import Seen, _cleaned, archived_of


def mention(
    name: str, kind: str, article: str, *, score: float = 0.95, method: str = "model", start: int = 0,
    surface: str | None = None, role: str | None = None,
) -> Mention:  # fmt: skip
    shown = surface or name
    return Mention(article, start, start + len(shown), shown, kind, name, entity_key(kind, name), None, None, None,
                   None, score, False, method, role, None, None)  # fmt: skip


def names_of(*mentions: Mention, known: set[str] = frozenset()) -> set[str]:  # type: ignore[assignment]
    return set(established_names(mentions, {"e1", "e2"}, known))


def test_two_english_articles_establish_a_name_or_one_and_the_warehouse() -> None:
    once, twice = mention("Solveig Brandt", "PER", "e1"), mention("Solveig Brandt", "PER", "e2")
    assert names_of(once, twice) == {"solveig brandt"}
    assert names_of(once, once) == set()
    assert names_of(once, known={"PER:solveig brandt"}) == {"solveig brandt"}
    assert names_of(once, replace(twice, score=0.89)) == set(), "not sure enough"
    assert names_of(once, replace(twice, method="rules")) == set()
    assert names_of(once, replace(twice, article_key="d1")) == set(), "not an English article"


def test_what_two_kinds_share_establishes_nothing() -> None:
    both = [mention("Santa Clara", kind, article) for kind in ("LOC", "ORG") for article in ("e1", "e2")]
    assert names_of(*both) == set()


@pytest.mark.parametrize(
    ("name", "kind", "is_sought"),
    [("Guterres", "PER", False), ("Rotterdam", "LOC", True), ("Bild", "ORG", False), ("Berliners", "NORP", False),
     ("Dune", "WORK", False), ("The Long Night", "WORK", True)],
)  # fmt: skip
def test_a_word_alone_is_sought_only_where_it_proves_something(name: str, kind: str, is_sought: bool) -> None:
    assert bool(names_of(mention(name, kind, "e1"), mention(name, kind, "e2"))) == is_sought


def found(text: str, *names: str, language: str = "fr", own: list[Mention] | None = None) -> list[Mention]:
    kinds = {
        "Rotterdam": "LOC",
        "Harbour Board": "ORG",
        "Union": "ORG",
        "Côte d'Ivoire": "LOC",
        "AT&T Inc": "ORG",
        "Procter & Gamble": "ORG",
    }
    english = {fold(name): mention(name, kinds.get(name, "PER"), "e1") for name in names}
    return list(established_mentions([Reading("f1", language, "", text)], english, {"f1": own or []}))


def test_a_name_is_added_where_it_stands_with_a_lower_score() -> None:
    text = "Selon d'Emmanuel Macron, « Emmanuel Macron » et EMMANUEL  MACRON."
    rows = found(text, "Emmanuel Macron")
    assert [(m.start, m.end, m.surface) for m in rows] == [(8, 23, "Emmanuel Macron"), (27, 42, "Emmanuel Macron")]
    assert {(m.method, m.score, m.entity_key) for m in rows} == {("established", 0.665, "PER:emmanuel macron")}
    assert all(text[m.start : m.end] == m.surface for m in rows)


def test_nothing_overlaps_what_tagging_found() -> None:
    text = "Le Harbour Board de Rotterdam siège."
    board = mention("Harbour", "LOC", "f1", method="rules", start=3)
    assert [m.surface for m in found(text, "Harbour Board", "Rotterdam", own=[board])] == ["Rotterdam"]


def test_one_word_needs_more_than_a_capital_that_its_place_gives_it() -> None:
    assert found("Il parle. Rotterdam attend.", "Rotterdam") == []
    assert [m.surface for m in found("Le port de Rotterdam attend.", "Rotterdam")] == ["Rotterdam"]
    assert found("Die Union und Rotterdam", "Rotterdam", "Union", language="de") == []
    assert found("le port de rotterdam", "Rotterdam") == []


def test_rules_follow_the_kind_that_english_has() -> None:
    wrong = mention("Harbour Board", "PER", "f1", method="rules", score=0.4, surface="Board", start=7)
    (row,) = found("Quand Board parle", "Harbour Board", own=[wrong])
    assert (row.kind, row.name, row.surface, row.start) == ("ORG", "Harbour Board", "Board", 7)
    assert (row.method, row.entity_key) == ("established", "ORG:harbour board")
    assert found("Quand Board parle", "Harbour Board", own=[replace(wrong, method="gazetteer")]) == []


@pytest.mark.parametrize(
    ("text", "name", "surfaces"),
    [("Le port de Côte d'Ivoire, la Côte d’Ivoire.", "Côte d'Ivoire", ["Côte d'Ivoire", "Côte d’Ivoire"]),
     ("PORT DE CÔTE D'IVOIRE", "Côte d'Ivoire", ["CÔTE D'IVOIRE"]),
     ("Chez AT&T Inc. et AT & T Inc", "AT&T Inc", ["AT&T Inc", "AT & T Inc"]),
     ("Selon Procter & Gamble.", "Procter & Gamble", ["Procter & Gamble"]),
     ("Avec Ada & Smith et Ada Smith", "Ada Smith", ["Ada Smith"])],
)  # fmt: skip
def test_names_with_apostrophes_and_ampersands_are_found(text: str, name: str, surfaces: list[str]) -> None:
    rows = found(text, name)
    assert [(m.surface, text[m.start : m.end]) for m in rows] == [(surface, surface) for surface in surfaces]
    assert {m.entity_key.partition(":")[2] for m in rows} == {fold(name)}


def test_the_longest_name_wins_and_signs_inside_names_count() -> None:
    trie = NameTrie(["united nations", "united nations security council", "jean luc picard", "miriam obrien", "un"])
    text = "United Nations Security Council, Jean-Luc Picard; Miriam O'Brien\nUnited\nNations, l'UN, die U.N."
    assert [text[f.start : f.end] for f in trie.find(text)] == [
        "United Nations Security Council", "Jean-Luc Picard", "Miriam O'Brien", "UN", "U.N",
    ]  # fmt: skip


def test_many_names_and_a_long_text_take_one_pass() -> None:
    trie = NameTrie(f"name{n} of{n % 97} nobody" for n in range(20_000))
    started = time.process_time()
    assert list(trie.find("Name1 of1 " * 60_000)) == []
    assert list(trie.find("x" * 1_000_000 + "😀")) == []
    assert time.process_time() - started < 10


def test_link_writes_them_for_load(tmp_path: Path, landing_zone: Path) -> None:
    seen = [
        Seen("https://tribune.example/1", text="Solveig Brandt spoke."),
        Seen("https://tribune.example/2", text="They met Solveig Brandt."),
        Seen("https://tribune.example/3", text="On a vu Solveig Brandt.", language="fr"),
        Seen("https://tribune.example/4", text="Solveig Brandt?", language=None),
    ]
    clean = (tmp_path / "clean" / "000.parquet").as_uri()
    pages = [_cleaned(archived_of(s, n), s) for n, s in enumerate(seen, start=1)]
    write_records(clean, pages, CleanedPage)
    resolution, tagged = (tmp_path / "resolution.parquet").as_uri(), (tmp_path / "000.mention.parquet").as_uri()
    rows = [_stored(page) for page in pages]
    write_records(resolution, rows, Resolution)
    keys = [row.article_key for row in rows]
    first = mention("Solveig Brandt", "PER", keys[0], role="dockers' leader")
    write_records(tagged, [first, replace(first, article_key=keys[1], start=9, end=23)], Mention)
    counts = link_run(LinkFiles([tagged], [clean], resolution, None, None), tmp_path.as_uri())
    (row,) = read_records((tmp_path / "established.mention.parquet").as_uri(), Mention)
    assert (row.article_key, row.start, row.end, row.surface) == (keys[2], 8, 22, "Solveig Brandt")
    assert (row.role, row.method) == (None, "established")
    assert counts.reasons["established"] == 1
    (entity,) = read_records((tmp_path / "entities.parquet").as_uri(), LinkedEntity)
    assert entity.entity_key == "PER:solveig brandt"


def _stored(page: CleanedPage) -> Resolution:
    return Resolution(page.entry_id, "000", page.url_key, page.first_seen_at, "store", "loaded", "stored", None, "new",
                      1, (), (), None, page.url, page.source_key)  # fmt: skip
