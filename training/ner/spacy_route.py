"""The route beside: a spaCy CNN of the same kinds on the same data, `python -m training.ner.spacy_route --work FOLDER`.

Tok2Vec without pretrained vectors (PyPI carries none), as `spacy init config --pipeline ner` sets it up for the CPU.
Prints span F1 on what training set aside and on the test sets, and words per second beside the shipped model's.
"""

from __future__ import annotations

import argparse
import random
import time
from collections.abc import Iterable, Sequence
from pathlib import Path

import spacy
import torch
from spacy.language import Language
from spacy.training import Example, offsets_to_biluo_tags
from spacy.util import compounding, minibatch

from pipeline.tag.ner.model import SHIPPED, load
from pipeline.tag.ner.spans import ModelSpans
from training.ner import corpora
from training.ner.calibration import as_text
from training.ner.cleaning import cleaned
from training.ner.texts import KINDS, Document, Span
from training.ner.train import Course, gold

_PASSES = 2


def examples(language: Language, documents: Iterable[Document]) -> list[Example]:
    """One per document; what is unsure is missing, not "no name"."""
    found = []
    for document in documents:
        text, spans, unsure = as_text(document)
        doc = language.make_doc(text)
        tags = offsets_to_biluo_tags(doc, sorted(spans), missing="O")
        tags = [
            "-" if any(a < t.idx + len(t) and b > t.idx for a, b in unsure) else tag
            for t, tag in zip(doc, tags, strict=True)
        ]
        found.append(Example.from_dict(doc, {"entities": tags}))
    return found


def train(documents: Sequence[Document]) -> Language:
    """A network trained by spaCy's own recipe: Adam, batches that grow, dropout 0.1."""
    language = spacy.blank("en")
    language.add_pipe("ner")
    rows = examples(language, documents)
    rng = random.Random(7)
    spacy.util.fix_random_seed(7)
    optimiser = language.initialize(lambda: rows)
    for number in range(_PASSES):
        rng.shuffle(rows)
        losses: dict[str, float] = {}
        for batch in minibatch(rows, compounding(16.0, 64.0, 1.001)):
            language.update(batch, sgd=optimiser, losses=losses, drop=0.1)
        print("pass", number, losses, flush=True)
    return language


def scored(found: Iterable[set[Span]], documents: Sequence[Document], kinds: Sequence[str]) -> float:
    """Span F1 over documents as texts."""
    right = total = 0
    for spans, document in zip(found, documents, strict=True):
        _, marked, unsure = as_text(document)
        kept = {s for s in spans if s[2] in kinds and not any(a < s[1] and b > s[0] for a, b in unsure)}
        wanted = {s for s in marked if s[2] in kinds}
        right += len(kept & wanted)
        total += len(kept) + len(wanted)
    return 2 * right / max(1, total)


def main() -> None:
    """Train, then print both models side by side."""
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--work", type=Path, required=True, help="the folder of training.ner.train")
    given = options.parse_args()
    torch.set_num_threads(1)
    data = gold()
    course = Course(data, given.work)
    language = train([*data.train, *cleaned(course.first(), data.silver, course.tokenizer)])
    finder = ModelSpans(load(SHIPPED))
    tests = {**data.dev, "ewt test": list(corpora.ewt("test")), "pages test": list(corpora.pages("pages_test_a"))}
    for name, documents in tests.items():
        kinds = KINDS[:3] if name.startswith("ewt") else KINDS[:4]
        texts = [as_text(d)[0] for d in documents]
        figures = []
        started = time.process_time()
        theirs = [{(e.start_char, e.end_char, e.label_) for e in language(text).ents} for text in texts]
        figures.append(("spacy", scored(theirs, documents, kinds), time.process_time() - started))
        started = time.process_time()
        ours = [{(s.start, s.end, s.kind) for s in finder.spans([text])[0]} for text in texts]
        figures.append(("ours", scored(ours, documents, kinds), time.process_time() - started))
        words = sum(len(t.split()) for t in texts)
        print(
            name,
            *(f"{who}: F1 {f1:.3f}, {words / 600 / s:.1f} articles of 600 words/s" for who, f1, s in figures),
            sep=" | ",
            flush=True,
        )


if __name__ == "__main__":
    main()
