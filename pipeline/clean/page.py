"""The pure core: the bytes of one page and what is known of it in, its article out."""

from __future__ import annotations

import re
import zlib

from lxml.html import HtmlElement
from trafilatura.utils import load_html

from pipeline.clean import authors, body, dates, facts, judge, kinds, language, lines, section, titles, walls
from pipeline.clean.charset import decode, repair_mojibake
from pipeline.clean.content import PageContent, PageHints, without_content
from pipeline.clean.evidence import Evidence
from pipeline.clean.facts import PageFacts
from pipeline.clean.plain_text import read_plain_text
from pipeline.clean.selector import Trees
from pipeline.errors import Reason

_MAGIC = (
    (b"%PDF-", "a PDF"), (b"\x89PNG", "a PNG image"), (b"\xff\xd8\xff", "a JPEG image"), (b"GIF8", "a GIF image"),
    (b"PK\x03\x04", "a ZIP archive"), (b"RIFF", "a RIFF file"), (b"OggS", "an Ogg file"), (b"ID3", "an MP3 file"),
    (b"\x7fELF", "a program"), (b"MZ\x90", "a program"), (b"wOFF", "a font"), (b"wOF2", "a font"),
    (b"\x00\x00\x01\x00", "an icon"),
    (b"\xd0\xcf\x11\xe0", "an Office document"), (b"Rar!", "a RAR archive"), (b"7z\xbc\xaf", "a 7z archive"),
    (b"BZh", "a bzip2 file"),
)  # fmt: skip
_CONTROL = bytes((*range(1, 9), 11, *range(14, 27), *range(28, 32), 127))
_FEED = re.compile(rb"^\s*(?:<\?xml[^>]*>\s*)?(?:<!--.*?-->\s*)?<(rss|feed|urlset|sitemapindex|rdf:RDF)\b", re.DOTALL)
_TAG = re.compile(r"<(?:!doctype|html|head|body|div|p|article|section|span|table|br|h[1-6]|ul|a|meta)\b", re.IGNORECASE)
_ROOT = re.compile(r"<html\b", re.IGNORECASE)
_HEAVY = re.compile(r"<(script|style|svg)\b(?![^>]{0,300}ld\+json)[^<>]*>", re.IGNORECASE)
_ENDS = {name: re.compile(rf"</{name}\s*>", re.IGNORECASE) for name in ("script", "style", "svg")}
MAX_UNPACKED = 30_000_000
"""Bytes a gzip body may unpack to; three times the largest page that is fetched."""
HEAVY_CHARS = 3_000_000
"""Pages over this lose scripts, styles and drawings before parsing; the largest of 574 real ones has 2.9 MB."""


def clean_page(
    html: bytes, *, url: str | None = None, hints: PageHints | None = None, trees: Trees | None = None
) -> PageContent:
    """Clean one page; the same bytes and hints always give the same content.

    Garbage is a verdict with a reason, not an exception. Exceptions are bugs (or memory running out) and
    are turned into `broken_page` by the worker that calls this. `trees` is another text model than the shipped one.
    """
    known = hints or PageHints()
    data = unpacked(html)
    if data is None:
        return without_content(Reason.NOT_TEXT.value, "gzip data that is broken or unpacks to more than 30 MB")
    if not data.strip(b" \t\r\n\x00"):
        return without_content(Reason.EMPTY.value, "no bytes, or only blanks")
    kind = _binary_kind(data)
    if kind:
        return without_content(Reason.NOT_TEXT.value, f"the bytes are {kind}")
    if _FEED.match(data[:2000]):
        return without_content(Reason.INDEX_PAGE.value, "a feed or sitemap, not a page")
    decoded = decode(data, known.charset)
    if _is_plain(decoded.text, known.content_type):
        return _clean_plain(decoded.text, decoded.encoding, known)
    return _clean_html(decoded.text, decoded.encoding, url, known, trees)


def _clean_html(text: str, encoding: str, url: str | None, known: PageHints, trees: Trees | None) -> PageContent:
    tree = parse(text)
    if tree is None:
        return without_content(Reason.BROKEN_PAGE.value, "the HTML parser gave up on it")
    stated = facts.read_facts(tree, url)
    title, title_method = titles.choose_title(stated, url, known.feed_title, known.site_name, known.title_suffixes)
    title = repair_mojibake(title) if title else None
    shown = titles.title_variants(stated, title, known.feed_title)
    read = body.extract_body(tree, url, stated, shown, trees)
    paragraphs = lines.article_lines(lines.tidy(repair_mojibake("\n".join(read.lines))), shown, known.repeated_lines)
    return _content(
        paragraphs,
        stated,
        tree,
        url,
        known,
        title=title,
        title_method=title_method,
        read=read,
        charset=encoding,
    )


def without_heavy(text: str) -> str:
    """The markup without scripts, styles and drawings that are closed; JSON-LD stays. Takes time by its length only."""
    kept: list[str] = []
    place = 0
    open_names = dict(_ENDS)
    while opening := _HEAVY.search(text, place):
        name = opening.group(1).lower()
        end = open_names[name].search(text, opening.end()) if name in open_names else None
        if end is None:
            open_names.pop(name, None)  # no other of its kind is closed either: none is looked for again
            kept.append(text[place : opening.end()])
            place = opening.end()
        else:
            kept += [text[place : opening.start()], " "]
            place = end.end()
    return "".join([*kept, text[place:]])


