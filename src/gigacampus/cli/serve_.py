"""`gigacampus serve`: how many chips serve a load within its latency targets."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import click

from gigacampus.bounds import SERVE
from gigacampus.cli.numbers import within

if TYPE_CHECKING:
    from gigacampus.workload.llm.curves import Curve
    from gigacampus.workload.llm.scaling import Scaled


@click.command("serve")
@click.option("--model", required=True, help="A model of the catalog, such as deepseek-r1 or llama3-70b.")
@click.option("--chip", required=True, help="Chip, such as gb300.")
@click.option("--rps", type=within(SERVE["rps"]), help="Requests a second; with --over in its highest window.")
@click.option("--users", type=within(SERVE["users"]), help="In place of --rps: people, with --tokens-per-user-day.")
@click.option(
    "--tokens-per-user-day",
    type=within(SERVE["tokens_per_user_day"]),
    help="Output tokens that each of them asks for in a day.",
)
@click.option("--isl", type=within(SERVE["isl"]), help="Mean tokens of a prompt; 1024, or what the log of --over says.")
@click.option(
    "--osl", type=within(SERVE["osl"]), help="Mean tokens of an answer; 1024, or what the log of --over says."
)
@click.option(
    "--ttft-s",
    type=within(SERVE["ttft_s"]),
    default=2.0,
    show_default=True,
    help="Target for the time to the first token.",
)
@click.option(
    "--tpot-ms",
    type=within(SERVE["tpot_ms"]),
    default=50.0,
    show_default=True,
    help="Target for the time of each further token.",
)
@click.option(
    "--percentile",
    type=within(SERVE["percentile"]),
    default=0.99,
    show_default=True,
    help="Share of requests that keep the first target.",
)
@click.option("--precision", default="", help="fp4, fp8, bf16 or int4; the narrowest that the chip has.")
@click.option("--framework", default="", help="trtllm, vllm or sglang; trtllm on NVIDIA's chips, vllm on others.")
@click.option("--roofline-only", is_flag=True, help="Do not correct by the nearest measured row.")
@click.option(
    "--usd-per-chip-h", type=within(SERVE["usd_per_chip_h"]), help="Price of a chip-hour, for cost per million tokens."
)
@click.option(
    "--over",
    default="",
    metavar="CURVE",
    help="Follow a load over time: servegen_large, servegen_mid, "
    "servegen_small, azure_code, azure_conv, mooncake, or a file of rates or requests.",
)
@click.option(
    "--start-up-s",
    type=within(SERVE["start_up_s"]),
    default=300.0,
    show_default=True,
    help="With --over: time to start a replica.",
)
@click.option(
    "--floor",
    type=within(SERVE["floor"]),
    default=0.0,
    show_default=True,
    help="With --over: least share of replicas always held.",
)
@click.option(
    "--yields",
    default="always",
    show_default=True,
    type=click.Choice(["always", "night", "never"]),
    help="With --over: when idle replicas give their chips to other work.",
)
@click.option("--json", "as_json", is_flag=True, help="All of it as JSON.")
def command(
    model: str, chip: str, rps: float | None, users: float | None, tokens_per_user_day: float | None,
    isl: float | None, osl: float | None, ttft_s: float, tpot_ms: float, percentile: float, precision: str,
    framework: str, roofline_only: bool, usd_per_chip_h: float | None, over: str, start_up_s: float, floor: float,
    yields: Any, as_json: bool,
) -> int:  # fmt: skip
    """The fewest chips that serve a load: replica size, batch, count, by the percentiles of the queue.

    With --over the fleet follows a load over time: replicas start ahead of it and stop behind it. A measured row of
    the same model, chip, precision and framework corrects the roofline where there is one.
    """
    from gigacampus.tables.finite import finite
    from gigacampus.workload.llm.curves import curve
    from gigacampus.workload.llm.fleet import Load, size
    from gigacampus.workload.llm.scaling import Policy, scale

    shape = curve(over) if over else None
    isl, osl = isl or (shape and shape.isl) or 1024.0, osl or (shape and shape.osl) or 1024.0
    rps = _highest_rps(rps, users, tokens_per_user_day, shape, osl)
    variation = shape.variation if shape else 1.0
    load = Load(rps, isl, osl, ttft_s, tpot_ms / 1000.0, percentile, variation)
    fleet = size(model, chip, load, precision.lower(), framework.lower(), not roofline_only)
    replica = fleet.replica
    answer: dict[str, Any] = {
        "rps": rps, "isl": isl, "osl": osl,
        "model": replica.architecture.model, "chip": replica.machine.chip, "chips": fleet.chips,
        "replicas": fleet.replicas, "chips_a_replica": replica.chips, "attention_copies": replica.attention_dp,
        "precision": replica.precision, "framework": replica.framework, "batch": fleet.batch,
        "tpot_ms": 1000.0 * fleet.step_s, "ttft_s": fleet.ttft_s, "percentile": percentile,
        "busy_fraction": fleet.busy_fraction, "output_tokens_per_s": fleet.output_tokens_per_s,
        "output_tokens_per_s_per_chip": fleet.output_tokens_per_s / fleet.chips,
        "it_power_kw": fleet.it_power_w / 1000.0, "energy_per_token_j": fleet.energy_per_token_j,
        "usd_per_million_tokens": None if usd_per_chip_h is None else fleet.usd_per_million_tokens(usd_per_chip_h),
        "measured_id": fleet.measured_id, "measured_factor": fleet.measured_factor,
        "note": replica.machine.note,
    }  # fmt: skip
    if shape is not None:
        policy = Policy(start_up_s, floor, yields)
        answer["over_time"] = _over_time(scale(fleet, shape.peaking_at(rps), policy), over, usd_per_chip_h)
    answer = finite(answer)
    click.echo(json.dumps(answer, indent=1) if as_json else _shown(answer))
    return 0


def _highest_rps(
    rps: float | None, users: float | None, tokens_per_user_day: float | None, shape: Curve | None, osl: float
) -> float:
    """Requests a second in the highest window, from whichever way they were given; UsageError where in none."""
    import numpy as np

    from gigacampus.errors import Fault, UsageError
    from gigacampus.workload.llm.curves import Curve, peak_of_users

    if (users is None) != (tokens_per_user_day is None) or (rps is not None and users is not None):
        raise UsageError(
            Fault("L077", "--users goes with --tokens-per-user-day, and without --rps", fix="give the two, or --rps")
        )
    if users is not None and tokens_per_user_day is not None:
        return peak_of_users(shape or Curve(600.0, np.ones(1)), users, tokens_per_user_day, osl)
    if rps is None and shape is None:
        raise UsageError(Fault("L077", "no load", fix="give --rps, --users with --tokens-per-user-day, or --over"))
    return rps if rps is not None else float(shape.rate_rps.max())  # type: ignore[union-attr]


def _over_time(found: Scaled, over: str, usd_per_chip_h: float | None) -> dict[str, Any]:
    """Totals of a fleet over the windows of a curve."""
    span_s = found.window_s * len(found.held)
    return {
        "curve": over, "days": span_s / 86_400.0, "highest_chips": int(found.chips.max()),
        "lowest_chips": int(found.chips.min()), "mean_chips": found.chip_hours * 3600.0 / span_s,
        "chip_hours": found.chip_hours, "yielded_chip_hours": found.yielded_chip_hours,
        "output_tokens_per_s": found.output_tokens / span_s,
        "busy_fraction": float((found.busy_fraction * found.held).sum() / max(found.held.sum(), 1)),
        "highest_ttft_s": float(found.ttft_s.max()), "kept_fraction": found.kept_fraction,
        "energy_mwh": found.energy_j / 3.6e9, "energy_per_token_j": found.energy_j / found.output_tokens,
        "usd_per_million_tokens": None if usd_per_chip_h is None else found.usd_per_million_tokens(usd_per_chip_h),
    }  # fmt: skip


def _shown_over_time(over: dict[str, Any]) -> list[str]:
    share = over["yielded_chip_hours"] / max(over["yielded_chip_hours"] + over["chip_hours"], 1e-9)
    lines = [
        f"over time    {over['days']:.3g} days of {over['curve']}: {over['lowest_chips']:,} to "
        f"{over['highest_chips']:,} chips, mean {over['mean_chips']:,.0f}; {over['yielded_chip_hours']:,.0f} "
        f"chip-hours yielded to other work ({share:.0%})",
        f"             target kept for {over['kept_fraction']:.2%} of requests, worst window "
        f"{over['highest_ttft_s']:.3g} s; {over['busy_fraction']:.0%} of places in use",
        f"             {over['output_tokens_per_s']:,.0f} tokens/s"
        + (
            f", {over['energy_mwh']:,.4g} MWh IT, {over['energy_per_token_j']:.3g} J a token"
            if over["energy_mwh"] is not None
            else ""
        ),
    ]
    if over["usd_per_million_tokens"] is not None:
        lines.append(f"             {over['usd_per_million_tokens']:.3g} USD per million output tokens")
    return lines


def _shown(answer: dict[str, Any]) -> str:
    lines = [
        f"{answer['chips']:,} {answer['chip']}: {answer['replicas']:,} replica{'s' * (answer['replicas'] != 1)} of "
        f"{answer['chips_a_replica']}, "
        f"{answer['precision']}, {answer['framework']}, {answer['batch']:,} sequences each",
        f"first token  {answer['ttft_s']:.3g} s at {100 * answer['percentile']:.3g} % of requests; "
        f"then {answer['tpot_ms']:.3g} ms a token",
        f"rate         {answer['output_tokens_per_s']:,.0f} tokens/s, "
        f"{answer['output_tokens_per_s_per_chip']:,.4g} a chip; {100 * answer['busy_fraction']:.0f} % of places in use",
        f"power        {answer['it_power_kw']:,.4g} kW IT, {answer['energy_per_token_j']:.3g} J a token"
        if answer["it_power_kw"] is not None
        else f"power        unknown: the catalog has no power of a system of {answer['chip']}",
    ]
    if answer["usd_per_million_tokens"] is not None:
        lines.append(f"cost         {answer['usd_per_million_tokens']:.3g} USD per million output tokens")
    if answer["measured_id"]:
        lines.append(f"corrected    x {answer['measured_factor']:.2f} by the measured row {answer['measured_id']}")
    else:
        lines.append(
            "corrected    no: no measured row of this model, chip, precision and framework; expect a factor 1.3"
        )
    if "over_time" in answer:
        lines += _shown_over_time(answer["over_time"])
    if answer["note"]:
        lines.append(f"note         extrapolated: {answer['note']}")
    return "\n".join(lines)
