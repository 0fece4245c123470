"""Writes docs/facility-measured.md and its chart: what is left between published facility figures and the model.

Run: python docs/fits/facility_residuals.py
"""

from __future__ import annotations

from pathlib import Path

import numpy as np

from gigacampus import validate
from gigacampus.conditions.weather_year import STANDARD_PA
from gigacampus.facility.archetypes import Score, named, score
from gigacampus.kernels.plant import loop_hours
from gigacampus.validate import Case
from gigacampus.validate._facility_rows import DRY_OVER_WET_K, Row, read_rows

DOCS = Path(__file__).parents[1]
PAGE, CHART = DOCS / "facility-measured.md", DOCS / "images" / "facility-residuals.svg"
WIDTH, HEIGHT, LEFT, FOOT = 640, 300, 52, 40
INK, CHILLERS, GRID = "#333333", "#d55e00", "#cccccc"
COLDEST, WARMEST, MOST = 0.0, 24.0, 0.06
"""Bounds of the chart: wet bulb in degrees Celsius, residual in PUE."""


def metered(cases: list[Case]) -> list[tuple[str, float, Case]]:
    """Metered weeks with their wet bulb."""
    return [
        (case.id.split("-")[2], float(case.note.split("wet bulb ")[1].split(" C")[0]), case)
        for case in cases
        if "metered wet bulb" in case.note
    ]


def undisclosed(cases: list[Case]) -> list[Case]:
    """Single regions whose archetype is not known."""
    return [case for case in cases if case.note.startswith("archetypes") and case.id.endswith("-pue")]


SPANS = (("all 24", 2, 26), ("2 to 10", 2, 10), ("11 to 20", 11, 20), ("21 to 26", 21, 26))
LEFT_OUT = ((True, True), (False, True), (True, False), (False, False))
"""Whether the chillers' share goes in, and whether the heat does."""
INSTANTS = (
    ("2020-01-31 21:15", 0.7129, 7.45, 1.0, "chillers alone"),
    ("2021-01-25 22:30", 0.1018, 8.4, 0.0, "towers alone"),
)
"""Time (UTC), kW per ton, wet bulb, share of the chillers: at-aaims/sc21_summit_power_analysis_artifacts, first and last
lines that summit-pue-plot-clean.ipynb prints."""


def summit_weeks() -> list[Row]:
    """The weekly rows, in their order."""
    return [row for row in read_rows(None) if row.id.startswith("summit-2020")]


def week_score(wet: float, lift: float, heat: float = np.nan) -> Score:
    """The archetype in an hour of a wet bulb, chillers' share and heat as given; not a number where they are not."""
    hall = named("21 C medium-temp water: towers + trim chillers")
    assert hall is not None
    one = np.ones(1)
    return score(hall, (wet + DRY_OVER_WET_K) * one, wet * one, STANDARD_PA * one, lift * one, heat)


def left_out(first: int, last: int, has_share: bool, has_heat: bool) -> str:
    """Error of the weeks from the first to the last, with a part of what they tell."""
    errors = np.array(
        [
            week_score(
                row.wet_bulb_degc,
                row.chiller_fraction if has_share else np.nan,
                row.heat_over_it if has_heat else np.nan,
            ).pue_fraction
            - row.value
            for row in summit_weeks()
            if first <= int(row.id.split("-")[2][1:]) <= last
        ]
    )
    return f"{np.sqrt(np.mean(errors**2)):.3f} ({errors.mean():+.3f})"


def lifted(row: Row) -> float:
    """The share of the heat that chillers would lift at a week's wet bulb."""
    hall = named(row.cooling)
    assert hall is not None
    wet = np.full(1, row.wet_bulb_degc)
    load = np.full(1, hall.load_fraction)
    return float(loop_hours(hall.loop, wet + DRY_OVER_WET_K, wet, np.full(1, STANDARD_PA), load).lift[0])


def plant_fraction(wet: float, lift: float) -> float:
    """Power of the plant over the heat it moves."""
    return week_score(wet, lift).plant_fraction


