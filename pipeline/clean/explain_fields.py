"""Why the fields of a page have the values they have: every source of each, in the order in which they are trusted."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass

from lxml.html import HtmlElement

from pipeline.clean import authors, facts, language, section, titles
from pipeline.clean.agencies import agency_in, agency_of_text
from pipeline.clean.charset import Decoded, declarations, lost_share, repair_mojibake
from pipeline.clean.content import PageContent, PageHints
from pipeline.clean.explanation import AGREES, CHOSEN, OUTRANKED, Candidate, FieldExplanation
from pipeline.clean.facts import PageFacts, outlet_names
from pipeline.clean.people import people_in
from pipeline.folding import fold_name

_MAX_CANDIDATES = 12
_CHARSET_NOTES = {
    "bom": "a byte order mark opens the page",
    "utf8": "the bytes are valid UTF-8, which beats any declaration",
    "header": "declared by the header, and plausible",
    "meta": "declared by a meta tag, and plausible",
    "detector": "no declaration fits the bytes; found by their letters",
    "guess": "nothing fits; the reading that loses least",
}


@dataclass(frozen=True, slots=True)
class SeenPage:
    """One page read a second time, beside what cleaning made of it."""

    tree: HtmlElement
    facts: PageFacts
    url: str | None
    hints: PageHints
    content: PageContent

    @property
    def names(self) -> set[str]:
        """Folded names of the outlet."""
        return outlet_names(self.facts, self.url, self.hints.site_name)

    @property
    def lines(self) -> list[str]:
        """The article's paragraphs."""
        return self.content.text.split("\n") if self.content.text else []


def explain_title(page: SeenPage) -> FieldExplanation:
    """The headings of the page, then what its head and the feed give."""
    title, method = page.content.title, page.content.title_method
    stated = titles.stated_titles(page.facts, page.hints.feed_title)
    found = [("h1", heading) for heading in page.facts.headings] + stated
    wanted = fold_name(title or "")
    candidates: list[Candidate] = []
    is_open = bool(wanted)
    for source, raw in found:
        folded = fold_name(repair_mojibake(raw))
        if is_open and source == method and wanted in folded:
            is_open = False
            candidates.append(
                Candidate(source, raw, CHOSEN if folded == wanted else f"{CHOSEN}, without what is around")
            )
        else:
            candidates.append(Candidate(source, raw, _lost_title(source, raw, folded, wanted, method, page.names)))
    note = "an h1 that the head of the page or the address confirms goes first" if method == "h1" else None
    if title and is_open:
        note = f"{method} was cut short; completed from another source"
    return FieldExplanation("title", title, method, note, tuple(candidates))


def _lost_title(source: str, raw: str, folded: str, wanted: str, method: str | None, names: set[str]) -> str:
    if folded == wanted:
        return AGREES
    if wanted and wanted in folded:
        return f"{AGREES}, with more around it"
    if folded in names:
        return "names the outlet"
    if len(raw) > titles.MAX_TITLE_CHARS:
        return "too long for a headline"
    if source == "h1":
        return (
            "another h1 fits better" if method == "h1" else "neither the head of the page nor the address confirms it"
        )
    return "a heading that readers see came first" if method == "h1" else OUTRANKED


def explain_authors(page: SeenPage) -> FieldExplanation:
    """Every byline as it stands on the page; the first that names a person is taken."""
    content = page.content
    found = [(method, "\n".join(raw), raw) for method, raw in authors.byline_sources(page.tree, page.facts) if any(raw)]
    candidates: list[Candidate] = []
    is_open = bool(content.authors) and content.authors_method != "dateline"
    for method, shown, raw in found:
        people = people_in(raw, page.names)[: authors.MAX_AUTHORS]
        if is_open and people == content.authors and method == content.authors_method:
            is_open = False
            outcome = CHOSEN
        elif not people:
            outcome = "names no person"
        else:
            outcome = AGREES if people == content.authors else f"{OUTRANKED}; names {', '.join(people)}"
        candidates.append(Candidate(method, shown, outcome))
    if content.authors_method == "dateline":
        candidates.append(Candidate("dateline", page.lines[0] if page.lines else "", CHOSEN))
    value = ", ".join(content.authors) or None
    return FieldExplanation("authors", value, content.authors_method, None, _few(candidates))


def explain_agency(page: SeenPage) -> FieldExplanation:
    """Agencies among the stated organisations, in the bylines and in the text's dateline or closing mark."""
    sources = [("json_ld organisation", authors.stated_organisations(page.facts))]
    sources += [source for source in authors.byline_sources(page.tree, page.facts) if any(source[1])]
    claims = [(method, name) for method, raw in sources if (name := agency_in(raw, page.names))]
    in_text = agency_of_text(page.lines, page.names)
    claims += [("dateline or closing mark", in_text)] if in_text else []
    return _field("agency", page.content.agency, None, claims, lambda name: name == page.content.agency)


def explain_section(page: SeenPage) -> FieldExplanation:
    """Stated sections, breadcrumbs, the address."""
    name, method = page.content.section, page.content.section_method
    claims = section.section_candidates(page.tree, page.facts, page.url)
    return _field(
        "section", name, method, claims,
        lambda found: name in (found, found.split(",")[0].strip()),
        refused="headline, outlet, or a word like Home",
    )  # fmt: skip


