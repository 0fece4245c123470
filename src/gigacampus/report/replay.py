"""A replay as one self-contained HTML file: waits, slowdown, use over time, who waits, why, and what differs."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np

from gigacampus.clock import NEVER
from gigacampus.report import numbers
from gigacampus.report.charts import Figure, axis, bars, line, series
from gigacampus.report.comparison import paged
from gigacampus.report.html import tag
from gigacampus.report.listing import n, table
from gigacampus.report.occupancy import edges_of, held, shares, wanted
from gigacampus.report.section import Section, behind, listed
from gigacampus.report.view import OTHERS, SERIES, short
from gigacampus.results import Results
from gigacampus.results.unfinished import left_out, of_unfinished
from gigacampus.tables import Table

MOST_ROWS = 200
MOST_BARS = 20
SHORTEST_S = 10
"""Run times below it count as this long in a slowdown, as in the summary."""
REASONS = {
    "none": "started at once", "head": "jobs before it", "capacity": "too few GPUs free", "quota": "its quota",
    "reservation": "a promised start", "outage": "nodes that were down", "placement": "not together",
    "power": "a limit of power", "choice": "passed over", "unfit": "can never fit",
}  # fmt: skip
TICKS = {
    "tickvals": [1, 60, 600, 3_600, 36_000, 86_400, 864_000, 8_640_000],
    "ticktext": ["1 s", "1 min", "10 min", "1 h", "10 h", "", "10 days", ""], "tickangle": 0,
}  # fmt: skip


@dataclass(frozen=True)
class Policy:
    """What became of the jobs under one policy."""

    name: str
    suffix: str
    """What its tables' names end in; empty for the first."""
    color: str
    summary: dict[str, Any]
    jobs: Table
    groups: Table
    stops: Table | None

    @cached_property
    def measured(self) -> Any:
        """Jobs that finished and were submitted in the measured window."""
        submit, low, high = self.jobs["submit_s"], self.summary["measure_from_s"], self.summary["measure_to_s"]
        kept = self.jobs["end_s"] < NEVER
        kept = kept if low is None else kept & (submit >= low)
        return kept if high is None else kept & (submit < high)

    @property
    def waits(self) -> Any:
        """Seconds."""
        return self.jobs["wait_s"][self.measured]

    @property
    def slowdowns(self) -> Any:
        """Completion time over run time, at least 1."""
        jct = (self.jobs["end_s"] - self.jobs["submit_s"])[self.measured]
        return np.maximum(jct / np.maximum(self.jobs["run_s"][self.measured], SHORTEST_S), 1.0)


def render(found: Results) -> str:
    """The page of a replay, from its results."""
    policies = _policies(found)
    makers: tuple[Section | None, ...]
    if "requested_fraction" in found.summary:
        makers = (_packed(found.summary, policies[0].jobs), _made(found))
    else:
        makers = (_waits(policies), _use(found, policies), _who(policies), _reasons(policies), _paired(found),
                  _backtest(found), _jobs(policies[0]), _made(found))  # fmt: skip
    lead = tag("p", _lead(found.summary, policies), class_="lead")
    return paged(str(found.meta["title"]), "replay", lead, [one for one in makers if one is not None])


def _policies(found: Results) -> list[Policy]:
    """The policies in order; the tables of all but the first carry their names."""
    summaries = found.summary.get("policies") or {found.summary["policy"]: found.summary}
    made = []
    for k, (name, summary) in enumerate(summaries.items()):
        suffix = f"_{name.rpartition(':')[2].replace('-', '_')}" if k else ""
        own = [found.tables.get(f"{table}{suffix}") for table in ("jobs", "groups", "stops")]
        assert own[0] is not None
        assert own[1] is not None
        made.append(Policy(name, suffix, SERIES[k] if k < len(SERIES) else OTHERS, summary, own[0], own[1], own[2]))
    return made


def _lead(told: dict[str, Any], policies: list[Policy]) -> str:
    where = f"{told['gpus']:,} GPUs" + (f" on {told['nodes']:,} nodes" if told["nodes"] else "")
    names = ", ".join(one.name for one in policies)
    window = "" if told["measure_from_s"] is None and told["measure_to_s"] is None else " in the measured window"
    left = "".join(f" Under {one.name} {said}." for one in policies if (said := of_unfinished(one.summary, REASONS)))
    return f"{told['jobs']:,} jobs{window} on {where} under {names}; placement: {told['placement']}.{left}"


