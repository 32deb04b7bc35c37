"""Countries and territories: complete, and no id twice."""

from __future__ import annotations

import re

import pytest

from pipeline.tag.names.countries import capitals, countries
from pipeline.tag.names.divisions import abbreviations, divisions


def test_every_country_has_a_code_and_no_two_share_a_qid() -> None:
    known = countries()
    qids = [k.qid for k in known.values() if k.qid]
    assert len(qids) == len(set(qids))
    assert {"PK": "Q843", "IN": "Q668", "GB": "Q145", "US": "Q30"}.items() <= {
        c: k.qid for c, k in known.items()
    }.items()
    assert all(re.fullmatch(r"Q[1-9]\d*", qid) for qid in qids)
    assert {c for c, k in known.items() if k.qid is None} == {"GG", "GS", "SH", "SJ"}  # not certain


@pytest.mark.parametrize("code", ["HK", "PR", "XK", "TW", "PS", "GL", "MO"])
def test_territories_carry_all_that_countries_do(code: str) -> None:
    known = countries()[code]
    assert known.qid
    assert known.geonames_id
    assert known.population > 50_000
    assert known.latitude is not None


def test_a_countrys_coordinates_are_its_capitals() -> None:
    france = countries()["FR"]
    assert (france.latitude, france.longitude) == (pytest.approx(48.85, abs=0.1), pytest.approx(2.35, abs=0.1))
    assert france.geonames_id == 3017382
    assert capitals()["BR"]["geonameid"] == 3469058  # Brasília, which GeoNames writes without its accent there
    assert {code for code, k in countries().items() if k.latitude is None} == {"BQ", "PW", "TK"}


def test_divisions_carry_their_codes() -> None:
    assert divisions()["US-TX"].geonames_id == 4736286
    assert divisions()["CA-ON"].country == "CA"
    assert abbreviations()["Ill."] is divisions()["US-IL"]
    assert abbreviations()["ON"] is divisions()["CA-ON"]
