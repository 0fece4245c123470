"""The least and the most of the numbers that commands are asked with, stated once.

The command line holds to these, and so do replays of studies and the Python functions of `replay` and `train`; NaN and
infinity lie in none.
They are generous: they catch slips, and what neither clocks nor counters of 64 bits can hold.
"""

from __future__ import annotations

from typing import NamedTuple

LONGEST_S = 10**11
"""Furthest second of a log's clock, about 3,000 years: sums over millions of jobs stay within 64 bits."""
LONG_S = 10**9
"""Longest span that an option states, about 30 years."""
MOST_GPUS = 10**9


class Bounds(NamedTuple):
    """What a number may be, ends included; with `above` the least itself is left out."""

    least: float
    most: float
    is_whole: bool = False
    above: bool = False

    def holds(self, value: float) -> bool:
        """Whether the number is of the kind and within the ends."""
        if not (self.least <= value <= self.most) or (self.above and value == self.least):
            return False
        return not self.is_whole or value == int(value)

    def read(self, text: str) -> float | int:
        """The number that a text says; ValueError with what was expected."""
        try:
            value = int(text) if self.is_whole else float(text)
        except ValueError:
            raise ValueError(str(self)) from None
        if not self.holds(value):
            raise ValueError(str(self))
        return value

    def __str__(self) -> str:
        kind = "a whole number" if self.is_whole else "a number"
        ends = [f"{int(one):,}" if one == int(one) else f"{one:g}" for one in (self.least, self.most)]
        return f"{kind} {'above' if self.above else 'from'} {ends[0]} {'and at most' if self.above else 'to'} {ends[1]}"


def whole(least: int, most: int) -> Bounds:
    """Whole numbers, ends included."""
    return Bounds(least, most, is_whole=True)


SECOND = whole(-LONGEST_S, LONGEST_S)
"""A second of a log's clock, whose zero a log may put anywhere."""
SEED = whole(0, 2**63 - 1)

REPLAY: dict[str, Bounds] = {
    "gpus": whole(1, MOST_GPUS),
    "gpus_per_node": whole(1, 100_000),
    "restart_s": whole(0, 10**6),
    "slack": Bounds(0, 10**6),
    "inflate": Bounds(0, 100, above=True),
    "measure_from_s": SECOND,
    "measure_to_s": SECOND,
    "cut_from_s": SECOND,
    "cut_to_s": SECOND,
    "warm_at_s": SECOND,
    "snapshot_at_s": whole(0, LONGEST_S),
    "seed": SEED,
}
"""By the names of `replay.Asked`."""
FLOOR: dict[str, Bounds] = {
    "nodes_per_rack": whole(1, 100_000),
    "racks_per_pod": whole(1, 100_000),
    "racks_per_hall": whole(1, 100_000),
    "watts": whole(0, 100_000),
    "backoff_s": whole(0, LONG_S),
    "checkpoint_s": whole(0, LONG_S),
    "checkpoint_write_s": whole(0, LONG_S),
    "detection_s": whole(0, LONG_S),
}
"""By the names of `replay.FloorAsked`."""
DOMAIN_GPUS = whole(1, MOST_GPUS)
"""GPUs of a scale-up domain."""
SPEED = Bounds(0.001, 1_000)
"""Speed of a job where it stands; the loops count in thousandths."""
TRAIN: dict[str, Bounds] = {
    "chips": whole(1, MOST_GPUS),
    "seq_len": whole(1, 10_000_000),
    "batch": whole(0, 10**9),
    "domain": whole(0, 10**6),
    "failures": Bounds(0, 10**6),
    "checkpoint_write_s": Bounds(0, LONG_S),
    "recover_s": Bounds(0, LONG_S),
}
"""By the options of `train`; failures by million chip-hours."""
SERVE: dict[str, Bounds] = {
    "rps": Bounds(0, 1e7, above=True),
    "users": Bounds(0, 1e11, above=True),
    "tokens_per_user_day": Bounds(0, 1e12, above=True),
    "isl": Bounds(1, 1e7),
    "osl": Bounds(1, 1e6),
    "ttft_s": Bounds(0, LONG_S, above=True),
    "tpot_ms": Bounds(0, LONG_S, above=True),
    "percentile": Bounds(0.5, 1),
    "usd_per_chip_h": Bounds(0, 1e6),
    "start_up_s": Bounds(0, LONG_S),
    "floor": Bounds(0, 1),
}
"""By the options of `serve`."""
