"""Costs against textbook closed forms, and against Epoch's annual cost of a gigawatt with Epoch's own quantities."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np

from gigacampus.accounts.capital import price_list, priced
from gigacampus.accounts.levelised import yearly_charge_usd
from gigacampus.accounts.measures import internal_rate
from gigacampus.errors import Fault, UsageError
from gigacampus.scenario import load
from gigacampus.units import S_PER_YEAR
from gigacampus.validate.frame import Case

TITLE = "Accounts: closed forms, published capital and annual cost of a gigawatt"
EPOCH = "https://epoch.ai/data-insights/ai-datacenter-cost-breakdown"
EPOCH_YEARLY_USD = 8.5e9
"""Epoch, 2026-05-14: 38 BUSD of capital over 5 years of IT and 14 of facility, and 0.9 BUSD a year to run."""


def cases(data: Path | None) -> list[Case]:
    """All cases; UsageError where a file is given, this suite takes none."""
    if data is not None:
        raise UsageError(Fault("V004", "the suite accounts takes no data", str(data), fix="leave out --data"))
    return [*_closed_forms(), *_capital(), _yearly()]


def _closed_forms() -> list[Case]:
    def one(name: str, published: float, ours: float, source: str) -> Case:
        return Case(f"closed-form.{name}", published, ours, 1e-6, "self-consistency", source)

    monthly = 1.12 ** (1.0 / 12.0) - 1.0
    price = (1.0 - (1.0 + monthly) ** -60) / monthly
    return [
        one("recovery-factor-5y-8pc", 0.250456454594, float(_charge([1.0], [5.0], 0.08)[0]), "r / (1 - (1+r)^-n)"),
        one("recovery-factor-20y-6pc", 0.087184556978, float(_charge([1.0], [20.0], 0.06)[0]), "r / (1 - (1+r)^-n)"),
        one("internal-rate-of-annuity", 0.12, internal_rate([-price, *[1.0] * 60]), "an annuity at its present value"),
    ]


def _charge(cost: Sequence[float], years: Sequence[float], rate: float) -> np.ndarray[tuple[int], np.dtype[np.float64]]:
    found: np.ndarray[tuple[int], np.dtype[np.float64]] = yearly_charge_usd(
        cost, np.array(years) * S_PER_YEAR, np.zeros(len(cost)), rate
    )
    return found


def _capital() -> list[Case]:
    """Published bills of quantities at the default scenario's median prices.

    Prices are built up from racks; only the building's is Epoch's. The figures of others that name no chips are listed.
    """
    costs = load("stargate-uae").costs
    found = []
    for name, one in costs.published.items():
        chips = {model: float(count) for model, count in one.chips.items()}
        if not chips and one.covers == "all":
            continue
        ours = sum(priced(price_list(costs), chips, float(one.it_power)))
        low, high = (sum(priced(price_list(costs, end), chips, float(one.it_power))) for end in ("low", "high"))
        within = low <= float(one.capex) <= high
        found.append(
            Case(
                f"capital.{name}", float(one.capex), ours, 0.25, "third-party-estimate", one.capex.origin.source, "USD",
                note=f"ours from {low / 1e9:.1f} to {high / 1e9:.1f} BUSD, theirs {'within' if within else 'outside'}",
            )
        )  # fmt: skip
    return found


def _yearly() -> Case:
    """Epoch's capital and lives, our annuity at the default scenario's rate; Epoch's rate is not stated on the page."""
    rate = float(load("stargate-uae").costs.discount_rate)
    ours = float(_charge([26.113e9, 11.769e9], [5.0, 14.0], rate).sum()) + 0.9e9
    return Case(
        "yearly.epoch-1-gw", EPOCH_YEARLY_USD, ours, 0.10, "third-party-estimate", EPOCH, "USD",
        note=f"at {rate:.0%} a year; the page states no rate",
    )  # fmt: skip
