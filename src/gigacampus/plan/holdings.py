"""Who really gets what, by month: from the quota's holder down to end users' countries, and up to owners behind."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from gigacampus.buildout.capacity import claims
from gigacampus.clock import HOUR_S
from gigacampus.deal.owners import UNKNOWN, links, stakes
from gigacampus.scenario import Scenario
from gigacampus.scenario.tenants import Tenancy, Tenant
from gigacampus.tables import Table
from gigacampus.tables.holdings import HOLDINGS
from gigacampus.tables.supply import Supply
from gigacampus.tables.timeline import Timeline

Floats = NDArray[np.float64]
Levels = dict[str, Floats]
NOT_LET = "not let"
MEASURES = ("chips", "h100e", "it_w", "gpu_h", "value_usd")
ROLES = ("quota_holder", "licensee", "owner", "operator")
"""Roles that a lot has by itself; a tenant's chips are a share of all lots."""


@dataclass(frozen=True, slots=True)
class Held:
    """What a party holds in a role: each measure's least and most, arrays of shape (2, months)."""

    role: str
    party: str
    through: str
    levels: dict[str, Floats]

    def times(self, role: str, party: str, through: str, low: Any, high: Any) -> Held:
        """A share of it, least and most, for somebody else; the shares are numbers or arrays (months,)."""
        shares = np.array([low, high])
        shares = shares[:, np.newaxis] if shares.ndim == 1 else shares
        return Held(role, party, through, {name: level * shares for name, level in self.levels.items()})


def holdings(scenario: Scenario, found: list[Held]) -> Table:
    """What `held` found as a table, in the months in which a party holds any."""
    starts = scenario.clock.month_starts_s()
    rows: list[dict[str, Any]] = []
    for one in found:
        for month in np.flatnonzero((one.levels["chips"][1] > 0.0) | (one.levels["gpu_h"][1] > 0.0)).tolist():
            row: dict[str, Any] = {"month_s": int(starts[month]), "role": one.role, "party": one.party}
            row["through"] = one.through
            for name in MEASURES:
                row |= {f"{end}_{name}": float(one.levels[name][k, month]) for k, end in enumerate(("low", "high"))}
            rows.append(row)
    return Table.from_rows(HOLDINGS, rows)


def held(scenario: Scenario, supply: Supply, timeline: Timeline) -> list[Held]:
    """Every role's parties, direct ones first."""
    direct = [*_by_lots(scenario, supply, timeline), *_tenants(scenario, timeline)]
    countries = list(_end_users(scenario, timeline, direct))
    known, behind = links(scenario), list[Held]()
    for one in direct:
        if one.role in {"owner", "tenant"} and one.party != NOT_LET:
            role = "look_through" if one.role == "owner" else "tenant_look_through"
            behind += [one.times(role, s.owner, one.party, s.low, s.high) for s in stakes(known, one.party)]
    return [*direct, *countries, *behind]


def roles(scenario: Scenario, supply: Supply) -> dict[str, dict[str, str]]:
    """For each role the party of every lot."""
    deal, rows = scenario.deal, list(supply.deliveries.rows())

    def holder(licence: str) -> str:
        quota = deal.licences[licence].quota
        return deal.quotas[quota].holder if quota else UNKNOWN

    return {
        "quota_holder": {row["delivery_id"]: holder(row["licence"]) for row in rows},
        "licensee": {row["delivery_id"]: row["party"] for row in rows},
        "owner": {row["delivery_id"]: row["owner"] for row in rows},
        "operator": {row["delivery_id"]: row["operator"] for row in rows},
    }


def _by_lots(scenario: Scenario, supply: Supply, timeline: Timeline) -> Iterator[Held]:
    """Roles that each lot has by itself."""
    who = roles(scenario, supply)
    for role in ROLES:
        names = np.array([who[role][lot] for lot in timeline.installs["delivery_id"]], dtype=object)
        for party in dict.fromkeys(names.tolist()):
            yield Held(role, party, "", _twice(_levels(scenario, timeline.installs.where(names == party))))


def _levels(scenario: Scenario, installs: Table) -> Levels:
    """Each measure of some chips by month."""
    edges = scenario.clock.month_starts_s()
    price = np.array([float(scenario.costs.chip_price.get(chip, 0.0)) for chip in installs["chip"]])
    steps = {
        "chips": installs["chips"], "h100e": installs["h100e"], "it_w": installs["it_w"],
        "value_usd": installs["chips"] * price,
    }  # fmt: skip
    found = {name: level_at(installs["at_s"], step, edges)[1:] for name, step in steps.items()}
    return found | {"gpu_h": hours(installs["at_s"], installs["chips"], edges)}


def level_at(at_s: Any, step: Any, edges: Any) -> Floats:
    """The running sum of steps just before each edge; `at_s` is in order of time."""
    total = np.concatenate([[0.0], np.cumsum(step, dtype=np.float64)])
    return np.asarray(total[np.searchsorted(at_s, edges, side="left")])


