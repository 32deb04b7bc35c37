"""The topics an article can have, and the keywords that speak for them, read from config/taxonomy/."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import lru_cache
from pathlib import Path
from typing import Any

from pipeline.errors import ConfigError
from pipeline.settings import ROOT
from pipeline.tag.lexicon import read_yaml

IPTC = "medtop:"
"""What codes of IPTC Media Topics begin with."""
TAXONOMY_FOLDER = ROOT / "config" / "taxonomy"

_QID = re.compile(r"Q[1-9]\d*")

POINTS = {"strong": 3.0, "medium": 1.5, "weak": 0.6}
"""What one keyword is worth; strong : medium : weak as often right as 5 : 2.5 : 1 by the author's judgement."""


@dataclass(frozen=True, slots=True)
class Topic:
    """One topic: a row of core.topic. `level` 1 is the top and has no parent."""

    code: str
    label: str
    level: int
    parent: str | None
    qid: str | None = None  # the same in Wikidata, where IPTC or the user names it: Q8434


@dataclass(frozen=True, slots=True)
class Clue:
    """A keyword speaks for a topic with this many points."""

    code: str
    points: float


@dataclass(slots=True)
class Keywords:
    """The keywords of one language, arranged to be looked up by a word."""

    exact: dict[str, list[Clue]] = field(default_factory=dict)
    prefixes: dict[str, list[Clue]] = field(default_factory=dict)
    phrases: dict[str, list[tuple[tuple[str, ...], bool, Clue]]] = field(default_factory=dict)  # by first word
    prefix_lengths: tuple[int, ...] = ()


@lru_cache(maxsize=1)
def load_taxonomy() -> list[Topic]:
    """All topics, sorted by code; raises ConfigError where code, level, parent or qid do not fit."""
    path = TAXONOMY_FOLDER / "topics.yml"
    entries = read_yaml(path)
    if not isinstance(entries, list):
        raise ConfigError(f"{path}: must be a list of topics; restore it from the repository")
    topics = [_topic(entry, path) for entry in entries]
    codes = {t.code: t for t in topics}
    if len(codes) != len(topics):
        raise ConfigError(f"{path}: a code stands twice")
    for topic in topics:
        parent = codes.get(topic.parent or "")
        if (topic.level == 1) != (topic.parent is None) or (parent and parent.level != topic.level - 1):
            raise ConfigError(
                f"{path}: {topic.code}: level {topic.level} needs a parent of the level above, level 1 none"
            )
        if topic.parent and parent is None:
            raise ConfigError(f"{path}: {topic.code}: parent {topic.parent} is not in the file")
    return sorted(topics, key=lambda t: t.code)


@lru_cache(maxsize=1)
def topics_by_code() -> dict[str, Topic]:
    """The taxonomy, to look up."""
    return {topic.code: topic for topic in load_taxonomy()}


@lru_cache(maxsize=1)
def parent_codes() -> dict[str, str]:
    """Code of a topic below the top → the code of the one above."""
    return {topic.code: topic.parent for topic in load_taxonomy() if topic.parent is not None}


def _topic(entry: Any, path: Path) -> Topic:
    try:
        qid = entry.get("qid")
        topic = Topic(str(entry["code"]), str(entry["label"]), int(entry["level"]), entry["parent"], qid)
    except (AttributeError, KeyError, TypeError, ValueError) as error:
        raise ConfigError(f"{path}: {entry!r} needs code, label, level and parent ({error})") from error
    if qid is not None and not _QID.fullmatch(str(qid)):
        raise ConfigError(f"{path}: {topic.code}: {qid!r} is no Wikidata id; write it like Q8434, or null for none")
    return topic


def keyword_files() -> list[Path]:
    """The keyword files, one per language: keywords.<ISO 639-1>.yml."""
    return sorted(TAXONOMY_FOLDER.glob("keywords.*.yml"))


@lru_cache(maxsize=32)
def load_keywords(language: str | None, *, is_top: bool = True) -> Keywords | None:
    """The keywords of a language for the topics of level 1, or for those below; None if there is no file for it.

    They are kept apart, since a phrase of one level must not hide its words from the other.
    """
    path = TAXONOMY_FOLDER / f"keywords.{language}.yml"
    if language is None or path not in keyword_files():
        return None
    top = {t.code for t in load_taxonomy() if t.level == 1}
    keywords = Keywords()
    for term, clue in _terms(path):
        if (clue.code in top) == is_top:
            add_term(keywords, term, clue)
    return keywords


def _terms(path: Path) -> Iterator[tuple[str, Clue]]:
    known = topics_by_code()
    for code, groups in _mapping(read_yaml(path), f"{path}: must name topics with their keywords").items():
        if code not in known:
            raise ConfigError(f"{path}: topic {code} is not in topics.yml")
        for strength, terms in _mapping(groups, f"{path}: {code}: needs strong, medium or weak keywords").items():
            if strength not in POINTS:
                raise ConfigError(f"{path}: {code}: {strength!r} is none of {', '.join(POINTS)}")
            if not isinstance(terms, list):
                raise ConfigError(f"{path}: {code}: {strength}: needs a list of words, like [football, penalty*]")
            for term in terms:
                if not isinstance(term, str) or not term.strip("*- "):
                    raise ConfigError(f"{path}: {code}: {strength}: {term!r} is not a word; put it in quotes")
                yield term.lower(), Clue(code, POINTS[strength])


def _mapping(content: Any, message: str) -> dict[Any, Any]:
    if not isinstance(content, dict):
        raise ConfigError(f'{message}, like "medtop:15000000": {{strong: [football]}}')
    return content


def with_plain_apostrophes(text: str) -> str:
    """Keywords are typed with ' and pages printed with ’."""
    return text.replace("’", "'")


def add_term(keywords: Keywords, term: str, clue: Clue) -> None:
    """Let a term (lower case; "*" at its end stands for any ending) speak for a topic."""
    is_prefix = term.endswith("*")
    words = with_plain_apostrophes(term).rstrip("*").replace("-", " ").split()
    if len(words) > 1:
        keywords.phrases.setdefault(words[0], []).append((tuple(words[1:]), is_prefix, clue))
    elif is_prefix:
        keywords.prefixes.setdefault(words[0], []).append(clue)
        keywords.prefix_lengths = tuple(sorted({len(words[0]), *keywords.prefix_lengths}, reverse=True))
    else:
        keywords.exact.setdefault(words[0], []).append(clue)
