"""A small but complete warehouse: eight invented outlets, seven days, the last night in full.

Written straight into the tables, so that what reads them (marts, report) is tested without the stages that
write them. Deterministic; every number a test needs can be counted from the rows returned by `fill`.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from typing import Any

from sqlalchemy import Connection, Table, insert, select, text, update

from pipeline.warehouse import db, schema
from pipeline.warehouse.tables import core, ops, raw
from tests.invented_week import ENDS, ORGS, OUTLETS, PEOPLE, PLACES, TOPICS, Outlet

NIGHT = date(2026, 11, 22)
RUN_AT = datetime(2026, 11, 22, 2, tzinfo=UTC)
RUN_KEY = "20261122T0200Z-nightly"
DAYS = 7


@dataclass(slots=True)
class Filled:
    """What was written: natural keys and counts that tests compare with."""

    urls: list[str] = field(default_factory=list)
    states: dict[str, int] = field(default_factory=dict)
    article_keys: list[str] = field(default_factory=list)
    edited_key: str = ""
    copy_key: str = ""


@dataclass(frozen=True, slots=True)
class _Listed:
    """One URL as a feed listed it, and how it ended."""

    outlet: Outlet
    number: int
    seen_at: datetime
    end: tuple[str, str, str, str | None]

    @property
    def url(self) -> str:
        return f"https://{self.outlet.key}.example/{self.seen_at:%Y/%m/%d}/{self.number:04d}"

    @property
    def night(self) -> date:
        """The night whose run took it on."""
        return (self.seen_at - timedelta(hours=2) + timedelta(days=1)).date()


def fill(extra_headline: str | None = None) -> Filled:
    """Write everything; `extra_headline` becomes the headline of the newest article."""
    days = [NIGHT - timedelta(days=n) for n in range(DAYS + 2)]
    db.in_transaction(lambda connection: schema.ensure_partitions(connection, days), role="owner")
    return db.in_transaction(lambda connection: _write(connection, extra_headline))


def _write(connection: Connection, extra_headline: str | None) -> Filled:
    listed = list(_listed())
    sources = _sources(connection)
    feeds = _feeds(connection, sources)
    _polls(connection, feeds, listed)
    _runs(connection)
    filled = Filled(urls=[item.url for item in listed])
    for item in listed:
        filled.states[item.end[0]] = filled.states.get(item.end[0], 0) + 1
    entries = _entries(connection, listed, feeds)
    pages = _pages(connection, listed, entries)
    _events(connection, listed, entries)
    stored = [item for item in listed if item.end[0] == "loaded"]
    _articles(connection, stored, sources, entries, pages, filled, extra_headline)
    _recheck_last_night(connection, stored, entries)
    _operations(connection, listed)
    return filled


def key_of(url: str) -> str:
    """Stands in for url_key: only that it is stable and unique matters here."""
    return hashlib.sha256(url.encode()).hexdigest()[:32]


def run_key_of(night: date) -> str:
    """Key of the nightly of a night."""
    return f"{night:%Y%m%d}T0200Z-nightly"


def _listed() -> Iterator[_Listed]:
    number = 0
    for back in range(DAYS, -1, -1):
        day = NIGHT - timedelta(days=back)
        for outlet in OUTLETS:
            per_day = outlet.per_day if day.weekday() < 5 else outlet.per_day - 4
            if back == 0:
                per_day = 1 if outlet.per_day > 6 else 0  # the hours before 02:00
            starts = [start for start in (outlet.broken_from, outlet.silent_from) if start]
            if any(day >= start for start in starts):
                per_day = 0
            for n in range(per_day):
                seen_at = datetime(day.year, day.month, day.day, tzinfo=UTC) + timedelta(minutes=35 + 120 * n)
                end = ENDS[number % len(ENDS)]
                if number % 37 == 36 or (back == 0 and n == 0 and outlet.key == "uferbote"):
                    end = ("carried", "server_error", "fetch", "HTTP 503, twice")
                yield _Listed(outlet, number, seen_at, end)
                number += 1


def _insert(connection: Connection, table: Table, rows: list[dict[str, Any]]) -> None:
    if rows:
        connection.execute(insert(table), rows)


def _keys(connection: Connection, table: Table, natural: str, surrogate: str) -> dict[str, int]:
    return {row[0]: row[1] for row in connection.execute(select(table.c[natural], table.c[surrogate]))}


def _sources(connection: Connection) -> dict[str, int]:
    added_at = RUN_AT - timedelta(days=DAYS, hours=2)
    rows = [
        {
            "source_key": o.key, "name": o.name, "homepage": f"https://{o.key}.example/", "domain": f"{o.key}.example",
            "country": o.country, "language": o.language, "time_zone": "UTC", "added_at": added_at,
            "config_digest": key_of(o.key),
        }
        for o in OUTLETS
    ]  # fmt: skip
    _insert(connection, core.source, rows)
    names = {"en": "English", "de": "German", "fr": "French", "es": "Spanish", "ar": "Arabic", "ur": "Urdu"}
    _insert(connection, core.language, [{"language": code, "name": name} for code, name in names.items()])
    return _keys(connection, core.source, "source_key", "source_id")


def _feeds(connection: Connection, sources: dict[str, int]) -> dict[str, int]:
    rows = [
        {
            "source_id": sources[o.key], "url": f"https://{o.key}.example/feed.xml", "kind": "rss",
            "added_at": RUN_AT - timedelta(days=DAYS, hours=2), "every_minutes": 60,
            "last_polled_at": RUN_AT, "failure_count": 27 if o.broken_from else 0,
            "last_ok_at": datetime(2026, 11, 20, 23, 35, tzinfo=UTC) if o.broken_from else RUN_AT,
        }
        for o in OUTLETS
    ]  # fmt: skip
    _insert(connection, core.feed, rows)
    by_url = _keys(connection, core.feed, "url", "feed_id")
    return {o.key: by_url[f"https://{o.key}.example/feed.xml"] for o in OUTLETS}


def _polls(connection: Connection, feeds: dict[str, int], listed: list[_Listed]) -> None:
    rows = []
    new: dict[tuple[str, datetime], int] = {}
    for item in listed:
        slot = (item.outlet.key, item.seen_at)
        new[slot] = new.get(slot, 0) + 1
    start = RUN_AT - timedelta(days=DAYS, hours=2) + timedelta(minutes=35)
    for outlet in OUTLETS:
        polled_at = start
        while polled_at <= RUN_AT:
            is_broken = outlet.broken_from is not None and polled_at.date() >= outlet.broken_from
            rows.append(
                {
                    "polled_on": polled_at.date(), "polled_at": polled_at, "feed_id": feeds[outlet.key],
                    "run_key": None, "url": f"https://{outlet.key}.example/feed.xml",
                    "outcome": "failed" if is_broken else "ok", "reason": "not_a_feed" if is_broken else None,
                    "detail": "an HTML page" if is_broken else None, "status": 200,
                    "item_count": 0 if is_broken else 12, "new_count": new.get((outlet.key, polled_at), 0),
                    "known_count": 0 if is_broken else 12, "refused_count": 0, "elapsed_ms": 84,
                }
            )  # fmt: skip
            polled_at += timedelta(hours=1)
    _insert(connection, raw.poll, rows)


def _runs(connection: Connection) -> None:
    rows = []
    for back in range(DAYS, -1, -1):
        night = NIGHT - timedelta(days=back)
        started_at = RUN_AT - timedelta(days=back)
        rows.append(
            {
                "run_key": run_key_of(night), "kind": "nightly", "night": night,
                "airflow_run_id": f"scheduled__{started_at.isoformat()}",
                "state": "running" if back == 0 else "succeeded", "started_at": started_at,
                "ended_at": None if back == 0 else started_at + timedelta(minutes=4), "params": {},
                "code_version": "0.1.0", "note": None, "report_uri": None,
            }
        )  # fmt: skip
    _insert(connection, ops.run, rows)


def _entries(connection: Connection, listed: list[_Listed], feeds: dict[str, int]) -> dict[str, int]:
    rows = []
    for item in listed:
        state, reason, _, _ = item.end
        rows.append(
            {
                "url_key": key_of(item.url), "url": item.url, "host": f"{item.outlet.key}.example",
                "source_key": item.outlet.key, "first_seen_at": item.seen_at, "state": state, "reason": reason,
                "state_at": RUN_AT, "attempt_count": 1 if state == "carried" else 0,
            }
        )  # fmt: skip
    _insert(connection, raw.entry, rows)
    entries = _keys(connection, raw.entry, "url", "entry_id")
    sightings = [
        {
            "entry_id": entries[item.url], "feed_id": feeds[item.outlet.key], "first_seen_at": item.seen_at,
            "last_seen_at": item.seen_at + timedelta(hours=6), "title": f"Item {item.number}",
        }
        for item in listed
    ]  # fmt: skip
    _insert(connection, raw.entry_sighting, sightings)
    return entries


def _pages(connection: Connection, listed: list[_Listed], entries: dict[str, int]) -> dict[str, int]:
    rows = []
    for item in listed:
        state, reason, stage, detail = item.end
        fetched_at = datetime.combine(item.night, RUN_AT.timetz()) + timedelta(seconds=20 + item.number % 60)
        is_archived = stage != "fetch"
        rows.append(
            {
                "fetched_on": fetched_at.date(), "fetched_at": fetched_at, "entry_id": entries[item.url],
                "run_key": run_key_of(item.night), "attempt": 1, "outcome": "archived" if is_archived else "failed",
                "reason": None if is_archived else reason, "detail": detail if not is_archived else None,
                "status": 200 if is_archived else 404 if state == "gone" else None, "final_url": item.url,
                "content_type": "text/html; charset=utf-8", "sha256": key_of("page " + item.url),
                "body_bytes": 61_000 + item.number, "warc_offset": 0 if is_archived else None,
                "warc_uri": f"file:///landing/warc/{item.outlet.key}.warc.gz" if is_archived else None,
                "warc_length": 9_000 if is_archived else None, "elapsed_ms": 120,
            }
        )  # fmt: skip
    _insert(connection, raw.page, rows)
    return {row[0]: row[1] for row in connection.execute(select(raw.page.c.final_url, raw.page.c.page_id))}


def _events(connection: Connection, listed: list[_Listed], entries: dict[str, int]) -> None:
    rows: list[dict[str, Any]] = []
    for item in listed:
        state, reason, stage, detail = item.end
        started_at = datetime.combine(item.night, RUN_AT.timetz())
        steps: list[tuple[datetime, str | None, str | None, str, str, str, str | None]] = [
            (item.seen_at, None, None, "new", "discover", "new", None),
            (started_at, run_key_of(item.night), "new", "claimed", "claim", "new", None),
        ]
        before = "claimed"
        if stage != "fetch":
            at = started_at + timedelta(seconds=30)
            steps.append((at, run_key_of(item.night), "claimed", "fetched", "fetch", "stored", None))
            before = "fetched"
        end_at = started_at + timedelta(seconds=90)
        steps.append((end_at, run_key_of(item.night), before, state, stage, reason, detail))
        if state == "carried" and item.night < NIGHT:  # the night took it up again, and again the host was down
            steps.append((RUN_AT, RUN_KEY, "carried", "claimed", "claim", "carried", None))
            at = RUN_AT + timedelta(seconds=70)
            steps.append((at, RUN_KEY, "claimed", "carried", "fetch", "server_error", detail))
        rows.extend(_event(entries[item.url], item.outlet.key, *step) for step in steps)
    _insert(connection, ops.entry_event, rows)


def _event(
    entry_id: int, source_key: str, at: datetime, run_key: str | None, before: str | None, after: str, stage: str,
    reason: str, detail: str | None,
) -> dict[str, Any]:  # fmt: skip
    return {
        "event_on": at.date(), "at": at, "run_key": run_key, "entry_id": entry_id, "source_key": source_key,
        "from_state": before, "to_state": after, "stage": stage, "reason": reason, "detail": detail,
    }  # fmt: skip


def _recheck_last_night(connection: Connection, stored: list[_Listed], entries: dict[str, int]) -> None:
    """Six known URLs looked at again: five unchanged, one edited."""
    known = [item for item in stored if item.night < NIGHT][:6]
    rows = []
    for n, item in enumerate(known):
        end = ("loaded", "load", "edited") if n == 0 else ("unchanged", "fetch", "not_modified")
        again = _event(
            entries[item.url], item.outlet.key, RUN_AT, RUN_KEY, "loaded", "claimed", "claim", "rechecked", None
        )
        at = RUN_AT + timedelta(seconds=60)
        rows += [
            again,
            _event(entries[item.url], item.outlet.key, at, RUN_KEY, "claimed", end[0], end[1], end[2], None),
        ]
        connection.execute(
            update(raw.entry).where(raw.entry.c.url == item.url).values(state=end[0], reason=end[2], state_at=at)
        )
    _insert(connection, ops.entry_event, rows)


def _articles(
    connection: Connection, stored: list[_Listed], sources: dict[str, int], entries: dict[str, int],
    pages: dict[str, int], filled: Filled, extra_headline: str | None,
) -> None:  # fmt: skip
    makers = _makers(connection)
    wire = next(item for item in stored if item.outlet.key == "prairie-wire")
    copier = next(item for item in stored if item.outlet.key == "savannah-daily" and item.seen_at > wire.seen_at)
    written: list[tuple[_Listed, str, str]] = []
    rows = []
    for item in stored:
        title, body = _words(wire if item is copier else item)
        if extra_headline and item is stored[-1]:
            title = extra_headline
        written.append((item, title, body))
        rows.append(
            {
                "url_key": key_of(item.url), "first_seen_on": item.seen_at.date(),
                "source_id": sources[item.outlet.key], "url": item.url, "revision_no": 2 if item is stored[0] else 1,
                "title": title, "language": item.outlet.language,
                "published_at": item.seen_at - timedelta(minutes=50) if item.number % 9 else None,
                "published_precision": "minute" if item.number % 9 else "none",
                "published_method": "json_ld" if item.number % 9 else None,
                "published_confidence": 0.95 if item.number % 9 else None, "first_seen_at": item.seen_at,
                "fetched_at": datetime.combine(item.night, RUN_AT.timetz()) + timedelta(seconds=30),
                "loaded_at": datetime.combine(item.night, RUN_AT.timetz()) + timedelta(seconds=90),
                "section": "news", "publisher_tags": ["local"], "word_count": len(body.split()),
                "quality": 0.9 - (item.number % 5) * 0.05, "quality_reasons": [], "is_paywalled": item.number % 19 == 0,
                "is_opinion": item.number % 7 == 0, "agency": "Reuters" if item.number % 11 == 0 else None,
                "extractor": "precision" if item.night == NIGHT else None,
                "text_sha256": key_of(body), "copy_of_key": key_of(wire.url) if item is copier else None,
                "content_digest": key_of("digest " + item.url), "clean_maker_id": makers["clean"],
                "tag_maker_id": makers["tag"], "run_key": run_key_of(item.night),
            }
        )  # fmt: skip
    _insert(connection, core.article, rows)
    filled.article_keys = [row["url_key"] for row in rows]
    filled.edited_key, filled.copy_key = key_of(stored[0].url), key_of(copier.url)
    ids = _keys(connection, core.article, "url_key", "article_id")
    _insert(connection, core.article_url, [
        {"url_key": key_of(i.url), "article_id": ids[key_of(i.url)], "url": i.url, "kind": "listed", "added_at": RUN_AT}
        for i in stored
    ])  # fmt: skip
    _revisions(connection, written, ids, pages, makers)
    connection.execute(text(_SEARCHED))
    _authors(connection, stored, ids)
    _facts(connection, written, ids)
    for item in stored:
        connection.execute(
            update(raw.entry)
            .where(raw.entry.c.entry_id == entries[item.url])
            .values(page_id=pages[item.url], recheck_at=item.seen_at + timedelta(days=7))
        )


def _words(item: _Listed) -> tuple[str, str]:
    language = item.outlet.language
    names = {
        "place": PLACES[language][item.number % len(PLACES[language])][0],
        "person": PEOPLE[language][item.number % len(PEOPLE[language])],
        "org": ORGS[language][item.number % len(ORGS[language])],
    }
    return item.outlet.headline.format(**names), f"{item.outlet.body.format(**names)}\n№ {item.number}"


_SEARCHED = """
INSERT INTO core.article_search (article_id, first_seen_on, first_seen_at, source_id, words)
SELECT a.article_id, a.first_seen_on, a.first_seen_at, a.source_id, core.article_words(r.title, r.text, a.language)
FROM core.article a JOIN core.article_revision r USING (article_id, revision_no, first_seen_on)
"""


def _makers(connection: Connection) -> dict[str, int]:
    _insert(connection, ops.maker, [
        {"stage": stage, "code_version": "0.1.0", "model_version": "1", "settings_digest": "0", "digest": key_of(stage),
         "first_used_at": RUN_AT - timedelta(days=DAYS)}
        for stage in ("clean", "tag")
    ])  # fmt: skip
    return _keys(connection, ops.maker, "stage", "maker_id")


def _revisions(
    connection: Connection, written: list[tuple[_Listed, str, str]], ids: dict[str, int], pages: dict[str, int],
    makers: dict[str, int],
) -> None:  # fmt: skip
    rows = []
    for n, (item, title, body) in enumerate(written):
        versions = [(1, "new", body, datetime.combine(item.night, RUN_AT.timetz()))]
        if n == 0:
            versions = [(1, "new", body + " Draft.", versions[0][3]), (2, "publisher_edit", body, RUN_AT)]
        rows += [
            {
                "article_id": ids[key_of(item.url)], "first_seen_on": item.seen_at.date(), "revision_no": number,
                "cause": cause, "recorded_at": recorded_at, "title": title, "text": words, "text_sha256": key_of(words),
                "word_count": len(words.split()), "page_id": pages[item.url],
                "page_sha256": key_of("page " + item.url), "maker_id": makers["clean"],
                "run_key": run_key_of(item.night),
            }
            for number, cause, words, recorded_at in versions
        ]  # fmt: skip
    _insert(connection, core.article_revision, rows)


def _authors(connection: Connection, stored: list[_Listed], ids: dict[str, int]) -> None:
    names = ("Ines Falk", "Omar Haddad")
    _insert(connection, core.author, [{"name_key": name.lower(), "name": name} for name in names])
    authors = _keys(connection, core.author, "name", "author_id")
    rows = [
        {"article_id": ids[key_of(item.url)], "position": position, "author_id": authors[name]}
        for item in stored
        for position, name in enumerate(names[: item.number % 3], start=1)
    ]
    _insert(connection, core.article_author, rows)


def _facts(connection: Connection, written: list[tuple[_Listed, str, str]], ids: dict[str, int]) -> None:
    known = {name: ("PER", None, None, None) for names in PEOPLE.values() for name in names}
    known |= {name: ("ORG", None, None, None) for names in ORGS.values() for name in names}
    known |= {name: ("LOC", *rest) for places in PLACES.values() for name, *rest in places}
    _insert(connection, core.entity, [
        {"entity_key": f"{kind}:{name.lower()}", "kind": kind, "name": name, "country": country, "latitude": latitude,
         "longitude": longitude, "first_seen_at": RUN_AT - timedelta(days=DAYS)}
        for name, (kind, country, latitude, longitude) in known.items()
    ])  # fmt: skip
    entities = _keys(connection, core.entity, "name", "entity_id")
    _insert(connection, core.topic, [{"code": c, "label": label, "level": 1} for c, label in TOPICS])
    topics = _keys(connection, core.topic, "code", "topic_id")
    mentions, article_entities, article_topics = [], [], []
    for item, title, body in written:
        fact = {"article_id": ids[key_of(item.url)], "first_seen_on": item.seen_at.date()}
        for name, entity_id in entities.items():
            places = [n for n in range(len(body)) if body.startswith(name, n)]
            mentions += [
                {**fact, "start_offset": n, "end_offset": n + len(name), "entity_id": entity_id,
                 "named_entity_id": entity_id, "surface": name, "score": 0.9, "method": "model",
                 "is_in_title": name in title}
                for n in places
            ]  # fmt: skip
            if places:
                article_entities.append(
                    {**fact, "entity_id": entity_id, "mention_count": len(places), "first_offset": places[0],
                     "salience": min(1.0, 0.3 * len(places)), "is_in_title": name in title, "score": 0.9}
                )  # fmt: skip
        for rank in range(1 + item.number % 2):
            code = TOPICS[(item.number + rank) % len(TOPICS)][0]
            article_topics.append({**fact, "topic_id": topics[code], "score": 0.8 - 0.3 * rank})
    _insert(connection, core.mention, mentions)
    _insert(connection, core.article_entity, article_entities)
    _insert(connection, core.article_topic, article_topics)


def _operations(connection: Connection, listed: list[_Listed]) -> None:
    taken = sum(item.night == NIGHT for item in listed)
    steps = ("discover", "claim", "fetch", "context", "clean", "resolve", "tag", "link", "load")
    _insert(connection, ops.stage_part, [
        {"run_key": RUN_KEY, "stage": stage, "part": "all", "state": "done",
         "started_at": RUN_AT + timedelta(seconds=10 * n), "ended_at": RUN_AT + timedelta(seconds=10 * n + 8),
         "attempt": 1, "total": taken, "rows_in": taken, "rows_out": taken, "counts": {}, "error": None}
        for n, stage in enumerate(steps)
    ])  # fmt: skip
    _insert(connection, ops.check_result, [
        {"run_key": RUN_KEY, "check_name": "ledger_balances", "is_ok": True, "severity": "error",
         "observed": "0 under way", "expected": "0 under way", "advice": None},
        {"run_key": RUN_KEY, "check_name": "default_partitions_empty", "is_ok": True, "severity": "error",
         "observed": "0 rows", "expected": "0 rows", "advice": None},
        {"run_key": RUN_KEY, "check_name": "feeds_answered", "is_ok": False, "severity": "warn",
         "observed": "7 of 8", "expected": "8 of 8", "advice": "Open https://roznama-kinara.example/feed.xml"},
    ])  # fmt: skip
