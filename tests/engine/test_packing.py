"""Packing: the kernel equals its twin, nothing is given twice, and the inflation does what it says."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gigacampus.engine import packing
from gigacampus.engine.packing import Nodes, Requests
from gigacampus.engine.packing_gangs import pack_gangs
from gigacampus.kernels.packing import Packing
from tests.naive import packing as naive
from tests.naive import placed

MODELS = ["A", "B", "C"]


@st.composite
def studies(draw: st.DrawFn) -> tuple[Nodes, Requests]:
    n = draw(st.integers(1, 6))
    nodes = Nodes(
        np.array(draw(st.lists(st.integers(0, 128_000), min_size=n, max_size=n))),
        np.array(draw(st.lists(st.integers(0, 1000), min_size=n, max_size=n))),
        np.array(draw(st.lists(st.integers(0, 8), min_size=n, max_size=n))),
        tuple(draw(st.lists(st.sampled_from(MODELS), min_size=n, max_size=n))),
    )
    m = draw(st.integers(0, 25))
    gpus = np.array(draw(st.lists(st.sampled_from([0, 1, 1, 1, 2, 4, 8]), min_size=m, max_size=m)), dtype=np.int64)
    share = np.array(
        draw(st.lists(st.sampled_from([1, 100, 250, 500, 999, 1000]), min_size=m, max_size=m)), dtype=np.int64
    )
    requests = Requests(
        np.array(draw(st.lists(st.integers(0, 40_000), min_size=m, max_size=m)), dtype=np.int64),
        np.array(draw(st.lists(st.integers(0, 200), min_size=m, max_size=m)), dtype=np.int64),
        gpus,
        share,
        tuple(draw(st.lists(st.sampled_from(["", "A", "A|C", "Z"]), min_size=m, max_size=m))),
    )
    return nodes, requests


@pytest.mark.parametrize("policy", list(Packing))
@pytest.mark.parametrize("random_ties", [False, True])
@settings(max_examples=100, deadline=None)
@given(study=studies(), seed=st.integers(0, 99))
def test_the_kernel_equals_its_twin(
    policy: Packing, random_ties: bool, study: tuple[Nodes, Requests], seed: int
) -> None:
    nodes, requests = study
    ours = packing.pack(nodes, requests, policy, seed=seed, random_ties=random_ties)
    bits = {model: 1 << i for i, model in enumerate(sorted(set(nodes.model)))}
    matrix = requests.matrix(bits)
    wide = max(int(nodes.gpus.max()), int(matrix[:, 2].max(initial=0)), 1)
    hosts = [
        naive.Node(int(c), int(m), [1000] * int(g) + [0] * (wide - int(g)), bits[model])
        for c, m, g, model in zip(nodes.cpu_milli, nodes.memory_mib, nodes.gpus, nodes.model, strict=True)
    ]
    dice = packing.stream(seed, "engine/packing")
    draws, ties = dice.random(len(matrix)), dice.random(len(matrix))
    typical, weight = packing.typical(matrix)
    theirs = naive.pack(
        policy.name, hosts, matrix.tolist(), draws, ties if random_ties else np.zeros(len(matrix)), typical.tolist(),
        weight.tolist(), nodes.gpus.tolist(),
    )  # fmt: skip
    assert ours.node.tolist() == theirs
    left = sum(sum(host.gpus) for host in hosts)
    assert round(ours.allocation_fraction * max(nodes.gpu_milli, 1)) == nodes.gpu_milli - left


@settings(deadline=None)
@given(milli=st.lists(st.integers(0, 8000), max_size=40), share=st.floats(0.0, 3.0), seed=st.integers(0, 9))
def test_inflation_never_passes_its_goal_and_keeps_what_fits(milli: list[int], share: float, seed: int) -> None:
    asked, installed = np.array(milli, dtype=np.int64), 20_000
    order = packing.inflated(asked, installed, share, seed)
    total = int(asked[order].sum())
    assert total <= share * installed
    if asked.sum() <= share * installed:
        assert sorted(order[: len(asked)].tolist()) == list(range(len(asked)))
    else:
        assert len(set(order.tolist())) == len(order)


@settings(max_examples=200, deadline=None)
@given(
    sizes=st.lists(st.integers(0, 8), min_size=1, max_size=8).filter(any),
    jobs=st.lists(st.tuples(st.integers(1, 30), st.sampled_from([300, 1000])), max_size=20),
)
def test_gangs_take_whole_free_nodes_first_or_nothing(sizes: list[int], jobs: list[tuple[int, int]]) -> None:
    zero = np.zeros(len(sizes), dtype=np.int64)
    gpus, share = (np.array([job[k] for job in jobs], dtype=np.int64) for k in (0, 1))
    nothing = np.zeros(len(jobs), dtype=np.int64)
    nodes = Nodes(zero, zero, np.array(sizes), ("",) * len(sizes))
    ours = pack_gangs(nodes, Requests(nothing, nothing, gpus, share, ("",) * len(jobs)), Packing.BESTFIT)
    hosts, theirs = [naive.Node(0, 0, [1000] * size, 0) for size in sizes], []
    for count, milli in jobs:
        taken = placed.settle(hosts, sizes, "bestfit", (0, 0, 0, count, milli)) or []
        theirs.append(sorted({next(k for k, host in enumerate(hosts) if host is node) for node, _, _ in taken}))
    assert [sorted(ours.pieces[ours.pieces[:, 0] == j, 1].tolist()) for j in range(len(jobs))] == theirs
    assert ours.unplaced == sum(not one for one in theirs)
    assert round(ours.allocation_fraction * nodes.gpu_milli) == nodes.gpu_milli - sum(sum(h.gpus) for h in hosts)


def test_a_request_for_a_model_that_no_node_has_finds_no_place() -> None:
    nodes = Nodes(np.array([1000]), np.array([1000]), np.array([8]), ("A",))
    one = np.array([1])
    out = packing.pack(nodes, Requests(one, one, one, np.array([1000]), ("B",)), Packing.BESTFIT)
    assert out.unplaced == 1
    assert out.allocation_fraction == 0.0


def test_nodes_without_a_stated_model_take_every_request() -> None:
    nodes = Nodes(np.array([0]), np.array([0]), np.array([8]), ("",))
    one, zero = np.array([1]), np.array([0])
    assert packing.pack(nodes, Requests(zero, zero, one, np.array([1000]), ("B",)), Packing.BESTFIT).unplaced == 0
