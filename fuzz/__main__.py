"""`python -m fuzz [--minutes N] [--seed N] [TARGET …]`: every target in turn, one process, lowest priority."""

from __future__ import annotations

import argparse
import json
import os
import re
import subprocess
import sys
import time
from dataclasses import asdict, dataclass
from pathlib import Path

from fuzz import targets

HERE = Path(__file__).resolve().parent
FOUND = HERE / "found"
"""Inputs that reached new branches: where the next run goes on. Not in git."""
CRASHES = HERE / "crashes"
TIMEOUT_S = 60
"""Per input, by the clock: for what hangs in C. `session.CPU_S` is the limit that counts on a busy machine."""
RSS_MB = 2_048


@dataclass(frozen=True, slots=True)
class Outcome:
    """What fuzzing one target came to."""

    target: str
    seconds: float
    executions: int
    corpus: int  # inputs known at the end
    findings: int  # files in fuzz/crashes/<target>


def main() -> int:
    """Run, print one line per target; exit code 1 if there is a finding."""
    parser = argparse.ArgumentParser(prog="python -m fuzz", description=__doc__)
    parser.add_argument("targets", nargs="*", metavar="TARGET", help=f"one of {', '.join(targets.names())}")
    parser.add_argument("--minutes", type=float, default=10.0, help="for all targets together")
    parser.add_argument("--seed", type=int, default=1, help="of the search; the same seed starts the same way")
    parser.add_argument("--json", action="store_true", help="print the outcomes as JSON lines")
    asked = parser.parse_args()
    chosen = asked.targets or targets.names()
    unknown = sorted(set(chosen) - set(targets.names()))
    if unknown:
        parser.error(f"no target {', '.join(unknown)}; there are {', '.join(targets.names())}")
    os.nice(19)
    outcomes = []
    for name in chosen:
        outcome = _fuzz(name, asked.minutes * 60 / len(chosen), asked.seed)
        outcomes.append(outcome)
        print(json.dumps(asdict(outcome)) if asked.json else _line(outcome), flush=True)
    return int(any(outcome.findings for outcome in outcomes))


def _fuzz(name: str, seconds: float, seed: int) -> Outcome:
    """One target for so long; a session that libFuzzer ends early is followed by another."""
    started = time.monotonic()
    found, crashes = FOUND / name, CRASHES / name
    found.mkdir(parents=True, exist_ok=True)
    crashes.mkdir(parents=True, exist_ok=True)
    executions = corpus = 0
    sessions = 0
    while (left := seconds - (time.monotonic() - started)) >= 1:
        done, corpus = _session(name, found, crashes, left, seed + sessions)
        executions += done
        sessions += 1
    findings = sum(1 for path in crashes.iterdir() if path.suffix != ".txt")
    return Outcome(name, round(time.monotonic() - started, 1), executions, corpus, findings)


def _session(name: str, found: Path, crashes: Path, seconds: float, seed: int) -> tuple[int, int]:
    """Executions, and inputs known at the end."""
    module = targets.load(name)
    words = crashes.parent / f"{name}.dict"
    words.write_text("".join(f"{_quoted(word)}\n" for word in module.DICTIONARY))
    options = [
        f"-max_total_time={max(1, round(seconds))}", f"-max_len={module.MAX_LEN}", f"-timeout={TIMEOUT_S}",
        f"-rss_limit_mb={RSS_MB}", f"-seed={seed}", f"-dict={words}", f"-artifact_prefix={crashes}/",
        "-print_final_stats=1", "-report_slow_units=5", str(found), str(targets.CORPUS / name),
    ]  # fmt: skip
    with (crashes.parent / f"{name}.log").open("a") as log:
        start = log.tell()
        subprocess.run(
            [sys.executable, "-m", "fuzz.session", name, str(crashes), *options],
            cwd=HERE.parent, stdout=log, stderr=log, check=False, env={**os.environ, "PYTHONHASHSEED": "0"},
        )  # fmt: skip
    with (crashes.parent / f"{name}.log").open(errors="replace") as log:
        log.seek(start)
        said = log.read()
    runs = re.findall(r"^#(\d+)\s", said, re.MULTILINE) + re.findall(r"executed_units:\s*(\d+)", said)
    known = re.findall(r"corp: (\d+)/", said)
    if not runs:
        raise RuntimeError(f"the session of {name} did not start; see {crashes.parent / f'{name}.log'}")
    return max(map(int, runs)), int(known[-1]) if known else 0


def _quoted(word: str) -> str:
    """A word as libFuzzer's dictionary files want it."""
    return '"' + "".join(chr(b) if 32 <= b < 127 and b not in b'"\\' else f"\\x{b:02x}" for b in word.encode()) + '"'


def _line(outcome: Outcome) -> str:
    per_second = outcome.executions / max(outcome.seconds, 1e-9)
    return (
        f"{outcome.target:<18} {outcome.seconds:>6.0f} s  {outcome.executions:>9,} executions ({per_second:>7,.0f}/s)  "
        f"{outcome.corpus:>5} inputs  {outcome.findings} findings"
    )


if __name__ == "__main__":
    raise SystemExit(main())
