"""Calibrate node power levels on the metered MLPerf nodes and the depth of the dips in the 512-GPU trace.

    python docs/fits/llm_power.py [--write]

Shares of nameplate: few rows, so priors weigh (log standard deviations below). `idle` and `evaluate` are read off the
table and the trace. The tail level comes from the energy that the dips of the trace lack against their plateau.
"""

from __future__ import annotations

import argparse
import csv
import math
from pathlib import Path

import numpy as np
from scipy.optimize import least_squares

from gigacampus.workload.llm.data import number, table
from gigacampus.workload.llm.power_rows import METERED_RUN, Metered, metered
from gigacampus.workload.llm.rows import Published, published
from gigacampus.workload.llm.step import steps

TARGET = Path(__file__).parents[2] / "src/gigacampus/catalog/data/llm/constants.csv"
SCALE = 0.03
PRIORS: dict[str, tuple[float, float, str]] = {
    "idle": (0.24, 0.1, "idle node: 2.1 to 2.8 of 10.2 kW (H100), 2.4 to 3.6 of 14.3 kW (B200)"),
    "work": (0.72, 0.1, "chips multiply or move memory"),
    "link": (0.45, 0.15, "chips wait on links inside a micro-batch, or for host and data"),
    "tail": (0.31, 0.2, "all chips wait at the end of a step"),
    "evaluate": (0.62, 0.05, "forward passes only: 405 of 455 kW in the trace"),
    "serve": (0.66, 0.05, "serving at full load"),
    "air": (1.10, 0.05, "fans of an air-cooled node, as a factor"),
}
NAMES = tuple(PRIORS)


def constants(x: np.ndarray) -> dict[str, float]:
    """Levels at a point of the fit."""
    return {name: PRIORS[name][0] * math.exp(PRIORS[name][1] * one) for name, one in zip(NAMES, x, strict=True)}


def dip_energy_kj() -> tuple[float, float]:
    """Energy that one step lacks against its plateau (kJ), and the plateau (kW), all nodes of the trace."""
    watts = np.array(
        [number(r, "nodes_ac_kw") for r in table("llm_power_trace_gpt3_512h100.csv.gz") if r["phase"] == "train"]
    )
    plateau = float(np.percentile(watts, 90))
    inside = watts[(watts > 0.8 * plateau) & (np.arange(len(watts)) > 10)]
    return (plateau - float(inside.mean())) * 10.76, plateau


def main() -> None:
    """Fit, print, and write where asked."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--write", action="store_true")
    options = parser.parse_args()
    rows = [found for row in table("llm_power.csv.gz") if isinstance(found := metered(row), Metered)]
    run = next(published(row) for row in table("llm_training.csv.gz") if row["id"] == METERED_RUN)
    assert isinstance(run, Published)
    shares = steps(run.run, run.candidates).shares()
    tail_s = 10.76 * sum(shares[name] for name in ("bubble", "data", "optimiser", "fixed", "straggler"))
    lacking_kj, plateau = dip_energy_kj()

    def residuals(x: np.ndarray) -> np.ndarray:
        k = constants(x)
        nodes = [math.log(row.node_kw(k) / row.mean_node_kw) / SCALE for row in rows]
        body = (0.0 + plateau) - 64 * 10.2 * k["tail"]
        dip = math.log(max(body, 1.0) * tail_s / lacking_kj) / 0.2
        return np.array([*nodes, dip, *x])

    found = least_squares(residuals, np.zeros(len(NAMES)))
    spread = np.sqrt(np.diag(np.linalg.inv(found.jac.T @ found.jac)))
    k = constants(found.x)
    for row in rows:
        print(
            f"{row.id:<30} {row.mean_node_kw:6.2f} kW, ours {row.node_kw(k):6.2f} ({100 * (row.node_kw(k) / row.mean_node_kw - 1):+.1f} %)"
        )
    print({name: round(value, 3) for name, value in k.items()}, f"dips lack {lacking_kj:.0f} kJ, tail {tail_s:.2f} s")
    if options.write:
        kept = [row for row in csv.DictReader(TARGET.open(encoding="utf-8")) if row["model"] != "power"]
        for i, (name, value) in enumerate(k.items()):
            prior, sd, meaning = PRIORS[name]
            kept.append(
                dict(
                    model="power", name=name, value=f"{value:.5g}", prior=str(prior), prior_sd=str(sd),
                    standard_error=f"{sd * spread[i]:.3f}", scale="log", unit="one", meaning=meaning,
                    source="docs/fits/llm_power.py on llm_power.csv.gz and the 512-GPU trace",
                )
            )  # fmt: skip
        with TARGET.open("w", newline="", encoding="utf-8") as file:
            out = csv.DictWriter(file, list(kept[0]), lineterminator="\n")
            out.writeheader()
            out.writerows(kept)


if __name__ == "__main__":
    main()
