"""What tenants pay for chips, what they are credited for missed hours, and what chips bring when they are let again.

The operators of chips are paid by their share of the list value of live chip-hours (of these hours where nothing is
listed). A tenant that operates the chips
itself pays and earns in the same books: an internal price, without effect on its cash.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from gigacampus.accounts.cents import split, to_cents
from gigacampus.accounts.classes import held_gpu_h
from gigacampus.accounts.ground import Ground
from gigacampus.accounts.journal import OUTSIDE, leaves
from gigacampus.accounts.periods import Floats, Ints
from gigacampus.clock import DAY_S, NEVER
from gigacampus.scenario.costs import Terms
from gigacampus.tables.books import REVENUE
from gigacampus.tables.table import Table
from gigacampus.units import S_PER_HOUR

UNUSED, CREDIT, RELET = "unused", "credit", "let again"
"""Beside the classes of work: reserved hours that are not held, credits for missed ones, chips let again."""

Sold = tuple[str, str, str, Floats, Ints]
"""What was sold to a buyer: buyer, tenant, class of work, chip-hours and cents by month."""


def list_price_usd(ground: Ground) -> Floats:
    """List price of a live GPU-hour in each month, over the models that are live; zero without any; shape (months,)."""
    return _list_price_usd(ground, _listed(ground)[1])


def _list_price_usd(ground: Ground, listed: Floats) -> Floats:
    value, hours = listed.sum(axis=0), live_gpu_h(ground)
    price: Floats = np.divide(value, hours, out=np.zeros_like(value), where=hours > 0.0)
    return price


def live_gpu_h(ground: Ground) -> Floats:
    """Live chip-hours of each month; shape (months,)."""
    rows = ground.timeline.installs
    return ground.periods.integral_s(rows["at_s"], rows["chips"]) / S_PER_HOUR


def _listed(ground: Ground) -> tuple[list[str], Floats]:
    """Operators, and the list value of their live chip-hours (USD); shape (operators, months)."""
    rows, starts_s = ground.timeline.installs, ground.periods.starts_s
    price = ground.by_chip(dict(ground.costs.gpu_hour_price), rows["chip"])
    names, usd_s = ground.live_s(rows["chips"] * price, ground.install_operators)
    level = ground.risen(starts_s) * ground.fallen(starts_s, float(ground.costs.gpu_hour_price_fall))
    return names, usd_s / S_PER_HOUR * level


def _live_chips_s(ground: Ground) -> tuple[list[str], Floats]:
    """Operators, and their live chips integrated over each month (chips s); shape (operators, months)."""
    return ground.live_s(ground.timeline.installs["chips"], ground.install_operators)


def lost_gpu_h(ground: Ground) -> Floats:
    """Chip-hours that lost halls take from the campus, by month; shape (months,)."""
    rows, halls = ground.timeline.installs, ground.timeline.halls
    if not len(halls):
        return np.zeros(len(ground.periods))
    from_s, until_s = halls["lost_from_s"][rows["hall_index"]], halls["lost_until_s"][rows["hall_index"]]
    gone = (rows["chips"] < 0) & (from_s != NEVER) & (rows["at_s"] >= from_s) & (rows["at_s"] < until_s)
    lost: Floats = -rows["chips"][gone] @ ground.periods.overlap_s(rows["at_s"][gone], until_s[gone]) / S_PER_HOUR
    return lost


def sell(ground: Ground) -> None:
    """Post what every tenant pays and is credited, month by month, and what chips let again bring."""
    operators, listed = _listed(ground)
    price = _list_price_usd(ground, listed)
    # where nothing is listed, operators are paid by their live chip-hours
    value = np.where(listed.sum(axis=0) > 0.0, listed, _live_chips_s(ground)[1])
    entitled = ground.usage("entitled_gpu_h")
    whole = entitled.sum(axis=0)
    lost = lost_gpu_h(ground) * np.divide(entitled, whole, out=np.zeros_like(entitled), where=whole > 0.0)
    classes = held_gpu_h(ground)
    held = sum(classes.values(), np.zeros_like(entitled))
    useful, down = ground.usage("useful_gpu_h"), ground.usage("down_gpu_h")
    level = ground.risen(ground.periods.starts_s)
    sold: list[Sold] = []
    for row, (tenant, party) in enumerate(
        zip(ground.timeline.tenants["tenant"], ground.timeline.tenants["party"], strict=True)
    ):
        terms = ground.costs.terms.get(str(tenant), ground.costs.default_terms)
        promised = entitled[row] + lost[row]
        usd = _bill(terms, price, promised, held[row], useful[row] * level)
        hours = {name: one[row] for name, one in classes.items()}
        if terms.contract == "reserved":
            hours[UNUSED] = np.maximum(promised - held[row], 0.0)
        buyer = str(party) or OUTSIDE
        for name, cents in _by_class(usd, hours).items():
            sold.append((buyer, str(tenant), name, hours[name], cents))
        if terms.contract == "reserved" and terms.availability:
            served = entitled[row] - np.minimum(down[row], entitled[row])
            missed = np.maximum(float(terms.availability) * promised - served, 0.0)
            credit = missed * price * float(terms.price_factor) * float(terms.credit_factor)
            sold.append((buyer, str(tenant), CREDIT, missed, -to_cents(credit)))
    again = relet_gpu_h(ground, whole)
    usd = again * price * float(ground.costs.relet_price_factor)
    sold.append((OUTSIDE, RELET, UNUSED, again, to_cents(usd)))
    _collect(ground, sold, operators, value)


def _bill(terms: Terms, price: Floats, promised: Floats, held: Floats, useful: Floats) -> Floats:
    if terms.contract == "revenue_share":
        return useful * float(terms.earns) * float(terms.revenue_share)
    hours = promised if terms.contract == "reserved" else held
    return hours * price * float(terms.price_factor)


def _by_class(usd: Floats, hours: dict[str, Floats]) -> dict[str, Ints]:
    """A bill of each month in whole cents, split over classes of work by their chip-hours."""
    parts = split(to_cents(usd), np.stack(list(hours.values()), axis=1))
    return dict(zip(hours, parts.T, strict=True))


def _collect(ground: Ground, sold: list[Sold], operators: list[str], value: Floats) -> None:
    """Post the tenants' payments for each class of work in each month, split over the operators."""
    sold = [one for one in sold if operators and one[-1].any()]
    if not sold:
        return
    whole = np.concatenate([cents for *_, cents in sold])
    parts = split(whole, np.tile(value.T, (len(sold), 1))).reshape(len(sold), -1, len(operators))
    names = leaves([*ground.timeline.tenants["tenant"], RELET])
    for (payer, tenant, job_class, hours, cents), mine in zip(sold, parts, strict=True):
        ground.revenues.append((tenant, job_class, hours, cents))
        cause = [f"tenant:{tenant}:{name}:{job_class}" for name in ground.periods.names]
        debit = "Expenses:Service-Credits" if job_class == CREDIT else "Expenses:Compute"
        for column, operator in enumerate(operators):
            ground.journal.pay_cents(
                ground.periods.dues_s, payer, operator, mine[:, column], "revenue", cause, debit,
                f"Income:{debit.removeprefix('Expenses:')}:{names[tenant]}",
            )  # fmt: skip


