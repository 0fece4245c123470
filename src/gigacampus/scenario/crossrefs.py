"""Checks across sections, after the schema: names that lead nowhere, shares that do not sum, ends before starts.

Each check is a small generator over the scenario, listed in `CHECKS`.
"""

from __future__ import annotations

import difflib
import re
from collections.abc import Callable, Iterable, Iterator
from datetime import date
from typing import Any

from pydantic import BaseModel

from gigacampus.catalog import names_of
from gigacampus.scenario.beside import files
from gigacampus.scenario.cost_checks import COST_CHECKS
from gigacampus.scenario.deal_checks import DEAL_CHECKS
from gigacampus.scenario.inputs import span_of, walk
from gigacampus.scenario.matching import matching
from gigacampus.scenario.model import Scenario
from gigacampus.scenario.problem import Problem
from gigacampus.scenario.unknown import where_known

OUTSIDE = "outside"
"""The party that stands for whoever the scenario does not name."""
PRO_RATA = "pro_rata"
PARTIES = (
    "deal.parties.*.parent",
    "deal.ownership.*.owner",
    "deal.ownership.*.owned",
    "deal.quotas.*.holder",
    "deal.licences.*.licensee",
    "deal.licences.*.exporter",
    "deal.licences.*.end_user",
    "deal.licences.*.consignee",
    "deal.deliveries.*.vendor",
    "deal.deliveries.*.owner",
    "deal.deliveries.*.operator",
    "deal.obligations.*.debtor",
    "deal.obligations.*.creditor",
    "deal.flows.*.payer",
    "deal.flows.*.payee",
    "campus.operator",
    "campus.owner",
    "tenants.*.party",
    "site.sources.*.supplier",
    "site.water_supplier",
    "site.water_sources.*.supplier",
    "costs.assets.*.owner",
    "costs.assets.*.supplier",
    "costs.tranches.*.lender",
    "costs.tranches.*.borrower",
    "costs.builder",
    "costs.equity.KEYS",
    "costs.equity.*.investor",
    "costs.tax.KEYS",
)
"""Where the name of a party stands; KEYS are the keys of a map."""
NAMES = {
    "deal.licences.*.quota": "deal.quotas",
    "deal.licences.*.gates.*": "deal.gates",
    "deal.deliveries.*.licence": "deal.licences",
    "deal.obligations.*.applies_to.*": "deal.licences",
    "costs.terms.KEYS": "tenants",
    "costs.relet.KEYS": "tenants",
}
"""Where the name of an entry of another map stands, and in which map it must be."""
SPANS = (("start", "end"), ("issued", "expires"), ("start", "until"))
"""Pairs of keys of one section, the second of which is not earlier than the first."""
_SHARE = r"(\d+\.?\d*|\.\d+)\s*%?"
_REQUIRES = re.compile(rf"obligation:(?P<obligation>\S+)|tenancy:(?P<tenant>\S+?)\s*>=\s*{_SHARE}")


Check = Callable[[Scenario], Iterator[Problem]]


def near(word: str, known: Iterable[str]) -> str:
    """`did you mean "x"?`, or the list of what is known."""
    words = [one for one in known if one]
    found = difflib.get_close_matches(word, words, 1, 0.5)
    return f'did you mean "{found[0]}"?' if found else f"known: {', '.join(words) or 'none'}"


def parties(scenario: Scenario) -> Iterator[Problem]:
    """Names of parties stand in `deal.parties`."""
    known = {**scenario.deal.parties, OUTSIDE: None}
    for pattern in PARTIES:
        for path, name in matching(scenario, tuple(pattern.split("."))):
            if name and name not in known:
                fix = near(name, known)
                yield Problem("S301", f'"{name}" is no party of the deal', path, f"{fix}; or add it under deal.parties")


def names(scenario: Scenario) -> Iterator[Problem]:
    """Names of quotas, licences, gates and tenants lead somewhere."""
    for pattern, target in NAMES.items():
        for _, known in matching(scenario, tuple(target.split("."))):
            for path, name in matching(scenario, tuple(pattern.split("."))):
                if name and name not in known:
                    yield Problem("S302", f'{target} has no "{name}"', path, near(name, known))
    for own, tenant in scenario.tenants.items():
        others = [PRO_RATA, *(one for one in scenario.tenants if one != own)]
        for path, name in matching(tenant, ("tenancies", "*", "takes_from"), ("tenants", own)):
            if name not in others:
                yield Problem("S302", f'takes_from "{name}" is no other tenant', path, near(name, others))


