"""The ledger of a run: what it took on, what became of it, and whether that adds up.

`claimed = new + carried + reopened + rechecked + backfilled`, and at the end `claimed = terminal + carried on`.
Everything is counted from `ops.entry_event`, never from what a stage believes it did.
"""

from __future__ import annotations

from dataclasses import dataclass, field

from sqlalchemy import Connection, text

from pipeline.records import TERMINAL, State

_INFLOW = """
SELECT reason, count(*) AS entries FROM ops.entry_event
WHERE run_key = :run_key AND to_state = 'claimed' GROUP BY reason ORDER BY reason
"""
# The last event of each claimed entry within the run: what the run left it as.
_OUTFLOW = """
WITH last AS (
    SELECT DISTINCT ON (entry_id) entry_id, source_key, stage, to_state, reason
    FROM ops.entry_event WHERE run_key = :run_key AND stage <> 'discover'
    ORDER BY entry_id, event_id DESC
)
SELECT stage, to_state AS state, reason, source_key, count(*) AS entries FROM last
GROUP BY stage, to_state, reason, source_key ORDER BY stage, to_state, reason, source_key
"""
_DISCOVERED = "SELECT count(*) FROM ops.entry_event WHERE run_key = :run_key AND stage = 'discover'"


@dataclass(frozen=True, slots=True)
class LedgerLine:
    """Entries of one source that left the run (or stand in it) in one way."""

    stage: str
    state: str
    reason: str
    source_key: str
    entries: int


@dataclass(frozen=True, slots=True)
class Ledger:
    """The accounts of one run."""

    run_key: str
    discovered: int
    inflow: dict[str, int] = field(default_factory=dict)
    outflow: list[LedgerLine] = field(default_factory=list)

    @property
    def claimed(self) -> int:
        """Entries the run took on."""
        return sum(self.inflow.values())

    @property
    def terminal(self) -> int:
        """Entries whose way ended in this run."""
        return sum(line.entries for line in self.outflow if line.state in TERMINAL)

    @property
    def carried(self) -> int:
        """Entries the next run takes up."""
        return sum(line.entries for line in self.outflow if line.state == State.CARRIED)

    @property
    def open(self) -> int:
        """Entries still under way; 0 once the run has ended."""
        return sum(line.entries for line in self.outflow) - self.terminal - self.carried

    @property
    def is_balanced(self) -> bool:
        """True when nothing is missing and nothing is under way."""
        return self.claimed == self.terminal + self.carried

    def by_outcome(self) -> list[tuple[str, str, str, int]]:
        """(stage, state, reason, entries), sources added up, largest first."""
        sums: dict[tuple[str, str, str], int] = {}
        for line in self.outflow:
            key = (line.stage, line.state, line.reason)
            sums[key] = sums.get(key, 0) + line.entries
        return sorted(((*key, n) for key, n in sums.items()), key=lambda row: (-row[3], row))

    def sentence(self) -> str:
        """The ledger in one line, for the run note and the log."""
        inflow = " + ".join(f"{n:,} {reason}" for reason, n in sorted(self.inflow.items())) or "nothing"
        states: dict[str, int] = {}
        for line in self.outflow:
            states[line.state] = states.get(line.state, 0) + line.entries
        outflow = " + ".join(f"{n:,} {state}" for state, n in sorted(states.items(), key=lambda s: -s[1])) or "nothing"
        verdict = "balances" if self.is_balanced else f"DOES NOT BALANCE ({self.open:,} under way)"
        return f"{self.claimed:,} claimed ({inflow}) = {outflow}; {verdict}"


def ledger(connection: Connection, run_key: str) -> Ledger:
    """The ledger of a run, finished or not."""
    key = {"run_key": run_key}
    inflow = {row.reason: row.entries for row in connection.execute(text(_INFLOW), key)}
    outflow = [LedgerLine(**row) for row in connection.execute(text(_OUTFLOW), key).mappings()]
    discovered = connection.scalar(text(_DISCOVERED), key) or 0
    return Ledger(run_key, discovered, inflow, outflow)
