"""What speaks for a candidate being a person, an organisation, a place, or no name at all.

Every clue adds a weight to one of four kinds; weights are in units of "about twice as likely". They were set by
hand, watching the Groningen Meaning Bank and three public corpora; docs/decisions/0006-tagging.md says which.
"""

from __future__ import annotations

from pipeline.tag.rules.clues import LARGE_CITY, Clues, is_large, words_of
from pipeline.tag.rules.reading import Reading, Segment
from pipeline.tag.rules.surroundings import add_neighbours, add_title, german_caution
from pipeline.tag.tokens import Shape, Token

_NAME_PREFIXES = ("Mc", "Mac", "De", "Di", "Du", "La", "Le", "Van", "Fitz", "O'", "O’", "D'", "D’")

_CERTAIN = ("country", "organisation", "place", "person", "event")


def clues_of(reading: Reading, segment: Segment, language: str | None) -> Clues:
    """All clues of one mention."""
    clues = Clues()
    words = words_of(reading, segment)
    hit = reading.hits.get(segment.first)
    if hit is not None and hit.last == segment.last:
        clues.known = hit.meanings
    if len(words) == 1:
        _single(reading, segment, words[0], clues)
    elif not is_large(clues.known):
        _several(reading, segment, words, clues)
    _known(reading, words, clues)
    add_title(segment, words, reading, clues)
    add_neighbours(reading, segment, words, clues)
    if language == "de":
        clues.shape["NONE"] += german_caution(reading, segment, words, clues.known)
    return clues


def _single(reading: Reading, segment: Segment, word: Token, clues: Clues) -> None:
    lexicon, shape = reading.lexicon, clues.shape
    key = word.key
    if word.shape is Shape.INITIAL:
        shape["NONE"] += 6.0
    elif word.shape is Shape.UPPER and not word.headline:
        if lexicon.has("acronyms_other", key):
            shape["NONE"] += 6.0
        elif len(key) <= 6:
            shape["ORG"] += 2.6
    elif word.headline and word.shape is Shape.UPPER:
        shape["NONE"] += 1.0
    if key in lexicon.demonyms:
        shape["NONE"] += 4.0
    if lexicon.has("org_words", key):
        shape["ORG"] += 2.7
    elif key in lexicon.common_en or (key in reading.common and not is_large(clues.known)):
        shape["NONE"] += 1.2 if key in lexicon.surnames and not word.opens else 3.0
    elif word.text[-1] == "s" and word.text[:-1].isupper():
        shape["NONE"] += 2.5  # FAQs, SUVs
    elif any(ch.isupper() for ch in word.text[1:]) and word.shape is Shape.CAPITAL:
        shape["PER" if word.text.startswith(_NAME_PREFIXES) else "ORG"] += 2.0
    if key in lexicon.surnames or key in lexicon.given_names:
        shape["PER"] += 0.6 if is_large(clues.known) else 1.6
    if lexicon.has("titles", key) or lexicon.has("title_modifiers", key) or lexicon.has("directions", key):
        shape["NONE"] += 2.5
    if lexicon.has("org_words", key):
        pass
    elif lexicon.has("org_tail", key) or lexicon.has("other_tail", key) or lexicon.has("loc_tail", key):
        shape["NONE"] += 1.5
    if word.opens and not segment.title:
        shape["NONE"] += 0.6


def _several(reading: Reading, segment: Segment, words: list[Token], clues: Clues) -> None:
    lexicon, shape = reading.lexicon, clues.shape
    keys = [w.key for w in words]
    first, last = keys[0], keys[-1]
    capitals = [w for w in words if w.is_name_like]
    common = sum(w.key in lexicon.common_en for w in capitals)
    given = first in lexicon.given_names
    organisation = _organisation_shape(reading, segment, words, shape)
    place = _place_shape(reading, segment, words, shape)
    numbered = words[-1].shape in (Shape.UPPER, Shape.INITIAL, Shape.NUMBER) and lexicon.has("other_tail", keys[-2])
    if numbered or lexicon.has("other_tail", last) or lexicon.has("other_head", first):
        shape["NONE"] += 4.0
    if all(k in lexicon.demonyms or lexicon.has("demonym_heads", k) for k in keys) and last in lexicon.demonyms:
        shape["NONE"] += 5.0  # "South African"
    if given:
        shape["PER"] += 2.6
    elif any(k in lexicon.given_names for k in keys[1:-1]):
        shape["PER"] += 1.0
    if last in lexicon.surnames:
        shape["PER"] += 1.4
    elif last in lexicon.given_names:
        shape["PER"] += 0.8
    initials = (
        words[0].shape is Shape.UPPER
        and words[0].text.count(".") > 1
        and len(first) < 4
        and not place
        and not organisation
    )
    if initials or any(w.shape is Shape.INITIAL for w in words) or lexicon.has("name_suffixes", last.strip(".")):
        shape["PER"] += 1.8
    ends_in = reading.hits.get(segment.last - 1)
    if ends_in is not None and ends_in.meanings[0].what == "country" and not given:
        shape["ORG"] += 1.5  # "Petroleos de Venezuela"
    elif any(w.shape is Shape.LOWER and lexicon.has("particles", w.key) for w in words):
        shape["PER"] += 1.0
    if first in ("al", "el") and len(words) == 2 and last not in lexicon.surnames:
        shape["PER"] -= 1.5  # Al Ahly, Al Arabiya; persons have a name before it
        shape["ORG"] += 0.5
    if not organisation and not place:
        if common == 0 and 2 <= len(capitals) <= 4:
            shape["PER"] += 1.9
        elif common == len(capitals):
            shape["NONE"] += 1.4
            shape["ORG"] += 0.8
        else:
            shape["ORG"] += 0.9
    if common and not given:
        shape["PER"] -= 1.2 * common
    if len(capitals) > 4:
        shape["PER"] -= 1.5
    if any(_is_brand_like(w, reading) for w in capitals) and not words[0].headline:
        shape["PER"] -= 1.6
        shape["ORG"] += 0.9


