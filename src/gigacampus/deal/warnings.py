"""What looks like a mistake in a deal, explained: the press's own ones first."""

from __future__ import annotations

from collections.abc import Iterator

from gigacampus import catalog
from gigacampus.catalog.regimes import REGIMES
from gigacampus.deal.terms import CAMPUS, class_of, weight
from gigacampus.deal.windows import share_of, windows_of
from gigacampus.scenario import Scenario
from gigacampus.scenario.deal import Delivery, Licence

ROUNDING = 1e-9
NEAR = 0.011
"""Press figures are rounded: 60,400 became 60,000."""
TIGHT = 0.8
"""Below this share of the least power that a chip's rack needs, a count of chips does not fit its megawatts."""
INT8_NEAR = 0.15


def warnings(scenario: Scenario) -> tuple[str, ...]:
    """One sentence or two for each suspicion, in the order of the scenario."""
    found = [*_misread_licences(scenario), *_crowded_campus(scenario), *_crowded_halls(scenario)]
    found += [*_crowded_tenants(scenario), *_odd_rates(scenario)]
    found += [*_beyond_quota(scenario), *_counterfactual(scenario), *_regimes(scenario)]
    return tuple(dict.fromkeys(found))


def _misread_licences(scenario: Scenario) -> Iterator[str]:
    """A published licence with its number right, or rounded, and its unit wrong."""
    published = {
        fact.id: (fact.number, fact.unit.replace("-equivalents", "e"))
        for fact in catalog.facts().values()
        if fact.id.startswith("licence.") and fact.unit.endswith("-equivalents")
    }
    for place, count, unit in _counts(scenario):
        for fact, (number, true_unit) in published.items():
            if abs(count - number) > NEAR * number or _same(unit, true_unit):
                continue
            read = catalog.convert(number, true_unit, "GB300e")
            yield (
                f"{place}: {count:,.0f} {unit} looks like {number:,.0f} {true_unit} with the unit misread "
                f"(fact {fact}); {number:,.0f} {true_unit} are {read.low:,.0f} to {read.high:,.0f} GB300, by basis"
            )


def _counts(scenario: Scenario) -> Iterator[tuple[str, float, str]]:
    """Quantities and totals that somebody stated: place, number, unit (the model where it counts chips)."""
    deal = scenario.deal
    for name, one in deal.licences.items():
        if one.quantity.origin.source.startswith("derived:"):
            continue
        models = {stream.chip for stream in deal.deliveries.values() if stream.licence == name}
        unit = models.pop() if one.unit == "chips" and len(models) == 1 else one.unit
        yield f"deal.licences.{name}.quantity", float(one.quantity), unit
    for name, stream in deal.deliveries.items():
        if stream.total is not None:
            yield f"deal.deliveries.{name}.total", float(stream.total), stream.chip


def _same(unit: str, other: str) -> bool:
    return unit.removesuffix("e") == other.removesuffix("e")


def _crowded_campus(scenario: Scenario) -> Iterator[str]:
    """More chips than the campus's megawatts can carry: 1 M GPUs in 200 MW, 600,000 chips in 500 MW."""
    wanted = {name: _planned(scenario, one) for name, one in scenario.deal.deliveries.items()}
    here = {name: chips for name, chips in wanted.items() if _site(scenario, name) == CAMPUS and chips > 0}
    needs_w = {name: _least_w(scenario, scenario.deal.deliveries[name].chip) for name in here}
    it_w, total = _it_w(scenario), sum(here.values())
    needed_w = sum(chips * needs_w[name] for name, chips in here.items())
    if needed_w <= 0.0 or it_w >= TIGHT * needed_w:
        return
    models = ", ".join(dict.fromkeys(scenario.deal.deliveries[name].chip for name in here))
    yield (
        f"deal.deliveries: {total:,.0f} chips in {it_w / 1e6:,.0f} MW of IT would be {it_w / total / 1e3:.2f} kW "
        f"a chip; {models} in its rack needs {needed_w / total / 1e3:.2f} kW, so the campus holds about "
        f"{total * it_w / needed_w:,.0f} of them"
    )


def _crowded_tenants(scenario: Scenario) -> Iterator[str]:
    """One tenant's own tenancies that together are more than the whole campus."""
    for name, tenant in scenario.tenants.items():
        for day in sorted({str(one.start or scenario.start) for one in tenant.tenancies}):
            total = sum(
                float(one.share)
                for one in tenant.tenancies
                if str(one.start or scenario.start) <= day and (one.end is None or day <= str(one.end))
            )
            if total > 1.0 + ROUNDING:
                yield (
                    f"tenants.{name}.tenancies: on {day} they sum to {100 * total:.4g} % of the campus; it has all of "
                    "it, and no more"
                )


def _crowded_halls(scenario: Scenario) -> Iterator[str]:
    """More chips claimed for a hall than its megawatts can carry, by the least hungry chip that the campus has."""
    campus = scenario.campus
    here = {one.chip for name, one in scenario.deal.deliveries.items() if _site(scenario, name) == CAMPUS}
    needs_w = {chip: watts for chip in here if (watts := _least_w(scenario, chip)) > 0.0}
    chip = min(needs_w, key=lambda one: (needs_w[one], one), default="")
    for name, hall in campus.halls.items():
        claimed = float(hall.claimed_chips or 0.0)
        it_w = float(hall.power) / _ratios(scenario).get(hall.power.basis, 1.0)
        if chip and claimed and it_w < TIGHT * claimed * needs_w[chip]:
            yield (
                f"campus.halls.{name}.claimed_chips: {claimed:,.0f} chips in {it_w / 1e6:,.0f} MW of IT would be "
                f"{it_w / claimed / 1e3:.2f} kW a chip; {chip} in its rack needs {needs_w[chip] / 1e3:.2f} kW, so the "
                f"hall holds about {it_w / needs_w[chip]:,.0f} of them"
            )


