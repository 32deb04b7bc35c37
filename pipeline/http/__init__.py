"""The one HTTP client: guarded, polite, identifiable. Used by discover, fetch and the command line."""

from pipeline.http.client import Client, HttpAnswer
from pipeline.http.retry_after import retry_after_s

__all__ = ["Client", "HttpAnswer", "retry_after_s"]
