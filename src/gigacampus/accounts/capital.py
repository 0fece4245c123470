"""Capital by phase of the campus, and beside what others publish for the same quantities."""

from __future__ import annotations

from typing import Any

import numpy as np

from gigacampus.accounts.capex import hall_level, unit_prices
from gigacampus.accounts.ground import Ground
from gigacampus.accounts.levelised import yearly_charge_usd
from gigacampus.accounts.periods import Floats
from gigacampus.scenario.costs import Costs, Published
from gigacampus.scenario.quantity import Quantity
from gigacampus.tables.books import CAPEX_PHASES, CAPEX_PUBLISHED, PUBLISHED
from gigacampus.tables.table import Table

DAYS_PER_YEAR = 365.25
HOURS_PER_DAY = 24.0


def phases(ground: Ground) -> Table:
    """The table of capital by phase: its halls that are ready within the horizon, and the most chips in them."""
    costs, halls = ground.costs, ground.timeline.halls
    usd_per_lot = _usd_per_chip_of_lots(ground)
    standing, level = _standing(ground), hall_level(ground)
    rows = []
    for phase in dict.fromkeys(map(str, halls["phase"])):
        mine = (halls["phase"] == phase) & (halls["building_s"] < ground.periods.clock.end_s)
        limit_w = float(halls["it_limit_w"][mine].sum())
        inside = [one for one in standing if mine[one[0]]]
        compute = sum(chips * usd_per_lot.get(lot, 0.0) for _, lot, _, chips in inside)
        building = float((halls["it_limit_w"] * level)[mine].sum()) * float(costs.building)
        contingency = building * float(costs.contingency)
        rate = float(costs.discount_rate)
        carry = yearly_charge_usd(
            np.array([compute, building + contingency]), np.array([float(costs.chip_life), float(costs.building_life)]),
            np.array([float(costs.chip_residual), float(costs.building_residual)]), rate,
        ).sum()  # fmt: skip
        rows.append(
            {
                "phase": phase, "it_limit_w": limit_w, "chips": sum(one[3] for one in inside),
                "it_w": sum(chips * ground.timeline.chip_it_w.get(model, 0.0) for _, _, model, chips in inside),
                "compute_usd": compute, "building_usd": building, "contingency_usd": contingency,
                "capex_usd": compute + building + contingency, "carry_usd": float(carry) / DAYS_PER_YEAR,
                "revenue_usd": HOURS_PER_DAY
                * sum(chips * float(costs.gpu_hour_price.get(model, 0.0)) for _, _, model, chips in inside),
            }
        )  # fmt: skip
    return Table.from_rows(CAPEX_PHASES, rows)


def _usd_per_chip_of_lots(ground: Ground) -> dict[str, float]:
    lots = ground.lots
    whole = sum(unit_prices(ground, lots["chip"], lots["wanted_s"]).values(), np.zeros(len(lots)))
    return dict(zip(map(str, lots["delivery_id"]), whole.tolist(), strict=True))


def _standing(ground: Ground) -> list[tuple[int, str, str, int]]:
    """Hall, lot, model and the most chips of it that stand there at a time: what is lost and comes back counts once."""
    level: dict[tuple[int, str, str], int] = {}
    most: dict[tuple[int, str, str], int] = {}
    rows = ground.timeline.installs
    for hall, lot, chip, chips in zip(
        rows["hall_index"].tolist(), rows["delivery_id"], rows["chip"], rows["chips"].tolist(), strict=True
    ):
        key = (hall, str(lot), str(chip))
        level[key] = level.get(key, 0) + chips
        most[key] = max(most.get(key, 0), level[key])
    return [(*key, chips) for key, chips in most.items() if chips > 0]


def price_list(costs: Costs, end: str = "") -> dict[str, Any]:
    """Unit prices of capital at their medians, or all at one end (`low`, `high`)."""

    def at(value: Quantity) -> float:
        return float(getattr(value, end)) if end else float(value)

    return {
        "chips": {name: at(price) for name, price in costs.chip_price.items()},
        "racks": {name: at(price) for name, price in costs.rack_price.items()},
        "network": {name: at(price) for name, price in costs.network_price.items()},
        "storage": {name: at(price) for name, price in costs.storage_price.items()},
        "spares": at(costs.spares), "building": at(costs.building), "contingency": at(costs.contingency),
    }  # fmt: skip


