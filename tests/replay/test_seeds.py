"""Many seeds at once give what each gives alone, and an interval over them."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from gigacampus import results
from gigacampus.errors import UsageError
from gigacampus.replay import Asked, replay
from gigacampus.replay.seeds import by_seeds, intervals
from gigacampus.workload.readers import read_trace
from tests.replay.running import replayed, swf


def test_many_seeds_are_what_each_is_alone(tmp_path: Path) -> None:
    dice = np.random.default_rng(5)
    parts = np.sort(dice.integers(0, 2_000, 300)), dice.geometric(1 / 50, 300), dice.integers(1, 9, 300)
    log = swf(tmp_path / "log.swf", [(s, r, -1, g) for s, r, g in np.stack(parts).T.tolist()])
    asked = Asked(str(log), gpus=32, policy="easy", estimates="factor:1..5", seed=3)
    found = by_seeds(asked, read_trace(log), 32, 4)
    assert found["seed"].tolist() == [3, 4, 5, 6]
    for row in found.rows():
        alone = replay(Asked(str(log), gpus=32, policy="easy", estimates="factor:1..5", seed=row["seed"])).summary
        for name in ("wait_mean_s", "wait_mean_by_gpu_hour_s", "slowdown_mean_fraction", "waited_fraction"):
            assert row[name] == pytest.approx(alone[name])
        assert row["makespan_s"] == alone["makespan_s"]
    told = intervals(found)["wait_mean_s"]
    values = found["wait_mean_s"]
    assert told["mean"] == pytest.approx(values.mean())
    assert told["half_width"] == pytest.approx(3.182 * values.std(ddof=1) / 2)


def test_the_command_tells_the_interval(tmp_path: Path) -> None:
    rows = [(k, 20 + k % 7, -1, 1 + k % 8) for k in range(60)]
    more = ("--policy", "easy", "--estimates", "factor:1..5", "--seeds", 5)
    _, summary = replayed(tmp_path / "out", swf(tmp_path / "log.swf", rows), "--gpus", 16, *more)
    assert summary["seeds"]["count"] == 5
    assert len(results.read(tmp_path / "out").tables["seeds"]) == 5
    assert summary["seeds"]["wait_mean_s"]["half_width"] >= 0


def test_seeds_that_move_nothing_are_refused(tmp_path: Path) -> None:
    log = swf(tmp_path / "log.swf", [(0, 1, -1, 1)])
    with pytest.raises(UsageError, match="moves what is drawn"):
        by_seeds(Asked(str(log), gpus=8), read_trace(log), 8, 2)
