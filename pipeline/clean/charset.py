"""Bytes to text: byte order mark, header, meta tag, detector, each believed only if the result is plausible.

Headers and meta tags lie in both directions (a UTF-8 page sent as ISO-8859-1, a windows-1256 page declared
UTF-8), so a declaration is a candidate, not an answer.
"""

from __future__ import annotations

import codecs
import re
from collections.abc import Iterator
from dataclasses import dataclass

from charset_normalizer import from_bytes

from pipeline.clean.latin import ENCODINGS as LATIN
from pipeline.clean.latin import best_latin, suits_better
from pipeline.clean.letters import are_usual, mixed_words

_BOMS = (
    (codecs.BOM_UTF8, "utf-8"),
    (codecs.BOM_UTF32_LE, "utf-32-le"),  # before UTF-16, whose mark is its beginning
    (codecs.BOM_UTF32_BE, "utf-32-be"),
    (codecs.BOM_UTF16_LE, "utf-16-le"),
    (codecs.BOM_UTF16_BE, "utf-16-be"),
)

# What browsers read when a page says this (WHATWG Encoding Standard, section 4.2): supersets of the old names.
_SUPERSETS = {
    "ascii": "cp1252",
    "iso8859-1": "cp1252",
    "iso8859-9": "cp1254",
    "iso8859-11": "cp874",
    "tis-620": "cp874",
    "gb2312": "gb18030",
    "gbk": "gb18030",
    "shift_jis": "cp932",
    "euc_kr": "cp949",
}
_NOT_OF_THE_WEB = frozenset({"idna", "punycode", "undefined", "unicode_escape", "raw_unicode_escape"})
"""Python's own codecs, which no page is written in: they raise whatever errors are to be replaced, or run escapes."""
_DETECTABLE = [
    "cp1250", "cp1251", "cp1252", "cp1253", "cp1254", "cp1255", "cp1256", "cp1257", "cp1258", "cp874",
    "koi8_r", "koi8_u", "iso8859_2", "iso8859_5", "iso8859_6", "iso8859_7", "iso8859_8", "mac_cyrillic",
    "gb18030", "big5", "cp932", "euc_jp", "cp949",
]  # fmt: skip
"""What real pages are written in besides UTF-8; a short list keeps the detector from exotic answers."""

_META = re.compile(rb"""<meta[^>]{0,300}?charset\s*=\s*["']?\s*([A-Za-z0-9_:.-]{2,40})""", re.IGNORECASE)
_HTML_LANGUAGE = re.compile(rb"""<html[^>]{0,500}?\blang\s*=\s*["']?([A-Za-z]{2})\b""", re.IGNORECASE)
_OF_LANGUAGE = {
    "cp1250": "pl cs sk hu ro hr sl bs sq", "cp1251": "ru uk bg be mk sr kk", "cp1253": "el", "cp1254": "tr az",
    "cp1255": "he", "cp1256": "ar fa ur", "cp1257": "lt lv et", "cp874": "th",
    "cp1252": "en de fr es pt it nl sv da no nb fi is ca",
}  # fmt: skip
"""Tried before the detector where the page names its language, as it cannot tell Turkish from Polish letters."""
_SIGN_IN_WORD = re.compile(
    "[^\\W\\d_][\u00a1-\u00a9\u00ab\u00ac\u00ae-\u00b4\u00b6\u00b8\u00b9\u00bb-\u00bf](?=[^\\W\\d_])"
)
"""`b\u00b9d\u00bfcy`: what Central European letters become in a Western encoding."""
_JAPANESE_MAIL = re.compile(rb"\x1b\$[@B]")
"""How ISO-2022-JP, in which all bytes are ASCII, turns to Japanese; browsers go by it too."""
_C1 = re.compile("[\x80-\x9f]")
_MOJIBAKE = re.compile("[\u00c2-\u00f4][\u0080-\u00bf\u0152-\u0178\u0192\u02c6\u02dc\u2013-\u203a\u20ac\u2122]+")
_WINDOWS_1252 = {bytes([b]).decode("cp1252", "replace"): b for b in range(0x80, 0xA0)}

