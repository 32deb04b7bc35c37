"""What outlets repeat, as the warehouse learns and keeps it (`core.source_pattern`).

Learnt when a run freezes its context, from what earlier runs loaded; used for pages first seen after the newest fetch
it was learnt from, and for `identity.PATTERN_DAYS` (see `identity.in_force`). So a page is cleaned with the same
knowledge on every look and in every replay. Rows are only ever added, and removed by takedowns alone; an operator
can refuse one.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import asdict, dataclass
from datetime import datetime, timedelta
from itertools import groupby
from typing import Any, NamedTuple

from sqlalchemy import Connection, Row, text

from pipeline.folding import fold_name, fold_words
from pipeline.identity import PATTERN_DAYS
from pipeline.warehouse.habits import TITLE_SUFFIX, Habit, repeated_lines, title_suffixes
from pipeline.warehouse.tombstones import hold_off_takedowns

LOOKED_AT = 50
"""Newest articles of an outlet that are looked at: a morning of a large one, a month of a small one."""

PROFILE_ARTICLES = 200
"""Articles that a source's usual length and the order of its dates are taken from."""

DATE_VOTES, DATE_SHARE = 3, 0.9
"""Articles of these that must show one order of day and month, and their share of those that show any: now and then a
page quotes another country's date."""

_ROWS_AT_ONCE = 500
"""Articles with their texts that are held at a time; 500 of 5 kB each."""


@dataclass(frozen=True, slots=True)
class LearntPattern:
    """One row of `core.source_pattern`."""

    kind: str
    value: str
    example: str
    article_count: int
    looked_at: int
    learnt_at: datetime
    refused_at: datetime | None

    @property
    def until(self) -> datetime:
        """The last moment at which a page may be first seen that it is used for."""
        return self.learnt_at + timedelta(days=PATTERN_DAYS)

    def state(self, now: datetime) -> str:
        """What it is for a page first seen now: refused, over or in_force."""
        if self.refused_at is not None:
            return "refused"
        return "over" if now > self.until else "in_force"


@dataclass(frozen=True, slots=True)
class OutletHabits:
    """All that was learnt of one source."""

    source_key: str
    day_first: int  # articles of the last PROFILE_ARTICLES whose dates show it
    month_first: int
    patterns: tuple[LearntPattern, ...]

    @property
    def date_order(self) -> str | None:
        """day_first or month_first; None if its dates leave it open."""
        return date_order(self.day_first, self.month_first)


def learn_patterns(connection: Connection, source_keys: Collection[str], newest: datetime) -> int:
    """Look at the last `LOOKED_AT` articles of each source, of the `PATTERN_DAYS` up to `newest`, and add what they
    repeat and is not known; returns how many rows were added.

    What holds already, or was refused, is not added, so learning again from the same articles adds nothing. Copies of
    other outlets' articles teach nothing about this one.
    """
    hold_off_takedowns(connection)
    connection.execute(text("SELECT pg_advisory_xact_lock(hashtext('learn_patterns'))"))
    rows = [
        {"source_id": source_id, "learnt_at": at, "since": at - timedelta(days=PATTERN_DAYS), **asdict(habit)}
        for source_id, habits, at in _habits(connection, source_keys, newest)
        for habit in habits
    ]
    return sum(connection.execute(text(_ADD), row).rowcount for row in rows)


def patterns_of(connection: Connection, source_key: str) -> list[LearntPattern]:
    """All that was ever learnt of a source, refused ones too; lines first, newest first."""
    return [LearntPattern(**row._mapping) for row in connection.execute(text(_OF_SOURCE), {"source_key": source_key})]


def set_refused(connection: Connection, source_key: str, wanted: str, at: datetime | None) -> list[LearntPattern]:
    """Refuse (`at`) or take back (None) the patterns of a source that read like this, folded or as they stand.

    Returns them as they are now; empty if there is none like it.
    """
    values = {"source_key": source_key, "values": [wanted, fold_words(wanted), fold_name(wanted)], "at": at}
    keys = {(row.kind, row.value) for row in connection.execute(text(_REFUSE), values)}
    return [p for p in patterns_of(connection, source_key) if (p.kind, p.value) in keys]


