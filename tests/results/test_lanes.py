"""The jobs of a run as a Chrome trace: every attempt once, no overlap in a lane, the counter is what is held."""

from __future__ import annotations

import gzip
import json
import sys
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from gigacampus.cli import gigacampus
from gigacampus.cli.failures import reported
from tests.replay.running import replayed, swf


def drawn(folder: Path, out: Path, *more: object) -> list[dict[str, Any]]:
    before = sys.argv
    sys.argv = ["gigacampus", "timeline", str(folder), "--out", str(out), *map(str, more)]
    try:
        assert reported(gigacampus) == 0
    finally:
        sys.argv = before
    packed = out.read_bytes()
    return json.loads(gzip.decompress(packed) if out.suffix == ".gz" else packed)["traceEvents"]


@pytest.mark.parametrize("policy", ["easy", "srtf"])
def test_every_attempt_has_a_lane_of_its_own(policy: str, tmp_path: Path) -> None:
    dice = np.random.default_rng(3)
    drawn_rows = np.stack((np.sort(dice.integers(0, 900, 120)), dice.integers(1, 90, 120), dice.integers(1, 9, 120)))
    rows = [(submit, run, -1, gpus) for submit, run, gpus in drawn_rows.T.tolist()]
    more = ["--restart", 3] if policy == "srtf" else []
    jobs, _ = replayed(tmp_path / "run", swf(tmp_path / "log.swf", rows), "--gpus", 16, "--policy", policy, *more)
    made = drawn(tmp_path / "run", tmp_path / "out.json.gz")
    bars = [one for one in made if one["ph"] == "X"]
    assert len(bars) == 120 + sum(jobs["restarts"])
    lanes: dict[tuple[int, int], list[tuple[int, int]]] = {}
    for one in bars:
        lanes.setdefault((one["pid"], one["tid"]), []).append((one["ts"], one["ts"] + one["dur"]))
    for spans in lanes.values():
        spans.sort()
        assert all(end <= start for (_, end), (start, _) in pairwise(spans))
    held = sum(one["dur"] * one["args"]["gpus"] for one in bars) // 1_000_000
    used = zip(jobs["gpus"], jobs["run_s"], jobs["lost_s"], strict=True)
    assert held == sum(gpus * (run + lost) for gpus, run, lost in used)
    levels = [one["args"]["chips"] for one in made if one["ph"] == "C"]
    assert max(levels) <= 16
    assert levels[-1] == 0


def test_a_window_and_the_largest(tmp_path: Path) -> None:
    log = swf(tmp_path / "log.swf", [(0, 100, -1, 4), (0, 10, -1, 1), (200, 50, -1, 2)])
    replayed(tmp_path / "run", log, "--gpus", 8)
    made = drawn(tmp_path / "run", tmp_path / "out.json", "--to", 150, "--most", 1)
    assert [one["name"] for one in made if one["ph"] == "X"] == ["job 1 (4)"]
