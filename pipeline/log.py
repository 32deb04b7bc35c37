"""Logs are events with keys: `event("fetched", source="x", pages=12)` gives `fetched source=x pages=12`.

One line per batch and one per anomaly; never a secret, never the text of an article.
"""

from __future__ import annotations

import logging

_LOG = logging.getLogger("media_monitor")


def _line(name: str, keys: dict[str, object]) -> str:
    return " ".join([name, *(f"{k}={_value(v)}" for k, v in keys.items())])


def _value(value: object) -> str:
    text = str(value).replace("\n", "\\n")
    return f'"{text}"' if " " in text else text


def event(name: str, **keys: object) -> None:
    """Log something that happened as planned."""
    _LOG.info("%s", _line(name, keys))


def anomaly(name: str, **keys: object) -> None:
    """Log something an operator may want to look at; it does not stop the work."""
    _LOG.warning("%s", _line(name, keys))