def _packed(told: dict[str, Any], jobs: Table) -> Section:
    """A packing study has no clock: what found a place, and what did not, by size."""
    sizes, row_of = np.unique(jobs["gpus"], return_inverse=True)
    tried = np.bincount(row_of, minlength=len(sizes))
    left = np.bincount(row_of, weights=jobs["reason"] == "unfit", minlength=len(sizes)).astype(int)
    heads = [n("GPUs", "", "replay_jobs.gpus"), n("jobs"), n("without a place"), n("share without a place")]
    rows = [
        [numbers.count(size), numbers.count(of), numbers.count(none), numbers.percent(none / of)]
        for size, of, none in zip(sizes.tolist(), tried.tolist(), left.tolist(), strict=True)
    ]
    bar = bars([f"{size:,}" for size in sizes.tolist()], left, "without a place", SERIES[0])
    layout = {
        "xaxis": axis("GPUs of a job", type="category"),
        "yaxis": axis("jobs", rangemode="tozero"),
        "bargap": 0.3,
    }
    figure = Figure("chart-packed", "Jobs without a place, by GPUs", [bar], layout, "", 300, table="t-packed")
    answer = (
        f"{numbers.percent(told['allocation_fraction'])} of the GPUs are allocated, where the jobs ask for "
        f"{numbers.percent(told['requested_fraction'])} of them; {told['unplaced']:,} of {told['jobs']:,} jobs find no "
        "place. Jobs come in order and none departs."
    )
    parts = [figure, behind("By GPUs", table("Jobs by GPUs", heads, rows, ident="t-packed"))]
    return Section("packed", "Packed", "How much of the machine can be filled?", answer, parts)


def _waits(policies: list[Policy]) -> Section | None:
    """Distributions of waits and slowdowns, and their figures."""
    some = [one for one in policies if one.measured.any()]
    if not some:
        return None
    first = some[0]
    still = float((first.waits <= 0).mean())
    mean = numbers.span(float(first.waits.mean()))
    answer = f"Under {first.name} a job waits {mean} on average; {numbers.percent(still)} do not wait at all."
    parts = [_wait_chart(some), _slowdown_chart(some), behind("Figures by policy", _figures(some), is_open=True)]
    return Section("waits", "Waits", "How long do jobs wait?", answer, parts)


def _wait_chart(policies: list[Policy]) -> Figure:
    longest = max(60.0, *(float(one.waits.max()) for one in policies))
    grid = np.concatenate([[0.0], np.geomspace(1.0, longest, 160)])
    x = series(np.maximum(grid, 0.5))
    traces = [line(x, 100 * shares(one.waits, grid), short(one.name), one.color) for one in policies]
    layout = {
        "xaxis": axis("wait", type="log", **TICKS), "hovermode": "x unified",
        "yaxis": axis("% of jobs that waited no longer", range=[0, 101]),
    }  # fmt: skip
    note = "Wait is end less submit less run time; jobs that did not wait stand at the left edge."
    return Figure("chart-waits", "Waits of the jobs that finished", traces, layout, note, table="t-figures")


def _slowdown_chart(policies: list[Policy]) -> Figure:
    most = max(2.0, *(float(one.slowdowns.max()) for one in policies))
    grid = np.geomspace(1.0, most, 160)
    traces = [line(series(grid), 100 * shares(one.slowdowns, grid), short(one.name), one.color) for one in policies]
    layout = {
        "xaxis": axis("completion time over run time", type="log", dtick=1), "hovermode": "x unified",
        "yaxis": axis("% of jobs slowed down no more", range=[0, 101]),
    }  # fmt: skip
    note = f"Run times below {SHORTEST_S} s count as {SHORTEST_S} s."
    return Figure("chart-slowdown", "Slowdown of the jobs that finished", traces, layout, note, table="t-figures")


