"""Conservative backfill in plain Python: at every event plan every waiting job afresh, in queue order."""

from __future__ import annotations

NEVER = 2**63 - 1


def free_at(when, now, chips, held):
    return chips - sum(g for begin, until, g in held if begin <= when < until)


def play(rows, chips, key, extends=False):
    """`rows`: (submit, run, estimate, gpus); `key` sorts job numbers. Returns (start, end) of each."""
    n = len(rows)
    length = [(e if extends else max(e, r)) if e > 0 else r for _, r, e, _ in rows]
    start, end = [NEVER] * n, [NEVER] * n
    todo = sorted(range(n), key=lambda j: (rows[j][0], j))
    waiting, running = [], []
    while True:
        times = [rows[j][0] for j in todo[:1]] + [start[j] + rows[j][1] for j in running]
        if not times:
            break
        now = min(times)
        for j in [j for j in running if start[j] + rows[j][1] == now]:
            running.remove(j)
            end[j] = now
        while todo and rows[todo[0]][0] == now:
            waiting.append(todo.pop(0))
        for j in running:
            while extends and 0 < length[j] <= now - start[j]:
                length[j] *= 2
        held = [(now, start[j] + length[j], rows[j][3]) for j in running]
        for j in sorted(waiting, key=key):
            gpus = rows[j][3]
            for when in sorted({now} | {until for _, until, _ in held} | {begin for begin, _, _ in held}):
                if when < now:
                    continue
                inside = [when] + [t for b, u, _ in held for t in (b, u) if when < t < when + length[j]]
                if all(free_at(t, now, chips, held) >= gpus for t in inside):
                    break
            held.append((when, when + length[j], gpus))
            if when == now and gpus <= chips - sum(rows[k][3] for k in running):
                start[j] = now
                running.append(j)
        waiting = [j for j in waiting if start[j] == NEVER]
    return list(zip(start, end, strict=True))
