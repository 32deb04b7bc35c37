"""Names of people out of byline texts, without "By", roles, agencies, credentials and the outlet itself.

The words that make the difference are data: bylines.yml. What is kept and what goes: `Jr.` and `III` belong to the
name, `PhD` and `Dr.` do not; who edited, translated, photographed or contributed reporting is no author.
"""

from __future__ import annotations

import re

from pipeline.clean.agencies import is_agency
from pipeline.clean.byline_words import Phrase, byline_words
from pipeline.clean.linked_data import plain
from pipeline.clean.name_case import in_name_case
from pipeline.clean.wide_names import WIDE, wide_names_in
from pipeline.folding import fold_name

_SPLIT = re.compile(
    r"\s*(?:[,;|·•∙⋅‧●▪◆│、،؛&+]|\s[/-]\s|\s?[–—]\s|(?<=\w\w)/(?=\w\w)|"
    r"\s+(?:and|und|et|og|och|en|ja|ve|și|si|dan|и|with|mit|avec|con|met|și|és|və|та|і|και|एवं|और|আর|ও|و|اور|và|at)\s+)\s*",
    re.IGNORECASE,
)
# One-letter "and" of Spanish, Portuguese, Italian, Polish: also joins the halves of one surname.
_SPLIT_IF_NAMES = re.compile(r"\s+(?:y|e|i)\s+", re.IGNORECASE)
_ASIDE = re.compile(r"\s*[(\[（].*?[)\]）]|\s*[(\[（].*$")
_ADDRESS = re.compile(r"\S+@\S+|@\w+|https?:\S+|\bwww\.\S+")
_MONTH = (
    "(?:jan|feb|f[eé]v|mar|mär|apr|abr|avr|ma[iy]|jun|jui|jul|aug|ago|ao[uû]|sep|o[ck]t|out|nov|dec|dez|d[eé]c|dic|"
    "янв|фев|апр|мая|июн|июл|авг|сен|окт|ноя|дек)"
)
_DATE_OR_COUNT = re.compile(
    rf"\s*(?:(?:\b(?:on|am|le|el|em|den|il)\s+)?(?:\b{_MONTH}\w*\.?\s+)?\b\d.*|"
    r"\b(?:(?:last\s+)?(?:updated|published|posted)|follow|view|link copied)\b.*|"
    r"\b(?:all|more|other)\s+(?:posts?|articles|stories)\b.*|\b(?:for|für|pour|para)\s+.+)$",
    re.IGNORECASE,
)
_JOINING = re.compile(r"^(?:and|und|et|with|mit|avec|con|com|e|y|og|och)\s+", re.IGNORECASE)
_EDGES = " .,:：;|-–—*\"'“”„«»()[]{}\u200e\u200f\u00a0>‹›~"
_DOMAIN = re.compile(r"\w{3,}\.[a-z]{2,}$", re.IGNORECASE)
_INITIALS = re.compile(r"(?:[^\W\d]\.?){1,3}")
_BAD = re.compile(r"[\d@:：;,()/_\\<>={}|#!?…%]")
_ARABIC_AND = re.compile(r"\s+و(?=\w{3,}\s+\w)")
_ARABIC_WAW_NAMES = frozenset(
    ("وليد", "وائل", "وسام", "وفاء", "وجدي", "وليم", "وحيد", "وسيم", "وداد", "وردة", "وهبي", "وهيب", "وجيه", "وديع",
     "وصفي", "ولاء", "وفيق", "واصف", "وضاح", "وقاص", "وقار", "وحید", "ولید", "وجاہت", "وسعت")
)  # fmt: skip
_MAX_CHARS = 300


def people_in(raw: list[str], not_people: set[str] | None = None) -> tuple[str, ...]:
    """Names of people in byline texts: `By Ana Ruiz and Li Wei, Staff Writers` → Ana Ruiz, Li Wei.

    `not_people` are folded names of the outlet; one of them still is a person where it begins with a given
    name, as on a writer's own site. In order, without repeats.
    """
    outlet = not_people or set()
    found: dict[str, str] = {}
    for text in raw:
        if text.startswith(("http:", "https:", "www.")) or len(text) > _MAX_CHARS:
            continue
        is_alone = len(raw) == 1 and "\n" not in text
        for line in text.split("\n"):
            for name in _names_of_line(plain(line), outlet, is_alone=is_alone):
                found.setdefault(fold_name(name), name)
    return tuple(found.values())


