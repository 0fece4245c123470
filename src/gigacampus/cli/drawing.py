"""Small charts: SVG panels that need no script, and a chart of block characters for the prompt."""

from __future__ import annotations

import html
import math
from collections.abc import Sequence
from dataclasses import dataclass, field
from itertools import pairwise

WIDTH, HEIGHT = 560, 250
LEFT, RIGHT, TOP, BOTTOM = 64, 16, 34, 40
COLORS = ("#2563a8", "#c2410c", "#4d7c0f", "#6b7280")
BARS = " ▁▂▃▄▅▆▇█"


@dataclass(frozen=True)
class Line:
    """A line or, with `is_bars`, bars; points that are not finite are left out."""

    name: str
    x: Sequence[float]
    y: Sequence[float]
    is_bars: bool = False
    is_step: bool = False
    is_dashed: bool = False


@dataclass(frozen=True)
class Panel:
    """One chart. `x_ticks` names places along x; without them numbers stand there."""

    title: str
    x_title: str
    y_title: str
    lines: Sequence[Line]
    is_log_x: bool = False
    x_ticks: Sequence[tuple[float, str]] = field(default=())


def svg(title: str, notes: Sequence[str], panels: Sequence[Panel], columns: int = 2) -> str:
    """Panels side by side, with a title above and notes below, as one SVG document."""
    rows = -(-len(panels) // columns)
    foot = 20 + 16 * len(notes)
    width, height = columns * WIDTH, 44 + rows * HEIGHT + foot
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height}" width="{width}" height="{height}" '
        'font-family="system-ui, sans-serif" font-size="12" fill="#1f2937">',
        f'<rect width="{width}" height="{height}" fill="#fff"/>',
        f'<text x="16" y="28" font-size="17" font-weight="600">{html.escape(title)}</text>',
    ]
    for k, panel in enumerate(panels):
        parts.append(f'<g transform="translate({k % columns * WIDTH} {44 + k // columns * HEIGHT})">')
        parts += _panel(panel)
        parts.append("</g>")
    for k, note in enumerate(notes):
        parts.append(f'<text x="16" y="{44 + rows * HEIGHT + 16 + 16 * k}" fill="#4b5563">{html.escape(note)}</text>')
    return "\n".join([*parts, "</svg>"]) + "\n"


def page(title: str, drawn: str) -> str:
    """An HTML page around an SVG."""
    return (
        f'<!doctype html>\n<html lang="en">\n<meta charset="utf-8">\n<title>{html.escape(title)}</title>\n'
        f'<body style="margin:0">\n{drawn}</body>\n</html>\n'
    )


def _panel(panel: Panel) -> list[str]:
    xs = [x for line in panel.lines for x in line.x if math.isfinite(x) and (x > 0 or not panel.is_log_x)]
    ys = [y for line in panel.lines for y in line.y if math.isfinite(y)]
    low, high = (min(xs), max(xs)) if xs else (0.0, 1.0)
    if panel.is_log_x:
        low, high = math.log10(low), math.log10(max(high, low * 10))
    high = high if high > low else low + 1.0
    if any(line.is_bars for line in panel.lines):
        low, high = low - 0.5, high + 0.5
    ticks = _ticks(max([*ys, 0.0]) or 1.0)
    top = ticks[-1]
    wide, tall = WIDTH - LEFT - RIGHT, HEIGHT - TOP - BOTTOM

    def at_x(x: float) -> float:
        return LEFT + wide * ((math.log10(x) if panel.is_log_x else x) - low) / (high - low)

    def at_y(y: float) -> float:
        return TOP + tall * (1.0 - y / top)

    parts = [f'<text x="{LEFT}" y="16" font-weight="600">{html.escape(panel.title)}</text>']
    for tick in ticks:
        parts.append(f'<path d="M{LEFT} {at_y(tick):.1f}h{wide}" stroke="#e5e7eb"/>')
        parts.append(f'<text x="{LEFT - 6}" y="{at_y(tick) + 4:.1f}" text-anchor="end">{short(tick)}</text>')
    for x, word in panel.x_ticks or _x_ticks(low, high, panel.is_log_x):
        parts.append(f'<text x="{at_x(x):.1f}" y="{TOP + tall + 16}" text-anchor="middle">{html.escape(word)}</text>')
    names = f"{panel.y_title} over {panel.x_title}"
    parts.append(f'<text x="{LEFT}" y="{HEIGHT - 8}" fill="#4b5563">{html.escape(names)}</text>')
    for k, line in enumerate(panel.lines):
        color = COLORS[k % len(COLORS)]
        points = [
            (at_x(x), at_y(y))
            for x, y in zip(line.x, line.y, strict=True)
            if math.isfinite(x) and math.isfinite(y) and (x > 0 or not panel.is_log_x)
        ]
        parts.append(_drawn(line, points, color, (k, len(panel.lines)), at_y(0.0)))
        place = WIDTH - RIGHT - 8 - 118 * (len(panel.lines) - 1 - k)
        parts.append(f'<text x="{place}" y="16" text-anchor="end" fill="{color}">{html.escape(line.name)}</text>')
    return parts


