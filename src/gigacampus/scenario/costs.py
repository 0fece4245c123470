"""What things cost and who pays."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pydantic import Field

from gigacampus.scenario.base import Section
from gigacampus.scenario.quantity import Money, Quantity, Share, Span, quantity

if TYPE_CHECKING:
    UsdPerWatt = Quantity
else:
    UsdPerWatt = quantity("USD/W", le=1e4, example="11.77 USD/W")


class Costs(Section):
    """Prices and lives. Chip prices are by chip model."""

    chip_price: dict[str, Money]
    """Price of a chip, its share of the rack and its inner network included."""
    building: UsdPerWatt
    """Buildings, power and cooling, per watt of IT."""
    discount_rate: Share
    """Real discount rate a year, for levelised cost."""
    chip_life: Span
    """Economic life of chips."""
    building_life: Span
    """Economic life of buildings and plant."""
    operation: UsdPerWatt
    """Staff, maintenance and the rest, per watt of IT and year."""
    relet: dict[str, Span] = Field(default_factory=dict)
    """Time from a tenant's leaving to a new one."""
