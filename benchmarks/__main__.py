"""All benchmarks, one after the other; the exit code is 1 if a goal was missed.

`--quick` (`make bench QUICK=1`) makes those on scale a tenth as large; all else is the same.
"""

from __future__ import annotations

import argparse
import subprocess
import sys

MODULES = (
    "dags", "clean", "judgement", "habits", "names", "joining", "tag", "topics", "places", "load", "similar", "fetch",
    "backfill", "search",
)  # fmt: skip
OPTIONS = {"judgement": ["--all"]}
SCALE = ("collect", "discovery", "claims", "clean_limits")
"""A web of 100,000 pages, polls of 100,000 items, ten million rows: about ten minutes and 15 GB of disk together.
And one cleaning worker over 5,000 pages: three minutes."""


def main() -> int:
    """Run each in a process of its own, so that one's memory is not another's."""
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--quick", action="store_true", help="the benchmarks on scale a tenth as large")
    options.add_argument("only", nargs="*", metavar="NAME", help="these only; all without a name")
    given = options.parse_args()
    missed = []
    for name in given.only or (*MODULES, *SCALE):
        print(f"\n== {name} ==", flush=True)
        command = [sys.executable, "-W", "ignore", "-m", f"benchmarks.{name}", *OPTIONS.get(name, ())]
        if given.quick and name in SCALE:
            command.append("--quick")
        if subprocess.run(command, check=False).returncode != 0:
            missed.append(name)
    print(f"\n{'Goals missed or not run in: ' + ', '.join(missed) if missed else 'All goals reached.'}")
    return int(bool(missed))


if __name__ == "__main__":
    sys.exit(main())
