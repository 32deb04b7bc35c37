"""Reading the topics of the user's own: every problem in every file, with file, line and field, in one error."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

from pydantic import ValidationError
from pydantic_core import ErrorDetails
from ruamel.yaml import YAML

from pipeline.config_file import Place, Problem, all_of, field_name, line_of, text_of, tree_of, unknown_field
from pipeline.quick_yaml import load_quickly
from pipeline.tag.topics import taxonomy
from pipeline.tag.topics.own_topic import OwnTopic, Sample, Words
from pipeline.tag.topics.taxonomy import Topic, load_taxonomy

_NOT_OWN = frozenset({"topics", "sections"})
"""Files of the taxonomy that hold no topic of the user's own; keyword files besides."""
_ENDINGS = (".yml", ".yaml")


@dataclass(frozen=True, slots=True)
class OwnTopicFile:
    """One topic and the file it stands in."""

    topic: OwnTopic
    path: Path

    def line(self, *place: int | str) -> int:
        """Line of a field; only read when there is something to tell."""
        tree = tree_of(self.path, self.path.read_text("utf-8-sig"), YAML(typ="rt"), "topic")
        return tree.line if isinstance(tree, Problem) else line_of(tree, place)


def own_files(folder: Path) -> list[Path]:
    """The files of a folder that hold a topic of the user's own; its subfolders are not read."""
    return sorted(p for p in folder.iterdir() if p.suffix in _ENDINGS and p.is_file() and _is_own(p.name))


def _is_own(name: str) -> bool:
    return name.split(".")[0] not in _NOT_OWN and not name.startswith(("keywords.", "."))


def load_own_topics() -> tuple[OwnTopicFile, ...]:
    """Those of config/taxonomy by code, read once per process. Raises ConfigError like `read_own_topics`."""
    return _loaded(taxonomy.TAXONOMY_FOLDER)


@lru_cache(maxsize=2)
def _loaded(folder: Path) -> tuple[OwnTopicFile, ...]:
    return read_own_topics(own_files(folder))


def read_own_topics(paths: Iterable[Path]) -> tuple[OwnTopicFile, ...]:
    """The topics of these files, by code.

    Raises one `ConfigError` that lists every problem as `file:line: field: what is wrong and what to do`.
    """
    found = [_read(path) for path in paths]
    files = [file for file in found if isinstance(file, OwnTopicFile)]
    problems = [problem for file in found if isinstance(file, list) for problem in file]
    problems += _across(files)
    if problems:
        raise all_of(problems, "the files of your own topics")
    return tuple(sorted(files, key=lambda f: f.topic.code))


def with_own(own: Sequence[OwnTopicFile]) -> list[Topic]:
    """The whole taxonomy: IPTC's topics and these, each a level below its parent."""
    topics = {topic.code: topic for topic in load_taxonomy()}
    parents = {file.topic.code: file.topic.parent for file in own}
    for file in own:
        level, above = 1, file.topic.parent
        while above in parents:
            level, above = level + 1, parents[above]
        level += topics[above].level if above else 0
        topic = file.topic
        topics[topic.code] = Topic(topic.code, topic.label, level, topic.parent, topic.qid)
    return sorted(topics.values(), key=lambda t: t.code)


def all_topics() -> list[Topic]:
    """Every topic an article can have, IPTC's and the user's own, by code."""
    return with_own(load_own_topics())


def _read(path: Path) -> OwnTopicFile | list[Problem]:
    text = text_of(path)
    if isinstance(text, Problem):
        return [text]
    quick = load_quickly(text)
    if quick is not None:
        try:
            return OwnTopicFile(OwnTopic.model_validate(quick), path)
        except ValidationError:
            pass  # read once more, with lines
    tree = tree_of(path, text, YAML(typ="rt"), "topic: it must have fields like `code:`, `label:` and `keywords:`")
    if isinstance(tree, Problem):
        return [tree]
    try:
        return OwnTopicFile(OwnTopic.model_validate(tree), path)
    except ValidationError as error:
        return [
            Problem(path, line_of(tree, _place(detail)), field_name(_place(detail)), _advice(detail))
            for detail in error.errors(include_url=False)
        ]


def _place(detail: ErrorDetails) -> Place:
    """Where it is wrong; pydantic marks the key of a mapping with one more step."""
    return tuple(part for part in detail["loc"] if part != "[key]")


def _advice(detail: ErrorDetails) -> str:
    kind, place, given = detail["type"], detail["loc"], detail["input"]
    if kind == "extra_forbidden":
        of = OwnTopic if len(place) == 1 else Words if place[0] == "keywords" else Sample
        return unknown_field(str(place[-1]), list(of.model_fields))
    if kind == "missing":
        return f"is missing: add `{place[-1]}:`"
    if kind == "value_error":
        return str(detail["ctx"]["error"])
    if kind == "string_type" and given is not None:
        return f"must be text, not {given!r}: put it in quotes"
    if given is None or kind == "string_too_short":
        return "is empty: give it a value, or leave the field out"
    if kind == "list_type":
        return "must be a list: write `[one, two]`, or each on a line of its own behind a hyphen"
    if kind in ("model_type", "model_attributes_type", "dict_type"):
        return "must have fields: see config/taxonomy/examples/press-freedom.yml"
    return f"{given!r}: {detail['msg'][:1].lower()}{detail['msg'][1:]}"


def _across(files: Sequence[OwnTopicFile]) -> Iterator[Problem]:
    """What only shows when files are seen together, or against their names."""
    taken: dict[str, Path] = {topic.code: taxonomy.TAXONOMY_FOLDER / "topics.yml" for topic in load_taxonomy()}
    for file in files:
        code = file.topic.code
        if file.path.stem != code.split(":")[1]:
            advice = f"{code!r} differs from the file's name {file.path.name!r}: call the file {code.split(':')[1]}.yml"
            yield Problem(file.path, file.line("code"), "code", advice)
        if code in taken:
            yield Problem(file.path, file.line("code"), "code", f"this code is taken by {taken[code]}: choose another")
        taken.setdefault(code, file.path)
    parents = {file.topic.code: file.topic.parent for file in files}
    for file in files:
        if fault := _parent_fault(file.topic, parents, taken):
            yield Problem(file.path, file.line("parent"), "parent", fault)


def _parent_fault(topic: OwnTopic, parents: dict[str, str | None], known: dict[str, Path]) -> str | None:
    above, seen = topic.parent, {topic.code}
    while above is not None:
        if above in seen:
            return f"{topic.parent!r} stands below this topic: a topic cannot be above itself"
        if above not in known:
            return f"there is no topic {above!r}: `mm taxonomy list` shows them all" if above == topic.parent else None
        seen.add(above)
        above = parents.get(above)
    return None
