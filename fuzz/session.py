"""One process of fuzzing: `python -m fuzz.session TARGET RESULTS_FOLDER [libFuzzer options and corpus folders]`.

A broken promise does not end it: the input is kept once per place in the code where it broke, and the search goes on.
What libFuzzer itself ends on (too slow, too much memory, a crash in C) leaves its own file in the same folder.
"""

from __future__ import annotations

import hashlib
import signal
import sys
import traceback
from collections.abc import Callable
from pathlib import Path

import atheris

from fuzz import targets

CPU_S = 5.0
"""Of processor time per input, which a busy machine does not change; the largest inputs are 8 kB and take 0.1 s."""


class OutOfTimeError(Exception):
    """An input that takes too long."""


def main(name: str, results: Path, options: list[str]) -> None:
    """Fuzz until libFuzzer's options say stop; never returns."""
    # Everything of these packages that the target imports is instrumented while it is imported.
    packages = ["pipeline"]
    with atheris.instrument_imports(include=[*packages, *_extra_packages(name)], enable_loader_override=False):
        check = targets.check_of(name)
    results.mkdir(parents=True, exist_ok=True)
    keeping = _keeping(check, results)
    for path in targets.corpus_of(name):  # loads what is loaded on first use (models, lists), so that no input pays
        keeping(path.read_bytes())
    signal.signal(signal.SIGPROF, _over)
    atheris.Setup([sys.argv[0], *options], _in_time(keeping))
    atheris.Fuzz()


def _extra_packages(name: str) -> list[str]:
    """What the target says besides `pipeline`; read from its text, because importing it is what is instrumented."""
    import ast

    source = (Path(targets.__file__).parent / f"{name}.py").read_text()
    for node in ast.parse(source).body:
        if isinstance(node, ast.Assign) and getattr(node.targets[0], "id", "") == "INSTRUMENT":
            return list(ast.literal_eval(node.value))
    return []


def _over(_number: int, _frame: object) -> None:
    raise OutOfTimeError(f"more than {CPU_S:g} s of processor time")


def _in_time(check: Callable[[bytes], None]) -> Callable[[bytes], None]:
    def one_input(data: bytes) -> None:
        signal.setitimer(signal.ITIMER_PROF, CPU_S)
        check(data)
        signal.setitimer(signal.ITIMER_PROF, 0)

    return one_input


def _keeping(check: Callable[[bytes], None], results: Path) -> Callable[[bytes], None]:
    known: set[str] = set()

    def one_input(data: bytes) -> None:
        try:
            check(data)
        except Exception as error:
            place = _place(error)
            if place in known:
                return
            known.add(place)
            path = results / f"broken-{hashlib.sha256(place.encode()).hexdigest()[:12]}"
            if not path.exists():
                path.write_bytes(data)
                path.with_suffix(".txt").write_text(f"{place}\n\n{traceback.format_exc()}")
                print(f"FINDING {place}", file=sys.stderr, flush=True)

    return one_input


def _place(error: Exception) -> str:
    """Kind of error and the last two places in the code: what makes two findings one."""
    frames = traceback.extract_tb(error.__traceback__)[-2:]
    return f"{type(error).__name__} at " + " < ".join(f"{Path(f.filename).name}:{f.lineno}" for f in reversed(frames))


if __name__ == "__main__":
    main(sys.argv[1], Path(sys.argv[2]), sys.argv[3:])
