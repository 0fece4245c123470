"""Failures of nodes, drawn up front: two policies, two variants of a queue, meet the same ones."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from gigacampus.conditions.campus_components import strike_components
from gigacampus.kernels.dice import stream
from gigacampus.scenario import Scenario
from gigacampus.tables.conditions import FAILURES
from gigacampus.tables.table import Table
from gigacampus.tables.timeline import Timeline

Array = NDArray[np.float64]
Whole = NDArray[np.int64]

CAUSES = {
    "faulty GPU": 148, "GPU HBM3 memory": 72, "software": 54, "network switch or cable": 35, "host maintenance": 32,
    "GPU SRAM": 19, "GPU system processor": 17, "NIC": 7, "NCCL watchdog timeout": 7, "silent data corruption": 6,
    "GPU thermal interface": 6, "SSD": 3, "power supply": 3, "server chassis": 2, "IO expansion board": 2,
    "dependency": 2, "CPU": 2, "system memory": 2,
}  # fmt: skip
"""Unexpected interruptions in 54 days on 16,384 H100, by cause (Llama 3, arXiv:2407.21783, table 5; sum 419)."""
PER_DAY_S = 86_400.0


def live_nodes(timeline: Timeline, chips_per_node: dict[str, int]) -> tuple[Whole, Array]:
    """Nodes live from each instant on: times and levels, both shape (changes,)."""
    installs = timeline.installs
    per_node = np.array([chips_per_node[chip] for chip in installs["chip"]], dtype=np.float64)
    at_s, first = np.unique(installs["at_s"], return_index=True)
    if not len(at_s):
        return at_s, np.zeros(0)
    change = np.add.reduceat(installs["chips"] / per_node, first)
    return at_s, np.maximum(np.cumsum(change), 0.0)


def strike_times_s(at_s: Whole, nodes: Array, end_s: int, rate_per_node_s: float, dice: np.random.Generator) -> Whole:
    """Times of a Poisson process whose rate is `rate_per_node_s` times the live nodes, in order.

    Unit-rate arrivals are drawn in node-time and mapped back, so that what happens late in the horizon (a hall more, a
    delay) leaves the earlier failures where they are.
    """
    if not len(at_s) or rate_per_node_s <= 0.0:
        return np.zeros(0, dtype=np.int64)
    edges = np.append(np.minimum(at_s, end_s), end_s).astype(np.float64)
    spent = np.concatenate(([0.0], np.cumsum(nodes * np.diff(edges)))) * rate_per_node_s
    arrivals: list[Array] = []
    reached = 0.0
    while reached < spent[-1]:
        gaps = dice.standard_exponential(65_536)
        block = reached + np.cumsum(gaps)
        arrivals.append(block)
        reached = float(block[-1])
    if not arrivals:
        return np.zeros(0, dtype=np.int64)
    found = np.concatenate(arrivals)
    found = found[found < spent[-1]]
    piece = np.searchsorted(spent, found, side="right") - 1
    times = edges[piece] + (found - spent[piece]) / (rate_per_node_s * nodes[piece])
    strikes: Whole = np.minimum(times.astype(np.int64), end_s - 1)
    return strikes


def draw_failures(scenario: Scenario, timeline: Timeline) -> Table:
    """All failures of the horizon, by time: nodes, then what else the scenario names; empty where it names no rate."""
    rule = scenario.operations.failures
    if rule is None or not len(timeline.installs):
        return FAILURES.empty()
    per_node = {name: rack.chips_per_node for name, rack in scenario.campus.racks.items()}
    at_s, nodes = live_nodes(timeline, per_node)
    rate = float(rule.per_1000_node_days) / 1000.0 / PER_DAY_S
    times = strike_times_s(at_s, nodes, scenario.clock.end_s, rate, stream(scenario.seed, "failures/times"))
    count = len(times)
    repair = stream(scenario.seed, "failures/repair").exponential(float(rule.repair), count)
    weights = np.array(list(CAUSES.values()), dtype=np.float64)
    drawn = stream(scenario.seed, "failures/cause").random(count)
    cause = np.searchsorted(np.cumsum(weights / weights.sum())[:-1], drawn, side="right")
    more = strike_components(scenario, timeline)
    columns = {
        "at_s": np.concatenate((times, more.at_s)),
        "place_fraction": np.concatenate((stream(scenario.seed, "failures/place").random(count), more.place_fraction)),
        "repair_s": np.concatenate((np.maximum(np.rint(repair), 1.0).astype(np.int64), more.repair_s)),
        "cause": np.concatenate((np.array(list(CAUSES), dtype=object)[cause], np.array(more.cause, dtype=object))),
        "chips": np.concatenate((np.zeros(count, dtype=np.int64), more.chips)),
    }
    order = np.argsort(columns["at_s"], kind="stable")
    return Table(FAILURES, {name: values[order] for name, values in columns.items()})
