"""Cities and what other languages call them."""

from __future__ import annotations

import pytest

from pipeline.tag.gazetteer import meanings_of


@pytest.mark.parametrize(
    ("name", "language", "geonames_id"),
    [
        ("Cairo", "en", 360630), ("القاهرة", "ar", 360630), ("Каир", "ru", 360630), ("开罗", "zh", 360630),
        ("カイロ", "ja", 360630), ("카이로", "ko", 360630), ("ไคโร", "th", 360630), ("קהיר", "he", 360630),
        ("دہلی", "ur", 1273294), ("दिल्ली", "hi", 1273294), ("ঢাকা", "bn", 1185241), ("تهران", "fa", 112931),
        ("Κάιρο", "el", 360630), ("Hà Nội", "vi", 1581130),
    ],
)  # fmt: skip
def test_one_city_in_many_scripts(name: str, language: str, geonames_id: int) -> None:
    assert geonames_id in {known.geonames_id for known in meanings_of(name, language)}


def test_a_citys_division_is_known_where_the_codes_match() -> None:
    assert {"US-IL", "US-MO"} <= {known.division for known in meanings_of("Springfield", "en")}
    assert {known.division for known in meanings_of("Toronto", "en")} == {"CA-ON"}
