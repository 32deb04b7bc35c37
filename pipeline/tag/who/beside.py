"""What stands beside a name: title or office, Mr or Ms, the next pronoun, and which kind the words around demand."""

from __future__ import annotations

import re

from pipeline.acronyms import is_acronym
from pipeline.records import Kind
from pipeline.tag.lexicon import load_lexicon

_REACH = 90
"""Code points looked at on either side: a title with its modifiers, an apposition of eight words."""
_PRONOUN_REACH = 200
_TOKEN = re.compile(r"[^\W\d_](?:[\w'’-]|\.(?=\w))*\.?|\S")
_NEXT_WORD = re.compile(r" ([a-z]+)\b")
_PRONOUN = re.compile(r"\b(?:(he|him|his|himself)|(she|her|hers|herself))\b", re.IGNORECASE)
_APPOSITION = re.compile(r"\s*,\s*(?P<age>(?:aged\s+)?\d{1,3}\s*,\s*)?(?P<rest>[^,.;:()\n“”\"–—]+)(?P<closed>[,.;])?")
_ENDS = re.compile(
    r"\s(?:at|of|for|in|with|on|from|and|who|whose|said|says|told|to|by|as|has|had|was|is|since|based|based|than|when)\b"
)
_OWNER = re.compile(r".*(?:['’]s|s['’])\s+", re.DOTALL)
_DETERMINER = re.compile(r"(?:a|an|the|his|her|its|their|our|my|also|then|now|once)\s+")
_OCCUPATION = re.compile(r"[a-z-]{3,}(?:ist|ician|arian|man|woman|person|ologist)")
_MAX_WORDS = 5
_SHOUTED = 5
"""Letters of a word in capitals that is no abbreviation (CEO, NATO), but stands in a line of capitals."""
_TRIMMED = frozenset(
    ("his", "her", "right", "most", "very", "first", "under", "affairs", "party", "police", "house", "county")
)


def role_of(text: str, start: int, end: int) -> str | None:
    """Title or office of the person named at these offsets, in plain words; None if nothing beside says it surely."""
    return role_before(text, start) or role_after(text, end)


def role_before(text: str, start: int) -> str | None:
    """ "former foreign minister" of "Pakistan's former foreign minister Khurram Dastgir"."""
    words = _titles_before(text, start)
    if not words or not _is_role(words[-1]) or _bare(words[-1]) in load_lexicon().cues["courtesies"]:
        return None
    while words and (_bare(words[0]) in _TRIMMED or _bare(words[0]) in load_lexicon().cues["courtesies"]):
        words = words[1:]
    return " ".join(w.title() if w.isupper() and len(w) >= _SHOUTED else w for w in words) or None


def _titles_before(text: str, start: int) -> list[str]:
    """Words right before a name that are titles, modifiers of titles or, in front, the acronym of an organisation."""
    lexicon, found = load_lexicon(), list[str]()
    line = text[max(0, start - _REACH) : start].rsplit("\n", 1)[-1]
    if not line[-1:].isspace():
        return []
    for word in reversed(_TOKEN.findall(line)):
        bare = _bare(word)
        if word.endswith(".") and word[0].islower():
            break  # "… the singer. Rice laughed": a sentence ends here
        if (lexicon.has("titles", bare) and _may_be_title(word)) or (found and lexicon.has("title_modifiers", bare)):
            found.append(word.removeprefix("then-").removeprefix("Then-"))
        else:
            if found and word.isupper() and is_acronym(word) and not _is_country(word):
                found.append(word)
            break
    return found[::-1]


def _may_be_title(word: str) -> bool:
    """ "Miss Steve" has a title; "we all miss Steve" has none."""
    return word[0].isupper() or not load_lexicon().has("courtesies", _bare(word))


def _is_country(word: str) -> bool:
    return word.replace(".", "") in ("US", "UK", "USA", "UAE")


def _bare(word: str) -> str:
    return word.rstrip(".").lower().replace("’", "'").removeprefix("then-")


def _is_role(word: str) -> bool:
    """ "General Smith" has a rank; "in general Smith" has none."""
    return word[:1].isupper() or not load_lexicon().has("names_and_titles", _bare(word))


def role_after(text: str, end: int) -> str | None:
    """ "political analyst" of "Sarah Johnson, a political analyst at Georgetown University"."""
    match = _APPOSITION.match(text, end, end + _REACH)
    if match is None:
        return None
    whole = match["rest"].strip()
    cut = _ENDS.search(" " + whole)
    phrase = whole[: max(0, cut.start() - 1)] if cut else whole if match["closed"] else ""
    phrase = _OWNER.sub("", phrase).strip()
    bare = _DETERMINER.sub("", phrase).strip()
    words = bare.split()
    if not 0 < len(words) <= _MAX_WORDS:
        return None
    has_article = bool(match["age"]) or bare != phrase or phrase != whole
    if words[-1].islower() and _says_what_one_is(words[-1], has_article) and _is_plain(words):
        return bare
    return bare if all(_is_office(w) for w in words) and _is_office_in_capitals(words[-1]) else None


def _is_office_in_capitals(word: str) -> bool:
    lexicon = load_lexicon()
    return (
        word[0].isupper() and lexicon.has("titles", word.lower()) and not lexicon.has("names_and_titles", word.lower())
    )


def _says_what_one_is(word: str, has_article: bool) -> bool:
    lexicon = load_lexicon()
    if lexicon.has("names_and_titles", word):
        return False
    if lexicon.has("titles", word):
        return True
    return has_article and (lexicon.has("occupations", word) or bool(_OCCUPATION.fullmatch(word)))


def _is_plain(words: list[str]) -> bool:
    """Only small words and capitals of an adjective or acronym before the noun: no second name in between."""
    small = sum(w.islower() for w in words)
    return small == len(words) or all(w.islower() or _is_office(w) or w.isupper() for w in words)


def _is_office(word: str) -> bool:
    lexicon, bare = load_lexicon(), _bare(word)
    return lexicon.has("titles", bare) or lexicon.has("title_modifiers", bare) or bare in lexicon.demonyms


def gender_of(text: str, start: int) -> str | None:
    """m or f by the title before a person's name; None where there is none."""
    lexicon = load_lexicon()
    for word in reversed(_titles_before(text, start)):
        if lexicon.has("female_titles", _bare(word)):
            return "f"
        if lexicon.has("male_titles", _bare(word)):
            return "m"
    return None


def pronoun_after(text: str, end: int) -> str | None:
    """m or f by the first he or she within 200 code points."""
    match = _PRONOUN.search(text, end, end + _PRONOUN_REACH)
    return None if match is None else "m" if match[1] else "f"


def is_family(text: str, end: int) -> bool:
    """ "the Franco family": everybody of that name."""
    after = _NEXT_WORD.match(text, end)
    return after is not None and load_lexicon().has("family_nouns", after[1])


def context_kind(text: str, start: int) -> str | None:
    """PER behind a title, LOC behind "in"; None where the words before say nothing."""
    lexicon = load_lexicon()
    titles = _titles_before(text, start)
    if titles and _is_role(titles[-1]):
        return Kind.PER
    before = _TOKEN.findall(text[max(0, start - 20) : start])
    return Kind.LOC if before and lexicon.has("in_place", before[-1]) else None
