"""Subscription lists (OPML 2.0): any feed reader's in, ours in and out without loss. Pure: bytes and records.

Ours say everything of a source in attributes of their own namespace, so that other programs read them as plain
lists of feeds. listparser was tried: it reads OPML as HTML, where attributes of a namespace are lost.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from email.utils import format_datetime
from typing import Any

from lxml import etree

from pipeline.errors import ConfigError
from pipeline.sources.config import FEED_KINDS, FeedConfig, SourceConfig

NAMESPACE = "urn:media-monitor:opml"
MAX_BYTES = 50_000_000
MAX_FEEDS = 200_000
_MM = f"{{{NAMESPACE}}}"
_KIND_OF_TYPE = {"atom": "atom", "json": "json_feed", "jsonfeed": "json_feed", "feed": "rss"}
_SPACE = re.compile(r"\s+")


@dataclass(frozen=True, slots=True)
class OpmlFeed:
    """One outline that names a feed, as its file says; nothing of it is checked."""

    url: str | None  # None for a drop folder
    title: str | None = None
    html_url: str | None = None
    kind: str = "rss"
    language: str | None = None
    folders: tuple[str, ...] = ()  # names of the outlines around it, outermost first
    line: int = 0
    source: Mapping[str, str] = field(default_factory=dict)  # fields of its source, if the list is one of ours
    own: Mapping[str, str] = field(default_factory=dict)  # fields of the feed itself, likewise


@dataclass(frozen=True, slots=True)
class OpmlList:
    """A subscription list; `trouble` says where reading it stopped, if it is damaged."""

    feeds: tuple[OpmlFeed, ...]
    trouble: str | None = None


def read_opml(document: bytes) -> OpmlList:
    """Read a list, in UTF-8 and without an XML declaration (`discover.encoding.to_clean_utf8` makes it so).

    Damaged XML gives what could be read. Entities are not expanded, nothing is loaded from outside. Raises
    `ConfigError` for what is no OPML at all.
    """
    if len(document) > MAX_BYTES:
        raise ConfigError(f"the list has {len(document):,} bytes; at most {MAX_BYTES:,} are read: split it")
    parser = etree.XMLParser(
        encoding="utf-8",
        recover=True,
        resolve_entities=False,
        load_dtd=False,
        no_network=True,
        huge_tree=False,
        remove_comments=True,
        remove_pis=True,
    )
    try:
        root = etree.fromstring(document, parser)
    except (etree.XMLSyntaxError, ValueError) as error:
        raise ConfigError(f"this is no OPML: {error}; export the list once more from where it comes") from error
    if root is None or _name(root) not in ("opml", "body", "outline"):
        raise ConfigError("this is no OPML: it has no <opml> element; export the list once more from where it comes")
    fatal = next((entry for entry in parser.error_log if entry.level == etree.ErrorLevels.FATAL), None)
    trouble = f"line {fatal.line}: {fatal.message}" if fatal is not None else None
    feeds: list[OpmlFeed] = []
    for feed in _feeds(root):
        if len(feeds) >= MAX_FEEDS:
            trouble = f"more than {MAX_FEEDS:,} feeds; the rest was left out"
            break
        feeds.append(feed)
    return OpmlList(tuple(feeds), trouble)


def write_opml(sources: Sequence[SourceConfig], title: str, at: datetime) -> bytes:
    """All feeds of these sources as OPML 2.0: a folder per country, in it one per source."""
    root = etree.Element("opml", nsmap={"mm": NAMESPACE}, version="2.0")
    head = etree.SubElement(root, "head")
    etree.SubElement(head, "title").text = title
    etree.SubElement(head, "dateCreated").text = format_datetime(at)
    body = etree.SubElement(root, "body")
    folders: dict[str, etree._Element] = {}
    for source in sorted(sources, key=lambda s: (s.country or "~", s.key)):
        country = source.country or "No country"
        if country not in folders:
            folders[country] = etree.SubElement(body, "outline", text=country)
        _write_source(folders[country], source)
    return etree.tostring(root, xml_declaration=True, encoding="utf-8", pretty_print=True)


def source_of(source: Mapping[str, str], feeds: Sequence[Mapping[str, str]]) -> dict[str, Any]:
    """The fields of a source of ours as a source file would have them, for `SourceConfig.model_validate`."""
    return {**source, "feeds": [dict(feed) for feed in feeds]}


def _write_source(folder: etree._Element, source: SourceConfig) -> None:
    outline = etree.SubElement(folder, "outline", text=source.name)
    for name, value in _fields(source, SourceConfig.model_fields).items():
        if name != "feeds":
            outline.set(_MM + name, value)
    for place, feed in enumerate(source.feeds):
        label = source.name if len(source.feeds) == 1 else f"{source.name} {place + 1}"
        entry = etree.SubElement(outline, "outline", text=label, title=label)
        if feed.url is not None:
            entry.set("type", "rss" if feed.kind in ("rss", "atom", "json_feed") else feed.kind)
            entry.set("xmlUrl", feed.url)
            entry.set("htmlUrl", source.homepage)
        if source.language is not None:
            entry.set("language", source.language)
        for name, value in _fields(feed, FeedConfig.model_fields).items():
            entry.set(_MM + name, value)


def _fields(config: SourceConfig | FeedConfig, fields: Mapping[str, Any]) -> dict[str, str]:
    """What differs from the default, as text."""
    values = config.model_dump(mode="json")
    return {
        name: value if isinstance(value, str) else str(value).lower() if isinstance(value, bool) else str(value)
        for name, value in values.items()
        if name != "feeds" and (fields[name].is_required() or getattr(config, name) != fields[name].default)
    }


def _feeds(root: etree._Element) -> Iterator[OpmlFeed]:
    """Every outline that names a feed, however deep; without recursion, so that depth costs nothing."""
    folders: list[tuple[str, dict[str, str]]] = []
    for event, element in etree.iterwalk(root, events=("start", "end")):
        if _name(element) != "outline":
            continue
        if event == "end":
            folders.pop()
            continue
        values = {_local(name): value for name, value in element.attrib.items() if not str(name).startswith("{")}
        own = {str(name)[len(_MM) :]: value for name, value in element.attrib.items() if str(name).startswith(_MM)}
        url = _web(_SPACE.sub("", values.get("xmlurl", ""))) or None
        if url is not None or own.get("kind") == "drop_folder":
            source = next((fields for _, fields in reversed(folders) if fields), {})
            yield OpmlFeed(
                url=url,
                title=_text(values.get("title")) or _text(values.get("text")),
                html_url=_SPACE.sub("", values.get("htmlurl", "")) or None,
                kind=_kind(values, own),
                language=_text(values.get("language")),
                folders=tuple(name for name, _ in folders if name),
                line=int(element.sourceline or 0),
                source=source,
                own=own,
            )
        folders.append((_text(values.get("text")) or _text(values.get("title")) or "", own))


def _web(url: str) -> str:
    """`feed://example.org/f` and `feed:https://example.org/f`, as some readers write them, are web addresses."""
    plain = re.sub(r"^feed:(?://)?(?=https?:)", "", url, flags=re.IGNORECASE)
    return re.sub(r"^feed:(?=//)", "http:", plain, flags=re.IGNORECASE)


def _kind(values: Mapping[str, str], own: Mapping[str, str]) -> str:
    told = (own.get("kind") or values.get("type") or "rss").strip().lower()
    version = values.get("version", "").lower()
    if told in FEED_KINDS:
        return "atom" if told == "rss" and version.startswith("atom") else told
    return _KIND_OF_TYPE.get(told, "rss")


def _text(value: str | None) -> str | None:
    return _SPACE.sub(" ", value).strip() or None if value else None


def _name(element: etree._Element) -> str:
    return _local(element.tag) if isinstance(element.tag, str) else ""


def _local(name: object) -> str:
    """`{namespace}xmlUrl` and `XMLURL` are `xmlurl`: writers differ."""
    return str(name).rpartition("}")[2].lower()
