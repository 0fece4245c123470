"""The past as it was: a ledger of real shipments, licences and investments in place of the plan until `known_as_of`."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from functools import lru_cache
from pathlib import Path

from gigacampus import catalog
from gigacampus.clock import DAY_S
from gigacampus.deal import chain
from gigacampus.deal.gates import opening_s
from gigacampus.deal.terms import CAMPUS, terms
from gigacampus.errors import Fault, InputError, ScenarioError, UsageError
from gigacampus.scenario import Scenario
from gigacampus.scenario.beside import at_key, beside, missing
from gigacampus.scenario.deal import Delivery, Licence
from gigacampus.scenario.quantity import Quantity, When
from gigacampus.tables import Table
from gigacampus.tables.supply import ACTUALS, PLAN_ACTUAL

KINDS = ("shipment", "licence", "commissioning", "investment", "check")
PREFIX = "actual-"
"""How the streams of real shipments are named."""
HUGE = 1e15


@dataclass(frozen=True, slots=True)
class Actual:
    """A row of the ledger, read."""

    row: int
    kind: str
    day: date
    id: str
    licence: str
    chip: str
    chips: int
    usd: float
    note: str


def actuals(scenario: Scenario) -> list[Actual]:
    """The rows of the scenario's ledger up to `known_as_of`; none where it names no ledger.

    Raises ScenarioError with every fault: a broken chain, cells that cannot be read, names that lead nowhere,
    shipments before their licence or gate, and more shipped than a licence allows.
    """
    if not scenario.deal.actuals:
        return []
    path = beside(scenario, scenario.deal.actuals, ("deal", "actuals"))
    if not path.is_file():
        raise ScenarioError(
            at_key(scenario, "L101", f"there is no ledger {path}", ("deal", "actuals"), "name a CSV or Parquet file")
        )
    rows = _rows(path, path.stat().st_mtime_ns)
    known = [one for one in rows if one.day <= scenario.known_as_of]
    faults = [*_unknown(scenario, path, known)]
    lost = {one.line for one in faults}
    if not any(one.kind == "licence" and one.row + 1 in lost for one in known):  # or a licence's day is not known
        faults += _unlawful(scenario, path, [one for one in known if one.row + 1 not in lost])
    if not lost:
        faults += _unshipped(scenario, path, known)
    if faults:
        raise ScenarioError(faults)
    return known


def look(scenario: Scenario) -> None:
    """Read the ledger where there is one, as `actuals` does."""
    name = scenario.deal.actuals
    if not name or missing(scenario, name, ("deal", "actuals")):
        return
    try:
        actuals(scenario)
    except InputError as error:
        # what else it stumbles over, as a unit without its basis, the scenario's own checks tell
        if found := [one for one in error.faults if one.file]:
            raise ScenarioError(found) from None


@lru_cache(maxsize=8)
def _rows(path: Path, changed_ns: int) -> tuple[Actual, ...]:
    """A file's rows, read once for each state of the file."""
    try:
        texts = chain.read(path)
    except UsageError as error:
        raise ScenarioError(error.faults) from None
    faults = chain.verify(path, texts) or [fault for row in texts for fault in faults_of(row, path)]
    if faults:
        raise ScenarioError(faults)
    return tuple(
        Actual(
            int(one["row"]), one["kind"], date.fromisoformat(one["date"]), one["id"], one["licence"], one["chip"],
            int(one["chips"] or 0), float(one["usd"] or 0.0), one["note"],
        )
        for one in texts
    )  # fmt: skip


def faults_of(row: chain.Row, path: Path, line: int = 0) -> Iterator[Fault]:
    """What is wrong with the cells of a row by themselves."""
    line = line or int(row["row"]) + 1

    def fault(column: str, message: str, fix: str) -> Fault:
        return Fault("L103", message, str(path), line, path=column, text=",".join(row.values()), fix=fix)

    if row["kind"] not in KINDS:
        yield fault("kind", f'"{row["kind"]}" is no kind of row', f"one of {', '.join(KINDS)}")
        return
    try:
        date.fromisoformat(row["date"])
    except ValueError:
        yield fault("date", f'"{row["date"]}" is no day', "write it as 2026-12-01")
    if not row["id"]:
        yield fault("id", "the row names nothing", "name the shipment, licence, hall or obligation")
    if row["kind"] in {"shipment", "commissioning", "check"}:
        if not row["chips"].isdigit() or not 0 < int(row["chips"]) <= 10**9:
            yield fault("chips", f'"{row["chips"]}" is no count of chips', "write a whole number from 1 to 1e9")
        if row["chip"] not in catalog.names_of("chip"):
            yield fault("chip", f'the chip catalog has no "{row["chip"]}"', "`gigacampus list chips` names them")
    if row["kind"] == "shipment" and not row["licence"]:
        yield fault("licence", "the shipment names no licence", "name the licence that it drew on")
    if row["kind"] == "investment":
        try:
            usd = float(row["usd"])
        except ValueError:
            usd = float("nan")
        if not 0.0 < usd <= HUGE:
            yield fault("usd", f'"{row["usd"]}" is no sum of dollars', "write a number, such as 1.5e9")


