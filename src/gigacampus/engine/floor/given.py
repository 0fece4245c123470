"""What a floor is given: where its nodes stand, what breaks when, what is allowed when, how fast jobs are where."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np

from gigacampus.clock import NEVER
from gigacampus.engine.desk import Ints
from gigacampus.engine.floor.desk import FULL


def none() -> Ints:
    """No rows."""
    return np.zeros(0, dtype=np.int64)


@dataclass(frozen=True, slots=True)
class Layout:
    """Where nodes stand; they are listed rack after rack, pod after pod."""

    rack: Ints
    """Rack of each node, counted from 0 without gaps."""
    pod: Ints
    """Pod of each rack, likewise."""
    hall: Ints
    """Hall of each node, likewise."""
    racks: tuple[str, ...]
    """Names."""
    pods: tuple[str, ...]
    halls: tuple[str, ...]
    owner: Ints = field(default_factory=none)
    """Bit mask of the tenants that may use each node, 0 any; no rows: all may."""

    def first_nodes(self) -> Ints:
        """First node of each rack, and one past the last."""
        return np.searchsorted(self.rack, np.arange(len(self.racks) + 1)).astype(np.int64)

    def first_racks(self) -> Ints:
        """First rack of each pod, and one past the last."""
        return np.searchsorted(self.pod, np.arange(len(self.pods) + 1)).astype(np.int64)


def rows_of(
    nodes: int, nodes_per_rack: int, racks_per_pod: int | None = None, racks_per_hall: int | None = None
) -> Layout:
    """Alike racks in alike pods and halls; one pod, one hall where their size is not stated. Pods end with halls."""
    rack = np.arange(nodes, dtype=np.int64) // nodes_per_rack
    racks = int(rack[-1]) + 1 if nodes else 0
    each = np.arange(racks, dtype=np.int64)
    hall_of_rack = each // (racks_per_hall or max(racks, 1))
    within = each - hall_of_rack * (racks_per_hall or 0)
    pairs = np.stack([hall_of_rack, within // (racks_per_pod or max(racks, 1))])
    _, pod = np.unique(pairs, axis=1, return_inverse=True)
    pod = pod.reshape(-1).astype(np.int64)
    halls, pods = (int(one.max(initial=-1)) + 1 for one in (hall_of_rack, pod))
    return Layout(
        rack, pod, hall_of_rack[rack], tuple(f"rack{i}" for i in range(racks)), tuple(f"pod{i}" for i in range(pods)),
        tuple(f"hall{i}" for i in range(halls)),
    )  # fmt: skip


@dataclass(frozen=True, slots=True)
class Outages:
    """Nodes that are out for a while, planned or not; equal-length arrays, in order of time."""

    at_s: Ints
    until_s: Ints
    first: Ints
    """First node."""
    last: Ints
    """One past the last."""
    is_drain: Ints
    """1 for maintenance, 0 for a failure."""
    told_s: Ints
    """From when on no job starts there that is not expected to end before; NEVER for what comes by surprise."""
    cause: tuple[str, ...]

    @classmethod
    def nothing(cls) -> Outages:
        """No outages."""
        return cls(none(), none(), none(), none(), none(), none(), ())

    def and_(self, other: Outages) -> Outages:
        """Both, in order of time; those of the first before those of the second at one instant."""
        names = ("at_s", "until_s", "first", "last", "is_drain", "told_s")
        joined = {name: np.concatenate([getattr(self, name), getattr(other, name)]) for name in names}
        order = np.argsort(joined["at_s"], kind="stable")
        cause = (*self.cause, *other.cause)
        times: list[Ints] = [joined[name][order] for name in names]
        first, until, low, high, drains, told = times
        return Outages(first, until, low, high, drains, told, tuple(cause[i] for i in order.tolist()))


@dataclass(frozen=True, slots=True)
class Limits:
    """What is allowed from when on; equal-length arrays, in order of time. What no row names has no limit."""

    at_s: Ints
    kind: Ints
    """TENANT_GPUS (thousandths), TENANT_W, HALL_W or CAMPUS_W of `engine/floor/desk.py`."""
    which: Ints
    """Tenant or hall."""
    value: Ints

    @classmethod
    def nothing(cls) -> Limits:
        """No limits."""
        return cls(none(), none(), none(), none())

    def then(self, later: Limits) -> Limits:
        """These, and then others that are later."""
        names = ("at_s", "kind", "which", "value")
        at_s, kind, which, value = (np.concatenate([getattr(self, name), getattr(later, name)]) for name in names)
        return Limits(at_s, kind, which, value)


@dataclass(frozen=True, slots=True)
class Needs:
    """What jobs want beside GPUs, CPUs, memory and models; int64 arrays, one entry a job."""

    halls: Ints
    """Bit mask of halls allowed; 0 any."""
    likes_models: Ints
    """Bit masks of models and halls preferred; 0 none."""
    likes_halls: Ints
    domain_gpus: Ints
    """GPUs of each rack that it takes as one scale-up domain; 0 none."""
    watts: Ints
    """Power of each of its GPUs, W; 0 where no limit counts it."""
    kind: Ints
    """Class of the table of speeds."""

    @classmethod
    def nothing(cls, jobs: int) -> Needs:
        """Jobs that want nothing more."""
        return cls(*(np.zeros(jobs, dtype=np.int64) for _ in range(6)))

    def of(self, rows: Ints) -> Needs:
        """The needs of some jobs."""
        names = ("halls", "likes_models", "likes_halls", "domain_gpus", "watts", "kind")
        return Needs(*(np.ascontiguousarray(getattr(self, name)[rows]) for name in names))


@dataclass(frozen=True, slots=True)
class Speeds:
    """Speed of each class of jobs by where it stands; the slowest GPU model counts, and the most neighbours."""

    classes: tuple[str, ...]
    milli: Ints
    """Thousandths, shape (classes, models, node steps, rack steps, neighbour steps)."""
    stairs: Ints
    """From how many nodes, racks, neighbours on a step holds; shape (3, most steps), NEVER where there is none."""

    @classmethod
    def even(cls) -> Speeds:
        """All jobs run at speed 1 everywhere."""
        return cls(("*",), np.zeros((0, 0, 0, 0, 0), dtype=np.int64), np.full((3, 1), NEVER, dtype=np.int64))


def linear() -> Ints:
    """Speed by power: half the power, half the speed. Chips do better; this is the rule that flatters least."""
    return np.arange(FULL + 1, dtype=np.int64)


def cube_root() -> Ints:
    """Speed by power where power goes with the cube of the clock (P ~ f V^2, V ~ f): the rule that flatters most.

    Source: the usual model of dynamic power, e.g. Horowitz et al., "Low-power digital design", 1994.
    """
    share = np.arange(FULL + 1, dtype=np.float64) / FULL
    return np.floor(np.cbrt(share) * FULL + 1e-9).astype(np.int64)


CURVES = {"linear": linear, "cube-root": cube_root}
"""Rules by which power limits slow jobs."""


@dataclass(frozen=True, slots=True)
class Rules:
    """How the floor is run."""

    policy: str = "fcfs"
    placement: str = "packed"
    seed: int = 1
    restart_s: int = 0
    """Detection, restart and reload: what every start but the first costs, at speed 1."""
    write_s: int = 0
    """What writing a checkpoint costs."""
    requeue: str = "place"
    backoff_s: int = 600
    slowing: str | None = None
    """Rule by which jobs run slower where power is short; None: jobs wait, and stop, instead."""
    until_s: int = NEVER
    is_sole: bool = False
    """All jobs are of one tenant, 0: its limits are those of all, and a job that waits for them is a head."""

    def counted(self, tenant: Ints, limits: Limits) -> Ints:
        """Tenant of each job as limits and shares count it; no limit names the one of jobs without a tenant."""
        if self.is_sole:
            return np.zeros_like(tenant)
        if tenant.min(initial=0) >= 0:
            return tenant
        nobody = 1 + max(int(tenant.max(initial=-1)), int(limits.which.max(initial=-1)))
        return np.where(tenant < 0, nobody, tenant)
