"""All benchmarks, one after the other; the exit code is 1 if a goal was missed."""

from __future__ import annotations

import subprocess
import sys

MODULES = ("dags", "clean", "tag", "load", "fetch", "backfill")


def main() -> int:
    """Run each in a process of its own, so that one's memory is not another's."""
    missed = []
    for name in MODULES:
        print(f"\n== {name} ==", flush=True)
        if subprocess.run([sys.executable, "-W", "ignore", "-m", f"benchmarks.{name}"], check=False).returncode != 0:
            missed.append(name)
    print(f"\n{'Goals missed or not run in: ' + ', '.join(missed) if missed else 'All goals reached.'}")
    return int(bool(missed))


if __name__ == "__main__":
    sys.exit(main())