def gates(scenario: Scenario) -> Iterator[Problem]:
    """What a gate requires exists, and is written so that it can be read."""
    for name, gate in scenario.deal.gates.items():
        with where_known:
            if not gate.requires:
                continue
            path, match = f"deal.gates.{name}.requires", _REQUIRES.fullmatch(gate.requires.strip())
            if not match:
                fix = "write obligation:NAME or tenancy:TENANT>=SHARE"
                yield Problem("S302", f'"{gate.requires}" is no requirement', path, fix)
            elif match["obligation"] and match["obligation"] not in scenario.deal.obligations:
                fix = near(match["obligation"], scenario.deal.obligations)
                yield Problem("S302", f'deal.obligations has no "{match["obligation"]}"', path, fix)


def allocations(scenario: Scenario) -> Iterator[Problem]:
    """A quota's allocation is to parties or classes of parties."""
    known = {*scenario.deal.parties, *(one.group for one in scenario.deal.parties.values())}
    for path, key in matching(scenario, ("deal", "quotas", "*", "allocation", "KEYS")):
        if key not in known:
            yield Problem("S301", f'"{key}" is neither a party nor the `group` of one', path, near(key, known))


def sums(scenario: Scenario) -> Iterator[Problem]:
    """The shares of a quota's allocation sum to one."""
    for path, shares in matching(scenario, ("deal", "quotas", "*", "allocation")):
        with where_known:
            total = sum(float(one) for one in shares.values())
            if shares and abs(total - 1.0) > 1e-6:
                message = f"the shares sum to {100 * total:.6g} %, not 100 %"
                yield Problem("S303", message, path, "make them sum to 100 %")


def spans(scenario: Scenario) -> Iterator[Problem]:
    """Nothing ends before it starts."""
    yield from _spans(scenario, "")


def _spans(value: Any, path: str) -> Iterator[Problem]:
    if isinstance(value, BaseModel):
        fields = type(value).model_fields
        for first, second in SPANS:
            start, end = getattr(value, first, None), getattr(value, second, None)
            if first in fields and isinstance(start, date) and isinstance(end, date) and end < start:
                message = f"{second} {end} lies before {first} {start}"
                yield Problem("S304", message, f"{path}.{second}".lstrip("."), "swap them, or correct one")
        for name in fields:
            yield from _spans(getattr(value, name), f"{path}.{name}".lstrip("."))
    elif isinstance(value, dict):
        for key, one in value.items():
            yield from _spans(one, f"{path}.{key}")
    elif isinstance(value, (list, tuple)):
        for position, one in enumerate(value):
            yield from _spans(one, f"{path}.{position}")


def tenancies(scenario: Scenario) -> Iterator[Problem]:
    """Tenancies that start together do not take more than all there is; later ones make earlier ones give way."""
    together: dict[str, list[tuple[str, float]]] = {}
    for path, one in matching(scenario, ("tenants", "*", "tenancies", "*")):
        with where_known:
            together.setdefault(str(one.start or ""), []).append((f"{path}.share", float(one.share)))
    for start, claims in together.items():
        total = sum(share for _, share in claims)
        if total > 1.0 + 1e-9:
            when = f"on {start}" if start else "with the first chip"
            tenants = ", ".join(path.split(".")[1] for path, _ in claims)
            message = f"the tenancies that start {when} ({tenants}) sum to {100 * total:.6g} % of the campus"
            yield Problem("S305", message, claims[-1][0], "lower them, or let the later one start on a day of its own")


def runs(scenario: Scenario) -> Iterator[Problem]:
    """Stated runs are submitted within the scenario: what they would have waited before it was never played."""
    for path, run in matching(scenario, ("tenants", "*", "runs", "*")):
        with where_known:
            if run.start < scenario.start:
                told = f"the run is submitted on {run.start}, before the scenario starts on {scenario.start}"
                fix = f"let it start on {scenario.start} or later, or start the scenario earlier"
                yield Problem("S308", told, f"{path}.start", fix)


