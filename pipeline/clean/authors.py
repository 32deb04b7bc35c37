"""Who wrote the article: names of people, without "By", roles, agencies and the outlet itself."""

from __future__ import annotations

import re
from collections.abc import Iterator
from urllib.parse import urlsplit

from lxml.html import HtmlElement

from pipeline.clean import linked_data
from pipeline.clean.facts import PageFacts, site_name
from pipeline.clean.folding import fold_name
from pipeline.clean.linked_data import plain

_META_NAMES = (
    "author", "article:author", "byl", "parsely-author", "sailthru.author", "dc.creator", "dcterms.creator",
    "citation_author", "og:article:author", "article:author_name", "cxenseparse:author", "creator",
)  # fmt: skip
_BY = re.compile(
    r"^\s*(?:(?:written|reported|reporting|posted|published|story|words|text|article|analysis|opinion|review|photos?|edited)\s+by|"
    r"by|von|par|por|de|di|da|door|av|af|przez|text|autor(?:in|a)?|auteur|autore|author|автор|текст|بقلم|كتب|كتبت|تحرير|تحریر|"
    r"ازقلم|نویسنده|oleh|penulis|yazan|文|作者|记者|記者|記者:|取材・文|撰文)[\s:：]+",
    re.IGNORECASE,
)
_BYLINE_MARK = re.compile(
    r"(^|[\s_-])(by-?line|author|writer|autor|auteur|yazar|contributor)(s|[-_]?names?)?($|[\s_-])", re.IGNORECASE
)
_NOT_BYLINE = re.compile(
    r"bio|about|comment|avatar|image|img|related|sidebar|follow|social|card__text|box|footer|more", re.IGNORECASE
)
_SPLIT = re.compile(
    r"\s*(?:[,;|/·•、،؛&]|\s+(?:and|und|et|y|e|og|och|en|i|ve|и|dan|with|mit|avec|con)\s+|\s+و\s+|\s+اور\s+|\n)\s*",
    re.IGNORECASE,
)
_JOINING = re.compile(r"^\s*(?:and|und|et|y|e|with|mit|avec|con)\s+", re.IGNORECASE)
_ROLE = re.compile(
    r"\b(staff|writer|reporter|correspondent|editor(?:ial|s|in|-in-chief)?|senior|contributor|contributing|columnist|"
    r"journalist(?:e|in|a)?|bureau|desk|newsroom|team|special|chief|freelance|producer|analyst|redaktion|redakteur(?:in)?|"
    r"rédaction|rédacteur|redacci[oó]n|redaç[aã]o|redazione|redactie|redakcja|redakce|редакция|admin(?:istrator)?|"
    r"webmaster|guest|author|news|media|press|agency|agencies|agencias|agenzia|agentur|agence|online|digital|service|services|"
    r"magazine|times|post|daily|herald|gazette|tribune|network|radio|television|tv|inc|ltd|llc|gmbh|corp|company|foundation|"
    r"institute|university|unknown|anonymous|publisher|official|podcast|studio)\b",
    re.IGNORECASE,
)
_AGENCIES = frozenset({
    "reuters", "ap", "afp", "dpa", "efe", "ansa", "apa", "ats", "belga", "bloomberg", "upi", "pti", "ani", "ians",
    "anadolu", "aa", "tass", "interfax", "xinhua", "kyodo", "yonhap", "sid", "kna", "epd", "app", "online", "bernama",
    "antara", "ptinews", "lusa", "petra", "wafa", "irna", "isna", "mena", "spa", "wam", "cnn", "bbc", "npr", "cnbc",
    "foxnews", "associatedpress", "theassociatedpress", "agencefrancepresse", "pressassociation", "pamedia",
    "europapress", "canadianpress", "thecanadianpress", "australianassociatedpress", "aap", "tanjug", "hina",
    "ritzau", "ntb", "tt", "stt", "pap", "ctk", "mti", "agerpres", "bta", "وكالات", "رويترز", "webdesk", "newsdesk",
    "redaktion", "redaccion", "redazione", "desk", "team", "mitarbeiter",
})  # fmt: skip
"""Agencies and collective bylines, folded. They are sources, not people."""
_CREDENTIAL = re.compile(
    r"^(?:ph\.?d|m\.?d|md|jr|sr|ii|iii|esq|mba|rn|rd|cpa|m\.?a|b\.?a|m\.?sc|b\.?sc|dr|prof)\.?$", re.IGNORECASE
)
_LEADING_TITLE = re.compile(r"^(?:dr|prof|mr|mrs|ms|sir)\.?\s+(?=\S+\s+\S+)", re.IGNORECASE)
_TRAILER = re.compile(
    r"\s*(?:\(.*|\bfor\s+.+|\bfür\s+.+|\bpour\s+.+|\bin\s+[A-Z].+|@\S+.*|\s[-–—]\s.*|\bupdated\b.*|\bpublished\b.*|"
    r"\b\d{1,2}[:./].*|\b\d{4}\b.*|\bfollow\b.*|\bview\b.*|\b(?:all|more|other)\s+posts?\b.*)$",
    re.IGNORECASE,
)
MAX_AUTHORS = 12
"""More names than this are a list of staff, not a byline."""


