"""What the parties of the campus owe each other: rent of halls, lease of chips, bills passed on."""

from __future__ import annotations

import numpy as np

from gigacampus.accounts import bills
from gigacampus.accounts.capex import Assets
from gigacampus.accounts.cents import split
from gigacampus.accounts.ground import Ground
from gigacampus.accounts.levelised import charges_usd
from gigacampus.accounts.periods import Floats
from gigacampus.units import S_PER_YEAR


def _live_w_s(ground: Ground) -> tuple[list[str], Floats]:
    return ground.live_s(ground.timeline.installs["it_w"], ground.install_operators)


def rent(ground: Ground) -> None:
    """Operators of chips pay the halls' owner for the IT power of what they have live; not where both are one."""
    price = ground.costs.hosting_rent
    if price is None:
        return
    operators, w_s = _live_w_s(ground)
    level = ground.risen(ground.periods.starts_s)
    for operator, drawn in zip(operators, w_s, strict=True):
        if operator != ground.hall_owner:
            ground.journal.pay(
                at_s=ground.periods.dues_s, payer=operator, payee=ground.hall_owner,
                usd=drawn / S_PER_YEAR * float(price) * level, kind="rent", cause=bills.months(ground),
                debit="Expenses:Rent", credit="Income:Rent",
            )  # fmt: skip


def lease(ground: Ground, assets: Assets) -> None:
    """Operators pay the owners of their chips an annuity of the price over its life; not where both are one."""
    rate = ground.costs.chip_lease_rate
    if rate is None:
        return
    chips = assets.purpose == "chips"
    usd = charges_usd(ground, assets, assets.cents / 100.0, float(rate))
    by_lot = dict(zip(ground.lots["delivery_id"], ground.operators, strict=True))
    operator = np.array([by_lot.get(cause, "") for cause in assets.cause], dtype=object)
    for runs, owns in sorted({(r, o) for r, o in zip(operator[chips], assets.owner[chips], strict=True) if r != o}):
        mine = chips & (operator == runs) & (assets.owner == owns)
        ground.journal.pay(
            at_s=ground.periods.dues_s, payer=runs, payee=owns, usd=usd[mine].sum(axis=0), kind="lease",
            cause=bills.months(ground), debit="Expenses:Lease", credit="Income:Lease",
        )  # fmt: skip


def pass_on(ground: Ground) -> None:
    """Operators of chips refund the campus's bills by their share of its live IT power."""
    if not ground.costs.pass_through:
        return
    operators, w_s = _live_w_s(ground)
    if not operators:
        return
    for kind, cents in bills.paid_cents(ground).items():
        name = "Operation" if kind == "opex" else kind.capitalize()
        # a month without live chips has a bill without anyone to pass it on to
        parts = np.where(w_s.sum(axis=0)[:, None] > 0.0, split(cents, w_s.T), 0)
        for column, operator in enumerate(operators):
            if operator != ground.payer:
                ground.journal.pay_cents(
                    ground.periods.dues_s, operator, ground.payer, parts[:, column], kind, bills.months(ground),
                    f"Expenses:Refunds:{name}", f"Income:Refunds:{name}",
                )  # fmt: skip
