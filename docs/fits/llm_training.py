"""Fit the constants of the training model to the bundled published steps, with priors and cross-validation.

    python docs/fits/llm_training.py            # fit, print errors by class, in sample and left out
    python docs/fits/llm_training.py --write    # and write the constants with their standard errors

Residuals are logs of modelled over measured step time under a soft-L1 loss; every constant is drawn to a prior, so
that one that the rows do not show stays where physics and the literature put it. Cross-validation leaves out whole
groups (a source class, for the larger ones a model and chip of it), so that no row is scored by its own siblings.
"""

from __future__ import annotations

import argparse
import csv
import math
from collections import defaultdict
from collections.abc import Mapping
from pathlib import Path

import numpy as np

from gigacampus.workload.llm.data import table
from gigacampus.workload.llm.layout import Layouts
from gigacampus.workload.llm.rows import Published, best, published
from gigacampus.workload.llm.step import steps

ROOT = Path(__file__).parents[2]
TARGET = ROOT / "src/gigacampus/catalog/data/llm/constants.csv"
SCALE = 0.08
"""Log error at which the loss turns from square to linear."""
DELTA, ROUNDS, STEPS = 1e-3, 4, 12
"""Step of the differences in prior standard deviations; renewals of slopes and layouts; steps between them."""
VTRAIN_WEIGHT = 0.5
"""72 rows of one cluster and one software count half."""
PRIORS: dict[str, tuple[float, float, str, str]] = {
    "gemm_ampere_bf16": (0.68, 0.10, "one", "share of dense peak reached by large matrix products, A100 16 bit"),
    "gemm_hopper_bf16": (0.62, 0.10, "one", "same, Hopper 16 bit"),
    "gemm_hopper_fp8": (0.60, 0.10, "one", "same, Hopper 8 bit"),
    "gemm_blackwell_bf16": (0.68, 0.10, "one", "same, Blackwell 16 bit"),
    "gemm_blackwell_fp8": (0.62, 0.10, "one", "same, Blackwell 8 bit"),
    "gemm_blackwell_fp4": (0.55, 0.10, "one", "same, Blackwell 4 bit"),
    "gemm_ultra_bf16": (0.68, 0.10, "one", "same, Blackwell Ultra 16 bit"),
    "gemm_ultra_fp8": (0.66, 0.10, "one", "same, Blackwell Ultra 8 bit"),
    "gemm_ultra_fp4": (0.45, 0.10, "one", "same, Blackwell Ultra 4 bit (peak 1.5 times Blackwell's)"),
    "gemm_h200": (1.0, 0.05, "one", "H200 against H100: more memory, same peak"),
    "gemm_gb200": (1.0, 0.05, "one", "GB200 against B200: higher peak at 1.2 instead of 1.0 kW"),
    "gemm_gb300": (1.0, 0.05, "one", "GB300 against B300: 1.4 instead of 1.1 kW"),
    "attention_ampere": (0.50, 0.15, "one", "share of 16-bit peak reached by fused attention, A100"),
    "attention_hopper": (0.50, 0.15, "one", "same, Hopper"),
    "attention_blackwell": (0.50, 0.15, "one", "same, Blackwell"),
    "attention_ultra": (0.50, 0.15, "one", "same, Blackwell Ultra"),
    "unfused": (0.60, 0.3, "one", "unfused attention products against large ones"),
    "scan": (0.03, 0.5, "one", "share of 16-bit peak reached by state-space scans"),
    "expert": (0.70, 0.15, "one", "grouped expert products against large ones"),
    "narrow": (64.0, 0.5, "one", "width at which a product's time doubles (tile and wave quantisation)"),
    "memory": (1.3, 0.25, "one", "memory-bound traffic against the counted reads and writes at full bandwidth"),
    "cast_fp8": (4.0, 0.5, "B", "bytes moved for each element that enters an 8-bit product"),
    "cast_fp4": (6.0, 0.5, "B", "bytes moved for each element that enters a 4-bit product"),
    "launch": (20e-6, 0.7, "s", "not hidden launches and gaps of a block, forward and backward"),
    "launch_expert": (150e-6, 0.7, "s", "same for routing and grouping of an expert layer"),
    "host_layer": (8e-3, 0.3, "s", "launches of one expert or state-space layer by a host, forward and backward"),
    "host_block": (
        0.9e-3,
        0.15,
        "s",
        "launches of any block by a host, forward and backward, in software before 2023; prior from vTrain's 1,440 runs on"
        " up to 8 A100, most of them launch-bound",
    ),
    "bubble": (1.0, 0.1, "one", "pipeline bubble against its ideal length (clocks rise while chips wait)"),
    "link": (0.75, 0.12, "one", "share of link rate that collectives reach"),
    "latency": (15e-6, 0.5, "s", "start of one tensor-parallel collective"),
    "exposed_tensor": (0.4, 0.3, "one", "share of tensor and context traffic not hidden"),
    "exposed_pipeline": (0.3, 0.5, "one", "share of pipeline sends not hidden"),
    "exposed_expert": (0.5, 0.4, "one", "share of expert all-to-all not hidden"),
    "exposed_data": (0.15, 0.7, "one", "share of gradient and parameter exchange not hidden"),
    "exposed_routed": (
        0.8,
        0.3,
        "one",
        "same of experts, whose replicas lie far apart; above one with 32-bit gradients",
    ),
    "fixed": (0.020, 0.7, "s", "once a step: norms of gradients, loss, data"),
    "straggler": (0.008, 0.5, "one", "stretch for each doubling of chips beyond 8"),
}
NAMES = tuple(PRIORS)


