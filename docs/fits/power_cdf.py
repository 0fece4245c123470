"""Writes docs/power-measured.md and its chart: whole measured distributions of power beside the model of a server.

Run: python docs/fits/power_cdf.py
"""

from __future__ import annotations

from pathlib import Path

import numpy as np

from gigacampus.facility.node import A100, Phase
from gigacampus.validate._power_cdf import in_phases, mean_w, measured, servers_w

DOCS = Path(__file__).parents[1]
PAGE, CHART = DOCS / "power-measured.md", DOCS / "images" / "power-cdf.svg"
SHOWN = (5, 10, 25, 40, 50, 60, 75, 90, 95, 97.5)
WIDTH, HEIGHT, LEFT, FOOT = 640, 320, 46, 36
INK, OURS, GRID = "#333333", "#d55e00", "#cccccc"


def page() -> str:
    """The page as Markdown."""
    found = measured()
    at, gpu = found["acme-seren-gpu"]
    _, server = found["acme-seren-server"]
    ours = servers_w(A100, gpu)
    lines = [
        "# Measured power beside the model of a server",
        "",
        "Whole distributions, not means alone; no constant of `facility/node.py` is refitted to any of them. Made by",
        "`python docs/fits/power_cdf.py`; `gigacampus validate power` scores the same rows.",
        "",
        "## Servers of eight A100 (Acme's Seren, IPMI, August 2023)",
        "",
        "Each percentile of the servers' power beside what the model makes of the same percentile of the GPUs' own power",
        "(DCGM), all eight GPUs alike.",
        "",
        "![Distribution of server power, measured and modelled](images/power-cdf.svg)",
        "",
        "| percentile | GPU, W | server measured, kW | server modelled, kW | error |",
        "| --- | --- | --- | --- | --- |",
    ]
    for percent in SHOWN:
        one = [float(np.interp(percent, at, values)) for values in (gpu, server, ours)]
        lines.append(
            f"| {percent:g} | {one[0]:.0f} | {one[1] / 1e3:.2f} | {one[2] / 1e3:.2f} | {100 * (one[2] / one[1] - 1):+.0f} % |"
        )
    means = [mean_w(at, values) for values in (gpu, server, ours)]
    lines += [
        f"| mean | {means[0]:.0f} | {means[1] / 1e3:.2f} | {means[2] / 1e3:.2f} | {100 * (means[2] / means[1] - 1):+.0f} % |",
        "",
        "The model draws too much where servers idle (fans and memory of these servers sleep deeper than assumed) and is",
        "right to a few per cent where they work.",
        "",
        "## GPUs of two fleets by phase",
        "",
        "Share of the measured distribution that lies next to the level of each phase, and the mean distance to that level.",
        'The median GPU of both fleets is 98 to 99 % "utilised" by its own counter and draws a quarter of its limit: power is',
        "never that utilisation times the limit.",
        "",
        "| fleet | "
        + " | ".join(phase.name.lower() for phase in PHASES)
        + " | mean distance | mean measured | mean by phases |",
        "| --- |" + " --- |" * (len(PHASES) + 3),
    ]
    for name in ("acme-kalos-gpu", "acme-seren-gpu"):
        at, power = found[name]
        shares, off = in_phases(A100, power)
        whole = sum(share * Phase[phase.upper()].value * A100.gpu_w for phase, share in shares.items())
        cells = " | ".join(f"{100 * shares[phase.name.lower()]:.0f} %" for phase in PHASES)
        lines.append(f"| {name} | {cells} | {off:.0f} W | {mean_w(at, power):.0f} W | {whole:.0f} W |")
    lines += [
        "",
        "## Inference by phase",
        "",
        "| series | P5 | P50 | P95 | mean, W | phase | its level, W |",
        "| --- | --- | --- | --- | --- | --- | --- |",
    ]
    for name, phase, limit in (
        ("mlenergy-h100-gpu", Phase.DECODE, 700.0), ("mlenergy-b200-gpu", Phase.DECODE, 1_000.0),
        ("splitwise-a100-prompt", Phase.PREFILL, 400.0), ("splitwise-a100-request", Phase.DECODE, 400.0),
    ):  # fmt: skip
        at, power = found[name]
        ends = " | ".join(f"{float(np.interp(q, at, power)):.0f}" for q in (5, 50, 95))
        lines.append(
            f"| {name} | {ends} | {mean_w(at, power):.0f} | {phase.name.lower()} | {phase.value * limit:.0f} |"
        )
    lines += [
        "",
        "One level stands for a wide spread: batch size, model and precision move the power of inference by a factor of two.",
        "",
        "Sources: AcmeTrace (Hu et al., NSDI 2024, CC-BY 4.0), ML.ENERGY benchmark v3 (Chung et al., 2025, Apache-2.0),",
        "Splitwise (Patel et al., ISCA 2024, MIT).",
    ]
    return "\n".join(lines) + "\n"


