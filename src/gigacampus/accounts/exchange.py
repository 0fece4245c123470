"""Currencies: prices fixed in another one, paid at the rate of their day.

A price `p` USD at the price date is `p / r0` units, with the rate `r0` of that day; paid at rate `r` it is `p r / r0`.
The contract's `p` is posted as before, the difference `p (r / r0 - 1)` beside it to accounts of its own, from payer to
payee, with the same kind and cause.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import numpy as np

from gigacampus.accounts.periods import Floats, Ints
from gigacampus.clock import NEVER, Clock
from gigacampus.scenario.costs import Costs

USD = "USD"
LOSS, GAIN = "Expenses:Exchange", "Income:Exchange"


@dataclass(frozen=True, slots=True)
class Exchange:
    """Rates by kind of payment; kinds that are not named are fixed in USD."""

    currency_of: dict[str, str] = field(default_factory=dict)
    at_s: dict[str, Ints] = field(default_factory=dict)
    usd: dict[str, Floats] = field(default_factory=dict)
    base_usd: dict[str, float] = field(default_factory=dict)
    """Worth of a unit at the price date, by currency."""

    @classmethod
    def of(cls, costs: Costs, clock: Clock, price_date_s: int) -> Exchange:
        """The rates of a scenario."""
        found = cls()
        for code, currency in costs.currencies.items():
            rates = sorted(
                ((clock.seconds(one.on), float(one.usd)) for one in currency.rates), key=lambda pair: pair[0]
            )
            found.at_s[code] = np.array([at for at, _ in rates], dtype=np.int64)
            found.usd[code] = np.array([usd for _, usd in rates])
            found.base_usd[code] = float(found.rate_usd(code, [price_date_s])[0])
            found.currency_of.update(dict.fromkeys(currency.of, code))
        return found

    def rate_usd(self, code: str, at_s: Any) -> Floats:
        """Worth of a unit at instants, the last rate before each (the first one before all); same shape."""
        place = np.searchsorted(self.at_s[code], np.asarray(at_s, dtype=np.int64), side="right") - 1
        found: Floats = self.usd[code][np.maximum(place, 0)]
        return found

    def currency(self, kind: str) -> str:
        """The currency in which prices of a kind are fixed."""
        return self.currency_of.get(kind, USD)

    def units(self, kind: str, cents: Ints) -> Ints:
        """Contract cents of USD as hundredths of the currency of their kind."""
        code = self.currency(kind)
        return cents if code == USD else np.rint(cents / self.base_usd[code]).astype(np.int64)

    def difference(self, kind: str, at_s: Ints, cents: Ints) -> Ints:
        """What a payment costs more, or less, at the rate of its day than at the price date's; cents, same shape."""
        code = self.currency(kind)
        if code == USD:
            return np.zeros_like(cents)
        day_s = np.where(at_s == NEVER, 0, at_s)
        return np.rint(cents * (self.rate_usd(code, day_s) / self.base_usd[code] - 1.0)).astype(np.int64)