def _figures(policies: list[Policy]) -> Any:
    heads = [
        "policy", n("finished jobs"), n("mean wait"),
        n("± (95 %)", "", "Half the mean wait's confidence interval, by batch means."),
        n("P50"), n("P90"), n("P99"), n("by GPU-hour", "", "Mean wait, each job weighing as its GPU-hours."),
        n("mean completion"), n("mean slowdown"), n("utilisation"), n("stopped attempts"),
    ]  # fmt: skip
    rows = []
    for one in policies:
        told = one.summary
        keys = ("wait_mean_s", "wait_mean_half_width_s", "wait_p50_s", "wait_p90_s", "wait_p99_s",
                "wait_mean_by_gpu_hour_s", "jct_mean_s")  # fmt: skip
        rows.append([
            one.name, numbers.count(told["finished"]), *(numbers.span(told[key]) for key in keys),
            numbers.figure(told["slowdown_mean_fraction"]), numbers.percent(told["utilisation_fraction"]),
            numbers.count(len(one.stops) if one.stops else 0),
        ])  # fmt: skip
    return table("Figures by policy", heads, rows, ident="t-figures")


def _use(found: Results, policies: list[Policy]) -> Section | None:
    """GPUs held, and those that waiting jobs ask for, over time."""
    if all(one.summary["utilisation_fraction"] is None for one in policies):
        return None
    used, queued, most = [], [], 0.0
    for one in policies:
        edges = edges_of(one.jobs)
        level = held(one.jobs, one.stops).means(edges)
        waiting = np.maximum(wanted(one.jobs).means(edges) - level, 0.0)
        most = max(most, float(level.max()))
        used.append(_level(found, edges, level, one))
        queued.append(_level(found, edges, waiting, one))
    gpus, told = int(found.summary["gpus"]), policies[0].summary
    when = _when(found)
    total = {"type": "line", "xref": "paper", "x0": 0, "x1": 1, "y0": gpus, "y1": gpus,
             "line": {"color": "--ink", "width": 1, "dash": "dot"}}  # fmt: skip
    layout = {"xaxis": when, "yaxis": axis("GPUs", rangemode="tozero"), "hovermode": "x unified"}
    note = f"Means over each step; the dotted line is the machine's {gpus:,}."
    if most > gpus * 1.000001:
        note += " Jobs that share a GPU count as whole ones here."
    answer = f"Under {policies[0].name} jobs hold {numbers.percent(told['utilisation_fraction'])} of the GPUs' time"
    idle = told.get("idle_while_waiting_of_chips_fraction")
    answer += "." if idle is None else f"; {numbers.percent(idle)} stand idle while jobs wait."
    figures = [
        Figure("chart-use", "GPUs held by jobs", used, {**layout, "shapes": [total]}, note, 320),
        Figure("chart-queue", "GPUs that waiting jobs ask for", queued, layout, "Means over each step.", 280),
    ]
    return Section("use", "Use", "How full is the machine?", answer, figures)


def _when(found: Results) -> dict[str, Any]:
    return {"type": "date"} if found.summary.get("epoch_utc") else axis("days from the first submission")


def _level(found: Results, edges: Any, level: Any, one: Policy) -> Any:
    epoch = found.summary.get("epoch_utc")
    if epoch:
        origin = np.datetime64(str(epoch)[:19], "s")
        x: list[Any] = [str(at)[:16] for at in origin + edges.astype("timedelta64[s]")]
    else:
        x = series((edges - edges[0]) / 86_400)
    return line(x, np.append(level, level[-1:]), short(one.name), one.color, line={"shape": "hv", "width": 1.4})


def _who(policies: list[Policy]) -> Section | None:
    """By tenant, user and size: a chart of mean waits by tenant and size, and all groups as a table."""
    parts: list[Any] = []
    for by, title in (("tenant", "Mean wait by tenant"), ("size", "Mean wait by size of job")):
        if chart := _group_chart(policies, by, title):
            parts.append(chart)
    first = policies[0]
    if not parts:
        return None
    parts += [behind(f"Groups under {one.name}", _groups(one)) for one in policies if len(one.groups)]
    jain = first.summary.get("slowdown_jain_by_user_fraction")
    answer = "Figures by tenant, user and size of job."
    if jain is not None:
        answer = f"Jain's index over users' mean slowdown is {numbers.figure(jain)} under {first.name} (1: all alike)."
    return Section("who", "Who waits", "Who waits how long?", answer, parts)


