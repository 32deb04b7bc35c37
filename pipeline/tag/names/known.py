"""What a known name stands for."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Known:
    """One thing a name may mean. A country's coordinates are its capital's; a division's are not known."""

    kind: str  # Kind: LOC, ORG, PER or EVENT
    name: str  # canonical, in English where there is an English name
    what: str  # country, city, division, place, organisation, person or event
    qid: str | None = None
    country: str | None = None  # ISO 3166-1 alpha-2
    latitude: float | None = None  # degrees north
    longitude: float | None = None  # degrees east
    population: int = 0  # people, as GeoNames has it; 0 where it is not known
    is_primary: bool = True  # False for another name of a city
    geonames_id: int | None = None
    division: str | None = None  # ISO 3166-2 of the first-level division that this is, or lies in
    is_capital: bool = False  # of a country
