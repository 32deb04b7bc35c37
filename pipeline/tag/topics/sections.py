"""What a publisher's section names say of the topic, read from config/taxonomy/sections.yml.

One list serves all languages: sections are named in a few dozen words, and hardly one means two things in two of them.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any
from urllib.parse import unquote, urlsplit

from pipeline.errors import ConfigError
from pipeline.folding import fold
from pipeline.tag.lexicon import read_yaml
from pipeline.tag.topics import taxonomy
from pipeline.tag.topics.taxonomy import load_taxonomy

MAX_SECTION_WORDS = 4
"""A longer path segment is the title of something; "war-in-the-middle-east" is about as long as section names get."""

_NONE: frozenset[str] = frozenset()
_FILE_ENDING = re.compile(r"\.(?:html?|php|aspx?|jsp|cms|ece|shtml|amp)$", re.IGNORECASE)
_INDEX = frozenset({"index", "default", "amp"})
_MONTH = re.compile(r"(?:jan|feb|mar|apr|may|jun|jul|aug|sept?|oct|nov|dec)[a-z]{0,6}", re.IGNORECASE)
_WITH_DIGITS = re.compile(r"\d{3}|^\d+$|^\d+[a-z]$")
_SECTION_AND_ID = re.compile(r"([^\W\d_]+(?:-[^\W\d_]+){0,2})-\d{7,}")
"""bbc.co.uk/news/science-environment-12345678: where others have a title, the section and a number."""


@dataclass(frozen=True, slots=True)
class SectionNames:
    """The names, folded and in words, with the codes each stands for, parents among them."""

    codes: dict[tuple[str, ...], frozenset[str]]
    longest: int  # words of the longest name


def topics_of_section(name: str) -> frozenset[str]:
    """Codes of the topics that a section's name speaks for, with those above them; empty if it says nothing.

    Known names are found anywhere in it, the longest first, so "Home > Business", "Sport / Football" and
    "science-environment" are understood, and what stands around them ("UK", "News") is passed over.
    """
    names = load_sections()
    words = fold(name).split()
    codes: set[str] = set()
    at = 0
    while at < len(words):
        length, found = _longest_name(words, at, names)
        codes |= found
        at += length
    return frozenset(codes)


def _longest_name(words: list[str], at: int, names: SectionNames) -> tuple[int, frozenset[str]]:
    """How many words to go on by, and the codes of the name that they are."""
    for length in range(min(names.longest, len(words) - at), 0, -1):
        run = tuple(words[at : at + length])
        found = names.codes.get(run) or names.codes.get((run[0].removeprefix("و"), *run[1:]))  # Arabic "and …"
        if found:
            return length, found
    return 1, _NONE


def sections_of_path(url: str) -> list[str]:
    """The segments of an article's address that may name its section, in their order, lower case.

    The last segment is the title and left out, as are dates, numbers and what is too long to be a section. Only an
    address that ends in a section and a number (`/news/science-environment-12345678`) gives that section.
    """
    try:
        segments = [unquote(segment).strip().lower() for segment in urlsplit(url).path.split("/")]
    except ValueError:
        return []
    segments = [_FILE_ENDING.sub("", segment) for segment in segments if segment]
    while segments and segments[-1] in _INDEX:
        segments.pop()
    sections = [segment for segment in segments[:-1] if _may_name_a_section(segment)]
    in_place_of_title = _SECTION_AND_ID.fullmatch(segments[-1]) if segments else None
    return [*sections, in_place_of_title[1]] if in_place_of_title else sections


def _may_name_a_section(segment: str) -> bool:
    words = fold(segment).split()
    return (
        len(segment) > 1
        and len(words) <= MAX_SECTION_WORDS
        and not _MONTH.fullmatch(segment)
        and not any(_WITH_DIGITS.search(word) for word in words)
    )


@lru_cache(maxsize=1)
def load_sections() -> SectionNames:
    """The names of sections.yml; raises ConfigError for a topic that is not in topics.yml and what is no name."""
    path = taxonomy.TAXONOMY_FOLDER / "sections.yml"
    parents = {topic.code: topic.parent for topic in load_taxonomy()}
    codes: dict[tuple[str, ...], frozenset[str]] = {}
    for code, names in _listed(read_yaml(path), path):
        if code not in parents:
            raise ConfigError(f"{path}: topic {code} is not in topics.yml")
        meant = frozenset(filter(None, (code, parents[code])))
        for name in names:
            if not isinstance(name, str) or not name.strip():
                raise ConfigError(f"{path}: {code}: {name!r} is not a name; put it in quotes")
            words = tuple(fold(name).split())
            codes[words] = codes.get(words, _NONE) | meant
    return SectionNames(codes, max((len(words) for words in codes), default=0))


def _listed(content: Any, path: Path) -> Iterator[tuple[str, list[Any]]]:
    if not isinstance(content, dict):
        raise ConfigError(f'{path}: must be a list of names by topic, like "medtop:15000000": [sport, football]')
    for code, names in content.items():
        if not isinstance(names, list) or not names:
            raise ConfigError(f"{path}: {code}: needs a list of names, like [sport, football]")
        yield code, names
