"""What a page states about itself."""

from __future__ import annotations

import pytest

from pipeline.clean.page import clean_page
from tests.clean.newspage import page


@pytest.mark.parametrize("href", ["javascript:void(0)", "http://[::1", "mailto:a@b.example", ""])
def test_canonical_links_that_are_no_addresses(href: str) -> None:
    head = f'<link rel="canonical" href="{href}">'
    assert clean_page(page(head=head).encode(), url="https://valleypost.example/a").canonical_url is None
