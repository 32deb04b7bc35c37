"""Readings: three texts of one page, and how much of a block each of them kept."""

from __future__ import annotations

from lxml import etree
from trafilatura.utils import load_html

from pipeline.clean.blocks import Block, blocks_of, squeeze
from pipeline.clean.readings import NAMES, read_all, reading_of
from tests.clean.newspage import SENTENCES, clean_lines, page

TREE = load_html("<html><body><p>x</p></body></html>")


def _block(text: str) -> Block:
    return Block(text, TREE, 0, squeeze(text))


def test_a_long_block_is_kept_wherever_its_words_stand() -> None:
    reading = reading_of("strict", "\n".join(clean_lines()))
    assert reading.share(_block(SENTENCES[1])) == 1
    assert reading.share(_block(SENTENCES[1].upper().replace(" ", "\xa0"))) == 1
    assert reading.share(_block("The rowers of Kilmore won the third race of the year in heavy rain.")) == 0


def test_a_short_block_must_be_a_line() -> None:
    reading = reading_of("strict", "Share the road\nWhat it costs\nThe council met.")
    assert reading.share(_block("What it costs:")) == 1
    assert reading.share(_block("Share")) == 0
    assert reading.share(_block("council met")) == 0


def test_a_block_cut_in_half_is_half_kept() -> None:
    whole = " ".join(SENTENCES)
    share = reading_of("loose", whole[: len(whole) // 2]).share(_block(whole))
    assert 0.35 <= share <= 0.6
    joined = reading_of("loose", f"{SENTENCES[0]} and {SENTENCES[1]}")
    assert 0.5 <= joined.share(_block(f"{SENTENCES[0]} {SENTENCES[1]}")) < 1


def test_an_empty_reading_keeps_nothing() -> None:
    assert [reading_of("strict", "").share(_block(text)) for text in ("Share", SENTENCES[0])] == [0, 0]


def test_all_three_read_an_ordinary_page_and_leave_it_alone() -> None:
    tree = load_html(page())
    before = etree.tostring(tree)
    readings = read_all(tree, "https://valleypost.example/region/bridge-4711")
    assert tuple(reading.name for reading in readings) == NAMES
    assert etree.tostring(tree) == before
    blocks = {block.text: block for block in blocks_of(tree)}
    for reading in readings:
        assert [reading.share(blocks[line]) for line in clean_lines()] == [1] * len(clean_lines()), reading.name
        assert reading.share(blocks["Imprint © 2026 Valley Post"]) == 0, reading.name


def test_a_page_that_no_extractor_reads_gives_three_empty_texts() -> None:
    readings = read_all(load_html("<html><body><nav><a href='/'>Home</a></nav></body></html>"), None)
    assert [reading.name for reading in readings] == list(NAMES)
    assert all(len(reading.squeezed) <= len("home") for reading in readings)
