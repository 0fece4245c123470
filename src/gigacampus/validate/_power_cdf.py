"""Whole measured distributions of power beside the model of a server, constants not refitted to any of them."""

from __future__ import annotations

import csv
from functools import cache
from importlib import resources

import numpy as np
from numpy.typing import NDArray

from gigacampus.facility.node import A100, B200, CPU_BUSY, H100, Node, Phase, server_w
from gigacampus.validate.frame import Case

Array = NDArray[np.float64]
ACME = "Acme (AcmeTrace, Hu et al., NSDI 2024): DCGM for GPUs, IPMI for servers, August 2023"
ENERGY = "ML.ENERGY benchmark v3 (Chung et al., NeurIPS D&B 2025): GPU power over inference runs"
SPLITWISE = "Splitwise (Patel et al., ISCA 2024): A100 80 GB, Llama-2 70B and BLOOM 176B"
SHOWN = (5.0, 25.0, 50.0, 75.0, 95.0)
HELD = (Phase.IDLE, Phase.ALLOCATED, Phase.CHECKPOINT, Phase.COMMUNICATE, Phase.DECODE, Phase.TRAIN, Phase.COMPUTE)
"""Levels between which a fleet's GPUs move."""
PHASES = (
    ("mlenergy-h100-gpu", H100, Phase.DECODE, 0.10, ENERGY),
    ("mlenergy-b200-gpu", B200, Phase.DECODE, 0.10, ENERGY),
    ("splitwise-a100-prompt", A100, Phase.PREFILL, 0.12, SPLITWISE),
)  # fmt: skip
"""Distributions over runs whose mean one phase stands for: series, server, phase, tolerance, source."""


@cache
def measured() -> dict[str, tuple[Array, Array]]:
    """Percentiles and power in watts of each bundled distribution, by its name."""
    text = (resources.files("gigacampus.catalog") / "data" / "validation" / "power_cdf.csv").read_text("utf-8")
    found: dict[str, list[tuple[float, float]]] = {}
    for row in csv.DictReader(text.splitlines()):
        found.setdefault(row["series"], []).append((float(row["percentile"]), float(row["power_w"])))
    return {name: (np.array(pairs).T[0], np.array(pairs).T[1]) for name, pairs in found.items()}


def mean_w(percentile: Array, power_w: Array) -> float:
    """Mean of a distribution given by its percentiles (trapezium rule)."""
    return float(np.trapezoid(power_w, percentile) / 100.0)


def servers_w(node: Node, gpu_w: Array) -> Array:
    """Power of servers whose eight GPUs all draw what each percentile of the GPUs' own distribution says."""
    waits = gpu_w < 0.2 * node.gpu_w
    return np.array(
        [
            server_w(node, float(watts), CPU_BUSY[Phase.IDLE] if is_waiting else 0.5)
            for watts, is_waiting in zip(gpu_w, waits, strict=True)
        ]
    )


def in_phases(node: Node, gpu_w: Array) -> tuple[dict[str, float], float]:
    """Share of a measured distribution next to the level of each phase, and the mean distance to it in watts."""
    levels = np.array([phase.value * node.gpu_w for phase in HELD])
    middle = (gpu_w[1:] + gpu_w[:-1]) / 2.0
    near = np.abs(middle[:, None] - levels[None, :]).argmin(axis=1)
    shares = {phase.name.lower(): float((near == k).mean()) for k, phase in enumerate(HELD)}
    return shares, float(np.abs(middle - levels[near]).mean())


def cases() -> list[Case]:
    """Percentiles of Seren's servers from its GPUs' distribution; means of the others by phase."""
    found = measured()
    percentile, gpu_w = found["acme-seren-gpu"]
    _, metered = found["acme-seren-server"]
    ours = servers_w(A100, gpu_w)
    out = []
    for at in SHOWN:
        place = int(np.flatnonzero(percentile == at)[0])
        out.append(
            Case(
                f"acme-seren-server P{at:g}", metered[place] / 1e3, ours[place] / 1e3, 0.25, "measured", ACME, "kW",
                note="from the GPUs' own percentile, all eight alike",
            )
        )  # fmt: skip
    out.append(
        Case(
            "acme-seren-server mean", mean_w(percentile, metered) / 1e3, mean_w(percentile, ours) / 1e3, 0.10,
            "measured", ACME, "kW", note="the whole distribution",
        )
    )  # fmt: skip
    for name in ("acme-kalos-gpu", "acme-seren-gpu"):
        percentile, gpu_w = found[name]
        shares, off_w = in_phases(A100, gpu_w)
        levels = sum(share * Phase[phase.upper()].value * A100.gpu_w for phase, share in shares.items())
        said = ", ".join(f"{phase} {100 * share:.0f} %" for phase, share in shares.items() if share)
        out.append(
            Case(f"{name} mean", mean_w(percentile, gpu_w), levels, 0.10, "measured", ACME, "W",
                 note=f"next to the phases' levels: {said}; off by {off_w:.0f} W on average")
        )  # fmt: skip
    for name, node, phase, tolerance, source in PHASES:
        percentile, gpu_w = found[name]
        out.append(
            Case(name, mean_w(percentile, gpu_w), phase.value * node.gpu_w, tolerance, "measured", source, "W",
                 note=f"{phase.name.lower()}; P5 to P95 {np.interp(5, percentile, gpu_w):.0f} to "
                 f"{np.interp(95, percentile, gpu_w):.0f} W")
        )  # fmt: skip
    percentile, gpu_w = found["splitwise-a100-request"]
    out.append(
        Case("splitwise-a100-request", mean_w(percentile, gpu_w), Phase.DECODE.value * A100.gpu_w, float("nan"),
             "measured", SPLITWISE, "W", counts=False, note="whole requests, mostly decode at small batches: listed")
    )  # fmt: skip
    return out
