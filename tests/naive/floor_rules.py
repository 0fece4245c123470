"""The slow, obvious twin of every policy on a floor: queues and passes of one twin, nodes of the other."""

from __future__ import annotations

from tests.naive import floor, general

NEVER = 2**63 - 1


class Machine:
    """Nodes that come and go. What a sole tenant may hold is part of the machine; several are asked one by one."""

    def __init__(self, world, sole):
        self.world, self.sole = world, sole
        self.sizes, self.used, self.caps = [n.size for n in world.nodes], {}, {}

    @property
    def total(self):
        up = sum(1000 * n.size for n in self.world.nodes if not n.outages)
        return min(up, self.caps.get(0, NEVER)) if self.sole else up

    @property
    def free(self):
        return self.total - sum(self.used.values())

    def within(self, j, size):
        tenant = self.whose(j)
        held = sum(s for k, s in self.used.items() if self.whose(k) == tenant)
        return held + size <= self.caps.get(tenant, NEVER)

    def whose(self, j):
        return 0 if self.sole else self.world.jobs[j].tenant

    def take(self, j, job):
        if job["size"] > self.free or not self.within(j, job["size"]) or not self.world.place(self.world.jobs[j]):
            return False
        self.used[j] = job["size"]
        return True

    def give(self, j):
        self.used.pop(j)
        held = list(self.world.jobs[j].held)
        self.world.back(self.world.jobs[j])
        return held

    def restore(self, j, job, held):
        lacks = any(node.gpus[gpu] < share for node, gpu, share in held)
        if lacks or job["size"] > self.free or not self.within(j, job["size"]):
            return False
        for node, gpu, share in held:
            node.gpus[gpu] -= share
        self.world.jobs[j].held, self.used[j] = list(held), job["size"]
        return True

    def where(self, j):
        return sorted({node.index for node, _, _ in self.world.jobs[j].held})


