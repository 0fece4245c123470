"""The clearing kernel: equal to its twin; what never may happen; what a later gate or a smaller quota may do."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gigacampus.kernels import clearing as kernel
from tests.deal.laws import DAYS, deals, run
from tests.naive import clearing as naive

pytestmark = pytest.mark.filterwarnings("ignore::hypothesis.errors.NonInteractiveExampleWarning")


@settings(max_examples=300, deadline=None)
@given(deals())
def test_kernel_and_twin_decide_alike(deal: naive.Deal) -> None:
    found, _ = run(deal)
    assert found == naive.clear(deal)


@settings(max_examples=200, deadline=None)
@given(deals())
def test_no_window_is_exceeded_and_balances_run_on(deal: naive.Deal) -> None:
    found, book = run(deal)
    licence_at = [one.quantity for one in deal.licences]
    drawn = [0.0] * len(deal.windows)
    for row in found:
        stream = deal.streams[row.stream]
        if row.licence_before is not None and row.licence_after is not None:
            assert row.licence_before == licence_at[stream.licence]
            assert 0.0 <= row.licence_after <= row.licence_before
            assert row.licence_after == pytest.approx(
                row.licence_before - row.cleared * stream.licence_weight, abs=1e-6
            )
            licence_at[stream.licence] = row.licence_after
        if row.quota_before is not None and row.quota_after is not None:
            assert 0.0 <= row.quota_after <= row.quota_before
            party_class = deal.licences[stream.licence].party_class
            (window,) = (
                w for w, one in enumerate(deal.windows)
                if one.party_class == party_class and one.start <= row.day < one.end
            )  # fmt: skip
            drawn[window] += row.cleared * stream.quota_weight
        assert 0 <= row.cleared <= row.requested
    assert book.licence_left.tolist() == licence_at
    for w, amount in enumerate(drawn):
        assert amount <= book.window_cap[w] + 1e-6


@settings(max_examples=150, deadline=None)
@given(deals())
def test_every_chip_asked_for_is_cleared_blocked_or_waits(deal: naive.Deal) -> None:
    found, book = run(deal)
    for lot in naive.lots_of(deal):
        mine = [row for row in found if (row.stream, row.number) == (lot.stream, lot.number)]
        cleared = sum(row.cleared for row in mine)
        assert cleared <= lot.left
    asked = sum(lot.left for lot in naive.lots_of(deal) if lot.want < DAYS)
    cleared = sum(row.cleared for row in found)
    waiting = int(book.left.sum())
    assert cleared + waiting <= asked
    lossless = all(one.rule == "defer" for one in [*deal.gates, *deal.classes])
    blocked = sum(row.requested - row.cleared for row in found if row.outcome == "blocked")
    cut = sum(
        row.requested - row.cleared for row in found if row.outcome == "scaled" and row.bound in {"licence", "quota"}
    )
    assert cleared + waiting + blocked + cut >= asked or not lossless


def cumulative(found: list[naive.Decision], deal: naive.Deal, licences: list[int] | None = None) -> list[int]:
    """Chips cleared by the end of each day, under some licences or under all."""
    by_day = [0] * DAYS
    for row in found:
        if licences is None or deal.streams[row.stream].licence in licences:
            by_day[row.day] += row.cleared
    for day in range(1, DAYS):
        by_day[day] += by_day[day - 1]
    return by_day


def never_more(before: list[int], after: list[int]) -> bool:
    return all(b <= a for a, b in zip(before, after, strict=True))


@settings(max_examples=200, deadline=None)
@given(deals(lossless=True, chips_only=True), st.integers(0, 1), st.integers(1, 400))
def test_a_later_gate_never_lets_more_through(deal: naive.Deal, which: int, days: int) -> None:
    """Not in whole, not for the campus (whatever other sites wait for), and not for any licence that it binds."""
    if not deal.gates:
        return
    before = run(deal)[0]
    g = which % len(deal.gates)
    deal.gates[g] = deal.gates[g]._replace(opens=min(deal.gates[g].opens + days, naive.NEVER))
    after = run(deal)[0]
    for licences in sides(deal, [n for n, one in enumerate(deal.licences) if g in one.gates]):
        assert never_more(*(cumulative(rows, deal, licences) for rows in (before, after)))


@settings(max_examples=200, deadline=None)
@given(deals(lossless=True, chips_only=True), st.integers(0, 5), st.floats(0.0, 1.0))
def test_a_smaller_quota_never_lets_more_through(deal: naive.Deal, which: int, factor: float) -> None:
    before = run(deal)[0]
    w = which % len(deal.windows)
    bound = [n for n, one in enumerate(deal.licences) if one.party_class == deal.windows[w].party_class]
    deal.windows[w] = deal.windows[w]._replace(cap=float(int(deal.windows[w].cap * factor)))
    after = run(deal)[0]
    for licences in [*sides(deal, bound), bound]:
        assert never_more(*(cumulative(rows, deal, licences) for rows in (before, after)))


def sides(deal: naive.Deal, bound: list[int]) -> list[list[int]]:
    """All licences, the campus's, and each of those that are bound."""
    campus = [n for n, one in enumerate(deal.licences) if not one.is_elsewhere]
    return [list(range(len(deal.licences))), campus, *([one] for one in bound)]


