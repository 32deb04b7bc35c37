"""Names of people out of byline texts, without "By", roles, agencies, credentials and the outlet itself."""

from __future__ import annotations

import re

from pipeline.clean.folding import fold_name
from pipeline.clean.linked_data import plain

_BY = re.compile(
    r"^\s*(?:(?:written|reported|reporting|posted|published|story|words|text|article|analysis|opinion|review|"
    r"edited|(?:view\s+)?(?:all\s+|more\s+)?(?:posts|articles|stories))\s+by|by|von|par|por|"
    r"(?:de|di|da)(?=\s+\S+\s+\S+)|door|av|af|przez|text|autor(?:in|a|es|en)?|auteurs?|autor[ei]|authors?|автор|текст|"
    r"بقلم|كتب|كتبت|تحرير|تحریر|ازقلم|نویسنده|oleh|penulis|yazan|文|作者|记者|記者|取材・文|撰文)[\s:：]+",
    re.IGNORECASE,
)
_SPLIT = re.compile(
    r"\s*(?:[,;|/·•∙、،؛&]|\s+(?:and|und|et|y|e|og|och|en|i|ve|и|dan|with|mit|avec|con)\s+|\s+و\s+|\s+اور\s+|\n)\s*",
    re.IGNORECASE,
)
_JOINING = re.compile(r"^\s*(?:and|und|et|y|e|with|mit|avec|con)\s+", re.IGNORECASE)
_ROLE = re.compile(
    r"\b(staff|writer|reporter|correspondent|editor(?:ial|s|in|-in-chief)?|senior|sr|contributor|contributing|"
    r"columnist|journalist(?:e|in|a)?|bureau|desk|newsroom|team|special|chief|freelance|producer|analyst|director|"
    r"president|founder|head|manager|expert|specialist|engineer|officer|consultant|reviewer|professor|attorney|"
    r"redaktion|redakteur(?:in)?|rédaction|rédacteur|redacci[oó]n|redaç[aã]o|redazione|redactie|redakcja|redakce|"
    r"редакция|admin(?:istrator)?|webmaster|guest|author|news|newsdesk|media|press|agency|agencies|agencias|agenzia|"
    r"agentur|agence|online|digital|services?|magazine|times|post|daily|herald|gazette|tribune|journal|enquirer|"
    r"network|radio|television|tv|inc|ltd|llc|gmbh|corp|company|foundation|institute|university|unknown|anonymous|"
    r"publisher|official|podcast|studio|sponsored|updated|published|privacy|bio|profile|exclusive|comments?|our|the)\b",
    re.IGNORECASE,
)
_AGENCIES = frozenset({
    "reuters", "ap", "afp", "dpa", "efe", "ansa", "apa", "ats", "belga", "bloomberg", "upi", "pti", "ani", "ians",
    "anadolu", "aa", "tass", "interfax", "xinhua", "kyodo", "yonhap", "sid", "kna", "epd", "app", "bernama",
    "antara", "ptinews", "lusa", "petra", "wafa", "irna", "isna", "mena", "spa", "wam", "cnn", "bbc", "npr", "cnbc",
    "associatedpress", "agencefrancepresse", "pressassociation", "europapress", "canadianpress", "aap", "tanjug",
    "hina", "ritzau", "ntb", "tt", "stt", "pap", "ctk", "mti", "agerpres", "bta", "وكالات", "رويترز", "webdesk",
    "mitarbeiter", "home", "last",
})  # fmt: skip
"""Agencies and other single words that stand in bylines, folded. They are sources or labels, not people."""
_CREDENTIAL = re.compile(
    r"^(?:ph\.?\s?d|m\.?d|md|jr|sr|ii|iii|esq|mba|rn|rd|cpa|m\.?a|b\.?a|m\.?sc|b\.?sc|dr|prof)\.?$", re.IGNORECASE
)
_SMALL_WORD = re.compile(r"\b(?:at|on|of|to|from|is|with|this|your|we)\b", re.IGNORECASE)
_LEADING_TITLE = re.compile(r"^(?:dr|prof|mr|mrs|ms|sir)\.?\s+(?=\S+\s+\S+)", re.IGNORECASE)
_MONTH = r"(?:jan|feb|mar|mär|apr|may|mai|jun|jul|aug|sep|oct|okt|nov|dec|dez)[a-zä]*\.?"
_TRAILER = re.compile(
    rf"\s*(?:\(.*|\b(?:for|für|pour)\s+.+|\bin\s+\S.+|@\S+.*|\s[-–—]\s.*|\b(?:last\s+)?(?:updated|published|posted)\b.*|"
    rf"\b\d{{1,2}}[:./].*|\b\d{{1,2}}\.?\s+{_MONTH}.*|\b{_MONTH}\s+\d.*|\b\d{{4}}\b.*|"
    r"\b(?:follow|view|link copied)\b.*|"
    r"\b(?:all|more|other)\s+posts?\b.*)$",
    re.IGNORECASE,
)


