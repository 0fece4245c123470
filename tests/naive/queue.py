"""A textbook scheduler in plain Python: lists, sorting, one event after the other. Slow and obvious.

Jobs are tuples (submit, run, estimate, gpus, priority, checkpoint); steps (at, level, serving); strikes (at, chip,
node, repair).
"""

from __future__ import annotations

from dataclasses import dataclass, field

NEVER = 2**63 - 1


@dataclass
class Job:
    index: int
    submit: int
    run: int
    estimate: int
    gpus: int
    priority: int = 0
    checkpoint: int = 0
    first: int = NEVER
    since: int = NEVER
    end: int = NEVER
    tries: int = 0
    kept: int = 0
    lost: int = 0
    overhead: int = 0
    slot: int = -1

    def on_chips(self, work, m):
        writes = 0
        if self.checkpoint:
            done = self.checkpoint
            while done < work:
                writes += 1
                done += self.checkpoint
        return work + writes * m.write + (m.restart if self.tries else 0)

    def left(self, m):
        return self.on_chips(self.run - self.kept, m)

    def expected_left(self, m):
        return self.on_chips(self.estimate - self.kept, m)


@dataclass
class Machine:
    level: int
    serving: int = 0
    down: int = 0
    restart: int = 0
    write: int = 0
    extends: bool = False
    now: int = 0
    waiting: list = field(default_factory=list)
    running: list = field(default_factory=list)
    vacant: list = field(default_factory=lambda: list(range(9_999, -1, -1)))
    calendar: list = field(default_factory=list)
    """Places on the machine that running jobs (or jobs broken off, until they would have ended) occupy."""

    @property
    def used(self):
        return sum(j.gpus for j in self.running)

    @property
    def free(self):
        return self.level - self.down - self.used

    def begin(self, job):
        assert job.gpus <= self.free
        self.waiting.remove(job)
        self.running.append(job)
        job.overhead = self.restart if job.tries else 0
        job.end = self.now + job.left(self)
        job.expected = self.now + job.expected_left(self)
        job.since = self.now
        job.slot = self.vacant.pop()
        self.calendar.append((job.end, job.slot, job))
        if not job.tries:
            job.first = self.now
        job.tries += 1

    def finish(self):
        for entry in sorted(e for e in ((end, slot) for end, slot, _ in self.calendar) if e[0] == self.now):
            job = next(j for end, slot, j in self.calendar if (end, slot) == entry)
            self.calendar.remove((*entry, job))
            self.vacant.append(entry[1])
            if job in self.running and (job.end, job.slot) == entry:
                self.running.remove(job)
                job.lost += self.now - job.since - (job.run - job.kept)

    def struck(self, chip, node):
        """Jobs by place: the one that holds the chip, and, if smaller than a node, those next to it that share it."""
        by_slot = sorted((j for j in self.running if j.gpus), key=lambda j: j.slot)
        first, seen = 0, 0
        while seen + by_slot[first].gpus <= chip:
            seen += by_slot[first].gpus
            first += 1
        hit = [by_slot[first]]
        for job in by_slot[first + 1 :]:
            if sum(j.gpus for j in hit) >= node or sum(j.gpus for j in hit) + job.gpus > node:
                break
            hit.append(job)
        return hit

    def stop(self, job):
        length = self.now - job.since
        work = length - min(length, job.overhead)
        saved = work // (job.checkpoint + self.write) * job.checkpoint if job.checkpoint else 0
        job.kept += saved
        job.lost += length - saved
        job.end = NEVER
        self.running.remove(job)
        self.waiting.append(job)

    def stop_latest(self):
        if not self.running:
            return False
        self.stop(self.running[-1])
        return True


KEYS = {
    "fcfs": lambda j: (j.submit, j.index),
    "sjf": lambda j: (j.estimate, j.submit, j.index),
    "priority": lambda j: (-j.priority, j.submit, j.index),
}


def schedule(m, key, easy):
    m.waiting.sort(key=key)
    for job in m.running:
        length = job.expected - job.since
        while m.extends and 0 < length <= m.now - job.since:
            length *= 2
        job.expected = job.since + length
    while m.waiting and m.waiting[0].gpus <= m.free:
        m.begin(m.waiting[0])
    if not easy or not m.waiting:
        return
    head = m.waiting[0]
    shadow, spare = NEVER, 0
    for end in sorted({j.expected for j in m.running}):
        free_then = m.free + sum(j.gpus for j in m.running if j.expected <= end)
        if free_then >= head.gpus:
            shadow, spare = end, free_then - head.gpus
            break
    for job in m.waiting[1:]:
        if job.gpus > m.free:
            continue
        ends_in_time = m.now + job.expected_left(m) <= shadow
        if ends_in_time:
            m.begin(job)
        elif job.gpus <= spare:
            spare -= job.gpus
            m.begin(job)


def play(
    rows,
    chips,
    policy="fcfs",
    easy=False,
    steps=(),
    strikes=(),
    restart=0,
    write=0,
    extends=False,
    until=NEVER,
    watch=None,
):
    """Play it through; `watch(machine)` is called after every instant."""
    jobs = [
        Job(i, s, r, (e if extends else max(e, r)) if e > 0 else r, g, p, c)
        for i, (s, r, e, g, p, c) in enumerate(rows)
    ]
    arrivals = sorted(jobs, key=lambda j: (j.submit, j.index))
    steps, strikes, repairs = list(steps), list(strikes), []
    m = Machine(chips, restart=restart, write=write, extends=extends)
    key = KEYS[policy]
    while True:
        times = [e[0] for e in m.calendar] + [j.submit for j in arrivals[:1]] + [x[0] for x in steps[:1]]
        times += [x[0] for x in strikes[:1]] + [x[0] for x in repairs]
        now = min(times, default=NEVER)
        if now >= until or now == NEVER:
            break
        assert now >= m.now
        m.now = now
        m.finish()
        while strikes and strikes[0][0] == now:
            _, chip, node, repair = strikes.pop(0)
            if chip < m.used:
                for job in m.struck(chip, node):
                    m.stop(job)
            elif chip < m.used + m.serving:
                while m.free < node and m.stop_latest():
                    pass
            elif chip >= m.used + m.serving + m.free:
                continue
            down = min(node, m.free)
            m.down += down
            repairs.append((now + repair, down))
        for done in [x for x in repairs if x[0] == now]:
            repairs.remove(done)
            m.down -= min(done[1], m.down)
        while steps and steps[0][0] == now:
            _, m.level, m.serving = steps.pop(0)
            m.down = min(m.down, m.level)
            while m.free < 0 and m.stop_latest():
                pass
        while arrivals and arrivals[0].submit == now:
            m.waiting.append(arrivals.pop(0))
        schedule(m, key, easy)
        if watch:
            watch(m)
    for job in m.running:
        job.end = NEVER
    return jobs
