"""The gold corpora of ../shared/ner and our own labels on ../shared/pages, in one convention.

The convention is GUIDELINES.md: persons without titles, nationalities and groups as NORP, countries as LOC. Where a
corpus does not mark a kind that the convention knows (NORP in GUM, works in Wikigold), the stretch is unsure.
"""

from __future__ import annotations

import hashlib
import io
import json
import re
import zipfile
from collections.abc import Callable, Iterator
from functools import lru_cache
from pathlib import Path

from pipeline.tag.lexicon import load_lexicon
from training.ner.texts import Document, Sentence, Span, detokenised, spans_of_tags

CHECKOUT = Path(__file__).resolve().parents[2]
SHARED = CHECKOUT.parent / "shared"
NER = SHARED / "ner"
LABELS = Path(__file__).parent / "labels"

Rows = list[list[str]]
_TITLES = re.compile(
    r"(?:(?:mr|mrs|ms|dr|prof|sen|rep|gov|gen|col|lt|capt|maj|sgt|rev|st)\.?|president|prime|vice|minister|senator|secretary|general|"
    r"professor|governor|king|queen|sir|chancellor|premier|sheikh|ayatollah|pope|cardinal|archbishop|bishop|judge|justice|"
    r"colonel|captain|lieutenant|major|admiral|commander|ambassador|prince|princess|emperor|deputy|foreign|defense|"
    r"defence|interior|finance|former|then|lord|lady|imam|mullah|cleric|spokesman|spokeswoman|chairman|director|leader)",
    re.IGNORECASE,
)


def is_title(word: str) -> bool:
    """Stands before a person's name and is no part of it."""
    return _TITLES.fullmatch(word) is not None


@lru_cache(maxsize=1)
def _demonyms() -> frozenset[str]:
    known = load_lexicon().demonyms
    return frozenset(known) | {f"{d}s" for d in known if not d.endswith("s")}


def is_demonym(word: str) -> bool:
    """Names a people, as noun or adjective, written large."""
    return word[:1].isupper() and word.lower() in _demonyms()


def with_norps(words: list[str], spans: list[Span]) -> list[Span]:
    """Peoples that no span covers become NORP, for corpora that do not mark them."""
    covered = {i for first, last, _ in spans for i in range(first, last)}
    found = list(spans)
    for i, word in enumerate(words):
        if i not in covered and is_demonym(word):
            language = i + 1 < len(words) and words[i + 1].lower() in ("language", "languages")
            found.append((i, i + 1, "" if language else "NORP"))
    return sorted(found)


def columns(archive: str, member: str, word: int, tag: int, separator: str | None = None) -> Iterator[Rows]:
    """Sentences of a CoNLL-like file as rows of (word, tag)."""
    rows: Rows = []
    with zipfile.ZipFile(NER / archive) as opened, opened.open(member) as raw:
        for line in io.TextIOWrapper(raw, encoding="utf-8"):
            stripped = line.rstrip("\n")
            if stripped.startswith("# ") and "\t" not in stripped:
                continue
            if stripped.strip():
                cells = stripped.split(separator)
                rows.append([cells[word], cells[tag]])
            elif rows:
                yield rows
                rows = []
    if rows:
        yield rows


def _documents(corpus: str, sentences: Iterator[Rows], size: int, kind_of: Callable[[str, list[str]], str | None],
               *, norps: bool = True) -> Iterator[Document]:  # fmt: skip
    """Documents of `size` sentences. `kind_of(tag, words)` gives a kind, "" for unsure, None for no name."""
    batch: list[Sentence] = []
    number = 0
    for rows in sentences:
        words = [r[0] for r in rows]
        if words == ["-DOCSTART-"]:
            continue
        spans: list[Span] = []
        for first, last, tag in spans_of_tags([r[1] for r in rows]):
            kind = kind_of(tag, words[first:last])
            if kind is not None:
                spans.append((first, last, kind))
        batch.append(detokenised(words, with_norps(words, spans) if norps else spans))
        if len(batch) == size:
            yield Document(corpus, f"{corpus}-{number}", batch)
            batch, number = [], number + 1
    if batch:
        yield Document(corpus, f"{corpus}-{number}", batch)


def wikigold() -> Iterator[Document]:
    """Wikipedia, gold; MISC is a people or something of which we do not know the kind."""

    def kind_of(tag: str, words: list[str]) -> str | None:
        return ("NORP" if all(is_demonym(w) for w in words) else "") if tag == "MISC" else tag

    yield from _documents("wikigold", columns("wikigold.zip", "wikigold.conll", 0, -1), 8, kind_of)


_WNUT = {"person": "PER", "location": "LOC", "group": "ORG", "corporation": "ORG", "creative-work": "WORK"}


def wnut() -> Iterator[Document]:
    """Social text, gold; products are no kind of ours."""
    for member in ("wnut17train.conll", "emerging.dev.conll", "emerging.test.annotated"):
        rows = columns("wnut17.zip", member, 0, 1, "\t")
        yield from _documents("wnut17", rows, 1, lambda tag, _: _WNUT.get(tag))


def ewt(part: str) -> Iterator[Document]:
    """Web text, gold, PER, ORG and LOC only: to report on, never to train on."""
    rows = columns("uner_ewt.zip", f"en_ewt-ud-{part}.iob2", 1, 2, "\t")
    yield from _documents(f"ewt-{part}", rows, 12, lambda tag, _: tag, norps=False)


