"""Do the stated figures fit together: chips into megawatts under each reading, and who fills the first phase."""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np

from gigacampus.report import numbers
from gigacampus.report.charts import Figure, axis, bars, series
from gigacampus.report.html import tag
from gigacampus.report.listing import n, table
from gigacampus.report.section import Section
from gigacampus.report.view import View, short

YARDSTICK_CHIPS = 100_000
PER_MODEL = "t-power-per-chip"
PER_CHIP = "Rack power × (1 + network share + storage share) ÷ chips in a rack, times the number of chips"
HOW = (
    "Halls' IT power (halls.it_limit_w, summed over the phase) over the provisioned power of one chip with its share "
    "of rack, network and storage, rounded down to whole racks; at the meter the same power is first divided by "
    "`campus.facility_ratio`."
)


class PerChip(NamedTuple):
    """Provisioned IT power of one chip with its share of rack, network and storage: P10 of all inputs, median, P90."""

    chip: str
    low_w: float
    mid_w: float
    high_w: float


def section(view: View) -> Section | None:
    """Chips against power, and the licences behind the first phase."""
    chips = per_chip(view)
    if not chips or not view.has("halls"):
        return None
    parts: list[Any] = [_chart(chips), _yardstick(view, chips), _readings(view, chips[0])]
    filled = _filled(view)
    if filled is not None:
        parts.append(filled)
    parts.append(
        tag(
            "p",
            "This is a check that figures from different sources agree, not a validation: the power per chip is an "
            "input like the others. Provisioned power is what the plant must be able to give; the power really drawn "
            "is lower and stands in the section Power.",
            class_="note",
        )
    )
    return Section(
        "sizes", "Sizes", "Do the stated figures fit together?", answer(view, chips[0]), parts, how=HOW, topic="live"
    )


def per_chip(view: View) -> list[PerChip]:
    """Each model's power per chip; the interval from the rack's power and its network and storage shares."""
    found = []
    for chip, mid in view.meta.get("chip_it_w", {}).items():
        low, middle, high = (_at_end(view, chip, end) for end in ("low", "value", "high"))
        if low is None or middle is None or high is None or abs(middle / mid - 1) > 0.01:
            low = high = mid
        found.append(PerChip(chip, low, mid, high))
    return found


def _at_end(view: View, chip: str, end: str) -> float | None:
    """Rack power x (1 + network share + storage share) / chips in a rack, all inputs at one end of their ranges."""
    rows = [
        view.inputs_by_path.get(f"campus.racks.{chip}.{key}")
        for key in ("it_power", "network", "storage", "chips_per_rack")
    ]
    if any(row is None for row in rows):
        return None
    rack_w, network, storage, per_rack = (float(row[end]) for row in rows if row is not None)
    return rack_w * (1 + network + storage) / per_rack if per_rack else None


def _held(view: View, chip: str, it_w: float, chip_w: float) -> int:
    """Chips in whole racks that a power of IT can hold."""
    row = view.inputs_by_path.get(f"campus.racks.{chip}.chips_per_rack")
    per_rack = max(1, round(float(row["value"]))) if row is not None else 1
    return int(it_w / (chip_w * per_rack) + 1e-9) * per_rack


def _ratio(view: View) -> float | None:
    row = view.inputs_by_path.get("campus.facility_ratio")
    return float(row["value"]) if row is not None and row["value"] > 0 else None


def _first_phase(view: View) -> tuple[str, float]:
    """The first phase and the IT power that its halls hold."""
    halls = view.table("halls")
    phase = str(halls["phase"][0])
    return phase, float(halls["it_limit_w"][halls["phase"] == phase].sum())


def answer(view: View, chip: PerChip) -> str:
    """How many chips the first phase holds under each reading, in words."""
    phase, limit_w = _first_phase(view)
    ratio = _ratio(view)
    said = (
        f"The halls of {phase} hold {numbers.power(limit_w)} of IT: "
        f"{numbers.count(_held(view, chip.chip, limit_w, chip.mid_w))} {chip.chip} at {numbers.power(chip.mid_w)} each"
    )
    if ratio:
        said += (
            f"; were its stated figure meant at the meter (ratio {numbers.figure(ratio)}), "
            f"it would be {numbers.count(_held(view, chip.chip, limit_w / ratio, chip.mid_w))}"
        )
    return f"{said}."


def _chart(chips: list[PerChip]) -> Figure:
    """Power of a round number of chips by model, with the span of the inputs' ranges."""
    mw = YARDSTICK_CHIPS / 1e6
    trace = {
        **bars([short(one.chip, 24) for one in chips], np.array([one.mid_w * mw for one in chips]), "median", "--c1"),
        "error_y": {
            "type": "data",
            "array": series([(one.high_w - one.mid_w) * mw for one in chips]),
            "arrayminus": series([(one.mid_w - one.low_w) * mw for one in chips]),
            "color": "--ink",
        },
        "width": 0.4,
    }
    title = f"Provisioned IT power of {YARDSTICK_CHIPS:,} chips, all inputs from P10 to P90"
    layout = {"xaxis": {"type": "category"}, "yaxis": axis("MW of IT", rangemode="tozero")}
    return Figure("chart-sizes", title, [trace], layout, height_px=260, table=PER_MODEL)


