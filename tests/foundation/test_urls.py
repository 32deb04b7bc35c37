"""The rule of url_key is part of the data: these values may only change with a migration."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.errors import Skip
from pipeline.urls import absolute, host_of, is_home_or_section, normalize, registrable_domain, url_key


@pytest.mark.parametrize(
    ("given_url", "normal"),
    [
        ("HTTP://www.Example.CO.uk:80/a/../b/?utm_source=x&id=3&b=1#f", "http://www.example.co.uk/b/?id=3&b=1"),
        ("https://example.org", "https://example.org/"),
        ("https://example.org:443/a%7Eb", "https://example.org/a~b"),
        ("http://example.org:8080/ä b", "http://example.org:8080/%C3%A4%20b"),
        ("https://Müller.example/x", "https://xn--mller-kva.example/x"),
        ("http://[::1]:80/a", "http://[::1]/a"),
        ("https://example.org/?fbclid=1&gclid=2", "https://example.org/"),
        ("https://example.org/news?cid=42", "https://example.org/news?cid=42"),
        ("drop://clippings/a b.txt", "drop://clippings/a b.txt"),
    ],
)
def test_normal_form(given_url: str, normal: str) -> None:
    assert normalize(given_url) == normal


def test_key_is_pinned() -> None:
    assert url_key("https://example.org/news/1?b=2&a=1") == "a03a39ccfba598a38122728e17b56841"


@pytest.mark.parametrize(
    "twin",
    [
        "http://example.org/story",
        "https://www.example.org/story",
        "https://example.org/story/",
        "https://example.org/story?utm_campaign=a",
        "https://EXAMPLE.org/story#comments",
    ],
)
def test_twins_have_one_key(twin: str) -> None:
    assert url_key(twin) == url_key("https://example.org/story")


@pytest.mark.parametrize(
    "other", ["https://example.org/story?id=1", "https://example.org/Story", "https://m.example.org/story"]
)
def test_others_do_not(other: str) -> None:
    assert url_key(other) != url_key("https://example.org/story")


def test_order_of_parameters_does_not_matter() -> None:
    assert url_key("https://example.org/?a=1&b=2") == url_key("https://example.org/?b=2&a=1")


@pytest.mark.parametrize(
    "bad",
    [
        "",
        "mailto:a@b.c",
        "javascript:void(0)",
        "http://",
        "http://[::1",
        "http://a:99999/",
        "/x",
        "http://\U000f0000/x",
        "http://" + "a" * 3000,
        # Found by fuzzing: what IDNA or the splitting of addresses makes of odd names is no name of a host.
        "https://docks\u00adidé .example/",
        "https://www.a\uff3b.example/",
        "https://a..example/",
        "http://[fe80::1%eth0]/",
        "http://[::f%\r\n0.0.0.1]/",
        "http://a.example/\ud800",
        "http://\u3002/",
    ],
)
def test_no_address_is_a_skip(bad: str) -> None:
    with pytest.raises(Skip, match="bad_url"):
        normalize(bad)


def test_links_as_found_on_a_page() -> None:
    base = "https://example.org/news/index.html"
    assert absolute("/a", base) == "https://example.org/a"
    assert absolute("//cdn.example.org/a", base) == "https://cdn.example.org/a"
    assert absolute(" story\x00 1 ", base) == "https://example.org/news/story%201"


def test_a_dot_of_another_alphabet_ends_a_name_too() -> None:
    assert (
        normalize("http://köln.example\u3002/a") == normalize("http://köln.example/a") == "http://xn--kln-sna.example/a"
    )


def test_an_empty_parameter_is_none() -> None:
    base = "https://example.org/"
    assert absolute("/a;", base) == absolute("https://example.org/a;", base) == "https://example.org/a"
    assert url_key("http://example.org/a%3B") == url_key("https://example.org/a")
    assert absolute("/a;b", base) == "https://example.org/a;b"
    assert absolute("/a/..;", base) == absolute("/a/%2E%2e/", base) == "https://example.org/"


def test_registrable_domain() -> None:
    assert registrable_domain("news.bbc.co.uk:443") == "bbc.co.uk"
    assert registrable_domain("harbour.localhost:8790") == "harbour.localhost"
    assert registrable_domain("127.0.0.1:80") == "127.0.0.1"


def test_home_and_section_pages() -> None:
    assert is_home_or_section("https://example.org/")
    assert is_home_or_section("https://example.org/sport/football/")
    assert not is_home_or_section("https://example.org/sport/city-win-cup")
    assert not is_home_or_section("https://example.org/2026/11/23/news")


@given(st.text())
def test_any_text_is_normal_or_skipped_and_stable(anything: str) -> None:
    try:
        once = normalize("https://example.org/" + anything)
    except Skip:
        return
    assert normalize(once) == once
    assert url_key(once) == url_key("https://example.org/" + anything)
    assert host_of(once) == "example.org"
