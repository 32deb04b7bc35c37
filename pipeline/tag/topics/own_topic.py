"""What the file of a topic of the user's own may say."""

from __future__ import annotations

import re
import unicodedata
from typing import Annotated, Any, Self

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field, StringConstraints, model_validator

from pipeline.tag.language import RuleLanguageTagger
from pipeline.tag.reader import is_read_by_model

ANY = "any"
"""Instead of a language: words that are written so in all of them, like the name of an organisation."""
LEAST_WORDS = 8
"""Of an example: in a headline of four words there is too little meaning to compare with."""
_CODE = re.compile(r"[a-z][a-z0-9]*:[a-z0-9]+(-[a-z0-9]+)*")
_TERM = re.compile(r"[^\W_]+(?:['’][^\W_]+)*(?:[ -]+[^\W_]+(?:['’][^\W_]+)*)*\*?")

_UNSPACED = re.compile(
    "[\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff\u3005-\u3007\u3040-\u30ff\u3400-\u9fff\uf900-\ufaff\U00020000-\U0003ffff]"
)
"""Thai and Lao, Burmese, Khmer, kana, Han."""
_CONTROL = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f]")
"""All but tab and ends of lines; the database takes no NUL."""


def _code(value: str) -> str:
    if not _CODE.fullmatch(value):
        raise ValueError(f"{value!r} is no code: write it like own:press-freedom (lower-case letters, digits, hyphens)")
    if value.startswith("medtop:"):
        raise ValueError(f"{value!r} is how IPTC's topics begin: begin yours otherwise, like own:{value[7:]}")
    return value


def _qid(value: str) -> str:
    if not re.fullmatch(r"Q[1-9][0-9]*", value):
        raise ValueError(f"{value!r} is no Wikidata id: write it like Q8434, or leave the field out")
    return value


def _term(value: str) -> str:
    if _UNSPACED.search(value):
        raise ValueError(
            f"{value!r} is not found in any text: keywords do not work in scripts written without spaces (Chinese, "
            "Japanese, Thai and the like), where no word can be told from the next; leave it out"
        )
    if any(unicodedata.category(char) in ("Mn", "Mc") for char in value):
        raise ValueError(
            f"{value!r} is not found in any text: keywords do not work with vowel signs and other marks that stand "
            "apart from their letter (Hindi, Bengali, Tamil and the like; Arabic: write it without them); leave it out"
        )
    if not _TERM.fullmatch(value):
        raise ValueError(
            f"{value!r} is not found in any text: give words without punctuation; `*` stands for any ending, "
            "at the end only"
        )
    return value.lower()


def _printable(value: str) -> str:
    found = _CONTROL.search(value)
    if found:
        raise ValueError(f"holds the control character {found.group()!r}, which no text has: delete it")
    return value


def _language(value: str) -> str:
    if not re.fullmatch(r"[a-z]{2}", value):
        raise ValueError(f"{value!r} is no language: two small letters (ISO 639-1), like en or de")
    return value


def _keyword_language(value: str) -> str:
    return value if value == ANY else _language(value)


def _as_sample(value: Any) -> Any:
    """A text alone may stand for a sample."""
    return {"text": value} if isinstance(value, str) else value


_Text = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1), AfterValidator(_printable)]
_Term = Annotated[str, AfterValidator(_term)]


class _Strict(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid", strict=True)


class Sample(_Strict):
    """A text with, if need be, its headline and language (ISO 639-1; found out where it is not given)."""

    text: _Text
    title: _Text | None = None
    language: Annotated[str, AfterValidator(_language)] | None = None

    @property
    def whole(self) -> str:
        """Headline and text as they are read: one after the other."""
        return f"{self.title}\n{self.text}" if self.title else self.text


def _readable(sample: Sample) -> Sample:
    if len(sample.whole.split()) < LEAST_WORDS:
        raise ValueError(
            f"is too short to show what the topic is: give {LEAST_WORDS} words at least, better a paragraph"
        )
    language = sample.language or RuleLanguageTagger().language_of(sample.whole)
    if not is_read_by_model(language):
        raise ValueError(
            f"reads as language {language!r}, but examples are understood in English only: give keywords for it, "
            "or write `language: en` beside the text if it is English"
        )
    return sample


_Sample = Annotated[Sample, BeforeValidator(_as_sample)]
_Example = Annotated[Sample, BeforeValidator(_as_sample), AfterValidator(_readable)]


class Words(_Strict):
    """Words and phrases of one language that speak for a topic; strong: alone nearly proof, weak: only with others."""

    strong: list[_Term] = []
    medium: list[_Term] = []
    weak: list[_Term] = []

    @model_validator(mode="after")
    def _is_something(self) -> Self:
        terms = [*self.strong, *self.medium, *self.weak]
        if not terms:
            raise ValueError("holds no word: list some under strong, medium or weak, or leave the language out")
        twice = sorted({term for term in terms if terms.count(term) > 1})
        if twice:
            raise ValueError(f"{twice[0]!r} stands twice: keep one of them")
        return self


class OwnTopic(_Strict):
    """One topic of the user's own: one file of config/taxonomy. It is known by keywords, by examples, or by both."""

    code: Annotated[str, AfterValidator(_code)]
    label: _Text
    parent: str | None = None  # code of a topic of the taxonomy, or of another own one
    qid: Annotated[str, AfterValidator(_qid)] | None = None
    threshold: float = Field(0.5, gt=0, lt=1, strict=False)  # scores from here on assign the topic
    keywords: dict[Annotated[str, AfterValidator(_keyword_language)], Words] = {}
    examples: list[_Example] = []
    counter_examples: list[_Example] = []  # near the topic, but not it
    must_match: list[_Sample] = []  # tests, run by `mm taxonomy test`
    must_not_match: list[_Sample] = []

    @model_validator(mode="after")
    def _can_be_known(self) -> Self:
        if not self.keywords and not self.examples:
            raise ValueError("nothing says when it is met: add `keywords:`, `examples:` or both")
        texts = [sample.whole for sample in (*self.examples, *self.counter_examples)]
        if len(set(texts)) < len(texts):
            raise ValueError("an example stands twice, or is its own counter-example: keep one of them")
        return self