class World(general.World):
    """Policies as without racks; what befalls nodes and limits besides."""

    def __init__(self, jobs, machine, policy, quotas, restart, write, threshold, backoff, requeue="place"):
        super().__init__(jobs, machine, policy, quotas, restart, threshold)
        self.write, self.backoff, self.requeue = write, backoff, requeue
        self.ranks, self.heads, self.tails = [0] * len(jobs), 0, 0
        self.lost, self.away, self.blocked = [0] * len(jobs), [], set()

    def key(self, j):
        """What was broken off may stand before or behind all others."""
        rank = self.ranks[j]
        return (0, 0, *super().key(j)) if rank == 0 else (rank // abs(rank), rank)

    def on_chips(self, j, work):
        every = self.jobs[j]["checkpoint"]
        return work + (work - 1) // every * self.write if self.write and every and work > 0 else work

    def useful(self, j):
        spent, every = max(self.now - self.since[j] - self.overhead(j), 0), self.jobs[j]["checkpoint"]
        if not self.write or not every:
            return spent
        rounds, rest = divmod(spent, every + self.write)
        return rounds * every + min(rest, every)

    def worked(self, j):
        return self.done[j] + (self.useful(j) if self.since[j] is not None else 0)

    def ends(self, j):
        return self.since[j] + self.overhead(j) + self.on_chips(j, self.jobs[j]["run"] - self.done[j])

    def left(self, j):
        return self.on_chips(j, self.jobs[j]["length"] - self.done[j]) + (self.restart if self.tries[j] else 0)

    def sinks(self, j):
        size = self.jobs[j]["size"]
        rest = -(-self.threshold // size) - self.done[j] if size else 0
        return self.since[j] + self.overhead(j) + self.on_chips(j, rest) if size else NEVER

    def sync(self):
        """What placement looks at: when jobs are expected to end, for nodes that close."""
        self.m.world.now, self.m.world.restart, self.m.world.write = self.now, self.restart, self.write
        for j, job in enumerate(self.m.world.jobs):
            job.kept, job.tries, job.estimate = self.done[j], self.tries[j], self.jobs[j]["length"]

    def begin(self, j):
        super().begin(j)
        self.sync()

    def stop(self, j):
        self.lost[j] += self.now - self.since[j] - self.useful(j)
        super().stop(j)
        self.sync()

    def break_off(self, j):
        spent, every = max(self.now - self.since[j] - self.overhead(j), 0), self.jobs[j]["checkpoint"]
        saved = spent // (every + self.write) * every if every else 0
        self.lost[j] += self.now - self.since[j] - saved
        self.m.give(j)
        self.done[j] += saved
        self.since[j] = None
        self.running.remove(j)
        if self.jobs[j]["planned"] == NEVER and self.requeue == "head":
            self.heads -= 1
            self.ranks[j] = self.heads
        elif self.jobs[j]["planned"] == NEVER and self.requeue == "tail":
            self.tails += 1
            self.ranks[j] = self.tails
        if self.backoff:
            self.away.append((self.now + (self.backoff << min(self.tries[j] - 1, 16)), j))
        else:
            self.waiting.append(j)
        self.sync()

    def lets(self, j):
        """Whether its tenant may start it; else its later jobs wait too."""
        tenant = self.m.whose(j)
        if not self.m.sole and (tenant in self.blocked or not self.m.within(j, self.jobs[j]["size"])):
            self.blocked.add(tenant)
            return False
        return True

    def line(self):
        self.blocked = set()
        held = self.plan()
        queue = sorted((j for j in self.waiting if self.jobs[j]["planned"] == NEVER), key=self.key)
        if self.back == "conservative":
            held = self.survey() if held is None else held
            for j in queue:
                size, left = self.jobs[j]["size"], self.left(j)
                if min(self.jobs[k]["size"] for k in queue[queue.index(j) :]) > self.free_at(self.now, held):
                    return
                if not self.lets(j):
                    continue
                when = self.earliest(size, left, held, self.now)
                if when == self.now and size <= self.m.free:
                    if self.m.take(j, self.jobs[j]):
                        self.begin(j)
                    else:
                        self.reserve(j, held, left, self.later(held))
                        continue
                if when is not None:
                    held.append((when, when + left, size))
            return
        head = None
        for j in queue:
            if self.lets(j) and not self.try_start(j, held):
                head = j
                break
        if self.back != "easy" or head is None or head == queue[-1]:
            return
        held = self.survey() if held is None else held
        fits = max(self.jobs[head]["size"], self.free_at(self.now, held)) <= self.m.free
        self.reserve(head, held, max(self.left(head), 1), self.later(held) if fits else self.now)
        for j in queue[queue.index(head) + 1 :]:
            if self.may(j, held) and self.lets(j):
                self.try_start(j, held)

    def may(self, j, held):
        """Whether it fits by number beside all that is held, now and later."""
        size, left = self.jobs[j]["size"], self.left(j)
        inside = [self.now, *(t for b, u, _ in held for t in (b, u) if self.now < t < self.now + left)]
        return size <= self.m.free and (left <= 0 or all(self.free_at(t, held) >= size for t in inside))

    def befall(self, outages, told, mends, limits):
        nodes = self.m.world.nodes
        told += [o for o in outages if o[5] <= self.now and o not in told]
        self.m.world.close([o for o in told if o in outages])
        while outages and outages[0][0] == self.now:
            o = outages.pop(0)
            for node in nodes[o[2] : o[3]]:
                for j in reversed([j for j in self.running if node.index in self.m.where(j)]):
                    self.break_off(j)
                node.outages += 1
            mends.append((o[1], o))
            self.m.world.close([x for x in told if x in outages])
        for m in [m for m in mends if m[0] == self.now]:
            mends.remove(m)
            for node in nodes[m[1][2] : m[1][3]]:
                node.outages -= 1
        while limits and limits[0][0] == self.now:
            _, _, which, value = limits.pop(0)
            self.m.caps[which] = value
            mine = [j for j in self.running if self.m.whose(j) == which and self.jobs[j]["size"]]
            while mine and sum(self.jobs[j]["size"] for j in mine) > value:
                self.break_off(mine.pop())


def play(
    jobs, placed, nodes, placement, policy, outages=(), limits=(), sole=False, quotas=(), restart=0, write=0, backoff=0,
    threshold=3600, requeue="place",
):  # fmt: skip
    """`jobs`: dicts as the general twin's, with `checkpoint`; `placed`: the same as the floor's. Returns the world."""
    for job, one in zip(jobs, placed, strict=True):
        job["length"], job["size"] = job["estimate"], one.size
    ground = floor.World(nodes, placed, placement, "fcfs")
    w = World(jobs, Machine(ground, sole), policy, quotas, restart, write, threshold, backoff, requeue)
    todo, outages, limits, told, mends = list(range(len(jobs))), list(outages), list(limits), [], []
    while True:
        times = [jobs[j]["submit"] for j in todo[:1]] + [w.ends(j) for j in w.running] + [t for t, _ in w.away]
        times += [jobs[j]["planned"] for j in w.waiting if w.now < jobs[j]["planned"] < NEVER]
        if w.order == "las":
            times += [w.sinks(j) for j in w.running if w.now < w.sinks(j) < NEVER]
        if not times and not w.waiting:
            return w
        times += [o[0] for o in outages[:1]] + [x[0] for x in limits[:1]] + [m[0] for m in mends]
        times += [o[5] for o in outages if o[5] < NEVER and o not in told]
        if not times:
            return w
        w.passed(min(times) - w.now)
        w.now = min(times)
        w.sync()
        for j in [j for j in w.running if w.ends(j) == w.now]:
            w.lost[j] += w.now - w.since[j] - (jobs[j]["run"] - w.done[j])
            w.m.give(j)
            w.running.remove(j)
            w.end[j], w.since[j] = w.now, None
        w.befall(outages, told, mends, limits)
        for entry in [one for one in w.away if one[0] == w.now]:
            w.away.remove(entry)
            w.waiting.append(entry[1])
        while todo and jobs[todo[0]]["submit"] == w.now:
            w.waiting.append(todo.pop(0))
        if w.order in general.PREEMPTIVE:
            w.walk()
        elif w.order == "quota":
            w.quota()
        else:
            w.line()
