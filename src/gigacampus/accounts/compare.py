"""What a variant costs or brings each party: the difference of two books, which sums to zero over all parties."""

from __future__ import annotations

import numpy as np

from gigacampus.tables.books import PARTY_DIFFERENCES
from gigacampus.tables.table import Table


def difference(base: Table, other: Table) -> Table:
    """Cash in less cash out by party and kind: other books less base ones (both `party_months`), in cents.

    Every kind sums to zero over the parties, the outside world among them, because every payment has two ends.
    """
    sums: dict[tuple[str, str], list[int]] = {}
    for column, months in enumerate((base, other)):
        for party, kind, cents in zip(months["party"], months["kind"], months["paid_cents"].tolist(), strict=True):
            sums.setdefault((str(party), str(kind)), [0, 0])[column] -= cents
    keys = sorted(sums)
    cents = np.array([sums[key] for key in keys], dtype=np.int64).reshape(-1, 2)
    return Table(
        PARTY_DIFFERENCES,
        {
            "party": [party for party, _ in keys], "kind": [kind for _, kind in keys], "base_cents": cents[:, 0],
            "other_cents": cents[:, 1], "difference_cents": cents[:, 1] - cents[:, 0],
        },
    )  # fmt: skip
