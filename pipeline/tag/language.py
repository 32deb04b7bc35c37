"""The language of a bare text. Articles arrive with the language that cleaning found; files do not."""

from __future__ import annotations

import re
from functools import lru_cache

from py3langid.langid import MODEL_FILE, LanguageIdentifier

SAMPLE_CHARS = 4_000
"""As much as is read: enough for any article, and a bound for a text of megabytes."""
MIN_LETTERS = 3

_URDU_ONLY = re.compile("[ٹڈڑںےہۓ]")
_PERSIAN = re.compile("[پچژگکی]")
_ARABIC_ONLY = re.compile("[ةىيكإأ]")
_ARABIC_SCRIPT = re.compile("[\u0600-\u06ff]")
_ONE_LANGUAGE = {  # scripts that only one widely written language uses
    "he": re.compile("[\u0590-\u05ff]"),
    "el": re.compile("[\u0370-\u03ff]"),
    "ko": re.compile("[\uac00-\ud7af]"),
    "ja": re.compile("[\u3040-\u30ff]"),
    "th": re.compile("[\u0e00-\u0e7f]"),
    "ka": re.compile("[\u10a0-\u10ff]"),
    "hy": re.compile("[\u0530-\u058f]"),
}
_NO_NEWS = frozenset({"an", "eo", "la", "nn", "sa", "vo", "wa"})
"""Taken for others more often than met: Latin for Italian, Nynorsk for Bokmål (`no` stands for both)."""


class RuleLanguageTagger:
    """py3langid, and the letters where they decide: it takes short Urdu for Persian."""

    def language_of(self, text: str) -> str | None:
        """ISO 639-1; None for fewer than three letters."""
        sample = text[:SAMPLE_CHARS].encode("utf-8", "ignore").decode("utf-8")
        letters = sum(ch.isalpha() for ch in sample)
        if letters < MIN_LETTERS:
            return None
        if len(_ARABIC_SCRIPT.findall(sample)) > 0.5 * letters:
            return _arabic_script(sample, letters)
        for language, script in _ONE_LANGUAGE.items():
            share = len(script.findall(sample)) / letters
            if share > (0.08 if language == "ja" else 0.5):
                return language
        return str(_identifier().classify(sample)[0])


def _arabic_script(sample: str, letters: int) -> str:
    if len(_URDU_ONLY.findall(sample)) > 0.03 * letters:
        return "ur"
    found = str(_identifier().classify(sample)[0])
    if found in ("ps", "ug", "ku", "sd"):
        return found
    return "fa" if len(_PERSIAN.findall(sample)) > len(_ARABIC_ONLY.findall(sample)) else "ar"


@lru_cache(maxsize=1)
def _identifier() -> LanguageIdentifier:
    """All languages of the model with an ISO 639-1 code that newspapers are written in."""
    identifier = LanguageIdentifier.from_model_file(MODEL_FILE, norm_probs=False)
    identifier.set_languages([code for code in identifier.labels if len(code) == 2 and code not in _NO_NEWS])
    return identifier
