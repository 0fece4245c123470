"""What a regime says of a deal on a day: each rule with the amount it looks at, its limit, and its source.

Not legal advice. Rules are read as the catalog states them; those that nobody re-checked against the text say so.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import date
from typing import NamedTuple

import numpy as np

from gigacampus import catalog
from gigacampus.catalog import Chip
from gigacampus.catalog.regimes import REGIMES, Regime
from gigacampus.clock import DAY_S
from gigacampus.errors import Fault, UsageError
from gigacampus.scenario import Scenario
from gigacampus.tables import Table
from gigacampus.tables.supply import Supply

ECCN_RULE = "ear.3a090a.tpp"
NAN = float("nan")


class Finding(NamedTuple):
    """What one rule says of one subject. `verdict`: within, beyond, condition (nothing to compute), or a class."""

    rule: str
    subject: str
    amount: float
    limit: float
    unit: str
    verdict: str
    status: str
    is_verified: bool
    source: str
    note: str


def eccn(chip: Chip) -> str:
    """The class of a chip, and of a system that holds it, by its highest total processing performance.

    3A090.a from the threshold of rule `ear.3a090a.tpp` (4,800 TPP), 4A090.a for the system; empty below it. The
    thresholds by performance density need die areas, which vendors do not publish: a chip below 4,800 TPP is left open.
    """
    return "3A090.a; system 4A090.a" if chip.tpp_max >= catalog.look_up("rule", ECCN_RULE).number else ""


def unverified(supply: Supply) -> list[str]:
    """The rules that results rest on and that nobody re-checked against the text."""
    used = [ECCN_RULE] if len(supply.compliance) else []
    return [key for key in used if not catalog.look_up("rule", key).is_verified]


def judge(scenario: Scenario, supply: Supply, name: str, day: date) -> list[Finding]:
    """What a regime says of everything that cleared by the end of a day.

    A regime that no longer holds still answers, as history: its findings carry its status. Raises UsageError where
    there is no such regime, or where it had not begun by the day.
    """
    if name not in REGIMES:
        raise UsageError(Fault("L005", f'no regime "{name}"', fix=f"one of {', '.join(REGIMES)}"))
    regime = REGIMES[name]
    if day < regime.start:
        raise UsageError(Fault("L006", f"{name} had not begun on {day}", fix=f"ask for {regime.start} or later"))
    at_s = scenario.clock.seconds(day) + DAY_S
    lots = supply.deliveries.where(supply.deliveries["cleared_s"] < at_s)
    computed = list(JUDGES[regime.prefix](scenario, supply, lots, at_s)) if regime.prefix in JUDGES else []
    said = {finding.rule for finding in computed}
    return [*computed, *(_stated(regime, key) for key in regime.rules() if key not in said)]


def _stated(regime: Regime, key: str) -> Finding:
    """A rule from which nothing is computed: shown as it stands."""
    rule = regime.rules()[key]
    note = "; ".join(filter(None, [f"{rule.value} {rule.unit}".strip(), rule.note]))
    return Finding(key, "", NAN, rule.number, rule.unit, "condition", rule.status, rule.is_verified, rule.source, note)


def _found(key: str, subject: str, amount: float, verdict: str = "", note: str = "", limit: float = NAN) -> Finding:
    rule = catalog.look_up("rule", key)
    limit = rule.number if limit != limit else limit
    verdict = verdict or ("beyond" if amount > limit else "within")
    told = "; ".join(filter(None, [note, rule.note]))
    return Finding(key, subject, amount, limit, rule.unit, verdict, rule.status, rule.is_verified, rule.source, told)


def _ear(scenario: Scenario, supply: Supply, lots: Table, at_s: int) -> Iterator[Finding]:
    """The class of every chip that is planned."""
    for name in dict.fromkeys(one.chip for one in scenario.deal.deliveries.values()):
        chip = catalog.look_up("chip", name)
        yield _found(ECCN_RULE, chip.id, chip.tpp_max, eccn(chip) or "below; other thresholds need its die area")


def _tpp(lots: Table) -> float:
    return float(sum(chips * catalog.look_up("chip", chip).tpp_max for chip, chips in _by_chip(lots)))


def _by_chip(lots: Table) -> list[tuple[str, int]]:
    return list(zip(lots["chip"].tolist(), lots["chips"].tolist(), strict=True))


def _diffusion(scenario: Scenario, supply: Supply, lots: Table, at_s: int) -> Iterator[Finding]:
    """The country's total, and each consignee's last twelve months."""
    yield _found("diffusion.country_cap_tpp", "all sites", _tpp(lots), note="TPP by the highest format")
    h100e = float(lots["h100e"].sum())
    yield _found("diffusion.country_cap_h100e", "all sites", h100e, note="by dense 8-bit rate")
    recent = lots.where(lots["cleared_s"] >= at_s - 365 * DAY_S)
    for party in dict.fromkeys(recent["party"].tolist()):
        yield _found("diffusion.lpp_tpp", party, _tpp(recent.where(recent["party"] == party)), note="last 365 days")


def _gulf(scenario: Scenario, supply: Supply, lots: Table, at_s: int) -> Iterator[Finding]:
    """Matching money of which evidence is in, and the share that US operators run."""
    rows = supply.obligations
    kinds = {name for name, one in scenario.deal.obligations.items() if one.kind == "match_ratio"}
    mine = rows.where(np.array([name in kinds for name in rows["obligation"]], dtype=bool) & (rows["due_s"] < at_s))
    due, paid = float(mine["due_usd"].sum()), float(mine["paid_usd"][mine["paid_s"] < at_s].sum())
    verdict = "within" if paid >= due else "beyond"
    yield _found("gulf.match", "matching investment", paid, verdict, "evidence in, against what is due, USD", limit=due)
    groups = {name: party.country for name, party in scenario.deal.parties.items()}
    total = float(lots["chips"].sum())
    if total:
        mine_chips = sum(
            chips
            for operator, chips in zip(lots["operator"], lots["chips"], strict=True)
            if groups.get(operator) == "US"
        )
        share = float(mine_chips) / total
        verdict = "within" if share > 0.5 else "beyond"
        yield _found(
            "gulf.operator", "US operators", share, verdict, "share of chips, all sites; `most` read as half", 0.5
        )


def _h200(scenario: Scenario, supply: Supply, lots: Table, at_s: int) -> Iterator[Finding]:
    """How each chip stands to the ceilings for China: for comparison, the UAE is not under this rule."""
    for name in dict.fromkeys(one.chip for one in scenario.deal.deliveries.values()):
        chip = catalog.look_up("chip", name)
        yield _found("h200rule.tpp_max", chip.id, chip.tpp_max, note="for comparison")
        yield _found("h200rule.bandwidth_max", chip.id, 1000.0 * chip.hbm_tbps, note="for comparison")


def _draft(scenario: Scenario, supply: Supply, lots: Table, at_s: int) -> Iterator[Finding]:
    """The tier of each licensee by its total in GB300e (dense 8-bit)."""
    low, high = (catalog.look_up("rule", f"draft2026.tier{n}_max").number for n in (1, 2))
    for party in dict.fromkeys(lots["party"].tolist()):
        mine = lots.where(lots["party"] == party)
        total = sum(chips * catalog.ratio(chip, "GB300e", "dense-8bit") for chip, chips in _by_chip(mine))
        tier = 1 if total <= low else 2 if total <= high else 3
        key = "draft2026.tier1_max" if tier == 1 else "draft2026.tier2_max"
        yield _found(key, party, total, f"tier {tier}", "GB300e by dense 8-bit rate")


JUDGES: dict[str, Callable[[Scenario, Supply, Table, int], Iterator[Finding]]] = {
    "ear": _ear, "diffusion": _diffusion, "gulf": _gulf, "h200rule": _h200, "draft2026": _draft,
}  # fmt: skip
"""What is computed for each regime; every other rule is shown as a condition."""