def _unknown(scenario: Scenario, path: Path, rows: list[Actual]) -> Iterator[Fault]:
    deal = scenario.deal
    where: dict[str, Collection[str]] = {
        "shipment": deal.licences,
        "licence": deal.licences,
        "investment": deal.obligations,
    }
    for one in rows:
        name = one.licence if one.kind == "shipment" else one.id
        if one.kind in where and name not in where[one.kind]:
            fix = f"known: {', '.join(where[one.kind]) or 'none'}"
            yield Fault("L104", f'the scenario has no {one.kind} "{name}"', str(path), one.row + 1, fix=fix)


def _unlawful(scenario: Scenario, path: Path, rows: list[Actual]) -> Iterator[Fault]:
    """Shipments before their licence or a gate of it, and beyond what the licence allows."""
    changed = _issued(scenario, rows)
    shipped: dict[str, float] = {}
    for one in rows:
        if one.kind != "shipment":
            continue
        licence = changed.deal.licences[one.licence]
        if one.day < licence.issued:
            message = f"{one.id} shipped on {one.day}, before its licence {one.licence} was issued ({licence.issued})"
            yield Fault(
                "L105", message, str(path), one.row + 1, fix="correct one of the dates by a new row and a new file"
            )
        for gate in (one for one in licence.gates if one in changed.deal.gates):
            if changed.clock.seconds(one.day) < opening_s(changed, gate):
                message = f"{one.id} shipped on {one.day}, before gate {gate} of {one.licence} opened"
                yield Fault("L105", message, str(path), one.row + 1, fix="check the gate's date in the scenario")
        per_chip = 1.0 if licence.unit == "chips" else catalog.ratio(one.chip, licence.unit, licence.basis)
        shipped[one.licence] = shipped.get(one.licence, 0.0) + one.chips * per_chip
        if shipped[one.licence] > float(licence.quantity) * (1.0 + 1e-9):
            amounts = f"{shipped[one.licence]:,.0f} of {float(licence.quantity):,.0f} {licence.unit}"
            message = f"with {one.id} licence {one.licence} is overdrawn: {amounts}"
            yield Fault(
                "L105", message, str(path), one.row + 1, fix="name the licence that the shipment really drew on"
            )


def _unshipped(scenario: Scenario, path: Path, rows: list[Actual]) -> Iterator[Fault]:
    """Chips that went live at the campus before as many were shipped to it."""
    if not any(one.kind == "commissioning" for one in rows):
        return
    licences, left = scenario.deal.licences, dict[str, int]()
    for one in sorted(rows, key=lambda row: (row.day, row.kind == "commissioning", row.row)):
        if one.kind == "shipment" and licences[one.licence].site == CAMPUS:
            left[one.chip] = left.get(one.chip, 0) + one.chips
        if one.kind == "commissioning":
            left[one.chip] = left.get(one.chip, 0) - one.chips
            if left[one.chip] < 0:
                message = f"with {one.chips:,} {one.chip} live in {one.id} on {one.day}, {-left[one.chip]:,} more ran "
                fix = "enter the shipments to this campus first, or correct the count"
                yield Fault("L105", f"{message}than were shipped by then", str(path), one.row + 1, fix=fix)
                left[one.chip] = 0


def applied(scenario: Scenario, rows: list[Actual]) -> Scenario:
    """The scenario with the past as the rows have it: licences as issued, a stream for each shipment, plans after it.

    What a stream would have brought until `known_as_of` and did not is brought after it, at the stream's rate.
    """
    if not scenario.deal.actuals:
        return scenario
    changed = _issued(scenario, rows)
    deal = changed.deal
    streams: dict[str, Delivery] = {}
    for one in rows:
        if one.kind == "shipment":
            streams[f"{PREFIX}{one.id}"] = _shipped(changed, one)
    shipped = [one for one in rows if one.kind == "shipment"]
    for name, stream in deal.deliveries.items():
        mine = [one for one in shipped if (one.licence, one.chip) == (stream.licence, stream.chip)]
        left = _planned(deal.licences[stream.licence], stream) - sum(one.chips for one in mine)
        shipped = [one for one in shipped if one not in mine]
        first = max(_plain(stream.start), _plain(scenario.known_as_of) + timedelta(days=1))
        moved = first - _plain(stream.start)
        streams[name] = stream.model_copy(
            update={
                "start": When.of(first), "end": When.of(_plain(stream.end) + moved),
                "total": Quantity(max(left, 0.0), "chips"),
            }
        )  # fmt: skip
    return changed.model_copy(update={"deal": deal.model_copy(update={"deliveries": streams})})


