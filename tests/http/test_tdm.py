"""Reservations against text and data mining, level by level."""

from __future__ import annotations

from typing import Any

import pytest
from yarl import URL

from pipeline.http import robots
from pipeline.http.tdm import OptOut, reservation
from pipeline.settings import Settings

LEVELS: tuple[OptOut, ...] = ("off", "robots", "tdm", "all")


def levels(headers: dict[str, str], body: bytes = b"<html>") -> str:
    """The levels at which this page is not kept."""
    from multidict import CIMultiDict

    return " ".join(level for level in LEVELS if reservation(CIMultiDict(headers), body, level))


@pytest.mark.parametrize(
    ("headers", "body", "kept_out_at"),
    [
        ({}, b"<html>", ""),
        ({"TDM-Reservation": "1"}, b"<html>", "tdm all"),
        ({"tdm-reservation": "0"}, b"<html>", ""),
        ({}, b'<head><meta name="tdm-reservation" content="1">', "tdm all"),
        ({}, b"<HEAD><META CONTENT='1' NAME='TDM-Reservation'/>", "tdm all"),
        ({}, b"<meta name=tdm-reservation content=1>", "tdm all"),
        ({}, b'<meta name="tdm-reservation" content="0">', ""),
        ({}, b"<p>tdm-reservation: 1</p>", ""),
        ({}, b" " * 70_000 + b'<meta name="tdm-reservation" content="1">', ""),  # that is no head any more
        ({}, b'<head></head><body><pre><meta name="tdm-reservation" content="1">', ""),  # a page about it
        ({"X-Robots-Tag": "noai, noimageai"}, b"", "all"),
        ({"X-Robots-Tag": "otherbot: noai"}, b"", "all"),
        ({"X-Robots-Tag": "noindex, noaid"}, b"", ""),
        ({}, b'<meta name="robots" content="index, NOAI">', "all"),
        ({}, b'<meta name="robots" content="noindex">', ""),
        ({}, b'<meta name="description" content="noai">', ""),
        ({}, b"<meta " * 20_000 + b"tdm-reservation", ""),
    ],
)
def test_pages(headers: dict[str, str], body: bytes, kept_out_at: str) -> None:
    assert levels(headers, body) == kept_out_at


@pytest.mark.parametrize(
    ("agent", "kept_out_at"),
    [
        ("*", "off robots tdm all"),
        ("MediaMonitor", "off robots tdm all"),
        ("magpie-crawler", "robots tdm all"),
        ("GPTBot", "all"),
        ("CCBot", "all"),
        ("Googlebot", ""),
    ],
)
def test_robots_rules_for_others(agent: str, kept_out_at: str) -> None:
    body = f"User-agent: {agent}\nDisallow: /".encode()
    url = URL("https://news.example/2026/ferry")
    found = " ".join(level for level in LEVELS if not robots.parse(body, "MediaMonitor/1.0", level).allows(url))
    assert found == kept_out_at


@pytest.mark.parametrize(
    ("value", "level"),
    [("off", "off"), ("all", "all"), ("true", "robots"), ("1", "robots"), ("False", "off"), (True, "robots")],
)
def test_the_setting_was_yes_or_no_once(value: Any, level: str) -> None:
    assert Settings(_env_file=None, respect_tdm_opt_out=value).respect_tdm_opt_out == level
