"""Set the state of the general loop, play, and hand back what happened."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from gigacampus.engine.desk import NEVER, Ints
from gigacampus.engine.floor.desk import HALL_W, TENANT_GPUS
from gigacampus.engine.general import state as at
from gigacampus.engine.general.befall import no_trouble, trouble
from gigacampus.engine.general.ground import act
from gigacampus.engine.general.loop import (
    PASS_OF,
    in_line,
    no_order,
    nobody,
    nowhere,
    play_general,
    unlimited,
    unsettled,
)
from gigacampus.engine.on_nodes import PLACEMENTS, Site, alike, cluster, site
from gigacampus.engine.outcome import Who, blank, simply
from gigacampus.engine.packing import Requests
from gigacampus.engine.play import NO_STEPS, NO_STRIKES, Jobs, Played, Steps, Strikes, check_times, nothing
from gigacampus.engine.policies import JOB, NODE, Function
from gigacampus.engine.quotas import NO_QUOTAS, Quotas
from gigacampus.engine.rules import LAS_THRESHOLD, Rule
from gigacampus.kernels.dice import stream
from gigacampus.kernels.jit import ready
from gigacampus.kernels.packing import WHOLE
from gigacampus.kernels.schedule.cluster import Cluster
from gigacampus.kernels.schedule.floor import Floor


@dataclass(frozen=True, slots=True)
class Own:
    """Functions of one's own; None where there is none."""

    choose: Function | None = None
    stop: Function | None = None
    key: Function | None = None
    place: Function | None = None

    @property
    def is_any(self) -> bool:
        """Whether there is one."""
        return any(one is not None for one in (self.choose, self.stop, self.key, self.place))


@dataclass(frozen=True, slots=True)
class Stage:
    """A floor of racks and halls in place of bare nodes, and what befalls it; rows as `State` holds them."""

    made: Callable[[], Floor]
    """The floor, empty."""
    placement: int
    request: Ints
    """Shape (jobs, 10), as `kernels/schedule/floor.py` takes it."""
    limited: Ints
    """Tenant of each job as limits count them."""
    outages: Ints
    told: Ints
    cap_steps: Ints
    watts: Ints
    """Power of each GPU of each job, W."""
    caps: int = 0
    """Tenants with limits."""
    backoff_s: int = 0
    requeue: int = 0
    """HEAD or TAIL of `engine/floor/desk.py`; 0: at its place."""
    waits_for: int = 0
    is_sole: bool = False
    kinds: Ints = field(default_factory=lambda: blank(1))
    """Class of each job, of the table of speeds."""
    speeds: Ints = field(default_factory=lambda: np.zeros((0, 0, 0, 0, 0), dtype=np.int64))
    """Thousandths by class, model, steps of nodes, racks and neighbours; no rows: all run at speed 1."""
    stairs: Ints = field(default_factory=lambda: np.zeros((3, 0), dtype=np.int64))
    """From how many nodes, racks, neighbours on each step holds."""
    shares: Ints = field(default_factory=lambda: blank(0))
    """Speed by thousandths of power, where power slows jobs; none: they wait for it."""

    @property
    def is_paced(self) -> bool:
        """Whether jobs run at other speeds than 1."""
        return len(self.speeds) > 0 or len(self.shares) > 0

    @property
    def has_power(self) -> bool:
        """Whether power has limits."""
        return bool((self.cap_steps[:, at.KIND] != TENANT_GPUS).any())


@dataclass(frozen=True, slots=True)
class Setting:
    """What the jobs are played on and under; times in seconds."""

    chips: int = 0
    here: Site | None = None
    """Nodes and requests; None: a count of chips."""
    placement: str = "bestfit"
    seed: int = 1
    quotas: Quotas = NO_QUOTAS
    steps: Steps = NO_STEPS
    strikes: Strikes = NO_STRIKES
    restart_s: int = 0
    write_s: int = 0
    until_s: int = NEVER
    stage: Stage | None = None
    own: Own = field(default_factory=Own)


Watch = Callable[[Callable[[], int], Ints], int]


