"""Where a run of words that may be a name begins and ends: capitals, and the small words that join them."""

from __future__ import annotations

from pipeline.tag.rules.reading import HYPHENS, Reading
from pipeline.tag.tokens import Shape


def run_end(reading: Reading, first: int) -> int | None:
    """Where the run that begins here ends; None if none begins here."""
    tokens = reading.tokens
    index = first
    if not _may_begin(reading, first):
        return None
    if tokens[first].shape is Shape.LOWER:  # al-Bashir
        index = first + 2
    hit = reading.hits.get(first)
    index = max(index + 1, hit.last if hit else 0)
    while index < len(tokens):
        following = _extend(reading, first, index)
        if following is None:
            break
        hit = reading.hits.get(following - 1)
        index = max(following, hit.last if hit else 0)
    return index


def _may_begin(reading: Reading, index: int) -> bool:
    token = reading.tokens[index]
    if index in reading.hits:
        return token.shape is not Shape.UNCASED
    if token.shape is Shape.LOWER:
        return (
            token.key in ("al", "el", "ul", "an", "as", "ash", "az", "ibn", "bin")
            and index + 2 < len(reading.tokens)
            and reading.tokens[index + 2].glued
            and reading.tokens[index + 2].shape is Shape.CAPITAL
        )
    if not token.is_name_like or reading.is_plain(index):
        return False
    return not reading.is_no_name(token.key)


def _extend(reading: Reading, first: int, index: int) -> int | None:
    """One word more: the index behind it, or None where the run ends."""
    tokens, lexicon = reading.tokens, reading.lexicon
    token, last = tokens[index], tokens[index - 1]
    if not token.spaced:
        return None
    if token.is_name_like:
        return index + 1 if _joins(reading, index) else None
    if index + 1 >= len(tokens):
        return None
    following = tokens[index + 1]
    if token.text in HYPHENS:
        return index + 2 if following.glued and _hyphen_joins(reading, index) else None
    if not following.spaced:
        return None
    if token.text == "." and lexicon.has("pointed", last.key) and following.is_name_like:
        return index + 2
    if token.text == "&" and following.is_name_like:
        return index + 2
    if token.text in ("'", "’", "'s", "’s"):
        ok = lexicon.has("owners", last.key) and last.shape is Shape.CAPITAL and following.is_name_like
        return index + 2 if ok else None
    if token.key in ("and", "und", "et", "y", "e"):
        return _and_joins(reading, first, index)
    linked = _link_joins(reading, first, index)
    if linked is not None:
        return linked
    if lexicon.has("free_particles", token.key) and not lexicon.has("org_tail", last.key):
        behind = index + 2 if lexicon.has("after_particles", following.key) and index + 2 < len(tokens) else index + 1
        if tokens[behind].is_name_like and tokens[behind].spaced and last.shape is not Shape.UPPER:
            return behind + 1
        if following.text in HYPHENS and index + 2 < len(tokens) and tokens[index + 2].glued:
            return index + 3
    return None


def _joins(reading: Reading, index: int) -> bool:
    token, last = reading.tokens[index], reading.tokens[index - 1]
    if token.opens and not token.headline:
        return False
    if token.headline and reading.is_plain(index) and index not in reading.hits:
        return False
    if reading.is_no_name(token.key):
        return reading.lexicon.has("month_names", token.key) and last.key in reading.lexicon.given_names
    return True


def _hyphen_joins(reading: Reading, index: int) -> bool:
    following = reading.tokens[index + 1]
    if following.is_name_like:
        # "U.S.-India": two known names beside each other stay two
        return not (
            following.shape is Shape.UPPER or (_is_known_whole(reading, index + 1) and _ends_known(reading, index))
        )
    if following.shape is not Shape.LOWER or len(following.key) > 6:
        return False
    tail = following.key
    if reading.lexicon.has("hyphen_tails", tail):
        return False
    if tail not in reading.common:
        return reading.tokens[index - 1].shape is not Shape.UPPER
    # "Ban Ki-moon", but not "AI-driven" or "Out-of-state"
    before = reading.tokens[index - 2] if index > 1 else None
    full = before is not None and before.is_name_like and reading.tokens[index - 1].spaced
    return full and len(tail) < 5 and len(reading.tokens[index - 1].text) < 6


def _is_known_whole(reading: Reading, index: int) -> bool:
    return index in reading.hits or reading.tokens[index].key in reading.lexicon.demonyms


def _ends_known(reading: Reading, end: int) -> bool:
    if reading.tokens[end - 1].key in reading.lexicon.demonyms:
        return True
    return any(hit.last == end for hit in (reading.hits.get(i) for i in range(max(0, end - 5), end)) if hit)


def _link_joins(reading: Reading, first: int, index: int) -> int | None:
    """ "Ministry of Foreign …", "Banco de …", "Gulf of …": links join only behind a head that asks for one."""
    tokens, lexicon = reading.tokens, reading.lexicon
    token, last = tokens[index], tokens[index - 1]
    link = token.key.rstrip("'")
    if not lexicon.has("links", link) or token.shape is not Shape.LOWER or last.shape is Shape.UPPER:
        return None
    head = lexicon.has("org_head", last.key) or (lexicon.has("org_tail", last.key) and link in ("of", "de", "d", "for"))
    place = link in ("of", "de", "del", "du") and (
        lexicon.has("loc_head", last.key)
        or last.key in ("republic", "kingdom", "islands", "city", "state", "horn", "emirates", "golfo", "estrecho")
    )
    if not (head or place):
        # a second link in a name already opened: "University of the West of England"
        opened = any(lexicon.has("org_head", t.key) for t in tokens[first:index])
        if not (opened and link in ("de", "d", "of", "del", "du", "des") and len(last.text) > 2):
            return None
    behind = index + 1
    while (
        behind < len(tokens)
        and behind <= index + 2
        and tokens[behind].spaced
        and tokens[behind].key in ("the", "la", "las", "los", "el", "le", "les", "l'", "l’", "d'", "der", "die", "das")
    ):
        behind += 1
    if behind < len(tokens) and tokens[behind].is_name_like and tokens[behind].spaced:
        if (tokens[behind].headline and reading.is_plain(behind)) or reading.is_no_name(tokens[behind].key):
            return None
        return behind + 1
    return None


def _and_joins(reading: Reading, first: int, index: int) -> int | None:
    """ "Ministry of Trade and Industry", "Food and Drug Administration"; never two persons or two places."""
    tokens, lexicon = reading.tokens, reading.lexicon
    following = tokens[index + 1]
    if not following.is_name_like or index + 1 in reading.hits or following.headline:
        return None
    left = [t for t in tokens[first:index] if t.is_name_like]
    linked = any(t.shape is Shape.LOWER and lexicon.has("links", t.key) for t in tokens[first:index])
    if linked and following.key in lexicon.common_en and tokens[index - 1].key in lexicon.common_en:
        return index + 2
    end = index + 1
    while end < len(tokens) and tokens[end].is_name_like and tokens[end].spaced and not (tokens[end].opens):
        end += 1
    closes = lexicon.has("org_tail", tokens[end - 1].key)
    if closes and end - index > 2 and left and tokens[index - 1].key in lexicon.common_en and not left[0].opens:
        return index + 2
    return None