MAX_LOST_SHARE = 0.01
"""Over one lost character in a hundred a text is damaged: a reader trips in every other sentence."""


@dataclass(frozen=True, slots=True)
class Decoded:
    """A page as text, the encoding it was read in and how that was found."""

    text: str
    encoding: str
    method: str  # bom, utf8, header, meta, detector, guess


def decode(data: bytes, header_charset: str | None) -> Decoded:
    """Read `data` in the first plausible encoding; never raises. What cannot be read becomes U+FFFD."""
    for mark, encoding in _BOMS:
        if data.startswith(mark):
            return Decoded(data[len(mark) :].decode(encoding, "replace"), encoding, "bom")
    wide = _utf16_without_mark(data)
    if wide:
        return Decoded(data.decode(wide, "replace"), wide, "detector")
    declared = list(_declared(data, header_charset))
    if _JAPANESE_MAIL.search(data) and data.isascii():
        method = next((method for encoding, method in declared if encoding == "iso2022_jp"), "detector")
        return Decoded(data.decode("iso2022_jp", "replace"), "iso2022_jp", method)
    strict = _strictly(data, "utf-8")
    if strict is not None:  # legacy text is valid UTF-8 by accident only when it is pure ASCII
        return Decoded(strict, "utf-8", "utf8")
    if any(encoding == "utf-8" for encoding, _ in declared) or not declared:
        mended = _with_surrogates(data) or _nearly_utf8(data)
        if mended is not None:
            return Decoded(mended, "utf-8", "utf8")
    sample = _prose_sample(data)
    for encoding, method in [*declared, *_by_language(data)]:
        if encoding != "utf-8" and _is_plausible(sample.decode(encoding, "replace")):
            better = suits_better(sample, encoding) if encoding in LATIN else encoding
            return Decoded(data.decode(better, "replace"), better, method if better == encoding else "detector")
    return _detected(data, sample)


def repair_mojibake(text: str) -> str:
    """Undo UTF-8 that was once read as windows-1252 (`Ã¤` → `ä`), run by run; other text stays as it is.

    Only where at least three such runs stand and they make up most of the non-ASCII characters, because
    a single `Ã¤` may be what the author is writing about.
    """
    runs = _MOJIBAKE.findall(text)
    if len(runs) < 3:
        return text
    repaired = sum(len(run) for run in runs if _once_more(run) != run)
    if repaired < 0.5 * sum(1 for ch in text if ch > "\x7f"):
        return text
    return _MOJIBAKE.sub(lambda match: _once_more(match.group()), text)


def lost_share(text: str) -> float:
    """The share of characters that could not be read, or that are control characters no text holds."""
    if not text:
        return 0.0
    return (text.count("\ufffd") + len(_C1.findall(text))) / len(text)


def declarations(data: bytes, header_charset: str | None) -> list[tuple[str, str]]:
    """The encodings that the header and the first meta tag declare: where, and the name as given."""
    found = _META.search(data[:4096])
    names = [("header", header_charset), ("meta", found.group(1).decode("ascii") if found else None)]
    return [(method, name) for method, name in names if name]


def _declared(data: bytes, header_charset: str | None) -> Iterator[tuple[str, str]]:
    for method, name in declarations(data, header_charset):
        encoding = _python_name(name)
        # A meta tag that could be read as ASCII cannot be UTF-16, whatever it says (HTML standard, 13.2.3.2).
        if encoding:
            yield ("utf-8" if encoding.startswith(("utf-16", "utf-32", "utf_16", "utf_32")) else encoding), method


def _python_name(name: str | None) -> str | None:
    if not name:
        return None
    try:
        info = codecs.lookup(name.strip().strip("\"'").lower().replace("x-sjis", "shift_jis"))
    except (LookupError, ValueError):
        return None
    if not getattr(info, "_is_text_encoding", True) or info.name.replace("-", "_") in _NOT_OF_THE_WEB:
        return None
    return _SUPERSETS.get(info.name, info.name)


def _by_language(data: bytes) -> list[tuple[str, str]]:
    found = _HTML_LANGUAGE.search(data[:4096])
    language = found.group(1).decode("ascii").lower() if found else ""
    return [(encoding, "detector") for encoding, languages in _OF_LANGUAGE.items() if language in languages.split()]


