"""The engine's verb: play every tenant's queue on its chips, through deliveries, outages and failures."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from gigacampus.engine.batch import Trouble, known_from, play_batch, who_of
from gigacampus.engine.campus_log import Queue, campus_log
from gigacampus.engine.chains import chains_of, moved
from gigacampus.engine.desk import NEVER, NONE, Ints
from gigacampus.engine.play import Jobs
from gigacampus.engine.pools import Pool, aim, pools, strikes_on
from gigacampus.scenario import Scenario
from gigacampus.scenario.checkpoints import written_every_s
from gigacampus.tables.conditions import Conditions
from gigacampus.tables.log import Log
from gigacampus.tables.timeline import Timeline
from gigacampus.tables.work import Work


def simulate(scenario: Scenario, timeline: Timeline, work: Work, outside: Conditions) -> Log:
    """What becomes of all jobs under the scenario's policy, each tenant within its own chips.

    A service's chips come out of its tenant's; what is left is the batch pool. When the pool shrinks, the jobs that
    started last stop, keep what their last checkpoint holds and go back to their place in the queue. A failure takes
    its node's chips out until repaired; the job that holds the struck chip is broken off (jobs smaller than a node:
    with their neighbours on the node), and each restart costs `operations.failures.restart`. A stage of a stated run is
    submitted when the stage before has ended.
    """
    end_s = scenario.clock.end_s
    machines = pools(timeline, work, end_s, outside.envelope)
    aims = aim(scenario, timeline, outside, machines)
    failures = scenario.operations.failures
    restart_s = round(float(failures.restart)) if failures else 0
    write_s = round(float(scenario.operations.checkpoint_write or 0.0))
    chains, submit_s, queues = chains_of(work.stages), work.jobs["submit_s"].copy(), []
    names = [str(name) for name in timeline.tenants["tenant"]]
    felt: dict[int, dict[str, float | None]] = {}
    if scenario.operations.floor:  # its loop is compiled when it is imported
        from gigacampus.engine.floor.campus import floor_figures, play_tenant, tenant_floor
    for tenant, pool in enumerate(machines):
        strikes, hits = strikes_on(tenant, aims, outside)
        ground = tenant_floor(scenario, timeline, pool) if scenario.operations.floor else None
        mine = [chain for chain in chains if work.jobs["tenant_index"][chain[0]] == tenant]
        while True:
            rows = np.flatnonzero(work.jobs["tenant_index"] == tenant)
            rows = rows[np.argsort(submit_s[rows], kind="stable")]
            known_s = known_from(scenario, work, names, submit_s)
            rows = rows[np.argsort(known_s[rows], kind="stable")]
            is_fit = work.jobs["gpus"][rows] <= _most_from(pool, submit_s[rows], ground.per_node if ground else 1)
            if ground:
                is_fit[ground.unfit(work.jobs["gpus"][rows], work.jobs["kind_index"][rows])] = False
            chosen = rows[is_fit]
            jobs = _jobs(scenario, work, chosen, known_s)
            who = who_of(scenario, work, names, chosen, jobs)
            if ground:
                played, onfloor, given = play_tenant(
                    scenario, ground, pool, strikes, jobs, who,
                    work.jobs["kind_index"][chosen].astype(np.int64), _limit_w(scenario, timeline, tenant), restart_s,
                    write_s,
                )  # fmt: skip
                felt[tenant] = floor_figures(ground, onfloor, given)
                if not mine or not moved(mine, submit_s, _ends(len(submit_s), chosen, played.end_s), end_s):
                    break
                continue
            played = play_batch(scenario, jobs, who, Trouble(pool.steps, strikes, restart_s, write_s, end_s))
            if not mine or not moved(mine, submit_s, _ends(len(submit_s), chosen, played.end_s), end_s):
                break
        # an announced run is known before it is submitted; its wait counts from its date
        jobs = replace(jobs, submit_s=submit_s[chosen])
        played = replace(played, reason=np.where(played.start_s > jobs.submit_s, played.reason, NONE))
        queues.append(Queue(pool, chosen, rows[~is_fit], hits, played, jobs, write_s, restart_s))
    log = campus_log(scenario, timeline, work, outside, aims, queues)
    if felt:
        log.summary["floor"] = {names[tenant]: figures for tenant, figures in felt.items()}
    return log


def _limit_w(scenario: Scenario, timeline: Timeline, tenant: int) -> int:
    """Most rack power of a tenant, W; NEVER without a limit."""
    limit = scenario.tenants[str(timeline.tenants["tenant"][tenant])].it_power_limit
    return NEVER if limit is None else round(float(limit))


def _ends(jobs: int, rows: Ints, end_s: Ints) -> Ints:
    """Ends by job; NEVER for jobs that were not played."""
    ends = np.full(jobs, NEVER)
    ends[rows] = end_s
    return ends


def _jobs(scenario: Scenario, work: Work, rows: Ints, submit_s: Ints) -> Jobs:
    """The jobs as the loop takes them; those that write checkpoints do so as often as suits their size."""
    table = work.jobs
    run, estimate = table["run_s"][rows], table["estimate_s"][rows]
    return Jobs(
        np.ascontiguousarray(submit_s[rows]), run, np.maximum(run, estimate), table["gpus"][rows],
        written_every_s(scenario, table["gpus"][rows], table["checkpoint_s"][rows]),
    )  # fmt: skip


def _most_from(pool: Pool, submit_s: Ints, whole: int = 1) -> Ints:
    """The most chips that the batch pool will have at any time from given ones on, in nodes of `whole` chips."""
    at_s, level = pool.steps.at_s, pool.steps.level // whole * whole
    if not len(at_s):
        return np.zeros(len(submit_s), dtype=np.int64)
    most = np.maximum.accumulate(level[::-1])[::-1]
    place = np.maximum(np.searchsorted(at_s, submit_s, side="right") - 1, 0)
    found: Ints = most[place]
    return found
