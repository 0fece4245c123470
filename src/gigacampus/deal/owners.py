"""Who stands behind whom: links of ownership, and shares looked through them; what is unknown stays a range."""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

from gigacampus.clock import NEVER
from gigacampus.scenario import Scenario
from gigacampus.tables import Table
from gigacampus.tables.supply import LOOK_THROUGH, OUTSIDE_FLOWS, PARTY_LINKS

UNKNOWN = "unknown"
OWNS = ("parent", "control", "equity", "fund")
"""Links that carry a share; chairs and debts carry none."""


class Link(NamedTuple):
    """A link with its share as a range: equal ends where it is known, else from nothing to what others leave."""

    owner: str
    owned: str
    kind: str
    low: float
    high: float
    since_s: int
    status: str
    source: str
    note: str

    @property
    def is_known(self) -> bool:
        """Whether the share is known."""
        return self.low == self.high and self.kind in OWNS


def links(scenario: Scenario) -> list[Link]:
    """Every link that was known at `known_as_of`: those of `ownership`, then parents that no link repeats."""
    deal, clock = scenario.deal, scenario.clock
    known = [one for one in deal.ownership if one.since is None or one.since <= clock.known_as_of]
    stated: dict[str, float] = {}
    for one in known:
        if one.share is not None and one.kind in OWNS:
            stated[one.owned] = stated.get(one.owned, 0.0) + float(one.share)
    found = []
    for one in known:
        rest = max(1.0 - stated.get(one.owned, 0.0), 0.0) if one.kind in OWNS else 0.0
        low, high = (0.0, rest) if one.share is None else (float(one.share), float(one.share))
        since_s = NEVER if one.since is None else clock.seconds(one.since)
        found.append(Link(one.owner, one.owned, one.kind, low, high, since_s, one.status, one.source, one.note))
    said = {(one.owner, one.owned) for one in found if one.kind in OWNS}
    for name, party in deal.parties.items():
        if party.parent and (party.parent, name) not in said:
            rest = max(1.0 - stated.get(name, 0.0), 0.0)
            found.append(Link(party.parent, name, "parent", 0.0, rest, NEVER, party.status, party.source, ""))
    return found


class Stake(NamedTuple):
    """What an owner holds of a party through all ways."""

    owner: str
    low: float
    high: float
    is_known: bool
    way: tuple[str, ...]


def stakes(found: list[Link], party: str) -> list[Stake]:
    """Everybody who holds a share in a party, through however many links, and the unknown rest last.

    The share along a way is the product of its links'; shares over several ways add up, to one at the most. A way never
    meets a party twice, so that a circle of owners ends (the scenario's door refuses one).
    """
    above: dict[str, list[Link]] = {}
    for link in found:
        if link.kind in OWNS:
            above.setdefault(link.owned, []).append(link)
    held: dict[str, Stake] = {}
    for way, low, high, is_known in _ways(above, (party,), 1.0, 1.0, True):
        owner = way[-1]
        old = held.get(owner)
        if old is None:
            held[owner] = Stake(owner, low, high, is_known, way[::-1])
        else:
            shortest = old.way if len(old.way) <= len(way) else way[::-1]
            held[owner] = Stake(
                owner, min(old.low + low, 1.0), min(old.high + high, 1.0), old.is_known and is_known, shortest
            )
    direct = above.get(party, [])
    low = max(1.0 - sum(link.high for link in direct), 0.0)
    high = max(1.0 - sum(link.low for link in direct), 0.0)
    rest = [Stake(UNKNOWN, low, high, low == high, ())] if high > 1e-12 else []
    return [*sorted(held.values(), key=lambda one: (len(one.way), one.owner)), *rest]


def edges(found: list[Link], party: str) -> Iterator[tuple[str, str, float, float]]:
    """The links above a party with what runs over each, as a share of the party: owner, owned, least, most.

    Ways over one link add up, to the whole party at the most.
    """
    above: dict[str, list[Link]] = {}
    for link in found:
        if link.kind in OWNS:
            above.setdefault(link.owned, []).append(link)
    held: dict[tuple[str, str], tuple[float, float]] = {}
    for way, low, high, _ in _ways(above, (party,), 1.0, 1.0, True):
        least, most = held.get((way[-1], way[-2]), (0.0, 0.0))
        held[way[-1], way[-2]] = min(least + low, 1.0), min(most + high, 1.0)
    for (owner, owned), (low, high) in held.items():
        yield owner, owned, low, high


def _ways(
    above: dict[str, list[Link]], way: tuple[str, ...], low: float, high: float, is_known: bool
) -> Iterator[tuple[tuple[str, ...], float, float, bool]]:
    for link in above.get(way[-1], []):
        if link.owner in way:
            continue
        step = (*way, link.owner), low * link.low, high * link.high, is_known and link.is_known
        yield step
        yield from _ways(above, *step)


def look_through(scenario: Scenario) -> Table:
    """The owners behind every party that plays a part, or is owned by one that does."""
    found = links(scenario)
    parties = dict.fromkeys([*_players(scenario), *(link.owned for link in found if link.kind in OWNS)])
    rows = [
        {
            "party": party, "owner": one.owner, "low_fraction": one.low, "high_fraction": one.high,
            "is_known": one.is_known, "steps": max(len(one.way) - 1, 0), "way": " → ".join(one.way),
        }
        for party in parties
        for one in stakes(found, party)
    ]  # fmt: skip
    return Table.from_rows(LOOK_THROUGH, rows)


def _players(scenario: Scenario) -> list[str]:
    """Licensees, owners and operators of chips, end users, tenants, and who builds and runs the campus."""
    deal = scenario.deal
    named = [scenario.campus.owner, scenario.campus.operator]
    named += [one for licence in deal.licences.values() for one in (licence.licensee, licence.end_user)]
    named += [one for stream in deal.deliveries.values() for one in (stream.owner, stream.operator)]
    named += [tenant.party for tenant in scenario.tenants.values()]
    return [one for one in dict.fromkeys(named) if one in deal.parties]


def party_links(scenario: Scenario) -> Table:
    """The links as edges."""
    rows = [
        {
            "owner": one.owner, "owned": one.owned, "kind": one.kind, "low_fraction": one.low,
            "high_fraction": one.high, "since_s": one.since_s, "status": one.status, "source": one.source,
            "note": one.note,
        }
        for one in links(scenario)
    ]  # fmt: skip
    return Table.from_rows(PARTY_LINKS, rows)


def outside_flows(scenario: Scenario) -> Table:
    """Money beside the deal that was known at `known_as_of`."""
    rows = [
        {
            "flow": name, "payer": one.payer, "payee": one.payee, "at_s": scenario.clock.seconds(one.on),
            "amount_usd": float(one.amount), "instrument": one.instrument, "in_deal": one.in_deal,
            "status": one.amount.origin.status, "note": one.note,
        }
        for name, one in scenario.deal.flows.items()
        if one.on <= scenario.known_as_of
    ]  # fmt: skip
    return Table.from_rows(OUTSIDE_FLOWS, rows)
