"""Who may use what is live: tenancies' shares, and whole chips that sum to the live stock."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from itertools import pairwise

import numpy as np

from gigacampus.buildout.months import h100e_per_chip
from gigacampus.buildout.problem import Floats, Ints, Problem
from gigacampus.buildout.stock import Changes, level
from gigacampus.clock import DAY_S, NEVER, Clock
from gigacampus.errors import Fault, ScenarioError
from gigacampus.scenario.tenants import Tenant
from gigacampus.tables.table import Table
from gigacampus.tables.timeline import CAPACITY, TENANTS

WHOLE = 1e-9
"""Rounding allowance for shares that sum to one."""


@dataclass(frozen=True, slots=True)
class Claim:
    """One tenancy: from `start_s` until `end_s` (half open) a share for a tenant, taken from somebody."""

    start_s: int
    end_s: int
    tenant: str
    share_fraction: float
    takes_from: str


def claims(tenants: Mapping[str, Tenant], clock: Clock, *, is_sorted: bool = True) -> list[Claim]:
    """All tenancies in order of their start, those of one start in the scenario's order; or all in that order."""
    found = [
        Claim(
            clock.seconds(one.start) if one.start else -NEVER,
            clock.seconds(one.end) + DAY_S if one.end else NEVER,
            name, float(one.share), one.takes_from,
        )
        for name, tenant in tenants.items() for one in tenant.tenancies
    ]  # fmt: skip
    return sorted(found, key=lambda claim: claim.start_s) if is_sorted else found


def check(found: list[Claim], tenants: Mapping[str, Tenant]) -> None:
    """Raise ScenarioError for shares that cannot be: who starts together takes more than all, or from nobody."""
    faults: list[Fault] = []
    for claim in found:
        path = f"tenants.{claim.tenant}.tenancies"
        if claim.takes_from not in {"pro_rata", *tenants} or claim.takes_from == claim.tenant:
            names = ", ".join(name for name in tenants if name != claim.tenant)
            faults.append(
                Fault(
                    "S302",
                    f"takes_from {claim.takes_from!r} is no other tenant",
                    path=path,
                    fix=f"pro_rata or one of {names}",
                )
            )
    for start_s in sorted({claim.start_s for claim in found}):
        together = [claim for claim in found if claim.start_s == start_s]
        total = sum(claim.share_fraction for claim in together)
        if total > 1.0 + WHOLE:
            names = ", ".join(claim.tenant for claim in together)
            faults.append(
                Fault(
                    "S305", f"shares that start together sum to {100 * total:.4g} %, more than all there is ({names})",
                    path="tenants", fix="lower them, or let the later tenancy start on a day of its own",
                )
            )  # fmt: skip
    if faults:
        raise ScenarioError(faults)


def shares(found: list[Claim], names: list[str], at_s: int) -> Floats:
    """Each tenant's share at an instant; shape (tenants,). They and what is not let sum to one.

    The tenancies then in force are laid down in order of their start: each takes from the named tenant, or else what is
    not let, and where that is too little the rest from all others in proportion to their shares.
    """
    held = np.zeros(len(names))
    index = {name: i for i, name in enumerate(names)}
    for claim in found:
        if not claim.start_s <= at_s < claim.end_s:
            continue
        me = index[claim.tenant]
        if claim.takes_from in index:
            giver = index[claim.takes_from]
            taken = min(claim.share_fraction, held[giver])
            held[giver] -= taken
            held[me] += taken
            rest = claim.share_fraction - taken
        else:
            rest = claim.share_fraction
        short = max(rest - max(1.0 - held.sum(), 0.0), 0.0)
        others = held.sum() - held[me]
        if short > 0.0 and others > 0.0:
            mine = held[me]
            held *= max(1.0 - short / others, 0.0)
            held[me] = mine
        held[me] += min(rest, max(1.0 - held.sum(), 0.0))
    return held


def split(chips: Ints, share: Floats) -> Ints:
    """Whole chips by share, a row for each stock; shape (stocks, shares).

    A row sums to its stock × Σ share, rounded down (largest remainder, ties in order).
    """
    exact = chips[:, np.newaxis] * share
    whole = np.floor(exact + WHOLE).astype(np.int64)
    left = np.floor(exact.sum(axis=1) + 1e-6).astype(np.int64) - whole.sum(axis=1)
    place = np.argsort(np.argsort(-(exact - whole), axis=1, kind="stable"), axis=1, kind="stable")
    return np.asarray(whole + (place < left[:, np.newaxis]), dtype=np.int64)


def capacity(problem: Problem, live: Changes, tenants: Mapping[str, Tenant]) -> Table:
    """The step function of chips per tenant: rows wherever the live stock or a share changes a tenant's chips."""
    found, names = claims(tenants, problem.clock), list(tenants)
    check(found, tenants)
    turns = {min(max(one, 0), problem.clock.end_s) for claim in found for one in (claim.start_s, claim.end_s)}
    edges = np.unique(np.concatenate([np.array([0, problem.clock.end_s]), np.array(sorted(turns), dtype=np.int64)]))
    steps = np.unique(live.at_s[live.at_s < problem.clock.end_s])
    stock = level(live.at_s, live.chips, steps + 1).astype(np.int64)
    per_chip = h100e_per_chip(problem)[live.lot_index]
    h100e = level(live.at_s, live.chips * per_chip, steps + 1)
    stock, h100e = np.concatenate([[0], stock]), np.concatenate([[0.0], h100e])  # before the first step
    at_s, parts = [], []
    for start_s, end_s in pairwise(edges.tolist()):
        at_s.append(np.concatenate([[start_s], steps[(steps > start_s) & (steps < end_s)]]))
        chips = stock[np.searchsorted(steps, at_s[-1], side="right")]
        parts.append(split(chips, shares(found, names, start_s)))
    when, each = np.concatenate(at_s), np.concatenate(parts)
    step = np.searchsorted(steps, when, side="right")
    each_h100e = each * (h100e[step] / np.maximum(stock[step], 1))[:, np.newaxis]
    was, was_h100e = (np.concatenate([np.zeros((1, len(names))), one])[:-1] for one in (each, each_h100e))
    row, tenant = np.nonzero((each != was) | ((each > 0) & (each_h100e != was_h100e)))
    columns = (when[row], tenant, each[row, tenant], each_h100e[row, tenant])
    return Table(CAPACITY, dict(zip(CAPACITY.names, columns, strict=True)))


def tenant_table(tenants: Mapping[str, Tenant]) -> Table:
    """The tenants with the kind of work that they do."""

    def kind(tenant: Tenant) -> str:
        parts = [
            tenant.mix.like if tenant.mix else "",
            "training" if tenant.runs else "",
            "services" if tenant.services else "",
        ]
        return "+".join(part for part in parts if part) or "none"

    return Table.from_rows(
        TENANTS,
        [{"tenant": name, "party": one.party, "kind": kind(one)} for name, one in tenants.items()],
    )
