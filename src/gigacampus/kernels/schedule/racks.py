"""Where a request goes on a floor: the packing policies node by node, fewest racks, nearest pods, whole domains.

`packed`: one node if one could hold it (the one with the least free, in the rack with the least free); a gang goes to
the rack with the least free GPUs that holds all of it, else it takes from the racks that give most until one rack
holds the rest: on alike nodes that is the fewest racks. `near` does the same with pods first and racks within. A job
that asks for domains of P GPUs gets P GPUs each in racks of its own (in the last the rest), the tightest first.
A job that fits one node lies within a domain anyhow.
What is preferred is tried as if it were a must, then done without: model and hall, model, hall, neither.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numba import typeof, types

from gigacampus.kernels.inner import inner
from gigacampus.kernels.jit import typed
from gigacampus.kernels.packing import NOWHERE, WHOLE, Packing, free_total, roomy_gpus, score
from gigacampus.kernels.schedule.cluster import SPREAD, Cluster, share_of
from gigacampus.kernels.schedule.floor import (
    DOMAIN,
    GPUS,
    HALLS,
    HELD,
    LIKES_HALLS,
    LIKES_MODELS,
    MILLI,
    STAMP,
    TENANT,
    WANT_HALLS,
    WANT_MODELS,
    WANT_TENANT,
    WANT_UNTIL,
    WANT_WATTS,
    Floor,
    can_host,
    hold_on,
    vacate,
)  # fmt: skip

PACKED, NEAR = 7, 8
"""Beside the packing policies and SPREAD."""
USED_BEFORE = 1 << 40


@inner
def _on_one(
    f: Floor, policy: int, request: Any, draw: float, watts: int, chain: int, first: int, last: int
) -> int:  # fmt: skip
    """Take room on the best node of a range; -1: no node has room."""
    best, points, second, count = NOWHERE, 0, 0, 0
    c = f.c
    for node in range(first, last):
        # a look at the rack alone: whole GPUs must be free there
        if request[MILLI] == WHOLE and f.rack_free[f.rack[node]] < request[GPUS]:
            continue
        if not can_host(f, node, request):
            continue
        if policy == Packing.RANDOM:
            count += 1
            best = node if best == NOWHERE else best
            continue
        other = 0
        if policy == SPREAD:
            found = roomy_gpus(c.free_gpu[node], WHOLE)
        elif policy in (PACKED, NEAR):
            found, other = -free_total(c.free_gpu[node]), -f.rack_free[f.rack[node]]
        else:
            found = score(
                policy, node, request, c.free_cpu, c.free_gpu, c.gpus, c.model_bit, c.residents, c.typical, c.weight,
                c.before,
            )  # fmt: skip
        if best == NOWHERE or found > points or (found == points and other > second):
            best, points, second = node, found, other
    if count > 1:
        skip = int(draw * count)
        for node in range(first, last):
            if can_host(f, node, request):
                if skip == 0:
                    best = node
                    break
                skip -= 1
    return hold_on(f, policy, best, request, draw, watts, chain) if best != NOWHERE else -1


@inner
def _from_nodes(
    f: Floor, policy: int, request: Any, draw: float, watts: int, left: int, first: int, last: int, chain: int
) -> int:  # fmt: skip
    """Take up to `left` GPUs on a range of nodes: whole free ones in order, then the rest if it fits on one.

    Returns the chain; what was taken stands in HELD.
    """
    c, want = f.c, f.want
    wanted = left
    for node in range(first, last):
        gpus = c.gpus[node]
        if gpus == 0 or gpus > left or roomy_gpus(c.free_gpu[node], WHOLE) < gpus:
            continue
        share_of(c, request, gpus)
        if can_host(f, node, c.rest):
            left -= gpus
            chain = hold_on(f, policy, node, c.rest, draw, watts, chain)
            f.seen[f.rack[node]] = want[STAMP]
        if left == 0:
            break
    if 0 < left <= c.free_gpu.shape[1]:
        share_of(c, request, left)
        piece = _on_one(f, policy, c.rest, draw, watts, chain, first, last)
        if piece >= 0:
            chain, left = piece, 0
            f.seen[f.rack[c.piece_node[piece]]] = want[STAMP]
    want[HELD] = wanted - left
    return chain


@inner
def _cut(f: Floor, policy: int, request: Any, watts: int, chain: int, until: int) -> None:
    """Give the pieces of a chain back that come before the piece `until`."""
    if chain == until:
        return
    c, piece, last = f.c, chain, chain
    while piece != until:
        f.seen[f.rack[c.piece_node[piece]]] = 0
        last, piece = piece, c.piece_next[piece]
    c.piece_next[last] = -1
    vacate(f, policy, chain, request, watts)
    piece = until
    while piece >= 0:
        f.seen[f.rack[c.piece_node[piece]]] = f.want[STAMP]
        piece = c.piece_next[piece]


@inner
def _from_racks(
    f: Floor, policy: int, request: Any, draw: float, watts: int, left: int, first: int, last: int, chain: int
) -> int:  # fmt: skip
    """Take up to `left` GPUs on a range of racks, from as few as can be; returns the chain, what was taken in HELD."""
    wanted = left
    while left > 0:
        before = chain
        chain = _in_one_rack(f, policy, request, draw, watts, left, first, last, before, False)
        if chain != before:
            left = 0
            break
        best, most = -1, 0
        for rack in range(first, last):
            if f.rack_whole[rack] <= most:
                continue
            tried = _from_nodes(
                f, policy, request, draw, watts, left, f.rack_first[rack], f.rack_first[rack + 1], before
            )
            if f.want[HELD] > most:
                best, most = rack, f.want[HELD]
            _cut(f, policy, request, watts, tried, before)
        if best < 0:
            break
        chain = _from_nodes(f, policy, request, draw, watts, left, f.rack_first[best], f.rack_first[best + 1], before)
        left -= most
    f.want[HELD] = wanted - left
    return chain


@inner
def _in_one_rack(
    f: Floor, policy: int, request: Any, draw: float, watts: int, left: int, first: int, last: int, chain: int,
    is_fresh: bool,
) -> int:  # fmt: skip
    """Take `left` GPUs on one rack: one that this job is on already, else the one with the least free that holds them.

    With `is_fresh` only racks that this job is not on. Returns the new chain, the old one where no rack holds them.
    """
    most = f.c.free_gpu.shape[1]
    last_key = -1
    while True:
        best, best_key = -1, 0
        for rack in range(first, last):
            # the rest of a gang, less than a node, may lie on a node in use
            if f.rack_free[rack] < left or f.rack_whole[rack] + most - 1 < left:
                continue
            is_on = f.seen[rack] == f.want[STAMP]
            if is_on and is_fresh:
                continue
            key = ((f.rack_free[rack] + (0 if is_on else USED_BEFORE)) << 20) + rack
            if key > last_key and (best < 0 or key < best_key):
                best, best_key = rack, key
        if best < 0:
            return chain
        taken = _from_nodes(f, policy, request, draw, watts, left, f.rack_first[best], f.rack_first[best + 1], chain)
        if f.want[HELD] == left:
            return taken
        _cut(f, policy, request, watts, taken, chain)
        last_key = best_key


@inner
def _domains(f: Floor, policy: int, request: Any, draw: float, watts: int) -> int:
    """Racks of one's own that give the stated GPUs each, as far as there are such."""
    chain, left = -1, request[GPUS]
    while left > 0:
        part = min(request[DOMAIN], left)
        taken = _in_one_rack(f, policy, request, draw, watts, part, 0, len(f.rack_free), chain, True)
        if taken == chain:
            break
        chain = taken
        left -= part
    f.want[HELD] = request[GPUS] - left
    return chain


