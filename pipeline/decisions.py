"""What analysts decided about entities, worked out: which entity a mention belongs to in the end.

The outcome depends on the set of decisions in force and on nothing else: not on their order, not on when they were
made or applied. `link` uses it for the night at hand, `warehouse.entities` for the past, so both give the same.
"""

from __future__ import annotations

import hashlib
import json
from collections import defaultdict
from collections.abc import Collection, Iterable
from dataclasses import replace
from datetime import UTC, datetime

from pipeline.errors import ConfigError
from pipeline.folding import fold
from pipeline.records import DecisionAction, EntityDecision


class Decided:
    """The decisions in force, ready to be asked.

    First an entity is followed along merges and aliases to where they end (`root`), then a mention along the splits
    of that (`target`). Decisions that contradict each other are refused when they are made, but two people may decide
    at once and files may be put together. Then: of two ways on, the entity whose key is first in the alphabet; a
    circle is one entity, under the first of its keys; a split for one article counts before one for all.
    """

    def __init__(self, decisions: Iterable[EntityDecision]) -> None:
        known = list(decisions)
        ways = [d for d in known if d.action != DecisionAction.SPLIT and d.entity_key != d.into_key]
        self._next: dict[str, str] = {}
        for d in ways:
            self._next[d.entity_key] = min(d.into_key, self._next.get(d.entity_key, d.into_key))
        self._roots = {key: self._end_of(key) for key in self._next}
        self._splits: dict[str, dict[str, dict[str | None, str]]] = defaultdict(lambda: defaultdict(dict))
        for d in known:
            if d.action == DecisionAction.SPLIT:
                self._add_split(d)
        names: dict[str, str] = {}
        since: dict[str, datetime] = {}
        for d in known:
            names[d.into_key] = min(d.into_name, names.get(d.into_key, d.into_name))
            since[d.into_key] = min(d.decided_at, since.get(d.into_key, d.decided_at))
        self.names = names
        """Entity key → name, of all that something was decided into."""
        self.since = since
        """Entity key → when something was first decided into it."""

    @property
    def merged(self) -> dict[str, str]:
        """Entity key → where merges and aliases lead, for every key that they lead away from."""
        return {key: root for key, root in self._roots.items() if key != root}

    def root(self, key: str) -> str:
        """The entity that stands for this one after merges and aliases; itself if nothing was decided."""
        return self._roots.get(key, key)

    def is_split(self, key: str) -> bool:
        """True if some way of writing this entity (or one merged with it) stands for another."""
        return self.root(key) in self._splits

    def target(self, key: str, surface: str, article_key: str | None) -> str:
        """The entity of a mention, by the entity that its article names and how it is written there.

        `article_key` None means an article that no split names.
        """
        reached = [self.root(key)]
        while reached[-1] in self._splits:
            onward = self._split(reached[-1], fold(surface), article_key)
            if onward is None or onward == reached[-1]:
                break
            if onward in reached:
                return min(reached[reached.index(onward) :])
            reached.append(onward)
        return reached[-1]

    def split_articles(self) -> set[str]:
        """Keys of the articles that some split names."""
        scopes = (scope for by_surface in self._splits.values() for scope in by_surface.values())
        return {key for scope in scopes for key in scope if key is not None}

    def split_surfaces(self) -> set[str]:
        """Folded ways of writing that some split names."""
        return {surface for by_surface in self._splits.values() for surface in by_surface}

    def split_keys(self) -> set[str]:
        """Every entity some way of writing which stands for another."""
        return {*self._splits, *(key for key, root in self._roots.items() if root in self._splits)}

    def _end_of(self, key: str) -> str:
        way = [key]
        while way[-1] in self._next:
            onward = self._next[way[-1]]
            if onward in way:
                return min(way[way.index(onward) :])
            way.append(onward)
        return way[-1]

    def _add_split(self, d: EntityDecision) -> None:
        scopes = self._splits[self.root(d.entity_key)][fold(d.surface or "")]
        into = self.root(d.into_key)
        for article in d.article_keys or (None,):
            scopes[article] = min(into, scopes.get(article, into))

    def _split(self, key: str, surface: str, article_key: str | None) -> str | None:
        scopes = self._splits[key].get(surface, {})
        return scopes.get(article_key, scopes.get(None))


