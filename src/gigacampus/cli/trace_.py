"""`gigacampus trace FILE`: what is in a log, and conversion to SWF."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import click

from gigacampus.bounds import REPLAY, SEED, Bounds
from gigacampus.cli.numbers import within
from gigacampus.cli.options import OutFile


@click.command("trace")
@click.argument("file", metavar="FILE")
@click.option(
    "--format", "form", default="auto", metavar="NAME", help="Format; told by the first lines where left out."
)
@click.option(
    "--columns", multiple=True, metavar="OURS=THEIRS", help="For any CSV: our column from theirs, as run_s=ms*0.001."
)
@click.option(
    "--gpus", type=within(REPLAY["gpus"]), default=None, help="Hold the demand against a machine of so many GPUs."
)
@click.option("--zone", default="UTC", metavar="ZONE", help="Time zone of dates that carry none, such as Asia/Dubai.")
@click.option("--skip-bad", is_flag=True, help="Leave malformed rows out and count them.")
@click.option("--json", "as_json", is_flag=True, help="The figures as JSON on stdout.")
@click.option(
    "--plot",
    type=OutFile(),
    default=None,
    metavar="FILE",
    help="Draw it into FILE.svg or FILE.html: chips over time, arrivals, sizes, run times, the week.",
)
@click.option(
    "--like",
    is_flag=True,
    help="Draw jobs like these, for --gpus, --days and --load (the log's own where left out), compared with the log.",
)
@click.option("--days", type=within(Bounds(0.01, 36_500)), default=None, help="With --like: how long.")
@click.option(
    "--load",
    type=within(Bounds(0.001, 10)),
    default=None,
    help="With --like: GPU-time asked for, as a share of the machine's.",
)
@click.option("--seed", type=within(SEED), default=1, show_default=True, help="With --like: of the draw.")
@click.option("--to", type=click.Choice(["swf", "csv"]), default=None, help="Convert the jobs to this format.")
@click.option(
    "--out",
    type=OutFile(),
    default=None,
    help="File to write for --to; the log's name with that ending where left out.",
)
def command(
    file: str,
    form: str,
    columns: tuple[str, ...],
    gpus: int | None,
    zone: str,
    skip_bad: bool,
    as_json: bool,
    plot: Path | None,
    like: bool,
    days: float | None,
    load: float | None,
    seed: int,
    to: str | None,
    out: Path | None,
) -> None:
    """Say what is in FILE, a log of jobs, requests, rates or nodes, packed or not, or a bundled trace's name."""
    from gigacampus import workload
    from gigacampus.errors import Fault, UsageError
    from gigacampus.workload import describe as told

    if not like and (days is not None or load is not None):
        raise UsageError(Fault("T008", "--days and --load go with --like"))
    if out is not None and to is None:
        raise UsageError(Fault("T008", "--out goes with --to", fix="such as --to swf --out jobs.swf"))
    if plot is not None and plot.suffix not in (".svg", ".html"):
        raise UsageError(Fault("T008", f"--plot {plot} is neither .svg nor .html", fix="such as --plot jobs.svg"))
    path = workload.locate(file)
    if to is not None and out is None:
        out = Path(f"{Path(path).name.partition('.')[0]}.{to}")
        if out.exists():
            raise UsageError(Fault("U002", f"{out} exists", fix="name the file with --out"))
    kind = workload.sniff(path) if form == "auto" and not columns else form
    if kind in ("nodes", "rates", "requests"):
        if to or plot or like:
            raise UsageError(
                Fault("T008", f"this file holds {kind}, no jobs: there is no --to, --plot or --like of it")
            )
        found = _others(kind, path, skip_bad)
        click.echo(json.dumps(found, indent=2) if as_json else "\n".join(_plain_lines(found)))
        return
    trace = workload.read_trace(path, form, mapping(columns), skip_bad, zone)
    drawn: dict[str, Any] = {}
    if like:
        from gigacampus.workload.like import Asked
        from gigacampus.workload.like import like as draw_like

        trace, drawn = draw_like(trace, Asked(gpus or 0, days or 0.0, load or 0.0, seed))
    figures = told.describe(trace, gpus or 0)
    if out is not None:
        header = _swf_header(trace, figures, Path(path).name)
        lines = workload.write_swf(trace.jobs, out, header) if to == "swf" else workload.write_csv(trace, out)
        click.echo(f"wrote {out}: {lines:,} jobs", err=True)
    if plot is not None:
        draw(trace, figures, plot)
        click.echo(f"drew {plot}", err=True)
    if as_json:
        click.echo(json.dumps(figures | ({"drawn": drawn} if drawn else {}), indent=2))
    elif out is None or like:
        click.echo("\n".join([*(_lines(figures, trace) if out is None else []), *(_drawn(drawn) if drawn else [])]))


