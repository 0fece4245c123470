"""The slow, obvious twin of every policy on a floor: queues and passes of one twin, nodes of the other."""

from __future__ import annotations

from tests.naive import floor, general

NEVER = 2**63 - 1


class Machine:
    """Nodes that come and go. What a sole tenant may hold is part of the machine; several are asked one by one."""

    def __init__(self, world, sole):
        self.world, self.sole = world, sole
        self.sizes, self.used, self.caps = [n.size for n in world.nodes], {}, {}
        self.own_w, self.all_w, self.limited = {}, NEVER, False

    @property
    def total(self):
        up = sum(1000 * n.size for n in self.world.nodes if not n.outages)
        return min(up, self.caps.get(0, NEVER)) if self.sole else up

    @property
    def free(self):
        return self.total - sum(self.used.values())

    @property
    def limit_w(self):
        return min(self.all_w, self.own_w.get(0, NEVER)) if self.sole else self.all_w

    def watts(self, *tenant):
        return sum(self.world.jobs[k].power for k in self.used if not tenant or self.whose(k) in tenant)

    def tenant_powers(self, j):
        job, tenant = self.world.jobs[j], self.whose(j)
        return self.world.slowing or not job.power or self.watts(tenant) + job.power <= self.own_w.get(tenant, NEVER)

    def powers(self, j):
        job = self.world.jobs[j]
        is_free = self.world.slowing or not job.power
        return self.tenant_powers(j) and (is_free or self.watts() + job.power <= self.limit_w)

    def note(self):
        """Whose power halls count."""
        self.world.running = [self.world.jobs[k] for k in self.used]

    def lacks_power(self, j, job, refused=False):
        """Whether power alone keeps a job from starting now; one that was refused, from what is reserved of it too."""
        one = self.world.jobs[j]
        if (
            self.world.slowing
            or not self.limited
            or not one.power
            or job["size"] > self.free
            or not self.within(j, job["size"])
        ):
            return False
        if not self.world.place(one, power=False):
            return False
        self.world.back(one)
        if refused or not self.powers(j) or not self.world.place(one):
            return True
        self.world.back(one)
        return False

    def within(self, j, size):
        tenant = self.whose(j)
        held = sum(s for k, s in self.used.items() if self.whose(k) == tenant)
        return held + size <= self.caps.get(tenant, NEVER)

    def whose(self, j):
        return 0 if self.sole else self.world.jobs[j].tenant

    def take(self, j, job):
        if job["size"] > self.free or not self.within(j, job["size"]) or not self.powers(j):
            return False
        if not self.world.place(self.world.jobs[j]):
            return False
        self.used[j] = job["size"]
        self.note()
        return True

    def give(self, j):
        self.used.pop(j)
        held = list(self.world.jobs[j].held)
        self.world.back(self.world.jobs[j])
        self.note()
        return held

    def restore(self, j, job, held):
        lacks = any(node.gpus[gpu] < share for node, gpu, share in held)
        if lacks or job["size"] > self.free or not self.within(j, job["size"]) or not self.powers(j):
            return False
        for node, gpu, share in held:
            node.gpus[gpu] -= share
        self.world.jobs[j].held, self.used[j] = list(held), job["size"]
        self.note()
        self.world.trying = floor.Job(-1, 0, 0, 0, 0)
        halls = {node.hall for node, _, _ in held}
        if not self.world.slowing and self.world.jobs[j].power and any(
            self.world.in_hall(h) > self.world.hall_w.get(h, NEVER) for h in halls
        ):  # fmt: skip
            self.give(j)
            return False
        return True

    def where(self, j):
        return sorted({node.index for node, _, _ in self.world.jobs[j].held})


