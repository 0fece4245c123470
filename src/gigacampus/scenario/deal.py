"""The deal: who may get which chips, when, against what.

Quantities of chips are counted in a unit (`chips`, or what a chip is worth: A100e, H100e, GB300e, TPP). A unit other
than `chips` needs its `basis`, because one GB300 is 8.0 A100e by dense 8-bit rate and 12.0 A100e by its highest TPP.
"""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from gigacampus.scenario.base import Section
from gigacampus.scenario.quantity import ChipRate, Chips, Factor, Moment, Money, Quantity, Share, Span, Status

Unit = Literal["chips", "A100e", "H100e", "GB300e", "TPP"]
Basis = Literal["", "dense-8bit", "dense-16bit", "tpp-8bit", "tpp-max"]


class Party(Section):
    """Somebody in the deal."""

    name: str
    """Full name, as printed."""
    kind: Literal["government", "fund", "operator", "lab", "vendor", "builder", "lender", "utility", "person", "other"]
    """What it is."""
    country: str = ""
    """ISO code of its headquarters' country."""
    group: str = ""
    """Class of parties it belongs to in quotas' allocations, such as `us_operator`."""
    parent: str = ""
    """Party that controls it."""
    source: str = ""
    """Where this is known from."""
    status: Status = "assumption"
    """What kind of statement it is."""


class Ownership(Section):
    """A link of ownership or control between two parties."""

    owner: str
    """Party that owns."""
    owned: str
    """Party that is owned."""
    kind: Literal["control", "equity", "board", "fund", "debt"] = "equity"
    """What kind of link."""
    share: Share | None = None
    """Share held; left out where it is not known."""
    since: Moment | None = None
    """From when."""
    source: str = ""
    """Where this is known from."""
    status: Status = "assumption"
    """What kind of statement it is."""
    note: str = ""
    """What to know about it."""


class CapChange(Section):
    """A change of a quota's ceiling."""

    start: Moment
    """From which day; the first window that starts on it or later is the first to feel it."""
    factor: Factor
    """Times the ceiling."""


class Extension(Section):
    """An option to carry a quota on."""

    until: Moment
    """Last day of the extension."""
    exercised: bool = False
    """Whether the scenario takes it up."""
    probability: Share | None = None
    """How likely it is taken up: in so many of the samples of `plan --samples`; one run follows `exercised`."""


class Reallocation(Section):
    """On a day, a share of what one class has left of the window goes to another."""

    giver: str
    """Class or party that gives, of the quota's allocation."""
    taker: str
    """Class or party that takes."""
    on: Moment
    """The day; what is left is counted before that day's shipments."""
    share: Share = Quantity(1.0)
    """Share of what is left."""


class Quota(Section):
    """A ceiling on chips for a country or a party: a quota never belongs to a campus."""

    holder: str
    """Party (a government for a country) that holds it."""
    regime: str = "gulf-terms-2025"
    """Rule module it comes from; `gigacampus ledger --regime NAME` shows what its rules say."""
    cap: ChipRate
    """Ceiling for each window of one calendar year, in `unit`."""
    unit: Unit = "chips"
    """What it counts."""
    basis: Basis = ""
    """By which figures chips are turned into the unit; needed for every unit but `chips`."""
    start: Moment
    """First day of the first window."""
    end: Moment
    """Last day of the last window."""
    allocation: dict[str, Share] = Field(default_factory=dict)
    """Share of each party or class of parties; they sum to one."""
    carry_over: bool = False
    """Whether what is left of a window goes over to the next."""
    on_excess: Literal["defer", "scale", "block"] = "defer"
    """What becomes of chips that find no room: wait for the next window, drop what does not fit, or drop the lot."""
    changes: dict[str, CapChange] = Field(default_factory=dict)
    """Changes of the ceiling, by name."""
    extension: Extension | None = None
    """An option to go on."""
    reallocation: dict[str, Reallocation] = Field(default_factory=dict)
    """Moves of unused room between parties or classes, by name."""


class Licence(Section):
    """Permission to export: to whom, for which site, how much."""

    quota: str = ""
    """Quota that it draws on."""
    licensee: str
    """Party that holds it."""
    exporter: str = ""
    """Exporter."""
    consignee: str = ""
    """Who receives the goods; the licensee where left out."""
    end_user: str = ""
    """End user."""
    site: str
    """Site it names: this campus (`campus`) or the name of another one (an `elsewhere` row)."""
    quantity: Chips
    """Up to how much, in `unit`."""
    unit: Unit = "chips"
    """What it counts."""
    basis: Basis = ""
    """By which figures chips are turned into the unit; needed for every unit but `chips`."""
    issued: Moment
    """When it was or is expected to be issued."""
    expires: Moment | None = None
    """Last day of its validity."""
    gates: list[str] = Field(default_factory=list)
    """Gates that must be open before it can be used."""
    conditions: list[str] = Field(default_factory=list)
    """Conditions in words, as published; the ledger lists them, nothing is computed from them."""
    state: Literal["issued", "planned"] = "planned"
    """Issued is record; planned is the scenario's assumption."""


