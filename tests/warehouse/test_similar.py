"""Embeddings and the articles nearest to one, on a real Postgres."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

import numpy as np
import psycopg
import pytest
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError

from pipeline import landing
from pipeline.errors import ConfigError
from pipeline.urls import url_key
from pipeline.warehouse import db
from pipeline.warehouse.similar import Narrowed, Neighbours, similar
from tests.warehouse import nights
from tests.warehouse.nights import BODY, FIRST_SEEN, NIGHT, TAG_2, Seen, load, prepare, rows, run, run_key_of

pytestmark = pytest.mark.db
A = "https://tribune.example/2026/11/19/dockers-meet-the-board"
NEAR, FAR = "https://tribune.example/2026/11/19/fifth-day", "https://www.courier.example/2026/10/3/rain"
COPY = "https://www.courier.example/wire/88-dockers"
EDITED = BODY.replace("a fourth day", "a fifth day")
RAIN = "It rained in Bremen for a third week, and nobody spoke of anything else on the way to work."
NEXT = NIGHT + timedelta(days=1)
EARLIER = datetime(2026, 10, 3, 6, 0, tzinfo=UTC)


@pytest.fixture(autouse=True)
def _place(warehouse: None, landing_zone: object) -> None:
    """An empty warehouse and a landing zone for each test."""


@pytest.fixture
def four() -> None:
    """One article, a copy, one that shares most of its words, and one of another month and language."""
    run(
        [
            Seen(A),
            Seen(NEAR, text=EDITED),
            Seen(FAR, text=RAIN, source_key="courier", language="de", first_seen_at=EARLIER),
            Seen(COPY, source_key="courier", first_seen_at=FIRST_SEEN + timedelta(hours=3)),
        ]
    )


def found(url: str = A, **narrowed: object) -> list[str]:
    return [row.url for row in look(url, **narrowed).found]


def look(url: str = A, **narrowed: object) -> Neighbours:
    with db.reading() as connection:
        return similar(connection, url, Narrowed(**narrowed))  # type: ignore[arg-type]


def stored() -> list[tuple[object, ...]]:
    return rows(
        "SELECT a.url, e.first_seen_on, e.model, e.embedding::text, m.digest FROM core.article_embedding e"
        " JOIN core.article a USING (article_id) JOIN ops.maker m USING (maker_id) ORDER BY 1"
    )


def numbers(shown: object) -> list[float]:
    return np.array(str(shown).strip("[]").split(","), dtype=np.float16).tolist()  # type: ignore[no-any-return]


def test_an_article_has_the_embedding_that_tagging_gave_it() -> None:
    run([Seen(A)])
    ((url, seen_on, model, shown, maker),) = stored()
    assert (url, seen_on, model, maker) == (A, date(2026, 11, 19), nights.MODEL, nights.TAG.digest)
    assert tuple(numbers(shown)) == nights.embedding(BODY)


def test_an_edit_replaces_it_and_another_article_keeps_its_own() -> None:
    run([Seen(A), Seen(FAR, text=RAIN, source_key="courier", language=None)])
    before, place = {row[0]: row for row in stored()}, rows(_PLACE)
    run([Seen(A, text=EDITED, fetched_at=NEXT), Seen(FAR, text=RAIN, source_key="courier", language=None)], night=NEXT)
    after = {row[0]: row for row in stored()}
    assert after[A][3] != before[A][3]
    assert tuple(numbers(after[A][3])) == nights.embedding(EDITED)
    assert after[FAR] == before[FAR]
    assert rows(_PLACE) == place, "not even written again"


def test_a_new_encoder_replaces_it_without_a_revision(monkeypatch: pytest.MonkeyPatch) -> None:
    run([Seen(A)])
    monkeypatch.setattr(nights, "MODEL", "encoder 2")
    run([Seen(A)], night=NEXT, tag_maker=TAG_2)
    assert [(row[2], row[4]) for row in stored()] == [("encoder 2", TAG_2.digest)]
    assert rows("SELECT count(*) FROM core.article_revision") == [(1,)]


def test_an_embedding_alone_is_a_change(monkeypatch: pytest.MonkeyPatch) -> None:
    """Another processor may round another way: what is stored is what the night's files say."""
    run([Seen(A)])
    monkeypatch.setattr(nights, "embedding", lambda _: nights.Embedding((1.0,) + (0.0,) * 383))
    assert run([Seen(A)], night=NEXT, tag_maker=TAG_2).rows_out == 1
    assert numbers(stored()[0][3])[0] == 1.0


def test_a_batch_tagged_before_there_were_embeddings_asks_for_the_stage() -> None:
    parts = prepare([Seen(A)])
    landing.remove(landing.run_uri(run_key_of(NIGHT), "tag", f"{parts[0].name}.embedding.parquet"))
    with pytest.raises(FileNotFoundError, match="embedding"):
        load(parts)
    assert rows("SELECT count(*) FROM core.article") == [(0,)]


def test_nearest_first_without_itself(four: None) -> None:
    near = look()
    assert near.article.url == A
    assert [(row.rank, row.url, row.is_copy) for row in near.found] == [
        (1, COPY, True), (2, NEAR, False), (3, FAR, False)
    ]  # fmt: skip
    alike = [row.similarity for row in near.found]
    assert alike[0] == pytest.approx(1, abs=1e-3)
    a, b = np.array(nights.embedding(BODY)), np.array(nights.embedding(EDITED))
    assert alike[1] == pytest.approx(a @ b / np.linalg.norm(a) / np.linalg.norm(b), abs=1e-3)
    assert alike[2] < 0.6
    assert near.other_encoder_count == 0


