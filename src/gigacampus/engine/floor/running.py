"""What happens to a job on a floor: start, speed, finish, being broken off, and its place in the queue afterwards."""

from __future__ import annotations

from typing import Any

from gigacampus.clock import NEVER
from gigacampus.engine.floor.desk import (
    ALIKE,
    ATTEMPTS,
    BACK_OFF,
    BACKOFF,
    BITS,
    BLOCKED,
    EVENTS,
    FREE,
    FULL,
    HEAD,
    HEAD_RANK,
    IDLE_BEFORE_END,
    IDLE_MILLI_S,
    IS_CHANGED,
    NEIGHBOURS,
    NO_ROOM,
    NOW,
    OPEN,
    PLACES,
    POLICY,
    POWER_W,
    RELEASED,
    REQUEUE,
    RESTART,
    RUNNING,
    SERIAL,
    SLOWS,
    STATUS,
    TAIL,
    TAIL_RANK,
    USED,
    WAITING,
    WRITE,
    Line,
)  # fmt: skip
from gigacampus.engine.floor.standing import after, draw_in_halls, reach
from gigacampus.kernels.jit import kernel
from gigacampus.kernels.schedule.floor import Floor, vacate
from gigacampus.kernels.schedule.heap import push
from gigacampus.kernels.schedule.indexed import drop, put, settle_down
from gigacampus.kernels.schedule.waiting import join, leave


@kernel
def on_chips_s(line: Line, job: int, work_s: int) -> int:
    """Time on chips that useful work takes at speed 1: a checkpoint is written after every interval but the last."""
    every = line.jobs[job]["checkpoint"]
    if line.fixed[WRITE] == 0 or every == 0 or work_s <= 0:
        return work_s
    return work_s + (work_s - 1) // every * line.fixed[WRITE]


@kernel
def expected_left_s(line: Line, job: int) -> int:
    """What a waiting job is expected to take from its next start on, at speed 1."""
    row = line.jobs[job]
    left = on_chips_s(line, job, row["estimate"] - row["kept"])
    return left + line.fixed[RESTART] if row["tries"] > 0 else left


@kernel
def released(line: Line) -> None:
    """Room may have come free: whoever found none may try again."""
    line.s[BLOCKED] = -1
    line.s[RELEASED] += 1


@kernel
def _place(line: Line, job: int) -> int:
    """Where a job stands, or would, among the running by (expected end, job)."""
    key = line.jobs[job]["expected"]
    low, high = 0, line.s[RUNNING]
    while low < high:
        middle = (low + high) >> 1
        other = line.by_end[middle]
        other_key = line.jobs[other]["expected"]
        if other_key < key or (other_key == key and other < job):
            low = middle + 1
        else:
            high = middle
    return low


@kernel
def _list(line: Line, job: int) -> None:
    """Put a job among the running ones, by its expected end."""
    place = _place(line, job)
    for i in range(line.s[RUNNING], place, -1):
        line.by_end[i] = line.by_end[i - 1]
    line.by_end[place] = job
    line.s[RUNNING] += 1


@kernel
def _unlist(line: Line, job: int) -> None:
    """Take a job out of the running ones."""
    place = _place(line, job)
    line.s[RUNNING] -= 1
    for i in range(place, line.s[RUNNING]):
        line.by_end[i] = line.by_end[i + 1]


@kernel
def try_start(line: Line, f: Floor, settle: Any, job: int) -> bool:
    """Place a job and start it; False where no nodes have room for it."""
    s, row = line.s, line.jobs[job]
    if row["size"] > s[FREE]:
        return False
    watts = 0 if line.fixed[SLOWS] == 1 else row["watts"]
    until = s[NOW] + expected_left_s(line, job)
    refusal = line.refusals[row["shape"]]
    # on alike nodes, what found no room finds none while others only take some
    if line.fixed[ALIKE] == 1 and refusal[0] == s[RELEASED] and until >= refusal[1]:
        row["refused"] = s[EVENTS]
        return False
    chain = settle(f, line.fixed[POLICY], line.request[job], line.draw[job], until, watts)
    if chain < 0:
        row["refused"] = s[EVENTS]
        refusal[0], refusal[1] = s[RELEASED], until
        return False
    if line.fixed[SLOWS] == 1:  # limits slow jobs instead of holding them back
        draw_in_halls(f, chain, row["watts"], 1)
    row["piece"] = chain
    row["base"] = base_speed(line, f, job)
    return True


@kernel
def undo_start(line: Line, f: Floor, job: int) -> None:
    """Give back what `try_start` took."""
    row = line.jobs[job]
    if line.fixed[SLOWS] == 1:
        draw_in_halls(f, row["piece"], row["watts"], -1)
    watts = 0 if line.fixed[SLOWS] == 1 else row["watts"]
    vacate(f, line.fixed[POLICY], row["piece"], line.request[job], watts)
    row["piece"] = -1


