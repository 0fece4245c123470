"""Server power and the beat of training against metered runs; with `--data`, a site's own fine profile.

A profile (hourly, 15 minutes or finer) has the columns `time, it_mw, facility_mw`, its weather (`dry_bulb_c` with
`wet_bulb_c`, `dew_point_c` or `rh_pct`; or `weather`, a bundled site or a file; or `lat, lon`), and may have `cooling`
(what the plant is, in words) and `rated_it_mw`. The model gets IT power and weather and is scored on the meter, with
nothing refitted.
"""

from __future__ import annotations

import csv
from importlib import resources
from pathlib import Path

from gigacampus.facility.node import A100, B200, H100, Node, Phase, node_w
from gigacampus.facility.swings import BEATS
from gigacampus.kernels.swing import harmonic_fraction
from gigacampus.tables.work import Kind
from gigacampus.validate import _power_cdf, _profile
from gigacampus.validate.frame import Case

TITLE = "Power: servers, the beat of training, and measured site profiles"

NODES: dict[str, Node] = {"A100": A100, "H100": H100, "B200": B200}
MLPERF = "MLPerf Training v4.0 power log, GPT-3 on 512 H100: 19.6 kW at 0.0915 Hz on a mean of 438 kW"


def cases(data: Path | None = None) -> list[Case]:
    """Bundled meters, or a user's profile."""
    return _profile.cases(data) if data is not None else [*_nodes(), *_power_cdf.cases(), _beat()]


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
