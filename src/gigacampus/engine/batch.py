"""A tenant's jobs on its chips under the scenario's policy, through deliveries, failures and restarts."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from gigacampus.engine.desk import CAPACITY, NEVER, NONE, OUTAGE, QUOTA, Ints
from gigacampus.engine.order import order_by
from gigacampus.engine.outcome import Who
from gigacampus.engine.play import Jobs, Played, Steps, Strikes, play_queue
from gigacampus.engine.reasons import held_at, spans_of
from gigacampus.engine.spans import Spans
from gigacampus.scenario import Scenario
from gigacampus.tables.work import Work

IN_THE_FAST_LOOP = ("fcfs", "sjf", "priority", "easy", "sjf-easy", "priority-easy")


@dataclass(frozen=True, slots=True)
class Trouble:
    """What comes over the chips, and what a restart and a checkpoint cost; times in seconds."""

    steps: Steps
    strikes: Strikes
    restart_s: int
    write_s: int
    until_s: int


def who_of(scenario: Scenario, work: Work, names: list[str], rows: Ints, jobs: Jobs) -> Who:
    """What the policy may look at: users, priorities, deadlines by the scenario's rule, planned starts."""
    table, slack = work.jobs, scenario.operations.deadline_slack
    deadline = None
    if slack is not None:
        deadline = jobs.submit_s + np.ceil(float(slack) * jobs.estimate_s).astype(np.int64)
    priority, user, tenant = (
        np.ascontiguousarray(table[name][rows].astype(np.int64)) for name in ("priority", "user_index", "tenant_index")
    )
    return Who(priority, user, tenant, deadline, planned_of(scenario, work, names)[rows])


def planned_of(scenario: Scenario, work: Work, names: list[str]) -> Ints:
    """When each job is planned to start; NEVER for all but the first stages of runs with an announcement."""
    planned = np.full(len(work.jobs), NEVER)
    for job, _ in _announced(scenario, work, names):
        planned[job] = work.jobs["submit_s"][job]
    return planned


def known_from(scenario: Scenario, work: Work, names: list[str], submit_s: Ints) -> Ints:
    """From when the engine knows each job: its submission, or the announcement of a planned run."""
    known = submit_s.copy()
    for job, at_s in _announced(scenario, work, names):
        known[job] = min(at_s, int(submit_s[job]))
    return known


def _announced(scenario: Scenario, work: Work, names: list[str]) -> list[tuple[int, int]]:
    """Jobs of announced runs, and when each is announced."""
    stages = work.stages
    found: list[tuple[int, int]] = []
    for index, run, job, after in zip(
        stages["tenant_index"].tolist(), stages["run"].tolist(), stages["job_id"].tolist(), stages["after_id"].tolist(),
        strict=True,
    ):  # fmt: skip
        moment = scenario.tenants[names[index]].runs[run].announced if after < 0 else None
        if moment is not None:
            found.append((job, max(scenario.clock.seconds(moment), 0)))
    return found


def play_batch(scenario: Scenario, jobs: Jobs, who: Who, trouble: Trouble) -> Played:
    """Play a tenant's jobs, in the order in which the engine comes to know them."""
    policy = scenario.operations.own_policy or scenario.operations.policy
    rule, _, backfill = policy.partition("-")
    if policy in IN_THE_FAST_LOOP and not who.has_plans:
        return play_queue(
            jobs, 0, order_by(rule, jobs.submit_s, jobs.estimate_s, who.priority), is_easy="easy" in (rule, backfill),
            steps=trouble.steps, strikes=trouble.strikes, restart_s=trouble.restart_s, write_s=trouble.write_s,
            until_s=trouble.until_s,
        )  # fmt: skip
    from gigacampus.engine.consult import consult
    from gigacampus.engine.general.play import Setting
    from gigacampus.engine.schedule import waits_for

    setting = Setting(
        steps=trouble.steps, strikes=trouble.strikes, restart_s=trouble.restart_s, write_s=trouble.write_s,
        until_s=trouble.until_s,
    )  # fmt: skip
    return _explained(consult(policy, "none", jobs, who, setting)[0], jobs, trouble, waits_for(policy))


def _explained(played: Played, jobs: Jobs, trouble: Trouble, fitting: int) -> Played:
    """Reasons as the fast loop notes them: no such capacity, none free, one that is down, else `fitting`."""
    late = played.start_s > jobs.submit_s
    at_s, size = jobs.submit_s[late], jobs.gpus[late]
    place = np.searchsorted(trouble.steps.at_s, at_s, side="right") - 1
    level = np.append(trouble.steps.level, 0)[place]
    strikes = trouble.strikes
    down = held_at(Spans(strikes.at_s, strikes.at_s + strikes.repair_s, played.hit_down), at_s)
    free = level - down - held_at(spans_of(played, jobs.gpus), at_s)
    reason = np.full(len(late), NONE, dtype=np.int64)
    reason[late] = np.select(
        [size > level, (size > free) & (size <= free + down), size > free], [QUOTA, OUTAGE, CAPACITY], fitting
    )
    return replace(played, reason=reason)
