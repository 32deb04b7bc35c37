"""`mm entities merge | split | alias | undo`: what an analyst decides, with who, when and why."""

from __future__ import annotations

import getpass
import json
from dataclasses import asdict
from datetime import UTC, datetime

import typer
from rich.console import Console
from rich.markup import escape
from sqlalchemy import text

from pipeline.decisions import sealed
from pipeline.errors import ConfigError, Skip
from pipeline.folding import entity_key, fold
from pipeline.ops.cli.entities.applying import AT_ONCE, follow_up
from pipeline.records import DecisionAction, EntityDecision, Kind
from pipeline.urls import url_key
from pipeline.warehouse import db
from pipeline.warehouse.entities import find, resolve
from pipeline.warehouse.entity_decisions import decide, withdraw

OUT = Console(highlight=False)
REASON = typer.Option(..., "--reason", help="Why, so that a colleague can tell a year from now.")
BY = typer.Option(None, "--by", help="Who decides; else the user of this machine.")
KIND = typer.Option(
    None, "--kind", help="Kind of the entity, if not that of the other: PER, ORG, LOC, NORP, EVENT, WORK."
)
AS_JSON = typer.Option(False, "--json", help="Print JSON.")
_ARTICLE = "SELECT a.url_key FROM core.article_url u JOIN core.article a USING (article_id) WHERE u.url_key = :key"


def merge(
    source: str = typer.Argument(..., metavar="FROM", help="The entity that is another: name or key."),
    into: str = typer.Argument(..., help="The entity that it is: name or key."),
    reason: str = REASON,
    across_kinds: bool = typer.Option(
        False, "--across-kinds", help="They may be of different kinds (an organisation taken for a person)."
    ),
    by: str | None = BY,
    at_once: bool = AT_ONCE,
    as_json: bool = AS_JSON,
) -> None:
    """FROM and INTO are one: what names FROM counts as INTO from now on."""
    with db.reading() as connection:
        one, other = resolve(connection, source), resolve(connection, into)
    if one.entity_key.partition(":")[0] != other.entity_key.partition(":")[0] and not across_kinds:
        raise ConfigError(
            f"{one.entity_key} and {other.entity_key} are of different kinds. If one was taken for the wrong kind, "
            "say --across-kinds."
        )
    _decide(DecisionAction.MERGE, one.entity_key, other.entity_key, other.name, None, (), reason, by, at_once, as_json)


def split(
    entity: str = typer.Argument(..., help="The entity that holds too much: name or key."),
    surface: str = typer.Option(..., "--surface", help="The way of writing that stands for another."),
    into: str = typer.Option(..., "--into", help="The entity that it stands for: key, or a name that may be new."),
    reason: str = REASON,
    articles: list[str] | None = typer.Option(
        None, "--in", help="Only in the article at this address; may be repeated."
    ),
    kind: str | None = KIND,
    by: str | None = BY,
    at_once: bool = AT_ONCE,
    as_json: bool = AS_JSON,
) -> None:
    """What is written SURFACE is not ENTITY but another: everywhere, or in some articles."""
    with db.reading() as connection:
        one = resolve(connection, entity)
    if not fold(surface):
        raise ConfigError("--surface is empty: give the words as the articles write them.")
    into_key, into_name = _target(into, _kind(kind) or one.entity_key.partition(":")[0])
    keys = tuple(_article_key(url) for url in articles or [])
    _decide(DecisionAction.SPLIT, one.entity_key, into_key, into_name, surface, keys, reason, by, at_once, as_json)


def alias(
    entity: str = typer.Argument(..., help="The entity: name or key."),
    surface: str = typer.Argument(..., help="Another name of it, as articles write it."),
    reason: str = REASON,
    kind: str | None = KIND,
    by: str | None = BY,
    at_once: bool = AT_ONCE,
    as_json: bool = AS_JSON,
) -> None:
    """What is named SURFACE is ENTITY, whether or not an article has named it so yet."""
    with db.reading() as connection:
        one = resolve(connection, entity)
    if not fold(surface):
        raise ConfigError("The other name is empty.")
    alias_key = entity_key(_kind(kind) or one.entity_key.partition(":")[0], surface)
    _decide(DecisionAction.ALIAS, alias_key, one.entity_key, one.name, surface, (), reason, by, at_once, as_json)