def _swf_header(trace: Any, figures: dict[str, Any], name: str) -> dict[str, str]:
    """Comments at the top of an SWF file: machine, start, and what the format cannot hold."""
    from datetime import datetime

    parts = int((trace.jobs["gpu_milli"] % 1000 > 0).sum())
    header = {
        "MaxJobs": str(len(trace)),
        "MaxProcs": str(figures["machine"]["gpus"]),
        "UnixStartTime": str(int(datetime.fromisoformat(trace.epoch_utc).timestamp())) if trace.epoch_utc else "",
        "TimeZoneString": "UTC" if trace.epoch_utc else "",
        "Note": f"from {name} ({trace.format}); processors are GPUs",
        "Remark": f"{parts:,} jobs ask for a part of a GPU and stand with a whole one" if parts else "",
    }
    return {key: value for key, value in header.items() if value}


def mapping(columns: tuple[str, ...]) -> dict[str, str] | None:
    """`OURS=THEIRS` pairs of --columns; None without any. UsageError names the one that is none."""
    from gigacampus.errors import Fault, UsageError

    pairs = {}
    for text in columns:
        ours, equals, theirs = text.partition("=")
        if not equals or not ours or not theirs:
            raise UsageError(
                Fault("T008", f"--columns {text!r} is not OURS=THEIRS", fix="such as --columns run_s=duration")
            )
        pairs[ours.strip()] = theirs.strip()
    return pairs or None


def _others(kind: str, path: str, skip_bad: bool) -> dict[str, Any]:
    """Figures of a file that holds no jobs."""
    from gigacampus import workload
    from gigacampus.workload import describe as told

    if kind == "nodes":
        return {"path": path, "kind": kind, **told.describe_nodes(workload.read_nodes(path))}
    if kind == "rates":
        return {"path": path, "kind": kind, **told.describe_rates(workload.read_rates(path))}
    read = workload.read_requests(path, skip_bad)
    return {
        "path": path, "kind": kind, "format": read.format, "epoch_utc": read.epoch_utc, "models": list(read.models),
        **told.describe_requests(read.table), "notes": list(read.notes), "citation": read.citation,
    }  # fmt: skip


def _plain_lines(found: dict[str, Any], indent: str = "") -> list[str]:
    """Nested figures as indented lines."""
    lines: list[str] = []
    for key, value in found.items():
        if isinstance(value, dict):
            lines += [f"{indent}{key}:", *_plain_lines(value, indent + "  ")]
        elif isinstance(value, list):
            lines += [f"{indent}{key}: {', '.join(str(one) for one in value)}"] if value else []
        elif value != "":
            lines.append(f"{indent}{key}: {value:,.6g}" if isinstance(value, float) else f"{indent}{key}: {value}")
    return lines


def draw(trace: Any, figures: dict[str, Any], path: Path) -> None:
    """Draw a log into an SVG or HTML file, which appears whole or not at all."""
    from gigacampus.cli.drawing import page, svg
    from gigacampus.cli.trace_plots import panels
    from gigacampus.files import put

    title = f"{Path(trace.path).name}: {figures['jobs']:,} jobs, {figures['gpu_hours']:,.0f} GPU-hours"
    notes = [_full(figures["machine"]), *figures["limits"], *([figures["citation"]] if figures["citation"] else [])]
    drawn = svg(title, notes, panels(trace, figures["machine"]["gpus"]))
    put(path, page(title, drawn) if path.suffix == ".html" else drawn)


def _full(machine: dict[str, Any]) -> str:
    """For what share of the time the machine was full, in a sentence."""
    return (
        f"The machine of {machine['gpus']:,} GPUs ({machine['gpus_from']}) was full "
        f"{machine['full_time_fraction']:.1%} of the time and {machine['utilisation_fraction']:.1%} used "
        f"({machine['basis']})."
    )


