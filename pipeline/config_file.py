"""Files that users write in YAML: told what is wrong with file, line and field.

`quick_yaml` reads them fast where nothing is wrong; `tree_of` reads them slowly, with the lines of all fields.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from difflib import get_close_matches
from pathlib import Path
from typing import Any

from ruamel.yaml import YAML
from ruamel.yaml.comments import CommentedMap, CommentedSeq
from ruamel.yaml.constructor import DuplicateKeyError
from ruamel.yaml.error import MarkedYAMLError, YAMLError

from pipeline.errors import ConfigError

Place = Sequence[int | str]
"""Where a value stands: fields and numbers of list items, from the outside in."""


@dataclass(frozen=True, slots=True)
class Problem:
    """One thing that is wrong in a file; its text says what to do."""

    path: Path
    line: int  # from 1
    field: str
    text: str

    def __str__(self) -> str:
        return f"{self.path}:{self.line}: {self.field}: {self.text}"


def all_of(problems: Iterable[Problem], where: str) -> ConfigError:
    """One error that lists every problem, by file and line; `where` is like "the source files"."""
    lines = [str(problem) for problem in sorted(problems, key=lambda p: (p.path, p.line))]
    return ConfigError("\n".join([f"{len(lines)} problem(s) in {where}:", *lines]))


def text_of(path: Path) -> str | Problem:
    """A file's text, with or without byte order mark."""
    try:
        data = path.read_bytes()
    except OSError as error:
        return Problem(
            path, 1, "file", f"cannot be read ({error.strerror}): check that it is there and who may read it"
        )
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = data[: error.start].count(b"\n") + 1
        return Problem(path, line, "file", "is not UTF-8 text: save it again with encoding UTF-8")


def tree_of(path: Path, text: str, yaml: YAML, holds: str) -> CommentedMap | Problem:
    """The mapping that a file holds, with lines; `holds` ends the sentence "holds no …"."""
    try:
        tree = yaml.load(text)
    except DuplicateKeyError as error:
        return Problem(path, _mark_line(error), "file", "a field stands here twice: keep one of them")
    except YAMLError as error:
        what = getattr(error, "problem", None) or str(error).splitlines()[0]
        return Problem(path, _mark_line(error), "file", f"is not valid YAML ({what}): check indentation and quotes")
    except RecursionError:
        return Problem(path, 1, "file", "is nested too deeply: check that brackets opened are closed again")
    except (ValueError, TypeError, KeyError) as error:  # ruamel's own, for a value like 2026-13-45
        return Problem(path, 1, "file", f"is not valid YAML ({error}): put what is meant as text in quotes")
    if not isinstance(tree, CommentedMap):
        return Problem(path, 1, "file", f"holds no {holds}")
    line = _line_of_odd_name(tree, set())
    if line is not None:
        return Problem(path, line, "file", "the name of a field is a list or has fields itself: put it in quotes")
    return tree


def _line_of_odd_name(node: Any, seen: set[int]) -> int | None:
    """Where `{{name}}` or `[a, b]` names a field; `seen` are nodes looked at, since one may hold itself."""
    if id(node) in seen or not isinstance(node, CommentedMap | CommentedSeq):
        return None
    seen.add(id(node))
    if isinstance(node, CommentedMap):
        for name in node:
            if isinstance(name, Sequence | Mapping) and not isinstance(name, str | bytes):
                return line_of(node, [name])  # type: ignore[list-item]
    found = (_line_of_odd_name(part, seen) for part in (node.values() if isinstance(node, CommentedMap) else node))
    return next((line for line in found if line is not None), None)


def _mark_line(error: YAMLError) -> int:
    mark = error.problem_mark or error.context_mark if isinstance(error, MarkedYAMLError) else None
    line = getattr(mark, "line", None) if mark is not None else getattr(error, "line", None)
    return int(line) + 1 if isinstance(line, int) else 1


def line_of(tree: CommentedMap, place: Place) -> int:
    """Line of the field, or of the nearest thing above it that is in the file; from 1."""
    node: Any = tree
    line = int(tree.lc.line)
    for part in place:
        if isinstance(node, CommentedMap) and part in (node.lc.data or {}):  # not so what `<<:` merges in
            line = int(node.lc.key(part)[0])
        elif isinstance(node, CommentedSeq) and isinstance(part, int) and part < len(node):
            line = int(node.lc.item(part)[0])
        else:
            break
        node = node[part]
    return line + 1


def field_name(place: Place) -> str:
    """`feeds[0].url`; `file` for the whole."""
    name = ""
    for part in place:
        name += f"[{part}]" if isinstance(part, int) else f".{part}" if name else str(part)
    return name or "file"


def nearest(name: str, known: Sequence[str]) -> str:
    """A hint at the known word that a mistyped one is nearest to; empty if none is near."""
    match = get_close_matches(name, known, n=1, cutoff=0.5)
    return f" (did you mean `{match[0]}`?)" if match else ""


def unknown_field(name: str, known: Sequence[str]) -> str:
    """What to say of a field that no one knows."""
    return f"there is no field of this name{nearest(name, known)}: known are {', '.join(known)}"
