"""The fitted constants, with their standard errors and where they come from: one file, `constants.csv`."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache

from gigacampus.workload.llm.data import table


@dataclass(frozen=True, slots=True)
class Constant:
    """A constant: its value, the prior it was drawn to, its standard error after the fit, and what it means."""

    name: str
    value: float
    prior: float
    prior_sd: float
    standard_error: float
    scale: str
    """`log`: positive, prior_sd and standard_error are relative; `linear`: they are in the constant's unit."""
    unit: str
    meaning: str
    source: str


@cache
def constants(model: str) -> dict[str, Constant]:
    """All constants of a model (`training`, `serving`) by name."""
    return {
        row["name"]: Constant(
            row["name"], float(row["value"]), float(row["prior"]), float(row["prior_sd"]),
            float(row["standard_error"]), row["scale"], row["unit"], row["meaning"], row["source"],
        )
        for row in table("constants.csv")
        if row["model"] == model
    }  # fmt: skip


@cache
def values(model: str) -> dict[str, float]:
    """The values alone, as the formulas take them."""
    return {name: one.value for name, one in constants(model).items()}
