"""Preemptive policies in plain Python: at every event sort all unfinished jobs and hand out the chips afresh."""

from __future__ import annotations

NEVER = 2**63 - 1


def play(rows, chips, rule, restart=0, threshold=3600):
    """`rows`: (submit, run, gpus, priority). Returns (first start, end, starts) of each."""
    n = len(rows)
    done, first, end, tries, since = [0] * n, [NEVER] * n, [NEVER] * n, [0] * n, [None] * n
    arrived = 0
    order = sorted(range(n), key=lambda j: (rows[j][0], j))
    now = 0

    def overhead(j):
        return restart if tries[j] > 1 else 0

    def worked(j):
        return done[j] + (max(now - since[j] - overhead(j), 0) if since[j] is not None else 0)

    def key(j):
        _, run, gpus, priority = rows[j]
        if rule == "spot":
            return (-priority, since[j] is None, rows[j][0], j)
        if rule == "las":
            return (0 if worked(j) * gpus < threshold else 1, rows[j][0], j)
        left = run - worked(j)
        return (left * gpus if rule == "srsf" else left, rows[j][0], j)

    def ends(j):
        return since[j] + overhead(j) + rows[j][1] - done[j]

    def sinks(j):
        """The first second at which its attained service reaches the threshold."""
        if not rows[j][2]:
            return NEVER
        return since[j] + overhead(j) + -(-threshold // rows[j][2]) - done[j]

    while True:
        running = [j for j in range(n) if since[j] is not None]
        times = [ends(j) for j in running] + [rows[j][0] for j in order[arrived : arrived + 1]]
        if rule == "las":
            times += [sinks(j) for j in running if sinks(j) > now]
        if not times:
            break
        now = min(times)
        for j in running:
            if ends(j) == now:
                end[j], since[j] = now, None
        while arrived < n and rows[order[arrived]][0] == now:
            arrived += 1
        unfinished = [j for j in order[:arrived] if end[j] == NEVER]
        free, chosen = chips, set()
        for j in sorted(unfinished, key=key):
            if rows[j][2] <= free:
                free -= rows[j][2]
                chosen.add(j)
        for j in unfinished:
            if since[j] is not None and j not in chosen:
                done[j] = worked(j)
                since[j] = None
            elif since[j] is None and j in chosen:
                since[j] = now
                tries[j] += 1
                first[j] = min(first[j], now)
    return list(zip(first, end, tries, strict=True))