def _utf16_without_mark(data: bytes) -> str | None:
    head = data[:2000]
    if len(head) < 40 or head.count(0) < len(head) // 4:
        return None
    even, odd = head[::2].count(0), head[1::2].count(0)
    if odd > 10 * (even + 1):
        return "utf-16-le"
    return "utf-16-be" if even > 10 * (odd + 1) else None


def _strictly(data: bytes, encoding: str) -> str | None:
    try:
        return data.decode(encoding)
    except (UnicodeDecodeError, LookupError):
        return None


def _with_surrogates(data: bytes) -> str | None:
    """UTF-8 written by programs that encode UTF-16 halves one by one: pairs are joined, single halves lost."""
    try:
        text = data.decode("utf-8", "surrogatepass")
    except UnicodeDecodeError:
        return None
    return text.encode("utf-16-le", "surrogatepass").decode("utf-16-le", "replace")


def _nearly_utf8(data: bytes) -> str | None:
    """UTF-8 with a few broken bytes: a cut at the end, one pasted windows-1252 apostrophe."""
    text = data.decode("utf-8", "replace")
    broken = text.count("\ufffd")
    sound = sum(1 for ch in text if ch > "\x7f") - broken
    return text if broken <= 0.1 * sound or broken <= 2 <= sound else None


def _prose_sample(data: bytes) -> bytes:
    """About 8 kB of what stands between tags and holds the bytes that tell encodings apart.

    Pieces are taken whole: a cut inside a character of two bytes would shift all that follow.
    """
    prose: list[bytes] = []
    size = 0
    for piece in data[:500_000].split(b"<"):
        tag, _, text = piece.partition(b">")
        if text and not text.isascii() and not tag[:6].lower().startswith((b"script", b"style")):
            prose.append(text.strip())
            size += len(text)
            if size > 8000:
                break
    return b"\n".join(prose) or data[:8000]


def _is_plausible(text: str) -> bool:
    """Letters of one script in words, few symbols: what text read in its own encoding looks like."""
    high = [ch for ch in text if ch > "\x7f"]
    if not high:
        return True
    letters = sum(ch.isalpha() for ch in high)
    odd = text.count("\ufffd") + len(_C1.findall(text))
    if odd > 0.02 * len(high):
        return False
    latin = sum(ch.isalpha() and ch < "\u0250" for ch in high)
    plain = sum(ch.isascii() and ch.isalpha() for ch in text)
    # Accented letters are the smaller part in any Latin script, Vietnamese included; a page of another
    # script read as Latin-1 has hardly anything else.
    if latin > letters / 2 and latin > 0.5 * (latin + plain):
        return False
    if len(_SIGN_IN_WORD.findall(text)) + mixed_words(text) > 0.05 * len(high):
        return False
    return are_usual(text) and not _swaps_case(text)


def _swaps_case(text: str) -> bool:
    """KOI8 read as windows-1251 and the reverse: small first letters, large letters after them, and hardly others."""
    words = re.findall(r"[^\W\d_a-zA-Z]{4,}", text)
    swapped = sum(word[0].islower() and word[1:].isupper() for word in words)
    large = sum(word.isupper() for word in words)
    return len(words) >= 5 and (swapped > len(words) / 4 or large > 0.6 * len(words))


def _detected(data: bytes, sample: bytes) -> Decoded:
    best = from_bytes(sample, cp_isolation=_DETECTABLE, enable_fallback=False).best()
    if best is not None:
        found = codecs.lookup(best.encoding).name
        encoding = best_latin(sample) if found in LATIN else found
        return Decoded(data.decode(encoding, "replace"), encoding, "detector")
    utf8 = data.decode("utf-8", "replace")
    windows = data.decode("cp1252", "replace")
    better = utf8 if utf8.count("\ufffd") <= windows.count("\ufffd") else windows
    return Decoded(better, "utf-8" if better is utf8 else "cp1252", "guess")


def _once_more(run: str) -> str:
    try:
        return bytes(_WINDOWS_1252.get(ch, ord(ch)) for ch in run).decode("utf-8")
    except (ValueError, UnicodeDecodeError):
        return run
