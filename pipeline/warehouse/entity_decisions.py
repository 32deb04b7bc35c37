"""What analysts decided about who is who: kept for ever, in force until withdrawn.

`core.entity_decision` is only added to; withdrawing fills three columns, once. Nothing here changes a mention:
`pipeline.warehouse.entity_apply` does.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Row, text

from pipeline.decisions import Decided, check
from pipeline.errors import ConfigError
from pipeline.folding import fold
from pipeline.records import DecisionAction, EntityDecision
from pipeline.warehouse.tombstones import hold_off_loads


def decisions_in_force(connection: Connection) -> list[EntityDecision]:
    """The decisions that nobody withdrew, in order of their keys."""
    return [_decision(row) for row in connection.execute(text(_IN_FORCE))]


def decide(connection: Connection, decisions: Sequence[EntityDecision]) -> None:
    """Add sealed decisions, each checked against those in force and those before it; raises ConfigError.

    An alias that articles write for another entity of its kind is refused as well.
    """
    connection.execute(text("LOCK TABLE core.entity_decision IN SHARE ROW EXCLUSIVE MODE"))
    in_force = decisions_in_force(connection)
    for decision in decisions:
        check(decision, in_force)
        if decision.action == DecisionAction.ALIAS:
            _check_alias(connection, decision, Decided(in_force))
        _insert(connection, decision)
        in_force.append(decision)


def take_over(connection: Connection, rows: Sequence[tuple[EntityDecision, dict[str, Any] | None]]) -> tuple[int, int]:
    """Add decisions from a file, with how they were withdrawn; (added, withdrawn). What is there already stays.

    Contradictions are let in, since the files of two analysts may hold them: `Decided` says what then counts.
    """
    connection.execute(text("LOCK TABLE core.entity_decision IN SHARE ROW EXCLUSIVE MODE"))
    added = withdrawn = 0
    for decision, taken_back in rows:
        added += _insert(connection, decision)
        if taken_back is not None:
            withdrawn += connection.execute(text(_WITHDRAW), {"key": decision.decision_key, **taken_back}).rowcount
    return added, withdrawn


def withdraw(connection: Connection, decision_key: str, *, by: str, reason: str, at: datetime) -> EntityDecision:
    """Take a decision back; its key may be shortened to what is unique. ConfigError if none in force has it."""
    if not decision_key:
        raise ConfigError("The key of the decision is empty. `mm entities decisions` lists them.")
    found = [d for d in decisions_in_force(connection) if d.decision_key.startswith(decision_key)]
    if len(found) != 1:
        raise ConfigError(
            f"{'Several decisions' if found else 'No decision in force'} with the key {decision_key}. "
            "`mm entities decisions` lists them."
        )
    connection.execute(text(_WITHDRAW), {"key": found[0].decision_key, "by": by, "reason": reason, "at": at})
    return found[0]


def forget_undecided(connection: Connection) -> int:
    """Remove entities that a decision made, since taken back, and that no article names; returns how many.

    Nothing is loaded until the end of the transaction: a load may be about to name one.
    """
    if not connection.scalar(text("SELECT EXISTS (SELECT FROM core.entity_decision WHERE withdrawn_at IS NOT NULL)")):
        return 0
    hold_off_loads(connection)
    decisions = decisions_in_force(connection)
    values = {"kept": sorted({d.into_key for d in decisions} | {d.entity_key for d in decisions})}
    connection.execute(text(_FORGET_ALIASES), values)
    return connection.execute(text(f"DELETE FROM core.entity e WHERE {_UNDECIDED}"), values).rowcount


def history(connection: Connection, entity_keys: Collection[str] | None = None) -> list[dict[str, Any]]:
    """Decisions about these entities (None: all), withdrawn ones too, in the order in which they were made."""
    statement = _HISTORY.format(which="" if entity_keys is None else _ABOUT)
    rows = connection.execute(text(statement), {"keys": sorted(entity_keys or ())})
    return [dict(row) for row in rows.mappings()]


def _insert(connection: Connection, decision: EntityDecision) -> int:
    values = {name: getattr(decision, name) for name in EntityDecision.__dataclass_fields__}
    return connection.execute(text(_INSERT), {**values, "article_keys": list(decision.article_keys)}).rowcount


def _check_alias(connection: Connection, decision: EntityDecision, decided: Decided) -> None:
    kind, _, alias = decision.entity_key.partition(":")
    own = {decided.root(decision.into_key), decision.into_key, decision.entity_key}
    for row in connection.execute(text(_WRITTEN_SO), {"kind": kind, "alias": alias}):
        if row.entity_key not in own and decided.root(row.entity_key) not in own:
            raise ConfigError(
                f"{decision.surface!r} is written for {row.name} ({row.entity_key}) as well, so as an alias it would "
                f"hit two entities. Where it means {decision.into_name}: mm entities split {row.entity_key!r} "
                f"--surface {decision.surface!r} --in URL --into {decision.into_name!r} --reason …"
            )


def _decision(row: Row[Any]) -> EntityDecision:
    values = dict(row._mapping)
    return EntityDecision(**{**values, "article_keys": tuple(values["article_keys"])})


def folded_aliases(decisions: Collection[EntityDecision], decided: Decided) -> set[tuple[str, str]]:
    """(entity key, folded alias) of the aliases among the decisions."""
    aliases = (d for d in decisions if d.action == DecisionAction.ALIAS)
    return {(decided.root(d.into_key), fold(d.surface or "")) for d in aliases}


_COLUMNS = (
    "decision_key, action, entity_key, into_key, into_name, surface, article_keys, reason, decided_by, decided_at"
)
_IN_FORCE = f"SELECT {_COLUMNS} FROM core.entity_decision WHERE withdrawn_at IS NULL ORDER BY decision_key"
_INSERT = f"""
INSERT INTO core.entity_decision ({_COLUMNS})
VALUES (:decision_key, :action, :entity_key, :into_key, :into_name, :surface, CAST(:article_keys AS text[]), :reason,
    :decided_by, :decided_at)