def _issued(scenario: Scenario, rows: list[Actual]) -> Scenario:
    """The scenario with licences as the ledger says that they were issued."""
    licences = dict(scenario.deal.licences)
    for one in rows:
        if one.kind == "licence":
            update = {"issued": When.of(one.day), "state": "issued"}
            licences[one.id] = licences[one.id].model_copy(update=update)
    return scenario.model_copy(update={"deal": scenario.deal.model_copy(update={"licences": licences})})


def _shipped(scenario: Scenario, one: Actual) -> Delivery:
    """A stream of one lot for a real shipment, otherwise like the plan's stream of the same licence and chip."""
    deal = scenario.deal
    like = next((s for s in deal.deliveries.values() if (s.licence, s.chip) == (one.licence, one.chip)), None)
    day = When.of(one.day)
    return Delivery.model_construct(
        licence=one.licence, vendor=like.vendor if like else deal.licences[one.licence].exporter, chip=one.chip,
        owner=like.owner if like else "", operator=like.operator if like else "", start=day, end=day,
        rate=Quantity(12.0 * one.chips, "chips/year"), total=Quantity(float(one.chips), "chips"),
        transit=like.transit if like else Quantity(0.0, "s"),
    )  # fmt: skip


def _planned(licence: Licence, stream: Delivery) -> float:
    per_chip = 1.0 if licence.unit == "chips" else catalog.ratio(stream.chip, licence.unit, licence.basis)
    return float(licence.quantity) / per_chip if stream.total is None else float(stream.total)


def evidence(scenario: Scenario, rows: list[Actual]) -> dict[str, dict[str, int]]:
    """When the evidence for each real shipment came, by obligation and stream, in days from the scenario's start.

    Evidence pays for shipments in the order of their dates. What is not paid for yet is expected after the planned lag,
    but not before the record ends.
    """
    numbers = terms(applied(scenario, rows))
    known_day = scenario.clock.known_s // DAY_S
    found: dict[str, dict[str, int]] = {}
    for o, obligation in enumerate(numbers.owed_names):
        paid = sorted(
            (scenario.clock.seconds(one.day) // DAY_S, one.usd)
            for one in rows
            if one.kind == "investment" and one.id == obligation
        )
        due = 0.0
        for one in sorted((row for row in rows if row.kind == "shipment"), key=lambda row: (row.day, row.row)):
            stream = numbers.stream_names.index(f"{PREFIX}{one.id}")
            due += one.chips * float(numbers.law.due_usd[o, stream])
            shipped = scenario.clock.seconds(one.day) // DAY_S
            expected = max(shipped + int(numbers.law.owed["lag_day"][o]), known_day)
            so_far, day = 0.0, expected
            for at, usd in paid:
                so_far += usd
                if so_far >= due * (1.0 - 1e-9):
                    day = at
                    break
            found.setdefault(obligation, {})[f"{PREFIX}{one.id}"] = day
    return found


def actual_table(scenario: Scenario, rows: list[Actual]) -> Table:
    """The ledger's rows as a table."""
    return Table.from_rows(
        ACTUALS,
        (
            {
                "row_id": one.row, "at_s": scenario.clock.seconds(one.day), "kind": one.kind, "name": one.id,
                "licence": one.licence, "chip": one.chip, "chips": one.chips, "amount_usd": one.usd, "note": one.note,
            }
            for one in rows
        ),
    )  # fmt: skip


def plan_actual(scenario: Scenario, rows: list[Actual], planned: Table) -> Table:
    """Chips cleared by each month's end until `known_as_of`, by the plan alone and by the ledger."""
    clock = scenario.clock
    starts = [int(at) for at in clock.month_starts_s() if at < clock.known_s]
    ends = [*starts[1:], clock.known_s]
    shipped = [(one.licence, clock.seconds(one.day), one.chips) for one in rows if one.kind == "shipment"]
    plan = list(zip(planned["licence"], planned["cleared_s"].tolist(), planned["chips"].tolist(), strict=True))
    found = [
        {
            "month_s": start, "licence": name,
            "planned_chips": sum(chips for licence, at, chips in plan if licence == name and at < end),
            "actual_chips": sum(chips for licence, at, chips in shipped if licence == name and at < end),
        }
        for name in scenario.deal.licences
        for start, end in zip(starts, ends, strict=True)
    ]  # fmt: skip
    return Table.from_rows(PLAN_ACTUAL, [row for row in found if row["planned_chips"] or row["actual_chips"]])


def _plain(day: date) -> date:
    return date(day.year, day.month, day.day)
