"""Static figures for papers: a run's main charts by matplotlib, which is an extra that only this file needs."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from gigacampus.errors import Fault, ResultsError, UsageError
from gigacampus.files import refuse, refuse_folder, whole
from gigacampus.report import numbers
from gigacampus.report.charts import FEW_MONTHS
from gigacampus.report.view import View, ranked
from gigacampus.results import Results, read

FORMATS = ("svg", "pdf", "png")
OKABE_ITO = ("#0072B2", "#E69F00", "#009E73", "#D55E00", "#56B4E9", "#CC79A7", "#F0E442", "#000000")
"""Colours that all kinds of colour vision tell apart (Okabe and Ito 2008)."""
OTHERS = "#999999"
WIDTH_IN, HEIGHT_IN = 6.3, 3.2
"""Width of a text column on A4, inches."""
STYLE: dict[Any, Any] = {
    "font.size": 8, "axes.spines.top": False, "axes.spines.right": False, "axes.grid": True, "grid.color": "#dddddd",
    "grid.linewidth": 0.5, "axes.axisbelow": True, "legend.frameon": False, "svg.hashsalt": "gigacampus",
    "pdf.fonttype": 42, "svg.fonttype": "none",
}  # fmt: skip
Axes = Any
MOST_TICKS = 8


def figures(
    run: Results | Path | str, out: Path, formats: Sequence[str] = ("svg",), only: Sequence[str] = ()
) -> list[Path]:
    """Draw the figures that the run has tables for into the folder `out`; their files, sorted.

    UsageError where matplotlib is not installed, or a name is unknown; ResultsError where the run has nothing to draw.
    """
    _installed()
    view = View(run if isinstance(run, Results) else read(run))
    unknown = sorted(set(only) - set(DRAWN))
    if unknown:
        fault = Fault("U001", f"no figure {', '.join(unknown)}", fix=f"one of {', '.join(DRAWN)}")
        raise UsageError(fault)
    wanted = [name for name, (tables, _) in DRAWN.items() if (not only or name in only) and view.has(*tables)]
    if not wanted:
        raise ResultsError(f"the run has no table for {', '.join(only) or 'any figure'}")
    refuse_folder(out)
    out.mkdir(parents=True, exist_ok=True)
    for name in wanted:
        for kind in formats:
            refuse(out / f"{name}.{kind}")
    return sorted(path for name in wanted for path in _saved(view, name, out, formats))


def _installed() -> None:
    try:
        import matplotlib  # noqa: F401
    except ImportError:
        fault = Fault("U005", "static figures need matplotlib", fix="pip install matplotlib")
        raise UsageError(fault) from None


def _saved(view: View, name: str, out: Path, formats: Sequence[str]) -> list[Path]:
    import matplotlib as mpl
    from matplotlib.figure import Figure

    with mpl.rc_context(STYLE):
        made = Figure(figsize=(WIDTH_IN, HEIGHT_IN), layout="constrained")
        axes = made.subplots()
        DRAWN[name][1](view, axes)
        handles, labels = axes.get_legend_handles_labels()
        if len(labels) > 1:
            axes.legend(handles, labels, loc="upper left", bbox_to_anchor=(1.0, 1.0), fontsize=7)
        paths = []
        for kind in formats:
            path = out / f"{name}.{kind}"
            stamps = {"svg": {"Date": None}, "pdf": {"CreationDate": None, "ModDate": None}, "png": {"Software": None}}
            with whole(path) as beside:
                made.savefig(beside, format=kind, dpi=300, metadata=stamps[kind])
            paths.append(path)
    return paths


def _months(view: View) -> Any:
    return np.array(view.days(view.edges_s), dtype="datetime64[D]")


def _stepped(axes: Axes, view: View, values: Any, **more: Any) -> None:
    axes.stairs(np.nan_to_num(values), _months(view), baseline=None, **more)


def _level(axes: Axes, view: View, values: Any, **more: Any) -> None:
    """Levels at the months' ends: each holds to the next end. A horizon of a month or two shows whole months."""
    if len(values) < FEW_MONTHS:
        _stepped(axes, view, values, **more)
    else:
        axes.step(_months(view)[1:], np.nan_to_num(values), where="post", **more)


def _known(axes: Axes, view: View) -> None:
    """A line between the record and the projection."""
    if 0 < view.clock.known_s < view.clock.end_s:
        axes.axvline(np.datetime64(view.meta["known_as_of"]), color="#7a4d00", linewidth=0.8, linestyle=":")
    axes.set_xlim(_months(view)[0], _months(view)[-1])
    _dated(axes, len(view.months))


