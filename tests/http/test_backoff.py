"""When a host is left in peace, and for how long."""

from __future__ import annotations

import pytest

from pipeline.errors import Reason
from pipeline.http.backoff import FAILURES_BEFORE_REST, GOOD, Standing, after_answer, after_trouble

HOUR = 3600.0


def rests(*answers: tuple[int, float | None]) -> list[float]:
    """The rest that each of these answers earns, one after the other."""
    standing, found = GOOD, []
    for status, retry_after_s in answers:
        change = after_answer(standing, status, retry_after_s)
        standing = change.standing
        found.append(change.rest_s)
    return found


@pytest.mark.parametrize(
    ("answers", "expected"),
    [
        ([(429, 3600)] * 2, [1, HOUR]),  # the first may be about one address
        ([(429, 3600), (200, None), (429, 3600)], [1, 0, 1]),
        ([(429, 3600), (404, None), (429, 3600)], [1, 0, 1]),
        ([(429, 20)], [20]),
        ([(429, 0)], [0]),
        ([(429, 316_800)] * 2, [1, 24 * HOUR]),  # 88 hours
        ([(429, None)] * 5, [1, 4, 16, 64, 256]),
        ([(429, None)] * 30, [*(min(4.0**n, 12 * HOUR) for n in range(30))]),
        ([(503, 600)] * 2, [1, 600]),
        ([(503, None)] * 3, [0, 0, 0]),
        ([(500, 600)] * 3, [0, 0, 0]),
        ([(403, None)] * 30, [0] * 30),
        ([(500, None)] * 12, [0] * 9 + [60, 120, 240]),
        ([(500, None)] * 40, [0] * 9 + [min(60.0 * 2**n, 12 * HOUR) for n in range(31)]),
    ],
)
def test_rests(answers: list[tuple[int, float | None]], expected: list[float]) -> None:
    assert rests(*answers) == expected


@pytest.mark.parametrize("reason", [Reason.UNREACHABLE, Reason.TIMEOUT, Reason.TLS_ERROR])
def test_hosts_that_do_not_answer_rest_too(reason: Reason) -> None:
    standing = GOOD
    for _ in range(FAILURES_BEFORE_REST):
        change = after_trouble(standing, reason)
        assert change.rest_s == 0 or change.standing.failures == FAILURES_BEFORE_REST
        standing = change.standing
    assert (change.rest_s, change.reason) == (60, reason)


def test_a_broken_page_is_no_trouble_of_the_host() -> None:
    before = Standing(4, 0)
    for reason in (Reason.BROKEN_RESPONSE, Reason.TOO_LARGE, Reason.FORBIDDEN_ADDRESS):
        assert after_trouble(before, reason).standing == before