@inner
def _near(f: Floor, policy: int, request: Any, draw: float, watts: int) -> int:
    """The pod with the least free GPUs that holds all; else the pods that give most until one holds the rest.

    Returns the chain; what was taken stands in HELD.
    """
    chain, left = -1, request[GPUS]
    pods = len(f.pod_first) - 1
    while left > 0:
        last_key = -1
        while left > 0:
            best, best_key = -1, 0
            for pod in range(pods):
                key = (_pod_sum(f.rack_free, f.pod_first, pod) << 20) + pod
                if key >> 20 >= left and key > last_key and (best < 0 or key < best_key):
                    best, best_key = pod, key
            if best < 0:
                break
            taken = _from_racks(f, policy, request, draw, watts, left, f.pod_first[best], f.pod_first[best + 1], chain)
            if f.want[HELD] == left:
                chain, left = taken, 0
                break
            _cut(f, policy, request, watts, taken, chain)
            last_key = best_key
        if left == 0:
            break
        best, most = -1, 0
        for pod in range(pods):
            if _pod_sum(f.rack_whole, f.pod_first, pod) <= most:
                continue
            taken = _from_racks(f, policy, request, draw, watts, left, f.pod_first[pod], f.pod_first[pod + 1], chain)
            if f.want[HELD] > most:
                best, most = pod, f.want[HELD]
            _cut(f, policy, request, watts, taken, chain)
        if best < 0:
            break
        chain = _from_racks(f, policy, request, draw, watts, left, f.pod_first[best], f.pod_first[best + 1], chain)
        left -= most
    f.want[HELD] = request[GPUS] - left
    return chain


