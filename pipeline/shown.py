"""What strangers wrote, made fit for a terminal or a page in the browser; and the look that those pages share."""

from __future__ import annotations

import re
from functools import lru_cache

from jinja2 import ChoiceLoader, Environment, PackageLoader, StrictUndefined, Template

_DRIVES_TERMINALS = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069]")
"""Control characters drive terminals, and directions set by a text would turn our own columns around."""
_NOT_IN_PAGES = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\ud800-\udfff]")
"""HTML has no way to write control characters, UTF-8 none to write lone surrogates."""


def for_terminal(text: str) -> str:
    """Text as a terminal may get it: one line, without control characters."""
    return _DRIVES_TERMINALS.sub("", " ".join(text.split()))


def for_page(text: str) -> str:
    """A page, or a part of one, with U+FFFD for what HTML or UTF-8 cannot carry; it does not escape anything."""
    return _NOT_IN_PAGES.sub("\ufffd", text)


@lru_cache
def page_template(package: str, name: str) -> Template:
    """A template of the package that escapes all it is given and may include `look.css`, the look of our pages."""
    environment = Environment(
        loader=ChoiceLoader([PackageLoader(package), PackageLoader("pipeline")]),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters["n"] = lambda number: f"{number:,}"
    return environment.get_template(name)