def _group_chart(policies: list[Policy], by: str, title: str) -> Figure | None:
    chosen = policies[0].groups.where(policies[0].groups["grouped_by"] == by)
    order = np.arange(len(chosen)) if by == "size" else np.argsort(-chosen["gpu_hours"], kind="stable")
    names = [str(name) for name in chosen["name"][order[:MOST_BARS]]]
    if len(names) < 2:
        return None
    traces = []
    for one in policies:
        mine = one.groups.where(one.groups["grouped_by"] == by)
        waits = dict(zip(mine["name"].tolist(), mine["wait_mean_s"].tolist(), strict=True))
        values = np.array([waits.get(name, np.nan) for name in names]) / 3_600
        traces.append(bars([_label(name) for name in names], values, short(one.name), one.color))
    layout = {
        "xaxis": axis("GPUs" if by == "size" else "", type="category"),
        "yaxis": axis("mean wait, h"),
        "bargap": 0.3,
    }
    left = len(chosen) - len(names)
    note = f"The largest {len(names)} by GPU-hours; {left} more are in the table." if left else ""
    return Figure(f"chart-{by}", title, traces, layout, note, 300, table="t-groups")


def _label(name: str) -> str:
    return short(name) or "unnamed"


def _groups(one: Policy) -> Any:
    of = "replay_groups."
    heads = [
        "by", "name", n("jobs", "", f"{of}jobs"), n("GPU-hours", "GPU h", f"{of}gpu_hours"),
        n("mean wait", "", f"{of}wait_mean_s"), n("P50", "", f"{of}wait_p50_s"), n("P90", "", f"{of}wait_p90_s"),
        n("P99", "", f"{of}wait_p99_s"), n("mean completion", "", f"{of}jct_mean_s"),
        n("mean slowdown", "", f"{of}slowdown_mean_fraction"),
    ]  # fmt: skip
    rank = np.lexsort((-one.groups["gpu_hours"], one.groups["grouped_by"].astype(str)))
    rows = []
    for row in one.groups.where(rank[:MOST_ROWS]).rows():
        spans = [
            numbers.span(row[key]) for key in ("wait_mean_s", "wait_p50_s", "wait_p90_s", "wait_p99_s", "jct_mean_s")
        ]
        rows.append([
            row["grouped_by"], _label(row["name"]), numbers.count(row["jobs"]), numbers.large(row["gpu_hours"]), *spans,
            numbers.figure(row["slowdown_mean_fraction"]),
        ])  # fmt: skip
    return table(f"Groups under {one.name}", heads, rows, total=len(one.groups), stored=f"groups{one.suffix}",
                 ident=f"t-groups{one.suffix}")  # fmt: skip


def _reasons(policies: list[Policy]) -> Section | None:
    """Why jobs did not start at once."""
    counts = [_counts(one.jobs["reason"]) for one in policies]
    names = [name for name in REASONS if name != "none" and any(name in one for one in counts)]
    if not names:
        return None
    words = [REASONS[name] for name in names]
    traces = [
        bars(words, np.array([one.get(name, (0, 0.0))[0] for name in names]), short(policy.name), policy.color)
        for policy, one in zip(policies, counts, strict=True)
    ]
    layout = {"xaxis": axis("", type="category"), "yaxis": axis("jobs", rangemode="tozero"), "bargap": 0.3}
    heads = ["policy", "why it did not start at once", n("jobs"), n("share of all jobs")]
    rows = [
        [policy.name, REASONS.get(name, name), numbers.count(count), numbers.percent(share)]
        for policy, one in zip(policies, counts, strict=True)
        for name, (count, share) in one.items()
    ]
    first = counts[0]
    most = max((name for name in first if name != "none"), key=lambda name: first[name][0], default="")
    answer = f"Under {policies[0].name} every job starts at once."
    if most:
        answer = f"Under {policies[0].name} most that wait do so for this: {REASONS[most]} ({first[most][0]:,} jobs)."
    figure = Figure(
        "chart-reasons", "Jobs that did not start at once, by reason", traces, layout, "", 300, table="t-reasons"
    )
    parts = [figure, behind("Reasons", table("Reasons", heads, rows, ident="t-reasons"))]
    return Section("reasons", "Reasons", "Why do jobs wait?", answer, parts)


def _counts(reasons: Any) -> dict[str, tuple[int, float]]:
    """Jobs and their share by reason, in the order of `REASONS`."""
    found = {name: int((reasons == name).sum()) for name in REASONS}
    return {name: (count, count / len(reasons)) for name, count in found.items() if count}


