"""The texts that a topic must and must not match, put through the tagging of articles."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from pipeline.tag.interfaces import TagContext
from pipeline.tag.tagger import Tagger
from pipeline.tag.topics.own import OwnEvidence, OwnTopics
from pipeline.tag.topics.own_files import OwnTopicFile
from pipeline.tag.topics.own_topic import OwnTopic, Sample


@dataclass(frozen=True, slots=True)
class Trial:
    """One text of a topic's `must_match` or `must_not_match`, and how it came out."""

    file: OwnTopicFile
    field: str  # must_match or must_not_match
    number: int  # in its list, from 0
    sample: Sample
    language: str | None  # as told by the file, else as found
    evidence: OwnEvidence

    @property
    def is_passed(self) -> bool:
        """It came out as the file says it must."""
        return self.evidence.is_assigned == (self.field == "must_match")


def tried(files: Sequence[OwnTopicFile], tagger: Tagger) -> Iterator[Trial]:
    """Every text of these topics, as an article without section, tags and address; in the order of the files."""
    for file in files:
        own = OwnTopics([_alone(file)])
        for field in ("must_match", "must_not_match"):
            for number, sample in enumerate(getattr(file.topic, field)):
                yield _tried(file, field, number, sample, own, tagger)


def _alone(file: OwnTopicFile) -> OwnTopicFile:
    """Own topics do not compete, so each may be tried by itself; its parent may stand in a file not given."""
    return OwnTopicFile(file.topic.model_copy(update={"parent": None}), file.path)


def _tried(file: OwnTopicFile, field: str, number: int, sample: Sample, own: OwnTopics, tagger: Tagger) -> Trial:
    language = sample.language or tagger.language.language_of(sample.text)
    reading = tagger.reader.read(sample.text, title=sample.title, language=language)
    (evidence,) = own.evidence(
        sample.text, title=sample.title, language=language, context=TagContext(), reading=reading
    )
    return Trial(file, field, number, sample, language, evidence)


def without_tests(topics: Sequence[OwnTopic]) -> list[str]:
    """Codes of topics that no text tries."""
    return [topic.code for topic in topics if not (topic.must_match or topic.must_not_match)]
