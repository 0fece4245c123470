"""How often jobs write checkpoints."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from gigacampus.clock import DAY_S, NEVER
from gigacampus.scenario.model import Scenario

Ints = NDArray[np.int64]


def written_every_s(scenario: Scenario, gpus: Ints, named_s: Ints) -> Ints:
    """Time between checkpoints of jobs of so many chips, seconds; 0 for those that write none.

    `named_s` is what each job names, 0 where the scenario's interval holds. Those that write do so as often as suits
    their size.
    """
    usual = round(float(scenario.operations.checkpoint or 0.0))
    every = np.where(named_s > 0, named_s, usual)
    found: Ints = np.where(every > 0, np.minimum(every, _young_s(scenario, gpus)), 0)
    return found


def _young_s(scenario: Scenario, gpus: Ints) -> Ints:
    """Interval between checkpoints that loses least to first order: sqrt(2 x write x mean time between failures).

    Source: J. W. Young, "A first order approximation to the optimum checkpoint interval", CACM 17(9), 1974. The most
    common node size on the campus counts. No bound (NEVER) without failures or a stated time to write.
    """
    rule, write = scenario.operations.failures, scenario.operations.checkpoint_write
    if rule is None or not write or not rule.per_1000_node_days:
        return np.full(len(gpus), NEVER)
    sizes = [rack.chips_per_node for rack in scenario.campus.racks.values()]
    # a job smaller than a node fails with the whole of it
    nodes = np.maximum(gpus / max(set(sizes), key=sizes.count), 1.0)
    between_s = DAY_S * 1000.0 / (float(rule.per_1000_node_days) * nodes)
    interval = np.sqrt(2.0 * float(write) * between_s)
    bounded: Ints = np.maximum(interval, max(1.0, float(write))).astype(np.int64)
    return bounded