def _yardstick(view: View, chips: list[PerChip]) -> Any:
    heads = [
        "chip",
        n("a chip", "W IT", "Rack power × (1 + network share + storage share) ÷ chips in a rack, all at their medians"),
        n(f"{YARDSTICK_CHIPS:,} chips: low", "MW IT", f"{PER_CHIP}, every input at its P10"),
        n("median", "MW IT", f"{PER_CHIP}, every input at its median"),
        n("high", "MW IT", f"{PER_CHIP}, every input at its P90"),
    ]
    rows = [
        [
            one.chip,
            numbers.count(one.mid_w),
            *(numbers.figure(w * YARDSTICK_CHIPS / 1e6, 4) for w in (one.low_w, one.mid_w, one.high_w)),
        ]
        for one in chips
    ]
    caption = (
        "Provisioned IT power of 100,000 chips: rack power × (1 + network + storage) "
        "÷ chips in a rack; low and high take every input at its P10 or P90"
    )
    return table(caption, heads, rows, ident=PER_MODEL, topic="live")


def _readings(view: View, chip: PerChip) -> Any:
    phase, limit_w = _first_phase(view)
    heads = [
        "reading of the stated power",
        n("IT power", "MW", "Stated power, as IT or divided by the facility ratio"),
        n("at the meter", "MW", "IT power times the facility ratio"),
        n(f"{chip.chip} that fit", "chips", "IT power over power per chip at its median, rounded down to whole racks"),
        n("low", "chips", "The same with the power per chip at its P90"),
        n("high", "chips", "The same with the power per chip at its P10"),
    ]
    ratio = _ratio(view)
    readings = [(f"{phase}, as this run reads it (IT)", limit_w)]
    if ratio:
        readings.append((f"{phase}, the same figure read at the meter", limit_w / ratio))
    rows = []
    for title, it_w in readings:
        fits = [numbers.count(_held(view, chip.chip, it_w, w)) for w in (chip.mid_w, chip.high_w, chip.low_w)]
        rows.append([title, numbers.figure(it_w / 1e6), numbers.figure(it_w * ratio / 1e6 if ratio else None), *fits])
    caption = (
        f"One figure, two readings, at {numbers.figure(ratio)} W at the meter for each W of IT"
        if ratio
        else "Chips that fit"
    )
    return table(caption, heads, rows, topic="live")


def _filled(view: View) -> Any:
    """Whose licences fill the first phase."""
    if not view.has("installs", "deliveries", "licences"):
        return None
    phase, _ = _first_phase(view)
    halls, installs, lots, licences = (view.table(name) for name in ("halls", "installs", "deliveries", "licences"))
    licence_of = dict(zip(lots["delivery_id"].tolist(), lots["licence"].tolist(), strict=True))
    by_licence: dict[str, int] = {}
    grows = (installs["chips"] > 0) & (halls["phase"][installs["hall_index"]] == phase)
    for lot, chips in zip(installs["delivery_id"][grows].tolist(), installs["chips"][grows].tolist(), strict=True):
        licence = str(licence_of.get(lot, "")) or "no licence"
        by_licence[licence] = by_licence.get(licence, 0) + int(chips)
    if not by_licence:
        return None
    about = {str(row["licence"]): row for row in licences.rows()}
    heads = [
        "licence",
        "licensee",
        "state",
        "status",
        n("allows", "", "licences.quantity In the licence's own unit."),
        "unit",
        n(f"of {YARDSTICK_CHIPS:,}", "%", f"What the licence allows over {YARDSTICK_CHIPS:,}"),
        n(f"live in {phase}", "chips", "installs.chips Summed over the phase's halls, by the licence of each lot."),
        n("share", "%", "The licence's chips over all chips that go live in the phase"),
    ]
    total = sum(by_licence.values())
    rows = []
    for licence, chips in sorted(by_licence.items(), key=lambda one: -one[1]):
        row = about.get(licence)
        allowed = float(row["quantity"]) if row else float("nan")
        rows.append(
            [
                licence,
                view.name(row["licensee"]) if row else "–",
                row["state"] if row else "–",
                row["status"] if row else "–",
                numbers.count(allowed),
                row["unit"] if row else "–",
                numbers.percent(allowed / YARDSTICK_CHIPS, 2),
                numbers.count(chips),
                numbers.percent(chips / total),
            ]
        )
    caption = (
        f"Who fills {phase}: chips that go live in its halls, by licence. Planned licences "
        "are this scenario's assumption of who would have to fill the rest"
    )
    return table(caption, heads, rows, topic="live")
