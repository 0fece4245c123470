"""The event loop on a floor: fcfs, sjf and priority, strict or with EASY backfill, through all that may go wrong.

One instant in this order: finish, fail (and maintenance begins), repair, change of limits, arrive (new jobs, and broken
off ones that come back); then one pass. A head that finds no nodes, or no power for all together, blocks; a job whose
own tenant is at its limit blocks only that tenant's, but where there is a sole one: its limits are what there is, and
a job that waits for them is a head. Under EASY the head's reservation counts GPUs (and power for all), not nodes; where
the count is enough already, the head waits for the next expected end.
"""

from __future__ import annotations

from typing import Any

from numba import types

from gigacampus.clock import NEVER
from gigacampus.engine.desk import CAPACITY, HEAD, OUTAGE, PLACEMENT, POWER, QUOTA, RESERVATION
from gigacampus.engine.floor.desk import (
    ARRIVED,
    BITS,
    BITS_O,
    BLOCKED,
    BOOKS,
    DOWN,
    DOWN_MILLI_S,
    DRAINED,
    EASY,
    EVENTS,
    FAILED,
    FREE,
    HELD_BACK,
    IDLE_MILLI_S,
    IS_CHANGED,
    NO_ROOM,
    NOW,
    OK,
    OPEN,
    POLICY,
    POWER_W,
    RUNNING,
    SHADOW,
    SLOWS,
    SOLE,
    SPARE,
    SPARE_W,
    STATUS,
    STEPPED,
    STRUCK,
    TOLD,
    UNTIL,
    USED,
    WAITING,
    Line,
    line_type,
)  # fmt: skip
from gigacampus.engine.floor.limits import (
    campus_has_power,
    limit_w,
    most,
    room,
    slow_down,
    steps,
    tenant_has_power,
    tenant_has_room,
)  # fmt: skip
from gigacampus.engine.floor.running import (
    begin,
    break_off,
    enqueue,
    expected_left_s,
    expected_length_s,
    finish,
    released,
    try_start,
    undo_start,
)  # fmt: skip
from gigacampus.kernels.jit import kernel, typed
from gigacampus.kernels.packing import WHOLE
from gigacampus.kernels.schedule.floor import Floor, reopen, shut, vacate
from gigacampus.kernels.schedule.heap import pop, push
from gigacampus.kernels.schedule.pointer import uncounted
from gigacampus.kernels.schedule.racks import FLOOR, SETTLE
from gigacampus.kernels.schedule.waiting import GONE, next_fit


@kernel
def _soonest(line: Line) -> int:
    """When something happens next; NEVER once all jobs are done, or where nothing will."""
    s = line.s
    now = NEVER
    if line.ends[0] > 0:
        now = line.end[line.ends[1]]
    if s[ARRIVED] < len(line.jobs):
        now = min(now, line.jobs[s[ARRIVED]]["submit"])
    if line.again[0] > 0:
        now = min(now, line.again[1] >> line.fixed[BITS])
    if now == NEVER and s[WAITING] == 0:
        return NEVER
    if line.mends[0] > 0:
        now = min(now, line.mends[1] >> line.fixed[BITS_O])
    if s[STEPPED] < len(line.steps):
        now = min(now, line.steps[s[STEPPED]]["at"])
    if s[STRUCK] < len(line.outages):
        now = min(now, line.outages[s[STRUCK]]["at"])
    if s[TOLD] < len(line.told):
        now = min(now, line.outages[line.told[s[TOLD]]]["told"])
    return now


@kernel
def _outages(line: Line, f: Floor) -> None:
    """Maintenance is announced, nodes go down and take their jobs with them."""
    s = line.s
    while s[TOLD] < len(line.told) and line.outages[line.told[s[TOLD]]]["told"] <= s[NOW]:
        row = line.outages[line.told[s[TOLD]]]
        for node in range(row["first"], row["last"]):
            f.closes[node] = min(f.closes[node], row["at"])
        s[TOLD] += 1
    while s[STRUCK] < len(line.outages) and line.outages[s[STRUCK]]["at"] == s[NOW] and s[STATUS] == OK:
        o = s[STRUCK]
        row = line.outages[o]
        for node in range(row["first"], row["last"]):
            while line.first_on[node] >= 0 and s[STATUS] == OK:
                job = line.links[line.first_on[node]]["job"]
                row["job"] = job if row["killed"] == 0 else row["job"]
                row["killed"] += 1
                row["lost"] += break_off(line, f, job, DRAINED if row["is_drain"] == 1 else FAILED)
            if s[STATUS] != OK:
                return
            gone = shut(f, node) * WHOLE
            row["down"] += gone
            s[FREE] -= gone
            s[DOWN] += gone
        push(line.mends, (row["until"] << line.fixed[BITS_O]) | o)
        s[STRUCK] += 1
        released(line)
        s[IS_CHANGED] = 1
        if row["told"] < NEVER:
            for node in range(row["first"], row["last"]):
                f.closes[node] = _next_close(line, node)