_GUM_KINDS = {"person": "PER", "organization": "ORG", "place": "LOC", "event": "EVENT"}
_BRACKET = re.compile(r"\(([^()]+)|(\d+)?\)")
_ALLOWED = {"PROPN", "ADP", "CCONJ", "DET", "PUNCT", "NUM", "PART"}


def gum() -> Iterator[Document]:
    """GUM news and interviews. It marks every noun phrase; one counts as a name if it has a proper noun and only words that
    may stand in names, without article and title; of nested names the outermost."""
    with zipfile.ZipFile(NER / "gum_news.zip") as opened:
        for member in sorted(n for n in opened.namelist() if n.endswith(".conllu")):
            content = opened.read(member).decode()
            yield Document("gum", member.removesuffix(".conllu"), list(_gum_sentences(content)))


def _gum_sentences(content: str) -> Iterator[Sentence]:
    open_spans: dict[str, list[tuple[int, str]]] = {}
    for block in content.split("\n\n"):
        rows = [line.split("\t") for line in block.splitlines() if line and not line.startswith("#")]
        tokens = [r for r in rows if len(r) > 9 and r[0].isdigit()]
        if not tokens:
            continue
        words = [t[1] for t in tokens]
        spans = list(_outermost(_gum_names(tokens, open_spans)))
        yield detokenised(words, with_norps(words, spans))


def _gum_names(tokens: Rows, open_spans: dict[str, list[tuple[int, str]]]) -> Iterator[Span]:
    last = ""
    for index, token in enumerate(tokens):
        entity = re.search(r"Entity=([^|]*)", token[9])
        for opening, closing in _BRACKET.findall(entity.group(1)) if entity else ():
            if opening:
                last, kind, *_ = opening.split("-")
                open_spans.setdefault(last, []).append((index, kind))
            elif open_spans.get(closing or last):
                start, kind = open_spans[closing or last].pop()
                yield from _gum_name(tokens, start, index + 1, kind)


def _gum_name(tokens: Rows, start: int, end: int, kind: str) -> Iterator[Span]:
    while start < end and tokens[start][4] in ("DT", "PRP$"):
        start += 1
    if kind == "person":  # "Pennsylvania Senator Rick Santorum" begins behind the last title
        titles = [i for i in range(start, end) if is_title(tokens[i][1])]
        if titles:
            start = titles[-1] + 1
    while start < end and tokens[end - 1][1] in ("'s", "’s", ","):
        end -= 1
    inside = tokens[start:end]
    if not any(t[4] in ("NNP", "NNPS") for t in inside):
        return
    if not all(t[3] in _ALLOWED or t[1][:1].isupper() for t in inside):
        return
    if all(is_demonym(t[1]) for t in inside):
        yield start, end, "NORP"
    else:
        yield start, end, _GUM_KINDS.get(kind, "")


def _outermost(spans: Iterator[Span]) -> Iterator[Span]:
    reached = -1
    for start, end, kind in sorted(set(spans), key=lambda s: (s[0], -s[1], s[2])):
        if start >= reached:
            yield start, end, kind
            reached = end


def pages(part: str) -> Iterator[Document]:
    """Our labels (labels/PART.jsonl) on gold texts of ../shared/pages; ValueError where a text is another one."""
    texts: dict[str, str] = {}
    with (SHARED / "pages" / "gold.jsonl").open(encoding="utf-8") as lines:
        for line in lines:
            row = json.loads(line)
            texts[f"{row['set']}/{row['id']}"] = row["text"]
    with (LABELS / f"{part}.jsonl").open(encoding="utf-8") as lines:
        for line in lines:
            row = json.loads(line)
            text, kinds = texts.get(row["page"], ""), row.get("entities")
            if hashlib.sha256(text.encode()).hexdigest()[:16] != row["sha256"]:
                raise ValueError(f"labels/{part}.jsonl, {row['page']}: the text in ../shared/pages is another one")
            spans = [(a, b, kinds[kind][0] if kinds else kind) for a, b, kind in row["mentions"]]
            yield Document("pages", row["page"], _paragraphs(text, spans))


def _paragraphs(text: str, spans: list[Span]) -> list[Sentence]:
    found = []
    for match in re.finditer(r"[^\n]+", text):
        low, high = match.span()
        inside = [(a - low, b - low, kind) for a, b, kind in spans if a >= low and b <= high]
        found.append(Sentence(match.group(), inside))
    return found


_MARK = re.compile(r"\[\[(\w+)\|([^\]|]+)\]\]")


def written() -> Iterator[Document]:
    """Invented local news of about 110 countries (written/*.txt), each name marked [[KIND|name]]; one document per article."""
    for path in sorted((Path(__file__).parent / "written").glob("*.txt")):
        articles = re.split(r"^=== .*$", path.read_text(encoding="utf-8"), flags=re.MULTILINE)
        for number, article in enumerate(a for a in articles if a.strip()):
            lines = [_unmarked(line) for line in article.split("\n") if line.strip()]
            yield Document("written", f"{path.stem}-{number}", lines)


def _unmarked(line: str) -> Sentence:
    text, spans, last = "", list[Span](), 0
    for match in _MARK.finditer(line):
        text += line[last : match.start()]
        spans.append((len(text), len(text) + len(match.group(2)), match.group(1)))
        text += match.group(2)
        last = match.end()
    return Sentence(text + line[last:], spans)
