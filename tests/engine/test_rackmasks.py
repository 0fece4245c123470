"""Racks as masks give every job the nodes that a look at all of them gives, and count right."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gigacampus.kernels.schedule import cells, rackmasks, rackroom
from tests.naive.floor import Job, Node, World


@settings(max_examples=200, deadline=None)
@given(st.sampled_from([1, 63, 64, 65, 4096, 4097, 9000]), st.integers(0, 2**31))
def test_cells_are_sets(things: int, seed: int) -> None:
    dice = np.random.default_rng(seed)
    over, size = cells.cell_size(things)
    kept, plain = np.zeros(3 + size, dtype=np.int64), set[int]()
    for thing in dice.integers(0, things, 40).tolist():
        if thing in plain:
            cells.take_out(kept, 3, over, thing)
        else:
            cells.put_in(kept, 3, over, thing)
        plain ^= {thing}
        assert cells.count_in(kept, 3) == len(plain)
        if plain:
            assert cells.first_in(kept, 3, over) == min(plain)
        begin = int(dice.integers(0, things + 70))
        assert cells.next_in(kept, 3, over, begin) == min((one for one in plain if one >= begin), default=-1)


def held(r: np.ndarray, chain: int) -> dict[int, int]:
    """GPUs by node, as the pieces say."""
    found, gpus = {}, int(r[rackmasks.GPUS])
    while chain >= 0:
        p = r[rackmasks.PIECE_AT] + chain * rackmasks.PIECE
        if r[p + rackmasks.SHARE] == rackmasks.MANY:
            for bit in range(64):
                if (int(r[p + rackmasks.NODES]) >> bit) & 1:
                    rack = 64 * int(r[p + rackmasks.RACK]) + bit
                    low = int(r[r[rackmasks.RACK_AT] + rack * r[rackmasks.WIDTH] + rackmasks.FIRST_NODE])
                    found |= dict.fromkeys(range(low, low + int(r[rackmasks.FULL])), gpus)
            chain = int(r[p + rackmasks.NEXT])
            continue
        first = r[r[rackmasks.RACK_AT] + r[p + rackmasks.RACK] * r[rackmasks.WIDTH] + rackmasks.FIRST_NODE]
        for bit in range(rackmasks.MOST_NODES):
            if (r[p + rackmasks.NODES] >> bit) & 1:
                found[int(first) + bit] = int(r[p + rackmasks.SHARE]) or gpus
        chain = int(r[p + rackmasks.NEXT])
    return found


def play(seed: int, steps: int = 60) -> None:
    """Jobs come and go, nodes fail and return; each finds what its twin finds."""
    dice = np.random.default_rng(seed)
    gpus = int(dice.choice([1, 2, 3, 4, 8]))
    sizes = dice.integers(1, 7, int(dice.integers(1, 9))) if seed % 12 else dice.integers(1, 3, 140)
    if dice.random() < 0.5:  # alike racks, so that gangs take whole ones
        sizes[:-1] = sizes.max()
    first = np.concatenate([[0], np.cumsum(sizes)]).astype(np.int64)
    rack = np.repeat(np.arange(len(first) - 1), np.diff(first))
    nodes = [Node(i, [1000] * gpus, 1, int(rack[i]), 0, 0) for i in range(len(rack))]
    world = World(nodes, [], "packed", "fcfs")
    r = rackmasks.rack_masks(first, gpus, len(nodes) * gpus)
    running: list[tuple[Job, int]] = []
    for step in range(steps):
        draw = dice.random()
        if draw < 0.55:
            job = Job(
                step, 0, 1, 1, int(min(dice.geometric(1 / dice.choice([1.5, 4, 15, len(nodes)])), len(nodes) * gpus))
            )
            fits = world.place(job)
            assert (job.gpus <= rackroom.largest_fit(r)) == fits
            if fits:
                running.append((job, int(rackroom.take_room(r, job.gpus, step))))
                plain = {}
                for node, _, _ in job.held:
                    plain[node.index] = plain.get(node.index, 0) + 1
                assert held(r, running[-1][1]) == plain, (seed, step)
        elif draw < 0.9 and running:
            job, chain = running.pop(int(dice.integers(0, len(running))))
            world.back(job)
            rackmasks.give_back(r, chain)
        else:
            node = nodes[int(dice.integers(0, len(nodes)))]
            bit = node.index - int(first[node.rack])
            on = [job.index for job, _ in running if any(n is node for n, _, _ in job.held)]
            assert rackmasks.holder_on(r, node.rack, bit) == max(on, default=-1)
            if not on:
                rackmasks.turn(r, node.rack, bit, node.outages == 1)
                node.outages = 1 - node.outages
        row = r[r[rackmasks.RACK_AT] :: r[rackmasks.WIDTH]][: len(first) - 1]
        assert row.tolist() == [sum(sum(n.gpus) for n in nodes if n.rack == k and not n.outages) // 1000
                                for k in range(len(first) - 1)]  # fmt: skip


def test_jobs_stand_where_their_twins_stand() -> None:
    for seed in range(24):
        play(seed)


@pytest.mark.slow
@settings(max_examples=40, deadline=None)
@given(st.integers(0, 2**32 - 1))
def test_many_jobs_stand_where_their_twins_stand(seed: int) -> None:
    play(seed, 100)
