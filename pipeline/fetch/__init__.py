"""Fetch: claimed URLs to archived bytes. Polite per host, every attempt a row, every byte in a WARC file."""

from pipeline.fetch.shard import fetch_shard
from pipeline.fetch.single import FetchedBytes, fetch_one

__all__ = ["FetchedBytes", "fetch_one", "fetch_shard"]
