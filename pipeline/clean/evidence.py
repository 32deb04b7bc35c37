"""What the verdict on one page, and what is said of its kind, rest on: its lines, its facts, its tree, its source."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cached_property
from urllib.parse import unquote, urlsplit

from lxml.html import HtmlElement

from pipeline.clean import linked_data
from pipeline.clean.content import PageHints
from pipeline.clean.facts import PageFacts
from pipeline.clean.lines import count_words, is_sentence
from pipeline.folding import fold_words

PROSE_WORDS = 12
"""A sentence of this many words is prose; shorter ones stand in captions, cards and lists, too."""
_STOPS = re.compile("[\u104b\u17d4\u17d5\u0f0d\u0589\u1362\u0965]\\W*$")
"""Full stops of Burmese, Khmer, Tibetan, Armenian, Ethiopic; the double danda, as `is_sentence` has the single one."""
_STOPLESS = re.compile("[\u0e00-\u0eff\u1780-\u17ff\u1000-\u109f]")
"""Thai and Lao set blanks where others set full stops; Khmer and Burmese often do."""
STOPLESS_SHARE = 0.3
_EXTENSION = re.compile(r"\.[a-z0-9]{2,5}$")


def is_prose(line: str) -> bool:
    """Ends as a sentence ends, or is long in a script that marks no ends."""
    if is_sentence(line) or _STOPS.search(line):
        return True
    return len(_STOPLESS.findall(line)) > STOPLESS_SHARE * len(line) and count_words(line) >= PROSE_WORDS


@dataclass(frozen=True)  # no slots: what is computed once is kept
class Evidence:
    """One cleaned page as the verdict sees it."""

    lines: list[str]
    facts: PageFacts
    tree: HtmlElement | None  # None of a text that is no HTML page
    title: str | None
    url: str | None
    hints: PageHints

    @cached_property
    def measured(self) -> list[tuple[int, bool]]:
        """Of every line its words, and whether it is prose."""
        return [(count_words(line), is_prose(line)) for line in self.lines]

    @cached_property
    def words(self) -> int:
        """Words of the article's text."""
        return sum(words for words, _ in self.measured)

    @cached_property
    def folded(self) -> str:
        """The text folded, with a blank at both ends, for looking up phrases."""
        return f" {fold_words(' '.join(self.lines))} "

    @cached_property
    def prose_words(self) -> int:
        """Words that stand in lines of whole sentences."""
        return sum(words for words, prose in self.measured if prose and words >= PROSE_WORDS)

    @cached_property
    def titles(self) -> list[str]:
        """Every form of the headline that the page gives: the chosen one, og, JSON-LD, h1, title tag."""
        stated = linked_data.string(self.facts.article.get("headline"))
        forms = [self.title, self.facts.first("og:title"), stated, *self.facts.headings[:2], self.facts.title_tag]
        return [form for form in dict.fromkeys(forms) if form]

    @cached_property
    def steps(self) -> list[str]:
        """Steps of the address, folded, the host's first label first: `//opinion.paper.net/b-c.html` → opinion, b c."""
        try:
            parts = urlsplit(self.url or "")
            host = (parts.hostname or "").split(".")[0]
        except ValueError:
            return []
        path = _EXTENSION.sub("", unquote(parts.path).lower())
        return [fold_words(step) for step in (host, *path.split("/")) if step]

    @cached_property
    def classes(self) -> frozenset[str]:
        """Class names of the page's body and of what encloses its headline: templates tell the kind of page there."""
        if self.tree is None:
            return frozenset()
        body = self.tree.find("body")
        boxes = [] if self.headline is None else list(self.headline.iterancestors())
        enclosing = boxes or [
            element for element in (body, next(self.tree.iter("article"), None)) if element is not None
        ]
        marks = " ".join(element.get("class") or "" for element in enclosing)
        return frozenset(marks.lower().split())

    @cached_property
    def headline(self) -> HtmlElement | None:
        """The heading element that shows the headline; the first h1 if none does."""
        if self.tree is None:
            return None
        headings = list(self.tree.iter("h1"))
        wanted = fold_words(self.title or "")[:40]
        shown = (h for h in headings if wanted and wanted in fold_words(" ".join(map(str, h.itertext()))))
        return next(shown, headings[0] if headings else None)
