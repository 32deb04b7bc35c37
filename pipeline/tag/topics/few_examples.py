"""A topic from a few examples: how far a text lies in their direction, seen from the centre of news.

Of three ways tried on news with known sections (docs/own-topics.md), the plain one was the best: the mean direction
of the examples. Logistic regression against the background and the nearest examples have a lower F1 at every number.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from pipeline.tag.interfaces import Floats
from pipeline.tag.topics.background import Background, unit

COUNTER_WEIGHT = 0.5
"""Of counter-examples against examples: they turn the direction away from what is near but not meant."""
OFFSET, PER_SPREAD, PER_TIGHTNESS = -2.046, 2.116, -1.025
"""Logit of the score, fitted on BBC news of five sections with 3 to 20 examples of each (training/topics/examples.py).
Examples that lie close together (tightness) describe a narrow topic, to which a text must lie nearer."""


@dataclass(frozen=True, slots=True)
class ExampleTopic:
    """A topic as its examples describe it."""

    direction: Floats  # of length 1
    usual: float  # what news in general has in that direction: mean and standard deviation
    spread: float
    tightness: float  # what an example has by the direction of the others, in spreads above the usual
    examples: Floats  # directions of the examples, in their order

    def score(self, direction: Floats) -> float:
        """0 to 1: how sure it is that a text of this direction is about the topic."""
        return float(probability(self.spreads(direction), self.tightness))

    def spreads(self, directions: Floats) -> Floats:
        """How many spreads above the usual texts lie in the topic's direction."""
        above: Floats = (directions @ self.direction - self.usual) / self.spread
        return above

    def nearest(self, direction: Floats) -> tuple[int, float]:
        """Number of the example that is nearest to a text, and how near: the cosine of the angle between them."""
        near = self.examples @ direction
        number = int(near.argmax())
        return number, float(near[number])


def probability(spreads: Floats, tightness: float) -> Floats:
    """The score of texts that lie so many spreads above the usual."""
    logit = OFFSET + PER_SPREAD * spreads + PER_TIGHTNESS * tightness
    score: Floats = 1.0 / (1.0 + np.exp(-np.clip(logit, -30, 30)))
    return score


def fitted(examples: Floats, counter_examples: Floats, background: Background) -> ExampleTopic:
    """The topic of these embeddings (rows; counter-examples may be none)."""
    shown = background.directions_of(examples)
    away = COUNTER_WEIGHT * background.directions_of(counter_examples).mean(0) if len(counter_examples) else 0.0
    direction = unit(shown.mean(0) - away)
    usual = background.directions @ direction
    mean, spread = float(usual.mean()), float(usual.std())
    own = [one @ _without(shown, number, away) for number, one in enumerate(shown)]
    tightness = (math.fsum(own) / len(own) - mean) / spread
    return ExampleTopic(direction, mean, spread, tightness if len(shown) > 1 else _LONE, shown)


_LONE = 3.0
"""Taken for the tightness of a topic with one example, which cannot tell it."""


def _without(shown: Floats, number: int, away: Floats | float) -> Floats:
    others = np.delete(shown, number, axis=0)
    return unit(others.mean(0) - away) if len(others) else shown[number]
