"""The model: deterministic, rich enough, and consistent from one day to the next."""

from __future__ import annotations

from collections import Counter
from datetime import UTC, date, datetime, time, timedelta

import pytest

from demo import site
from demo.newsroom import Newsroom, slug
from demo.outlets import BY_SLUG, OUTLETS
from demo.stories import raw_stories, stories_of, week_number
from demo.truth import Text, truth
from pipeline.urls import is_home_or_section, url_key

MONDAY = date(2026, 11, 23)
DAYS = [MONDAY + timedelta(days=n) for n in range(7)] + [date(2027, 1, 1), date(2028, 2, 29)]


@pytest.mark.parametrize("day", DAYS, ids=str)
def test_any_week_has_150_original_articles_with_distinct_texts(day: date) -> None:
    newsroom = Newsroom(day)
    originals = [a for a in newsroom.articles if a.copy_of is None]
    assert len(originals) >= 150
    assert len({a.paragraphs for a in originals}) == len(originals)
    assert {a.language for a in originals} >= {"en", "de", "fr", "es", "ar", "ur"}


@pytest.mark.parametrize("day", DAYS, ids=str)
def test_nothing_is_from_the_future_and_addresses_are_unique(day: date) -> None:
    newsroom = Newsroom(day)
    assert max(a.published_at for a in newsroom.served) <= datetime(day.year, day.month, day.day, 2, tzinfo=UTC)
    assert len(newsroom.by_path) == len(newsroom.served)
    assert any(a.published_at.date() == day for a in newsroom.articles)


def test_the_same_date_gives_the_same_bytes() -> None:
    for outlet in OUTLETS:
        paths = ["/", *(feed.path for feed in outlet.feeds), Newsroom(MONDAY).of(outlet.slug)[0].path]
        for path in paths:
            assert site.reply(Newsroom(MONDAY), outlet.slug, path, {}) == site.reply(
                Newsroom(MONDAY), outlet.slug, path, {}
            )


def test_consecutive_weeks_differ_in_every_story() -> None:
    for turn in (MONDAY, date(2026, 12, 28)):  # the second: from ISO week 53 to week 1
        week = week_number(turn)
        for outlet in OUTLETS:
            for weekday in range(7):
                now, then = (stories_of(weekday, outlet.slug, w) for w in (week, week + 1))
                assert [a.id for a in now] == [b.id for b in then]
                for a, b in zip(now, then, strict=True):
                    assert a.paragraphs != b.paragraphs, a.id


def test_an_article_stays_where_it_is_when_the_date_moves_on() -> None:
    today, tomorrow = Newsroom(MONDAY), Newsroom(MONDAY + timedelta(days=1))
    for article in today.articles:
        later = tomorrow.by_path[(article.outlet, article.path)]
        assert later.published_at == article.published_at
        if later.earlier is None:
            assert later.paragraphs == article.paragraphs


def test_every_morning_has_an_article_that_is_edited_by_the_next() -> None:
    for day in DAYS[:7]:
        fresh = [a for a in Newsroom(day).articles if a.later is not None]
        edited = [Newsroom(day + timedelta(days=1)).by_path[(a.outlet, a.path)] for a in fresh]
        assert len(fresh) >= 1
        for before, after in zip(fresh, edited, strict=True):
            assert after.headline != before.headline
            assert after.paragraphs != before.paragraphs
            assert len(after.paragraphs) == len(before.paragraphs)
            assert after.modified_at > after.published_at == before.published_at


def test_the_truth_names_edits_that_stand_and_days_where_only_a_day_is_printed() -> None:
    pages = truth(MONDAY + timedelta(days=1), 8790)
    edited = [p for p in pages if p.before and p.after and p.modified_at and p.modified_at.date() > MONDAY]
    assert len(edited) == 1
    assert edited[0].before != edited[0].after
    assert edited[0].after == Text(edited[0].title or "", edited[0].paragraphs)
    assert edited[0].published_at is not None
    assert edited[0].published_at.date() == MONDAY
    midnights = [p for p in pages if p.published_at and p.published_at.time() == time(0)]
    assert {p.printed_precision for p in midnights} == {"day"}
    assert {p.source_key for p in midnights} == {"savannah-daily"}


