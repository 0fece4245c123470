"""The slow, obvious twin of scheduling on nodes: whole GPUs and shares on nodes without other limits.

Jobs are tuples (submit, run, estimate, gpus, share in thousandths, priority), in order of submission.
"""

from __future__ import annotations

from tests.naive.packing import Node, fits, score

KEYS = {
    "fcfs": lambda j, i: i,
    "sjf": lambda j, i: (j[2], i),
    "priority": lambda j, i: (-j[5], i),
}


def give(node, count, share):
    """Take GPUs of a node: a shared one from the fullest that has room, whole ones in order. Returns which."""
    if share < 1000:
        pick = min((g, i) for i, g in enumerate(node.gpus) if g >= share and g > 0)[1]
        node.gpus[pick] -= share
        return [(node, pick, share)]
    taken = [i for i, g in enumerate(node.gpus) if g == 1000][:count]
    for i in taken:
        node.gpus[i] = 0
    return [(node, i, 1000) for i in taken]


def choose(nodes, sizes, rule, count, share):
    request = (0, 0, count, share, 0)
    able = [i for i, node in enumerate(nodes) if fits(node, request)]
    if not able:
        return None
    if rule == "spread":
        return max(able, key=lambda i: (sum(g == 1000 for g in nodes[i].gpus), -i))
    return max(able, key=lambda i: (score("BESTFIT", nodes[i], sizes[i], request, [], []), -i))


def settle(nodes, sizes, rule, job):
    """All that a job takes, or None: then nothing is taken."""
    count, share = job[3], job[4] if job[3] == 1 else 1000
    if count <= max(sizes):
        chosen = choose(nodes, sizes, rule, count, share)
        return None if chosen is None else give(nodes[chosen], count, share)
    held, left = [], count
    for node, size in zip(nodes, sizes, strict=True):
        if size and size <= left and all(g == 1000 for g in node.gpus):
            held += give(node, size, 1000)
            left -= size
    chosen = choose(nodes, sizes, rule, left, 1000) if 0 < left <= max(sizes) else None
    if left and chosen is None:
        give_back(held)
        return None
    return held + (give(nodes[chosen], left, 1000) if left else [])


def give_back(held):
    for node, gpu, share in held:
        node.gpus[gpu] += share


def schedule(policy, jobs, sizes, rule):
    """Start, and indices of the nodes, of every job."""
    order, is_easy = (policy.split("-")[0], "easy" in policy)
    key = KEYS["fcfs" if order == "easy" else order]
    nodes = [Node(0, 0, [1000] * size, 0) for size in sizes]
    start, places, held = [None] * len(jobs), [None] * len(jobs), {}
    amount = [j[3] * (j[4] if j[3] == 1 else 1000) for j in jobs]
    waiting, at = [], 0
    ends = []

    def begin(i, now):
        taken = settle(nodes, sizes, rule, jobs[i])
        if taken is None:
            return False
        held[i], start[i] = taken, now
        places[i] = sorted({next(k for k, n in enumerate(nodes) if n is node) for node, _, _ in taken})
        waiting.remove(i)
        ends.append((now + jobs[i][1], i))
        return True

    while at < len(jobs) or ends:
        now = min([job[0] for job in jobs[at : at + 1]] + [end for end, _ in ends])
        for entry in [e for e in ends if e[0] == now]:
            ends.remove(entry)
            give_back(held.pop(entry[1]))
        while at < len(jobs) and jobs[at][0] == now:
            waiting.append(at)
            at += 1
        waiting.sort(key=lambda i: key(jobs[i], i))
        while waiting and begin(waiting[0], now):
            pass
        if not is_easy or len(waiting) < 2:
            continue
        free = sum(sum(node.gpus) for node in nodes)
        head = waiting[0]
        expected = {i: start[i] + jobs[i][2] for i in held}
        for shadow in sorted(set(expected.values())):
            spare = free + sum(amount[i] for i in held if expected[i] <= shadow) - amount[head]
            if spare >= 0:
                break
        for i in waiting[1:]:
            in_time = now + jobs[i][2] <= shadow
            if (in_time or amount[i] <= spare) and begin(i, now) and not in_time:
                spare -= amount[i]
    return start, places