@kernel
def _next_close(line: Line, node: int) -> int:
    """When the next announced maintenance takes a node."""
    soonest = NEVER
    for k in range(line.s[TOLD]):
        row = line.outages[line.told[k]]
        if line.told[k] >= line.s[STRUCK] and row["first"] <= node < row["last"]:
            soonest = min(soonest, row["at"])
    return soonest


@kernel
def _mends(line: Line, f: Floor) -> None:
    """Nodes whose repair or maintenance is over come back."""
    s = line.s
    while line.mends[0] > 0 and line.mends[1] >> line.fixed[BITS_O] == s[NOW]:
        row = line.outages[pop(line.mends) & ((1 << line.fixed[BITS_O]) - 1)]
        for node in range(row["first"], row["last"]):
            back = reopen(f, node) * WHOLE
            s[FREE] += back
            s[DOWN] -= back
        released(line)
        s[IS_CHANGED] = 1


@kernel
def _arrivals(line: Line) -> None:
    """Jobs submitted now, and those that come back now, join the queue."""
    s, bits = line.s, line.fixed[BITS]
    while line.again[0] > 0 and line.again[1] >> bits == s[NOW]:
        enqueue(line, pop(line.again) & ((1 << bits) - 1))
    while s[ARRIVED] < len(line.jobs) and line.jobs[s[ARRIVED]]["submit"] == s[NOW]:
        enqueue(line, s[ARRIVED])
        s[ARRIVED] += 1


@kernel
def _tenant_lets(line: Line, f: Floor, job: int) -> bool:
    """Whether a job's tenant may start it; else its later jobs wait behind it. A sole tenant's limits hold for all."""
    if line.fixed[SOLE] == 1:
        return True
    tenant = line.tenants[line.jobs[job]["tenant"]]
    if tenant["blocked"] == line.s[EVENTS]:
        return False
    if tenant_has_room(line, job) and tenant_has_power(line, job):
        return True
    tenant["blocked"] = line.s[EVENTS]
    line.s[OPEN] -= tenant["waiting"]
    if tenant_has_room(line, job):
        line.s[HELD_BACK] += line.jobs[job]["size"]
    return False


@kernel
def _all_let(line: Line, job: int) -> bool:
    """Whether what all may hold and draw leaves a job's GPUs and power."""
    return line.jobs[job]["size"] <= room(line) and campus_has_power(line, job)


@kernel
def _pass(line: Line, f: Floor, settle: Any) -> None:
    """Heads start while they fit; under EASY others may then jump ahead."""
    s, ranks = line.s, len(line.order)
    rank, head = 0, -1
    s[HELD_BACK] = 0
    s[OPEN] = s[WAITING]
    while s[STATUS] == OK and s[OPEN] > 0:
        rank = next_fit(line.queue, ranks, rank, GONE, 0, 0)
        if rank < 0:
            break
        job = line.order[rank]
        if not _tenant_lets(line, f, job):
            rank += 1
        elif job == s[BLOCKED] or not _all_let(line, job) or not try_start(line, f, settle, job):
            head = job
            break
        else:
            begin(line, f, job)
    if head >= 0 and s[STATUS] == OK:
        s[BLOCKED] = head
        if _lacks_power_alone(line, f, settle, head):
            s[HELD_BACK] += line.jobs[head]["size"]
        if line.fixed[EASY] == 1:
            tenant = line.tenants[line.jobs[head]["tenant"]]
            s[OPEN] -= 1
            tenant["waiting"] -= 1  # the head itself is counted out once
            _backfill(line, f, settle, head)
            tenant["waiting"] += 1
    s[HELD_BACK] = min(s[HELD_BACK], room(line))


@kernel
def _lacks_power_alone(line: Line, f: Floor, settle: Any, job: int) -> bool:
    """Whether the head would start now if power had no limit."""
    s, row = line.s, line.jobs[job]
    if line.fixed[SLOWS] == 1 or row["watts"] == 0 or row["size"] > room(line):
        return False
    until = s[NOW] + expected_left_s(line, job)
    chain = settle(f, line.fixed[POLICY], line.request[job], line.draw[job], until, 0)
    if chain < 0:
        return False
    vacate(f, line.fixed[POLICY], chain, line.request[job], 0)
    return True


