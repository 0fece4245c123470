"""Money in samples of a plan: each draw cleared, built and settled; P10, P50 and P90 of every measure, and a tornado.

Work and facility are stand-ins (`plan.work`); deal, build-out and accounts are the rooms' own. Ranges of the site's
weather, plant and limits do not move these samples, its prices do.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from gigacampus import accounts, buildout, deal
from gigacampus.errors import ScenarioError
from gigacampus.kernels.dice import stream
from gigacampus.plan.batch import reaches
from gigacampus.plan.work import Rates, busy, rates
from gigacampus.scenario import Ranges, Scenario, inputs, ranges
from gigacampus.tables import Table
from gigacampus.tables.books import MEASURES
from gigacampus.tables.flows import Flows
from gigacampus.tables.log import Log
from gigacampus.tables.samples import MEASURE_MOVERS, SAMPLE_MEASURES
from gigacampus.tables.supply import Supply
from gigacampus.tables.timeline import Timeline

Floats = NDArray[np.float64]
MOST_MOVERS = 12
"""Rows of the tornado that are kept for each measure."""
FAR_S = 2**62
"""Times from here on stand for never."""


@dataclass(frozen=True, slots=True)
class Money:
    """What the samples say: a row a measure, and a row a measure and input."""

    measures: Table
    movers: Table


TARIFF = re.compile(
    r"site\.(water_price|water_sources\..+\.price|sources\..+\.(price|demand_charge|turbine\.start_cost))"
)
"""Prices of the site: of water, of energy in all hours and in bands, of the highest hour, of starts."""
SHARES = re.compile(r"tenants\..+\.tenancies\..+")
"""Who holds which share from when till when: it moves revenue, not the chips that are live."""


READ_ALONE = ("costs.", "tenants.")
"""Sections that the accounts read by themselves, beside what deal, build-out and facility made of all sections."""


def is_price(path: str) -> bool:
    """Whether a range moves money without moving a chip; what others publish moves nothing."""
    return (path.startswith("costs.") and not path.startswith("costs.published.")) or TARIFF.fullmatch(path) is not None


def builds(scenario: Scenario, path: str) -> bool:
    """Whether a range moves who has how many live chips, or what is due for them."""
    if path.startswith("costs.chip_price") and any(
        one.base == "chip_value" for one in scenario.deal.obligations.values()
    ):
        return True
    return SHARES.fullmatch(path) is not None or reaches(scenario, path)


def money_ranges(scenario: Scenario) -> Ranges:
    """The ranges that move money: of costs and the site's prices, and all that move live chips or who holds them."""
    found = ranges(scenario)
    mask = np.array([is_price(path) or builds(scenario, path) for path in found.paths], dtype=bool)
    columns = {
        name: getattr(found, name)[mask]
        for name in ("low", "mid", "high", "least", "most", "is_log", "is_whole", "is_date")
    }
    return replace(found, paths=tuple(p for p, keep in zip(found.paths, mask, strict=True) if keep), **columns)


@dataclass(frozen=True, slots=True)
class Built:
    """A sample's chips, halls and stand-in work; `state` tells what of them the accounts read."""

    supply: Supply
    timeline: Timeline
    log: Log
    state: dict[str, Any]


class Player:
    """Plays values of the ranges. What moves nothing that a part of the walk reads leaves that part as at the medians.

    `is_sharing=False` walks the whole way for each play: the slow twin.
    """

    def __init__(self, scenario: Scenario, *, is_sharing: bool = True) -> None:
        self.ranges = money_ranges(scenario)
        paths = self.ranges.paths
        self.moves_chips = np.array([builds(scenario, path) for path in paths], dtype=bool)
        self.is_tariff = np.array([TARIFF.fullmatch(path) is not None for path in paths], dtype=bool)
        source = [accounts.source_of(path) if path.startswith(READ_ALONE) else "" for path in paths]
        self.prices = {
            name: np.array([one == name for one in source], dtype=bool) for name in (*accounts.PRICES, accounts.REST)
        }
        self.memory = accounts.Memory() if is_sharing else None
        self.first = first = self._build(scenario)
        self.rates: Rates = rates(scenario, first.timeline, first.log)
        self.bills = self.rates.bills(scenario)
        self.flows = self.rates.flows(scenario, first.timeline, first.log, self.bills)
        self.state = self._state(self.ranges.mid, first)
        self.median = self._measure(scenario, first, self.flows, self.state)

    def _build(self, scenario: Scenario) -> Built:
        supply = deal.clear(scenario, is_listed=False)
        timeline = buildout.stand(scenario, supply)
        log = busy(scenario, timeline)
        sites = supply.deliveries["site"]
        lots = supply.deliveries.where((sites == "campus") | (sites == scenario.campus.name))
        state = {
            "lots": _content(lots), "halls": _content(timeline.halls), "obligations": _content(supply.obligations),
            "installs": (_content(timeline.installs), timeline.chip_it_w),
            "usage": (_content(timeline.tenants), _content(log.usage), _content(log.busy)),
        }  # fmt: skip
        return Built(supply, timeline, log, state)

    def _state(self, values: Floats, built: Built) -> dict[str, Any]:
        billed = (built.state["installs"], built.state["usage"], values[self.is_tariff].tobytes())
        prices = {name: values[mask].tobytes() for name, mask in self.prices.items()}
        return {**built.state, "flows": billed, **prices}

    def _measure(self, scenario: Scenario, built: Built, flows: Flows, state: dict[str, Any]) -> dict[str, float]:
        return _flat(accounts.measure(scenario, built.supply, built.timeline, built.log, flows, self.memory, state))

    def _is_median(self, values: Floats, mask: NDArray[np.bool_]) -> bool:
        """Whether some of the values may be taken as those of the median, which has been worked out."""
        return self.memory is not None and values[mask].tobytes() == self.ranges.mid[mask].tobytes()

    def play(self, values: Floats) -> dict[str, float]:
        """The measures of one sample, shape (ranges,); none where the drawn scenario cannot be."""
        try:
            scenario = self.ranges.at(values)
            built = self.first if self._is_median(values, self.moves_chips) else self._build(scenario)
            state = self._state(values, built)
            if self.memory is not None and state == self.state:
                return self.median
            if self.memory is not None and state["flows"] == self.state["flows"]:
                return self._measure(scenario, built, self.flows, state)
            bills = self.bills if self._is_median(values, self.is_tariff) else self.rates.bills(scenario)
            flows = self.rates.flows(scenario, built.timeline, built.log, bills)
            return self._measure(scenario, built, flows, state)
        except ScenarioError:
            return {}


