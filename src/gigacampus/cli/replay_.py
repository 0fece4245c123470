"""`gigacampus replay FILE`: a real log on a real or made-up machine under a policy."""

from __future__ import annotations

import json
import shlex
import sys
from pathlib import Path
from typing import Any

import click

from gigacampus.bounds import REPLAY, SEED, whole
from gigacampus.cli.numbers import within
from gigacampus.cli.options import free_folder, said, takes_out
from gigacampus.cli.progress import told
from gigacampus.cli.replay_floor import floor_lines, floor_of, takes_floor
from gigacampus.cli.trace_ import mapping


@click.command("replay")
@click.argument("trace", metavar="FILE")
@click.option("--format", default="auto", metavar="NAME", help="Format; told by the first lines where left out.")
@click.option(
    "--columns", multiple=True, metavar="OURS=THEIRS", help="For any CSV: our column from theirs, as run_s=ms*0.001."
)
@click.option("--zone", default="UTC", metavar="ZONE", help="Time zone of dates that carry none, such as Asia/Dubai.")
@click.option("--skip-bad", is_flag=True, help="Leave malformed rows out and count them.")
@click.option("--gpus", type=within(REPLAY["gpus"]), help="GPUs of the machine; else by the log's own header.")
@click.option("--gpus-per-node", type=within(REPLAY["gpus_per_node"]), help="Put them into nodes of so many.")
@click.option("--cluster", metavar="NODES.csv", help="A node list instead, or a bundled one's name.")
@click.option(
    "--policy", "policies", default=("fcfs",), metavar="NAME", multiple=True, show_default=True,
    help="Queue policy, FILE.py:function or an installed one; repeated, each is played on the same jobs, in pairs.",
)  # fmt: skip
@click.option(
    "--placement",
    metavar="NAME",
    help="Placement on nodes, or FILE.py:function; none: a plain count. Default with --cluster: bestfit.",
)
@click.option(
    "--estimates",
    default="trace",
    metavar="RULE",
    show_default=True,
    help="trace, exact, none, user-history or factor:LO..HI.",
)
@click.option(
    "--overrun", type=click.Choice(["keep", "kill", "extend"]), default="keep", show_default=True,
    help="A job that takes longer than its estimate: expected to (keep), ended by it (kill), or a surprise (extend).",
)  # fmt: skip
@click.option("--restart", "restart_s", type=within(REPLAY["restart_s"]), default=0, metavar="SECONDS",
              help="What every resumption costs under a policy that stops jobs.")  # fmt: skip
@click.option("--plan", metavar="FILE.csv",
              help="Earliest and planned starts, deadlines: job_id, begin_s, planned_s, deadline_s.")  # fmt: skip
@click.option("--slack", type=within(REPLAY["slack"]), metavar="X",
              help="Deadline of jobs without one: X times the expected length after submission.")  # fmt: skip
@click.option("--quotas", metavar="FILE.csv",
              help="For quota and quota-easy: tenant, gpus, and, if wanted, borrow, lend, cohort.")  # fmt: skip
@click.option("--submit-at-start", is_flag=True, help="Submit all jobs at second 0.")
@click.option("--measure-from", "measure_from_s", type=within(REPLAY["measure_from_s"]), metavar="SECOND",
              help="Measure jobs submitted from then on, by the log's clock; those before are warm-up.")  # fmt: skip
@click.option("--measure-to", "measure_to_s", type=within(REPLAY["measure_to_s"]), metavar="SECOND",
              help="Measure jobs submitted before then; those after keep the machine busy.")  # fmt: skip
@click.option("--cut-from", "cut_from_s", type=within(REPLAY["cut_from_s"]), metavar="SECOND",
              help="Begin in the middle of the log, with the jobs that ran and waited then.")  # fmt: skip
@click.option(
    "--cut-to",
    "cut_to_s",
    type=within(REPLAY["cut_to_s"]),
    metavar="SECOND",
    help="Leave out jobs submitted from then on.",
)
@click.option("--warm-start", metavar="FILE", help="Begin with the queue of a snapshot, any log's format.")
@click.option("--warm-at", "warm_at_s", type=within(REPLAY["warm_at_s"]), metavar="SECOND",
              help="Instant of the snapshot; its last submission or start where left out.")  # fmt: skip
@click.option("--snapshot-at", "snapshot_at_s", type=within(REPLAY["snapshot_at_s"]), metavar="SECOND",
              help="Write the queue of that instant as tables/queue.parquet, for --warm-start.")  # fmt: skip
