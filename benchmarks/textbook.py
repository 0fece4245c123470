"""First come first served and EASY backfilling as in the textbook, plain Python alone: prints `id start` of every job.

    python benchmarks/textbook.py LOG.swf CHIPS fcfs|easy > starts.txt

Ends come before arrivals of the same second, then one pass. A job jumps ahead if it ends (by what it asks for) before
the head's reservation, or takes only chips that the head leaves free then.
"""

from __future__ import annotations

import heapq
import sys
from pathlib import Path

Job = tuple[int, int, int, int, int]


def read(path: str) -> list[Job]:
    """Jobs as (submit, place, run, expected, chips)."""
    jobs = []
    with Path(path).open(encoding="utf-8") as file:
        for line in file:
            if line.startswith(";") or not line.strip():
                continue
            field = [int(float(one)) for one in line.split()]
            jobs.append((field[1], len(jobs), field[3], max(field[8], field[3]), field[7]))
    return sorted(jobs)


def starts(jobs: list[Job], chips: int, is_easy: bool) -> dict[int, int]:
    """Start of each job by its place in the file."""
    free, begun, waiting = chips, {}, []
    ends: list[tuple[int, int]] = []  # (end, place)
    held: dict[int, tuple[int, int]] = {}  # place: (expected end, chips)
    arrived = 0
    while arrived < len(jobs) or ends:
        now = min([one[0] for one in ends[:1]] + [one[0] for one in jobs[arrived : arrived + 1]])
        while ends and ends[0][0] == now:
            free += held.pop(heapq.heappop(ends)[1])[1]
        while arrived < len(jobs) and jobs[arrived][0] == now:
            waiting.append(jobs[arrived])
            arrived += 1
        picked = []
        while waiting and waiting[0][4] <= free:
            picked.append(waiting.pop(0))
            free -= picked[-1][4]
        for one in picked:
            held[one[1]] = (now + one[3], one[4])
        if is_easy and len(waiting) > 1 and free:
            jumping = backfilled(waiting, held, free, now)
            picked += jumping
            free -= sum(one[4] for one in jumping)
            gone = {one[1] for one in jumping}
            waiting = [one for one in waiting if one[1] not in gone]
        for one in picked:
            begun[one[1]] = now
            held[one[1]] = (now + one[3], one[4])
            heapq.heappush(ends, (now + one[2], one[1]))
    return begun


def backfilled(waiting: list[Job], held: dict[int, tuple[int, int]], free: int, now: int) -> list[Job]:
    """Which jobs jump ahead of the first that waits."""
    head, room, shadow = waiting[0], free, None
    for end, size in sorted(held.values()):
        if shadow is not None and end > shadow:
            break
        room += size
        if shadow is None and room >= head[4]:
            shadow = end
    assert shadow is not None
    spare, picked = room - head[4], []
    for one in waiting[1:]:
        in_time = now + one[3] <= shadow
        if one[4] <= free and (in_time or one[4] <= spare):
            picked.append(one)
            free -= one[4]
            spare -= 0 if in_time else one[4]
    return picked


if __name__ == "__main__":
    found = starts(read(sys.argv[1]), int(sys.argv[2]), sys.argv[3] == "easy")
    sys.stdout.writelines(f"{place + 1} {start}\n" for place, start in sorted(found.items()))