class Gate(Section):
    """Something that must happen first."""

    kind: Literal["approval", "investment", "security_audit", "government_assurance", "legislation"]
    """What kind of gate."""
    opens: Moment | None = None
    """When it opens; left out where it never does, or where an obligation opens it."""
    lag: Span | None = None
    """Time from that date to the effect."""
    requires: str = ""
    """What must hold as well: empty, `obligation:NAME` (evidence is in) or `tenancy:TENANT>=SHARE` (has begun)."""
    on_fail: Literal["block", "defer", "scale"] = "defer"
    """What becomes of a lot that meets it shut: it is lost, it waits, or only a share of it goes."""
    passes: Share = Quantity(0.5)
    """Share of a lot that goes while the gate is shut, where `on_fail` is `scale`; the rest is lost."""
    status: Status = "assumption"
    """What kind of statement the gate's being there rests on."""
    source: str = ""
    """Where it is known from."""


class Delivery(Section):
    """A stream of chips that the plan wants shipped."""

    licence: str
    """Licence it uses."""
    vendor: str
    """Seller."""
    chip: str
    """Chip model of the catalog."""
    owner: str = ""
    """Party that buys the chips; the licensee where left out."""
    operator: str = ""
    """Party that runs them; the owner where left out."""
    start: Moment
    """First lot."""
    end: Moment
    """No lot after this day."""
    rate: ChipRate
    """Chips a year that the vendor delivers."""
    total: Chips | None = None
    """Chips in all; left out, as many as the licence allows."""
    transit: Span
    """Time from clearance to the site."""


class Obligation(Section):
    """Something owed in return."""

    debtor: str
    """Who owes."""
    creditor: str
    """To whom."""
    kind: Literal["match_ratio", "pledge", "paired_site", "purchase", "revenue_share"]
    """What kind of obligation."""
    ratio: Factor | None = None
    """Dollars owed for each dollar of the base."""
    base: Literal["capex", "chip_value", "mw"] = "capex"
    """What the ratio applies to: `chip_value` takes `costs.chip_price`, `capex` needs `per_chip`, `mw` `per_mw`."""
    per_chip: Money | None = None
    """Base per chip cleared."""
    per_chip_of: dict[str, Money] = Field(default_factory=dict)
    """The same by chip model, where models differ."""
    per_mw: Money | None = None
    """Base per megawatt of provisioned IT power of the chips cleared, where `base` is `mw`: what paired power costs."""
    amount: Money | None = None
    """A sum, for pledges."""
    start: Moment | None = None
    """First day of a pledge."""
    end: Moment | None = None
    """Last day of a pledge."""
    term: Span | None = None
    """Time from the lot's clearance to the day on which it is due; at once where left out."""
    evidence_lag: Span | None = None
    """Time from the lot's clearance to the evidence of payment; negative lead is not modelled."""
    applies_to: list[str] = Field(default_factory=list)
    """Licences whose lots cause it; all of the campus where left out."""
    blocks: bool = False
    """Whether later lots wait until the evidence for earlier ones is in."""
    headroom: Money | None = None
    """What may be owed without evidence before lots wait; left out, nothing: one lot at a time."""


class Flow(Section):
    """Money outside the deal's terms: recorded, kept apart, never driving a result."""

    payer: str
    """Who paid."""
    payee: str
    """Who was paid."""
    amount: Money
    """How much."""
    on: Moment
    """When."""
    instrument: str = ""
    """What was bought."""
    in_deal: Literal["yes", "no", "alleged"] = "no"
    """Whether it is a term of the deal."""
    note: str = ""
    """What to know about it."""


LedgerField = Literal[
    "exporter", "consignee", "end_user", "operator", "ultimate_parent", "eccn", "value_usd", "gate", "evidence",
]  # fmt: skip
"""Fields of the compliance ledger that may be left empty."""


class LedgerPolicy(Section):
    """What the compliance ledger must hold, and how often chips are located."""

    required: list[LedgerField] = Field(default_factory=list)
    """Fields that no cleared row may leave empty; a warning names licences whose rows do."""
    location_check: Span | None = None
    """How often the place of every chip at the campus is to be verified, from its arrival on; never where left out."""
    tolerance: Share = Quantity(0.0)
    """Share of the checks due that may be missing in a ledger of actuals before a warning says so."""
    source: str = ""
    """Where the policy is from."""
    status: Status = "assumption"
    """What kind of statement it is."""


class Deal(Section):
    """The deal in whole."""

    parties: dict[str, Party]
    """Who takes part."""
    ownership: list[Ownership] = Field(default_factory=list)
    """Who owns or controls whom."""
    quotas: dict[str, Quota] = Field(default_factory=dict)
    """Ceilings."""
    licences: dict[str, Licence] = Field(default_factory=dict)
    """Permissions."""
    gates: dict[str, Gate] = Field(default_factory=dict)
    """What must happen first."""
    deliveries: dict[str, Delivery] = Field(default_factory=dict)
    """What the plan wants shipped."""
    obligations: dict[str, Obligation] = Field(default_factory=dict)
    """What is owed in return."""
    flows: dict[str, Flow] = Field(default_factory=dict)
    """Money outside the terms."""
    ledger_policy: LedgerPolicy | None = None
    """What the compliance ledger must hold; nothing beyond its own columns where left out."""
    actuals: str = ""
    """A ledger of what really happened, CSV or Parquet (`gigacampus ledger append` writes one): the past as it was."""