def _unwatched(play: Callable[[], int], s: Ints) -> int:
    return play()


def play(rule: Rule, jobs: Jobs, who: Who, setting: Setting, watch: Watch = _unwatched) -> tuple[Played, Ints]:
    """Play jobs in order of submission; also job and node of every piece of each last attempt, shape (pieces, 2).

    As `play_state`.
    """
    g = play_state(rule, jobs, who, setting, watch)
    return played(g, jobs), _places(g)


def play_state(rule: Rule, jobs: Jobs, who: Who, setting: Setting, watch: Watch = _unwatched) -> at.State:
    """Play jobs in order of submission; what stands on the loop's desk then.

    Each must fit the empty machine. `watch` runs the loop, given its registers. Times are those of the trace's clock.
    """
    check_times(jobs, [int(jobs.submit_s[-1])] if len(jobs.submit_s) else [], 0, 0, setting.restart_s)
    room = 2 * len(jobs.run_s) + 64
    while True:
        g, table = _state(rule, jobs, who, setting, room), _table(jobs, who, setting)
        f, request = _floor(setting, len(jobs.run_s))
        nodes = _nodes(f, setting.stage is not None)
        draw = stream(setting.seed, "engine/placement").random(max(len(jobs.run_s), 1))
        own = setting.own
        functions = (own.choose or nobody, own.stop or nobody, own.key or no_order, own.place or nowhere)
        doors = (act, unsettled, no_trouble, unlimited, unlimited)
        if setting.stage is not None:
            from gigacampus.engine.general.pace import pace
            from gigacampus.engine.general.power import power
            from gigacampus.engine.general.stands import act_on_floor
            from gigacampus.kernels.schedule.racks import settle_on_floor

            limits = power if setting.stage.has_power else unlimited
            doors = (act_on_floor, settle_on_floor, trouble, limits, pace if setting.stage.is_paced else unlimited)
            if own.place is not None:
                from gigacampus.engine.general.named import act_as_named

                doors = (act_as_named, unsettled, *doors[2:])
        # made ready before anybody watches how long a call takes
        loop, *called = map(ready, (play_general, *functions, *doors, PASS_OF.get(rule.walk, in_line)))
        unit = 1 if setting.here is None else WHOLE
        rest = (f, request, draw, table, nodes, g.queue, g.running, unit, *called)
        status = watch(lambda g=g, rest=rest, loop=loop: int(loop(g, *rest)), g.s)  # type: ignore[misc]
        if status == at.OK:
            return g
        if status != at.NO_ROOM:
            raise RuntimeError(f"status {status} of the general loop")
        room *= 4


