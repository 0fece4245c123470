"""The slow, obvious twin of the general loop: every policy on a count or on nodes, with planned runs and quotas.

Jobs are dicts: submit, run, estimate, gpus, share (thousandths of each GPU, 1000 on a count), priority, tenant, user,
deadline, planned; in order of submission. Everything is worked out anew at every event.
"""

from __future__ import annotations

import math

from tests.naive import placed
from tests.naive.packing import Node

NEVER = 2**63 - 1
FADING = math.log(2.0) / (7 * 86_400)
PREEMPTIVE = ("srtf", "srsf", "las", "spot")


class Machine:
    """A count of chips (`sizes` None), or nodes."""

    def __init__(self, chips, sizes, rule):
        self.sizes, self.rule = sizes, rule
        self.total = chips if sizes is None else 1000 * sum(sizes)
        self.nodes = [Node(0, 0, [1000] * size, 0) for size in sizes or []]
        self.held = {}
        self.used = {}

    @property
    def free(self):
        return self.total - sum(self.used.values())

    def take(self, j, job):
        if job["size"] > self.free:
            return False
        if self.sizes is not None:
            asked = (0, 0, 0, job["gpus"], job["share"], 0)
            taken = placed.settle(self.nodes, self.sizes, self.rule, asked) if job["gpus"] else []
            if taken is None:
                return False
            self.held[j] = taken
        self.used[j] = job["size"]
        return True

    def give(self, j):
        """What it held, by node, GPU and share."""
        self.used.pop(j)
        held = self.held.pop(j, [])
        placed.give_back(held)
        return held

    def restore(self, j, job, held):
        if job["size"] > self.free or any(node.gpus[gpu] < share for node, gpu, share in held):
            return False
        for node, gpu, share in held:
            node.gpus[gpu] -= share
        self.held[j], self.used[j] = held, job["size"]
        return True

    def where(self, j):
        held = self.held.get(j, [])
        return sorted({next(k for k, n in enumerate(self.nodes) if n is node) for node, _, _ in held})


