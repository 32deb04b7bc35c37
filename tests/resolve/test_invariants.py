"""What holds for any night, however its addresses, canonical links and texts are tangled."""

from __future__ import annotations

import dataclasses
from collections import Counter
from datetime import timedelta

from hypothesis import given, settings
from hypothesis import strategies as st

from pipeline.records import KnownArticle, KnownText, Resolution
from pipeline.resolve.looks import Look
from pipeline.urls import url_key
from tests.resolve.looks import FETCHED, SEEN, known, known_text, look, resolved

ADDRESSES = [
    *(f"https://tribune.example/2026/11/20/story-number-{n}" for n in range(4)),
    "https://www.courier.example/a/91-wire",
    "https://www.courier.example/a/92-wire",
    "https://tribune.example/",
]
TEXTS = ["first text", "second text", "third text"]
addresses, texts = st.sampled_from(ADDRESSES), st.sampled_from(TEXTS)


@st.composite
def nights(draw: st.DrawFn) -> tuple[list[Look], list[KnownArticle], list[KnownText]]:
    articles = [
        known(url, draw(texts), first_seen_at=SEEN - timedelta(days=draw(st.integers(1, 5))))
        for url in draw(st.lists(addresses, unique=True, max_size=4))
    ]
    own = {article.url_key for article in articles}
    others = draw(st.lists(addresses.filter(lambda u: url_key(u) not in own), unique=True, max_size=2))
    rows = list(articles)
    for url in others if articles else []:
        article = draw(st.sampled_from(articles))
        rows.append(dataclasses.replace(article, address_key=url_key(url)))
    looks = [
        look(
            n,
            draw(addresses),
            draw(texts),
            final_url=draw(addresses),
            canonical_url=draw(st.none() | addresses),
            title=draw(st.sampled_from([None, "One headline", "Another headline"])),
            word_count=draw(st.sampled_from([20, 300])),
            first_seen_at=SEEN + timedelta(minutes=draw(st.integers(0, 3))),
            fetched_at=FETCHED - timedelta(days=draw(st.sampled_from([0, 0, 9])), seconds=draw(st.integers(0, 2))),
            verdict=draw(st.sampled_from(["ok", "ok", "ok", "quarantined"])),
            verdict_reason="teaser",
        )
        for n in range(draw(st.integers(0, 7)))
    ]
    return looks, rows, [known_text(article.url, "first text", article.first_seen_at) for article in articles[:2]]


def _without_batch(rows: dict[int, Resolution]) -> list[Resolution]:
    return [dataclasses.replace(rows[n], batch="") for n in sorted(rows)]


@settings(max_examples=300, deadline=None)
@given(nights())
def test_every_page_gets_one_resolution_and_every_article_is_stored_once(night: tuple) -> None:  # type: ignore[type-arg]
    looks, articles, known_texts = night
    rows = resolved(looks, articles, known_texts)
    assert sorted(rows) == sorted(look.entry_id for look in looks)
    stored = Counter(row.article_key for row in rows.values() if row.action != "end")
    assert set(stored.values()) <= {1}
    held = {a.url_key for a in articles} | {t.url_key for t in known_texts} | stored.keys()
    for row in rows.values():
        if row.state in ("duplicate", "unchanged", "loaded"):
            assert row.article_key in held
        assert url_key(row.article_url) == row.article_key
        assert row.copy_of_key != row.article_key


@settings(max_examples=300, deadline=None)
@given(nights())
def test_an_address_leads_to_one_article(night: tuple) -> None:  # type: ignore[type-arg]
    looks, articles, known_texts = night
    rows = resolved(looks, articles, known_texts)
    carried = Counter(url_key(url) for row in rows.values() for url in row.address_urls)
    assert set(carried.values()) <= {1}
    assert not carried.keys() & {article.address_key for article in articles}
    for look_ in looks:
        row = rows[look_.entry_id]
        if row.state in ("duplicate", "unchanged", "loaded"):
            # A page that was refused says nothing of the address it was redirected to.
            is_refused = look_.verdict != "ok" or look_.final_address.endswith("example/")
            leading = url_key(look_.url if is_refused else look_.final_url)
            assert leading in carried or leading in {article.address_key for article in articles}


@settings(max_examples=300, deadline=None)
@given(nights(), st.randoms(use_true_random=False))
def test_neither_order_nor_batches_matter(night: tuple, random) -> None:  # type: ignore[no-untyped-def,type-arg]
    looks, articles, known_texts = night
    before = _without_batch(resolved(looks, articles, known_texts))
    shuffled = [dataclasses.replace(look_, batch=f"{random.randint(0, 3):03}") for look_ in looks]
    for rows in (shuffled, articles, known_texts):
        random.shuffle(rows)
    assert _without_batch(resolved(shuffled, articles, known_texts)) == before