def _is_brand_like(word: Token, reading: Reading) -> bool:
    """ "USB", "AirPods": capitals where a person's name has none."""
    if word.key in reading.lexicon.surnames or word.key in reading.lexicon.given_names:
        return False
    if word.shape is Shape.UPPER:
        return word.text.count(".") < 2  # "J.M.W. Turner"
    return any(ch.isupper() for ch in word.text[1:]) and not word.text.startswith(_NAME_PREFIXES)


def _organisation_shape(reading: Reading, segment: Segment, words: list[Token], shape: dict[str, float]) -> bool:
    lexicon = reading.lexicon
    keys = [w.key for w in words]
    before = shape["ORG"]
    if lexicon.has("org_tail", keys[-1]) and words[-1].is_name_like:
        shape["ORG"] += 3.6
    if lexicon.has("org_head", keys[0]):
        linked = any(w.shape is Shape.LOWER and lexicon.has("links", w.key) for w in words)
        shape["ORG"] += 3.6 if linked else 2.0
    if any(lexicon.has("org_any", k) for k in keys) or any(
        t.text == "&" for t in reading.tokens[segment.first : segment.last]
    ):
        shape["ORG"] += 2.2
    hit = reading.hits.get(segment.first)
    place_first = hit is not None and hit.last < segment.last and hit.meanings[0].what in ("country", "place", "city")
    if (place_first or keys[0] in lexicon.demonyms) and keys[0] not in lexicon.given_names:
        shape["ORG"] += 1.4
    if hit is not None and hit.last < segment.last and hit.meanings[0].kind == "ORG":
        shape["ORG"] += 1.8
    return shape["ORG"] - before > 1.0


def _place_shape(reading: Reading, segment: Segment, words: list[Token], shape: dict[str, float]) -> bool:
    lexicon = reading.lexicon
    keys = [w.key for w in words]
    before = shape["LOC"]
    inner = reading.hits.get(segment.last - 1) or reading.hits.get(segment.first + 1)
    ends_in_place = inner is not None and inner.last == segment.last and inner.meanings[0].kind == "LOC"
    if lexicon.has("directions", keys[0]) and ends_in_place:
        shape["LOC"] += 4.5
    elif reading.hits.get(segment.first) is not None:
        pass  # "Los Angeles Lakers": "Los" belongs to the city, not to the whole
    elif lexicon.has("loc_head", keys[0]) and not lexicon.has("org_tail", keys[-1]):
        shape["LOC"] += 2.4
    if lexicon.has("loc_tail", keys[-1]):
        shape["LOC"] += 3.2
    return shape["LOC"] - before > 1.0


def _known(reading: Reading, words: list[Token], clues: Clues) -> None:
    if not clues.known:
        return
    lexicon, shape, key = reading.lexicon, clues.shape, words[0].key
    best = max(clues.known, key=lambda k: (k.what in _CERTAIN, k.population))
    single = len(words) == 1
    ordinary = single and key in lexicon.common_en
    if best.what in ("country", "place"):
        shape["LOC"] += 5.0
        if single and (key in lexicon.given_names or key in lexicon.surnames):
            shape["LOC"] -= 1.0
    elif best.what == "person":
        shape["PER"] += 5.0
    elif best.what == "event":
        shape["NONE"] += 6.0  # a name, but of a kind that these rules do not give
    elif best.what == "organisation":
        shape["ORG"] += 5.0 if not ordinary else 3.4
    elif best.what == "division":
        shape["LOC"] += 3.0 if not single else 2.2
    else:
        size = best.population * (1.0 if best.is_primary else 0.3)
        shape["LOC"] += 3.6 if size > 1_000_000 else 3.0 if size > 200_000 else 2.0 if size > 60_000 else 1.2
        if not single:
            shape["LOC"] += 1.5
            if key in lexicon.given_names:
                shape["LOC"] -= 0.5 if size > 100_000 else 1.5
        elif key in lexicon.surnames or key in lexicon.given_names:
            shape["LOC"] -= 0.6 if size > LARGE_CITY else 1.4
    if ordinary and best.kind == "LOC" and best.what not in ("country", "place"):
        shape["LOC"] -= 2.0
    if single and (words[0].opens or words[0].headline) and ordinary:
        shape["NONE"] += 1.5
