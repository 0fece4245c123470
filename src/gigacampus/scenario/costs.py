"""What things cost, who pays, who earns, and who lends."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING, Literal

from pydantic import Field

from gigacampus import units
from gigacampus.scenario.base import Rules, Section
from gigacampus.scenario.matching import matching
from gigacampus.scenario.quantity import Chips, Factor, ItPower, Moment, Money, Quantity, Share, Span, quantity

if TYPE_CHECKING:
    UsdPerWatt = Quantity
    UsdPerWattYear = Quantity
    UsdPerGpuHour = Quantity
    Offset = Quantity
    Tokens = Quantity
    UnitPrice = Quantity
else:
    UnitPrice = quantity("USD", le=1e8, example="43k USD")
    UsdPerWatt = quantity("USD/W", le=1e4, example="11.77 USD/W")
    UsdPerWattYear = quantity("USD/W/year", le=1e3, example="120 USD/kW/month")
    UsdPerGpuHour = quantity("USD/GPU/h", le=1e4, example="3.25 USD/GPU/h")
    Offset = quantity("s", ge=-20 * units.S_PER_YEAR, le=20 * units.S_PER_YEAR, example="-6 months")
    Tokens = quantity("one", le=1e12, example="4e6")

ZERO = Quantity(0.0)
ONE = Quantity(1.0)
AT_ONCE = Quantity(0.0, "s")


def _not_whole(shares: Iterable[float]) -> str:
    """What is wrong with the sum of shares; empty where it is one, or there are none."""
    listed = [float(one) for one in shares]
    is_whole = not listed or abs(sum(listed) - 1.0) <= 1e-9
    return "" if is_whole else f"the shares sum to {sum(listed):.6g}; they must sum to 1"


def _too_short(life: Quantity) -> str:
    return "must be at least a day" if life.low < units.S_PER_DAY else ""


class Instalment(Section):
    """Part of a lot's price, and when it is paid."""

    share: Share
    """Share of the price."""
    on: Literal["wanted", "cleared", "arrived"] = "arrived"
    """Date of the lot that it hangs on."""
    offset: Offset = AT_ONCE
    """Later than that date; earlier where negative (`-3 months`)."""


class Milestone(Section):
    """Part of a hall's price, and when it is paid."""

    share: Share
    """Share of the price."""
    on: Literal["building", "power"] = "building"
    """Ready for racks, or energised."""
    offset: Offset = AT_ONCE
    """Later than that date; earlier where negative (`-12 months`)."""


class Asset(Section):
    """Something bought outright beside chips and halls: land, a plant of one's own, a substation."""

    amount: Money
    """Price."""
    owner: str
    """Party that buys it."""
    supplier: str = ""
    """Party that is paid; the outside world where left out."""
    on: Moment
    """When it is paid and taken into service."""
    life: Span
    """Economic life."""

    def _rules(self) -> Rules:
        yield "life", lambda: _too_short(self.life)


class Terms(Section):
    """What a tenant pays for its chips."""

    contract: Literal["reserved", "on_demand", "spot", "revenue_share"] = "reserved"
    """Reserved pays for entitled chip-hours; on demand and spot for those held; a revenue share for useful ones."""
    price_factor: Factor = ONE
    """Its price over the list price of a GPU-hour (reserved, on demand, spot)."""
    earns: UsdPerGpuHour = Quantity(0.0, "USD/GPU/h")
    """What the tenant earns with a useful GPU-hour (revenue share only)."""
    revenue_share: Share = ZERO
    """Share of those earnings that it pays (revenue share only)."""
    availability: Share = ZERO
    """Share of the entitled chip-hours that is promised (reserved only)."""
    credit_factor: Factor = ONE
    """Credit for each chip-hour missed below that promise, over its price."""


