"""Which of several places of one name is meant.

Every meaning gets a weight in powers of ten: 1 more is ten times likelier. The weights were set on the first half of
benchmarks/gold/places.yml and are reported on the second half (`python -m benchmarks places`).
"""

from __future__ import annotations

import math
import re
from collections.abc import Iterable, Sequence
from functools import lru_cache

from pipeline.tag.gazetteer import meanings_of
from pipeline.tag.names.countries import countries
from pipeline.tag.names.divisions import abbreviations, divisions
from pipeline.tag.names.known import Known

COUNTRY = 8.0
"""A country's name means the country: like a city of 100 million."""
PLACE = 7.5
"""A region that config/entities/places.yml names."""
DIVISION = 5.5
"""A state or province, like a city of 300,000: Punjab beats the town, New York City beats the state."""
NAMESAKE = -3.0
"""A province that a city of its country shares its name with: Granada is the city, the province is called one."""
CAPITAL = 0.8
"""A country's capital is in the news six times as often as another city of its size."""
ALTERNATE_NAME = -1.0
"""Another name of a city ("Saigon") loses against a city that carries it as its own."""
SAME_COUNTRY = 1.5
"""The article names the country, or a place in it that can only be there."""
SAME_DIVISION = 1.0
"""The article names the state or province, or a place in it; comes on top of the country."""
SIBLING = 0.7
"""For a state: the article names another state of that country."""
NEAR, NEAR_KM = 1.0, 100.0
NEARBY, NEARBY_KM = 0.5, 300.0
"""Another place of the article lies this near; the nearest counts."""
OUTLET = 0.8
"""The outlet is of this country."""
OUTLET_DIVISION = 3.0
"""The same for a state: at home nobody adds where Georgia lies."""
BESIDE_DIVISION, BESIDE_COUNTRY = 6.0, 4.0
"""The state or country stands right behind the name: "Paris, Texas", "Perth (Scotland)"."""
SURE = 1.5
"""So much more must a meaning weigh than any in another country for its place to count as evidence for others."""


def choose(
    meanings: Iterable[Known],
    countries: frozenset[str] = frozenset(),
    source_country: str | None = None,
    *,
    others: Sequence[Known] = (),
    beside: Sequence[Known] = (),
) -> Known:
    """The likeliest meaning. Equal weight falls to the larger, then to the last country of the alphabet.

    `countries` are ISO codes the article names; `others` its places that are sure (`sure_places`), of which those
    that are meanings of this name do not count; `beside` what stands right behind it (`neighbour`).
    """
    choice = tuple(meanings)
    evidence = tuple(place for place in others if place not in choice)
    named = countries | {place.country for place in evidence if place.country}
    cities = {known.country for known in choice if known.what == "city" and known.is_primary}
    return max(
        choice,
        key=lambda known: (
            weight(known, named, source_country, others=evidence, beside=beside)
            + (NAMESAKE if known.what == "division" and known.country in cities else 0.0),
            known.population,
            known.country or "",
            known.geonames_id or 0,
        ),
    )


def weight(
    known: Known,
    countries: frozenset[str],
    source_country: str | None,
    *,
    others: Sequence[Known] = (),
    beside: Sequence[Known] = (),
) -> float:
    """How likely a meaning is, in powers of ten. What is no place outweighs every place: curated names are meant."""
    if known.kind != "LOC":
        return 12.0
    near = SAME_COUNTRY if known.country in countries else 0.0
    if source_country and known.country == source_country:
        near += OUTLET_DIVISION if known.what == "division" else OUTLET
    return _size(known) + near + _company(known, others) + _beside(known, beside)


MAX_EVIDENCE = 100
"""So many sure places are asked about every other: more tell no more, and a list of towns takes its square in time."""


