"""What each uncertain input of the costs does on its own: the run's quantities stay, one price moves at a time."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from gigacampus.accounts import capex
from gigacampus.accounts.ground import Ground
from gigacampus.accounts.levelised import deliver, ratio
from gigacampus.scenario.costs import Costs
from gigacampus.scenario.quantity import Quantity
from gigacampus.tables.books import COST_MOVERS
from gigacampus.tables.table import Table

FIELDS = (
    "chip_price", "rack_price", "network_price", "storage_price", "spares", "chip_price_fall", "building",
    "contingency", "operation", "insurance", "discount_rate", "inflation", "chip_life", "building_life",
    "chip_residual", "building_residual",
)  # fmt: skip
"""What levelised cost depends on; prices of energy and water belong to the site, quantities to the other rooms."""


def movers(ground: Ground) -> Table:
    """The table of movers, the one with the widest effect on levelised cost first."""
    rows: list[dict[str, Any]] = []
    for path, value, moved in _ranged(ground.costs):
        low, high = (_outcome(ground, moved(end)) for end in (value.low, value.high))
        rows.append(
            {
                "input": f"costs.{path}", "low": value.low, "high": value.high, "unit": value.canonical,
                "capex_low_usd": low[0], "capex_high_usd": high[0], "low_usd_per_gpu_h": low[1],
                "high_usd_per_gpu_h": high[1],
            }
        )  # fmt: skip
    rows.sort(key=lambda row: (-abs(row["high_usd_per_gpu_h"] - row["low_usd_per_gpu_h"]), row["input"]))
    return Table.from_rows(COST_MOVERS, rows)


def _ranged(costs: Costs) -> Iterator[tuple[str, Quantity, Any]]:
    for name in FIELDS:
        value = getattr(costs, name)
        if isinstance(value, dict):
            for key, one in value.items():
                if one.is_range:
                    yield (
                        f"{name}.{key}", one,
                        lambda to, name=name, value=value, key=key, one=one: costs.model_copy(
                            update={name: value | {key: one.at(to)}}
                        ),
                    )  # fmt: skip
        elif value.is_range:
            yield name, value, lambda to, name=name, value=value: costs.model_copy(update={name: value.at(to)})
    for name, asset in costs.assets.items():
        for key, one in (("amount", asset.amount), ("life", asset.life)):
            if one.is_range:
                yield (
                    f"assets.{name}.{key}", one,
                    lambda to, name=name, asset=asset, key=key, one=one: costs.model_copy(
                        update={"assets": costs.assets | {name: asset.model_copy(update={key: one.at(to)})}}
                    ),
                )  # fmt: skip


def _outcome(ground: Ground, costs: Costs) -> tuple[float, float]:
    """Capital and levelised cost of a useful GPU-hour under other costs."""
    trial = Ground(
        ground.scenario.model_copy(update={"costs": costs}), ground.supply, ground.timeline, ground.log, ground.flows
    )
    assets = capex.invest(trial)
    got = deliver(trial, assets)
    bought = assets.cents[assets.in_service_s < ground.periods.clock.end_s]
    return float(bought.sum()) / 100.0, ratio(got.total_usd, float(got.useful_gpu_h.sum()))