def _lines(found: dict[str, Any], trace: Any) -> list[str]:
    """The figures of a job log, for reading."""
    from gigacampus.cli.drawing import blocks
    from gigacampus.workload.looks import series

    machine, arrive, seen = found["machine"], found["arrivals"], series(trace, 72)
    days = (f"day 0{since_utc(found)}", f"day {2 * seen.days[-1] - seen.days[-2]:,.0f}")
    since = f" from {found['epoch_utc']}" if found["epoch_utc"] else ""
    lines = [
        f"{found['path']}  ({found['format']})",
        f"  jobs            {found['jobs']:,} ({found['gpu_jobs']:,} on GPUs), {found['gpu_hours']:,.0f} GPU-hours",
        f"  submitted over  {found['span_s'] / 86400:,.1f} days{since}",
        f"  users, tenants  {found['users'] or '-'}, {found['tenants'] or '-'}",
        f"  run time        {_spread(found['run_s'], 's')}",
        f"  GPUs a job      {_spread(found['gpus'], '')}",
        f"  arrivals        {arrive['per_day']:,.0f} a day; gaps vary {arrive['gap_cv']:.2f} (Poisson: 1); "
        f"dispersion by hour {arrive['dispersion_per_hour']:,.1f}",
        f"  requested time  missing in {found['clairvoyant_jobs_fraction']:.1%} of jobs",
    ]  # fmt: skip
    if "recorded_wait_s" in found:
        lines.append(f"  recorded wait   {_spread(found['recorded_wait_s'], 's')}")
    lines += [
        f"  machine         {machine['gpus']:,} GPUs ({machine['gpus_from']}): {machine['utilisation_fraction']:.1%} "
        f"used ({machine['basis']}), mean {machine['mean_gpus']:,.0f}, peak {machine['peak_gpus']:,.0f}",
        f"                  full {machine['full_time_fraction']:.1%} of the time, asked for more than there is "
        f"{machine['over_time_fraction']:.1%}",
        "  GPUs held over time (dashes: the machine)",
        *(f"  {line}" for line in blocks(seen.held_gpus.tolist(), float(machine["gpus"]), x_words=days)),
        "  jobs submitted over time",
        *(f"  {line}" for line in blocks(seen.jobs.tolist(), height=4, x_words=days)),
    ]
    for title in ("sizes", "durations"):
        lines.append(
            f"  {'GPUs' if title == 'sizes' else 'run time':<14} {'jobs':>10} {'of jobs':>8} {'of GPU-time':>12}"
        )
        lines += [
            f"    {one['class']:<12} {one['jobs']:>10,} {one['jobs_fraction']:>8.1%} {one['gpu_time_fraction']:>12.1%}"
            for one in found[title]
        ]
    lines += [
        f"    {one['state']:<12} {'':>10} {one['jobs_fraction']:>8.1%} {one['gpu_time_fraction']:>12.1%}"
        for one in found["states"]
    ]
    lines += [f"  note: {note}" for note in found["notes"]] + [f"  limit: {limit}" for limit in found["limits"]]
    return [*lines, f"  cite: {found['citation']}"] if found["citation"] else lines


def _drawn(drawn: dict[str, Any]) -> list[str]:
    """How jobs were drawn, and how alike they are."""
    found = drawn["compared"]
    told = {"size": "share of the machine", "run": "run time", "gpu_time": "GPU-time of a job", "gap": "gap"}
    lines = [
        f"  drawn           {drawn['jobs']:,} jobs for {drawn['gpus']:,} GPUs, {drawn['days']:,.1f} days, load "
        f"{drawn['load_fraction']:.1%}; {drawn['rule']}",
        "  against the log (largest difference of the two distributions: 0 alike, 1 apart)",
        *(f"    {word:<22} {found[f'distance_{name}']:.4f}" for name, word in told.items()),
        f"    variation of gaps      {found['gap_cv_real']:.2f} in the log, {found['gap_cv_made']:.2f} drawn",
    ]
    if "unsuccessful_fraction_real" in found:
        lines.append(
            f"    without success        {found['unsuccessful_fraction_real']:.1%} of jobs in the log, "
            f"{found['unsuccessful_fraction_made']:.1%} drawn"
        )
    return lines


def since_utc(found: dict[str, Any]) -> str:
    """The first day's date, where the log carries dates."""
    return f", {found['epoch_utc'][:10]}" if found["epoch_utc"] else ""


def _spread(spread: dict[str, float], unit: str) -> str:
    tail = f" {unit}" if unit else ""
    shown = (
        f"{title} {spread[key]:,.0f}"
        for title, key in (("median", "p50"), ("mean", "mean"), ("P90", "p90"), ("max", "max"))
    )
    return ", ".join(shown) + tail
