"""Kernels of the facility: each against its slow twin, and what must always hold."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gigacampus.kernels.busy import chip_seconds
from gigacampus.kernels.dispatch import STORE, TRADER, dispatch
from gigacampus.kernels.power_chain import affine_curve, chain_loss_w, stage_loss_w
from gigacampus.kernels.turbine import derated_fraction, heat_rate_factor
from tests.naive import energy as naive

CHANGES = st.lists(st.tuples(st.integers(-50, 15_000), st.integers(0, 2), st.integers(-9, 9)), max_size=20)


@settings(max_examples=15, deadline=None)
@given(CHANGES)
def test_chip_seconds_are_those_of_the_twin(changes: list[tuple[int, int, int]]) -> None:
    at, who, chips = (np.array([c[i] for c in changes], dtype=np.int64) for i in range(3))
    assert chip_seconds(at, who, chips, 3, 3).tolist() == naive.chip_seconds(changes, 3, 3).tolist()


@settings(deadline=None)
@given(CHANGES)
def test_chip_seconds_are_conserved(changes: list[tuple[int, int, int]]) -> None:
    at, who, chips = (np.array([c[i] for c in changes], dtype=np.int64) for i in range(3))
    total = sum(n * max(3 * 3600 - max(t, 0), 0) for t, _, n in changes)
    assert int(chip_seconds(at, who, chips, 3, 3).sum()) == total
    shuffled = np.random.default_rng(0).permutation(len(changes))
    again = chip_seconds(at[shuffled], who[shuffled], chips[shuffled], 3, 3)
    assert again.tolist() == chip_seconds(at, who, chips, 3, 3).tolist()


def plants(draw: st.DrawFn) -> tuple[np.ndarray, ...]:
    hours, sources = draw(st.integers(1, 30)), draw(st.integers(1, 4))
    kinds = np.array([draw(st.integers(0, 5)) for _ in range(sources)], dtype=np.int64)
    amounts = st.floats(0.0, 2e8)
    load = np.array([draw(amounts) for _ in range(hours)])
    capacity = np.array([[draw(amounts) for _ in range(sources)] for _ in range(hours)])
    stores = np.zeros(sources, dtype=STORE)
    signs = np.array([[draw(st.sampled_from([-1.0, 0.0, 1.0])) for _ in range(sources)] for _ in range(hours)])
    capacity = np.where(kinds == TRADER, capacity * signs, capacity)
    for s in range(sources):
        stores[s]["limit_w"] = draw(amounts)
        stores[s]["minimum"] = draw(st.floats(0.0, 0.6))
        if kinds[s] in (2, 3, 5):
            stores[s]["power_w"], stores[s]["energy_j"] = draw(amounts), draw(st.floats(1e9, 1e12))
            stores[s]["efficiency"] = draw(st.floats(0.8, 1.0))
            stores[s]["floor"], stores[s]["ceiling"] = 0.05, 0.95
            stores[s]["fade_per_h"], stores[s]["fade_per_cycle"] = 1e-5, 1e-3
    available = np.array([draw(st.integers(0, 3)) for _ in range(sources)], dtype=np.int64)
    return load, capacity, kinds, stores, available


PLANTS = st.composite(plants)()


@settings(max_examples=80, deadline=None)
@given(PLANTS)
def test_dispatch_is_that_of_the_twin(case: tuple[np.ndarray, ...]) -> None:
    served, charged, spilled, _ = dispatch(*case, 3600.0)
    for ours, theirs in zip((served, charged, spilled), naive.dispatch(*case), strict=True):
        np.testing.assert_allclose(ours, theirs, rtol=1e-9, atol=1e-3)


@settings(max_examples=20, deadline=None)
@given(PLANTS)
def test_compiled_and_plain_agree_to_the_bit(case: tuple[np.ndarray, ...]) -> None:
    plain = getattr(dispatch, "py_func", dispatch)
    for one, two in zip(dispatch(*case, 3600.0), plain(*case, 3600.0), strict=True):
        assert one.tobytes() == two.tobytes()


@settings(max_examples=80, deadline=None)
@given(PLANTS)
def test_energy_closes_on_the_bus_and_in_the_store(case: tuple[np.ndarray, ...]) -> None:
    load, capacity, kinds, stores, available = case
    served, charged, spilled, held = dispatch(*case, 3600.0)
    unserved = load + charged.sum(axis=1) - served.sum(axis=1)
    scale = max(float(load.max()), float(capacity.max()), 1.0)
    assert unserved.min() >= -1e-9 * scale
    assert served.min() >= 0.0
    assert charged.min() >= 0.0
    assert spilled.min() >= -1e-9 * scale
    for s in range(len(kinds)):
        is_on = np.arange(len(load)) >= available[s]
        assert not served[~is_on, s].any()
        if kinds[s] in (0, 1, 4):
            assert (served[:, s] <= capacity[:, s] + 1e-9 * scale).all()
        if kinds[s] == 1:
            np.testing.assert_allclose((served + spilled)[is_on, s], capacity[is_on, s], atol=1e-6 * scale)
        if kinds[s] in (2, 3, 5):
            size = stores[s]["energy_j"]
            assert (held[is_on, s] <= 0.95 * size * (1 + 1e-12)).all()
            assert (served[:, s] <= stores[s]["limit_w"] * (1 + 1e-12) + 1e-9).all()


def test_no_source_runs_for_what_rounding_leaves() -> None:
    load = np.random.default_rng(1).uniform(1e8, 1e9, 2_000)
    shares = np.random.default_rng(2).uniform(0.1, 0.4, (2_000, 2))
    first = load[:, None] * shares
    capacity = np.column_stack([first, load - first.sum(axis=1), np.full(2_000, 1e9)])
    stores = np.zeros(4, dtype=STORE)
    stores[3]["minimum"] = 0.3
    served, *_ = dispatch(load, capacity, np.array([0, 0, 0, 4]), stores, np.zeros(4, dtype=np.int64), 3600.0)
    assert ((load - first[:, 0]) - first[:, 1] != capacity[:, 2]).any()
    assert not served[:, 3].any()


def test_a_battery_gives_back_what_its_efficiency_leaves() -> None:
    load = np.array([0.0, 0.0, 100.0, 100.0, 100.0])
    capacity = np.array([[80.0, 0.0]] * 2 + [[0.0, 0.0]] * 3)
    stores = np.zeros(2, dtype=STORE)
    stores[1] = (1e3, 60.0, 3.6e6, 0.9, 0.0, 1.0, 0.0, 0.0, 0.0)
    served, charged, _, held = dispatch(load, capacity, np.array([0, 3]), stores, np.zeros(2, dtype=np.int64), 3600.0)
    assert charged[:2, 1].tolist() == [60.0, 60.0]
    assert served[:, 1].sum() == pytest.approx(120.0 * 0.9 * 0.9)
    assert held[-1, 1] == pytest.approx(0.0, abs=1e-6)


def test_a_battery_buys_cheap_and_gives_dear() -> None:
    load = np.full(6, 100.0)
    trade = np.array([-40.0, -40.0, 0.0, 50.0, 50.0, 0.0])
    capacity = np.stack([np.full(6, 500.0), trade], axis=1)
    stores = np.zeros(2, dtype=STORE)
    stores[1] = (1e3, 50.0, 3.6e6, 0.9, 0.0, 1.0, 0.0, 0.0, 0.0)
    served, charged, _, _ = dispatch(load, capacity, np.array([0, 5]), stores, np.zeros(2, dtype=np.int64), 3600.0)
    assert charged[:, 1].tolist() == [40.0, 40.0, 0.0, 0.0, 0.0, 0.0]
    assert served[:, 1].sum() == pytest.approx(80.0 * 0.9 * 0.9)
    assert served[:, 0].tolist() == pytest.approx([140.0, 140.0, 100.0, 50.0, 85.2, 100.0])


def test_frontier_draws_what_its_configuration_says() -> None:
    from gigacampus.facility.frontier import frontier_w

    assert frontier_w(0.0, 0.0) / 1e6 == pytest.approx(7.28, abs=0.005)
    assert frontier_w(1.0, 1.0) / 1e6 == pytest.approx(28.20, abs=0.005)


def test_an_affine_converter_is_a_curve() -> None:
    curve = affine_curve(0.96, 17.0, 10_000.0)
    out = np.array([0.0, 4_000.0, 10_000.0])
    assert np.allclose(out + stage_loss_w(out, 10_000.0, curve), (out + 17.0) / 0.96)


@settings(deadline=None)
@given(load=st.floats(0.0, 1.2), more=st.floats(0.0, 0.5))
def test_losses_grow_with_load_and_stages_add_up(load: float, more: float) -> None:
    curves = ((0.001, 0.002, 0.006), (0.008, 0.010, 0.010))
    low, high = chain_loss_w([load, load + more], 1.0, curves)
    assert 0.0 < low <= high + 1e-12
    first = stage_loss_w(load, 1.0, curves[0])
    assert low == pytest.approx(first + stage_loss_w(load + first, 1.0, curves[1]))


def test_nothing_rated_nothing_lost() -> None:
    assert stage_loss_w([0.0], [0.0], (0.01, 0.01, 0.01)).tolist() == [0.0]


def test_turbines_in_the_heat() -> None:
    heat = np.array([5.0, 15.0, 45.0])
    assert derated_fraction(heat, 0.0065).tolist() == pytest.approx([1.0, 1.0, 0.805])
    assert heat_rate_factor(heat, 0.002).tolist() == pytest.approx([1.0, 1.0, 1.06])
