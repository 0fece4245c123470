"""Write the golden summary of the small built-in scenario again: `python tests/golden/make.py`."""

from __future__ import annotations

import csv
from pathlib import Path

from gigacampus import results
from gigacampus.results import Results
from gigacampus.run import run
from gigacampus.scenario import load

SCENARIO = "one-hall"
GOLDEN = Path(__file__).parent / "one-hall.csv"
HEADLINES = (
    "cleared_chips", "live_chips", "live_h100e", "provisioned_it_w",
    "jobs", "finished_jobs", "wait_mean_s", "wait_p95_s",
    "entitled_gpu_h", "useful_gpu_h", "lost_gpu_h", "utilisation_fraction", "goodput_fraction",
    "engine.failures", "engine.restarts",
    "it_energy_j", "facility_energy_j", "pue_mean", "peak_facility_w", "water_l", "carbon_kg",
    "cost_usd", "usd_per_gpu_h", "usd_per_h100e_h",
    "accounts.capex_usd", "accounts.levelised_cost_usd", "accounts.project_npv_usd", "accounts.project_cash_usd",
)  # fmt: skip
"""Numbers of the summary, by the names that `--fail-if` knows."""
ROWS = (
    "deliveries", "compliance", "installs", "buildout_months", "capacity", "work_jobs", "demand", "jobs", "outages",
    "failures_drawn", "flows_hours", "flows_months", "postings", "inputs",
)  # fmt: skip
"""Tables whose lengths are kept."""


def golden(found: Results) -> dict[str, float]:
    """Headline numbers, and rows of tables as `rows.TABLE`."""
    flat = results.flat(found.summary)
    return {name: flat[name] for name in HEADLINES} | {f"rows.{name}": float(len(found.tables[name])) for name in ROWS}


def read() -> dict[str, float]:
    """The golden summary as it is kept."""
    with GOLDEN.open(encoding="utf-8", newline="") as file:
        return {row["name"]: float(row["value"]) for row in csv.DictReader(file)}


def write() -> None:
    """Play the scenario and keep what it says."""
    with GOLDEN.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(("name", "value"))
        for name, value in golden(run(load(SCENARIO))).items():
            writer.writerow((name, int(value) if value.is_integer() else repr(value)))


if __name__ == "__main__":
    write()
