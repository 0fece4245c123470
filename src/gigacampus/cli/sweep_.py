"""`gigacampus sweep SCENARIO`: many runs, resumable, on this machine or a cluster."""

from __future__ import annotations

from dataclasses import replace
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from gigacampus.bounds import SEED, whole
from gigacampus.cli.numbers import within
from gigacampus.cli.options import OutFolder, said, takes_format
from gigacampus.cli.progress import note

if TYPE_CHECKING:
    from gigacampus.sweep import Outcome, Study, Where


@click.command("sweep")
@click.argument("scenario", required=False)
@click.option("--study", "study_file", type=click.Path(path_type=Path), metavar="FILE.yaml",
              help="Read the study from a file; options given here go before it.")  # fmt: skip
@click.option("--kind", type=click.Choice(["run", "plan", "replay"]), help="What is run; run where left out.")
@click.option("--vary", metavar="PATH=VALUES", multiple=True,
              help="a,b,c or lo..hi:n for a grid; lo..hi or PATH alone (its stated range) to be sampled.")  # fmt: skip
@click.option("--variant", "variants", metavar="A,B+C", multiple=True,
              help="Variants, each a case of its own; `base` for none.")  # fmt: skip
@click.option("--set", "overrides", metavar="PATH=VALUE", multiple=True, help="Set one key in every run.")
@click.option("--samples", type=within(whole(0, 10**9)), metavar="N", help="Rows of the sample of all lo..hi.")
@click.option("--method", type=click.Choice(["lhs", "sobol", "random", "saltelli"]),
              help="How to sample: Latin hypercube (the default), Sobol sequence, or for Sobol indices.")  # fmt: skip
@click.option(
    "--seeds", type=within(whole(1, 10**9)), metavar="K", help="Seeds of every point, the same for all points."
)
@click.option("--seed", type=within(SEED), help="The first seed; the scenario's where left out.")
@click.option("--replay", "options", metavar="NAME=VALUE", multiple=True,
              help="With --kind replay, where SCENARIO is a log: an option of `gigacampus replay`.")  # fmt: skip
@click.option("--find", metavar="PATH=lo..hi", help="Find the smallest value at which --until holds.")
@click.option("--until", metavar="CONDITION", help='With --find: a condition such as "wait_p95_s<3600".')
@click.option(
    "--workers", type=within(whole(1, 4_096)), metavar="N", help="Local workers; as many as cores where left out."
)
@click.option("--cluster", metavar="ADDRESS", help="tcp://HOST:PORT of a Dask scheduler, or `local`.")
@click.option("--no-tables", is_flag=True, help="Keep the runs' numbers alone, not their tables.")
@click.option("--measure", metavar="NAME", multiple=True, help="What the report shows; may be repeated.")
@click.option("--out", type=OutFolder(), metavar="DIR", help="The folder; sweeps/NAME where left out.")
@click.option("--quiet", is_flag=True, help="No progress and no summary; errors only.")
@click.option("--json", "as_json", is_flag=True, help="A summary as JSON on stdout.")
@takes_format
def command(
    scenario: str | None, study_file: Path | None, out: Path | None, workers: int | None, cluster: str | None,
    find: str | None, until: str | None, measure: tuple[str, ...], quiet: bool, as_json: bool, **given: Any,
) -> int:  # fmt: skip
    """Run many scenarios: a grid, samples, variants, seeds. What is finished in --out is not run again.

    SCENARIO is a scenario, or a log of jobs with --kind replay. Results: DIR/results.parquet and DIR/report.html;
    `gigacampus sql DIR "select …"` asks all runs at once. Interrupted or killed, the same command goes on.
    """
    import json

    from gigacampus.errors import Fault

    study, where = _study(scenario, study_file, given)
    folder = out or Path(where.out or f"sweeps/{_stem(study)}")
    workers, cluster = workers or where.workers, cluster or where.cluster
    find, until = find or where.find, until or where.until
    if bool(find) != bool(until) and bool(where.find) == bool(where.until):
        fault = Fault("Y006", "--find and --until go together", fix='--find PATH=lo..hi --until "pue_mean<1.2"')
        study = replace(study, faults=(*study.faults, fault))  # told with the rest, before anything is played
    if find and until:
        from gigacampus.sweep.find import find as search

        answer = search(
            study, find, until, folder, count=workers, cluster=cluster, tell=_teller(quiet=quiet or as_json)
        )
        click.echo(json.dumps(answer.as_dict(), indent=2) if as_json else "\n".join(answer.lines()))
        return 0 if answer.value is not None else 1
    from gigacampus.sweep import sweep

    found = sweep(study, folder, count=workers, cluster=cluster, tell=_teller(quiet=quiet or as_json))
    from gigacampus.report.study import render
    from gigacampus.sweep.picture import pictured
    from gigacampus.sweep.store import write_whole

    write_whole(folder / "report.html", render(pictured(found, measure or where.measures)).encode())
    if as_json:
        click.echo(json.dumps(_summary(found), indent=2))
    elif not quiet:
        click.echo("\n".join(_lines(found, folder)))
    if found.failed:
        note(f"{found.failed} of {len(found)} runs failed; their errors are in {said(folder / 'failed')}")
    return 1 if found.failed else 0