def undo(
    decision: str = typer.Argument(..., help="Key of the decision, as `mm entities show` and `decisions` print it."),
    reason: str = REASON,
    by: str | None = BY,
    at_once: bool = AT_ONCE,
    as_json: bool = AS_JSON,
) -> None:
    """Take a decision back: it stays in the history and counts no longer."""
    now = datetime.now(UTC)
    taken_back = db.in_transaction(lambda c: withdraw(c, decision, by=_who(by), reason=_why(reason), at=now))
    if as_json:
        typer.echo(json.dumps({**asdict(taken_back), "withdrawn_at": now}, default=str))
    else:
        OUT.print(f"[green]✓[/green] taken back: {sentence(asdict(taken_back))}", soft_wrap=True)
    follow_up(at_once, as_json)


def sentence(decision: dict[str, object]) -> str:
    """A decision in words, safe to print."""
    said = {name: escape(str(value)) for name, value in decision.items()}
    count = len(decision["article_keys"])  # type: ignore[arg-type]
    if decision["action"] == DecisionAction.SPLIT:
        where = f" in {count} article{'s' if count > 1 else ''}" if count else ""
        words = f"“{said['surface']}” of {said['entity_key']}{where} is {said['into_key']}"
    elif decision["action"] == DecisionAction.ALIAS:
        kind = said["entity_key"].partition(":")[0]
        words = f"what is named “{said['surface']}” ({kind}) is {said['into_key']}"
    else:
        words = f"{said['entity_key']} is {said['into_key']}"
    return f"{said['decision_key']}  {words}"


def _decide(
    action: DecisionAction,
    key: str,
    into_key: str,
    into_name: str,
    surface: str | None,
    article_keys: tuple[str, ...],
    reason: str,
    by: str | None,
    at_once: bool,
    as_json: bool,
) -> None:
    draft = EntityDecision(
        "", action, key, into_key, into_name, surface, article_keys, _why(reason), _who(by), datetime.now(UTC)
    )
    made = sealed(draft)
    db.in_transaction(lambda c: decide(c, [made]))
    if as_json:
        typer.echo(json.dumps(asdict(made), default=str, ensure_ascii=False))
    else:
        OUT.print(f"[green]✓[/green] decided: {sentence(asdict(made))}", soft_wrap=True)
    follow_up(at_once, as_json)


def _target(words: str, kind: str) -> tuple[str, str]:
    """Key and name of what a split leads to: a key that exists, else a name of that kind, which may be new."""
    if not fold(words):
        raise ConfigError("--into is empty: name the entity that is meant.")
    key = words if words.partition(":")[0] in Kind.__members__ and ":" in words else entity_key(kind, words)
    with db.reading() as connection:
        found = [f for f in find(connection, key, limit=1) if f.entity_key == key]
    if found:
        return key, found[0].name
    name = words.partition(":")[2] if key == words else words
    if not fold(name):
        raise ConfigError(f"--into {words!r} has no name after the kind: name the entity that is meant.")
    return entity_key(key.partition(":")[0], name), name.strip()


def _article_key(url: str) -> str:
    """The key of the article that is known by this address, which may be another than the article's own."""
    try:
        key = url_key(url)
    except Skip as error:
        raise ConfigError(f"--in {url}: no address: {error}") from error
    with db.reading() as connection:
        found: str | None = connection.scalar(text(_ARTICLE), {"key": key})
    if found is None:
        raise ConfigError(f"--in {url}: no article with this address is loaded. `mm why {url}` says what became of it.")
    return found


def _kind(given: str | None) -> str | None:
    if given is not None and given not in Kind.__members__:
        raise ConfigError(f"There is no kind {given!r}. Known: {', '.join(Kind.__members__)}.")
    return given


def _why(reason: str) -> str:
    if not reason.strip():
        raise ConfigError("--reason is empty: say why, so that a colleague can tell a year from now.")
    return reason.strip()


def _who(by: str | None) -> str:
    return by.strip() if by and by.strip() else getpass.getuser()
