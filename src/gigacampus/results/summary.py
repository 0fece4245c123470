"""The headline numbers, made from the tables alone, and the flat view of a nested summary."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any

import numpy as np

from gigacampus.clock import NEVER, Clock
from gigacampus.tables import Table
from gigacampus.units import J_PER_KWH

Tables = Mapping[str, Table]


def headline(tables: Tables, clock: Clock) -> dict[str, Any]:
    """Headline numbers by flat name; those whose tables are missing or empty are left out."""
    found: dict[str, Any] = {}
    for part in (_buildout, _work, _flows, _money, _inputs):
        found |= part(tables)
    found["horizon_years"] = clock.end_s / (365.25 * 86_400)
    return found


def _has(tables: Tables, name: str) -> bool:
    return name in tables and len(tables[name]) > 0


def _buildout(tables: Tables) -> dict[str, Any]:
    if not _has(tables, "buildout_months"):
        return {}
    months = tables["buildout_months"]
    record = np.flatnonzero(months["is_record"])
    known = int(record[-1]) if len(record) else None
    found: dict[str, Any] = {
        "live_chips": int(months["live_chips"][-1]),
        "live_h100e": float(months["live_h100e"][-1]),
        "provisioned_it_w": float(months["live_it_w"][-1]),
        "cleared_chips": int(months["cleared_chips"][-1]),
        "stored_chips": int(months["stored_chips"][-1]),
        "live_chips_known": int(months["live_chips"][known]) if known is not None else 0,
        "binding_months": _counts(months["binding"]),
    }
    live = np.flatnonzero(months["live_chips"] > 0)
    if len(live):
        found["first_live_month_s"] = int(months["month_s"][live[0]])
    return found


def _counts(words: Any) -> dict[str, int]:
    names, counts = np.unique(words.astype(str), return_counts=True)
    return {str(name): int(n) for name, n in zip(names, counts, strict=True)}


def _work(tables: Tables) -> dict[str, Any]:
    found: dict[str, Any] = {}
    if _has(tables, "jobs"):
        jobs = tables["jobs"]
        done = jobs["outcome"] == "finished"
        found["jobs"] = len(jobs)
        found["finished_jobs"] = int(done.sum())
        found["unplaced_jobs"] = int((jobs["outcome"] == "unplaced").sum())
        if done.any():
            waits = jobs["wait_s"][done]
            found["wait_mean_s"] = float(waits.mean())
            found["wait_median_s"] = float(np.median(waits))
            found["wait_p95_s"] = float(np.quantile(waits, 0.95))
    if _has(tables, "usage"):
        usage = tables["usage"]
        entitled = float(usage["entitled_gpu_h"].sum())
        held = float(usage["batch_gpu_h"].sum() + usage["serve_gpu_h"].sum())
        useful = float(usage["useful_gpu_h"].sum())
        found |= {"entitled_gpu_h": entitled, "useful_gpu_h": useful, "lost_gpu_h": float(usage["lost_gpu_h"].sum())}
        found["useful_h100e_h"] = float(usage["useful_h100e_h"].sum())
        found["utilisation_fraction"] = held / entitled if entitled else math.nan
        found["goodput_fraction"] = useful / held if held else math.nan
    return found


def _flows(tables: Tables) -> dict[str, Any]:
    if not _has(tables, "flows_months"):
        return {}
    months = tables["flows_months"]
    it_j, facility_j = float(months["it_j"].sum()), float(months["facility_j"].sum())
    it_kwh = it_j / J_PER_KWH
    water, carbon = float(months["water_l"].sum()), float(months["carbon_kg"].sum())
    return {
        "it_energy_j": it_j,
        "facility_energy_j": facility_j,
        "pue_mean": facility_j / it_j if it_j else math.nan,
        "peak_facility_w": float(months["peak_facility_w"].max()),
        "water_l": water,
        "wue_l_per_kwh": water / it_kwh if it_kwh else math.nan,
        "carbon_kg": carbon,
        "carbon_kg_per_kwh": carbon / (facility_j / J_PER_KWH) if facility_j else math.nan,
    }


def _money(tables: Tables) -> dict[str, Any]:
    found: dict[str, Any] = {}
    if _has(tables, "tenant_cost"):
        cost = tables["tenant_cost"]
        usd, hours = float(np.nansum(cost["cost_usd"])), float(np.nansum(cost["gpu_h"]))
        h100e = float(np.nansum(cost["h100e_h"]))
        found["cost_usd"] = usd
        found["usd_per_gpu_h"] = usd / hours if hours else math.nan
        found["usd_per_h100e_h"] = usd / h100e if h100e else math.nan
    if _has(tables, "obligations"):
        owed = tables["obligations"]
        found["obligations_due_usd"] = float(np.nansum(owed["due_usd"]))
        found["obligations_paid_usd"] = float(np.nansum(owed["paid_usd"]))
    return found


def _inputs(tables: Tables) -> dict[str, Any]:
    if not _has(tables, "inputs"):
        return {}
    inputs = tables["inputs"]
    return {
        "inputs": len(inputs),
        "inputs_by_status": _counts(inputs["status"]),
        "stale_inputs": int(inputs["stale"].sum()),
        "default_inputs": int(inputs["default"].sum()),
    }


def plain(value: Any) -> Any:
    """The value as plain JSON: texts, lists, numbers; what is not finite, and the time NEVER, become null."""
    if isinstance(value, Mapping):
        return {str(key): plain(one) for key, one in value.items()}
    if isinstance(value, (list, tuple, set, frozenset)):
        return [plain(one) for one in value]
    if isinstance(value, np.ndarray):
        return plain(value.tolist())
    if isinstance(value, (bool, np.bool_)):
        return bool(value)
    if isinstance(value, (int, np.integer)):
        return None if int(value) == NEVER else int(value)
    if isinstance(value, (float, np.floating)):
        return float(value) if math.isfinite(value) else None
    return value if value is None or isinstance(value, str) else str(value)


def flat(summary: Mapping[str, Any]) -> dict[str, float]:
    """Every number by dotted name (`facility.pue_mean`), and by its last part where that is unambiguous.

    What is null (a mean over nothing, say) is NaN. `--fail-if` and `compare` look numbers up here.
    """
    dotted: dict[str, float] = {}

    def walk(prefix: str, value: Any) -> None:
        if isinstance(value, Mapping):
            for key, one in value.items():
                walk(f"{prefix}.{key}" if prefix else str(key), one)
        elif value is None:
            dotted[prefix] = math.nan
        elif isinstance(value, (int, float)):
            dotted[prefix] = float(value)

    walk("", summary)
    shorts: dict[str, list[str]] = {}
    for name in dotted:
        shorts.setdefault(name.rsplit(".", 1)[-1], []).append(name)
    for short, names in shorts.items():
        if len(names) == 1 and short not in dotted:
            dotted[short] = dotted[names[0]]
    return dotted


def as_html(title: str, summary: Mapping[str, Any], tables: Tables) -> str:
    """A run for notebooks: its headline numbers in SI, its statements and its tables; every text is escaped."""
    from html import escape

    numbers = [(k, v) for k, v in summary.items() if isinstance(v, (int, float)) and not isinstance(v, bool)]
    rows = "".join(f"<tr><td>{escape(key)}</td><td>{value:,.6g}</td></tr>" for key, value in numbers)
    said = "".join(f"<li>{escape(str(one))}</li>" for one in summary.get("statements") or [])
    named = ", ".join(f"{escape(name)} ({len(table):,})" for name, table in tables.items() if len(table))
    return f"<h4>{escape(title)}</h4><table>{rows}</table><ul>{said}</ul><p>Tables: {named}</p>"