@pytest.mark.parametrize(
    ("narrowed", "urls"),
    [
        ({"how_many": 1}, [COPY]),
        ({"with_copies": False}, [NEAR, FAR]),
        ({"language": "de"}, [FAR]),
        ({"language": "de", "source_key": "tribune"}, []),
        ({"source_key": "tribune"}, [NEAR]),
        ({"source_key": "courier", "language": "en"}, [COPY]),
        ({"source_key": "courier", "with_copies": False}, [FAR]),
        ({"since": date(2026, 11, 19)}, [COPY, NEAR]),
        ({"until": date(2026, 11, 18)}, [FAR]),
        ({"since": date(2026, 10, 3), "until": date(2026, 10, 3)}, [FAR]),
        ({"at_least": 0.9}, [COPY, NEAR]),
        ({"at_least": 0.9, "with_copies": False}, [NEAR]),
    ],
)  # fmt: skip
def test_narrowed(four: None, narrowed: dict[str, object], urls: list[str]) -> None:
    assert found(**narrowed) == urls


def test_only_the_same_encoder_is_compared(four: None) -> None:
    with db.engine("owner").begin() as connection:
        statement = "UPDATE core.article_embedding SET model = 'encoder 2' WHERE first_seen_on < '2026-11-01'"
        connection.execute(text(statement))
    assert found() == [COPY, NEAR]
    assert look().other_encoder_count == 1
    assert look(how_many=2).other_encoder_count == 0, "not counted: as many came as were asked for"
    assert found(FAR) == []


def test_any_address_of_it_will_do(four: None) -> None:
    for address in (f"{A}/?utm_source=mail#top", A.replace("https://", "http://www.")):
        assert found(address, how_many=1) == [COPY]


def test_what_cannot_be_answered_says_what_to_do(four: None) -> None:
    for url, says in (
        ("https://tribune.example/none", "No article in the warehouse has the address .*mm why"),
        ("dockers", "is no address; write it whole"),
        ("https://tribune.example/\x00", "is not text"),
    ):
        with pytest.raises(ConfigError, match=says):
            look(url)
    with pytest.raises(ConfigError, match=r"No outlet evening-post\. .*mm sources list"):
        look(source_key="evening-post")
    for narrowed, says in (
        ({"language": "xx"}, r"No article is in language 'xx'\. core\.language lists the codes"),
        ({"how_many": 0}, r"How_many is 0; it may be 1 to 1000\."),
        ({"how_many": -1}, r"How_many is -1; it may be 1 to 1000\."),
        ({"how_many": 1_001}, r"How_many is 1001; it may be 1 to 1000\."),
    ):
        with pytest.raises(ConfigError, match=says):
            look(**narrowed)
    with db.engine("owner").begin() as connection:
        connection.execute(text("DELETE FROM core.article_embedding"))
    with pytest.raises(ConfigError, match=r"No embedding of the article .*running its night again"):
        look()


def test_analysts_ask_in_sql(four: None) -> None:
    for address in (A, f"{A}/", f"{A}#top", A.replace("https://", "http://www."), url_key(A)):
        with db.reading("analyst") as connection:
            shown = connection.execute(text("SELECT rank, url, title FROM similar(:a, 2)"), {"a": address}).all()
        assert [tuple(row) for row in shown] == [
            (1, COPY, "Harbour Board and dockers meet in Bremen"), (2, NEAR, "Harbour Board and dockers meet in Bremen")
        ], address  # fmt: skip
    with db.reading("analyst") as connection:
        own = "SELECT count(*) FROM article_embedding a, article_embedding b WHERE a.embedding <=> b.embedding < 0.001"
        assert connection.scalar(text(own)) == 6, "four to themselves, and the copies to each other"
    with (
        pytest.raises(DBAPIError, match=r"no article at https://tribune\.example/none") as told,
        db.reading("analyst") as c,
    ):
        c.execute(text("SELECT * FROM similar('https://tribune.example/none')"))
    for arguments in ("NULL", f"'{A}', NULL"):
        with pytest.raises(DBAPIError) as told_of_null, db.reading("analyst") as c:
            c.execute(text(f"SELECT * FROM similar({arguments})"))
        assert isinstance(told_of_null.value.orig, psycopg.errors.InvalidParameterValue)
        assert told_of_null.value.orig.diag.message_hint
    assert "mm why URL" in str(told.value.orig.diag.message_hint)  # type: ignore[union-attr]


def test_an_index_of_neighbours_leaves_nothing_out(four: None) -> None:
    """None is needed (docs/decisions/0022-similar.md); where somebody makes one, the answers stay whole."""
    alike = [Seen(f"{A}-{n}", text=f"{EDITED} {n}", language="fr") for n in range(20)]
    run(alike, night=NEXT)
    before = found(how_many=15)
    with db.engine("owner").begin() as connection:
        connection.execute(text(_INDEX))
    try:
        with db.reading() as connection:
            connection.execute(text("SET LOCAL enable_seqscan = off"))
            connection.execute(text("SET LOCAL hnsw.ef_search = 1"))
            assert [row.url for row in similar(connection, A, Narrowed(15)).found] == before
    finally:
        with db.engine("owner").begin() as connection:
            connection.execute(text("DROP INDEX core.ix_neighbours"))


_PLACE = (
    "SELECT e.ctid, e.xmin FROM core.article_embedding e JOIN core.article USING (article_id) WHERE language IS NULL"
)
_INDEX = "CREATE INDEX ix_neighbours ON core.article_embedding USING hnsw (embedding public.halfvec_cosine_ops)"
