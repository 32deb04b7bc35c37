"""Containers: blocks that are named alike stand together; the fullest container is the best."""

from __future__ import annotations

import numpy as np
import pytest
from trafilatura.utils import load_html

from pipeline.clean.blocks import Block, blocks_of
from pipeline.clean.containers import COLUMNS, columns, groups_of
from tests.clean.newspage import SENTENCES, page


def _blocks(body: str) -> list[Block]:
    return blocks_of(load_html(f"<html><body>{body}</body></html>"))


def _split(first: str, second: str) -> list[Block]:
    return _blocks(
        f'<main><div class="{first}"><p>{SENTENCES[0]}</p></div><div class="{second}"><p>{SENTENCES[1]}</p>'
        f'<p class="note">{SENTENCES[2]}</p></div></main>'
    )


@pytest.mark.parametrize(
    ("first", "second", "is_same"),
    [("text", "text", True), ("text-1", "text-22", True), ("text", "teaser", False), ("text", "", False)],
)
def test_a_body_over_siblings_of_one_name_is_one_group(first: str, second: str, is_same: bool) -> None:
    groups = groups_of(_split(first, second))
    assert bool(groups.path[0] == groups.path[1]) == is_same
    assert bool(groups.kind[0] == groups.kind[1]) == is_same


def test_ways_of_standing_together() -> None:
    groups = groups_of(_split("text", "text"))
    assert groups.path[1] != groups.path[2]  # the note has a name of its own
    assert groups.parent[0] != groups.parent[1] == groups.parent[2]
    assert groups.grandparent.tolist() == [groups.grandparent[0]] * 3


def test_the_same_element_far_up_elsewhere_is_another_path_but_the_same_kind() -> None:
    first, second = _blocks(
        f'<main><div class="text"><p>{SENTENCES[0]}</p></div></main><aside><div class="text"><p>{SENTENCES[1]}</p></div></aside>'
    )
    groups = groups_of([first, second])
    assert groups.path[0] != groups.path[1]
    assert groups.kind[0] == groups.kind[1]


def _column(found: np.ndarray, name: str) -> list[float]:
    return list(found[:, COLUMNS.index(name)])


def test_what_is_known_of_a_group_by_hand() -> None:
    blocks = _split("text", "text")
    size = np.array([100.0, 300.0, 50.0])
    kept = np.array([[1.0, 1.0, 1.0], [0.0, 1.0, 1.0], [0.4, 0.0, 1.0]])
    found = columns(blocks, groups_of(blocks), kept, size, np.array([True, True, False]))
    assert found.shape == (3, len(COLUMNS))
    assert _column(found, "path_strict") == [0.25, 0.25, 0.0]
    assert _column(found, "path_loose") == [1.0, 1.0, 0.0]
    assert _column(found, "path_prose") == [1.0, 1.0, 0.0]
    assert _column(found, "path_count") == [2.0, 2.0, 1.0]
    assert _column(found, "path_mass") == [1.0, 1.0, 0.0]
    assert _column(found, "parent_prose") == [0.25, 0.75, 0.75]
    assert _column(found, "parent_loose") == [1.0, pytest.approx(300 / 350), pytest.approx(300 / 350)]


def test_the_article_is_the_best_container_and_menus_are_far_from_it() -> None:
    blocks = blocks_of(load_html(page()))
    size = np.array([float(len(block.squeezed)) for block in blocks])
    found = columns(blocks, groups_of(blocks), np.ones((len(blocks), 3)), size, size > 80)
    distance = dict(zip([block.text for block in blocks], _column(found, "best_distance"), strict=True))
    assert distance[" ".join(SENTENCES[:2])] == 1
    assert distance["Home Region Sport"] == distance["Imprint © 2026 Valley Post"] == 50
    shares = set(_column(found, "best_share"))
    assert len(shares) == 1
    assert 0.7 < shares.pop() < 1


def test_a_container_of_links_is_never_the_best() -> None:
    links = "".join(f'<p><a href="/{n}">{sentence}</a></p>' for n, sentence in enumerate(SENTENCES * 3))
    blocks = _blocks(f'<div class="story">{links}</div><div class="x"><p>{SENTENCES[0]}</p><p>{SENTENCES[3]}</p></div>')
    size = np.array([float(len(block.squeezed)) for block in blocks])
    found = columns(blocks, groups_of(blocks), np.ones((len(blocks), 3)), size, size > 80)
    assert _column(found, "best_distance")[-2:] == [1, 1]
    assert _column(found, "best_distance")[0] == 50
