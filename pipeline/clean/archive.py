"""Pages out of the archive, with what can go wrong there as a reason."""

from __future__ import annotations

from pipeline.errors import Quarantine, Reason, Skip
from pipeline.records import ArchivedPage
from pipeline.warc import read_record


def read_page(page: ArchivedPage, max_bytes: int) -> bytes:
    """The page's body, content coding undone.

    Raises `Quarantine`: `file_missing` if the archive file is gone, `broken_page` if there is no whole record at
    that place; `Skip(too_large)` if the body has more than `max_bytes`. Other errors of the landing zone are
    passed on, because then the whole batch is to be tried again.
    """
    try:
        body = read_record(page.warc_uri, page.warc_offset, page.warc_length).body
    except FileNotFoundError as error:
        raise Quarantine(Reason.FILE_MISSING, f"there is no archive file {page.warc_uri}") from error
    if len(body) > max_bytes:
        raise Skip(Reason.TOO_LARGE, f"{len(body)} bytes; at most {max_bytes} are cleaned")
    return body
