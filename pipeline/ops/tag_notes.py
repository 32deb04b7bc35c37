"""What tagged a batch: the version and the taxonomy, noted beside the tags. config/ may change before load."""

from __future__ import annotations

from collections.abc import Iterable

from pipeline import frames, landing
from pipeline.records import Maker, TopicLabel
from pipeline.tag.topics.taxonomy import Topic, load_taxonomy

_NEEDED = ("embedding", "maker", "taxonomy")
"""Files of a tagged batch that earlier releases did not write."""


def write_notes(run_key: str, batch: str, maker: Maker, topics: Iterable[Topic]) -> None:
    """Note who tagged a batch, and with which topics; the maker last, when all else is written."""
    frames.write_records(_uri(run_key, batch, "taxonomy"), [_label(topic) for topic in topics], TopicLabel)
    frames.write_records(_uri(run_key, batch, "maker"), [maker], Maker)


def read_notes(run_key: str, batch: str) -> tuple[Maker, list[TopicLabel]]:
    """The version that tagged a batch, and its taxonomy with IPTC's topics as they are called today.

    Raises FileNotFoundError, saying what to do, if a release tagged it that did not note this.
    """
    for noted in _NEEDED:
        uri = _uri(run_key, batch, noted)
        if not landing.exists(uri):
            raise FileNotFoundError(
                f"{uri} is missing: an earlier release tagged this batch. Clear the task `tag` of run {run_key} in"
                " Airflow, with what follows it: the batch is tagged again, then loaded."
            )
    (maker,) = frames.read_records(_uri(run_key, batch, "maker"), Maker)
    topics = {topic.code: topic for topic in frames.read_records(_uri(run_key, batch, "taxonomy"), TopicLabel)}
    topics |= {topic.code: _label(topic) for topic in load_taxonomy()}
    return maker, list(topics.values())


def _uri(run_key: str, batch: str, noted: str) -> str:
    return landing.run_uri(run_key, "tag", f"{batch}.{noted}.parquet")


def _label(topic: Topic) -> TopicLabel:
    return TopicLabel(topic.code, topic.label, topic.level, topic.parent, topic.qid)
