"""Bytes to text, of feeds and of pages: never raises, gives storable text."""

from __future__ import annotations

import re

from pipeline.clean.charset import decode, lost_share, repair_mojibake
from pipeline.content_type import charset_of, media_type_of
from pipeline.discover.encoding import header_charset, to_clean_utf8

MAX_LEN = 1_024
DICTIONARY = (
    "<?xml version='1.0' encoding='", "<meta charset=", "utf-16", "utf-7", "iso-2022-jp", "hz", "shift_jis", "big5",
    "gb18030", "windows-1251", "unicode_escape", "rot13", "hex", "idna", "punycode", "raw_unicode_escape", "mbcs",
    "utf_8_sig", "cp65001", "undefined", "<html lang=ru>", "\ufeff", "Ã¤Ã¶Ã¼",
)  # fmt: skip
_FORBIDDEN = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ufffe\uffff\ud800-\udfff]")


def check(data: bytes) -> None:
    """The header's value up to the first line break, the rest is the body."""
    line, _, body = data.partition(b"\n")
    header = line.decode("latin-1") or None
    text = to_clean_utf8(body, header).decode("utf-8")
    assert not _FORBIDDEN.search(text)
    charset = charset_of(header)
    header_charset(header)
    media_type_of(header)
    read = decode(body, charset)
    assert read.method in ("bom", "utf8", "header", "meta", "detector", "guess")
    assert 0.0 <= lost_share(read.text) <= 1.0
    read.text.encode("utf-8")  # no lone surrogates: a database refuses them
    repair_mojibake(read.text)
