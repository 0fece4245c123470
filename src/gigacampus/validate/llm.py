"""Training, serving and node power of language models against published measurements.

The constants are never refitted here. A row's own architecture and layout are used; what it lacks comes from the model
catalog and from a search. Rows out of scope are listed with the reason.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from statistics import mean, median, stdev

from gigacampus.validate._llm_tables import Rows, read
from gigacampus.validate.frame import Case, Evidence
from gigacampus.workload.llm.data import number, table
from gigacampus.workload.llm.rows import Published, published

TITLE = "Language models: training and serving rates, node power, a power trace of 512 GPUs"
NAN = float("nan")
DENSE_MAPE, MOE_MAPE, SERVING_MEDIAN, NODE_POWER = 0.09, 0.15, 0.16, 0.07
TRACE_SOURCE = "MLPerf Training v4.0 power logs, 64 nodes of 8 H100, github.com/mlcommons/training_results_v4.0"


def cases(data: Path | None) -> list[Case]:
    """A case a row, then the aggregates; of the bundled tables, or of `data` in the columns of one of them."""
    if data is not None:
        kind, rows = read(data)
        return {"training": training, "inference": serving, "power": power}[kind](rows)
    return [
        *training(list(table("llm_training.csv.gz"))),
        *left_out(),
        *unseen(),
        *serving(list(table("llm_inference.csv.gz"))),
        *power(list(table("llm_power.csv.gz"))),
        *trace(),
    ]


def left_out() -> list[Case]:
    """What the fit's cross-validation found for training rows that were left out with their group."""
    from gigacampus.workload.llm.constants import constants

    found = []
    for kind in ("dense", "moe"):
        one = constants("scores")[f"{kind}_left_out"]
        note = f"95 % interval ±{196.0 * one.standard_error:.1f} points; {one.source}"
        name = "MoE" if kind == "moe" else kind
        found.append(_total(f"training/{name} MAPE, left out of the fit", one.value, NAN, note))
    return found


def unseen() -> list[Case]:
    """Errors on rows that no fit has seen: other releases, sizes and settings of the same benchmarks."""
    found = [
        *training(list(table("llm_training_unseen.csv.gz"))),
        *serving(list(table("llm_inference_unseen.csv.gz"))),
    ]
    source = "llm_training_unseen.csv.gz, llm_inference_unseen.csv.gz"
    return [replace(case, id=f"{case.id}, unseen rows", source=source) for case in found if case.id in UNSEEN]


UNSEEN = {
    "training/dense MAPE", "training/dense MAPE without vTrain", "training/MoE MAPE", "inference/median error",
    "inference/mean error",
}  # fmt: skip
"""The aggregates that are printed for rows outside the fits."""


def training(rows: Rows) -> list[Case]:
    """Tokens per second and chip of every training row, and mean absolute errors by class."""
    from gigacampus.workload.llm.nearest import rate

    found, scored = [], []
    for row in rows:
        one = published(row)
        if isinstance(one, Published):
            ours = rate(one)
            scored.append((one, abs(ours / one.tokens_per_s_per_chip - 1.0)))
            found.append(_row(row, one.tokens_per_s_per_chip, ours, "tokens/s/chip", ""))
        else:
            found.append(_row(row, number(row, "tokens_per_s_per_chip"), NAN, "tokens/s/chip", one))
    dense = [error for one, error in scored if not one.is_moe]
    found += _aggregate("training/dense MAPE", dense, DENSE_MAPE, "rows, vTrain and recall included")
    kinds: dict[str, Callable[[Published], bool]] = {
        "without vTrain": lambda one: not one.is_vtrain,
        "without recall": lambda one: not one.is_recall,
        "without vTrain and recall": lambda one: not one.is_vtrain and not one.is_recall,
        "vTrain alone": lambda one: one.is_vtrain,
    }
    for name, keep in kinds.items():
        kept = [error for one, error in scored if not one.is_moe and keep(one)]
        found += _aggregate(f"training/dense MAPE {name}", kept, NAN, "")
    for name in sorted({one.row.get("source_class", "") for one, _ in scored} - {""}):
        kept = [error for one, error in scored if one.row.get("source_class") == name]
        found += _aggregate(f"training/class {name}", kept, NAN, "")
    found += _aggregate("training/MoE MAPE", [error for one, error in scored if one.is_moe], MOE_MAPE, "")
    return [*found, *_coverage("training/rows scored", len(scored), len(rows), 0.9)]


def serving(rows: Rows) -> list[Case]:
    """Output tokens per second and chip of every serving row, and the median error."""
    from gigacampus.workload.llm.replica import features, serve
    from gigacampus.workload.llm.serving_rows import Measured, measured

    taken = [measured(row) for row in rows]
    inside = [one for one in taken if isinstance(one, Measured)]
    rates: dict[int, float] = {}
    if inside:
        f = features([(one.replica, one.batch, one.isl, one.osl) for one in inside])
        ours = serve(f).output_tokens_per_s(f.batch)
        rates = {id(one): float(total) / one.chips for one, total in zip(inside, ours, strict=True)}
    found, scored = [], []
    for row, one in zip(rows, taken, strict=True):
        if isinstance(one, Measured):
            scored.append((one, abs(rates[id(one)] / one.output_tokens_per_s_per_chip - 1.0)))
            found.append(_row(row, one.output_tokens_per_s_per_chip, rates[id(one)], "tokens/s/chip", ""))
        else:
            found.append(_row(row, number(row, "output_tokens_per_s_per_chip"), NAN, "tokens/s/chip", one))
    errors = [error for _, error in scored]
    if errors:
        found.append(_total("inference/median error", median(errors), SERVING_MEDIAN, f"{len(errors)} rows"))
        found.append(_total("inference/mean error", mean(errors), NAN, f"{len(errors)} rows"))
    for name in sorted({one.replica.architecture.model for one, _ in scored}):
        kept = [error for one, error in scored if one.replica.architecture.model == name]
        found.append(_total(f"inference/median {name}", median(kept), NAN, f"{len(kept)} rows"))
    return [*found, *_coverage("inference/rows scored", len(scored), len(rows), 0.6)]


