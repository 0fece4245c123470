"""The scheduler's data structures against plain Python."""

from __future__ import annotations

import heapq

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from gigacampus.kernels.schedule import calendar, heap, mintree, shelves, sumtree, waiting


@settings(max_examples=200, deadline=None)
@given(st.lists(st.one_of(st.integers(0, 2**62), st.none()), max_size=200))
def test_heap_is_heapq(steps: list[int | None]) -> None:
    ours, plain = np.zeros(202, dtype=np.int64), list[int]()
    for step in steps:
        if step is not None:
            heap.push(ours, step)
            heapq.heappush(plain, step)
        elif plain:
            assert heap.pop(ours) == heapq.heappop(plain)
        assert ours[0] == len(plain)
    while plain:
        assert heap.pop(ours) == heapq.heappop(plain)


@settings(max_examples=200, deadline=None)
@given(st.integers(1, 600), st.lists(st.tuples(st.integers(0, 599), st.integers(0, 9)), max_size=60), st.data())
def test_sums(leaves: int, amounts: list[tuple[int, int]], data: st.DataObject) -> None:
    levels, size = sumtree.sumtree_size(leaves)
    tree, plain = np.zeros(size, dtype=np.int64), np.zeros(leaves, dtype=np.int64)
    for at, amount in amounts:
        sumtree.sum_add(tree, levels, at % leaves, amount)
        plain[at % leaves] += amount
    at = data.draw(st.integers(0, leaves - 1))
    assert sumtree.sum_before(tree, levels, at) == plain[:at].sum()
    wanted = data.draw(st.integers(1, 1 + 2 * int(plain.sum())))
    running = np.cumsum(plain)
    expected = int(np.searchsorted(running, wanted))
    if expected == leaves:
        assert sumtree.sum_reach(tree, levels, wanted) == (-1, plain.sum())
    else:
        assert sumtree.sum_reach(tree, levels, wanted) == (expected, plain[:expected].sum())


@settings(max_examples=300, deadline=None)
@given(st.integers(1, 5000), st.integers(0, 2**31), st.data())
def test_waiting_is_a_scan(ranks: int, seed: int, data: st.DataObject) -> None:
    dice = np.random.default_rng(seed)
    _, size = waiting.waiting_size(ranks)
    tree = np.full(size, waiting.GONE, dtype=np.int32)
    sizes, lengths = dice.integers(0, 40, ranks), dice.integers(0, 40, ranks)
    lengths[dice.random(ranks) < 0.02] = 2**40
    alive = dice.random(ranks) < data.draw(st.sampled_from([0.001, 0.05, 0.9]))
    for rank in np.flatnonzero(alive):
        waiting.join(tree, ranks, rank, sizes[rank], lengths[rank])
    for rank in np.flatnonzero(alive & (dice.random(ranks) < 0.3)):
        waiting.leave(tree, ranks, rank)
        alive[rank] = False
    for rank in np.flatnonzero(~alive & (dice.random(ranks) < 0.05)):
        waiting.join(tree, ranks, rank, sizes[rank], lengths[rank])
        alive[rank] = True
    for _ in range(10):
        start, spare, free, window = (int(dice.integers(0, top)) for top in (ranks + 1, 12, 40, 40))
        fits = alive & ((sizes <= spare) | ((sizes <= free) & (lengths <= window)))
        after = np.flatnonzero(fits[start:])
        expected = int(start + after[0]) if len(after) else -1
        assert waiting.next_fit(tree, ranks, start, spare, free, window) == expected
    first = np.flatnonzero(alive)
    expected = int(first[0]) if len(first) else -1
    assert waiting.next_fit(tree, ranks, 0, waiting.GONE, 0, 0) == expected


@settings(max_examples=200, deadline=None)
@given(st.sampled_from([1, 31, 32, 33, 1024, 1025, 40_000]), st.integers(1, 9), st.integers(0, 2**31))
def test_shelves_are_sets(things: int, count: int, seed: int) -> None:
    dice = np.random.default_rng(seed)
    kept, plain = shelves.shelves_of(things, count), [set[int]() for _ in range(count)]
    for thing, shelf in zip(dice.integers(0, things, 60).tolist(), dice.integers(-1, count, 60).tolist(), strict=True):
        shelves.shelve(kept, thing, shelf)
        for on in plain:
            on.discard(thing)
        if shelf >= 0:
            plain[shelf].add(thing)
        start, asked = int(dice.integers(0, things + 1)), int(dice.integers(0, count))
        for begin in (0, start, thing, thing + 1):
            first = min((one for one in plain[asked] if one >= begin), default=-1)
            assert shelves.next_on(kept, asked, begin) == first
        assert [shelves.count_on(kept, shelf) for shelf in range(count)] == [len(on) for on in plain]


@settings(max_examples=200, deadline=None)
@given(st.integers(0, 2**31))
def test_calendar_is_a_sorted_list(seed: int) -> None:
    dice = np.random.default_rng(seed)
    ring, links, marks = calendar.calendar(200)
    plain = dict[int, int]()
    now = int(dice.integers(0, 2**40))
    for slot in range(200):
        ahead = int(dice.choice([0, 5, 100, 5000, calendar.SECONDS - 1]))
        plain[slot] = now + int(dice.integers(0, ahead + 1))
        calendar.add(ring, links, marks, plain[slot], slot)
        if dice.random() < 0.3:
            gone = int(dice.choice(list(plain)))
            calendar.remove(ring, links, marks, plain.pop(gone), gone)
        if plain and dice.random() < 0.5:
            now = min(plain.values())
            assert calendar.next_second(marks, now) == now
            assert plain[int(calendar.first_at(ring, now))] == now
            for one in [one for one, at in plain.items() if at == now]:
                calendar.remove(ring, links, marks, now, one)
                plain.pop(one)
        expected = min(plain.values(), default=-1)
        assert calendar.next_second(marks, now) == expected


@settings(max_examples=200, deadline=None)
@given(st.sampled_from([1, 31, 32, 33, 1024, 1025, 40_000]), st.integers(0, 2**31))
def test_mintree_is_a_minimum(things: int, seed: int) -> None:
    dice = np.random.default_rng(seed)
    tree = np.full(3 + mintree.mintree_size(things), mintree.NO_KEYS, dtype=np.int64)
    plain = np.full(things, mintree.NO_KEY)
    for _ in range(60):
        thing = int(dice.choice([dice.integers(0, things), int(plain.argmin())]))
        plain[thing] = int(dice.choice([mintree.NO_KEY, dice.integers(0, 5), dice.integers(0, 1000)]))
        mintree.set_key(tree, 3, things, thing, int(plain[thing]))
        expected = int(plain.argmin()) if plain.min() < mintree.NO_KEY else -1
        assert mintree.first_least(tree, 3, things) == expected
