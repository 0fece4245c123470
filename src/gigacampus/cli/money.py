"""What samples say about money: P10, P50 and P90 of the measures, and what moves two of them most."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from gigacampus import units

if TYPE_CHECKING:
    from gigacampus.results import Results

SHOWN = (
    "capex_usd", "levelised_usd_per_gpu_h", "levelised_usd_per_h100e_h", "usd_per_exaflop_day_at_peak",
    "usd_per_exaflop_day", "idle_chips_cost_usd", "project_npv_usd", "project_irr_fraction", "project_payback_s",
    "project_cash_low_usd", "dscr_least", "debt_highest_usd",
)  # fmt: skip
"""Measures that are printed; the rest is in the tables `sample_measures` and `measure_movers`."""
TORNADO = ("levelised_usd_per_gpu_h", "project_npv_usd")
MOST = 5


def paid(clock: Any, found: Results) -> list[str]:
    """Lines about money; none where no sample was played through the accounts."""
    if "sample_measures" not in found:
        return []
    rows = {row["measure"]: row for row in found.tables["sample_measures"].rows()}
    drawn = next(iter(rows.values()))["samples"]
    told = ["", f"{f'money, of {drawn:,} samples with stand-in work':<44} {'P10':<11} {'P50':<11} {'P90':<11} none"]
    for name in SHOWN:
        if name in rows:
            row = rows[name]
            ends = " ".join(f"{_text(clock, row, key):<11}" for key in ("p10", "p50", "p90"))
            told.append(f"{name:<44} {ends} {100 * row['none_fraction']:.0f} %")
    if "measure_movers" in found:
        movers = list(found.tables["measure_movers"].rows())
        for name in TORNADO:
            mine = [row for row in movers if row["measure"] == name][:MOST]
            told += ["", f"moves {name} most, each alone from P10 to P90:"]
            told += [
                f"  {row['path']} ({row['text']}): {_signed(row, 'low')} to {_signed(row, 'high')}" for row in mine
            ]
    return told


def _text(clock: Any, row: dict[str, Any], key: str) -> str:
    value = row[key]
    if value != value:
        return "none"
    if row["unit"] == "s":
        return str(clock.iso(int(value)))
    if row["measure"].endswith("_fraction"):
        return f"{100 * value:.1f} %"
    return units.human(value, "USD") if row["unit"].startswith("USD") else f"{value:,.3g}"


def _signed(row: dict[str, Any], key: str) -> str:
    value = row[key]
    return f"{'+' if value >= 0 else '-'}{units.human(abs(value), 'USD')}"
