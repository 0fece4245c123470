"""Fit the serving roofline to the bundled measurements, with priors and cross-validation by model and chip.

    python docs/fits/llm_serving.py [--write]

Residuals are logs of modelled over measured tokens per second, soft-L1, every constant drawn to its prior. Left out
together: all rows of one model on one chip under one framework.
"""

from __future__ import annotations

import argparse
import csv
import math
from collections import defaultdict
from pathlib import Path

import numpy as np
from scipy.optimize import least_squares

from gigacampus.workload.llm.data import table
from gigacampus.workload.llm.replica import Features, features, serve
from gigacampus.workload.llm.serving_rows import Measured, measured

TARGET = Path(__file__).parents[2] / "src/gigacampus/catalog/data/llm/constants.csv"
SCALE = 0.15
PRIORS: dict[str, tuple[float, float, str, str]] = {
    "bandwidth": (0.70, 0.15, "one", "share of memory bandwidth that decoding reaches"),
    "decode": (0.45, 0.25, "one", "share of dense peak reached by decoding at large batch"),
    "prefill": (0.35, 0.30, "one", "share of dense peak reached by reading prompts between decode steps"),
    "norm": (2.0, 0.30, "one", "exponent that joins bytes and FLOPs"),
    "launch_trtllm": (20e-6, 0.5, "s", "launches and gaps of one layer, TensorRT-LLM"),
    "launch_vllm": (28e-6, 0.5, "s", "same, vLLM"),
    "launch_sglang": (30e-6, 0.5, "s", "same, SGLang"),
    "moe_launch": (1.0, 0.5, "one", "expert layers' launches on top"),
    "collective": (15e-6, 0.5, "s", "collectives of one layer for each doubling of chips"),
    "link": (1.0, 0.3, "one", "link rate against exposed tensor traffic: above one where it is hidden under work"),
    "request": (2e-3, 0.7, "s", "handling of one request, in which decoding waits"),
}
NAMES = tuple(PRIORS)


def constants(x: np.ndarray) -> dict[str, float]:
    """Constants at a point of the fit."""
    return {name: PRIORS[name][0] * math.exp(PRIORS[name][1] * one) for name, one in zip(NAMES, x, strict=True)}


def pick(f: Features, mask: np.ndarray) -> Features:
    """Some of the cases."""
    return Features(*(getattr(f, name)[mask] for name in Features.__dataclass_fields__))


def log_errors(f: Features, rates: np.ndarray, k: dict[str, float]) -> np.ndarray:
    """Log of modelled over measured tokens per second."""
    return np.log(serve(f, k).output_tokens_per_s(f.batch) / rates)


def fit(f: Features, rates: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """The best point and its standard errors."""

    def residuals(x: np.ndarray) -> np.ndarray:
        z = log_errors(f, rates, constants(x)) / SCALE
        return np.concatenate([np.sign(z) * np.sqrt(2.0 * (np.sqrt(1.0 + z * z) - 1.0)), x])

    found = least_squares(residuals, np.zeros(len(NAMES)))
    return found.x, np.sqrt(np.diag(np.linalg.inv(found.jac.T @ found.jac)))


def show(name: str, errors: np.ndarray) -> None:
    """Median and mean absolute relative error."""
    size = 100.0 * np.abs(np.exp(errors) - 1.0)
    print(
        f"{name:<40} {len(size):4d} rows  median {np.median(size):5.1f} %  mean {size.mean():5.1f} %  bias {np.median(errors):+.2f}"
    )


def main() -> None:
    """Fit, cross-validate, print, and write where asked."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--write", action="store_true")
    options = parser.parse_args()
    rows = [found for row in table("llm_inference.csv.gz") if isinstance(found := measured(row), Measured)]
    f = features([(row.replica, row.batch, row.isl, row.osl) for row in rows])
    rates = np.array([row.output_tokens_per_s_per_chip * row.chips for row in rows])
    x, spread = fit(f, rates)
    errors = log_errors(f, rates, constants(x))
    show("in sample", errors)
    groups = np.array([f"{r.replica.architecture.model}/{r.replica.machine.chip}/{r.replica.framework}" for r in rows])
    left = np.zeros(len(rows))
    for fold in range(6):
        names = sorted(set(groups))[fold::6]
        out = np.isin(groups, names)
        left[out] = log_errors(pick(f, out), rates[out], constants(fit(pick(f, ~out), rates[~out])[0]))
    show("left out", left)
    by: dict[str, list[int]] = defaultdict(list)
    for i, row in enumerate(rows):
        for key in (
            row.replica.architecture.model,
            row.replica.machine.chip,
            row.replica.framework,
            row.replica.precision,
            f"{row.isl:.0f}/{row.osl:.0f}",
            f"tp{row.row['tp']} n{row.chips:.0f} ep{row.row['ep']}",
        ):
            by[key].append(i)
    for key, index in sorted(by.items()):
        show(key, errors[index])
    for i, (name, value) in enumerate(constants(x).items()):
        print(f"{name:<16} {value:10.4g} prior {PRIORS[name][0]:10.4g} moved {x[i]:+5.2f} sd, se {spread[i]:.2f}")
    if options.write:
        write(x, spread)


def write(x: np.ndarray, errors: np.ndarray) -> None:
    """Replace the serving rows of the constants' file."""
    kept = [row for row in csv.DictReader(TARGET.open(encoding="utf-8")) if row["model"] != "serving"]
    for i, (name, value) in enumerate(constants(x).items()):
        prior, spread, unit, meaning = PRIORS[name]
        kept.append(
            dict(
                model="serving", name=name, value=f"{value:.5g}", prior=str(prior), prior_sd=str(spread),
                standard_error=f"{spread * errors[i]:.3f}", scale="log", unit=unit, meaning=meaning,
                source="docs/fits/llm_serving.py on llm_inference.csv.gz",
            )
        )  # fmt: skip
    with TARGET.open("w", newline="", encoding="utf-8") as file:
        out = csv.DictWriter(file, list(kept[0]), lineterminator="\n")
        out.writeheader()
        out.writerows(kept)


if __name__ == "__main__":
    main()