@click.option("--backtest", is_flag=True, help="Compare with the log's own starts: simulated and recorded waits.")
@click.option("--skip-unfit", is_flag=True, help="Skip and count jobs that can never fit.")
@click.option("--static", is_flag=True, help="Place in order, nothing ever departs: a packing study.")
@click.option(
    "--inflate", type=within(REPLAY["inflate"]), metavar="X",
    help="With --static: shuffle, and repeat or drop jobs until they ask for X times the installed GPUs.",
)  # fmt: skip
@click.option("--seeds", type=within(whole(2, 100_000)), metavar="N",
              help="Draw the estimates N times, from --seed on: figures with intervals over the seeds.")  # fmt: skip
@click.option("--seed", type=within(SEED), default=1, show_default=True, help="Seed of all draws.")
@click.option("--report", "is_drawn", is_flag=True,
              help="Draw the folder's report.html as well, as `gigacampus report` does later.")  # fmt: skip
@takes_floor
@takes_out
def command(
    out: Path | None,
    force: bool,
    as_json: bool,
    quiet: bool,
    columns: tuple[str, ...],
    policies: tuple[str, ...],
    seeds: int | None,
    is_drawn: bool,
    **options: Any,
) -> None:
    """Replay FILE, a log of jobs or a bundled trace's name, and write a folder with its table and summary.

    The log's clock is kept. Without nodes the machine is a count of GPUs.
    """
    from gigacampus.results.folder import refuse

    trace = options["trace"]
    folder = out or free_folder(
        f"{Path(trace).name.split('.')[0]}-{'+'.join(one.rpartition(':')[2] for one in policies)}"
    )
    refuse(folder.absolute(), force=force)
    from gigacampus import results
    from gigacampus.replay import Asked, replay
    from gigacampus.replay.floor.asked import FloorAsked

    floor = FloorAsked(**floor_of(options))

    asked = Asked(**options, policy=policies[0], against=policies[1:], columns=mapping(columns), floor=floor)
    with told(quiet=quiet) as tell:
        found = replay(asked, tell)
        if seeds:
            from gigacampus.replay.seeds import widened

            tell("the seeds")
            found = widened(asked, found, seeds)
        page = None
        if is_drawn:
            from gigacampus.report.replay import render

            tell("the report")
            page = render(found)
        tell("the folder")
        command = shlex.join(["gigacampus", *sys.argv[1:]])
        written = results.write(found, folder, force=force, report=page, command=command)
    if as_json:
        click.echo(json.dumps(found.summary, indent=2, ensure_ascii=False, allow_nan=False))
    if not quiet:
        click.echo("\n".join(_lines(found.summary)), err=as_json)
        click.echo(f"\nfolder: {said(written)}", err=as_json)
        if is_drawn:
            click.echo(f"report: {said(written / 'report.html')}", err=as_json)
        else:
            click.echo(f"next:   gigacampus report {shlex.quote(said(written))}", err=as_json)


def _lines(found: dict[str, Any]) -> list[str]:
    """The figures, for reading."""
    where = f"{found['gpus']:,} GPUs" + (f" on {found['nodes']:,} nodes" if found["nodes"] else "")
    lines = [f"{found['jobs']:,} jobs ({found['format']}) on {where}, placement {found['placement']}"]
    for policy, one in found.get("policies", {found["policy"]: found}).items():
        lines += [f"{policy}", *_figures(one)]
    for name in ("wait_mean_s", "wait_p99_s") if "seeds" in found else ():
        one = found["seeds"][name]
        lines.append(
            f"over {found['seeds']['count']:,} seeds  {name} {one['mean']:,.1f} ± {one['half_width']:,.1f} (95 %)"
        )
    lines += _window(found) + _backtest(found.get("backtest", [])) + _paired(found.get("paired", []), found["jobs"])
    return lines + [f"  note: {note}" for note in found["notes"]]


