"""Quotas of tenants who lend to each other: what they may hold, borrow and lend, in cohorts."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from gigacampus.engine.desk import Ints

WITHOUT_LIMIT = 1 << 40
"""Stands for no borrowing limit, and for all of the quota lent."""


def _none() -> Ints:
    return np.zeros(0, dtype=np.int64)


@dataclass(frozen=True, slots=True)
class Quotas:
    """Equal-length arrays by tenant, in chips (thousandths of a GPU on nodes); then changes in order of time."""

    nominal: Ints
    borrow: Ints
    """What it may hold beyond its quota."""
    lend: Ints
    """What others may hold of its quota while it does not use it."""
    cohort: Ints
    at_s: Ints
    tenant: Ints
    level: Ints

    def times(self, unit: int) -> Quotas:
        """The same with one chip counting `unit`."""
        return Quotas(
            self.nominal * unit, self.borrow * unit, self.lend * unit, self.cohort, self.at_s, self.tenant,
            self.level * unit,
        )  # fmt: skip

    def most(self) -> Ints:
        """The most that each tenant can ever hold; for one without a quota, which may only borrow, nothing counts."""
        lent = np.minimum(self.lend, self.nominal)
        others = np.array([lent[self.cohort == own].sum() for own in self.cohort], dtype=np.int64) - lent
        most: Ints = self.nominal + np.minimum(self.borrow, others)
        return most


def open_to_all(tenant: Ints, amount: int) -> Quotas:
    """Nobody owns anything, and everybody may borrow all of it."""
    count = int(tenant.max(initial=-1)) + 2
    nominal = np.zeros(count + 1, dtype=np.int64)
    nominal[-1] = amount
    free = np.full(count + 1, WITHOUT_LIMIT)
    return Quotas(nominal, free, free, np.zeros_like(nominal), _none(), _none(), _none())


NO_QUOTAS = Quotas(_none(), _none(), _none(), _none(), _none(), _none(), _none())
