"""AMP addresses: which plain address they would have, and what is left alone."""

from __future__ import annotations

import pytest

from pipeline.discover.twins import without_amp

PLAIN = "https://www.dockside.example/2026/11/quay-reopens"


@pytest.mark.parametrize(
    ("url", "plain"),
    [
        (f"{PLAIN}/amp", PLAIN),
        (f"{PLAIN}/amp/", PLAIN),
        (f"{PLAIN}?amp", PLAIN),
        (f"{PLAIN}?amp=1", PLAIN),
        (f"{PLAIN}?page=2&amp=true", f"{PLAIN}?page=2"),
        (f"{PLAIN}.amp.html", f"{PLAIN}.html"),
        (f"{PLAIN}.amp", PLAIN),
        ("https://amp.dockside.example/2026/11/quay-reopens", "https://dockside.example/2026/11/quay-reopens"),
        ("https://www.dockside.example/amp/2026/11/quay-reopens", PLAIN),
        ("https://amp.dockside.example/quay/amp/?amp=1", "https://dockside.example/quay"),
        ("https://amp.dockside.example:8080/quay", "https://dockside.example:8080/quay"),
    ],
)
def test_marks_of_amp_are_taken_off(url: str, plain: str) -> None:
    assert without_amp(url) == plain


@pytest.mark.parametrize(
    "url",
    [
        PLAIN,
        "https://www.dockside.example/music/marshall-amp-returns",
        "https://www.dockside.example/camp/amplify",
        "https://www.dockside.example/story?ampere=1",
        "https://www.dockside.example/story?amp=no",
        "https://www.dockside.example/amp",
        "https://amp.dockside.example/",
        "https://amp.example/story",
        "https://www.champ.example/a.amplified.html",
    ],
)
def test_other_addresses_have_no_plain_form(url: str) -> None:
    assert without_amp(url) is None
