"""Labels of topics: whole, consistent, and no text or site on both sides."""

from __future__ import annotations

import json
from collections import Counter
from typing import Any

import pytest

from pipeline.tag.topics.taxonomy import load_taxonomy
from training.topics.labelled import LABELS, TOP, group_of, to_learn, to_test
from training.topics.others import foreign
from training.topics.texts import HERE, SHARED, text_of

needs_shared = pytest.mark.skipif(not (SHARED / "topics").exists(), reason="../shared is not beside the checkout")


def rows(name: str) -> list[dict[str, Any]]:
    return [json.loads(line) for line in (LABELS / name).read_text(encoding="utf-8").splitlines()]


def answers(row: dict[str, Any]) -> list[tuple[list[str], str | None]]:
    if "readings" in row:
        return [(reading, None) for reading in row["readings"]]
    return [(row[who]["topics"], row[who]["main"]) for who in ("a", "b", "gold")]


def test_every_answer_names_topics_of_the_taxonomy_the_main_one_first() -> None:
    parents = {t.code: t.parent for t in load_taxonomy()}
    for row in (*rows("train.jsonl"), *rows("test.jsonl")):
        for topics, main in answers(row):
            assert set(topics) <= set(TOP), row["id"]
            assert len(set(topics)) == len(topics), row["id"]
            assert main is None or parents[main] == topics[0], row["id"]


def test_the_test_has_each_topic_often_enough_and_was_read_twice() -> None:
    tested = rows("test.jsonl")
    counts = Counter(code for row in tested for code in row["gold"]["topics"])
    assert len(tested) >= 350
    assert min(counts[code] for code in TOP) >= 12
    assert sum(row["a"] != row["b"] for row in tested) > 20  # two readers, not one copied


def test_no_text_is_on_both_sides() -> None:
    learnt = rows("train.jsonl")
    ids = [row["id"] for row in (*learnt, *rows("test.jsonl"))]
    assert len(ids) == len(set(ids))
    assert sum(not row["id"].startswith("names/") for row in learnt) >= 800


@needs_shared
def test_texts_are_those_that_were_labelled_and_no_site_is_on_both_sides() -> None:
    learnt, tested = to_learn(), to_test()  # raise for a text that is another
    assert not {one.group for one in learnt} & {group_of(one.text) for one in tested}


@needs_shared
def test_a_report_is_cut_out_of_the_corpus_by_its_sentences() -> None:
    assert text_of("gmb/6728-6731").text.startswith("President Bush is scheduled to make another visit")
    assert len(text_of("gmb/6728-6731").text.splitlines()) == 4


def test_invented_texts_say_their_topic_in_words_that_are_known() -> None:
    halves = [list(foreign(to_fit=to_fit)) for to_fit in (True, False)]
    assert {one.language for half in halves for one in half} == {"ar", "de", "es", "fr", "ur"}
    assert all(one.topics and one.text.title and one.text.text for half in halves for one in half)
    counted = Counter(path.stem for path in (HERE / "written").glob("*.txt"))
    assert set(counted) == {"first", "second", "third"}
