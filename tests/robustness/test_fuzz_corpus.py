"""The kept fuzzing inputs, run again: seeds, and everything that once broke a promise."""

from __future__ import annotations

from pathlib import Path

import pytest

from fuzz import targets
from tests.robustness.watchdog import cpu_limit

MAX_FILES, MAX_BYTES = 60, 40_000  # per target: a corpus, not a heap


@pytest.mark.parametrize("name", targets.names())
def test_kept_inputs_keep_every_promise(name: str) -> None:
    check = targets.check_of(name)
    kept = targets.corpus_of(name)
    assert kept, f"fuzz/corpus/{name} is empty: a target needs seeds"
    for path in kept:
        with cpu_limit(5, str(path)):
            check(path.read_bytes())


@pytest.mark.parametrize("name", targets.names())
def test_the_corpus_stays_small(name: str) -> None:
    kept = targets.corpus_of(name)
    assert len(kept) <= MAX_FILES
    assert sum(path.stat().st_size for path in kept) <= MAX_BYTES


def test_every_folder_belongs_to_a_target() -> None:
    assert {path.name for path in Path(targets.CORPUS).iterdir()} == set(targets.names())
