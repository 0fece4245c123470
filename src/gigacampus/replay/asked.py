"""What is to be replayed on what, under which rules, and which of them go together."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import NoReturn

from gigacampus.bounds import FLOOR, REPLAY
from gigacampus.errors import Fault, UsageError
from gigacampus.replay.floor.asked import FloorAsked, sound_floor

STATIC = ("random", "bestfit", "dotprod", "gpuclustering", "gpupacking", "fgd")
"""Placements of a packing study."""
PLACEMENTS = ("none", "packed", "near", "spread", *STATIC)
ON_RACKS = ("near",)
"""Placements that need racks."""
PLAIN = FloorAsked()
"""No floor."""
QUOTA = ("quota", "quota-easy")
"""Policies that keep quotas."""
OVERRUNS = ("keep", "kill", "extend")


@dataclass(frozen=True, slots=True)
class Asked:
    """The options of a replay; they bear the names of the command line's."""

    trace: str
    format: str = "auto"
    columns: dict[str, str] | None = None
    zone: str = "UTC"
    skip_bad: bool = False
    gpus: int | None = None
    gpus_per_node: int | None = None
    cluster: str | None = None
    policy: str = "fcfs"
    placement: str | None = None
    """None: on no nodes with a count of GPUs, bestfit with a node list or a static replay."""
    estimates: str = "trace"
    overrun: str = "keep"
    restart_s: int = 0
    submit_at_start: bool = False
    measure_from_s: int | None = None
    measure_to_s: int | None = None
    cut_from_s: int | None = None
    cut_to_s: int | None = None
    warm_start: str | None = None
    warm_at_s: int | None = None
    snapshot_at_s: int | None = None
    against: tuple[str, ...] = ()
    """Further policies, each played on the same jobs and compared with `policy`."""
    backtest: bool = False
    plan: str | None = None
    """File of earliest starts, planned starts and deadlines by job."""
    slack: float | None = None
    """Deadline, where a job has none: so many times its expected length after its submission."""
    quotas: str | None = None
    """File of quotas by tenant."""
    skip_unfit: bool = False
    static: bool = False
    inflate: float | None = None
    seed: int = 1
    floor: FloorAsked = PLAIN
    """Racks, halls, failures, limits, needs and speeds."""

    @property
    def policies(self) -> tuple[str, ...]:
        """All policies."""
        return (self.policy, *self.against)

    @property
    def rule(self) -> str:
        """The placement, never None."""
        return self.placement or "none"

    @property
    def is_on_floor(self) -> bool:
        """Whether racks, failures, limits, needs or speeds play a part."""
        return self.floor.is_any or self.placement in ON_RACKS


def sound(asked: Asked) -> Asked:
    """The same with every default filled in; UsageError where options do not go together."""
    from gigacampus.engine.own import is_own
    from gigacampus.engine.rules import RULES, STOPS_JOBS
    from gigacampus.engine.schedule import known

    _bounded(asked)
    _machine(asked)
    for policy in asked.policies:
        known(policy)
    if asked.is_on_floor:
        asked = _on_floor(asked)
    if asked.placement is None:
        asked = replace(asked, placement="bestfit" if asked.cluster or asked.static else "none")
    if asked.rule not in PLACEMENTS and not is_own(asked.rule):
        raise UsageError(Fault("E301", f'no placement "{asked.rule}"', fix=f"one of {', '.join(PLACEMENTS)}"))
    if asked.static:
        _static(asked)
    elif asked.inflate is not None:
        _refuse("--inflate is for packing studies", "add --static")
    elif asked.rule != "none" or asked.is_on_floor:
        _placed(asked)
    _begun(asked)
    _quotas(asked)
    stops = asked.floor.may_break or any(one in STOPS_JOBS or one not in RULES for one in asked.policies)
    if asked.restart_s and not stops:
        _refuse(f"{asked.policy} stops no job, so that --restart costs nothing", f"one of {', '.join(STOPS_JOBS)}")
    return asked


def _bounded(asked: Asked) -> None:
    """Every number within its bounds, also where no command line has read it."""
    faults = [
        Fault("U006", f"{name}: expected {bounds}, found {value}", path=name, fix=f"write {bounds}")
        for of, table in ((asked, REPLAY), (asked.floor, FLOOR))
        for name, bounds in table.items()
        if (value := getattr(of, name)) is not None and not bounds.holds(value)
    ]
    if faults:
        raise UsageError(faults)