@inner
def _pod_sum(values: Any, pod_first: Any, pod: int) -> int:
    """Sum over the racks of a pod."""
    total = 0
    for rack in range(pod_first[pod], pod_first[pod + 1]):
        total += values[rack]
    return total


def _floor_type() -> Any:
    """The type of a floor, from a small one."""
    one, two = np.zeros(1, dtype=np.int64), np.zeros((1, 1), dtype=np.int64)
    c = Cluster(
        one, one, two, one, one, residents=two, typical=two, weight=np.zeros(1), before=np.zeros(1), piece_node=one,
        piece_next=one, piece_given=np.zeros((1, 1), dtype=np.int16), first_vacant=one, given=one, rest=one,
    )  # fmt: skip
    return typeof(Floor(c, *[one] * (len(Floor._fields) - 1)))  # type: ignore[no-untyped-call]


FLOOR = _floor_type()
SETTLE = types.int64(FLOOR, types.int64, types.int64[::1], types.float64, types.int64, types.int64)
"""Loops take `settle_on_floor` as a function of this type: compiled into each part of theirs it would take a minute."""


@typed(SETTLE)
def settle_on_floor(f: Floor, policy: int, request: Any, draw: float, until: int, watts: int) -> int:
    """Find room for a request and take it; returns the first piece, -1 where there is none now.

    `until` is when it is expected to end (no maintenance may begin before); `watts` what it draws a GPU, 0 where halls
    have no limit.
    """
    want, gpus, racks = f.want, request[GPUS], len(f.rack_free)
    want[WANT_TENANT], want[WANT_UNTIL], want[WANT_WATTS] = request[TENANT], until, watts
    for choice in range(4):
        is_model, is_hall = choice < 2, choice == 0 or choice == 2
        if (is_model and request[LIKES_MODELS] == 0) or (is_hall and request[LIKES_HALLS] == 0):
            continue
        want[WANT_MODELS] = request[LIKES_MODELS] if is_model else 0
        want[WANT_HALLS] = request[HALLS]
        if is_hall:
            both = request[LIKES_HALLS] if request[HALLS] == 0 else request[LIKES_HALLS] & request[HALLS]
            if both == 0:
                continue
            want[WANT_HALLS] = both
        want[STAMP] += 1
        if gpus <= f.c.free_gpu.shape[1]:
            chain = _on_one(f, policy, request, draw, watts, -1, 0, len(f.rack))
            want[HELD] = gpus if chain >= 0 else 0
        elif request[DOMAIN] > 0:
            chain = _domains(f, policy, request, draw, watts)
        elif policy == NEAR:
            chain = _near(f, policy, request, draw, watts)
        elif policy == PACKED:
            chain = _from_racks(f, policy, request, draw, watts, gpus, 0, racks, -1)
        else:
            chain = _from_nodes(f, policy, request, draw, watts, gpus, 0, len(f.rack), -1)
        if chain >= 0 and want[HELD] == gpus:
            return chain
        vacate(f, policy, chain, request, watts)
    return -1
