"""One training run, and what a network says of documents."""

from __future__ import annotations

import random
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import torch
from tokenizers import Tokenizer
from torch import nn

from pipeline.tag.ner.tags import decode, spans_of
from training.ner.network import NameTagger
from training.ner.texts import Document, Span
from training.ner.windows import IGNORED, PAD, Window, windows_of

SIZE = 160
"""Pieces in a window of training: five or six sentences."""
_PIECES_PER_STEP = 2048
_MEANING_EVERY = 4
"""The embedding is held to the untouched encoder's in each fourth step, four times as hard: asking that one costs a third."""


@dataclass(frozen=True, slots=True)
class Recipe:
    """How a run learns."""

    passes: int = 2
    rate: float = 1.5e-4
    head_rate: float = 1e-3
    meaning_weight: float = 1.0
    seed: int = 7


def fit(
    network: NameTagger, windows_for: Callable[[int], list[Window]], recipe: Recipe, teacher: nn.Module | None = None
) -> None:
    """Train in place; `windows_for(pass)` gives what is read in a pass. Word embeddings stay as they are."""
    torch.manual_seed(recipe.seed)
    rng = random.Random(recipe.seed)
    network.encoder.embeddings.word_embeddings.weight.requires_grad_(False)
    passes = [_batches(windows_for(number), rng) for number in range(recipe.passes)]
    total = sum(len(batches) for batches in passes)
    optimiser = _optimiser(network, recipe)
    schedule = torch.optim.lr_scheduler.LambdaLR(optimiser, lambda step: _rate(step, total))
    started, done = time.monotonic(), 0
    for batches in passes:
        network.train()
        for batch in batches:
            loss = _loss(network, batch, recipe, teacher if done % _MEANING_EVERY == 0 else None)
            loss.backward()
            nn.utils.clip_grad_norm_(network.parameters(), 1.0)
            optimiser.step()
            schedule.step()
            optimiser.zero_grad(set_to_none=True)
            done += 1
            if done % 50 == 0:
                print(f"step {done}/{total} loss {loss.item():.3f} {time.monotonic() - started:.0f} s", flush=True)


def _optimiser(network: NameTagger, recipe: Recipe) -> torch.optim.Optimizer:
    head = [p for n, p in network.named_parameters() if n.startswith(("tags", "shape")) and p.requires_grad]
    body = [p for n, p in network.named_parameters() if not n.startswith(("tags", "shape")) and p.requires_grad]
    groups = [{"params": body, "lr": recipe.rate}, {"params": head, "lr": recipe.head_rate}]
    return torch.optim.AdamW(groups, weight_decay=0.01)


def _rate(step: int, total: int) -> float:
    warm = 0.06 * total
    return step / warm if step < warm else max(0.02, (total - step) / (total - warm))


def _batches(windows: list[Window], rng: random.Random) -> list[list[Window]]:
    """Windows of like length together, about as many pieces in each batch, in a random order."""
    order = sorted(windows, key=lambda w: len(w.ids) + rng.random() * 12)
    batches: list[list[Window]] = []
    batch: list[Window] = []
    for window in order:
        if batch and (len(batch) + 1) * len(window.ids) > _PIECES_PER_STEP:
            batches.append(batch)
            batch = []
        batch.append(window)
    if batch:
        batches.append(batch)
    rng.shuffle(batches)
    return batches


def _tensors(batch: Sequence[Window]) -> tuple[torch.Tensor, torch.Tensor, torch.Tensor, torch.Tensor]:
    width = max(len(w.ids) for w in batch)
    filled = [np.full((len(batch), width), value) for value in (PAD, 0, 0, IGNORED)]
    for row, w in enumerate(batch):
        for target, values in zip(filled, (w.ids, w.shapes, np.ones_like(w.ids), w.tags), strict=True):
            target[row, : len(values)] = values
    ids, shapes, mask, tags = (torch.from_numpy(f) for f in filled)
    return ids, shapes, mask, tags


def _loss(network: NameTagger, batch: list[Window], recipe: Recipe, teacher: nn.Module | None) -> torch.Tensor:
    ids, shapes, mask, tags = _tensors(batch)
    with torch.autocast("cpu", dtype=torch.bfloat16):
        scores, meaning = network(ids, shapes, mask)
    each = nn.functional.cross_entropy(scores.float().transpose(1, 2), tags, ignore_index=IGNORED, reduction="none",
                                       label_smoothing=0.02)  # fmt: skip
    weights = torch.tensor([w.weight for w in batch]).unsqueeze(1) * (tags != IGNORED)
    loss: torch.Tensor = (each * weights).sum() / weights.sum().clamp(min=1)
    if teacher is None:
        return loss
    with torch.no_grad(), torch.autocast("cpu", dtype=torch.bfloat16):
        hidden = teacher(input_ids=ids, attention_mask=mask).last_hidden_state
    weight = mask.unsqueeze(-1)
    target = nn.functional.normalize((hidden.float() * weight).sum(1) / weight.sum(1), dim=-1)
    return loss + _MEANING_EVERY * recipe.meaning_weight * (1 - (meaning.float() * target).sum(-1)).mean()


Scores = npt.NDArray[np.float64]


def word_scores(
    network: NameTagger, documents: Sequence[Document], tokenizer: Tokenizer, size: int = SIZE
) -> list[list[tuple[int, int, int, Scores]]]:
    """For each document its words (sentence, start, end) with the log-probabilities of their tags."""
    network.eval()
    windows = list(windows_of(documents, tokenizer, size))
    found: list[list[tuple[int, int, int, Scores]]] = [[] for _ in documents]
    order = sorted(range(len(windows)), key=lambda i: len(windows[i].ids))
    results: dict[int, Scores] = {}
    with torch.no_grad(), torch.autocast("cpu", dtype=torch.bfloat16):
        for first in range(0, len(order), 32):
            batch = order[first : first + 32]
            ids, shapes, mask, _ = _tensors([windows[i] for i in batch])
            scores = network(ids, shapes, mask)[0].float().log_softmax(-1).numpy().astype(np.float64)
            results |= dict(zip(batch, scores, strict=True))
    for i, window in enumerate(windows):
        for piece, sentence, start, end in window.origin:
            found[window.document].append((sentence, start, end, results[i][piece]))
    return found


def predicted(words: list[tuple[int, int, int, Scores]]) -> list[tuple[int, Span, float]]:
    """Spans of a document by its word scores: sentence, span, score. No span crosses sentences."""
    spans: list[tuple[int, Span, float]] = []
    for number in sorted({w[0] for w in words}):
        inside = [w for w in words if w[0] == number]
        scores = np.stack([w[3] for w in inside])
        for span in spans_of(decode(scores), scores):
            spans.append((number, (inside[span.first][1], inside[span.last - 1][2], span.kind), span.score))
    return spans