def choose_authors(tree: HtmlElement, facts: PageFacts, outlet: str | None, url: str | None) -> tuple[str, ...]:
    """The people named as authors, as printed, in order, without repeats; from the first source that has any."""
    names = {
        fold_name(n)
        for n in (site_name(facts), outlet, linked_data.string(facts.article.get("publisher")), _domain_label(url))
        if n
    }
    for raw in _stated(tree, facts):
        people = people_in(raw, names)
        if people:
            return people[:MAX_AUTHORS]
    return ()


def people_in(raw: list[str], not_people: set[str] | None = None) -> tuple[str, ...]:
    """Names of people in byline texts: `By Ana Ruiz and Li Wei, Staff Writers` → Ana Ruiz, Li Wei."""
    found: dict[str, str] = {}
    for text in raw:
        if text.startswith(("http:", "https:")) or len(text) > 300:
            continue
        stripped = _BY.sub("", plain(text))
        for part in _SPLIT.split(_unturned(stripped)):
            name = _clean_name(part)
            if name and fold_name(part) not in (not_people or ()) and _is_person(name, not_people or set()):
                found.setdefault(fold_name(name), name)
    return tuple(found.values())


def _stated(tree: HtmlElement, facts: PageFacts) -> Iterator[list[str]]:
    yield _named(facts.article.get("author"), facts) or _named(facts.article.get("creator"), facts)
    for name in _META_NAMES:
        yield list(facts.meta.get(name, ()))
    yield _by_mark(tree)


def _named(value: object, facts: PageFacts) -> list[str]:
    """Names in an `author` value; a node that only refers (`@id`) is looked up on the page."""
    items = value if isinstance(value, list) else [value]
    names: list[str] = []
    for item in items:
        if isinstance(item, dict) and "name" not in item and "@id" in item:
            item = next((n for n in facts.nodes if n.get("@id") == item["@id"] and "name" in n), item)
        if isinstance(item, dict) and "Organization" in " ".join(linked_data.types(item)):
            continue
        names.extend(linked_data.strings(item))
    return names


def _by_mark(tree: HtmlElement) -> list[str]:
    """Texts of elements marked as author or byline: itemprop and rel first, then class names."""
    by_class: list[str] = []
    by_rel: list[str] = []
    for element in tree.iter("a", "span", "div", "p", "address", "li", "cite", "strong", "h3", "h4", "h5"):
        rel, prop = element.get("rel") or "", element.get("itemprop") or ""
        mark = f"{element.get('class') or ''} {element.get('id') or ''} {element.get('data-testid') or ''}"
        wanted = "author" in rel.split() or prop == "author"
        if not wanted and not (_BYLINE_MARK.search(mark) and not _NOT_BYLINE.search(mark)):
            continue
        text = _own_text(element)
        if 3 <= len(text) <= 120 and not any(
            "comment" in (a.get("class") or "").lower() for a in element.iterancestors()
        ):
            (by_rel if wanted else by_class).append(text)
        if len(by_rel) + len(by_class) > 20:
            break
    return _first_group(by_rel) or _first_group(by_class)


def _first_group(texts: list[str]) -> list[str]:
    """Neighbours at the top; later ones are other articles' authors."""
    return list(dict.fromkeys(texts))[:2]


def _own_text(element: HtmlElement) -> str:
    named = next((e for e in element.iter() if isinstance(e.tag, str) and e.get("itemprop") == "name"), None)
    source = named if named is not None else element
    text = (source.get("content") or "") if named is not None else ""
    return plain(text or " ".join(t for t in source.itertext() if isinstance(t, str)))


def _unturned(text: str) -> str:
    """`Ruiz, Ana` (catalogue style, one person) → `Ana Ruiz`; anything else stays."""
    match = re.fullmatch(r"([^\s,]+),\s+([^\s,]+(?:\s[A-Z]\.)?)", text)
    if match and not _CREDENTIAL.match(match.group(2)) and not _ROLE.search(text):
        return f"{match.group(2)} {match.group(1)}"
    return text


def _clean_name(part: str) -> str:
    name = _JOINING.sub("", _BY.sub("", part)).strip(" .,:;|-–—*\"'“”()[]")
    name = _TRAILER.sub("", name).strip(" .,:;|-–—")
    name = _LEADING_TITLE.sub("", name)
    if name.isupper() and len(name) > 4 and " " in name and name.isascii():
        name = " ".join(word.capitalize() for word in name.split())
    return name


def _is_person(name: str, not_people: set[str]) -> bool:
    words = name.split()
    folded = fold_name(name)
    if not 2 <= len(name) <= 60 or len(words) > 6 or any(ch.isdigit() for ch in name) or "@" in name or "/" in name:
        return False
    if folded in not_people or folded in _AGENCIES or _CREDENTIAL.match(name) or _ROLE.search(name):
        return False
    if len(words) == 1:
        # One word is a name where names have no space in them, or of people known by one name.
        return (any(ch > "\u2e80" for ch in name) and len(name) <= 8) or (
            name[0].isupper() and len(name) >= 4 and not name.isupper()
        )
    cased = [w for w in words if w[0].isalpha() and w[0].lower() != w[0].upper()]
    return not cased or sum(w[0].isupper() for w in cased) * 2 >= len(cased)


def _domain_label(url: str | None) -> str | None:
    try:
        host = urlsplit(url or "").hostname or ""
    except ValueError:
        return None
    labels = host.removeprefix("www.").split(".")
    return labels[0] if len(labels) > 1 else None
