"""What a variant costs or brings each party: the difference of two books, which sums to zero over all parties."""

from __future__ import annotations

import numpy as np

from gigacampus.tables.books import PARTY_DIFFERENCES, PARTY_TOTALS
from gigacampus.tables.table import Table

MATCHING, FINANCING = "matching", "financing"
CENTS = 100


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


def totals(base: Table, other: Table) -> Table:
    """The same by party alone: business, financing and matching money apart; each column sums to exactly zero.

    The widest difference first; the outside world is a party like the others.
    """
    rows = difference(base, other)
    found: dict[str, dict[str, int]] = {}
    for party, kind, cents in zip(rows["party"], rows["kind"], rows["difference_cents"].tolist(), strict=True):
        mine = found.setdefault(str(party), dict.fromkeys(("business", MATCHING, FINANCING), 0))
        mine[kind if kind in mine else "business"] += cents
    whole = {party: sum(mine.values()) for party, mine in found.items()}
    order = sorted((party for party in found if any(found[party].values())), key=lambda one: (-abs(whole[one]), one))
    listed = [
        {"party": party, "total_cents": whole[party], **{f"{name}_cents": one for name, one in found[party].items()}}
        for party in order
    ]
    return Table.from_rows(PARTY_TOTALS, listed)


def lines(table: Table) -> list[str]:
    """The table of `totals` as text in millions of USD, with the sum that must be zero."""
    columns = ("business", FINANCING, MATCHING, "total")
    width = max([len(str(party)) for party in table["party"]] + [len("sum over all parties")])
    told = ["Cash in less cash out over the horizon, this run less the base: what it brings a party, or (-) costs it."]
    told.append(f"{'party, MUSD':<{width}}" + "".join(f"{name:>14}" for name in columns))
    told += [
        f"{row['party']:<{width}}" + "".join(_million(row[f"{name}_cents"]) for name in columns) for row in table.rows()
    ]
    sums = "".join(_million(int(table[f"{name}_cents"].sum())) for name in columns)
    return [*told, f"{'sum over all parties':<{width}}{sums}"]


def _million(cents: int) -> str:
    """Cents as millions of USD; what rounds to nothing has no sign."""
    return f"{round(cents / CENTS / 1e6, 2) + 0.0:>14,.2f}"
