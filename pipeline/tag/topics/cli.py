"""`mm taxonomy`: the topics there are, and whether the user's own are found where they should be."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.console import Console
from rich.progress import track
from rich.text import Text as RichText

from pipeline.errors import ConfigError
from pipeline.settings import get_settings
from pipeline.shown import for_terminal
from pipeline.tag.batch import names_model
from pipeline.tag.tagger import tagger_with
from pipeline.tag.topics import taxonomy
from pipeline.tag.topics.own_files import OwnTopicFile, load_own_topics, own_files, read_own_topics, with_own
from pipeline.tag.topics.taxonomy import Topic
from pipeline.tag.topics.trial import Trial, tried, without_tests

app = typer.Typer(no_args_is_help=True, help="The topics: IPTC's and your own; test your own before a night uses them.")
AsJson = Annotated[bool, typer.Option("--json", help="Print JSON.")]
OUT = Console(highlight=False)
_SHOWN_WORDS = 6


@app.command("list")
def list_topics(
    own_only: Annotated[bool, typer.Option("--own", help="Only your own topics.")] = False, as_json: AsJson = False
) -> None:
    """Every topic an article can have: a tree with code and label, and what your own are known by.

    Exit code 2 if a file of config/taxonomy is wrong; every problem is named with file, line and field.
    """
    files = {file.topic.code: file for file in load_own_topics()}
    topics = with_own(tuple(files.values()))
    rows = [_row(topic, files.get(topic.code)) for topic in topics if not own_only or topic.code in files]
    if as_json:
        typer.echo(json.dumps(rows, ensure_ascii=False, indent=1))
        return
    if own_only:
        topics = [topic for topic in topics if topic.code in files]
    shown = {topic.code for topic in topics}
    for topic in topics:
        if topic.parent not in shown:
            _print_tree(topic, topics, files, 0)
    OUT.print(f"{len(topics)} topics, {len(files)} of them your own.")


def _row(topic: Topic, file: OwnTopicFile | None) -> dict[str, Any]:
    own = file.topic if file else None
    return {
        "code": topic.code,
        "label": topic.label,
        "level": topic.level,
        "parent": topic.parent,
        "qid": topic.qid,
        "is_own": own is not None,
        "threshold": own.threshold if own else None,
        "keywords": _keyword_counts(file) if file else None,
        "examples": len(own.examples) if own else None,
        "counter_examples": len(own.counter_examples) if own else None,
        "file": str(file.path) if file else None,
    }


def _keyword_counts(file: OwnTopicFile) -> dict[str, int]:
    by_language = file.topic.keywords.items()
    return {language: len(w.strong) + len(w.medium) + len(w.weak) for language, w in by_language}


def _print_tree(topic: Topic, topics: Sequence[Topic], files: dict[str, OwnTopicFile], depth: int) -> None:
    line = RichText("  " * depth)
    file = files.get(topic.code)
    line.append(topic.code, "cyan" if file else "dim")
    line.append(f"  {for_terminal(topic.label)}")
    if file:
        words = ", ".join(f"{language} {count}" for language, count in _keyword_counts(file).items())
        known = [f"keywords: {words}"] if words else []
        known += [f"{len(file.topic.examples)} examples"] if file.topic.examples else []
        line.append(f"  ({'; '.join(known)})", "dim")
    OUT.print(line, soft_wrap=True)
    for child in topics:
        if child.parent == topic.code:
            _print_tree(child, topics, files, depth + 1)


@app.command("test")
def run_tests(
    files: Annotated[
        list[Path] | None, typer.Argument(help="Files of topics, wherever they lie; none means all of config/taxonomy.")
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Read the must_match and must_not_match texts of your own topics as articles are read, and say what came out.

    Exit codes: 0 all as it must be, 1 some text did not come out so, 2 a file is wrong.
    """
    chosen = _chosen(files or [])
    total = sum(len(f.topic.must_match) + len(f.topic.must_not_match) for f in chosen)
    console = Console(stderr=True)
    tagger = tagger_with(names_model(get_settings()))
    results = track(
        tried(chosen, tagger), "testing", total, console=console, transient=True, disable=not console.is_terminal
    )
    trials = list(results)
    if as_json:
        typer.echo(json.dumps([_object(trial) for trial in trials], ensure_ascii=False, indent=1))
    else:
        _print_trials(chosen, trials)
    if not all(trial.is_passed for trial in trials):
        raise typer.Exit(1)


