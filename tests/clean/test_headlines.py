"""What a title tag adds to the headline."""

from __future__ import annotations

import pytest

from pipeline.clean.headlines import suffix_of


@pytest.mark.parametrize(
    ("title_tag", "headline", "suffix"),
    [
        ("Bridge to be rebuilt | Valley Post", "Bridge to be rebuilt", "Valley Post"),
        ("Bridge to be rebuilt - Region - Valley Post", "Bridge to be rebuilt", "Region - Valley Post"),
        ("Valley Post – Bridge to be rebuilt", "Bridge to be rebuilt", "Valley Post"),
        ("Bridge to be… | Valley Post", "Bridge to be rebuilt", "Valley Post"),
        ("议会决定重建大桥_谷报网", "议会决定重建大桥", "谷报网"),
        ("議会は橋の再建を決定：谷新聞", "議会は橋の再建を決定", "谷新聞"),
        ("議會決定重建大橋【谷報】", "議會決定重建大橋", "谷報"),
        ("Arden - Brask 3:1 - Valley Post", "Arden - Brask 3:1", "Valley Post"),
        ("Cafe\u0301 opens | Valley Post", "Café opens", "Valley Post"),
        ("Bridge to be rebuilt", "Bridge to be rebuilt", None),
        ("Bridge to be rebuilt", "", None),
        ("Rowers win | Valley Post", "Bridge to be rebuilt", None),
        ("Bridge | one two three four five six seven eight nine", "Bridge", None),
    ],
)
def test_what_the_title_tag_adds(title_tag: str, headline: str, suffix: str | None) -> None:
    assert suffix_of(title_tag, headline) == suffix