def explain_tags(page: SeenPage) -> FieldExplanation:
    """Keywords and tag links."""
    tags = page.content.publisher_tags
    claims = [(m, ", ".join(raw)) for m, raw in section.tag_candidates(page.tree, page.facts) if any(raw)]
    first = tags[0] if tags else "\n"
    return _field(
        "tags", ", ".join(tags) or None, page.content.tags_method, claims, lambda found: first in found,
        refused="holds no keyword of use",
    )  # fmt: skip


def explain_addresses(page: SeenPage) -> list[FieldExplanation]:
    """canonical_url, description, image_url and site_name: the first that is filled."""
    content, stated = page.content, page.facts

    def leads_to(wanted: str | None) -> Callable[[str], bool]:
        return lambda link: facts.joined(stated.base_url, link) == wanted

    return [
        _field("canonical_url", content.canonical_url, None, facts.canonical_claims(stated),
               leads_to(content.canonical_url), refused="no web address"),
        _field("description", content.description, None, facts.description_claims(stated),
               lambda text: text == content.description),
        _field("image_url", content.image_url, None, facts.image_claims(stated), leads_to(content.image_url),
               refused="no web address"),
        _field("site_name", content.site_name, None, facts.site_name_claims(stated),
               lambda name: name.lstrip("@") == content.site_name),
    ]  # fmt: skip


def explain_language(page_language: str | None, content: PageContent, hints: PageHints) -> FieldExplanation:
    """What the text alone shows, what the page states, what the source mostly writes."""
    alone, score = language.detect_language(content.text or (content.title or ""))
    found = [("text alone", f"{alone} ({score:.2f})" if alone and score is not None else None, alone)]
    found += [("html lang", page_language, (page_language or "")[:2]), ("source", hints.language, hints.language)]
    candidates = tuple(
        Candidate(method, shown, CHOSEN if method == "text alone" and code == content.language else
                  AGREES if code == content.language else "the text decides")
        for method, shown, code in found if shown
    )  # fmt: skip
    note = None
    if content.language and alone != content.language:
        note = "the text leaves room (short, or doubtful), so what page or source say decides"
        candidates = tuple(
            Candidate(c.method, c.value, CHOSEN if c.outcome == AGREES else "leaves room") for c in candidates
        )
    value = f"{content.language} ({content.language_score or 0:.2f})" if content.language else None
    return FieldExplanation("language", value, "text" if note is None and value else None, note, candidates)


def explain_charset(data: bytes, decoded: Decoded, header: str | None) -> FieldExplanation:
    """The declarations, and which reading of the bytes won."""
    candidates = tuple(
        Candidate(method, name, _declared_outcome(method, name, decoded)) for method, name in declarations(data, header)
    )
    note = _CHARSET_NOTES[decoded.method]
    lost = lost_share(decoded.text)
    if lost:
        note = f"{note}; {lost:.2%} of the characters could not be read"
    return FieldExplanation("charset", decoded.encoding, decoded.method, note, candidates)


def _declared_outcome(method: str, name: str, decoded: Decoded) -> str:
    if method == decoded.method:
        return CHOSEN
    if fold_name(name) == fold_name(decoded.encoding):
        return AGREES
    return {
        "bom": "the byte order mark decides",
        "utf8": "the bytes are UTF-8 all the same",
        "header": "the header came first",
    }.get(decoded.method, "unknown, or gives letters that make no words")


def explain_flags(content: PageContent) -> FieldExplanation:
    """The kinds of page that are set, with what shows each."""
    flags = {
        "paywalled": content.is_paywalled,
        "live_blog": content.is_live_blog,
        "opinion": content.is_opinion,
        "sponsored": content.is_sponsored,
    }
    notes = [(name, shown) for name, _, shown in (note.partition(": ") for note in content.judgement.notes)]
    signs = tuple(Candidate(name, text, "set") for name, text in notes if flags.get(name))
    value = ", ".join(name for name, is_set in flags.items() if is_set) or None
    return FieldExplanation("flags", value, None, None, signs)


def _field(
    field: str,
    value: str | None,
    method: str | None,
    claims: Iterable[tuple[str, str]],
    is_value: Callable[[str], bool],
    refused: str = "not usable",
) -> FieldExplanation:
    """The first claim that holds the value, by that method where one is named, is chosen; those before were refused."""
    candidates: list[Candidate] = []
    is_open = value is not None
    chosen_by = method
    for source, text in dict.fromkeys(claims):
        if is_open and is_value(text) and method in (None, source):
            is_open = False
            chosen_by = method or source
            candidates.append(Candidate(source, text, CHOSEN))
        elif value is None or is_open:
            candidates.append(Candidate(source, text, refused))
        else:
            candidates.append(Candidate(source, text, AGREES if is_value(text) else OUTRANKED))
    return FieldExplanation(field, value, chosen_by if value is not None else None, None, _few(candidates))


def _few(candidates: Iterable[Candidate]) -> tuple[Candidate, ...]:
    unique = list(dict.fromkeys(candidates))
    chosen = [c for c in unique[_MAX_CANDIDATES:] if c.outcome == CHOSEN]
    return (*unique[:_MAX_CANDIDATES], *chosen)
