"""Room for a job: on a count, or on nodes; and jobs that start and stop there."""

from __future__ import annotations

from typing import Any, NamedTuple

from gigacampus.engine.general.ground import (
    BOOK,
    CLAIM,
    FITS,
    FORGET,
    GIVE,
    LIFT,
    NOTE,
    POWER_BY,
    RESTORE,
    TELL,
    Ground,
)
from gigacampus.engine.general.holding import begin, break_off, count_cap, preempt
from gigacampus.engine.general.state import (
    ASKED_AT,
    ASKED_LENGTH,
    BLOCKED,
    CAP,
    CAP_W,
    CAP_WIDTH,
    CAPS,
    ENDED,
    EVENTS,
    FREE,
    HAS_VIEW,
    HELD_BACK,
    HOLDS,
    LIMIT,
    LIMIT_W,
    MARK,
    MORE,
    NO_NODES,
    ON_NODES,
    POWER,
    POWER_W,
    PROFILE,
    RUNNING,
    SIZE,
    SOLE,
    USED,
    USED_W,
    WATTS,
    State,
    W,
)
from gigacampus.engine.general.work import expected_here
from gigacampus.kernels.jit import kernel, part


class Room(NamedTuple):
    """Nodes, and what can be done there."""

    ground: Ground
    place: Any
    """Placement of one's own."""
    act: Any
    """`ground.act`."""


@kernel
def is_within(g: State, job: int) -> bool:
    """Whether a job's tenant may hold as much more."""
    if g.fixed[CAPS] == 0:
        return True
    row = CAP_WIDTH * g.job[W * job + LIMIT]
    return bool(g.caps[row + USED] + g.job[W * job + SIZE] <= g.caps[row + CAP])


@kernel
def take(g: State, r: Room, job: int) -> bool:
    """Take what a job asks for; False, and nothing is taken, where there is no room."""
    if g.job[W * job + SIZE] > g.s[FREE] or not is_within(g, job):
        return False
    if not has_power(g, job):
        return False
    if g.fixed[ON_NODES] == 1 and r.act(g, r.ground, r.place, job, CLAIM) == 0:
        g.job[W * job + NO_NODES] = g.s[EVENTS]
        return False
    g.s[FREE] -= g.job[W * job + SIZE]
    count_cap(g, job, g.job[W * job + SIZE])
    return True


@kernel
def give(g: State, r: Room, job: int) -> None:
    """Give back what a job holds."""
    g.s[FREE] += g.job[W * job + SIZE]
    count_cap(g, job, -g.job[W * job + SIZE])
    if g.fixed[ON_NODES] == 1:
        r.act(g, r.ground, r.place, job, GIVE)


@kernel
def lift(g: State, r: Room, job: int) -> None:
    """Free what a job holds for a moment; it remembers where."""
    g.s[FREE] += g.job[W * job + SIZE]
    count_cap(g, job, -g.job[W * job + SIZE])
    g.job[W * job + MARK] = 1
    if g.fixed[ON_NODES] == 1:
        r.act(g, r.ground, r.place, job, LIFT)


@kernel
def put_back(g: State, r: Room, job: int) -> bool:
    """Put a lifted job back where it was; False where that is taken by now."""
    if g.job[W * job + SIZE] > g.s[FREE] or not is_within(g, job):
        return False
    if g.fixed[ON_NODES] == 1 and r.act(g, r.ground, r.place, job, RESTORE) == 0:
        return False
    g.s[FREE] -= g.job[W * job + SIZE]
    count_cap(g, job, g.job[W * job + SIZE])
    g.job[W * job + MARK] = 0
    return True


@kernel
def start(g: State, r: Room, job: int) -> None:
    """A waiting job that has taken its room starts."""
    if g.s[PROFILE] == 1:
        book_power(g, r, job, 0, expected_here(g, job))
    begin(g, job)
    if g.fixed[ON_NODES] + g.fixed[HAS_VIEW] > 0:
        r.act(g, r.ground, r.place, job, NOTE)


@kernel
def stop(g: State, r: Room, job: int) -> None:
    """Preempt a running job, lifted off its chips or not."""
    if g.job[W * job + MARK] == 0:
        give(g, r, job)
    elif g.fixed[ON_NODES] == 1:
        r.act(g, r.ground, r.place, job, FORGET)
    g.job[W * job + MARK] = 0
    preempt(g, job)
    if g.fixed[HAS_VIEW] == 1:
        r.act(g, r.ground, r.place, job, TELL)


