"""Blocks: one for each paragraph, heading, item and row, in page order, with no word lost and none twice."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from lxml import etree
from lxml import html as HTML  # noqa: N812 - `html` is what the tests call their pages
from lxml.html import HtmlElement
from trafilatura.utils import load_html

from pipeline.clean.blocks import MAX_BLOCKS, blocks_of, share_found, squeeze
from tests.clean.newspage import SENTENCES, clean_lines, page


def _tree(body: str) -> HtmlElement:
    tree = load_html(f"<html><head><title>Valley Post</title></head><body>{body}</body></html>")
    assert tree is not None
    return tree


def _texts(body: str) -> list[str]:
    return [block.text for block in blocks_of(_tree(body))]


@pytest.mark.parametrize(
    ("body", "texts"),
    [
        ("<p>The bridge.</p><p>The ferry.</p>", ["The bridge.", "The ferry."]),
        ("<h1>Bridge</h1><h2>What it costs</h2><p>Four million.</p>", ["Bridge", "What it costs", "Four million."]),
        ("<ul><li>Stone</li><li>Steel</li></ul><ol><li>March</li></ol>", ["Stone", "Steel", "March"]),
        ("<ul><li>Stone<ul><li>grey</li></ul>and more</li></ul>", ["Stone", "grey", "and more"]),
        ("<blockquote>It holds.</blockquote>she said", ["It holds.", "she said"]),
        (
            '<blockquote class="twitter-tweet"><p>It opens in May. <a href="/t">pic.example/1</a></p>&mdash; Tilda Brask '
            '<a href="/s">23 November 2026</a></blockquote>',
            ["It opens in May. pic.example/1", "— Tilda Brask 23 November 2026"],
        ),
        ("<p>The bridge.<br>The ferry.<br><br>The market.</p>", ["The bridge.", "The ferry.", "The market."]),
        ("<pre>pier 1\n  12 t\npier 2</pre>", ["pier 1 12 t pier 2"]),
        ("The bridge.<div>The ferry.</div>The market.", ["The bridge.", "The ferry.", "The market."]),
        ("<div>The <b>old</b> br<i>id</i>ge, <a href='/x'>built</a> in<span> 1790</span>.</div>", ["The old bridge, built in 1790."]),
        ("<dl><dt>Pier</dt><dd>Twelve tonnes</dd></dl>", ["Pier", "Twelve tonnes"]),
        ("<figure><img src='/b.jpg'><figcaption>The ferry</figcaption></figure>", ["The ferry"]),
        ("<p>Bridge</p><hr><p>—</p><p>* * *</p><p>Ferry</p>", ["Bridge", "Ferry"]),
    ],
)  # fmt: skip
def test_boundaries(body: str, texts: list[str]) -> None:
    assert _texts(body) == texts


def test_a_row_of_data_is_one_block() -> None:
    table = "<table><tr><th>Bridge</th><th>Year</th></tr><tr><td>Wenn</td><td>1790</td></tr></table>"
    assert _texts(table) == ["Bridge Year", "Wenn 1790"]


def test_cells_of_a_layout_are_blocks_of_their_own() -> None:
    menu, text = "<td><p>Home</p><p>Region</p><p>Sport</p></td>", f"<td><p>{SENTENCES[0]}</p><p>{SENTENCES[1]}</p></td>"
    assert _texts(f"<table><tr>{menu}{text}</tr></table>") == ["Home", "Region", "Sport", SENTENCES[0], SENTENCES[1]]
    long = " ".join(SENTENCES[:2])
    assert _texts(f"<table><tr><td>Region</td><td>{long}</td></tr></table>") == ["Region", long]


@pytest.mark.parametrize(
    "unseen",
    [
        "<div hidden>The mill.</div>", "<div hidden='until-found'><p>The mill.</p></div>", "<script>mill()</script>",
        "<style>.mill{}</style>", "<noscript><p>The mill.</p></noscript>", "<template><p>The mill.</p></template>",
        "<svg><text>The mill.</text></svg>", "<button>The mill</button>", "<select><option>The mill</option></select>",
        "<textarea>The mill</textarea>", "<iframe>The mill.</iframe>", "<!-- The mill. -->",
    ],
)  # fmt: skip
def test_what_no_reader_sees_is_no_block_and_takes_nothing_with_it(unseen: str) -> None:
    assert _texts(f"<p>The bridge {unseen} stands.</p>{unseen} The ferry.") != []
    assert " ".join(_texts(f"<div>The bridge {unseen} stands.</div>{unseen} The ferry.")).split() == [
        "The", "bridge", "stands.", "The", "ferry.",
    ]  # fmt: skip


def test_a_hidden_body_is_shown_by_a_script_later() -> None:
    tree = load_html("<html><body hidden><p>The bridge.</p></body></html>")
    assert [block.text for block in blocks_of(tree)] == ["The bridge."]


def test_links_are_counted_and_elements_named() -> None:
    links, prose, text = blocks_of(
        _tree('<p><a href="/a">Rowers <b>win</b></a></p><p>See <a href="/b">here</a> too.</p><div>The end.</div>')
    )
    assert [links.link_chars, prose.link_chars, text.link_chars] == [len("Rowers") + len("win"), len("here"), 0]
    assert [block.element.tag for block in (links, prose, text)] == ["p", "p", "div"]


def test_squeezed_is_what_readings_are_compared_by() -> None:
    (block,) = blocks_of(_tree("<p>«Straße» – 1 200\nMENSCHEN_!</p>"))
    assert block.text == "«Straße» – 1 200 MENSCHEN_!"
    assert block.squeezed == "strasse1200menschen"
    assert squeeze("橋、再建。") == "橋再建"


def test_a_second_copy_of_the_whole_text_is_left_out() -> None:
    lines = clean_lines()
    copy = f'<div class="print" style="display:none">{" ".join(lines)}</div>'
    shown = "".join(f"<p>{line}</p>" for line in lines)
    assert _texts(shown + copy) == lines
    assert _texts(copy + shown) == lines


def test_a_long_paragraph_that_others_only_begin_like_stays() -> None:
    lines = clean_lines()
    long = "The ferry of Lower Arden has a history of its own that nobody has written down so far. " * 8
    other = "".join(f"<p>{line}</p>" for line in lines)
    assert _texts(f"{other}<p>{long}</p>") == [*lines, long.strip()]
    assert _texts(f"<p>{long}</p><p>{long[:300]}</p>") == [long.strip(), long[:300].strip()]


def test_share_found() -> None:
    assert share_found("abcdefghij", "xxabcdefghijxx", 4, 3) == 1
    assert share_found("abcdefghij", "abcde", 2, 3) == 0.5
    assert share_found("abcdefghij", "", 2, 3) == 0


@pytest.mark.parametrize("tag", ["div", "b", "td"])
def test_depth_is_no_recursion(tag: str) -> None:
    root = innermost = HTML.Element("div")  # built, as parsers stop at a depth of their own (some 250)
    for _ in range(3_000):
        innermost = etree.SubElement(innermost, tag)
    innermost.text, root[0].tail = "The bridge.", " The ferry."
    texts = [block.text for block in blocks_of(root)]
    assert " ".join(texts) == "The bridge. The ferry."
    assert len(texts) == (1 if tag == "b" else 2)


def test_endless_pages_end() -> None:
    many = blocks_of(_tree("".join(f"<p>Line {n}</p>" for n in range(MAX_BLOCKS + 500))))
    assert [block.text for block in many[:2]] == ["Line 0", "Line 1"]
    assert MAX_BLOCKS <= len(many) <= MAX_BLOCKS + 1


def test_all_of_an_ordinary_page_is_there() -> None:
    found = [block.text for block in blocks_of(load_html(page()))]
    assert found == [
        "Home Region Sport", "Lower Arden will rebuild its flooded bridge", *clean_lines(), "Related",
        "Rowers win in the rain", "Imprint © 2026 Valley Post",
    ]  # fmt: skip


_SHOWN = ("div", "section", "article", "blockquote", "ul", "b", "span", "a", "em", "h2", "details", "center", "font")
_UNSEEN = ("script", "style", "noscript", "template", "svg")
_nodes = st.recursive(
    st.just("text"),
    lambda inner: st.tuples(st.sampled_from((*_SHOWN, *_UNSEEN, "hidden", "br", "row")), st.lists(inner, max_size=4)),
    max_leaves=40,
)


def _written(node: object, seen: Iterator[int], shown: list[str], *, is_shown: bool) -> str:
    """The node as HTML; words that a reader sees are added to `shown` in page order."""
    if node == "text":
        word = f"w{next(seen)}"
        if is_shown:
            shown.append(word)
        return f" {word} "
    assert isinstance(node, tuple)
    tag, children = node
    is_inner_shown = is_shown and tag != "hidden" and tag not in _UNSEEN
    if tag in ("script", "style"):
        return f"<{tag}>{' '.join(f'w{next(seen)}' for child in children if child == 'text')}</{tag}>"
    inner = [_written(child, seen, shown, is_shown=is_inner_shown) for child in children]
    if tag == "br":
        return "<br>".join(inner)
    if tag == "row":
        return f"<table><tr>{''.join(f'<td>{cell}</td>' for cell in inner)}</tr></table>" if inner else ""
    return f"<div hidden>{''.join(inner)}</div>" if tag == "hidden" else f"<{tag}>{''.join(inner)}</{tag}>"


@settings(max_examples=150, deadline=None)
@given(st.lists(_nodes, min_size=1, max_size=5))
def test_every_word_of_a_page_is_in_exactly_one_block_in_its_place(nodes: list[object]) -> None:
    shown: list[str] = []
    numbers = iter(range(10_000))
    html = "".join(_written(node, numbers, shown, is_shown=True) for node in nodes)
    found = [word for text in _texts(html) for word in text.split()]
    assert found == shown, html
