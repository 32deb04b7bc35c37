"""Topics of one's own, written for a test."""

from __future__ import annotations

from pathlib import Path

from pipeline.tag.interfaces import ScoredTopic, TagContext
from pipeline.tag.tagger import tagger_with
from pipeline.tag.topics.own import OwnEvidence, OwnTopics
from pipeline.tag.topics.own_files import OwnTopicFile, read_own_topics

HARBOUR = """
code: "own:harbours"
label: harbours
parent: "medtop:04000000"
keywords:
  en: {strong: [container terminal*, harbour master], medium: [dock*, quay], weak: [ship*]}
  de: {strong: [containerhafen], medium: [hafen*]}
  ar: {strong: [ميناء الحاويات], medium: [ميناء]}
"""

STRIKES = """
code: "own:teacher-strikes"
label: teachers on strike
examples:
  - Teachers walked out of 300 schools on Monday after talks on pay broke down, and pupils were sent home.
  - The teachers' union said its members would strike for three days next month over classes that are too large.
  - Schools in the north stayed closed as striking teachers marched to the ministry of education.
  - A court refused to stop the strike of teachers, who demand that salaries unpaid since May are paid at once.
"""

STRIKE_NEWS = (
    "Classrooms stayed empty for a second day as teachers refused to work until the government pays a rise agreed in "
    "spring. Their union expects nine in ten schools to close on Thursday. Parents' groups called for new talks."
)
MATCH_NEWS = (
    "The visitors scored twice in the last ten minutes and won the cup final. The goalkeeper saved a penalty before the "
    "break, and the captain lifted the trophy in front of forty thousand people."
)


def written(folder: Path, *texts: str) -> tuple[OwnTopicFile, ...]:
    """The topics of these texts, each in the file that its code asks for."""
    paths = []
    for text in texts:
        name = text.split("own:", 1)[1].split('"', 1)[0]
        paths.append(folder / f"{name}.yml")
        paths[-1].write_text(text, encoding="utf-8")
    return read_own_topics(paths)


def evidence(files: tuple[OwnTopicFile, ...], text: str, language: str = "en", title: str | None = None) -> OwnEvidence:
    """What speaks for the first of these topics."""
    reading = tagger_with().reader.read(text, title=title, language=language)
    return OwnTopics(files).evidence(text, title=title, language=language, context=TagContext(), reading=reading)[0]


def scored(files: tuple[OwnTopicFile, ...], text: str, language: str = "en") -> list[ScoredTopic]:
    """The topics as the tagger gets them."""
    reading = tagger_with().reader.read(text, title=None, language=language)
    return list(OwnTopics(files).topics(text, title=None, language=language, context=TagContext(), reading=reading))