def forget_words_of(connection: Connection, article_ids: Sequence[int]) -> int:
    """Remove the patterns that any text or title of these articles could have taught, for a takedown; returns how
    many rows.

    What other articles still show is learnt again, but for what an operator refused: that stays refused while another
    article of the source shows it, with its value for an example.
    """
    removed = 0
    taken = connection.execute(text(_WORDS), {"ids": list(article_ids)}).all()
    for source_id, group in groupby(taken, key=lambda row: row.source_id):
        rows = connection.execute(text(_VALUES), {"source_id": source_id})
        is_refused = {_Pattern(row.kind, row.value): row.is_refused for row in rows}
        taught = {pattern for row in group for pattern in _shown(row, is_refused)}
        refused = {pattern for pattern in taught if is_refused[pattern]}
        kept = _shown_by_others(connection, source_id, article_ids, refused)
        _apply(connection, _UNNAME, source_id, kept)
        removed += _apply(connection, _REMOVE, source_id, taught - kept)
    return removed


def articles_to_learn_from(connection: Connection, source_key: str, newest: datetime) -> int:
    """How many different texts of its own `learn_patterns` would find; it learns no line from fewer than
    `habits.MIN_LOOKED_AT`."""
    found = _last_articles(connection, [source_key], newest)
    return sum(len({row.text for row in rows if row.copy_of_key is None}) for _, rows in found)


def habits_of(connection: Connection, source_key: str) -> OutletHabits | None:
    """What is known of a source; None if the warehouse knows no such source."""
    values = {"source_key": source_key, "recent": PROFILE_ARTICLES}
    row = connection.execute(text(_DATE_VOTES), values).first()
    if row is None:
        return None
    return OutletHabits(source_key, row.day_first, row.month_first, tuple(patterns_of(connection, source_key)))


def date_order(day_first: int, month_first: int) -> str | None:
    """How an outlet writes its dates, by how many of its last `PROFILE_ARTICLES` show each order; None if too few do,
    or they differ."""
    most = max(day_first, month_first)
    if most < DATE_VOTES or most < DATE_SHARE * (day_first + month_first):
        return None
    return "day_first" if most == day_first else "month_first"


def _habits(
    connection: Connection, source_keys: Collection[str], newest: datetime
) -> Iterator[tuple[int, list[Habit], datetime]]:
    """Source id, what its articles repeat, and the newest fetch among them."""
    for source_id, rows in _last_articles(connection, source_keys, newest):
        own = [row for row in rows if row.copy_of_key is None]
        lines = repeated_lines([row.text for row in own])
        suffixes = title_suffixes((row.title, row.title_method) for row in own if row.title)
        yield source_id, [*lines, *suffixes], max(row.fetched_at for row in rows)


def _last_articles(
    connection: Connection, source_keys: Collection[str], newest: datetime
) -> Iterator[tuple[int, list[Row[Any]]]]:
    """Source id and its last `LOOKED_AT` articles, copies too; nothing for a source that has none."""
    values = {
        "sources": sorted(source_keys),
        "recent": LOOKED_AT,
        "since": (newest - timedelta(days=PATTERN_DAYS)).date(),
        "until": newest.date(),
    }
    streamed = connection.execute(text(_LAST), values, execution_options={"yield_per": _ROWS_AT_ONCE})
    for source_id, group in groupby(streamed, key=lambda row: row.source_id):
        yield source_id, list(group)


class _Pattern(NamedTuple):
    """What is learnt of a source, whenever it was."""

    kind: str
    value: str


def _shown(row: Row[Any], patterns: Iterable[_Pattern]) -> set[_Pattern]:
    """Those of the patterns that an article's text has as a line, or its title anywhere in it."""
    lines = {fold_words(line) for line in row.text.split("\n")}
    title = fold_name(row.title or "")
    return {p for p in patterns if p.value in lines or (p.kind == TITLE_SUFFIX and p.value in title)}


def _shown_by_others(
    connection: Connection, source_id: int, article_ids: Sequence[int], patterns: set[_Pattern]
) -> set[_Pattern]:
    """Those of the patterns that another article of the source shows as it stands now."""
    found: set[_Pattern] = set()
    if not patterns:
        return found
    values = {"source_id": source_id, "ids": list(article_ids)}
    with connection.execute(text(_OTHERS), values, execution_options={"yield_per": _ROWS_AT_ONCE}) as others:
        for row in others:
            found |= _shown(row, patterns - found)
            if found == patterns:
                break
    return found


