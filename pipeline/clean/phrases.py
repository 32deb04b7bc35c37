"""The word tables of the verdict and of the kinds of article, and how a text is looked up in them.

garbage.yml gives away pages that are no article, kinds.yml says what kind of article one is. Both are compared folded.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from functools import lru_cache

from pipeline.clean.tables import load_table
from pipeline.folding import fold_words

_PARTS = re.compile(r"[|｜/•·»›>:：,;&+\[\]【】「」()（）]|\s[–—-]\s|\s(?:and|und|et|y|e|i|och|og|en|ve|и|و)\s")
"""What divides the parts of a section's name or a label: `Opinion | Columns`, `Meinung & Debatte`, `【社説】`."""
_CONNECTS = frozenset(
    ("by", "from", "with", "for", "in", "von", "mit", "bei", "der", "des", "par", "de", "del", "da", "do", "di", "dal",
     "della", "av", "af", "fra", "door", "van", "od", "przez", "tarafindan", "от", "за", "من", "عن", "بواسطة")
)  # fmt: skip
"""Words that join a label to a name: `Opinion by …`, `Kommentar von …`, `Contenido patrocinado por …`."""
MAX_LABEL_CHARS = 60


@lru_cache(maxsize=1)
def garbage() -> dict[str, tuple[str, ...]]:
    """garbage.yml: phrases by table, folded."""
    return {kind: _folded(phrases) for kind, phrases in load_table("garbage.yml").items()}


@lru_cache(maxsize=1)
def kinds() -> dict[str, dict[str, frozenset[str]]]:
    """kinds.yml: phrases by kind and table, folded; tables of one language are named `language.fr`."""
    found: dict[str, dict[str, frozenset[str]]] = {}
    for kind, tables in load_table("kinds.yml").items():
        found[kind] = {name: frozenset(_folded(list_)) for name, list_ in tables.items() if name != "language"}
        for language, phrases in tables.get("language", {}).items():
            found[kind][f"language.{language}"] = frozenset(_folded(phrases))
    return found


def labels(kind: str, language: str | None, *, sections: bool) -> frozenset[str]:
    """The phrases that name a kind on a page in `language`; with `sections` those of sections and addresses, too."""
    tables = kinds()[kind]
    primary = (language or "").split("-")[0]
    found = tables["label"] | tables.get(f"language.{primary}", frozenset())
    return found | tables.get("section", frozenset()) if sections else found


def names_kind(text: str, phrases: frozenset[str]) -> bool:
    """A part of the text is one of the phrases, or such a phrase joined to a name: `Opinion | By Ann Lee`."""
    if len(text) > MAX_LABEL_CHARS:
        return False
    folded = [fold_words(part) for part in (text, *_PARTS.split(text)) if part]
    return any(part in phrases for part in folded) or _joined_to_a_name(folded[0] if folded else "", phrases)


def _joined_to_a_name(folded: str, phrases: frozenset[str]) -> bool:
    """`kommentar von mira tann`, `ein kommentar von …`, `sponsored content by acme`; eight words at most."""
    words = folded.split()
    if not 2 < len(words) <= 8:
        return False
    for start in (0, 1):  # an article may stand before the label
        for end in range(start + 1, min(start + 4, len(words))):
            label, rest = " ".join(words[start:end]), words[end:]
            if label in phrases and (words[end - 1] in _CONNECTS or (rest[0] in _CONNECTS and len(rest) > 1)):
                return True
    return False


def says(folded: str, phrases: Iterable[str]) -> str | None:
    """The first of `phrases` in a folded text that has a blank at both ends; scripts without blanks match inside."""
    return next((p for p in phrases if f" {p} " in folded or (not p.isascii() and p in folded)), None)


def _folded(phrases: Iterable[str]) -> tuple[str, ...]:
    return tuple(sorted({fold_words(str(phrase)) for phrase in phrases} - {""}))
