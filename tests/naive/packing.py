"""The slow, obvious twin of `kernels/packing.py`: every score worked out afresh for every node."""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from typing import Any


@dataclass
class Node:
    cpu: int
    memory: int
    gpus: list[int]
    model: int
    tags: dict[int, int] = field(default_factory=dict)


def fits(node: Node, request: Any) -> bool:
    cpu, memory, count, share, models = request
    if node.cpu < cpu or node.memory < memory:
        return False
    if count == 0:
        return True
    if models and not models & node.model:
        return False
    return sum(left >= share for left in node.gpus) >= count


def fragmentation(cpu: int, gpus: list[int], model: int, typical: Any, weight: Any) -> float:
    amount = 0.0
    for (need, _, count, share, models), w in zip(typical, weight, strict=True):
        able = count > 0 and (not models or models & model) and cpu >= need and sum(g >= share for g in gpus) >= count
        if not able:
            amount += w * float(sum(gpus))
            continue
        for g in gpus:
            if g < share:
                amount += w * g
    return amount


def after(gpus: list[int], request: Any) -> list[int]:
    """Whole GPUs: the first free ones are taken."""
    left, need = list(gpus), request[2]
    for i, g in enumerate(left):
        if need and g == 1000:
            left[i], need = 0, need - 1
    return left


def fgd(node: Node, request: Any, typical: Any, weight: Any) -> tuple[int, int]:
    cpu, _, count, share, _ = request
    before = fragmentation(node.cpu, node.gpus, node.model, typical, weight)
    if count == 1 and share < 1000:
        options = []
        for i, g in enumerate(node.gpus):
            if g >= share:
                left = list(node.gpus)
                left[i] -= share
                options.append((sigmoid(before, fragmentation(node.cpu - cpu, left, node.model, typical, weight)), -i))
        best = max(options)
        return best[0], -best[1]
    left = after(node.gpus, request)
    return sigmoid(before, fragmentation(node.cpu - cpu, left, node.model, typical, weight)), -1


def sigmoid(before: float, now: float) -> int:
    return int(1.0 / (1.0 + math.exp(-(before - now) / 1000)) * 100)


def tag(request: Any) -> int:
    return 0 if request[3] < 1000 else request[2]


def score(policy: str, node: Node, installed: int, request: Any, typical: Any, weight: Any) -> int:
    cpu, _, count, share, _ = request
    left = sum(node.gpus)
    if policy == "BESTFIT":
        return int((1.0 - (0.5 * ((node.cpu - cpu) / 128_000.0) + 0.5 * ((left - count * share) / 8_000.0))) * 100)
    if policy == "DOTPROD":
        a = (node.cpu / 128_000.0) * (cpu / 128_000.0)
        return int((1.0 - (a + (left / 8_000.0) * (count * share / 8_000.0)) / 2.0) * 100)
    if policy == "FGD":
        return fgd(node, request, typical, weight)[0]
    if count == 0:
        return 0
    if policy == "GPUCLUSTERING":
        band = (3 if len(node.tags) == 1 else 2) if tag(request) in node.tags else (0 if node.tags else 1)
        return 25 * (8000 - left) // 8000 + 25 * band
    idle = sum(g == 1000 for g in node.gpus)
    if idle == installed:
        return max(33 - idle, idle)
    used = sorted((g, i) for i, g in enumerate(node.gpus) if g >= share and g > 0)[:count]
    fresh = sum(g == 1000 for g, _ in used)
    if fresh:
        return max(50 - fresh, 33)
    return max(100 - sum(g * 100 // 1000 for g, _ in used) // 10, 50)


def pack(
    policy: str,
    nodes: list[Node],
    requests: Any,
    draws: Any,
    ties: Any,
    typical: Any,
    weight: Any,
    installed: Any,
) -> list[int]:
    places = []
    for request, draw, tie in zip(requests, draws, ties, strict=True):
        able = [i for i, node in enumerate(nodes) if fits(node, request)]
        if not able:
            places.append(-1)
            continue
        if policy == "RANDOM":
            chosen = able[int(draw * len(able))]
        else:
            scores = {i: score(policy, nodes[i], installed[i], request, typical, weight) for i in able}
            best = [i for i in able if scores[i] == max(scores.values())]
            chosen = best[int(tie * len(best))]
        places.append(chosen)
        host, (cpu, memory, count, share, _) = nodes[chosen], request
        if count == 1 and share < 1000:
            roomy = [i for i, g in enumerate(host.gpus) if g >= share]
            if policy == "FGD":
                pick = fgd(host, request, typical, weight)[1]
            elif policy == "RANDOM":
                pick = roomy[int(draw * len(roomy))]
            else:
                pick = min((host.gpus[i], i) for i in roomy if host.gpus[i] > 0)[1]
            host.gpus[pick] -= share
        else:
            host.gpus = after(host.gpus, request)
        host.cpu -= cpu
        host.memory -= memory
        if count:
            host.tags[tag(request)] = host.tags.get(tag(request), 0) + 1
    return places