PHASES = (
    Phase.IDLE, Phase.ALLOCATED, Phase.CHECKPOINT, Phase.COMMUNICATE, Phase.DECODE, Phase.TRAIN, Phase.COMPUTE,
)  # fmt: skip


def chart() -> str:
    """The distribution of server power, measured and modelled, as SVG."""
    found = measured()
    at, gpu = found["acme-seren-gpu"]
    _, server = found["acme-seren-server"]
    most = 7.0

    def path(power: np.ndarray) -> str:
        x = LEFT + power / 1e3 / most * (WIDTH - LEFT - 10)
        y = HEIGHT - FOOT - at / 100.0 * (HEIGHT - FOOT - 10)
        return " ".join(f"{a:.1f},{b:.1f}" for a, b in zip(x, y, strict=True))

    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {HEIGHT}" font-family="sans-serif" font-size="12">',
        f'<rect width="{WIDTH}" height="{HEIGHT}" fill="#ffffff"/>',
    ]
    for kw in range(8):
        x = LEFT + kw / most * (WIDTH - LEFT - 10)
        parts.append(f'<line x1="{x:.1f}" y1="10" x2="{x:.1f}" y2="{HEIGHT - FOOT}" stroke="{GRID}"/>')
        parts.append(f'<text x="{x:.1f}" y="{HEIGHT - 20}" text-anchor="middle" fill="{INK}">{kw}</text>')
    for share in (0, 25, 50, 75, 100):
        y = HEIGHT - FOOT - share / 100.0 * (HEIGHT - FOOT - 10)
        parts.append(f'<line x1="{LEFT}" y1="{y:.1f}" x2="{WIDTH - 10}" y2="{y:.1f}" stroke="{GRID}"/>')
        parts.append(f'<text x="{LEFT - 6}" y="{y + 4:.1f}" text-anchor="end" fill="{INK}">{share} %</text>')
    parts += [
        f'<polyline points="{path(server)}" fill="none" stroke="{INK}" stroke-width="2"/>',
        f'<polyline points="{path(servers_w(A100, gpu))}" fill="none" stroke="{OURS}" stroke-width="2" stroke-dasharray="6 3"/>',
        f'<text x="{WIDTH / 2}" y="{HEIGHT - 4}" text-anchor="middle" fill="{INK}">power of a server, kW</text>',
        f'<text x="{WIDTH - 150}" y="{HEIGHT - 96}" fill="{INK}">measured</text>',
        f'<text x="{WIDTH - 150}" y="{HEIGHT - 78}" fill="{OURS}">modelled (dashed)</text>',
        "</svg>",
    ]
    return "\n".join(parts) + "\n"


def main() -> None:
    """Write both."""
    PAGE.write_text(page(), encoding="utf-8")
    CHART.write_text(chart(), encoding="utf-8")


if __name__ == "__main__":
    main()
