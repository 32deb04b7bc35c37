"""The rules from an attempt to an ending, as a table."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from pipeline.errors import MonitorError, Reason, Retryable, Skip
from pipeline.fetch import verdict
from pipeline.fetch.page_kind import is_supported
from pipeline.fetch.verdict import Ending, Finding
from pipeline.http import HostWaitError
from pipeline.records import State

NOW = datetime(2026, 3, 14, 2, 0, tzinfo=UTC)
HTML = {"Content-Type": "text/html"}


def answer(status: int, headers: dict[str, str] | None = None, *, conditional: bool = False) -> Finding:
    return verdict.of_answer(status, headers or HTML, b"<html>", asked_if_changed=conditional, now=NOW)


@pytest.mark.parametrize(
    ("status", "state", "reason"),
    [
        (200, State.FETCHED, Reason.STORED),
        (203, State.FETCHED, Reason.STORED),
        (404, State.GONE, Reason.NOT_FOUND),
        (410, State.GONE, Reason.GONE),
        (401, None, Reason.CLIENT_ERROR),
        (403, None, Reason.CLIENT_ERROR),
        (451, None, Reason.CLIENT_ERROR),
        (429, None, Reason.TOO_MANY_REQUESTS),
        (500, None, Reason.SERVER_ERROR),
        (599, None, Reason.SERVER_ERROR),
        (304, None, Reason.BROKEN_RESPONSE),
        (300, None, Reason.BROKEN_RESPONSE),
    ],
)
def test_answers(status: int, state: State | None, reason: Reason) -> None:
    found = answer(status)
    assert (found.state, found.reason) == (state, reason)


def test_not_modified_only_when_asked() -> None:
    assert answer(304, conditional=True) == Finding(Reason.NOT_MODIFIED, State.UNCHANGED)


@pytest.mark.parametrize(
    ("error", "state"),
    [
        (Retryable(Reason.TIMEOUT, "silent for 20 s"), None),
        (Retryable(Reason.ROBOTS_UNAVAILABLE, "status 503"), None),
        (Skip(Reason.ROBOTS_DISALLOWED, "no"), State.SKIPPED),
        (Skip(Reason.FORBIDDEN_ADDRESS, "10.0.0.1"), State.SKIPPED),
        (Skip(Reason.TOO_LARGE, "more than 10 MB"), State.SKIPPED),
        (Skip(Reason.BAD_URL, "ftp"), State.SKIPPED),
        (Skip(Reason.REDIRECT_LOOP, "again"), State.FAILED),
        (Skip(Reason.BAD_REDIRECT, "nowhere"), State.FAILED),
        (Skip(Reason.FILE_MISSING, "gone"), State.GONE),
    ],
)
def test_errors(error: MonitorError, state: State | None) -> None:
    found = verdict.of_error(error)
    assert (found.state, found.reason) == (state, error.reason)
    assert found.detail == str(error).partition(": ")[2]


def test_what_is_repeated_and_waited_for() -> None:
    assert answer(500).is_worth_repeating
    assert not answer(403).is_worth_repeating
    assert not answer(429).is_worth_repeating
    assert answer(429, {"Retry-After": "30"}).is_short_wait
    assert not answer(429, {"Retry-After": "31"}).is_short_wait
    assert not answer(429).is_short_wait
    assert not answer(404).is_host_trouble
    assert not answer(403).is_host_trouble
    assert answer(503).is_host_trouble


def test_conclusions() -> None:
    def end(found: Finding, run_count: int = 1) -> Ending:
        return verdict.conclude(found, run_count=run_count, max_attempts=5, now=NOW)

    assert end(answer(200)) == Ending(State.FETCHED, Reason.STORED)
    assert end(answer(500), 4) == Ending(State.CARRIED, Reason.SERVER_ERROR, "status 500")
    assert end(answer(500), 5) == Ending(State.FAILED, Reason.GAVE_UP, "after 5 runs; last server_error: status 500")
    assert end(answer(404), 9) == Ending(State.GONE, Reason.NOT_FOUND)
    assert end(answer(429, {"Retry-After": "3600"})).due_at == NOW + timedelta(hours=1)
    assert end(answer(503, {"Retry-After": "99999999"})).due_at == NOW + timedelta(days=7)


@pytest.mark.parametrize(
    ("error", "ends"),
    [
        (Retryable(Reason.HOST_BUDGET_SPENT, "500 requests"), False),
        (HostWaitError(Reason.HOST_BUSY, "another worker", None), False),
        (HostWaitError(Reason.HOST_BACKOFF, "since 02:00", 60.0, Reason.TOO_MANY_REQUESTS), False),
        (HostWaitError(Reason.HOST_BACKOFF, "since 02:00", 60.0, Reason.UNREACHABLE), True),  # dead for five nights
    ],
)
def test_what_is_not_the_entrys_fault_never_ends_it(error: Retryable, ends: bool) -> None:
    end = verdict.conclude(verdict.of_error(error), run_count=9, max_attempts=5, now=NOW)
    assert (end.state is State.FAILED) == ends
    early = verdict.conclude(verdict.of_error(error), run_count=1, max_attempts=5, now=NOW)
    assert (early.state, early.reason) == (State.CARRIED, error.reason)
    wait_s = error.wait_s if isinstance(error, HostWaitError) else None
    assert early.due_at == (NOW + timedelta(seconds=wait_s) if wait_s else None)


def test_reserved_pages_are_skipped_as_far_as_the_setting_says() -> None:
    headers = {"Content-Type": "text/html", "tdm-reservation": "1"}

    def judge(opt_out: Any) -> Finding:
        return verdict.of_answer(200, headers, b"<html>", asked_if_changed=False, now=NOW, opt_out=opt_out)

    detail = "reserved against text and data mining: header tdm-reservation: 1"
    assert judge("tdm") == Finding(Reason.TDM_RESERVED, State.SKIPPED, detail)
    assert judge("robots") == verdict.PAGE


@pytest.mark.parametrize(
    ("content_type", "body", "supported"),
    [
        ("text/html; charset=utf-8", b"<p>", True),
        ("TEXT/HTML", b"", True),
        ("application/xhtml+xml", b"<?xml", True),
        ("text/plain", b"Ferry fares", True),
        ("application/rss+xml", b"<rss>", True),
        ("image/svg+xml", b"<svg>", False),
        ("application/pdf", b"%PDF-1.7", False),
        ("text/html", b"%PDF-1.7", False),
        ("text/html", b"\x89PNG\r\n", False),
        ("text/html", b"\0\0\0\x18ftypmp42", False),
        ("video/mp4", b"....", False),
        ("application/json", b'{"a": 1}', False),
        ("application/json", b"\xef\xbb\xbf \n<!DOCTYPE HTML><html>", True),
        (None, b"Ferry fares", True),
        (None, b"\xff\xfeF\0e\0", True),
        (None, b"MZ\x90\0\x03\0", False),
        ("application/octet-stream", b"<html>", True),
        ("application/octet-stream", b"\x00\x01", False),
        ("html", b"<p>", True),
    ],
)
def test_kinds_of_page(content_type: str | None, body: bytes, supported: bool) -> None:
    assert is_supported(content_type, body) is supported