def _study(scenario: str | None, file: Path | None, given: dict[str, Any]) -> tuple[Study, Where]:
    from gigacampus.errors import Fault, UsageError
    from gigacampus.replay import Asked
    from gigacampus.sweep import Study, Where, read_study
    from gigacampus.sweep.replays import asked_of

    study, where = read_study(file) if file else (Study(), Where())
    names = [one.strip() for text in given["variants"] for one in text.split(",")]
    more: dict[str, Any] = {
        "vary": (*study.vary, *given["vary"]),
        "variants": tuple("" if one == "base" else one for one in (*study.variants, *names)),
        "overrides": (*study.overrides, *given["overrides"]),
        "keep_tables": study.keep_tables and not given["no_tables"],
    }
    more |= {key: given[key] for key in ("kind", "samples", "method", "seeds", "seed") if given[key] is not None}
    if more.get("kind", study.kind) == "replay" and scenario:
        more["replay"] = asked_of(Asked(scenario), given["options"], None)
    elif scenario:
        more["scenario"] = scenario
    study = replace(study, **more)
    if not study.scenario and study.replay is None:
        raise UsageError(
            Fault("Y001", "the sweep names no scenario", fix="gigacampus sweep SCENARIO --vary PATH=a,b,c")
        )
    return study, where


def _stem(study: Study) -> str:
    return Path(study.replay.trace if study.replay else study.scenario).name.split(".")[0]


def _teller(*, quiet: bool) -> Any:
    """A line of progress on a terminal, nothing elsewhere."""
    import sys
    import time

    if quiet or not sys.stderr.isatty():
        return lambda tally: None
    begun = time.perf_counter()

    def tell(tally: Any) -> None:
        done = tally.played + tally.skipped + tally.failed
        left = (time.perf_counter() - begun) / max(1, tally.played) * (tally.total - done)
        text = (
            f"{done:,} of {tally.total:,} ({tally.skipped:,} were there, {tally.failed:,} failed), {left:,.0f} s to go"
        )
        click.echo(f"\r{text} ", err=True, nl=done >= tally.total)

    return tell


def _summary(found: Outcome) -> dict[str, Any]:
    tally = found.tally
    return {
        "points": len(found), "failed": found.failed, "played": tally.played, "skipped": tally.skipped,
        "wall_s": tally.wall_s, "busy_fraction": tally.busy_fraction, "workers": tally.workers,
        "folder": str(found.folder), **found.study,
    }  # fmt: skip


def _lines(found: Outcome, folder: Path) -> list[str]:
    tally = found.tally
    told = [
        f"{len(found):,} points: {tally.played:,} played, {tally.skipped:,} were there, {found.failed:,} failed; "
        f"{tally.wall_s:.1f} s, {tally.workers} workers {100 * tally.busy_fraction:.0f} % busy",
        f"results: {said(folder / 'results.parquet')}",
        f"report:  {said(folder / 'report.html')}",
    ]
    query = "select variant, count(*) from results group by variant"
    needs = "" if find_spec("duckdb") else "   (pip install duckdb)"
    return [*told, f'next:    gigacampus sql {said(folder)} "{query}"{needs}']