ON CONFLICT (decision_key) DO NOTHING
"""
_WITHDRAW = """
UPDATE core.entity_decision SET withdrawn_at = :at, withdrawn_by = :by, withdrawn_reason = :reason
WHERE decision_key = :key AND withdrawn_at IS NULL
"""
_UNDECIDED = """
e.entity_key IN (SELECT into_key FROM core.entity_decision WHERE withdrawn_at IS NOT NULL)
  AND e.entity_key <> ALL(:kept) AND e.merged_into IS NULL
  AND NOT EXISTS (SELECT FROM core.mention m WHERE m.entity_id = e.entity_id)
  AND NOT EXISTS (SELECT FROM core.mention m WHERE m.named_entity_id = e.entity_id)
  AND NOT EXISTS (SELECT FROM core.article_entity x WHERE x.entity_id = e.entity_id)
  AND NOT EXISTS (SELECT FROM core.entity o WHERE o.merged_into = e.entity_id)
"""
_FORGET_ALIASES = f"""
DELETE FROM core.entity_alias x USING core.entity e WHERE x.entity_id = e.entity_id AND {_UNDECIDED}
"""
_ABOUT = "WHERE entity_key = ANY(:keys) OR into_key = ANY(:keys)"
_HISTORY = f"""
SELECT {_COLUMNS}, withdrawn_at, withdrawn_by, withdrawn_reason FROM core.entity_decision {{which}}
ORDER BY decided_at, decision_key
"""
_WRITTEN_SO = """
SELECT DISTINCT e.entity_key, e.name FROM core.entity_alias a JOIN core.entity e USING (entity_id)
WHERE a.alias = :alias AND e.kind = :kind ORDER BY e.entity_key
"""
