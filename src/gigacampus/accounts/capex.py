"""Capital: lots of chips with what comes with them, halls by milestones, and what else is bought outright.

A payment before the thing is in service is held as `Assets:InProgress`; on the day it is in service the whole price
goes over to its own account, from which it is depreciated. (A part still unpaid then stands there as a credit.)
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from gigacampus.accounts.cents import split, to_cents
from gigacampus.accounts.ground import Ground, Texts, later
from gigacampus.accounts.journal import OUTSIDE, leaves
from gigacampus.accounts.periods import Floats, Ints
from gigacampus.clock import NEVER
from gigacampus.scenario.costs import ONE, Instalment, Milestone

COMPUTE = ("Chips", "Racks", "Network", "Storage", "Spares")
"""Classes of asset that come with a lot."""
CONTINGENCY = "Contingency"
BILLS = ("Energy", "Water", "Operation", "Insurance")
"""Parts of levelised cost beside classes of asset."""


@dataclass(frozen=True, slots=True)
class Assets:
    """What was bought, a row a thing: shape (rows,) each."""

    group: Texts
    """Class: Chips, Racks, Network, Storage, Spares, a part of the building, or an asset's name."""
    purpose: Texts
    """`chips`, `building` or `other`."""
    owner: Texts
    cause: Texts
    cents: Ints
    in_service_s: Ints
    life_s: Floats
    residual_fraction: Floats
    level: Floats
    """Price level at which its price was set, over that of the price date."""

    @classmethod
    def join(cls, parts: list[Assets]) -> Assets:
        """All rows of several."""
        return cls(*(np.concatenate([getattr(part, name) for part in parts]) for name in cls.__slots__))

    def where(self, mask: Any) -> Assets:
        """Some of the rows."""
        return Assets(*(getattr(self, name)[mask] for name in self.__slots__))


def invest(ground: Ground) -> Assets:
    """Pay for everything that is bought, and take it into service."""
    return Assets.join([buy_lots(ground), build_halls(ground), buy_assets(ground)])


def unit_prices(ground: Ground, models: Texts, at_s: Any) -> dict[str, Floats]:
    """Price per chip of each class of `COMPUTE` for lots of these models wanted at these times, USD."""
    costs = ground.costs
    level = ground.risen(at_s) * ground.fallen(at_s, float(costs.chip_price_fall))
    chips = ground.by_chip(costs.chip_price, models, "costs.chip_price") * level
    return {
        "Chips": chips,
        "Racks": ground.by_chip(costs.rack_price, models) * level,
        "Network": ground.by_chip(costs.network_price, models) * level,
        "Storage": ground.by_chip(costs.storage_price, models) * level,
        "Spares": chips * float(costs.spares),
    }


def buy_lots(ground: Ground) -> Assets:
    """Pay the lots by their instalments, owner to vendor, and take them into service on arrival."""
    lots, costs, parts = ground.lots, ground.costs, []
    dates = {"wanted": lots["wanted_s"], "cleared": lots["cleared_s"], "arrived": lots["arrive_s"]}
    plan = costs.chip_instalments or [Instalment(share=ONE)]
    for group, usd_per_chip in unit_prices(ground, lots["chip"], lots["wanted_s"]).items():
        if group == "Racks" and not costs.rack_price:
            continue
        cents = to_cents(lots["chips"] * usd_per_chip)
        _pay(ground, plan, dates, cents, ground.owners, ground.vendors, lots["delivery_id"], group, "chips")
        parts.append(
            _serve(
                ground, group, "chips", ground.owners, lots["delivery_id"], cents, lots["arrive_s"],
                float(costs.chip_life), float(costs.chip_residual), ground.risen(lots["wanted_s"]),
            )
        )  # fmt: skip
    return Assets.join(parts)