def parse(text: str) -> HtmlElement | None:
    """The page as a tree; None if the parser gives up on it."""
    if len(text) > HEAVY_CHARS:
        text = without_heavy(text)
    if not _ROOT.search(text):  # a fragment; the parser refuses those of one element
        text = f"<html><body>{text}</body></html>"
    return load_html(text)


def _content(
    paragraphs: list[str],
    stated: PageFacts,
    tree: HtmlElement,
    url: str | None,
    known: PageHints,
    *,
    title: str | None,
    title_method: str | None,
    read: body.Body,
    charset: str,
) -> PageContent:
    text = "\n".join(paragraphs)
    code, score = language.detect_language(text or (title or ""), stated.html_language or known.language)
    by = authors.choose_authors(tree, stated, url, known.site_name, paragraphs)
    placed = section.choose_section(tree, stated, url, title, known.site_name)
    tags = section.choose_tags(tree, stated, url, placed.name, known.site_name)
    published, date_order = dates.choose_date(tree, stated, url, known, code)
    seen = Evidence(paragraphs, stated, tree, title, url, known)
    kind = kinds.kinds_of(seen)
    paywalled = walls.paywall(seen, kind)
    if paywalled and (shorter := walls.without_wall(paragraphs)) != paragraphs:
        paragraphs, text = shorter, "\n".join(shorter)
        seen = Evidence(paragraphs, stated, tree, title, url, known)
    return PageContent(
        title=title,
        text=text,
        word_count=lines.count_words(text),
        authors=by.people,
        section=placed.name,
        publisher_tags=tags.names,
        canonical_url=facts.canonical_url(stated),
        description=facts.description(stated),
        image_url=facts.image_url(stated),
        site_name=facts.site_name(stated),
        language=code,
        language_score=score,
        published=published,
        is_paywalled=paywalled is not None,
        is_live_blog=kind.live_blog is not None,
        is_opinion=kind.opinion is not None,
        is_sponsored=kind.sponsored is not None,
        judgement=judge.judge(seen, kind, paywalled=paywalled),
        title_method=title_method,
        extractor=read.extractor,
        extractor_reason=read.reason,
        charset=charset,
        authors_method=by.method,
        section_method=placed.method,
        tags_method=tags.method,
        agency=by.agency,
        date_order=date_order,
    )


def _clean_plain(text: str, encoding: str, known: PageHints) -> PageContent:
    title, paragraphs = read_plain_text(repair_mojibake(text))
    joined = "\n".join(paragraphs)
    code, score = language.detect_language(joined or (title or ""), known.language)
    return PageContent(
        title=title or known.feed_title,
        text=joined,
        word_count=lines.count_words(joined),
        authors=(),
        section=None,
        publisher_tags=(),
        canonical_url=None,
        description=None,
        image_url=None,
        site_name=None,
        language=code,
        language_score=score,
        published=dates.from_feed(known),
        is_paywalled=False,
        judgement=judge.judge(
            Evidence(paragraphs, facts.NO_FACTS, None, title, None, known), kinds.Kinds(), paywalled=None
        ),
        title_method="first_line" if title else ("feed" if known.feed_title else None),
        extractor="plain_text",
        charset=encoding,
    )


def unpacked(data: bytes) -> bytes | None:
    """Servers that gzip twice leave one layer, anything else stays as it is; None if that layer is broken."""
    if not data.startswith(b"\x1f\x8b\x08"):
        return data
    unpacker = zlib.decompressobj(wbits=31)
    try:
        plain = unpacker.decompress(data, MAX_UNPACKED)
    except zlib.error:
        return None
    return None if unpacker.unconsumed_tail else plain


def _binary_kind(data: bytes) -> str | None:
    for magic, kind in _MAGIC:
        if data.startswith(magic):
            return kind
    if data[4:12] in (b"ftypmp42", b"ftypisom", b"ftypavif", b"ftypM4A "):
        return "a video or image"
    head = data[:8192]
    if head.startswith((b"\xff\xfe", b"\xfe\xff")) or _looks_wide(head):
        return None
    zeros, control = head.count(0), len(head) - len(head.translate(None, _CONTROL))
    # Text with stray zero bytes is still read; formats made of them have one in three or more.
    if control > 0.02 * len(head) or zeros > 0.1 * len(head):
        return f"binary ({control + zeros} control bytes in the first {len(head)})"
    return None


def _looks_wide(head: bytes) -> bool:
    """UTF-16 without a mark: every other byte of its markup is zero."""
    zeros_even, zeros_odd = head[::2].count(0), head[1::2].count(0)
    return max(zeros_even, zeros_odd) > 0.3 * (len(head) / 2) and min(zeros_even, zeros_odd) < 0.02 * len(head)


def _is_plain(text: str, content_type: str | None) -> bool:
    """Text without tags; the header alone does not decide, as servers send HTML as text/plain too."""
    tags = len(_TAG.findall(text[:20_000]))
    kind = (content_type or "").split(";")[0].strip().lower()
    return tags == 0 or (kind == "text/plain" and tags < 5)
