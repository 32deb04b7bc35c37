"""Encodings: what is declared is believed only where it can be true."""

from __future__ import annotations

import pytest

from pipeline.clean.charset import decode, lost_share, repair_mojibake

TEXTS = {
    "ru": "Совет решил в понедельник восстановить старый мост через реку после двух лет переговоров с деревнями.",
    "ar": "قرر المجلس يوم الاثنين إعادة بناء الجسر القديم فوق النهر بعد عامين من المحادثات مع القرى المجاورة.",
    "el": "Το συμβούλιο αποφάσισε τη Δευτέρα να ξαναχτίσει την παλιά γέφυρα πάνω από το ποτάμι μετά από χρόνια.",
    "pl": "Rada postanowiła w poniedziałek odbudować stary most nad rzeką po dwóch latach rozmów z mieszkańcami.",
    "de": "Der Rat hat am Montag beschlossen, die alte Brücke über den Fluss für die Dörfer größer aufzubauen.",
    "ja": "評議会は月曜日、二年にわたる村との話し合いの末、川に架かる古い橋を再建することを決めた。",
    "zh": "经过两年与村民的谈判，委员会周一决定重建河上的旧桥，预计工程将于明年春天开始。",
    "ko": "의회는 월요일 2년간의 마을과의 협의 끝에 강 위의 오래된 다리를 재건하기로 결정했다.",
    "he": "המועצה החליטה ביום שני לבנות מחדש את הגשר הישן מעל הנהר לאחר שנתיים של שיחות עם הכפרים.",
}
ENCODINGS = [
    ("ru", "cp1251"), ("ru", "koi8-r"), ("ar", "cp1256"), ("ar", "iso8859-6"), ("el", "cp1253"), ("pl", "cp1250"),
    ("pl", "iso8859-2"), ("de", "cp1252"), ("ja", "shift_jis"), ("ja", "euc_jp"), ("zh", "gb18030"), ("ko", "euc_kr"),
    ("he", "cp1255"),
]  # fmt: skip


def _html(text: str, meta: str = "") -> str:
    return f"<html><head>{meta}</head><body>" + f"<p>{text}</p>" * 6 + "</body></html>"


@pytest.mark.parametrize(("language", "encoding"), ENCODINGS)
@pytest.mark.parametrize("claimed", [None, "utf-8", "windows-1252"])
def test_wrongly_or_not_declared(language: str, encoding: str, claimed: str | None) -> None:
    if claimed == "windows-1252" and encoding == "cp1252":
        claimed = "utf-8"
    assert TEXTS[language] in decode(_html(TEXTS[language]).encode(encoding), claimed).text


@pytest.mark.parametrize(("language", "encoding"), ENCODINGS)
def test_rightly_declared(language: str, encoding: str) -> None:
    found = decode(_html(TEXTS[language]).encode(encoding), encoding)
    assert TEXTS[language] in found.text


@pytest.mark.parametrize("language", TEXTS)
@pytest.mark.parametrize("claimed", ["iso-8859-1", "windows-1256", "utf-16", "no-such-charset"])
def test_utf8_under_another_name(language: str, claimed: str) -> None:
    assert TEXTS[language] in decode(_html(TEXTS[language]).encode(), claimed).text


def test_byte_order_mark_comes_first() -> None:
    found = decode(_html(TEXTS["de"]).encode("utf-16"), "utf-8")
    assert (found.method, TEXTS["de"] in found.text) == ("bom", True)


def test_meta_counts_when_the_header_is_silent() -> None:
    html = _html(TEXTS["pl"], '<meta http-equiv="Content-Type" content="text/html; charset=iso-8859-2">')
    found = decode(html.encode("iso8859-2"), None)
    assert (found.encoding, found.method) == ("iso8859-2", "meta")


def test_html_language_tells_turkish_from_polish_letters() -> None:
    text = "Konsey pazartesi günü nehrin üzerindeki eski köprüyü yeniden inşa etmeye karar verdi, iki yıl sürdü."
    html = _html(text).replace("<html>", '<html lang="tr">')
    assert text in decode(html.encode("cp1254"), None).text


def test_one_broken_byte_does_not_turn_utf8_into_something_else() -> None:
    data = _html(TEXTS["ru"]).encode() + b"\x92"
    assert TEXTS["ru"] in decode(data, "utf-8").text


def test_surrogate_halves_written_as_utf8_are_joined() -> None:
    data = _html(TEXTS["de"] + " X").encode().replace(b"X", b"\xed\xa0\xbd\xed\xb8\x80")
    assert "😀" in decode(data, "utf-8").text


@pytest.mark.parametrize("language", ["de", "ru", "ar"])
def test_mojibake_is_undone(language: str) -> None:
    broken = "".join(
        bytes([b]).decode("cp1252") if b not in (0x81, 0x8D, 0x8F, 0x90, 0x9D) else chr(b)
        for b in TEXTS[language].encode()
    )
    assert repair_mojibake(broken) == TEXTS[language]


def test_a_text_about_mojibake_stays() -> None:
    text = "Readers saw Ã¤ for ä on Tuesday, and Köln wrote „Straße“ – as it should – in every headline."
    assert repair_mojibake(text) == text


def test_lost_characters_are_counted() -> None:
    assert lost_share("ab\ufffd\x93") == 0.5
    assert lost_share("") == 0.0


@pytest.mark.parametrize(
    "codec", ["idna", "punycode", "undefined", "unicode_escape", "raw_unicode_escape", "rot13", "hex"]
)
def test_codecs_that_only_python_has_are_no_encodings(codec: str) -> None:
    """Found by fuzzing: the first three raise whatever is to be replaced, and escapes make halves of pairs."""
    data = f"<meta charset={codec}><p>Brücke \\ud800</p>".encode("cp1252")
    for header in (None, codec):
        assert "Brücke \\ud800" in decode(data, header).text
