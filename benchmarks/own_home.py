"""An MM_HOME of a benchmark's own: landing zone, spool and an embedded warehouse that nobody else uses."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from pipeline.settings import get_settings
from pipeline.warehouse import db, embedded, schema


@contextmanager
def own_home() -> Iterator[Path]:
    """The folder, with its warehouse up and migrated; all of it is gone afterwards, however that comes."""
    before = os.environ.get("MM_HOME")
    with tempfile.TemporaryDirectory(prefix="mm-benchmark-", ignore_cleanup_errors=True) as name:
        Path(name).chmod(0o755)  # as root, Postgres runs as another user
        os.environ["MM_HOME"] = name
        get_settings.cache_clear()
        try:
            schema.prepare()
            yield Path(name)
        finally:
            db.dispose()
            embedded.destroy()
            if before is None:
                del os.environ["MM_HOME"]
            else:
                os.environ["MM_HOME"] = before
            get_settings.cache_clear()