class World:
    def __init__(self, jobs, machine, policy, quotas, restart, threshold):
        self.jobs, self.m, self.quotas, self.restart = jobs, machine, quotas, restart
        self.order, _, self.back = policy.partition("-")
        if policy in ("easy", "conservative"):
            self.order, self.back = "fcfs", policy
        self.policy, self.threshold = policy, threshold * (1 if machine.sizes is None else 1000)
        n = len(jobs)
        self.start, self.since, self.end = [NEVER] * n, [None] * n, [NEVER] * n
        self.tries, self.done, self.nodes = [0] * n, [0] * n, [[] for _ in range(n)]
        self.expected = [0] * n
        self.use, self.tenant_use = {}, {}
        self.running, self.waiting, self.now = [], [], 0

    def overhead(self, j):
        return self.restart if self.tries[j] > 1 else 0

    def worked(self, j):
        going = max(self.now - self.since[j] - self.overhead(j), 0) if self.since[j] is not None else 0
        return self.done[j] + going

    def ends(self, j):
        return self.since[j] + self.overhead(j) + self.jobs[j]["run"] - self.done[j]

    def believed(self, j):
        """What it is expected to need in all: the first of its estimate, twice it, and so on, beyond what is done."""
        length = self.jobs[j]["length"]
        return next((length << k for k in range(40) if length << k > self.done[j]), 0)

    def left(self, j):
        """What is expected of its next attempt."""
        return self.believed(j) - self.done[j] + (self.restart if self.tries[j] else 0)

    def ends_at(self, j, length):
        """When a running job would end that needs so much in all."""
        return self.since[j] + self.overhead(j) + length - self.done[j]

    def expects(self, j):
        """When it is expected to end: once that has passed, by twice its estimate, four times it, and so on."""
        length = self.jobs[j]["length"]
        if self.expected[j] > self.now or length == 0:
            return self.expected[j]
        ends = (self.ends_at(j, length << k) for k in range(40))
        return next(end for end in ends if end > self.now)

    def length(self, j):
        """The same of one that has just been placed."""
        return self.left(j)

    def sinks(self, j):
        size = self.jobs[j]["size"]
        return self.since[j] + self.overhead(j) - (-self.threshold // size) - self.done[j] if size else NEVER

    def key(self, j):
        job = self.jobs[j]
        due_first = 0 if job["planned"] <= self.now else 1
        if self.order == "srtf":
            return (due_first, job["run"] - self.worked(j), j)
        if self.order == "srsf":
            return (due_first, (job["run"] - self.worked(j)) * job["size"], j)
        if self.order == "las":
            return (due_first, self.worked(j) * job["size"] >= self.threshold, j)
        if self.order == "spot":
            return (due_first, -job["priority"], self.since[j] is None, j)
        return {
            "fcfs": (j,),
            "sjf": (job["length"], j),
            "priority": (-job["priority"], j),
            "quota": (-job["priority"], j),
            "deadline": (job["deadline"], j),
            "fair": (
                self.tenant_use.get(job["tenant"], 0.0),
                self.use.get((job["tenant"], job["user"]), 0.0),
                j,
            ),
        }[self.order]

    # what jobs do

    def begin(self, j):
        self.expected[j] = self.now + self.left(j)
        self.since[j] = self.now
        self.tries[j] += 1
        self.start[j] = min(self.start[j], self.now)
        self.nodes[j] = self.m.where(j)
        self.running.append(j)
        self.waiting.remove(j)

    def stop(self, j):
        """It has given its chips back already."""
        self.done[j] = self.worked(j)
        self.since[j] = None
        self.running.remove(j)
        self.waiting.append(j)

    def passed(self, seconds):
        left = math.exp(-FADING * seconds)
        gained = (1.0 - left) / FADING
        for book, who in (
            (self.use, lambda job: (job["tenant"], job["user"])),
            (self.tenant_use, lambda job: job["tenant"]),
        ):
            for name in {*book, *(who(self.jobs[j]) for j in self.running)}:
                held = sum(self.jobs[j]["size"] for j in self.running if who(self.jobs[j]) == name)
                book[name] = book.get(name, 0.0) * left + held * gained

    # what is known of the future: (from, until, job) of all that is held

    def survey(self):
        return [(self.now, self.expects(j), j) for j in self.running]

    def free_at(self, when, held):
        return self.m.total - sum(self.jobs[j]["size"] for begin, until, j in held if begin <= when < until)

    def enough(self, j, when, held):
        return self.free_at(when, held) >= self.jobs[j]["size"]

    def earliest(self, j, length, held, first):
        """The first time from `first` on at which so much stays free for so long."""
        marks = {first} | {t for begin, until, _ in held for t in (begin, until) if t >= first}
        for when in sorted(marks):
            inside = [when, *(t for begin, until, _ in held for t in (begin, until) if when < t < when + length)]
            if all(self.enough(j, t, held) for t in inside):
                return when
        return None

    def later(self, held):
        """The first time after now at which anything changes."""
        return min((t for begin, until, _ in held for t in (begin, until) if t > self.now), default=None)

    def try_start(self, j, held):
        """Start a job that fits beside all that is held, now and later."""
        job, left = self.jobs[j], self.left(j)
        if job["size"] > self.m.free:
            return False
        if held is not None and left > 0:
            inside = [self.now, *(t for b, u, _ in held for t in (b, u) if self.now < t < self.now + left)]
            if not all(self.enough(j, t, held) for t in inside):
                return False
        if not self.m.take(j, job):
            return False
        self.begin(j)
        if held is not None:
            held.append((self.now, self.now + left, j))
        return True

    def reserve(self, j, held, length, first):
        if first is None:
            return
        when = self.earliest(j, length, held, first)
        if when is not None:
            held.append((when, when + length, j))

    def plan(self):
        """Planned runs: their chips are kept free from their time on; None where nobody waits for one."""
        runs = [j for j in self.waiting if self.jobs[j]["planned"] < NEVER]
        if not runs:
            return None
        held = self.survey()
        for j in sorted(runs, key=lambda j: (self.jobs[j]["planned"], j)):
            job, length = self.jobs[j], max(self.left(j), 1)
            when = self.earliest(j, length, held, max(job["planned"], self.now))
            if when == self.now:
                if job["size"] <= self.m.free and self.m.take(j, job):
                    left = self.length(j)
                    self.begin(j)
                    held.append((self.now, self.now + left, j))
                    continue
                self.reserve(j, held, length, self.later(held))
            elif when is not None:
                held.append((when, when + length, j))
        return held

    # the passes

    def line(self):
        held = self.plan()
        queue = sorted((j for j in self.waiting if self.jobs[j]["planned"] == NEVER), key=self.key)
        if self.back == "conservative":
            held = self.survey() if held is None else held
            for j in queue:
                size, left = self.jobs[j]["size"], self.left(j)
                when = self.earliest(j, left, held, self.now)
                if when == self.now and size <= self.m.free:
                    if self.m.take(j, self.jobs[j]):
                        self.begin(j)
                    else:
                        self.reserve(j, held, left, self.later(held))
                        continue
                if when is not None:
                    held.append((when, when + left, j))
            return
        while queue and self.try_start(queue[0], held):
            queue.pop(0)
        if self.back != "easy" or len(queue) < 2:
            return
        held = self.survey() if held is None else held
        head = queue[0]
        fits = self.m.sizes is not None and max(self.jobs[head]["size"], self.free_at(self.now, held)) <= self.m.free
        self.reserve(head, held, max(self.left(head), 1), self.later(held) if fits else self.now)
        for j in queue[1:]:
            self.try_start(j, held)

    def walk(self):
        unfinished = [*self.running, *(j for j in self.waiting if not self.now < self.jobs[j]["planned"] < NEVER)]
        order = sorted(unfinished, key=self.key)
        lifted = {}
        for i, j in enumerate(order):
            job = self.jobs[j]
            if j in lifted:
                if self.m.restore(j, job, lifted[j]):
                    continue
                self.stop(j)
            elif j in self.running:
                continue
            if self.m.take(j, job):
                self.begin(j)
                continue
            if j not in lifted:
                behind = [k for k in order[:i:-1] if k in self.running and k not in lifted]
                taken = {}
                for k in behind:
                    taken[k] = self.m.give(k)
                    if self.m.take(j, job):
                        self.begin(j)
                        lifted |= taken
                        break
                else:
                    for k, held in taken.items():
                        assert self.m.restore(k, self.jobs[k], held)

    def admits(self, j, held):
        """Whether quotas let a job start beside what tenants hold."""
        tenant, size = self.jobs[j]["tenant"], self.jobs[j]["size"]
        nominal, borrow, lend, cohort = self.quotas[tenant]
        after = held.get(tenant, 0) + size
        if after > nominal + borrow:
            return False
        if after <= nominal - min(lend, nominal):
            return True
        asked = lent = 0
        for t, (its, _, lends, group) in enumerate(self.quotas):
            if group == cohort:
                lends = min(lends, its)
                asked += max(held.get(t, 0) + (size if t == tenant else 0) - (its - lends), 0)
                lent += lends
        return asked <= lent

    def holds(self):
        held = {}
        for j in self.m.used:
            held[self.jobs[j]["tenant"]] = held.get(self.jobs[j]["tenant"], 0) + self.m.used[j]
        return held

    def quota(self):
        blocked = {}
        while True:
            heads = {}
            for j in sorted(self.waiting, key=self.key):
                if self.jobs[j]["tenant"] not in blocked:
                    heads.setdefault(self.jobs[j]["tenant"], j)
            if not heads:
                break

            def borrows(j):
                tenant = self.jobs[j]["tenant"]
                return self.holds().get(tenant, 0) + self.jobs[j]["size"] > self.quotas[tenant][0]

            j = min(heads.values(), key=lambda j: (borrows(j), self.key(j)))
            if self.admits(j, self.holds()) and self.m.take(j, self.jobs[j]):
                self.begin(j)
            elif borrows(j) or not self.reclaim(j):
                blocked[self.jobs[j]["tenant"]] = j
        if self.back != "easy":
            return
        for j in sorted(self.waiting, key=self.key):
            head = blocked.get(self.jobs[j]["tenant"])
            if head is None or head == j or not self.admits(j, self.holds()):
                continue
            before = self.expected_start(head)
            if not self.m.take(j, self.jobs[j]):
                continue
            length = self.length(j)
            self.expected[j], self.since[j] = self.now + length, self.now
            self.running.append(j)
            after = self.expected_start(head)
            self.running.remove(j)
            self.since[j] = None
            if self.now + length <= before or after <= before:
                self.begin(j)
            else:
                self.m.give(j)

    def reclaim(self, j):
        tenant, lifted = self.jobs[j]["tenant"], {}

        def borrowers():
            for k in reversed(self.running):
                other = self.jobs[k]["tenant"]
                if other == tenant or k in lifted or self.quotas[other][3] != self.quotas[tenant][3]:
                    continue
                if self.jobs[k]["size"] and self.holds().get(other, 0) > self.quotas[other][0]:
                    yield k

        def fits():
            return self.admits(j, self.holds()) and self.m.take(j, self.jobs[j])

        while True:
            able = list(borrowers())
            if not able:
                for k in reversed(lifted):
                    assert self.m.restore(k, self.jobs[k], lifted[k])
                return False
            k = min(able, key=lambda k: self.jobs[k]["priority"])
            lifted[k] = self.m.give(k)
            if fits():
                break
        for k in list(lifted)[-2::-1]:
            self.m.give(j)
            if self.m.restore(k, self.jobs[k], lifted[k]):
                if fits():
                    del lifted[k]
                    continue
                lifted[k] = self.m.give(k)
            assert self.m.take(j, self.jobs[j])
        for k in lifted:
            self.stop(k)
        self.begin(j)
        return True

    def powered(self, head, when, ends):
        """Whether power lets the head start once those have ended that are expected to by then."""
        return True

    def expected_start(self, head):
        """The first expected end by which the head may start, if nobody else does."""
        ends = {j: self.expects(j) for j in self.running}
        for when in sorted(set(ends.values())):
            held, free = self.holds(), self.m.free
            for j in ends:
                if ends[j] <= when:
                    held[self.jobs[j]["tenant"]] -= self.jobs[j]["size"]
                    free += self.jobs[j]["size"]
            if self.jobs[head]["size"] <= free and self.admits(head, held) and self.powered(head, when, ends):
                return when
        return NEVER


def play(jobs, policy, chips=0, sizes=None, rule="bestfit", quotas=(), restart=0, threshold=3600, extends=False):
    """Returns (first start, end, starts, nodes of the last attempt) of each."""
    for job in jobs:
        estimate = job["estimate"] if extends else max(job["estimate"], job["run"])
        job["length"] = estimate if job["estimate"] > 0 else job["run"]
        job["size"] = job["gpus"] * (1 if sizes is None else job["share"] if job["gpus"] == 1 else 1000)
    w = World(jobs, Machine(chips, sizes, rule), policy, quotas, restart, threshold)
    todo = list(range(len(jobs)))
    while True:
        times = [jobs[j]["submit"] for j in todo[:1]] + [w.ends(j) for j in w.running]
        times += [jobs[j]["planned"] for j in w.waiting if w.now < jobs[j]["planned"] < NEVER]
        if w.order == "las":
            times += [w.sinks(j) for j in w.running if w.now < w.sinks(j) < NEVER]
        if not times:
            break
        now = min(times)
        w.passed(now - w.now)
        w.now = now
        for j in [j for j in w.running if w.ends(j) == now]:
            w.m.give(j)
            w.running.remove(j)
            w.end[j], w.since[j] = now, None
        while todo and jobs[todo[0]]["submit"] == now:
            w.waiting.append(todo.pop(0))
        if w.order in PREEMPTIVE:
            w.walk()
        elif w.order == "quota":
            w.quota()
        else:
            w.line()
    return list(zip(w.start, w.end, w.tries, w.nodes, strict=True))