def priced(prices: dict[str, Any], chips: dict[str, float], it_w: float) -> tuple[float, float]:
    """Compute and construction (contingency included) of a bill of quantities, USD."""
    compute = sum(
        count
        * (
            prices["chips"].get(name, 0.0) * (1.0 + prices["spares"])
            + prices["racks"].get(name, 0.0)
            + prices["network"].get(name, 0.0)
            + prices["storage"].get(name, 0.0)
        )
        for name, count in chips.items()
    )
    return compute, it_w * prices["building"] * (1.0 + prices["contingency"])


def published(ground: Ground, built: Table) -> Table:
    """The table of published figures beside ours for the same quantities, and beside the phases as built."""
    mix = _mix(ground)
    rows = [_beside(ground.costs, name, one, mix) | _built(one, built) for name, one in ground.costs.published.items()]
    return Table.from_rows(CAPEX_PUBLISHED, rows)


def _built(one: Published, phases_: Table) -> dict[str, float]:
    """Capital and live IT power of the run's phases, in order, until their halls hold the published IT power."""
    limit_w = np.cumsum(phases_["it_limit_w"])
    enough = np.flatnonzero(limit_w >= float(one.it_power) * (1.0 - 1e-6))
    if not len(enough) or not np.isclose(limit_w[enough[0]], float(one.it_power), rtol=0.05):
        return {"built_usd": float("nan"), "built_it_w": float("nan")}
    first = slice(0, int(enough[0]) + 1)
    usd = phases_["building_usd"] + phases_["contingency_usd"] if one.covers == "building" else phases_["capex_usd"]
    return {"built_usd": float(usd[first].sum()), "built_it_w": float(phases_["it_w"][first].sum())}


def beside(ground: Ground, compared: Table) -> Table:
    """The same for readers: a row for the priced quantities and, where the run has them, one for its own phases."""
    rows = []
    for row in compared.rows():
        origin = ground.costs.published[row["name"]].capex.origin
        same = {
            "what": row["title"], "published": row["published_usd"] / 1e9, "unit": "BUSD", "status": row["status"],
            "as_of": str(origin.as_of), "source": row["source"],
        }  # fmt: skip
        named = "the same quantities at this scenario's prices: "
        rows.append(same | {"basis": named + row["why"], "ours": row["ours_usd"] / 1e9})
        if np.isfinite(row["built_usd"]):
            live = f"this run's own phases, with {row['built_it_w'] / 1e6:.0f} MW of IT in them at the most"
            rows.append(same | {"basis": live, "ours": row["built_usd"] / 1e9})
    return Table.from_rows(PUBLISHED, rows)


def statements(compared: Table) -> list[str]:
    """Published figures beside ours as sentences: those that name chips one by one, the others in one."""
    said, others = [], []
    for row in compared.rows():
        theirs, ours = row["published_usd"], row["ours_usd"]
        if not np.isfinite(row["compute_difference_usd"]) or row["building_difference_usd"] == row["difference_usd"]:
            band = (row["published_low_usd"], row["published_high_usd"])
            text = f"{theirs / 1e9:.3g}" if band[0] == band[1] else f"{band[0] / 1e9:.3g} to {band[1] / 1e9:.3g}"
            others.append(f"{row['title']} {text} (ours {ours / 1e9:.3g})")
            continue
        built = (
            f" This run's own phases up to that power cost {row['built_usd'] / 1e9:.2f} BUSD, with "
            f"{row['built_it_w'] / 1e6:.0f} MW of IT in them."
            if np.isfinite(row["built_usd"]) else ""
        )  # fmt: skip
        said.append(
            f"Capital of {row['it_w'] / 1e6:,.0f} MW of IT: {row['title']} {theirs / 1e9:.2f} BUSD, the same quantities"
            f" at our prices {ours / 1e9:.2f} ({100 * (ours / theirs - 1):+.0f} %): {row['why']}.{built}"
        )
    return [*said, f"Other published figures, BUSD: {'; '.join(others)}."] if others else said