def test_wire_copy_is_credited_and_cut_and_one_copy_is_exact() -> None:
    newsroom = Newsroom(MONDAY)
    copies = [a for a in newsroom.articles if a.copy_of]
    exact = [a for a in copies if a.is_exact_copy]
    assert Counter(a.outlet for a in copies) == {"harbour-ledger": 7, "savannah-daily": 7}
    assert len(exact) == 1
    for copy in copies:
        original = newsroom.by_path[copy.copy_of]
        assert copy.published_at > original.published_at
        if copy.is_exact_copy:
            assert copy.paragraphs == original.paragraphs
        else:
            assert copy.headline != original.headline
            assert "(Prairie Wire)" in copy.paragraphs[0]
            lost = sum(map(len, original.paragraphs)) - sum(map(len, copy.paragraphs))
            assert 0 < lost < 400, copy.story_id


def test_stories_are_whole() -> None:
    ids = [story["id"] for stories in raw_stories().values() for story in stories]
    assert len(ids) == len(set(ids))
    for outlet in OUTLETS:
        for weekday in range(7):
            for story in stories_of(weekday, outlet.slug, week_number(MONDAY)):
                text = "\n".join((story.headline, *story.paragraphs))
                assert 4 <= len(story.paragraphs) <= 8, story.id
                assert 150 <= len(text.split()) <= 400, story.id
                assert "{" not in text, story.id
                assert story.topic in TOP_TOPICS, story.id


TOP_TOPICS = {f"medtop:{number:02}000000" for number in range(1, 18)}


def test_all_top_topics_are_written_about_in_english() -> None:
    english = {a.topic for a in Newsroom(MONDAY).articles if a.language == "en"}
    assert english == TOP_TOPICS


@pytest.mark.parametrize("day", DAYS[:7], ids=str)
def test_the_truth_is_about_every_listed_address_once(day: date) -> None:
    pages = truth(day, 8790)
    newsroom = Newsroom(day)
    listed = {
        item.url
        for outlet in OUTLETS
        for feed in outlet.feeds
        if not (feed.html_on_wednesdays and day.weekday() == 2)
        for item in newsroom.items(outlet, feed)
    }
    assert [p.url for p in pages] == list(dict.fromkeys(p.url for p in pages))
    assert {p.url for p in pages} == listed
    entries = [p for p in pages if p.outcome != "same_entry"]
    assert len({url_key(p.url) for p in entries}) == len(entries)
    for page in pages:
        if page.outcome == "same_entry":
            assert url_key(page.url) == url_key(page.alias_of or "")
        if page.outcome == "loaded":
            assert page.title
            assert page.paragraphs
            assert not is_home_or_section(page.url), page.url


def test_each_kind_of_trouble_is_there_on_every_day() -> None:
    wanted = {
        "not_found", "gone", "redirect_loop", "section_page", "home_page", "too_many_always", "too_many_once",
        "error_always", "error_once", "disallowed", "soft_404", "consent_wall", "huge", "charset_lost",
        "charset_missing", "charset_wrong", "slow", "paywall", "redirect_chain", "tracking_twin", "print_twin",
    }  # fmt: skip
    for day in DAYS:
        assert wanted <= {page.case for page in truth(day, 8790)}, day


def test_the_silent_feed_has_nothing_new_and_rests_all_week() -> None:
    outlet = BY_SLUG["faro-del-valle"]
    silent = next(feed for feed in outlet.feeds if feed.scope == "silent")
    lists = []
    for day in DAYS[:7]:
        newsroom = Newsroom(day)
        items = newsroom.items(outlet, silent)
        assert len({item.published_at.date() for item in items}) == 3
        assert newsroom.as_of - max(item.published_at for item in items) > timedelta(days=3)
        lists.append([item.url for item in items])
    assert all(urls == lists[0] for urls in lists)


def test_a_slug_is_plain_ascii_for_latin_scripts_and_keeps_others() -> None:
    assert slug("Fähre fällt aus: „Straße“ gesperrt") == "faehre-faellt-aus-strasse-gesperrt"
    assert slug("کراچی میں بارش") == "کراچی-میں-بارش"