@kernel
def clear(g: State, r: Room) -> None:
    """Give back the nodes of jobs that ended now."""
    for i in range(g.s[ENDED]):
        if g.fixed[ON_NODES] == 1:
            r.act(g, r.ground, r.place, g.order[i], GIVE)
        if g.fixed[HAS_VIEW] == 1:
            r.act(g, r.ground, r.place, g.order[i], TELL)


@kernel
def fall(g: State, r: Room, job: int, why: int) -> int:
    """Break off a running job; returns the chip-seconds lost."""
    if g.fixed[ON_NODES] == 1:
        r.act(g, r.ground, r.place, job, GIVE)
    lost = break_off(g, job, why)
    if g.fixed[HAS_VIEW] == 1:
        r.act(g, r.ground, r.place, job, TELL)
    return lost


@kernel
def fall_latest(g: State, r: Room, why: int) -> int:
    """Break off the job that started last; -1 where none runs."""
    running = g.s[RUNNING]
    return fall(g, r, g.running[running - 1], why) if running > 0 else -1


@part
def spare(g: State) -> int:
    """What is free, and what a sole tenant's limit leaves of it."""
    if is_sole(g):
        return min(g.s[FREE], g.caps[CAP] - g.caps[USED])
    return g.s[FREE]


@part
def is_sole(g: State) -> bool:
    """Whether all jobs are one tenant's, whose limits are those of all."""
    return bool(g.fixed[SOLE] == 1 and g.fixed[CAPS] > 0)


@part
def limit_w(g: State) -> int:
    """What all may draw together, W; where all are one tenant's, its limit too."""
    return min(g.s[LIMIT_W], g.caps[CAP_W]) if is_sole(g) else g.s[LIMIT_W]


@part
def has_own_power(g: State, job: int, own_w: int) -> bool:
    """Whether a job's tenant may draw its power beside what it draws, less `own_w` of that."""
    power, row = g.more[MORE * job + POWER], CAP_WIDTH * g.job[W * job + LIMIT]
    return bool(power == 0 or g.caps[row + USED_W] - own_w + power <= g.caps[row + CAP_W])


@part
def has_power_less(g: State, job: int, own_w: int, all_w: int) -> bool:
    """Whether limits of power would let a job start if its tenant and all together drew so much less."""
    power = g.more[MORE * job + POWER]
    return bool(power == 0 or (has_own_power(g, job, own_w) and g.s[POWER_W] - all_w + power <= limit_w(g)))


@part
def has_power(g: State, job: int) -> bool:
    """Whether limits of power let a job start; its halls' are looked at with their nodes."""
    return bool(g.fixed[HOLDS] == 0 or has_power_less(g, job, 0, 0))


@part
def has_power_by(g: State, r: Room, job: int, at_s: int) -> bool:
    """Whether they let it once all have ended that are expected to by a time."""
    if g.fixed[HOLDS] == 0:
        return True
    g.s[ASKED_AT] = at_s
    return bool(r.act(g, r.ground, r.place, job, POWER_BY) == 1)


@part
def book_power(g: State, r: Room, job: int, at: int, length: int) -> None:
    """Take a job's power from the profile, just before its chips."""
    if g.fixed[HOLDS] == 1:
        g.s[ASKED_AT], g.s[ASKED_LENGTH] = at, length
        r.act(g, r.ground, r.place, job, BOOK)


@kernel
def lacks_power_alone(g: State, r: Room, job: int) -> bool:
    """Whether a job that waits would start now if power had no limit."""
    if g.more[MORE * job + WATTS] == 0 or g.job[W * job + SIZE] > spare(g) or not is_within(g, job):
        return False
    return bool(r.act(g, r.ground, r.place, job, FITS) == 1)


@kernel
def lets(g: State, job: int) -> bool:
    """Whether a job's tenant may start it; else its later jobs wait behind it.

    What a sole tenant may hold is in `spare`, and so in the profile.
    """
    if g.fixed[CAPS] == 0 or g.fixed[SOLE] == 1:
        return True
    row = CAP_WIDTH * g.job[W * job + LIMIT]
    if g.caps[row + BLOCKED] == g.s[EVENTS]:
        return False
    if is_within(g, job):
        if g.fixed[HOLDS] == 0 or has_own_power(g, job, 0):
            return True
        g.s[HELD_BACK] += g.job[W * job + SIZE]
    g.caps[row + BLOCKED] = g.s[EVENTS]
    return False
