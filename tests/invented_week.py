"""The invented week of `warehouse_rows`: its outlets, the people and places they write of, and how listings end."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date


@dataclass(frozen=True, slots=True)
class Outlet:
    """One invented outlet; `per_day` is how many articles its feed lists on a weekday."""

    key: str
    name: str
    country: str
    language: str
    per_day: int
    headline: str
    body: str
    silent_from: date | None = None  # its feed answers, and lists nothing new
    broken_from: date | None = None  # its feed cannot be read


OUTLETS = (
    Outlet(
        "harbour-ledger", "The Harbour Ledger", "GB", "en", 12,
        "{org} to close quay in {place}, says {person}",
        "{org} will close its oldest quay in {place} by the spring.\n"
        "{person} told the harbour board that repairs cost too much.\nDockers in {place} asked for talks.",
    ),
    Outlet(
        "prairie-wire", "Prairie Wire", "US", "en", 10,
        "Drought talks open in {place}",
        "{place} (PW) — Growers and {org} opened talks on water.\n“We need rain, not reports,” {person} said.",
    ),
    Outlet(
        "savannah-daily", "Savannah Daily", "KE", "en", 8,
        "{person} wins marathon in {place}",
        "{person} won the marathon in {place} ahead of 9,000 runners.\n{org} paid for the prize.",
        silent_from=date(2026, 11, 18),
    ),
    Outlet(
        "uferbote", "Uferbote", "DE", "de", 8,
        "{org} baut in {place} – {person} ist dagegen",
        "{org} will in {place} ein Rechenzentrum bauen.\n{person} nannte die Pläne „überstürzt“.",
    ),
    Outlet(
        "gazette-du-fleuve", "La Gazette du Fleuve", "FR", "fr", 6,
        "À {place}, {person} défend l’hôpital",
        "{person} a défendu l’hôpital de {place} devant {org}.\nLe vote aura lieu en décembre.",
    ),
    Outlet(
        "faro-del-valle", "El Faro del Valle", "MX", "es", 6,
        "{org} abre una planta en {place}",
        "{org} abrió una planta en {place}.\n{person} prometió 300 empleos.",
    ),
    Outlet(
        "sahifat-al-marsa", "صحيفة المرسى", "JO", "ar", 6,
        "{person} تفتتح معرض الكتاب في {place}",
        "افتتحت {person} معرض الكتاب في {place}.\nوشاركت {org} في المعرض.",
    ),
    Outlet(
        "roznama-kinara", "روزنامہ کنارہ", "PK", "ur", 6,
        "{place} میں {person} کا خطاب",
        "{person} نے {place} میں خطاب کیا۔\n{org} نے اس کا خیرمقدم کیا۔",
        broken_from=date(2026, 11, 21),
    ),
)  # fmt: skip

PLACES = {
    "en": (("Kisumu", "KE", -0.1, 34.75), ("Leith", "GB", 55.98, -3.17), ("Omaha", "US", 41.26, -95.94)),
    "de": (("Bremen", "DE", 53.08, 8.8),),
    "fr": (("Lyon", "FR", 45.75, 4.85),),
    "es": (("Puebla", "MX", 19.04, -98.2),),
    "ar": (("عمّان", "JO", 31.95, 35.93),),
    "ur": (("کراچی", "PK", 24.86, 67.01),),
}
PEOPLE = {
    "en": ("Maren Oyelaran", "Tobias Quill", "Achieng Wafula"),
    "de": ("Jutta Brandholt",),
    "fr": ("Solène Vauquelin",),
    "es": ("Ximena Robledal",),
    "ar": ("ليلى المرساوي",),
    "ur": ("خرم دستگیر",),
}
ORGS = {
    "en": ("Northwater Council", "Calder & Sons"),
    "de": ("Weserwerk AG",),
    "fr": ("le conseil régional",),
    "es": ("Grupo Altavega",),
    "ar": ("دار الميناء",),
    "ur": ("انجمن تاجران",),
}
TOPICS = (
    ("medtop:04000000", "economy, business and finance"),
    ("medtop:11000000", "politics and government"),
    ("medtop:15000000", "sport"),
    ("medtop:06000000", "environment"),
    ("medtop:01000000", "arts, culture, entertainment and media"),
)
# (state, reason, stage, detail) by turns; most of what is listed is loaded.
ENDS: tuple[tuple[str, str, str, str | None], ...] = (
    *[("loaded", "stored", "load", None)] * 8,
    ("quarantined", "teaser", "load", "41 words, then “Subscribe to read on”"),
    *[("loaded", "stored", "load", None)] * 4,
    ("gone", "not_found", "fetch", "HTTP 404"),
    *[("loaded", "stored", "load", None)] * 5,
    ("skipped", "robots_disallowed", "fetch", "Disallow: /live/"),
    ("duplicate", "same_article", "load", "canonical address of an article we have"),
    *[("loaded", "stored", "load", None)] * 3,
    ("quarantined", "wrong_charset", "load", "12 % replacement characters"),
    ("failed", "gave_up", "fetch", "connection reset, 5 runs"),
)