def sealed(decision: EntityDecision) -> EntityDecision:
    """The decision with its natural key, which follows from what was decided and when; its articles sorted.

    Raises ConfigError for words that no database holds.
    """
    storable(decision.surface or "", decision.reason, decision.decided_by, decision.into_name, decision.into_key)
    articles = tuple(sorted(set(decision.article_keys)))
    said = [decision.action, decision.entity_key, decision.into_key, fold(decision.surface or ""), *articles]
    whole = json.dumps([*said, decision.decided_at.astimezone(UTC).isoformat()], ensure_ascii=False)
    digest = hashlib.sha256(whole.encode()).hexdigest()[:12]
    return replace(decision, decision_key=digest, article_keys=articles)


def storable(*words: str) -> None:
    """Raise ConfigError if Postgres could not hold these: U+0000, or bytes of a terminal that are not UTF-8."""
    for word in words:
        if "\x00" in word or any("\ud800" <= ch <= "\udfff" for ch in word):
            raise ConfigError(f"{word!a} is not text: is the terminal set to UTF-8?")


def check(new: EntityDecision, in_force: Collection[EntityDecision]) -> None:
    """Raise ConfigError, saying what to do, if a decision contradicts those in force or changes nothing."""
    if new.action == DecisionAction.SPLIT:
        _check_split(new, in_force)
    else:
        _check_way(new, in_force)


def _check_way(new: EntityDecision, in_force: Collection[EntityDecision]) -> None:
    before = Decided(in_force)
    if new.entity_key == new.into_key:
        raise ConfigError(f"{new.entity_key} is itself already.")
    for d in in_force:
        if d.action != DecisionAction.SPLIT and d.entity_key == new.entity_key:
            raise ConfigError(
                f"{d.entity_key} is {d.into_key} already, by decision {d.decision_key}. "
                f"If that is wrong: mm entities undo {d.decision_key} --reason …"
            )
    if before.root(new.into_key) == new.entity_key:
        raise ConfigError(
            f"{new.into_key} is {new.entity_key} already, so this would go in a circle. "
            f"`mm entities show {new.into_key!r}` has the decision to undo."
        )
    _check_splits_hold(new, in_force)


def _check_splits_hold(new: EntityDecision, in_force: Collection[EntityDecision]) -> None:
    """A merge or alias must not turn what a split said into something else."""
    before, after = Decided(in_force), Decided([*in_force, new])
    for d in in_force:
        if d.action != DecisionAction.SPLIT:
            continue
        surface, where = d.surface or "", d.article_keys or (None,)
        was_apart = before.root(d.entity_key) != before.root(d.into_key)
        is_joined = was_apart and after.root(d.entity_key) == after.root(d.into_key)
        led_to = {article: before.target(d.entity_key, surface, article) for article in where}
        if is_joined or any(
            after.target(d.entity_key, surface, article) != after.target(there, surface, article)
            for article, there in led_to.items()
        ):
            raise ConfigError(
                f"Decision {d.decision_key} says that {d.surface!r} of {d.entity_key} is {d.into_key}; this would "
                f"change that. If it should: mm entities undo {d.decision_key} --reason …"
            )


def _check_split(new: EntityDecision, in_force: Collection[EntityDecision]) -> None:
    surface, where = new.surface or "", new.article_keys or (None,)
    before, after = Decided(in_force), Decided([*in_force, new])
    same = [d for d in in_force if d.action == DecisionAction.SPLIT and fold(d.surface or "") == fold(surface)]
    same = [d for d in same if before.root(d.entity_key) == before.root(new.entity_key)]
    taken = any(article in (d.article_keys or (None,)) for d in same for article in where)
    own, into = before.root(new.entity_key), before.root(new.into_key)
    leads_back = own != into and any(before.target(into, surface, article) == own for article in where)
    reached = {after.target(new.entity_key, surface, article) for article in where}
    if taken or leads_back or reached != {after.root(new.into_key)}:
        raise ConfigError(
            f"There is a decision about {surface!r} of {new.entity_key} already, which says the same or otherwise. "
            f"`mm entities show {new.entity_key!r}` lists it; undo it first."
        )
    if all(before.target(new.entity_key, surface, a) == after.target(new.entity_key, surface, a) for a in where):
        raise ConfigError(f"{surface!r} of {new.entity_key} is {new.into_key} already: nothing would change.")
