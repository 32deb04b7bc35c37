"""How outlets print the names of their sections, where that is more than the slug with a capital letter."""

from __future__ import annotations

_NAMES: dict[str, dict[str, str]] = {
    "en": {"us-news": "U.S. News"},
    "fr": {
        "economie": "Économie",
        "sante": "Santé",
        "education": "Éducation",
        "meteo": "Météo",
        "societe": "Société",
    },
    "es": {
        "economia": "Economía",
        "politica": "Política",
        "educacion": "Educación",
        "religion": "Religión",
    },
    "ar": {
        "economy": "اقتصاد",
        "labour": "عمل",
        "health": "صحة",
        "politics": "سياسة",
        "justice": "قضاء",
        "science": "علوم",
        "culture": "ثقافة",
        "education": "تعليم",
        "environment": "بيئة",
        "incidents": "حوادث",
        "sport": "رياضة",
        "weather": "طقس",
        "people": "ناس",
        "world": "العالم",
        "society": "مجتمع",
        "religion": "دين",
    },
    "ur": {
        "economy": "معیشت",
        "labour": "محنت کش",
        "health": "صحت",
        "politics": "سیاست",
        "justice": "عدالت",
        "science": "سائنس",
        "culture": "ثقافت",
        "education": "تعلیم",
        "environment": "ماحولیات",
        "incidents": "حادثات",
        "sport": "کھیل",
        "weather": "موسم",
        "people": "لوگ",
        "world": "دنیا",
        "society": "معاشرہ",
        "religion": "مذہب",
    },
}


def section_name(language: str, section: str) -> str:
    """The printed name of a section, from its slug."""
    plain = section.replace("-", " ")
    return _NAMES.get(language, {}).get(section, plain[:1].upper() + plain[1:])
