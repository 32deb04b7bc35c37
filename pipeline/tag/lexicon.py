"""The words that tell persons, organisations and places apart, read once from config/entities/."""

from __future__ import annotations

import unicodedata
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

import justext  # type: ignore[import-untyped]
import yaml  # type: ignore[import-untyped]
from babel import Locale, UnknownLocaleError

from pipeline.errors import ConfigError
from pipeline.settings import ROOT

ENTITY_FOLDER = ROOT / "config" / "entities"


@dataclass(frozen=True, slots=True)
class Lexicon:
    """Sets of lower-case words; see config/entities/cues.yml for what each means."""

    cues: dict[str, frozenset[str]]
    given_names: frozenset[str]
    surnames: frozenset[str]
    demonyms: frozenset[str]
    common_en: frozenset[str]

    def has(self, cue: str, word: str) -> bool:
        """True if the word stands in that list of cues.yml."""
        return word in self.cues[cue]


def read_yaml(path: Path) -> Any:
    """A configuration file; a fault names file and line."""
    try:
        return yaml.load(path.read_text("utf-8"), yaml.CSafeLoader)
    except FileNotFoundError as error:
        raise ConfigError(f"{path} is missing; restore it from the repository") from error
    except UnicodeDecodeError as error:
        raise ConfigError(f"{path} is not UTF-8: save it as UTF-8 ({error.reason} at byte {error.start})") from error
    except yaml.YAMLError as error:
        raise ConfigError(f"{path}: {error}") from error


@lru_cache(maxsize=1)
def load_lexicon() -> Lexicon:
    """All word lists, about 20,000 words; 30 ms the first time."""
    raw = read_yaml(ENTITY_FOLDER / "cues.yml")
    cues = {name: frozenset(_word(w, name) for w in words) for name, words in raw.items()}
    return Lexicon(
        cues=cues,
        given_names=_list("given_names.txt"),
        surnames=_list("surnames.txt"),
        demonyms=_with_plurals(_list("demonyms.txt")),
        common_en=_list("common_words_en.txt"),
    )


def _word(value: object, name: str) -> str:
    if not isinstance(value, str):
        raise ConfigError(f"config/entities/cues.yml: {name}: {value!r} is not text; put it in quotes")
    return value.lower()


def _list(name: str) -> frozenset[str]:
    lines = (ENTITY_FOLDER / name).read_text("utf-8").splitlines()
    return frozenset(w.lower() for line in lines if not line.startswith("#") for w in line.split())


def _with_plurals(words: frozenset[str]) -> frozenset[str]:
    return words | {w + "s" for w in words} | {w[:-3] + "men" for w in words if w.endswith("man")}


@lru_cache(maxsize=64)
def common_words(language: str | None) -> frozenset[str]:
    """Words a language writes small (or, in German, that are no names): what a sentence may begin with."""
    if language == "en":
        return load_lexicon().common_en
    words = function_words(language)
    return words | load_lexicon().common_en if language is None else words


@lru_cache(maxsize=64)
def function_words(language: str | None) -> frozenset[str]:
    """The few hundred most frequent words of a language: articles, prepositions, adverbs; in no name by themselves."""
    name = _english_name(language)
    return frozenset(justext.get_stoplist(name)) if name in justext.get_stoplists() else frozenset()


def _english_name(language: str | None) -> str:
    if language == "no":
        return "Norwegian_Bokmal"
    try:
        name = Locale.parse(language).get_display_name("en") if language else None
    except (UnknownLocaleError, ValueError):
        name = None
    return unicodedata.normalize("NFC", name or "English").replace(" ", "_")
