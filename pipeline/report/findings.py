"""What the night's rows say: the figures and tables of the report, worked out with pandas."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

import pandas as pd

from pipeline.report.wording import GOOD, HELD, LOST, WAITING, meaning, plain, tone
from pipeline.warehouse.report_data import NightData

SILENT_AFTER = timedelta(days=3)
"""A feed without a new item for so long is called silent; an outlet that pauses longer is rare."""
FORGOTTEN_AFTER = timedelta(days=30)
"""… and after so long it is no longer news that it is."""
_EXAMPLES = 3
_NAMED_OUTLETS = 3


@dataclass(frozen=True, slots=True)
class Headline:
    """The night in numbers. The five outcomes add up to `claimed`."""

    claimed: int
    stored: int  # new articles
    edited: int  # new versions of known ones (edited or reprocessed)
    known: int  # looked at, and already in the warehouse
    left_out: int  # quarantined, or skipped by rule
    lost: int  # gone, or given up
    waiting: int  # carried to the next night, or still under way
    outlets: int  # outlets with a feed in force
    outlets_whole: int  # of these, outlets whose feeds all answered within the last day
    earlier: tuple[int, int, int] | None  # least, median and most articles stored in the nights before


def headline(data: NightData) -> Headline:
    """Count the night's outcomes."""
    outcomes = data.outcomes
    tones = outcomes["state"].map(tone)
    is_loaded = outcomes["state"] == "loaded"
    is_new = is_loaded & (outcomes["reason"] == "stored")
    answered = data.feeds.groupby("source_key")["is_answered"].all()
    earlier = data.earlier["stored"]
    return Headline(
        claimed=len(outcomes),
        stored=int(is_new.sum()),
        edited=int((is_loaded & ~is_new).sum()),
        known=int((tones.eq(GOOD) & ~is_loaded).sum()),
        left_out=int(tones.eq(HELD).sum()),
        lost=int(tones.eq(LOST).sum()),
        waiting=int(tones.eq(WAITING).sum()),
        outlets=len(answered),
        outlets_whole=int(answered.sum()),
        earlier=(int(earlier.min()), round(float(earlier.median())), int(earlier.max())) if len(earlier) else None,
    )


def not_in_the_warehouse(data: NightData) -> pd.DataFrame:
    """Why URLs did not become articles: one row per state and reason, most frequent first, with examples."""
    lines = data.outcomes[data.outcomes["state"].map(tone) != GOOD]
    columns = ["state", "reason", "tone", "meaning", "entries", "outlets", "examples"]
    if lines.empty:
        return pd.DataFrame(columns=columns)
    named = lines.merge(data.sources[["source_key", "name"]], on="source_key", how="left")
    named["name"] = named["name"].fillna(named["source_key"])
    grouped = named.groupby(["state", "reason"])
    table = grouped.agg(
        entries=("url", "size"),
        outlets=("name", _most_frequent),
        examples=("url", lambda urls: urls.head(_EXAMPLES).tolist()),
    ).reset_index()
    table["tone"] = table["state"].map(tone)
    table["meaning"] = table["reason"].map(meaning)
    return table.sort_values(["entries", "state", "reason"], ascending=[False, True, True])[columns]


def _most_frequent(names: pd.Series[str]) -> str:
    counts = names.value_counts()
    shown = [f"{name} ({n:,})" for name, n in counts.head(_NAMED_OUTLETS).items()]
    return ", ".join(shown + ([f"and {len(counts) - _NAMED_OUTLETS:,} more"] if len(counts) > _NAMED_OUTLETS else []))


def quarantined(data: NightData, limit: int = 15) -> pd.DataFrame:
    """The newest pages of this run that are kept but not loaded, with what was wrong."""
    lines = data.outcomes[data.outcomes["state"] == "quarantined"].sort_values("at", ascending=False, kind="stable")
    table = lines.head(limit).merge(data.sources[["source_key", "name"]], on="source_key", how="left")
    return table.assign(meaning=table["reason"].map(meaning))


def feed_troubles(data: NightData) -> pd.DataFrame:
    """Feeds that fail or have gone silent: `source_name`, `url`, `trouble`, `since` (may be missing), `why`."""
    now = data.run.started_at
    feeds = data.feeds.assign(trouble=_trouble(data.feeds, now))
    feeds = feeds[feeds["trouble"] != ""]
    is_failing = feeds["trouble"] == "failing"
    since = feeds["last_item_at"].mask(is_failing, feeds["last_ok_at"])
    why = feeds["reason"].map(lambda reason: meaning(reason) if isinstance(reason, str) else "no answer yet")
    why = why.mask(feeds["trouble"] == "silent", "it answers, and lists nothing new")
    table = feeds.assign(since=since, why=why)
    return table.sort_values(["trouble", "source_name", "url"])[["source_name", "url", "trouble", "since", "why"]]


