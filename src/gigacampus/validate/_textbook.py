"""The textbook: every queue policy in a few lines of plain Python, written from the rules and from nothing else.

One instant: what ends, then what arrives, then one pass. Ties go by submission, then by place. Jobs are
`(submit, run, estimate, gpus, priority)`; a job is expected to end after max(estimate, run), its run time where there
is no estimate.
"""

from __future__ import annotations

from collections.abc import Callable

Job = tuple[int, int, int, int, int]
NEVER = 2**63 - 1


def length(job: Job) -> int:
    """Expected length."""
    return max(job[2], job[1]) if job[2] > 0 else job[1]


def orders(jobs: list[Job]) -> dict[str, Callable[[int], tuple[int, ...]]]:
    """Sort keys of job numbers by policy."""
    line: Callable[[int], tuple[int, ...]] = lambda j: (jobs[j][0], j)  # noqa: E731
    return {
        "fcfs": line, "easy": line, "conservative": line,
        "sjf": lambda j: (length(jobs[j]), jobs[j][0], j), "priority": lambda j: (-jobs[j][4], jobs[j][0], j),
    }  # fmt: skip


def queue(jobs: list[Job], gpus: int, policy: str) -> list[tuple[int, int]]:
    """Start and end of each job under a policy that lets jobs finish once they have started."""
    start: dict[int, int] = {}
    key, waiting, running = orders(jobs)[policy], set[int](), set[int]()
    arriving = sorted(range(len(jobs)), key=lambda j: (jobs[j][0], j))
    while arriving or running:
        now = min([start[j] + jobs[j][1] for j in running] + [jobs[j][0] for j in arriving[:1]])
        running = {j for j in running if start[j] + jobs[j][1] > now}
        while arriving and jobs[arriving[0]][0] == now:
            waiting.add(arriving.pop(0))
        for j in chosen(jobs, gpus, policy, now, sorted(waiting, key=key), {j: start[j] for j in running}):
            start[j] = now
            waiting.remove(j)
            running.add(j)
    return [(start[j], start[j] + jobs[j][1]) for j in range(len(jobs))]


def chosen(jobs: list[Job], gpus: int, policy: str, now: int, line: list[int], running: dict[int, int]) -> list[int]:
    """Who starts now."""
    ends = [(begun + length(jobs[j]), jobs[j][3]) for j, begun in running.items()]
    free = gpus - sum(size for _, size in ends)
    if policy == "conservative":
        return reserved(jobs, free, now, line, ends)
    picked = []
    while line and jobs[line[0]][3] <= free:
        picked.append(line.pop(0))
        free -= jobs[picked[-1]][3]
        ends.append((now + length(jobs[picked[-1]]), jobs[picked[-1]][3]))
    if policy != "easy" or not line:
        return picked
    head = jobs[line[0]][3]
    shadow = min(t for t, _ in ends if free + sum(size for end, size in ends if end <= t) >= head)
    spare = free + sum(size for end, size in ends if end <= shadow) - head
    for j in line[1:]:
        size = jobs[j][3]
        in_time = now + length(jobs[j]) <= shadow
        if size <= free and (in_time or size <= spare):
            picked.append(j)
            free -= size
            spare -= 0 if in_time else size
    return picked


def reserved(jobs: list[Job], free: int, now: int, line: list[int], ends: list[tuple[int, int]]) -> list[int]:
    """Conservative: each job in turn gets the earliest time at which its GPUs are free for its whole length."""
    change = [(end, size) for end, size in ends]
    picked, left = [], free
    for j in line:
        size, long = jobs[j][3], length(jobs[j])
        for begin in sorted({now, *(at for at, _ in change)}):
            inside = [begin, *(at for at, _ in change if begin < at < begin + long)]
            if begin >= now and all(free + sum(n for at, n in change if at <= t) >= size for t in inside):
                break
        if long:
            change += [(begin, -size), (begin + long, size)]
        if begin == now and size <= left:
            picked.append(j)
            left -= size
    return picked


def preemptive(jobs: list[Job], gpus: int, policy: str) -> list[tuple[int, int]]:
    """First start and end of each job under srtf or srsf: all unfinished jobs are given GPUs afresh at every event."""
    left = [job[1] for job in jobs]
    first, end = [NEVER] * len(jobs), [NEVER] * len(jobs)
    running, now = set[int](), min(job[0] for job in jobs)
    while NEVER in end:
        for j in [j for j in running if left[j] == 0]:
            end[j] = now
            running.remove(j)
        open_jobs = [j for j in range(len(jobs)) if jobs[j][0] <= now and end[j] == NEVER]
        open_jobs.sort(key=lambda j: (left[j] * (jobs[j][3] if policy == "srsf" else 1), jobs[j][0], j))
        free, running = gpus, set()
        for j in open_jobs:
            if jobs[j][3] <= free:
                free -= jobs[j][3]
                running.add(j)
                first[j] = min(first[j], now)
        later = [job[0] for job in jobs if job[0] > now] + [now + left[j] for j in running]
        if not later:
            break
        for j in running:
            left[j] -= min(later) - now
        now = min(later)
    return list(zip(first, end, strict=True))
