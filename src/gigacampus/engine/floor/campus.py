"""One tenant's queue on its own floor: its chips as nodes in racks, in place of one count.

The tenant's nodes are as many as it ever has whole; how many of its chips jobs may hold at a time is the limit beside
them. What fails, or is maintained, is out of both. A service that is struck takes spare chips from the jobs' at once.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, replace

import numpy as np

from gigacampus.clock import NEVER
from gigacampus.engine.desk import Ints
from gigacampus.engine.floor.desk import FULL, TENANT_GPUS, TENANT_W
from gigacampus.engine.floor.given import Layout, Limits, Needs, Outages, Rules, Speeds, rows_of
from gigacampus.engine.floor.happened import Floored
from gigacampus.engine.floor.play import never_fits_floor, play_on_floor
from gigacampus.engine.floor.speeds import ANY, Measured, speeds
from gigacampus.engine.on_nodes import Site, site
from gigacampus.engine.outcome import Who
from gigacampus.engine.packing import Nodes, Requests
from gigacampus.engine.play import Jobs, Played, Strikes
from gigacampus.engine.pools import Pool
from gigacampus.scenario import Scenario
from gigacampus.scenario.floor import Floor as Stated
from gigacampus.scenario.floor import Maintenance
from gigacampus.tables.timeline import Timeline
from gigacampus.tables.work import Kind


@dataclass(frozen=True, slots=True)
class TenantFloor:
    """A tenant's nodes, and how jobs are placed on them."""

    stated: Stated
    nodes: int
    per_node: int
    per_rack: int
    """Nodes of a rack."""
    watts: Ints
    """Power of a chip under each class of work, W, in the order of `Kind`."""

    @property
    def layout(self) -> Layout:
        """Where the nodes stand."""
        return rows_of(self.nodes, self.per_rack, self.stated.racks_per_pod)

    def site(self, gpus: Ints) -> Site:
        """The nodes, and jobs of so many chips on them."""
        none = np.zeros(self.nodes, dtype=np.int64)
        nodes = Nodes(none, none, np.full(self.nodes, self.per_node, dtype=np.int64), ("",) * self.nodes)
        zero = np.zeros(len(gpus), dtype=np.int64)
        return site(nodes, Requests(zero, zero, gpus, np.full(len(gpus), FULL), ("",) * len(gpus)))

    def needs(self, kinds: Ints) -> Needs:
        """What jobs of these classes of work want beside chips."""
        domain = self.per_node * self.per_rack if self.stated.domain == "rack" else 0
        named = [ANY, *sorted({row.work for row in self.stated.speeds} - {""})]
        place = np.array([named.index(kind.name.lower()) if kind.name.lower() in named else 0 for kind in Kind])
        return replace(
            Needs.nothing(len(kinds)), domain_gpus=np.full(len(kinds), domain, dtype=np.int64),
            watts=self.watts[kinds], kind=place[kinds],
        )  # fmt: skip

    def speeds(self) -> Speeds:
        """Speeds by where jobs stand."""
        rows = [
            Measured(row.work or ANY, ANY, row.nodes, row.racks, row.neighbours, float(row.speed))
            for row in self.stated.speeds
        ]
        return speeds(rows, [""]) if rows else Speeds.even()

    def unfit(self, gpus: Ints, kinds: Ints) -> Ints:
        """Rows of jobs that the empty floor cannot hold."""
        nobody = np.zeros(len(gpus), dtype=np.int64)
        if not self.nodes:
            return np.arange(len(gpus))
        return never_fits_floor(self.site(gpus), self.layout, self.needs(kinds), nobody, self.stated.placement)