def _state(rule: Rule, jobs: Jobs, who: Who, setting: Setting, room: int) -> at.State:
    n, f, quotas, stage = len(jobs.run_s), len(setting.strikes.at_s), setting.quotas, setting.stage
    account, tenant = _accounts(who, quotas)
    accounts, tenants = len(tenant), max(int(tenant.max(initial=0)) + 1, len(quotas.nominal))
    size = jobs.gpus if setting.here is None else setting.here.requests[:, 2] * setting.here.requests[:, 3]
    s, fixed, beside = blank(at.REGISTERS), blank(at.FIXED), () if stage is None else _beside(stage, n)
    level = setting.chips if setting.here is None else setting.here.nodes.gpu_milli
    s[at.FREE] = s[at.LEVEL] = level
    s[at.LIMIT_W] = NEVER
    for name, value in (
        (at.JOBS, n), (at.ORDER, rule.order), (at.PASS, rule.walk), (at.ON_NODES, setting.here is not None),
        (at.PACKING, _packing(setting)), (at.RESTART, setting.restart_s),
        (at.THRESHOLD, LAS_THRESHOLD * (1 if setting.here is None else WHOLE)), (at.WRITE, setting.write_s),
        (at.UNTIL, setting.until_s), (at.STEPS, len(setting.steps.at_s)), (at.STRIKES, f),
        (at.ACCOUNTS, accounts), (at.TENANTS, tenants),
        (at.ATTEMPT_ROOM, room), (at.PLACE_ROOM, room), (at.OWN_PLACE, setting.own.place is not None),
        (at.HAS_VIEW, setting.own.is_any), (at.HAS_PREEMPT, setting.own.stop is not None),
        (at.QUOTAS, len(quotas.at_s)), *_on_floor(stage, n, beside),
    ):  # fmt: skip
        fixed[name] = int(value)
    some = 3 * n + tenants + 8
    rows = np.zeros((max(n, 1), at.W), dtype=np.int64)
    for column, values in (
        (at.SUBMIT, jobs.submit_s), (at.RUN, jobs.run_s), (at.ESTIMATE, jobs.estimate_s), (at.SIZE, size),
        (at.URGENCY, who.priority), (at.DUE, who.deadlines(n)), (at.PLAN, who.plans(n)),
        (at.EVERY, jobs.checkpoint_s), (at.ACCOUNT, account), (at.OWNER, tenant[account]), (at.START, NEVER),
        (at.SINCE, NEVER), (at.END, NEVER), (at.PIECE, -1), (at.LIMIT, 0 if stage is None else stage.limited),
    ):  # fmt: skip
        rows[:n, column] = values[:n] if isinstance(values, np.ndarray) else values
    owners = np.zeros((tenants, at.WT), dtype=np.int64)
    for column, values in (
        (at.NOMINAL, quotas.nominal), (at.BORROW, quotas.borrow), (at.LEND, quotas.lend), (at.COHORT, quotas.cohort),
    ):  # fmt: skip
        owners[: len(values), column] = values
    strikes = np.zeros((f, at.STRIKE_WIDTH), dtype=np.int64)
    hits = setting.strikes
    for column, values in (
        (at.AT, hits.at_s), (at.CHIP, hits.chip), (at.NODE, hits.size), (at.REPAIR, hits.repair_s),
        (at.BACK_AT, NEVER), (at.HIT, -1),
    ):  # fmt: skip
        strikes[:, column] = values
    steps = setting.steps
    stairs = np.stack([steps.at_s, steps.level, steps.serving, np.zeros_like(steps.at_s)], axis=1)
    return at.State(
        s, fixed, rows.reshape(-1), first=np.zeros(max(n, 1)), second=np.zeros(max(n, 1)), queue=blank(n),
        running=blank(n + 1), order=blank(2 * n), spare=blank(n + 1), times=blank(some), free=blank(some),
        count=blank(tenants), attempts=blank(at.ATTEMPT_WIDTH * room), used=np.zeros(accounts),
        tenant_used=np.zeros(tenants), held=blank(accounts), tenants=owners.reshape(-1),
        steps=_flat(stairs.reshape(-1)), strikes=_flat(strikes.reshape(-1)),
        changes=_flat(np.stack([quotas.at_s, quotas.level, quotas.tenant], axis=1).reshape(-1)),
        places=blank(at.PLACE_WIDTH * room), **_befalling(stage, n, size, beside),
    )  # fmt: skip


def _packing(setting: Setting) -> int:
    return PLACEMENTS.get(setting.placement, 1) if setting.stage is None else setting.stage.placement


def _on_floor(stage: Stage | None, jobs: int, beside: tuple[Ints, ...]) -> tuple[tuple[int, int], ...]:
    """What stands fixed on a floor."""
    if stage is None:
        return ()
    outages = len(stage.outages)
    return (
        (at.ON_FLOOR, 1), (at.OUTAGES, outages), (at.NOTICES, len(stage.told)), (at.CAPS, stage.caps),
        (at.CAP_STEPS, len(stage.cap_steps)), (at.BACKOFF, stage.backoff_s), (at.BITS, jobs.bit_length()),
        (at.BITS_O, outages.bit_length()), (at.WAITS_FOR, stage.waits_for),
        (at.REQUEUE, stage.requeue), (at.SOLE, int(stage.is_sole)),
        (at.DRAWS, stage.has_power), (at.HOLDS, stage.has_power and not len(stage.shares)),
        (at.HALLS_HOLD, (stage.cap_steps[:, at.KIND] == HALL_W).any()), *_at(stage, jobs, beside),
    )  # fmt: skip