@kernel
def expected_length_s(line: Line, job: int) -> int:
    """How long a job that has just been placed is expected to take at its speed there."""
    return after(0, FULL * expected_left_s(line, job), line.jobs[job]["base"])


@kernel
def begin(line: Line, f: Floor, job: int) -> None:
    """A placed job starts: out of the queue, into the books."""
    s, row = line.s, line.jobs[job]
    leave(line.queue, len(line.order), row["rank"])
    s[WAITING] -= 1
    s[OPEN] -= 1
    line.tenants[row["tenant"]]["waiting"] -= 1
    s[IS_CHANGED] = 1
    row["overhead"] = line.fixed[RESTART] if row["tries"] > 0 else 0
    if row["tries"] == 0:
        row["start"] = s[NOW]
    row["tries"] += 1
    row["since"] = row["rate_at"] = s[NOW]
    row["done"] = 0
    row["share"] = FULL
    row["rate"] = row["base"]
    row["need"] = FULL * (row["overhead"] + on_chips_s(line, job, row["run"] - row["kept"]))
    row["need_expected"] = FULL * (row["overhead"] + on_chips_s(line, job, row["estimate"] - row["kept"]))
    s[SERIAL] += 1
    row["serial"] = s[SERIAL]
    line.end[job] = after(s[NOW], row["need"], row["rate"])
    row["expected"] = after(s[NOW], row["need_expected"], row["rate"])
    _list(line, job)
    put(line.ends, line.spot, line.end, job)
    _count(line, job, 1)
    _stand(line, f, job)


@kernel
def _count(line: Line, job: int, sign: int) -> None:
    """GPUs and power held, by tenant and in all."""
    s, row = line.s, line.jobs[job]
    s[FREE] -= sign * row["size"]
    s[USED] += sign * row["size"]
    s[POWER_W] += sign * row["power"]
    line.tenants[row["tenant"]]["used"] += sign * row["size"]
    line.tenants[row["tenant"]]["used_w"] += sign * row["power"]


@kernel
def _stand(line: Line, f: Floor, job: int) -> None:
    """Note where a job stands, and let its neighbours feel it."""
    s, piece = line.s, line.jobs[job]["piece"]
    while piece >= 0:
        if s[PLACES] == len(line.places):
            s[STATUS] = NO_ROOM
            return
        node, given = f.c.piece_node[piece], 0
        for i in range(f.c.free_gpu.shape[1]):
            given += f.c.piece_given[piece, i]
        row = line.places[s[PLACES]]
        row[0], row[1], row[2], row[3], row[4] = job, node, s[NOW], NEVER, given
        link = line.links[piece]
        link["job"], link["row"], link["before"], link["after"] = job, s[PLACES], -1, line.first_on[node]
        if line.first_on[node] >= 0:
            line.links[line.first_on[node]]["before"] = piece
        line.first_on[node] = piece
        s[PLACES] += 1
        piece = f.c.piece_next[piece]
    if line.fixed[NEIGHBOURS] == 1:
        _tell_neighbours(line, f, job)


@kernel
def _go(line: Line, f: Floor, job: int) -> None:
    """Take a job off its nodes and out of the running ones."""
    s, row = line.s, line.jobs[job]
    piece = row["piece"]
    while piece >= 0:
        node, link = f.c.piece_node[piece], line.links[piece]
        line.places[link["row"], 3] = s[NOW]
        if link["before"] >= 0:
            line.links[link["before"]]["after"] = link["after"]
        else:
            line.first_on[node] = link["after"]
        if link["after"] >= 0:
            line.links[link["after"]]["before"] = link["before"]
        piece = f.c.piece_next[piece]
    _count(line, job, -1)
    _unlist(line, job)
    if line.spot[job] > 0:
        drop(line.ends, line.spot, line.end, job)
    if line.fixed[NEIGHBOURS] == 1:
        _tell_neighbours(line, f, job)
    undo_start(line, f, job)
    released(line)
    s[IS_CHANGED] = 1


@kernel
def _tell_neighbours(line: Line, f: Floor, job: int) -> None:
    """Jobs that share a node with this one may run faster or slower now."""
    piece = line.jobs[job]["piece"]
    while piece >= 0:
        other = line.first_on[f.c.piece_node[piece]]
        while other >= 0:
            near = line.links[other]["job"]
            if near != job:
                change_speed(line, near, base_speed(line, f, near), line.jobs[near]["share"])
            other = line.links[other]["after"]
        piece = f.c.piece_next[piece]


@kernel
def _progress(line: Line, job: int) -> None:
    """Work done up to now at the speed so far."""
    row, now = line.jobs[job], line.s[NOW]
    length = now - row["rate_at"]
    row["done"] = min(row["done"] + length * row["rate"], row["need"])
    row["slowed"] += length * FULL * (row["base"] - row["rate"]) // row["base"]
    row["rate_at"] = now


