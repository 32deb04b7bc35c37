"""What an address says of the day."""

from __future__ import annotations

import pytest

from pipeline.clean.stated_dates import date_in_url, month_in_url


@pytest.mark.parametrize(
    ("url", "day"),
    [
        ("https://valleypost.example/2026/11/23/bridge", "2026-11-23"),
        ("https://valleypost.example/2026/nov/23/bridge", "2026-11-23"),
        ("https://valleypost.example/region/bridge-20261123.html", "2026-11-23"),
        ("https://valleypost.example/2026-11-23-bridge", "2026-11-23"),
        ("https://valleypost.example/2026/13/45/bridge", None),
        ("https://valleypost.example/article/1120261123456", None),
        ("https://valleypost.example/", None),
    ],
)
def test_days_in_addresses(url: str, day: str | None) -> None:
    found = date_in_url(url)
    assert (found.date().isoformat() if found else None) == day


def test_a_month_in_an_address_is_a_month() -> None:
    found = month_in_url("https://valleypost.example/2026/11/bridge")
    assert found is not None
    assert (found.year, found.month) == (2026, 11)
    assert month_in_url("https://valleypost.example/2026/13/bridge") is None
