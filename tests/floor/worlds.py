"""Random floors, jobs, outages and limits, for the loop and for its twin."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import numpy as np

from gigacampus.clock import NEVER
from gigacampus.engine.floor.given import CURVES, Layout, Limits, Needs, Outages, Rules, Speeds, rows_of
from gigacampus.engine.floor.happened import Floored
from gigacampus.engine.floor.play import never_fits_floor, play_on_floor
from gigacampus.engine.floor.speeds import Measured, speeds
from gigacampus.engine.on_nodes import site
from gigacampus.engine.outcome import Who
from gigacampus.engine.packing import Nodes, Requests
from gigacampus.engine.play import Jobs
from tests.naive import floor as naive

MODELS = ("A", "B")
FIELDS = ("halls", "likes_models", "likes_halls", "domain_gpus", "watts")


@dataclass
class Case:
    """Jobs by column, nodes by size and model, and what happens to them."""

    jobs: dict[str, list[int]]
    sizes: list[int]
    models: list[str]
    layout: Layout
    rules: Rules
    outages: list[tuple[int, ...]] = field(default_factory=list)
    limits: list[tuple[int, ...]] = field(default_factory=list)
    rows: list[Measured] = field(default_factory=list)
    kinds: list[str] = field(default_factory=list)

    def column(self, name: str) -> Any:
        n = len(self.jobs["submit"])
        return np.array(self.jobs.get(name, [0] * n), dtype=np.int64)

    def site(self) -> Any:
        n, zero = len(self.jobs["submit"]), np.zeros(len(self.sizes), dtype=np.int64)
        nodes = Nodes(zero, zero, np.array(self.sizes), tuple(self.models))
        names = {0: "", 1: "A", 2: "B", 3: "A|B"}
        asked = tuple(names[int(m)] for m in self.column("models"))
        none = np.zeros(n, dtype=np.int64)
        return site(nodes, Requests(none, none, self.column("gpus"), self.column("milli"), asked))

    def needs(self) -> Needs:
        kind = [self.speeds().classes.index(name) if self.rows else 0 for name in self.kinds or ["*"] * len(self)]
        return Needs(*(self.column(name) for name in FIELDS), np.array(kind, dtype=np.int64))

    def __len__(self) -> int:
        return len(self.jobs["submit"])

    def speeds(self) -> Speeds:
        return speeds(self.rows, sorted(set(self.models))) if self.rows else Speeds.even()

    def who(self) -> Who:
        return Who(self.column("priority"), self.column("user"), self.column("tenant"))

    def fitting(self) -> Case:
        """Without the jobs that the empty floor cannot hold."""
        unfit = set(
            never_fits_floor(
                self.site(), self.layout, self.needs(), self.column("tenant"), self.rules.placement
            ).tolist()
        )
        kept = [i for i in range(len(self)) if i not in unfit]
        self.jobs = {name: [values[i] for i in kept] for name, values in self.jobs.items()}
        self.kinds = [self.kinds[i] for i in kept] if self.kinds else []
        return self

    def troubles(self) -> tuple[Outages, Limits]:
        columns = np.array(self.outages, dtype=np.int64).reshape(-1, 6).T
        steps = np.array(self.limits, dtype=np.int64).reshape(-1, 4).T
        return Outages(*columns.copy(), ("x",) * columns.shape[1]), Limits(*steps.copy())

    def played(self) -> Floored:
        outages, limits = self.troubles()
        jobs = Jobs(*(self.column(name) for name in ("submit", "run", "estimate", "gpus", "checkpoint")))
        return play_on_floor(
            self.rules, jobs, self.who(), self.site(), self.layout, needs=self.needs(),
            outages=outages, limits=limits,
            speeds=self.speeds(), keeps_books=True,
        )  # fmt: skip

    def ground(self) -> naive.World:
        """The twin before it plays."""
        bits = {name: 1 << i for i, name in enumerate(sorted(set(self.models)))}
        owner = self.layout.owner.tolist() if len(self.layout.owner) else [0] * len(self.sizes)
        nodes = [
            naive.Node(
                i, [1000] * size, bits[self.models[i]], int(self.layout.rack[i]),
                int(self.layout.pod[self.layout.rack[i]]), int(self.layout.hall[i]), owner[i],
            )
            for i, size in enumerate(self.sizes)
        ]  # fmt: skip
        names = ("submit", "run", "estimate", "gpus", "milli", "tenant", "watts", "priority", "checkpoint")
        more = {"models": "models", "halls": "halls", "likes_models": "likes_models", "likes_halls": "likes_halls",
                "domain": "domain_gpus", "user": "user"}  # fmt: skip
        jobs = [
            naive.Job(
                i, *(int(self.column(name)[i]) for name in names),
                **{ours: int(self.column(theirs)[i]) for ours, theirs in more.items()},
                kind=self.kinds[i] if self.kinds else "*",
            )
            for i in range(len(self))
        ]  # fmt: skip
        rules = self.rules
        return naive.World(
            nodes, jobs, rules.placement, rules.policy, restart=rules.restart_s, write=rules.write_s,
            requeue=rules.requeue, backoff=rules.backoff_s, slowing=rules.slowing is not None,
            curve=CURVES[rules.slowing]() if rules.slowing else None,
            speeds=(lambda *held: self.speed(bits, *held)) if self.rows else None, sole=rules.is_sole,
        )  # fmt: skip

    def twin(self) -> naive.World:
        world = self.ground()
        world.play(self.outages, self.limits)
        return world

    def speed(self, bits: dict[str, int], kind: str, model: int, nodes: int, racks: int, around: int) -> int:
        name = next(one for one, bit in bits.items() if bit == model)
        able = [row for row in self.rows if row.nodes <= nodes and row.racks <= racks and row.neighbours <= around]
        able = [row for row in able if row.kind == kind] or [row for row in able if row.kind == "*"]
        own = [row for row in able if row.model == name]
        able = own or [row for row in able if row.model == "*"]
        return max(1, round(1000 * max(able, key=lambda row: (row.nodes, row.racks, row.neighbours)).speed))


def case(seed: int, policy: str = "fcfs", placement: str = "packed", **parts: bool) -> Case:
    """A small random floor with as many of the troubles as `parts` names."""
    dice = np.random.default_rng(seed)
    per_node = int(dice.choice([1, 2, 4]))
    nodes = int(dice.integers(2, 13))
    layout = rows_of(nodes, int(dice.integers(1, 4)), int(dice.integers(1, 3)), int(dice.integers(1, 4)))
    sizes = [per_node] * nodes if dice.random() < 0.7 else dice.choice([1, 2, 4], nodes).tolist()
    total = sum(sizes)
    n = int(dice.integers(1, 40))
    run = dice.integers(0, 60, n)
    gpus = np.minimum(dice.geometric(1 / dice.choice([1.5, 4, 9]), n), total)
    jobs = {
        "submit": np.sort(dice.integers(0, 1 + n * int(dice.choice([0, 2, 8])), n)), "run": run,
        "estimate": np.maximum(run, (run * dice.choice([1.0, 2.0, 5.0], n)).astype(int)), "gpus": gpus,
        "milli": np.where((dice.random(n) < 0.3) & (gpus == 1), dice.choice([100, 250, 500], n), 1000),
        "priority": dice.integers(0, 3, n), "tenant": dice.integers(-1, 3, n),
        "checkpoint": dice.choice([0, 5, 20], n), "watts": dice.choice([0, 300, 700], n),
    }  # fmt: skip
    if parts.get("extend"):  # jobs run beyond their estimates
        share = np.random.default_rng(seed + 2).choice([0.1, 0.3, 0.5, 1.0, 2.0], n)
        jobs["estimate"] = np.ceil(run * share).astype(int)
    if parts.get("alike"):  # what the fast loop plays
        sizes = [per_node] * nodes
        jobs["gpus"] = np.minimum(jobs["gpus"], total := sum(sizes))
        jobs["user"] = dice.integers(-1, int(dice.choice([0, 3])), n)
    if parts.get("whole") or parts.get("alike"):  # no shared GPUs, so that nodes and racks stand on shelves
        jobs["milli"] = np.full(n, 1000)
    models = ["A"] * nodes
    if parts.get("needs"):
        models = dice.choice(list(MODELS), nodes).tolist()
        halls = (1 << len(layout.halls)) - 1
        some = dice.random((5, n)) < 0.25
        jobs |= {
            "models": np.where(some[0], dice.integers(1, 3, n), 0),
            "halls": np.where(some[1], 1 + dice.integers(0, halls, n), 0), "likes_models": np.where(some[2], 1, 0),
            "likes_halls": np.where(some[3], 1 + dice.integers(0, halls, n), 0),
            "domain_gpus": np.where(some[4], dice.integers(1, 9, n), 0),
        }  # fmt: skip
        if "A" not in models or "B" not in models:
            jobs["models"] = np.zeros(n, dtype=np.int64)
        owner = np.where(dice.random(nodes) < 0.2, dice.integers(1, 8, nodes), 0)
        layout = Layout(layout.rack, layout.pod, layout.hall, layout.racks, layout.pods, layout.halls, owner)
    requeues = ["place", "backoff"] if parts.get("alike") else ["place", "head", "tail", "backoff"]
    rules = Rules(
        policy, placement, seed, restart_s=int(dice.choice([0, 3])), write_s=int(dice.choice([0, 2])),
        requeue=str(dice.choice(requeues)), backoff_s=7,
        slowing=str(dice.choice(["linear", "cube-root"])) if parts.get("slows") else None,
        is_sole=bool(parts.get("sole")),
    )  # fmt: skip
    if parts.get("sole"):
        jobs["tenant"] = np.zeros(n, dtype=np.int64)
    made = Case({name: [int(v) for v in values] for name, values in jobs.items()}, sizes, models, layout, rules)
    end = int(jobs["submit"][-1]) + 200
    if parts.get("outages"):
        for _ in range(int(dice.integers(0, 12))):
            at, first = int(dice.integers(0, end)), int(dice.integers(0, nodes))
            last = int(dice.integers(first + 1, nodes + 1))
            drain = int(dice.random() < 0.4 and not parts.get("alike"))
            told = max(0, at - int(dice.choice([0, 5, 40]))) if drain else NEVER
            made.outages.append((at, at + int(dice.integers(1, 60)), first, last, drain, told))
        made.outages.sort(key=lambda one: one[0])
    if parts.get("limits"):
        watts = int(sum(sizes) * 500)
        for _ in range(int(dice.integers(0, 8))):
            kind, at = int(dice.integers(0, 1 if parts.get("alike") else 4)), int(dice.integers(0, end))
            tenants = 1 if parts.get("sole") else 3
            which = int(dice.integers(0, tenants if kind < 2 else len(layout.halls) if kind == 2 else 1))
            value = int(dice.integers(0, 1000 * total)) if kind == 0 else int(dice.integers(0, watts))
            made.limits.append((at, kind, which, value))
        made.limits.sort(key=lambda one: one[0])
        if parts.get("alike"):
            made.limits += [(end + 1, 0, which, 10**9) for which in range(3)]
            return made.fitting()
        for which in range(3):  # in the end everything is allowed
            made.limits += [(end + 1, kind, which, 10**9) for kind in (0, 1)]
        made.limits += [(end + 1, 2, hall, 10**9) for hall in range(len(layout.halls))] + [(end + 1, 3, 0, 10**9)]
    if parts.get("speeds"):
        made.kinds = dice.choice(["*", "moe"], n).tolist()
        made.rows = [
            Measured("*", "*", 1, 1, 0, 1.0), Measured("*", "*", 1, 1, 1, 0.7), Measured("*", "*", 2, 1, 0, 0.9),
            Measured("*", "*", 2, 2, 0, 0.6), Measured("moe", "*", 1, 1, 0, 0.8), Measured("moe", "*", 1, 2, 0, 0.31),
        ]  # fmt: skip
        if "B" in models:
            made.rows += [Measured("*", "B", 1, 1, 0, 2.0), Measured("moe", "B", 1, 1, 0, 1.5)]
    return made.fitting()