def _beside(stage: Stage, jobs: int) -> tuple[Ints, ...]:
    """What stands in `State.more` behind the jobs: the profile of power, links, first ones, speeds, steps, shares."""
    profile = blank(3 * jobs + 16 if stage.has_power else 1)
    if not stage.is_paced:
        return (profile,)
    c = stage.made().c
    links, first = blank(at.LINK_WIDTH * len(c.piece_node)), blank(len(c.gpus), -1)
    return profile, links, first, stage.speeds.reshape(-1), stage.stairs.reshape(-1), stage.shares


def _at(stage: Stage, jobs: int, beside: tuple[Ints, ...]) -> tuple[tuple[int, int], ...]:
    """Where each of these stands, and how many steps the speeds have."""
    names = (at.AT_PROFILE, at.AT_LINKS, at.AT_STANDS, at.AT_TABLE, at.AT_STAIRS, at.AT_SHARES)
    begin, found = at.MORE * jobs, []
    for name, part in zip(names, beside, strict=False):
        found.append((name, begin))
        begin += len(part)
    _, models, nodes, racks, near = stage.speeds.shape
    return (
        *found, (at.PACED, stage.is_paced), (at.SLOWS, len(stage.shares) > 0), (at.MODELS, models),
        (at.NODE_STEPS, nodes), (at.RACK_STEPS, racks), (at.NEAR_STEPS, near), (at.STAIRS, stage.stairs.shape[1]),
    )  # fmt: skip


def _befalling(stage: Stage | None, jobs: int, size: Ints, beside: tuple[Ints, ...]) -> dict[str, Ints]:
    """What befalls a floor."""
    if stage is None:
        return {name: blank(1) for name in ("outages", "told", "mends", "away", "caps", "cap_steps", "more")}
    caps = np.zeros((int(stage.limited.max(initial=stage.caps)) + 1, at.CAP_WIDTH), dtype=np.int64)
    caps[:, [at.CAP, at.CAP_W]] = NEVER
    more = np.zeros((jobs, at.MORE), dtype=np.int64)
    more[:, at.WATTS], more[:, at.POWER] = stage.watts, stage.watts * size // WHOLE
    more[:, at.CLASS] = stage.kinds
    return {
        "outages": _flat(stage.outages.reshape(-1)).copy(), "told": _flat(stage.told),
        "mends": blank(len(stage.outages) + 1), "away": blank(jobs + 1), "caps": _flat(caps.reshape(-1)),
        "cap_steps": _flat(stage.cap_steps.reshape(-1)),
        "more": np.concatenate((more.reshape(-1), *beside)),
    }  # fmt: skip


def _flat(values: Any) -> Ints:
    """A column as the loop wants it: int64, contiguous, at least one long."""
    found = np.ascontiguousarray(values, dtype=np.int64)
    return found if len(found) else blank(1)


def _accounts(who: Who, quotas: Quotas) -> tuple[Ints, Ints]:
    """Account of each job, tenant of each account. With quotas tenants keep their numbers; unknown ones come after."""
    tenant = who.tenant
    if len(quotas.nominal):
        tenant = np.where((tenant < 0) | (tenant >= len(quotas.nominal)), len(quotas.nominal), tenant)
    pairs, account = np.unique(np.stack([tenant, who.user], axis=1), axis=0, return_inverse=True)
    owner = pairs[:, 0]
    if not len(quotas.nominal):
        owner = np.unique(owner, return_inverse=True)[1]
    return _flat(account.reshape(-1)), _flat(owner.reshape(-1))


def _table(jobs: Jobs, who: Who, setting: Setting) -> Any:
    """The jobs as functions of one's own see them; one row where there is none."""
    n = len(jobs.run_s)
    if not setting.own.is_any:
        return np.zeros(1, dtype=JOB)
    table = np.zeros(n, dtype=JOB)
    table["submit_s"], table["estimate_s"], table["gpus"] = jobs.submit_s, jobs.estimate_s, jobs.gpus
    table["priority"], table["user_index"], table["tenant_index"] = who.priority, who.user, who.tenant
    table["deadline_s"] = who.deadlines(n)[:n]
    table["start_s"] = table["since_s"] = NEVER
    return table


