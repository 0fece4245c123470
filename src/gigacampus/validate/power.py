"""Server power and the beat of training against metered runs; with `--data`, a site's own fine profile.

A profile (15 minutes or finer, or hourly) has the columns
`time, it_mw, facility_mw, dry_bulb_c, wet_bulb_c, cooling` and may have `rated_it_mw`; the
model gets IT power and weather and is scored on the meter, with nothing refitted.
"""

from __future__ import annotations

import csv
import math
from importlib import resources
from pathlib import Path

import numpy as np

from gigacampus.errors import Fault, InputError
from gigacampus.facility.archetypes import HALLS, meter_over_it, named
from gigacampus.facility.node import A100, B200, H100, Node, Phase, node_w
from gigacampus.facility.swings import BEATS
from gigacampus.kernels.swing import harmonic_fraction
from gigacampus.tables.work import Kind
from gigacampus.validate import _power_cdf
from gigacampus.validate.frame import Case

TITLE = "Power: servers, the beat of training, and measured site profiles"

NODES: dict[str, Node] = {"A100": A100, "H100": H100, "B200": B200}
NEEDED = ("time", "it_mw", "facility_mw", "dry_bulb_c", "wet_bulb_c", "cooling")
SEA_LEVEL_PA = 101_325.0
BIAS, SPREAD = 0.10, 0.30
"""Calibration bounds for hourly data of ASHRAE Guideline 14: normalised mean bias 10 %, CV(RMSE) 30 %."""
MLPERF = "MLPerf Training v4.0 power log, GPT-3 on 512 H100: 19.6 kW at 0.0915 Hz on a mean of 438 kW"


def cases(data: Path | None = None) -> list[Case]:
    """Bundled meters, or a user's profile."""
    return _profile(data) if data is not None else [*_nodes(), *_power_cdf.cases(), _beat()]


def _nodes() -> list[Case]:
    text = (resources.files("gigacampus.catalog") / "data" / "validation" / "node_power.csv").read_text(
        encoding="utf-8"
    )
    out = []
    for row in csv.DictReader(text.splitlines()):
        phases = [Phase[one.upper()] for one in row["phases"].split("+")]
        node, has_fans = NODES[row["chip"]], row["has_fans"] == "yes"
        ours = sum(node_w(node, phase, has_fans) for phase in phases) / len(phases) / 1e3
        out.append(
            Case(
                row["id"], float(row["measured_kw"]), ours, float(row["tolerance"]), "measured", row["source"], "kW",
                note=f"{row['phases']}; {row['note']}".rstrip("; "),
            )
        )  # fmt: skip
    return out


def _beat() -> Case:
    beat = BEATS[Kind.PRETRAIN]
    ours = harmonic_fraction(beat.depth_fraction, beat.duty_fraction, 1)
    note = "from the dip's depth and length alone; its spectrum was metered apart"
    return Case("training beat, first harmonic over mean", 19.6 / 438.0, ours, 0.10, "measured", MLPERF, "-", note=note)


def _profile(path: Path) -> list[Case]:
    reader = csv.DictReader(path.read_text(encoding="utf-8-sig").splitlines())
    missing = [name for name in NEEDED if name not in (reader.fieldnames or [])]
    if missing:
        fix = f"columns: {', '.join(NEEDED)}, rated_it_mw"
        raise InputError(Fault("V010", f"no column {', '.join(missing)}", str(path), 1, fix=fix))
    rows, faults, cooling = [], [], ""
    for row in reader:
        try:
            values = [float(row[name]) for name in NEEDED[1:5]]
            if not values[0] > 0.0:
                raise ValueError(f"it_mw must be above zero, found {row['it_mw']}")
            rows.append([*values, float(row.get("rated_it_mw") or "nan")])
            cooling = cooling or row["cooling"]
        except (TypeError, ValueError) as error:
            faults.append(Fault("V011", f"cannot be used: {error}", str(path), reader.line_num, fix="repair the line"))
    if faults or not rows:
        raise InputError(faults or [Fault("V011", "no rows", str(path), 1, fix="give at least one hour")])
    it, meter, dry, wet, rated = np.array(rows).T
    rated = np.where(np.isfinite(rated), rated, it.max())
    hall = named(cooling) or HALLS["indirect air"]
    said = f"{hall.name}{'' if named(cooling) else ' (nothing named)'}; {len(rows)} rows"
    ours = it * meter_over_it(hall, dry, wet, np.full_like(dry, SEA_LEVEL_PA), it / rated)
    bias, spread = (
        float((ours - meter).mean() / meter.mean()),
        float(np.sqrt(np.mean((ours - meter) ** 2)) / meter.mean()),
    )
    pue, modelled = float(meter.sum() / it.sum()), float(ours.sum() / it.sum())
    source = str(path)
    return [
        Case("mean PUE", pue, modelled, math.nan, "measured", source, "-", True, note=said),
        Case(
            "highest power at the meter",
            float(meter.max()),
            float(ours.max()),
            BIAS,
            "measured",
            source,
            "MW",
            note=said,
        ),
        Case("normalised mean bias", 0.0, bias, BIAS, "measured", source, "-", True, note="ASHRAE Guideline 14"),
        Case("CV(RMSE)", 0.0, spread, SPREAD, "measured", source, "-", True, note="ASHRAE Guideline 14"),
    ]
