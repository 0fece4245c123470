"""Running costs: energy, water, operation, insurance; posted on the last day of the month that caused them."""

from __future__ import annotations

from typing import TypeVar

import numpy as np

from gigacampus.accounts.capex import Assets
from gigacampus.accounts.cents import split, to_cents
from gigacampus.accounts.ground import Ground
from gigacampus.accounts.journal import OUTSIDE, leaves
from gigacampus.accounts.periods import Floats, Ints
from gigacampus.scenario.costs import ONE
from gigacampus.tables.table import Table
from gigacampus.units import S_PER_YEAR

Numbers = TypeVar("Numbers", Floats, Ints)


PARTS = {"Bands": "band_usd", "Demand": "demand_usd", "Starts": "start_usd"}
"""Parts of a source's bill that have accounts of their own; the rest is energy at the plain price."""


def energy(ground: Ground) -> None:
    """The campus's operator pays each source's supplier what the facility room billed, by part of the tariff."""
    rows = ground.flows.sources
    names = leaves(rows["source"])
    for name, cents in _energy_parts(ground).items():
        accounts = [":".join(filter(None, ("Energy", names[str(source)], name))) for source in rows["source"]]
        _supplied(ground, rows, "energy", cents, accounts)


def _energy_parts(ground: Ground) -> dict[str, Ints]:
    """Bills by part of the tariff in whole cents, energy at the plain price first; shape (rows,) each."""
    rows = ground.flows.sources
    parts = {name: np.nan_to_num(rows[column]) for name, column in PARTS.items()}
    return {name: to_cents(usd) for name, usd in {"": rows["cost_usd"] - sum(parts.values()), **parts}.items()}


def water(ground: Ground) -> None:
    """The campus's operator pays each supply of water what the facility room billed."""
    rows = ground.flows.water
    names = leaves(rows["source"])
    _supplied(ground, rows, "water", to_cents(rows["cost_usd"]), [f"Water:{names[str(one)]}" for one in rows["source"]])


def _supplied(ground: Ground, rows: Table, kind: str, cents: Ints, accounts: list[str]) -> None:
    month = ground.periods.index(rows["month_s"])
    ground.journal.pay_cents(
        ground.periods.dues_s[month], ground.payer, [one or OUTSIDE for one in rows["supplier"]], cents, kind,
        [f"month:{ground.periods.names[one]}" for one in month], [f"Expenses:{one}" for one in accounts],
        [f"Income:{one}" for one in accounts],
    )  # fmt: skip


def energy_usd(ground: Ground) -> Floats:
    """Energy bill of each month over all sources; shape (months,)."""
    rows = ground.flows.sources
    return _by_month(ground, rows["month_s"], rows["cost_usd"])


def water_usd(ground: Ground) -> Floats:
    """Water bill of each month over all supplies; shape (months,)."""
    rows = ground.flows.water
    return _by_month(ground, rows["month_s"], rows["cost_usd"])


def paid_cents(ground: Ground) -> dict[str, Ints]:
    """What the campus's operator has paid for energy, water and operation in each month; shape (months,) each."""
    sources, water_ = ground.flows.sources, ground.flows.water
    energy_cents = sum(_energy_parts(ground).values(), np.zeros(len(sources), dtype=np.int64))
    return {
        "energy": _by_month(ground, sources["month_s"], energy_cents),
        "water": _by_month(ground, water_["month_s"], to_cents(water_["cost_usd"])),
        "opex": to_cents(operation_usd(ground)),
    }


def operation_usd(ground: Ground) -> Floats:
    """Operation of each month: live provisioned IT power, integrated, at the yearly price; shape (months,)."""
    level = ground.risen(ground.periods.starts_s)
    return ground.live_w_s / S_PER_YEAR * float(ground.costs.operation) * level


def operation(ground: Ground) -> None:
    """The campus's operator pays staff, maintenance and the rest to the outside world."""
    shares = ground.costs.operation_parts or {"Operation": ONE}
    parts = split(to_cents(operation_usd(ground)), [float(one) for one in shares.values()])
    for name, cents in zip(leaves(shares).values(), parts.T, strict=True):
        ground.journal.pay_cents(
            ground.periods.dues_s, ground.payer, OUTSIDE, cents, "opex", months(ground),
            f"Expenses:{name}", f"Income:{name}",
        )  # fmt: skip


def insurance_usd(ground: Ground, assets: Assets) -> Floats:
    """Premium of each month: the cost of what is in service, within its life, by the yearly rate; shape (months,)."""
    served_s = ground.periods.overlap_s(assets.in_service_s, assets.in_service_s + assets.life_s)
    premium: Floats = (assets.cents / 100.0) @ served_s / S_PER_YEAR * float(ground.costs.insurance)
    return premium


def insurance(ground: Ground, assets: Assets) -> None:
    """Each owner pays the premium on what it owns."""
    if not ground.costs.insurance:
        return
    for owner in dict.fromkeys(assets.owner):
        mine = assets.owner == owner
        part = assets.where(mine)
        ground.journal.pay(
            at_s=ground.periods.dues_s, payer=owner, payee=OUTSIDE, usd=insurance_usd(ground, part), kind="opex",
            cause=months(ground), debit="Expenses:Insurance", credit="Income:Insurance",
        )  # fmt: skip


def months(ground: Ground) -> list[str]:
    """The cause of a monthly bill."""
    return [f"month:{name}" for name in ground.periods.names]


def _by_month(ground: Ground, month_s: Ints, amounts: Numbers) -> Numbers:
    sums = np.zeros(len(ground.periods), dtype=amounts.dtype)
    np.add.at(sums, ground.periods.index(month_s), amounts)
    return sums