def tenant_floor(scenario: Scenario, timeline: Timeline, pool: Pool) -> TenantFloor:
    """The floor of one tenant: nodes like those of the chip model of which most ever went live."""
    stated, installs = scenario.operations.floor, timeline.installs
    assert stated is not None
    models = sorted(set(installs["chip"]))
    arrived = [int(installs["chips"][(installs["chip"] == name) & (installs["chips"] > 0)].sum()) for name in models]
    if not models:
        return TenantFloor(stated, 0, 1, 1, np.zeros(len(Kind), dtype=np.int64))
    rack = scenario.campus.racks[models[int(np.argmax(arrived))]]
    chip_w = float(rack.it_power) / rack.chips_per_rack
    watts = np.array([round(chip_w * share) for share in scenario.site.draw.by_kind()], dtype=np.int64)
    nodes = int(pool.steps.level.max(initial=0)) // rack.chips_per_node
    return TenantFloor(stated, nodes, rack.chips_per_node, max(rack.chips_per_rack // rack.chips_per_node, 1), watts)


@dataclass(frozen=True, slots=True)
class Allowed:
    """What failures and maintenance leave of a tenant's chips; per strike and per step as `Played` holds it."""

    limits: Limits
    outages: Outages
    strike: Ints
    """Strike of each outage; -1 for maintenance."""
    hit_down: Ints
    hit_back: Ints
    hit_short: Ints
    step_gone: Ints
    planned_down_chip_s: int
    """Chip-seconds in maintenance."""


def allowed(
    floor: TenantFloor, pool: Pool, strikes: Strikes, planned: list[tuple[int, int, int, int]], limit_w: int
) -> Allowed:
    """Walk through strikes, repairs and changes of level in order of time. `planned`: (at, until, nodes, notice).

    A strike on the jobs' part takes nodes out; one on the services' part takes chips of the jobs' for them; one beyond
    strikes nothing. Chips down count as far as there are such.
    """
    steps, size = pool.steps, floor.per_node
    level, serving, taken = 0, 0, 0
    down = np.zeros(max(floor.nodes, 1), dtype=np.int64)
    n = len(strikes.at_s)
    hit_down, hit_back, hit_short = (np.zeros(n, dtype=np.int64) for _ in range(3))
    gone = np.zeros(len(steps.at_s), dtype=np.int64)
    nodes_hit: dict[int, tuple[int, int]] = {}
    service_hit: dict[int, int] = {}
    rows: list[tuple[int, int, int, int]] = []
    events = [(int(at), 0, k) for k, at in enumerate(strikes.at_s)]
    events += [
        (int(at + lasts), 1, k) for k, (at, lasts) in enumerate(zip(strikes.at_s, strikes.repair_s, strict=True))
    ]
    events += [(int(at), 2, k) for k, at in enumerate(steps.at_s)]
    counted, planned_s, last = 0, 0, 0
    spans = [(at, until, 0, nodes) for at, until, nodes, _ in planned]
    events += [(at, 3, k) for k, (at, *_) in enumerate(spans)] + [
        (until, 4, k) for k, (_, until, *_) in enumerate(spans)
    ]
    upkeep = np.zeros(max(floor.nodes, 1), dtype=np.int64)
    for at, what, k in sorted(events):
        planned_s += int(((upkeep > 0) & (down == 0)).sum()) * size * (at - last)
        last = at
        if what == 0:
            chip, width = int(strikes.chip[k]), int(strikes.size[k])
            if chip < level // size * size:
                span = max(math.ceil(width / size), 1)
                first = chip // size // span * span
                nodes_hit[k] = (first, min(first + span, floor.nodes))
                down[first : nodes_hit[k][1]] += 1
            elif level <= chip < level + serving:
                service_hit[k] = min(width, level + serving - chip)
                taken += service_hit[k]
        elif what == 1:
            if k in nodes_hit:
                down[slice(*nodes_hit[k])] -= 1
            taken -= service_hit.get(k, 0)
        elif what == 2:
            level, serving = int(steps.level[k]), int(steps.serving[k])
        else:
            upkeep[slice(*spans[k][2:])] += 1 if what == 3 else -1
        out = int((down > 0).sum()) * size + taken
        now = min(out, level)
        if what == 0:
            hit_down[k] = now - counted
            hit_short[k] = service_hit.get(k, 0) - hit_down[k] if k in service_hit else 0
        elif what == 1:
            hit_back[k] = counted - now
        elif what == 2:
            gone[k] = counted - now
        counted = now
        free = level - now - int(((upkeep > 0) & (down == 0)).sum()) * size
        rows.append((at, TENANT_GPUS, 0, max(free, 0) // size * size * FULL))
        if limit_w < NEVER and what == 2:
            rows.append((at, TENANT_W, 0, max(limit_w - serving * int(floor.watts[Kind.SERVE]), 0)))
    columns = np.array(rows, dtype=np.int64).reshape(-1, 4).T.copy()
    outages, strike = _outages(strikes, nodes_hit, planned)
    return Allowed(Limits(*columns), outages, strike, hit_down, hit_back, hit_short, gone, planned_s)


def _outages(
    strikes: Strikes, nodes_hit: dict[int, tuple[int, int]], planned: list[tuple[int, int, int, int]]
) -> tuple[Outages, Ints]:
    """Outages of nodes in order of time, and the strike behind each."""
    rows = [
        (int(strikes.at_s[k]), int(strikes.at_s[k] + strikes.repair_s[k]), first, last, 0, NEVER, k)
        for k, (first, last) in nodes_hit.items()
    ]
    rows += [(at, until, 0, nodes, 1, at - notice, -1) for at, until, nodes, notice in planned if nodes]
    rows.sort(key=lambda row: row[0])
    table = np.array(rows, dtype=np.int64).reshape(-1, 7).T.copy()
    at, until, first_node, last_node, drains, told, strike = table
    return Outages(at, until, first_node, last_node, drains, told, ("",) * len(at)), strike


def planned(scenario: Scenario, maintenance: dict[str, Maintenance], nodes: int) -> list[tuple[int, int, int, int]]:
    """Maintenance of a tenant's nodes: from, until, nodes (the first ones), notice."""
    clock, made = scenario.clock, []
    for one in maintenance.values():
        at, until = clock.seconds(one.start), clock.seconds(one.end)
        count = math.ceil(float(one.share) * nodes - 1e-9)
        if until > 0 and at < clock.end_s and count:
            made.append((max(at, 0), until, count, round(float(one.notice))))
    return made


def play_tenant(
    scenario: Scenario, floor: TenantFloor, pool: Pool, strikes: Strikes, jobs: Jobs, who: Who, kinds: Ints,
    limit_w: int, restart_s: int, write_s: int,
) -> tuple[Played, Floored, Allowed]:  # fmt: skip
    """Play a tenant's jobs (in order of submission; each fits the empty floor) through all that befalls it."""
    stated, n = floor.stated, len(jobs.run_s)
    rules = Rules(
        scenario.operations.own_policy or scenario.operations.policy, stated.placement, scenario.seed, restart_s,
        write_s, stated.requeue, round(float(stated.backoff)) if stated.backoff else 600, None, scenario.clock.end_s,
        is_sole=True,
    )  # fmt: skip
    ahead = planned(scenario, scenario.operations.maintenance, floor.nodes)
    given = allowed(floor, pool, strikes, ahead, limit_w)
    nobody = np.zeros(n, dtype=np.int64)
    # before the first step a tenant has nothing
    start = min(int(jobs.submit_s[0]) if n else 0, int(given.limits.at_s[0]) if len(given.limits.at_s) else 0) - 1
    before = Limits(*(np.array([value], dtype=np.int64) for value in (start, TENANT_GPUS, 0, 0)))
    found = play_on_floor(
        rules, jobs, replace(who, tenant=nobody), floor.site(jobs.gpus), floor.layout,
        needs=floor.needs(kinds), outages=given.outages, limits=before.then(given.limits), speeds=floor.speeds(),
    )  # fmt: skip
    hit_job, lost = np.full(len(strikes.at_s), -1, dtype=np.int64), np.zeros(len(strikes.at_s), dtype=np.int64)
    is_strike = given.strike >= 0
    hit_job[given.strike[is_strike]] = found.outages["job"][is_strike]
    lost[given.strike[is_strike]] = found.outages["lost"][is_strike] // FULL
    played = replace(
        found.played, hit_job=hit_job, hit_down=given.hit_down, hit_back=given.hit_back, hit_short=given.hit_short,
        step_gone=given.step_gone, hit_lost_chip_s=lost,
    )  # fmt: skip
    return played, found, given


def floor_figures(floor: TenantFloor, found: Floored, given: Allowed) -> dict[str, float | None]:
    """What the floor adds to a tenant's figures: racks of a gang, stops, GPU-hours held back for power, in maintenance.

    Racks are a mean over attempts on more than one node, each by its chips; None where there was none.
    """
    places = found.places
    _, attempt = np.unique(places[:, [0, 2]], axis=0, return_inverse=True)
    attempt = attempt.reshape(-1)
    count = int(attempt.max(initial=-1)) + 1
    pairs = np.unique(np.stack((attempt, floor.layout.rack[places[:, 1]])), axis=1)
    racks = np.bincount(pairs[0], minlength=count)
    chips = np.bincount(attempt, weights=places[:, 4], minlength=count)
    gang = np.bincount(attempt, minlength=count) > 1
    return {
        "gang_racks_mean": float(np.average(racks[gang], weights=chips[gang])) if gang.any() else None,
        "broken_off": float((found.attempts[:, 5] >= 0).sum()),
        "held_back_for_power_gpu_h": found.held_back_gpu_s / 3600.0,
        "maintenance_gpu_h": given.planned_down_chip_s / 3600.0,
    }