def _planned(scenario: Scenario, stream: Delivery) -> float:
    licence = scenario.deal.licences[stream.licence]
    by_licence = float(licence.quantity) / weight(stream.chip, licence.unit, licence.basis)
    return by_licence if stream.total is None else float(stream.total)


def _site(scenario: Scenario, stream: str) -> str:
    return scenario.deal.licences[scenario.deal.deliveries[stream].licence].site


def _least_w(scenario: Scenario, chip: str) -> float:
    """The least IT power that a chip needs in its rack, W: the catalog's, else the scenario's."""
    known = [rack.kw_low * 1e3 / rack.chips for rack in catalog.racks().values() if rack.chip == chip]
    stated = scenario.campus.racks.get(chip)
    return min(known) if known else (float(stated.chip_w) if stated else 0.0)


def _it_w(scenario: Scenario) -> float:
    """The IT power of all halls, W, powers at the meter or the grid read by the campus's own ratios."""
    ratios = _ratios(scenario)
    halls = scenario.campus.halls.values()
    return sum(float(hall.power) * hall.count / ratios.get(hall.power.basis, 1.0) for hall in halls)


def _ratios(scenario: Scenario) -> dict[str, float]:
    return {"facility": float(scenario.campus.facility_ratio), "poi": float(scenario.campus.poi_ratio)}


def _odd_rates(scenario: Scenario) -> Iterator[str]:
    """A licence in an equivalent that does not fit the chips under it: Blackwell Ultra counted by its INT8 rate."""
    for name, stream in scenario.deal.deliveries.items():
        licence = scenario.deal.licences[stream.licence]
        if stream.total is None or licence.unit == "chips" or float(stream.total) <= 0.0:
            continue
        chip, per_chip = catalog.look_up("chip", stream.chip), float(licence.quantity) / float(stream.total)
        right = weight(stream.chip, licence.unit, licence.basis)
        by_int8 = right * chip.int8_dense_tops / chip.dense_8bit_tops
        if by_int8 < 0.5 * right and abs(per_chip - by_int8) <= INT8_NEAR * by_int8:
            yield (
                f"deal.deliveries.{name}.total: {float(stream.total):,.0f} {stream.chip} for "
                f"{float(licence.quantity):,.0f} {licence.unit} is {per_chip:.3g} {licence.unit} a chip: its INT8 rate "
                f"({chip.int8_dense_tops:,.0f} TOP/s). Blackwell Ultra runs FP8 at {chip.dense_8bit_tops:,.0f}; by "
                f"{licence.basis} a chip is {right:.3g}"
            )


def _beyond_quota(scenario: Scenario) -> Iterator[str]:
    """Licences larger than all windows of their class that are still open: alone, or together."""
    deal, together = scenario.deal, dict[tuple[str, str], float]()
    for name, one in deal.licences.items():
        drawn_on = class_of(deal, one)
        if drawn_on is None:
            continue
        quota = deal.quotas[drawn_on[0]]
        quantity = float(one.quantity) * _per_unit(scenario, name, one, quota.unit, quota.basis)
        room = _room(scenario, drawn_on, one)
        together[drawn_on] = together.get(drawn_on, 0.0) + quantity
        if quantity > room:
            yield (
                f"deal.licences.{name}.quantity: {quantity:,.0f} {quota.unit} is larger than what quota {drawn_on[0]} "
                f"leaves to {drawn_on[1]} from its issue on ({room:,.0f}): a licence allows no more than its quota"
            )
    for (name, party_class), quantity in together.items():
        share = share_of(deal.quotas[name], party_class)
        room = sum(window.cap for window in windows_of(deal.quotas[name])) * share
        if quantity > room:
            yield (
                f"deal.quotas.{name}: licences of {party_class} sum to {quantity:,.0f} {deal.quotas[name].unit}, "
                f"more than all its windows allow ({room:,.0f})"
            )


def _per_unit(scenario: Scenario, name: str, one: Licence, unit: str, basis: str) -> float:
    """What one unit of the licence is in the quota's unit, by the largest chip count of the streams under it."""
    found = [
        weight(stream.chip, unit, basis) / weight(stream.chip, one.unit, one.basis)
        for stream in scenario.deal.deliveries.values()
        if stream.licence == name
    ]
    return max(found, default=1.0 if one.unit == unit else 0.0)


def _room(scenario: Scenario, drawn_on: tuple[str, str], one: Licence) -> float:
    quota = scenario.deal.quotas[drawn_on[0]]
    share = share_of(quota, drawn_on[1])
    return sum(window.cap for window in windows_of(quota) if window.end >= one.issued) * share


def _counterfactual(scenario: Scenario) -> Iterator[str]:
    """Plans that act before the record ends."""
    for name, one in scenario.deal.licences.items():
        if one.state == "planned" and one.issued <= scenario.known_as_of:
            yield (
                f"deal.licences.{name}: planned, yet dated {one.issued}, within the record (known_as_of "
                f"{scenario.known_as_of}): what it lets in before that is counterfactual, not record"
            )


def _regimes(scenario: Scenario) -> Iterator[str]:
    """Quotas under rules that no longer hold, or never did."""
    for name, quota in scenario.deal.quotas.items():
        regime = REGIMES.get(quota.regime)
        if regime is None:
            continue
        if regime.until is not None and quota.end >= regime.until:
            told = f"{regime.name} was {regime.status} on {regime.until}"
            yield f"deal.quotas.{name}.regime: {told}; after that it is history"
        elif regime.status in {"draft", "bill"}:
            yield f"deal.quotas.{name}.regime: {regime.name} is a {regime.status}, not law"