def _chosen(paths: Sequence[Path]) -> tuple[OwnTopicFile, ...]:
    """The topics of these files, or all; the files of config/taxonomy are read with them, for parents and codes."""
    if not paths:
        return load_own_topics()
    for path in paths:
        if not path.is_file():
            raise ConfigError(f"{path}: there is no such file")
    wanted = {path.resolve() for path in paths}
    names = {path.name for path in paths}
    others = [p for p in own_files(taxonomy.TAXONOMY_FOLDER) if p.resolve() not in wanted and p.name not in names]
    return tuple(file for file in read_own_topics([*paths, *others]) if file.path.resolve() in wanted)


def _print_trials(files: Sequence[OwnTopicFile], trials: Sequence[Trial]) -> None:
    for file in files:
        OUT.print(RichText.assemble((file.topic.code, "bold"), f"  {for_terminal(file.topic.label)}"), soft_wrap=True)
        for trial in trials:
            if trial.file is file:
                _print_trial(trial)
    for code in without_tests([file.topic for file in files]):
        OUT.print(RichText(f"{code} has no texts to test it with: add must_match and must_not_match.", "yellow"))
    failed = sum(not trial.is_passed for trial in trials)
    if not files:
        OUT.print("There are no topics of your own; docs/own-topics.md says how to add one.")
    else:
        OUT.print(
            f"{len(trials)} texts, {failed} not as they must be." if failed else f"{len(trials)} texts, all good."
        )


def _print_trial(trial: Trial) -> None:
    mark, style = ("✓", "green") if trial.is_passed else ("✗", "red")
    compared = "≥" if trial.evidence.is_assigned else "<"
    title = for_terminal(trial.sample.title or trial.sample.text)[:60]
    line = RichText.assemble(
        "  ",
        (mark, style),
        f" {trial.field}[{trial.number}] {trial.evidence.score:.2f} {compared} {trial.file.topic.threshold:.2f}",
        f"  {trial.language or '–'}  “{title}”",
    )
    OUT.print(line, soft_wrap=True)
    OUT.print(RichText(f"      {_why(trial)}", "dim"), soft_wrap=True)
    if not trial.is_passed:
        place = f"{trial.file.path}:{trial.file.line(trial.field, trial.number)}"
        OUT.print(RichText(f"      {place}: {_advice(trial)}", "yellow"), soft_wrap=True)


def _why(trial: Trial) -> str:
    evidence = trial.evidence
    words = ", ".join(f"{for_terminal(word)} {points:.1f}" for word, points in evidence.words[:_SHOWN_WORDS])
    more = len(evidence.words) - _SHOWN_WORDS
    said = f"words {evidence.spoken:.2f}: {words}" + (f" and {more} more" if more > 0 else "") if words else "no word"
    if evidence.shown is None or evidence.nearest is None:
        return said
    example = evidence.topic.examples[evidence.nearest]
    title = for_terminal(example.title or example.text)[:50]
    return f"{said}; examples {evidence.shown:.2f}, nearest {evidence.nearness:.2f}: “{title}”"


def _advice(trial: Trial) -> str:
    if trial.field == "must_match":
        return "add a keyword that it holds, an example like it, or lower `threshold`"
    return "make the words found weaker, add a counter-example like it, or raise `threshold`"


def _object(trial: Trial) -> dict[str, Any]:
    evidence = trial.evidence
    return {
        "code": trial.file.topic.code,
        "file": str(trial.file.path),
        "field": trial.field,
        "number": trial.number,
        "title": trial.sample.title,
        "language": trial.language,
        "is_passed": trial.is_passed,
        "score": evidence.score,
        "threshold": trial.file.topic.threshold,
        "by_words": round(evidence.spoken, 4),
        "words": dict(evidence.words),
        "by_examples": None if evidence.shown is None else round(evidence.shown, 4),
        "nearest_example": evidence.nearest,
    }
