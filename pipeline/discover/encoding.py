"""Bytes of a feed as clean UTF-8 XML, whatever header and declaration say.

Declarations lie both ways, so the bytes decide first: a byte order mark, then UTF-8 if they are valid UTF-8
(other encodings hardly ever are by chance), and only then what is declared. Where nothing is, the letters decide.
"""

from __future__ import annotations

import codecs
import re
import string
from email.message import Message

from charset_normalizer import from_bytes

_BOMS = (
    (codecs.BOM_UTF8, "utf-8"),
    (codecs.BOM_UTF32_LE, "utf-32-le"),  # before UTF-16: its mark begins like that one's
    (codecs.BOM_UTF32_BE, "utf-32-be"),
    (codecs.BOM_UTF16_LE, "utf-16-le"),
    (codecs.BOM_UTF16_BE, "utf-16-be"),
)
_UNMARKED = (
    (b"<\x00\x00\x00", "utf-32-le"),
    (b"\x00\x00\x00<", "utf-32-be"),
    (b"<\x00", "utf-16-le"),
    (b"\x00<", "utf-16-be"),
)
_SUPERSETS = {"iso8859-1": "cp1252", "ascii": "cp1252", "gb2312": "gb18030", "gbk": "gb18030", "big5": "big5hkscs"}
"""What publishers mean when they name the smaller set (as in the WHATWG Encoding Standard)."""
_PYTHONS_OWN = ("undefined", "idna", "punycode", "unicode_escape", "raw_unicode_escape")
_OTHER_SCRIPTS = [
    "cp1251", "koi8_r", "iso8859_5", "cp1253", "cp1255", "cp1256", "cp874", "gb18030", "big5", "cp932", "euc_jp",
    "cp949",
]  # fmt: skip
"""What text in another script than Latin is written in besides UTF-8; a short list keeps the detector from exotic
answers. Latin is Western unless declared: the detector cannot tell Turkish from Polish letters by a few headlines."""
_SAMPLED_BYTES, _SAMPLE_BYTES = 200_000, 4_000
_ASCII_LETTERS = frozenset(string.ascii_letters.encode())
_DECLARED = re.compile(rb"""^\s*<\?xml[^>]{0,200}?encoding\s*=\s*["']([A-Za-z0-9_.:-]{1,40})["']""")
_DECLARATION = re.compile(r"<\?xml\s[^>]{0,300}\?>")
"""Wherever it stands: some programs print a comment or a blank line before it, which XML forbids."""
_ILLEGAL = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ufffe\uffff\ud800-\udfff]")
_ILLEGAL_REFERENCE = re.compile(r"&#(?:x0*(?:[0-8bcef]|1[0-9a-f])|0*(?:[0-8]|1[124-9]|2[0-9]|3[01]));", re.IGNORECASE)


def is_wide(body: bytes) -> bool:
    """True for UTF-16 and UTF-32, with or without a byte order mark."""
    return body.startswith((*(mark for mark, _ in _BOMS[1:]), *(start for start, _ in _UNMARKED)))


def to_clean_utf8(body: bytes, content_type: str | None) -> bytes:
    """The document in UTF-8, from its first `<`, without an XML declaration and without characters XML forbids."""
    text = _decode(body, content_type).lstrip("\ufeff \t\r\n\x00")
    text = _DECLARATION.sub("", text, count=1)
    return _ILLEGAL_REFERENCE.sub("", _ILLEGAL.sub("", text)).lstrip().encode("utf-8")


def header_charset(content_type: str | None) -> str | None:
    """`text/xml; charset=UTF-8` → `UTF-8`."""
    if not content_type:
        return None
    message = Message()
    message["Content-Type"] = content_type
    return message.get_content_charset()


def _decode(body: bytes, content_type: str | None) -> str:
    for mark, encoding in _BOMS:
        if body.startswith(mark):
            return body[len(mark) :].decode(encoding, "replace")
    for start, encoding in _UNMARKED:
        if body.startswith(start):
            return body.decode(encoding, "replace")
    found = _DECLARED.match(body)
    declared = [found[1].decode("ascii") if found else None, header_charset(content_type)]
    shifted = any(name and name.lower().startswith(("iso-2022", "hz", "utf-7")) for name in declared)
    for name in [*([] if shifted else ["utf-8"]), *declared]:
        decoded = _strictly(body, name)
        if decoded is not None:
            return decoded
    # Nothing fits to the last byte: UTF-8 with a few bytes cut, else the other codec named, else Western.
    damaged = body.decode("utf-8", "replace")
    lost = damaged.count("\ufffd")
    if lost * 5 <= sum(not ch.isascii() for ch in damaged):
        return damaged
    named = next((codec for name in declared if (codec := _codec(name)) not in (None, "utf-8")), None)
    return body.decode(named or _of_other_script(body) or "cp1252", "replace")


def _of_other_script(body: bytes) -> str | None:
    """The encoding of a text in another script than Latin, found by its letters; None if it may be Latin."""
    prose: list[bytes] = []
    size = 0
    for piece in body[:_SAMPLED_BYTES].split(b"<"):
        text = piece.partition(b">")[2].strip()  # whole: a cut inside a character of two bytes shifts all that follow
        if not text.isascii() and size < _SAMPLE_BYTES:
            prose.append(text[:_SAMPLE_BYTES])
            size += len(text)
    sample = b"\n".join(prose)
    signs = sum(byte >= 0x80 for byte in sample)
    if signs * 2 <= sum(ch in _ASCII_LETTERS for ch in sample):  # Czech or Vietnamese has one in four
        return None
    best = from_bytes(sample, cp_isolation=_OTHER_SCRIPTS, enable_fallback=False).best()
    return best.encoding if best is not None else None


def _strictly(body: bytes, name: str | None) -> str | None:
    codec = _codec(name)
    if codec is None:
        return None
    try:
        return body.decode(codec)
    except (UnicodeError, ValueError):
        return None


def _codec(name: str | None) -> str | None:
    """Python's name of a text encoding; None if there is none of that name."""
    if not name:
        return None
    try:
        info = codecs.lookup(name)
    except (LookupError, ValueError):
        return None
    if not info._is_text_encoding or info.name.replace("-", "_") in _PYTHONS_OWN:
        return None
    return _SUPERSETS.get(info.name, info.name)