def power(rows: Rows) -> list[Case]:
    """Mean kilowatts of every metered node."""
    from gigacampus.workload.llm.power_rows import Metered, metered

    found, errors = [], []
    for row in rows:
        one = metered(row)
        if isinstance(one, Metered):
            ours = one.node_kw()
            errors.append(abs(ours / one.mean_node_kw - 1.0))
            found.append(_row(row, one.mean_node_kw, ours, "kW", "", NODE_POWER))
        else:
            found.append(_row(row, number(row, "mean_node_kw"), NAN, "kW", one))
    return [*found, *_aggregate("power/nodes MAPE", errors, NODE_POWER, "")]


def trace() -> list[Case]:
    """The 512-GPU trace: its mean, its line at one over the step, and the depth of its dips.

    The step's length is the run's measured one; its shape, the levels and the tail come from the model. The trace
    takes each node's nearest sample on a 2-s grid, so the nodes' samples are up to 2 s apart, in ours as well.
    """
    import numpy as np

    from gigacampus.workload.llm.power import dip_depth, levels, line_hz, series, waveform
    from gigacampus.workload.llm.power_rows import METERED_RUN
    from gigacampus.workload.llm.step import steps

    row = next(row for row in table("llm_training.csv.gz") if row["id"] == METERED_RUN)
    run = published(row)
    assert isinstance(run, Published)
    samples = table("llm_power_trace_gpt3_512h100.csv.gz")
    measured_kw = np.array([number(sample, "nodes_ac_kw") for sample in samples])
    is_train = np.array([sample["phase"] == "train" for sample in samples])
    step_s = number(row, "step_time_s")
    wave = waveform(steps(run.run, run.candidates).shares(), step_s, levels(run.run.machine.node_kw, "immersion"))
    windows = int(np.sum(np.diff(is_train.astype(int)) == -1))
    evaluate_s = 2.0 * float(np.sum(~is_train)) / max(windows, 1)
    every = round(2.0 * float(np.sum(is_train)) / max(windows, 1) / step_s)
    ours_kw = series(wave, 2.0 * len(samples), every, evaluate_s, clock_spread_s=2.0) * 64.0 / 1000.0
    line, depth = line_hz(measured_kw, 2.0), dip_depth(measured_kw[is_train])
    our_depth = dip_depth(series(wave, 2.0 * len(samples), clock_spread_s=2.0))
    note = f"step length pinned to the measured {step_s:.4g} s, evaluations every {every} steps"
    return [
        Case("trace/mean", float(measured_kw.mean()), float(ours_kw.mean()), 0.03, "measured", TRACE_SOURCE, "kW",
             note=note),
        Case("trace/line", line, line_hz(ours_kw, 2.0), 0.02, "measured", TRACE_SOURCE, "Hz", note="strongest line"),
        Case("trace/line at 1/step", 1.0 / step_s, line, 0.02, "measured", TRACE_SOURCE, "Hz",
             note="of the trace itself"),
        Case("trace/dip depth", depth, our_depth, 0.04, "measured", TRACE_SOURCE, "of the plateau", is_absolute=True,
             note="1 - P5/P95 of 2-s samples in training"),
    ]  # fmt: skip


def _row(row: dict[str, str], published: float, ours: float, unit: str, reason: str, tolerance: float = NAN) -> Case:
    evidence: Evidence = "disclosed" if row.get("evidence", "").startswith("recall") else "measured"
    return Case(
        row.get("id") or "row", published, ours, NAN if reason else tolerance, evidence,
        row.get("source", "") or "the given file", unit, counts=not reason,
        note=f"out of scope: {reason}" if reason else "",
    )  # fmt: skip


def _total(name: str, value: float, tolerance: float, note: str) -> Case:
    return Case(
        name, 0.0, value, tolerance, "measured", "aggregate of the rows above", "error", is_absolute=True, note=note
    )


def _aggregate(name: str, errors: list[float], tolerance: float, note: str) -> list[Case]:
    """Mean absolute error with its 95 % interval (normal, of the mean)."""
    if not errors:
        return []
    half = 1.96 * stdev(errors) / math.sqrt(len(errors)) if len(errors) > 1 else NAN
    spread = f"{len(errors)} rows" + (f", 95 % interval ±{100 * half:.1f} points" if half == half else "")
    return [_total(name, mean(errors), tolerance, f"{spread}; {note}" if note else spread)]


def _coverage(name: str, scored: int, rows: int, floor: float) -> list[Case]:
    if not rows:
        return []
    share = scored / rows
    return [
        Case(name, 1.0, share, 1.0 - floor, "measured", "rows scored of all", "share", is_absolute=True,
             note=f"{scored} of {rows}; at least {100 * floor:.0f} %")
    ]  # fmt: skip