def chips(scenario: Scenario) -> Iterator[Problem]:
    """Chip models are known to the catalog, and those that come here have racks and a price."""
    known = names_of("chip")
    for name, delivery in scenario.deal.deliveries.items():
        with where_known:
            path, chip = f"deal.deliveries.{name}.chip", delivery.chip
            if chip not in known:
                yield Problem("S306", f'the chip catalog has no "{chip}"', path, near(chip, known))
                continue
            licence = scenario.deal.licences.get(delivery.licence)
            if licence is not None and licence.site == "campus":
                if chip not in scenario.campus.racks:
                    yield Problem("S306", f"no rack holds {chip}", path, f"add `{chip}:` under campus.racks")
                if chip not in scenario.costs.chip_price:
                    yield Problem("S306", f"{chip} has no price", path, f"add `{chip}:` under costs.chip_price")
    for chip in scenario.commitments.installed if scenario.commitments else ():
        if chip not in known:
            path = f"commitments.installed.{chip}"
            yield Problem("S306", f'the chip catalog has no "{chip}"', path, near(chip, known))


def circles(scenario: Scenario) -> Iterator[Problem]:
    """No party is its own parent, over however many steps; one problem for each circle, at its first party."""
    told: set[str] = set()
    for name in scenario.deal.parties:
        with where_known:
            seen, at = [name], scenario.deal.parties[name].parent
            while at in scenario.deal.parties and at not in seen:
                seen.append(at)
                at = scenario.deal.parties[at].parent
            if at == name and name not in told:
                told.update(seen)
                around = " → ".join([*seen, name])
                told_at = f"deal.parties.{name}.parent"
                yield Problem("S307", f"parents go round in a circle: {around}", told_at, "break it")


def statements(scenario: Scenario) -> Iterator[Problem]:
    """Every input was stated on a date before the record ends, and by nobody's opinion but where a variant is on."""
    brought: list[str] = []
    with where_known:
        applied = [scenario.variants[name] for name in scenario.applied if name in scenario.variants]
        brought += [path for variant in applied for operation in variant.operations for path in operation.paths]
    for one in walk(scenario):
        with where_known:
            if one.origin.status in {"opinion", "alleged"}:
                yield from _claimed(one.path, one.origin.status, brought)
            if one.origin.as_of:
                yield from _dated(one.path, one.origin.as_of, scenario.known_as_of)


def _dated(path: str, as_of: str, known: date) -> Iterator[Problem]:
    """No input was stated after the record ends, and every `as_of` is a date."""
    span = span_of(as_of)
    if span is None:
        yield Problem("S402", f'"{as_of}" is no date', f"{path}.as_of", "write 2026-09-24, 2026-09, 2026Q3 or 2026")
    elif span[0] > known:
        message = f"stated on {as_of}, after the record ends (known_as_of {known})"
        yield Problem("S401", message, f"{path}.as_of", "use a statement of its time, or move known_as_of")


def _claimed(path: str, status: str, brought: list[str]) -> Iterator[Problem]:
    """Opinions and allegations drive nothing but where a variant that is on brought them."""
    is_recorded_only = path.startswith(("deal.flows.", "deal.ownership."))
    if not is_recorded_only and not any(lies_under(path, one) for one in brought):
        message = f"an input whose status is {status} would drive the results"
        yield Problem("S403", message, path, "move it into a variant, with that status")


def lies_under(path: str, pattern: str) -> bool:
    """Whether a path is a pattern's, or below it; `*` stands for any one key."""
    parts, wanted = path.split("."), pattern.split(".")
    return len(parts) >= len(wanted) and all(w in {"*", p} for p, w in zip(parts, wanted, strict=False))


def powers(scenario: Scenario) -> Iterator[Problem]:
    """A tenant's limit of power is kept by the loop on a floor alone."""
    for name, tenant in scenario.tenants.items():
        with where_known:
            if tenant.it_power_limit is not None and scenario.operations.floor is None:
                path, told = f"tenants.{name}.it_power_limit", "a limit of power is kept where jobs stand on nodes"
                yield Problem("S340", told, path, "add operations.floor, `floor: {}` will do")


CHECKS: list[Check] = [
    parties, names, gates, allocations, sums, spans, tenancies, runs, chips, circles, statements, powers, files,
    *DEAL_CHECKS, *COST_CHECKS,
]  # fmt: skip
"""Every check, in the order of the report."""


def check(scenario: Scenario) -> list[Problem]:
    """All problems across sections; of a scenario that can be read in part those that hinge on nothing else."""
    found: list[Problem] = []
    for one in CHECKS:
        with where_known:
            found.extend(one(scenario))
    return found
