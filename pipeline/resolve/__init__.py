"""Resolve: which article each cleaned page is — new, edited, the same again, or the same under another address."""

from pipeline.resolve.core import resolve
from pipeline.resolve.run import resolve_run

__all__ = ["resolve", "resolve_run"]
