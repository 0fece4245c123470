"""The options of a replay that put it on a floor, and which of them go together."""

from __future__ import annotations

from dataclasses import dataclass, fields

from gigacampus.bounds import DOMAIN_GPUS
from gigacampus.engine.floor.desk import REQUEUES
from gigacampus.engine.floor.given import CURVES
from gigacampus.errors import Fault, UsageError

FABRICS = ("fat-tree", "rail")


@dataclass(frozen=True, slots=True)
class FloorAsked:
    """Racks and halls, failures, limits, needs and speeds; they bear the names of the command line's options."""

    nodes_per_rack: int | None = None
    racks_per_pod: int | None = None
    racks_per_hall: int | None = None
    fabric: str = "fat-tree"
    domain_gpus: str | None = None
    """GPUs of a rack that every gang takes as one domain: a number, or `rack` for whole racks."""
    failures: str | None = None
    """`default`, or a table of components."""
    outages: str | None = None
    limits: str | None = None
    needs: str | None = None
    throughput: str | None = None
    watts: int | None = None
    """Power of a GPU of jobs that `needs` gives no other, W."""
    power_slows: str | None = None
    requeue: str = "place"
    backoff_s: int = 600
    checkpoint_s: int = 0
    checkpoint_write_s: int = 0
    detection_s: int = 0

    @property
    def is_any(self) -> bool:
        """Whether anything of it is asked for."""
        return any(getattr(self, one.name) != one.default for one in fields(self))

    @property
    def may_break(self) -> bool:
        """Whether anything asked for may stop a job."""
        return bool(self.failures or self.outages or self.limits)


def sound_floor(asked: FloorAsked, *, has_nodes: bool) -> None:
    """UsageError where options do not go together."""
    if not has_nodes:
        _refuse("failures, limits and racks need nodes", "say --gpus N --gpus-per-node G, or --cluster NODES.csv")
    for name, value, known in (
        ("--fabric", asked.fabric, FABRICS), ("--requeue", asked.requeue, tuple(REQUEUES)),
        ("--power-slows", asked.power_slows, (None, *CURVES)),
    ):  # fmt: skip
        if value not in known:
            _refuse(f'no {name} "{value}"', f"one of {', '.join(str(one) for one in known if one)}")
    if asked.racks_per_pod and not asked.nodes_per_rack:
        _refuse("--racks-per-pod counts racks", "say --nodes-per-rack too")
    if asked.racks_per_hall and not asked.nodes_per_rack:
        _refuse("--racks-per-hall counts racks", "say --nodes-per-rack too")
    if asked.power_slows and not asked.limits:
        _refuse("--power-slows is for limits of power", "add --limits FILE")
    if not asked.may_break:
        for name, is_said in (
            ("--requeue", asked.requeue != "place"), ("--detection", asked.detection_s > 0),
            ("--checkpoint", asked.checkpoint_s > 0), ("--checkpoint-write", asked.checkpoint_write_s > 0),
        ):  # fmt: skip
            if is_said:
                _refuse(f"{name} is for jobs that are broken off", "add --failures, --outages or --limits")
    if asked.checkpoint_write_s and not asked.checkpoint_s:
        _refuse("--checkpoint-write is the cost of a checkpoint", "say --checkpoint SECONDS too")
    text = asked.domain_gpus
    if text is not None and text != "rack":
        try:
            DOMAIN_GPUS.read(text)
        except ValueError as expected:
            _refuse(f'--domain: expected {expected}, or rack, found "{text}"', f"{expected}, or rack for whole racks")


def _refuse(told: str, fix: str) -> None:
    raise UsageError(Fault("E301", told, fix=fix))
