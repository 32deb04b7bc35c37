"""What an outlet's name, country, language and time zone probably are, each with where the guess comes from. Pure."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import lru_cache
from zoneinfo import ZoneInfo

from pipeline.discover.find import Finding, FoundFeed
from pipeline.discover.home_page import OutletFacts
from pipeline.folding import fold
from pipeline.sources.countries import country_named, country_of_host, is_country
from pipeline.urls import host_of, registrable_domain

LanguageOf = Callable[[str], str | None]
"""Text → ISO 639-1."""

_MIN_TITLES = 3
_SEPARATOR = re.compile(r"\s+[|–—:·•»-]\s+|\s*[|·•»]\s*")
_MAIN_ZONES = {
    "US": ("America/New_York", "America/Chicago", "America/Denver", "America/Los_Angeles"),
    "CA": ("America/Toronto", "America/Winnipeg", "America/Edmonton", "America/Vancouver", "America/Halifax"),
    "MX": ("America/Mexico_City", "America/Tijuana"),
    "BR": ("America/Sao_Paulo", "America/Manaus"),
    "AR": ("America/Argentina/Buenos_Aires",),
    "CL": ("America/Santiago",),
    "EC": ("America/Guayaquil",),
    "ES": ("Europe/Madrid", "Atlantic/Canary"),
    "PT": ("Europe/Lisbon", "Atlantic/Azores"),
    "DE": ("Europe/Berlin",),
    "UA": ("Europe/Kyiv",),
    "CY": ("Asia/Nicosia",),
    "RU": ("Europe/Moscow", "Asia/Yekaterinburg", "Asia/Novosibirsk", "Asia/Vladivostok"),
    "KZ": ("Asia/Almaty",),
    "UZ": ("Asia/Tashkent",),
    "CN": ("Asia/Shanghai",),
    "ID": ("Asia/Jakarta", "Asia/Makassar", "Asia/Jayapura"),
    "MY": ("Asia/Kuala_Lumpur",),
    "MN": ("Asia/Ulaanbaatar",),
    "CD": ("Africa/Kinshasa", "Africa/Lubumbashi"),
    "AU": ("Australia/Sydney", "Australia/Brisbane", "Australia/Adelaide", "Australia/Perth"),
    "NZ": ("Pacific/Auckland",),
}
"""Of countries with several zones, those most people live in, the largest first."""


@dataclass(frozen=True, slots=True)
class Guess:
    """One value and where it comes from; `value` None if nothing tells."""

    value: str | None
    why: str


@dataclass(frozen=True, slots=True)
class Guesses:
    """What the source file will say unless somebody knows better."""

    name: Guess
    country: Guess
    language: Guess
    time_zone: Guess


def guess(finding: Finding, feeds: Sequence[FoundFeed], now: datetime, language_of: LanguageOf) -> Guesses:
    """From the front page, the feeds proposed, and the address itself."""
    facts = [feed.facts for feed in feeds]
    country = _country(finding, facts)
    return Guesses(
        name=_name(finding, facts),
        country=country,
        language=_language(finding, feeds, language_of),
        time_zone=_time_zone(country.value, facts, now),
    )


def _name(finding: Finding, facts: Sequence[OutletFacts]) -> Guess:
    if finding.facts.name:
        return Guess(finding.facts.name, "the front page names it")
    domain = registrable_domain(host_of(finding.homepage))
    in_title = _part_like(finding.facts.page_title or "", domain)
    if in_title:
        return Guess(in_title, "title of the front page")
    for fact in facts:
        if fact.name:
            return Guess(fact.name, "title of the feed")
    return Guess(finding.facts.page_title or domain, "check it")


def _part_like(title: str, domain: str) -> str | None:
    """`Home | Savannah Daily` on savannah-daily.example → `Savannah Daily`."""
    letters = _letters(domain.partition(".")[0])
    parts = [part.strip() for part in _SEPARATOR.split(title) if part.strip()]
    fitting = [part for part in parts if (own := _letters(part)) and (own in letters or letters in own)]
    return min(fitting, key=len) if fitting and letters else None


def _letters(text: str) -> str:
    return "".join(ch for ch in fold(text) if ch.isalnum())


def _country(finding: Finding, facts: Sequence[OutletFacts]) -> Guess:
    host = host_of(finding.homepage).split(":")[0]
    if (code := country_of_host(host)) is not None:
        return Guess(code, f"the domain ends in .{host.rpartition('.')[2]}")
    if (named := country_named(finding.facts.country)) is not None:
        return Guess(named, "address in the front page's JSON-LD")
    for fact, where in _told(finding, facts):
        region = (fact.language_tag or "").partition("-")[2]
        if is_country(region):
            return Guess(region, f"language {fact.language_tag} of the {where}; check it")
    return Guess(None, "nothing tells")


def _language(finding: Finding, feeds: Sequence[FoundFeed], language_of: LanguageOf) -> Guess:
    titles = [title for feed in feeds for title in feed.probe.titles]
    read = language_of(". ".join(titles)) if len(titles) >= _MIN_TITLES else None
    for fact, where in _told(finding, [feed.facts for feed in feeds]):
        named = (fact.language_tag or "").partition("-")[0]
        if len(named) == 2 and read in (None, named):
            return Guess(named, f"the {where} says so" + (", and its titles read so" if read else ""))
        if len(named) == 2:
            return Guess(read, f"its titles read so, though the {where} says {named}; check it")
    return Guess(read, "its titles read so") if read else Guess(None, "nothing tells")


def _time_zone(country: str | None, facts: Sequence[OutletFacts], now: datetime) -> Guess:
    offset = next((fact.offset_minutes for fact in facts if fact.offset_minutes is not None), None)
    zones = _MAIN_ZONES.get(country or "") or _zones().get(country or "", ())
    if not country or not zones:
        return Guess(None, "no country to go by")
    if len(zones) == 1:
        return Guess(zones[0], f"the zone of {country}")
    if offset is None:
        return Guess(None, f"{country} has several zones, and the feeds do not tell which")
    fitting = [zone for zone in zones if now.astimezone(ZoneInfo(zone)).utcoffset() == timedelta(minutes=offset)]
    printed = f"{offset // 60:+03d}:{offset % 60:02d}" if offset >= 0 else f"-{-offset // 60:02d}:{-offset % 60:02d}"
    if fitting:
        return Guess(fitting[0], f"{country}, and its feeds print times of UTC{printed}")
    return Guess(None, f"its feeds print times of UTC{printed}, which is no main zone of {country}")


def _told(finding: Finding, facts: Sequence[OutletFacts]) -> list[tuple[OutletFacts, str]]:
    return [(finding.facts, "front page"), *((fact, "feed") for fact in facts)]


@lru_cache(maxsize=1)
def _zones() -> dict[str, tuple[str, ...]]:
    """IANA zones of each country (CLDR)."""
    from babel.core import get_global

    zones: dict[str, list[str]] = {}
    for zone, territory in get_global("zone_territories").items():
        zones.setdefault(territory, []).append(zone)
    return {territory: tuple(sorted(names)) for territory, names in zones.items()}