def _dated(axes: Axes, months: int) -> None:
    """ISO dates along the axis, so few that none meets its neighbour."""
    from matplotlib import dates as untyped

    dates: Any = untyped
    if months < FEW_MONTHS:
        axes.xaxis.set_major_locator(dates.AutoDateLocator(maxticks=5))
        axes.xaxis.set_major_formatter(dates.DateFormatter("%Y-%m-%d"))
        return
    every = next((n for n in (1, 2, 3, 6) if months / n <= MOST_TICKS), 12 * -(-months // (12 * MOST_TICKS)))
    locator = dates.MonthLocator(interval=every) if every < 12 else dates.YearLocator(every // 12)
    axes.xaxis.set_major_locator(locator)
    axes.xaxis.set_major_formatter(dates.DateFormatter("%Y-%m"))


def _scaled(parts: dict[str, Any]) -> tuple[dict[str, Any], str]:
    """Dollars (or hours) divided so that the axis' numbers stay short, and the word for it with a space behind."""
    size, word = numbers.prefix(max((float(np.abs(one).max()) for one in parts.values()), default=0.0))
    return {name: values / size for name, values in parts.items()}, word


def _stacked(axes: Axes, view: View, parts: dict[str, Any], label: Callable[[str], str]) -> None:
    """Stacked steps, the largest at the bottom; many small ones as one."""
    kept, rest = ranked({name: float(np.nansum(values)) for name, values in parts.items() if np.nansum(values) > 0})
    bands = [(label(name), parts[name]) for name in kept]
    if rest:
        bands.append((f"{len(rest)} others", sum(parts[name] for name in rest)))
    floor = np.zeros(len(view.edges_s) - 1)
    for k, (name, values) in enumerate(bands):
        color = OKABE_ITO[k] if k < len(kept) else OTHERS
        axes.stairs(floor + values, _months(view), baseline=floor, fill=True, color=color, label=name)
        floor = floor + values


def _buildout(view: View, axes: Axes) -> None:
    months = view.table("buildout_months")
    for k, (column, name) in enumerate(
        (("cleared_chips", "cleared"), ("installed_chips", "installed"), ("live_chips", "live"))
    ):
        _level(axes, view, months[column] / 1e3, label=name, color=OKABE_ITO[k], linewidth=1.5)
    axes.set_ylabel("thousand chips, month's end")
    axes.set_ylim(bottom=0)
    _known(axes, view)


def _tenants(view: View, axes: Axes) -> None:
    table = view.table("usage")
    parts = {
        str(index): view.per_month("usage", "useful_h100e_h", tenant_index=index)
        for index in dict.fromkeys(table["tenant_index"].tolist())
    }
    parts, word = _scaled(parts)
    _stacked(axes, view, parts, lambda index: view.tenant(int(index)))
    axes.set_ylabel(f"{word}useful H100e-hours a month")
    _known(axes, view)


def _power(view: View, axes: Axes) -> None:
    table, seconds = view.table("source_months"), np.diff(view.edges_s)
    parts = {
        name: view.per_month("source_months", "energy_j", source=name) / seconds / 1e6
        for name in dict.fromkeys(str(one) for one in table["source"])
    }
    _stacked(axes, view, parts, view.name)
    axes.set_ylabel("MW, mean over the month")
    _known(axes, view)


def _waits(view: View, axes: Axes) -> None:
    jobs = view.table("jobs")
    waits = np.sort(jobs["wait_s"][jobs["outcome"] == "finished"]) / 3600.0
    if len(waits) > 2000:
        waits = waits[np.linspace(0, len(waits) - 1, 2000).astype(int)]
    axes.step(np.maximum(waits, 1.0 / 60.0), np.linspace(0, 100, len(waits)), color=OKABE_ITO[0])
    axes.set_xscale("log")
    axes.set_xlabel("wait, h (a minute or less at the left edge)")
    axes.set_ylabel("% of the jobs that finished")


def _cost(view: View, axes: Axes) -> None:
    table = view.table("cost_parts")
    sums: dict[str, float] = {}
    for part, usd in zip(table["part"], np.nan_to_num(table["cost_usd"]), strict=True):
        sums[str(part)] = sums.get(str(part), 0.0) + float(usd)
    names = sorted((name for name, usd in sums.items() if usd), key=lambda one: sums[one])
    scaled, word = _scaled(sums)
    axes.barh(names, [scaled[one] for one in names], color=OKABE_ITO[0])
    axes.set_xlabel(f"levelised cost over the horizon, {word}USD, real")


def _cash(view: View, axes: Axes) -> None:
    table = view.table("party_months")
    parties = {
        party: -np.cumsum(view.per_month("party_months", "paid_cents", party=party)) / 100
        for party in dict.fromkeys(str(one) for one in table["party"])
        if party != "outside"
    }
    parties, word = _scaled(parties)
    kept, _ = ranked({name: float(np.abs(values).max()) for name, values in parties.items()})
    for k, name in enumerate(kept):
        _level(axes, view, parties[name], label=view.name(name), color=OKABE_ITO[k], linewidth=1.3)
    axes.set_ylabel(f"net cash since the start, {word}USD")
    _known(axes, view)


def _fan(view: View, axes: Axes) -> None:
    months = view.table("sample_months")
    low, mid, high = (months[f"p{p}_chips"] / 1e3 for p in (10, 50, 90))
    if len(mid) < FEW_MONTHS:
        axes.stairs(high, _months(view), baseline=low, fill=True, color="#0072B2", alpha=0.25, label="P10 to P90")
    else:
        ends = _months(view)[1:]
        axes.fill_between(ends, low, high, step="post", color="#0072B2", alpha=0.25, linewidth=0, label="P10 to P90")
    _level(axes, view, mid, color=OKABE_ITO[0], label="median", linewidth=1.5)
    axes.set_ylabel("thousand live chips, month's end")
    axes.set_ylim(bottom=0)
    _known(axes, view)


DRAWN: dict[str, tuple[tuple[str, ...], Callable[[View, Axes], None]]] = {
    "buildout": (("buildout_months",), _buildout),
    "fan": (("sample_months",), _fan),
    "tenants": (("usage", "tenants"), _tenants),
    "power": (("source_months",), _power),
    "waits": (("jobs",), _waits),
    "cost": (("cost_parts",), _cost),
    "cash": (("party_months",), _cash),
}
"""Name of each figure: the tables that it needs, and how it is drawn."""
