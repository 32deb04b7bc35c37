"""What our DAG files add to `import airflow.sdk`: seconds per parse, in a fresh process each time."""

from __future__ import annotations

import json
import os
import statistics
import subprocess
import sys
import tempfile
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
RESULTS = ROOT / "benchmarks" / "results"
GOAL_S = 1.0
ROUNDS = 5
_PARSE = """
import importlib.util, sys, time
from pathlib import Path
import airflow.sdk
began = time.perf_counter()
for path in sorted(Path(sys.argv[1]).glob("*.py")):
    spec = importlib.util.spec_from_file_location("dag_" + path.stem, path)
    spec.loader.exec_module(importlib.util.module_from_spec(spec))
print(time.perf_counter() - began)
"""


def main() -> int:
    """Measure, print, write benchmarks/results/dags.json; 1 if the goal is missed."""
    with tempfile.TemporaryDirectory() as home:
        environment = {
            **os.environ,
            "AIRFLOW_HOME": home,
            "AIRFLOW__CORE__LOAD_EXAMPLES": "False",
            "PYTHONPATH": str(ROOT),
        }
        command = [sys.executable, "-W", "ignore", "-c", _PARSE, str(ROOT / "dags")]
        seconds = [
            float(
                subprocess.run(command, env=environment, capture_output=True, text=True, check=True).stdout.split()[-1]
            )
            for _ in range(ROUNDS)
        ]
    median = statistics.median(seconds)
    verdict = "reached" if median < GOAL_S else "missed"
    print(
        f"DAG files beyond `import airflow.sdk`: {median:.2f} s (median of {ROUNDS}; goal < {GOAL_S:.0f} s: {verdict})"
    )
    RESULTS.mkdir(parents=True, exist_ok=True)
    (RESULTS / "dags.json").write_text(json.dumps({"seconds": seconds, "median": median, "goal": GOAL_S}, indent=1))
    return int(median >= GOAL_S)


if __name__ == "__main__":
    sys.exit(main())