def hours(at_s: Any, step: Any, edges: Any) -> Floats:
    """The integral of the running sum between edges, in hours."""
    area = edges * level_at(at_s, step, edges) - level_at(at_s, np.asarray(step, dtype=np.float64) * at_s, edges)
    return np.asarray(np.maximum(np.diff(area) / HOUR_S, 0.0))


def _twice(levels: Levels) -> Levels:
    return {name: np.array([level, level]) for name, level in levels.items()}


def _tenants(scenario: Scenario, timeline: Timeline) -> Iterator[Held]:
    """What each tenant's party may use, as its share of all that is live; what nobody may use is a row."""
    edges = scenario.clock.month_starts_s()
    live = _levels(scenario, timeline.installs)
    capacity, shares = timeline.capacity, dict[str, list[Floats]]()
    for index, party in enumerate(timeline.tenants["party"]):
        mine = capacity.where(capacity["tenant_index"] == index)
        step = np.diff(mine["chips"], prepend=0)
        parts = (level_at(mine["at_s"], step, edges)[1:], hours(mine["at_s"], step, edges))
        before = shares.get(str(party), [np.zeros(len(edges) - 1)] * 2)
        shares[str(party)] = [
            old + _share(part, live[name]) for old, part, name in zip(before, parts, ("chips", "gpu_h"), strict=True)
        ]
    rest = [np.clip(1.0 - sum(one[k] for one in shares.values()), 0.0, 1.0) for k in range(2)]
    rest = [np.where(one > 1e-6, one, 0.0) for one in rest]  # whole chips leave a rest of rounding
    for party, (at_end, over) in [*shares.items(), (NOT_LET, rest)]:
        levels = {name: live[name] * (over if name == "gpu_h" else at_end) for name in MEASURES}
        yield Held("tenant", party, "", _twice(levels))


def _share(part: Floats, whole: Floats) -> Floats:
    return np.divide(part, whole, out=np.zeros_like(part), where=whole > 0.0)


def _end_users(scenario: Scenario, timeline: Timeline, direct: list[Held]) -> Iterator[Held]:
    """Countries of end users, and how much of it is used from afar, by the tenancies in force at each month's end."""
    tenants = [one for one in direct if one.role == "tenant"]
    by_country: dict[str, list[Held]] = {}
    access: dict[str, list[Held]] = {}
    for one in tenants:
        for country, share in countries(scenario, one.party).items():
            by_country.setdefault(country, []).append(one.times("end_user_country", country, "", share, share))
        low, high = _remote(scenario, one.party)
        access.setdefault("remote", []).append(one.times("access", "remote", "", low, high))
        access.setdefault("local", []).append(one.times("access", "local", "", 1.0 - high, 1.0 - low))
    for parts in (*by_country.values(), *access.values()):
        levels = {name: np.asarray(sum(part.levels[name] for part in parts)) for name in MEASURES}
        yield Held(parts[0].role, parts[0].party, "", levels)


def _in_force(scenario: Scenario, party: str) -> list[tuple[Tenant, Tenancy, Floats]]:
    """The party's tenants and tenancies with each one's share at the months' ends."""
    last_s = scenario.clock.month_starts_s()[1:] - 1
    found: list[tuple[Tenant, Tenancy, Floats]] = []
    for name, tenant in scenario.tenants.items():
        mine = claims({name: tenant}, scenario.clock, is_sorted=False) if tenant.party == party else []
        for one, claim in zip(tenant.tenancies, mine, strict=False):
            on = (claim.start_s <= last_s) & (last_s < claim.end_s)
            found.append((tenant, one, on.astype(np.float64) * float(claim.share_fraction)))
    return found


def _weights(found: list[tuple[Tenant, Tenancy, Floats]]) -> list[Floats]:
    """Each tenancy's part of what its party holds; the first where none is in force."""
    total = np.sum([share for *_, share in found], axis=0)
    return [
        np.divide(share, total, out=np.full(len(share), float(k == 0)), where=total > 0.0)
        for k, (*_, share) in enumerate(found)
    ]


def countries(scenario: Scenario, party: str) -> dict[str, Any]:
    """The countries of a party's end users with their shares by month; `unknown` where none is stated."""
    found = _in_force(scenario, party)
    if not found:
        return {UNKNOWN: 1.0}
    told: dict[str, Any] = {}
    for (tenant, one, _), weight in zip(found, _weights(found), strict=True):
        country = one.end_users or tenant.end_users or UNKNOWN
        told[country] = told.get(country, 0.0) + weight
    return told


def _remote(scenario: Scenario, party: str) -> tuple[Any, Any]:
    """The share used from outside the campus's country, least and most."""
    found = _in_force(scenario, party)
    if not found:
        return 0.0, 1.0
    ends = [(0.0, 1.0) if one.remote_access is None else (float(one.remote_access),) * 2 for _, one, _ in found]
    weights = _weights(found)
    return tuple(np.sum([weight * end[k] for weight, end in zip(weights, ends, strict=True)], axis=0) for k in (0, 1))
