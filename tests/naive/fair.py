"""Fair share in plain Python: at every event sort the waiting jobs by faded usage of tenant and user."""

from __future__ import annotations

import math

NEVER = 2**63 - 1
FADING = math.log(2.0) / (7 * 86_400)


def play(rows, chips, easy, extends=False):
    """`rows`: (submit, run, estimate, gpus, tenant, user), in order of submission. Returns starts."""
    n = len(rows)
    length = [(e if extends else max(e, r)) if e > 0 else r for _, r, e, *_ in rows]
    start, used, tenant_used = [NEVER] * n, {}, {}
    todo, waiting, running, now = list(range(n)), [], [], 0
    while True:
        times = [rows[j][0] for j in todo[:1]] + [start[j] + rows[j][1] for j in running]
        if not times:
            return start
        before, now = now, min(times)
        left = math.exp(-FADING * (now - before))
        gained = (1.0 - left) / FADING
        for book, who in ((used, lambda j: rows[j][4:6]), (tenant_used, lambda j: rows[j][4])):
            for key in {*book, *(who(j) for j in running)}:
                held = sum(rows[j][3] for j in running if who(j) == key)
                book[key] = book.get(key, 0.0) * left + held * gained
        running = [j for j in running if start[j] + rows[j][1] > now]
        while todo and rows[todo[0]][0] == now:
            waiting.append(todo.pop(0))
        waiting.sort(key=lambda j: (tenant_used.get(rows[j][4], 0.0), used.get(rows[j][4:6], 0.0), j))
        free = chips - sum(rows[j][3] for j in running)
        picked = []
        while waiting and rows[waiting[0]][3] <= free:
            free -= rows[waiting[0]][3]
            picked.append(waiting.pop(0))
        for j in running:
            while extends and 0 < length[j] <= now - start[j]:
                length[j] *= 2
        if waiting and easy:
            ends = [(start[j] + length[j], rows[j][3]) for j in running]
            ends += [(now + length[j], rows[j][3]) for j in picked]
            head = rows[waiting[0]][3]
            shadow = min(t for t, _ in ends if free + sum(g for end, g in ends if end <= t) >= head)
            spare = free + sum(g for end, g in ends if end <= shadow) - head
            for j in waiting[1:]:
                in_time = now + length[j] <= shadow
                if rows[j][3] <= free and (in_time or rows[j][3] <= spare):
                    free -= rows[j][3]
                    spare -= 0 if in_time else rows[j][3]
                    picked.append(j)
        waiting = [j for j in waiting if j not in picked]
        for j in picked:
            start[j] = now
            running.append(j)