def table(ground: Ground) -> Table:
    """Revenue by month, tenant and class of work; zero rows are left out."""
    columns: dict[str, list[Any]] = {name: [] for name in REVENUE.names}
    for tenant, job_class, hours, cents in ground.revenues:
        months = np.flatnonzero(cents)
        columns["month_s"] += ground.periods.starts_s[months].tolist()
        columns["tenant"] += [tenant] * len(months)
        columns["job_class"] += [job_class] * len(months)
        columns["gpu_h"] += hours[months].tolist()
        columns["revenue_usd"] += (cents[months] / 100.0).tolist()
    return Table(REVENUE, columns)


def relet_gpu_h(ground: Ground, entitled: Floats) -> Floats:
    """Chip-hours let again after a tenant has left for good: its last share of the live chips, from the end of its last
    tenancy plus the time it takes, as far as these hours are nobody else's; shape (months,).
    """
    live = live_gpu_h(ground)
    freed = np.zeros(len(ground.periods))
    for name, span in ground.costs.relet.items():
        tenant = ground.scenario.tenants.get(name)
        if tenant is None or any(one.end is None for one in tenant.tenancies):
            continue
        last = max(tenant.tenancies, key=lambda one: one.end or ground.scenario.end)
        start_s = ground.periods.clock.seconds(last.end or ground.scenario.end) + DAY_S + int(span)
        let_s: Ints | Floats = ground.periods.overlap_s([start_s], [float(ground.periods.clock.end_s)])[0]
        freed += float(last.share) * live * let_s / np.diff(ground.periods.edges_s)
    return np.minimum(freed, np.maximum(live - entitled, 0.0))