@kernel
def change_speed(line: Line, job: int, base: int, share: int) -> None:
    """From now on a running job has another speed where it stands, or another share of it for want of power."""
    row, now = line.jobs[job], line.s[NOW]
    if base == row["base"] and share == row["share"]:
        return
    _progress(line, job)
    row["base"], row["share"] = base, share
    row["rate"] = max(1, base * share // FULL)
    line.end[job] = after(now, row["need"] - row["done"], row["rate"])
    _unlist(line, job)
    row["expected"] = after(now, max(row["need_expected"] - row["done"], 0), row["rate"])
    _list(line, job)
    if line.spot[job] > 0:
        settle_down(line.ends, line.spot, line.end, line.spot[job])
    released(line)


@kernel
def base_speed(line: Line, f: Floor, job: int) -> int:
    """Speed of a job where it stands, by the table: its slowest model, its nodes, racks and most neighbours."""
    if line.speed.shape[2] == 0:
        return FULL
    piece, near, slowest = line.jobs[job]["piece"], 0, NEVER
    nodes, racks, models = reach(f, piece)
    while piece >= 0:
        around = 0
        other = line.first_on[f.c.piece_node[piece]]
        while other >= 0:
            around += 1 if line.links[other]["job"] != job else 0
            other = line.links[other]["after"]
        near = max(near, around)
        piece = f.c.piece_next[piece]
    steps = line.stairs
    i, j, k = _step(steps, 0, nodes), _step(steps, 1, racks), _step(steps, 2, near)
    table = line.speed[line.jobs[job]["class"]]
    for model in range(line.speed.shape[1]):
        if (models >> model) & 1 == 1 or line.speed.shape[1] == 1:
            slowest = min(slowest, table[model, i, j, k])
    return slowest


@kernel
def _step(stairs: Any, which: int, value: int) -> int:
    """The last step that begins at or below a value."""
    i = 0
    while i + 1 < stairs.shape[1] and stairs[which, i + 1] <= value:
        i += 1
    return i


@kernel
def finish(line: Line, f: Floor, job: int) -> None:
    """A job is done: its nodes have room again."""
    row = line.jobs[job]
    _progress(line, job)
    row["finish"] = line.s[NOW]
    line.s[IDLE_BEFORE_END] = line.s[IDLE_MILLI_S]
    row["lost"] += line.s[NOW] - row["since"] - (row["run"] - row["kept"])
    _go(line, f, job)


@kernel
def break_off(line: Line, f: Floor, job: int, why: int) -> int:
    """Stop a running job: work since its last checkpoint is lost. Returns the chip-milliseconds lost.

    It queues again where the rule says.
    """
    s, row = line.s, line.jobs[job]
    if s[ATTEMPTS] == len(line.attempts) or s[HEAD_RANK] == 0 or s[TAIL_RANK] == len(line.order):
        s[STATUS] = NO_ROOM
        return 0
    _progress(line, job)
    length = s[NOW] - row["since"]
    worked = row["done"] // FULL
    overhead = min(worked, row["overhead"])
    every = row["checkpoint"]
    saved = (worked - overhead) // (every + line.fixed[WRITE]) * every if every > 0 else 0
    saved = min(saved, row["run"] - row["kept"])
    lost = (length - saved) * row["size"]
    attempt = line.attempts[s[ATTEMPTS]]
    attempt[0], attempt[1], attempt[2], attempt[3] = job, row["since"], s[NOW], saved
    attempt[4], attempt[5], attempt[6] = overhead, why, lost
    s[ATTEMPTS] += 1
    row["kept"] += saved
    row["lost"] += length - saved
    row["since"] = NEVER
    _go(line, f, job)
    _queue_again(line, job)
    return lost


@kernel
def _queue_again(line: Line, job: int) -> None:
    """Back into the queue: at its own place, before all, behind all, or at its own place after a while."""
    s, row = line.s, line.jobs[job]
    if line.fixed[REQUEUE] == HEAD:
        s[HEAD_RANK] -= 1
        row["rank"] = s[HEAD_RANK]
    elif line.fixed[REQUEUE] == TAIL:
        row["rank"] = s[TAIL_RANK]
        s[TAIL_RANK] += 1
    line.order[row["rank"]] = job
    if line.fixed[REQUEUE] == BACK_OFF:
        pause = line.fixed[BACKOFF] << min(row["tries"] - 1, 16)
        push(line.again, ((s[NOW] + pause) << line.fixed[BITS]) | job)
    else:
        enqueue(line, job)


@kernel
def enqueue(line: Line, job: int) -> None:
    """Put a job into the queue at its rank."""
    row = line.jobs[job]
    join(line.queue, len(line.order), row["rank"], row["size"], expected_left_s(line, job))
    line.s[WAITING] += 1
    line.tenants[row["tenant"]]["waiting"] += 1