class World(general.World):
    """Policies as without racks; what befalls nodes and limits besides."""

    def __init__(self, jobs, machine, policy, quotas, restart, write, threshold, backoff, requeue="place"):
        super().__init__(jobs, machine, policy, quotas, restart, threshold)
        self.write, self.backoff, self.requeue = write, backoff, requeue
        self.ranks, self.heads, self.tails = [0] * len(jobs), 0, 0
        n = len(jobs)
        self.base, self.share, self.work, self.at = [1000] * n, [1000] * n, [0] * n, [0] * n
        self.lost, self.away, self.blocked = [0] * len(jobs), [], set()
        self.held_back, self.idle, self.idle_before_end = 0, 0, 0

    def key(self, j):
        """What was broken off may stand before or behind all others."""
        rank = self.ranks[j]
        return (0, 0, *super().key(j)) if rank == 0 else (rank // abs(rank), rank)

    def on_chips(self, j, work):
        every = self.jobs[j]["checkpoint"]
        return work + (work - 1) // every * self.write if self.write and every and work > 0 else work

    # how fast: work of an attempt in thousandths of a second at speed 1

    def rate(self, j):
        return max(1, self.base[j] * self.share[j] // 1000)

    def need(self, j, length):
        return 1000 * (self.overhead(j) + self.on_chips(j, length - self.done[j]))

    def worked_ms(self, j):
        done = self.work[j] + (self.now - self.at[j]) * self.rate(j)
        return min(done, self.need(j, self.jobs[j]["run"]))

    def nominal(self, j):
        return self.worked_ms(j) // 1000

    def after(self, j, need):
        return self.at[j] + floor.ceil_div(max(need - self.work[j], 0), self.rate(j))

    def speed(self, j):
        """Where it stands, beside those that run there or start there now."""
        world = self.m.world
        world.running = [world.jobs[k] for k in self.running]
        found = world.speed(world.jobs[j])
        self.m.note()
        return found

    def length(self, j):
        """What is expected of a job that has just been placed."""
        return floor.ceil_div(1000 * self.left(j), self.speed(j))

    def change(self, j, base, share):
        if (base, share) != (self.base[j], self.share[j]):
            self.work[j], self.at[j] = self.worked_ms(j), self.now
            self.base[j], self.share[j] = base, share
            self.expected[j] = self.ends_at(j, self.believed(j))

    def neighbours(self):
        for j in self.running:
            if j in self.m.used:
                self.change(j, self.speed(j), self.share[j])

    def slow(self):
        """All run as fast as the power that is left for them lets them."""
        world, nobody = self.m.world, floor.Job(-1, 0, 0, 0, 0)
        for j in self.running:
            job, tenant = world.jobs[j], self.m.whose(j)
            pairs = [(self.m.watts(), self.m.limit_w), (self.m.watts(tenant), self.m.own_w.get(tenant, NEVER))]
            world.trying = nobody
            pairs += [(world.in_hall(n.hall), world.hall_w.get(n.hall, NEVER)) for n, _, _ in job.held]
            power = min(1000 if used <= limit else limit * 1000 // used for used, limit in pairs)
            self.change(j, self.base[j], int(world.curve[power]) if job.watts else 1000)

    def useful(self, j):
        spent, every = max(self.nominal(j) - self.overhead(j), 0), self.jobs[j]["checkpoint"]
        if not self.write or not every:
            return spent
        rounds, rest = divmod(spent, every + self.write)
        return rounds * every + min(rest, every)

    def worked(self, j):
        return self.done[j] + (self.useful(j) if self.since[j] is not None else 0)

    def ends(self, j):
        return self.after(j, self.need(j, self.jobs[j]["run"]))

    def left(self, j):
        return self.on_chips(j, self.believed(j) - self.done[j]) + (self.restart if self.tries[j] else 0)

    def ends_at(self, j, length):
        return self.after(j, self.need(j, length))

    def sinks(self, j):
        size = self.jobs[j]["size"]
        rest = -(-self.threshold // size) - self.done[j] if size else 0
        left = 1000 * (self.overhead(j) + self.on_chips(j, rest)) - self.work[j]
        return self.at[j] + floor.ceil_div(left, self.rate(j)) if size else NEVER

    def sync(self):
        """What placement looks at: when jobs are expected to end, for nodes that close."""
        self.m.world.now, self.m.world.restart, self.m.world.write = self.now, self.restart, self.write
        for j, job in enumerate(self.m.world.jobs):
            job.kept, job.tries, job.estimate = self.done[j], self.tries[j], self.believed(j)

    def begin(self, j):
        self.base[j], self.share[j], self.work[j], self.at[j] = self.speed(j), 1000, 0, self.now
        super().begin(j)
        self.expected[j] = self.ends_at(j, self.believed(j))
        self.neighbours()
        self.sync()

    def stop(self, j):
        self.lost[j] += self.now - self.since[j] - self.useful(j)
        super().stop(j)
        self.neighbours()
        self.sync()

    def break_off(self, j):
        spent, every = max(self.nominal(j) - self.overhead(j), 0), self.jobs[j]["checkpoint"]
        saved = spent // (every + self.write) * every if every else 0
        self.lost[j] += self.now - self.since[j] - saved
        self.m.give(j)
        self.done[j] += saved
        self.since[j] = None
        self.running.remove(j)
        self.neighbours()
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
        if self.m.sole:
            return True
        if tenant in self.blocked:
            return False
        is_within = self.m.within(j, self.jobs[j]["size"])
        if is_within and self.m.tenant_powers(j):
            return True
        self.held_back += self.jobs[j]["size"] if is_within else 0
        self.blocked.add(tenant)
        return False

    def enough(self, j, when, held):
        power = self.m.world.jobs[j].power
        drawn = sum(self.m.world.jobs[k].power for begin, until, k in held if begin <= when < until)
        is_free = self.m.world.slowing or not power
        return super().enough(j, when, held) and (is_free or drawn + power <= self.m.limit_w)

    def powered(self, head, when, ends):
        jobs = self.m.world.jobs
        job, tenant = jobs[head], self.m.whose(head)
        gone = [j for j in ends if ends[j] <= when]
        own = self.m.watts(tenant) - sum(jobs[j].power for j in gone if self.m.whose(j) == tenant)
        everybody = self.m.watts() - sum(jobs[j].power for j in gone)
        return (
            self.m.world.slowing
            or not job.power
            or (own + job.power <= self.m.own_w.get(tenant, NEVER) and everybody + job.power <= self.m.limit_w)
        )

    def hold_back(self):
        """What power alone keeps from starting after a pass; in line the pass has told it."""
        if self.order in general.PREEMPTIVE or self.order == "quota" or self.back == "conservative":
            able = [j for j in self.waiting if not self.now < self.jobs[j]["planned"] < NEVER]
            self.held_back = sum(self.jobs[j]["size"] for j in able if self.m.lacks_power(j, self.jobs[j]))
        self.held_back = min(self.held_back, self.m.free)

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
                when = self.earliest(j, left, held, self.now)
                if when == self.now and size <= self.m.free:
                    if not self.claim(j, held):
                        self.reserve(j, held, left, self.later(held))
                elif when is not None:
                    held.append((when, when + left, j))
            return
        head = None
        for j in queue:
            if self.lets(j) and not self.try_start(j, held):
                head = j
                if self.may(j, held) and self.m.lacks_power(j, self.jobs[j], refused=True):
                    self.held_back += self.jobs[j]["size"]
                break
        if self.back != "easy" or head is None or head == queue[-1]:
            return
        held = self.survey() if held is None else held
        fits = max(self.jobs[head]["size"], self.free_at(self.now, held)) <= self.m.free
        self.reserve(head, held, max(self.left(head), 1), self.later(held) if fits else self.now)
        for j in queue[queue.index(head) + 1 :]:
            if self.may(j, held) and self.lets(j):
                self.try_start(j, held)

    def claim(self, j, held):
        """Start a job if nodes have room where it is not so slow, nor draws so much, that it touches what is held."""
        if not self.m.take(j, self.jobs[j]):
            return False
        length = self.length(j)
        if held is not None and length > 0:
            inside = [self.now, *(t for b, u, _ in held for t in (b, u) if self.now < t < self.now + length)]
            if not all(self.enough(j, t, held) for t in inside):
                self.m.give(j)
                return False
        self.begin(j)
        if held is not None:
            held.append((self.now, self.now + length, j))
        return True

    def try_start(self, j, held):
        return self.may(j, held) and self.claim(j, held)

    def may(self, j, held):
        """Whether it fits by number beside all that is held, now and later."""
        size, left, held = self.jobs[j]["size"], self.left(j), held or []
        if not held:
            return size <= self.m.free
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
            _, kind, which, value = limits.pop(0)
            if kind:
                self.set_power(kind, which, value)
                continue
            self.m.caps[which] = value
            mine = [j for j in self.running if self.m.whose(j) == which and self.jobs[j]["size"]]
            while mine and sum(self.jobs[j]["size"] for j in mine) > value:
                self.break_off(mine.pop())

    def set_power(self, kind, which, value):
        jobs, ground = self.m.world.jobs, self.m.world
        if kind == 1:
            self.m.own_w[which] = value
        elif kind == 2:
            ground.hall_w[which] = value
        else:
            self.m.all_w = value
        ground.trying = floor.Job(-1, 0, 0, 0, 0)
        drawn = (lambda: self.m.watts(which), lambda: ground.in_hall(which), self.m.watts)[kind - 1]
        while not ground.slowing and drawn() > value:
            able = [j for j in self.running if jobs[j].watts]
            if kind == 1:
                able = [j for j in able if self.m.whose(j) == which]
            if kind == 2:
                able = [j for j in able if any(node.hall == which for node, _, _ in jobs[j].held)]
            self.break_off(able[-1])


def play(
    jobs, placed, nodes, placement, policy, outages=(), limits=(), sole=False, quotas=(), restart=0, write=0, backoff=0,
    threshold=3600, requeue="place", pace=None,
):  # fmt: skip
    """`jobs`: dicts as the general twin's, with `checkpoint`; `placed`: the same as the floor's. Returns the world."""
    for job, one in zip(jobs, placed, strict=True):
        job["length"], job["size"] = job["estimate"], one.size
    ground = floor.World(nodes, placed, placement, "fcfs", **(pace or {}))
    w = World(jobs, Machine(ground, sole), policy, quotas, restart, write, threshold, backoff, requeue)
    w.m.limited = any(kind for _, kind, _, _ in limits)
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
        w.idle += w.held_back * (min(times) - w.now)
        w.now, w.held_back = min(times), 0
        w.sync()
        for j in [j for j in w.running if w.ends(j) == w.now]:
            w.lost[j] += w.now - w.since[j] - (jobs[j]["run"] - w.done[j])
            w.m.give(j)
            w.running.remove(j)
            w.end[j], w.since[j], w.idle_before_end = w.now, None, w.idle
            w.neighbours()
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
        w.neighbours()
        w.hold_back()
        if ground.slowing:
            w.slow()