@settings(max_examples=100, deadline=None)
@given(st.integers(0, 60), st.integers(0, 60), st.floats(0.0, 1.0))
def test_light_chips_do_not_slip_past_heavy_ones_into_a_window_that_is_too_small(a: int, b: int, factor: float) -> None:
    """Where chips count differently, a smaller quota would otherwise bring more of the lighter ones."""

    def cleared(cap: float) -> list[int]:
        deal = naive.Deal(
            [naive.Stream(day, 20, 12.0 * n, None, 0, 1.0, w, ()) for day, n, w in ((0, a, 5.9), (1, b, 1.0))],
            [naive.Licence(0, naive.NEVER, 1e6, 0, ())], [], [naive.Window(0, 0, 100, cap)],
            [naive.PartyClass("defer", False)], [], [30 * m for m in range(25)], DAYS,
        )  # fmt: skip
        return cumulative(run(deal)[0], deal)

    assert never_more(cleared(100.0), cleared(100.0 * factor))


def test_a_lot_of_another_site_at_a_gate_keeps_its_room_from_the_campus() -> None:
    def deal(opens: int) -> naive.Deal:
        return naive.Deal(
            [naive.Stream(0, 9, 1200.0, 80.0, 0, 1.0, 1.0, ()), naive.Stream(5, 9, 1200.0, 80.0, 1, 1.0, 1.0, ())],
            [naive.Licence(0, naive.NEVER, 1e6, 0, (0,), True), naive.Licence(0, naive.NEVER, 1e6, 0, ())],
            [naive.Gate(opens, "defer", 0.0)], [naive.Window(0, 0, 365, 100.0)], [naive.PartyClass("defer", False)], [],
            [30 * m for m in range(25)], DAYS,
        )  # fmt: skip

    for opens in (0, 60, 300):
        campus = cumulative(run(deal(opens))[0], deal(opens), [1])
        assert campus[-1] == 20
    assert cumulative(run(deal(naive.NEVER))[0], deal(naive.NEVER), [1])[-1] == 80  # what never comes frees its room


def test_a_quota_that_does_not_defer_drops_what_waits_beyond_its_window() -> None:
    deal = naive.Deal(
        [naive.Stream(0, 9, 1200.0, 80.0, 0, 1.0, 1.0, ())], [naive.Licence(0, naive.NEVER, 1e6, 0, (0,))],
        [naive.Gate(100, "defer", 0.0)], [naive.Window(0, 0, 90, 100.0), naive.Window(0, 90, 180, 100.0)],
        [naive.PartyClass("scale", False)], [], [30 * m for m in range(25)], DAYS,
    )  # fmt: skip
    last = run(deal)[0][-1]
    assert (last.day, last.outcome, last.bound, last.cleared) == (100, "blocked", "quota", 0)


@settings(max_examples=100, deadline=None)
@given(st.integers(1, 300), st.integers(0, 300), st.integers(0, 30_000), st.integers(30, 200))
def test_later_evidence_never_lets_more_through(lag: int, later: int, headroom: int, per_month: int) -> None:
    def deal(lag: int) -> naive.Deal:
        return naive.Deal(
            [naive.Stream(0, DAYS, 12.0 * per_month, None, 0, 1.0, 1.0, (100.0,))],
            [naive.Licence(0, naive.NEVER, 1e6, None, ())], [], [], [], [naive.Owed(lag, True, float(headroom))],
            [30 * m for m in range(25)], DAYS,
        )  # fmt: skip

    before, after = deal(lag), deal(lag + later)
    assert never_more(cumulative(run(before)[0], before), cumulative(run(after)[0], after))


def test_evidence_frees_room_lot_by_lot_where_nothing_may_be_owed() -> None:
    deal = naive.Deal(
        [naive.Stream(0, DAYS, 120.0, 30.0, 0, 1.0, 1.0, (100.0,))], [naive.Licence(0, naive.NEVER, 1e6, None, ())],
        [], [], [], [naive.Owed(90, True, None)], [30 * m for m in range(25)], DAYS,
    )  # fmt: skip
    cleared = [(row.day, row.cleared) for row in run(deal)[0] if row.cleared]
    assert cleared == [(0, 10), (90, 10), (180, 10)]


def test_decisions_that_do_not_fit_are_reported() -> None:
    deal = naive.Deal(
        [naive.Stream(0, DAYS, 120.0, None, 0, 1.0, 1.0, ())], [naive.Licence(0, naive.NEVER, 1e6, None, ())],
        [], [], [], [], [30 * m for m in range(25)], DAYS,
    )  # fmt: skip
    assert len(run(deal)[0]) == 24
    assert kernel.NEVER_DAY == naive.NEVER
