"""What counts as hidden, for labels, printed dates and walls alike."""

from __future__ import annotations

import pytest
from lxml.html import fromstring

from pipeline.clean.hidden import hides


@pytest.mark.parametrize(
    "attributes", ["hidden", 'style="display:none"', 'style="color: red; DISPLAY : None"', 'style="visibility:hidden"']
)
def test_an_element_hides_what_is_in_it(attributes: str) -> None:
    assert hides(fromstring(f"<div {attributes}>Opinion</div>"))


@pytest.mark.parametrize("attributes", ["", 'style="display:block"', 'aria-hidden="true"', 'class="hidden"'])
def test_an_element_that_readers_see(attributes: str) -> None:
    assert not hides(fromstring(f"<div {attributes}>Opinion</div>"))