def _apply(connection: Connection, statement: str, source_id: int, patterns: Iterable[_Pattern]) -> int:
    """Run a statement for each of a source's patterns; returns the rows it touched."""
    keys = [{"source_id": source_id, **pattern._asdict()} for pattern in sorted(patterns)]
    return sum(connection.execute(text(statement), key).rowcount for key in keys)


RECENT_ARTICLES = """
    SELECT a.word_count, a.date_order FROM core.article a WHERE a.source_id = s.source_id
    ORDER BY a.first_seen_on DESC, a.first_seen_at DESC, a.url_key LIMIT :recent
"""
"""Of one source `s`, the articles whose length and dates say how it writes; for a lateral join."""

_LAST = """
SELECT s.source_id, l.title, l.title_method, l.fetched_at, l.copy_of_key, r.text
FROM core.source s
CROSS JOIN LATERAL (
    SELECT a.article_id, a.first_seen_on, a.revision_no, a.title, a.title_method, a.fetched_at, a.copy_of_key,
        a.first_seen_at, a.url_key
    FROM core.article a WHERE a.source_id = s.source_id AND a.first_seen_on BETWEEN :since AND :until
    ORDER BY a.first_seen_on DESC, a.first_seen_at DESC, a.url_key LIMIT :recent
) l
JOIN core.article_revision r
    ON r.article_id = l.article_id AND r.first_seen_on = l.first_seen_on AND r.revision_no = l.revision_no
WHERE s.source_key = ANY(:sources)
ORDER BY s.source_id, l.first_seen_at, l.url_key
"""

# Not where one holds at that time (or was learnt later: an old night is being worked again), nor where one was refused.
_ADD = """
INSERT INTO core.source_pattern (source_id, kind, value, example, article_count, looked_at, learnt_at)
SELECT :source_id, :kind, :value, :example, :article_count, :looked_at, :learnt_at
WHERE NOT EXISTS (
    SELECT FROM core.source_pattern p
    WHERE p.source_id = :source_id AND p.kind = :kind AND p.value = :value
      AND (p.refused_at IS NOT NULL OR p.learnt_at > :since))
"""

_OF_SOURCE = """
SELECT p.kind, p.value, p.example, p.article_count, p.looked_at, p.learnt_at, p.refused_at
FROM core.source_pattern p JOIN core.source s USING (source_id)
WHERE s.source_key = :source_key ORDER BY p.kind, p.learnt_at DESC, p.value
"""

_REFUSE = """
UPDATE core.source_pattern p SET refused_at = CAST(:at AS timestamptz)
FROM core.source s
WHERE s.source_id = p.source_id AND s.source_key = :source_key AND (p.value = ANY(:values) OR p.example = ANY(:values))
RETURNING p.kind, p.value
"""

_WORDS = """
SELECT a.source_id, r.title, r.text FROM core.article_revision r JOIN core.article a USING (article_id)
WHERE a.article_id = ANY(:ids) ORDER BY a.source_id
"""
_VALUES = """
SELECT kind, value, bool_or(refused_at IS NOT NULL) AS is_refused
FROM core.source_pattern WHERE source_id = :source_id GROUP BY kind, value
"""
_OTHERS = """
SELECT r.title, r.text FROM core.article a
JOIN core.article_revision r
    ON r.article_id = a.article_id AND r.first_seen_on = a.first_seen_on AND r.revision_no = a.revision_no
WHERE a.source_id = :source_id AND a.article_id <> ALL(:ids) ORDER BY a.first_seen_on DESC
"""
_UNNAME = """
UPDATE core.source_pattern SET example = value WHERE source_id = :source_id AND kind = :kind AND value = :value
"""
_REMOVE = "DELETE FROM core.source_pattern WHERE source_id = :source_id AND kind = :kind AND value = :value"

_DATE_VOTES = f"""
SELECT count(*) FILTER (WHERE l.date_order = 'day_first') AS day_first,
    count(*) FILTER (WHERE l.date_order = 'month_first') AS month_first
FROM core.source s
LEFT JOIN LATERAL ({RECENT_ARTICLES}) l ON true
WHERE s.source_key = :source_key GROUP BY s.source_id
"""