def _floor(setting: Setting, jobs: int) -> tuple[Floor, Ints]:
    """The floor, empty, and requests; bare nodes have none of what is around them."""
    if setting.stage is not None:
        return setting.stage.made(), setting.stage.request
    c, request = _cluster(setting, jobs)
    return Floor(c, *(blank(1) for _ in range(len(Floor._fields) - 1))), request


def _nodes(f: Floor, has_racks: bool) -> Any:
    """The nodes as placements of one's own see them."""
    count = len(f.c.gpus)
    nodes = np.zeros(max(count, 1), dtype=NODE)
    nodes["gpus"][:count] = f.c.gpus
    pod = np.searchsorted(f.pod_first, f.rack, side="right") - 1
    for name, values in (("rack", f.rack), ("pod", pod), ("hall", f.hall)):
        nodes[name][:count] = values if has_racks else -1
    return nodes


def _cluster(setting: Setting, jobs: int) -> tuple[Cluster, Ints]:
    """Nodes, empty, and requests; a made-up node that nobody looks at where the machine is a count."""
    if setting.here is None:
        zero = nothing()
        empty = site(alike(1, 1), Requests(zero, zero, zero, zero, ()))
        return cluster(empty, 1, 0), np.zeros((max(jobs, 1), 5), dtype=np.int64)
    # jobs lifted off their nodes for a moment keep their pieces while another takes new ones
    twice = 2 * jobs + len(setting.here.nodes.gpus) + 1
    return cluster(setting.here, PLACEMENTS.get(setting.placement, 1), twice), setting.here.requests


def played(g: at.State, jobs: Jobs) -> Played:
    """What became of the jobs."""
    n = len(jobs.run_s)
    job = g.job.reshape(-1, at.W)[:n]
    strikes = g.strikes[: at.STRIKE_WIDTH * int(g.fixed[at.STRIKES])].reshape(-1, at.STRIKE_WIDTH)
    steps = g.steps[: at.STEP_WIDTH * int(g.fixed[at.STEPS])].reshape(-1, at.STEP_WIDTH)
    rows = attempts_of(g)[:, :5]
    start, since, end, tries, done, lost = (
        np.ascontiguousarray(job[:, k]) for k in (at.START, at.SINCE, at.END, at.TRIES, at.DONE, at.LOST)
    )
    hit, down, back, short, waste = (
        np.ascontiguousarray(strikes[:, k]) for k in (at.HIT, at.OUT, at.BACK, at.SHORT, at.WASTE)
    )
    return simply(
        start, since, end, tries, jobs.submit_s, int(g.s[at.EVENTS]),
        kept_s=done, lost_s=lost, attempts=rows, hit_job=hit, hit_down=down, hit_back=back, hit_short=short,
        hit_lost_chip_s=waste, step_gone=np.ascontiguousarray(steps[:, at.GONE]),
    )  # fmt: skip


def attempts_of(g: at.State) -> Ints:
    """Attempts broken off or preempted, shape (n, 6): job, from, to, lost, restart overhead, why."""
    return g.attempts[: at.ATTEMPT_WIDTH * int(g.s[at.ATTEMPTS])].reshape(-1, at.ATTEMPT_WIDTH).copy()


def places_of(g: at.State) -> Ints:
    """Where jobs were put, shape (n, 4): job, node, which attempt, thousandths of GPUs."""
    return g.places[: at.PLACE_WIDTH * int(g.s[at.PLACES])].reshape(-1, at.PLACE_WIDTH).copy()


def _places(g: at.State) -> Ints:
    rows = places_of(g)
    tries = g.job.reshape(-1, at.W)[:, at.TRIES]
    found: Ints = rows[rows[:, 2] == tries[rows[:, 0]]][:, :2]
    return found
