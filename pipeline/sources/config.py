"""What a source file may say: one `SourceConfig` with its `FeedConfig`s.

The rules here judge one value or one source; what spans files (keys and feeds used twice) is in `registry`.
"""

from __future__ import annotations

import ipaddress
import re
from datetime import date
from pathlib import Path
from typing import Annotated, Any, Literal, Self, get_args
from urllib.parse import urlsplit
from zoneinfo import available_timezones

from lxml import etree
from pydantic import AfterValidator, BaseModel, ConfigDict, Field, StringConstraints, ValidationInfo, model_validator

from pipeline.errors import Skip
from pipeline.sources.countries import is_country, is_language
from pipeline.urls import host_of, normalize

FeedKind = Literal["rss", "atom", "json_feed", "sitemap", "index_page", "drop_folder"]
FEED_KINDS: tuple[str, ...] = get_args(FeedKind)
MAX_MINUTES = 7 * 24 * 60
_UNPRINTABLE = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f\ud800-\udfff\ufffe\uffff]")
_SLUG = re.compile(r"[a-z0-9]+(-[a-z0-9]+)*")


RESERVED_KEYS = frozenset({"backfill"})
"""Keys of sources that are made by themselves: `backfill` holds what files of the past bring of nobody's domain."""


def _slug(value: str) -> str:
    if not _SLUG.fullmatch(value):
        raise ValueError(f"{value!r} is not a key: use lower-case letters, digits and single hyphens, like bbc-news")
    if value in RESERVED_KEYS:
        raise ValueError(f"{value!r} is the key of a source that is made by itself: choose another")
    return value


def _address(value: str) -> str:
    try:
        normalize(value)
    except Skip as refused:
        raise ValueError(
            f"{value!r} is not a web address: write it whole, like https://example.org/feed.xml"
        ) from refused
    if urlsplit(value).scheme.lower() not in ("http", "https"):
        raise ValueError(f"{value!r} must begin with http:// or https://")
    return value


def _country(value: str) -> str:
    if not is_country(value):
        raise ValueError(f"{value!r} is no ISO 3166 country code: two capital letters, like GB, or null")
    return value


def _language(value: str) -> str:
    if not is_language(value):
        raise ValueError(f"{value!r} is no ISO 639-1 language code: two small letters, like en, or null")
    return value


def _zone(value: str) -> str:
    if value not in available_timezones():
        raise ValueError(f"{value!r} is no IANA time zone: like Europe/London, or null")
    return value


def _folder(value: str, info: ValidationInfo) -> str:
    base: Path | None = (info.context or {}).get("folder")
    path = Path(value).expanduser()
    return str(path if base is None or path.is_absolute() else (base / path).resolve())


def _printable(value: str) -> str:
    if _UNPRINTABLE.search(value):
        raise ValueError("holds a control character: remove it")
    return value


def _pattern(value: str) -> str:
    try:
        re.compile(value)
    except re.error as error:
        raise ValueError(f"{value!r} is no regular expression: {error}") from error
    return value


def _xpath(value: str) -> str:
    try:
        etree.XPath(value)
    except etree.XPathError as error:
        raise ValueError(
            f"{value!r} is no XPath expression: {error}; write it like //main or //ul[@id='news']"
        ) from error
    return value


Text = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1), AfterValidator(_printable)]
Address = Annotated[Text, AfterValidator(_address)]


