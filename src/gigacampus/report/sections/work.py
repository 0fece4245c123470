"""What the tenants feel: waits, use, goodput. The workload is illustrative, and the section says so."""

from __future__ import annotations

from typing import Any

from gigacampus.report import numbers
from gigacampus.report.charts import Figure, Trace, area_steps, stack, steps, time_figure
from gigacampus.report.html import Html, tag
from gigacampus.report.listing import n, parted, table
from gigacampus.report.section import Section, behind
from gigacampus.report.sections import losses, waits
from gigacampus.report.view import View, ranked, short

HOW = (
    "Held: GPU-hours of jobs and services over those entitled (usage, whole horizon). Useful: `useful_gpu_h` over "
    "those held. Waits: mean and median of `wait_s` over the jobs that finished."
)
MONTHS = "t-gpu-hours-by-month"
WARNING = "Illustrative workload: the tenants' real jobs are not public."


def section(view: View) -> Section | None:
    """GPU-hours against entitlement, waits, failures; None for a run without jobs."""
    if not view.has("usage"):
        return None
    parts: list[Any] = [_use_over_time(view), _tenants(view), behind("GPU-hours month by month", _months(view))]
    if view.has("jobs") and (view.table("jobs")["outcome"] == "finished").any():
        parts += [*waits.parts(view), _foreseen(view)]
    parts += [_gathered(view), *losses.parts(view)]
    return Section(
        "work", "Work", "What do the tenants feel?", answer(view), parts, warning=WARNING, how=HOW, topic="work"
    )


def answer(view: View) -> str:
    """Use, waits and goodput in words."""
    use, good = view.number("utilisation_fraction"), view.number("goodput_fraction")
    said = (
        f"Work holds {numbers.percent(use)} of the GPU-hours that tenants are entitled to, and {numbers.percent(good)} "
        "of what it holds is useful."
    )
    wait, median = view.number("wait_mean_s"), view.number("wait_median_s")
    if wait is not None and median is not None:
        half = f"half wait {numbers.span(median)} or less" if median > 0 else "half do not wait at all"
        said += (
            f" Of the {numbers.count(view.number('finished_jobs'))} jobs that finish {half}; the mean wait is "
            f"{numbers.span(wait)}."
        )
    return said


def _foreseen(view: View) -> Html | None:
    """What the schedulers know ahead: a caveat on every wait."""
    share = (view.results.summary.get("engine") or {}).get("clairvoyant_jobs_fraction")
    if not share:
        return None
    whose = "every job" if share > 0.9995 else f"{numbers.percent(share)} of the jobs"
    return tag("p", f"The schedulers know ahead how long {whose} will run; real ones guess.", class_="note")


def _gathered(view: View) -> Html | None:
    """Why the count of jobs hardly moves: beyond a number of jobs small ones are gathered."""
    told = view.results.summary.get("workload") or {}
    if not told.get("gathered"):
        return None
    who = ", ".join(f"{name} {numbers.figure(times, 2)}" for name, times in told["gathered"].items())
    said = (
        f"At most {numbers.count(told['most_jobs'])} jobs are drawn for a tenant. Where its load needs more, small "
        f"jobs that are alike stand together as one (so many: {who}), and the count of jobs hardly moves with chips or "
        "load."
    )
    return tag("p", said, class_="note")


def _use_over_time(view: View) -> Figure:
    def band(keys: list[str], name: str, color: str) -> Trace:
        useful = sum(view.per_month("usage", "useful_gpu_h", tenant_index=int(key)) for key in keys)
        return area_steps(view, useful / size, name, color)

    usage = view.table("usage")
    totals = {str(k): float(usage["useful_gpu_h"][usage["tenant_index"] == k].sum()) for k in range(len(view.tenants))}
    entitled = view.per_month("usage", "entitled_gpu_h")
    size, word = numbers.prefix(float(entitled.max(initial=0.0)))
    traces = [
        *stack(totals, band, lambda key: view.tenants[int(key)], view.tenant_colors),
        steps(view, entitled / size, "entitled", "--ink", line={"dash": "dot"}),
    ]
    title = "Useful GPU-hours by tenant, against what they are entitled to"
    return time_figure(view, "chart-use", title, traces, f"{word}GPU h a month", table=MONTHS)


def _tenants(view: View) -> Any:
    usage = view.table("usage")
    heads = [
        "tenant",
        n("entitled", "GPU h", "usage.entitled_gpu_h"),
        n("held by jobs", "GPU h", "usage.batch_gpu_h"),
        n("held by services", "GPU h", "usage.serve_gpu_h"),
        n("useful", "GPU h", "usage.useful_gpu_h"),
        n("lost", "GPU h", "usage.lost_gpu_h"),
        n("held", "% of entitled", "Held by jobs and services over entitled"),
        n("useful", "% of held", "Useful over held"),
    ]
    rows = []
    for k, name in enumerate(view.tenants):
        mine = usage["tenant_index"] == k
        entitled, batch, serve, useful, lost = (
            float(usage[c][mine].sum())
            for c in ("entitled_gpu_h", "batch_gpu_h", "serve_gpu_h", "useful_gpu_h", "lost_gpu_h")
        )
        held = batch + serve
        rows.append(
            [
                name,
                *(numbers.large(one) for one in (entitled, batch, serve, useful, lost)),
                numbers.percent(held / entitled if entitled else None),
                numbers.percent(useful / held if held else None),
            ]
        )
    return table("Tenants over the whole horizon, record and projection together", heads, rows)


def _months(view: View) -> Any:
    columns = ("entitled_gpu_h", "batch_gpu_h", "serve_gpu_h", "useful_gpu_h", "lost_gpu_h", "down_gpu_h")
    found = [view.per_month("usage", column) for column in columns]
    heads = [
        "month",
        n("entitled", "GPU h", "usage.entitled_gpu_h"),
        n("jobs", "GPU h", "usage.batch_gpu_h"),
        n("services", "GPU h", "usage.serve_gpu_h"),
        n("useful", "GPU h", "usage.useful_gpu_h"),
        n("redone", "GPU h", "usage.lost_gpu_h"),
        n("under repair", "GPU h", "usage.down_gpu_h"),
    ]
    kept = _largest(view)
    heads += [n(f"useful: {short(view.tenants[k], 24)}", "GPU h", "usage.useful_gpu_h Of the tenant.") for k in kept]
    found += [view.per_month("usage", "useful_gpu_h", tenant_index=k) for k in kept]
    rows = [
        (view.month_part(at), [view.month(at), *(numbers.count(column[k]) for column in found)])
        for k, at in enumerate(view.edges_s[:-1])
    ]
    return parted(
        view, "GPU-hours by month: all tenants, then the useful ones of the largest", heads, rows, ident=MONTHS
    )


def _largest(view: View) -> list[int]:
    """The tenants that the chart shows by name."""
    usage = view.table("usage")
    sums = {str(k): float(usage["useful_gpu_h"][usage["tenant_index"] == k].sum()) for k in range(len(view.tenants))}
    return [int(key) for key in ranked({key: value for key, value in sums.items() if value})[0]]
