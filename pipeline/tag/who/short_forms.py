"""Which longer name of the article a shorter one may stand for, by its words."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping

from pipeline.records import Kind
from pipeline.tag.gazetteer import Known
from pipeline.tag.lexicon import load_lexicon
from pipeline.tag.rules.clues import is_large
from pipeline.tag.who.known import known_as

Key = tuple[str, ...]
_LONGEST = 12
"""Words of a name whose beginnings and ends are looked up as short forms."""
_STANDS_ALONE = frozenset({("house",)})
"""Not short for the White House: the House of Representatives."""
_OTHER_SCHOOL = frozenset({"state", "tech", "plus", "a&m"})
"""Florida State is not Florida, Disney+ not Disney."""
_SAME_FIRM = frozenset({"motor", "motors", "group", "holdings"})
"""Toyota Motor is Toyota; but the EU Parliament is not the EU."""
_PARTS_OF_REGION = frozenset({"autonomous", "region", "province", "prefecture", "governorate", "oblast", "strip"})


class ShortForms:
    """Beginnings and ends of all names of one kind in an article."""

    def __init__(self, first_seen: Mapping[Key, int], kind: str, language: str | None) -> None:
        self._first_seen, self._kind, self._language = first_seen, kind, language
        self._beginning: dict[Key, list[Key]] = defaultdict(list)
        self._ending: dict[Key, list[Key]] = defaultdict(list)
        for key in first_seen:
            for cut in range(1, min(len(key), _LONGEST)):
                self._beginning[key[:cut]].append(key)
                self._ending[key[-cut:]].append(key)

    def longer(self, key: Key) -> list[Key]:
        """Longer names that `key` may stand for; empty if it stands for itself.

        Of several that add more than a common word to its beginning none is meant: Nissan is neither Nissan Europe
        nor Nissan Racing.
        """
        if key in _STANDS_ALONE or _is_link(key[-1]) or _is_link(key[0]):
            return []
        sure = [k for k in self._beginning[key] if self._is_common(k[len(key) :])]
        beginning = [k for k in self._beginning[key] if k in sure or self._may_end(k[len(key) :])]
        after = [k for k in beginning if self._first_seen[k] < self._first_seen[key]] if len(beginning) == 1 else []
        ending = [k for k in self._ending[key] if self._may_begin(k[: -len(key)])]
        if self._kind in (Kind.WORK, Kind.EVENT):
            ending = [k for k in ending if self._first_seen[k] < self._first_seen[key]]
        return list(dict.fromkeys([*sure, *after, *ending]))

    def known_beginning(self, key: Key, settled: Mapping[Key, tuple[Known, ...]]) -> Key | None:
        """What is known beforehand and this name only says at more length: Toyota Motor, Inner Mongolia Region."""
        for cut in range(len(key) - 1, 0, -1):
            if settled.get(key[:cut]) and all(word in _SAME_FIRM or self._is_region(word) for word in key[cut:]):
                return key[:cut]
        return None

    def _is_common(self, rest: Key) -> bool:
        """Words that say what sort of thing it is and no more: University, Motor Group."""
        if self._kind == Kind.LOC:
            return all(self._is_region(word) for word in rest)
        lexicon = load_lexicon()
        return self._kind == Kind.ORG and all(
            lexicon.has("org_tail", w) or lexicon.has("legal_forms", w) or _is_link(w) for w in rest
        )

    def _is_region(self, word: str) -> bool:
        return self._kind == Kind.LOC and word in _PARTS_OF_REGION

    def _may_end(self, rest: Key) -> bool:
        """Not the branch of a firm in some country, another school, or another year's or part's number."""
        if rest[0] in _OTHER_SCHOOL or any(word.isdigit() or _is_numeral(word) for word in rest):
            return False
        place = " ".join(word.upper() if len(word) < 3 else word.title() for word in rest)
        return not (self._kind == Kind.ORG and is_large(known_as(Kind.LOC, place, self._language)))

    def _may_begin(self, lead: Key) -> bool:
        """Not another point of the compass, the new after the old, or one year's of many."""
        return not (
            load_lexicon().has("directions", lead[-1]) or lead[-1] in ("new", "mid") or any(w.isdigit() for w in lead)
        )


def _is_link(word: str) -> bool:
    return load_lexicon().has("links", word) or word == "and"


def _is_numeral(word: str) -> bool:
    return load_lexicon().has("name_suffixes", word) or word in ("i", "v", "vi", "vii", "viii", "ix", "x")


def spellings(keys: Mapping[Key, int]) -> Iterator[tuple[Key, Key]]:
    """Names that differ in their spaces, the closer first: "HawaiiNewsNow", "Hawaii News Now"."""
    written: dict[str, Key] = {}
    for key in sorted(keys, key=lambda k: (-len(k), keys[k])):
        spaced = written.setdefault("".join(key), key)
        if spaced != key:
            yield key, spaced