def _begun(asked: Asked) -> None:
    """Options on where a replay begins and what of it is measured."""
    is_cut = asked.cut_from_s is not None or asked.cut_to_s is not None
    if asked.warm_at_s is not None and not asked.warm_start:
        _refuse("--warm-at is the instant of a snapshot", "add --warm-start FILE")
    if asked.static and (
        is_cut or asked.warm_start or asked.backtest or asked.against or asked.snapshot_at_s is not None
    ):
        _refuse("a packing study has no clock", "leave out --static, or the options on time and policies")
    if asked.submit_at_start and (is_cut or asked.warm_start or asked.backtest):
        _refuse("--submit-at-start forgets the log's clock", "leave it out, or --cut-from, --warm-start, --backtest")
    if is_cut and asked.warm_start:
        _refuse("a cut keeps the log's own running jobs, a warm start brings others", "one of the two")
    for name, low, high in (
        ("--cut-from", asked.cut_from_s, asked.cut_to_s), ("--measure-from", asked.measure_from_s, asked.measure_to_s),
    ):  # fmt: skip
        if low is not None and high is not None and low >= high:
            _refuse(f"{name} {low} is not before {name.replace('from', 'to')} {high}", "swap them")
    names = (asked.policy, *asked.against)
    if len(set(names)) < len(names):
        _refuse("a policy is named twice", "name each --policy once")


def _on_floor(asked: Asked) -> Asked:
    """The same with the floor's default placement."""
    from gigacampus.engine.own import is_own

    sound_floor(asked.floor, has_nodes=bool(asked.cluster or asked.gpus_per_node))
    if asked.static:
        _refuse("nothing departs, fails or slows down in a packing study", "leave --static out")
    if asked.placement is not None and asked.placement not in PLACEMENTS[1:] and not is_own(asked.placement):
        _refuse(f"{asked.placement} does not place on a floor", f"--placement {'|'.join(PLACEMENTS[1:])}")
    return replace(asked, placement=asked.placement or "packed")


def _machine(asked: Asked) -> None:
    if asked.cluster and (asked.gpus or asked.gpus_per_node):
        _refuse("--cluster says how many GPUs there are", "leave out --gpus and --gpus-per-node")
    if asked.gpus_per_node and not asked.gpus:
        _refuse("--gpus-per-node goes with --gpus", "say --gpus N, or --cluster NODES.csv")


def _static(asked: Asked) -> None:
    if asked.rule not in STATIC:
        _refuse(f"--static places on nodes, not by {asked.rule}", f"--placement {'|'.join(STATIC)}")
    if asked.policy != "fcfs":
        _refuse(f"--static places jobs in order, not by {asked.policy}", "leave --policy out")
    _nodes_stated(asked)


def _quotas(asked: Asked) -> None:
    """Quotas go with the policies that keep them."""
    by_quota = [one for one in asked.policies if one in QUOTA]
    if by_quota and not asked.quotas:
        _refuse(
            f"{by_quota[0]} needs quotas", "--quotas FILE.csv with tenant, gpus and, if wanted, borrow, lend, cohort"
        )
    if asked.quotas and len(by_quota) < len(asked.policies):
        other = next(one for one in asked.policies if one not in QUOTA)
        _refuse(f"{other} keeps no quotas", f"--policy {'|'.join(QUOTA)}, or leave --quotas out")
    if asked.static and (asked.plan or asked.slack is not None):
        _refuse("a packing study has no clock", "leave out --static, or --plan and --slack")


def _placed(asked: Asked) -> None:
    if asked.rule == "none":
        _refuse("racks, failures and limits need a placement", "leave --placement none out")
    _nodes_stated(asked)


def _nodes_stated(asked: Asked) -> None:
    if not asked.cluster and not asked.gpus_per_node:
        _refuse(f"--placement {asked.rule} needs nodes", "say --gpus N --gpus-per-node G, or --cluster NODES.csv")


def _refuse(told: str, fix: str) -> NoReturn:
    raise UsageError(Fault("E301", told, fix=fix))