def _figures(found: dict[str, Any]) -> list[str]:
    from gigacampus.results.unfinished import of_unfinished

    lines = [
        f"  finished        {found['finished']:,}, unfinished {found['unfinished']:,}, unplaced {found['unplaced']:,}, "
        f"skipped {found['skipped_rows']:,}; {found['gpu_hours']:,.1f} GPU-hours"
    ]
    if told := of_unfinished(found, {}):
        lines.append(f"  not finished    {told}")
    if found["finished"]:
        half = found["wait_mean_half_width_s"]
        lines += [
            f"  makespan        {found['makespan_s']:,} s",
            f"  wait            mean {found['wait_mean_s']:,.0f} s" + (f" (± {half:,.0f})" if half else "")
            + f", P90 {found['wait_p90_s']:,.0f} s, P99 {found['wait_p99_s']:,.0f} s; "
            f"{found['waited_fraction']:.1%} not started at once"
            + (" (waits count stops too)" if found["restarts"] else ""),
            f"  completion      mean {found['jct_mean_s']:,.0f} s, P90 {found['jct_p90_s']:,.0f} s, "
            f"P99 {found['jct_p99_s']:,.0f} s",
        ]  # fmt: skip
    if found["clairvoyant_jobs_fraction"] is not None and found["allocation_fraction"] is None:
        share = found["clairvoyant_jobs_fraction"]
        lines.append(f"  estimates       {found['estimates']}; {share:.1%} of the jobs say exactly how long they run")
    if "deadline_jobs" in found:
        lines.append(f"  deadlines       {found['deadline_missed']:,} of {found['deadline_jobs']:,} missed")
    if "planned_runs" in found:
        lines.append(f"  planned runs    {found['planned_late']:,} of {found['planned_runs']:,} late")
    for name, key in (("utilisation", "utilisation_fraction"), ("allocation", "allocation_fraction")):
        if found[key] is not None:
            lines.append(f"  {name:<15} {found[key]:.2%}")
    if "idle_of_chips_fraction" in found:
        lost, blocked, idle = (found[f"{one}_of_chips_fraction"] for one in ("lost", "idle_while_waiting", "idle"))
        lines.append(f"  not useful      lost {lost:.2%}, idle while jobs waited {blocked:.2%}, idle {idle:.2%}")
    return lines + floor_lines(found)


def _window(found: dict[str, Any]) -> list[str]:
    """What was left out of the means, where anything was."""
    if found.get("measure_from_s") is None and found.get("measure_to_s") is None:
        return []
    parts = []
    for name, title in (("warm_up", "before"), ("drain", "after")):
        wait = found[f"{name}_wait_mean_s"]
        parts.append(f"{found[f'{name}_jobs']:,} {title}" + ("" if wait is None else f" (mean wait {wait:,.0f} s)"))
    low, high = found["measure_from_s"], found["measure_to_s"]
    span = f"from {low:,} s" if low is not None else ""
    span += f" to {high:,} s" if high is not None else ""
    return [f"measured          jobs submitted {span.strip()}; left out {', '.join(parts)}"]


def _backtest(rows: list[dict[str, Any]]) -> list[str]:
    """Recorded against simulated waits by size."""
    if not rows:
        return []
    titles = ("jobs", "recorded", "simulated", "P90 rec.", "P90 sim.")
    head = f"{'GPUs':<16} " + " ".join(f"{title:>10}" for title in titles) + f" {'same min':>9}"
    lines = ["backtest: mean wait in s by size", f"  {head}"]
    for row in rows:
        keys = ("recorded_mean_s", "simulated_mean_s", "recorded_p90_s", "simulated_p90_s")
        values = " ".join("-".rjust(10) if row[key] is None else f"{row[key]:>10,.0f}" for key in keys)
        near = row["same_minute_fraction"]
        lines.append(f"  {row['size']:<16} {row['jobs']:>10,} {values} {'-' if near is None else f'{near:.1%}':>9}")
    return lines


def _paired(rows: list[dict[str, Any]], jobs: int) -> list[str]:
    """Differences between policies, job by job; `jobs` are measured."""
    from gigacampus.results.unfinished import left_out

    lines = ["paired differences (95 %)"] if rows else []
    for row in rows:
        if row["measure"] == "wait_s" and (told := left_out(jobs, row["jobs"])):
            lines.append(f"  {row['second']} with {row['first']}: {told}")
        if row["difference"] is None:
            continue
        half = f" ± {row['half_width']:,.2f}" if row["half_width"] is not None else ""
        lines.append(
            f"  {row['measure']:<20} {row['second']} less {row['first']}: {row['difference']:+,.2f}{half} "
            f"({row['first_mean']:,.2f} to {row['second_mean']:,.2f}; better for {row['better_fraction']:.1%}, "
            f"worse for {row['worse_fraction']:.1%})"
        )
    return lines
