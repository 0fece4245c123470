"""Random deals as plain numbers, and the arrays that the kernel reads."""

from __future__ import annotations

import math
from itertools import pairwise
from typing import Any

import numpy as np
from hypothesis import strategies as st

from gigacampus.kernels import clearing as kernel
from tests.naive import clearing as naive

DAYS = 24 * 30
MONTHS = [30 * m for m in range(25)]
RULES = ["defer", "scale", "block"]
OPENS = st.one_of(st.integers(-10, DAYS + 50), st.just(naive.NEVER))
USD = st.sampled_from([0.0, 50.0, 75.0, 100.0])


@st.composite
def deals(draw: Any, lossless: bool = False, chips_only: bool = False) -> naive.Deal:
    """A deal. `lossless`: nothing is dropped for good before the end (no expiry, rules that defer, no blocking)."""
    weights = st.just(1.0) if chips_only else st.sampled_from([1.0, 0.5, 8.0128, 2.5265])
    rules = st.just("defer") if lossless else st.sampled_from(RULES)
    n_classes = draw(st.integers(1, 2))
    classes = [naive.PartyClass(draw(rules), draw(st.booleans()) and not lossless) for _ in range(n_classes)]
    windows = []
    for c in range(n_classes):
        edges = sorted(draw(st.lists(st.integers(-100, DAYS + 50), min_size=2, max_size=4, unique=True)))
        windows += [naive.Window(c, a, b, float(draw(st.integers(0, 400)))) for a, b in pairwise(edges)]
    gates = [
        naive.Gate(draw(OPENS), draw(rules), draw(st.sampled_from([0.0, 0.3, 1.0])))
        for _ in range(draw(st.integers(0, 2)))
    ]  # fmt: skip
    licences = []
    for _ in range(draw(st.integers(1, 3))):
        needs = tuple(g for g in range(len(gates)) if draw(st.booleans()))
        licences.append(
            naive.Licence(
                draw(st.integers(-50, DAYS)), naive.NEVER if lossless else draw(st.sampled_from([naive.NEVER, 400])),
                float(draw(st.integers(0, 500))), draw(st.integers(0, n_classes - 1)), needs, draw(st.booleans()),
            )
        )  # fmt: skip
    owed = []
    for _ in range(draw(st.integers(0, 0 if lossless else 2))):
        headroom = draw(st.one_of(st.none(), st.integers(0, 20_000).map(float)))
        owed.append(naive.Owed(draw(st.sampled_from([0, 17, 90, 400, naive.NEVER])), draw(st.booleans()), headroom))
    streams = []
    for _ in range(draw(st.integers(1, 4))):
        start = draw(st.integers(0, DAYS - 1))
        streams.append(
            naive.Stream(
                start, start + draw(st.integers(0, DAYS)), float(draw(st.integers(1, 1500))),
                draw(st.one_of(st.none(), st.integers(0, 600).map(float))), draw(st.integers(0, len(licences) - 1)),
                draw(weights), draw(weights), tuple(draw(USD) for _ in owed),
                -1 if lossless else draw(st.sampled_from([-1, -1, 40, 300, 5_000])),
            )
        )  # fmt: skip
    moves = []
    for _ in range(draw(st.integers(0, 0 if lossless else 2))):
        giver, taker = (draw(st.integers(0, len(windows) - 1)) for _ in range(2))
        share = draw(st.sampled_from([0.0, 0.5, 1.0]))
        if giver != taker:
            moves.append(naive.Move(draw(st.integers(0, DAYS - 1)), giver, taker, share))
    return naive.Deal(streams, licences, gates, windows, classes, owed, MONTHS, DAYS, moves)


def run(deal: naive.Deal) -> tuple[list[naive.Decision], kernel.Book]:
    """The kernel's decisions on a deal, in the twin's words, and its book."""
    law = kernel.Law(
        streams=np.array(
            [
                (s.start, s.end, s.per_year, -1.0 if s.total is None else s.total, s.licence, s.licence_weight,
                 s.quota_weight)
                for s in deal.streams
            ],
            dtype=kernel.STREAM,
        ),
        licences=np.array(
            [
                (x.issued, x.expires, x.quantity, -1 if x.party_class is None else x.party_class, x.is_elsewhere)
                for x in deal.licences
            ],
            dtype=kernel.LICENCE_ROW,
        ),
        windows=np.array(deal.windows, dtype=kernel.WINDOW),
        class_rules=np.array([RULES.index(one.rule) for one in deal.classes], dtype=np.int64),
        class_carries=np.array([one.carries for one in deal.classes], dtype=np.bool_),
        owed=np.array(
            [(o.lag, o.blocks, math.nan if o.headroom is None else o.headroom) for o in deal.owed], dtype=kernel.OWED
        ),
        due_usd=np.array([[s.due[o] for s in deal.streams] for o in range(len(deal.owed))], dtype=float).reshape(
            len(deal.owed), len(deal.streams)
        ),
        evidence_day=np.array([[s.evidence for s in deal.streams] for _ in deal.owed], dtype=np.int64).reshape(
            len(deal.owed), len(deal.streams)
        ),
        moves=np.array(deal.moves, dtype=kernel.MOVE),
    )  # fmt: skip
    gates = np.array([(g.opens, RULES.index(g.rule), g.passes) for g in deal.gates], dtype=kernel.GATE_ROW)
    needs = np.array(
        [[g in x.gates for g in range(len(deal.gates))] for x in deal.licences], dtype=np.bool_
    ).reshape(len(deal.licences), len(deal.gates))  # fmt: skip
    lots = np.zeros(len(deal.streams) * len(deal.months), dtype=kernel.LOT)
    count = kernel.cut_lots(law.streams, law.licences, gates, needs, np.array(deal.months), lots)
    lots = lots[:count]
    book = kernel.open_book(law, lots, deal.days)
    decisions = np.zeros(100_000, dtype=kernel.DECISION)
    made = kernel.clear_lots(lots, law, book, decisions)
    assert made >= 0
    return [_said(one, lots) for one in decisions[:made]], book


def _said(row: Any, lots: Any) -> naive.Decision:
    lot = lots[row["lot"]]
    keys = ("licence_before", "licence_after", "quota_before", "quota_after")
    balances = [None if math.isnan(row[key]) else float(row[key]) for key in keys]
    return naive.Decision(
        int(row["day"]), int(lot["stream"]), int(lot["number"]), kernel.Outcome(int(row["outcome"])).name.lower(),
        kernel.Bound(int(row["bound"])).name.lower(), int(row["requested"]), int(row["cleared"]), *balances,
    )  # fmt: skip
