"""Several policies on the same jobs: each one's results, and what differs job by job."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from gigacampus.clock import NEVER
from gigacampus.engine.play import Jobs
from gigacampus.engine.statistics import half_width
from gigacampus.replay.asked import Asked
from gigacampus.replay.begin import Begin
from gigacampus.replay.happened import Outcome
from gigacampus.replay.window import measured
from gigacampus.results.collect import Results
from gigacampus.tables import Table
from gigacampus.tables.outcomes import PAIRED

Floats = NDArray[np.float64]


def together(asked: Asked, begin: Begin, jobs: Jobs, found: list[tuple[str, Outcome, Results]]) -> Results:
    """The first policy's results, with the others' tables as `NAME_POLICY`, their summaries, and the differences."""
    first = found[0][2]
    tables, summaries = dict(first.tables), {}
    for k, (policy, _, one) in enumerate(found):
        summaries[policy] = {key: value for key, value in one.summary.items() if key != "notes"}
        if k:
            tables |= {f"{name}_{_plain(policy)}": table for name, table in one.tables.items()}
    from_s = begin.at_s if asked.measure_from_s is None else asked.measure_from_s
    chosen = measured(jobs, from_s, asked.measure_to_s)
    rows: list[dict[str, Any]] = []
    for policy, outcome, _ in found[1:]:
        rows += _differences(asked.policy, policy, jobs, found[0][1], outcome, chosen)
    tables["paired"] = Table.from_rows(PAIRED, rows)
    more = {"policies": summaries, "paired": [_finite(row) for row in rows]}
    return replace(first, tables=tables, summary=first.summary | more)


def _plain(policy: str) -> str:
    """A policy's name as part of a file name."""
    return policy.rpartition(":")[2].replace("-", "_")


def _finite(row: dict[str, Any]) -> dict[str, Any]:
    return {key: None if isinstance(value, float) and np.isnan(value) else value for key, value in row.items()}


def _differences(
    first: str, second: str, jobs: Jobs, one: Outcome, other: Outcome, chosen: NDArray[np.bool_] | None
) -> list[dict[str, Any]]:
    """One row a measure, over the measured jobs that finish under both, in order of submission."""
    done = (one.end_s < NEVER) & (other.end_s < NEVER)
    rows = np.flatnonzero(done if chosen is None else done & chosen)
    rows = rows[np.argsort(jobs.submit_s[rows], kind="stable")]
    run = jobs.run_s[rows].astype(float)
    weight = jobs.gpus[rows] * run
    jct = [(end[rows] - jobs.submit_s[rows]).astype(float) for end in (one.end_s, other.end_s)]
    slowdown = [np.maximum(values / np.maximum(run, 10.0), 1.0) for values in jct]
    share = weight / weight.mean() if weight.sum() else weight
    pairs: dict[str, tuple[Floats, Floats]] = {
        "wait_s": (jct[0] - run, jct[1] - run), "jct_s": (jct[0], jct[1]),
        "slowdown_fraction": (slowdown[0], slowdown[1]),
        "wait_by_gpu_hour_s": ((jct[0] - run) * share, (jct[1] - run) * share),
    }  # fmt: skip
    return [{"first": first, "second": second, "measure": name, **_row(*pair)} for name, pair in pairs.items()]


def _row(before: Floats, after: Floats) -> dict[str, Any]:
    change = after - before
    half = half_width(change)
    count = len(change)
    return {
        "jobs": count,
        "first_mean": float(before.mean()) if count else np.nan,
        "second_mean": float(after.mean()) if count else np.nan,
        "difference": float(change.mean()) if count else np.nan,
        "half_width": np.nan if half is None else half,
        "better_fraction": float((change < 0).mean()) if count else np.nan,
        "worse_fraction": float((change > 0).mean()) if count else np.nan,
    }
