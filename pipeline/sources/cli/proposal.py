"""What `mm sources add` would write, from what was found."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from pipeline.discover.choose import Verdict
from pipeline.discover.find import Finding, FoundFeed
from pipeline.discover.guesses import Guess, Guesses, guess
from pipeline.errors import ConfigError
from pipeline.sources.cli.shown import counted
from pipeline.sources.config import SourceConfig, is_loopback
from pipeline.sources.registry import RegisteredSource
from pipeline.sources.source_file import key_for, path_of, source_text
from pipeline.tag.language import RuleLanguageTagger
from pipeline.urls import host_of, registrable_domain

_BUSY_PER_DAY = 100
"""A feed of 20 items that brings this many a day is read through in five hours; the busiest in much less."""


@dataclass(frozen=True, slots=True)
class Proposal:
    """What would be written; `config` is None if there is nothing to write."""

    finding: Finding
    verdicts: Sequence[Verdict]
    guesses: Guesses
    config: SourceConfig | None
    path: Path | None
    text: str | None
    neighbours: tuple[str, ...]  # sources of the same registrable domain


def propose(
    finding: Finding,
    verdicts: Sequence[Verdict],
    overrides: dict[str, str | None],
    registered: Sequence[RegisteredSource],
    folder: Path,
    now: datetime,
) -> Proposal:
    """The source file of the feeds taken, guessed where nothing was said. Raises `ConfigError` for what is wrong."""
    feeds = [verdict.feed for verdict in verdicts if verdict.is_taken]
    guesses = _overridden(guess(finding, feeds, now, RuleLanguageTagger().language_of), overrides)
    domain = registrable_domain(host_of(finding.homepage))
    neighbours = tuple(
        source.config.key for source in registered if registrable_domain(host_of(source.config.homepage)) == domain
    )
    if not feeds:
        return Proposal(finding, verdicts, guesses, None, None, None, neighbours)
    keys = {source.config.key for source in registered}
    if overrides["key"] in keys:
        raise ConfigError(f"--key {overrides['key']}: there is a source of this key already")
    config = _config(finding, feeds, guesses, overrides["key"] or key_for(guesses.name.value or "", domain, keys), now)
    path = path_of(folder, config)
    return Proposal(finding, verdicts, guesses, config, path, _text(config, feeds, now), neighbours)


def _overridden(guesses: Guesses, overrides: dict[str, str | None]) -> Guesses:
    given = {field: Guess(value, "as you said") for field, value in overrides.items() if value and field != "key"}
    return replace(guesses, **given)


def _config(finding: Finding, feeds: Sequence[FoundFeed], guesses: Guesses, key: str, now: datetime) -> SourceConfig:
    values: dict[str, Any] = {
        "key": key,
        "name": guesses.name.value,
        "country": guesses.country.value,
        "language": guesses.language.value,
        "time_zone": guesses.time_zone.value,
        "homepage": finding.homepage,
        "allow_loopback": any(is_loopback(feed.url) for feed in feeds),
        "feeds": [{"url": feed.url, "kind": feed.kind, "every_minutes": _every_minutes(feed)} for feed in feeds],
        "verified": now.date(),
    }
    try:
        return SourceConfig.model_validate(values)
    except ValidationError as error:
        first = error.errors(include_url=False)[0]
        field = ".".join(str(part) for part in first["loc"])
        raise ConfigError(f"{field}: {first['msg'].removeprefix('Value error, ')}") from error


def _every_minutes(feed: FoundFeed) -> int:
    if feed.kind == "sitemap":
        return 60
    return 15 if (feed.probe.per_day or 0) >= _BUSY_PER_DAY else 30


def _text(config: SourceConfig, feeds: Sequence[FoundFeed], now: datetime) -> str:
    comments = {feed.url: _brought(feed, now) for feed in feeds}
    return source_text(config, comments)


def _brought(feed: FoundFeed, now: datetime) -> str:
    pace = f", about {feed.probe.per_day:g} a day" if feed.probe.per_day is not None else ""
    title = f"{feed.title}: " if feed.title else ""
    return f"{title}{counted(feed.probe.item_count, 'item')}{pace} on {now:%-d %B %Y}."
