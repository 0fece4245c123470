"""Installing racks, rack by rack and chip by chip: the slow, obvious twin of `kernels.installing`."""

from __future__ import annotations

from typing import NamedTuple


class Lot(NamedTuple):
    arrive_day: int
    chips: int
    model: int


class Model(NamedTuple):
    chips_per_rack: int
    rack_w: float
    air_w: float = 0.0


class Hall(NamedTuple):
    open_day: int
    limit_w: float
    air_w: float = 1e18


class Loss(NamedTuple):
    hall: int
    from_day: int
    until_day: int
    fraction: float


class Day(NamedTuple):
    racks: float
    campus_w: float


def install(
    lots: list[Lot], models: list[Model], halls: list[Hall], losses: list[Loss], days: list[Day]
) -> dict[tuple[int, int, int], int]:
    """Chips installed by (day, lot, hall)."""
    done: dict[tuple[int, int, int], int] = {}
    queue = [lot_index for lot_index, lot in enumerate(lots) for _ in range(lot.chips)]
    racks: list[tuple[int, int]] = []  # (model, hall) of each rack
    open_rack: dict[int, list[int]] = {}  # model: [hall, free slots]
    tokens = 0.0
    for today, day in enumerate(days):
        tokens = min(tokens + day.racks, max(day.racks, 1.0))
        while queue and lots[queue[0]].arrive_day <= today:
            lot = queue[0]
            model = lots[lot].model
            if open_rack.get(model, [0, 0])[1] == 0:
                if day.racks == 0.0 or tokens + 1e-9 < 1.0:
                    break
                need = models[model].rack_w
                if sum(models[m].rack_w for m, _ in racks) + need > day.campus_w + 1e-3:
                    break
                for hall_index, hall in enumerate(halls):
                    used = sum(models[m].rack_w for m, h in racks if h == hall_index)
                    gone = sum(o.fraction for o in losses if o.hall == hall_index and o.from_day <= today < o.until_day)
                    hot = sum(models[m].air_w for m, h in racks if h == hall_index)
                    room = max(1.0 - gone, 0.0) * (hall.limit_w - used)
                    cool = max(1.0 - gone, 0.0) * (hall.air_w - hot)
                    if hall.open_day <= today and room + 1e-3 >= need and cool + 1e-3 >= models[model].air_w:
                        break
                else:
                    break
                racks.append((model, hall_index))
                open_rack[model] = [hall_index, models[model].chips_per_rack]
                tokens -= 1.0
            hall_index = open_rack[model][0]
            open_rack[model][1] -= 1
            queue.pop(0)
            key = (today, lot, hall_index)
            done[key] = done.get(key, 0) + 1
    return done
