"""Installing racks day by day: a queue in order of arrival, served by a crew, into halls in order."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from gigacampus.kernels.clearing import NEVER_DAY
from gigacampus.kernels.jit import kernel

LOTS = np.dtype([("arrive_day", np.int64), ("chips", np.int64), ("model_index", np.int64)])
"""What arrives, in order of arrival."""
MODELS = np.dtype([("chips_per_rack", np.int64), ("rack_w", np.float64), ("air_w", np.float64)])
"""Chip models: chips in a rack, a rack's provisioned IT power with its network and storage, its heat to the air."""
HALLS = np.dtype([("open_day", np.int64), ("limit_w", np.float64), ("air_w", np.float64)])
"""Halls in the order in which they are filled: from when, up to how much IT power, and how much heat to the air."""
LOSSES = np.dtype([("hall_index", np.int64), ("from_day", np.int64), ("until_day", np.int64), ("fraction", np.float64)])
"""Parts of halls that cannot be used from a day until another."""
DAYS = np.dtype([("racks", np.float64), ("campus_w", np.float64)])
"""Each day of the horizon: racks that the crew can install, IT power that the campus is supplied with."""
PLACED = np.dtype(
    [("day", np.int64), ("lot_index", np.int64), ("hall_index", np.int64), ("chips", np.int64), ("racks", np.int64)]
)
"""What was installed: when, of which lot, where."""

FULL = -1
"""Status: the table of placed racks was too small."""
SLACK_W = 1e-3
"""Rounding allowance when racks are fitted into a power limit."""


def room(lots: int, models: int, halls: int, losses: int, days: int) -> int:
    """Rows that `install` can write at the most.

    Each row ends a lot, a top-up, a day's hands or a hall's room for a model; a hall has room anew only when
    a loss ends.
    """
    return 2 * lots + days + halls * models * (losses + 1) + halls + 16


@kernel
def install(
    lots: NDArray[Any],
    models: NDArray[Any],
    halls: NDArray[Any],
    losses: NDArray[Any],
    days: NDArray[Any],
    placed: NDArray[Any],
) -> int:
    """Install what has arrived, strictly in order of arrival; returns the rows written to `placed`, or FULL.

    A rack is opened by its first chip and takes later chips of its model without further power or hands. The crew
    is a token bucket: `racks` tokens a day, at most one day's tokens (or one rack) kept, so n days install at most
    n days' racks, rounded up. The head of the queue waits until an open hall, and the campus's supply, have room.
    """
    used_w, used_air_w = np.zeros(len(halls)), np.zeros(len(halls))
    slots = np.zeros(len(models), dtype=np.int64)
    slot_hall = np.zeros(len(models), dtype=np.int64)
    campus_used_w, tokens = 0.0, 0.0
    head, count, shut_until = 0, 0, 0
    left = lots[0]["chips"] if len(lots) > 0 else 0
    for day in range(len(days)):
        rate = days[day]["racks"]
        tokens = min(tokens + rate, max(rate, 1.0))
        while day >= shut_until and head < len(lots) and lots[head]["arrive_day"] <= day:
            model = lots[head]["model_index"]
            if left > 0 and slots[model] > 0:
                if count >= len(placed):
                    return FULL
                taken = min(left, slots[model])
                _note(placed, count, day, head, slot_hall[model], taken, 0)
                count += 1
                slots[model] -= taken
                left -= taken
            if left == 0:
                head += 1
                if head < len(lots):
                    left = lots[head]["chips"]
                continue
            size, rack_w, air_w = models[model]["chips_per_rack"], models[model]["rack_w"], models[model]["air_w"]
            wanted = (left + size - 1) // size
            free = min(int(tokens + 1e-9), int((days[day]["campus_w"] - campus_used_w + SLACK_W) // rack_w))
            if rate == 0.0 or free <= 0:
                break
            hall, fit = _first_hall(halls, losses, used_w, used_air_w, day, models[model])
            if hall < 0:
                shut_until = _next_room(halls, losses, day)
                break
            if count >= len(placed):
                return FULL
            racks = min(wanted, free, fit)
            chips = min(left, racks * size)
            _note(placed, count, day, head, hall, chips, racks)
            count += 1
            used_w[hall] += racks * rack_w
            used_air_w[hall] += racks * air_w
            campus_used_w += racks * rack_w
            tokens -= racks
            left -= chips
            slots[model] = racks * size - chips
            slot_hall[model] = hall
    return count


@kernel
def _note(placed: NDArray[Any], row: int, day: int, lot: int, hall: int, chips: int, racks: int) -> None:
    """Write one row of `placed`."""
    placed[row]["day"] = day
    placed[row]["lot_index"] = lot
    placed[row]["hall_index"] = hall
    placed[row]["chips"] = chips
    placed[row]["racks"] = racks


@kernel
def _next_room(halls: NDArray[Any], losses: NDArray[Any], day: int) -> int:
    """The first day after this one on which halls may have more room while nothing is placed in them."""
    found = NEVER_DAY
    for hall in range(len(halls)):
        if halls[hall]["open_day"] > day:
            found = min(found, halls[hall]["open_day"])
    for i in range(len(losses)):
        if losses[i]["until_day"] > day:
            found = min(found, losses[i]["until_day"])
    return found


@kernel
def _fit(
    halls: NDArray[Any],
    losses: NDArray[Any],
    used_w: NDArray[Any],
    used_air_w: NDArray[Any],
    day: int,
    hall: int,
    model: Any,
) -> int:
    """How many more racks of a model a hall has power and cool air for on a day, as far as it is not lost."""
    if halls[hall]["open_day"] > day:
        return 0
    kept = 1.0
    for i in range(len(losses)):
        if losses[i]["hall_index"] == hall and losses[i]["from_day"] <= day < losses[i]["until_day"]:
            kept -= losses[i]["fraction"]
    kept = max(kept, 0.0)
    # compared before they are divided: on most days the head of the queue only waits
    left_w = kept * (halls[hall]["limit_w"] - used_w[hall]) + SLACK_W
    if left_w < model["rack_w"]:
        return 0
    fit = int(left_w // model["rack_w"])
    if model["air_w"] > 0.0:
        left_air_w = kept * (halls[hall]["air_w"] - used_air_w[hall]) + SLACK_W
        if left_air_w < model["air_w"]:
            return 0
        fit = min(fit, int(left_air_w // model["air_w"]))
    return fit


@kernel
def _first_hall(
    halls: NDArray[Any], losses: NDArray[Any], used_w: NDArray[Any], used_air_w: NDArray[Any], day: int, model: Any
) -> tuple[int, int]:
    """The first hall with room for one more rack of a model, or -1, and for how many."""
    for hall in range(len(halls)):
        fit = _fit(halls, losses, used_w, used_air_w, day, hall, model)
        if fit > 0:
            return hall, fit
    return -1, 0
