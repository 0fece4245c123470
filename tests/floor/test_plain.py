"""Compiled and plain runs of the loop on a floor agree to the bit."""

from __future__ import annotations

import hashlib
import json
import os
import subprocess
import sys
from pathlib import Path

import numpy as np

from tests.floor.test_twin import PARTS
from tests.floor.worlds import case


def digests() -> dict[str, str]:
    """Digests of small schedules with every trouble; run as a script this is printed as JSON."""
    found = {}
    for parts in PARTS:
        for seed in range(2):
            played = case(seed, "easy", ["near", "random"][seed], **parts).played()
            made = hashlib.sha256()
            for array in (played.played.start_s, played.played.end_s, played.places, played.attempts, played.books):
                made.update(np.ascontiguousarray(array, dtype="<i8").tobytes())
            found[f"{'+'.join(parts)}/{seed}"] = made.hexdigest()[:16]
    return found


def test_plain_python_gives_the_same_schedules() -> None:
    root = Path(__file__).parents[2]
    ran = subprocess.run(
        [sys.executable, "-m", "tests.floor.test_plain"], cwd=root, text=True, check=True, capture_output=True,
        env={**os.environ, "NUMBA_DISABLE_JIT": "1", "PYTHONPATH": str(root)},
    )  # fmt: skip
    assert json.loads(ran.stdout) == digests()


if __name__ == "__main__":
    sys.stdout.write(json.dumps(digests()))
