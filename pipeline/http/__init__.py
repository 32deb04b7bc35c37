"""The one HTTP client: guarded, polite, identifiable. Used by discover, fetch and the command line."""

from pipeline.http.client import Client, HttpAnswer
from pipeline.http.hosts import HostMemory, HostWaitError
from pipeline.http.politeness import HostBudgets
from pipeline.http.retry_after import retry_after_s
from pipeline.http.tdm import OptOut, reservation

__all__ = [
    "Client", "HostBudgets", "HostMemory", "HostWaitError", "HttpAnswer", "OptOut", "reservation", "retry_after_s",
]  # fmt: skip