class Tranche(Section):
    """A loan, drawn as its borrower pays for assets; every month's drawing is repaid on a schedule of its own."""

    lender: str = ""
    """Party that lends; the outside world where left out."""
    borrower: str = ""
    """Party that borrows; every owner of its own, on the same terms, where left out."""
    purpose: Literal["chips", "building", "all"] = "all"
    """Which of the borrower's payments it draws on."""
    gearing: Share
    """Share of those payments that it funds."""
    limit: Money | None = None
    """Most that may be drawn in all."""
    rate: Share
    """Nominal interest a year, paid monthly."""
    fee: Share = ZERO
    """Arrangement fee on each drawing."""
    grace: Span = AT_ONCE
    """From a drawing to its first repayment; interest alone is paid till then."""
    term: Span
    """From the end of the grace to the last repayment."""
    amortisation: Literal["annuity", "straight_line", "bullet"] = "annuity"
    """Equal debt service, equal repayments, or all at the end."""
    dscr_covenant: Factor | None = None
    """Least cash flow before financing over debt service, in every twelve months."""


class Rate(Section):
    """What a unit of a currency is worth from a day on."""

    on: Moment
    """From when; before the first rate, that one holds."""
    usd: UnitPrice
    """Worth of one unit."""

    def _rules(self) -> Rules:
        yield "usd", lambda: self.usd.low <= 0.0 and "a rate must be above zero"


class Currency(Section):
    """A currency in which some prices are fixed.

    The scenario states them in USD at the price date's rate, and they are paid at the rate of their day; the difference
    is posted apart, as exchange.
    """

    rates: list[Rate] = Field(min_length=1)
    """Its worth, by date."""
    of: list[Literal["capex", "energy", "water", "opex", "revenue", "rent", "lease"]] = Field(min_length=1)
    """Kinds of payment whose prices are fixed in it."""


class Equity(Section):
    """Who stands behind a party: pays in what its cash falls short of at a month's end."""

    investor: str = ""
    """Party that pays in; the outside world where left out."""
    distributes: bool = False
    """Whether cash above zero at a month's end is paid out to the investor."""


class Published(Section):
    """Somebody else's figure for the cost of a campus, to stand beside ours."""

    title: str
    """Whose figure for what."""
    capex: Money
    """The figure."""
    it_power: ItPower
    """IT power it is about."""
    chips: dict[str, Chips] = Field(default_factory=dict)
    """Chips it counts, by model; left out, it names none and the dearest reading of our own mix is used."""
    compute: Money | None = None
    """The part of it that is chips, racks and network."""
    construction: Money | None = None
    """The part of it that is building, power and cooling."""
    covers: Literal["all", "building"] = "all"
    """Whether it counts compute and building, or the building alone."""


