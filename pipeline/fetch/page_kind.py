"""Is this a page we can clean? Decided by what the server says and by the first bytes, which may disagree."""

from __future__ import annotations

from pipeline.content_type import media_type_of

_SUPPORTED = frozenset({"text/html", "application/xhtml+xml", "text/plain", "text/xml", "application/xml"})
_SAYS_NOTHING = frozenset({"", "application/octet-stream", "binary/octet-stream", "unknown/unknown", "*/*", "text"})
_BINARY = (
    b"%PDF-", b"PK\x03\x04", b"GIF8", b"\x89PNG", b"\xff\xd8\xff", b"RIFF", b"OggS", b"ID3", b"\x7fELF",
    b"\x00\x00\x01\x00", b"\x1f\x8b", b"7z\xbc\xaf", b"\xd0\xcf\x11\xe0", b"wOF2", b"\x1aE\xdf\xa3",
)  # fmt: skip
_BOMS = (b"\xef\xbb\xbf", b"\xff\xfe", b"\xfe\xff")
_SNIFFED = 1_024  # bytes looked at, as browsers do (WHATWG MIME Sniffing looks at 1,445)


def is_supported(content_type: str | None, body: bytes) -> bool:
    """True for HTML, XHTML, XML and plain text.

    First bytes that no text begins with overrule the header; HTML under a wrong header is taken; where the
    header says nothing, anything that looks like text is.
    """
    head = body[:_SNIFFED]
    if head.startswith(_BINARY) or head[4:8] == b"ftyp":
        return False
    named = media_type_of(content_type)
    if named in _SUPPORTED or (named.endswith("+xml") and not named.startswith("image/")):
        return True
    if named in _SAYS_NOTHING or "/" not in named:
        return _looks_like_text(head)
    return _looks_like_html(head)


def _looks_like_html(head: bytes) -> bool:
    text = head.removeprefix(b"\xef\xbb\xbf").lstrip().lower()
    return text.startswith((b"<!doctype html", b"<html", b"<head", b"<body"))


def _looks_like_text(head: bytes) -> bool:
    return head.startswith(_BOMS) or b"\0" not in head
