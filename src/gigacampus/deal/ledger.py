"""The lots that cleared, and the compliance ledger: every decision with the balances before and after."""

from __future__ import annotations

from typing import Any

import numpy as np

from gigacampus import catalog
from gigacampus.clock import DAY_S, NEVER
from gigacampus.deal.gates import after, opening_s
from gigacampus.deal.parties import ultimate_parent
from gigacampus.deal.regimes import eccn
from gigacampus.deal.terms import CAMPUS, Array, Terms, class_of
from gigacampus.kernels.clearing import Bound, Outcome
from gigacampus.scenario import Scenario
from gigacampus.tables import Table
from gigacampus.tables.supply import COMPLIANCE, DELIVERIES

HELD = "quota held for other sites: "
"""How the ledger says, as evidence, what room a lot of the campus leaves to lots of other sites that wait at a gate."""


def lot_name(numbers: Terms, lots: Array, lot: int) -> str:
    """A lot's name: its stream and its number in it."""
    return f"{numbers.stream_names[lots['stream'][lot]]}-{lots['number'][lot]:03d}"


def part_names(numbers: Terms, lots: Array, decisions: Array) -> list[str]:
    """The name of what each decision is about: parts of a lot that cleared at different times are told apart."""
    parts: dict[int, int] = {}
    found = []
    for decision in decisions:
        lot = int(decision["lot"])
        part = parts.get(lot, 1)
        found.append(lot_name(numbers, lots, lot) + (f".{part}" if part > 1 else ""))
        if decision["cleared"] > 0:
            parts[lot] = part + 1
    return found


def deliveries(scenario: Scenario, numbers: Terms, lots: Array, decisions: Array) -> Table:
    """The parts of lots that cleared, in the order of arrival."""
    clock, deal = scenario.clock, scenario.deal
    rows: list[dict[str, Any]] = []
    for name, decision in zip(part_names(numbers, lots, decisions), decisions, strict=True):
        chips = int(decision["cleared"])
        if chips == 0:
            continue
        lot = lots[decision["lot"]]
        stream = deal.deliveries[numbers.stream_names[lot["stream"]]]
        licence = deal.licences[stream.licence]
        cleared_s, wanted_s = int(decision["day"]) * DAY_S, int(lot["want_day"]) * DAY_S
        owner = stream.owner or licence.licensee
        late = cleared_s > wanted_s
        rows.append(
            {
                "delivery_id": name, "site": licence.site, "party": licence.licensee, "owner": owner,
                "operator": stream.operator or owner, "chip": catalog.look_up("chip", stream.chip).id, "chips": chips,
                "h100e": chips * catalog.look_up("chip", stream.chip).h100e_8bit, "wanted_s": wanted_s,
                "cleared_s": cleared_s, "arrive_s": clock.seconds(after(clock.day(cleared_s), stream.transit)),
                "licence": stream.licence, "quota": licence.quota,
                "bound_by": Bound(int(decision["bound"])).name.lower() if late else "nothing",
                "is_record": is_record(scenario, stream.licence, cleared_s),
            }
        )  # fmt: skip
    rows.sort(key=lambda row: row["arrive_s"])
    return Table.from_rows(DELIVERIES, rows)


def is_record(scenario: Scenario, licence: str, at_s: int) -> bool:
    """Whether something under a licence is record: before `known_as_of`, and the licence really granted."""
    return at_s < scenario.clock.known_s and scenario.deal.licences[licence].state == "issued"


def compliance(scenario: Scenario, numbers: Terms, lots: Array, decisions: Array) -> Table:
    """One row a decision, in order."""
    names = part_names(numbers, lots, decisions)
    return Table.from_rows(
        COMPLIANCE,
        (_row(scenario, numbers, lots[d["lot"]], d, i, names[i]) for i, d in enumerate(decisions)),
    )


def _row(scenario: Scenario, numbers: Terms, lot: Any, decision: Any, index: int, name: str) -> dict[str, Any]:
    deal, clock = scenario.deal, scenario.clock
    stream = deal.deliveries[numbers.stream_names[lot["stream"]]]
    licence = deal.licences[stream.licence]
    quota = deal.quotas[licence.quota] if licence.quota else None
    chip = catalog.look_up("chip", stream.chip)
    price = scenario.costs.chip_price.get(stream.chip)
    cleared, at_s = int(decision["cleared"]), int(decision["day"]) * DAY_S
    window, gate, owed = int(decision["window"]), int(decision["gate"]), int(decision["obligation"])
    operator = stream.operator or stream.owner or licence.licensee
    return {
        "row_id": index, "at_s": at_s, "delivery_id": name, "outcome": Outcome(int(decision["outcome"])).name.lower(),
        "site": licence.site, "hall": "", "licence": stream.licence, "licensee": licence.licensee,
        "regime": quota.regime if quota else "",
        "exporter": licence.exporter or stream.vendor, "consignee": licence.consignee or licence.licensee,
        "end_user": licence.end_user, "operator": operator, "ultimate_parent": ultimate_parent(deal, operator),
        "eccn": eccn(chip), "chip": chip.id, "wanted_s": int(lot["want_day"]) * DAY_S,
        "arrive_s": clock.seconds(after(clock.day(at_s), stream.transit)) if cleared else NEVER,
        "requested_chips": int(decision["requested"]), "cleared_chips": cleared,
        "total_tpp": cleared * chip.tpp_max, "value_usd": cleared * float(price) if price is not None else np.nan,
        "quota": licence.quota, "party_class": (class_of(deal, licence) or ("", ""))[1],
        "quota_window": window_name(scenario, numbers, window),
        "quota_unit": quota.unit if quota else "", "quota_before": float(decision["quota_before"]),
        "quota_after": float(decision["quota_after"]), "licence_unit": licence.unit,
        "licence_before": float(decision["licence_before"]), "licence_after": float(decision["licence_after"]),
        "gate": numbers.gate_names[gate] if gate >= 0 else "",
        "evidence": _evidence(
            scenario, stream.licence, cleared, numbers.owed_names[owed] if owed >= 0 else "", float(decision["held"])
        ),
        "bound_by": Bound(int(decision["bound"])).name.lower(),
        "is_record": is_record(scenario, stream.licence, at_s),
    }  # fmt: skip


def _evidence(scenario: Scenario, licence: str, cleared: int, owed: str, held: float) -> str:
    """The gates that cleared chips passed, each with its day, the room that others hold, the obligation waited for."""
    gates = scenario.deal.licences[licence].gates if cleared else []
    passed = [f"gate:{gate} {scenario.clock.iso(opening_s(scenario, gate))}" for gate in gates]
    held_back = [f"{HELD}{held:,.0f}"] if held > 0.0 else []
    return "; ".join([*passed, *held_back, *([f"obligation:{owed}"] if owed else [])])


def window_name(scenario: Scenario, numbers: Terms, window: int) -> str:
    """A window's name: its year; empty where there is none."""
    if window < 0:
        return ""
    return str(scenario.clock.day(int(numbers.law.windows["start_day"][window]) * DAY_S).year)


__all__ = ["CAMPUS", "compliance", "deliveries", "is_record", "lot_name", "part_names", "window_name"]