def _names_of_line(line: str, outlet: set[str], *, is_alone: bool) -> list[str]:
    if WIDE.search(line):
        line = _ADDRESS.sub(" ", line)
        return [name for name in wide_names_in(line) if fold_name(name) not in outlet and not is_agency(name)]
    text = _without_prefix(_unturned(_ADDRESS.sub(" ", line)))
    text = _unturned(_before_other_work(_ASIDE.sub(" ", text)))
    parts = _parts(text)
    names: list[str] = []
    for joined in parts:
        part = _JOINING.sub("", joined.strip())
        if names and fold_name(part) in byline_words().suffixes:
            names[-1] = f"{names[-1]} {part.strip()}"  # `Martin Quill, Jr.`
            continue
        if is_agency(part) or (fold_name(part) in outlet and not _is_own_site(part.split())):
            continue
        name, had_role = _name(part, outlet)
        if not name or not _is_person(name, outlet, is_alone=is_alone and len(parts) == 1):
            continue
        if names and not _starts_with_given_name(name) and (had_role or len(name.split()) >= 4):
            continue  # `Tom Krisher, AP Auto Writer`, `Ana Ruiz, Sioux Falls Argus Leader`: what follows is the office
        names.append(name)
    return names


def _starts_with_given_name(name: str) -> bool:
    return fold_name(name.split()[0]) in byline_words().given_names


def _parts(text: str) -> list[str]:
    parts: list[str] = []
    for part in _SPLIT.split(text):
        halves = _SPLIT_IF_NAMES.split(part)
        # `José Ortega y Gasset` is one person, `Ana Ruiz y José Díaz` are two.
        parts.extend(halves if len(halves) > 1 and all(len(h.split()) > 1 for h in halves) else [part])
    return [piece for part in parts for piece in _arabic_parts(part) if piece.strip()]


def _arabic_parts(part: str) -> list[str]:
    """`و` (and) is written without a space: `أحمد علي ومحمد حسن`."""
    for match in _ARABIC_AND.finditer(part):
        front, back = part[: match.start()], part[match.end() :]
        if len(front.split()) >= 2 and f"و{back.split()[0]}" not in _ARABIC_WAW_NAMES:
            return [front, *_arabic_parts(back)]
    return [part]


def _without_prefix(text: str) -> str:
    """Without the words before the name, however many: `Written by: By Ana Ruiz`."""
    words = byline_words()
    tokens = text.strip(_EDGES.replace(".", "")).split()
    for _ in range(4):
        phrase = _phrase_at(tokens, 0, words.by)
        if not phrase:
            break
        has_colon = tokens[len(phrase) - 1].endswith((":", "："))
        rest = tokens[len(phrase) :]
        if rest and rest[0] in (":", "-", "–", "—", "|", "/"):
            has_colon, rest = True, rest[1:]
        is_doubtful = phrase in words.only_before_names or (len(phrase) == 1 and phrase[0] in words.given_names)
        if not rest and (len(phrase) > 1 or not is_doubtful):
            return ""  # the label alone, its name stands elsewhere
        if not rest or (is_doubtful and not has_colon and len(rest) < 2) or rest[0].lower() in ("der", "den", "dem"):
            break
        tokens = rest
    return " ".join(tokens)


def _before_other_work(text: str) -> str:
    """Cut what others did: `Ana Ruiz, with additional reporting by Li Wei` → `Ana Ruiz`."""
    tokens = text.split()
    for index in range(len(tokens)):
        if _phrase_at(tokens, index, byline_words().not_authors):
            before = tokens[:index]
            if before and fold_name(before[-1]) in ("with", "and", "und", "mit", "et", "avec", "y", "con", "e", "com"):
                before = before[:-1]
            return " ".join(before)
    return text


def _phrase_at(tokens: list[str], index: int, phrases: dict[str, tuple[Phrase, ...]]) -> Phrase | None:
    candidates = phrases.get(fold_name(tokens[index])) if index < len(tokens) else None
    for phrase in candidates or ():
        if len(phrase) == 1 or tuple(map(fold_name, tokens[index : index + len(phrase)])) == phrase:
            return phrase
    return None


def _unturned(text: str) -> str:
    """`Ruiz, Ana` (catalogue style, one person) → `Ana Ruiz`; anything else stays."""
    match = re.fullmatch(r"((?:\S{2,4}\s){0,2}[^\s,]+),\s+([^\s,]+(?:\s[A-Z]\.)?)", text.strip())
    if not match:
        return text
    family, given = match.groups()
    *before, _ = family.split()
    if not all(fold_name(word) in byline_words().particles for word in before):
        return text
    words = byline_words()
    labels = words.roles | words.organisations | words.credentials | words.suffixes
    if is_agency(family) or is_agency(given) or {fold_name(family), fold_name(given.split()[0])} & labels:
        return text
    return f"{given} {family}"


def _name(part: str, outlet: set[str]) -> tuple[str, bool]:
    """The name in one part of a byline, in name case ("" where nothing is left), and whether a role was cut off."""
    part = _DATE_OR_COUNT.sub("", _without_prefix(part))
    tokens = [
        t for token in part.split() if (t := token.strip(_EDGES.replace(".", "") if _keeps_dot(token) else _EDGES))
    ]
    kept = _without_back(_without_front(tokens), outlet)
    return in_name_case(" ".join(kept)), len(kept) < len(tokens)


def _keeps_dot(token: str) -> bool:
    """`J.`, `A.J.` and `Jr.` keep theirs."""
    bare = token.strip(",;:")
    return bare.endswith(".") and (bool(_INITIALS.fullmatch(bare)) or fold_name(bare) in byline_words().suffixes)