def _drawn(line: Line, points: Sequence[tuple[float, float]], color: str, which: tuple[int, int], ground: float) -> str:
    """A line as a path; bars of several series stand side by side."""
    if not points:
        return ""
    if line.is_bars:
        number, count = which
        gap = min((b[0] - a[0] for a, b in pairwise(points)), default=40.0)
        each = 0.8 * min(gap, 40.0) / count
        return "".join(
            f'<rect x="{x - 0.4 * min(gap, 40.0) + number * each:.1f}" y="{y:.1f}" width="{each:.1f}" '
            f'height="{max(ground - y, 0.0):.1f}" fill="{color}"/>'
            for x, y in points
        )
    if line.is_step:
        moves = "".join(f"H{x:.1f}V{y:.1f}" for x, y in points[1:])
    else:
        moves = "".join(f"L{x:.1f} {y:.1f}" for x, y in points[1:])
    dash = ' stroke-dasharray="5 4"' if line.is_dashed else ""
    start = f"M{points[0][0]:.1f} {points[0][1]:.1f}"
    return f'<path d="{start}{moves}" fill="none" stroke="{color}" stroke-width="1.5"{dash}/>'


LEAST = 1e-290
"""Smaller values are drawn as this one: their quotients would leave the range of floats."""


def _ticks(top: float) -> list[float]:
    """Round numbers from 0 to just above a value, five at the most."""
    top = max(top, LEAST)
    step = 10.0 ** math.floor(math.log10(top / 4.0))
    step *= next(size for size in (1.0, 2.0, 2.5, 5.0, 10.0) if size * step * 4.0 >= top * (1 - 1e-9))
    return [step * k for k in range(math.ceil(top / step - 1e-9) + 1)]


def _x_ticks(low: float, high: float, is_log: bool) -> list[tuple[float, str]]:
    if is_log:
        return [(10.0**k, short(10.0**k)) for k in range(math.ceil(low - 1e-9), math.floor(high + 1e-9) + 1)]
    step = _ticks(high - low)[1]
    first = math.ceil(low / step - 1e-9)
    return [(step * k, short(step * k)) for k in range(first, math.floor(high / step + 1e-9) + 1)]


def short(value: float) -> str:
    """A number in few signs: 1.5k, 20M."""
    for size, sign in ((1e9, "G"), (1e6, "M"), (1e3, "k")):
        if abs(value) >= size:
            return f"{value / size:.3g}{sign}"
    return f"{value:.3g}"


def blocks(
    values: Sequence[float], mark: float = math.nan, height: int = 8, x_words: tuple[str, str] = ("", "")
) -> list[str]:
    """A chart of block characters, a column a value, with numbers on its left; a dashed row where `mark` lies."""
    ticks = _ticks(max([*(v for v in values if math.isfinite(v)), 0.0]) or 1.0)
    top = max(ticks[-1], mark) if math.isfinite(mark) else ticks[-1]
    rows = []
    for row in range(height, 0, -1):
        cells = []
        for value in values:
            filled = value / top * height - (row - 1)
            cells.append(BARS[max(0, min(8, round(filled * 8)))])
        text = "".join(cells)
        is_mark = math.isfinite(mark) and math.ceil(mark / top * height - 1e-9) == row
        if is_mark:
            text = text.replace(" ", "┄")
        label = short(top * row / height) if row in (height, height // 2) else short(mark) if is_mark else ""
        rows.append(f"{label:>8} ┤{text}")
    left, right = x_words
    return [*rows, f"{'0':>8} └{'─' * len(values)}", f"{'':>10}{left}{right:>{max(len(values) - len(left), 0)}}"]