@kernel
def _backfill(line: Line, f: Floor, settle: Any, head: int) -> None:
    """Jobs behind the head start if they end by its reservation, or need only what it will not need then."""
    s, ranks = line.s, len(line.order)
    _reserve(line, head)
    rank = line.jobs[head]["rank"] + 1
    while s[STATUS] == OK and s[OPEN] > 0:
        free = most(line)
        rank = next_fit(line.queue, ranks, rank, min(s[SPARE], free), free, s[SHADOW] - s[NOW])
        if rank < 0:
            return
        job = line.order[rank]
        rank += 1
        if not _tenant_lets(line, f, job) or not _all_let(line, job) or not try_start(line, f, settle, job):
            continue
        row = line.jobs[job]
        if expected_length_s(line, job) <= s[SHADOW] - s[NOW]:
            begin(line, f, job)
        elif row["size"] <= s[SPARE] and row["power"] <= s[SPARE_W]:
            s[SPARE] -= row["size"]
            s[SPARE_W] -= 0 if s[SPARE_W] == NEVER else row["power"]
            begin(line, f, job)
        else:
            undo_start(line, f, job)


@kernel
def _reserve(line: Line, head: int) -> None:
    """The head's reservation: the first expected end by which GPUs and power are enough, and what is spare then."""
    s, row, limit = line.s, line.jobs[head], limit_w(line)
    has_limit = limit < NEVER and line.fixed[SLOWS] == 0
    s[SHADOW], s[SPARE], s[SPARE_W] = NEVER, 0, 0
    free, power, i = room(line), s[POWER_W], 0
    while i < s[RUNNING]:
        ends = line.jobs[line.by_end[i]]["expected"]
        while i < s[RUNNING] and line.jobs[line.by_end[i]]["expected"] == ends:
            free += line.jobs[line.by_end[i]]["size"]
            power -= line.jobs[line.by_end[i]]["power"]
            i += 1
        if free >= row["size"] and (not has_limit or power + row["power"] <= limit):
            s[SHADOW], s[SPARE] = ends, free - row["size"]
            s[SPARE_W] = limit - power - row["power"] if has_limit else NEVER
            return


@kernel
def _note(line: Line) -> None:
    """Keep the books of this instant, where they are kept."""
    s = line.s
    if len(line.books) == 0:
        return
    if s[BOOKS] == len(line.books):
        s[STATUS] = NO_ROOM
        return
    row = line.books[s[BOOKS]]
    row[0], row[1], row[2], row[3], row[4], row[5] = s[NOW], s[FREE], s[USED], s[DOWN], s[RUNNING], s[POWER_W]
    s[BOOKS] += 1


@kernel
def _explain(line: Line, first: int) -> None:
    """Why the jobs that arrived now did not start at once."""
    s, free = line.s, room(line)
    for job in range(first, s[ARRIVED]):
        row = line.jobs[job]
        if row["tries"] > 0:
            continue
        if not tenant_has_room(line, job):
            row["reason"] = QUOTA
        elif not tenant_has_power(line, job) or not campus_has_power(line, job):
            row["reason"] = POWER
        elif row["size"] > free:
            row["reason"] = OUTAGE if row["size"] <= free + s[DOWN] else CAPACITY
        elif row["refused"] == s[EVENTS]:
            row["reason"] = PLACEMENT
        else:
            row["reason"] = RESERVATION if line.fixed[EASY] == 1 else HEAD


@typed(types.int64(line_type(), FLOOR, types.FunctionType(SETTLE)))
def play_floor(given: Line, floor: Floor, settle: Any) -> int:
    """Play all events before the horizon; returns the status."""
    line, f = uncounted(given), uncounted(floor)
    s = line.s
    while s[STATUS] == OK:
        now = _soonest(line)
        if now >= line.fixed[UNTIL]:
            break
        s[IDLE_MILLI_S] += s[HELD_BACK] * (now - s[NOW]) if s[EVENTS] > 0 else 0
        s[DOWN_MILLI_S] += s[DOWN] * (now - s[NOW])
        s[NOW] = now
        s[EVENTS] += 1
        s[IS_CHANGED] = 0
        while line.ends[0] > 0 and line.end[line.ends[1]] == now:
            finish(line, f, line.ends[1])
        _outages(line, f)
        _mends(line, f)
        steps(line, f)
        first = s[ARRIVED]
        _arrivals(line)
        if s[STATUS] == OK:
            _pass(line, f, settle)
            _explain(line, first)
        if line.fixed[SLOWS] == 1 and s[IS_CHANGED] == 1 and s[STATUS] == OK:
            slow_down(line, f)
        _note(line)
    return s[STATUS]
