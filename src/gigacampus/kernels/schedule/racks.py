"""Where a request goes on a floor: the packing policies node by node, fewest racks, nearest pods, whole domains.

`packed`: one node if one could hold it (the one with the least free, in the rack with the least free); a gang goes to
the rack with the least free GPUs that holds all of it, else it takes from the racks that give most until one rack
holds the rest: on alike nodes that is the fewest racks. `near` does the same with pods first and racks within. A job
that asks for domains of P GPUs gets P GPUs each in racks of its own (in the last the rest), the tightest first.
A job that fits one node lies within a domain anyhow.
What is preferred is tried as if it were a must, then done without: model and hall, model, hall, neither.

Where GPUs alone count, nodes and racks stand on shelves by what they have free: the node or rack that a rule ranks
first is the first on the first shelf that will do, and all others are passed over.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numba import typeof, types

from gigacampus.kernels.jit import kernel, typed
from gigacampus.kernels.packing import NOWHERE, WHOLE, Packing, free_total, roomy_gpus, score
from gigacampus.kernels.schedule.cluster import SPREAD, Cluster, has_shelf, idle_gpus, next_idle, share_of
from gigacampus.kernels.schedule.floor import (
    DOMAIN,
    GPUS,
    HALLS,
    HELD,
    LIKES_HALLS,
    LIKES_MODELS,
    MILLI,
    NEAR,
    PACKED,
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
from gigacampus.kernels.schedule.shelves import SHELVES, count_on, is_kept, next_on

USED_BEFORE = 1 << 40
RACK_BITS = 20
RACKS = (1 << RACK_BITS) - 1
"""Keys of racks: what ranks them, then their number."""


@kernel
def _on_one(
    f: Floor, policy: int, request: Any, draw: float, watts: int, chain: int, first: int, last: int
) -> int:  # fmt: skip
    """Take room on the best node of a range; -1: no node has room."""
    best, points, second, count = NOWHERE, 0, 0, 0
    c = f.c
    if last - first == len(f.rack) and is_kept(c.by_free) and request[GPUS] > 0:
        if not has_shelf(c, request[GPUS]):
            return -1
        if policy == Packing.BESTFIT or policy == SPREAD:
            best, last = _first_on_shelves(f, policy, request), first
        elif policy in (PACKED, NEAR) and is_kept(f.by_free):
            best, last = _first_in_racks(f, request), first
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


@kernel
def _first_on_shelves(f: Floor, policy: int, request: Any) -> int:
    """The node with the least free GPUs that can host a request, under spread with the most; the first of equals."""
    most = f.c.free_gpu.shape[1]
    for step in range(most - request[GPUS] + 1):
        shelf = most - step if policy == SPREAD else request[GPUS] + step
        node = next_on(f.c.by_free, shelf, 0)
        while node >= 0:
            if can_host(f, node, request):
                return node
            node = next_on(f.c.by_free, shelf, node + 1)
    return NOWHERE


@kernel
def _first_in_racks(f: Floor, request: Any) -> int:
    """The node with the least free GPUs that can host a request, in the rack with the least; the first of equals."""
    for shelf in range(request[GPUS], f.c.free_gpu.shape[1] + 1):
        if count_on(f.c.by_free, shelf) == 0:
            continue
        for free in range(shelf, f.by_free[SHELVES]):
            rack = next_on(f.by_free, free, 0)
            while rack >= 0:
                node = next_on(f.c.by_free, shelf, f.rack_first[rack])
                while 0 <= node < f.rack_first[rack + 1]:
                    if can_host(f, node, request):
                        return node
                    node = next_on(f.c.by_free, shelf, node + 1)
                rack = next_on(f.by_free, free, rack + 1)
    return NOWHERE


@kernel
def _from_nodes(
    f: Floor, policy: int, request: Any, draw: float, watts: int, left: int, first: int, last: int, chain: int
) -> int:  # fmt: skip
    """Take up to `left` GPUs on a range of nodes: whole free ones in order, then the rest if it fits on one.

    Returns the chain; what was taken stands in HELD.
    """
    c, want = f.c, f.want
    wanted = left
    node = next_idle(c, first, left)
    while 0 <= node < last:
        share_of(c, request, c.gpus[node])
        if can_host(f, node, c.rest):
            left -= c.gpus[node]
            chain = hold_on(f, policy, node, c.rest, draw, watts, chain)
            f.seen[f.rack[node]] = want[STAMP]
        if left == 0:
            break
        node = next_idle(c, node + 1, left)
    if 0 < left <= c.free_gpu.shape[1]:
        share_of(c, request, left)
        piece = _on_one(f, policy, c.rest, draw, watts, chain, first, last)
        if piece >= 0:
            chain, left = piece, 0
            f.seen[f.rack[c.piece_node[piece]]] = want[STAMP]
    want[HELD] = wanted - left
    return chain


@kernel
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


@kernel
def _cut_rack(
    f: Floor, policy: int, request: Any, watts: int, chain: int, until: int, rack: int, stamp: int
) -> None:  # fmt: skip
    """The same where all these pieces are on one rack, that had this stamp before."""
    f.seen[rack] = stamp
    if chain == until:
        return
    c, last = f.c, chain
    while c.piece_next[last] != until:
        last = c.piece_next[last]
    c.piece_next[last] = -1
    vacate(f, policy, chain, request, watts)


@kernel
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
        chain = _from_fullest(f, policy, request, draw, watts, left, first, last, before)
        if f.want[HELD] == 0:
            break
        left -= f.want[HELD]
    f.want[HELD] = wanted - left
    return chain


@kernel
def _from_fullest(
    f: Floor, policy: int, request: Any, draw: float, watts: int, left: int, first: int, last: int, chain: int
) -> int:  # fmt: skip
    """Take part of `left` GPUs on the rack of a range that gives most, the first of equals; returns the new chain.

    What was taken stands in HELD. No rack gives more than it has on wholly free nodes: one that could do so would hold
    all that is left.
    """
    best, most, rack = -1, 0, -1
    is_all = is_kept(f.by_whole) and last - first == len(f.rack_free)
    shelf = f.by_whole[SHELVES] - 1 if is_all else 0
    while True:
        if is_all:  # the fullest shelf first
            rack = next_on(f.by_whole, shelf, rack + 1)
            if rack < 0 or (shelf == most and rack > best):
                shelf, rack = shelf - 1, -1
                if shelf < max(most, 1):
                    break
                continue
        else:
            rack = max(rack + 1, first)
            if rack >= last:
                break
            if f.rack_whole[rack] <= most:
                continue
        stamp = f.seen[rack]
        tried = _from_nodes(f, policy, request, draw, watts, left, f.rack_first[rack], f.rack_first[rack + 1], chain)
        held = f.want[HELD]
        if is_all and held == shelf:
            return tried  # all that it has, and none has more
        if held > most or (held == most and rack < best):
            best, most = rack, held
        _cut_rack(f, policy, request, watts, tried, chain, rack, stamp)
    f.want[HELD] = 0
    if best < 0:
        return chain
    return _from_nodes(f, policy, request, draw, watts, left, f.rack_first[best], f.rack_first[best + 1], chain)


@kernel
def _in_one_rack(
    f: Floor, policy: int, request: Any, draw: float, watts: int, left: int, first: int, last: int, chain: int,
    is_fresh: bool,
) -> int:  # fmt: skip
    """Take `left` GPUs on one rack: one that this job is on already, else the one with the least free that holds them.

    With `is_fresh` only racks that this job is not on. Returns the new chain, the old one where no rack holds them.
    """
    last_key = -1
    is_all = is_kept(f.by_free) and last - first == len(f.rack_free)
    if is_all and not _has_rack(f, left):
        return chain
    while True:
        key = _next_rack(f, left, first, last, is_fresh or chain < 0, is_all, last_key)
        if key < 0:
            return chain
        best = key & RACKS
        stamp = f.seen[best]
        taken = _from_nodes(f, policy, request, draw, watts, left, f.rack_first[best], f.rack_first[best + 1], chain)
        if f.want[HELD] == left:
            return taken
        _cut_rack(f, policy, request, watts, taken, chain, best, stamp)
        last_key = key


@kernel
def _next_rack(f: Floor, left: int, first: int, last: int, is_fresh: bool, is_all: bool, last_key: int) -> int:
    """The key of the rack that comes after another; those that this job is on come first, then the least free.

    A rack must have GPUs enough: the rest of a gang, less than a node, may lie on a node in use. Where all racks are
    asked for and stand on shelves, those that the job is not on are looked up there.
    """
    best_key, stamp, least = -1, f.want[STAMP], left - f.c.free_gpu.shape[1] + 1
    for rack in range(first, first if is_all and is_fresh else last):
        is_on = f.seen[rack] == stamp
        if (is_on and is_fresh) or (is_all and not is_on) or f.rack_free[rack] < left or f.rack_whole[rack] < least:
            continue
        key = ((f.rack_free[rack] + (0 if is_on else USED_BEFORE)) << RACK_BITS) + rack
        if key > last_key and (best_key < 0 or key < best_key):
            best_key = key
    if best_key >= 0 or not is_all:
        return best_key
    free, rack = left, 0
    if last_key >> RACK_BITS >= USED_BEFORE:
        free, rack = (last_key >> RACK_BITS) - USED_BEFORE, (last_key & RACKS) + 1
    while free < f.by_free[SHELVES]:
        rack = next_on(f.by_free, free, rack)
        while rack >= 0:
            if f.seen[rack] != stamp and f.rack_whole[rack] >= least:
                return ((free + USED_BEFORE) << RACK_BITS) + rack
            rack = next_on(f.by_free, free, rack + 1)
        free, rack = free + 1, 0
    return -1


@kernel
def _has_rack(f: Floor, left: int) -> bool:
    """Whether any rack has wholly free nodes enough, by the shelves."""
    for shelf in range(max(left - f.c.free_gpu.shape[1] + 1, 0), f.by_whole[SHELVES]):
        if count_on(f.by_whole, shelf) > 0:
            return True
    return False


@kernel
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


@kernel
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


@kernel
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
        by_free=one, idle=one,
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
    most = f.c.free_gpu.shape[1]
    # beyond wholly free nodes a gang takes one part of a node, and one of each rack where it asks for domains
    if is_kept(f.c.idle) and gpus > most and request[DOMAIN] == 0 and gpus - idle_gpus(f.c) > most:
        return -1
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
        if gpus <= most:
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
