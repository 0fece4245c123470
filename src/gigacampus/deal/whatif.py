"""What a shipment would do: whether it may go on its day, what it would breach, what is left, whom it displaces."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date

from gigacampus import catalog
from gigacampus.deal.clear import clear
from gigacampus.deal.ledger import HELD
from gigacampus.deal.terms import weight
from gigacampus.errors import Fault, UsageError
from gigacampus.scenario import Scenario
from gigacampus.scenario.crossrefs import near
from gigacampus.scenario.deal import Delivery
from gigacampus.scenario.deal_checks import COUNTED
from gigacampus.scenario.quantity import Quantity, When
from gigacampus.tables.supply import Supply

ASK = re.compile(
    r"^\s*(?P<chips>[\d,_]+(?:\.\d+)?\s*[kM]?)\s+(?P<chip>\S.*?)\s+to\s+(?P<party>\S+)\s+on\s+(?P<day>\d{4}-\d{2}-\d{2})"
    r"(?:\s+under\s+(?P<licence>\S+))?\s*$"
)
NAME = "what-if"


@dataclass(frozen=True, slots=True)
class Shipment:
    """A shipment that somebody asks about."""

    chips: int
    chip: str
    party: str
    day: date
    licence: str = ""


@dataclass(frozen=True, slots=True)
class Answer:
    """What becomes of a shipment under one licence.

    `cleared_chips` go on the day itself; balances are those that the shipment meets, in the units of licence and quota,
    NaN where it does not get that far. `displaced` says how many chips other lots lose by the end of the horizon.
    """

    licence: str
    state: str
    outcome: str
    bound_by: str
    requested_chips: int
    cleared_chips: int
    later_chips: int
    cleared_by: str
    licence_unit: str
    licence_before: float
    licence_after: float
    quota: str
    quota_window: str
    quota_unit: str
    quota_before: float
    quota_after: float
    quota_held: float
    """Of the room before, what is kept for lots of other sites that wait at a gate."""
    gate: str
    displaced: dict[str, int]

    @property
    def breaches(self) -> bool:
        """Whether shipping all of it on the day would breach something."""
        return self.cleared_chips < self.requested_chips


def parse(text: str) -> Shipment:
    """Read `50000 GB300 to g42 on 2027-03-01`, with `under LICENCE` if one is meant; UsageError says what is wrong."""
    match = ASK.match(text)
    if not match:
        fix = 'write it like "50000 GB300 to g42 on 2027-03-01", with "under LICENCE" at the end where one is meant'
        raise UsageError(Fault("L001", f'"{text}" is no shipment', fix=fix))
    digits = match["chips"].replace(",", "").replace("_", "").replace(" ", "")
    scale = {"k": 1_000.0, "M": 1_000_000.0}.get(digits[-1], 1.0)
    chips = round(float(digits.rstrip("kM")) * scale)
    if not 0 < chips <= 1_000_000_000:
        raise UsageError(
            Fault("L001", f"{match['chips']} is no number of chips", fix="write a whole number from 1 to 1e9")
        )
    try:
        day = date.fromisoformat(match["day"])
    except ValueError:
        raise UsageError(
            Fault("L001", f"{match['day']} is no day of the calendar", fix="write it as 2027-03-01")
        ) from None
    return Shipment(chips, _chip(match["chip"], chips), match["party"], day, match["licence"] or "")


def _chip(name: str, count: int) -> str:
    """The chip that is shipped; UsageError where there is no such chip, or where the name counts compute."""
    if name in COUNTED:
        fix = f"name the chips: `gigacampus convert {count} {name} GB300` says how many they would be"
        raise UsageError(Fault("L001", f'"{name}" counts compute, not chips that are shipped', fix=fix))
    return catalog.look_up("chip", name).id


def ask(scenario: Scenario, shipment: Shipment, before: Supply | None = None) -> list[Answer]:
    """What becomes of a shipment under each licence of its party (or under the one named), best first.

    The shipment stands behind all lots that the scenario wants earlier or on the same day. Raises UsageError where the
    party or the licence is unknown, the party holds no licence, or the day lies outside the horizon.
    """
    licences = _licences(scenario, shipment)
    known = before or clear(scenario)
    answers = [_answer(scenario, shipment, name, known) for name in licences]
    return sorted(answers, key=lambda one: (-one.cleared_chips, -one.later_chips))


def _party(scenario: Scenario, word: str) -> str:
    """The party that a word means: its id or its full name, capitals aside; UsageError where there is none."""
    parties = scenario.deal.parties
    for name, party in parties.items():
        if word.casefold() in {name.casefold(), party.name.casefold()}:
            return name
    raise UsageError(Fault("L002", f'the deal has no party "{word}"', fix=near(word, parties)))


def _licences(scenario: Scenario, shipment: Shipment) -> list[str]:
    deal = scenario.deal
    party = _party(scenario, shipment.party)
    if not scenario.start <= shipment.day <= scenario.end:
        fix = f"choose a day from {scenario.start} to {scenario.end}"
        raise UsageError(Fault("L003", f"{shipment.day} lies outside the scenario's horizon", fix=fix))
    held = [name for name, one in deal.licences.items() if one.licensee == party]
    if shipment.licence:
        if shipment.licence not in held:
            fix = f"{party} holds: {', '.join(held) or 'none'}"
            raise UsageError(Fault("L004", f'{party} holds no licence "{shipment.licence}"', fix=fix))
        return [shipment.licence]
    if not held:
        holders = ", ".join(dict.fromkeys(one.licensee for one in deal.licences.values()))
        raise UsageError(Fault("L004", f"{party} holds no licence at all", fix=f"holders are: {holders or 'none'}"))
    return held


def _answer(scenario: Scenario, shipment: Shipment, name: str, before: Supply) -> Answer:
    licence = scenario.deal.licences[name]
    weight(shipment.chip, licence.unit, licence.basis)
    after = clear(_with(scenario, shipment, name))
    at_s = scenario.clock.seconds(shipment.day)
    rows = [row for row in after.compliance.rows() if row["delivery_id"].startswith(f"{NAME}-")]
    cleared = [row for row in rows if row["cleared_chips"] > 0]
    now = sum(row["cleared_chips"] for row in cleared if row["at_s"] == at_s)
    first = rows[0] if rows else {}
    quota = scenario.deal.quotas.get(licence.quota)
    nan = float("nan")
    return Answer(
        licence=name, state=licence.state, outcome=first.get("outcome", "blocked"),
        bound_by=first.get("bound_by", "licence"), requested_chips=shipment.chips, cleared_chips=now,
        later_chips=sum(row["cleared_chips"] for row in cleared) - now,
        cleared_by=scenario.clock.iso(max(row["at_s"] for row in cleared)) if cleared else "never",
        licence_unit=licence.unit, licence_before=first.get("licence_before", nan),
        licence_after=first.get("licence_after", nan), quota=licence.quota, quota_window=first.get("quota_window", ""),
        quota_unit=quota.unit if quota else "", quota_before=first.get("quota_before", nan),
        quota_after=first.get("quota_after", nan), quota_held=_held(first.get("evidence", "")),
        gate=first.get("gate", ""), displaced=_displaced(before, after),
    )  # fmt: skip


def _held(evidence: str) -> float:
    """The room held for other sites that a row of the ledger names."""
    held = [one.removeprefix(HELD) for one in evidence.split("; ") if one.startswith(HELD)]
    return float(held[0].replace(",", "")) if held else 0.0


def _with(scenario: Scenario, shipment: Shipment, licence: str) -> Scenario:
    """The scenario with the shipment as one more delivery, last in line."""
    day = When.of(shipment.day)
    stream = Delivery.model_construct(
        licence=licence, vendor="", chip=shipment.chip, owner="", operator="", start=day, end=day,
        rate=Quantity(12.0 * shipment.chips, "chips/year"), total=Quantity(float(shipment.chips), "chips"),
        transit=Quantity(0.0, "s"),
    )  # fmt: skip
    deal = scenario.deal.model_copy(update={"deliveries": {**scenario.deal.deliveries, NAME: stream}})
    return scenario.model_copy(update={"deal": deal})


def _displaced(before: Supply, after: Supply) -> dict[str, int]:
    """Chips that each licence's lots clear less by the end, the shipment's own left out."""
    lost: dict[str, int] = {}
    for row in before.deliveries.rows():
        lost[row["licence"]] = lost.get(row["licence"], 0) + row["chips"]
    for row in after.deliveries.rows():
        if not row["delivery_id"].startswith(f"{NAME}-"):
            lost[row["licence"]] -= row["chips"]
    return {name: chips for name, chips in lost.items() if chips}


__all__ = ["Answer", "Shipment", "ask", "parse"]