class Costs(Section):
    """Prices, terms and lives. Prices by chip model use the names of the chip catalog."""

    # what is bought
    chip_price: dict[str, UnitPrice]
    """Price of a chip, its share of the rack and its inner network included."""
    network_price: dict[str, UnitPrice] = Field(default_factory=dict)
    """Network outside the rack, per chip; none for models left out."""
    rack_price: dict[str, UnitPrice] = Field(default_factory=dict)
    """Rack, power shelves and cables, per chip, where `chip_price` leaves them out; none for models left out."""
    storage_price: dict[str, UnitPrice] = Field(default_factory=dict)
    """Storage and management, per chip; none for models left out."""
    spares: Share = ZERO
    """Spare parts bought with each lot, as a share of its chips' price."""
    price_date: Moment | None = None
    """Date of all prices; the scenario's first day where left out."""
    chip_price_fall: Share = ZERO
    """Yearly fall of the chips' prices after `price_date`, by the day a lot is wanted."""
    chip_instalments: list[Instalment] = Field(default_factory=list)
    """How a lot is paid; all on arrival where left out."""
    building: UsdPerWatt
    """Buildings, power and cooling, per watt of IT."""
    building_parts: dict[str, Share] = Field(default_factory=dict)
    """What share of it is shell, power, cooling and so on."""
    building_milestones: list[Milestone] = Field(default_factory=list)
    """How a hall is paid; all when the building is ready where left out."""
    contingency: Share = ZERO
    """Added to the price of buildings."""
    builder: str = ""
    """Party that is paid for buildings; the outside world where left out."""
    assets: dict[str, Asset] = Field(default_factory=dict)
    """What else is bought outright."""
    # what it takes to run
    operation: UsdPerWatt
    """Staff, maintenance and the rest, without energy and water, per watt of IT and year."""
    operation_parts: dict[str, Share] = Field(default_factory=dict)
    """What share of it is staff, maintenance, network and so on."""
    insurance: Share = ZERO
    """Premium a year, as a share of the cost of what is in service."""
    tax: dict[str, Share] = Field(default_factory=dict)
    """Tax on a party's yearly profit after losses carried forward, by party."""
    hosting_rent: UsdPerWattYear | None = None
    """Rent that the operator of chips pays to the owner of the halls, per watt of IT; none where both are one party."""
    chip_lease_rate: Share | None = None
    """Interest in the lease that an operator pays to the owner of its chips: an annuity over their life."""
    pass_through: bool = True
    """Whether operators of chips refund the bills of energy, water and operation by their share of live IT power."""
    # what it brings
    gpu_hour_price: dict[str, UsdPerGpuHour] = Field(default_factory=dict)
    """List price of a reserved GPU-hour, by chip model."""
    gpu_hour_price_fall: Share = ZERO
    """Yearly fall of that price after `price_date`."""
    default_terms: Terms = Terms()
    """Terms of tenants that have none of their own."""
    terms: dict[str, Terms] = Field(default_factory=dict)
    """Terms by tenant."""
    relet: dict[str, Span] = Field(default_factory=dict)
    """Time from a tenant's leaving to a new one; its chips stay idle for good where left out."""
    relet_price_factor: Factor = ONE
    """Price at which chips are let again, over the list price."""
    # what money costs
    discount_rate: Share
    """Real discount rate a year, for levelised cost and present values."""
    inflation: Share = ZERO
    """Yearly rise of prices after `price_date`; prices of energy and water excepted, they come from the site."""
    chip_life: Span
    """Economic life of chips, network and storage."""
    building_life: Span
    """Economic life of buildings and plant."""
    chip_residual: Share = ZERO
    """What chips fetch at the end of their life, over their price."""
    building_residual: Share = ZERO
    """What buildings fetch at the end of theirs."""
    depreciation: Literal["straight_line", "declining"] = "straight_line"
    """Equal amounts, or twice the straight-line rate on what is left, equal amounts once these are more."""
    tranches: dict[str, Tranche] = Field(default_factory=dict)
    """Loans, in the order in which they are drawn."""
    equity: dict[str, Equity] = Field(default_factory=dict)
    """Owners' money, by the party that receives it; others have money of their own, their cash may be below zero."""
    currencies: dict[str, Currency] = Field(default_factory=dict)
    """Currencies in which prices are fixed, by their codes; all others are fixed in USD."""
    # how it compares
    flop_utilisation: Share | None = None
    """Useful share of the chips' dense 8-bit rate, for the cost of an exaFLOP-day; not stated where left out."""
    tokens_per_gpu_h: Tokens | None = None
    """Tokens that a chip of a service turns out in an hour, for the cost of a million; not stated where left out."""
    published: dict[str, Published] = Field(default_factory=dict)
    """Figures of others."""

    def _rules(self) -> Rules:
        yield "chip_instalments", lambda: _not_whole(one.share for one in self.chip_instalments)
        yield "building_milestones", lambda: _not_whole(one.share for one in self.building_milestones)
        yield "building_parts", lambda: _not_whole(self.building_parts.values())
        yield "operation_parts", lambda: _not_whole(self.operation_parts.values())
        yield "currencies.USD", lambda: "USD" in self.currencies and "it is the books' own currency and has no rate"
        yield "currencies", self._fixed_twice
        yield "chip_life", lambda: _too_short(self.chip_life)
        yield "building_life", lambda: _too_short(self.building_life)

    def _fixed_twice(self) -> str:
        kinds = [kind for _, kind in matching(self, ("currencies", "*", "of", "*"))]
        twice = sorted({kind for kind in kinds if kinds.count(kind) > 1})
        return f"{', '.join(twice)} stands under more than one; a price is fixed in one" if twice else ""