def _mix(ground: Ground) -> dict[str, float]:
    """Chips per watt of IT of the campus's own lots; of the first priced model where there are no lots."""
    lots, chip_w = ground.lots, ground.timeline.chip_it_w
    counts: dict[str, float] = {}
    for model, chips in zip(map(str, lots["chip"]), lots["chips"].tolist(), strict=True):
        if model in chip_w:
            counts[model] = counts.get(model, 0.0) + chips
    if not counts:
        counts = {model: 1.0 for model in list(ground.costs.chip_price)[:1] if model in chip_w}
    whole_w = sum(chips * chip_w[model] for model, chips in counts.items())
    return {model: chips / whole_w for model, chips in counts.items()} if whole_w else {}


def _beside(costs: Costs, name: str, one: Published, mix: dict[str, float]) -> dict[str, Any]:
    it_w = float(one.it_power)
    if one.covers == "building":
        chips: dict[str, float] = {}
    elif one.chips:
        chips = {model: float(count) for model, count in one.chips.items()}
    else:
        chips = {model: per_w * it_w for model, per_w in mix.items()}
    ours, low, high = (priced(price_list(costs, end), chips, it_w) for end in ("", "low", "high"))
    nan = float("nan")
    compute = ours[0] - float(one.compute) if one.compute is not None else nan
    building = ours[1] - float(one.construction) if one.construction is not None else nan
    if one.covers == "building":
        compute, building = 0.0, ours[1] - float(one.capex)
    return {
        "name": name, "title": one.title, "it_w": it_w, "published_usd": float(one.capex),
        "published_low_usd": one.capex.low, "published_high_usd": one.capex.high, "ours_usd": sum(ours),
        "ours_low_usd": sum(low), "ours_high_usd": sum(high), "difference_usd": sum(ours) - float(one.capex),
        "compute_difference_usd": compute, "building_difference_usd": building,
        "why": _why(costs, one, chips, it_w, compute, building), "source": one.capex.origin.source,
        "status": one.capex.origin.status,
    }  # fmt: skip


def _why(costs: Costs, one: Published, chips: dict[str, float], it_w: float, compute: float, building: float) -> str:
    """Where the difference lies, in words and figures made from the same numbers."""
    said = []
    if one.covers == "all" and not one.chips:
        said.append("it names no chips, so the campus's own mix is priced")
    if one.covers == "all" and one.compute is not None:
        count = sum(chips.values())
        theirs, ours = float(one.compute) / count, (float(one.compute) + compute) / count
        said.append(
            f"compute {compute / 1e9:+.2f} BUSD (a chip with network, storage and spares {ours:,.0f} USD, theirs "
            f"{theirs:,.0f})"
        )
    if np.isfinite(building):
        extra = it_w * float(costs.building) * float(costs.contingency)
        theirs = float(one.capex if one.construction is None else one.construction) / it_w
        said.append(
            f"construction {building / 1e9:+.2f} BUSD, of which contingency {extra / 1e9:.2f} (before it "
            f"{float(costs.building):.2f} USD/W, theirs {theirs:.2f})"
        )
    swings = sorted(_swings(costs, chips, it_w), reverse=True)[:3]
    most = ", ".join(f"{path} ({swing / 1e9:.2f} BUSD from P10 to P90)" for swing, path in swings if swing > 0.0)
    return "; ".join([*said, f"moved most by {most}"] if most else said)


def _swings(costs: Costs, chips: dict[str, float], it_w: float) -> list[tuple[float, str]]:
    base = price_list(costs)
    found: list[tuple[float, str]] = []
    low, high = price_list(costs, "low"), price_list(costs, "high")
    names = {"chips": "chip_price", "racks": "rack_price", "network": "network_price", "storage": "storage_price"}

    def swing(key: str, model: str = "") -> float:
        ends: list[Floats | float] = []
        for end in (low, high):
            moved = base | {key: base[key] | {model: end[key][model]} if model else end[key]}
            ends.append(sum(priced(moved, chips, it_w)))
        return float(ends[1] - ends[0])

    for key, path in names.items():
        found += [(swing(key, model), f"costs.{path}.{model}") for model in base[key] if model in chips]
    found += [(swing(key), f"costs.{key}") for key in ("spares", "building", "contingency")]
    return found
