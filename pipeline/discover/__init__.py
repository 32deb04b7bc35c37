"""Discover: polls feeds, sitemaps and drop folders, and makes an entry of every address it has not seen."""

from pipeline.discover.rounds import discover

__all__ = ["discover"]
