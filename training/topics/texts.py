"""The texts that were labelled, found again by their ids: in ../shared, or the invented ones here.

An id is `pages/<set>/<page>`, `gum/<document>`, `bbc/<line>`, `masakhanews/<line>` (lines from 0), `gmb/<first>-<last>` (sentences
of the Groningen Meaning Bank from 0, both inclusive: one report), `names/<file>-<number>` (the invented news of
training/ner/written) or `written/<file>-<number>` (that of training/topics/written).
"""

from __future__ import annotations

import json
import re
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

from training.ner.gmb import read_sentences
from training.ner.texts import detokenised

HERE = Path(__file__).parent
CHECKOUT = HERE.parents[1]
SHARED = CHECKOUT.parent / "shared"
_MARKED = re.compile(r"\[\[\w+\|(.*?)\]\]")


@dataclass(frozen=True, slots=True)
class NewsText:
    """One text as the product gets it."""

    id: str
    title: str | None
    text: str
    url: str | None = None
    file: str | None = None  # of a page: its HTML, below ../shared/pages


def text_of(text_id: str) -> NewsText:
    """The text with this id; raises KeyError where there is none."""
    return _all(text_id.split("/")[0])[text_id]


@lru_cache(maxsize=8)
def _all(corpus: str) -> dict[str, NewsText]:
    if corpus == "gmb":
        return _Reports()
    readers = {"pages": _pages, "gum": _gum, "bbc": _bbc, "masakhanews": _masakhanews, "names": _names}
    return {text.id: text for text in readers.get(corpus, _written)()}


def _pages() -> Iterator[NewsText]:
    for line in (SHARED / "pages" / "gold.jsonl").open(encoding="utf-8"):
        page = json.loads(line)
        page_id = f"pages/{page['set']}/{page['id']}"
        yield NewsText(page_id, page.get("title"), page["text"], page.get("url"), page["file"])


def _gum() -> Iterator[NewsText]:
    with zipfile.ZipFile(SHARED / "ner" / "gum_news.zip") as opened:
        for member in sorted(n for n in opened.namelist() if n.endswith(".conllu")):
            paragraphs: list[list[str]] = [[]]
            for line in opened.read(member).decode().split("\n"):
                if line.startswith("# newpar"):
                    paragraphs.append([])
                elif line.startswith("# text = "):
                    paragraphs[-1].append(line.removeprefix("# text = "))
            text = "\n".join(" ".join(p) for p in paragraphs if p)
            yield NewsText(f"gum/{member.removesuffix('.conllu')}", None, text)


def _bbc() -> Iterator[NewsText]:
    with zipfile.ZipFile(SHARED / "topics" / "bbc.zip") as opened, opened.open("bbc.jsonl") as lines:
        for number, line in enumerate(lines):
            yield NewsText(f"bbc/{number}", None, json.loads(line)["text"])


def _masakhanews() -> Iterator[NewsText]:
    lines = (SHARED / "topics" / "masakhanews_en_dev.jsonl").open(encoding="utf-8")
    for number, line in enumerate(lines):
        row = json.loads(line)
        yield NewsText(f"masakhanews/{number}", row["headline"], row["text"])


class _Reports(dict[str, NewsText]):
    """Reports of the Groningen Meaning Bank, cut out as they are asked for."""

    def __missing__(self, text_id: str) -> NewsText:
        first, _, last = text_id.removeprefix("gmb/").partition("-")
        sentences = _gmb_sentences()[int(first) : int(last) + 1]
        return NewsText(text_id, None, "\n".join(sentences))


@lru_cache(maxsize=1)
def _gmb_sentences() -> list[str]:
    return [detokenised(words, []).text for words, _ in read_sentences()]


def _names() -> Iterator[NewsText]:
    for path in sorted((HERE.parent / "ner" / "written").glob("*.txt")):
        yield from _articles(path, "names")


def _written() -> Iterator[NewsText]:
    for path in sorted((HERE / "written").glob("*.txt")):
        yield from _articles(path, "written")


def _articles(path: Path, corpus: str) -> Iterator[NewsText]:
    """Articles of a file: a line `=== …`, the headline, the text."""
    for number, part in enumerate(re.split(r"(?m)^=== ", path.read_text(encoding="utf-8"))[1:]):
        body = _MARKED.sub(r"\1", part.partition("\n")[2]).strip()
        title, _, text = body.partition("\n")
        yield NewsText(f"{corpus}/{path.stem}-{number}", title.strip(), text.strip())
