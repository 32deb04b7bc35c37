"""Fixtures of the ops tests: the web server and the empty spool of the fetch tests."""

from tests.fetch.conftest import empty_spool, outlet

__all__ = ["empty_spool", "outlet"]