def _content(table: Table) -> tuple[Any, ...]:
    """What a table holds, to be compared."""
    return tuple(
        tuple(column.tolist()) if column.dtype == object else column.tobytes() for column in table.columns.values()
    )


def _flat(summary: dict[str, Any]) -> dict[str, float]:
    """Plain numbers by name, those by phase or class as `name.key`; what is not found, and never, is NaN."""
    found: dict[str, float] = {}
    for name, value in summary.items():
        for key, one in value.items() if isinstance(value, dict) else [("", value)]:
            if isinstance(one, (int, float)):
                is_never = name.endswith("_s") and one >= FAR_S
                found[f"{name}.{key}" if key else name] = np.nan if is_never else float(one)
    return found


def money(scenario: Scenario, draws: int, seed: int | None = None) -> Money:
    """Draw so many samples and tell the spread of each measure, and what moves it most, each input alone."""
    player = Player(scenario)
    found = player.ranges
    root = scenario.seed if seed is None else seed
    uniforms = np.empty((draws, len(found.paths)))
    for column, path in enumerate(found.paths):
        uniforms[:, column] = stream(root, f"plan:{path}").random(draws)
    samples = [player.play(values) for values in found.values(uniforms)]
    return Money(_spread(player.median, samples), _tornado(scenario, player))


def _spread(median: dict[str, float], samples: list[dict[str, float]]) -> Table:
    rows = []
    for name in median:
        drawn = np.array([one.get(name, np.nan) for one in samples])
        some = drawn[np.isfinite(drawn)]
        ends = np.percentile(some, (10, 50, 90)) if len(some) else np.full(3, np.nan)
        rows.append(
            {
                "measure": name, "unit": _unit(name), "median_inputs": median[name], "p10": ends[0], "p50": ends[1],
                "p90": ends[2], "none_fraction": 1.0 - len(some) / max(len(drawn), 1), "samples": len(drawn),
            }
        )  # fmt: skip
    return Table.from_rows(SAMPLE_MEASURES, rows)


def _unit(name: str) -> str:
    head = name.split(".")[0]
    if head in MEASURES:
        return MEASURES[head][0]
    return next((unit for end, unit in (("_usd", "USD"), ("_s", "s"), ("gpu_h", "GPU h")) if head.endswith(end)), "")


def _tornado(scenario: Scenario, player: Player) -> Table:
    """Each input alone at its P10 and P90."""
    found, texts = player.ranges, {row["path"]: row["text"] for row in inputs(scenario).rows()}
    rows: list[dict[str, Any]] = []
    for column, path in enumerate(found.paths):
        ends = []
        for end in (found.low, found.high):
            values = found.mid.copy()
            values[column] = end[column]
            ends.append(player.play(values))
        for name, base in player.median.items():
            low, high = (one.get(name, np.nan) - base for one in ends)
            if max(abs(low), abs(high)) > 1e-9 * max(abs(base), 1.0):
                rows.append(
                    {
                        "measure": name, "path": path, "text": texts.get(path, ""), "low": low, "high": high,
                        "unit": _unit(name),
                    }
                )  # fmt: skip
    return Table.from_rows(MEASURE_MOVERS, _widest(rows, player.median))


def _widest(rows: list[dict[str, Any]], names: Iterable[str]) -> list[dict[str, Any]]:
    kept: list[dict[str, Any]] = []
    for name in names:
        mine = [row for row in rows if row["measure"] == name]
        kept += sorted(mine, key=lambda row: (-np.nan_to_num(abs(row["high"] - row["low"])), row["path"]))[:MOST_MOVERS]
    return kept
