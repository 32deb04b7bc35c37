"""Writing source files: new ones, and small changes that leave comments, order and everything else as they are."""

from __future__ import annotations

import os
import re
import unicodedata
from collections.abc import Collection, Mapping
from datetime import date
from io import StringIO
from pathlib import Path
from typing import Any

from ruamel.yaml import YAML
from ruamel.yaml.comments import CommentedMap, CommentedSeq

from pipeline.errors import ConfigError
from pipeline.sources.config import FeedConfig, SourceConfig

NO_COUNTRY = "xx"
"""Folder of sources whose country nobody has told yet (ISO 3166 keeps XX free for such use)."""
_BEFORE_VERIFIED = "Set by `mm sources check --write`, once all feeds work from your network"
_PLAIN = str.maketrans({"ä": "ae", "ö": "oe", "ü": "ue", "ß": "ss", "ø": "o", "å": "a", "æ": "ae", "œ": "oe", "ł": "l"})
_MAX_KEY = 60


def round_trip_yaml() -> YAML:
    """YAML as the source files are written: comments and quotes kept, lines never folded."""
    yaml = YAML(typ="rt")
    yaml.preserve_quotes = True
    yaml.width = 4096  # never fold a long address
    yaml.indent(mapping=2, sequence=4, offset=2)
    yaml.representer.add_representer(
        type(None), lambda dumper, _: dumper.represent_scalar("tag:yaml.org,2002:null", "null")
    )
    return yaml


def mark_verified(path: Path, day: date) -> None:
    """Write `verified: <day>` into a source file; comments, order and everything else stay."""
    tree = round_trip_yaml().load(path.read_text(encoding="utf-8"))
    tree["verified"] = day
    replace_text(path, _dumped(tree))


def source_text(config: SourceConfig, comments: Mapping[str, str] | None = None) -> str:
    """A new source file; `comments` says above a feed, by its address, what it brings."""
    tree = CommentedMap()
    for name in ("key", "name", "country", "language", "time_zone", "homepage"):
        tree[name] = getattr(config, name)
    for name in ("allow_loopback", "host_delay_s", "host_budget"):
        if (value := getattr(config, name)) != SourceConfig.model_fields[name].default:
            tree[name] = value
    tree["feeds"] = feeds = CommentedSeq()
    for place, feed in enumerate(config.feeds):
        feeds.append(_feed_tree(feed))
        if comment := (comments or {}).get(feed.address):
            feeds.yaml_set_comment_before_after_key(place, before=_one_line(comment), indent=2)
    tree["verified"] = config.verified
    tree.yaml_set_comment_before_after_key("verified", before=_BEFORE_VERIFIED)
    if config.notes is not None:
        tree["notes"] = config.notes
    return _dumped(tree)


def path_of(folder: Path, config: SourceConfig) -> Path:
    """Where the file of a source belongs: `<folder>/<country>/<key>.yml`, or under `xx` without a country."""
    return folder / (config.country or NO_COUNTRY).lower() / f"{config.key}.yml"


def write_new(path: Path, text: str) -> None:
    """Write a file that must not be there yet, whole or not at all. Raises `ConfigError` if it is."""
    path.parent.mkdir(parents=True, exist_ok=True)
    spool = _spooled(path, text, is_safe=False)  # a file that is new can be made again; thousands are made at once
    try:
        os.link(spool, path)  # unlike a rename, this never replaces a file
    except FileExistsError:
        raise ConfigError(f"{path} is there already and is left alone: choose another key with --key") from None
    finally:
        spool.unlink(missing_ok=True)


def replace_text(path: Path, text: str) -> None:
    """Put other text into a file, whole or not at all."""
    _spooled(path, text, is_safe=True).replace(path)


def with_feed(text: str, place: int, feed: FeedConfig) -> str:
    """The text of a source file with the address and kind of one feed changed and nothing else."""
    tree = round_trip_yaml().load(text)
    entry = tree["feeds"][place]
    old = str(entry["url"])
    changed = _in_line(text, entry.lc.value("url")[0], old, str(feed.url))
    if str(entry["kind"]) != feed.kind:
        changed = changed and _in_line(changed, entry.lc.value("kind")[0], str(entry["kind"]), feed.kind)
    if changed is not None and _feeds_of(changed, place) == (feed.url, feed.kind):
        return changed
    entry["url"], entry["kind"] = feed.url, feed.kind
    return _dumped(tree)


def key_for(name: str, homepage_domain: str, taken: Collection[str]) -> str:
    """A free key: the name in small letters, like `bbc-news`; the domain's first label for names in other scripts."""
    slug = _slug(name)
    if len(slug) < 3 or 2 * len(re.sub("[^a-z]", "", slug)) < sum(ch.isalpha() for ch in name):
        slug = _slug(homepage_domain.partition(".")[0]) or "source"
    slug = slug[:_MAX_KEY].strip("-")
    return next(key for n in range(1, len(taken) + 2) if (key := slug if n == 1 else f"{slug}-{n}") not in taken)


def _feed_tree(feed: FeedConfig) -> CommentedMap:
    tree = CommentedMap()
    for name, field in FeedConfig.model_fields.items():
        value = getattr(feed, name)
        if name == "kind" or value != field.default:
            tree[name] = value
    return tree


def _slug(text: str) -> str:
    plain = unicodedata.normalize("NFKD", text.lower().translate(_PLAIN)).encode("ascii", "ignore").decode()
    return "-".join(re.findall(r"[a-z0-9]+", plain.replace("'", "")))


def _one_line(text: str) -> str:
    return " ".join("".join(ch for ch in text if ch.isprintable() or ch.isspace()).split())


def _in_line(text: str, line: int, old: str, new: str) -> str | None:
    """`text` with `old` replaced in one line; None unless it stands there exactly once."""
    lines = text.split("\n")
    if line >= len(lines) or lines[line].count(old) != 1:
        return None
    lines[line] = lines[line].replace(old, new)
    return "\n".join(lines)


def _feeds_of(text: str, place: int) -> tuple[Any, Any]:
    entry = round_trip_yaml().load(text)["feeds"][place]
    return entry["url"], entry["kind"]


def _dumped(tree: CommentedMap) -> str:
    sink = StringIO()
    round_trip_yaml().dump(tree, sink)
    return sink.getvalue()


def _spooled(path: Path, text: str, *, is_safe: bool) -> Path:
    spool = path.with_name(f".{path.name}.{os.getpid()}.part")
    with spool.open("w", encoding="utf-8") as sink:
        sink.write(text)
        if is_safe:
            sink.flush()
            os.fsync(sink.fileno())
    return spool
