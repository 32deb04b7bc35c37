"""Days of other calendars as days of the Gregorian one, and the names of months in the languages of pages."""

from __future__ import annotations

import re
import unicodedata
from datetime import date, timedelta
from functools import lru_cache

_ERAS = {"令和": 2018, "平成": 1988, "昭和": 1925, "民國": 1911, "民国": 1911}
"""Year 1 of an era is the year after this one (Japan's eras, and the years of the Republic in Taiwan)."""
_JALALI_BREAKS = (-61, 9, 38, 199, 426, 686, 756, 818, 1111, 1181, 1210, 1635, 2060, 2097, 2192, 2262, 2324, 2394)
_JALALI_MONTHS = (
    ("فروردین", "حمل"), ("اردیبهشت", "ثور"), ("خرداد", "جوزا"), ("تیر", "سرطان"), ("مرداد", "اسد"),
    ("شهریور", "سنبله"), ("مهر", "میزان"), ("آبان", "عقرب"), ("آذر", "قوس"), ("دی", "جدی"), ("بهمن", "دلو"),
    ("اسفند", "حوت"),
)  # fmt: skip
"""Months of the solar Hijri year as Iran and Afghanistan call them."""
_SOLAR_HIJRI = frozenset(("fa", "ps"))
_VARIANTS = {
    # Arabic has three families of names: Egypt and the Gulf, the Levant and Iraq, Algeria/Tunisia and Morocco.
    "ar": ("ar_SY", "ar_DZ", "ar_MA"), "de": ("de_AT",), "sr": ("sr_Latn",), "es": ("es_PE",),
    "ckb": ("ar_IQ",), "hr": ("bs",),
}  # fmt: skip
_SPELLINGS = {
    "en": {"sept": 9},
    "hi": {"फरवरी": 2, "सितम्बर": 9, "अक्तूबर": 10, "नवम्बर": 11, "दिसम्बर": 12},
    "bn": {"জানুয়ারি": 1, "ফেব্রুয়ারি": 2, "অগস্ট": 8},
    "id": {"agt": 8, "pebruari": 2, "nopember": 11}, "de": {"mrz": 3, "maerz": 3},
}  # fmt: skip
"""Spellings that newspapers use and CLDR does not list."""
_DIGITS = {
    code: str(unicodedata.decimal(chr(code)))
    for code in range(0x660, 0xFF1A)
    if unicodedata.category(chr(code)) == "Nd"
}


def plain_digits(text: str) -> str:
    """Every script's decimal digits as 0 to 9 (`٢٠٢٦`, `২০২৬`, `２０２６` become `2026`)."""
    return text if text.isascii() else text.translate(_DIGITS)


def era_year(era: str, year: str) -> int:
    """The year of a Japanese or Taiwanese era (`令和`, `8`) in our count; `元` is year 1."""
    return _ERAS[era] + (1 if year == "元" else int(year))


ERAS = "|".join(_ERAS)


def common_year(year: int) -> int:
    """Buddhist years (Thailand: 2569) as common ones; anything else, as it is. Two digits are of 1970 to 2069."""
    if year < 100:
        return year + (2000 if year < 70 else 1900)
    return year - 543 if 2470 <= year <= 2643 else year


def is_jalali_year(year: int) -> bool:
    """A year of the solar Hijri calendar between 1991 and 2041; lunar Hijri years are past 1440 by now."""
    return 1370 <= year <= 1420


def from_jalali(year: int, month: int, day: int) -> date | None:
    """A day of the solar Hijri calendar of Iran and Afghanistan; None if it has no such day.

    Leap years and the day of Nowruz follow Borkowski, "The Persian calendar for 3000 years" (Earth, Moon and
    Planets 74, 1996), whose table of breaks holds for the years -61 to 2393.
    """
    if not (1 <= month <= 12 and 1 <= day <= (31 if month <= 6 else 30)):
        return None
    leaps, previous = -14, _JALALI_BREAKS[0]
    for current in _JALALI_BREAKS[1:]:
        if year < current:
            break
        jump = current - previous
        leaps += jump // 33 * 8 + jump % 33 // 4
        previous = current
    past = year - previous
    leaps += past // 33 * 8 + (past % 33 + 3) // 4
    if (current - previous) % 33 == 4 and current - previous - past == 4:
        leaps += 1
    common = year + 621
    nowruz = date(common, 3, 20 + leaps - (common // 4 - (common // 100 + 1) * 3 // 4 - 150))
    found = nowruz + timedelta(days=(month - 1) * 31 - max(0, month - 7) + day - 1)
    is_past_the_end = (month, day) == (12, 30) and found == from_jalali(year + 1, 1, 1)
    return None if is_past_the_end else found


def fold_month(text: str) -> str:
    """Lower case without Latin, Greek or Cyrillic accents, so that `Şubat`, `février` and `ФЕВРАЛЬ` compare."""
    lowered = text.lower()
    if lowered.isascii():
        return lowered
    split = unicodedata.normalize("NFD", lowered)
    bare = "".join(c for c in split if not "\u0300" <= c <= "\u036f").replace("ı", "i")
    return unicodedata.normalize("NFC", bare)  # Hangul whole again, so that places in the text stay the same


@lru_cache(maxsize=256)
def month_names(languages: tuple[str, ...]) -> tuple[re.Pattern[str], dict[str, int]]:
    """A pattern that finds a month in folded text, and the number of each name it finds; 101 to 112 are Jalali.

    Names are those of CLDR, full and short, in every case and naming family of the languages, and the English ones;
    where two languages differ, the first one's.
    """
    names: dict[str, int] = {}
    for language in (*languages, "en"):
        for code in (language, *_VARIANTS.get(language, ())):
            names = {**_cldr_months(code), **names}
        for name, number in _SPELLINGS.get(language, {}).items():
            names.setdefault(fold_month(name), number)
    if not _SOLAR_HIJRI.isdisjoint(languages):
        names.update({fold_month(n): 100 + i for i, both in enumerate(_JALALI_MONTHS, 1) for n in both})
    if "he" in languages:
        names.update({f"ב{name}": number for name, number in names.items()})  # "on", written as one word
    by_length = sorted(names, key=len, reverse=True)
    either = "|".join(re.escape(name) for name in by_length)
    # `\w` does not know the vowel signs of Indic scripts, hence the blocks named in full.
    return re.compile(rf"(?<![^\W\d_\u0e00-\u0e7f])(?:{either})(?![^\W\d_]|[\u0900-\u0dff])"), names


def _cldr_months(code: str) -> dict[str, int]:
    from babel import Locale, UnknownLocaleError  # here: a DAG file is parsed every few seconds and needs no babel

    try:
        months = Locale.parse(code).months
    except (UnknownLocaleError, ValueError):
        return {}
    found: dict[str, int] = {}
    for form in ("format", "stand-alone"):
        for width in ("abbreviated", "wide"):
            for number, name in months[form][width].items():
                folded = fold_month(name).strip(" .॰")
                if len(folded) > 1 and not folded[0].isdigit():  # `11月` is read as a number
                    found[folded] = number
    return found
