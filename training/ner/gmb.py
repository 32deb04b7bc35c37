"""The Groningen Meaning Bank (Kaggle extract): silver labels, brought to our convention before anything learns from them.

Done by rule here: titles leave persons, peoples become NORP, countries become LOC wherever they stand alone, halves of a
name that was cut are joined, and a name that means one kind nine times in ten means it the tenth time. What rules
cannot see, cross-trained models do (cleaning.py).
"""

from __future__ import annotations

import csv
import hashlib
import io
import json
import zipfile
from collections import Counter, defaultdict
from collections.abc import Iterator

from pipeline.tag.gazetteer import countries
from training.ner.corpora import LABELS, NER, is_demonym, is_title, with_norps
from training.ner.texts import Document, Sentence, Span, detokenised, spans_of_tags

SENTENCES_PER_DOCUMENT = 10
"""The extract has no document marks; neighbours mostly belong together."""
_KINDS = {"per": "PER", "org": "ORG", "geo": "LOC", "gpe": "LOC", "eve": "EVENT", "art": "", "nat": ""}
_NO_NAMES = frozenset({"ramadan", "christmas", "christmas eve", "mass", "ii", "i", "new year", "please", "web"})
_SURE = 10, 0.9
"""A name seen so often, in one kind by this share, is of that kind everywhere."""

Words = list[str]


def gmb() -> list[Document]:
    """All sentences as documents of SENTENCES_PER_DOCUMENT, in the order of the file."""
    sentences = [(words, _aligned(words, tags)) for words, tags in read_sentences()]
    majority = _majority(sentences)
    fixed = [
        (words, [(a, b, _kind_by_majority(words, a, b, k, majority)) for a, b, k in spans])
        for words, spans in sentences
    ]
    found = []
    for first in range(0, len(fixed), SENTENCES_PER_DOCUMENT):
        batch = [
            detokenised(words, with_norps(words, spans))
            for words, spans in fixed[first : first + SENTENCES_PER_DOCUMENT]
        ]
        found.append(Document("gmb", f"gmb-{first}", batch))
    return found


def read_again(documents: list[Document]) -> tuple[list[Document], list[Document], list[Document]]:
    """What was labelled anew by reading (labels/gmb.jsonl) in the first and the second round, and the rest, silver as it is."""
    sentences = [s for d in documents for s in d.sentences]
    gold: dict[int, list[Document]] = {1: [], 2: []}
    taken: set[int] = set()
    for line in (LABELS / "gmb.jsonl").read_text(encoding="utf-8").splitlines():
        row = json.loads(line)
        numbers = range(row["first"], row["first"] + row["sentences"])
        text = "\n".join(sentences[n].text for n in numbers)
        if hashlib.sha256(text.encode()).hexdigest()[:16] != row["sha256"]:
            raise ValueError(
                f"labels/gmb.jsonl, sentence {row['first']}: the text is another one; was the reader changed?"
            )
        spans = [(a, b, kind) for a, b, kind in row["mentions"]]
        gold[row["round"]] += _by_lines(text, spans, row["first"])
        taken.update(numbers)
    rest = [n for n in range(len(sentences)) if n not in taken]
    silver = [
        Document("gmb", f"gmb-{rest[i]}", [sentences[n] for n in rest[i : i + SENTENCES_PER_DOCUMENT]])
        for i in range(0, len(rest), SENTENCES_PER_DOCUMENT)
    ]
    return gold[1], gold[2], silver


def _by_lines(text: str, spans: list[Span], first: int) -> list[Document]:
    found: list[Sentence] = []
    low = 0
    for line in text.split("\n"):
        high = low + len(line)
        found.append(Sentence(line, [(a - low, b - low, k) for a, b, k in spans if a >= low and b <= high]))
        low = high + 1
    return [
        Document("gmb_gold", f"gmb-{first + i}", found[i : i + SENTENCES_PER_DOCUMENT])
        for i in range(0, len(found), SENTENCES_PER_DOCUMENT)
    ]


def read_sentences() -> Iterator[tuple[Words, list[str]]]:
    """Words and tags of every sentence, in the order of the file; bytes of the 1990s (\\x92) are read as the quotes they were."""
    words: Words = []
    tags: list[str] = []
    with zipfile.ZipFile(NER / "gmb.csv.zip").open("ner_dataset.csv") as raw:
        rows = csv.reader(io.TextIOWrapper(raw, encoding="cp1252", errors="replace"))
        next(rows)
        for mark, word, _, tag in rows:
            if mark and words:
                yield words, tags
                words, tags = [], []
            if word.strip():
                words.append(word.replace("\xa0", " "))
                tags.append(tag)
    if words:
        yield words, tags


def _aligned(words: Words, tags: list[str]) -> list[Span]:
    spans: list[Span] = []
    for first, last, tag in spans_of_tags(tags):
        if tag == "tim":
            continue
        spans.extend(_span(words, first, last, tag))
    return _joined(words, spans)


def _span(words: Words, first: int, last: int, tag: str) -> Iterator[Span]:
    kind = _KINDS[tag]
    while first < last and words[first].lower() in ("the", "a", "an", '"', "'"):
        first += 1
    while first < last and words[last - 1] in ("'s", "'", '"', ",", "."):
        last -= 1
    if kind == "PER":
        while first < last and is_title(words[first]):
            first += 1
    if first == last:
        return
    name = " ".join(words[first:last])
    if name.lower() in _NO_NAMES:
        return
    if all(is_demonym(w) for w in words[first:last]):
        kind = "NORP"
    elif tag == "nat" and ("Hurricane" in name or "Storm" in name):
        kind = "EVENT"
    elif name in _country_names():
        kind = "LOC"
    if not any(w[:1].isupper() or not w[:1].isalpha() for w in words[first:last]) and "-" not in name:
        kind = ""
    yield first, last, kind


def _joined(words: Words, spans: list[Span]) -> list[Span]:
    """ "Islamic Republic" (geo) + "News Agency" (org) is one name: large words that touch, unless a people comes first."""
    found: list[Span] = []
    for span in spans:
        if found and found[-1][1] == span[0] and words[span[0]][:1].isupper() and found[-1][2] != "NORP":
            first, _, kind = found[-1]
            same = kind == span[2]
            title_between = kind in ("ORG", "LOC", "") and span[2] == "PER"
            if not title_between:
                found[-1] = (first, span[1], kind if same else "")
                continue
        found.append(span)
    return found


def _country_names() -> frozenset[str]:
    if not _COUNTRY_NAMES:
        _COUNTRY_NAMES.update(known.name for known in countries().values())
        _COUNTRY_NAMES.update(
            {"U.S.", "United States", "UK", "U.K.", "Burma", "Britain", "West Bank", "Gaza", "Gaza Strip", "Darfur"}
        )
    return frozenset(_COUNTRY_NAMES)


_COUNTRY_NAMES: set[str] = set()


def _majority(sentences: list[tuple[Words, list[Span]]]) -> dict[str, str]:
    counts: dict[str, Counter[str]] = defaultdict(Counter)
    for words, spans in sentences:
        for first, last, kind in spans:
            if kind:
                counts[" ".join(words[first:last])][kind] += 1
    least, share = _SURE
    found = {}
    for name, kinds in counts.items():
        kind, number = kinds.most_common(1)[0]
        if sum(kinds.values()) >= least and number >= share * sum(kinds.values()):
            found[name] = kind
    return found


def _kind_by_majority(words: Words, first: int, last: int, kind: str, majority: dict[str, str]) -> str:
    return majority.get(" ".join(words[first:last]), kind)
