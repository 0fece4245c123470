"""What every book-keeper of this room stands on: the tables handed in, the months, the journal, and joins."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray

from gigacampus.accounts.exchange import Exchange
from gigacampus.accounts.journal import OUTSIDE, Journal
from gigacampus.accounts.periods import Floats, Ints, Periods
from gigacampus.clock import NEVER
from gigacampus.errors import Fault, ScenarioError
from gigacampus.scenario import Scenario
from gigacampus.scenario.costs import Costs
from gigacampus.tables.flows import Flows
from gigacampus.tables.log import Log
from gigacampus.tables.supply import Supply
from gigacampus.tables.table import Table
from gigacampus.tables.timeline import Timeline

Texts = NDArray[Any]


@dataclass
class Ground:
    """One scenario's tables, read once."""

    scenario: Scenario
    supply: Supply
    timeline: Timeline
    log: Log
    flows: Flows

    @cached_property
    def periods(self) -> Periods:
        """The months of the horizon."""
        return Periods.of(self.scenario.clock)

    @cached_property
    def journal(self) -> Journal:
        """Where entries are made."""
        return Journal(self.periods, exchange=Exchange.of(self.costs, self.periods.clock, self.price_date_s))

    @property
    def costs(self) -> Costs:
        """Prices, terms and lives."""
        return self.scenario.costs

    @cached_property
    def lots(self) -> Table:
        """Lots cleared for this campus, those for other sites left out."""
        sites = self.supply.deliveries["site"]
        return self.supply.deliveries.where((sites == "campus") | (sites == self.scenario.campus.name))

    @cached_property
    def vendors(self) -> Texts:
        """Seller of each lot: that of the delivery with its licence and chip; the outside world where none has."""
        sellers = {(one.licence, one.chip): one.vendor for one in self.scenario.deal.deliveries.values()}
        return _texts(
            sellers.get((licence, chip), OUTSIDE)
            for licence, chip in zip(self.lots["licence"], self.lots["chip"], strict=True)
        )

    @cached_property
    def owners(self) -> Texts:
        """Owner of each lot, the licensee where none is named."""
        return _texts(owner or party for owner, party in zip(self.lots["owner"], self.lots["party"], strict=True))

    @cached_property
    def operators(self) -> Texts:
        """Operator of each lot, its owner where none is named."""
        return _texts(runs or owner for runs, owner in zip(self.lots["operator"], self.owners, strict=True))

    @cached_property
    def perimeter(self) -> list[str]:
        """The project: the campus's owner and operator, and all owners and operators of chips in it."""
        campus = self.scenario.campus
        return list(dict.fromkeys([campus.owner, campus.operator, *self.owners, *self.operators]))

    @cached_property
    def price_date_s(self) -> int:
        """When the scenario's prices hold."""
        date = self.costs.price_date
        return self.periods.clock.seconds(date) if date is not None else 0

    def risen(self, at_s: Any) -> Floats:
        """Price level at an instant over that of the price date, by the scenario's inflation."""
        return (1.0 + float(self.costs.inflation)) ** self._after(at_s)

    def fallen(self, at_s: Any, fall_per_year: float) -> Floats:
        """What is left of a price that falls by a share each year after the price date."""
        return (1.0 - fall_per_year) ** self._after(at_s)

    def _after(self, at_s: Any) -> Floats:
        return np.maximum(self.periods.years(at_s, self.price_date_s), 0.0)

    def by_chip(self, prices: dict[str, Any], models: Texts, path: str = "") -> Floats:
        """A price for each row's chip model; zero, or a fault at `path` where one is given, for models without one."""
        missing = sorted(set(map(str, models.tolist())) - set(prices))
        if missing and path:
            raise ScenarioError(
                [
                    Fault(
                        "S306", f"`{model}` is delivered but has no price", path=f"{path}.{model}",
                        fix=f"add it to `{path}`, such as `{model}: 45k USD`",
                    )
                    for model in missing
                ]
            )  # fmt: skip
        each = {model: float(price) for model, price in prices.items()}
        return np.array([each.get(str(model), 0.0) for model in models.tolist()], dtype=np.float64)

    @cached_property
    def outlays(self) -> list[tuple[str, Texts, Ints, Ints]]:
        """Payments for assets as they were made: purpose, payers, times, cents. The loans are drawn on them."""
        return []

    @cached_property
    def revenues(self) -> list[tuple[str, str, Floats, Ints]]:
        """What was sold as it was billed: tenant, class of work, chip-hours and cents by month."""
        return []

    @cached_property
    def hall_owner(self) -> str:
        """Party that builds and owns the halls."""
        return self.scenario.campus.owner

    @cached_property
    def payer(self) -> str:
        """Party that pays the campus's bills."""
        return self.scenario.campus.operator

    @cached_property
    def install_operators(self) -> Texts:
        """Operator of the chips of each install row: that of its lot, the row's licensee where the lot is unknown."""
        by_lot = dict(zip(self.lots["delivery_id"], self.operators, strict=True))
        rows = self.timeline.installs
        return _texts(by_lot.get(lot, party) for lot, party in zip(rows["delivery_id"], rows["party"], strict=True))

    def live_s(self, weights: Any, groups: Texts) -> tuple[list[str], Floats]:
        """Integral over each month of live `weights` (a column of installs) by group; ([names], (groups, months))."""
        names = list(map(str, dict.fromkeys(groups.tolist())))
        whole = np.zeros((len(names), len(self.periods)))
        at_s = self.timeline.installs["at_s"]
        for row, name in enumerate(names):
            mine = groups == name
            whole[row] = self.periods.integral_s(at_s[mine], np.asarray(weights)[mine])
        return names, whole

    @cached_property
    def live_w_s(self) -> Floats:
        """Provisioned live IT power, integrated over each month (W s); shape (months,)."""
        rows = self.timeline.installs
        return self.periods.integral_s(rows["at_s"], rows["it_w"])

    def usage(self, column: str) -> Floats:
        """A column of the usage table as a matrix; shape (tenants, months). Chips of no tenant are left out."""
        rows = self.log.usage
        whole = np.zeros((len(self.timeline.tenants), len(self.periods)))
        real = rows["tenant_index"] >= 0
        where = (rows["tenant_index"][real], self.periods.index(rows["month_s"][real]))
        np.add.at(whole, where, rows[column][real])
        return whole


def later(base_s: Ints, offset_s: float) -> Ints:
    """Times moved by an offset; what never happens still never does."""
    return np.where(base_s == NEVER, NEVER, np.where(base_s == NEVER, 0, base_s) + round(offset_s))


def _texts(values: Any) -> Texts:
    listed = list(values)
    array = np.empty(len(listed), dtype=object)
    array[:] = listed
    return array
