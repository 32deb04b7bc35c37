"""One page for a person at a terminal."""

from __future__ import annotations

import pytest

from pipeline.errors import Reason, Retryable, Skip
from pipeline.fetch import FetchedBytes, fetch_one
from tests.fetch.outlet import ARTICLE, Outlet


def test_a_page(outlet: Outlet) -> None:
    page = fetch_one(outlet.url("/moved/1"))
    assert page == FetchedBytes(ARTICLE, outlet.url("/ok/new-place"), 200, "text/html; charset=UTF-8", "utf-8")
    assert outlet.asked["/robots.txt"] == 0


@pytest.mark.parametrize(
    ("path", "kind", "reason"),
    [
        ("/nowhere", Skip, Reason.NOT_FOUND),
        ("/status/503", Retryable, Reason.SERVER_ERROR),
        ("/pdf/1", Skip, Reason.UNSUPPORTED_TYPE),
        ("/inside/1", Skip, Reason.FORBIDDEN_ADDRESS),
    ],
)
def test_anything_else_is_said(outlet: Outlet, path: str, kind: type[Exception], reason: Reason) -> None:
    with pytest.raises((Skip, Retryable)) as caught:
        fetch_one(outlet.url(path))
    assert (type(caught.value), caught.value.reason) == (kind, reason)
    assert outlet.url("/")[:-1] in str(caught.value) or reason is Reason.FORBIDDEN_ADDRESS
