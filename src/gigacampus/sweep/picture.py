"""What the report of a sweep shows, as plain values: the report room knows no sweep."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict
from typing import Any

import numpy as np
from numpy.typing import NDArray

from gigacampus.compare.moves import HEADLINES
from gigacampus.errors import UsageError
from gigacampus.sweep.indices import front, sobol, tornado
from gigacampus.sweep.outcome import Outcome
from gigacampus.sweep.store import Store

Floats = NDArray[np.float64]
MOST_MEASURES = 4
MOST_FAN_RUNS = 400
FIRST = ("useful_h100e_h", "cost_usd", "wait_mean_s", "usd_per_h100e_h", "h100e_months", "live_chips")
ROUNDING = 1e-9
MORE = ("useful_h100e_h", "h100e_months", "live_chips", "live_h100e", "utilisation_fraction", "goodput_fraction")
BETTER = dict.fromkeys(MORE, True)
"""Measures of which more is better; of all others less is."""
FANS = {"live_chips": ("live chips", 1.0), "live_it_w": ("provisioned IT power of live chips, MW", 1e6)}


def pictured(found: Outcome, measures: Sequence[str] = ()) -> dict[str, Any]:
    """Inputs, measures, what drives them, fans and the Pareto front of the first two measures."""
    shown = list(measures) or chosen(found)
    told: dict[str, Any] = {
        "study": found.study, "points": len(found), "failed": found.failed,
        "variants": found.table.column("variant").to_pylist(),
        "inputs": {path: found.table.column(path).to_pylist() for path in found.inputs},
        "measures": [], "fans": _fans(found),
    }  # fmt: skip
    for name in shown:
        label, unit, per_unit = HEADLINES.get(name, (name, "", 1.0))
        values = found.column(name) / per_unit
        told["measures"].append(
            {
                "key": name, "label": label, "unit": unit, "values": values.tolist(),
                "tornado": [_scaled(asdict(one), per_unit) for one in tornado(found, name)],
                "sobol": _sobol(found, name),
            }
        )  # fmt: skip
    told["front"] = _front(found, shown)
    told["is_more_better"] = {name: BETTER.get(name, False) for name in shown}
    return told


def chosen(found: Outcome) -> list[str]:
    """Headline numbers that vary at all, the first few; what is got and what it costs come first."""
    names = [name for name in (*FIRST, *(one for one in HEADLINES if one not in FIRST)) if name in found.measures]
    moving = [name for name in names if _varies(found.column(name))]
    return (moving or names or found.measures)[:MOST_MEASURES]


def _varies(values: Floats) -> bool:
    good = values[np.isfinite(values)]
    return len(good) > 1 and float(np.ptp(good)) > ROUNDING * float(np.abs(good).max())


def _scaled(swing: dict[str, Any], per_unit: float) -> dict[str, Any]:
    rank = swing["rank"]
    return {**swing, "low": swing["low"] / per_unit, "high": swing["high"] / per_unit,
            "rank": None if rank != rank else rank}  # fmt: skip


def _sobol(found: Outcome, name: str) -> dict[str, Any] | None:
    if found.study.get("method") != "saltelli":
        return None
    try:
        made = sobol(found, name)
    except UsageError:
        return None
    return {"inputs": list(made.inputs), "first": made.first.tolist(), "total": made.total.tolist()}


def _front(found: Outcome, shown: Sequence[str]) -> list[int]:
    if len(shown) < 2:
        return []
    one, two = (found.column(name) for name in shown[:2])
    more = (BETTER.get(shown[0], False), BETTER.get(shown[1], False))
    return [int(k) for k in front(one, two, more=more)]


def _fans(found: Outcome) -> dict[str, Any]:
    """P10, P50 and P90 over the points, month by month, by variant; from the tables that the runs kept."""
    store, levels, months = Store(found.folder), dict[str, dict[str, list[Any]]](), list[int]()
    variants = found.table.column("variant").to_pylist()
    for key, variant in list(zip(found.keys, variants, strict=True))[:MOST_FAN_RUNS]:
        if not store.has(key):
            continue
        for _, table in store.tables(key, {"buildout_months"}):
            starts = table.column("month_s").to_pylist()
            if months and starts != months:
                return {}  # horizons differ
            months = starts
            for name in FANS:
                levels.setdefault(name, {}).setdefault(variant, []).append(table.column(name).to_numpy())
    return {
        name: {
            "label": FANS[name][0], "months": len(months),
            "variants": {
                variant: (np.percentile(np.stack(rows), (10, 50, 90), axis=0) / FANS[name][1]).tolist()
                for variant, rows in by_variant.items()
            },
        }
        for name, by_variant in levels.items()
    }  # fmt: skip