def build_halls(ground: Ground) -> Assets:
    """Pay the halls by their milestones, campus owner to builder, and take them into service when ready."""
    halls, costs, parts = ground.timeline.halls, ground.costs, []
    dates = {"building": halls["building_s"], "power": halls["power_s"]}
    plan = costs.building_milestones or [Milestone(share=ONE)]
    shares = costs.building_parts or {"Building": ONE}
    level = hall_level(ground)
    usd = halls["it_limit_w"] * float(costs.building) * level
    whole = to_cents(usd)
    columns = dict(zip(building_classes(ground), split(whole, [float(one) for one in shares.values()]).T, strict=True))
    if costs.contingency:
        columns[CONTINGENCY] = to_cents(usd * float(costs.contingency))
    owner = _same(ground.hall_owner, len(halls))
    for group, cents in columns.items():
        _pay(ground, plan, dates, cents, owner, costs.builder or OUTSIDE, halls["hall"], group, "building")
        parts.append(
            _serve(
                ground, group, "building", owner, halls["hall"], cents, halls["building_s"],
                float(costs.building_life), float(costs.building_residual), level,
            )
        )  # fmt: skip
    return Assets.join(parts)


def building_classes(ground: Ground) -> list[str]:
    """Class of asset of each part of the buildings; none is called as one of a lot's, or as a bill."""
    return list(leaves(ground.costs.building_parts or ["Building"], (*COMPUTE, CONTINGENCY, *BILLS)).values())


def hall_level(ground: Ground) -> Floats:
    """Price level of each hall's construction: that of the day on which it is ready; shape (halls,)."""
    ready_s = ground.timeline.halls["building_s"]
    return ground.risen(np.where(ready_s == NEVER, 0, ready_s))


def buy_assets(ground: Ground) -> Assets:
    """Pay what is bought outright, on its day."""
    parts = []
    groups = leaves(ground.costs.assets, (*COMPUTE, CONTINGENCY, *BILLS, *building_classes(ground)))
    for name, asset in ground.costs.assets.items():
        at_s = np.array([ground.periods.clock.seconds(asset.on)])
        cents, owner, cause = to_cents([float(asset.amount)]), _same(asset.owner, 1), _same(name, 1)
        _pay(
            ground, [Instalment(share=ONE)], {"arrived": at_s}, cents, owner, asset.supplier or OUTSIDE,
            cause, groups[name], "other",
        )  # fmt: skip
        parts.append(
            _serve(ground, groups[name], "other", owner, cause, cents, at_s, float(asset.life), 0.0, ground.risen(at_s))
        )
    none = np.array([], dtype=object)
    empty = Assets(none, none, none, none, np.array([], np.int64), np.array([], np.int64), *(np.array([]),) * 3)
    return Assets.join([empty, *parts])


def _pay(
    ground: Ground,
    plan: Any,
    dates: dict[str, Ints],
    cents: Ints,
    payer: Texts,
    payee: Any,
    cause: Texts,
    group: str,
    purpose: str,
) -> None:
    for step, part in zip(plan, split(cents, [float(one.share) for one in plan]).T, strict=True):
        at_s = later(dates[step.on], float(step.offset))
        ground.outlays.append((purpose, payer, at_s, part))
        ground.journal.pay_cents(
            at_s, payer, payee, part, "capex", cause,
            f"Assets:InProgress:{group}", f"Income:Sales:{group}",
        )  # fmt: skip


def _serve(
    ground: Ground, group: str, purpose: str, owner: Texts, cause: Texts, cents: Ints, at_s: Ints, life_s: float,
    residual: float, level: Floats,
) -> Assets:  # fmt: skip
    ground.journal.book(
        at_s=at_s, party=owner, cents=cents, kind="capex", cause=cause, debit=f"Assets:{group}:Cost",
        credit=f"Assets:InProgress:{group}",
    )  # fmt: skip
    size = len(cents)
    return Assets(
        _same(group, size), _same(purpose, size), owner, cause, cents, np.asarray(at_s, dtype=np.int64),
        np.full(size, life_s), np.full(size, residual), level,
    )  # fmt: skip


def _same(text: str, size: int) -> Texts:
    array = np.empty(size, dtype=object)
    array[:] = text
    return array
