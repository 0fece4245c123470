"""The install kernel against its slow twin, and the rules it keeps."""

from __future__ import annotations

from collections import Counter

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from gigacampus.kernels import installing
from gigacampus.kernels.installing import DAYS, FULL, HALLS, LOSSES, LOTS, MODELS, PLACED
from tests.naive.installing import Day, Hall, Loss, Lot, Model, install

HORIZON = 60


@st.composite
def sites(draw: st.DrawFn) -> tuple[list[Lot], list[Model], list[Hall], list[Loss], list[Day]]:
    # Powers are multiples of 1/8 W, so that sums are exact in any order.
    models = [
        Model(draw(st.integers(1, 6)), draw(st.integers(4, 24)) / 8, draw(st.integers(0, 3)) / 8)
        for _ in range(draw(st.integers(1, 3)))
    ]
    halls = [
        Hall(draw(st.integers(-5, 50)), draw(st.integers(0, 160)) / 8, draw(st.sampled_from([1e17, 1.0, 3.0])))
        for _ in range(draw(st.integers(1, 4)))
    ]
    lots = sorted(
        Lot(draw(st.integers(0, 55)), draw(st.integers(1, 40)), draw(st.integers(0, len(models) - 1)))
        for _ in range(draw(st.integers(0, 8)))
    )
    losses = []
    if draw(st.booleans()):
        start = draw(st.integers(0, 40))
        losses = [
            Loss(
                draw(st.integers(0, len(halls) - 1)),
                start,
                start + draw(st.integers(1, 20)),
                draw(st.sampled_from([1.0, 0.5])),
            )
        ]
    rate = draw(st.sampled_from([0.25, 0.5, 1.0, 1.75, 3.0, 20.0]))
    stop = draw(st.integers(0, 60))
    supply = draw(st.sampled_from([1e9, 20.0]))
    days = [Day(0.0 if stop <= day < stop + 7 else rate, supply if day > 10 else supply / 2) for day in range(HORIZON)]
    return lots, models, halls, losses, days


def compiled(
    lots: list[Lot], models: list[Model], halls: list[Hall], losses: list[Loss], days: list[Day]
) -> np.ndarray:
    room = installing.room(len(lots), len(models), len(halls), len(losses), len(days))
    placed = np.zeros(room, dtype=PLACED)
    rows = installing.install(
        np.array(lots, dtype=LOTS), np.array(models, dtype=MODELS), np.array(halls, dtype=HALLS),
        np.array(losses, dtype=LOSSES), np.array(days, dtype=DAYS), placed,
    )  # fmt: skip
    assert rows != FULL
    return placed[:rows]


@settings(max_examples=300, deadline=None)
@given(sites())
def test_kernel_and_twin_agree_exactly(site) -> None:
    placed = compiled(*site)
    found = Counter()
    for row in placed:
        found[int(row["day"]), int(row["lot_index"]), int(row["hall_index"])] += int(row["chips"])
    assert dict(found) == install(*site)


@settings(max_examples=150, deadline=None)
@given(sites())
def test_no_more_than_the_crew_the_halls_and_the_lots_allow(site) -> None:
    lots, models, halls, _, days = site
    placed = compiled(*site)
    for i, lot in enumerate(lots):
        mine = placed[placed["lot_index"] == i]
        assert mine["chips"].sum() <= lot.chips
        assert (mine["day"] >= lot.arrive_day).all()
    for h, hall in enumerate(halls):
        mine = placed[placed["hall_index"] == h]
        power = sum(models[lots[row["lot_index"]].model].rack_w * row["racks"] for row in mine)
        assert power <= hall.limit_w + 1e-3
        heat = sum(models[lots[row["lot_index"]].model].air_w * row["racks"] for row in mine)
        assert heat <= hall.air_w + 1e-3
        assert (mine["day"] >= hall.open_day).all()
    by_day = np.bincount(placed["day"], weights=placed["racks"], minlength=len(days))
    rate = max(day.racks for day in days)
    for first in range(len(days)):
        for last in range(first, len(days)):
            assert by_day[first : last + 1].sum() <= rate * (last - first + 1) + 1.0


def test_a_table_too_small_is_a_status_not_an_overrun() -> None:
    placed = np.zeros(1, dtype=PLACED)
    lots = np.array([(0, 5, 0), (0, 5, 0)], dtype=LOTS)
    models = np.array([(5, 1.0, 0.0)], dtype=MODELS)
    halls = np.array([(0, 100.0, 1e17)], dtype=HALLS)
    days = np.array([(9.0, 1e9)] * 3, dtype=DAYS)
    assert installing.install(lots, models, halls, np.zeros(0, dtype=LOSSES), days, placed) == FULL


def test_a_rack_is_opened_by_its_first_chip_and_filled_without_more_hands_or_power() -> None:
    placed = np.zeros(8, dtype=PLACED)
    lots = np.array([(0, 1, 0), (3, 71, 0), (3, 1, 0)], dtype=LOTS)
    models, halls = np.array([(72, 100.0, 0.0)], dtype=MODELS), np.array([(0, 100.0, 1e17)], dtype=HALLS)
    days = np.array([(1.0, 1e9)] + [(0.0, 1e9)] * 9, dtype=DAYS)
    rows = installing.install(lots, models, halls, np.zeros(0, dtype=LOSSES), days, placed)
    assert placed[:rows][["day", "chips", "racks"]].tolist() == [(0, 1, 1), (3, 71, 0)]
