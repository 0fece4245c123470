"""`gigacampus replay FILE`: a real log on a real or made-up machine under a policy."""

from __future__ import annotations

import json
import shlex
import sys
from pathlib import Path
from typing import Any

import click

from gigacampus.cli.options import free_folder, said, takes_out
from gigacampus.cli.progress import told
from gigacampus.cli.trace_ import mapping

MANY = 10**9


@click.command("replay")
@click.argument("trace", metavar="FILE")
@click.option("--format", default="auto", metavar="NAME", help="Format; told by the first lines where left out.")
@click.option(
    "--columns", multiple=True, metavar="OURS=THEIRS", help="For any CSV: our column from theirs, as run_s=ms*0.001."
)
@click.option("--zone", default="UTC", metavar="ZONE", help="Time zone of dates that carry none, such as Asia/Dubai.")
@click.option("--skip-bad", is_flag=True, help="Leave malformed rows out and count them.")
@click.option("--gpus", type=click.IntRange(1, MANY), help="GPUs of the machine; else by the log's own header.")
@click.option("--gpus-per-node", type=click.IntRange(1, 100_000), help="Put them into nodes of so many.")
@click.option("--cluster", metavar="NODES.csv", help="A node list instead, or a bundled one's name.")
@click.option("--policy", default="fcfs", metavar="NAME", show_default=True, help="Queue policy, or FILE.py:function.")
@click.option(
    "--placement", metavar="NAME", help="Placement on nodes; none: a plain count. Default: bestfit with --cluster."
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
@click.option("--restart", "restart_s", type=click.IntRange(0, 10**6), default=0, metavar="SECONDS",
              help="What every resumption costs under a preemptive policy.")  # fmt: skip
@click.option("--submit-at-start", is_flag=True, help="Submit all jobs at second 0.")
@click.option("--skip-unfit", is_flag=True, help="Skip and count jobs that can never fit.")
@click.option("--static", is_flag=True, help="Place in order, nothing ever departs: a packing study.")
@click.option(
    "--inflate", type=click.FloatRange(0, 100), metavar="X",
    help="With --static: shuffle, and repeat or drop jobs until they ask for X times the installed GPUs.",
)  # fmt: skip
@click.option("--seed", type=click.IntRange(0, 2**63 - 1), default=1, show_default=True, help="Seed of all draws.")
@takes_out
def command(
    out: Path | None, force: bool, as_json: bool, quiet: bool, columns: tuple[str, ...], **options: Any
) -> None:
    """Replay FILE, a log of jobs or a bundled trace's name, and write a folder with its table and summary.

    The log's clock is kept. Without nodes the machine is a count of GPUs.
    """
    from gigacampus.results.folder import refuse

    trace = options["trace"]
    folder = out or free_folder(f"{Path(trace).name.split('.')[0]}-{options['policy'].rpartition(':')[2]}")
    refuse(folder.absolute(), force=force)
    from gigacampus import results
    from gigacampus.replay import Asked, replay

    with told(quiet=quiet) as tell:
        found = replay(Asked(**options, columns=mapping(columns)), tell)
        tell("the folder")
        written = results.write(found, folder, force=force, command=shlex.join(["gigacampus", *sys.argv[1:]]))
    if as_json:
        click.echo(json.dumps(found.summary, indent=2, ensure_ascii=False, allow_nan=False))
    if not quiet:
        click.echo("\n".join(_lines(found.summary)), err=as_json)
        click.echo(f"\nfolder: {said(written)}", err=as_json)


def _lines(found: dict[str, Any]) -> list[str]:
    """The figures, for reading."""
    where = f"{found['gpus']:,} GPUs" + (f" on {found['nodes']:,} nodes" if found["nodes"] else "")
    lines = [
        f"{found['jobs']:,} jobs ({found['format']}) on {where}: {found['policy']}, placement {found['placement']}",
        f"  finished        {found['finished']:,}, unplaced {found['unplaced']:,}; {found['gpu_hours']:,.1f} GPU-hours",
    ]  # fmt: skip
    if found["finished"]:
        lines += [
            f"  makespan        {found['makespan_s']:,} s",
            f"  wait            mean {found['wait_mean_s']:,.0f} s, P90 {found['wait_p90_s']:,.0f} s, "
            f"P99 {found['wait_p99_s']:,.0f} s; {found['waited_fraction']:.1%} waited",
            f"  completion      mean {found['jct_mean_s']:,.0f} s, P90 {found['jct_p90_s']:,.0f} s, "
            f"P99 {found['jct_p99_s']:,.0f} s",
        ]
    for name, key in (("utilisation", "utilisation_fraction"), ("allocation", "allocation_fraction")):
        if found[key] is not None:
            lines.append(f"  {name:<15} {found[key]:.2%}")
    return lines + [f"  note: {note}" for note in found["notes"]]
