"""The page that shows tagged texts in a browser."""

from __future__ import annotations

import re
from html.parser import HTMLParser

from pipeline.tag.html import MAX_TEXTS, SHOWN_CHARS, as_html
from pipeline.tag.interfaces import ScoredTopic
from pipeline.tag.tagged import TaggedText
from tests.tag.mentions import mention, tagged

TEXT = "Senator Miriam Okafor went to London.\nLater Okafor left."
_VOID = {"meta", "input"}


class _Page(HTMLParser):
    """Start tags with their attributes, the text outside of cards, and whether every tag was closed in turn."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.text = ""
        self.is_nested = True
        self._open: list[tuple[str, str | None]] = []
        self.feed(html)
        self.is_nested = self.is_nested and not self._open

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))
        if tag not in _VOID:
            self._open.append((tag, dict(attrs).get("class")))

    def handle_endtag(self, tag: str) -> None:
        self.is_nested = self.is_nested and bool(self._open) and self._open.pop()[0] == tag

    def handle_data(self, data: str) -> None:
        if not any(tag == "style" or name == "card" for tag, name in self._open):
            self.text += data

    def of(self, tag: str) -> list[dict[str, str | None]]:
        return [attrs for name, attrs in self.tags if name == tag]


def _okafor() -> TaggedText:
    return tagged(
        TEXT,
        mention(TEXT, "Miriam Okafor", role="Senator", in_title=True, method="model"),
        mention(
            TEXT,
            "London",
            "LOC",
            country="GB",
            qid="Q84",
            geonames_id=2643743,
            population=8961989,
            score=0.42,
        ),
        mention(TEXT, "Okafor", start=30, name="Miriam Okafor", in_title=True),
        title="Miriam Okafor: a journey",
        topics=(
            ScoredTopic("medtop:11000000", "politics", 1, 0.83, True, ("text", "address"), ("ballot", "mayor")),
            ScoredTopic("medtop:15000000", "sport", 1, 0.2, False),
            ScoredTopic("medtop:20000574", "election", 2, 0.15, False),
            ScoredTopic("medtop:07000000", "health", 1, 0.04, False),
        ),
    )


def test_names_are_marked_by_kind_in_text_and_title() -> None:
    page = _Page(as_html([_okafor()]))
    assert page.is_nested
    assert [(m["class"], m["data-kind"], m["tabindex"]) for m in page.of("mark")] == [
        ("PER", "PER", "0"),
        ("PER", "PER", "0"),
        ("LOC faint", "LOC", "0"),
        ("PER", "PER", "0"),
    ]
    for line in TEXT.split("\n"):
        assert line in page.text


def test_a_card_says_what_is_known_of_a_mention() -> None:
    cards = re.findall(r'<span class="card".*?</i></span>', as_html([_okafor()]))
    plain = [" ".join(re.sub("<[^>]+>", " ", card).split()) for card in cards]
    assert plain[1] == "Miriam Okafor person · Senator · in the title score 0.90, found by the trained model"
    assert plain[2] == (
        "London place · United Kingdom (GB) score 0.42, found by rules · 8,961,989 inhabitants Q84 GeoNames 2643743"
    )


def test_links_are_plain_and_lead_to_wikidata_and_geonames_only() -> None:
    links = _Page(as_html([_okafor()])).of("a")
    assert {link["href"] for link in links} == {
        "https://www.wikidata.org/wiki/Q84",
        "https://www.geonames.org/2643743",
    }
    assert all("noopener" in (link["rel"] or "") for link in links)


def test_the_table_has_the_most_named_first() -> None:
    shown = as_html([_okafor()])
    rows = [re.sub("<[^>]+>", " ", row).split() for row in re.findall(r"<tr class.*?</tr>", shown)]
    assert rows == [
        ["Miriam", "Okafor", "Senator", "PER", "2", "0.90", "yes"],
        ["London", "Q84", "GeoNames", "2643743", "LOC", "GB", "1", "0.42"],
    ]
    assert '<tr class="LOC faint">' in shown


def test_topics_have_bars_with_those_below_them_and_what_else_it_might_be() -> None:
    shown = as_html([_okafor()])
    bars = re.findall(r'<li class="(.*?)"><span>(.*?)</span>.*?--score: ([\d.]+)', shown)
    assert [(" ".join(place.split()), label, score) for place, label, score in bars] == [
        ("", "politics", "0.830"),
        ("below guess", "election (not assigned)", "0.150"),
        ("guess", "sport (not assigned)", "0.200"),
    ]
    assert "what the text means, the address: <bdi>ballot · mayor</bdi>" in shown


def test_every_kind_on_the_page_can_be_switched_off() -> None:
    shown = as_html([_okafor()])
    assert [box["id"] for box in _Page(shown).of("input")] == ["show-PER", "show-LOC"]
    for kind in ("PER", "LOC"):
        assert f"body:has(#show-{kind}:not(:checked)) mark.{kind}" in shown


def test_the_page_runs_nothing_fetches_nothing_and_escapes_everything() -> None:
    evil = "\"'><script>alert(1)</script><img src=x onerror=alert(2)><!--"
    text = f"{evil} Oslo\n{evil}"
    named = mention(text, evil, name=evil, role=evil, qid=evil, country=evil, method=evil, in_title=True)
    topic = ScoredTopic(evil, evil, 1, 0.9, True, (evil,), (evil,))
    item = tagged(text, named, title=evil, text_id=evil, language=evil, topics=(topic,))
    shown = as_html([item, tagged("", text_id=evil, problem=evil)])
    page = _Page(shown)
    assert page.is_nested
    assert {tag for tag, _ in page.tags}.isdisjoint({"script", "img", "iframe", "link", "object"})
    assert not any(name.startswith("on") or name == "src" for _, attrs in page.tags for name in attrs)
    assert all((a["href"] or "").startswith(("https://www.wikidata.org/wiki/%22", "#text-")) for a in page.of("a"))
    assert "url(" not in shown
    assert "<!--" not in shown
    assert page.text.count(evil) > 5


def test_odd_letters_are_shown_or_replaced_in_their_place() -> None:
    text = "\ud800 Oslo\x00 😀 قال في لندن"
    shown = as_html([tagged(text, mention(text, "Oslo", "LOC"), mention(text, "لندن", "LOC"), language="ar")])
    assert shown.encode("utf-8")
    assert "\ufffd Oslo\ufffd 😀 قال في لندن" in _Page(shown).text
    assert '<div class="article" lang="ar">\n<p dir="auto">' in shown


def test_texts_that_are_empty_long_or_unreadable_say_so() -> None:
    empty, unread = tagged("", language=None), tagged("", problem="x:5: not JSON")
    page = _Page(as_html([empty, tagged("a" * (SHOWN_CHARS + 1234)), unread])).text
    assert "There is no text to show." in page
    assert "language unknown" in page
    assert "1,234 more characters are not shown" in page
    assert page.count("a" * 1000) == SHOWN_CHARS // 1000
    assert "Could not be read: x:5: not JSON" in page
    assert "There is no text to show." in _Page(as_html([])).text


def test_what_is_not_on_the_page_is_told() -> None:
    assert "more text" not in as_html([_okafor()])
    assert "1 more text is not on this page." in as_html([_okafor()], left_out=1)
    assert "1,200 more texts are not on this page." in as_html([_okafor()] * 2, left_out=1200)


def test_a_full_page_stays_small() -> None:
    text = "Miriam Okafor of Oslo said so. " * 40
    found = [mention(text, "Miriam Okafor", start=31 * n) for n in range(40)]
    shown = as_html([tagged(text, *found)] * MAX_TEXTS)
    assert len(shown) < 500 * 40 * MAX_TEXTS


def test_the_same_texts_give_the_same_page() -> None:
    assert as_html([_okafor()]) == as_html([_okafor()])