def _paired(found: Results) -> Section | None:
    """Differences between the policies, job by job."""
    rows = list(found.tables["paired"].rows()) if "paired" in found else []
    if not rows:
        return None
    of = "replay_paired."
    heads = [
        "measure", "first", "second", n("jobs", "", f"{of}jobs"), n("first", "", f"{of}first_mean"),
        n("second", "", f"{of}second_mean"), n("difference", "", f"{of}difference"),
        n("± (95 %)", "", f"{of}half_width"),
        n("better", "", f"{of}better_fraction"), n("worse", "", f"{of}worse_fraction"),
    ]  # fmt: skip
    told = [
        [row["measure"], row["first"], row["second"], numbers.count(row["jobs"]), numbers.figure(row["first_mean"], 4),
         numbers.figure(row["second_mean"], 4), numbers.signed(row["difference"], 4), numbers.figure(row["half_width"]),
         numbers.percent(row["better_fraction"]), numbers.percent(row["worse_fraction"])]
        for row in rows
    ]  # fmt: skip
    waits = next(row for row in rows if row["measure"] == "wait_s")
    answer = (
        f"Under {waits['second']} {numbers.percent(waits['better_fraction'])} of the jobs wait less than under "
        f"{waits['first']}, {numbers.percent(waits['worse_fraction'])} wait longer."
    )
    missing = {row["second"]: left_out(found.summary["jobs"], row["jobs"]) for row in rows}
    answer += "".join(f" With {second} {said}." for second, said in missing.items() if said)
    parts = [table("Differences on the same jobs: the second less the first", heads, told, ident="t-paired")]
    return Section("paired", "Paired", "What would another policy have changed?", answer, parts)


def _backtest(found: Results) -> Section | None:
    """Recorded against simulated waits."""
    if "backtest" not in found:
        return None
    of = "replay_backtest."
    keys = (
        "recorded_mean_s",
        "simulated_mean_s",
        "recorded_p50_s",
        "simulated_p50_s",
        "recorded_p90_s",
        "simulated_p90_s",
    )
    heads: list[Any] = ["GPUs", n("jobs", "", f"{of}jobs")]
    heads += [n(key.removesuffix("_s").replace("_", " ").replace(" p", " P"), "", f"{of}{key}") for key in keys]
    heads.append(n("within a minute", "", f"{of}same_minute_fraction"))
    found_rows = list(found.tables["backtest"].rows())
    rows = [
        [row["size"], numbers.count(row["jobs"]), *(numbers.span(row[key]) for key in keys),
         numbers.percent(row["same_minute_fraction"])]
        for row in found_rows
    ]  # fmt: skip
    near = numbers.percent(found_rows[0]["same_minute_fraction"])
    answer = f"{near} of the jobs with a recorded start wait as long as they did, within a minute."
    return Section(
        "backtest", "Backtest", "Does it wait as the log did?", answer, [table("Waits by size", heads, rows)]
    )


def _jobs(one: Policy) -> Section:
    """The jobs that waited longest."""
    order = np.argsort(-one.jobs["wait_s"], kind="stable")[:50]
    of = "replay_jobs."
    heads = ["job", n("submitted", "s", f"{of}submit_s"), n("wait", "", f"{of}wait_s"), n("run time", "", f"{of}run_s"),
             n("GPUs", "", f"{of}gpus"), "why it did not start at once"]  # fmt: skip
    rows = []
    for row in one.jobs.where(order).rows():
        wait = numbers.span(row["wait_s"]) if row["wait_s"] >= 0 else numbers.NONE
        told = [numbers.count(row["submit_s"]), wait, numbers.span(row["run_s"]), numbers.count(row["gpus"])]
        rows.append([str(row["job_id"]), *told, REASONS.get(row["reason"], row["reason"])])
    made = table("The longest waits", heads, rows, total=len(one.jobs), stored="jobs")
    answer = "Every job with its wait, its attempts and its reason stands in tables/jobs.parquet."
    return Section("jobs", "Jobs", "Which jobs waited longest?", answer, [behind("The longest waits", made)])


def _made(found: Results) -> Section:
    """What was asked for, and what a reader should know."""
    text = tag("pre", found.scenario, class_="long", tabindex=0, role="region", aria_label="What was asked for")
    parts = [listed([str(one) for one in found.summary.get("notes", [])]), behind("What was asked for", text)]
    answer = "The same log, options and version give the same tables again, to the bit."
    return Section("made", "Made of", "What does it rest on?", answer, parts)
