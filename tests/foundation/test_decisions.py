"""Decisions about who is who: the outcome depends on the set of them, never on the order."""

from __future__ import annotations

import random
from dataclasses import replace
from datetime import UTC, datetime, timedelta, timezone

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pipeline.decisions import Decided, check, sealed
from pipeline.errors import ConfigError
from pipeline.records import DecisionAction, EntityDecision

AT = datetime(2026, 11, 24, 9, 30, tzinfo=UTC)
KEYS = [f"PER:{name}" for name in "abcdef"]
SURFACES = ["Ada", "B. Ada", "ada", "Cem"]
ARTICLES = ["k1", "k2", "k3"]


def merge(source: str, into: str) -> EntityDecision:
    return sealed(EntityDecision("", "merge", f"PER:{source}", f"PER:{into}", into, None, (), "so", "ada", AT))


def split(entity: str, surface: str, into: str, *articles: str) -> EntityDecision:
    key, target = f"PER:{entity}", f"PER:{into}"
    return sealed(EntityDecision("", "split", key, target, into, surface, articles, "so", "ada", AT))


def alias(entity: str, surface: str) -> EntityDecision:
    return sealed(EntityDecision("", "alias", f"PER:{surface}", f"PER:{entity}", entity, surface, (), "so", "ada", AT))


def outcome(decisions: list[EntityDecision]) -> dict[tuple[str, str, str | None], str]:
    decided = Decided(decisions)
    return {(k, s, a): decided.target(k, s, a) for k in KEYS for s in SURFACES for a in [None, *ARTICLES]}


@st.composite
def decisions(draw: st.DrawFn) -> list[EntityDecision]:
    keys = st.sampled_from([key.partition(":")[2] for key in KEYS])
    ways = st.builds(merge, keys, keys) | st.builds(alias, keys, keys)
    scopes = st.lists(st.sampled_from(ARTICLES), max_size=2)
    splits = st.builds(lambda e, s, i, a: split(e, s, i, *a), keys, st.sampled_from(SURFACES), keys, scopes)
    return draw(st.lists(ways | splits, max_size=9))


@given(decisions(), st.randoms(use_true_random=False))
@settings(max_examples=300, deadline=None)
def test_any_order_and_any_repetition_give_one_outcome(made: list[EntityDecision], rng: random.Random) -> None:
    first = outcome(made)
    shuffled = [*made, *made[:3]]
    rng.shuffle(shuffled)
    assert outcome(shuffled) == first


@given(decisions())
@settings(max_examples=300, deadline=None)
def test_where_a_mention_arrives_merges_lead_no_further(made: list[EntityDecision]) -> None:
    decided = Decided(made)
    assert all(decided.root(key) == key for key in outcome(made).values())
    assert all(decided.root(root) == root for root in decided.merged.values())


@given(decisions())
@settings(max_examples=200, deadline=None)
def test_what_was_accepted_one_by_one_holds_as_it_was_said(made: list[EntityDecision]) -> None:
    accepted: list[EntityDecision] = []
    for decision in made:
        try:
            check(decision, accepted)
        except ConfigError:
            continue
        accepted.append(decision)
    decided = Decided(accepted)
    for d in accepted:
        if d.action != DecisionAction.SPLIT:
            assert decided.root(d.entity_key) == decided.root(d.into_key)


def test_merges_chain_in_any_order() -> None:
    for order in ([merge("a", "b"), merge("b", "c")], [merge("b", "c"), merge("a", "b")]):
        assert Decided(order).merged == {"PER:a": "PER:c", "PER:b": "PER:c"}


def test_a_circle_is_one_entity_under_its_first_key() -> None:
    circle = [merge("c", "b"), merge("b", "d"), merge("d", "c"), merge("f", "d")]
    assert Decided(circle).merged == {"PER:c": "PER:b", "PER:d": "PER:b", "PER:f": "PER:b"}


def test_a_split_takes_a_way_of_writing_away_also_after_a_merge() -> None:
    decided = Decided([merge("a", "b"), split("b", "Ada", "c")])
    assert decided.target("PER:a", "ADA", None) == decided.target("PER:b", "Ada", "k1") == "PER:c"
    assert decided.target("PER:b", "Bea", None) == "PER:b"


def test_a_split_for_one_article_counts_before_one_for_all() -> None:
    decided = Decided([split("a", "Ada", "b"), split("a", "Ada", "a", "k1"), split("b", "Ada", "c", "k2")])
    assert [decided.target("PER:a", "Ada", k) for k in (None, "k1", "k2")] == ["PER:b", "PER:a", "PER:c"]


@pytest.mark.parametrize(
    ("there", "new", "says"),
    [
        ([merge("a", "b")], merge("b", "a"), "in a circle"),
        ([merge("a", "b"), merge("b", "c")], merge("c", "a"), "in a circle"),
        ([merge("a", "b")], merge("a", "c"), "undo"),
        ([alias("a", "b")], alias("c", "b"), "undo"),
        ([], merge("a", "a"), "itself"),
        ([split("a", "Ada", "b")], split("a", "ada", "c"), "undo it first"),
        ([split("a", "Ada", "b")], split("b", "Ada", "a"), "undo it first"),
        ([split("a", "Ada", "c"), split("b", "Ada", "d")], merge("a", "b"), "would change that"),
        ([split("a", "Ada", "b")], merge("b", "a"), "would change that"),
        ([], split("a", "Ada", "a"), "nothing would change"),
    ],
)
def test_contradictions_are_refused_with_what_to_do(
    there: list[EntityDecision], new: EntityDecision, says: str
) -> None:
    with pytest.raises(ConfigError, match=says):
        check(new, there)


def test_the_key_follows_from_what_was_decided_and_when() -> None:
    one = split("a", "Ada", "b", "k2", "k1")
    elsewhere = replace(one, article_keys=("k1", "k2"), decided_at=AT.astimezone(timezone(timedelta(hours=5))))
    assert sealed(elsewhere).decision_key == one.decision_key
    assert sealed(replace(one, decided_at=AT + timedelta(seconds=1))).decision_key != one.decision_key
    with pytest.raises(ConfigError, match="UTF-8"):
        sealed(replace(one, reason="\udcff"))