class FeedConfig(BaseModel):
    """One way to learn of a source's articles: a feed, a sitemap (or an index of them), a page, a drop folder."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    url: Address | None = Field(None, description="Address of the feed, sitemap or page; not for a drop folder.")
    kind: FeedKind = Field(description="rss, atom, json_feed, sitemap, index_page or drop_folder.")
    path: Annotated[Text, AfterValidator(_folder)] | None = Field(
        None, description="Drop folder: absolute, or relative to the folder of the source file."
    )
    every_minutes: int = Field(
        30,
        ge=1,
        le=MAX_MINUTES,
        description="Minutes between two polls to begin with; from then on 10 minutes to 24 hours, as the feed needs.",
    )
    include: Annotated[Text, AfterValidator(_pattern)] | None = Field(
        None, description="Index page: regular expression that an article's address must match somewhere."
    )
    exclude: Annotated[Text, AfterValidator(_pattern)] | None = Field(
        None, description="Index page: regular expression that an article's address must not match."
    )
    within: Annotated[Text, AfterValidator(_xpath)] | None = Field(
        None, description="Index page: XPath of the elements whose links count, like //main."
    )

    @model_validator(mode="after")
    def _has_what_its_kind_needs(self) -> Self:
        if self.kind == "drop_folder":
            if self.path is None or self.url is not None:
                raise ValueError("a drop_folder has a path and no url: write `path: /srv/clippings`")
        elif self.url is None or self.path is not None:
            raise ValueError(f"a feed of kind {self.kind} has a url and no path")
        narrowed = [name for name in ("include", "exclude", "within") if getattr(self, name) is not None]
        if narrowed and self.kind != "index_page":
            raise ValueError(
                f"only an index_page is narrowed by `{narrowed[0]}`: remove it, or write `kind: index_page`"
            )
        return self

    @property
    def address(self) -> str:
        """What identifies the feed within its source: its URL, or the `file://` URI of its folder."""
        return self.url or Path(self.path or "").absolute().as_uri()


class SourceConfig(BaseModel):
    """One outlet, as its YAML file describes it."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    key: Annotated[Text, AfterValidator(_slug)] = Field(description="Natural key; also the file's name.")
    name: Text = Field(description="Name of the outlet as its readers know it.")
    country: Annotated[str, AfterValidator(_country)] | None = Field(None, description="ISO 3166-1 alpha-2.")
    language: Annotated[str, AfterValidator(_language)] | None = Field(None, description="ISO 639-1, mostly written.")
    time_zone: Annotated[str, AfterValidator(_zone)] | None = Field(None, description="IANA zone of printed times.")
    homepage: Address = Field(description="Front page; its registrable domain tells whose an article is.")
    feeds: tuple[FeedConfig, ...] = Field(min_length=1, description="At least one.")
    allow_loopback: bool = Field(False, description="True for a source on this very machine, like the demo newsroom.")
    host_delay_s: float | None = Field(None, ge=0, le=3600, description="Pause between requests, over the setting.")
    host_budget: int | None = Field(None, ge=1, description="Requests to one host per run, instead of the setting.")
    recheck_hours: tuple[Annotated[int, Field(ge=1, le=24 * 90)], ...] | None = Field(
        None, description="Ages at which a known URL is looked at again; [] for never, null for 1, 6, 24, 72, 168."
    )
    archive_keep_d: int | None = Field(
        None, ge=0, description="Days its archive files are kept, over the setting; 0 is for ever."
    )
    verified: date | None = Field(None, description="When `mm sources check --write` last found all feeds working.")
    notes: Annotated[str, AfterValidator(_printable)] | None = Field(
        None, description="Anything a colleague should know."
    )

    @model_validator(mode="after")
    def _loopback_is_meant(self) -> Self:
        for feed in self.feeds:
            if not self.allow_loopback and feed.url and is_loopback(feed.url):
                raise ValueError(f"{feed.url} is on this machine: write `allow_loopback: true` if that is meant")
        return self

    @property
    def hosts(self) -> frozenset[str]:
        """Hosts (with their port, if it is named) of the front page and the feeds: where its settings apply."""
        return frozenset(host_of(url) for url in (self.homepage, *(feed.url for feed in self.feeds)) if url)

    def record(self) -> dict[str, Any]:
        """The configuration as JSON data, for the history and its digest."""
        return self.model_dump(mode="json")


def is_loopback(url: str) -> bool:
    """True for an address on this machine, as far as its name tells."""
    host = urlsplit(url).hostname or ""
    if host == "localhost" or host.endswith(".localhost"):
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False