def people_in(raw: list[str], not_people: set[str] | None = None) -> tuple[str, ...]:
    """Names of people in byline texts: `By Ana Ruiz and Li Wei, Staff Writers` → Ana Ruiz, Li Wei.

    `not_people` are folded names of the outlet.
    """
    outlet = not_people or set()
    found: dict[str, str] = {}
    for text in raw:
        if text.startswith(("http:", "https:")) or len(text) > 300:
            continue
        parts = _SPLIT.split(_unturned(_BY.sub("", plain(text))))
        for part in parts:
            name = _without_outlet(_clean_name(part), outlet)
            if name and fold_name(part) not in outlet and _is_person(name, outlet, is_alone=len(parts) == 1):
                found.setdefault(fold_name(name), name)
    return tuple(found.values())


def _unturned(text: str) -> str:
    """`Ruiz, Ana` (catalogue style, one person) → `Ana Ruiz`; anything else stays."""
    match = re.fullmatch(r"([^\s,]+),\s+([^\s,]+(?:\s[A-Z]\.)?)", text)
    if match and not _CREDENTIAL.match(match.group(2)) and not _ROLE.search(text):
        return f"{match.group(2)} {match.group(1)}"
    return text


def _clean_name(part: str) -> str:
    name = _JOINING.sub("", _BY.sub("", part)).strip(" .,:;|-–—*\"'“”()[]{}")
    name = _TRAILER.sub("", name).strip(" .,:;|-–—")
    name = _LEADING_TITLE.sub("", name)
    if name.isupper() and len(name) > 4 and " " in name and name.isascii():
        name = " ".join(word.capitalize() for word in name.split())
    return name


def _without_outlet(name: str, outlet: set[str]) -> str:
    """`Greyson Steele Valley Post` → `Greyson Steele`: the outlet set behind the name without a comma."""
    words = name.split()
    for cut in range(2, len(words)):
        if fold_name(" ".join(words[cut:])) in outlet:
            return " ".join(words[:cut])
    return name


def _is_person(name: str, outlet: set[str], *, is_alone: bool) -> bool:
    words = name.split()
    folded = fold_name(name)
    if not 2 <= len(name) <= 60 or len(words) > 6 or any(ch.isdigit() or ch in "@/_" for ch in name):
        return False
    if folded in outlet or folded in _AGENCIES or _CREDENTIAL.match(name) or _ROLE.search(name):
        return False
    if len(words) == 1:
        # One word is a name where names have no space in them, or of somebody known by one name alone.
        in_wide_script = any(ch > "\u2e80" for ch in name) and len(name) <= 8
        return in_wide_script or (is_alone and name[0].isupper() and len(name) >= 4 and not name.isupper())
    if _SMALL_WORD.search(name):
        return False
    cased = [w for w in words if w[0].isalpha() and w[0].lower() != w[0].upper()]
    return not cased or sum(w[0].isupper() for w in cased) * 2 >= len(cased)
