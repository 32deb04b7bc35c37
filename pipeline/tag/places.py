"""Which of several places of one name is meant: by size, the article's other countries and the outlet's own."""

from __future__ import annotations

import math
from collections.abc import Iterable

from pipeline.tag.gazetteer import Known

_SIZE_OF_DIVISION = 5.3
"""A province counts like a city of 200,000: Punjab beats the town, New York City beats the state."""
_OF_THE_ARTICLE = 1.5
"""A country the article names makes its places 30 times likelier (10 ** 1.5)."""
_OF_THE_OUTLET = 0.8


def choose(meanings: Iterable[Known], countries: frozenset[str], source_country: str | None) -> Known:
    """The likeliest meaning; equal weight falls to the larger, then to the first in the alphabet of countries."""
    return max(
        meanings, key=lambda known: (weight(known, countries, source_country), known.population, known.country or "")
    )


def weight(known: Known, countries: frozenset[str], source_country: str | None) -> float:
    """How likely a meaning is, in powers of ten."""
    near = (_OF_THE_ARTICLE if known.country in countries else 0.0) + (
        _OF_THE_OUTLET if source_country and known.country == source_country else 0.0
    )
    if known.what in ("country", "organisation"):
        return 10.0
    if known.what == "place":
        return 9.0
    if known.what == "division":
        return _SIZE_OF_DIVISION + near
    return math.log10(max(known.population, 1)) + near - (0.0 if known.is_primary else 0.7)