def constants(x: np.ndarray) -> dict[str, float]:
    """Constants at a point of the fit: logs of ratios to the priors, in prior standard deviations."""
    return {name: PRIORS[name][0] * math.exp(PRIORS[name][1] * one) for name, one in zip(NAMES, x, strict=True)}


def settle(rows: list[Published], k: Mapping[str, float]) -> list[Layouts]:
    """Each row's layout: stated, or the fastest candidate under these constants."""
    return [
        row.candidates.where(np.arange(len(row.candidates)) == best(steps(row.run, row.candidates, k).step_s))
        for row in rows
    ]


def log_errors(rows: list[Published], layouts: list[Layouts], k: Mapping[str, float]) -> np.ndarray:
    """Log of measured over modelled rate."""
    ours = [float(steps(row.run, one, k).step_s[0]) for row, one in zip(rows, layouts, strict=True)]
    theirs = [row.run.tokens_per_step / row.run.chips / row.tokens_per_s_per_chip for row in rows]
    return np.log(np.array(ours) / np.array(theirs))


def slopes(rows: list[Published], layouts: list[Layouts], x: np.ndarray) -> np.ndarray:
    """Derivatives of the log errors by each coordinate, by differences."""
    here = log_errors(rows, layouts, constants(x))
    return np.stack(
        [(log_errors(rows, layouts, constants(x + DELTA * one)) - here) / DELTA for one in np.eye(len(x))], axis=1
    )


