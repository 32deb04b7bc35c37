"""Source files read fast: ten thousand of them take seconds rather than minutes.

libyaml knows no lines of fields and no comments, so whatever it cannot make a sound source of is read again by
ruamel, which explains. It follows YAML 1.1, where `NO` is false; its rules for plain words are replaced by those of
YAML 1.2, and what the two might read differently is left to ruamel.
"""

from __future__ import annotations

import re
from typing import Any

import yaml  # type: ignore[import-untyped]

_TAG = re.compile(r"(?:^|\s)!\S", re.MULTILINE)


def load_quickly(text: str) -> dict[str, Any] | None:
    """The mapping a file holds, as YAML 1.2; None for anything that ruamel should look at."""
    if _TAG.search(text):
        return None
    try:
        tree = yaml.load(text, Loader=_Loader)  # noqa: S506, a SafeLoader
    except (yaml.YAMLError, ValueError, TypeError, RecursionError):  # TypeError: a list for the name of a field
        return None
    return tree if isinstance(tree, dict) else None


class _Loader(yaml.CSafeLoader):  # type: ignore[misc]
    """SafeLoader with the words of YAML 1.2; a field that stands twice is an error."""

    yaml_implicit_resolvers: dict[str | None, list[tuple[str, re.Pattern[str]]]] = {}  # noqa: RUF012, PyYAML's own

    def construct_mapping(self, node: Any, deep: bool = False) -> dict[Any, Any]:
        """As the parent does it, but never twice the same field."""
        names = [key.value for key, _ in node.value]
        if len(set(names)) != len(names):
            raise yaml.constructor.ConstructorError(None, None, "a field stands twice", node.start_mark)
        mapping: dict[Any, Any] = super().construct_mapping(node, deep=deep)
        return mapping


def _leave_to_ruamel(_loader: Any, node: Any) -> None:
    raise yaml.constructor.ConstructorError(None, None, "a word that YAML versions read differently", node.start_mark)


_Loader.add_constructor("!unclear", _leave_to_ruamel)
for _tag, _words, _first in (
    ("tag:yaml.org,2002:null", r"~|null|Null|NULL|", ["~", "n", "N", ""]),
    ("tag:yaml.org,2002:bool", r"true|True|TRUE|false|False|FALSE", list("tTfF")),
    ("tag:yaml.org,2002:int", r"0|[1-9][0-9]*", list("0123456789")),
    ("tag:yaml.org,2002:float", r"(?:0|[1-9][0-9]*)\.[0-9]+", list("0123456789")),
    ("tag:yaml.org,2002:timestamp", r"[0-9]{4}-[0-9]{2}-[0-9]{2}", list("0123456789")),
    ("!unclear", r"[-+.0-9][-+.:_0-9a-fA-FoOxXiInNtTzZ ]*|<<|=", list("-+.0123456789<=")),
):
    _Loader.add_implicit_resolver(_tag, re.compile(rf"^(?:{_words})$"), _first)
