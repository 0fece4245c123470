"""The slow, obvious twin of the loop on a floor: objects and lists, everything worked out afresh each time."""

from __future__ import annotations

import math
from dataclasses import dataclass, field

from tests.naive.packing import Node as Bare
from tests.naive.packing import score

NEVER = 2**63 - 1
FADING = math.log(2.0) / (7 * 86_400)


@dataclass
class Node:
    index: int
    gpus: list
    model: int
    rack: int
    pod: int
    hall: int
    owner: int = 0
    outages: int = 0
    closes: int = NEVER

    @property
    def size(self):
        return len(self.gpus)

    @property
    def whole(self):
        return sum(g == 1000 for g in self.gpus)


@dataclass
class Job:
    index: int
    submit: int
    run: int
    estimate: int
    gpus: int
    milli: int = 1000
    tenant: int = 0
    watts: int = 0
    priority: int = 0
    checkpoint: int = 0
    models: int = 0
    halls: int = 0
    likes_models: int = 0
    likes_halls: int = 0
    domain: int = 0
    kind: str = "*"
    user: int = 0
    start: int = NEVER
    end: int = NEVER
    since: int = NEVER
    tries: int = 0
    kept: int = 0
    lost: int = 0
    done: int = 0
    share: int = 1000
    base: int = 1000
    at: int = 0
    serial: int = 0
    order: tuple = ()
    held: list = field(default_factory=list)

    @property
    def size(self):
        return self.gpus * self.milli

    @property
    def power(self):
        return self.watts * self.size // 1000

    @property
    def rate(self):
        return max(1, self.base * self.share // 1000)


class World:
    """The floor with its jobs."""

    def __init__(self, nodes, jobs, placement, policy, **rules):
        self.nodes, self.jobs, self.placement = nodes, jobs, placement
        self.order, _, back = policy.partition("-")
        self.easy = "easy" in (self.order, back)
        self.restart = self.write = 0
        self.requeue, self.backoff, self.slowing, self.curve = "place", 10, False, None
        self.speeds, self.sole = None, False
        self.__dict__.update(rules)
        self.most = max(n.size for n in nodes)
        self.caps, self.tenant_w, self.hall_w, self.campus_w = {}, {}, {}, NEVER
        self.running, self.waiting, self.now, self.serial = [], [], 0, 0
        self.heads, self.tails = 0, 0
        self.use, self.tenant_use = {}, {}
        self.stood = [[] for _ in jobs]

    # where
    def able(self, node, count, milli, job, wants, power=True):
        models, halls = wants
        if node.outages or node.closes < self.now + self.left(job, job.estimate):
            return False
        if (halls and not halls >> node.hall & 1) or (models and not models & node.model):
            return False
        if node.owner and (job.tenant < 0 or not node.owner >> job.tenant & 1):
            return False
        more = job.watts * count * milli // 1000
        if power and not self.slowing and more and self.in_hall(node.hall) + more > self.hall_w.get(node.hall, NEVER):
            return False
        if count and job.models and not job.models & node.model:
            return False
        return sum(g >= milli for g in node.gpus) >= count

    def in_hall(self, hall):
        held = [(j, n, m) for j in [*self.running, self.trying] for n, _, m in j.held if n.hall == hall]
        per = {}
        for j, n, m in held:
            per[j.index, n.index] = per.get((j.index, n.index), 0) + m
        return sum(self.jobs[i].watts * m // 1000 for (i, _), m in per.items())

    def free(self, rack):
        return sum(n.whole for n in self.nodes if n.rack == rack and not n.outages)

    def give(self, job, node, count, milli):
        if milli < 1000:
            pick = min((g, i) for i, g in enumerate(node.gpus) if g >= milli and g > 0)[1]
            picks = [pick]
        else:
            picks = [i for i, g in enumerate(node.gpus) if g == 1000][:count]
        for i in picks:
            node.gpus[i] -= milli
            job.held.append((node, i, milli))
        return len(picks)

    def back(self, job, keep=0):
        while len(job.held) > keep:
            node, i, milli = job.held.pop()
            node.gpus[i] += milli

    def best(self, nodes, count, milli, job, wants):
        able = [n for n in nodes if self.able(n, count, milli, job, wants, self.power)]
        if not able:
            return None
        if self.placement == "spread":
            return max(able, key=lambda n: (n.whole, -n.index))
        if self.placement in ("packed", "near"):
            return min(able, key=lambda n: (sum(n.gpus), self.free(n.rack), n.index))
        ask = (0, 0, count, milli, 0)
        return max(able, key=lambda n: (score("BESTFIT", Bare(0, 0, n.gpus, n.model), n.size, ask, [], []), -n.index))

    def from_nodes(self, nodes, left, job, wants):
        """How many GPUs were taken."""
        want = left
        for n in nodes:
            if 0 < n.size <= left and n.whole == n.size and self.able(n, n.size, 1000, job, wants, self.power):
                left -= self.give(job, n, n.size, 1000)
        if 0 < left <= self.most:
            n = self.best(nodes, left, 1000, job, wants)
            if n is not None:
                left -= self.give(job, n, left, 1000)
        return want - left

    def of(self, racks):
        return [n for n in self.nodes if n.rack in racks]

    def in_one_rack(self, racks, left, job, wants, fresh=False):
        on = {n.rack for n, _, _ in job.held}
        for r in sorted(racks, key=lambda r: (r not in on, self.free(r), r)):
            if self.free(r) < left or (fresh and r in on):
                continue
            before = len(job.held)
            if self.from_nodes(self.of([r]), left, job, wants) == left:
                return True
            self.back(job, before)
        return False

    def from_racks(self, racks, left, job, wants):
        want = left
        while left:
            if self.in_one_rack(racks, left, job, wants):
                return want
            gives = []
            for r in racks:
                if all(n.whole < n.size or n.outages for n in self.of([r])):
                    continue
                before = len(job.held)
                gives.append((self.from_nodes(self.of([r]), left, job, wants), -r))
                self.back(job, before)
            given, r = max(gives, default=(0, 0))
            if not given:
                break
            left -= self.from_nodes(self.of([-r]), left, job, wants)
        return want - left

    def near(self, left, job, wants):
        pods = {p: sorted({n.rack for n in self.nodes if n.pod == p}) for p in {n.pod for n in self.nodes}}
        while left:
            for p in sorted(pods, key=lambda p: (sum(map(self.free, pods[p])), p)):
                if sum(map(self.free, pods[p])) < left:
                    continue
                before = len(job.held)
                if self.from_racks(pods[p], left, job, wants) == left:
                    return True
                self.back(job, before)
            gives = []
            for p in pods:
                if not any(n.whole == n.size and not n.outages for n in self.of(pods[p])):
                    continue
                before = len(job.held)
                gives.append((self.from_racks(pods[p], left, job, wants), -p))
                self.back(job, before)
            given, p = max(gives, default=(0, 0))
            if not given:
                return False
            left -= self.from_racks(pods[-p], left, job, wants)
        return True

    def place(self, job, power=True):
        """Take room for a job, or nothing."""
        self.trying, self.power = job, power
        racks = sorted({n.rack for n in self.nodes})
        for models, halls in ((1, 1), (1, 0), (0, 1), (0, 0)):
            if (models and not job.likes_models) or (halls and not job.likes_halls):
                continue
            allowed = job.halls
            if halls:
                allowed = job.likes_halls & job.halls if job.halls else job.likes_halls
                if not allowed:
                    continue
            wants = (job.likes_models if models else 0, allowed)
            if callable(self.placement):
                if self.asked(job, wants):
                    return True
            elif job.gpus <= self.most:
                n = self.best(self.nodes, job.gpus, job.milli if job.gpus == 1 else 1000, job, wants)
                if n is not None:
                    self.give(job, n, job.gpus, job.milli)
                    return True
            elif job.domain:
                parts = [min(job.domain, job.gpus - k) for k in range(0, job.gpus, job.domain)]
                if all(self.in_one_rack(racks, part, job, wants, fresh=True) for part in parts):
                    return True
            elif self.placement == "near":
                if self.near(job.gpus, job, wants):
                    return True
            elif self.placement == "packed":
                if self.from_racks(racks, job.gpus, job, wants) == job.gpus:
                    return True
            elif self.from_nodes(self.nodes, job.gpus, job, wants) == job.gpus:
                return True
            self.back(job)
        return False

    def asked(self, job, wants):
        """By a function of what is free of each node, for the job, that names a node, or None."""
        on, left = [], job.gpus
        while left:
            taken = sum(m for _, _, m in job.held) // 1000
            domain = job.domain if job.domain and job.gpus > self.most else job.gpus
            lacks = min(domain - taken % domain, left)
            free = {n.index: self.shown(job, n, wants, lacks) for n in self.nodes}
            if job.domain:
                fresh = [r for r in {n.rack for n in self.nodes} - set(on)
                         if job.milli < 1000 or sum(free[n.index] for n in self.of([r])) >= lacks]  # fmt: skip
                racks = on[-1:] if taken % domain else fresh
                free = {n.index: free[n.index] if n.rack in racks else 0 for n in self.nodes}
            k = self.placement(self.nodes, free, job)
            if k is None:
                return False
            gpus = min(lacks, free[k]) if job.milli == 1000 else 1
            self.give(job, self.nodes[k], gpus, job.milli)
            on.append(self.nodes[k].rack)
            left -= gpus
        return True

    def shown(self, job, node, wants, lacks):
        """Free GPUs of a node, none where it is closed to a job."""
        count = min(lacks, node.whole)
        return node.whole if count and self.able(node, count, job.milli, job, wants, self.power) else 0

    # how fast
    def speed(self, job):
        if self.speeds is None:
            return 1000
        nodes = {n.index for n, _, _ in job.held}
        around = [sum(any(n.index == i for n, _, _ in j.held) for j in self.running if j is not job) for i in nodes]
        racks = {n.rack for n, _, _ in job.held}
        return min(self.speeds(job.kind, n.model, len(nodes), len(racks), max(around)) for n, _, _ in job.held)

    def left(self, job, length):
        return self.on_chips(job, length - job.kept) + (self.restart if job.tries else 0)

    def on_chips(self, job, work):
        if not self.write or not job.checkpoint or work <= 0:
            return work
        return work + (work - 1) // job.checkpoint * self.write

    def need(self, job, length):
        over = self.restart if job.tries > 1 else 0
        return 1000 * (over + self.on_chips(job, length - job.kept))

    def ends(self, job):
        return job.at + ceil_div(max(self.need(job, job.run) - job.done, 0), job.rate)

    def expected(self, job):
        return job.at + ceil_div(max(self.need(job, job.estimate) - job.done, 0), job.rate)

    def progress(self, job):
        job.done = min(job.done + (self.now - job.at) * job.rate, self.need(job, job.run))
        job.at = self.now

    def change(self, job, base, share):
        if (base, share) != (job.base, job.share):
            self.progress(job)
            job.base, job.share = base, share

    def neighbours(self):
        for job in self.running:
            self.change(job, self.speed(job), job.share)

    def slow(self):
        campus = sum(j.power for j in self.running)
        for job in self.running:
            own = sum(j.power for j in self.running if j.tenant == job.tenant)
            pairs = [(campus, self.campus_w), (own, self.tenant_w.get(job.tenant, NEVER))]
            self.trying = Job(-1, 0, 0, 0, 0)
            pairs += [(self.in_hall(n.hall), self.hall_w.get(n.hall, NEVER)) for n, _, _ in job.held]
            power = min(1000 if limit == NEVER or used <= limit else limit * 1000 // used for used, limit in pairs)
            self.change(job, job.base, int(self.curve[power]) if job.watts else 1000)

    # starting and stopping
    def begin(self, job):
        self.waiting.remove(job)
        self.running.append(job)
        if not job.tries:
            job.start = self.now
        job.tries += 1
        self.serial += 1
        self.stood[job.index] = sorted({n.index for n, _, _ in job.held})
        job.serial, job.since, job.at, job.done, job.share = self.serial, self.now, self.now, 0, 1000
        self.neighbours()

    def leave(self, job):
        self.back(job)
        self.running.remove(job)
        self.neighbours()

    def finish(self, job):
        job.end = self.now
        job.lost += self.now - job.since - (job.run - job.kept)
        self.leave(job)

    def stop(self, job):
        self.progress(job)
        work = job.done // 1000
        work -= min(work, self.restart if job.tries > 1 else 0)
        saved = work // (job.checkpoint + self.write) * job.checkpoint if job.checkpoint else 0
        saved = min(saved, job.run - job.kept)
        job.lost += self.now - job.since - saved
        self.leave(job)
        job.kept += saved
        if self.requeue == "head":
            self.heads -= 1
            job.order = (self.heads,)
        elif self.requeue == "tail":
            self.tails += 1
            job.order = (2, self.tails)
        if self.requeue == "backoff":
            self.later.append((self.now + (self.backoff << min(job.tries - 1, 16)), job))
        else:
            self.waiting.append(job)

    def over(self, kind, which):
        if kind == 0:
            return sum(j.size for j in self.running if j.tenant == which) > self.caps.get(which, NEVER)
        if self.slowing:
            return False
        if kind == 1:
            return sum(j.power for j in self.running if j.tenant == which) > self.tenant_w.get(which, NEVER)
        if kind == 2:
            self.trying = Job(-1, 0, 0, 0, 0)
            return self.in_hall(which) > self.hall_w.get(which, NEVER)
        return sum(j.power for j in self.running) > self.campus_w

    def set_limit(self, kind, which, value):
        if kind == 3:
            self.campus_w = value
        else:
            (self.caps, self.tenant_w, self.hall_w)[kind][which] = value
        while self.over(kind, which):
            able = [j for j in self.running if (j.watts if kind else j.size)]
            if kind in (0, 1):
                able = [j for j in able if j.tenant == which]
            if kind == 2:
                able = [j for j in able if any(n.hall == which for n, _, _ in j.held)]
            self.stop(max(able, key=lambda j: j.serial))

    def lets(self, job, blocked):
        if self.sole:
            return True
        if job.tenant in blocked:
            return False
        used = sum(j.size for j in self.running if j.tenant == job.tenant)
        watts = sum(j.power for j in self.running if j.tenant == job.tenant)
        ok = used + job.size <= self.caps.get(job.tenant, NEVER)
        ok &= self.slowing or not job.power or watts + job.power <= self.tenant_w.get(job.tenant, NEVER)
        if not ok:
            blocked.add(job.tenant)
        return ok

    def limit_w(self):
        """What all may draw; a sole tenant's limits are those of all."""
        return min(self.campus_w, self.tenant_w.get(0, NEVER)) if self.sole else self.campus_w

    def all_have_power(self, job):
        return self.slowing or not job.power or sum(j.power for j in self.running) + job.power <= self.limit_w()

    def room(self):
        left = self.caps.get(0, NEVER) - sum(j.size for j in self.running) if self.sole else NEVER
        return min(self.up_free(), left)

    def turn(self, job):
        """What the queue is sorted by; usage stands still within a pass."""
        if self.order != "fair":
            return job.order
        return self.tenant_use.get(job.tenant, 0.0), self.use.get((job.tenant, job.user), 0.0), job.order

    def passed(self, seconds):
        left = math.exp(-FADING * seconds)
        gained = (1.0 - left) / FADING
        for book, who in ((self.use, lambda j: (j.tenant, j.user)), (self.tenant_use, lambda j: j.tenant)):
            for name in {*book, *map(who, self.running)}:
                held = sum(j.gpus for j in self.running if who(j) == name)
                book[name] = book.get(name, 0.0) * left + held * gained

    def up_free(self):
        return sum(sum(n.gpus) for n in self.nodes if not n.outages)

    def schedule(self):
        self.waiting.sort(key=self.turn)
        blocked, head = set(), None
        for job in list(self.waiting):
            if not self.lets(job, blocked):
                continue
            if job.size > self.room() or not self.all_have_power(job) or not self.place(job):
                head = job
                break
            job.base = self.speed(job)
            self.begin(job)
        if head is None or not self.easy:
            return
        shadow, spare, spare_w = NEVER, 0, 0
        power_now = sum(j.power for j in self.running)
        limit = NEVER if self.slowing else self.limit_w()
        for end in sorted({self.expected(j) for j in self.running}):
            gone = [j for j in self.running if self.expected(j) <= end]
            free = self.room() + sum(j.size for j in gone)
            power = power_now - sum(j.power for j in gone)
            if free >= head.size and (limit == NEVER or power + head.power <= limit):
                shadow, spare, spare_w = end, free - head.size, limit - power - head.power
                break
        for job in self.waiting[self.waiting.index(head) + 1 :]:
            soon = self.left(job, job.estimate) <= shadow - self.now
            if not (job.size <= min(spare, self.room()) or (job.size <= self.room() and soon)):
                continue
            if not self.lets(job, blocked) or not self.all_have_power(job) or not self.place(job):
                continue
            job.base = self.speed(job)
            length = ceil_div(1000 * self.left(job, job.estimate), job.base)
            if length <= shadow - self.now:
                self.begin(job)
            elif job.size <= spare and job.power <= spare_w:
                spare -= job.size
                spare_w -= job.power
                self.begin(job)
            else:
                self.back(job)

    def play(self, outages=(), limits=()):
        """`outages`: (at, until, first node, last, is drain, told); `limits`: (at, kind, which, value)."""
        keys = {"sjf": lambda j: (1, j.estimate, j.index), "priority": lambda j: (1, -j.priority, j.index)}
        for job in self.jobs:
            job.order = keys.get(self.order, lambda j: (1, j.index))(job)
        coming, outages, limits, mends, self.later = list(self.jobs), list(outages), list(limits), [], []
        told = []
        while True:
            times = [self.ends(j) for j in self.running] + [j.submit for j in coming[:1]]
            times += [t for t, _ in self.later]
            if not times and not self.waiting:
                return
            times += [o[0] for o in outages[:1]] + [x[0] for x in limits[:1]] + [m[0] for m in mends]
            times += [o[5] for o in outages if o[5] < NEVER and o not in told]
            if not times:
                return
            self.passed(min(times) - self.now)
            self.now = min(times)
            while any(self.ends(j) == self.now for j in self.running):
                self.finish(min((j for j in self.running if self.ends(j) == self.now), key=lambda j: j.index))
            told += [o for o in outages if o[5] <= self.now and o not in told]
            self.close([o for o in told if o in outages])
            while outages and outages[0][0] == self.now:
                o = outages.pop(0)
                for node in self.nodes[o[2] : o[3]]:
                    while any(n is node for j in self.running for n, _, _ in j.held):
                        on = [j for j in self.running if any(n is node for n, _, _ in j.held)]
                        self.stop(max(on, key=lambda j: j.serial))
                    node.outages += 1
                mends.append((o[1], o))
                self.close([x for x in told if x in outages])
            for m in [m for m in mends if m[0] == self.now]:
                mends.remove(m)
                for node in self.nodes[m[1][2] : m[1][3]]:
                    node.outages -= 1
            while limits and limits[0][0] == self.now:
                self.set_limit(*limits.pop(0)[1:])
            for entry in [e for e in self.later if e[0] == self.now]:
                self.later.remove(entry)
                self.waiting.append(entry[1])
            while coming and coming[0].submit == self.now:
                self.waiting.append(coming.pop(0))
            self.schedule()
            if self.slowing:
                self.slow()

    def close(self, coming):
        for node in self.nodes:
            node.closes = min((o[0] for o in coming if o[2] <= node.index < o[3]), default=NEVER)


def ceil_div(a, b):
    return -(-a // b)