def _trouble(feeds: pd.DataFrame, now: datetime) -> pd.Series[str]:
    quiet_for = pd.Timestamp(now) - pd.to_datetime(feeds["last_item_at"], utc=True)  # all null in a new warehouse
    is_silent = (feeds["kind"] != "drop_folder") & quiet_for.gt(SILENT_AFTER) & quiet_for.lt(FORGOTTEN_AFTER)
    is_failing = (feeds["failure_count"] > 0) | feeds["last_polled_at"].isna()
    return pd.Series("", index=feeds.index).mask(is_silent, "silent").mask(is_failing, "failing")


def by_outlet(data: NightData) -> pd.DataFrame:
    """One row per outlet that has a feed in force or took part in the night; counts of URLs, and its feeds."""
    groups = data.outcomes.assign(
        column=data.outcomes["state"].map(tone).map({HELD: "left_out", LOST: "lost", WAITING: "waiting"})
    )
    groups["column"] = groups["column"].fillna("known").mask(groups["state"] == "quarantined", "quarantined")
    groups["column"] = groups["column"].mask(groups["state"] == "loaded", "stored")
    counts = groups.pivot_table(index="source_key", columns="column", values="url", aggfunc="count", fill_value=0)
    columns = ["stored", "known", "quarantined", "left_out", "lost", "waiting"]
    counts = counts.reindex(columns=columns, fill_value=0)
    counts.insert(0, "claimed", counts.sum(axis=1))
    feeds = data.feeds.groupby("source_key").agg(expected=("url", "size"), delivered=("is_answered", "sum"))
    table = data.sources.set_index("source_key").join(counts).join(feeds)
    numbers = [*counts.columns, *feeds.columns]
    table[numbers] = table[numbers].fillna(0).astype(int)
    table["feeds"] = table["delivered"].astype(str) + " of " + table["expected"].astype(str)
    troubles = feed_troubles(data).groupby("source_name")["trouble"].agg(lambda t: ", ".join(sorted(set(t))))
    table["note"] = table["name"].map(troubles).fillna("")
    taking_part = (table["expected"] > 0) | (table["claimed"] > 0)
    return table[taking_part].sort_values(["stored", "name"], ascending=[False, True]).reset_index()


def topics(articles: pd.DataFrame) -> pd.DataFrame:
    """Articles of the night by their best topic, most frequent first: `topic`, `articles`, `share` of the largest."""
    counts = articles["topic"].dropna().value_counts().rename_axis("topic").reset_index(name="articles")
    return counts.assign(share=counts["articles"] / max(counts["articles"].max(), 1) if len(counts) else 0.0)


def stage_times(stages: pd.DataFrame) -> pd.DataFrame:
    """One row per stage: parts, seconds, rows, errors, and where on the run's time line it lay (0 to 1)."""
    if stages.empty:
        return pd.DataFrame(columns=["stage", "parts", "failed", "seconds", "rows_out", "errors", "start", "length"])
    ended = stages["ended_at"].fillna(stages["started_at"])
    spans = stages.assign(ended_at=ended, is_bad=stages["state"] != "done", error=stages["error"].fillna(""))
    table = (
        spans.groupby("stage", sort=False)
        .agg(
            parts=("part", "size"),
            failed=("is_bad", "sum"),
            begun=("started_at", "min"),
            done=("ended_at", "max"),
            rows_out=("rows_out", "sum"),
            errors=("error", lambda errors: "; ".join(sorted(set(errors) - {""}))),
        )
        .reset_index()
    )
    whole = max((table["done"].max() - table["begun"].min()).total_seconds(), 1.0)
    table["seconds"] = (table["done"] - table["begun"]).dt.total_seconds()
    table["start"] = (table["begun"] - table["begun"].min()).dt.total_seconds() / whole
    table["length"] = table["seconds"] / whole
    return table


def mart_models(marts: pd.DataFrame) -> pd.DataFrame:
    """The marts themselves, with the short name of each."""
    models = marts[marts["kind"] == "model"]
    return models.assign(mart=models["node"].str.rsplit(".", n=1).str[-1])


def mart_troubles(marts: pd.DataFrame) -> pd.DataFrame:
    """dbt nodes that did not pass, with a readable name."""
    bad = marts[marts["status"].isin(["fail", "error", "warn"])]
    return bad.assign(name=bad["node"].str.split(".").str[2].map(plain, na_action="ignore"))