def _without_front(tokens: list[str]) -> list[str]:
    words = byline_words()
    while len(tokens) > 2 or (len(tokens) == 2 and fold_name(tokens[0]) in words.honorifics and len(tokens[1]) > 2):
        first = fold_name(tokens[0])
        given_name = first in words.given_names and first not in words.honorifics
        if given_name or not (first in words.honorifics or first in words.roles or _is_monogram(tokens)):
            break
        tokens = tokens[1:]
    return tokens


def _is_monogram(tokens: list[str]) -> bool:
    """The letters shown in place of a portrait: `CM Craig McCarthy`."""
    initials = "".join(token[0] for token in tokens[1:])
    return (
        len(tokens[0]) >= 2
        and tokens[0].isupper()
        and tokens[0] in (initials, initials[:2], initials[0] + initials[-1])
    )


def _without_back(tokens: list[str], outlet: set[str]) -> list[str]:
    """Without place, role, credentials and outlet behind the name: `Rachel Moss Senior Writer` → `Rachel Moss`."""
    words = byline_words()
    has_role = any(map(_is_role, tokens[2:]))
    for index in range(2, len(tokens)):
        folded = fold_name(tokens[index])
        behind = fold_name("".join(tokens[index:]))
        # `Greyson Steele Valley Post`, `Greyson Steele Post`
        if behind in outlet or (len(behind) >= 4 and any(n.endswith(behind) for n in outlet)):
            return tokens[:index]
        if _is_credential(tokens[index]):
            return tokens[:index]
        if folded in words.places_before and index + 1 < len(tokens):
            return tokens[:index]
        if folded in words.surnames_too and index == len(tokens) - 1:
            continue
        # `Ana Ruiz Communications Director`, but not `Ana Ruiz Arden Times`, where nobody can tell the end of the name.
        if _is_role(tokens[index]) or (has_role and index < 4 and folded in words.organisations):
            return tokens[:index]
    return tokens


def _is_role(token: str) -> bool:
    """`Editor`, and `Editor-at-large` too."""
    roles = byline_words().roles
    return fold_name(token) in roles or ("-" in token and fold_name(token.split("-")[0]) in roles)


def _is_credential(token: str) -> bool:
    has_caps = sum(ch.isupper() for ch in token) >= 2 or token.rstrip(".") in ("Esq", "Dr", "Ph.D")
    return has_caps and fold_name(token) in byline_words().credentials


def _is_person(name: str, outlet: set[str], *, is_alone: bool) -> bool:
    words, tokens, folded = byline_words(), name.split(), fold_name(name)
    if not 2 <= len(name) <= 60 or len(tokens) > 6 or _BAD.search(name) or _DOMAIN.search(name):
        return False
    if folded in outlet and not _is_own_site(tokens):
        return False
    if is_agency(name) or folded in words.organisations or folded in words.roles or _has_label(tokens):
        return False
    if len(tokens) == 1:
        return is_alone and _is_mononym(name, outlet)
    if any(len(n) >= 8 and n in folded and n != folded for n in outlet):
        return False  # `Valley Post Sports`
    cased = [t for t in tokens if t[0].isalpha() and t[0].lower() != t[0].upper()]
    return (not cased or sum(t[0].isupper() for t in cased) * 2 >= len(cased)) and any(len(t) > 2 for t in tokens)


def _has_label(tokens: list[str]) -> bool:
    """A word that no person's name has in it: an organisation's, or a role where no name stands before it."""
    words = byline_words()
    folded = [fold_name(token) for token in tokens]
    for index, word in enumerate(folded):
        if word not in words.organisations and not _is_role(tokens[index]):
            continue
        starts_with_given = folded[0] in words.given_names and len(tokens) >= 2
        if index == 0 and starts_with_given:  # `Tim` is a team in Jakarta
            continue
        if word in words.surnames_too and index == len(tokens) - 1 and starts_with_given and len(tokens) <= 3:
            continue
        if word in words.particles and 0 < index < len(tokens) - 1:
            continue
        return True
    joined = f" {' '.join(folded)} "
    return any(f" {phrase} " in joined for phrase in words.organisation_phrases)


def _is_mononym(name: str, outlet: set[str]) -> bool:
    """One word alone: somebody known by one name, unless it is part of the outlet's or written like a brand."""
    folded = fold_name(name)
    has_case = name[0].lower() != name[0].upper()
    if len(name) < 3 or (has_case and (len(name) < 4 or not name[0].isupper() or not name[1:].islower())):
        return False
    if folded in byline_words().given_names:
        return folded not in outlet  # `Lillie`, at lillieeatsandtells.example
    return not any(folded in n or n in folded for n in outlet if len(n) > 3)


def _is_own_site(tokens: list[str]) -> bool:
    """A writer's own site bears the writer's name: two or three words that begin with a given name."""
    words = byline_words()
    name = fold_name("".join(tokens))
    return 2 <= len(tokens) <= 3 and fold_name(tokens[0]) in words.given_names and name not in words.outlets_like_people