def fit(rows: list[Published], x: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """The best point and the standard error of each coordinate (Laplace, with the priors), starting at x.

    Gauss-Newton with reweighting: soft-L1 is a square whose weight falls with the error. Slopes and layouts are
    renewed a few times, steps in between reuse them.
    """
    weights = np.array([VTRAIN_WEIGHT if row.is_vtrain else 1.0 for row in rows])
    for _ in range(ROUNDS):
        layouts = settle(rows, constants(x))
        jacobian = slopes(rows, layouts, x) / SCALE
        for _ in range(STEPS):
            z = log_errors(rows, layouts, constants(x)) / SCALE
            pulls = jacobian.T * (weights / np.sqrt(1.0 + z * z))
            curvature = pulls @ jacobian + np.eye(len(x))
            step = np.linalg.solve(curvature, -(pulls @ z + x))
            x = x + step
            if np.abs(step).max() < 1e-3:
                break
    return x, np.sqrt(np.diag(np.linalg.inv(curvature)))


def group(row: Published) -> str:
    """The fold that a row is left out with."""
    kind = row.row["source_class"]
    if kind in {"vtrain_a100", "megatron_bridge_moe", "megatron_bridge_dense", "megascale"}:
        return f"{kind}/{row.run.architecture.model}/{row.row['id'].split('-')[1] if kind == 'megascale' else ''}"
    if kind in {"mlperf_llama405b", "mlperf_llama8b", "mlperf_gpt3"}:
        return f"{kind}/{row.run.machine.chip}/{row.row['precision']}/{row.run.chips > 2000}"
    return kind


def mape(errors: np.ndarray) -> float:
    """Mean absolute relative error of the rate, percent."""
    return float(100.0 * np.mean(np.abs(np.exp(-errors) - 1.0))) if len(errors) else float("nan")


def summary(rows: list[Published], errors: np.ndarray) -> dict[str, float]:
    """MAPE by class."""
    kinds: dict[str, list[bool]] = {
        "dense": [not r.is_moe for r in rows],
        "dense without vTrain": [not r.is_moe and not r.is_vtrain for r in rows],
        "dense without recall": [not r.is_moe and not r.is_recall for r in rows],
        "MoE": [r.is_moe for r in rows],
    }
    for name in sorted({r.row["source_class"] for r in rows}):
        kinds[name] = [r.row["source_class"] == name for r in rows]
    return {name: mape(errors[np.array(mask)]) for name, mask in kinds.items()}


def spread_of_mean(errors: np.ndarray) -> float:
    """Standard error of the mean absolute error, percent."""
    return float(100.0 * np.std(np.abs(np.exp(-errors) - 1.0), ddof=1) / math.sqrt(len(errors)))


def write(x: np.ndarray, errors: np.ndarray, scores: dict[str, float], spreads: dict[str, float]) -> None:
    """Replace the training rows of the constants' file, and the scores of the rows that were left out."""
    kept = [row for row in csv.DictReader(TARGET.open(encoding="utf-8")) if row["model"] not in {"training", "scores"}]
    for name, meaning in (("dense", "dense"), ("MoE", "expert")):
        kept.append(
            dict(
                model="scores", name=f"{name.lower()}_left_out", value=f"{scores[name] / 100.0:.3f}", prior="0",
                prior_sd="0", standard_error=f"{spreads[name] / 100.0:.3f}", scale="linear", unit="one",
                meaning=f"mean absolute error of {meaning} training rows left out of the fit with their group",
                source="docs/fits/llm_training.py, cross-validation",
            )
        )  # fmt: skip
    fields = ["model", "name", "value", "prior", "prior_sd", "standard_error", "scale", "unit", "meaning", "source"]
    with TARGET.open("w", newline="", encoding="utf-8") as file:
        out = csv.DictWriter(file, fields, lineterminator="\n")
        out.writeheader()
        for i, (name, value) in enumerate(constants(x).items()):
            prior, spread, unit, meaning = PRIORS[name]
            out.writerow(
                dict(
                    model="training", name=name, value=f"{value:.5g}", prior=prior, prior_sd=spread,
                    standard_error=f"{spread * errors[i]:.3f}", scale="log", unit=unit, meaning=meaning,
                    source="docs/fits/llm_training.py on llm_training.csv.gz",
                )
            )  # fmt: skip
        out.writerows(kept)


def main() -> None:
    """Fit, cross-validate, print, and write where asked."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--write", action="store_true")
    parser.add_argument("--folds", type=int, default=10)
    parser.add_argument("--rows", action="store_true", help="print every row's error")
    options = parser.parse_args()
    rows = [found for row in table("llm_training.csv.gz") if isinstance(found := published(row), Published)]
    x, spread = fit(rows, np.zeros(len(NAMES)))
    k = constants(x)
    errors = log_errors(rows, settle(rows, k), k)
    left_out = np.zeros(len(rows))
    names = sorted({group(row) for row in rows})
    folds: dict[int, set[str]] = defaultdict(set)
    for i, name in enumerate(names):
        folds[i % options.folds if options.folds else 0].add(name)
    for held in folds.values() if options.folds else ():
        inside = [row for row in rows if group(row) not in held]
        outside = np.array([group(row) in held for row in rows])
        other = constants(fit(inside, x)[0])
        tested = [row for row in rows if group(row) in held]
        left_out[outside] = log_errors(tested, settle(tested, other), other)
    inside_of, outside_of = summary(rows, errors), summary(rows, left_out)
    if options.rows:
        for row, error in sorted(zip(rows, left_out, strict=True), key=lambda pair: pair[0].id):
            print(f"left out  {row.id:<58} {100 * (math.exp(-error) - 1):+6.1f} %")
    for name, one in inside_of.items():
        print(f"{name:<28} {one:6.2f} %  left out {outside_of[name]:6.2f} %")
    for i, (name, value) in enumerate(k.items()):
        print(f"{name:<22} {value:10.4g}  prior {PRIORS[name][0]:10.4g}  moved {x[i]:+5.2f} sd  se {spread[i]:.2f}")
    if options.rows:
        for row, error in sorted(zip(rows, errors, strict=True), key=lambda pair: pair[0].id):
            print(f"{row.id:<58} {100 * (math.exp(-error) - 1):+6.1f} %")
    if options.write:
        is_moe = np.array([row.is_moe for row in rows])
        spreads = {"dense": spread_of_mean(left_out[~is_moe]), "MoE": spread_of_mean(left_out[is_moe])}
        write(x, spread, outside_of, spreads)


if __name__ == "__main__":
    main()