def sure_places(names: Iterable[Sequence[Known]]) -> tuple[Known, ...]:
    """Of the names of an article, given as their meanings, MAX_EVIDENCE that can hardly lie in two countries."""
    sure: dict[Known, None] = {}
    for meanings in names:
        places = sorted((k for k in meanings if k.kind == "LOC"), key=lambda k: (-_size(k), k.name, k.geonames_id or 0))
        # A state named like a country (Georgia) may be meant as well as the country, whatever their sizes.
        abroad = [PLACE if k.what == "division" else _size(k) for k in places[1:] if k.country != places[0].country]
        if places and places[0].country and all(_size(places[0]) - size >= SURE for size in abroad):
            sure[places[0]] = None
        if len(sure) == MAX_EVIDENCE:
            break
    return tuple(sure)


_BEHIND = re.compile(r"(?:,\s{1,2}|\s{1,2}\(|,?\s{1,2}in\s{1,2})((?:[^\W\d_]+\.?(?:[ -](?=[A-Z]))?){1,4})")


def neighbour(text: str, end: int, language: str | None) -> tuple[Known, ...]:
    """The state or country that stands behind a name ending at `end`: ", Texas", ", Ill.", " (Scotland)", " in Peru".

    Empty if something else stands there.
    """
    match = _BEHIND.match(text[end : end + 60])
    words = match.group(1).split() if match else []
    for length in range(min(len(words), 4), 0, -1):
        name = " ".join(words[:length])
        short = abbreviations().get(name) if "in " not in text[end : match.start(1) + end if match else end] else None
        larger = ("country", "division", "place")
        found = tuple(k for k in meanings_of(name.rstrip("."), language) if k.kind == "LOC" and k.what in larger)
        if short is not None or found:
            return (*((short,) if short else ()), *found)
    return ()


def _size(known: Known) -> float:
    if known.what == "country":
        return COUNTRY
    if known.what == "place":
        return PLACE
    if known.what == "division":
        return DIVISION
    bonus = (CAPITAL if known.is_capital else 0.0) + (0.0 if known.is_primary else ALTERNATE_NAME)
    return math.log10(max(known.population, 1)) + bonus


def _company(known: Known, others: Sequence[Known]) -> float:
    """What the article's other places say."""
    total = 0.0
    if known.division and any(place.division == known.division for place in others):
        total += SAME_DIVISION
    if known.what == "division" and any(p.what == "division" and p.country == known.country for p in others):
        total += SIBLING
    distances = [_kilometres(known, place) for place in others if place.what == "city"] if known.what == "city" else []
    nearest = min(distances, default=math.inf)
    return total + (NEAR if nearest <= NEAR_KM else NEARBY if nearest <= NEARBY_KM else 0.0)


def _beside(known: Known, beside: Sequence[Known]) -> float:
    if any(known.division and place.division == known.division and place != known for place in beside):
        return BESIDE_DIVISION
    return BESIDE_COUNTRY if any(place.country == known.country and place.country for place in beside) else 0.0


def _kilometres(a: Known, b: Known) -> float:
    """Great-circle distance (haversine, a sphere of 6371 km); infinite where a place has no coordinates."""
    if a.latitude is None or a.longitude is None or b.latitude is None or b.longitude is None:
        return math.inf
    north_a, north_b = math.radians(a.latitude), math.radians(b.latitude)
    east = math.radians(b.longitude - a.longitude)
    half = math.sin((north_b - north_a) / 2) ** 2 + math.cos(north_a) * math.cos(north_b) * math.sin(east / 2) ** 2
    return 2 * 6371.0 * math.asin(min(1.0, math.sqrt(half)))


@lru_cache(maxsize=10_000)
def called(known: Known) -> str:
    """The name that an entity carries for it: its own, with where it lies if another place is meant by the bare name.

    So London is the one in England, "London, Canada" another entity; names of one place are the same in every article.
    """
    if known.what not in ("city", "division"):
        return known.name
    namesakes = [k for k in meanings_of(known.name, None) if k.kind == known.kind]
    if not namesakes or _is_same(choose(namesakes), known):
        return known.name
    division = divisions().get(known.division or "") if known.what == "city" else None
    country = countries().get(known.country or "")
    where = division.name if division else country.name if country else known.country
    return f"{known.name}, {where}" if where else known.name


def _is_same(one: Known, other: Known) -> bool:
    return (one.geonames_id, one.what, one.division, one.country) == (
        other.geonames_id, other.what, other.division, other.country,
    )  # fmt: skip
