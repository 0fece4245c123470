"""`gigacampus serve`: how many chips serve a load within its latency targets."""

from __future__ import annotations

import json
from typing import Any

import click


@click.command("serve")
@click.option("--model", required=True, help="A model of the catalog, such as deepseek-r1 or llama3-70b.")
@click.option("--chip", required=True, help="Chip, such as gb300.")
@click.option("--rps", required=True, type=float, help="Requests a second.")
@click.option("--isl", default=1024.0, show_default=True, help="Mean tokens of a prompt.")
@click.option("--osl", default=1024.0, show_default=True, help="Mean tokens of an answer.")
@click.option("--ttft-s", default=2.0, show_default=True, help="Target for the time to the first token.")
@click.option("--tpot-ms", default=50.0, show_default=True, help="Target for the time of each further token.")
@click.option("--percentile", default=0.99, show_default=True, help="Share of requests that keep the first target.")
@click.option("--precision", default="", help="fp4, fp8, bf16 or int4; the narrowest that the chip has.")
@click.option("--framework", default="trtllm", show_default=True, help="trtllm, vllm or sglang.")
@click.option("--roofline-only", is_flag=True, help="Do not correct by the nearest measured row.")
@click.option("--usd-per-chip-h", type=float, help="Price of a chip-hour, for cost per million tokens.")
@click.option("--json", "as_json", is_flag=True, help="All of it as JSON.")
def command(
    model: str, chip: str, rps: float, isl: float, osl: float, ttft_s: float, tpot_ms: float, percentile: float,
    precision: str, framework: str, roofline_only: bool, usd_per_chip_h: float | None, as_json: bool,
) -> int:  # fmt: skip
    """The fewest chips that serve a load: replica size, batch, count, by the percentiles of the queue.

    A measured row of the same model, chip, precision and framework corrects the roofline where there is one.
    """
    from gigacampus.workload.llm.fleet import Load, size

    load = Load(rps, isl, osl, ttft_s, tpot_ms / 1000.0, percentile)
    fleet = size(model, chip, load, precision.lower(), framework.lower(), not roofline_only)
    replica = fleet.replica
    answer: dict[str, Any] = {
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
    click.echo(json.dumps(answer, indent=1) if as_json else _shown(answer))
    return 0


def _shown(answer: dict[str, Any]) -> str:
    lines = [
        f"{answer['chips']:,} {answer['chip']}: {answer['replicas']:,} replicas of {answer['chips_a_replica']}, "
        f"{answer['precision']}, {answer['framework']}, {answer['batch']:,} sequences each",
        f"first token  {answer['ttft_s']:.3g} s at {100 * answer['percentile']:.3g} % of requests; "
        f"then {answer['tpot_ms']:.3g} ms a token",
        f"rate         {answer['output_tokens_per_s']:,.0f} tokens/s, "
        f"{answer['output_tokens_per_s_per_chip']:,.4g} a chip; {100 * answer['busy_fraction']:.0f} % of places in use",
        f"power        {answer['it_power_kw']:,.4g} kW IT, {answer['energy_per_token_j']:.3g} J a token",
    ]
    if answer["usd_per_million_tokens"] is not None:
        lines.append(f"cost         {answer['usd_per_million_tokens']:.3g} USD per million output tokens")
    if answer["measured_id"]:
        lines.append(f"corrected    x {answer['measured_factor']:.2f} by the measured row {answer['measured_id']}")
    else:
        lines.append(
            "corrected    no: no measured row of this model, chip, precision and framework; expect a factor 1.3"
        )
    if answer["note"]:
        lines.append(f"note         extrapolated: {answer['note']}")
    return "\n".join(lines)