def page(cases: list[Case]) -> str:
    """The page as Markdown."""
    by_id = {case.id: case for case in cases}
    weeks, open_rows = metered(cases), undisclosed(cases)
    summary = [case for case in cases if case.source.startswith("aggregate")]
    lines = [
        "# Published facility figures beside the model",
        "",
        "Residuals are ours less the published value. No constant belongs to a site or an operator. Made by",
        "`python docs/fits/facility_residuals.py`; `gigacampus validate facility` scores the same rows.",
        "",
        "| bar | ours | at most | |",
        "| --- | --- | --- | --- |",
        *(
            f"| {case.id} | {case.ours:.3f} | {'not judged' if np.isnan(case.tolerance) else f'{case.tolerance:.2f}'} |"
            f" {case.note} |"
            for case in summary
        ),
        "",
        "## Summit, week by week",
        "",
        "The wet bulb, the chillers' share, and the heat of the plant's loop over the hall's power (2,100 tons in the note,",
        "IT power in its column) are metered and go in; PUE comes out. The plant serves other rooms too, and its source",
        "reckons PUE as 1 + plant power / hall power: the lines that it prints of January 2020 agree to 0.0005 (those of",
        "January 2021 are 0.008 lower).",
        "",
        "![Residual of Summit's weekly PUE over the wet bulb](images/facility-residuals.svg)",
        "",
        "| week of 2020 | wet bulb, degC | PUE published | PUE modelled | residual |",
        "| --- | --- | --- | --- | --- |",
        *(
            f"| {week} | {wet:g} | {case.published:.3f} | {case.ours:.3f} | {case.error:+.3f} |"
            for week, wet, case in sorted(weeks, key=lambda one: one[1])
        ),
        "",
        "Cold weeks come out a little high, mild ones a little low. What a row leaves out, the model finds itself (chillers'",
        "share) or takes as the hall's own (heat). Root mean square error, in brackets the mean:",
        "",
        "| weeks | as published | no chillers' share | no heat | neither |",
        "| --- | --- | --- | --- | --- |",
        *(
            f"| {words} | " + " | ".join(left_out(first, last, *what) for what in LEFT_OUT) + " |"
            for words, first, last in SPANS
        ),
        "",
        "The chillers' share itself, where they ran:",
        "",
        "| week | wet bulb, degC | metered | modelled |",
        "| --- | --- | --- | --- |",
        *(
            f"| {row.id.split('-')[2]} | {row.wet_bulb_degc:g} | {row.chiller_fraction:.2f} | {lifted(row):.2f} |"
            for row in summit_weeks()
            if row.wet_bulb_degc >= 18.0
        ),
        "",
        "And the plant by itself, at two instants that the source prints (power over heat moved):",
        "",
        "| instant | metered | modelled | |",
        "| --- | --- | --- | --- |",
        *(
            f"| {at} | {metered / 3.517:.3f} | {plant_fraction(wet, lift):.3f} | wet bulb {wet:g} degC, {words} |"
            for at, metered, wet, lift, words in INSTANTS
        ),
        "",
        "## Named plants and machines",
        "",
        "| row | published | modelled | residual | |",
        "| --- | --- | --- | --- | --- |",
        *(
            f"| {name} | {by_id[name].published:g} | {by_id[name].ours:.3f} | {by_id[name].error:+.3f} | {by_id[name].note} |"
            for name in NAMED
        ),
        "",
        "## Cloud regions, archetype undisclosed",
        "",
        f"{len(open_rows)} rows. The central guess is the mean over the archetypes that an air-cooled hall may be; residuals by",
        "operator say what it is not told: who builds free-cooled halls and who leases chilled ones.",
        "",
        "| operator | rows | mean residual | mean size of it | least | most |",
        "| --- | --- | --- | --- | --- | --- |",
    ]
    for operator in sorted({case.id.split("-")[0] for case in open_rows}):
        errors = np.array([case.error for case in open_rows if case.id.startswith(operator)])
        lines.append(
            f"| {operator} | {len(errors)} | {errors.mean():+.3f} | {np.abs(errors).mean():.3f} | {errors.min():+.3f} |"
            f" {errors.max():+.3f} |"
        )
    lines += [
        "",
        "The ten largest:",
        "",
        "| row | published | central guess | residual | |",
        "| --- | --- | --- | --- | --- |",
        *(
            f"| {case.id} | {case.published:g} | {case.ours:.3f} | {case.error:+.3f} | {case.note} |"
            for case in sorted(open_rows, key=lambda one: -abs(one.error))[:10]
        ),
    ]
    return "\n".join(lines) + "\n"


NAMED = (
    "summit-spot-tower", "summit-spot-tower-water", "nrel-esif-pue", "nrel-esif-wue", "nrel-esif-wue2", "meta-new-2021",
    "meta-new-2021-wue", "msft-new-pue", "nvidia-tower-wue", "h100-node-max", "h100-node-heavy", "raps-frontier-peak",
    "raps-frontier-idle",
)  # fmt: skip


def chart(cases: list[Case]) -> str:
    """Residuals of the metered weeks over the wet bulb, as SVG."""
    wide, high = WIDTH - LEFT - 10, HEIGHT - FOOT - 10

    def at(wet: float, error: float) -> tuple[float, float]:
        return LEFT + (wet - COLDEST) / (WARMEST - COLDEST) * wide, 10 + (MOST - error) / (2 * MOST) * high

    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {HEIGHT}" font-family="sans-serif" font-size="12">',
        f'<rect width="{WIDTH}" height="{HEIGHT}" fill="#ffffff"/>',
    ]
    for error in (-0.06, -0.03, 0.0, 0.03, 0.06):
        y = at(COLDEST, error)[1]
        parts.append(
            f'<line x1="{LEFT}" y1="{y:.1f}" x2="{WIDTH - 10}" y2="{y:.1f}" stroke="{INK if error == 0 else GRID}"/>'
        )
        parts.append(f'<text x="{LEFT - 6}" y="{y + 4:.1f}" text-anchor="end" fill="{INK}">{error:+.2f}</text>')
    for wet in range(0, 25, 4):
        x = at(wet, 0.0)[0]
        parts.append(f'<text x="{x:.1f}" y="{HEIGHT - 24}" text-anchor="middle" fill="{INK}">{wet}</text>')
    for _, wet, case in metered(cases):
        x, y = at(wet, case.error)
        color = CHILLERS if case.published > CHILLED_FROM else INK
        parts.append(f'<circle cx="{x:.1f}" cy="{y:.1f}" r="4" fill="{color}"/>')
    parts += [
        f'<text x="{WIDTH / 2}" y="{HEIGHT - 6}" text-anchor="middle" fill="{INK}">wet bulb of the week, degC</text>',
        f'<text x="{LEFT + 8}" y="24" fill="{INK}">modelled less published PUE</text>',
        f'<text x="{LEFT + 8}" y="40" fill="{CHILLERS}">weeks with a PUE above {CHILLED_FROM:g}</text>',
        "</svg>",
    ]
    return "\n".join(parts) + "\n"


CHILLED_FROM = 1.1
"""Weekly PUE above which Summit's chillers mostly ran."""


def main() -> None:
    """Write both."""
    cases = validate.score("facility")
    PAGE.write_text(page(cases), encoding="utf-8")
    CHART.write_text(chart(cases), encoding="utf-8")


if __name__ == "__main__":
    main()
