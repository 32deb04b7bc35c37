"""What the feeds of the corpus say of themselves: `Expect:` lines, read and held against our own fields.

The lines are Python about feedparser's result. They are not run: each part (`entries[0]['title'] == 'x'`) is read
as a claim about one field, and the claims about fields that we extract are checked against `ParsedFeed`.
"""

from __future__ import annotations

import ast
import html
import re
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from urllib.parse import urljoin

from pipeline.discover.encoding import to_clean_utf8
from pipeline.discover.items import ParsedFeed
from pipeline.errors import Reason

_READ_IN = ("utf-8", "utf-16", "utf-16-le", "utf-16-be", "utf-32", "utf-32-le", "utf-32-be", "latin-1")
_EXPECT = re.compile(r"Expect:\s*(.*?)\s*-->", re.DOTALL)
_HEADER = re.compile(r"^Header:\s*([\w-]+):[ \t]*(.*?)[ \t\r]*$", re.MULTILINE)
_FIELD = {
    "entries[0]['title']": "title",
    "entries[0]['title_detail']['value']": "title",
    "entries[0]['link']": "link",
    "entries[0].link": "link",
    "entries[0]['links'][0]['href']": "link",
    "entries[0]['feedburner_origlink']": "link",
    "entries[0]['published']": "date",
    "entries[0]['updated']": "date",
    "entries[0]['published_parsed']": "date",
    "entries[0]['updated_parsed']": "date",
    "len(entries)": "count",
    "encoding": "encoding",
    "version": "version",
}


@dataclass(frozen=True, slots=True)
class Claim:
    """One thing a corpus file says of itself. `field` is bozo, title, link, date, count, encoding or version."""

    field: str
    value: object


@dataclass(frozen=True, slots=True)
class Statement:
    """What a corpus file says: the headers it is to be served with, claims on fields of ours, and how many others."""

    base: str
    content_type: str | None
    claims: tuple[Claim, ...]
    other_count: int


def read_statement(name: str, data: bytes) -> Statement:
    """The statement of one file; without claims if it makes none that can be read."""
    text = next((t for t in _readings(data) if "Expect:" in t), "")
    headers = {key.lower(): value for key, value in _HEADER.findall(text)}
    document = f"http://127.0.0.1:8097/tests/{name}"
    found = _EXPECT.search(text)
    claims: list[Claim] = []
    other = 0
    for part in _parts(found[1]) if found else []:
        claim = _claim(part)
        if claim is None:
            other += 1
        else:
            claims.append(claim)
    return Statement(
        urljoin(document, headers.get("content-location", "")), headers.get("content-type"), tuple(claims), other
    )


def holds(claim: Claim, parsed: ParsedFeed, data: bytes, statement: Statement) -> bool:
    """True if what we extracted agrees with the claim."""
    value = claim.value
    item = parsed.items[0] if parsed.items else None
    if claim.field == "bozo":
        return (parsed.reason is Reason.BROKEN_FEED) == value
    if claim.field == "count":
        return len(parsed.items) == value
    if claim.field == "version":
        return parsed.kind == ("atom" if str(value).startswith("atom") else "rss")
    if claim.field == "encoding":
        return _read_as(data, str(value)) == to_clean_utf8(data, statement.content_type).decode()
    if item is None:
        return False
    if claim.field == "title":
        return item.title in _titles(str(value))
    if claim.field == "link":
        return urljoin(statement.base, item.url or "") == urljoin(statement.base, str(value))
    return item.published_at is not None and item.published_at == _moment(value)


def _readings(data: bytes) -> list[str]:
    texts = []
    for encoding in _READ_IN:
        try:
            texts.append(data.decode(encoding))
        except UnicodeError:
            continue
    return texts


def _parts(expression: str) -> list[ast.expr]:
    try:
        tree = ast.parse(expression.strip(), mode="eval").body
    except SyntaxError:
        return []
    return tree.values if isinstance(tree, ast.BoolOp) and isinstance(tree.op, ast.And) else [tree]


def _claim(part: ast.expr) -> Claim | None:
    """None for a claim on something we do not extract, and for `1`, which claims that nothing crashes."""
    if ast.unparse(part) in ("bozo", "not bozo"):
        return Claim("bozo", ast.unparse(part) == "bozo")
    if not isinstance(part, ast.Compare) or not isinstance(part.ops[0], ast.Eq) or len(part.ops) > 1:
        return None
    field = _FIELD.get(ast.unparse(part.left))
    try:
        return Claim(field, ast.literal_eval(part.comparators[0])) if field else None
    except ValueError:
        return None


def _titles(raw: str) -> set[str | None]:
    """The claimed title as one line of text: where it holds `<` or `&`, these may be meant as markup or as signs."""
    without_tags = re.sub(r"<(script|style)\b[^>]*>.*?</\1>|<[!/]?[a-zA-Z][^>]*>", "", raw, flags=re.DOTALL)
    return {" ".join(text.split()) or None for text in (raw, html.unescape(without_tags))}


def _moment(value: object) -> datetime | None:
    if isinstance(value, tuple):
        return datetime(*value[:6], tzinfo=UTC)
    text = str(value)
    if re.match(r"\d{4}-\d\d-\d\dT", text):
        moment = datetime.fromisoformat(text)
        return moment.replace(tzinfo=moment.tzinfo or UTC).astimezone(UTC)
    if found := re.fullmatch(r"\w{3}, (\d\d \w{3} \d{4} \d\d:\d\d:\d\d) (GMT|EST)", text):
        moment = datetime.strptime(found[1], "%d %b %Y %H:%M:%S").replace(tzinfo=UTC)
        return moment + timedelta(hours=5 if found[2] == "EST" else 0)
    return None


def _read_as(data: bytes, encoding: str) -> str | None:
    """The document in the encoding the corpus says it has, prepared for a parser as ours is."""
    try:
        text = data.decode(encoding, "replace")
    except LookupError:
        return None
    text = re.sub(r"<\?xml\s[^>]*\?>", "", text.lstrip("\ufeff \t\r\n\x00"), count=1)
    return text.lstrip()
