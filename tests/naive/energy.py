"""Slow, obvious twins of `kernels/busy.py` and `kernels/dispatch.py`."""

from __future__ import annotations

from typing import Any

import numpy as np


def chip_seconds(changes: list[tuple[int, int, int]], hours: int, groups: int) -> Any:
    """Second by second: what is busy in each second is added to its hour."""
    out = np.zeros((hours, groups), dtype=np.int64)
    for group in range(groups):
        mine = [(at, chips) for at, who, chips in changes if who == group]
        for second in range(hours * 3600):
            out[second // 3600, group] += sum(chips for at, chips in mine if at <= second)
    return out


class Store:
    """A battery that can be asked and told in plain words."""

    def __init__(self, row: Any) -> None:
        self.row = row
        self.charge = float(row["floor"] * row["energy_j"])
        self.cycles = 0.0

    def window(self, age_h: int) -> tuple[float, float]:
        fresh = max(1.0 - self.row["fade_per_h"] * age_h - self.row["fade_per_cycle"] * self.cycles, 0.0)
        room = self.row["energy_j"] * fresh
        low, high = self.row["floor"] * room, self.row["ceiling"] * room
        self.charge = min(max(self.charge, low), high)
        return low, high

    def give(self, wanted: float, low: float) -> float:
        out = max(min(wanted, self.row["power_w"], (self.charge - low) * self.row["efficiency"] / 3600.0), 0.0)
        self.charge -= out * 3600.0 / self.row["efficiency"]
        if self.row["energy_j"] > 0:
            self.cycles += out * 3600.0 / self.row["efficiency"] / self.row["energy_j"]
        return out

    def take(self, offered: float, high: float) -> float:
        taken = max(min(offered, self.row["power_w"], (high - self.charge) / self.row["efficiency"] / 3600.0), 0.0)
        self.charge += taken * 3600.0 * self.row["efficiency"]
        return taken


def dispatch(load: Any, capacity: Any, kinds: list[int], stores: Any, available: list[int]) -> tuple[Any, ...]:
    """Merit order, source by source, with lists."""
    hours, sources = capacity.shape
    served, charged, spilled = (np.zeros((hours, sources)) for _ in range(3))
    batteries = [Store(stores[s]) for s in range(sources)]
    for h in range(hours):
        rest = load[h]
        for s in [one for one in range(sources) if h >= available[one]]:
            can = capacity[h, s]
            if kinds[s] in (0, 4):
                take = min(rest, can)
                least = stores[s]["minimum"] * can
                if kinds[s] == 4 and 0 < take < least:
                    for back in reversed(range(s)):
                        if kinds[back] == 0:
                            give = max(min(least - take, served[h, back]), 0.0)
                            served[h, back] -= give
                            rest += give
                            take += give
                served[h, s] = take
            elif kinds[s] == 1:
                served[h, s] = min(rest, can)
                spilled[h, s] = can - served[h, s]
            else:
                battery = batteries[s]
                low, high = battery.window(h - available[s])
                wanted = min(rest, stores[s]["limit_w"])
                direct = min(can, wanted) if kinds[s] == 2 else 0.0
                out = battery.give(wanted - direct, low)
                if kinds[s] == 5 and can > 0:
                    # what it may still give: its power, its limit, what the price allows, what others serve
                    room = min(stores[s]["power_w"] - out, stores[s]["limit_w"] - out, can)
                    giving = [back for back in reversed(range(s)) if kinds[back] == 0]
                    more = battery.give(max(min(room, sum(served[h, back] for back in giving)), 0.0), low)
                    out, rest = out + more, rest + more
                    for back in giving:
                        less = min(more, served[h, back])
                        served[h, back] -= less
                        more -= less
                served[h, s] = direct + out
                if kinds[s] == 2:
                    taken = battery.take(can - direct, high) if out == 0 else 0.0
                    spilled[h, s] = can - direct - taken
                elif out == 0:
                    for back in range(s):
                        if kinds[back] <= 1 and h >= available[back]:
                            spare = capacity[h, back] - served[h, back]
                            most = stores[s]["power_w"] if kinds[s] == 3 else min(stores[s]["power_w"], max(-can, 0))
                            left = max(most - charged[h, s], 0.0)
                            taken = battery.take(min(spare, left), high)
                            served[h, back] += taken
                            charged[h, s] += taken
                            if kinds[back] == 1:
                                spilled[h, back] -= taken
            rest -= served[h, s]
            if rest < 1e-12 * load[h]:
                rest = 0.0
    return served, charged, spilled
