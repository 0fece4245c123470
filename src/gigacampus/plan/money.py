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
from gigacampus.tables.samples import MEASURE_MOVERS, SAMPLE_MEASURES

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


def is_price(path: str) -> bool:
    """Whether a range moves money without moving a chip."""
    return path.startswith("costs.") or TARIFF.fullmatch(path) is not None


def builds(scenario: Scenario, path: str) -> bool:
    """Whether a range moves who has how many live chips."""
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


class Player:
    """Plays values of the ranges; what only prices move is built once."""

    def __init__(self, scenario: Scenario) -> None:
        self.ranges = money_ranges(scenario)
        self.moves_chips = np.array([builds(scenario, path) for path in self.ranges.paths], dtype=bool)
        self.built: dict[bytes, Any] = {}
        supply, timeline, log = self._build(scenario, b"median")
        self.rates: Rates = rates(scenario, timeline, log)
        self.median = _flat(accounts.measure(scenario, supply, timeline, log, self._flows(scenario, timeline, log)))

    def _flows(self, scenario: Scenario, timeline: Any, log: Any) -> Any:
        return self.rates.flows(scenario, timeline, log)

    def _build(self, scenario: Scenario, key: bytes) -> Any:
        if key not in self.built:
            supply = deal.clear(scenario, is_listed=False)
            timeline = buildout.stand(scenario, supply)
            self.built = {key: (supply, timeline, busy(scenario, timeline))}
        return self.built[key]

    def play(self, values: Floats) -> dict[str, float]:
        """The measures of one sample, shape (ranges,); none where the drawn scenario cannot be."""
        try:
            scenario = self.ranges.at(values)
            supply, timeline, log = self._build(scenario, values[self.moves_chips].tobytes())
            return _flat(accounts.measure(scenario, supply, timeline, log, self._flows(scenario, timeline, log)))
        except ScenarioError:
            return {}


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
    # samples that differ by prices alone are rare in draws: each is built anew
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
    """Each input alone at its P10 and P90; chips are built anew only where the input moves them."""
    found, texts = player.ranges, {row["path"]: row["text"] for row in inputs(scenario).rows()}
    rows: list[dict[str, Any]] = []
    for column in np.argsort(player.moves_chips, kind="stable").tolist():
        ends = []
        for end in (found.low, found.high):
            values = found.mid.copy()
            values[column] = end[column]
            ends.append(player.play(values))
        path = found.paths[column]
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
